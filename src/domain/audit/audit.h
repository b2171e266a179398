/* audit.h - who changed what: a record in the same transaction as the change.
 *
 *     return audit_put(b, c, &(struct audit_record){
 *         .action = "approval.vote", .resource = audit_name(b, "approval", uuid),
 *         .on_behalf = delegator, .from = S("WAITING"), .to = S("AGREED"),
 *         .reason = comment, .detail = json });
 *
 * A1  Each record has the hash of the one before it (wire/chain.h): the numbers `seq` have no
 *     gaps, and nothing in the middle can change without the rest.
 * A2  A record never changes, and goes only from the front (retention). What may be forgotten
 *     is `reason`, `personal`, and where the request came from.
 * A3  The last record is read from the rows by each batch that writes one: after a
 *     rollback there is nothing to put right.
 *
 * Recorded is what changes a resource, and what was refused where that matters; sends, receives
 * and deletes of messages are not. Never a secret, never a payload, but for the body that an
 * operator mended: nobody else keeps it (`personal`, of message.edit).
 *
 * Texts may be of any length and come from anywhere: they are cut to AUDIT_TEXT_MAX, and bytes
 * that are no UTF-8 become '?'. They are lent until the call returns. */
#ifndef RINGI_DOMAIN_AUDIT_AUDIT_H
#define RINGI_DOMAIN_AUDIT_AUDIT_H

#include "domain/batch.h"
#include "domain/cmd.h"

/* What is absent is not in the record. Who asked, and from where, is taken from the command. */
struct audit_record {
	const char *action;   /* "queue.create": what the change is to, and its verb */
	struct str resource;  /* "queue:work", see audit_name; needed */
	struct str on_behalf; /* the person for whom it was done */
	struct str from, to;  /* a state, a value: before and after */
	struct str detail;    /* a JSON object, kept for ever: no names, no words of people. Up to
	                       * AUDIT_DETAIL_MAX bytes; of a larger one size and SHA-256 are kept */
	struct str reason;    /* why, in the words of who did it. Can be redacted */
	struct str personal;  /* a JSON object: comments, names, mail addresses. Can be redacted. One
	                       * larger than a detail is kept whole beside its record */
	struct str principal; /* who, when it is not the caller of the command */
};

/* `c` NULL: the server did it by itself, the principal is "ringi". */
enum err audit_put(struct batch *, const struct cmd *c, const struct audit_record *) MUST_USE;

/* "queue:work", in the batch's arena. */
struct str audit_name(struct batch *, const char *kind, struct str name);

/* A detail, in the batch's arena: AUDIT_JSON(b, audit_text("to", queue), audit_number("rate", 5)).
 * An absent text is left out; all of them absent: absent. */
struct audit_member {
	const char *name;
	struct str text;
	int64_t number;
	bool is_number;
};
static inline struct audit_member audit_text(const char *name, struct str text)
{
	return (struct audit_member){ .name = name, .text = text };
}
static inline struct audit_member audit_number(const char *name, int64_t number)
{
	return (struct audit_member){ .name = name, .number = number, .is_number = true };
}
struct str audit_json(struct batch *, const struct audit_member *, int count);
#define AUDIT_JSON(b, ...) \
	audit_json((b), (const struct audit_member[]){ __VA_ARGS__ }, \
	           (int)(sizeof((const struct audit_member[]){ __VA_ARGS__ }) / \
	                 sizeof(struct audit_member)))

/* The short form. A detail that is not a JSON object becomes one: {"text": ...}. */
enum err audit_write(struct batch *, const struct cmd *, const char *action, struct str resource,
                     struct str detail) MUST_USE;
enum err audit_write_own(struct batch *, const char *action, struct str resource, struct str detail)
	MUST_USE;

/* At start: reads which chain this is (made by the first start), and puts the records of a version
 * without a chain into it. In transactions of its own. */
enum err audits_load(struct domain *, struct store *, int64_t epoch, struct rng *) MUST_USE;
void audits_free(struct domain *);
/* For domain.c: time passes, a batch is committed, or failed (checkpoint.c). */
int64_t audits_next(const struct domain *); /* mono time of the next checkpoint; NEVER */
void audits_committed(struct batch *);
void audits_rolled_back(struct batch *);
extern const struct op op_audit_checkpoint;

/* The key that signs checkpoints: opened, or made when there is none, or none that this master
 * key opens. The server asks for it at start; without it nothing is signed. */
struct audit_key_open {
	uint8_t master_key[32]; /* the caller wipes it */
	/* out */
	bool made, lost; /* a new one; because the old one could not be opened */
};
extern const struct op op_audit_key_open;

#endif
