/* saga.h - sagas: jobs that run one after the other, and are undone in reverse if one fails.
 *
 *     RUNNING --step succeeded: the next is submitted--> RUNNING
 *        |  '--the last one succeeded------------------> SUCCEEDED
 *        '-----a step failed, or it is canceled--------> COMPENSATING
 *     COMPENSATING --all that had succeeded is undone--> COMPENSATED
 *                 '--a person has something to do------> NEEDS_RECOVERY --it is done--> COMPENSATED
 *
 * S1  A saga is a group (group.h) whose members are the jobs of its steps and compensations;
 *     nobody else adds any. At most one of them is open, but for those that an operator
 *     retries.
 * S2  Step n+1 is submitted in the transaction in which step n succeeds, and a compensation in
 *     that in which what goes before it ends: there is no moment at which a saga that has not
 *     ended waits for nothing.
 * S3  No compensation is submitted while a step is RUNNING: what succeeds though it was to be
 *     canceled is undone as well.
 * S4  A saga that did not succeed has, when it has ended, no step that SUCCEEDED: each is
 *     COMPENSATED, had NOTHING_TO_UNDO, or has a recovery item.
 * S5  A compensation that fails holds up nobody: it becomes a recovery item, and those of the
 *     steps before it go on. So does a job that cannot be submitted any more.
 * S6  A step that succeeds after its saga has ended, since somebody retried it, is a recovery
 *     item. A compensation that succeeds after all closes its item.
 * S7  The ways between states are those in saga_state.c.
 *
 * The rows are the truth; nothing of a saga is kept in memory. */
#ifndef RINGI_DOMAIN_JOB_SAGA_H
#define RINGI_DOMAIN_JOB_SAGA_H

#include "domain/job/job.h"

struct group_row;

enum saga_state {
	SAGA_RUNNING,
	SAGA_COMPENSATING,
	SAGA_SUCCEEDED,
	SAGA_COMPENSATED,
	SAGA_NEEDS_RECOVERY,
	SAGA_NONE, /* the group is none */
};
enum { SAGA_STATES = SAGA_NONE };
enum saga_event {
	SAGA_STEP_SUCCEEDED, /* others follow */
	SAGA_ALL_SUCCEEDED,
	SAGA_STEP_FAILED,
	SAGA_CANCELED,
	SAGA_ALL_UNDONE,
	SAGA_LEFT_TO_PEOPLE, /* all is undone, but for open recovery items */
	SAGA_RECOVERED,      /* the last of them is done */
	SAGA_LATE_SUCCESS,   /* S6 */
};
enum { SAGA_EVENTS = SAGA_LATE_SUCCESS + 1 };

/* saga_state.c: any thread */
struct str saga_state_name(enum saga_state);
bool saga_state_read(struct str, enum saga_state *);
bool saga_ended(enum saga_state);
/* S7. False: that cannot happen in this state. */
bool saga_next(enum saga_state from, enum saga_event, enum saga_state *to);

enum saga_step_state {
	STEP_WAITING,
	STEP_RUNNING,
	STEP_SUCCEEDED,
	STEP_FAILED,
	STEP_CANCELED,
	STEP_COMPENSATING,
	STEP_COMPENSATED,
	STEP_NOTHING_TO_UNDO,
	STEP_NEEDS_RECOVERY,
	STEP_RECOVERED,
};
enum { STEP_STATES = STEP_RECOVERED + 1 };
struct str saga_step_state_name(enum saga_step_state);
bool saga_step_state_read(struct str, enum saga_step_state *);

/* ---- made */

/* A step as a client declares it. Exactly one of compensation, manual and nothing, but for
 * manual beside a compensation (if that fails), and for the last step, which needs none. */
struct saga_declared {
	struct str name, manual;
	struct job_entry job, compensation;
	bool has_compensation, nothing;
};
struct saga_create {
	struct saga_declared *steps;
	int count; /* 1..SAGA_STEPS_MAX */
};
/* Refuses into *why. */
enum err saga_check(struct batch *, struct cmd *, struct saga_create *, struct refused *why)
	MUST_USE;
/* Rows and the first job. The group is there. */
enum err saga_write(struct batch *, struct cmd *, struct saga_create *, const struct uuid *id)
	MUST_USE;

/* ---- looked at */

struct saga_step {
	enum saga_step_state state;
	struct str name, manual;
	struct uuid job, undo_job;
	bool has_job, has_undo_job, undoable, nothing;
};
struct saga {
	struct uuid id;
	enum saga_state state;
	struct str error; /* JSON; absent: none */
	int64_t ended_at;
	struct saga_step *steps; /* SAGA_STEPS_MAX, of which there are `count` */
	int count;
};
/* NULL: there is none. Any thread. */
enum err saga_read(struct store *, struct arena *, const struct uuid *id, struct saga **) MUST_USE;

/* ---- for group.c and recovery.c: what happens to it */

/* A member ended so. */
enum err saga_job_ended(struct batch *, const struct uuid *id, const struct job_row *,
                        enum job_state) MUST_USE;
enum err saga_job_reopened(struct batch *, const struct uuid *id, const struct job_row *) MUST_USE;
/* What runs is canceled, what succeeded is undone. One that does not run: nothing. */
enum err saga_cancel(struct batch *, const struct uuid *id, struct str reason) MUST_USE;
/* A recovery item of this step was closed. */
enum err saga_recovered(struct batch *, const struct uuid *id, int step) MUST_USE;
/* Forgets a few that ended GROUP_KEPT_MS ago. */
enum err sagas_sweep(struct batch *) MUST_USE;

#endif
