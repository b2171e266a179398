/* read.h - the audit log for those who ask: lists, one record, checkpoints, pages of an export.
 *
 * All in the read lane, on a snapshot. Records come out as they are stored; who may see them is
 * asked at the door. */
#ifndef RINGI_DOMAIN_AUDIT_READ_H
#define RINGI_DOMAIN_AUDIT_READ_H

#include "domain/audit/audit.h"
#include "wire/chain.h"

struct audit_list {
	struct str resource, principal, action; /* absent: any; action: "*" is anything */
	int64_t from_ms, to_ms;                 /* at >= from, at < to */
	int64_t before;                         /* the seq that the page before ended with; INT64_MAX */
	int max;
	/* out, the newest first */
	struct chain_record *records;
	int count;
	bool more;
};
extern const struct op op_audit_list;

struct audit_get {
	int64_t seq;
	/* out */
	struct chain_record *record;
	struct str whole; /* its personal data where the record has but size and SHA-256; else absent */
};
extern const struct op op_audit_get;

struct audit_checkpoints {
	int64_t after;
	int max;
	/* out, in order */
	struct chain_checkpoint *checkpoints;
	int count;
	bool more;
};
extern const struct op op_audit_checkpoints;

struct audit_key_info {
	int64_t id, made_at;
	uint8_t public[ED25519_PUBLIC_SIZE];
};
struct audit_keys {
	struct audit_key_info *keys; /* the last one signs */
	int count;
	uint8_t chain[CHAIN_ID_SIZE];
};
extern const struct op op_audit_keys;

/* Lines (wire/chain_line.h) of records behind `after`: a whole export by itself, up to
 * AUDIT_EXPORT_ROWS and about AUDIT_EXPORT_BYTES. */
struct audit_export {
	int64_t after; /* what retention removed is left out */
	int max;
	struct str lines;
	int64_t records, last; /* how many, and the last one's seq */
};
extern const struct op op_audit_export;

/* The log of one resource ("approval:UUID"), in order: gives each record to `each`, from
 * `after` on, at most `max`. Texts are lent until it returns. For any lane. */
typedef enum err audit_each_fn(void *context, const struct chain_record *);
enum err audit_of_resource(struct store *, struct str resource, int64_t after, int max,
                           audit_each_fn *, void *context) MUST_USE;

#endif
