/* jwt.h - JSON Web Tokens that we sign (RFC 7515): RS256 and ES256. Pure. */
#ifndef RINGI_WIRE_JWT_H
#define RINGI_WIRE_JWT_H

#include "base/arena.h"
#include "base/str.h"

/* header.claims.signature; `claims` is JSON. Absent when the key (PEM) is no RSA key of 2,048 bits
 * or more. */
struct str jwt_rs256(struct arena *, struct str pem, struct str claims);
/* By the private key of P-256: 32 bytes. Absent when it is none. */
struct str jwt_es256(struct arena *, const uint8_t key[32], struct str claims);

#endif
