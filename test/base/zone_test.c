/* zone_test.c - time zones: real ones from the system, hand-made bytes, and bytes that are
 * none. Whether all zones of the world are read right, zones.test.mjs asks ICU. */
#include "base/date.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/zone.h"
#include "check.h"
#include "os/zone.h"

static struct arena *arena;

static int open_arena(void **state)
{
	(void)state;
	arena = arena_open();
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena = arena_close(arena);
	return 0;
}

static const struct zone *zone_named(const char *name)
{
	struct str bytes, why;

	assert_int_equal(os_zone_read(arena, OS_ZONE_FOLDER, str_of(name), &bytes, &why), OK);
	const struct zone *z = zone_read(arena, bytes, &why);
	assert_non_null(z);
	return z;
}

static int64_t moment(int year, int month, int day, int hour, int minute)
{
	return date_to_day((struct date){ year, month, day }) * DAY_MS + hour * HOUR_MS +
	       minute * MINUTE_MS;
}

/* ---- days */

static void days_of_all_years_are_counted_one_after_the_other(void **state)
{
	struct date d = { 1, 1, 1 };

	(void)state;
	for (int32_t day = date_to_day(d); d.year < 2500; day++) {
		struct date back = date_of_day(day);
		assert_int_equal(date_to_day(d), day);
		assert_true(back.year == d.year && back.month == d.month && back.day == d.day);
		if (++d.day > date_month_length(d.year, d.month)) {
			d.day = 1;
			d.year += d.month == 12;
			d.month = d.month % 12 + 1;
		}
	}
	assert_int_equal(date_to_day((struct date){ 1970, 1, 1 }), 0);
	assert_int_equal(date_weekday(0), 4);
	assert_int_equal(date_weekday(-5), 6);
	assert_int_equal(date_day_of_ms(-1), -1);
}

static void only_days_that_exist_are_read(void **state)
{
	static const char *const bad[] = { "",           "2026-1-1",   "2026-02-29",  "2026-13-01",
		                               "2026-00-01", "2026-01-00", "2026-04-31",  "1969-12-31",
		                               "20260101",   "2026/01/01", "2026-01-01 ", "+026-01-01" };
	struct buf b = { 0 };
	int32_t day;

	(void)state;
	assert_true(date_read(S("2028-02-29"), &day));
	date_text(&b, day);
	check_text(buf_str(&b), "2028-02-29");
	buf_free(&b);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(date_read(str_of(bad[i]), &day));
}

/* ---- real zones */

static void berlin_has_summer_time(void **state)
{
	const struct zone *z = zone_named("Europe/Berlin");
	struct zone_span s = zone_at(z, moment(2026, 7, 1, 12, 0));

	(void)state;
	assert_int_equal(s.offset_s, 7200);
	assert_true(s.dst);
	check_text(s.abbreviation, "CEST");
	assert_true(s.from_ms == moment(2026, 3, 29, 1, 0));
	assert_true(s.until_ms == moment(2026, 10, 25, 1, 0));
	s = zone_at(z, s.until_ms);
	assert_int_equal(s.offset_s, 3600);
	assert_false(s.dst);
	/* Far beyond the table, and before it. */
	assert_int_equal(zone_at(z, moment(2400, 7, 1, 0, 0)).offset_s, 7200);
	assert_int_equal(zone_at(z, moment(1800, 7, 1, 0, 0)).offset_s, 3208);
	assert_true(zone_at(z, moment(1800, 7, 1, 0, 0)).from_ms == INT64_MIN);
	assert_int_equal(zone_at(z, ZONE_MS_MAX).offset_s, 7200);
	assert_int_equal(zone_at(z, -ZONE_MS_MAX).offset_s, 3208);
}

static void b11_local_times_in_gaps_and_overlaps_are_told_apart(void **state)
{
	static const struct {
		const char *zone;
		int month, day, hour, minute;
		enum zone_fit fit;
		int first, last; /* minutes of UTC of 2026-01-01 + (month, day) */
	} cases[] = {
		{ "Europe/Berlin", 3, 29, 2, 30, ZONE_GAP, 60, 60 },
		{ "Europe/Berlin", 3, 29, 1, 59, ZONE_ONCE, 59, 59 },
		{ "Europe/Berlin", 3, 29, 3, 0, ZONE_ONCE, 60, 60 },
		{ "Europe/Berlin", 10, 25, 2, 30, ZONE_TWICE, 30, 90 },
		{ "Europe/Berlin", 10, 25, 3, 0, ZONE_ONCE, 120, 120 },
		{ "Australia/Lord_Howe", 10, 4, 2, 15, ZONE_GAP, -510, -510 },
		{ "Australia/Lord_Howe", 4, 5, 1, 45, ZONE_TWICE, -555, -525 },
		{ "America/New_York", 3, 8, 2, 0, ZONE_GAP, 420, 420 },
		{ "Asia/Tokyo", 3, 8, 2, 0, ZONE_ONCE, -420, -420 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t day = moment(2026, cases[i].month, cases[i].day, 0, 0);
		struct zone_moment m = zone_of_local(zone_named(cases[i].zone),
		                                     day + cases[i].hour * HOUR_MS +
		                                         cases[i].minute * MINUTE_MS);
		assert_int_equal(m.fit, cases[i].fit);
		assert_int_equal((m.first_ms - day) / MINUTE_MS, cases[i].first);
		assert_int_equal((m.last_ms - day) / MINUTE_MS, cases[i].last);
	}
}

static void a_whole_day_may_not_exist(void **state)
{
	const struct zone *z = zone_named("Pacific/Apia"); /* went over the date line */
	struct zone_moment m = zone_of_local(z, moment(2011, 12, 30, 9, 0));

	(void)state;
	assert_int_equal(m.fit, ZONE_GAP);
	assert_true(m.first_ms == moment(2011, 12, 30, 10, 0));
	assert_true(zone_to_local(z, m.first_ms) == moment(2011, 12, 31, 0, 0));
}

static void a_clock_that_was_put_back_has_shown_more(void **state)
{
	const struct zone *z = zone_named("Europe/Berlin");
	int64_t back = moment(2026, 10, 25, 1, 0);

	(void)state;
	assert_true(zone_shown(z, back + 10 * MINUTE_MS) == moment(2026, 10, 25, 3, 0) - 1);
	assert_true(zone_shown(z, back + 70 * MINUTE_MS) == moment(2026, 10, 25, 3, 10));
	assert_true(zone_first(z, moment(2026, 10, 25, 2, 10)) == back - 50 * MINUTE_MS);
}

static void utc_needs_no_file(void **state)
{
	struct zone_span s = zone_at(zone_utc(), moment(2026, 7, 1, 0, 0));

	(void)state;
	assert_int_equal(s.offset_s, 0);
	check_text(s.abbreviation, "UTC");
	assert_true(s.until_ms == NEVER);
	assert_int_equal(zone_of_local(zone_utc(), 7).fit, ZONE_ONCE);
	assert_true(zone_first(zone_utc(), -7) == -7);
}

/* ---- hand-made bytes */

static void add_number(struct buf *b, int64_t n, int bytes)
{
	for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
		buf_add_byte(b, (char)(n >> shift));
}

struct made {
	char version;
	int times[3], count;
	int offset, kind, leaps, chars;
	const char *footer;
};

static void add_block(struct buf *b, const struct made *m, int size)
{
	buf_add(b, S("TZif"));
	buf_add_byte(b, m->version);
	for (int i = 0; i < 15; i++)
		buf_add_byte(b, '\0');
	const int counts[] = { 0, 0, m->leaps, m->count, 2, m->chars };
	for (int i = 0; i < 6; i++)
		add_number(b, counts[i], 4);
	for (int i = 0; i < m->count && i < 3; i++)
		add_number(b, m->times[i], size);
	for (int i = 0; i < m->count && i < 3; i++)
		buf_add_byte(b, (char)m->kind);
	add_number(b, 0, 6);
	add_number(b, m->offset, 4);
	buf_add(b, S("\1\4"));
	buf_add(b, (struct str){ "UTC\0ABC\0", 8 });
}

/* Version 2 and up: the old block is the same here, with times of four bytes. */
static struct str made(struct buf *b, struct made m)
{
	if (m.chars == 0)
		m.chars = 8;
	buf_clear(b);
	add_block(b, &m, 4);
	if (m.version != '\0') {
		add_block(b, &m, 8);
		buf_add_text(b, m.footer);
	}
	return buf_str(b);
}

static const struct made good = { .version = '2',
	                              .times = { 100, 200 },
	                              .count = 2,
	                              .offset = 3600,
	                              .kind = 1,
	                              .footer = "\n\n" };

static void a_table_without_a_rule_stays_as_it_ended(void **state)
{
	struct buf b = { 0 };
	struct made old = good;
	struct str why;

	(void)state;
	for (int version = 0; version < 2; version++) {
		old.version = version == 0 ? '\0' : '2';
		const struct zone *z = zone_read(arena, made(&b, old), &why);
		assert_non_null(z);
		check_text(zone_at(z, 99999).abbreviation, "UTC");
		check_text(zone_at(z, 100000).abbreviation, "ABC");
		assert_true(zone_at(z, 100000).until_ms == 200000);
		assert_true(zone_at(z, 200000).until_ms == NEVER);
	}
	buf_free(&b);
}

static int32_t offset_by_rule(const char *rule, int64_t ms)
{
	struct buf b = { 0 }, footer = { 0 };
	struct made m = good;
	struct str why;

	buf_printf(&footer, "\n%s\n", rule);
	buf_add_byte(&footer, '\0');
	m.footer = footer.at;
	const struct zone *z = zone_read(arena, made(&b, m), &why);
	if (z == NULL)
		print_error("%s: %.*s\n", rule, S_ARG(why));
	assert_non_null(z);
	buf_free(&b);
	buf_free(&footer);
	return zone_at(z, ms).offset_s;
}

static void rules_of_posix_are_followed(void **state)
{
	static const struct {
		const char *rule;
		int month, day, hour, offset;
	} cases[] = {
		{ "UTC0", 7, 1, 0, 0 },
		{ "<+0530>-5:30", 7, 1, 0, 19800 },
		{ "EST5EDT,M3.2.0,M11.1.0", 7, 1, 0, -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", 12, 1, 0, -18000 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 7, 1, 0, 3600 }, /* summer time in winter */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 12, 1, 0, 0 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 3, 29, 0, -10800 },
		{ "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 3, 29, 1, -7200 },
		{ "EST5EDT4,0/0,J365/25", 1, 1, 5, -14400 }, /* summer time all year */
		{ "EST5EDT4,0/0,J365/25", 12, 31, 23, -14400 },
		{ "XXT1YYT,J60/0,300", 2, 28, 23, -3600 },
		{ "XXT1YYT,J60/0,300", 3, 1, 1, 0 },
		{ "AAA-12BBB-13,M1.1.1/-160,M7.1.1/167", 12, 31, 0, 46800 }, /* of the next year */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(offset_by_rule(cases[i].rule, moment(2026, cases[i].month, cases[i].day,
		                                                      cases[i].hour, 0)),
		                 cases[i].offset);
	/* J60 is 1 March also in a leap year, 59 is 29 February then. */
	assert_int_equal(offset_by_rule("XXT0YYT,J60/0,300", moment(2028, 2, 29, 12, 0)), 0);
	assert_int_equal(offset_by_rule("XXT0YYT,59/0,300", moment(2028, 2, 29, 12, 0)), 3600);
}

static void bytes_that_are_no_zone_are_refused_with_a_reason(void **state)
{
	static const char *const footers[] = {
		"",
		"\n",
		"UTC0\n",
		"\nUTC0",
		"\nUTC\n",
		"\nUT0\n",
		"\nUTC25\n",
		"\nUTC0\n\n",
		"\nABCDEFGHIJKLMNOP0\n",
		"\n<UTC0\n",
		"\nUTC0ABC\n",
		"\nUTC0ABC,M13.1.0,M1.1.0\n",
		"\nUTC0ABC,M1.6.0,M1.1.0\n",
		"\nUTC0ABC,M1.1.7,M1.1.0\n",
		"\nUTC0ABC,J0,J1\n",
		"\nUTC0ABC,J366,J1\n",
		"\nUTC0ABC,0,366\n",
		"\nUTC0ABC,0\n",
		"\nUTC0ABC,0/168,1\n",
		"\nUTC0:60\n",
		"\nUTC0ABC,0,1,\n",
	};
	struct made bad[sizeof footers / sizeof *footers + 12];
	size_t count = 0;
	struct buf b = { 0 };
	struct str why;

	(void)state;
	for (; count < sizeof footers / sizeof *footers; count++) {
		bad[count] = good;
		bad[count].footer = footers[count];
	}
	for (int i = 0; i < 10; i++)
		bad[count + (size_t)i] = good;
	bad[count++].version = '5';
	bad[count++].times[1] = 100;
	bad[count++].times[1] = 99;
	bad[count++].kind = 2;
	bad[count++].offset = 26 * 3600;
	bad[count++].offset = INT32_MIN;
	bad[count++].leaps = 1;
	bad[count++].chars = 7; /* ABC does not end */
	bad[count++].chars = 4; /* ABC is behind the end */
	bad[count++].count = 70000;
	for (size_t i = 0; i < count; i++) {
		assert_null(zone_read(arena, made(&b, bad[i]), &why));
		assert_true(why.len > 20 && why.at[why.len - 1] == '.');
	}
	buf_free(&b);
}

static void a_zone_that_is_cut_off_anywhere_is_refused(void **state)
{
	struct buf b = { 0 };
	struct str whole = made(&b, good), why;

	(void)state;
	assert_non_null(zone_read(arena, whole, &why));
	for (size_t len = 0; len < whole.len; len++)
		assert_null(zone_read(arena, (struct str){ whole.at, len }, &why));
	buf_add_byte(&b, 'x');
	assert_null(zone_read(arena, buf_str(&b), &why));
	buf_free(&b);
}

static void zones_have_bounds(void **state)
{
	char *large = arena_get(arena, ZONE_BYTES_MAX + 1);
	struct buf b = { 0 };
	struct str why;

	(void)state;
	struct made m = good;
	memcpy(large, made(&b, m).at, b.len);
	assert_null(zone_read(arena, (struct str){ large, ZONE_BYTES_MAX + 1 }, &why));
	check_text(why, "The time zone data is too large.");
	m.version = '\0';
	m.count = ZONE_CHANGES_MAX + 1;
	assert_null(zone_read(arena, made(&b, m), &why));
	check_text(why, "This time zone has too many changes.");
	assert_int_equal(offset_by_rule("ABCDEFGHIJKLMNO0", 0), 0); /* ZONE_ABBREVIATION_MAX */
	buf_free(&b);
}

/* ---- files */

static void only_names_of_zones_become_paths(void **state)
{
	static const char *const bad[] = {
		"",          "/etc/passwd", "../UTC",        "Europe/../UTC", "Europe//Berlin",
		"Europe/",   "/UTC",        "europe/berlin", "right/UTC",     "localtime",
		"tzdata.zi", "UTC\n",       "Europe/Ber lin"
	};
	char name[ZONE_NAME_MAX + 2];
	struct str bytes, why;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(os_zone_name(str_of(bad[i])));
		assert_int_equal(os_zone_read(arena, OS_ZONE_FOLDER, str_of(bad[i]), &bytes, &why), OK);
		assert_false(str_given(bytes));
		assert_true(str_given(why));
	}
	assert_false(os_zone_name((struct str){ "UTC\0", 4 }));
	memset(name, 'A', sizeof name);
	assert_true(os_zone_name((struct str){ name, ZONE_NAME_MAX }));
	assert_false(os_zone_name((struct str){ name, ZONE_NAME_MAX + 1 }));
}

static void a_zone_that_is_not_there_is_said_so(void **state)
{
	static const char *const names[] = { "Europe/Atlantis", "Europe", "UTC/Nowhere" };
	struct str bytes, why;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(os_zone_read(arena, OS_ZONE_FOLDER, str_of(names[i]), &bytes, &why), OK);
		assert_false(str_given(bytes));
		assert_true(str_starts(why, S("There is no time zone '")));
	}
	assert_true(os_zone_release(arena, OS_ZONE_FOLDER).len >= 5);
	assert_false(str_given(os_zone_release(arena, "/nowhere")));
	assert_int_equal(os_zone_read(arena, "/nowhere", S("UTC"), &bytes, &why), OK);
	assert_false(str_given(bytes));
}

#define ZONE_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ZONE_TEST(days_of_all_years_are_counted_one_after_the_other),
		ZONE_TEST(only_days_that_exist_are_read),
		ZONE_TEST(berlin_has_summer_time),
		ZONE_TEST(b11_local_times_in_gaps_and_overlaps_are_told_apart),
		ZONE_TEST(a_whole_day_may_not_exist),
		ZONE_TEST(a_clock_that_was_put_back_has_shown_more),
		ZONE_TEST(utc_needs_no_file),
		ZONE_TEST(a_table_without_a_rule_stays_as_it_ended),
		ZONE_TEST(rules_of_posix_are_followed),
		ZONE_TEST(bytes_that_are_no_zone_are_refused_with_a_reason),
		ZONE_TEST(a_zone_that_is_cut_off_anywhere_is_refused),
		ZONE_TEST(zones_have_bounds),
		ZONE_TEST(only_names_of_zones_become_paths),
		ZONE_TEST(a_zone_that_is_not_there_is_said_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
