/* chain.c - the bytes of a record, hashed piece by piece. */
#include "wire/chain.h"

#include "wire/hash.h"

enum { RECORD = 0, COMMITMENT = 1, CHECKPOINT = 2, VERSION = 1, FIELDS = 11 };

_Static_assert((int)CHAIN_HASH_SIZE == (int)SHA256_SIZE, "SHA-256 is the chain's hash");

static void put_u32(uint8_t *to, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void put_i64(uint8_t *to, int64_t n)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
}

static struct str bytes_of(const void *at, size_t size)
{
	return (struct str){ at, size };
}

/* The length of a field, where it will be hashed from; the field stands behind it. */
static void put_field(struct str parts[2], uint8_t length[4], struct str field)
{
	must(field.len < UINT32_MAX);
	put_u32(length, str_given(field) ? (uint32_t)field.len : UINT32_MAX);
	parts[0] = bytes_of(length, 4);
	parts[1] = str_given(field) ? field : S("");
}

bool chain_secret_good(const struct chain_secret *s)
{
	bool texts = str_given(s->texts[0]) || str_given(s->texts[1]);

	if (str_given(s->salt))
		return s->salt.len == CHAIN_SALT_SIZE && texts && !str_given(s->digest);
	return !texts && (!str_given(s->digest) || s->digest.len == CHAIN_HASH_SIZE);
}

void chain_commit(char kind, const struct chain_secret *s, uint8_t digest[CHAIN_HASH_SIZE])
{
	uint8_t head[2] = { COMMITMENT, (uint8_t)kind }, lengths[2][4];
	struct str parts[6] = { bytes_of(head, sizeof head), s->salt };

	must(s->salt.len == CHAIN_SALT_SIZE);
	for (int i = 0; i < 2; i++)
		put_field(parts + 2 + 2 * i, lengths[i], s->texts[i]);
	sha256_parts(parts, 6, digest);
}

/* The commitment, from what is still there; absent: there never was anything. */
static struct str commitment(char kind, const struct chain_secret *s, uint8_t room[CHAIN_HASH_SIZE])
{
	must(chain_secret_good(s));
	if (!str_given(s->salt))
		return s->digest;
	chain_commit(kind, s, room);
	return bytes_of(room, CHAIN_HASH_SIZE);
}

void chain_hash(const uint8_t chain[CHAIN_ID_SIZE], const uint8_t before[CHAIN_HASH_SIZE],
                const struct chain_record *r, uint8_t hash[CHAIN_HASH_SIZE])
{
	uint8_t head[2 + CHAIN_ID_SIZE + 16], lengths[FIELDS][4], origin[CHAIN_HASH_SIZE],
		words[CHAIN_HASH_SIZE];
	struct str parts[2 + 2 * FIELDS] = { bytes_of(head, sizeof head),
		                                 bytes_of(before, CHAIN_HASH_SIZE) };
	const struct str fields[FIELDS] = {
		r->principal,
		r->on_behalf,
		r->action,
		r->resource,
		r->from,
		r->to,
		r->request_id,
		r->trace_id,
		r->detail,
		commitment('o', &r->origin, origin),
		commitment('w', &r->words, words),
	};

	must(r->seq > 0);
	head[0] = RECORD;
	head[1] = VERSION;
	memcpy(head + 2, chain, CHAIN_ID_SIZE);
	put_i64(head + 2 + CHAIN_ID_SIZE, r->seq);
	put_i64(head + 2 + CHAIN_ID_SIZE + 8, r->at);
	for (int i = 0; i < FIELDS; i++)
		put_field(parts + 2 + (ptrdiff_t)2 * i, lengths[i], fields[i]);
	sha256_parts(parts, 2 + 2 * FIELDS, hash);
}

struct str chain_checkpoint_bytes(struct arena *a, const struct chain_checkpoint *c)
{
	size_t size = 2 + CHAIN_ID_SIZE + 8 + CHAIN_HASH_SIZE + 8 + c->software.len;
	uint8_t *bytes = arena_get(a, size), *at = bytes + 2 + CHAIN_ID_SIZE;

	bytes[0] = CHECKPOINT;
	bytes[1] = VERSION;
	memcpy(bytes + 2, c->chain, CHAIN_ID_SIZE);
	put_i64(at, c->seq);
	memcpy(at + 8, c->hash, CHAIN_HASH_SIZE);
	put_i64(at + 8 + CHAIN_HASH_SIZE, c->at);
	memcpy(at + 16 + CHAIN_HASH_SIZE, c->software.at, c->software.len);
	return bytes_of(bytes, size);
}

bool chain_checkpoint_good(struct arena *a, const struct chain_checkpoint *c)
{
	return ed25519_good(c->public, chain_checkpoint_bytes(a, c), c->signature);
}
