/* form_fuzz.c - any bytes as a form: never a crash, and what is read can be said again.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/form_fuzz
 *   build/fuzz/test/fuzz/form_fuzz -max_len=4096 test/fuzz/corpus/form
 *
 * Needs only the objects of base/ and wire/. */
#include "base/err.h"
#include "wire/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_form(struct buf *b, const struct form *f)
{
	for (int i = 0; i < f->count; i++) {
		must(str_utf8(f->fields[i].name) && str_utf8(f->fields[i].value));
		form_encode(b, f->fields[i].name);
		buf_add_byte(b, '=');
		form_encode(b, f->fields[i].value);
		buf_add_byte(b, '&');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_open();
	struct str text = { (const char *)bytes, size }, why = S_NONE;
	struct buf first = { 0 }, second = { 0 };
	struct form form, again;

	if (form_read(arena, text, &form, &why)) {
		write_form(&first, &form);
		must(form_read(arena, buf_str(&first), &again, &why));
		must(again.count == form.count);
		write_form(&second, &again);
		must(str_eq(buf_str(&first), buf_str(&second)));
	} else {
		must(str_given(why));
	}
	form_decode_path(arena, text);
	buf_free(&first);
	buf_free(&second);
	arena_close(arena);
	return 0;
}
