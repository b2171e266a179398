/* export.c - a part of the log as lines, each part an export that can be verified by itself.
 *
 * Records and the checkpoints between them come from two statements of one snapshot: first the
 * records up to a bound, then the checkpoints up to the last of them, put in where they belong. */
#include "base/limits.h"
#include "domain/audit/memory.h"
#include "domain/audit/read.h"
#include "wire/chain_line.h"

struct exporting {
	struct store *store;
	struct cmd *cmd;
	struct buf lines;
	struct chain_line head; /* also where the chain has come to */
	struct chain_checkpoint *checkpoints;
	int count, next;
};

static enum err take_hash(void *context, const struct value *columns, int count)
{
	struct chain_line *head = context;
	struct str hash = columns[count - 1].bytes;

	if (hash.len != CHAIN_HASH_SIZE)
		return ERR_CORRUPT;
	memcpy(head->hash, hash.at, CHAIN_HASH_SIZE);
	if (count == 2)
		head->seq = columns[0].number;
	return OK;
}

static enum err take_base(void *context, const struct value *columns, int count)
{
	struct exporting *e = context;
	struct audit_export *p = e->cmd->in;

	must(count == 3);
	if (columns[0].number < p->after)
		return OK;
	return take_hash(&e->head, columns, 2);
}

/* Behind which record it begins: the one asked for, or the last that retention removed. */
static enum err begin(struct exporting *e)
{
	struct audit_export *p = e->cmd->in;
	struct chain_line last = { 0 };

	e->head.kind = CHAIN_HEAD;
	e->head.seq = p->after;
	TRY(audit_chain_read(e->store, e->head.chain));
	TRY(store_run(e->store, STMT_AUDIT_HEAD, NO_VALUES, take_hash, &last));
	if (p->after > last.seq)
		return refuse(e->cmd, REFUSED_INVALID_PARAMETER,
		              "There is no audit record %lld; the last one is %lld.", (long long)p->after,
		              (long long)last.seq);
	if (p->after > 0)
		TRY(store_run(e->store, STMT_AUDIT_HASH_OF, VALUES(value_int(p->after)), take_hash,
		              &e->head));
	TRY(store_run(e->store, STMT_AUDIT_BASE, NO_VALUES, take_base, e));
	chain_line_write(&e->lines, &e->head);
	return OK;
}

/* Records of one page all stand behind the checkpoints that the page has. */
static enum err take_checkpoint(void *context, const struct value *columns, int count)
{
	struct exporting *e = context;
	struct chain_checkpoint *c = &e->checkpoints[e->count];

	must(e->count < AUDIT_EXPORT_ROWS);
	if (!audit_checkpoint_read(columns, count, e->head.chain, c))
		return ERR_CORRUPT;
	c->software = arena_str(e->cmd->arena, c->software);
	e->count++;
	return OK;
}

static enum err take_record(void *context, const struct value *columns, int count)
{
	struct exporting *e = context;
	struct audit_export *p = e->cmd->in;
	struct chain_record r;

	if (e->lines.len > AUDIT_EXPORT_BYTES)
		return OK;
	if (!audit_row_read(columns, count, &r)) {
		/* Somebody has changed the row. Who verifies is to learn where. */
		buf_printf(&e->lines, "{\"seq\":%lld,\"unreadable\":true}\n", (long long)r.seq);
		e->head.seq = r.seq;
		p->records++;
		return OK;
	}
	chain_record_write(&e->lines, &r);
	if (e->next < e->count && e->checkpoints[e->next].seq == r.seq)
		chain_checkpoint_write(&e->lines, &e->checkpoints[e->next++]);
	e->head.seq = r.seq;
	memcpy(e->head.hash, r.hash, CHAIN_HASH_SIZE);
	p->records++;
	return OK;
}

static enum err write_lines(struct exporting *e)
{
	struct audit_export *p = e->cmd->in;

	TRY(begin(e));
	if (cmd_refused(e->cmd))
		return OK;
	e->checkpoints = ARENA_ARRAY(e->cmd->arena, struct chain_checkpoint, AUDIT_EXPORT_ROWS);
	TRY(store_run(e->store, STMT_AUDIT_CHECKPOINT_PAGE,
	              VALUES(value_int(e->head.seq), value_int(p->max)), take_checkpoint, e));
	TRY(store_run(e->store, STMT_AUDIT_AFTER, VALUES(value_int(e->head.seq), value_int(p->max)),
	              take_record, e));
	e->head.kind = CHAIN_END;
	chain_line_write(&e->lines, &e->head);
	p->last = e->head.seq;
	return e->lines.failed ? ERR_LIMIT : OK;
}

static enum err export_read(struct store *store, struct cmd *c, struct now now)
{
	struct audit_export *p = c->in;
	struct exporting e = { .store = store, .cmd = c };

	(void)now;
	must(p->max > 0 && p->max <= AUDIT_EXPORT_ROWS && p->after >= 0);
	p->records = 0;
	enum err fault = write_lines(&e);
	arena_adopt(c->arena, e.lines.at);
	p->lines = buf_str(&e.lines);
	return fault;
}

const struct op op_audit_export = { .name = "audit_export",
	                                .lane = LANE_READ,
	                                .read = export_read };
