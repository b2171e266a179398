/* metrics.c - the figures of the whole domain, all of one moment. */
#include "domain/metrics.h"

#include <stddef.h>

#include "domain/batch.h"
#include "domain/domain.h"
#include "domain/key/key.h"

_Static_assert(offsetof(struct metrics, queues) == 0, "what op_queue_metrics fills");

static enum err metrics_check(struct batch *b, struct cmd *c)
{
	return op_queue_metrics.check(b, c);
}

static enum err metrics_write(struct batch *b, struct cmd *c)
{
	struct metrics *m = c->in;

	m->topics = topics_figures(b->domain);
	m->schedules = schedules_figures(b->domain);
	m->callbacks = b->domain->callbacks;
	m->keys = (int64_t)b->domain->keys->by_name.count;
	return op_queue_metrics.write(b, c);
}

const struct op op_metrics = {
	.name = "metrics",
	.lane = LANE_WRITE,
	.check = metrics_check,
	.write = metrics_write,
};
