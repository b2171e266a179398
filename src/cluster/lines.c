/* lines.c - the three lines of lines.h: written, read, proved. */
#include "cluster/lines.h"

#include <stdio.h>

#include "wire/hash.h"

enum { PROOF = 2 * SHA256_SIZE, PEER_MAX = 55 };

static const char begin[] = "RINGI1 ";

void lines_key(const uint8_t master_key[32], uint8_t key[LINES_KEY_SIZE])
{
	hmac_sha256((struct str){ (const char *)master_key, 32 },
	            S("ringi: lines between nodes, version 1"), key);
}

void lines_chance(const uint8_t bytes[16], char text[LINES_CHANCE + 1])
{
	hex_text(bytes, LINES_CHANCE / 2, text);
}

static void prove(const struct lines *l, const char *who, struct str peer, char text[PROOF + 1])
{
	char said[512];
	uint8_t digest[SHA256_SIZE];
	int n = snprintf(said, sizeof said, "%s %s %s %s %s %.*s", who, l->a, l->b, l->from, l->to,
	                 S_ARG(peer));

	must(n > 0 && n < (int)sizeof said);
	hmac_sha256((struct str){ (const char *)l->key, LINES_KEY_SIZE },
	            (struct str){ said, (size_t)n }, digest);
	hex_text(digest, sizeof digest, text);
}

/* In constant time. */
static bool same(struct str said, const char right[PROOF + 1])
{
	unsigned differs = said.len != PROOF;

	for (size_t i = 0; i < PROOF && i < said.len; i++)
		differs |= (unsigned)(unsigned char)said.at[i] ^ (unsigned)(unsigned char)right[i];
	return differs == 0;
}

/* ---- written */

static size_t length(int n)
{
	must(n > 0 && n < NODE_LINE_MAX);
	return (size_t)n;
}

size_t lines_hello(const struct lines *l, char to[NODE_LINE_MAX])
{
	return length(snprintf(to, NODE_LINE_MAX, "%s%s %s\n", begin, l->a, l->from));
}

size_t lines_reply(const struct lines *l, char to[NODE_LINE_MAX])
{
	char proof[PROOF + 1];

	prove(l, "owner", S(""), proof);
	return length(snprintf(to, NODE_LINE_MAX, "%s%s %s\n", begin, l->b, proof));
}

size_t lines_proof(const struct lines *l, struct str peer, char to[NODE_LINE_MAX])
{
	char proof[PROOF + 1];

	must(peer.len <= PEER_MAX);
	prove(l, "standby", peer, proof);
	return length(snprintf(to, NODE_LINE_MAX, "%.*s %s\n", S_ARG(peer), proof));
}

/* ---- read */

static bool take_begin(struct str *line)
{
	if (!str_starts(*line, S("RINGI1 ")))
		return false;
	*line = str_from(*line, sizeof begin - 1);
	return true;
}

static bool take_chance(struct str *line, char to[LINES_CHANCE + 1])
{
	struct str text = str_cut(line, ' ');
	uint8_t bytes[LINES_CHANCE / 2];

	if (!hex_read(text, bytes, sizeof bytes))
		return false;
	memcpy(to, text.at, LINES_CHANCE);
	to[LINES_CHANCE] = '\0';
	return true;
}

static bool plain(struct str s, size_t max)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return false;
	return s.len > 0 && s.len <= max;
}

bool lines_read_hello(struct lines *l, struct str line)
{
	if (!take_begin(&line) || !take_chance(&line, l->a) || !plain(line, NODE_NAME_MAX))
		return false;
	memcpy(l->from, line.at, line.len);
	l->from[line.len] = '\0';
	return true;
}

bool lines_read_reply(struct lines *l, struct str line)
{
	char right[PROOF + 1];

	if (!take_begin(&line) || !take_chance(&line, l->b))
		return false;
	prove(l, "owner", S(""), right);
	return same(line, right);
}

bool lines_read_proof(const struct lines *l, struct str line, struct str *peer)
{
	char right[PROOF + 1];

	*peer = str_cut(&line, ' ');
	if (!plain(*peer, PEER_MAX))
		return false;
	prove(l, "standby", *peer, right);
	return same(line, right);
}
