/* password.c - hashes of passwords. */
#include "wire/password.h"

#include <sodium.h>
#include <stdio.h>

#include "wire/hash.h"

enum { PASSES_MAX = 16, KIB_MAX = 256 * 1024 };

_Static_assert(PASSWORD_SALT_SIZE == crypto_pwhash_SALTBYTES, "libsodium's salt");

static bool derive(struct str password, const uint8_t *salt, uint64_t passes, uint64_t kib,
                   uint8_t hash[PASSWORD_HASH_SIZE])
{
	const char *bytes = password.len > 0 ? password.at : ""; /* none given costs as much time */

	return crypto_pwhash(hash, PASSWORD_HASH_SIZE, bytes, password.len, salt, passes,
	                     (size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool password_hash(struct str password, const uint8_t salt[PASSWORD_SALT_SIZE],
                   char text[PASSWORD_TEXT_MAX])
{
	char salt_text[2 * PASSWORD_SALT_SIZE + 1], hash_text[2 * PASSWORD_HASH_SIZE + 1];
	uint8_t hash[PASSWORD_HASH_SIZE];

	if (!derive(password, salt, PASSWORD_PASSES, PASSWORD_MEMORY / 1024, hash))
		return false;
	hex_text(salt, PASSWORD_SALT_SIZE, salt_text);
	hex_text(hash, PASSWORD_HASH_SIZE, hash_text);
	int n = snprintf(text, PASSWORD_TEXT_MAX, "argon2id$%d$%d$%s$%s", PASSWORD_PASSES,
	                 PASSWORD_MEMORY / 1024, salt_text, hash_text);
	return n > 0 && n < PASSWORD_TEXT_MAX;
}

bool password_fits(struct str password, struct str text)
{
	uint8_t salt[PASSWORD_SALT_SIZE], hash[PASSWORD_HASH_SIZE], made[PASSWORD_HASH_SIZE];
	struct str rest = text;
	uint64_t passes, kib;

	if (!str_is(str_cut(&rest, '$'), "argon2id") || !str_given(rest) ||
	    !str_u64(str_cut(&rest, '$'), PASSES_MAX, &passes) || !str_given(rest) ||
	    !str_u64(str_cut(&rest, '$'), KIB_MAX, &kib) || !str_given(rest) ||
	    !hex_read(str_cut(&rest, '$'), salt, sizeof salt) || !str_given(rest) ||
	    !hex_read(rest, hash, sizeof hash))
		return false;
	return derive(password, salt, passes, kib, made) && sodium_memcmp(hash, made, sizeof hash) == 0;
}

struct str password_nobody(void)
{
	return S("argon2id$2$65536$00000000000000000000000000000000$"
	         "0000000000000000000000000000000000000000000000000000000000000000");
}
