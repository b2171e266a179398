/* watch.h - the jobs that somebody begins to watch, as they are (the snapshot; read lane).
 *
 * Refusals: NO_SUCH_JOB, NO_SUCH_GROUP, NO_SUCH_QUEUE, NOT_TRACKED, and NOT_ALLOWED for a job
 * in a queue of others. */
#ifndef RINGI_DOMAIN_JOB_WATCH_H
#define RINGI_DOMAIN_JOB_WATCH_H

#include "domain/cmd.h"
#include "domain/ledger/ledger.h"

struct watched_job {
	struct uuid id;
	struct str queue;
	enum job_state state;
	int64_t attempts, at_ms;
	int progress; /* of 1000; -1: not told */
};

/* One job; or all of a group; or the open ones of a queue, or of all. */
struct job_watch {
	const struct uuid *job, *group;
	struct str queue; /* absent: any; with a job: it must be in this queue */
	int max;
	/* out */
	struct watched_job *jobs;
	int count;
	bool more; /* there are more than `max` */
};
extern const struct op op_job_watch;

#endif
