/* p256.h - keys of the curve P-256 for OpenSSL; for wire/ only. */
#ifndef RINGI_WIRE_P256_H
#define RINGI_WIRE_P256_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

enum { P256_PUBLIC = 65 }; /* uncompressed: 4, x, y */

/* The pair of a private key; NULL: it is none. The caller frees it. */
EVP_PKEY *p256_key(const uint8_t private_key[32]);
/* A public key alone; NULL: it is no point of the curve. */
EVP_PKEY *p256_public_key(const uint8_t public_key[P256_PUBLIC]);
/* What belongs to a private key; false: it is none. */
bool p256_public_of(const uint8_t private_key[32], uint8_t public_key[P256_PUBLIC]);

#endif
