/* sweep.c - housekeeping in small steps: ranges that were purged or deleted, messages
 * whose retention is over, deduplication ids whose five minutes are, kept answers. A command of the
 * clock; SWEEP_ROWS rows at most in one transaction. */
#include "base/limits.h"
#include "domain/idempotency/idempotency.h"
#include "domain/queue/archive.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/move.h"
#include "domain/queue/track.h"

/* While others wait for the engine a step comes seldom, so that they keep nine tenths of it. */
enum { SWEEP_SOON_MS = 5, SWEEP_BUSY_MS = 20, SWEEP_EVERY_MS = 1000, LEDGER_EVERY_MS = 20 * 1000 };

struct ids {
	int64_t at[SWEEP_ROWS];
	int count;
};

static enum err take_id(void *context, const struct value *columns, int count)
{
	struct ids *ids = context;

	must(count >= 1 && ids->count < SWEEP_ROWS);
	ids->at[ids->count++] = columns[0].number;
	return OK;
}

struct range {
	struct arena *arena;
	int64_t first, last;
	int64_t until;    /* of this step */
	struct str queue; /* tracked; absent: its messages have no jobs */
	bool found;
};

static enum err take_range(void *context, const struct value *columns, int count)
{
	struct range *r = context;

	must(count == 3 && columns[0].number <= columns[1].number);
	r->first = columns[0].number;
	r->last = r->until = columns[1].number;
	r->queue = arena_str(r->arena, columns[2].bytes);
	r->found = true;
	return OK;
}

/* The first ids of a table in the range. When there are more than one step may take, the step
 * ends with the last of them. */
static enum err first_ids(struct batch *b, enum stmt stmt, struct range *r, struct ids *ids)
{
	TRY(store_run(b->store, stmt,
	              VALUES(value_int(r->first), value_int(r->until), value_int(SWEEP_ROWS)), take_id,
	              ids));
	if (ids->count == SWEEP_ROWS)
		r->until = ids->at[ids->count - 1];
	return OK;
}

static enum err page_delete(struct batch *b, enum stmt stmt, const struct range *r,
                            const struct ids *ids)
{
	return ids->count == 0
	           ? OK
	           : store_run(b->store, stmt, VALUES(value_int(r->first), value_int(r->until)), NULL,
	                       NULL);
}

/* Before the messages go. A queue that keeps no jobs may have kept some: their payloads stay. */
static enum err bodies_delete(struct batch *b, const struct range *r, const struct ids *ids)
{
	if (!str_given(r->queue))
		return page_delete(b, STMT_BODY_DELETE_RANGE, r, ids);
	for (int i = 0; i < ids->count && ids->at[i] <= r->until; i++)
		TRY(track_leave(b, ids->at[i], LEAVES_PURGED));
	return OK;
}

/* What is empty by now is not looked at again: a database steps over what was there row by row,
 * until it has cleaned up. */
static enum err trash_shorten(struct batch *b, const struct range *r)
{
	if (r->until == r->last)
		return store_run(b->store, STMT_TRASH_DELETE, VALUES(value_int(r->first)), NULL, NULL);
	return store_run(b->store, STMT_TRASH_SHORTEN,
	                 VALUES(value_int(r->first), value_int(r->until + 1)), NULL, NULL);
}

/* Empties a piece of the first range of trash; *more when there is more to do. */
static enum err sweep_trash(struct batch *b, bool *more)
{
	struct range r = { .arena = b->arena };
	struct ids *ids = ARENA_NEW(b->arena, struct ids);
	struct ids *dedups = ARENA_NEW(b->arena, struct ids);

	TRY(store_run(b->store, STMT_TRASH_FIRST, NO_VALUES, take_range, &r));
	*more = r.found;
	if (!r.found)
		return OK;
	TRY(first_ids(b, STMT_TRASH_ROWS, &r, ids));
	TRY(first_ids(b, STMT_TRASH_DEDUP_ROWS, &r, dedups));
	must(r.first <= r.until && r.until <= r.last);
	TRY(bodies_delete(b, &r, ids));
	TRY(page_delete(b, STMT_MESSAGE_DELETE_PAGE, &r, ids));
	TRY(page_delete(b, STMT_DEDUP_DELETE_PAGE, &r, dedups));
	return trash_shorten(b, &r);
}

struct old {
	int64_t before;  /* sent_at */
	int64_t oldest;  /* of those that stay */
	int64_t longest; /* of those whose time is over */
	struct ids *expired;
	struct str groups[SWEEP_ROWS];
	struct arena *arena;
	int seen;
};

static enum err take_old(void *context, const struct value *columns, int count)
{
	struct old *o = context;

	must(count == 3 && o->seen < SWEEP_ROWS);
	o->seen++;
	if (columns[1].number <= o->before) {
		if (o->longest == 0 || columns[1].number < o->longest)
			o->longest = columns[1].number;
		o->groups[o->expired->count] = arena_str(o->arena, columns[2].bytes);
		return take_id(o->expired, columns, 1);
	}
	if (o->oldest == 0 || columns[1].number < o->oldest)
		o->oldest = columns[1].number;
	return OK;
}

/* An expired message leaves wherever it is: ready, delayed or in flight. A dead letter that an
 * archive wants stays until it is there. */
static enum err expire_one(struct batch *b, struct queue *q, struct old *o, int i, bool *gone)
{
	uint64_t position = POSITION_OF(o->expired->at[i]);
	bool wanted;

	TRY(archive_wants(b, o->expired->at[i], &wanted));
	b->archive_grew = b->archive_grew || wanted;
	if (wanted) {
		o->oldest = o->longest;
		return OK;
	}
	*gone = true;
	return queue_remove(b, q, index_pick(b->domain->queues, q, position, o->groups[i]),
	                    LEAVES_EXPIRED);
}

/* The oldest rows of one queue. Rows of a dead-letter queue keep the time they were
 * first sent, so they need not be in order of age: a whole page is looked at. */
static enum err sweep_old(struct batch *b, struct queue *q, bool *more)
{
	struct old *o = ARENA_NEW(b->arena, struct old);

	if (q->oldest_sent_at == 0 ||
	    q->oldest_sent_at + q->settings.retention_s * SECOND_MS > b->now.wall_ms)
		return OK;
	o->before = b->now.wall_ms - q->settings.retention_s * SECOND_MS;
	o->expired = ARENA_NEW(b->arena, struct ids);
	o->arena = b->arena;
	TRY(store_run(b->store, STMT_MESSAGE_SENT,
	              VALUES(value_int(message_id_of(q, q->first_position)),
	                     value_int(message_id_of(q, POSITION_MAX)), value_int(SWEEP_ROWS)),
	              take_old, o));
	queue_touch(b, q);
	for (int i = 0; i < o->expired->count; i++)
		TRY(expire_one(b, q, o, i, more));
	q->oldest_sent_at = o->oldest;
	queue_wake(b, q); /* one that was in flight may have held its group, or a place */
	return OK;
}

static enum err sweep_dedup(struct batch *b, struct queue *q, bool *more)
{
	struct ids *ids = ARENA_NEW(b->arena, struct ids);

	if (!q->settings.fifo)
		return OK;
	TRY(store_run(b->store, STMT_DEDUP_OLD,
	              VALUES(value_int(message_id_of(q, 0)), value_int(message_id_of(q, POSITION_MAX)),
	                     value_int(b->now.wall_ms - DEDUP_MS), value_int(SWEEP_ROWS)),
	              take_id, ids));
	*more = *more || ids->count == SWEEP_ROWS;
	for (int i = 0; i < ids->count; i++)
		TRY(store_run(b->store, STMT_DEDUP_DELETE, VALUES(value_int(ids->at[i])), NULL, NULL));
	return OK;
}

/* A few queues at a time, in turn. */
static enum err sweep_queues(struct batch *b, bool *more)
{
	enum { QUEUES_AT_ONCE = 200 };
	struct queues *all = b->domain->queues;
	size_t at_once = all->count < QUEUES_AT_ONCE ? all->count : QUEUES_AT_ONCE;

	for (size_t i = 0; i < at_once; i++) {
		struct queue *q = all->sorted[all->sweep_queue++ % all->count];
		TRY(sweep_old(b, q, more));
		TRY(sweep_dedup(b, q, more));
		TRY(history_sweep(b, q, more));
		TRY(queue_recover(b, q));
	}
	return OK;
}

static int64_t jobs_kept_ms(struct batch *b, uint32_t queue)
{
	struct settings by_default;
	struct queue *q = map_find(&b->domain->queues->by_id, queue);

	settings_default(&by_default, false); /* of queues that are gone */
	return SECOND_MS * (q == NULL ? by_default.job_retention_s : q->settings.job_retention_s);
}

/* Finished jobs, all queues in turn; each round begins some seconds after the last one, and
 * later where that had much to look at. */
static enum err sweep_ledger(struct batch *b, bool *more)
{
	enum { ROWS_A_MS = 5 };
	struct queues *all = b->domain->queues;

	if (all->ledger_at.after == 0 && b->now.mono_ms < all->ledger_at_mono)
		return OK;
	if (all->ledger_at.after == 0)
		all->ledger_at.rows = 0;
	TRY(ledger_sweep(b, &all->ledger_at, jobs_kept_ms, more));
	if (all->ledger_at.after == 0)
		all->ledger_at_mono = b->now.mono_ms + LEDGER_EVERY_MS + all->ledger_at.rows / ROWS_A_MS;
	return OK;
}

static enum err sweep_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err sweep_write(struct batch *b, struct cmd *c)
{
	bool more = false;

	(void)c;
	TRY(sweep_trash(b, &more));
	TRY(sweep_queues(b, &more));
	TRY(sweep_ledger(b, &more));
	TRY(idempotency_sweep(b, &more));
	struct queues *all = b->domain->queues;
	int64_t soon = all->sweep_busy ? SWEEP_BUSY_MS : SWEEP_SOON_MS;
	all->sweep_at_mono = b->now.mono_ms + (more ? soon : SWEEP_EVERY_MS);
	return OK;
}

const struct op op_queue_sweep = {
	.name = "queue_sweep",
	.lane = LANE_WRITE,
	.check = sweep_check,
	.write = sweep_write,
};
