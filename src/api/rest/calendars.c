/* calendars.c - /v1/calendars: days without business, for expressions with B. */
#include "api/rest/job.h"
#include "api/rest/schedule.h"
#include "base/date.h"
#include "base/limits.h"
#include "domain/schedule/schedule.h"

static struct str name_in_path(struct api_call *call, const struct rest_in *rest)
{
	call->resource = rest->args[0];
	return call->resource;
}

/* ---- put */

static void read_day(struct api_call *call, const struct json *v, int32_t *day)
{
	struct str text = json_text(v);

	if (!json_is(v, JSON_STRING) || !date_read(text, day))
		(void)
			refuse_field(call->c, REFUSED_INVALID_PARAMETER, "holidays",
		                 "holidays must be days as texts, as in [\"2026-01-01\"]; '%.*s' is none.",
		                 (int)(text.len > 32 ? 32 : text.len), str_given(text) ? text.at : "");
}

/* In any order, also several times; kept ascending and once. */
static int sort_days(int32_t *days, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i++) {
		int at = kept;
		while (at > 0 && days[at - 1] > days[i])
			at--;
		if (at > 0 && days[at - 1] == days[i])
			continue;
		int32_t day = days[i];
		memmove(&days[at + 1], &days[at], sizeof *days * (size_t)(kept - at));
		days[at] = day;
		kept++;
	}
	return kept;
}

void rest_calendar_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_put *in = CALL_NEW(call, struct calendar_put);
	const struct json *list = param_list(call, rest->body, "holidays");

	call->c->in = in;
	in->name = name_in_path(call, rest);
	rest_schedule_name(call, "name", in->name);
	(void)rest_only(call, rest->body, "holidays");
	if (list == NULL)
		param_missing(call, "holidays");
	if (cmd_refused(call->c))
		return;
	if (list->count > HOLIDAYS_MAX) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "holidays",
		                   "%u holidays are too many: %d at most.", list->count, HOLIDAYS_MAX);
		return;
	}
	int32_t *days = CALL_ARRAY(call, int32_t, list->count + 1);
	int count = 0;
	JSON_EACH (list, v)
		read_day(call, v, &days[count++]);
	in->days = days;
	in->count = sort_days(days, count);
}

int rest_calendar_put_status(const struct api_call *call)
{
	const struct calendar_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_calendar_put_render(const struct api_call *call, struct out *o)
{
	const struct calendar_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_bool(o, S("created"), !in->existed);
	out_number(o, S("days"), in->count);
}

/* ---- show, list, delete */

static void show(struct out *o, const struct calendar_info *i)
{
	out_text(o, S("name"), i->name);
	rest_time(o, S("changed_at"), i->changed_at);
	out_number(o, S("schedules"), i->schedules);
	out_number(o, S("days"), i->days);
}

void rest_calendar_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_get *in = CALL_NEW(call, struct calendar_get);

	call->c->in = in;
	in->name = name_in_path(call, rest);
}

void rest_calendar_get_render(const struct api_call *call, struct out *o)
{
	const struct calendar_get *in = call->c->in;
	struct buf text = { 0 };

	show(o, &in->info);
	out_list(o, S("holidays"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		buf_clear(&text);
		date_text(&text, in->days[i]);
		out_item_text(o, S_NONE, buf_str(&text));
	}
	out_end(o);
	buf_free(&text);
}

void rest_calendar_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_list *in = CALL_NEW(call, struct calendar_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_calendar_list_render(const struct api_call *call, struct out *o)
{
	const struct calendar_list *in = call->c->in;

	out_list(o, S("calendars"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(o, &in->calendars[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->calendars[in->count - 1].name);
}

void rest_calendar_delete_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_named *in = CALL_NEW(call, struct calendar_named);

	call->c->in = in;
	in->name = name_in_path(call, rest);
}
