/* saga.c - a saga goes on: whenever one of its jobs ends. S1 to S7: the header. */
#include "domain/job/saga.h"

#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/inside.h"
#include "domain/job/recovery.h"
#include "domain/job/saga_inside.h"
#include "domain/queue/errors.h"

/* ---- rows */

static enum err go(struct batch *b, struct saga *s, enum saga_event event, struct str error)
{
	bool possible = saga_next(s->state, event, &s->state);

	must(possible); /* S7 */
	return store_run(b->store, STMT_SAGA_STATE,
	                 VALUES(value_uuid(&s->id), value_text(saga_state_name(s->state)),
	                        value_text(error),
	                        saga_ended(s->state) ? value_int(b->now.wall_ms) : value_null()),
	                 NULL, NULL);
}

static enum err write_step(struct batch *b, struct saga *s, int at, enum saga_step_state state,
                           const struct uuid *job, const struct uuid *undo_job, struct str result)
{
	s->steps[at].state = state;
	return store_run(b->store, STMT_SAGA_STEP_STATE,
	                 VALUES(value_uuid(&s->id), value_int(at),
	                        value_text(saga_step_state_name(state)), value_uuid(job),
	                        value_uuid(undo_job), value_text(result)),
	                 NULL, NULL);
}

static enum err set_step(struct batch *b, struct saga *s, int at, enum saga_step_state state)
{
	return write_step(b, s, at, state, NULL, NULL, S_NONE);
}

/* ---- forwards */

static int first_waiting(const struct saga *s)
{
	for (int i = 0; i < s->count; i++)
		if (s->steps[i].state == STEP_WAITING)
			return i;
	return s->count;
}

/* S2. The one before it is its parent, so that all are one trace. */
static enum err submit_step(struct batch *b, struct saga *s, int at)
{
	struct refused why;
	struct uuid id;

	must(at > 0 && s->steps[at - 1].state == STEP_SUCCEEDED);
	TRY(saga_submit(b, s, at, false, &s->steps[at - 1].job, &id, &why));
	if (why.why == REFUSED_NONE)
		return write_step(b, s, at, STEP_RUNNING, &id, NULL, S_NONE);
	TRY(set_step(b, s, at, STEP_FAILED)); /* S5 */
	return go(b, s, SAGA_STEP_FAILED,
	          error_json(b->arena, S("NOT_SUBMITTED"),
	                     arena_printf(b->arena, "Step %.*s could not be submitted: %.*s",
	                                  S_ARG(s->steps[at].name), S_ARG(why.text))));
}

static enum err forwards(struct batch *b, struct saga *s)
{
	int next = first_waiting(s);

	if (next == s->count)
		return go(b, s, SAGA_ALL_SUCCEEDED, S_NONE);
	TRY(go(b, s, SAGA_STEP_SUCCEEDED, S_NONE));
	return submit_step(b, s, next);
}

/* ---- backwards */

static enum err leave_to_people(struct batch *b, struct saga *s, int at, struct str why,
                                struct str error)
{
	TRY(set_step(b, s, at, STEP_NEEDS_RECOVERY));
	return recovery_open(b, s, at, why, error); /* S8 */
}

/* Its effect is to go. What was submitted: *open. */
static enum err undo(struct batch *b, struct saga *s, int at, bool *open)
{
	const struct saga_step *step = &s->steps[at];
	struct refused why;
	struct uuid id;

	must(step->state == STEP_SUCCEEDED && step->has_job);
	if (step->nothing)
		return set_step(b, s, at, STEP_NOTHING_TO_UNDO);
	if (!step->undoable)
		return leave_to_people(b, s, at, S("The step has no compensation."), S_NONE);
	TRY(saga_submit(b, s, at, true, &step->job, &id, &why));
	*open = why.why == REFUSED_NONE;
	if (*open)
		return write_step(b, s, at, STEP_COMPENSATING, NULL, &id, S_NONE);
	return leave_to_people(b, s, at,
	                       arena_printf(b->arena, "Its compensation could not be submitted: %.*s",
	                                    S_ARG(why.text)),
	                       S_NONE); /* S5 */
}

static bool waits(const struct saga *s)
{
	for (int i = 0; i < s->count; i++)
		if (s->steps[i].state == STEP_RUNNING || s->steps[i].state == STEP_COMPENSATING)
			return true;
	return false;
}

static enum err end(struct batch *b, struct saga *s)
{
	int64_t open;

	TRY(recovery_count(b, &s->id, &open));
	for (int i = 0; i < s->count; i++)
		must(s->steps[i].state != STEP_SUCCEEDED); /* S4 */
	return go(b, s, open > 0 ? SAGA_LEFT_TO_PEOPLE : SAGA_ALL_UNDONE, S_NONE);
}

static enum err backwards(struct batch *b, struct saga *s)
{
	bool open = waits(s); /* S3 */

	for (int i = s->count - 1; i >= 0 && !open; i--)
		if (s->steps[i].state == STEP_SUCCEEDED)
			TRY(undo(b, s, i, &open));
	return open ? OK : end(b, s);
}

/* ---- what happens to it */

static bool same(const struct uuid *a, bool given, const struct uuid *b)
{
	return given && memcmp(a, b, sizeof *a) == 0;
}

static enum saga_step_state ended_as(enum job_state state)
{
	return state == JOB_SUCCEEDED ? STEP_SUCCEEDED
	       : state == JOB_FAILED  ? STEP_FAILED
	                              : STEP_CANCELED;
}

/* S6 */
static enum err late_success(struct batch *b, struct saga *s, int at)
{
	TRY(leave_to_people(b, s, at,
	                    S("The step was tried again, and succeeded, after its saga had ended."),
	                    S_NONE));
	return go(b, s, SAGA_LATE_SUCCESS, S_NONE);
}

static enum err step_ended(struct batch *b, struct saga *s, int at, const struct job_row *job,
                           enum job_state state)
{
	bool good = state == JOB_SUCCEEDED;

	TRY(write_step(b, s, at, ended_as(state), NULL, NULL, good ? job->result : S_NONE));
	if (saga_ended(s->state))
		return good ? late_success(b, s, at) : OK;
	if (s->state == SAGA_RUNNING && good)
		TRY(forwards(b, s));
	else if (s->state == SAGA_RUNNING)
		TRY(go(b, s, SAGA_STEP_FAILED,
		       str_given(job->error) ? job->error
		                             : error_json(b->arena, job_state_name(state),
		                                          S("A step ended without an error."))));
	return s->state == SAGA_COMPENSATING ? backwards(b, s) : OK;
}

static enum err undo_ended(struct batch *b, struct saga *s, int at, const struct job_row *job,
                           enum job_state state)
{
	enum saga_step_state was = s->steps[at].state;

	if (state == JOB_SUCCEEDED) {
		TRY(set_step(b, s, at, STEP_COMPENSATED));
		TRY(recovery_close(b, &s->id, at)); /* S6 */
		if (saga_ended(s->state))
			return saga_recovered(b, &s->id, at);
	} else if (was == STEP_COMPENSATING) {
		struct str name = job_state_name(state);
		TRY(leave_to_people(b, s, at,
		                    arena_printf(b->arena, "Its compensation is %.*s.", S_ARG(name)),
		                    str_given(job->error) ? job->error : S("null"))); /* S5 */
	}
	return s->state == SAGA_COMPENSATING ? backwards(b, s) : OK;
}

enum err saga_job_ended(struct batch *b, const struct uuid *id, const struct job_row *job,
                        enum job_state state)
{
	struct saga *s;

	must(job_state_final(state));
	TRY(saga_read(b->store, b->arena, id, &s));
	for (int i = 0; s != NULL && i < s->count; i++) {
		const struct saga_step *step = &s->steps[i];
		if (same(&step->job, step->has_job, &job->id))
			return step_ended(b, s, i, job, state);
		if (same(&step->undo_job, step->has_undo_job, &job->id))
			return undo_ended(b, s, i, job, state);
	}
	return OK;
}

/* S3: a failed step that is tried again holds up the compensations. One that is tried again
 * when all is over changes nothing until it succeeds. */
enum err saga_job_reopened(struct batch *b, const struct uuid *id, const struct job_row *job)
{
	struct saga *s;

	TRY(saga_read(b->store, b->arena, id, &s));
	for (int i = 0; s != NULL && i < s->count; i++)
		if (s->state == SAGA_COMPENSATING && same(&s->steps[i].job, s->steps[i].has_job, &job->id))
			return set_step(b, s, i, STEP_RUNNING);
	return OK;
}

static enum err cancel_job(struct batch *b, const struct uuid *id, struct str reason)
{
	struct job_row job;
	bool found;

	TRY(ledger_read(b->store, b->arena, *id, &job, &found));
	return found && !job_state_final(job.state) ? job_cancel_one(b, &job, reason) : OK;
}

enum err saga_cancel(struct batch *b, const struct uuid *id, struct str reason)
{
	struct saga *s;

	TRY(saga_read(b->store, b->arena, id, &s));
	if (s == NULL || s->state != SAGA_RUNNING)
		return OK;
	TRY(go(b, s, SAGA_CANCELED,
	       error_json(b->arena, S("CANCELED"),
	                  reason.len > 0 ? reason : S("Somebody canceled it."))));
	must(waits(s)); /* S2 */
	for (int i = 0; i < s->count; i++)
		if (s->steps[i].state == STEP_RUNNING)
			TRY(cancel_job(b, &s->steps[i].job, reason));
	return OK;
}

enum err saga_recovered(struct batch *b, const struct uuid *id, int step)
{
	struct saga *s;
	int64_t open;

	TRY(saga_read(b->store, b->arena, id, &s));
	if (s == NULL || step < 0 || step >= s->count)
		return ERR_CORRUPT;
	if (s->steps[step].state == STEP_NEEDS_RECOVERY)
		TRY(set_step(b, s, step, STEP_RECOVERED));
	TRY(recovery_count(b, id, &open));
	return open == 0 && s->state == SAGA_NEEDS_RECOVERY ? go(b, s, SAGA_RECOVERED, S_NONE) : OK;
}

/* ---- forgotten */

struct old {
	struct uuid ids[SAGA_SWEEP];
	int count;
};

static enum err take_old(void *context, const struct value *columns, int count)
{
	struct old *o = context;

	must(count == 1 && o->count < SAGA_SWEEP);
	return value_read_uuid(columns[0], &o->ids[o->count++]) ? OK : ERR_CORRUPT;
}

enum err sagas_sweep(struct batch *b)
{
	static const enum stmt forget[] = { STMT_SAGA_ITEMS_FORGET, STMT_SAGA_STEPS_FORGET,
		                                STMT_SAGA_FORGET, STMT_SAGA_GROUP_FORGET };
	struct old *o = ARENA_NEW(b->arena, struct old);

	TRY(store_run(b->store, STMT_SAGA_OLD,
	              VALUES(value_int(b->now.wall_ms - GROUP_KEPT_MS), value_int(SAGA_SWEEP)),
	              take_old, o));
	for (int i = 0; i < o->count; i++) {
		struct value id = value_uuid(&o->ids[i]);
		for (size_t k = 0; k < sizeof forget / sizeof *forget; k++)
			TRY(store_run(b->store, forget[k], &id, 1, NULL, NULL));
	}
	return OK;
}
