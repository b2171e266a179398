/* schedules.c - /v1/schedules: put, shown, deleted, paused, resumed, run; and what is due
 * when, also of an expression that nobody has stored. */
#include "api/rest/job.h"
#include "api/rest/schedule.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/schedule/schedule.h"

enum { NEXT_SHOWN = 5 };

/* ---- put */

static struct str name_in_path(struct api_call *call, const struct rest_in *rest)
{
	call->resource = rest->args[0];
	rest_schedule_name(call, "name", call->resource);
	return call->resource;
}

/* A text as it is, any other value as JSON. */
static struct str read_payload(struct api_call *call, const struct json *body)
{
	const struct json *v = json_get(body, "payload");

	if (v == NULL || (json_is(v, JSON_STRING) && v->text.len == 0)) {
		param_missing(call, "payload");
		return S("");
	}
	if (json_is(v, JSON_STRING))
		return v->text;
	return json_written(call->c->arena, v);
}

static void read_policies(struct api_call *call, const struct json *body, struct schedule_put *in)
{
	struct str catch_up = param_text(call, body, "catch_up");
	struct str overlap = param_text(call, body, "overlap");

	in->overlap_given = str_given(overlap);
	if (str_given(catch_up) && !catch_up_read(catch_up, &in->catch_up))
		(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, "catch_up",
		                   "catch_up is skip, one or all, not '%.*s'.", S_ARG(catch_up));
	if (in->overlap_given && !overlap_read(overlap, &in->overlap))
		(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, "overlap",
		                   "overlap is allow, skip or cancel_previous, not '%.*s'.",
		                   S_ARG(overlap));
}

static void read_priority(struct api_call *call, const struct json *body, struct schedule_put *in)
{
	int64_t priority = param_int(call, body, "priority", -1);

	if (param_given(body, "priority") && (priority < 0 || priority > MESSAGE_PRIORITY_MAX))
		(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, "priority",
		                   "priority must be a number from 0 to %d, not %lld.",
		                   MESSAGE_PRIORITY_MAX, (long long)priority);
	in->priority = (int)priority;
}

void rest_schedule_put_parse(struct api_call *call, const struct rest_in *rest)
{
	static const char known[] =
		"queue payload cron zone holidays priority labels catch_up overlap paused";
	struct schedule_put *in = CALL_NEW(call, struct schedule_put);
	struct rest_times times;

	call->c->in = in;
	in->name = name_in_path(call, rest);
	(void)rest_only(call, rest->body, known);
	in->queue = param_text_needed(call, rest->body, "queue");
	in->payload = read_payload(call, rest->body);
	in->labels = rest_schedule_labels(call, rest->body);
	in->paused_given = param_given(rest->body, "paused");
	in->paused = param_bool(call, rest->body, "paused", false);
	read_policies(call, rest->body, in);
	read_priority(call, rest->body, in);
	rest_schedule_times(call, rest->body, &times);
	in->cron = times.cron_text;
	in->zone = times.zone.name;
	in->zone_bytes = times.zone.bytes;
	in->zone_release = times.zone.release;
	in->calendar = times.calendar;
	call->c->bytes += in->payload.len;
}

int rest_schedule_put_status(const struct api_call *call)
{
	const struct schedule_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_schedule_put_render(const struct api_call *call, struct out *o)
{
	const struct schedule_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_bool(o, S("created"), !in->existed);
	if (in->next_at != NEVER)
		rest_time(o, S("next_at"), in->next_at);
}

/* ---- show */

static void given(struct out *o, struct str key, struct str text)
{
	if (str_given(text))
		out_text(o, key, text);
}

static void show_last(struct out *o, const struct schedule_info *i)
{
	if (!str_given(i->last_outcome))
		return;
	out_object(o, S("last"));
	out_text(o, S("outcome"), i->last_outcome);
	given(o, S("detail"), i->last_detail);
	rest_time(o, S("due_at"), i->last_due_at);
	rest_time(o, S("fired_at"), i->last_fired_at);
	if (i->has_last_job)
		rest_uuid(o, S("id"), i->last_job);
	out_end(o);
}

static void show(const struct api_call *call, struct out *o, const struct schedule_info *i)
{
	out_text(o, S("name"), i->name);
	out_text(o, S("queue"), i->queue);
	rest_payload(call, o, i->payload);
	out_text(o, S("cron"), i->cron);
	out_text(o, S("zone"), i->zone);
	given(o, S("holidays"), i->calendar);
	if (i->priority >= 0)
		out_number(o, S("priority"), i->priority);
	if (str_given(i->labels))
		out_json(o, S("labels"), i->labels);
	out_text(o, S("catch_up"), i->catch_up);
	out_text(o, S("overlap"), i->overlap);
	out_bool(o, S("paused"), i->paused);
	rest_time(o, S("created_at"), i->created_at);
	rest_time(o, S("changed_at"), i->changed_at);
	rest_time(o, S("next_at"), i->next_at);
	show_last(o, i);
	out_number(o, S("fired"), i->fired);
	out_number(o, S("skipped"), i->skipped);
	out_number(o, S("failed"), i->failed);
}

static void show_due(struct out *o, const struct due *due, int count)
{
	out_list(o, S("next"), S_NONE);
	for (int i = 0; i < count; i++) {
		struct buf text = { 0 };
		time_rfc3339_local(&text, due[i].at, due[i].offset_s);
		out_item_text(o, S_NONE, buf_str(&text));
		buf_free(&text);
	}
	out_end(o);
}

void rest_schedule_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_get *in = CALL_NEW(call, struct schedule_get);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	in->from = rest_wall_clock(call);
	in->max = NEXT_SHOWN;
}

/* Of a paused one nothing is due. */
void rest_schedule_get_render(const struct api_call *call, struct out *o)
{
	const struct schedule_get *in = call->c->in;

	show(call, o, &in->info);
	show_due(o, in->due, in->info.paused ? 0 : in->count);
}

void rest_schedule_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_list *in = CALL_NEW(call, struct schedule_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_schedule_list_render(const struct api_call *call, struct out *o)
{
	const struct schedule_list *in = call->c->in;

	out_list(o, S("schedules"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(call, o, &in->schedules[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->schedules[in->count - 1].name);
}

/* ---- delete, pause, resume, run */

void rest_schedule_named_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_named *in = CALL_NEW(call, struct schedule_named);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
}

void rest_schedule_run_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_run *in = CALL_NEW(call, struct schedule_run);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
}

void rest_schedule_run_render(const struct api_call *call, struct out *o)
{
	const struct schedule_run *in = call->c->in;

	rest_uuid(o, S("id"), in->message_id);
	out_text(o, S("queue"), in->queue);
}

/* ---- what is due when */

/* The due times of a paused one, too: that is what a look ahead is for. */
void rest_schedule_next_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_get *in = CALL_NEW(call, struct schedule_get);
	struct str count = form_get(&rest->query, "count");
	int64_t n = NEXT_SHOWN;

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	if (str_given(count) && !str_i64(count, 1, SCHEDULE_PREVIEW_MAX, &n))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "count",
		                   "count must be a number from 1 to %d, not %.*s.", SCHEDULE_PREVIEW_MAX,
		                   S_ARG(count));
	in->max = (int)n;
	in->from = rest_from(call, form_get(&rest->query, "from"));
}

void rest_schedule_next_render(const struct api_call *call, struct out *o)
{
	const struct schedule_get *in = call->c->in;

	show_due(o, in->due, in->count);
}

void rest_schedule_preview_parse(struct api_call *call, const struct rest_in *rest)
{
	struct schedule_preview *in = CALL_NEW(call, struct schedule_preview);
	int64_t count = param_int(call, rest->body, "count", NEXT_SHOWN);
	struct rest_times times;

	call->c->in = in;
	(void)rest_only(call, rest->body, "cron zone holidays count from");
	if (count < 1 || count > SCHEDULE_PREVIEW_MAX)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "count",
		                   "count must be a number from 1 to %d, not %lld.", SCHEDULE_PREVIEW_MAX,
		                   (long long)count);
	rest_schedule_times(call, rest->body, &times);
	in->cron = times.cron;
	in->zone = times.zone.zone;
	in->calendar = times.calendar;
	in->max = (int)count;
	in->from = rest_from(call, param_text(call, rest->body, "from"));
}

void rest_schedule_preview_render(const struct api_call *call, struct out *o)
{
	const struct schedule_preview *in = call->c->in;

	show_due(o, in->due, in->count);
}
