/* moves.c - messages on their way out of a dead-letter queue. */
#include "api/rest/job.h"
#include "api/rest/routes.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"

static struct str name_of(struct str name_or_arn)
{
	return str_starts(name_or_arn, S("arn:")) ? sqs_name_of_arn(name_or_arn) : name_or_arn;
}

/* It would be found so many, nothing is moved. */
static void dry_run(struct api_call *call, const struct rest_in *rest, const struct move_start *in)
{
	struct move_count *count = CALL_NEW(call, struct move_count);

	count->source = in->source;
	count->error = rest_error_code(call, rest->body);
	call->c->in = count;
	call->c->op = &op_move_count;
}

int rest_move_start_status(const struct api_call *call)
{
	return call->c->op == &op_move_count ? 200 : 201;
}

void rest_move_start_parse(struct api_call *call, const struct rest_in *rest)
{
	struct move_start *in = CALL_NEW(call, struct move_start);

	call->c->in = in;
	in->source = rest_queue(call, rest);
	in->source_arn = sqs_arn(call, in->source);
	if (param_bool(call, rest->body, "dry_run", false)) {
		dry_run(call, rest, in);
		return;
	}
	in->destination = name_of(param_text(call, rest->body, "destination"));
	in->error = rest_error_code(call, rest->body);
	in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	in->rate = param_int(call, rest->body, "rate", 0);
	if (str_given(in->destination))
		in->destination_arn = sqs_arn(call, in->destination);
	if (in->rate < 0 || in->rate > MOVE_RATE_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "rate must be a number from 0 (no limit) to %d messages a second, not %lld.",
		             MOVE_RATE_MAX, (long long)in->rate);
}

void rest_move_start_render(const struct api_call *call, struct out *o)
{
	const struct move_start *in = call->c->in;
	const struct move_count *count = call->c->in;

	if (call->c->op == &op_move_count) {
		out_number(o, S("would_move"), count->count);
		out_number(o, S("looked_at"), count->looked_at);
		out_bool(o, S("more"), count->more);
		return;
	}
	rest_uuid(o, S("id"), in->task);
}

/* Of one queue, or all. */
void rest_move_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct move_list *in = CALL_NEW(call, struct move_list);

	call->c->in = in;
	in->source = rest_queue(call, rest);
	in->max = rest_limit(call, rest, MOVE_TASKS_KEPT, LIST_MAX);
	if (str_given(in->source))
		in->source_arn = sqs_arn(call, in->source);
}

void rest_move_list_render(const struct api_call *call, struct out *o)
{
	const struct move_list *in = call->c->in;

	out_list(o, S("moves"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct move_info *t = &in->tasks[i];
		out_item(o, S_NONE);
		rest_uuid(o, S("id"), t->task);
		out_text(o, S("source"), t->source);
		if (str_given(t->destination))
			out_text(o, S("destination"), t->destination);
		out_text(o, S("state"), t->paused ? S("PAUSED") : t->state);
		rest_given(o, "error", t->error);
		rest_given(o, "reason", t->reason);
		rest_given(o, "requested_by", t->requested_by);
		out_number(o, S("rate"), t->rate);
		out_number(o, S("moved"), t->moved);
		out_number(o, S("total"), t->total);
		rest_time(o, S("started_at"), t->started_at);
		if (str_given(t->failure))
			out_text(o, S("failure"), t->failure);
		out_end(o);
	}
	out_end(o);
}

void rest_move_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	struct move_cancel *in = CALL_NEW(call, struct move_cancel);

	call->c->in = in;
	in->reason = form_get(&rest->query, "reason");
	if (!uuid_read(rest->args[0], &in->task))
		(void)refuse(call->c, REFUSED_NO_SUCH_RESOURCE, "There is no move %.*s.",
		             S_ARG(rest->args[0]));
}

void rest_move_cancel_render(const struct api_call *call, struct out *o)
{
	const struct move_cancel *in = call->c->in;

	out_number(o, S("moved"), in->moved);
}

static void pause_or_resume(struct api_call *call, const struct rest_in *rest, bool paused)
{
	struct move_pause *in = CALL_NEW(call, struct move_pause);

	call->c->in = in;
	in->paused = paused;
	if (!uuid_read(rest->args[0], &in->task))
		(void)refuse(call->c, REFUSED_NO_SUCH_RESOURCE, "There is no move %.*s.",
		             S_ARG(rest->args[0]));
	if (rest_only(call, rest->body, "reason"))
		in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
}

void rest_move_pause_parse(struct api_call *call, const struct rest_in *rest)
{
	pause_or_resume(call, rest, true);
}

void rest_move_resume_parse(struct api_call *call, const struct rest_in *rest)
{
	pause_or_resume(call, rest, false);
}
