/* wait.c - commands that wait, parked in the engine: receives for a message (long polls), and
 * others for what their module knows (enqueue.h: cmd_park).
 *
 *     parked --what it waits for is there (a queue is woken)--> served
 *        |  '--its patience ends, or the server stops---------> answered with nothing
 *        '-----its client goes away---------------------------> forgotten
 *
 * W1  Who came first is served first; who was served in a batch that failed stands in
 *     front again.
 * W2  A parked command is in a list (its queue's, say), in the heap of deadlines and, by the name
 *     of its connection, in the map of the parked: in all three or in none.
 * W3  Nobody waits beyond the first turn at or after the deadline: served in it if there
 *     is something to have, else sent away at its end. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

static uint64_t reply_key(struct reply_to to)
{
	return (uint64_t)(uint32_t)to.loop << 56 ^ (uint64_t)to.slot << 32 ^ to.generation;
}

/* In the heap and in the map; the caller puts it into its list. */
static void park(struct queues *all, struct cmd *c)
{
	must(!node_linked(&c->waiting) && c->deadline.place == 0); /* W2 */
	must(c->reply_to.loop >= 0 && c->op->repark != NULL);      /* somebody waits */
	heap_put(&all->waits, &c->deadline, c->deadline.key, 0);
	map_put(&all->parked, reply_key(c->reply_to), c);
	all->parked_count++;
}

bool cmd_can_park(const struct domain *d, const struct cmd *c)
{
	return c->reply_to.loop >= 0 && d->queues->parked_count < WAITING_RECEIVES_MAX;
}

void cmd_park(struct batch *b, struct cmd *c, struct list *on, int64_t wait_ms)
{
	must(wait_ms > 0);
	c->deadline.key = b->now.patience_ms + wait_ms;
	park(b->domain->queues, c);
	list_add_last(on, &c->waiting);
}

void cmd_repark(struct domain *d, struct cmd *c, struct list *on)
{
	park(d->queues, c);
	list_add_first(on, &c->waiting); /* W1 */
}

bool answers_full(const struct domain *d)
{
	return d->queues->answer_bytes >= ANSWERS_MAX;
}

void answer_counts(struct batch *b, struct cmd *c, size_t bytes)
{
	c->answer_bytes += bytes;
	b->domain->queues->answer_bytes += (int64_t)bytes;
}

void queue_unpark(struct queues *all, struct cmd *c)
{
	must(node_linked(&c->waiting) && c->deadline.place != 0); /* W2 */
	must(all->parked_count > 0);
	node_take(&c->waiting);
	heap_take(&all->waits, &c->deadline);
	if (map_find(&all->parked, reply_key(c->reply_to)) == c)
		map_take(&all->parked, reply_key(c->reply_to));
	all->parked_count--;
}

void queue_wake_at(struct queues *all, struct queue *q, int64_t mono_ms)
{
	if (q->wake.place == 0 || q->wake.key > mono_ms)
		heap_put(&all->wakes, &q->wake, mono_ms, q->id);
}

/* The earliest moment at which a limited rate lets the next one through. Where it is not the
 * rate that holds up (a locked group, say), whatever does will wake. */
static void wake_by_rate(struct batch *b, struct queue *q)
{
	int64_t missing = 1000 - q->rate_tokens_milli;

	if (q->settings.rate > 0 && missing > 0 && q->visible > 0 && !list_empty(&q->waiting) &&
	    !q->settings.paused)
		queue_wake_at(b->domain->queues, q, b->now.mono_ms + missing / q->settings.rate + 1);
}

/* When so much is on its way out that nothing more is handed out: later. */
static void wake_by_answers(struct batch *b, struct queue *q)
{
	enum { AGAIN_MS = 20 };
	struct queues *all = b->domain->queues;

	if (all->answer_bytes >= ANSWERS_MAX && q->visible > 0 && !list_empty(&q->waiting))
		queue_wake_at(all, q, b->now.mono_ms + AGAIN_MS);
}

void queue_park(struct batch *b, struct cmd *c, struct queue *q, int64_t wait_s)
{
	must(wait_s > 0 && wait_s <= QUEUE_WAIT_MAX_S);
	must(!q->dropped);
	cmd_park(b, c, &q->waiting, wait_s * SECOND_MS);
	wake_by_rate(b, q);
	queue_wake(b, q);
}

enum err queue_serve(struct batch *b, struct queue *q)
{
	struct cmd *c;

	must(!q->dropped);
	while (q->visible > 0 && (c = LIST_FIRST(&q->waiting, struct cmd, waiting)) != NULL) {
		struct queue_receive *p = c->in;
		TRY(queue_try_receive(b, c, q));
		if (p->count == 0) {
			/* Locked or limited: nothing for the next one either. Or so many were
			 * put away that the rest is for another turn. */
			if (ready_next(q) != NULL && queue_allowance(b, q) > 0)
				queue_wake_at(b->domain->queues, q, b->now.mono_ms);
			break;
		}
		queue_unpark(b->domain->queues, c);
		list_add_last(&b->finished, &c->node);
	}
	wake_by_rate(b, q);
	wake_by_answers(b, q);
	push_offer(b, q);
	own_offer(b, q);
	flow_offer(b, q);
	return OK;
}

void queue_finish_waiting(struct batch *b, struct queue *q, enum refusal why, const char *text)
{
	struct cmd *c;

	while ((c = LIST_FIRST(&q->waiting, struct cmd, waiting)) != NULL) {
		if (why != REFUSED_NONE)
			refuse(c, why, "%s", text);
		queue_unpark(b->domain->queues, c);
		list_add_last(&b->finished, &c->node);
	}
}

/* A client went away: nobody waits for this answer any more. */
static enum err gone_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err gone_write(struct batch *b, struct cmd *c)
{
	struct reply_to *gone = c->in;
	struct cmd *parked = map_find(&b->domain->queues->parked, reply_key(*gone));

	if (parked == NULL || parked->reply_to.loop != gone->loop ||
	    parked->reply_to.slot != gone->slot || parked->reply_to.generation != gone->generation)
		return OK;
	queue_unpark(b->domain->queues, parked);
	parked->reply_to.loop = -1;
	list_add_last(&b->finished, &parked->node);
	return OK;
}

const struct op op_queue_gone = {
	.name = "queue_gone",
	.lane = LANE_WRITE,
	.drains = true,
	.check = gone_check,
	.write = gone_write,
};
