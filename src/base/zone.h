/* zone.h - time zones: what clocks on the wall show when.
 *
 * A zone is read from the bytes of a TZif file (RFC 9636, versions 1 to 4), as the tz
 * database is installed on every system, and is immutable then. Pure: os/zone.h finds
 * the file of a name.
 *
 * Moments are milliseconds since 1970 in UTC. A local time is written the same way, as
 * the milliseconds since 1970-01-01 00:00 that such a clock shows; both lie within
 * ZONE_MS_MAX of 1970, which is beyond the year 200,000.
 *
 * A local time may not exist (clocks were put forward over it) or exist twice (they were
 * put back). That is told, never guessed: see zone_of_local. */
#ifndef RINGI_BASE_ZONE_H
#define RINGI_BASE_ZONE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define ZONE_MS_MAX INT64_C(8640000000000000)

struct zone;

/* NULL with a sentence in `why` when the bytes are no zone: cut off, of an unknown version,
 * inconsistent, above a bound, or with leap seconds (UTC here has none). The zone lives in
 * the arena and does not need the bytes any more. */
struct zone *zone_read(struct arena *, struct str bytes, struct str *why) MUST_USE;

/* UTC, for when there is no file to read. */
const struct zone *zone_utc(void);
/* Asia/Tokyo as it has been since 1952: nine hours ahead. */
const struct zone *zone_tokyo(void);

/* A stretch of time in which the clocks went evenly: from <= t < until. */
struct zone_span {
	int64_t from_ms;  /* INT64_MIN: since ever */
	int64_t until_ms; /* NEVER: for ever       */
	int32_t offset_s; /* local time - UTC      */
	bool dst;
	struct str abbreviation; /* CEST; lives as long as the zone */
};
struct zone_span zone_at(const struct zone *, int64_t utc_ms);
int64_t zone_to_local(const struct zone *, int64_t utc_ms);

/* When a local time is shown. */
enum zone_fit {
	ZONE_GAP,   /* never: first_ms and last_ms are the first moment after the gap */
	ZONE_ONCE,  /* at first_ms, which is last_ms */
	ZONE_TWICE, /* at first_ms, and again at last_ms */
};
struct zone_moment {
	enum zone_fit fit;
	int64_t first_ms, last_ms;
};
struct zone_moment zone_of_local(const struct zone *, int64_t local_ms);

/* The first moment at which a clock shows this local time or a later one. Never goes down
 * when the local time goes up. */
int64_t zone_first(const struct zone *, int64_t local_ms);
/* The latest local time that a clock has shown up to and at this moment: later than what it
 * shows now when it was put back a short while ago. */
int64_t zone_shown(const struct zone *, int64_t utc_ms);

#endif
