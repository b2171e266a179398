/* sagas.c - sagas: declared with a group, shown with it. */
#include "api/rest/job.h"
#include "base/limits.h"
#include "domain/job/saga.h"

/* ---- reading */

/* A job of the saga: when it is submitted, and what with, is the saga's business. */
static bool read_job(struct api_call *call, const struct json *v, const char *name,
                     struct job_entry *e)
{
	const struct json *job = param_map(call, v, name);

	if (job == NULL)
		return false;
	if (rest_only(call, job, "queue payload priority delay_ms timeout_ms labels message_group"))
		rest_job_entry(call, job, S_NONE, true, e);
	return true;
}

static void read_step(struct api_call *call, const struct json *v, struct saga_declared *d)
{
	if (!json_is(v, JSON_OBJECT)) {
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "A step is a JSON object, not a %s.",
		             json_kind_name(v->kind));
		return;
	}
	if (!rest_only(call, v, "name job compensation manual nothing_to_undo"))
		return;
	(void)param_text_needed(call, v, "name");
	d->name = rest_short(call, v, "name", SAGA_NAME_MAX);
	d->manual = rest_short(call, v, "manual", SAGA_MANUAL_MAX);
	d->nothing = param_bool(call, v, "nothing_to_undo", false);
	if (!read_job(call, v, "job", &d->job))
		param_missing(call, "job");
	if (!cmd_refused(call->c))
		d->has_compensation = read_job(call, v, "compensation", &d->compensation);
}

struct saga_create *rest_saga_of(struct api_call *call, const struct json *body)
{
	struct saga_create *in = CALL_NEW(call, struct saga_create);
	const struct json *saga = param_map(call, body, "saga");

	if (saga == NULL || !rest_only(call, saga, "steps") ||
	    !rest_only(call, body, "saga on_done parent"))
		return in;
	const struct json *steps = param_list(call, saga, "steps");
	if (cmd_refused(call->c))
		return in;
	if (steps == NULL || steps->count == 0 || steps->count > SAGA_STEPS_MAX) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "saga.steps",
		                   "A saga has 1 to %d steps, not %u.", SAGA_STEPS_MAX,
		                   steps == NULL ? 0 : steps->count);
		return in;
	}
	in->steps = CALL_ARRAY(call, struct saga_declared, steps->count);
	JSON_EACH (steps, v) {
		read_step(call, v, &in->steps[in->count]);
		if (cmd_refused(call->c)) {
			call->c->refused.text = arena_printf(call->c->arena, "saga.steps[%d]: %.*s", in->count,
			                                     S_ARG(call->c->refused.text));
			return in;
		}
		in->count++;
	}
	return in;
}

/* ---- writing */

void rest_saga(struct out *o, const struct saga *s)
{
	out_object(o, S("saga"));
	out_text(o, S("state"), saga_state_name(s->state));
	rest_stored(o, "error", s->error);
	rest_time(o, S("ended_at"), s->ended_at);
	out_list(o, S("steps"), S_NONE);
	for (int i = 0; i < s->count; i++) {
		const struct saga_step *step = &s->steps[i];
		out_item(o, S_NONE);
		out_text(o, S("name"), step->name);
		out_text(o, S("state"), saga_step_state_name(step->state));
		if (step->has_job)
			rest_uuid(o, S("job"), step->job);
		if (step->has_undo_job)
			rest_uuid(o, S("compensation"), step->undo_job);
		rest_given(o, "manual", step->manual);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}
