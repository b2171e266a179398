/* lines.h - what two nodes say to each other before the bytes of a client pass between them.
 *
 *     standby -> owner   RINGI1 <chance a> <standby's name>\n
 *     owner -> standby   RINGI1 <chance b> <proof of the owner>\n        or RINGI1 NO\n
 *     standby -> owner   <client's address> <proof of the standby>\n     then the client's bytes
 *
 * A proof is HMAC-SHA256, by a key made of the master key, of both chances, both names and, in
 * the third line, the client's address. So each knows that the other has the key and answers
 * now: no clock is asked, and nothing that was heard can be said again. The bytes behind it
 * are as safe as the network, or as the client's TLS, which passes through. Pure. */
#ifndef RINGI_CLUSTER_LINES_H
#define RINGI_CLUSTER_LINES_H

#include "base/limits.h"
#include "base/str.h"

enum { LINES_KEY_SIZE = 32, LINES_CHANCE = 32 }; /* bytes; hexadecimal digits */

struct lines {
	const uint8_t *key; /* lent */
	char a[LINES_CHANCE + 1], b[LINES_CHANCE + 1];
	char from[NODE_NAME_MAX + 1], to[NODE_NAME_MAX + 1];
};

void lines_key(const uint8_t master_key[32], uint8_t key[LINES_KEY_SIZE]);
void lines_chance(const uint8_t bytes[16], char text[LINES_CHANCE + 1]);

/* Each writes one line into `to`, with its end; all are lent. The length. */
size_t lines_hello(const struct lines *, char to[NODE_LINE_MAX]);
size_t lines_reply(const struct lines *, char to[NODE_LINE_MAX]);
size_t lines_proof(const struct lines *, struct str peer, char to[NODE_LINE_MAX]);

/* Each reads one line without its end. False: it is not what it must be. */
bool lines_read_hello(struct lines *, struct str line); /* sets a and from */
bool lines_read_reply(struct lines *, struct str line); /* sets b */
bool lines_read_proof(const struct lines *, struct str line, struct str *peer);

#endif
