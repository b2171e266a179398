/* zone_rule.c - the rule that goes on after the last known change: TZ of POSIX.
 *
 *     CET-1CEST,M3.5.0,M10.5.0/3      <-03>3<-02>,M3.5.0/-2,M10.5.0/-1
 *
 * Signs are those of POSIX: positive is west of Greenwich. The two changes of a year may
 * fall into its neighbours (times of day go from -167 to 167 hours), and may coincide,
 * which is how a zone says that it keeps summer time all year: then the change to summer
 * counts. */
#include "base/date.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/zone_parts.h"

enum {
	NAME_MIN = 3, /* of an abbreviation, as in POSIX */
	RULE_HOURS_MAX = 167,
	YEARS_AROUND = 2,
	TURNS = 2 * (2 * YEARS_AROUND + 1),
};

/* ---- reading */

static bool eat(struct str *s, char c)
{
	if (s->len == 0 || s->at[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters, or between angle brackets also digits and signs. */
static bool read_name(struct arena *a, struct str *s, struct str *out)
{
	bool quoted = eat(s, '<');
	size_t n = 0;

	while (n < s->len && (is_letter(s->at[n]) ||
	                      (quoted && (is_digit(s->at[n]) || s->at[n] == '+' || s->at[n] == '-'))))
		n++;
	if (n < NAME_MIN || n > ZONE_ABBREVIATION_MAX)
		return false;
	*out = arena_str(a, (struct str){ s->at, n });
	*s = str_from(*s, n);
	return !quoted || eat(s, '>');
}

static bool read_number(struct str *s, int low, int high, int *out)
{
	size_t n = 0;
	uint64_t value;

	while (n < s->len && n < 4 && is_digit(s->at[n]))
		n++;
	if (!str_u64((struct str){ s->at, n }, (uint64_t)high, &value) || (int)value < low)
		return false;
	*out = (int)value;
	*s = str_from(*s, n);
	return true;
}

/* [+-]h[:m[:s]] */
static bool read_clock(struct str *s, int hours_max, int32_t *out)
{
	bool minus = eat(s, '-');
	int hours, minutes = 0, seconds = 0;

	if (!minus)
		eat(s, '+');
	if (!read_number(s, 0, hours_max, &hours))
		return false;
	if (eat(s, ':') && !read_number(s, 0, 59, &minutes))
		return false;
	if (eat(s, ':') && !read_number(s, 0, 59, &seconds))
		return false;
	*out = (hours * 3600 + minutes * 60 + seconds) * (minus ? -1 : 1);
	return true;
}

static bool read_change(struct str *s, struct zone_change *c)
{
	bool ok;

	c->time_s = 2 * 3600;
	if (!eat(s, ','))
		return false;
	if (eat(s, 'M')) {
		c->by = ON_WEEKDAY;
		ok = read_number(s, 1, 12, &c->month) && eat(s, '.') && read_number(s, 1, 5, &c->week) &&
		     eat(s, '.') && read_number(s, 0, 6, &c->day);
	} else {
		c->by = eat(s, 'J') ? ON_DAY_WITHOUT_LEAP : ON_DAY;
		ok = read_number(s, c->by == ON_DAY ? 0 : 1, 365, &c->day);
	}
	return ok && (!eat(s, '/') || read_clock(s, RULE_HOURS_MAX, &c->time_s));
}

bool zone_rule_read(struct arena *a, struct str s, struct zone_rule *r)
{
	int32_t west;

	*r = (struct zone_rule){ .given = true };
	if (!read_name(a, &s, &r->standard.abbreviation) || !read_clock(&s, 24, &west))
		return false;
	r->standard.offset_s = -west;
	if (s.len == 0)
		return true;
	r->changes = r->summer.dst = true;
	r->summer.offset_s = r->standard.offset_s + 3600;
	if (!read_name(a, &s, &r->summer.abbreviation))
		return false;
	if (s.len > 0 && s.at[0] != ',') {
		if (!read_clock(&s, 24, &west))
			return false;
		r->summer.offset_s = -west;
	}
	return read_change(&s, &r->to_summer) && read_change(&s, &r->to_standard) && s.len == 0;
}

/* ---- asking */

static int32_t day_of_change(const struct zone_change *c, int year)
{
	int32_t first = date_to_day((struct date){ year, c->by == ON_WEEKDAY ? c->month : 1, 1 });

	if (c->by == ON_DAY)
		return first + c->day;
	if (c->by == ON_DAY_WITHOUT_LEAP)
		return first + c->day - 1 + (date_month_length(year, 2) == 29 && c->day > 31 + 28);
	int day = (c->day - date_weekday(first) + 7) % 7 + (c->week - 1) * 7;
	while (day >= date_month_length(year, c->month))
		day -= 7;
	return first + day;
}

struct turn {
	int64_t at;
	bool to_summer;
};

static bool turn_before(struct turn a, struct turn b)
{
	return a.at < b.at || (a.at == b.at && !a.to_summer && b.to_summer);
}

static void turn_put(struct turn *turns, int *count, struct turn t)
{
	int i = (*count)++;

	for (; i > 0 && turn_before(t, turns[i - 1]); i--)
		turns[i] = turns[i - 1];
	turns[i] = t;
}

static int turns_around(const struct zone_rule *r, int year, struct turn turns[TURNS])
{
	int count = 0;

	for (int y = year - YEARS_AROUND; y <= year + YEARS_AROUND; y++) {
		int64_t summer = day_of_change(&r->to_summer, y) * (int64_t)86400 + r->to_summer.time_s;
		int64_t standard = day_of_change(&r->to_standard, y) * (int64_t)86400 +
		                   r->to_standard.time_s;
		turn_put(turns, &count, (struct turn){ summer - r->standard.offset_s, true });
		turn_put(turns, &count, (struct turn){ standard - r->summer.offset_s, false });
	}
	return count;
}

struct zone_span zone_rule_at(const struct zone_rule *r, int64_t seconds)
{
	const struct zone_kind *k = &r->standard;
	struct zone_span s = { INT64_MIN, NEVER, k->offset_s, k->dst, k->abbreviation };
	struct turn turns[TURNS];

	if (!r->changes)
		return s;
	/* Two years earlier and later, because a change strays from its year by some days. */
	int year = date_of_day((int32_t)floor_div(seconds, 86400)).year;
	int count = turns_around(r, year, turns), next = 0;
	while (next < count && turns[next].at <= seconds)
		next++;
	must(next > 0 && next < count);
	k = turns[next - 1].to_summer ? &r->summer : &r->standard;
	return (struct zone_span){ turns[next - 1].at * SECOND_MS, turns[next].at * SECOND_MS,
		                       k->offset_s, k->dst, k->abbreviation };
}
