/* group_limit.c - key_rate: how many messages of one group (a tenant, a resource) may be
 * handed out in a second.
 *
 *     full --a message is handed out--> filling --one second without--> full
 *                                          | ^
 *                        no whole token    v '-- a token is there
 *                                        limited: the group gives nothing (Q6)
 *
 * Each group has a bucket that holds a second's worth of tokens and starts full. A bucket
 * that is not full is in the heap `queues.turns`, at the moment of its next token or at
 * the one at which it is full again, and keeps its group alive, or a tenant who sends one
 * message at a time would find a full bucket each time. So what is kept of idle groups is
 * bounded: those that got a message in the last second. Buckets are in memory only: after
 * a restart, a purge or a batch that failed they are full. */
#include "base/limits.h"
#include "domain/queue/memory.h"

static int64_t rate_of(const struct group *g)
{
	return g->queue->settings.key_rate; /* tokens a second: thousandths a millisecond */
}

static void refill(struct group *g, int64_t mono_ms)
{
	int64_t full = rate_of(g) * 1000, passed = mono_ms - g->tokens_mono;
	bool is_full = g->turn.place == 0 || passed >= SECOND_MS;

	must(passed >= 0 && g != &g->queue->plain);
	g->tokens_milli = is_full ? full : g->tokens_milli + passed * rate_of(g);
	if (g->tokens_milli > full)
		g->tokens_milli = full;
	g->tokens_mono = mono_ms;
}

/* Notes whether there is a token, and when to look again. */
static void plan(struct queues *all, struct group *g)
{
	int64_t rate = rate_of(g), full = rate * 1000;

	g->limited = g->tokens_milli < 1000;
	int64_t missing = (g->limited ? 1000 : full) - g->tokens_milli;
	must(g->tokens_milli >= 0 && missing >= 0);
	if (missing == 0)
		heap_take(&all->turns, &g->turn);
	else
		heap_put(&all->turns, &g->turn, g->tokens_mono + (missing + rate - 1) / rate, 0);
}

void group_used(struct queues *all, struct group *g, struct now now)
{
	must(rate_of(g) > 0);
	if (g == &g->queue->plain)
		return; /* no key, no limit */
	refill(g, now.mono_ms);
	must(g->tokens_milli >= 1000); /* Q6 */
	g->tokens_milli -= 1000;
	plan(all, g);
}

static void one_due(struct queues *all, struct group *g, int64_t mono_ms)
{
	if (rate_of(g) > 0) {
		refill(g, mono_ms);
		plan(all, g);
	} else {
		heap_take(&all->turns, &g->turn);
		g->limited = false;
	}
	group_settle(g); /* it may be gone now */
}

void groups_due(struct queues *all, struct batch *b)
{
	struct heap_entry *first;

	for (int steps = 0; steps < DUE_STEPS_MAX; steps++) {
		first = heap_first(&all->turns);
		if (first == NULL || first->key > b->now.mono_ms)
			return;
		struct group *g = CONTAINER(first, struct group, turn);
		struct queue *q = g->queue;
		one_due(all, g, b->now.mono_ms);
		queue_wake(b, q);
	}
}
