/* memory.h - what is known of the audit log between batches: which chain it is. Inside
 * domain/audit/ and for tests. */
#ifndef RINGI_DOMAIN_AUDIT_MEMORY_H
#define RINGI_DOMAIN_AUDIT_MEMORY_H

#include "domain/audit/audit.h"
#include "wire/chain.h"

struct audits {
	uint8_t chain[CHAIN_ID_SIZE];
};

/* The end of the chain, as this batch has left it (A3). */
struct audit_head {
	int64_t seq; /* 0: there is no record yet */
	uint8_t hash[CHAIN_HASH_SIZE];
};

/* As a record may have it: cut, and without what is no text. May be `s` itself. */
struct str audit_clean(struct batch *, struct str);
/* {"text": ...}, unless it is a JSON object already. */
struct str audit_detail(struct batch *, struct str text);
/* The end of the chain: asks the rows once a batch. */
enum err audit_head(struct batch *, struct audit_head **) MUST_USE;
/* Gives the record its number and its hash, writes it, and moves the head. Texts as they are. */
enum err audit_append(struct batch *, struct chain_record *) MUST_USE;

/* A row as the statements give it: its columns in the order of the table. Bytes are lent. False:
 * no row of ours. */
enum { AUDIT_COLUMNS = 20 };
bool audit_row_read(const struct value *columns, int count, struct chain_record *);

#endif
