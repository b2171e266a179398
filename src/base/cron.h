/* cron.h - expressions that say when something is due again and again.
 *
 *     minute hour day-of-month month day-of-week          30 9 LB * ?
 *
 *   field           numbers   also
 *   minute          0-59
 *   hour            0-23
 *   day-of-month    1-31      ?  L  L-3  LW  15W  B  5B  LB  L-2B
 *   month           1-12      JAN ... DEC
 *   day-of-week     0-7       ?  SUN ... SAT  FRI#2  5#2  FRIL  5L     (0 and 7: Sunday)
 *
 *   all fields      *   a-b   star/n  a-b/n  a/n (from a on)   lists with commas
 *   instead of all  @hourly @daily @midnight @weekly @monthly @yearly @annually
 *
 *   L     the last day of the month; L-3: three days before it
 *   15W   Monday to Friday that is nearest to the 15th, in the same month; LW: the last
 *   B     every business day: a workday (base/workdays.h)
 *   5B    the fifth business day of the month; LB: the last; L-2B: two before the last
 *   5#2   the second Friday of the month; 5L: the last Friday
 *
 * Which day: when both fields of the day are restricted, a day that satisfies one of them
 * is enough; when one of them begins with '*' or is '?', a day must satisfy both. That is
 * the rule of Vixie cron.
 *
 * When the clocks change: an expression in which neither minute nor hour begins with '*'
 * names times of the day. Each of them is due once, at the first moment at which a clock
 * shows it or a later time. So a time that is skipped is due right after the gap (several
 * skipped ones together: once), and one that comes twice is due the first time only.
 * All other expressions name a rhythm and follow the clock: what is skipped is not due,
 * what comes twice is due twice.
 *
 * Pure. An expression means the same for ever, given a zone and workdays. */
#ifndef RINGI_BASE_CRON_H
#define RINGI_BASE_CRON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/workdays.h"
#include "base/zone.h"

/* A set of small numbers is a word of bits. For cron.c and cron_next.c only. */
struct cron {
	uint64_t minutes;
	uint32_t hours, months, weekdays;
	uint32_t days;
	uint32_t before_last;                   /* bit n: L-n, bit 0: L   */
	uint32_t nearest;                       /* bit n: nW              */
	uint32_t business, business_before_end; /* bit n: nB; bit n: L-nB */
	uint32_t nth[6];                        /* [n]: weekdays of #n    */
	uint32_t last_of;                       /* weekdays of dL         */
	bool last_nearest, every_business;      /* LW; B                  */
	bool any_day, any_weekday;              /* begins with '*' or is '?' */
	bool rhythm;                            /* minute or hour begins with '*' */
};

/* What is wrong: the name of the field as above, or "cron" for the whole, and a sentence. */
struct cron_wrong {
	struct str field, why;
};

/* False with `wrong`, whose texts live in the arena, when it is not an expression. */
bool cron_read(struct arena *, struct str, struct cron *, struct cron_wrong *) MUST_USE;

/* The first moment after this one, in UTC, at which it is due; NEVER when there is none
 * within CRON_DAYS_AHEAD (there is no 30 February) or beyond ZONE_MS_MAX. */
int64_t cron_next(const struct cron *, const struct zone *, const struct workdays *,
                  int64_t after_utc_ms);

#endif
