/* ed25519.h - signatures by libsodium, as in RFC 8032. Pure: a key is made from 32 bytes of
 * chance. */
#ifndef RINGI_WIRE_ED25519_H
#define RINGI_WIRE_ED25519_H

#include "base/str.h"

enum { ED25519_SEED_SIZE = 32, ED25519_PUBLIC_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

void ed25519_public(const uint8_t seed[ED25519_SEED_SIZE], uint8_t public[ED25519_PUBLIC_SIZE]);
void ed25519_sign(const uint8_t seed[ED25519_SEED_SIZE], struct str text,
                  uint8_t signature[ED25519_SIGNATURE_SIZE]);
bool ed25519_good(const uint8_t public[ED25519_PUBLIC_SIZE], struct str text,
                  const uint8_t signature[ED25519_SIGNATURE_SIZE]);

#endif
