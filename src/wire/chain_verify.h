/* chain_verify.h - is the audit log what it was? Asked record by record. Pure.
 *
 *     struct chain_verify v = { .arena = a };
 *     chain_verify_anchor(&v, &checkpoint);        what somebody kept elsewhere; oldest first
 *     chain_verify_start(&v, chain, after, hash);
 *     while (chain_verify_record(&v, &record)) ...
 *     chain_verify_end(&v);
 *     v.wrong[0] == '\0'                           or the sentence that says what and where
 *
 * The first thing that is wrong ends it: behind it everything would be. Without an anchor a
 * tail that was cut off cleanly, and a log that was made anew as a whole, cannot be told. */
#ifndef RINGI_WIRE_CHAIN_VERIFY_H
#define RINGI_WIRE_CHAIN_VERIFY_H

#include "wire/chain.h"
#include "wire/chain_line.h"

enum { CHAIN_KEYS_MAX = 64, CHAIN_WRONG_SIZE = 400 };

struct chain_verify {
	struct arena *arena; /* of anchors, and of scratch, which grows by little */
	uint8_t chain[CHAIN_ID_SIZE];
	int64_t after;                 /* the record before the first one that is there */
	int64_t seq;                   /* the last one that is good, */
	uint8_t hash[CHAIN_HASH_SIZE]; /* and its hash */
	int64_t first_at, last_at;
	int64_t records, checkpoints, redacted, anchored;

	/* Checkpoints from elsewhere, by seq; those up to `next_anchor` have been met. */
	struct chain_checkpoint *anchors;
	int anchor_count, anchor_room, next_anchor;

	/* Keys that sign. Trusted: named by who asks, or met in an anchor. */
	struct {
		uint8_t public[ED25519_PUBLIC_SIZE];
		bool trusted;
	} keys[CHAIN_KEYS_MAX];
	int key_count;
	bool trusts; /* somebody named a key: others prove nothing */

	int64_t wrong_seq;            /* the record that is wrong; 0: it is not about one */
	char wrong[CHAIN_WRONG_SIZE]; /* empty: nothing is */
};

/* All return false when something is wrong (once wrong, always). */
bool chain_verify_key(struct chain_verify *, const uint8_t public[ED25519_PUBLIC_SIZE]);
bool chain_verify_anchor(struct chain_verify *, const struct chain_checkpoint *);
bool chain_verify_start(struct chain_verify *, const uint8_t chain[CHAIN_ID_SIZE], int64_t after,
                        const uint8_t hash[CHAIN_HASH_SIZE]);
bool chain_verify_record(struct chain_verify *, const struct chain_record *);
bool chain_verify_checkpoint(struct chain_verify *, const struct chain_checkpoint *);
bool chain_verify_end(struct chain_verify *);

/* A whole export, line by line, without its line end. `expected`: where the file stands, for
 * sentences. chain_verify_file_end says what is missing at its end. */
struct chain_file {
	struct chain_verify v;
	struct buf scratch;
	struct arena *line_arena;
	int64_t line;
	bool started, ended;
};
bool chain_verify_line(struct chain_file *, struct str line);
bool chain_verify_file_end(struct chain_file *, bool cut_line);

#endif
