/* schema_fuzz.c - any schema and any value: never a crash, never too long, the same answer twice.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/schema_fuzz
 *   build/fuzz/test/fuzz/schema_fuzz -max_len=4096 test/fuzz/corpus/schema
 *
 * The first line is the schema, what follows it the value. */
#include "base/err.h"
#include "wire/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_value(struct arena *arena, const struct schema *s, const struct json *value)
{
	struct schema_fault first, second;
	bool fits = schema_fits(s, value, arena, &first);

	must(fits == schema_fits(s, value, arena, &second));
	must(fits == !str_given(first.rule));
	must(str_eq(first.path, second.path) && str_eq(first.text, second.text));
	must(fits || (str_given(first.path) && str_utf8(first.path) && str_utf8(first.text)));
	must(first.path.len == 0 || first.path.at[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_open();
	struct str value = { (const char *)bytes, size }, text = str_cut(&value, '\n'), why = S_NONE;
	struct schema *s = schema_read(arena, text, &why);

	must((s == NULL) == str_given(why));
	must(!str_given(why) || str_utf8(why));
	if (s != NULL && str_given(value)) {
		const struct json *v = json_read(arena, value, &why);
		if (v != NULL)
			check_value(arena, s, v);
	}
	if (s != NULL) {
		struct buf moved = { 0 };
		schema_write(s, S("#/a"), &moved);
		must(!moved.failed && json_read(arena, buf_str(&moved), &why) != NULL);
		buf_free(&moved);
	}
	schema_free(s);
	arena_close(arena);
	return 0;
}
