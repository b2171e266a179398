/* body.c - a calendar from JSON, and back in one way to write it. */
#include <stdarg.h>
#include <stdio.h>

#include "base/date.h"
#include "domain/calendar/calendar.h"

enum { EXTRA = 7, DAY_MINUTES = 24 * 60 };

static const char *const weekday_names[EXTRA + 1] = { "sun", "mon", "tue", "wed",
	                                                  "thu", "fri", "sat", "extra" };
/* A week begins on Monday where people write it. */
static const int written[EXTRA + 1] = { 1, 2, 3, 4, 5, 6, 0, EXTRA };

static struct hours *hours_named(struct calendar *k, int n)
{
	return n == EXTRA ? &k->extra : &k->hours[n];
}

bool calendar_name_valid(struct str name)
{
	return name.len > 0 && name.len <= SCHEDULE_NAME_MAX && str_alphanumeric(name, "-_.");
}

/* ---- what is wrong; the first one stands */

struct reading {
	struct arena *arena;
	struct calendar *k;
	struct calendar_wrong *wrong;
};

static void wrong(struct reading *r, const char *field, const char *format, ...) PRINTF_LIKE(3, 4);

static void wrong(struct reading *r, const char *field, const char *format, ...)
{
	char sentence[256];
	va_list args;

	if (r->wrong->field != NULL)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	r->wrong->field = field;
	r->wrong->why = arena_str(r->arena, str_of(sentence));
}

static struct str shown(const struct json *v)
{
	struct str s = v == NULL ? S_NONE : v->text;

	return s.len > 40 ? (struct str){ s.at, 40 } : s;
}

/* ---- hours */

static bool digits(const char *at, int max, int *out)
{
	uint64_t n;

	if (!str_u64((struct str){ at, 2 }, (uint64_t)max, &n))
		return false;
	*out = (int)n;
	return true;
}

/* 09:30; also 24:00, where a day ends. */
static bool read_minute(struct str s, int *minute)
{
	int hour, rest;

	if (s.len != 5 || s.at[2] != ':' || !digits(s.at, 24, &hour) || !digits(s.at + 3, 59, &rest))
		return false;
	*minute = 60 * hour + rest;
	return *minute <= DAY_MINUTES;
}

static void read_span(struct reading *r, const char *day, const struct json *v, struct hours *h)
{
	struct str text = json_text(v);
	int from, until, before = h->count > 0 ? h->at[h->count - 1].until : -1;

	if (text.len != 11 || text.at[5] != '-' || !read_minute((struct str){ text.at, 5 }, &from) ||
	    !read_minute(str_from(text, 6), &until)) {
		wrong(r, "hours", "hours of %s must be texts as \"09:00-18:00\", not '%.*s'.", day,
		      S_ARG(shown(v)));
		return;
	}
	if (until <= from)
		wrong(
			r, "hours",
			"'%.*s' of %s ends before it begins. Hours past midnight are two: until 24:00 and, on "
			"the next day, from 00:00.",
			S_ARG(shown(v)), day);
	if (from < before || h->count == CALENDAR_SPANS_MAX)
		wrong(r, "hours", "hours of %s must be in order, without overlap, %d at most.", day,
		      CALENDAR_SPANS_MAX);
	if (r->wrong->field != NULL)
		return;
	if (from == before) { /* 00:00-12:00, 12:00-24:00: there is nothing between them */
		h->at[h->count - 1].until = (int16_t)until;
		return;
	}
	h->at[h->count].from = (int16_t)from;
	h->at[h->count++].until = (int16_t)until;
}

static int weekday_of_name(struct str name)
{
	int n = 0;

	while (n <= EXTRA && !str_is(name, weekday_names[n]))
		n++;
	return n;
}

static void usual_hours(struct calendar *k)
{
	for (int n = 0; n < 7; n++)
		if (WORKDAYS_USUAL >> n & 1)
			k->hours[n] = (struct hours){ 1, { { 9 * 60, 18 * 60 } } };
}

/* Those of the first day of the week that has some, unless told. */
static void extra_hours(struct calendar *k)
{
	for (int n = 0; n < 7 && k->extra.count == 0; n++)
		k->extra = k->hours[written[n]];
}

static void read_hours(struct reading *r, const struct json *v)
{
	struct calendar *k = r->k;

	if (v == NULL)
		usual_hours(k);
	else if (!json_is(v, JSON_OBJECT))
		wrong(r, "hours", "hours must be an object: {\"mon\": [\"09:00-18:00\"], ...}.");
	JSON_EACH (json_is(v, JSON_OBJECT) ? v : NULL, day) {
		int n = weekday_of_name(day->key);
		if (n > EXTRA || !json_is(day, JSON_ARRAY)) {
			wrong(r, "hours",
			      "hours are lists by mon, tue, wed, thu, fri, sat, sun and extra; '%.*s' is none.",
			      (int)(day->key.len > 40 ? 40 : day->key.len), day->key.at);
			return;
		}
		JSON_EACH (day, span)
			read_span(r, weekday_names[n], span, hours_named(k, n));
	}
	extra_hours(k);
	for (int n = 0; n < 7; n++)
		k->workdays.weekdays |= (uint8_t)((k->hours[n].count > 0) << n);
}

/* ---- days */

/* In any order, also several times; kept ascending and once. */
static size_t sort_days(int32_t *days, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = kept;
		int32_t day = days[i];
		while (at > 0 && days[at - 1] > day)
			at--;
		if (at > 0 && days[at - 1] == day)
			continue;
		memmove(&days[at + 1], &days[at], sizeof *days * (kept - at));
		days[at] = day;
		kept++;
	}
	return kept;
}

static struct days read_days(struct reading *r, const struct json *list, const char *field)
{
	struct days none = { 0 };
	size_t count = 0;

	if (list == NULL)
		return none;
	if (!json_is(list, JSON_ARRAY)) {
		wrong(r, field, "%s must be a list of days.", field);
		return none;
	}
	if (list->count > HOLIDAYS_MAX) {
		wrong(r, field, "%u %s are too many: %d at most.", list->count, field, HOLIDAYS_MAX);
		return none;
	}
	int32_t *days = ARENA_ARRAY(r->arena, int32_t, list->count + 1);
	JSON_EACH (list, v)
		if (!json_is(v, JSON_STRING) || !date_read(json_text(v), &days[count++]))
			wrong(r, field, "%s must be days as texts, as in [\"2026-01-01\"]; '%.*s' is none.",
			      field, S_ARG(shown(v)));
	return (struct days){ days, r->wrong->field == NULL ? sort_days(days, count) : 0 };
}

static void check_days(struct reading *r)
{
	const struct workdays *w = &r->k->workdays;
	struct buf text = { 0 };

	for (size_t i = 0; i < w->on.count && r->wrong->field == NULL; i++) {
		if (!days_have(w->off, w->on.at[i]))
			continue;
		date_text(&text, w->on.at[i]);
		wrong(r, "working_days", "%.*s is among both holidays and working_days.",
		      S_ARG(buf_str(&text)));
	}
	if (w->weekdays == 0 && w->on.count == 0)
		wrong(r, "hours", "The calendar is never open: give hours to a weekday.");
	if (w->on.count > 0 && r->k->extra.count == 0)
		wrong(r, "hours", "working_days have no hours: give hours to a weekday, or to `extra`.");
	buf_free(&text);
}

/* ---- the rest */

static void read_cut_off(struct reading *r, const struct json *v)
{
	struct calendar *k = r->k;
	struct str text = json_text(v);

	k->cut_off = CUT_OFF_CLOSE;
	if (v == NULL || str_is(text, "close"))
		return;
	if (str_is(text, "none")) {
		k->cut_off = CUT_OFF_NONE;
		return;
	}
	k->cut_off = CUT_OFF_FIXED;
	if (!read_minute(text, &k->cut_off_minute)) {
		wrong(
			r, "cut_off",
			"cut_off must be \"close\" (when the day closes), a time as \"17:30\", or \"none\" (a "
			"day ends at the time of day at which it began).");
		return;
	}
	for (int n = 0; n <= EXTRA; n++) {
		const struct hours *h = hours_named(k, n);
		if (h->count > 0 && k->cut_off_minute <= h->at[0].from)
			wrong(r, "cut_off", "cut_off must be later than %s opens.", weekday_names[n]);
	}
}

static void read_national(struct reading *r, const struct json *v)
{
	r->k->workdays.japan = str_is(json_text(v), "jp");
	if (v != NULL && !r->k->workdays.japan)
		wrong(r, "national_holidays",
		      "national_holidays is \"jp\"; days of other countries are put into holidays.");
}

static void check_members(struct reading *r, const struct json *body)
{
	static const char *const known[] = { "zone",     "hours",        "cut_off", "national_holidays",
		                                 "holidays", "working_days", NULL };

	JSON_EACH (body, m) {
		int n = 0;
		while (known[n] != NULL && !str_is(m->key, known[n]))
			n++;
		if (known[n] == NULL)
			wrong(r, arena_str(r->arena, m->key).at,
			      "A calendar has zone, hours, cut_off, national_holidays, holidays and "
			      "working_days; '%.*s' is not known.",
			      (int)(m->key.len > 40 ? 40 : m->key.len), m->key.at);
	}
}

struct calendar *calendar_of_json(struct arena *a, const struct json *body,
                                  struct calendar_wrong *why)
{
	struct reading r = { a, ARENA_NEW(a, struct calendar), why };
	const struct json *zone = json_get(body, "zone");

	*why = (struct calendar_wrong){ 0 };
	check_members(&r, body);
	r.k->zone = zone_utc();
	r.k->zone_name = zone == NULL ? S("UTC") : json_text(zone);
	if (!str_given(r.k->zone_name) || r.k->zone_name.len > ZONE_NAME_MAX)
		wrong(&r, "zone", "zone must be the name of a time zone, as in \"Asia/Tokyo\".");
	read_hours(&r, json_get(body, "hours"));
	read_national(&r, json_get(body, "national_holidays"));
	r.k->workdays.off = read_days(&r, json_get(body, "holidays"), "holidays");
	r.k->workdays.on = read_days(&r, json_get(body, "working_days"), "working_days");
	check_days(&r);
	read_cut_off(&r, json_get(body, "cut_off"));
	return why->field == NULL ? r.k : NULL;
}

struct calendar *calendar_of_text(struct arena *a, struct str body, struct str zone_bytes)
{
	struct calendar_wrong wrong;
	struct str why;
	const struct json *json = json_read(a, body, &why);
	struct calendar *k = json_is(json, JSON_OBJECT) ? calendar_of_json(a, json, &wrong) : NULL;

	if (k != NULL && str_given(zone_bytes))
		k->zone = zone_read(a, zone_bytes, &why);
	return k == NULL || k->zone == NULL ? NULL : k;
}

/* ---- out */

static void write_days(struct buf *b, const char *name, struct days days)
{
	json_write_name(b, name);
	buf_add_byte(b, '[');
	for (size_t i = 0; i < days.count; i++) {
		buf_add_text(b, i == 0 ? "\"" : ",\"");
		date_text(b, days.at[i]);
		buf_add_byte(b, '"');
	}
	buf_add_byte(b, ']');
}

/* As they were given, also days without any: so that a file and the server agree. */
static void write_hours(struct buf *b, const struct json *hours)
{
	json_write_name(b, "hours");
	buf_add_byte(b, '{');
	for (int n = 0; n <= EXTRA; n++) {
		const struct json *day = json_get(hours, weekday_names[written[n]]);
		if (day == NULL)
			continue;
		json_write_name(b, weekday_names[written[n]]);
		json_write(b, day);
	}
	buf_add_byte(b, '}');
}

struct str calendar_canonical(struct arena *a, const struct json *body, const struct calendar *k)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '{');
	json_write_member(&b, "zone", json_get_text(body, "zone"));
	if (json_get(body, "hours") != NULL)
		write_hours(&b, json_get(body, "hours"));
	json_write_member(&b, "cut_off", json_get_text(body, "cut_off"));
	json_write_member(&b, "national_holidays", json_get_text(body, "national_holidays"));
	write_days(&b, "holidays", k->workdays.off);
	if (json_get(body, "working_days") != NULL)
		write_days(&b, "working_days", k->workdays.on);
	buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}
