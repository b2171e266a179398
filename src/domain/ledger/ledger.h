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

/* A job as its row says. Texts lie in the arena it was read with. */
struct job_row {
	struct uuid id;
	struct str queue, message_group;
	enum job_state state;
	int64_t attempts;
	int64_t body_id; /* message id: queue id << 40 | position */
	int64_t dead_id; /* FAILED: message id of its copy in the dead-letter queue; 0: none */
	/* wall; 0: none */
	int64_t created_at, execute_at, started_at, lease_until, finished_at, cancel_asked_at;
	struct str worker, requested_by;
	int priority;       /* -1: none */
	int progress;       /* of 1000; -1: not told */
	int64_t timeout_ms; /* of one attempt; 0: none */
	/* bytes, absent: none */
	struct str trace_id, parent_span_id, parent, group;
	struct str on_done, labels, progress_text, error, result; /* JSON, but the progress text */
};
/* Columns as the statements job_read and job_of_body give them; any statement that lists them
 * in that order will do. Any thread. */
enum { JOB_COLUMNS = 27 };
enum err job_row_from_row(struct arena *, const struct value *columns, int count, struct job_row *)
	MUST_USE;
/* By id, by the id of its message's body. Any thread. */
enum err ledger_read(struct store *, struct arena *, struct uuid, struct job_row *, bool *found)
	MUST_USE;
enum err ledger_of_body(struct store *, struct arena *, int64_t body_id, struct job_row *,
                        bool *found) MUST_USE;
/* Of `count` messages side by side the jobs that run: rows[i] is that of the i-th, its body_id 0
 * where there is none. Only id, body_id, state and cancel_asked_at are filled. */
enum err ledger_running(struct store *, int64_t first_body_id, int count, struct job_row *rows)
	MUST_USE;
/* By the UUID of a message, which may be a copy of the one that the job has. */
enum err ledger_of_copy(struct store *, struct arena *, int64_t body_id, struct job_row *,
                        bool *found) MUST_USE;

/* A transition that this batch has made, oldest first in batch.changes: for who waits for
 * jobs, for groups, and for live views. In the batch's arena. */
struct job_change {
	struct node node; /* in batch.changes */
	struct uuid id;
	struct str queue;
	enum job_state state;
	int progress;  /* of 1000; -1: not told */
	bool reopened; /* it had FAILED, and is PENDING again */
	bool again;    /* it is PENDING because its attempt ended */
	bool grouped; /* it has a parent, a group or an on_done: somebody may be concerned by its end */
	/* Only behind ledger_tell_groups. */
	bool group_told, has_group;
	struct uuid group;
};
/* At the end of the batch: all its changes say the group of their job. For live views of
 * groups; not done where nobody watches one, because it is a look-up for each. */
enum err ledger_tell_groups(struct batch *) MUST_USE;

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
bool job_extra_grouped(const struct job_extra *); /* its end concerns others */

struct job_new {
	struct uuid id;
	struct str queue, requested_by;
	struct str message_group; /* absent: none */
	int64_t body_id;
	int64_t execute_at;            /* wall; 0: at once */
	int priority;                  /* -1: none */
	const uint8_t *trace_id;       /* 16 bytes, of the request; NULL: none. `extra` goes first */
	const uint8_t *parent_span_id; /* 8 bytes */
	const struct job_extra *extra; /* NULL: a plain message */
};
enum err ledger_create(struct batch *, const struct job_new *) MUST_USE;
/* Of messages side by side whose rows are there, without labels and with the same extras: `ids` in
 * their order; the rest of the first one, but for what message rows say (group, priority, when it
 * is due). */
enum err ledger_create_page(struct batch *, const struct job_new *first, const struct uuid *ids,
                            int count) MUST_USE;

/* Attempts begin of `count` messages side by side; `ids`: theirs. *found: how many of them have
 * a job. */
enum err ledger_start(struct batch *, struct str queue, int64_t first_body_id,
                      const struct uuid *ids, int count, struct str worker, int64_t lease_until,
                      int *found) MUST_USE;
/* The lease is until then (a heartbeat, a visibility changed). */
enum err ledger_lease(struct batch *, struct uuid, int64_t lease_until) MUST_USE;
/* A heartbeat says how far it is: of 1000, -1: not told; text absent: not told. */
enum err ledger_progress(struct batch *, const struct job_row *, int progress, struct str text)
	MUST_USE;
/* The worker is to be told at its next heartbeat. */
enum err ledger_ask_cancel(struct batch *, const struct job_row *) MUST_USE;
/* The running attempt ended without ending the job: PENDING again, not before `execute_at`
 * (0: at once). `error`: JSON, `log`: text; absent: none. */
enum err ledger_again(struct batch *, const struct job_row *, enum attempt_outcome,
                      struct str error, struct str log, int64_t execute_at) MUST_USE;
/* The job ends. The running attempt, if there is one, ends with it. */
struct job_end {
	enum job_state state;          /* a final one */
	enum attempt_outcome outcome;  /* of an attempt that is running */
	struct str error, result, log; /* JSON, JSON, text; absent: none (an earlier error stays) */
	int64_t dead_id;               /* its copy in the dead-letter queue, a message id; 0: none */
};
/* `count` messages side by side were deleted by who held them; which of them have no job, says
 * who gets fewer in *found. Then somebody notes the changes: ledger_note_done. */
enum err ledger_done(struct batch *, int64_t first_body_id, int count, int *found) MUST_USE;
/* `id` NULL: it is looked up, and with it whether its end concerns others. */
enum err ledger_note_done(struct batch *, struct str queue, int64_t body_id, const struct uuid *id,
                          bool grouped) MUST_USE;
enum err ledger_end(struct batch *, const struct job_row *, const struct job_end *) MUST_USE;
/* The message comes back into a tracked queue under another row: FAILED -> PENDING (redriven,
 * retried), or an open one moves from one tracked queue to another. The body that the job had
 * before is deleted, unless it is the same row. */
enum err ledger_reopen(struct batch *, const struct job_row *, struct str queue, int64_t body_id,
                       int64_t execute_at) MUST_USE;

/* A few finished jobs whose retention is over go, with payload, attempts and labels. `at` is
 * where the last call stopped; after == 0: at the begin, or walked through. `kept_ms` tells how
 * long the jobs of a queue (its number) are kept. *more: there are others to look at. */
struct ledger_cursor {
	int64_t after; /* message id */
	int64_t rows;  /* looked at so far */
};
enum err ledger_sweep(struct batch *, struct ledger_cursor *at,
                      int64_t (*kept_ms)(struct batch *, uint32_t queue), bool *more) MUST_USE;

#endif
