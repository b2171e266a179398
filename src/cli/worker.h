/* worker.h - `ringi worker`: what its files share.
 *
 *     slot (a thread)   claim -> run the command -> complete or fail, and again
 *
 *     worker.c        the command, its slots, autoscaling, the end
 *     worker_task.c   what is asked of the server: claim, heartbeat, complete, fail, give back
 *     worker_child.c  the process: body in, output out, its time and its end
 *
 * A queue that is tracked is worked through jobs (claim); any other by plain receives, of
 * which a failed one is reported with its error all the same. */
#ifndef RINGI_CLI_WORKER_H
#define RINGI_CLI_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"

enum {
	WORKER_SLOTS_MAX = 256,
	WORKER_CLAIM_WAIT_S = 20,
	WORKER_LOG_MAX = 64 * 1024,     /* of the output, its end */
	WORKER_RESULT_MAX = 256 * 1024, /* of the result file */
	WORKER_DEAD_CODES_MAX = 8,
};

struct worker {
	struct client_config server;
	const char *queue, *name; /* of this worker, in the ledger */
	char *const *command;     /* ends with NULL */
	int64_t lease_ms, grace_ms, timeout_ms;
	int dead_codes[WORKER_DEAD_CODES_MAX], dead_code_count;
	bool tracked, once, output, json;
	int64_t jobs_max;           /* 0: no end */
	atomic_bool stop;           /* nothing new is claimed */
	atomic_bool hurry;          /* what runs is ended now */
	atomic_int wanted, busy;    /* slots */
	atomic_bool broken;         /* the command cannot be started any more */
	atomic_llong turns, worked; /* of --max: taken; and done with */
	atomic_llong succeeded, failed, dead, given_back;
	pthread_mutex_t print;
};

/* What a slot holds: one message, or job. Texts lie in the slot's arena. */
struct task {
	struct str id, lease, body; /* lease: receipt handle, URL of the queue known to the client */
	struct str attributes, labels, traceparent, sent_at, group, error_code;
	int64_t attempt;
	int64_t lease_until_ns; /* mono */
};

struct slot {
	struct worker *worker;
	int number;
	pthread_t thread;
	bool started;
	atomic_bool over;
	struct client *client, *waiting; /* the second is hung up when the worker stops */
	struct arena *arena;             /* lifetime: one task */
	char folder[64];                 /* for the files of its command */
};

/* How a command ended. */
struct ending {
	int code;         /* exit code; -1: ended by a signal, or could not be started */
	int signal;       /* 0: none */
	bool not_started; /* the log says why; given_up, too */
	bool missing;     /* and it will not be otherwise the next time */
	bool timed_out, canceled, given_up, lost;
	struct buf log;
	struct str result; /* JSON; absent: it left none */
};

/* worker_task.c. Exit codes of cli.h; the answer has the sentence. */
int task_claim(struct slot *, struct task *, bool *found, struct answer *);
/* Extends the lease and tells how far it is. *canceled: somebody wants it stopped. */
int task_heartbeat(struct slot *, struct task *, struct str progress, bool *canceled,
                   struct answer *);
/* Tries until the lease is over, while the server cannot be reached. */
int task_complete(struct slot *, struct task *, const struct ending *, struct answer *);
int task_fail(struct slot *, struct task *, const struct ending *, bool dead, struct answer *);
int task_give_back(struct slot *, struct task *, struct answer *);

/* worker_child.c. Runs the command to its end; heartbeats meanwhile. */
void child_work(struct slot *, struct task *, struct ending *);
/* Whether there is such a program; else errno says why not. Asked before the first claim, since
 * each claim counts as an attempt. */
bool child_can_run(struct arena *, const char *command);

#endif
