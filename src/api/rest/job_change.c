/* job_change.c - jobs are canceled, one or many, and retried. */
#include "api/rest/job.h"
#include "base/limits.h"

static struct job_named *named(struct api_call *call, const struct rest_in *rest, const char *names)
{
	struct job_named *in = CALL_NEW(call, struct job_named);

	call->c->in = in;
	in->id = rest_job_id(call, rest->args[0]);
	if (rest_only(call, rest->body, names))
		in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	return in;
}

void rest_job_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)named(call, rest, "reason");
}

void rest_job_retry_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_named *in = named(call, rest, "reason execute_at");

	in->execute_at = rest_time_of(call, rest->body, "execute_at");
}

void rest_job_change_render(const struct api_call *call, struct out *o)
{
	const struct job_named *in = call->c->in;

	rest_job(call, o, in->row);
}

/* ---- many */

enum { OPEN = 1u << JOB_PENDING | 1u << JOB_RUNNING };

static void check_query(struct api_call *call, struct job_filter *f)
{
	bool some = str_given(f->queue) || f->label_count > 0 || f->trace != NULL ||
	            f->parent != NULL || f->group != NULL;

	if (f->states == 0)
		f->states = OPEN;
	if (f->states & ~(unsigned)OPEN)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "Only jobs that are PENDING or RUNNING can be canceled.");
	else if (!some)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "query must name a queue, a label, a trace, a parent or a group: nobody "
		             "cancels everything by leaving something out.");
}

void rest_jobs_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_cancel_many *in = CALL_NEW(call, struct job_cancel_many);
	const struct json *query = param_map(call, rest->body, "query");

	call->c->in = in;
	if (!rest_only(call, rest->body, "query reason cursor"))
		return;
	if (query == NULL) {
		param_missing(call, "query");
		return;
	}
	in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	in->query = rest_json_of(call, rest->body, "query", HTTP_URL_MAX);
	rest_job_filter(call, query, &in->list.filter);
	check_query(call, &in->list.filter);
	in->list.max = JOB_CANCEL_MAX;
	in->list.before = rest_job_cursor(call, param_text(call, rest->body, "cursor"));
}

void rest_jobs_cancel_render(const struct api_call *call, struct out *o)
{
	const struct job_cancel_many *in = call->c->in;

	out_number(o, S("canceled"), in->canceled);
	out_number(o, S("asked"), in->asked);
	if (in->list.more)
		rest_job_cursor_out(o, &in->list.next);
}

/* ---- redrive: many that have failed */

/* The error code lies beside the filters of a list. */
static struct str error_of(struct api_call *call, const struct json *query)
{
	struct str error = rest_short(call, query, "error", JOB_ERROR_CODE_MAX);

	return error.len == 0 ? S_NONE : error;
}

void rest_jobs_redrive_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_retry_many *in = CALL_NEW(call, struct job_retry_many);
	const struct json *query = param_map(call, rest->body, "query");

	call->c->in = in;
	if (!rest_only(call, rest->body, "query error reason rate dry_run cursor delayed"))
		return;
	if (query == NULL) {
		param_missing(call, "query");
		return;
	}
	in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	in->query = rest_json_of(call, rest->body, "query", HTTP_URL_MAX);
	in->error = error_of(call, rest->body);
	in->rate = rest_bounded(call, rest->body, "rate", 0, JOB_REDRIVE_RATE_MAX, 0);
	in->delayed = rest_bounded(call, rest->body, "delayed", 0, INT32_MAX, 0);
	in->dry_run = param_bool(call, rest->body, "dry_run", false);
	rest_job_filter(call, query, &in->list.filter);
	if (in->list.filter.states != 0 && in->list.filter.states != 1u << JOB_FAILED)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "Only jobs that FAILED can be redriven.");
	in->list.filter.states = 1u << JOB_FAILED;
	in->list.max = JOB_CANCEL_MAX;
	in->list.before = rest_job_cursor(call, param_text(call, rest->body, "cursor"));
}

void rest_jobs_redrive_render(const struct api_call *call, struct out *o)
{
	const struct job_retry_many *in = call->c->in;

	out_number(o, S("matched"), in->matched);
	out_number(o, S("retried"), in->retried);
	out_number(o, S("refused"), in->refused);
	if (in->list.more) {
		rest_job_cursor_out(o, &in->list.next);
		out_number(o, S("delayed"), in->delayed);
	}
}
