/* jose_fuzz.c - a signed token of strangers, and a set of keys behind a line end: read and verified
 * without harm; and what does not verify by RS256 or ES256 is never good. */
#include <stddef.h>
#include <stdint.h>

#include "wire/jose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_open();
	struct str keys = { (const char *)data, size }, token = str_cut(&keys, '\n'), why;
	const struct json *set = str_given(keys) ? json_read(a, keys, &why) : NULL;
	struct jose_token t;

	if (jose_read(a, token, &t) && jose_verify(a, &t, set) == JOSE_GOOD)
		must(t.alg != JOSE_OTHER && t.signature.len > 0);
	arena_close(a);
	return 0;
}
