/* memory.h - what is known of the audit log between batches: which chain it is. Inside
 * domain/audit/ and for tests. */
#ifndef RINGI_DOMAIN_AUDIT_MEMORY_H
#define RINGI_DOMAIN_AUDIT_MEMORY_H

#include "domain/audit/audit.h"
#include "wire/chain.h"

struct audits {
	uint8_t chain[CHAIN_ID_SIZE];
	/* Signing. Without a key (op_audit_key) nothing is signed. */
	bool can_sign;
	int64_t key_id;
	uint8_t seed[ED25519_SEED_SIZE], public[ED25519_PUBLIC_SIZE];
	int64_t signed_seq;         /* the last checkpoint; 0: none */
	int64_t checkpoint_at_mono; /* when the next is due; NEVER: nothing is new */
};

/* The end of the chain, as this batch has left it (A3). */
struct audit_head {
	int64_t seq; /* 0: there is no record yet */
	uint8_t hash[CHAIN_HASH_SIZE];
	int64_t signed_seq; /* this batch has signed so far; 0: it has not */
};

/* As a record may have it: cut, and without what is no text. May be `s` itself. */
struct str audit_clean(struct batch *, struct str);
/* {"text": ...}, unless it is a JSON object already. */
struct str audit_detail(struct batch *, struct str text);
/* The end of the chain: asks the rows once a batch. */
enum err audit_head(struct batch *, struct audit_head **) MUST_USE;
/* Gives the record its number and its hash, writes it, and moves the head. Texts as they are. */
enum err audit_append(struct batch *, struct chain_record *) MUST_USE;

static inline struct value blob_of(const uint8_t *bytes, size_t size)
{
	return value_blob((struct str){ (const char *)bytes, size });
}

/* A row as the statements give it: its columns in the order of the table. Bytes are lent. False:
 * no row of ours. */
enum { AUDIT_COLUMNS = 20 };
bool audit_row_read(const struct value *columns, int count, struct chain_record *);
/* The same of a checkpoint: seq, at, hash, software, public key, signature. */
bool audit_checkpoint_read(const struct value *columns, int count,
                           const uint8_t chain[CHAIN_ID_SIZE], struct chain_checkpoint *);
/* Which chain the rows are. */
enum err audit_chain_read(struct store *, uint8_t chain[CHAIN_ID_SIZE]) MUST_USE;

#endif
