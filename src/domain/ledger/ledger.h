/* ledger.h - the rows of jobs: what happened to every message of a tracked queue.
 *
 *     (send) -> PENDING --received--> RUNNING --deleted--> SUCCEEDED
 *                 ^  |                 |   |
 *                 |  '--- canceled --> |   '--no tries left, told not to try again--> FAILED
 *                 '---- retried -------'                                               |
 *                 '---- redriven ------------------------------------------------------'
 *
 * L1  A job changes in the transaction that changes its message, so neither can say
 *     something of which the other knows nothing.
 * L2  A transition that state.c does not list does not happen.
 * L3  A job that is not final has a message in its queue; a final one has none there.
 * L4  The payload is the body of the message: job.body_id names a row of message_body, and
 *     that row is deleted with the job.
 * L5  An attempt has a row in job_attempt when it ended otherwise than by success, or has a
 *     log; the latest one is in the job's own row as well.
 *
 * This module writes and reads rows and notes what it did in the batch; it knows nothing
 * of queues' memory. Engine's thread, inside a batch, unless said. Jobs are named by their
 * UUID. A function that gives `found` false met a message without a job (sent before its
 * queue was tracked): nothing was changed. */
#ifndef RINGI_DOMAIN_LEDGER_LEDGER_H
#define RINGI_DOMAIN_LEDGER_LEDGER_H

#include "domain/batch.h"

enum job_state { JOB_PENDING, JOB_RUNNING, JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELED };
enum { JOB_STATES = 5 };
enum attempt_outcome {
	ATTEMPT_SUCCEEDED,
	ATTEMPT_FAILED,
	ATTEMPT_LOST,
	ATTEMPT_TIMED_OUT,
	ATTEMPT_RELEASED,
	ATTEMPT_CANCELED,
};

/* state.c */
struct str job_state_name(enum job_state);
bool job_state_read(struct str name, enum job_state *);
struct str attempt_outcome_name(enum attempt_outcome);
bool job_state_final(enum job_state);
bool job_may_become(enum job_state from, enum job_state to); /* L2 */

/* A transition that this batch has made, oldest first in batch.changes: for who waits for
 * jobs, for groups, and for live views. In the batch's arena. */
struct job_change {
	struct node node; /* in batch.changes */
	struct uuid id;
	struct str queue;
	enum job_state state;
	double progress; /* -1: not told */
	bool grouped; /* it has a parent, a group or an on_done: somebody may be concerned by its end */
};

/* What a job has beyond its message. All may be absent, NULL or 0. */
struct job_extra {
	struct str labels_json;     /* {"name": "value"} */
	const struct label *labels; /* the same, to search by */
	int label_count;
	const struct uuid *parent, *group;
	struct str on_done; /* JSON */
	int64_t timeout_ms;
	const uint8_t *trace_id;       /* 16 bytes */
	const uint8_t *parent_span_id; /* 8 bytes */
};
struct label {
	struct str name, value;
};

struct job_new {
	struct uuid id;
	struct str queue, requested_by;
	int64_t body_id;
	int64_t execute_at;            /* wall; 0: at once */
	int priority;                  /* -1: none */
	const struct job_extra *extra; /* NULL: a plain message */
};
enum err ledger_create(struct batch *, const struct job_new *) MUST_USE;

/* An attempt begins. */
enum err ledger_start(struct batch *, struct str queue, struct uuid, struct str worker,
                      int64_t lease_until) MUST_USE;
/* The lease is until then (a heartbeat, a visibility changed). */
enum err ledger_lease(struct batch *, int64_t body_id, int64_t lease_until) MUST_USE;
/* The running attempt ended without ending the job: PENDING again, not before `execute_at`
 * (0: at once). `error`: JSON, absent for none. */
enum err ledger_again(struct batch *, struct str queue, int64_t body_id, enum attempt_outcome,
                      struct str error, int64_t execute_at) MUST_USE;
/* The job ends. The running attempt, if there is one, ends with it. */
struct job_end {
	int64_t body_id;
	enum job_state state;          /* a final one */
	enum attempt_outcome outcome;  /* of an attempt that is running */
	struct str error, result, log; /* JSON, JSON, text; absent: none (an earlier error stays) */
};
enum err ledger_end(struct batch *, struct str queue, const struct job_end *, bool *found) MUST_USE;
/* The message comes back into a tracked queue under another row: FAILED -> PENDING (redriven,
 * retried), or it moves from one tracked queue to another. The body that the job had before
 * is deleted, unless it is the same row. */
enum err ledger_reopen(struct batch *, struct str queue, struct uuid, int64_t body_id, bool *found)
	MUST_USE;

/* A few finished jobs of the queue whose retention is over go, with payload, attempts and labels;
 * *more: there may be others. */
enum err ledger_sweep(struct batch *, struct str queue, int64_t finished_before, bool *more)
	MUST_USE;

#endif
