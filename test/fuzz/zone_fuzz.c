/* zone_fuzz.c - any bytes as a time zone, and any text as an expression asked in it.
 *
 * Input: expression, a line feed, TZif bytes. Nothing may crash; what is read must agree
 * with itself: moments lie in their stretch, the next time is later and found again. */
#include <stddef.h>
#include <stdint.h>

#include "base/cron.h"
#include "base/limits.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_zone(const struct zone *z, int64_t ms)
{
	struct zone_span s = zone_at(z, ms);
	int64_t local = zone_to_local(z, ms);
	struct zone_moment m = zone_of_local(z, local);

	must(s.from_ms <= ms && ms < s.until_ms);
	must(m.fit != ZONE_GAP && m.last_ms >= ms && m.first_ms <= ms);
	must(zone_first(z, local) <= ms && zone_shown(z, ms) >= local);
	must(zone_first(z, local + 1) >= zone_first(z, local));
}

static void ask_cron(const struct cron *c, const struct zone *z, int64_t after)
{
	static const int32_t days[] = { 0, 1, 11000, 20000, 20001, 20500 };
	struct workdays w = { .weekdays = WORKDAYS_USUAL, .off = { days, sizeof days / sizeof *days } };
	int64_t next = cron_next(c, z, &w, after);

	if (next == NEVER)
		return;
	must(next > after && cron_next(c, z, &w, next - 1) == next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = { -ZONE_MS_MAX, -1, 0, INT64_C(1795361852123), ZONE_MS_MAX };
	struct str bytes = { (const char *)data, size }, why;
	struct str text = str_cut(&bytes, '\n');
	struct arena *a = arena_open();
	const struct zone *z = zone_read(a, bytes, &why);
	struct cron_wrong wrong;
	struct cron c;

	must((z == NULL) == str_given(why));
	bool ok = cron_read(a, text, &c, &wrong);
	must(ok == !str_given(wrong.why) && ok == !str_given(wrong.field));
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		if (z != NULL)
			ask_zone(z, moments[i]);
		if (ok)
			ask_cron(&c, z == NULL ? zone_utc() : z, moments[i]);
	}
	arena_close(a);
	return 0;
}
