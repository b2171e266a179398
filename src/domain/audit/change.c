/* change.c - personal data is forgotten, old records are removed; the chain holds. */
#include "domain/audit/change.h"

#include "base/limits.h"
#include "domain/audit/memory.h"

/* ---- redaction */

static enum err redact_check(struct batch *b, struct cmd *c)
{
	const struct audit_redact *p = c->in;

	(void)b;
	if (!p->origin && !p->words)
		return refuse(c, REFUSED_MISSING_PARAMETER,
		              "Say what is to be forgotten: \"origin\" (address and client), \"words\" "
		              "(reason and personal data), or both.");
	if (p->reason.len == 0)
		return refuse_field(c, REFUSED_MISSING_PARAMETER, "reason",
		                    "Say why, as `reason`: it stays on the record.");
	return OK;
}

struct redacting {
	struct batch *batch;
	struct audit_redact *p;
	int64_t first, last;
};

static enum err forget(struct batch *b, enum stmt stmt, int64_t seq, char kind,
                       const struct chain_secret *s)
{
	uint8_t digest[CHAIN_HASH_SIZE];

	if (!str_given(s->salt))
		return OK;
	chain_commit(kind, s, digest);
	return store_run(b->store, stmt, VALUES(value_int(seq), blob_of(digest, sizeof digest)), NULL,
	                 NULL);
}

static enum err forget_words(struct batch *b, const struct chain_record *r)
{
	TRY(forget(b, STMT_AUDIT_REDACT_WORDS, r->seq, 'w', &r->words));
	return store_run(b->store, STMT_AUDIT_WHOLE_FORGET, VALUES(value_int(r->seq)), NULL, NULL);
}

/* The row is changed while it is looked at: neither statement moves it in what is walked. */
static enum err redact_one(void *context, const struct value *columns, int count)
{
	struct redacting *r = context;
	struct chain_record record;

	if (!audit_row_read(columns, count, &record))
		return ERR_CORRUPT;
	if (r->p->origin)
		TRY(forget(r->batch, STMT_AUDIT_REDACT_ORIGIN, record.seq, 'o', &record.origin));
	if (r->p->words)
		TRY(forget_words(r->batch, &record));
	r->first = r->p->redacted == 0 ? record.seq : r->first;
	r->last = record.seq;
	r->p->redacted++;
	return OK;
}

static enum err note_redaction(struct redacting *r, const struct cmd *c)
{
	const struct audit_redact *p = r->p;
	struct batch *b = r->batch;

	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "audit.redact",
						 .resource = audit_name(b, "audit", S("records")),
						 .detail = AUDIT_JSON(b, audit_number("redacted", p->redacted),
	                                          audit_number("first", r->first),
	                                          audit_number("last", r->last),
	                                          audit_text("what", p->origin && p->words
	                                                                 ? S("origin and words")
	                                                             : p->origin ? S("origin")
	                                                                         : S("words")),
	                                          audit_text("resource", p->resource),
	                                          audit_text("person", p->person)),
						 .reason = p->reason });
}

static enum err redact_write(struct batch *b, struct cmd *c)
{
	struct audit_redact *p = c->in;
	struct redacting r = { .batch = b, .p = p };
	struct audit_head *head;

	TRY(audit_head(b, &head));
	p->redacted = 0; /* it may run again after a rollback */
	p->last = p->after + AUDIT_CHANGE_ROWS < head->seq ? p->after + AUDIT_CHANGE_ROWS : head->seq;
	p->more = p->last < head->seq;
	TRY(store_run(b->store, STMT_AUDIT_REDACT_PAGE,
	              VALUES(value_int(p->after), value_int(p->last), value_text(p->resource),
	                     value_text(p->person), value_int(p->before_ms), value_int(p->origin),
	                     value_int(p->words)),
	              redact_one, &r));
	return p->redacted == 0 ? OK : note_redaction(&r, c);
}

const struct op op_audit_redact = { .name = "audit_redact",
	                                .lane = LANE_WRITE,
	                                .check = redact_check,
	                                .write = redact_write };

/* ---- retention */

static enum err retain_check(struct batch *b, struct cmd *c)
{
	const struct audit_retain *p = c->in;

	if (p->before_ms > b->now.wall_ms - AUDIT_KEEP_MIN_MS)
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "before",
		                    "Audit records are kept for at least %d days; `before` must be "
		                    "earlier.",
		                    (int)(AUDIT_KEEP_MIN_MS / DAY_MS));
	if (p->reason.len == 0)
		return refuse_field(c, REFUSED_MISSING_PARAMETER, "reason",
		                    "Say why, as `reason`: it stays on the record.");
	return OK;
}

struct found {
	int64_t number; /* 0: nothing */
	uint8_t hash[CHAIN_HASH_SIZE];
};

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count >= 1);
	((struct found *)context)->number = columns[0].number;
	return OK;
}

static enum err take_hash(void *context, const struct value *columns, int count)
{
	struct found *f = context;

	if (count != 1 || columns[0].bytes.len != CHAIN_HASH_SIZE)
		return ERR_CORRUPT;
	memcpy(f->hash, columns[0].bytes.at, CHAIN_HASH_SIZE);
	f->number = 1;
	return OK;
}

/* The last record that goes, at most AUDIT_CHANGE_ROWS behind `base`; `base`: none. */
static enum err last_to_go(struct batch *b, struct audit_retain *p, int64_t base, int64_t *last)
{
	struct audit_head *head;
	struct found young = { 0 };

	TRY(audit_head(b, &head));
	int64_t bound = head->seq - 1; /* the end of the chain stays */
	p->more = bound > base + AUDIT_CHANGE_ROWS;
	if (p->more)
		bound = base + AUDIT_CHANGE_ROWS;
	TRY(store_run(b->store, STMT_AUDIT_YOUNG,
	              VALUES(value_int(p->before_ms), value_int(base), value_int(bound)), take_number,
	              &young));
	*last = young.number > 0 ? young.number - 1 : bound;
	p->more = p->more && young.number == 0;
	return OK;
}

static enum err remove_up_to(struct batch *b, int64_t last)
{
	struct found f = { 0 };

	TRY(store_run(b->store, STMT_AUDIT_HASH_OF, VALUES(value_int(last)), take_hash, &f));
	if (f.number == 0)
		return ERR_CORRUPT; /* A1: there is a gap */
	TRY(store_run(b->store, STMT_AUDIT_BASE_PUT,
	              VALUES(value_int(last), blob_of(f.hash, sizeof f.hash),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	TRY(store_run(b->store, STMT_AUDIT_DELETE, VALUES(value_int(last)), NULL, NULL));
	TRY(store_run(b->store, STMT_AUDIT_WHOLE_DELETE, VALUES(value_int(last)), NULL, NULL));
	return store_run(b->store, STMT_AUDIT_CHECKPOINT_DELETE, VALUES(value_int(last)), NULL, NULL);
}

static enum err retain_write(struct batch *b, struct cmd *c)
{
	struct audit_retain *p = c->in;
	struct found base = { 0 };
	int64_t last;

	TRY(store_run(b->store, STMT_AUDIT_BASE, NO_VALUES, take_number, &base));
	TRY(last_to_go(b, p, base.number, &last));
	p->removed = last > base.number ? last - base.number : 0;
	p->last = last > base.number ? last : base.number;
	if (p->removed == 0)
		return OK;
	TRY(remove_up_to(b, last));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "audit.retain",
						 .resource = audit_name(b, "audit", S("records")),
						 .detail = AUDIT_JSON(b, audit_number("removed", p->removed),
	                                          audit_number("last", p->last)),
						 .reason = p->reason });
}

const struct op op_audit_retain = { .name = "audit_retain",
	                                .lane = LANE_WRITE,
	                                .check = retain_check,
	                                .write = retain_write };
