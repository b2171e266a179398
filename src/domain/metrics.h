/* metrics.h - the figures of the whole domain, for /metrics. */
#ifndef RINGI_DOMAIN_METRICS_H
#define RINGI_DOMAIN_METRICS_H

#include "domain/queue/metrics.h"
#include "domain/schedule/schedule.h"
#include "domain/topic/topic.h"

struct metrics {
	struct queue_metrics queues;       /* first: op_queue_metrics fills it */
	struct topic_figures topics;       /* out */
	struct schedule_figures schedules; /* out */
	int64_t keys;                      /* out */
	int64_t callbacks;                 /* out: calls of ended jobs, still to be made */
};
extern const struct op op_metrics;

#endif
