/* stories.h - what the stories about jobs share: the job of a message as its row says, and
 * the queue's functions for jobs (domain/queue/enqueue.h) as commands, without the checks of
 * the API. */
#ifndef RINGI_TEST_JOB_STORIES_H
#define RINGI_TEST_JOB_STORIES_H

#include "domain/queue/enqueue.h"
#include "queue/stories.h"

/* Sends one message; its id. */
struct uuid job_sent(struct world *, const char *queue, const char *body);
struct uuid job_sent_as(struct world *, const char *queue, const char *body, const char *group,
                        int64_t execute_at, const struct job_extra *);
/* NULL: there is none. */
const struct job_row *job_of(struct world *, struct uuid);
/* "PENDING 0": state and attempts; "" when there is no such job. */
const char *job_says(struct world *, struct uuid);
/* "FAILED LOST": outcomes of the attempts that have a row, in their order. */
const char *job_attempts(struct world *, struct uuid);
/* How many there are, in all queues. */
int64_t jobs_kept(struct world *);

/* Receives one message, which must be that; its receipt. */
struct receipt job_taken(struct world *, const char *queue, const char *body);

enum doing { DO_COMPLETE, DO_FAIL, DO_EXTEND, DO_CANCEL, DO_ASK, DO_AGAIN };
struct deed {
	enum doing what;
	struct receipt receipt; /* complete, fail, extend */
	struct uuid id;         /* the others */
	struct attempt_report report;
	int64_t ms;             /* extend, again */
	enum job_state became;  /* out of fail */
	bool done;              /* out: false: nobody holds it so */
	struct refused refused; /* out of again */
};
struct deed *job_do(struct world *, struct deed);
struct cmd *job_cmd(struct world *, struct deed *); /* for a batch */
const char *job_complete(struct world *, struct receipt, const char *result);
/* Gives what became of it; delay -1: by the policy. */
const char *job_fail(struct world *, struct receipt, const char *error, bool final,
                     int64_t delay_ms);

#endif
