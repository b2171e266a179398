/* time_test.c - chance from a seed, dates as text, ids that carry the time. */
#include "base/rng.h"
#include "base/time.h"
#include "check.h"

static void the_same_seed_gives_the_same_stream(void **state)
{
	struct rng a, b, c;
	uint8_t all[2000], parts[2000];

	(void)state;
	rng_seed_number(&a, 7);
	rng_seed_number(&b, 7);
	rng_seed_number(&c, 8);
	rng_bytes(&a, all, sizeof all);
	for (size_t at = 0, n = 1; at < sizeof parts; at += n, n = n % 97 + 1) {
		if (n > sizeof parts - at)
			n = sizeof parts - at;
		rng_bytes(&b, parts + at, n);
	}
	assert_memory_equal(all, parts, sizeof all);
	rng_bytes(&c, parts, sizeof parts);
	assert_memory_not_equal(all, parts, sizeof all);
	assert_memory_not_equal(all, all + 1000, 512);
}

static void numbers_below_a_bound_reach_all_of_it(void **state)
{
	struct rng rng;
	int hits[7] = { 0 };

	(void)state;
	rng_seed_number(&rng, 1);
	for (int i = 0; i < 7000; i++) {
		uint64_t n = rng_below(&rng, 7);
		assert_true(n < 7);
		hits[n]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(hits[i], 800, 1200);
	assert_int_equal(rng_below(&rng, 1), 0);
}

static void dates_are_written_with_milliseconds(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1795361852123, "2026-11-22T15:37:32.123Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ 253402300800000, "10000-01-01T00:00:00.000Z" },
		{ -62167219200000, "0000-01-01T00:00:00.000Z" },
		{ -62167219200001, "-001-12-31T23:59:59.999Z" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		time_rfc3339(&b, cases[i].ms);
		check_text(buf_str(&b), cases[i].text);
	}
	buf_free(&b);
}

static void dates_are_written_as_clocks_elsewhere_show_them(void **state)
{
	static const struct {
		int32_t offset_s;
		const char *text;
	} cases[] = {
		{ 0, "2026-11-22T15:37:32Z" },          { 3600, "2026-11-22T16:37:32+01:00" },
		{ 34200, "2026-11-23T01:07:32+09:30" }, { -12600, "2026-11-22T12:07:32-03:30" },
		{ 3208, "2026-11-22T15:37:32Z" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		time_rfc3339_local(&b, 1795361852123, cases[i].offset_s);
		check_text(buf_str(&b), cases[i].text);
	}
	buf_free(&b);
}

static void amazon_dates_are_read_strictly(void **state)
{
	static const char *const bad[] = { "",
		                               "20261122T153732",
		                               "20261122 153732Z",
		                               "2026-1-22T153732Z",
		                               "20261322T153732Z",
		                               "20261132T153732Z",
		                               "20261122T243732Z",
		                               "20261122T156032Z",
		                               "20261122T153732z",
		                               "+0261122T153732Z",
		                               "20261122T1537321Z",
		                               "00001122T153732Z" };
	int64_t ms;

	(void)state;
	assert_true(time_read_amz(S("20261122T153732Z"), &ms));
	assert_true(ms == 1795361852000);
	assert_true(time_read_amz(S("19700101T000000Z"), &ms));
	assert_true(ms == 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(time_read_amz(str_of(bad[i]), &ms));
}

static void dates_with_a_zone_are_read_as_they_were_meant(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "2026-11-22T15:37:32.123Z", 1795361852123 },
		{ "2026-11-22T15:37:32z", 1795361852000 },
		{ "2026-11-23T00:37:32.1239+09:00", 1795361852123 },
		{ "2026-11-22t10:07:32.1-05:30", 1795361852100 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
		{ "1970-01-01T00:00:00Z", 0 },
	};
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T15:37:32",
		"2026-11-22 15:37:32Z",
		"2026-11-22T15:37:32.Z",
		"2026-11-22T15:37:32.1234567890Z",
		"2026-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T15:37:32+9:00",
		"2026-11-22T15:37:32+24:00",
		"1970-01-01T00:00:00+00:01",
		"+026-11-22T15:37:32Z",
		"2026-11-22T15:37:32Zz",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(time_read_rfc3339(str_of(good[i].text), &ms));
		assert_true(ms == good[i].ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(time_read_rfc3339(str_of(bad[i]), &ms));
	assert_false(time_read_rfc3339(S_NONE, &ms));
}

static void ids_carry_the_time_and_come_back_from_text(void **state)
{
	struct rng rng;
	char text[37], later_text[37];
	struct uuid back;

	(void)state;
	rng_seed_number(&rng, 3);
	struct uuid id = uuid_new((struct now){ .wall_ms = 0x0123456789AB }, &rng);
	uuid_text(id, text);
	assert_memory_equal(text, "01234567-89ab-7", 15);
	assert_non_null(strchr("89ab", text[19]));
	assert_true(uuid_read(str_of(text), &back));
	assert_memory_equal(&back, &id, sizeof id);
	uuid_text(uuid_new((struct now){ .wall_ms = 0x0123456789AC }, &rng), later_text);
	assert_true(strcmp(text, later_text) < 0);
	assert_false(uuid_read(S("01234567-89ab-7"), &back));
	assert_false(uuid_read(S("0123456789ab-7000-8000-0000000000000-"), &back));
	text[0] = 'g';
	assert_false(uuid_read(str_of(text), &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_stream),
		cmocka_unit_test(numbers_below_a_bound_reach_all_of_it),
		cmocka_unit_test(dates_are_written_with_milliseconds),
		cmocka_unit_test(dates_are_written_as_clocks_elsewhere_show_them),
		cmocka_unit_test(amazon_dates_are_read_strictly),
		cmocka_unit_test(dates_with_a_zone_are_read_as_they_were_meant),
		cmocka_unit_test(ids_carry_the_time_and_come_back_from_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
