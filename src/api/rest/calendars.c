/* calendars.c - /v1/calendars: business calendars, for schedules and deadlines. */
#include "api/rest/job.h"
#include "api/rest/schedule.h"
#include "base/date.h"
#include "base/japan.h"
#include "base/limits.h"
#include "domain/schedule/schedule.h"

static struct str name_in_path(struct api_call *call, const struct rest_in *rest)
{
	call->resource = rest->args[0];
	return call->resource;
}

/* ---- put */

void rest_calendar_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_put *in = CALL_NEW(call, struct calendar_put);
	struct calendar_wrong wrong;

	call->c->in = in;
	in->name = name_in_path(call, rest);
	rest_schedule_name(call, "name", in->name);
	if (rest->body->count == 0)
		param_missing(call, "holidays");
	if (cmd_refused(call->c))
		return;
	const struct calendar *k = calendar_of_json(call->c->arena, rest->body, &wrong);
	if (k == NULL) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, wrong.field, "%.*s",
		                   S_ARG(wrong.why));
		return;
	}
	struct rest_zone zone = { .name = k->zone_name };
	rest_zone(call, REFUSED_INVALID_PARAMETER, &zone);
	in->zone_bytes = zone.bytes;
	in->zone_release = zone.release;
	in->body = calendar_canonical(call->c->arena, rest->body, k);
	in->days = (int)k->workdays.off.count;
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
	out_number(o, S("version"), in->version);
	out_bool(o, S("created"), !in->existed);
	out_bool(o, S("changed"), in->changed);
	out_number(o, S("days"), in->days);
}

/* ---- show, list, delete */

static void show(struct out *o, const struct calendar_info *i)
{
	out_text(o, S("name"), i->name);
	out_number(o, S("version"), i->version);
	out_bool(o, S("built_in"), i->version == 0);
	rest_time(o, S("changed_at"), i->changed_at);
	out_number(o, S("schedules"), i->schedules);
	out_number(o, S("days"), i->days);
}

void rest_calendar_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_get *in = CALL_NEW(call, struct calendar_get);
	struct str version = form_get(&rest->query, "version"), year = form_get(&rest->query, "year");
	int64_t *asked = call->extra = CALL_NEW(call, int64_t);

	call->c->in = in;
	in->name = name_in_path(call, rest);
	in->version = CALENDAR_IN_FORCE;
	if (str_given(version) && !str_i64(version, 0, INT32_MAX, &in->version))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "version",
		                   "version must be a number as PUT told it.");
	if (str_given(year) && !str_i64(year, JAPAN_YEAR_MIN, JAPAN_YEAR_MAX, asked))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "year",
		                   "year must be from %d to %d, not %.*s.", JAPAN_YEAR_MIN, JAPAN_YEAR_MAX,
		                   S_ARG(year));
}

/* The national holidays of a year, of a calendar that is closed on them; else none. */
static void show_national(struct out *o, bool closed, int64_t year)
{
	int32_t day = date_to_day((struct date){ (int)year, 1, 1 });
	int32_t end = date_to_day((struct date){ (int)year + 1, 1, 1 });
	struct buf text = { 0 };

	out_list(o, S("national_days"), S_NONE);
	for (; day < end; day++) {
		if (!closed || !japan_holiday(day))
			continue;
		buf_clear(&text);
		date_text(&text, day);
		out_item_text(o, S_NONE, buf_str(&text));
	}
	out_end(o);
	buf_free(&text);
}

/* The members as PUT takes them; what was not given is told, too. */
static void show_body(struct out *o, const struct json *body)
{
	static const char *const defaults[][2] = { { "zone", "UTC" }, { "cut_off", "close" } };
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (json_get(body, defaults[i][0]) == NULL)
			out_text(o, str_of(defaults[i][0]), str_of(defaults[i][1]));
	if (json_get(body, "hours") == NULL) {
		static const char *const usual[] = { "mon", "tue", "wed", "thu", "fri" };
		out_object(o, S("hours"));
		for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
			out_json(o, str_of(usual[i]), S("[\"09:00-18:00\"]"));
		out_end(o);
	}
	JSON_EACH (body, m) {
		buf_clear(&text);
		json_write(&text, m);
		out_json(o, m->key, buf_str(&text));
	}
	buf_free(&text);
}

void rest_calendar_get_render(const struct api_call *call, struct out *o)
{
	const struct calendar_get *in = call->c->in;
	struct str why;

	show(o, &in->info);
	if (str_given(in->zone_release))
		out_text(o, S("zone_release"), in->zone_release);
	const struct json *body = json_read(call->c->arena, in->body, &why);
	const int64_t *year = call->extra;
	show_body(o, body);
	if (*year != 0)
		show_national(o, json_get(body, "national_holidays") != NULL, *year);
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

/* ---- reckoning */

void rest_calendar_deadline_parse(struct api_call *call, const struct rest_in *rest)
{
	struct calendar_deadline *in = CALL_NEW(call, struct calendar_deadline);
	struct str after = form_get(&rest->query, "after"), why;

	call->c->in = in;
	in->name = name_in_path(call, rest);
	in->from = rest_from(call, form_get(&rest->query, "from"));
	if (!str_given(after))
		param_missing(call, "after");
	else if (!duration_read(call->c->arena, after, &in->duration, &why))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "after", "%.*s", S_ARG(why));
}

static void local_time(struct out *o, const char *name, int64_t at, int32_t offset_s)
{
	struct buf text = { 0 };

	time_rfc3339_local(&text, at, offset_s);
	out_text(o, str_of(name), buf_str(&text));
	buf_free(&text);
}

void rest_calendar_deadline_render(const struct api_call *call, struct out *o)
{
	const struct calendar_deadline *in = call->c->in;
	struct buf text = { 0 };

	out_text(o, S("calendar"), in->name);
	out_number(o, S("version"), in->version);
	out_text(o, S("zone"), in->zone);
	duration_text(&text, &in->duration);
	out_text(o, S("after"), buf_str(&text));
	rest_time(o, S("from"), in->from);
	local_time(o, "from_local", in->from, in->from_offset_s);
	out_bool(o, S("open"), in->open);
	rest_time(o, S("at"), in->at);
	local_time(o, "at_local", in->at, in->offset_s);
	out_number(o, S("open_ms"), in->open_ms);
	buf_free(&text);
}
