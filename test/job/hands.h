/* hands.h - the commands of domain/job as stories use them. */
#ifndef RINGI_TEST_JOB_HANDS_H
#define RINGI_TEST_JOB_HANDS_H

#include "domain/job/job.h"
#include "job/stories.h"

/* Parameters, in the world's arena; run alone or in a batch with others. */
struct job_submit *to_submit(struct world *, const char *queue, int count);
struct job_reports *to_report(struct world *, struct uuid, struct receipt);
struct job_named *to_name(struct world *, struct uuid);

/* One job with a payload; its id. */
struct uuid submitted(struct world *, const char *queue, const char *payload);
/* The lease of the next job; a zeroed one when there is none. */
struct receipt claimed(struct world *, const char *queue);

/* The refusal's name, or "NONE". */
const char *complete(struct world *, struct uuid, struct receipt);
const char *gives_up(struct world *, struct uuid, struct receipt, bool final);
const char *beat(struct world *, struct uuid, struct receipt, int64_t lease_ms);
const char *cancel(struct world *, struct uuid);
const char *retry(struct world *, struct uuid);
/* What a command ended with, once it has run: the refusal's name, or "PARKED". */
const char *ended(struct world *, const struct cmd *);

/* Somebody waits for it: the command, parked or answered. */
struct cmd *wait_for(struct world *, struct uuid, int64_t wait_ms);
/* "SUCCEEDED": what a wait or get has found. */
const char *found(const struct cmd *);

/* A page, by a reader of its own: ids of `all` that were found, by their index, joined by
 * ' ' and newest first; '+' at the end when there is more. */
const char *listed(struct world *, struct job_list *, const struct uuid *all, int count);

#endif
