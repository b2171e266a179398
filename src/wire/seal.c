/* seal.c - secrets at rest. */
#include "wire/seal.h"

#include <sodium.h>

enum { VERSION = 1 };

_Static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "libsodium's key");
_Static_assert(SEAL_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "libsodium's nonce");
_Static_assert(SEAL_OVERHEAD == 1 + SEAL_NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "layout");

struct str seal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE],
                const uint8_t nonce[SEAL_NONCE_SIZE], struct str bound_to, struct str secret)
{
	uint8_t *out = arena_get(a, secret.len + SEAL_OVERHEAD);

	must(secret.len <= SEAL_TEXT_MAX);
	out[0] = VERSION;
	memcpy(out + 1, nonce, SEAL_NONCE_SIZE);
	must(crypto_aead_xchacha20poly1305_ietf_encrypt(out + 1 + SEAL_NONCE_SIZE, NULL,
	                                                (const uint8_t *)secret.at, secret.len,
	                                                (const uint8_t *)bound_to.at, bound_to.len,
	                                                NULL, nonce, key) == 0);
	return (struct str){ (const char *)out, secret.len + SEAL_OVERHEAD };
}

int seal_open(const uint8_t key[SEAL_KEY_SIZE], struct str bound_to, struct str sealed,
              char to[SEAL_TEXT_MAX])
{
	const uint8_t *in = (const uint8_t *)sealed.at;
	unsigned long long len = 0;

	if (sealed.len < SEAL_OVERHEAD || sealed.len > SEAL_OVERHEAD + SEAL_TEXT_MAX ||
	    in[0] != VERSION)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)to, &len, NULL,
	                                               in + 1 + SEAL_NONCE_SIZE,
	                                               sealed.len - 1 - SEAL_NONCE_SIZE,
	                                               (const uint8_t *)bound_to.at, bound_to.len,
	                                               in + 1, key) != 0)
		return -1;
	return (int)len;
}

void seal_wipe(void *at, size_t size)
{
	sodium_memzero(at, size);
}
