/* wait.h - the memory of jobs: who waits for one to end. */
#ifndef RINGI_DOMAIN_JOB_WAIT_H
#define RINGI_DOMAIN_JOB_WAIT_H

#include "domain/batch.h"

struct jobs;

struct jobs *jobs_new(void);
/* Mono time of the next thing to do by itself; NEVER. */
int64_t jobs_next(const struct domain *);
void jobs_free(struct jobs *); /* accepts NULL; nobody waits any more */

/* After the writes of a batch, before its commit: who waits for a job that ended in it, and
 * what follows its end. May be called again when more has happened. */
enum err jobs_serve(struct batch *) MUST_USE;

#endif
