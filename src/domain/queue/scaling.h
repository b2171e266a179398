/* scaling.h - how many workers a queue wants, and whether its messages wait too long.
 *
 *     wanted = (arrivals + backlog / target wait) / what one worker does in a second
 *
 * The first factor is the rate at which messages must be handled so that what waits now is
 * gone within the target while what comes meanwhile is kept up with. The second one is known
 * from below in two ways, of which the higher counts: what is completed, for each worker
 * that there is; and, by Little's law, `per_worker` messages at a time divided by how long
 * one takes, failed attempts included. Both are too low for workers that idle, or that take
 * ten messages and handle them one by one; never too high, so nobody waits for workers
 * because of it.
 *
 * As long as nothing was completed nothing is known: then the workers that there are stay,
 * or one is wanted. A queue with something to do wants at least one, a paused one none; a
 * FIFO queue not more than it has message groups, one with `concurrency` not more than may
 * have something in flight, one with `rate` what that rate needs. */
#ifndef RINGI_DOMAIN_QUEUE_SCALING_H
#define RINGI_DOMAIN_QUEUE_SCALING_H

#include "domain/cmd.h"

struct scaling_question {
	int64_t target_wait_s; /* 0: the queue's slo_wait_ms, else SCALING_TARGET_S */
	int64_t min, max;      /* of workers_wanted; max 0: none */
	int64_t workers;       /* how many there are; -1: as many as are seen */
	int64_t per_worker;    /* messages that one handles at the same time */
};

struct scaling {
	int64_t target_wait_s;
	int64_t backlog, in_flight;
	double arrival_rate, service_rate, per_worker_rate; /* a second; 0: none, or unknown */
	int64_t workers_now, workers_wanted;
};

/* GET /v1/queues/{name}/scaling */
struct queue_scaling {
	struct str name;
	struct scaling_question question;
	struct scaling answer;  /* out */
	int64_t oldest_sent_at; /* out; 0: it is empty */
};
extern const struct op op_queue_scaling;

/* slo_wait_ms: 95 of 100 messages are to be received within it. `last_5m` and `last_1h` are
 * the shares of those that were not, in exponential windows; a message that still waits
 * counts as well. Bad now and bad for long: burning; only one of both: warning. */
enum slo_state { SLO_OK, SLO_WARNING, SLO_BURNING };
struct slo {
	int64_t wait_ms; /* the target; 0: there is none, and nothing else is told */
	enum slo_state state;
	double last_5m, last_1h;
	int64_t waiting_ms; /* of a message that waits: about the longest */
};
const char *slo_name(enum slo_state); /* "ok" */

#endif
