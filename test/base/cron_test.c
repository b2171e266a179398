/* cron_test.c - expressions, the days they name, and what happens when clocks change.
 * zones.test.mjs holds random expressions against a reference. */
#include <stdio.h>

#include "base/cron.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/time.h"
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

/* "2026-11-22 15:30" as milliseconds. */
static int64_t when(const char *text)
{
	int year, month, day, hour, minute;

	assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &year, &month, &day, &hour, &minute), 5);
	return date_to_day((struct date){ year, month, day }) * DAY_MS + hour * HOUR_MS +
	       minute * MINUTE_MS;
}

static struct cron cron_of(const char *text)
{
	struct cron_wrong wrong;
	struct cron c;

	if (!cron_read(arena, str_of(text), &c, &wrong))
		print_error("%s: %.*s\n", text, S_ARG(wrong.why));
	assert_null(wrong.why.at);
	return c;
}

/* The next times, in UTC, as "22 15:30, ..." with the day of the month. */
static void check_next(const char *zone, const char *text, const struct workdays *workdays,
                       const char *after, const char *expected)
{
	struct cron c = cron_of(text);
	const struct zone *z = zone_named(zone);
	struct buf b = { 0 };
	int64_t at = when(after);

	for (size_t n = 0; n == 0 || b.len < strlen(expected); n++) {
		at = cron_next(&c, z, workdays, at);
		if (at == NEVER)
			break;
		struct date d = date_of_day(date_day_of_ms(at));
		assert_int_equal(at % MINUTE_MS, 0);
		buf_printf(&b, "%s%02d-%02d %02d:%02d", n == 0 ? "" : ", ", d.month, d.day,
		           (int)(at / HOUR_MS % 24), (int)(at / MINUTE_MS % 60));
	}
	if (!str_is(buf_str(&b), expected))
		print_error("%s in %s\n", text, zone);
	check_text(buf_str(&b), expected);
	buf_free(&b);
}

#define NONE NULL

static void fields_name_minutes_hours_days_and_months(void **state)
{
	(void)state;
	check_next("UTC", "30 9 * * *", NONE, "2026-11-22 09:30", "11-23 09:30, 11-24 09:30");
	check_next("UTC", "*/20 9-10 * * *", NONE, "2026-11-22 09:30", "11-22 09:40, 11-22 10:00");
	check_next("UTC", "5/25 * * * *", NONE, "2026-11-22 09:30", "11-22 09:55, 11-22 10:05");
	check_next("UTC", "0 0 1,15 jan,JUL *", NONE, "2026-11-22 09:30",
	           "01-01 00:00, 01-15 00:00, 07-01 00:00");
	check_next("UTC", "59 23 31 * *", NONE, "2026-11-22 09:30",
	           "12-31 23:59, 01-31 23:59, 03-31 23:59");
	check_next("UTC", "  0\t12   *  * ? ", NONE, "2026-11-22 09:30", "11-22 12:00, 11-23 12:00");
	check_next("UTC", "0 0 29 2 *", NONE, "2096-02-29 00:00", "02-29 00:00");
	assert_true(cron_next(&(struct cron){ 0 }, zone_utc(), NONE, 0) == NEVER);
}

static void the_next_time_is_after_the_given_one(void **state)
{
	struct cron c = cron_of("* * * * *"), fixed = cron_of("0 0 * * *");

	(void)state;
	assert_true(cron_next(&c, zone_utc(), NONE, 0) == MINUTE_MS);
	assert_true(cron_next(&c, zone_utc(), NONE, -1) == 0);
	assert_true(cron_next(&c, zone_utc(), NONE, MINUTE_MS - 1) == MINUTE_MS);
	assert_true(cron_next(&fixed, zone_utc(), NONE, 0) == DAY_MS);
	assert_true(cron_next(&fixed, zone_utc(), NONE, -1) == 0);
	assert_true(cron_next(&fixed, zone_utc(), NONE, ZONE_MS_MAX) == NEVER);
	assert_true(cron_next(&c, zone_utc(), NONE, -ZONE_MS_MAX) == -ZONE_MS_MAX + MINUTE_MS);
}

static void macros_stand_for_fields(void **state)
{
	(void)state;
	check_next("UTC", "@hourly", NONE, "2026-11-22 09:30", "11-22 10:00, 11-22 11:00");
	check_next("UTC", "@daily", NONE, "2026-11-22 09:30", "11-23 00:00");
	check_next("UTC", "@Midnight", NONE, "2026-11-22 09:30", "11-23 00:00");
	check_next("UTC", "@weekly", NONE, "2026-11-22 09:30", "11-29 00:00");
	check_next("UTC", "@monthly", NONE, "2026-11-22 09:30", "12-01 00:00");
	check_next("UTC", "@yearly", NONE, "2026-11-22 09:30", "01-01 00:00");
	check_next("UTC", " @annually ", NONE, "2026-11-22 09:30", "01-01 00:00");
}

static void two_restricted_days_are_one_or_the_other(void **state)
{
	(void)state;
	/* 2026-11-27 is a Friday, the 13th of November, too. */
	check_next("UTC", "0 0 25 * FRI", NONE, "2026-11-22 09:30",
	           "11-25 00:00, 11-27 00:00, 12-04 00:00");
	check_next("UTC", "0 0 */2 * FRI", NONE, "2026-11-22 09:30", "11-27 00:00, 12-11 00:00");
	check_next("UTC", "0 0 ? * 5-7", NONE, "2026-11-22 09:30",
	           "11-27 00:00, 11-28 00:00, 11-29 00:00, 12-04 00:00");
	check_next("UTC", "0 0 ? * SAT-SUN", NONE, "2026-11-22 09:30",
	           "11-28 00:00, 11-29 00:00, 12-05 00:00");
}

static void days_are_counted_from_the_end_and_by_weekday(void **state)
{
	(void)state;
	check_next("UTC", "0 0 L * ?", NONE, "2027-11-22 09:30",
	           "11-30 00:00, 12-31 00:00, 01-31 00:00, 02-29 00:00");
	check_next("UTC", "0 0 l-30 * ?", NONE, "2027-11-22 09:30",
	           "12-01 00:00, 01-01 00:00, 03-01 00:00");
	/* Saturday 1 August; Sunday 31 May: the nearest weekday stays in the month. */
	check_next("UTC", "0 0 1W 8 ?", NONE, "2026-01-01 00:00", "08-03 00:00");
	check_next("UTC", "0 0 31W 5 ?", NONE, "2026-01-01 00:00", "05-29 00:00");
	check_next("UTC", "0 0 15W 2,3,4 ?", NONE, "2026-01-01 00:00",
	           "02-16 00:00, 03-16 00:00, 04-15 00:00");
	check_next("UTC", "0 0 LW * ?", NONE, "2026-05-01 00:00",
	           "05-29 00:00, 06-30 00:00, 07-31 00:00, 08-31 00:00");
	check_next("UTC", "0 0 ? * FRI#2", NONE, "2026-11-22 09:30", "12-11 00:00, 01-08 00:00");
	check_next("UTC", "0 0 ? * 1#5", NONE, "2026-11-22 09:30", "11-30 00:00, 03-29 00:00");
	check_next("UTC", "0 0 * * friL", NONE, "2026-11-22 09:30", "11-27 00:00, 12-25 00:00");
	check_next("UTC", "0 0 31W 2,4 ?", NONE, "2026-11-22 09:30", "");
}

static void business_days_leave_out_weekends_and_holidays(void **state)
{
	int32_t days[4];
	struct workdays h = { .weekdays = WORKDAYS_USUAL, .off = { days, 4 } };

	(void)state;
	assert_true(date_read(S("2026-12-24"), &days[0]));
	assert_true(date_read(S("2026-12-25"), &days[1]));
	assert_true(date_read(S("2026-12-31"), &days[2]));
	assert_true(date_read(S("2027-01-01"), &days[3]));
	check_next("UTC", "0 9 B * ?", &h, "2026-12-23 00:00",
	           "12-23 09:00, 12-28 09:00, 12-29 09:00, 12-30 09:00, 01-04 09:00");
	check_next("UTC", "0 9 LB * ?", &h, "2026-11-01 00:00",
	           "11-30 09:00, 12-30 09:00, 01-29 09:00");
	check_next("UTC", "0 9 L-2B 12 ?", &h, "2026-11-01 00:00", "12-28 09:00");
	check_next("UTC", "0 9 1B * ?", &h, "2026-11-01 00:00",
	           "11-02 09:00, 12-01 09:00, 01-04 09:00");
	check_next("UTC", "0 9 1B * ?", NONE, "2026-12-02 00:00", "01-01 09:00");
	/* A month of 23 business days is rare; this one has 21 with the holidays. */
	check_next("UTC", "0 9 23B 12 ?", &h, "2026-11-01 00:00", "12-31 09:00");
	check_next("UTC", "0 9 5b,lb 12 ?", &h, "2026-11-01 00:00", "12-07 09:00, 12-30 09:00");
}

/* ---- clocks change. Times are UTC. */

static void a_time_of_day_that_is_skipped_is_due_after_the_gap_once(void **state)
{
	(void)state;
	/* 02:00 to 03:00 does not exist on 29 March; 03:00 there is 01:00 UTC. */
	check_next("Europe/Berlin", "30 2 * * *", NONE, "2026-03-28 00:00",
	           "03-28 01:30, 03-29 01:00, 03-30 00:30");
	check_next("Europe/Berlin", "0,15,30 2 * * *", NONE, "2026-03-28 12:00",
	           "03-29 01:00, 03-30 00:00");
	check_next("Europe/Berlin", "30 2,3 * * *", NONE, "2026-03-28 12:00",
	           "03-29 01:00, 03-29 01:30, 03-30 00:30");
	check_next("Europe/Berlin", "0 2,3 * * *", NONE, "2026-03-28 12:00",
	           "03-29 01:00, 03-30 00:00");
	check_next("America/New_York", "30 2 * * *", NONE, "2026-03-07 12:00",
	           "03-08 07:00, 03-09 06:30");
	check_next("Australia/Lord_Howe", "15 2 * * *", NONE, "2026-10-02 20:00",
	           "10-03 15:30, 10-04 15:15");
	/* Midnight itself is skipped in Santiago. */
	check_next("America/Santiago", "@daily", NONE, "2026-09-05 12:00", "09-06 04:00, 09-07 03:00");
	/* A whole day was: its nine o'clock is due when the next day begins. */
	check_next("Pacific/Apia", "0 9 * * *", NONE, "2011-12-29 12:00",
	           "12-29 19:00, 12-30 10:00, 12-30 19:00");
	check_next("Pacific/Apia", "0 9 30 12 *", NONE, "2011-12-29 12:00", "12-30 10:00, 12-29 19:00");
}

static void a_time_of_day_that_comes_twice_is_due_the_first_time(void **state)
{
	(void)state;
	check_next("Europe/Berlin", "30 2 * * *", NONE, "2026-10-24 00:00",
	           "10-24 00:30, 10-25 00:30, 10-26 01:30");
	check_next("Europe/Berlin", "0,30 2,3 * * *", NONE, "2026-10-24 12:00",
	           "10-25 00:00, 10-25 00:30, 10-25 02:00, 10-25 02:30, 10-26 01:00");
	check_next("America/New_York", "30 1 * * *", NONE, "2026-10-31 12:00",
	           "11-01 05:30, 11-02 06:30");
	check_next("Australia/Lord_Howe", "45 1 * * *", NONE, "2026-04-03 20:00",
	           "04-04 14:45, 04-05 15:15");
	/* Asked in the middle of the second time. */
	check_next("Europe/Berlin", "30 2 * * *", NONE, "2026-10-25 01:10", "10-26 01:30");
	check_next("Europe/Berlin", "1-59 0-23 * * *", NONE, "2026-10-25 01:10",
	           "10-25 02:01, 10-25 02:02");
}

static void a_rhythm_follows_the_clock(void **state)
{
	(void)state;
	check_next("Europe/Berlin", "*/30 * * * *", NONE, "2026-03-29 00:00",
	           "03-29 00:30, 03-29 01:00, 03-29 01:30");
	check_next("Europe/Berlin", "0 */2 * * *", NONE, "2026-03-28 22:30",
	           "03-28 23:00, 03-29 02:00, 03-29 04:00");
	check_next("Europe/Berlin", "@hourly", NONE, "2026-10-24 23:30",
	           "10-25 00:00, 10-25 01:00, 10-25 02:00");
	check_next("Europe/Berlin", "*/30 2 * * *", NONE, "2026-10-24 12:00",
	           "10-25 00:00, 10-25 00:30, 10-25 01:00, 10-25 01:30, 10-26 01:00");
	check_next("Australia/Lord_Howe", "*/15 * * * *", NONE, "2026-10-03 15:00",
	           "10-03 15:15, 10-03 15:30, 10-03 15:45");
	check_next("Australia/Lord_Howe", "45 * * * *", NONE, "2026-04-04 14:00",
	           "04-04 14:45, 04-04 15:15, 04-04 16:15");
	check_next("Asia/Tokyo", "0 * * * *", NONE, "2026-10-24 23:30", "10-25 00:00, 10-25 01:00");
	check_next("Africa/Casablanca", "@hourly", NONE, "2026-02-15 01:30",
	           "02-15 02:00, 02-15 03:00");
}

static void casablanca_puts_its_clocks_back_for_ramadan(void **state)
{
	(void)state;
	/* 03:00 becomes 02:00 on 15 February 2026; 02:00 becomes 03:00 on 22 March. */
	check_next("Africa/Casablanca", "30 2 * * *", NONE, "2026-02-14 12:00",
	           "02-15 01:30, 02-16 02:30");
	check_next("Africa/Casablanca", "30 2 * * *", NONE, "2026-03-21 12:00",
	           "03-22 02:00, 03-23 01:30");
}

/* ---- what is no expression */

static void a_wrong_expression_is_refused_with_field_and_value(void **state)
{
	static const char *const bad[][2] = {
		{ "60 * * * *", "minute" },
		{ "-1 * * * *", "minute" },
		{ "a * * * *", "minute" },
		{ "1- * * * *", "minute" },
		{ "1,,2 * * * *", "minute" },
		{ ", * * * *", "minute" },
		{ "*/0 * * * *", "minute" },
		{ "*/60 * * * *", "minute" },
		{ "*/ * * * *", "minute" },
		{ "? * * * *", "minute" },
		{ "5-3 * * * *", "minute" },
		{ "1-2-3 * * * *", "minute" },
		{ "+1 * * * *", "minute" },
		{ "0001 * * * *", "minute" },
		{ "*-5 * * * *", "minute" },
		{ "* 24 * * *", "hour" },
		{ "* L * * *", "hour" },
		{ "* * 0 * *", "day-of-month" },
		{ "* * 32 * *", "day-of-month" },
		{ "* * L-31 * *", "day-of-month" },
		{ "* * L-0 * *", "day-of-month" },
		{ "* * LL * *", "day-of-month" },
		{ "* * 0W * *", "day-of-month" },
		{ "* * 24B * *", "day-of-month" },
		{ "* * W * *", "day-of-month" },
		{ "* * L-23B * *", "day-of-month" },
		{ "* * 1-5B * *", "day-of-month" },
		{ "* * ?,1 * *", "day-of-month" },
		{ "* * MON * *", "day-of-month" },
		{ "* * * 0 *", "month" },
		{ "* * * 13 *", "month" },
		{ "* * * JANUARY *", "month" },
		{ "* * * ? *", "month" },
		{ "* * * * 8", "day-of-week" },
		{ "* * * * L", "day-of-week" },
		{ "* * * * MON#6", "day-of-week" },
		{ "* * * * MON#0", "day-of-week" },
		{ "* * * * #1", "day-of-week" },
		{ "* * * * MONDAY", "day-of-week" },
		{ "* * * * FRI-MON", "day-of-week" },
		{ "* * * *", "cron" },
		{ "* * * * * *", "cron" },
		{ "", "cron" },
		{ "@reboot", "cron" },
		{ "@daily *", "cron" },
		{ "* * * * \xC3\xA4", "cron" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cron_wrong wrong;
		struct cron c;
		if (cron_read(arena, str_of(bad[i][0]), &c, &wrong))
			fail_msg("accepted: %s", bad[i][0]);
		check_text(wrong.field, bad[i][1]);
		assert_true(wrong.why.len > 20 && wrong.why.at[wrong.why.len - 1] == '.');
	}
	struct cron_wrong wrong;
	struct cron c;
	assert_false(cron_read(arena, S("* 7-25 * * *"), &c, &wrong));
	check_text(wrong.why, "hour '7-25' of the cron expression: does not end with a value of this "
	                      "field (allowed are 0 to 23).");
}

static void expressions_have_bounds(void **state)
{
	struct buf b = { 0 };
	struct cron_wrong wrong;
	struct cron c;

	(void)state;
	buf_add(&b, S("* * * * "));
	while (b.len < CRON_TEXT_MAX)
		buf_add_byte(&b, ' ');
	b.at[b.len - 1] = '1';
	assert_true(cron_read(arena, buf_str(&b), &c, &wrong));
	buf_add_byte(&b, ' ');
	assert_false(cron_read(arena, buf_str(&b), &c, &wrong));
	check_text(wrong.field, "cron");

	buf_clear(&b);
	for (int i = 0; i < CRON_LIST_MAX; i++)
		buf_add_text(&b, i == 0 ? "1" : ",1");
	buf_add(&b, S(" * * * *"));
	assert_true(cron_read(arena, buf_str(&b), &c, &wrong));
	buf_clear(&b);
	for (int i = 0; i <= CRON_LIST_MAX; i++)
		buf_add_text(&b, i == 0 ? "1" : ",1");
	buf_add(&b, S(" * * * *"));
	assert_false(cron_read(arena, buf_str(&b), &c, &wrong));
	check_text(wrong.field, "minute");
	buf_free(&b);
}

static void what_never_comes_is_told_after_a_bounded_search(void **state)
{
	static const char *const texts[] = { "0 0 30 2 *", "*/5 * 31 4,6,9,11 ?", "0 0 31W 2 ?" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct cron c = cron_of(texts[i]);
		assert_true(cron_next(&c, zone_named("Europe/Berlin"), NONE, 0) == NEVER);
	}
	/* CRON_DAYS_AHEAD reaches over a century without a leap day, and no further. */
	struct cron leap = cron_of("0 0 29 2 *");
	assert_true(cron_next(&leap, zone_utc(), NONE, when("2096-02-29 00:00")) ==
	            when("2104-02-29 00:00"));
	static_assert(CRON_DAYS_AHEAD > 8 * 365, "8 years");
}

#define CRON_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CRON_TEST(fields_name_minutes_hours_days_and_months),
		CRON_TEST(the_next_time_is_after_the_given_one),
		CRON_TEST(macros_stand_for_fields),
		CRON_TEST(two_restricted_days_are_one_or_the_other),
		CRON_TEST(days_are_counted_from_the_end_and_by_weekday),
		CRON_TEST(business_days_leave_out_weekends_and_holidays),
		CRON_TEST(a_time_of_day_that_is_skipped_is_due_after_the_gap_once),
		CRON_TEST(a_time_of_day_that_comes_twice_is_due_the_first_time),
		CRON_TEST(a_rhythm_follows_the_clock),
		CRON_TEST(casablanca_puts_its_clocks_back_for_ramadan),
		CRON_TEST(a_wrong_expression_is_refused_with_field_and_value),
		CRON_TEST(expressions_have_bounds),
		CRON_TEST(what_never_comes_is_told_after_a_bounded_search),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
