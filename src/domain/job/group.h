/* group.h - groups of jobs: fan-out, and fan-in when all have ended.
 *
 *     (create) -> open for members --close--> closed --last member ends--> done: on_done
 *                                    '---cancel, or FAIL_FAST and one failed: members are canceled
 *
 * G1  total = open + succeeded + failed + canceled, and open counts the members that have not
 *     ended. A member is counted in the transaction in which it comes, ends or is opened again.
 * G2  done_at is set, and on_done told, once: in the transaction in which a closed group's
 *     last open member ends. All members have ended before on_done.
 * G3  A group can be a member of another one that existed before it: there are no circles.
 *     Done without a failed or canceled member it counts as succeeded, else as failed.
 * G4  A job that is opened again after its group was done changes the counts, and nothing
 *     else.
 *
 * Canceling goes in steps of GROUP_STEP members, by a command of the clock; so goes what is
 * forgotten: groups that were done GROUP_KEPT_MS ago, and of which no job is kept. */
#ifndef RINGI_DOMAIN_JOB_GROUP_H
#define RINGI_DOMAIN_JOB_GROUP_H

#include "domain/domain.h"
#include "domain/job/job.h"
#include "domain/job/saga.h"

struct group_row {
	struct uuid id, parent;
	bool has_parent, fail_fast;
	struct str on_done, requested_by;
	int64_t created_at, closed_at, canceling_at, done_at; /* wall; 0: not (yet) */
	int64_t total, open, succeeded, failed, canceled;
	int64_t running;      /* of open, the jobs that a worker has, GROUP_RUNNING_MAX at most; -1: not
	                  * counted (get does) */
	enum saga_state saga; /* SAGA_NONE: it is none */
	const struct saga *steps; /* of a saga; NULL: not looked at */
};

/* A group, perhaps with its first members, all or nothing. */
struct group_create {
	struct uuid parent;
	bool has_parent, fail_fast;
	bool close; /* no others will follow */
	struct str on_done;
	struct job_entry *entries; /* each names its queue; they become members */
	int count;
	struct saga_create *saga; /* its members are those of a saga instead; NULL: it is none */
	struct group_row group;   /* out */
};
extern const struct op op_group_create;

struct group_named {
	struct uuid id;
	struct str reason;       /* cancel */
	struct group_row *group; /* out */
};
extern const struct op op_group_get, op_group_close, op_group_cancel; /* get: read lane */

extern const struct op op_group_step; /* a command of the clock: members are canceled */

/* ---- for domain/job and domain.c */

/* May members come in? Refuses into *why: no such group, closed, somebody else's. `held`: a job
 * that the caller holds; NULL: none. */
enum err group_check(struct batch *, struct cmd *, const struct uuid *, const struct job_row *held,
                     struct refused *why) MUST_USE;
enum err group_create_check(struct batch *, struct cmd *, struct group_create *,
                            const struct job_row *held, struct refused *why)
	MUST_USE; /* without its entries */
enum err group_create_write(struct batch *, struct cmd *, struct group_create *) MUST_USE;
enum err group_add(struct batch *, const struct uuid *, int64_t members) MUST_USE; /* G1 */
/* A member that is a job ended so; or was opened again. */
enum err group_job_ended(struct batch *, const struct job_row *, enum job_state) MUST_USE;
enum err group_job_reopened(struct batch *, const struct job_row *, enum job_state was) MUST_USE;
/* At start, and after a rollback: then is looked whether members are to be canceled. */
void groups_look(struct domain *, int64_t at_mono);

#endif
