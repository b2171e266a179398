/* recipient.c - somebody who is told: language, zone, quiet hours, digests, channels.
 *
 * What they want is JSON, of which every member may be absent (preference.c checks it):
 *
 *     {"locale": "en",
 *      "channels": [{"channel": "chat", "address": "U123"}, {"channel": "mail"}],
 *      "kinds": {"approval.decided": "digest", "approval.commented": "off"},
 *      "digest": ["09:00", "17:00"],
 *      "quiet": {"from": "22:00", "to": "07:00", "days": ["SAT", "SUN"]}}
 *
 * All times of day are those of the person's zone, which the directory knows. */
#include "domain/notify/inside.h"

/* ---- read */

struct reading {
	struct arena *arena;
	struct recipient *to;
};

static const struct json *read_json(struct arena *a, struct str text)
{
	struct str why;

	return str_given(text) ? json_read(a, text, &why) : NULL;
}

static enum err take_person(void *context, const struct value *v, int count)
{
	struct reading *r = context;
	struct recipient *to = r->to;
	struct arena *a = r->arena;
	struct str why;

	must(count == 7);
	if (v[0].kind != VALUE_NULL)
		to->name = arena_str(a, v[0].bytes);
	to->email = arena_str(a, v[1].bytes);
	if (v[2].kind != VALUE_NULL)
		to->locale = arena_str(a, v[2].bytes);
	if (v[4].kind != VALUE_NULL)
		to->zone = zone_read(a, v[4].bytes, &why);
	to->attributes = read_json(a, v[5].bytes);
	to->wants = read_json(a, v[6].bytes);
	return to->zone == NULL ? ERR_CORRUPT : OK;
}

enum err recipient_read(struct store *store, struct arena *a, struct str person,
                        struct recipient *to)
{
	struct reading r = { a, to };

	*to = (struct recipient){ .id = arena_str(a, person),
		                      .name = arena_str(a, person),
		                      .locale = S("ja"),
		                      .zone = zone_utc() };
	TRY(store_run(store, STMT_NOTIFY_PERSON, VALUES(value_text(person)), take_person, &r));
	struct str said = json_get_text(to->wants, "locale");
	if (said.len > 0)
		to->locale = said;
	return OK;
}

struct str recipient_wants(const struct recipient *r, enum notify_kind kind)
{
	struct str said = json_get_text(json_get(r->wants, "kinds"), notify_kind_name(kind));

	return said.len > 0 ? said : S("now");
}

/* ---- times of day */

bool notify_time_of_day(struct str text, int64_t *ms)
{
	int64_t hours, minutes;

	if (text.len != 5 || text.at[2] != ':' || !str_i64((struct str){ text.at, 2 }, 0, 23, &hours) ||
	    !str_i64((struct str){ text.at + 3, 2 }, 0, 59, &minutes))
		return false;
	*ms = hours * HOUR_MS + minutes * MINUTE_MS;
	return true;
}

int notify_weekday(struct str name)
{
	static const char *const days[] = { "THU", "FRI", "SAT", "SUN", "MON", "TUE", "WED" };

	for (int i = 0; i < 7; i++)
		if (str_is(name, days[i]))
			return i; /* 1970 began with a Thursday */
	return -1;
}

static int64_t day_of(int64_t local)
{
	return local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
}

static bool quiet_day(const struct json *quiet, int64_t day)
{
	JSON_EACH (json_get(quiet, "days"), d)
		if (notify_weekday(json_text(d)) == (int)((day % 7 + 7) % 7))
			return true;
	return false;
}

/* The local time at which it is quiet no more; `local` itself when it is not quiet. */
static int64_t quiet_until(const struct json *quiet, int64_t local)
{
	int64_t day = day_of(local), at = local - day * DAY_MS, from, to;

	if (quiet_day(quiet, day))
		return (day + 1) * DAY_MS;
	if (!notify_time_of_day(json_get_text(quiet, "from"), &from) ||
	    !notify_time_of_day(json_get_text(quiet, "to"), &to) || from == to)
		return local;
	if (from < to)
		return at >= from && at < to ? day * DAY_MS + to : local;
	if (at >= from)
		return (day + 1) * DAY_MS + to;
	return at < to ? day * DAY_MS + to : local;
}

int64_t recipient_awake(const struct recipient *r, int64_t at)
{
	const struct json *quiet = json_get(r->wants, "quiet");
	enum { LOOKS = 20 }; /* a week of quiet days, with nights between them */

	for (int i = 0; i < LOOKS && quiet != NULL; i++) {
		int64_t local = zone_to_local(r->zone, at), until = quiet_until(quiet, local);
		if (until == local)
			return at;
		int64_t then = zone_first(r->zone, until);
		must(until > local);
		if (then <= at) /* the clocks were put back: it is quiet once more */
			return at;
		at = then;
	}
	return at;
}

/* The first of their times of day behind a local time. */
static int64_t next_digest(const struct json *times, int64_t local)
{
	int64_t best = NEVER, day = day_of(local);

	for (int64_t d = day; d <= day + 1; d++)
		JSON_EACH (times, t) {
			int64_t at;
			if (notify_time_of_day(json_text(t), &at) && d * DAY_MS + at > local &&
			    d * DAY_MS + at < best)
				best = d * DAY_MS + at;
		}
	return best;
}

int64_t recipient_digest(const struct recipient *r, int64_t at)
{
	const struct json *times = json_get(r->wants, "digest");
	int64_t local = zone_to_local(r->zone, at), next = next_digest(times, local);

	if (next == NEVER) {
		int64_t today = day_of(local) * DAY_MS + NOTIFY_DIGEST_AT_MS;
		next = today > local ? today : today + DAY_MS;
	}
	int64_t then = zone_first(r->zone, next);
	return recipient_awake(r, then > at ? then : at + HOUR_MS);
}
