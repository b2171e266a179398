/* seal.c - secrets at rest. */
#include "wire/seal.h"

#include <sodium.h>

enum { VERSION = 1 };

_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "libsodium's key");
_Static_assert(SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "libsodium's nonce");
_Static_assert(SEAL_OVERHEAD == 1 + SEAL_NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "layout");

struct str seal_text(struct arena *a, const uint8_t key[SEAL_KEY_SIZE],
                     const uint8_t nonce[SEAL_NONCE_SIZE], struct str bound_to, struct str text)
{
	uint8_t *out = arena_get(a, text.len + SEAL_OVERHEAD);

	out[0] = VERSION;
	memcpy(out + 1, nonce, SEAL_NONCE_SIZE);
	must(crypto_aead_xchacha20poly1305_ietf_encrypt(out + 1 + SEAL_NONCE_SIZE, NULL,
	                                                (const uint8_t *)text.at, text.len,
	                                                (const uint8_t *)bound_to.at, bound_to.len,
	                                                NULL, nonce, key) == 0);
	return (struct str){ (const char *)out, text.len + SEAL_OVERHEAD };
}

struct str seal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE],
                const uint8_t nonce[SEAL_NONCE_SIZE], struct str bound_to, struct str secret)
{
	must(secret.len <= SEAL_TEXT_MAX);
	return seal_text(a, key, nonce, bound_to, secret);
}

/* `to` has room for all but the overhead. */
static bool open_into(const uint8_t key[SEAL_KEY_SIZE], struct str bound_to, struct str sealed,
                      char *to)
{
	const uint8_t *in = (const uint8_t *)sealed.at;
	unsigned long long len = 0;

	if (sealed.len < SEAL_OVERHEAD || in[0] != VERSION)
		return false;
	return crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)to, &len, NULL,
	                                                  in + 1 + SEAL_NONCE_SIZE,
	                                                  sealed.len - 1 - SEAL_NONCE_SIZE,
	                                                  (const uint8_t *)bound_to.at, bound_to.len,
	                                                  in + 1, key) == 0;
}

int seal_open(const uint8_t key[SEAL_KEY_SIZE], struct str bound_to, struct str sealed,
              char to[SEAL_TEXT_MAX])
{
	if (sealed.len > SEAL_OVERHEAD + SEAL_TEXT_MAX || !open_into(key, bound_to, sealed, to))
		return -1;
	return (int)(sealed.len - SEAL_OVERHEAD);
}

struct str seal_text_open(struct arena *a, const uint8_t key[SEAL_KEY_SIZE], struct str bound_to,
                          struct str sealed)
{
	char *to = arena_get(a, sealed.len + 1);

	if (!open_into(key, bound_to, sealed, to))
		return S_NONE;
	return (struct str){ to, sealed.len - SEAL_OVERHEAD };
}

void seal_wipe(void *at, size_t size)
{
	sodium_memzero(at, size);
}
