/* zone_parts.h - what the files of base/zone share: how a zone lies in memory.
 *
 * Z1  `at` grows; `kind_of[i]` holds from at[i] to at[i + 1].
 * Z2  Before at[0] it is kind 0. From the last `at` on the rule decides, if there is one;
 *     without any `at` it decides always.
 * Z3  Every offset, also those of the rule, lies in offset_min .. offset_max, and these
 *     within a little more than a day. */
#ifndef RINGI_BASE_ZONE_PARTS_H
#define RINGI_BASE_ZONE_PARTS_H

#include "base/zone.h"

#define ZONE_OFFSET_MAX_S (26 * 3600 - 1) /* RFC 9636: less than 26 hours */

struct zone_kind {
	int32_t offset_s;
	bool dst;
	struct str abbreviation;
};

/* One of the two days a year on which clocks change: TZ of POSIX. */
struct zone_change {
	enum { ON_WEEKDAY, ON_DAY_WITHOUT_LEAP, ON_DAY } by;
	int month, week, day; /* ON_WEEKDAY: week 5 is the last; else `day` of the year */
	int32_t time_s;       /* after 00:00 of the clock that is left */
};
struct zone_rule {
	bool given, changes;
	struct zone_kind standard, summer;
	struct zone_change to_summer, to_standard;
};

struct zone {
	int64_t *at; /* seconds */
	uint8_t *kind_of;
	size_t count;
	struct zone_kind *kinds;
	struct zone_rule rule;
	int32_t offset_min, offset_max;
};

/* The footer of a TZif file; false when it is not one. Names live in the arena. */
bool zone_rule_read(struct arena *, struct str, struct zone_rule *);
/* `seconds` is the moment; from_ms and until_ms as in zone_at. */
struct zone_span zone_rule_at(const struct zone_rule *, int64_t seconds);

#endif
