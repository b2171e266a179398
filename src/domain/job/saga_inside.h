/* saga_inside.h - what the files about sagas share. */
#ifndef RINGI_DOMAIN_JOB_SAGA_INSIDE_H
#define RINGI_DOMAIN_JOB_SAGA_INSIDE_H

#include "domain/job/saga.h"

/* saga_job.c: how a job is declared, as JSON to keep; and the job made of that. */
struct str saga_spec(struct arena *, const struct job_entry *);
/* FIFO queues: no two jobs of a saga are the same. */
struct str saga_dedup(struct arena *, const struct uuid *saga, int step, bool undo);
/* What a compensation is given: {"saga", "step", "job", "payload", "result", "compensation"}.
 * Too large for its queue, it goes without payload and result ("left_out": true). */
struct undo_body {
	const struct uuid *saga, *job; /* job NULL: not known yet */
	struct str step, payload, result, own;
};
struct str saga_undo_body(struct arena *, const struct undo_body *, bool left_out);
/* Its job, or its compensation, is submitted, as a child of `parent` (NULL: of none). Not
 * taken: *why (text in the batch's arena), and nothing has changed. */
enum err saga_submit(struct batch *, const struct saga *, int step, bool undo,
                     const struct uuid *parent, struct uuid *id, struct refused *why) MUST_USE;

#endif
