/* sweep.c - finished jobs whose retention is over, a page at a time.
 *
 * Ids begin with the time at which a job was made, and no job ends before that: those made
 * since the limit need no look. The others are walked through in the order of the index by
 * queue and state; what ended too late to go is passed by, so that jobs which took long do
 * not stop the walk. */
#include "base/limits.h"
#include "domain/ledger/ledger.h"

struct old {
	struct uuid id;
	int64_t body_id;
	bool labels;
};

struct page {
	int64_t before;
	struct old old[SWEEP_ROWS];
	int seen, count;
	struct uuid last;
};

static enum err take_ended(void *context, const struct value *columns, int count)
{
	struct page *page = context;
	struct old *o = &page->old[page->count];

	must(count == 4 && page->seen < SWEEP_ROWS);
	page->seen++;
	if (columns[0].bytes.len != sizeof o->id)
		return ERR_CORRUPT;
	memcpy(&page->last, columns[0].bytes.at, sizeof page->last);
	if (columns[2].number > page->before)
		return OK;
	*o = (struct old){ page->last, columns[1].number, columns[3].number != 0 };
	page->count++;
	return OK;
}

static enum err delete_job(struct batch *b, const struct old *o)
{
	struct value id = value_blob((struct str){ (const char *)o->id.bytes, sizeof o->id.bytes });

	if (o->labels)
		TRY(store_run(b->store, STMT_JOB_LABELS_DELETE, &id, 1, NULL, NULL));
	TRY(store_run(b->store, STMT_JOB_ATTEMPTS_DELETE, &id, 1, NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(o->body_id)), NULL, NULL)); /* L4 */
	return store_run(b->store, STMT_JOB_DELETE, &id, 1, NULL, NULL);
}

/* No job that was made at `wall_ms` or later has a lower id. */
static struct uuid lowest_id(int64_t wall_ms)
{
	struct uuid id = { { 0 } };

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
	return id;
}

static enum err take_name(void *context, const struct value *columns, int count)
{
	struct ledger_cursor *at = context;

	must(count == 1);
	if (columns[0].bytes.len > sizeof at->queue)
		return ERR_CORRUPT;
	at->len = columns[0].bytes.len;
	memcpy(at->queue, columns[0].bytes.at, at->len);
	return OK;
}

/* The next queue that has finished jobs; an empty name behind the last one. */
static enum err next_queue(struct batch *b, struct ledger_cursor *at)
{
	char name[sizeof at->queue];
	struct str after = { name, at->len };

	memcpy(name, at->queue, at->len);
	*at = (struct ledger_cursor){ .state = JOB_SUCCEEDED };
	return store_run(b->store, STMT_JOB_QUEUE_AFTER, VALUES(value_text(after)), take_name, at);
}

/* One page of one queue and state; *rows were looked at. */
static enum err step(struct batch *b, struct ledger_cursor *at, int64_t kept_ms, int *rows)
{
	struct page *page = ARENA_NEW(b->arena, struct page);
	struct str queue = { at->queue, at->len };
	struct str after = { (const char *)at->after.bytes, sizeof at->after.bytes };

	must(job_state_final(at->state) && at->len > 0);
	page->before = b->now.wall_ms - kept_ms;
	struct uuid first_kept = lowest_id(page->before < 0 ? 0 : page->before + 1);
	struct str below = { (const char *)first_kept.bytes, sizeof first_kept.bytes };
	TRY(store_run(b->store, STMT_JOB_ENDED_AFTER,
	              VALUES(value_text(queue), value_text(job_state_name(at->state)),
	                     value_blob(after), value_blob(below), value_int(SWEEP_ROWS)),
	              take_ended, page));
	for (int i = 0; i < page->count; i++)
		TRY(delete_job(b, &page->old[i]));
	*rows += page->seen;
	at->after = page->last;
	if (page->seen == SWEEP_ROWS)
		return OK;
	at->after = (struct uuid){ { 0 } };
	if (at->state == JOB_CANCELED)
		return next_queue(b, at);
	at->state++;
	return OK;
}

enum err ledger_sweep(struct batch *b, struct ledger_cursor *at,
                      int64_t (*kept_ms)(struct batch *, struct str queue), bool *more)
{
	enum { STEPS = 60 };
	int rows = 0;

	if (at->len == 0)
		TRY(next_queue(b, at));
	for (int i = 0; i < STEPS && at->len > 0 && rows < SWEEP_ROWS; i++)
		TRY(step(b, at, kept_ms(b, (struct str){ at->queue, at->len }), &rows));
	*more = *more || at->len > 0;
	return OK;
}
