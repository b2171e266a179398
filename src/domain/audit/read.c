/* read.c - lists and single records, for people and programs that ask. */
#include "domain/audit/read.h"

#include "base/limits.h"
#include "domain/audit/memory.h"
#include "wire/hash.h"

/* ---- records */

static struct chain_secret secret_copy(struct arena *a, const struct chain_secret *s)
{
	return (struct chain_secret){ arena_str(a, s->salt),
		                          arena_str(a, s->digest),
		                          { arena_str(a, s->texts[0]), arena_str(a, s->texts[1]) } };
}

static struct chain_record record_copy(struct arena *a, const struct chain_record *r)
{
	struct chain_record to = *r;

	to.principal = arena_str(a, r->principal);
	to.on_behalf = arena_str(a, r->on_behalf);
	to.action = arena_str(a, r->action);
	to.resource = arena_str(a, r->resource);
	to.from = arena_str(a, r->from);
	to.to = arena_str(a, r->to);
	to.request_id = arena_str(a, r->request_id);
	to.trace_id = arena_str(a, r->trace_id);
	to.detail = arena_str(a, r->detail);
	to.origin = secret_copy(a, &r->origin);
	to.words = secret_copy(a, &r->words);
	return to;
}

struct listing {
	struct cmd *cmd;
	struct audit_list *list;
};

static enum err take_record(void *context, const struct value *columns, int count)
{
	struct listing *l = context;
	struct audit_list *p = l->list;
	struct chain_record r;

	if (!audit_row_read(columns, count, &r))
		return ERR_CORRUPT;
	must(p->count <= p->max);
	p->more = p->count == p->max;
	if (!p->more)
		p->records[p->count++] = record_copy(l->cmd->arena, &r);
	return OK;
}

/* The filter that finds the fewest; the others are asked of what it finds. */
static enum stmt statement_for(const struct audit_list *p)
{
	if (str_given(p->resource))
		return STMT_AUDIT_LIST_RESOURCE;
	if (str_given(p->principal))
		return STMT_AUDIT_LIST_PRINCIPAL;
	if (str_given(p->action) && p->action.len > 0 &&
	    memchr(p->action.at, '*', p->action.len) == NULL)
		return STMT_AUDIT_LIST_ACTION;
	return STMT_AUDIT_LIST_TIME;
}

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	struct audit_list *p = c->in;
	struct listing l = { c, p };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->records = ARENA_ARRAY(c->arena, struct chain_record, p->max);
	p->count = 0;
	return store_run(store, statement_for(p),
	                 VALUES(value_text(p->resource), value_int(p->before), value_text(p->principal),
	                        value_text(p->action), value_int(p->from_ms), value_int(p->to_ms),
	                        value_int(p->max + 1)),
	                 take_record, &l);
}

const struct op op_audit_list = { .name = "audit_list", .lane = LANE_READ, .read = list_read };

static enum err take_one(void *context, const struct value *columns, int count)
{
	struct cmd *c = context;
	struct audit_get *p = c->in;
	struct chain_record r;

	if (!audit_row_read(columns, count, &r))
		return ERR_CORRUPT;
	p->record = ARENA_NEW(c->arena, struct chain_record);
	*p->record = record_copy(c->arena, &r);
	return OK;
}

static enum err take_whole(void *context, const struct value *columns, int count)
{
	struct cmd *c = context;
	struct audit_get *p = c->in;

	must(count == 1);
	p->whole = arena_str(c->arena, columns[0].bytes);
	return OK;
}

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct audit_get *p = c->in;

	(void)now;
	TRY(store_run(store, STMT_AUDIT_ONE, VALUES(value_int(p->seq)), take_one, c));
	if (p->record == NULL)
		return refuse(c, REFUSED_NO_SUCH_RESOURCE,
		              "There is no audit record %lld: none has that number yet, or retention has "
		              "removed it.",
		              (long long)p->seq);
	return store_run(store, STMT_AUDIT_WHOLE, VALUES(value_int(p->seq)), take_whole, c);
}

const struct op op_audit_get = { .name = "audit_get", .lane = LANE_READ, .read = get_read };

struct telling {
	audit_each_fn *each;
	void *context;
};

static enum err tell_one(void *context, const struct value *columns, int count)
{
	struct telling *t = context;
	struct chain_record r;

	return audit_row_read(columns, count, &r) ? t->each(t->context, &r) : ERR_CORRUPT;
}

enum err audit_of_resource(struct store *store, struct str resource, int64_t after, int max,
                           audit_each_fn *each, void *context)
{
	struct telling t = { each, context };

	must(str_given(resource) && max > 0);
	return store_run(store, STMT_AUDIT_OF_RESOURCE,
	                 VALUES(value_text(resource), value_int(after), value_int(max)), tell_one, &t);
}

/* ---- checkpoints, keys */

bool audit_checkpoint_read(const struct value *v, int count, const uint8_t chain[CHAIN_ID_SIZE],
                           struct chain_checkpoint *to)
{
	must(count == 6);
	if (v[2].bytes.len != CHAIN_HASH_SIZE || v[4].bytes.len != ED25519_PUBLIC_SIZE ||
	    v[5].bytes.len != ED25519_SIGNATURE_SIZE)
		return false;
	memcpy(to->chain, chain, CHAIN_ID_SIZE);
	to->seq = v[0].number;
	to->at = v[1].number;
	memcpy(to->hash, v[2].bytes.at, CHAIN_HASH_SIZE);
	to->software = v[3].bytes;
	memcpy(to->public, v[4].bytes.at, ED25519_PUBLIC_SIZE);
	memcpy(to->signature, v[5].bytes.at, ED25519_SIGNATURE_SIZE);
	return true;
}

static enum err take_chain(void *context, const struct value *columns, int count)
{
	must(count == 1);
	return hex_read(columns[0].bytes, context, CHAIN_ID_SIZE) ? OK : ERR_CORRUPT;
}

enum err audit_chain_read(struct store *store, uint8_t chain[CHAIN_ID_SIZE])
{
	return store_run(store, STMT_META_GET, VALUES(value_text(S("audit_chain"))), take_chain, chain);
}

struct taking {
	struct cmd *cmd;
	uint8_t chain[CHAIN_ID_SIZE];
};

static enum err take_checkpoint(void *context, const struct value *columns, int count)
{
	struct taking *t = context;
	struct audit_checkpoints *p = t->cmd->in;
	struct chain_checkpoint c;

	if (!audit_checkpoint_read(columns, count, t->chain, &c))
		return ERR_CORRUPT;
	c.software = arena_str(t->cmd->arena, c.software);
	p->more = p->count == p->max;
	if (!p->more)
		p->checkpoints[p->count++] = c;
	return OK;
}

static enum err checkpoints_read(struct store *store, struct cmd *c, struct now now)
{
	struct audit_checkpoints *p = c->in;
	struct taking t = { .cmd = c };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->checkpoints = ARENA_ARRAY(c->arena, struct chain_checkpoint, p->max);
	p->count = 0;
	TRY(audit_chain_read(store, t.chain));
	return store_run(store, STMT_AUDIT_CHECKPOINT_PAGE,
	                 VALUES(value_int(p->after), value_int(p->max + 1)), take_checkpoint, &t);
}

const struct op op_audit_checkpoints = { .name = "audit_checkpoints",
	                                     .lane = LANE_READ,
	                                     .read = checkpoints_read };

static enum err take_key(void *context, const struct value *columns, int count)
{
	struct cmd *c = context;
	struct audit_keys *p = c->in;

	must(count == 3);
	if (columns[1].bytes.len != ED25519_PUBLIC_SIZE)
		return ERR_CORRUPT;
	if (p->count == AUDIT_KEYS_MAX)
		return OK;
	struct audit_key_info *k = &p->keys[p->count++];
	k->id = columns[0].number;
	memcpy(k->public, columns[1].bytes.at, sizeof k->public);
	k->made_at = columns[2].number;
	return OK;
}

static enum err keys_read(struct store *store, struct cmd *c, struct now now)
{
	struct audit_keys *p = c->in;

	(void)now;
	p->keys = ARENA_ARRAY(c->arena, struct audit_key_info, AUDIT_KEYS_MAX);
	p->count = 0;
	TRY(audit_chain_read(store, p->chain));
	return store_run(store, STMT_AUDIT_KEY_ALL, NO_VALUES, take_key, c);
}

const struct op op_audit_keys = { .name = "audit_keys", .lane = LANE_READ, .read = keys_read };
