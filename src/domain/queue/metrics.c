/* metrics.c - the figures of all queues, in one walk. */
#include "domain/queue/metrics.h"

#include "base/limits.h"
#include "domain/queue/memory.h"

static enum err no_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

/* The names of all queues that others send their dead letters to. */
static void find_dead_queues(const struct queues *all, struct names *to)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_given(all->sorted[i]->settings.dead_queue))
			names_put(to, all->sorted[i]->settings.dead_queue, all->sorted[i]);
}

static enum err figures_of(struct batch *b, struct arena *a, struct queue *q,
                           struct queue_figures *f)
{
	*f = (struct queue_figures){
		.name = arena_str(a, q->name),
		.fifo = q->settings.fifo,
		.paused = q->settings.paused,
		.visible = q->visible,
		.in_flight = q->in_flight,
		.delayed = q->delayed,
		.sent = q->counters.sent,
		.received = q->counters.received,
		.deleted = q->counters.deleted,
		.dead_lettered = q->counters.dead_lettered,
		.failed = q->counters.failed,
		.refused = q->counters.refused,
		.blocked_groups = q->stopped_groups,
		.held_groups = q->held_groups,
		.max_messages = q->settings.max_messages,
		.push = push_figures(q, b->now),
	};
	if (str_given(q->settings.dead_queue))
		f->dead_queue = arena_str(a, q->settings.dead_queue);
	f->has_lanes = q->lanes != NULL;
	if (f->has_lanes)
		memcpy(f->lanes, q->lanes->visible, sizeof f->lanes);
	LIST_EACH (&q->waiting, struct cmd, waiting, waiter)
		f->waiting += waiter != NULL;
	return queue_oldest(b, q, &f->oldest_sent_at);
}

static const struct queue_times *times_of(struct arena *a, const struct queue_stats *s)
{
	struct queue_times *t = ARENA_NEW(a, struct queue_times);

	stats_bounds(&s->wait_all, &s->wait, &t->wait);
	stats_bounds(&s->run_all, &s->run, &t->run);
	return t;
}

/* What only /metrics shows. `times`: how many queues without a target had histograms. */
static enum err more_figures(struct batch *b, struct arena *a, struct queue *q,
                             struct queue_figures *f, int *times)
{
	static const struct scaling_question question = { .workers = -1, .per_worker = 1 };
	const struct queue_stats *s = stats_now(q, b->now.mono_ms);
	bool target = q->settings.slo_wait_ms > 0;
	struct scaling scaling;

	queue_scale(b, q, &question, &scaling);
	f->arrival_rate = scaling.arrival_rate;
	f->service_rate = scaling.service_rate;
	f->workers_now = scaling.workers_now;
	f->workers_wanted = scaling.workers_wanted;
	if (s != NULL && (target || *times < QUEUE_TIMES_MAX)) {
		f->times = times_of(a, s);
		*times += !target;
	}
	return queue_slo(b, q, &f->slo);
}

static enum err take_figures(struct batch *b, struct cmd *c, const struct names *dead_queues)
{
	struct queue_metrics *p = c->in;
	struct queues *all = b->domain->queues;
	int max = p->max == 0 ? QUEUE_METRICS_MAX : p->max, times = 0;

	p->figures = ARENA_ARRAY(c->arena, struct queue_figures, max);
	for (size_t i = queues_from(all, p->prefix, p->after); i < all->count; i++) {
		struct queue *q = all->sorted[i];
		if (!str_starts(q->name, p->prefix))
			return OK;
		must(p->count <= max);
		p->more = p->count == max;
		if (p->more)
			return OK;
		struct queue_figures *f = &p->figures[p->count++];
		TRY(figures_of(b, c->arena, q, f));
		if (p->all_figures)
			TRY(more_figures(b, c->arena, q, f, &times));
		f->is_dlq = names_find(dead_queues, q->name) != NULL;
	}
	return OK;
}

static void take_sums(const struct queues *all, struct queue_metrics *p)
{
	must(all->parked_count >= 0 && all->parked_count <= WAITING_RECEIVES_MAX);
	p->parked = all->parked_count;
	p->queues = (int64_t)all->count;
	for (size_t i = 0; i < all->count; i++) {
		const struct queue *q = all->sorted[i];
		if (!q->settings.fifo && q->in_flight > p->most_in_flight)
			p->most_in_flight = q->in_flight;
		if ((int64_t)q->attempts.count > p->most_attempts)
			p->most_attempts = (int64_t)q->attempts.count;
	}
}

static enum err metrics_write(struct batch *b, struct cmd *c)
{
	struct queue_metrics *p = c->in;
	struct names dead_queues = { 0 };

	*p = (struct queue_metrics){
		.prefix = p->prefix, .after = p->after, .max = p->max, .all_figures = p->all_figures
	}; /* it may run again */
	find_dead_queues(b->domain->queues, &dead_queues);
	enum err fault = take_figures(b, c, &dead_queues);
	names_free(&dead_queues);
	take_sums(b->domain->queues, p);
	return fault;
}

const struct op op_queue_metrics = {
	.name = "queue_metrics",
	.lane = LANE_WRITE,
	.check = no_check,
	.write = metrics_write,
};
