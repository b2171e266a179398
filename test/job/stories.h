/* stories.h - what the stories about jobs share: the job of a message, as its row says. */
#ifndef RINGI_TEST_JOB_STORIES_H
#define RINGI_TEST_JOB_STORIES_H

#include "domain/ledger/ledger.h"
#include "queue/stories.h"

/* Sends one message; its id. */
struct uuid job_sent(struct world *, const char *queue, const char *body);
/* NULL: there is none. */
const struct job_row *job_of(struct world *, struct uuid);
/* "PENDING 0": state and attempts, "" when there is no such job. */
const char *job_says(struct world *, struct uuid);
/* "FAILED LOST": outcomes of the attempts that have a row, in their order. */
const char *job_attempts(struct world *, struct uuid);
/* Changes of jobs that all batches since the world began have noted are not kept: rows are. */

#endif
