/* date.h - days of the calendar. Pure, without time zones.
 *
 * A day is a number: days since 1970-01-01, which is 0, in the Gregorian calendar (also
 * before it was in use). Weekdays are numbered as cron does: 0 Sunday ... 6 Saturday. */
#ifndef RINGI_BASE_DATE_H
#define RINGI_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct date {
	int year, month, day; /* month 1 to 12, day 1 to 31 */
};

int32_t date_to_day(struct date);
struct date date_of_day(int32_t day);
int32_t date_day_of_ms(int64_t ms); /* the day in which this moment is, UTC */
int date_weekday(int32_t day);
int date_month_length(int year, int month);

/* 2026-01-31 and nothing else; false also for days that do not exist. Years 1970 to 9999. */
bool date_read(struct str, int32_t *day);
void date_text(struct buf *, int32_t day);

/* Like '/' and '%', but towards minus infinity, so that days before 1970 come out right. */
static inline int64_t floor_div(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

#endif
