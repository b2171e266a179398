/* slo.c - whether the messages of a queue wait longer than they should (scaling.h). */
#include "base/limits.h"
#include "domain/queue/memory.h"
#include "domain/queue/scaling.h"

enum {
	LOOKS = 32, /* groups that are asked for their first message */
};
static const double may_be_slow = 0.05, few = 0.1; /* of messages; so few tell nothing */

const char *slo_name(enum slo_state state)
{
	static const char *const names[] = { "ok", "warning", "burning" };

	must(state <= SLO_BURNING);
	return names[state];
}

struct waiting {
	uint64_t position;  /* the lowest of those never received */
	int64_t since_mono; /* the earliest of those that were delayed and became due */
};

static void look(const struct heap *heap, struct waiting *w)
{
	for (size_t i = 1; i <= heap->count && i <= LOOKS; i++) {
		const struct ready *r = CONTAINER(heap->at[i], struct ready, order);
		uint64_t fresh = runs_first(&r->fresh);
		struct heap_entry *again = heap_first(&r->again);
		const struct entry *e = again == NULL ? NULL : CONTAINER(again, struct entry, order);
		if (fresh != 0 && (w->position == 0 || fresh < w->position))
			w->position = fresh;
		if (e != NULL && e->receive_count == 0 && e->received_mono < w->since_mono)
			w->since_mono = e->received_mono;
	}
}

static enum err take_sent(void *context, const struct value *columns, int count)
{
	must(count == 3);
	*(int64_t *)context = columns[1].number;
	return OK;
}

/* How long a message has been waiting that nobody has received yet; 0: there is none. */
static enum err longest_wait(struct batch *b, struct queue *q, int64_t *ms)
{
	struct waiting w = { .since_mono = NEVER };
	int64_t sent_at = 0;

	look(&q->ready, &w);
	for (int i = 0; i < PRIORITIES && q->lanes != NULL; i++)
		look(&q->lanes->ready[i], &w);
	*ms = w.since_mono == NEVER ? 0 : b->now.mono_ms - w.since_mono;
	if (w.position == 0)
		return OK;
	const struct value id = value_int(message_id_of(q, w.position));
	TRY(store_run(b->store, STMT_MESSAGE_SENT, VALUES(id, id, value_int(1)), take_sent, &sent_at));
	if (sent_at > 0 && b->now.wall_ms - sent_at > *ms)
		*ms = b->now.wall_ms - sent_at;
	return OK;
}

static double share(const struct shares *s)
{
	return s->waits < few ? 0 : s->slow / s->waits;
}

enum err queue_slo(struct batch *b, struct queue *q, struct slo *slo)
{
	const struct queue_stats *s = stats_now(q, b->now.mono_ms);

	*slo = (struct slo){ .wait_ms = q->settings.slo_wait_ms };
	if (slo->wait_ms == 0)
		return OK;
	TRY(longest_wait(b, q, &slo->waiting_ms));
	slo->last_5m = s == NULL ? 0 : share(&s->last_5m);
	slo->last_1h = s == NULL ? 0 : share(&s->last_1h);
	must(slo->last_5m >= 0 && slo->last_1h >= 0);
	int64_t late_ms = slo->waiting_ms - slo->wait_ms;
	bool now = slo->last_5m > may_be_slow || late_ms > 0;
	bool for_long = slo->last_1h > may_be_slow || late_ms > SLO_SHORT_S * SECOND_MS;
	slo->state = now && for_long ? SLO_BURNING : now || for_long ? SLO_WARNING : SLO_OK;
	return OK;
}
