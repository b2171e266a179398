/* zone_tool.c - asks base/zone and base/cron line by line: for the tests with other judges.
 *
 *     at ZONE UTC_MS           offset in seconds, 0 or 1 for summer time, abbreviation
 *     local ZONE LOCAL_MS      gap|once|twice, first and last moment
 *     next ZONE AFTER_MS HOLIDAYS EXPRESSION...     moment, or "never", or "wrong FIELD"
 *
 * One line of answer each. HOLIDAYS: dates with commas, ascending, or "-". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cron.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/time.h"
#include "os/zone.h"

enum { ZONES = 700 };

static struct {
	struct str name;
	const struct zone *zone;
} known[ZONES];
static size_t known_count;

static const struct zone *zone_named(struct arena *a, struct str name)
{
	struct str bytes, why;

	for (size_t i = 0; i < known_count; i++)
		if (str_eq(known[i].name, name))
			return known[i].zone;
	must(known_count < ZONES);
	must(os_zone_read(a, os_zone_folder(), name, &bytes, &why) == OK);
	const struct zone *z = str_given(bytes) ? zone_read(a, bytes, &why) : NULL;
	if (z == NULL) {
		fprintf(stderr, "%.*s: %.*s\n", S_ARG(name), S_ARG(why));
		return NULL;
	}
	known[known_count].name = arena_str(a, name);
	known[known_count++].zone = z;
	return z;
}

static int64_t number(struct str s)
{
	int64_t n;

	must(str_i64(s, INT64_MIN, INT64_MAX, &n));
	return n;
}

static void say_at(const struct zone *z, struct str rest)
{
	struct zone_span s = zone_at(z, number(rest));

	printf("%" PRId32 " %d %.*s\n", s.offset_s, s.dst, S_ARG(s.abbreviation));
}

static void say_local(const struct zone *z, struct str rest)
{
	static const char *const fits[] = { "gap", "once", "twice" };
	struct zone_moment m = zone_of_local(z, number(rest));

	printf("%s %" PRId64 " %" PRId64 "\n", fits[m.fit], m.first_ms, m.last_ms);
}

static void say_next(struct arena *a, const struct zone *z, struct str rest)
{
	int32_t days[HOLIDAYS_MAX];
	struct workdays workdays = { .weekdays = WORKDAYS_USUAL, .off = { days, 0 } };
	struct cron_wrong wrong;
	struct cron cron;
	int64_t after = number(str_cut(&rest, ' '));
	struct str dates = str_cut(&rest, ' ');

	while (str_given(dates) && date_read(str_cut(&dates, ','), &days[workdays.off.count]))
		workdays.off.count++;
	if (!cron_read(a, rest, &cron, &wrong)) {
		printf("wrong %.*s\n", S_ARG(wrong.field));
		return;
	}
	int64_t next = cron_next(&cron, z, &workdays, after);
	if (next == NEVER)
		printf("never\n");
	else
		printf("%" PRId64 "\n", next);
}

int main(void)
{
	struct arena *zones = arena_open(), *line_arena = arena_open();
	char line[64 * 1024];

	while (fgets(line, sizeof line, stdin) != NULL) {
		struct str rest = { line, strcspn(line, "\n") };
		struct str what = str_cut(&rest, ' ');
		const struct zone *z = zone_named(zones, str_cut(&rest, ' '));
		if (z == NULL)
			printf("unknown\n");
		else if (str_is(what, "at"))
			say_at(z, rest);
		else if (str_is(what, "local"))
			say_local(z, rest);
		else
			say_next(line_arena, z, rest);
		arena_reset(line_arena);
	}
	arena_close(line_arena);
	arena_close(zones);
	return 0;
}
