/* cron_next.c - when an expression is due next.
 *
 * Months are looked at one after the other, at most as many as CRON_DAYS_AHEAD has: the
 * days of a month that fit are one word of bits. The time of the day is found in the sets
 * of hours and minutes. Only then the zone is asked, see "when the clocks change" in
 * cron.h. */
#include "base/cron.h"

#include "base/date.h"
#include "base/limits.h"
#include "base/time.h"

enum { DAY_MINUTES = 24 * 60 };

/* ---- which days of a month; bit n is the n-th */

struct month {
	int32_t first; /* day */
	int length;
	int weekday; /* of the first */
	const struct workdays *workdays;
};

static int weekday_of(const struct month *m, int n)
{
	return (m->weekday + n - 1) % 7;
}

static bool is_weekend(const struct month *m, int n)
{
	return weekday_of(m, n) == 0 || weekday_of(m, n) == 6;
}

static uint32_t bit(int n)
{
	return UINT32_C(1) << n;
}

static uint32_t business_days(const struct month *m)
{
	uint32_t set = 0;

	for (int n = 1; n <= m->length; n++)
		if (is_workday(m->workdays, m->first + n - 1))
			set |= bit(n);
	return set;
}

static uint32_t chosen_business_days(const struct cron *c, const struct month *m)
{
	uint32_t all = business_days(m), set = c->every_business ? all : 0;
	int count = __builtin_popcount(all), nth = 0;

	for (int n = 1; n <= m->length; n++) {
		if (!(all & bit(n)))
			continue;
		nth++;
		if ((c->business & bit(nth)) || (c->business_before_end & bit(count - nth)))
			set |= bit(n);
	}
	return set;
}

/* A Saturday goes to the Friday before it, a Sunday to the Monday after it, unless that
 * is in another month: then to the other side. */
static int nearest_weekday(const struct month *m, int n)
{
	if (weekday_of(m, n) == 6)
		return n > 1 ? n - 1 : n + 2;
	if (weekday_of(m, n) == 0)
		return n < m->length ? n + 1 : n - 2;
	return n;
}

static int last_weekday(const struct month *m)
{
	int n = m->length;

	while (is_weekend(m, n))
		n--;
	return n;
}

static uint32_t days_by_number(const struct cron *c, const struct month *m)
{
	uint32_t set = c->days;

	for (int n = 1; n <= m->length; n++) {
		if (c->before_last & bit(m->length - n))
			set |= bit(n);
		if (c->nearest & bit(n))
			set |= bit(nearest_weekday(m, n));
	}
	if (c->last_nearest)
		set |= bit(last_weekday(m));
	if (c->every_business || c->business != 0 || c->business_before_end != 0)
		set |= chosen_business_days(c, m);
	return set;
}

static uint32_t days_by_weekday(const struct cron *c, const struct month *m)
{
	uint32_t set = 0;

	for (int n = 1; n <= m->length; n++) {
		uint32_t weekday = bit(weekday_of(m, n));
		bool last = n + 7 > m->length;
		if ((c->weekdays & weekday) || (c->nth[(n + 6) / 7] & weekday) ||
		    (last && (c->last_of & weekday)))
			set |= bit(n);
	}
	return set;
}

static uint32_t days_of_month(const struct cron *c, const struct month *m)
{
	uint32_t all = (uint32_t)((UINT64_C(2) << m->length) - 2);
	uint32_t by_number = days_by_number(c, m), by_weekday = days_by_weekday(c, m);

	return all & (c->any_day || c->any_weekday ? by_number & by_weekday : by_number | by_weekday);
}

/* ---- local time */

/* The first minute of the day from this one on; DAY_MINUTES when there is none left. */
static int minute_from(const struct cron *c, int minute)
{
	for (int h = minute / 60; h < 24; h++, minute = 60 * h) {
		uint64_t left = c->minutes >> (minute % 60);
		if ((c->hours & bit(h)) && left != 0)
			return minute + __builtin_ctzll(left);
	}
	return DAY_MINUTES;
}

static int64_t minutes_of(int32_t day, int minute)
{
	return (int64_t)day * DAY_MINUTES + minute;
}

/* The first minute from `from` on and before `end`, both in minutes of local time since
 * 1970; NEVER when there is none. */
static int64_t next_minute(const struct cron *c, const struct workdays *workdays, int64_t from,
                           int64_t end)
{
	int32_t day = (int32_t)floor_div(from, DAY_MINUTES);
	int minute = (int)(from - minutes_of(day, 0));

	while (minutes_of(day, minute) < end) {
		struct date d = date_of_day(day);
		struct month m = { day - d.day + 1, date_month_length(d.year, d.month), 0, workdays };
		m.weekday = date_weekday(m.first);
		uint32_t days = c->months & bit(d.month) ? days_of_month(c, &m) : 0;
		for (int n = d.day; n <= m.length; n++, minute = 0) {
			int at = days & bit(n) ? minute_from(c, minute) : DAY_MINUTES;
			int64_t found = minutes_of(m.first + n - 1, at);
			if (at < DAY_MINUTES)
				return found < end ? found : NEVER;
		}
		day = m.first + m.length;
	}
	return NEVER;
}

/* ---- moments */

static int64_t minute_up(int64_t ms)
{
	return -floor_div(-ms, MINUTE_MS);
}

/* Each local time once, at the first moment at which it or a later one is shown. */
static int64_t next_time_of_day(const struct cron *c, const struct zone *z,
                                const struct workdays *w, int64_t after)
{
	int64_t from = minute_up(zone_shown(z, after) + 1);
	int64_t next = next_minute(c, w, from, from + (int64_t)CRON_DAYS_AHEAD * DAY_MINUTES);

	if (next == NEVER)
		return NEVER;
	int64_t utc = zone_first(z, next * MINUTE_MS);
	must(utc > after);
	return utc;
}

/* As the clock goes: one stretch without a change after the other. */
static int64_t next_of_rhythm(const struct cron *c, const struct zone *z, const struct workdays *w,
                              int64_t after)
{
	int64_t at = after + 1, end = after + CRON_DAYS_AHEAD * DAY_MS;

	while (at < end) {
		struct zone_span s = zone_at(z, at);
		int64_t offset = s.offset_s * SECOND_MS, stop = s.until_ms < end ? s.until_ms : end;
		int64_t next = next_minute(c, w, minute_up(at + offset), minute_up(stop + offset));
		if (next != NEVER)
			return next * MINUTE_MS - offset;
		at = stop;
	}
	return NEVER;
}

int64_t cron_next(const struct cron *c, const struct zone *z, const struct workdays *w,
                  int64_t after)
{
	must(after >= -ZONE_MS_MAX);
	if (after > ZONE_MS_MAX - (CRON_DAYS_AHEAD + 2) * DAY_MS)
		return NEVER;
	return c->rhythm ? next_of_rhythm(c, z, w, after) : next_time_of_day(c, z, w, after);
}
