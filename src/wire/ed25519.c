/* ed25519.c - libsodium keeps seed and public key side by side as the secret key. */
#include "wire/ed25519.h"

#include <sodium.h>

#include "base/err.h"

_Static_assert(ED25519_SEED_SIZE == crypto_sign_SEEDBYTES, "libsodium's seed");
_Static_assert(ED25519_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "libsodium's public key");
_Static_assert(ED25519_SIGNATURE_SIZE == crypto_sign_BYTES, "libsodium's signature");

void ed25519_public(const uint8_t seed[ED25519_SEED_SIZE], uint8_t public[ED25519_PUBLIC_SIZE])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	must(crypto_sign_seed_keypair(public, secret, seed) == 0);
	sodium_memzero(secret, sizeof secret);
}

void ed25519_sign(const uint8_t seed[ED25519_SEED_SIZE], struct str text,
                  uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	uint8_t public[ED25519_PUBLIC_SIZE], secret[crypto_sign_SECRETKEYBYTES];

	must(crypto_sign_seed_keypair(public, secret, seed) == 0);
	must(crypto_sign_detached(signature, NULL, (const uint8_t *)text.at, text.len, secret) == 0);
	sodium_memzero(secret, sizeof secret);
}

bool ed25519_good(const uint8_t public[ED25519_PUBLIC_SIZE], struct str text,
                  const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	return crypto_sign_verify_detached(signature, (const uint8_t *)text.at, text.len, public) == 0;
}
