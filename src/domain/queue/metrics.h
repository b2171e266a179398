/* metrics.h - the figures of all queues, for /metrics and lists of queues. */
#ifndef RINGI_DOMAIN_QUEUE_METRICS_H
#define RINGI_DOMAIN_QUEUE_METRICS_H

#include "base/limits.h"
#include "domain/queue/queue.h"
#include "domain/queue/scaling.h"
#include "domain/queue/stats.h"

/* How long things took, since the server started. */
struct queue_times {
	struct bounds wait, run;
};

struct queue_figures {
	struct str name;
	bool fifo, paused, is_dlq;
	int64_t visible, in_flight, delayed, oldest_sent_at; /* 0: empty */
	int64_t waiting;                                     /* parked receives */
	int64_t sent, received, deleted, dead_lettered;      /* since the server started */
	int64_t failed, refused;                             /* attempts, sends; since then */
	int64_t blocked_groups, held_groups;
	double arrival_rate, service_rate; /* a second */
	int64_t workers_now, workers_wanted;
	struct slo slo;
	const struct queue_times *times; /* NULL: not told of this one */
	bool has_lanes;
	int64_t lanes[MESSAGE_PRIORITY_MAX + 1]; /* of visible, by priority */
	int64_t max_messages;                    /* that may wait, as was set; 0: no limit */
	struct str dead_queue;                   /* where its dead letters go; absent: nowhere */
	struct push_figures push;
};

enum {
	QUEUE_METRICS_MAX = 2000, /* queues shown one by one */
	QUEUE_TIMES_MAX = 200,    /* of those without slo_wait_ms: that have histograms */
};

struct queue_metrics {
	struct str prefix, after;      /* absent: all, from the start */
	int max;                       /* 0: QUEUE_METRICS_MAX */
	bool all_figures;              /* those that only /metrics shows, too */
	bool more;                     /* out */
	struct queue_figures *figures; /* out, by name */
	int count;
	/* out, of all queues, shown or not */
	int64_t parked; /* long polls waiting */
	int64_t queues;
	int64_t most_in_flight; /* in one standard queue */
	int64_t most_attempts;  /* receive attempt ids remembered by one queue */
};
extern const struct op op_queue_metrics;

#endif
