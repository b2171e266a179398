/* calendar_tool.c - asks base/japan, base/duration and domain/calendar line by line: for the
 * tests with other judges.
 *
 *     japan YEAR YEAR          national holidays from that year to that one, with commas
 *     calendar JSON            asked from here on: ok, or: wrong FIELD SENTENCE
 *     add AT DURATION          moment, or never, or: wrong - SENTENCE
 *     before AT DURATION       the same
 *     open AT                  1 or 0
 *     next AT                  moment, or never
 *     between AT AT            milliseconds
 *
 * One line of answer each. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/japan.h"
#include "domain/calendar/calendar.h"
#include "os/zone.h"

static int64_t number(struct str s)
{
	int64_t n;

	must(str_i64(s, INT64_MIN, INT64_MAX, &n));
	return n;
}

static void say_japan(struct str rest)
{
	int first = (int)number(str_cut(&rest, ' '));
	int32_t end = date_to_day((struct date){ (int)number(rest) + 1, 1, 1 });
	struct buf b = { 0 };

	for (int32_t day = date_to_day((struct date){ first, 1, 1 }); day < end; day++) {
		if (!japan_holiday(day))
			continue;
		if (b.len > 0)
			buf_add_byte(&b, ',');
		date_text(&b, day);
	}
	printf("%.*s\n", S_ARG(buf_str(&b)));
	buf_free(&b);
}

static const struct calendar *read_calendar(struct arena *a, struct str text)
{
	struct calendar_wrong wrong;
	struct str bytes, why;
	const struct json *json = json_read(a, text, &why);

	must(json != NULL);
	struct calendar *k = calendar_of_json(a, json, &wrong);
	if (k == NULL) {
		printf("wrong %s %.*s\n", wrong.field, S_ARG(wrong.why));
		return NULL;
	}
	if (!str_is(k->zone_name, "UTC")) {
		must(os_zone_read(a, os_zone_folder(), k->zone_name, &bytes, &why) == OK);
		k->zone = zone_read(a, bytes, &why);
		must(k->zone != NULL);
	}
	/* What is stored reads the same. */
	struct str canonical = calendar_canonical(a, json, k);
	const struct calendar *again = calendar_of_text(a, canonical, S_NONE);
	must(again != NULL && again->workdays.weekdays == k->workdays.weekdays);
	must(again->workdays.off.count == k->workdays.off.count && again->cut_off == k->cut_off);
	printf("ok %.*s\n", S_ARG(canonical));
	return k;
}

static void say_moment(int64_t at)
{
	if (at == NEVER)
		printf("never\n");
	else
		printf("%" PRId64 "\n", at);
}

static void say(struct arena *a, const struct calendar *k, struct str what, struct str rest)
{
	int64_t at = number(str_cut(&rest, ' '));
	struct duration d;
	struct str why;
	bool back = str_is(what, "before");

	if (str_is(what, "open"))
		printf("%d\n", business_open(k, at));
	else if (str_is(what, "next"))
		say_moment(business_next_open(k, at));
	else if (str_is(what, "between"))
		printf("%" PRId64 "\n", business_between(k, at, number(rest)));
	else if (!duration_read(a, rest, &d, &why))
		printf("wrong - %.*s\n", S_ARG(why));
	else
		say_moment(back ? business_before(k, at, &d) : business_add(k, at, &d));
}

int main(void)
{
	struct arena *calendar_arena = arena_open(), *line_arena = arena_open();
	const struct calendar *k = NULL;
	char line[64 * 1024];

	while (fgets(line, sizeof line, stdin) != NULL) {
		struct str rest = { line, strcspn(line, "\n") };
		struct str what = str_cut(&rest, ' ');
		if (str_is(what, "japan")) {
			say_japan(rest);
		} else if (str_is(what, "calendar")) {
			arena_reset(calendar_arena);
			k = read_calendar(calendar_arena, rest);
		} else {
			if (k == NULL)
				printf("wrong calendar\n");
			else
				say(line_arena, k, what, rest);
		}
		arena_reset(line_arena);
	}
	arena_close(line_arena);
	arena_close(calendar_arena);
	return 0;
}
