/* json_fuzz.c - any bytes as JSON: never a crash, and what is read is written as it was meant.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/json_fuzz
 *   build/fuzz/test/fuzz/json_fuzz -max_len=4096 test/fuzz/corpus/json
 *
 * Needs only the objects of base/ and wire/, and simdjson. */
#include "base/err.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct json *v, bool in_object)
{
	uint32_t count = 0;

	must(str_given(v->key) == in_object && str_utf8(v->key));
	must(str_utf8(v->text));
	must(str_given(v->text) == (v->kind == JSON_STRING || v->kind == JSON_NUMBER));
	JSON_EACH (v, child) {
		check(child, v->kind == JSON_OBJECT);
		must(child->next != NULL || v->last == child);
		count++;
	}
	must(count == v->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_open();
	struct buf first = { 0 }, second = { 0 };
	struct str why = S_NONE;
	const struct json *v = json_read(arena, (struct str){ (const char *)bytes, size }, &why);

	must((v == NULL) == str_given(why));
	if (v != NULL) {
		check(v, false);
		json_write(&first, v);
		v = json_read(arena, buf_str(&first), &why);
		must(v != NULL);
		json_write(&second, v);
		must(str_eq(buf_str(&first), buf_str(&second)));
	}
	buf_free(&first);
	buf_free(&second);
	arena_close(arena);
	return 0;
}
