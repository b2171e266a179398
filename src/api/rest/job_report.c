/* job_report.c - the worker's side: claim jobs, say how far they are, complete or fail them. */
#include <stdlib.h>

#include "api/rest/job.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/queue/receipt.h"

/* ---- claim */

void rest_claim_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_receive *in = CALL_NEW(call, struct queue_receive);

	call->c->in = in;
	if (!rest_only(call, rest->body, "max wait_s lease_ms worker"))
		return;
	in->queue = rest_queue(call, rest);
	in->claim = true;
	in->one_a_group = str_ends(in->queue, S(".fifo")); /* one worker may do them side by side */
	in->visibility_s = -1;
	in->max = (int)rest_bounded(call, rest->body, "max", 1, JOB_CLAIM_MAX, 1);
	in->wait_s = rest_bounded(call, rest->body, "wait_s", 0, QUEUE_WAIT_MAX_S, 0);
	in->lease_ms = rest_bounded(call, rest->body, "lease_ms", 1000,
	                            QUEUE_VISIBILITY_MAX_S * SECOND_MS, 0);
	in->worker = rest_line(call, rest->body, "worker", JOB_WORKER_MAX);
	if (in->worker.len == 0)
		in->worker = S_NONE;
}

static struct str lease_text(const struct api_call *call, struct receipt r)
{
	char text[RECEIPT_TEXT];

	receipt_write(sqs_receipt_key(call), r, text);
	return arena_str(call->c->arena, (struct str){ text, RECEIPT_TEXT });
}

/* A message that was sent before its queue was tracked has no job. */
static struct job_row without_job(const struct queue_receive *in, const struct received *m)
{
	return (struct job_row){
		.id = m->message_id,
		.queue = in->queue,
		.state = JOB_RUNNING,
		.attempts = m->receive_count,
		.created_at = m->sent_at,
		.requested_by = m->sender,
		.priority = -1,
		.progress = -1,
	};
}

static void claimed(const struct api_call *call, struct out *o, const struct received *m)
{
	const struct queue_receive *in = call->c->in;
	struct job_row none = without_job(in, m);
	const struct job_row *j = m->job != NULL ? m->job : &none;
	const char *trace = str_given(j->trace_id) ? j->trace_id.at : (const char *)j->id.bytes;

	out_item(o, S_NONE);
	rest_job(call, o, j);
	out_text(o, S("lease"), lease_text(call, m->receipt));
	out_text(o, S("traceparent"),
	         rest_job_traceparent(call->c->arena, j->id, (const uint8_t *)trace, m->trace_header));
	rest_payload(call, o, m->body);
	rest_stored(o, "message_attributes", m->attributes);
	out_end(o);
}

void rest_claim_render(const struct api_call *call, struct out *o)
{
	const struct queue_receive *in = call->c->in;

	out_list(o, S("jobs"), S_NONE);
	for (int i = 0; i < in->count; i++)
		claimed(call, o, &in->messages[i]);
	out_end(o);
}

/* ---- reports */

typedef void read_report(struct api_call *, const struct json *, struct job_report *);

/* 0 to 1, to the thousandth. */
static int progress_of(struct api_call *call, const struct json *v)
{
	const struct json *p = json_get(v, "progress");
	char text[32];
	double n = -1;

	if (p == NULL || p->kind == JSON_NULL)
		return -1;
	if (p->kind == JSON_NUMBER && p->text.len < sizeof text) {
		memcpy(text, p->text.at, p->text.len);
		text[p->text.len] = '\0';
		n = strtod(text, NULL);
	}
	if (!(n >= 0 && n <= 1)) {
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "progress must be a number from 0 to 1, of at most 31 characters.");
		return -1;
	}
	return (int)(n * 1000 + 0.5);
}

static void read_heartbeat(struct api_call *call, const struct json *v, struct job_report *r)
{
	r->progress = progress_of(call, v);
	r->progress_text = rest_short(call, v, "message", JOB_MESSAGE_MAX);
	r->lease_ms = rest_bounded(call, v, "lease_ms", 1000, QUEUE_VISIBILITY_MAX_S * SECOND_MS, 0);
}

/* Of a long one the end is kept, since that is where it went wrong. */
static struct str log_of(struct api_call *call, const struct json *v)
{
	struct str text = param_text(call, v, "log");

	if (text.len > JOB_LOG_MAX) {
		text = str_from(text, text.len - JOB_LOG_MAX);
		while (text.len > 0 && ((unsigned char)text.at[0] & 0xc0) == 0x80)
			text = str_from(text, 1); /* not inside a character */
	}
	call->c->bytes += text.len;
	return text;
}

static void read_complete(struct api_call *call, const struct json *v, struct job_report *r)
{
	r->said.result = rest_json_of(call, v, "result", JOB_RESULT_MAX);
	r->said.log = log_of(call, v);
	if (param_given(v, "children"))
		r->children = rest_job_entries(call, param_list(call, v, "children"), "children", S_NONE,
		                               true, &r->child_count);
	if (param_given(v, "group"))
		r->group = rest_group_of(call, param_map(call, v, "group"), r->children, r->child_count);
}

static void check_error(struct api_call *call, const struct json *error)
{
	struct str code = param_text(call, error, "code");
	enum { CODE_MAX = 128 };

	(void)param_text(call, error, "message");
	if (rest_only(call, error, "code message data") && (code.len == 0 || code.len > CODE_MAX))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "error needs a code of 1 to %d bytes, as in {\"code\": \"NO_STOCK\", "
		             "\"message\": \"...\"}.",
		             CODE_MAX);
}

static void read_fail(struct api_call *call, const struct json *v, struct job_report *r)
{
	if (param_given(v, "error"))
		check_error(call, param_map(call, v, "error"));
	r->said.error = rest_json_of(call, v, "error", JOB_ERROR_MAX);
	r->said.log = log_of(call, v);
	r->said.final = !param_bool(call, v, "retry", true);
	r->said.delay_ms = rest_bounded(call, v, "delay_ms", 0, RETRY_DELAY_MAX_MS, -1);
	if (r->said.final && r->said.delay_ms >= 0)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "delay_ms says when to try again, and retry says not to: leave out one.");
}

static void read_lease(struct api_call *call, const struct json *v, struct job_report *r)
{
	struct str lease = param_text_needed(call, v, "lease");

	if (!cmd_refused(call->c) && !receipt_read(sqs_receipt_key(call), lease, &r->lease))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "'%.*s' is no lease: it must be the text that a claim gave with the job.",
		             (int)(lease.len > 64 ? 64 : lease.len), lease.at);
}

static void read_one(struct api_call *call, const struct json *v, const char *names,
                     read_report *read, struct job_report *r)
{
	r->said.delay_ms = -1;
	r->progress = -1;
	if (!json_is(v, JSON_OBJECT))
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "jobs must be a list of JSON objects.");
	else if (rest_only(call, v, names))
		read_lease(call, v, r);
	if (!cmd_refused(call->c))
		read(call, v, r);
}

/* The name of its job is in the path. */
static void parse_single(struct api_call *call, const struct rest_in *rest, const char *names,
                         read_report *read)
{
	struct job_reports *in = CALL_NEW(call, struct job_reports);

	call->c->in = in;
	in->count = 1;
	in->reports = CALL_NEW(call, struct job_report);
	in->reports[0].id = rest_job_id(call, rest->args[0]);
	if (!cmd_refused(call->c))
		read_one(call, rest->body, names, read, in->reports);
}

/* What one of them says wrongly stops that one. */
static void parse_entry(struct api_call *call, const struct json *v, const char *names,
                        read_report *read, struct job_report *r)
{
	const struct uuid *id = json_is(v, JSON_OBJECT) ? rest_id_of(call, v, "id") : NULL;

	if (id != NULL)
		r->id = *id;
	else
		param_missing(call, "id");
	if (!cmd_refused(call->c))
		read_one(call, v, names, read, r);
	r->refused = call->c->refused;
	call->c->refused = (struct refused){ .why = REFUSED_NONE };
}

static void parse_many(struct api_call *call, const struct rest_in *rest, const char *names,
                       read_report *read)
{
	struct job_reports *in = CALL_NEW(call, struct job_reports);
	const struct json *list = param_list(call, rest->body, "jobs");

	call->c->in = in;
	in->batch = true;
	if (!rest_only(call, rest->body, "jobs"))
		return;
	if (list == NULL || list->count == 0 || list->count > JOB_REPORTS_MAX) {
		(void)refuse(call->c,
		             list == NULL || list->count == 0 ? REFUSED_EMPTY_BATCH
		                                              : REFUSED_TOO_MANY_ENTRIES,
		             "jobs must be a list of 1 to %d.", JOB_REPORTS_MAX);
		return;
	}
	in->reports = CALL_ARRAY(call, struct job_report, list->count);
	JSON_EACH (list, v)
		parse_entry(call, v, names, read, &in->reports[in->count++]);
}

#define HEARTBEAT "lease progress message lease_ms"
#define COMPLETE "lease result log children group"
#define FAIL "lease error retry delay_ms log"

void rest_job_heartbeat_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_single(call, rest, HEARTBEAT, read_heartbeat);
}

void rest_job_complete_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_single(call, rest, COMPLETE, read_complete);
}

void rest_job_fail_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_single(call, rest, FAIL, read_fail);
}

void rest_jobs_heartbeat_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_many(call, rest, "id " HEARTBEAT, read_heartbeat);
}

void rest_jobs_complete_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_many(call, rest, "id " COMPLETE, read_complete);
}

void rest_jobs_fail_parse(struct api_call *call, const struct rest_in *rest)
{
	parse_many(call, rest, "id " FAIL, read_fail);
}

/* ---- answers */

static void report(struct out *o, const struct job_report *r)
{
	rest_uuid(o, S("id"), r->id);
	out_text(o, S("state"), job_state_name(r->state));
	out_bool(o, S("canceled"), r->canceled);
	if (r->state == JOB_RUNNING)
		rest_time(o, S("lease_until"), r->lease_until);
	if (r->group != NULL)
		rest_uuid(o, S("group"), r->group->group.id);
	if (r->child_count == 0)
		return;
	out_list(o, S("children"), S_NONE);
	for (int i = 0; i < r->child_count; i++)
		rest_uuid(o, S_NONE, r->children[i].send.message_id);
	out_end(o);
}

static void refused_report(struct out *o, const struct job_report *r)
{
	rest_uuid(o, S("id"), r->id);
	out_object(o, S("problem"));
	out_number(o, S("status"), refusal_status(r->refused.why));
	out_text(o, S("code"), str_of(refusal_name(r->refused.why)));
	out_text(o, S("detail"), r->refused.text);
	out_end(o);
}

void rest_job_report_render(const struct api_call *call, struct out *o)
{
	const struct job_reports *in = call->c->in;

	report(o, in->reports);
}

void rest_jobs_report_render(const struct api_call *call, struct out *o)
{
	const struct job_reports *in = call->c->in;

	out_list(o, S("jobs"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		if (in->reports[i].refused.why == REFUSED_NONE)
			report(o, &in->reports[i]);
		else
			refused_report(o, &in->reports[i]);
		out_end(o);
	}
	out_end(o);
}
