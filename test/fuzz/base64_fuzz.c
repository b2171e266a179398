/* base64_fuzz.c - any bytes as base64: what is read has exactly this text.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/base64_fuzz
 *   build/fuzz/test/fuzz/base64_fuzz -max_len=1024 test/fuzz/corpus/base64
 *
 * Needs only the objects of base/ and wire/. */
#include "base/err.h"
#include "wire/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_open();
	struct str text = { (const char *)bytes, size };
	struct buf b = { 0 };
	struct str plain = base64_read(arena, text);

	if (str_given(plain)) {
		base64_write(&b, plain);
		must(str_eq(buf_str(&b), text));
	}
	buf_clear(&b);
	base64_write(&b, text);
	plain = base64_read(arena, buf_str(&b));
	must(str_given(plain) && str_eq(plain, text));
	buf_free(&b);
	arena_close(arena);
	return 0;
}
