/* sigv4_canonical.h - the text that is signed. Shared by sigv4.c, sigv4_sign.c and tests. */
#ifndef RINGI_WIRE_SIGV4_CANONICAL_H
#define RINGI_WIRE_SIGV4_CANONICAL_H

#include "base/buf.h"
#include "wire/sigv4.h"

/* The canonical request; false and a sentence when a signed header is missing, or
 * the query is broken. The parameter X-Amz-Signature is left out. */
bool sigv4_canonical(struct buf *, struct arena *, const struct sigv4_request *,
                     struct str signed_headers, struct str *why);
/* "AWS4-HMAC-SHA256", date, scope and the hash of the canonical request. */
void sigv4_string_to_sign(struct buf *, const struct sigv4_claim *, struct str canonical);

/* What the signature of a request with this claim should be; false and a sentence
 * when sigv4_canonical gives none. */
bool sigv4_compute(struct arena *, const struct sigv4_request *, const struct sigv4_claim *,
                   const uint8_t key[SHA256_SIZE], uint8_t signature[SHA256_SIZE], struct str *why);

#endif
