/* zone.c - from moments to local times and back. How a zone lies in memory: zone_parts.h. */
#include "base/zone.h"

#include "base/limits.h"
#include "base/time.h"
#include "base/date.h"
#include "base/zone_parts.h"

const struct zone *zone_utc(void)
{
	static const struct zone utc = {
		.rule = { .given = true, .standard = { .abbreviation = { "UTC", 3 } } },
	};

	return &utc;
}

const struct zone *zone_tokyo(void)
{
	static const struct zone tokyo = {
		.rule = { .given = true, .standard = { 9 * 3600, false, { "JST", 3 } } },
		.offset_min = 9 * 3600,
		.offset_max = 9 * 3600,
	};

	return &tokyo;
}

/* How many of the changes have happened; seconds ascend (Z1). */
static size_t changes_until(const struct zone *z, int64_t seconds)
{
	size_t low = 0, high = z->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->at[middle] <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct zone_span span_of_kind(const struct zone_kind *k, int64_t from_ms, int64_t until_ms)
{
	return (struct zone_span){ from_ms, until_ms, k->offset_s, k->dst, k->abbreviation };
}

struct zone_span zone_at(const struct zone *z, int64_t utc_ms)
{
	int64_t seconds = floor_div(utc_ms, SECOND_MS);
	size_t n = changes_until(z, seconds);

	must(utc_ms >= -ZONE_MS_MAX - 4 * DAY_MS && utc_ms <= ZONE_MS_MAX + 4 * DAY_MS);
	int64_t from = n == 0 ? INT64_MIN : z->at[n - 1] * SECOND_MS;
	if (n == z->count && z->rule.given) {
		struct zone_span s = zone_rule_at(&z->rule, seconds);
		if (s.from_ms < from)
			s.from_ms = from;
		return s;
	}
	int64_t until = n == z->count ? NEVER : z->at[n] * SECOND_MS;
	return span_of_kind(&z->kinds[n == 0 ? 0 : z->kind_of[n - 1]], from, until);
}

int64_t zone_to_local(const struct zone *z, int64_t utc_ms)
{
	return utc_ms + zone_at(z, utc_ms).offset_s * SECOND_MS;
}

/* A clock that is ahead of UTC by at most offset_max cannot have shown the time earlier
 * than the moment this starts at, so the stretches are few. */
int64_t zone_first(const struct zone *z, int64_t local_ms)
{
	int64_t at = local_ms - z->offset_max * SECOND_MS;

	for (;;) {
		struct zone_span s = zone_at(z, at);
		int64_t wanted = local_ms - s.offset_s * SECOND_MS;
		if (wanted < s.until_ms)
			return wanted > s.from_ms ? wanted : s.from_ms;
		at = s.until_ms;
	}
}

struct zone_moment zone_of_local(const struct zone *z, int64_t local_ms)
{
	struct zone_moment m = { .fit = ZONE_GAP };
	int64_t end = local_ms - z->offset_min * SECOND_MS;
	int64_t at = local_ms - z->offset_max * SECOND_MS;

	m.first_ms = m.last_ms = zone_first(z, local_ms);
	while (at <= end) {
		struct zone_span s = zone_at(z, at);
		int64_t wanted = local_ms - s.offset_s * SECOND_MS;
		if (wanted >= s.from_ms && wanted < s.until_ms) {
			m.fit = m.fit == ZONE_GAP ? ZONE_ONCE : ZONE_TWICE;
			m.last_ms = wanted;
		}
		at = s.until_ms;
	}
	return m;
}

int64_t zone_shown(const struct zone *z, int64_t utc_ms)
{
	int64_t at = utc_ms - (int64_t)(z->offset_max - z->offset_min) * SECOND_MS;
	int64_t latest = INT64_MIN;

	while (at <= utc_ms) {
		struct zone_span s = zone_at(z, at);
		int64_t end = s.until_ms - 1 < utc_ms ? s.until_ms - 1 : utc_ms;
		if (end + s.offset_s * SECOND_MS > latest)
			latest = end + s.offset_s * SECOND_MS;
		at = s.until_ms;
	}
	return latest;
}
