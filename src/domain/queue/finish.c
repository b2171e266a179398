/* finish.c - what a receiver says of a message it holds: done, give me more time,
 * or it failed. All three take a receipt (Q2). */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/track.h"

/* The entry that the receipt names, as it is now; NULL: the message is gone, or counts
 * as never received (an operator let it try anew). */
static struct entry *named(const struct queue *q, const struct receipt *r)
{
	struct entry *e = map_find(&q->entries, r->position);

	return e == NULL || e->receive_count == 0 ? NULL : e;
}

static void refuse_entry(struct cmd *c, struct receipt_entry *e, enum refusal why, const char *text)
{
	e->refused = refused_as(c->arena, why, "%s", text);
	e->decided = true;
}

static enum err receipts_check(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);

	must(p->count >= 1 && p->count <= BATCH_ENTRIES_MAX && (p->batch || p->count == 1));
	if (q == NULL)
		return OK;
	for (int i = 0; i < p->count; i++) {
		struct receipt_entry *e = &p->entries[i];
		if (e->decided) /* in a batch that failed; now it is asked anew */
			e->refused = (struct refused){ .why = REFUSED_NONE };
		e->decided = false;
		if (e->refused.why == REFUSED_NONE && e->receipt.queue != q->id)
			refuse_entry(c, e, REFUSED_RECEIPT_INVALID, "The input receipt handle is invalid.");
	}
	return OK;
}

static void refuse_expired(struct cmd *c, struct receipt_entry *e)
{
	refuse_entry(c, e, REFUSED_RECEIPT_EXPIRED, "The receipt handle has expired.");
}

/* A single (not batched) operation is refused as a whole. */
static enum err single(struct cmd *c, struct queue_receipts *p)
{
	if (!p->batch && p->entries[0].refused.why != REFUSED_NONE)
		refuse(c, p->entries[0].refused.why, "%.*s", S_ARG(p->entries[0].refused.text));
	return OK;
}

/* ---- DeleteMessage */

/* FIFO: only who holds the message may delete it. Standard: also later, while
 * nobody else has received it since; deleting twice, or with a handle from before
 * another receive, is no error and does nothing. */
static enum err delete_check(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;

	TRY(receipts_check(b, c));
	if (cmd_refused(c))
		return OK;
	struct queue *q = queue_by_name(b->domain, p->queue);
	for (int i = 0; i < p->count && q->settings.fifo; i++) {
		struct receipt_entry *e = &p->entries[i];
		struct entry *held = e->refused.why == REFUSED_NONE ? named(q, &e->receipt) : NULL;
		if (held != NULL &&
		    (held->state != ENTRY_IN_FLIGHT || held->receive_count != e->receipt.receive))
			refuse_expired(c, e);
	}
	return single(c, p);
}

enum err queue_done(struct batch *b, struct queue *q, struct entry *held)
{
	stats_done(q, b->now.mono_ms, b->now.mono_ms - held->received_mono);
	return queue_remove(b, q, held, LEAVES_DONE);
}

/* The entry whose message the receipt deletes; NULL: none. */
static struct entry *deletable(const struct queue *q, const struct receipt_entry *e)
{
	struct entry *held = e->refused.why == REFUSED_NONE ? named(q, &e->receipt) : NULL;

	return held == NULL || held->receive_count != e->receipt.receive ? NULL : held;
}

/* Messages that were received together lie side by side and are deleted together: how many
 * from the first entry on. */
static int side_by_side(const struct queue *q, const struct receipt_entry *e, int count)
{
	int n = 1;

	while (n < count && e[n].receipt.position == e[n - 1].receipt.position + 1 &&
	       deletable(q, &e[n]) != NULL)
		n++;
	return n;
}

static enum err delete_page(struct batch *b, struct queue *q, const struct receipt_entry *e, int n)
{
	uint64_t first = e->receipt.position;

	must(e[n - 1].receipt.position == first + (uint64_t)n - 1);
	return queue_remove_page(b, q, first, n);
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);

	must(q != NULL);
	queue_touch(b, q);
	for (int i = 0, n; i < p->count; i += n) {
		struct entry *held = deletable(q, &p->entries[i]);
		n = held == NULL ? 1 : side_by_side(q, &p->entries[i], p->count - i);
		if (n > 1)
			TRY(delete_page(b, q, &p->entries[i], n));
		else if (held != NULL)
			TRY(queue_done(b, q, held));
	}
	queue_wake(b, q);
	return OK;
}

const struct op op_queue_delete_messages = {
	.name = "queue_delete_messages",
	.lane = LANE_WRITE,
	.drains = true,
	.check = delete_check,
	.write = delete_write,
};

/* ---- ChangeMessageVisibility */

static void check_change(struct batch *b, struct cmd *c, struct queue *q, struct receipt_entry *e)
{
	struct entry *held = named(q, &e->receipt);

	if (held == NULL)
		refuse_entry(
			c, e, REFUSED_INVALID_PARAMETER,
			"Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
			"not available for visibility timeout change.");
	else if (held->receive_count != e->receipt.receive ||
	         ((q->settings.fifo || q->settings.track) && held->state != ENTRY_IN_FLIGHT))
		refuse_expired(c, e);
	else if (held->state == ENTRY_IN_FLIGHT &&
	         b->now.mono_ms + e->visibility_s * SECOND_MS - held->received_mono >
	             QUEUE_VISIBILITY_MAX_S * SECOND_MS) {
		e->decided = true;
		e->refused =
			refused_as(c->arena, REFUSED_INVALID_PARAMETER,
		               "Value %lld for parameter VisibilityTimeout is invalid. Reason: Total "
		               "VisibilityTimeout for the message is beyond the limit [%d seconds].",
		               (long long)e->visibility_s, QUEUE_VISIBILITY_MAX_S);
	}
}

static enum err change_check(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;

	TRY(receipts_check(b, c));
	if (cmd_refused(c))
		return OK;
	struct queue *q = queue_by_name(b->domain, p->queue);
	for (int i = 0; i < p->count; i++)
		if (p->entries[i].refused.why == REFUSED_NONE)
			check_change(b, c, q, &p->entries[i]);
	return single(c, p);
}

/* The same of a message that has a job (or might have). One that is not in flight any more
 * stays as it is: the same message may stand twice in one batch. */
static enum err hide_tracked(struct batch *b, struct queue *q, struct entry *held, int64_t ms)
{
	const struct job_row *job;

	if (held->state != ENTRY_IN_FLIGHT)
		return OK;
	TRY(track_job(b, message_id_of(q, held->position), &job));
	return ms == 0 ? lease_release(b, q, held, job) : lease_extend(b, q, held, job, ms);
}

/* Hidden for so long from now; zero: ready at once. */
enum err queue_hide(struct batch *b, struct queue *q, struct entry *held, int64_t ms)
{
	must(ms >= 0 && ms <= QUEUE_VISIBILITY_MAX_S * SECOND_MS && held->receive_count > 0); /* Q2 */
	if (q->settings.track)
		return hide_tracked(b, q, held, ms);
	TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
	              VALUES(value_int(message_id_of(q, held->position)),
	                     value_int(ms == 0 ? 0 : b->now.wall_ms + ms)),
	              NULL, NULL));
	held->changed = true;
	if (ms == 0 && held->state == ENTRY_IN_FLIGHT)
		stats_failed(q, b->now.mono_ms, b->now.mono_ms - held->received_mono);
	if (ms == 0)
		entry_ready(b->domain->queues, held);
	else
		entry_fly(b->domain->queues, held, b->now.mono_ms + ms);
	group_settle(held->group);
	return OK;
}

static enum err change_write(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);

	must(q != NULL);
	queue_touch(b, q);
	for (int i = 0; i < p->count; i++) {
		struct receipt_entry *e = &p->entries[i];
		struct entry *held = e->refused.why == REFUSED_NONE ? named(q, &e->receipt) : NULL;
		if (held != NULL) /* the same message may stand twice in one batch */
			TRY(queue_hide(b, q, held, e->visibility_s * SECOND_MS));
	}
	queue_wake(b, q);
	return OK;
}

const struct op op_queue_change_visibility = {
	.name = "queue_change_visibility",
	.lane = LANE_WRITE,
	.drains = true,
	.check = change_check,
	.write = change_write,
};

/* ---- a failure report: why, and whether trying again makes sense */

static enum err fail_tracked(struct batch *b, struct queue *q, struct entry *held,
                             const struct bad_end *bad)
{
	const struct job_row *job;
	enum job_state became;

	if (held->state != ENTRY_IN_FLIGHT)
		return OK;
	TRY(track_job(b, message_id_of(q, held->position), &job));
	return lease_failed(b, q, held, job, bad, &became);
}

enum err queue_failed(struct batch *b, struct queue *q, struct entry *held, struct str error,
                      bool dead, int64_t ms)
{
	const struct bad_end bad = {
		.outcome = ATTEMPT_FAILED, .error = error, .final = dead, .delay_ms = ms
	};
	struct queue *to = dead ? queue_dead_for(b, q) : NULL;

	if (str_given(error))
		TRY(store_run(b->store, STMT_BODY_ERROR,
		              VALUES(value_int(message_id_of(q, held->position)), value_text(error)), NULL,
		              NULL));
	if (q->settings.track)
		return fail_tracked(b, q, held, &bad);
	if (to == NULL)
		return queue_hide(b, q, held, ms);
	if (held->state == ENTRY_IN_FLIGHT)
		stats_failed(q, b->now.mono_ms, b->now.mono_ms - held->received_mono);
	return queue_dead_letter(b, q, held, to, NULL);
}

static enum err fail_write(struct batch *b, struct cmd *c)
{
	struct queue_receipts *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);

	must(q != NULL);
	queue_touch(b, q);
	for (int i = 0; i < p->count; i++) {
		struct receipt_entry *e = &p->entries[i];
		struct entry *held = e->refused.why == REFUSED_NONE ? named(q, &e->receipt) : NULL;
		if (held != NULL)
			TRY(queue_failed(b, q, held, e->error, e->dead, e->visibility_s * SECOND_MS));
	}
	queue_wake(b, q);
	return OK;
}

const struct op op_queue_fail = {
	.name = "queue_fail",
	.lane = LANE_WRITE,
	.drains = true,
	.check = change_check,
	.write = fail_write,
};
