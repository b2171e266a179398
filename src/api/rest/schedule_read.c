/* schedule_read.c - parameters of schedules: expression, zone, labels, names. */
#include "api/rest/schedule.h"

#include "api/rest/job.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/schedule/schedule.h"

enum { OWN_LABELS = 2 }; /* schedule, due_at */

/* ---- expression and zone */

static void read_cron(struct api_call *call, const struct json *body, struct rest_times *t)
{
	struct cron_wrong wrong;

	t->cron_text = str_trim(param_text_needed(call, body, "cron"));
	if (!cmd_refused(call->c) && !cron_read(call->c->arena, t->cron_text, &t->cron, &wrong))
		(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, wrong.field.at, "%.*s",
		                   S_ARG(wrong.why));
}

void rest_zone(struct api_call *call, enum refusal refusal, struct rest_zone *z)
{
	struct arena *a = call->c->arena;
	struct str why = S_NONE;

	z->zone = zone_utc();
	z->bytes = z->release = S_NONE;
	if (!str_given(z->name))
		z->name = S("UTC");
	if (str_is(z->name, "UTC") || cmd_refused(call->c))
		return;
	if (call->api->config.zone == NULL)
		why = S("This server knows no time zone but UTC.");
	else if (call->api->config.zone(a, z->name, &z->bytes, &z->release, &why) != OK)
		why = S("The file of this time zone cannot be read on the server.");
	if (str_given(z->bytes))
		z->zone = zone_read(a, z->bytes, &why);
	if (!str_given(z->bytes) || z->zone == NULL)
		(void)refuse_field(call->c, refusal, "zone", "%.*s", S_ARG(why));
}

void rest_schedule_times(struct api_call *call, const struct json *body, struct rest_times *t)
{
	*t = (struct rest_times){ 0 };
	read_cron(call, body, t);
	t->zone.name = param_text(call, body, "zone");
	rest_zone(call, REFUSED_INVALID_SCHEDULE, &t->zone);
	t->calendar = param_text(call, body, "holidays");
	if (str_given(t->calendar))
		rest_schedule_name(call, "holidays", t->calendar);
}

/* ---- names, labels, moments */

static struct str shown(struct str s)
{
	return s.len > SCHEDULE_NAME_MAX ? (struct str){ s.at, SCHEDULE_NAME_MAX } : s;
}

void rest_schedule_name(struct api_call *call, const char *field, struct str name)
{
	if (!schedule_name_valid(name))
		(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, field,
		                   "'%.*s' is no name here: 1 to %d letters, digits and - _ . are.",
		                   S_ARG(shown(name)), SCHEDULE_NAME_MAX);
}

struct str rest_schedule_labels(struct api_call *call, const struct json *body)
{
	const struct json *map = param_map(call, body, "labels");
	int count;

	(void)rest_labels(call, map, JOB_LABELS_MAX - OWN_LABELS, &count);
	JSON_EACH (map, v)
		if (str_is(v->key, "schedule") || str_is(v->key, "due_at"))
			(void)refuse_field(call->c, REFUSED_INVALID_SCHEDULE, "labels",
			                   "The label %.*s is set by the schedule itself.", S_ARG(v->key));
	if (count == 0 || cmd_refused(call->c))
		return S_NONE;
	return json_written(call->c->arena, map);
}

int64_t rest_wall_clock(const struct api_call *call)
{
	int64_t set = atomic_load(&call->api->clock_ms);

	return set != 0 ? set : call->api->config.now().wall_ms;
}

int64_t rest_from(struct api_call *call, struct str text)
{
	int64_t at = rest_wall_clock(call);

	if (str_given(text) && !time_read_rfc3339(text, &at))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "from",
		                   "from must be a time with its zone, as in 2026-11-22T15:37:32+09:00, "
		                   "not '%.*s'.",
		                   S_ARG(shown(text)));
	return at;
}
