/* job.h - what the files of `ringi job ...` share. */
#ifndef RINGI_CLI_JOB_H
#define RINGI_CLI_JOB_H

#include "cli/cli.h"

/* "/v1/jobs/ID" and what follows. */
struct str job_path(struct cli *, const char *id, const char *behind);
/* NAME=VALUE of --label into "labels" of the object. */
int job_put_labels(struct cli *, struct json *object);

/* Jobs for which `query` ("state=FAILED&...") holds, newest first, at most `max`; `more` (may
 * be NULL): there are others. */
int jobs_find(struct cli *, struct str query, int64_t max, struct json **array, bool *more);

/* Milliseconds since 1970; 0: it has none. */
int64_t job_time(const struct json *job, const char *name);

int job_list_run(struct cli *);     /* job_list.c */
int job_trace_run(struct cli *);    /* job_trace.c */
int job_recovery_run(struct cli *); /* job_recovery.c */
extern const struct option job_list_options[], job_recovery_options[];

#endif
