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

/* ---- many: what a query finds, a step in each request */

struct many {
	struct job_list *list;
	struct str *reason, *query;
};

/* False after a refusal, or when there is no query to go on with. */
static bool read_many(struct api_call *call, const struct rest_in *rest, const char *names,
                      const struct many *to)
{
	const struct json *query = param_map(call, rest->body, "query");

	if (!rest_only(call, rest->body, names))
		return false;
	if (query == NULL) {
		param_missing(call, "query");
		return false;
	}
	*to->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	*to->query = rest_json_of(call, rest->body, "query", HTTP_URL_MAX);
	rest_job_filter(call, query, &to->list->filter);
	to->list->max = JOB_CANCEL_MAX;
	to->list->before = rest_job_cursor(call, param_text(call, rest->body, "cursor"));
	return true;
}

/* ---- cancel */

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

	call->c->in = in;
	if (read_many(call, rest, "query reason cursor",
	              &(struct many){ &in->list, &in->reason, &in->query }))
		check_query(call, &in->list.filter);
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

void rest_jobs_redrive_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_retry_many *in = CALL_NEW(call, struct job_retry_many);

	call->c->in = in;
	if (!read_many(call, rest, "query error reason rate dry_run cursor delayed",
	               &(struct many){ &in->list, &in->reason, &in->query }))
		return;
	in->error = rest_error_code(call, rest->body);
	in->rate = rest_bounded(call, rest->body, "rate", 0, JOB_REDRIVE_RATE_MAX, 0);
	in->before = rest_bounded(call, rest->body, "delayed", 0, INT32_MAX, 0);
	in->dry_run = param_bool(call, rest->body, "dry_run", false);
	if (in->list.filter.states != 0 && in->list.filter.states != 1u << JOB_FAILED)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "Only jobs that FAILED can be redriven.");
	in->list.filter.states = 1u << JOB_FAILED;
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
