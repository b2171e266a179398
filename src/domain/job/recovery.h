/* recovery.h - what people have to repair, since no compensation did: a list to work off.
 *
 *     (a step cannot be undone) -> OPEN --somebody says that it is done, or the compensation
 *                                         succeeds after all--> DONE
 *
 * S8  A step that NEEDS_RECOVERY has exactly one OPEN item, and no other step has one. */
#ifndef RINGI_DOMAIN_JOB_RECOVERY_H
#define RINGI_DOMAIN_JOB_RECOVERY_H

#include "domain/job/saga.h"

struct recovery_item {
	struct uuid id, saga, job, undo_job;
	bool done, has_job, has_undo_job;
	int step;
	struct str step_name, what, why, error, done_by, reason; /* error: JSON; absent: none */
	int64_t created_at, done_at;                             /* wall; 0: not yet */
};

/* Newest first. */
struct recovery_list {
	struct str state; /* "OPEN", "DONE"; absent: any */
	const struct uuid *before;
	int max;                     /* up to RECOVERY_LIST_MAX */
	struct recovery_item *items; /* out */
	int count;
	bool more;
};
struct recovery_done {
	struct uuid id;
	struct str reason;
	struct recovery_item item; /* out */
};
extern const struct op op_recovery_list, op_recovery_done; /* list: read lane */

/* ---- for saga.c */

/* `error` absent: there was no compensation that could have failed. */
enum err recovery_open(struct batch *, const struct saga *, int step, struct str why,
                       struct str error) MUST_USE;
/* Its open item, if there is one, is done: by the compensation. */
enum err recovery_close(struct batch *, const struct uuid *saga, int step) MUST_USE;
enum err recovery_count(struct batch *, const struct uuid *saga, int64_t *open) MUST_USE;

#endif
