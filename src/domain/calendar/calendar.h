/* calendar.h - business calendars: when is work done, and when does something end that may take
 * three business days or four opening hours.
 *
 *     {"zone": "Asia/Tokyo", "hours": {"mon": ["09:00-12:00", "13:00-18:00"], ...},
 *      "cut_off": "17:30", "national_holidays": "jp",
 *      "holidays": ["2026-12-29"], "working_days": ["2026-12-26"]}
 *
 * C1  A calendar is immutable. A change makes a new version; who has reckoned with one keeps its
 *     name and version. The zone's data are stored with the version: another machine, or an
 *     update of its tz database, reckons the same.
 * C2  Hours are half-open, ascending and do not touch. Their edges are local times: one that the
 *     clocks skip is the moment after the gap, one that comes twice is the first.
 * C3  Built in are `jp` (Asia/Tokyo, Monday to Friday 9 to 18, Japanese holidays) and `always`
 *     (UTC, day and night). Both are version 0, until somebody puts one of that name.
 *
 * What durations mean (base/duration.h), the parts in this order:
 *
 *     years, months, weeks   by date (31 January + P1M: the last of February), then on to the
 *                            next workday, if that is none
 *     days                   workdays; the day on which it begins does not count
 *     hours and less         opening hours
 *
 * A part of the date ends at the cut-off of its day: the closing time, a fixed time, or (none)
 * the time of day at which it began, moved to the next opening. So P1D on `always` is 24 hours. */
#ifndef RINGI_DOMAIN_CALENDAR_CALENDAR_H
#define RINGI_DOMAIN_CALENDAR_CALENDAR_H

#include "base/duration.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/workdays.h"
#include "base/zone.h"
#include "domain/cmd.h"
#include "store/store.h"
#include "wire/json.h"

struct hours {
	int count;
	struct {
		int16_t from, until; /* minutes since 00:00; until is 24 * 60 at most */
	} at[CALENDAR_SPANS_MAX];
};

enum cut_off { CUT_OFF_CLOSE, CUT_OFF_FIXED, CUT_OFF_NONE };

struct calendar {
	struct str name, zone_name;
	int64_t version; /* 0: built in */
	const struct zone *zone;
	struct hours hours[7]; /* by weekday, 0 Sunday */
	struct hours extra;    /* of days that are worked on though their weekday has none */
	struct workdays workdays;
	enum cut_off cut_off;
	int cut_off_minute; /* CUT_OFF_FIXED: since 00:00, 24 * 60 at most */
};

/* ---- body.c: from and to JSON; pure */

struct calendar_wrong {
	const char *field;
	struct str why; /* in the arena */
};
/* NULL with what is wrong. Name, version and zone are left for the caller: `zone_name` is "UTC"
 * unless told, `zone` is UTC. */
struct calendar *calendar_of_json(struct arena *, const struct json *, struct calendar_wrong *);
/* One way to write each: days ascending and once, members in one order. */
struct str calendar_canonical(struct arena *, const struct json *, const struct calendar *);
/* As stored: body and the zone's bytes. NULL: they are none. */
struct calendar *calendar_of_text(struct arena *, struct str body, struct str zone_bytes);
bool calendar_name_valid(struct str); /* letters, digits and - _ . ; SCHEDULE_NAME_MAX at most */

/* ---- rows.c */

#define CALENDAR_IN_FORCE INT64_C(-1)
/* By name and version; *k is NULL when there is none. All of it lies in the arena. */
enum err calendar_read(struct store *, struct arena *, struct str name, int64_t version,
                       struct calendar **k) MUST_USE;
/* C3; NULL: no such name. */
struct calendar *calendar_built_in(struct arena *, struct str name);
/* The body that PUT would take for it; absent: no such name. */
struct str calendar_built_in_body(struct str name);

/* ---- business.c: reckoning; pure. Moments are UTC. */

/* NEVER: there is no such moment within CALENDAR_DAYS_AHEAD and CALENDAR_YEAR_MAX. */
int64_t business_add(const struct calendar *, int64_t from_ms, const struct duration *);
/* The other way, for reminders: so long before `at_ms`. Days count back to the same time of day,
 * or the next opening after it; opening hours count back. NEVER: nothing before 1970. */
int64_t business_before(const struct calendar *, int64_t at_ms, const struct duration *);
bool business_open(const struct calendar *, int64_t at_ms);
/* The moment itself when it is open; NEVER. */
int64_t business_next_open(const struct calendar *, int64_t at_ms);
/* Opening time in from <= t < until; 0 when there is none. */
int64_t business_between(const struct calendar *, int64_t from_ms, int64_t until_ms);

#endif
