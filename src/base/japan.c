/* japan.c - the national holidays of Japan, by rule.
 *
 * J1  Only a national holiday by itself ("named" here) makes others: a substitute for it when it
 *     falls on a Sunday, a holiday of the day between two. Those make none in turn. */
#include "base/japan.h"

#include <stddef.h>

#include "base/date.h"

enum { MONDAY = 1 };

/* From this year to that one, on a date, or on the n-th Monday of a month. */
static const struct named {
	int16_t from, until;
	int8_t month, day, monday; /* monday 0: on `day` */
} named[] = {
	{ 1949, 2099, 1, 1, 0 },                             /* New Year */
	{ 1949, 1999, 1, 15, 0 },                            /* Coming of Age */
	{ 2000, 2099, 1, 0, 2 },   { 1967, 2099, 2, 11, 0 }, /* Foundation Day */
	{ 2020, 2099, 2, 23, 0 },                            /* Emperor's Birthday */
	{ 1949, 2099, 4, 29, 0 }, /* Emperor's Birthday, Greenery Day, Showa Day */
	{ 1949, 2099, 5, 3, 0 },  /* Constitution Day */
	{ 2007, 2099, 5, 4, 0 },  /* Greenery Day */
	{ 1949, 2099, 5, 5, 0 },  /* Children's Day */
	{ 1996, 2002, 7, 20, 0 }, /* Marine Day */
	{ 2003, 2019, 7, 0, 3 },   { 2020, 2020, 7, 23, 0 },  { 2021, 2021, 7, 22, 0 },
	{ 2022, 2099, 7, 0, 3 },   { 2016, 2019, 8, 11, 0 }, /* Mountain Day */
	{ 2020, 2020, 8, 10, 0 },  { 2021, 2021, 8, 8, 0 },   { 2022, 2099, 8, 11, 0 },
	{ 1966, 2002, 9, 15, 0 },                             /* Respect for the Aged */
	{ 2003, 2099, 9, 0, 3 },   { 1966, 1999, 10, 10, 0 }, /* Sports Day */
	{ 2000, 2019, 10, 0, 2 },  { 2020, 2020, 7, 24, 0 },  { 2021, 2021, 7, 23, 0 },
	{ 2022, 2099, 10, 0, 2 },  { 1948, 2099, 11, 3, 0 }, /* Culture Day */
	{ 1948, 2099, 11, 23, 0 },                           /* Labour Thanksgiving */
	{ 1989, 2018, 12, 23, 0 },                           /* Emperor's Birthday */
	{ 1959, 1959, 4, 10, 0 },                            /* weddings, funeral, enthronements */
	{ 1989, 1989, 2, 24, 0 },  { 1990, 1990, 11, 12, 0 }, { 1993, 1993, 6, 9, 0 },
	{ 2019, 2019, 5, 1, 0 },   { 2019, 2019, 10, 22, 0 },
};

/* The day of March or September, in millionths; another constant holds from 1980 on. */
static int equinox(int year, bool autumn)
{
	static const int64_t constants[2][2] = { { 20835700, 23258800 }, { 20843100, 23248800 } };
	bool late = year >= 1980;
	int64_t day = constants[late][autumn] + INT64_C(242194) * (year - 1980);

	/* Before 1983 the leap years are counted towards zero. */
	return (int)(day / 1000000) - (year - (late ? 1980 : 1983)) / 4;
}

static bool is_named(int32_t day)
{
	struct date d = date_of_day(day);

	if (d.month == 3 && d.year >= 1949)
		return d.day == equinox(d.year, false);
	if (d.month == 9 && d.day == equinox(d.year, true))
		return true;
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		const struct named *n = &named[i];
		if (d.month != n->month || d.year < n->from || d.year > n->until)
			continue;
		if (n->monday == 0 ? d.day == n->day
		                   : date_weekday(day) == MONDAY && (d.day + 6) / 7 == n->monday)
			return true;
	}
	return false;
}

/* A named holiday before it fell on a Sunday; until 2006 that was the day before, since then
 * the named ones in between are skipped. */
static bool is_substitute(int32_t day)
{
	int32_t since = date_to_day((struct date){ 1973, 4, 12 });
	int32_t skipping = date_to_day((struct date){ 2007, 1, 1 });

	for (int32_t before = day - 1; before >= since && is_named(before); before--) {
		if (date_weekday(before) == 0)
			return true;
		if (day < skipping)
			return false;
	}
	return false;
}

static bool is_between(int32_t day)
{
	if (day < date_to_day((struct date){ 1985, 12, 27 }))
		return false;
	if (date_weekday(day) == 0 && day < date_to_day((struct date){ 2007, 1, 1 }))
		return false;
	return is_named(day - 1) && is_named(day + 1);
}

bool japan_holiday(int32_t day)
{
	int year = date_of_day(day).year;

	if (year < JAPAN_YEAR_MIN || year > JAPAN_YEAR_MAX)
		return false;
	return is_named(day) || is_substitute(day) || is_between(day);
}
