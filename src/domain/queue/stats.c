/* stats.c - rates, waits and runs of a queue (see stats.h). */
#include "domain/queue/stats.h"

#include <math.h>

#include "base/arena.h"
#include "domain/queue/memory.h"

struct queue_stats *stats_of(struct queue *q, int64_t mono_ms)
{
	if (q->stats == NULL) {
		q->stats = mem_get(sizeof *q->stats);
		q->stats->at_mono = mono_ms;
		q->stats->seen.began_mono = mono_ms;
		q->step_at_mono = mono_ms + STATS_EVERY_MS;
	}
	return q->stats;
}

/* ---- windows */

/* What is left of a second's weight after so many of them. */
static double left(double seconds, int window_s)
{
	return exp(-seconds / window_s);
}

static void age_rates(struct window *w, double seconds, double in_flight)
{
	double k = left(seconds, STATS_WINDOW_S);

	w->arrivals *= k;
	w->completions *= k;
	w->busy_ms *= k;
	w->in_flight = w->in_flight * k + in_flight * (1 - k);
	w->weight = 1 - (1 - w->weight) * k;
}

static void age_shares(struct shares *s, double seconds, int window_s)
{
	double k = left(seconds, window_s);

	s->waits *= k;
	s->slow *= k;
}

static int64_t arrived(const struct queue_counters *c)
{
	return c->sent + c->moved_in;
}

static int64_t completed(const struct queue_counters *c)
{
	return c->deleted + c->dead_lettered;
}

/* What was counted since the last step happened in the second behind it: later events would
 * have made a step of their own. The rest of the time was quiet. */
void stats_step(struct queue *q, int64_t mono_ms)
{
	static const struct queue_counters none;
	struct queue_stats *s = q->stats;

	if (s == NULL && memcmp(&q->counters, &none, sizeof none) == 0)
		return;
	s = stats_of(q, mono_ms);
	int64_t passed = mono_ms - s->at_mono;
	must(passed >= 0);
	if (passed < STATS_EVERY_MS)
		return;
	double share = 1 - left(1, STATS_WINDOW_S);
	age_rates(&s->window, 1, (double)q->in_flight);
	s->window.arrivals += share * (double)(arrived(&q->counters) - arrived(&s->at));
	s->window.completions += share * (double)(completed(&q->counters) - completed(&s->at));
	s->window.busy_ms += share * (double)s->busy_ms;
	s->last_5m.waits += (double)s->waits;
	s->last_5m.slow += (double)s->slow_waits;
	s->last_1h.waits += (double)s->waits;
	s->last_1h.slow += (double)s->slow_waits;
	age_rates(&s->window, (double)(passed - STATS_EVERY_MS) / 1000, (double)q->in_flight);
	age_shares(&s->last_5m, (double)passed / 1000, SLO_SHORT_S);
	age_shares(&s->last_1h, (double)passed / 1000, SLO_LONG_S);
	must(s->window.arrivals >= 0 && s->window.completions >= 0 && s->window.weight <= 1);
	s->busy_ms = s->waits = s->slow_waits = 0;
	s->at = q->counters;
	s->at_mono = mono_ms;
	q->step_at_mono = mono_ms + STATS_EVERY_MS;
}

const struct queue_stats *stats_now(struct queue *q, int64_t mono_ms)
{
	stats_step(q, mono_ms);
	return q->stats;
}

static double rate(const struct queue_stats *s, double mean)
{
	/* Below that nothing can be told from what is left of the past. */
	return s == NULL || s->window.weight <= 0 || mean < 1e-6 ? 0 : mean / s->window.weight;
}

double stats_arrivals(const struct queue_stats *s)
{
	return rate(s, s == NULL ? 0 : s->window.arrivals);
}

double stats_completions(const struct queue_stats *s)
{
	return rate(s, s == NULL ? 0 : s->window.completions);
}

double stats_busy_ms(const struct queue_stats *s)
{
	return s == NULL || s->window.completions <= 0 ? 0 : s->window.busy_ms / s->window.completions;
}

/* ---- notes of the hot path */

void stats_wait(struct queue *q, int64_t mono_ms, int64_t wait_ms)
{
	struct queue_stats *s = stats_of(q, mono_ms);
	int64_t ms = wait_ms < 0 ? 0 : wait_ms;

	hist_note(&s->wait, ms);
	s->wait_all.sum_ms += ms;
	s->waits++;
	s->slow_waits += q->settings.slo_wait_ms > 0 && ms > q->settings.slo_wait_ms;
}

void stats_done(struct queue *q, int64_t mono_ms, int64_t run_ms)
{
	struct queue_stats *s = stats_of(q, mono_ms);

	must(run_ms >= 0);
	q->counters.deleted++;
	hist_note(&s->run, run_ms);
	s->run_all.sum_ms += run_ms;
	s->busy_ms += run_ms;
}

void stats_failed(struct queue *q, int64_t mono_ms, int64_t run_ms)
{
	must(run_ms >= 0);
	q->counters.failed++;
	stats_of(q, mono_ms)->busy_ms += run_ms;
}

/* ---- receivers */

static void turn_seen(struct seen *s, int64_t mono_ms)
{
	int64_t passed = mono_ms - s->began_mono;

	must(passed >= 0);
	if (passed < SEEN_MS)
		return;
	if (passed < 2 * SEEN_MS)
		memcpy(s->bits[1], s->bits[0], sizeof s->bits[1]);
	else
		memset(s->bits[1], 0, sizeof s->bits[1]);
	memset(s->bits[0], 0, sizeof s->bits[0]);
	s->began_mono = mono_ms - passed % SEEN_MS;
}

void stats_seen(struct queue *q, int64_t mono_ms, uint64_t receiver)
{
	struct seen *s = &stats_of(q, mono_ms)->seen;
	uint64_t hash = (receiver ^ receiver >> 32) * 0xd6e8feb86659fd93u;

	hash = ((hash ^ hash >> 32) * 0xd6e8feb86659fd93u) >> 55; /* one of 512 bits */
	turn_seen(s, mono_ms);
	s->bits[0][hash / 64] |= (uint64_t)1 << hash % 64;
}

int64_t stats_receivers(const struct queue_stats *stats, int64_t mono_ms)
{
	enum { BITS = SEEN_WORDS * 64 };
	int set = 0;

	if (stats == NULL)
		return 0;
	struct seen s = stats->seen;
	turn_seen(&s, mono_ms);
	for (int i = 0; i < SEEN_WORDS; i++)
		set += __builtin_popcountll(s.bits[0][i] | s.bits[1][i]);
	/* So many must have been thrown for that many bits to be hit. */
	return set >= BITS - 1 ? 4 * BITS : llround(-BITS * log(1 - (double)set / BITS));
}

/* ---- histograms of /metrics */

int64_t stats_bound_ms(int bucket)
{
	must(bucket >= 0 && bucket < HIST_BOUNDS);
	return (int64_t)1 << 2 * bucket;
}

void stats_add_bounds(struct bounds *to, const struct hist *h)
{
	for (int i = 0, bound = 0; i < HIST_BUCKETS; i++) {
		while (bound < HIST_BOUNDS && hist_lower(i) >= stats_bound_ms(bound))
			bound++;
		to->at[bound] += h->at[i];
	}
}

void stats_bounds(const struct bounds *until_history, const struct hist *since, struct bounds *out)
{
	*out = *until_history;
	stats_add_bounds(out, since);
}
