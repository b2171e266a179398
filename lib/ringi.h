/* ringi.h - jobs of a ringi server, for programs in C and C++.
 *
 *	cc x.c $(pkg-config --cflags --libs ringi)
 *
 *	struct ringi_error e;
 *	struct ringi *r = ringi_open("http://127.0.0.1:9324", NULL, &e);
 *	struct ringi_job *job = ringi_submit(r, "exports", &(struct ringi_new){ .payload = "7" }, &e);
 *
 * Threads    A client may be used by any number of threads at once; it keeps a connection for each
 *            call that is under way. A ringi_error, ringi_job or ringi_task belongs to the caller's
 *            thread. Only ringi_close needs that nobody else uses the client. After fork() the
 *            child opens a client of its own.
 * Ownership  What is passed in is copied or not needed after the call. What comes back is yours and
 *            is given back by ringi_job_free or ringi_jobs_free. Text is UTF-8 and ends with a 0.
 * Errors     A function that can fail returns NULL, false or -1 and fills in the ringi_error, which
 *            may be NULL when nobody wants to know. Nothing is printed, nothing ends the program.
 * JSON       goes in as text and is sent as it stands. It comes out compact, without spaces; of
 *            numbers come 17 digits, so ids with more digits belong in strings.
 * Time       milliseconds, or seconds where the name ends in _s.
 * Retries    When no answer comes, or 429, 502, 503, 504, a call is sent again until ringi_retry's
 *            time is over; changes carry an Idempotency-Key, so nothing is done twice. Claims and
 *            heartbeats are sent once. */
#ifndef RINGI_H
#define RINGI_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RINGI_API __attribute__((visibility("default")))
#define RINGI_CHECK RINGI_API __attribute__((warn_unused_result))

/* A client. Its insides are the library's. */
struct ringi;

/* Why a call failed. `code` is stable: the server's (NO_SUCH_QUEUE, LEASE_LOST, ...; see
 * docs/api/rest), or the library's NO_ANSWER, BAD_ANSWER, BAD_ARGUMENT, NO_MEMORY. `status` is that
 * of HTTP, 0 for the library's own. `message` is a sentence for people. */
struct ringi_error {
	int status;
	char code[64];
	char message[512];
};

/* A job, as of the answer. What is not there is NULL, or 0. */
struct ringi_job {
	char *id, *queue;
	char *state;   /* PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED */
	char *payload; /* JSON; of a claim, ringi_get and ringi_wait */
	char *result;  /* JSON; of ringi_get and ringi_wait */
	char *labels;  /* JSON object */
	char *error_code, *error_message;
	char *traceparent; /* of a claim */
	char *lease;       /* of a claim: who may report */
	int attempts;
	bool duplicate; /* of a submit: it was there already */
};

/* ---- clients */

/* `server` is http://host:port or https://...; `token` an access token, or NULL for none. Nothing
 * is sent yet: a server that is away shows at the first call. */
RINGI_CHECK struct ringi *ringi_open(const char *server, const char *token, struct ringi_error *);
/* No call may be under way. NULL is fine. */
RINGI_API void ringi_close(struct ringi *);
/* How long calls are sent again; at first 30,000. 0: never. */
RINGI_API void ringi_retry(struct ringi *, long ms);

/* ---- who wants work done */

/* A job to be. All may be left zero. */
struct ringi_new {
	const char *payload;         /* JSON; NULL is null */
	const char *labels;          /* JSON object of strings */
	const char *idempotency_key; /* the caller's name for this one job; without it the library makes
	                                one up, which lasts for its own retries */
	const char *parent, *group;
	const char *message_group, *dedup; /* FIFO queues */
	long long delay_ms, timeout_ms;
	int priority; /* 1 to 9; 0: not given, which is 4 */
};

RINGI_CHECK struct ringi_job *ringi_submit(struct ringi *, const char *queue,
                                           const struct ringi_new *, struct ringi_error *);
RINGI_CHECK struct ringi_job *ringi_get(struct ringi *, const char *id, struct ringi_error *);
/* Waits until the job has ended, or wait_ms are over: look at ringi_job_ended. */
RINGI_CHECK struct ringi_job *ringi_wait(struct ringi *, const char *id, long long wait_ms,
                                         struct ringi_error *);
/* A PENDING job is canceled, the worker of a RUNNING one is told. `reason` may be NULL. */
RINGI_API bool ringi_cancel(struct ringi *, const char *id, const char *reason,
                            struct ringi_error *);
/* SUCCEEDED, FAILED or CANCELED. */
RINGI_API bool ringi_job_ended(const struct ringi_job *);
RINGI_API void ringi_job_free(struct ringi_job *); /* NULL is fine */

/* ---- who works, step by step; most programs want ringi_work below */

/* Takes up to `max` (1 to 100) jobs, waiting up to wait_s (0 to 20) for the first. `lease_ms` 0: as
 * the queue says. `worker` is a name for the ledger, or NULL. Returns how many, with *jobs a list
 * for ringi_jobs_free; 0 with *jobs NULL when there was nothing; -1 for an error. */
RINGI_CHECK int ringi_claim(struct ringi *, const char *queue, int max, int wait_s,
                            long long lease_ms, const char *worker, struct ringi_job ***jobs,
                            struct ringi_error *);
RINGI_API void ringi_jobs_free(struct ringi_job **, int count);
/* Extends the lease. progress 0 to 1, below 0 for none; `message` and `canceled` may be NULL.
 * *canceled: somebody wants the job to end. LEASE_LOST: it is somebody else's now. */
RINGI_API bool ringi_heartbeat(struct ringi *, const struct ringi_job *, long long lease_ms,
                               double progress, const char *message, bool *canceled,
                               struct ringi_error *);
/* `result` is JSON, or NULL. */
RINGI_API bool ringi_complete(struct ringi *, const struct ringi_job *, const char *result,
                              struct ringi_error *);
/* With `retry` the queue's policy decides about another attempt, after delay_ms if that is above
 * 0. `message` may be NULL. */
RINGI_API bool ringi_fail(struct ringi *, const struct ringi_job *, const char *code,
                          const char *message, bool retry, long long delay_ms,
                          struct ringi_error *);

/* ---- the worker */

/* A job in the hands of a handler. It lives until the handler returns. */
struct ringi_task;

enum ringi_outcome {
	RINGI_DONE,  /* completed, with the result given to ringi_task_result */
	RINGI_AGAIN, /* failed; tried again as the queue says */
	RINGI_DEAD,  /* failed for good */
};

enum ringi_interrupt {
	RINGI_GO_ON,
	RINGI_CANCELED, /* somebody wants it to end; what the handler returns is reported */
	RINGI_LOST,     /* the lease was lost: another worker may have it; nothing is reported */
};

/* Does the work. It runs in a thread of the library's in which signals are blocked, at the same
 * time as others of its kind; `context` is that of ringi_work, shared by all of them. `job` is the
 * library's. */
typedef enum ringi_outcome ringi_handler(struct ringi_task *task, const struct ringi_job *job,
                                         void *context);

/* Long work looks here now and then. Cheap: nothing is sent. */
RINGI_API enum ringi_interrupt ringi_task_interrupted(struct ringi_task *);
/* Shown with the job; sent soon, at most once a second. 0 to 1; `message` may be NULL. */
RINGI_API void ringi_task_progress(struct ringi_task *, double progress, const char *message);
/* JSON for RINGI_DONE. false, and no result, when it is none or memory is out. */
RINGI_API bool ringi_task_result(struct ringi_task *, const char *json);
/* What RINGI_AGAIN and RINGI_DEAD say; else it is HANDLER_FAILED. delay_ms as in ringi_fail. */
RINGI_API void ringi_task_error(struct ringi_task *, const char *code, const char *message,
                                long long delay_ms);

/* All may be left zero. */
struct ringi_options {
	int concurrency;    /* handlers at the same time, 1 to 100 (1) */
	long long lease_ms; /* 1,000 to 43,200,000 (30,000): after a crash a job comes back then */
	long heartbeat_ms;  /* a third of the lease, at most 5,000: so soon a cancel is seen */
	const char *worker; /* a name for the ledger */
	/* Told of each call that failed while working on; `job_id` may be NULL. From any of the
	 * library's threads, several at a time. NULL: nobody is. */
	void (*on_error)(const char *job_id, const struct ringi_error *, void *context);
};

/* Works on jobs of the queue until ringi_stop. While the server is away it tries again. Then what
 * runs comes to its end, is reported, and true is returned: up to two seconds after the last
 * handler. false when nothing can come of it: a wrong argument, no such queue, no right to it. */
RINGI_CHECK bool ringi_work(struct ringi *, const char *queue, const struct ringi_options *,
                            ringi_handler *, void *context, struct ringi_error *);
/* Makes every ringi_work of this client end, also those to come. May be called from a signal
 * handler, from handlers and from any thread. */
RINGI_API void ringi_stop(struct ringi *);

#ifdef __cplusplus
}
#endif
#endif
