/* date.c - days of the calendar.
 *
 * Years are counted from March here, so that the leap day is the last of its year and
 * the lengths of the months before it follow one formula. */
#include "base/date.h"

#include "base/limits.h"

enum {
	ERA_YEARS = 400, /* after which the calendar repeats */
	ERA_DAYS = 146097,
	FROM_MARCH_0000 = 719468, /* to 1970-01-01 */
};

int32_t date_to_day(struct date d)
{
	int64_t year = d.month <= 2 ? (int64_t)d.year - 1 : d.year;
	int64_t era = floor_div(year, ERA_YEARS);
	int64_t of_era = year - era * ERA_YEARS;
	int64_t of_year = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;

	return (int32_t)(era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	                 FROM_MARCH_0000);
}

struct date date_of_day(int32_t day)
{
	int64_t n = (int64_t)day + FROM_MARCH_0000;
	int64_t era = floor_div(n, ERA_DAYS);
	int64_t of_era = n - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) /
	               365; /* of the era */
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153; /* from March */
	struct date d = { .day = (int)(of_year - (153 * month + 2) / 5 + 1),
		              .month = (int)(month < 10 ? month + 3 : month - 9) };

	d.year = (int)(year + era * ERA_YEARS + (d.month <= 2));
	return d;
}

int32_t date_day_of_ms(int64_t ms)
{
	return (int32_t)floor_div(ms, DAY_MS);
}

int date_weekday(int32_t day)
{
	int64_t from_sunday = (int64_t)day + 4; /* 1970-01-01 was a Thursday */

	return (int)(from_sunday - 7 * floor_div(from_sunday, 7));
}

int date_month_length(int year, int month)
{
	static const int8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return lengths[month - 1] + (month == 2 && leap);
}

static bool number(struct str s, size_t at, size_t len, int low, int high, int *out)
{
	uint64_t n;

	if (!str_u64((struct str){ s.at + at, len }, (uint64_t)high, &n) || (int)n < low)
		return false;
	*out = (int)n;
	return true;
}

bool date_read(struct str s, int32_t *day)
{
	struct date d;

	if (s.len != 10 || s.at[4] != '-' || s.at[7] != '-')
		return false;
	if (!number(s, 0, 4, 1970, 9999, &d.year) || !number(s, 5, 2, 1, 12, &d.month) ||
	    !number(s, 8, 2, 1, date_month_length(d.year, d.month), &d.day))
		return false;
	*day = date_to_day(d);
	return true;
}

void date_text(struct buf *b, int32_t day)
{
	struct date d = date_of_day(day);

	buf_printf(b, "%04d-%02d-%02d", d.year, d.month, d.day);
}
