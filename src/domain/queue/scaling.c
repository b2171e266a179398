/* scaling.c - how many workers a queue wants (scaling.h says by which rule). */
#include "domain/queue/scaling.h"

#include <math.h>

#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

static int64_t target_of(const struct queue *q, int64_t asked_s)
{
	int64_t slo_s = (q->settings.slo_wait_ms + SECOND_MS - 1) / SECOND_MS;

	return asked_s > 0 ? asked_s : slo_s > 0 ? slo_s : SCALING_TARGET_S;
}

/* Messages a second that must be handled. */
static double needed(const struct queue *q, const struct scaling *s)
{
	double rate = s->arrival_rate + (double)s->backlog / (double)s->target_wait_s;

	if (q->settings.rate > 0 && rate > (double)q->settings.rate)
		rate = (double)q->settings.rate;
	return q->settings.paused ? 0 : rate;
}

/* What one worker does in a second, from below; 0: nobody knows. */
static double one_does(const struct queue_stats *stats, const struct scaling *s, int64_t per_worker)
{
	double busy_ms = stats_busy_ms(stats);
	double seen = s->workers_now > 0 ? s->service_rate / (double)s->workers_now : 0;
	double little = busy_ms > 0 ? 1000 * (double)per_worker / busy_ms : 0;

	return seen > little ? seen : little;
}

/* Beyond that, workers would find nothing to do. */
static int64_t useful(const struct queue *q, const struct scaling_question *p)
{
	int64_t most = SCALING_WORKERS_MAX;
	int64_t concurrency = q->settings.concurrency, groups = (int64_t)q->groups.count;

	if (concurrency > 0)
		most = (concurrency + p->per_worker - 1) / p->per_worker;
	if (q->settings.fifo && groups < most)
		most = groups;
	return most < 1 ? 1 : most;
}

static int64_t wanted(const struct queue *q, const struct scaling_question *p,
                      const struct scaling *s)
{
	/* An exponential window never comes to nothing: below that it is over. */
	const double quiet = 0.01;
	double rate = needed(q, s), most = (double)useful(q, p);
	bool busy = rate > quiet || (s->in_flight > 0 && !q->settings.paused);
	double n = s->per_worker_rate > 0 ? ceil(rate / s->per_worker_rate - 1e-9)
	                                  : (double)s->workers_now;

	if (!busy)
		return 0;
	n = n < 1 ? 1 : n;
	return (int64_t)(n < most ? n : most);
}

void queue_scale(struct batch *b, struct queue *q, const struct scaling_question *p,
                 struct scaling *s)
{
	const struct queue_stats *stats = stats_now(q, b->now.mono_ms);

	must(p->per_worker >= 1 && p->min >= 0 && (p->max == 0 || p->max >= p->min));
	*s = (struct scaling){
		.target_wait_s = target_of(q, p->target_wait_s),
		.backlog = q->visible,
		.in_flight = q->in_flight,
		.arrival_rate = stats_arrivals(stats),
		.service_rate = stats_completions(stats),
		.workers_now = p->workers,
	};
	if (s->workers_now < 0) {
		s->workers_now = stats_receivers(stats, b->now.mono_ms);
		if (s->workers_now == 0 && q->in_flight > 0)
			s->workers_now = 1;
	}
	must(s->target_wait_s >= 1 && s->arrival_rate >= 0 && s->service_rate >= 0);
	s->per_worker_rate = one_does(stats, s, p->per_worker);
	s->workers_wanted = wanted(q, p, s);
	if (s->workers_wanted < p->min)
		s->workers_wanted = p->min;
	if (p->max > 0 && s->workers_wanted > p->max)
		s->workers_wanted = p->max;
	must(s->workers_wanted >= 0 && s->workers_wanted <= SCALING_WORKERS_MAX);
}

static enum err scaling_check(struct batch *b, struct cmd *c)
{
	struct queue_scaling *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err scaling_write(struct batch *b, struct cmd *c)
{
	struct queue_scaling *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_scale(b, q, &p->question, &p->answer);
	return queue_oldest(b, q, &p->oldest_sent_at);
}

const struct op op_queue_scaling = {
	.name = "queue_scaling",
	.lane = LANE_WRITE,
	.check = scaling_check,
	.write = scaling_write,
};
