/* flow.h - the part of /metrics that tells how messages flow: lanes, rates, workers, waits. */
#ifndef RINGI_API_METRICS_FLOW_H
#define RINGI_API_METRICS_FLOW_H

#include "base/buf.h"
#include "domain/queue/metrics.h"

void metrics_flow(struct buf *, const struct queue_metrics *);

#endif
