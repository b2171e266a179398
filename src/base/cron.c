/* cron.c - an expression becomes sets of numbers. What it means: cron.h. */
#include "base/cron.h"

#include "base/limits.h"

enum {
	LAST_SUB_MAX = 30, /* L-30 is the first of a month with 31 days */
	BUSINESS_MAX = 23, /* Mondays to Fridays in a month, at most    */
	WEEKS_MAX = 5,
};

struct field {
	const char *name;
	int low, high;
	const char *names; /* of three letters each, from `low` on, or NULL */
	const char *range; /* for people */
};

static const struct field minute = { "minute", 0, 59, NULL, "0 to 59" };
static const struct field hour = { "hour", 0, 23, NULL, "0 to 23" };
static const struct field day_of_month = { "day-of-month", 1, 31, NULL,
	                                       "1 to 31, or ?, L, L-3, LW, 15W, B, 5B, LB, L-2B" };
static const struct field month = { "month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC",
	                                "1 to 12 or JAN to DEC" };
static const struct field day_of_week = { "day-of-week", 0, 7, "SUNMONTUEWEDTHUFRISAT",
	                                      "0 to 7 or SUN to SAT, or ?, FRI#2, FRIL" };

struct reading {
	struct arena *arena;
	struct cron *cron;
	struct cron_wrong *wrong;
	const struct field *field;
};

static bool refused(struct reading *r, struct str value, const char *why)
{
	r->wrong->field = arena_str(r->arena, str_of(r->field->name));
	r->wrong->why = arena_printf(r->arena, "%s '%.*s' of the cron expression: %s (allowed are %s).",
	                             r->field->name, S_ARG(value), why, r->field->range);
	return false;
}

static bool refused_whole(struct reading *r, struct str why)
{
	*r->wrong = (struct cron_wrong){ S("cron"), why };
	return false;
}

/* ---- values of a field */

static bool is_letter(struct str s, size_t at, char upper)
{
	return at < s.len && (s.at[at] & ~0x20) == upper;
}

static bool name_value(const struct field *f, struct str s, int *out)
{
	if (f->names == NULL || s.len != 3)
		return false;
	for (int i = 0; f->names[3 * i] != '\0'; i++)
		if (str_eq_nocase(s, (struct str){ f->names + 3 * i, 3 })) {
			*out = f->low + i;
			return true;
		}
	return false;
}

static bool number_value(struct str s, int low, int high, int *out)
{
	uint64_t n;

	if (s.len > 3 || !str_u64(s, (uint64_t)high, &n) || (int)n < low)
		return false;
	*out = (int)n;
	return true;
}

static bool value(struct reading *r, struct str s, int *out)
{
	return name_value(r->field, s, out) || number_value(s, r->field->low, r->field->high, out);
}

static uint64_t bit(int n)
{
	return UINT64_C(1) << n;
}

/* ---- items of a list: star, a, a-b, each with or without a step */

static bool range_ends(struct reading *r, struct str s, int *low, int *high)
{
	struct str end = s;
	struct str begin = str_cut(&end, '-');

	if (!value(r, begin, low))
		return refused(r, s, "is not a value of this field");
	*high = *low;
	if (!str_given(end))
		return true;
	if (!value(r, end, high))
		return refused(r, s, "does not end with a value of this field");
	if (r->field == &day_of_week && *high == 0 && *low > 0)
		*high = 7; /* FRI-SUN */
	if (*high < *low)
		return refused(r, s, "runs backwards, write it as a list of two");
	return true;
}

static bool plain_item(struct reading *r, struct str item, uint64_t *set)
{
	struct str step_text = item;
	struct str range = str_cut(&step_text, '/');
	int low = r->field->low, high = r->field == &day_of_week ? 6 : r->field->high, step = 1;
	int last = high;

	if (!str_is(range, "*") && !range_ends(r, range, &low, &high))
		return false;
	if (str_given(step_text)) {
		if (!number_value(step_text, 1, r->field->high, &step))
			return refused(r, item, "does not have a number as its step");
		if (memchr(range.at, '-', range.len) == NULL && high < last)
			high = last; /* 5/15: from 5 on */
	}
	for (int n = low; n <= high; n += step)
		*set |= bit(r->field == &day_of_week ? n % 7 : n);
	return true;
}

/* ---- what only the days know */

/* L, L-3, LW, LB, L-2B; `s` is what is behind the L. */
static bool last_item(struct reading *r, struct str item, struct str s)
{
	bool business = is_letter(s, s.len - 1, 'B');
	int n = 0;

	if (s.len == 1 && is_letter(s, 0, 'W'))
		return r->cron->last_nearest = true;
	if (business)
		s.len--;
	int most = business ? BUSINESS_MAX - 1 : LAST_SUB_MAX;
	if (s.len > 0 && (s.at[0] != '-' || !number_value(str_from(s, 1), 1, most, &n)))
		return refused(r, item,
		               business ? "after L there is -1 to -22 before the B"
		                        : "after L there is W, B, or -1 to -30");
	if (business)
		r->cron->business_before_end |= (uint32_t)bit(n);
	else
		r->cron->before_last |= (uint32_t)bit(n);
	return true;
}

static bool month_day_item(struct reading *r, struct str item, uint64_t *set)
{
	struct str number = { item.at, item.len == 0 ? 0 : item.len - 1 };
	int n;

	if (is_letter(item, 0, 'L'))
		return last_item(r, item, str_from(item, 1));
	if (item.len == 1 && is_letter(item, 0, 'B'))
		return r->cron->every_business = true;
	if (is_letter(item, number.len, 'B')) {
		if (!number_value(number, 1, BUSINESS_MAX, &n))
			return refused(r, item, "before B there is 1 to 23");
		r->cron->business |= (uint32_t)bit(n);
		return true;
	}
	if (is_letter(item, number.len, 'W')) {
		if (!number_value(number, 1, 31, &n))
			return refused(r, item, "before W there is 1 to 31");
		r->cron->nearest |= (uint32_t)bit(n);
		return true;
	}
	return plain_item(r, item, set);
}

static bool weekday_item(struct reading *r, struct str item, uint64_t *set)
{
	struct str nth = item;
	struct str weekday = str_cut(&nth, '#');
	int d, n;

	if (str_given(nth)) {
		if (!value(r, weekday, &d) || !number_value(nth, 1, WEEKS_MAX, &n))
			return refused(r, item, "# stands between a weekday and 1 to 5");
		r->cron->nth[n] |= (uint32_t)bit(d % 7);
		return true;
	}
	if (!is_letter(item, item.len - 1, 'L'))
		return plain_item(r, item, set);
	if (!value(r, (struct str){ item.at, item.len - 1 }, &d))
		return refused(r, item, "before L there is a weekday, as in FRIL");
	r->cron->last_of |= (uint32_t)bit(d % 7);
	return true;
}

/* ---- fields */

static bool one_item(struct reading *r, struct str item, uint64_t *set)
{
	if (item.len == 0)
		return refused(r, item, "is empty");
	if (r->field == &day_of_month)
		return month_day_item(r, item, set);
	if (r->field == &day_of_week)
		return weekday_item(r, item, set);
	return plain_item(r, item, set);
}

static bool read_field(struct reading *r, const struct field *f, struct str text, uint64_t *set)
{
	struct str rest = text;
	int count = 0;

	r->field = f;
	*set = 0;
	if (str_is(text, "?") && (f == &day_of_month || f == &day_of_week))
		text = rest = S("*");
	while (str_given(rest)) {
		if (++count > CRON_LIST_MAX)
			return refused(r, text, "has too many values");
		if (!one_item(r, str_cut(&rest, ','), set))
			return false;
	}
	return true;
}

static bool is_open(struct str field)
{
	return field.at[0] == '*' || field.at[0] == '?';
}

static bool read_fields(struct reading *r, const struct str f[5])
{
	struct cron *c = r->cron;
	uint64_t hours, days, months, weekdays;

	if (!read_field(r, &minute, f[0], &c->minutes) || !read_field(r, &hour, f[1], &hours) ||
	    !read_field(r, &day_of_month, f[2], &days) || !read_field(r, &month, f[3], &months) ||
	    !read_field(r, &day_of_week, f[4], &weekdays))
		return false;
	c->hours = (uint32_t)hours;
	c->days = (uint32_t)days;
	c->months = (uint32_t)months;
	c->weekdays = (uint32_t)weekdays;
	c->rhythm = is_open(f[0]) || is_open(f[1]);
	c->any_day = is_open(f[2]);
	c->any_weekday = is_open(f[4]);
	return true;
}

/* ---- the whole */

static struct str macro(struct str s)
{
	static const struct {
		const char *name, *text;
	} macros[] = {
		{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
		{ "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" },
	};

	for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
		if (str_eq_nocase(s, str_of(macros[i].name)))
			return str_of(macros[i].text);
	return s;
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.at[i] < ' ' || s.at[i] > '~') && s.at[i] != '\t')
			return false;
	return true;
}

/* Up to `max` words between blanks; more are counted, not kept. */
static int words(struct str s, struct str *to, int max)
{
	int count = 0;

	for (size_t i = 0; i < s.len;) {
		size_t from = i;
		while (i < s.len && s.at[i] != ' ' && s.at[i] != '\t')
			i++;
		if (i > from && count++ < max)
			to[count - 1] = (struct str){ s.at + from, i - from };
		i++;
	}
	return count;
}

bool cron_read(struct arena *a, struct str text, struct cron *c, struct cron_wrong *w)
{
	struct reading r = { .arena = a, .cron = c, .wrong = w };
	struct str fields[5];

	*c = (struct cron){ 0 };
	*w = (struct cron_wrong){ 0 };
	if (text.len > CRON_TEXT_MAX)
		return refused_whole(&r, arena_printf(a, "The cron expression is longer than %d bytes.",
		                                      CRON_TEXT_MAX));
	if (!is_printable(text))
		return refused_whole(&r, S("The cron expression has characters other than ASCII."));
	text = macro(str_trim(text));
	if (text.len > 0 && text.at[0] == '@')
		return refused_whole(&r, arena_printf(a,
		                                      "There is no '%.*s': it is @hourly, @daily, @weekly, "
		                                      "@monthly or @yearly.",
		                                      S_ARG(text)));
	int count = words(text, fields, 5);
	if (count != 5)
		return refused_whole(&r,
		                     arena_printf(a,
		                                  "The cron expression has %d fields, not the five minute, "
		                                  "hour, day-of-month, month, day-of-week.",
		                                  count));
	return read_fields(&r, fields);
}
