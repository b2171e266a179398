/* stats.h - what happens in a queue over time: rates, waits, runs; for domain/queue only.
 *
 *     sent --wait--> first received --run--> deleted
 *
 * The hot path only counts (struct queue_counters) and notes two times. At the first touch of
 * a queue in a new second (queue_touch) what was counted since the last one goes into
 * exponential windows: averages in which a second that is `window` ago weighs 1/e. No timer
 * does that for queues in which nothing happens; a window is brought up to date when somebody
 * looks (stats_now).
 *
 * All of it is memory and begins anew with the server; history.c puts the figures of each
 * minute into rows. A wait begins when a message is sent or due, and is noted once. A batch
 * that fails takes back its counts, but not the times it noted. */
#ifndef RINGI_DOMAIN_QUEUE_STATS_H
#define RINGI_DOMAIN_QUEUE_STATS_H

#include "base/time.h"
#include "domain/queue/hist.h"

struct queue;

enum {
	STATS_EVERY_MS = 1000, /* one step of the windows */
	STATS_WINDOW_S = 60,   /* of rates */
	SLO_SHORT_S = 5 * 60,  /* of the share of messages that waited too long */
	SLO_LONG_S = 60 * 60,
	HIST_BOUNDS = 12, /* of the histograms in /metrics: 1, 4, 16 ms ... 70 minutes */
};

struct queue_counters {
	int64_t sent, received, deleted, dead_lettered;
	int64_t moved_in; /* came from another queue: dead letters, redriven ones */
	int64_t failed;   /* attempts that ended without a delete */
	int64_t refused;  /* sends, because it was full */
};

/* An exponential mean of what happens in a second. `weight` tells how much of the window has
 * passed since the beginning, so that a young one is not too low. */
struct window {
	double arrivals, completions; /* messages that came, that ended */
	double busy_ms;               /* of attempts that ended */
	double in_flight;
	double weight;
};

/* The same of messages received for the first time, and of those that had waited too long. */
struct shares {
	double waits, slow;
};

/* Distinct receivers of the last minute, about: two half minutes of a bit set (linear
 * counting). */
enum { SEEN_WORDS = 8, SEEN_MS = 30 * 1000 };
struct seen {
	uint64_t bits[2][SEEN_WORDS]; /* [0] is the present half minute */
	int64_t began_mono;           /* of [0] */
};

/* Since the server started, in the buckets of /metrics; the last one is the rest. */
struct bounds {
	int64_t at[HIST_BOUNDS + 1], sum_ms;
};

struct queue_stats {
	int64_t at_mono;                    /* the end of the last step */
	struct queue_counters at;           /* counters as of then */
	int64_t busy_ms, waits, slow_waits; /* since then */
	struct window window;
	struct shares last_5m, last_1h;
	struct seen seen;
	/* since the last row of history */
	struct queue_counters written;
	struct hist wait, run;
	struct bounds wait_all, run_all; /* until then; their sums: until now */
};

struct queue_stats *stats_of(struct queue *, int64_t mono_ms); /* makes them when needed */
void stats_step(struct queue *, int64_t mono_ms);              /* a new second began */
/* Up to date; NULL: nothing has happened yet. */
const struct queue_stats *stats_now(struct queue *, int64_t mono_ms);

void stats_wait(struct queue *, int64_t mono_ms, int64_t wait_ms); /* of a first receive */
/* An attempt ended that long after its message was received. */
void stats_done(struct queue *, int64_t mono_ms, int64_t run_ms);
void stats_failed(struct queue *, int64_t mono_ms, int64_t run_ms);
void stats_seen(struct queue *, int64_t mono_ms, uint64_t receiver); /* it asked for messages */

/* Messages a second; 0: none, or not known. */
double stats_arrivals(const struct queue_stats *);
double stats_completions(const struct queue_stats *);
double stats_busy_ms(const struct queue_stats *); /* of one message, failed attempts too; 0: ? */
int64_t stats_receivers(const struct queue_stats *, int64_t mono_ms);
/* The histograms since start. */
void stats_bounds(const struct bounds *until_history, const struct hist *since, struct bounds *out);
int64_t stats_bound_ms(int bucket);
void stats_add_bounds(struct bounds *, const struct hist *);

#endif
