/* jose.h - signed tokens (JWS, compact form) and the public keys that verify them (a JWK set).
 * Pure, by OpenSSL.
 *
 * J1  Only RS256 and ES256 verify. Which of them it is says the key as well as the token: an RSA
 *     key verifies RS256 and nothing else. So a token without a signature never verifies, nor
 *     one whose "signature" is a MAC made with the text of a public key.
 * J2  A token that names a key (kid) verifies with that key only.
 * J3  RSA keys have 2,048 to 8,192 bits. Extensions that a token calls critical are not known
 *     here: it is no token for us. */
#ifndef RINGI_WIRE_JOSE_H
#define RINGI_WIRE_JOSE_H

#include "base/arena.h"
#include "wire/json.h"

enum { JOSE_KEYS_MAX = 64 }; /* of a set that are looked at */

enum jose_alg { JOSE_OTHER, JOSE_RS256, JOSE_ES256 };

struct jose_token {
	enum jose_alg alg;
	struct str kid;            /* absent: it names no key */
	const struct json *claims; /* an object; nobody's word before it is verified */
	struct str signing_input, signature;
};

/* False when it is no token at all; its algorithm may be one that never verifies. Lends from
 * `text`. */
bool jose_read(struct arena *, struct str text, struct jose_token *);

enum jose_result {
	JOSE_GOOD,
	JOSE_NO_KEY, /* the set has none that could have signed it */
	JOSE_BAD,    /* the signature is another's, or of an algorithm that is not taken */
};
/* `set`: {"keys": [...]}; keys in it that are of no use here are passed over. */
enum jose_result jose_verify(struct arena *, const struct jose_token *, const struct json *set);

#endif
