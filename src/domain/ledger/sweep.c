/* sweep.c - finished jobs whose retention is over, a page at a time.
 *
 * All jobs are walked through in the order of their messages' ids, which is queue by queue
 * and, inside a queue, that in which they were sent (or sent again). No job ends before it
 * is made: at the first one that is younger than its queue's retention the walk goes on with
 * the next queue. What is older and did not end so long ago is passed by. */
#include "base/limits.h"
#include "domain/ledger/ledger.h"

enum { QUEUE_SHIFT = 40 }; /* of message ids */

struct old {
	struct uuid id;
	int64_t body_id;
	bool labels;
};

struct page {
	int64_t before; /* finished then or earlier: over */
	int64_t last;   /* looked at */
	struct old old[SWEEP_ROWS];
	int count, seen;
	bool younger; /* the rest of the queue is */
};

static enum err take_job(void *context, const struct value *columns, int count)
{
	struct page *page = context;
	int64_t body_id = columns[0].number, finished_at = columns[3].number;
	struct uuid id;

	must(count == 5 && page->seen < SWEEP_ROWS && body_id > 0);
	page->seen++;
	if (!value_read_uuid(columns[1], &id))
		return ERR_CORRUPT;
	page->younger = page->younger || columns[2].number > page->before;
	/* Those of the next queue have another retention. */
	if (page->younger || (page->last != 0 && body_id >> QUEUE_SHIFT != page->last >> QUEUE_SHIFT))
		return OK;
	page->last = body_id;
	if (finished_at == 0 || finished_at > page->before)
		return OK;
	page->old[page->count++] = (struct old){ .id = id,
		                                     .body_id = body_id,
		                                     .labels = columns[4].number != 0 };
	return OK;
}

static enum err delete_job(struct batch *b, const struct old *o)
{
	struct value id = value_uuid(&o->id);
	struct value body_id = value_int(o->body_id);

	if (o->labels)
		TRY(store_run(b->store, STMT_JOB_LABELS_DELETE, &id, 1, NULL, NULL));
	TRY(store_run(b->store, STMT_JOB_ATTEMPTS_DELETE, &id, 1, NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_DELETE, &body_id, 1, NULL, NULL)); /* L4 */
	return store_run(b->store, STMT_JOB_DELETE, &body_id, 1, NULL, NULL);
}

static enum err take_next(void *context, const struct value *columns, int count)
{
	must(count == 5);
	*(int64_t *)context = columns[0].number;
	return OK;
}

/* The queue of the next job; 0: there is none. */
static enum err next_queue(struct batch *b, int64_t after, int64_t *queue)
{
	int64_t next = 0;

	TRY(store_run(b->store, STMT_JOB_AFTER, VALUES(value_int(after), value_int(1)), take_next,
	              &next));
	*queue = next >> QUEUE_SHIFT;
	return OK;
}

/* One page of one queue. */
static enum err step(struct batch *b, struct ledger_cursor *at, int64_t kept_ms)
{
	struct page *page = ARENA_NEW(b->arena, struct page);

	page->before = b->now.wall_ms - kept_ms;
	TRY(store_run(b->store, STMT_JOB_AFTER, VALUES(value_int(at->after), value_int(SWEEP_ROWS)),
	              take_job, page));
	for (int i = 0; i < page->count; i++)
		TRY(delete_job(b, &page->old[i]));
	at->rows += page->seen;
	if (page->younger)
		at->after = ((at->after >> QUEUE_SHIFT) + 1) << QUEUE_SHIFT;
	else
		at->after = page->last;
	return OK;
}

enum err ledger_sweep(struct batch *b, struct ledger_cursor *at,
                      int64_t (*kept_ms)(struct batch *, uint32_t queue), bool *more)
{
	enum { STEPS = 20 };
	int64_t rows = at->rows, queue;

	for (int i = 0; i < STEPS && at->rows < rows + SWEEP_ROWS; i++) {
		TRY(next_queue(b, at->after, &queue));
		at->after = queue == 0 ? 0 : at->after;
		if (queue == 0)
			return OK; /* walked through */
		if (at->after < queue << QUEUE_SHIFT)
			at->after = queue << QUEUE_SHIFT;
		TRY(step(b, at, kept_ms(b, (uint32_t)queue)));
	}
	*more = true;
	return OK;
}
