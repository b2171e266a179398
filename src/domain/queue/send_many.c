/* send_many.c - messages that come into a queue together: the command of SendMessage and
 * SendMessageBatch, and lists of jobs. Each message has rows of its own; the jobs of neighbours
 * that are alike are written by one statement, which costs half as much. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/track.h"

static bool same_bytes(const void *a, const void *b, size_t size)
{
	return a == b || (a != NULL && b != NULL && memcmp(a, b, size) == 0);
}

/* Labels are rows of their own. */
static bool extras_alike(const struct job_extra *a, const struct job_extra *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->label_count == 0 && b->label_count == 0 && a->timeout_ms == b->timeout_ms &&
	       same_bytes(a->trace_id, b->trace_id, 16) &&
	       same_bytes(a->parent_span_id, b->parent_span_id, 8) &&
	       same_bytes(a->parent, b->parent, sizeof(struct uuid)) &&
	       same_bytes(a->group, b->group, sizeof(struct uuid)) && str_eq(a->on_done, b->on_done);
}

static bool alike(const struct send_entry *a, const struct send_entry *b)
{
	return extras_alike(a->extra, b->extra) && str_eq(a->trace_header, b->trace_header) &&
	       str_eq(a->requested_by, b->requested_by);
}

/* How many from the first on can have their jobs written by one statement. */
static int alike_run(struct send_entry *const *entries, int count)
{
	int n = 1;

	if (entries[0]->extra != NULL && entries[0]->extra->label_count > 0)
		return 1;
	while (n < count && alike(entries[0], entries[n]))
		n++;
	return n;
}

static enum err insert_jobs(struct batch *b, struct queue *q, struct send_entry *const *entries,
                            int count, struct str sender)
{
	const struct job_extra *x = entries[0]->extra;
	const struct send_entry *first = NULL, *last = NULL;

	for (int i = 0; i < count; i++) {
		if (entries[i]->duplicate)
			continue;
		first = first == NULL ? entries[i] : first;
		last = entries[i];
	}
	if (first != NULL && x != NULL && (x->timeout_ms > 0 || job_extra_grouped(x)))
		TRY(store_run(b->store, STMT_BODY_EXTRA_PAGE,
		              VALUES(value_int(message_id_of(q, first->position)),
		                     value_int(message_id_of(q, last->position)),
		                     x->timeout_ms > 0 ? value_int(x->timeout_ms) : value_null(),
		                     job_extra_grouped(x) ? value_int(1) : value_null()),
		              NULL, NULL));
	return track_put_page(b, q, entries, count, sender);
}

enum err queue_enqueue_all(struct batch *b, struct queue *q, struct send_entry *const *entries,
                           int count, struct str sender)
{
	for (int at = 0, n; at < count; at += n) {
		n = q->settings.track ? alike_run(entries + at, count - at) : count - at;
		for (int i = at; i < at + n; i++) {
			entries[i]->job_later = q->settings.track && n > 1;
			TRY(queue_enqueue(b, q, entries[i], sender));
		}
		if (q->settings.track && n > 1)
			TRY(insert_jobs(b, q, entries + at, n, sender));
	}
	return OK;
}

/* ---- the command */

/* A batch of which nothing can be taken for now is refused as a whole: clients then try it
 * again by themselves, which they don't with single entries. */
static bool none_fits(const struct queue_send *p)
{
	for (int i = 0; i < p->count; i++)
		if (refusal_retry_ms(p->entries[i].refused.why) == 0)
			return false;
	return true;
}

static enum err send_check(struct batch *b, struct cmd *c)
{
	struct queue_send *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);

	must(p->count >= 1 && p->count <= BATCH_ENTRIES_MAX && (p->batch || p->count == 1));
	if (q == NULL)
		return OK;
	for (int i = 0; i < p->count; i++)
		queue_enqueue_check(b, q, &p->entries[i], p->batch, i);
	if (p->entries[0].refused.why != REFUSED_NONE && (!p->batch || none_fits(p)))
		refuse_as(c, p->entries[0].refused);
	/* The sentences lie in the batch's memory; the answer is written later. */
	for (int i = 0; i < p->count; i++)
		p->entries[i].refused.text = arena_str(c->arena, p->entries[i].refused.text);
	return OK;
}

static enum err send_write(struct batch *b, struct cmd *c)
{
	struct queue_send *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);
	struct str sender = str_given(c->caller.key_id) ? c->caller.key_id : c->caller.principal;
	struct send_entry *taken[BATCH_ENTRIES_MAX];
	int count = 0;

	must(q != NULL);
	for (int i = 0; i < p->count; i++) {
		p->entries[i].requested_by = c->caller.principal;
		if (p->entries[i].refused.why == REFUSED_NONE)
			taken[count++] = &p->entries[i];
	}
	return queue_enqueue_all(b, q, taken, count, sender);
}

const struct op op_queue_send = {
	.name = "queue_send",
	.lane = LANE_WRITE,
	.appends = true,
	.check = send_check,
	.write = send_write,
};
