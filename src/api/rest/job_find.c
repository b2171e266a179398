/* job_find.c - looking at jobs: one, now or when it has ended; and pages of them. */
#include <stdio.h>

#include "api/rest/job.h"
#include "base/limits.h"
#include "wire/hash.h"

/* ---- one */

void rest_job_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_named *in = CALL_NEW(call, struct job_named);

	call->c->in = in;
	in->id = rest_job_id(call, rest->args[0]);
	in->wait_ms = rest_wait(call, rest, &op_job_wait);
}

static void attempt(struct out *o, const struct job_attempt *a)
{
	out_item(o, S_NONE);
	out_number(o, S("number"), a->number);
	out_text(o, S("outcome"), str_given(a->outcome) ? a->outcome : S("RUNNING"));
	rest_given(o, "worker", a->worker);
	rest_time(o, S("started_at"), a->started_at);
	rest_time(o, S("ended_at"), a->ended_at);
	rest_stored(o, "error", a->error);
	rest_given(o, "log", a->log);
	out_end(o);
}

void rest_job_get_render(const struct api_call *call, struct out *o)
{
	const struct job_named *in = call->c->in;

	rest_job(call, o, in->row);
	rest_payload(call, o, in->payload);
	rest_stored(o, "result", in->row->result);
	out_list(o, S("history"), S_NONE);
	for (int i = 0; i < in->attempt_count; i++)
		attempt(o, &in->attempts[i]);
	out_end(o);
}

/* When to ask again, in whole seconds, for those who only look at headers. */
void rest_job_get_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct job_named *in = call->c->in;
	int64_t ms = rest_ask_again(in->row, call->now_ms);

	(void)body;
	if (ms > 0)
		buf_printf(headers, "Retry-After: %lld\r\n", (long long)((ms + 999) / 1000));
}

/* ---- pages */

/* "FAILED", "PENDING,RUNNING", or a list of them. */
static unsigned states_of(struct api_call *call, const struct json *v)
{
	struct str rest = json_text(v);
	unsigned states = 0;
	enum job_state state;

	JSON_EACH (json_is(v, JSON_ARRAY) ? v : NULL, one)
		states |= states_of(call, one);
	while (str_given(rest)) {
		struct str name = str_cut(&rest, ',');
		if (job_state_read(name, &state))
			states |= 1u << state;
		else
			(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
			             "'%.*s' is no state of a job: PENDING, RUNNING, SUCCEEDED, FAILED, "
			             "CANCELED.",
			             (int)(name.len > 64 ? 64 : name.len), name.at);
	}
	return states;
}

/* 32 hexadecimal digits, or the id of the job that began it. */
static const struct uuid *trace_of(struct api_call *call, const struct json *query)
{
	struct str text = param_text(call, query, "trace");
	struct uuid *trace = CALL_NEW(call, struct uuid);

	if (!str_given(text))
		return NULL;
	if (!hex_read(text, trace->bytes, sizeof trace->bytes) && !uuid_read(text, trace))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "trace must be 32 hexadecimal digits, or a job's id, not '%.*s'.",
		             (int)(text.len > 64 ? 64 : text.len), text.at);
	return trace;
}

void rest_job_filter(struct api_call *call, const struct json *query, struct job_filter *f)
{
	if (!rest_only(call, query, "queue state labels trace parent group q from to"))
		return;
	f->queue = call->resource = rest_short(call, query, "queue", QUEUE_NAME_MAX);
	f->states = states_of(call, json_get(query, "state"));
	f->labels = rest_labels(call, param_map(call, query, "labels"), JOB_FILTER_LABELS_MAX,
	                        &f->label_count);
	f->trace = trace_of(call, query);
	f->parent = rest_id_of(call, query, "parent");
	f->group = rest_id_of(call, query, "group");
	f->q = rest_short(call, query, "q", JOB_Q_MAX);
	if (f->q.len == 0)
		f->q = S_NONE;
	f->from = rest_time_of(call, query, "from");
	f->to = rest_time_of(call, query, "to");
}

/* ?queue=a&label.customer=7 -> {"queue": "a", "labels": {"customer": "7"}} */
static const struct json *as_json(struct api_call *call, const struct form *form)
{
	struct arena *a = call->c->arena;
	struct json *query = json_new(a, JSON_OBJECT), *labels = json_new(a, JSON_OBJECT);

	for (int i = 0; i < form->count; i++) {
		struct str name = form->fields[i].name;
		bool label = str_starts(name, S("label."));
		if (str_is(name, "cursor") || str_is(name, "limit"))
			continue;
		if (label)
			name = str_from(name, strlen("label."));
		if (json_get(label ? labels : query, arena_str(a, name).at) != NULL)
			(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "%.*s is given twice.",
			             S_ARG(form->fields[i].name));
		json_add(label ? labels : query, name,
		         json_new_text(a, JSON_STRING, form->fields[i].value));
	}
	if (labels->count > 0)
		json_add(query, S("labels"), labels);
	return query;
}

const struct job_place *rest_job_cursor(struct api_call *call, struct str text)
{
	struct job_place *place = CALL_NEW(call, struct job_place);
	uint64_t number;

	if (!str_given(text))
		return NULL;
	place->by_place = str_u64(text, INT64_MAX, &number);
	if (place->by_place)
		place->key = job_place_of((int64_t)number);
	else if (!uuid_read(text, &place->key))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "'%.*s' is no cursor; take the one of the page before.",
		             (int)(text.len > 64 ? 64 : text.len), text.at);
	return place;
}

void rest_job_cursor_out(struct out *o, const struct job_place *place)
{
	char text[24];

	if (!place->by_place) {
		rest_uuid(o, S("cursor"), place->key);
		return;
	}
	int n = snprintf(text, sizeof text, "%lld", (long long)job_place_number(&place->key));
	out_text(o, S("cursor"), (struct str){ text, (size_t)n });
}

void rest_job_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_list *in = CALL_NEW(call, struct job_list);
	enum { USUAL = 50 };

	call->c->in = in;
	rest_job_filter(call, as_json(call, &rest->query), &in->filter);
	in->max = rest_limit(call, rest, USUAL, JOB_LIST_MAX);
	in->before = rest_job_cursor(call, form_get(&rest->query, "cursor"));
}

void rest_job_list_render(const struct api_call *call, struct out *o)
{
	const struct job_list *in = call->c->in;

	out_list(o, S("jobs"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		rest_job(call, o, &in->jobs[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		rest_job_cursor_out(o, &in->next);
}
