/* job.h - what can be asked of jobs: the commands and what they take and give.
 *
 * A job is a message of a tracked queue (domain/ledger/ledger.h), and its lease is the
 * receipt of that message: these commands and those of queue.h can be mixed. Parameters
 * lie in c->in, results in the same struct, marked "out". Texts lie in the command's arena.
 *
 * J1  A job's parent exists before it does, and neither can be changed: no job is its own
 *     ancestor, however far up.
 * J2  A lease names one attempt. Whoever shows another one changes nothing (LEASE_LOST).
 * J3  A job that has ended stays as it is (JOB_FINAL), but for a FAILED one that is retried.
 *
 * Refusals: NO_SUCH_JOB, NOT_TRACKED (the queue keeps no jobs), LEASE_LOST, JOB_FINAL, and
 * those of sending. Jobs are named by id, so the queue that a right is about is known only
 * here: what a caller may do with it is asked by job_allowed. */
#ifndef RINGI_DOMAIN_JOB_JOB_H
#define RINGI_DOMAIN_JOB_JOB_H

#include "domain/cmd.h"
#include "domain/queue/enqueue.h"

/* ---- submit: one or many, all or none */

struct job_entry {
	struct str queue;       /* of a child; of others it is that of the command */
	struct send_entry send; /* body, group, trace_header, ...; out: message_id, execute_at */
	struct job_extra extra; /* labels, timeout; the rest is filled by check */
	int64_t execute_at;     /* wall; 0: at once */
	int64_t delay_ms;       /* instead; 0: none */
	struct uuid parent;     /* of a child it is the job that is completed */
	bool has_parent;
	struct uuid group; /* that it is a member of */
	bool has_group;
	/* out: as it is in the ledger */
	uint8_t trace_id[16], parent_span_id[8];
	bool has_trace, has_span; /* else it is a trace of its own, nobody's child */
};
struct job_submit {
	struct str queue;
	struct job_entry *entries;
	int count;       /* 1..JOB_ENTRIES_MAX */
	bool many;       /* sentences of refusals name the entry */
	int64_t wait_ms; /* its end will be asked for behind it (wait): who may not is refused now */
};
extern const struct op op_job_submit;

/* A claim is a receive (op_queue_receive with queue_receive.claim). */

/* ---- what a worker says of jobs that it holds */

struct group_create;

struct job_report {
	struct uuid id;
	struct receipt lease;
	struct attempt_report said; /* complete, fail */
	int64_t lease_ms;           /* heartbeat: from now; 0: as long as the queue gives, or it is */
	int progress;               /* heartbeat: of 1000; -1: not told */
	struct str progress_text;
	/* complete: jobs that are submitted in the same transaction */
	struct job_entry *children;
	int child_count;
	struct group_create *group; /* they are its members; NULL: of none */
	/* in: set by the front door for an unreadable lease; out */
	struct refused refused;
	bool decided;         /* out: `refused` is the engine's word */
	enum job_state state; /* out: after it */
	bool canceled;        /* out: somebody has asked to cancel it */
	int64_t lease_until;  /* out of heartbeat */
	struct job_row *row;  /* from check to write */
	bool plain;           /* complete: nothing but that; `row` is that of ledger_running */
};
struct job_reports {
	struct job_report *reports;
	int count;  /* 1..JOB_REPORTS_MAX */
	bool batch; /* refused one by one; else the command is */
};
extern const struct op op_job_heartbeat, op_job_complete, op_job_fail;

/* ---- one job */

struct job_attempt {
	int64_t number, started_at, ended_at; /* 0: it is under way */
	struct str outcome;                   /* absent: it is under way */
	struct str worker, error, log;
};

struct job_named {
	struct uuid id;
	int64_t wait_ms;    /* wait: until it has ended, at most */
	struct str reason;  /* cancel, retry: why, for the record */
	int64_t execute_at; /* retry: not before; 0: at once */
	/* out: as it is then, `row` without what may be long but in get and wait */
	struct job_row *row;
	struct str payload;
	struct job_attempt *attempts; /* the latest JOB_ATTEMPTS_SHOWN of them, oldest first */
	int attempt_count;
};
/* get: read lane. wait: write lane, since it may be parked until the job has ended. */
extern const struct op op_job_get, op_job_wait, op_job_cancel, op_job_retry;

/* ---- many jobs */

struct job_filter {
	struct str queue;           /* absent: any */
	unsigned states;            /* 1 << enum job_state; 0: any */
	const struct label *labels; /* it has all of them */
	int label_count;
	const struct uuid *trace, *parent, *group; /* NULL: any */
	struct str q;     /* in its id (as a beginning), queue, labels, worker, error, ... */
	int64_t from, to; /* created in [from, to), wall; 0: open */
};

/* Where a page ends: at a job's id, or at its place among the messages of its queue. Which of
 * them depends on the filter. */
struct job_place {
	struct uuid key;
	bool by_place; /* key is job_place_of(body_id) */
};
struct uuid job_place_of(int64_t number);
int64_t job_place_number(const struct uuid *key);

/* A page, newest first: by creation; of one queue as they came into it (so a retried one is
 * new); open ones of all queues queue by queue. At most JOB_SCAN_MAX jobs are looked at: a page
 * may be short and there may still be more. */
struct job_list {
	struct job_filter filter;
	const struct job_place *before; /* cursor: `next` of the page before; NULL: from the newest */
	int max;
	struct job_row *jobs; /* out, without results */
	int count;
	bool more;
	struct job_place next;
};
extern const struct op op_job_list; /* read lane */

/* Cancels what the filter finds, a bounded step in each command: who wants all goes on with
 * the cursor while there is more. */
struct job_cancel_many {
	struct job_list list; /* its states: of PENDING and RUNNING */
	struct str reason, query;
	int canceled, asked; /* out: ended, and running ones that are told */
};
extern const struct op op_job_cancel_many;

/* Retries FAILED ones that the filter finds, in the same way. */
struct job_retry_many {
	struct job_list list; /* its states: FAILED */
	struct str error;     /* only those of that error code; absent: any */
	struct str reason, query;
	int64_t rate;    /* begun a second at most: the others are put off; 0: at once */
	int64_t before;  /* how many earlier steps have retried */
	bool dry_run;    /* only counted */
	int64_t delayed; /* out: with this step */
	/* out; refused: their queue can't take them now, or their turn is JOB_AHEAD_MAX_MS away */
	int matched, retried, refused;
};
extern const struct op op_job_retry_many;

#endif
