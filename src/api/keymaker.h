/* keymaker.h - chance becomes an access key.
 *
 *     id      RK and 18 of A-Z 2-7           what signatures name
 *     secret  40 letters and digits          what they are made with; kept sealed
 *     token   ringi_ and 43 letters, digits  a bearer's; kept as its SHA-256
 *
 * Secret and token are shown in the answer that made them and nowhere else. */
#ifndef RINGI_API_KEYMAKER_H
#define RINGI_API_KEYMAKER_H

#include "api/api.h"

struct fresh_key {
	struct str id, secret, token;  /* in the arena */
	struct str sealed, token_hash; /* what is stored */
};

struct fresh_key *fresh_key(struct api *, struct arena *);

/* `length` letters and digits of chance behind the prefix: TOKEN_LENGTH are 256 bits. */
enum { TOKEN_LENGTH = 43 };
struct str fresh_text(struct api *, struct arena *, struct str prefix, size_t length);

#endif
