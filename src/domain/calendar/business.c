/* business.c - reckoning with workdays and opening hours. What it means: calendar.h.
 *
 * Everything goes day by day through local dates; moments come out of the zone only for the
 * edges of opening hours. A look begins two dates early, because a clock that is put back over
 * midnight shows a date again. */
#include "base/date.h"
#include "domain/calendar/calendar.h"

enum { DATES_EARLY = 2 };

static int32_t last_day(void)
{
	return date_to_day((struct date){ CALENDAR_YEAR_MAX, 12, 31 });
}

/* ---- local times; most days lie in a stretch without any change of the clocks */

struct clock {
	const struct zone *zone;
	struct zone_span span; /* of the answer before; until_ms 0: none yet */
};

static int64_t moment(struct clock *c, int32_t day, int minute)
{
	int64_t local = day * DAY_MS + minute * MINUTE_MS;
	int64_t at = local - c->span.offset_s * SECOND_MS;

	/* Far enough behind the last change that no clock showed this time before it. */
	if (at < c->span.until_ms &&
	    (c->span.from_ms == INT64_MIN || at > c->span.from_ms + 3 * DAY_MS))
		return at;
	at = zone_first(c->zone, local);
	c->span = zone_at(c->zone, at);
	return at;
}

static int32_t date_at(const struct calendar *k, int64_t at_ms)
{
	return date_day_of_ms(zone_to_local(k->zone, at_ms));
}

static bool within(int64_t at_ms)
{
	return at_ms >= 0 && at_ms < (last_day() + 1) * DAY_MS;
}

/* ---- days */

static bool works(const struct calendar *k, int32_t day)
{
	return is_workday(&k->workdays, day);
}

static const struct hours *hours_of(const struct calendar *k, int32_t day)
{
	static const struct hours none;
	const struct hours *usual = &k->hours[date_weekday(day)];

	if (!works(k, day))
		return &none;
	return usual->count > 0 ? usual : &k->extra;
}

/* The first workday from this one on, or backwards (`step` -1); -1: none so near. */
static int32_t workday_from(const struct calendar *k, int32_t day, int step)
{
	for (int n = 0; n <= CALENDAR_DAYS_AHEAD && day >= 0 && day <= last_day(); n++, day += step)
		if (works(k, day))
			return day;
	return -1;
}

static int32_t months_from(int32_t day, int months)
{
	struct date d = date_of_day(day);
	int n = d.year * 12 + d.month - 1 + months;
	int length = date_month_length(n / 12, n % 12 + 1);

	return date_to_day((struct date){ n / 12, n % 12 + 1, d.day < length ? d.day : length });
}

static bool has_date(const struct duration *d)
{
	return d->years != 0 || d->months != 0 || d->weeks != 0 || d->days != 0;
}

/* The date on which the parts of the date end; -1: none so near. */
static int32_t end_date(const struct calendar *k, int32_t day, const struct duration *d, int step)
{
	int months = 12 * d->years + d->months;

	if (months != 0)
		day = months_from(day, step * months);
	day += step * 7 * d->weeks;
	if (months != 0 || d->weeks != 0)
		day = workday_from(k, day, step);
	for (int n = 0; n < d->days && day >= 0; n++)
		day = workday_from(k, day + step, step);
	return day;
}

/* ---- opening hours */

struct look {
	struct clock clock;
	const struct hours *hours;
	int32_t day;
	int next; /* of its hours */
};

static struct look look_at(const struct calendar *k, int64_t at_ms)
{
	int32_t day = date_at(k, at_ms) - DATES_EARLY;

	return (struct look){ .clock = { .zone = k->zone }, .hours = hours_of(k, day), .day = day };
}

/* The next opening hours, though nobody may ever notice them (a gap swallowed them). */
static void look_next(struct look *l, int64_t *from, int64_t *until)
{
	*from = moment(&l->clock, l->day, l->hours->at[l->next].from);
	*until = moment(&l->clock, l->day, l->hours->at[l->next].until);
	l->next++;
	must(*from <= *until);
}

/* Whether there are more; goes on to the next day that has some. */
static bool look_more(const struct calendar *k, struct look *l, int32_t end)
{
	while (l->next >= l->hours->count) {
		if (++l->day > end)
			return false;
		l->hours = hours_of(k, l->day);
		l->next = 0;
	}
	return true;
}

static int32_t end_of_looks(const struct calendar *k, int64_t at_ms)
{
	int32_t end = date_at(k, at_ms) + CALENDAR_DAYS_AHEAD;

	return end < last_day() ? end : last_day();
}

/* The first moment at which so much opening time has passed since. 0: the next opening. */
static int64_t open_after(const struct calendar *k, int64_t at_ms, int64_t wanted)
{
	struct look l = look_at(k, at_ms);
	int32_t end = end_of_looks(k, at_ms);
	int64_t from, until;

	while (look_more(k, &l, end)) {
		look_next(&l, &from, &until);
		if (from < at_ms)
			from = at_ms;
		if (until <= from)
			continue;
		if (until - from >= wanted)
			return from + wanted;
		wanted -= until - from;
	}
	return NEVER;
}

/* The last moment from which so much opening time remains until then. */
static int64_t open_before(const struct calendar *k, int64_t at_ms, int64_t wanted)
{
	struct clock clock = { .zone = k->zone };

	for (int32_t day = date_at(k, at_ms) + DATES_EARLY, first = day - CALENDAR_DAYS_AHEAD;
	     day >= 0 && day > first; day--) {
		const struct hours *h = hours_of(k, day);
		for (int i = h->count - 1; i >= 0; i--) {
			int64_t from = moment(&clock, day, h->at[i].from);
			int64_t until = moment(&clock, day, h->at[i].until);
			if (until > at_ms)
				until = at_ms;
			if (until - from >= wanted)
				return until - wanted;
			wanted -= until > from ? until - from : 0;
		}
	}
	return NEVER;
}

bool business_open(const struct calendar *k, int64_t at_ms)
{
	return within(at_ms) && business_next_open(k, at_ms) == at_ms;
}

int64_t business_next_open(const struct calendar *k, int64_t at_ms)
{
	return within(at_ms) ? open_after(k, at_ms, 0) : NEVER;
}

int64_t business_between(const struct calendar *k, int64_t from_ms, int64_t until_ms)
{
	int64_t sum = 0, from, until;

	if (!within(from_ms) || until_ms <= from_ms)
		return 0;
	struct look l = look_at(k, from_ms);
	int32_t end = date_at(k, until_ms) + 1;
	while (look_more(k, &l, end < last_day() ? end : last_day())) {
		look_next(&l, &from, &until);
		from = from < from_ms ? from_ms : from;
		until = until > until_ms ? until_ms : until;
		sum += until > from ? until - from : 0;
	}
	return sum;
}

/* ---- durations */

static int minute_of_close(const struct calendar *k, int32_t day)
{
	const struct hours *h = hours_of(k, day);

	must(h->count > 0); /* it is a workday */
	return h->at[h->count - 1].until;
}

/* When a day ends for something that began when clocks had shown `began`, a local time. */
static int64_t cut_off_of(const struct calendar *k, int32_t day, int64_t began)
{
	struct clock clock = { .zone = k->zone };

	if (k->cut_off == CUT_OFF_CLOSE)
		return moment(&clock, day, minute_of_close(k, day));
	if (k->cut_off == CUT_OFF_FIXED)
		return moment(&clock, day, k->cut_off_minute);
	int64_t time_of_day = began - date_day_of_ms(began) * DAY_MS;
	return open_after(k, zone_first(k->zone, day * DAY_MS + time_of_day), 0);
}

int64_t business_add(const struct calendar *k, int64_t from_ms, const struct duration *d)
{
	int64_t at = from_ms;

	if (!within(from_ms))
		return NEVER;
	if (has_date(d)) {
		/* The latest date so far, so that a clock that was put back over midnight cannot make
		 * a later date of one that was there before. */
		int64_t began = zone_shown(k->zone, from_ms);
		int32_t day = end_date(k, date_day_of_ms(began), d, 1);
		at = day < 0 ? NEVER : cut_off_of(k, day, began);
	}
	if (at != NEVER && d->ms > 0)
		at = open_after(k, at, d->ms);
	if (at == NEVER || !within(at))
		return NEVER;
	must(at > from_ms);
	return at;
}

int64_t business_before(const struct calendar *k, int64_t at_ms, const struct duration *d)
{
	int64_t at = at_ms;

	if (!within(at_ms))
		return NEVER;
	if (has_date(d)) {
		int64_t local = zone_to_local(k->zone, at_ms);
		int32_t day = end_date(k, date_day_of_ms(local), d, -1);
		if (day < 0)
			return NEVER;
		at = open_after(k,
		                zone_first(k->zone, day * DAY_MS + local - date_day_of_ms(local) * DAY_MS),
		                0);
	}
	if (at != NEVER && d->ms > 0)
		at = open_before(k, at, d->ms);
	return at == NEVER || !within(at) || at >= at_ms ? NEVER : at;
}
