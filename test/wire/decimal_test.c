/* decimal_test.c - numbers are compared and divided exactly, however they are written. */
#include "check.h"
#include "wire/decimal.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena = arena_close(arena);
	return 0;
}

static struct decimal of(const char *text)
{
	return decimal_read(arena, str_of(text));
}

static void equal_numbers_are_equal_however_they_are_written(void **state)
{
	static const char *const same[][2] = {
		{ "1", "1.0" },      { "10e-1", "1" },      { "0", "-0.00e7" }, { "1e3", "1000" },
		{ "0.001", "1E-3" }, { "120", "1.2e+2" },   { "-5", "-50e-1" }, { "100.10", "1001e-1" },
		{ "0.10", "1e-1" },  { "1e400", "10e399" }, { "0e99", "0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		struct decimal a = of(same[i][0]), b = of(same[i][1]);
		assert_int_equal(decimal_cmp(a, b), 0);
		assert_true(str_eq(a.digits, b.digits));
		assert_true(a.point == b.point && a.negative == b.negative);
	}
}

static void numbers_are_ordered(void **state)
{
	static const char *const rising[] = {
		"-1e400",
		"-1000",
		"-999.9",
		"-1.0000000000000000001",
		"-1",
		"-0.1",
		"-1e-400",
		"0",
		"1e-400",
		"0.1",
		"0.11",
		"1",
		"1.0000000000000000001",
		"2",
		"10",
		"9007199254740992",
		"9007199254740993",
		"1e99999999999999999999999",
	};
	const size_t n = sizeof rising / sizeof *rising;

	(void)state;
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++) {
			int order = decimal_cmp(of(rising[a]), of(rising[b]));
			assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
		}
}

static void whole_numbers_are_known(void **state)
{
	int64_t n;

	(void)state;
	assert_true(decimal_whole(of("0")) && decimal_whole(of("-3.0")) && decimal_whole(of("1e400")));
	assert_false(decimal_whole(of("0.5")) || decimal_whole(of("1e-1")));
	assert_true(decimal_count(of("12.0e1"), 1000, &n) && n == 120);
	assert_true(decimal_count(of("0"), 1000, &n) && n == 0);
	assert_true(decimal_count(of("1000"), 1000, &n) && n == 1000);
	assert_true(decimal_count(of("1001"), 1000, &n) && n == 1000);
	assert_true(decimal_count(of("1e999999"), INT64_MAX, &n) && n == INT64_MAX);
	assert_true(decimal_count(of("9223372036854775807"), INT64_MAX, &n) && n == INT64_MAX);
	assert_false(decimal_count(of("-1"), 1000, &n) || decimal_count(of("1.5"), 1000, &n));
}

static void multiples_are_exact(void **state)
{
	static const struct {
		const char *divisor, *n;
		bool divides;
	} cases[] = {
		{ "0.01", "19.99", true },
		{ "0.01", "4.02", true },
		{ "0.01", "4.025", false },
		{ "3", "9", true },
		{ "3", "10", false },
		{ "3", "-9", true },
		{ "7", "0", true },
		{ "2", "1e308", true },
		{ "3", "1e308", false },
		{ "1.5", "3", true },
		{ "1.5", "4", false },
		{ "1e3", "2000", true },
		{ "1e3", "2500", false },
		{ "0.0001", "0.0075", true },
		{ "1e-8", "12391239123", true },
		{ "1e-8", "1e9999", true },
		{ "999999999999999999", "1999999999999999998", true },
		{ "999999999999999999", "1999999999999999999", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (decimal_divides(of(cases[i].divisor), of(cases[i].n)) != cases[i].divides)
			fail_msg("%s of %s", cases[i].n, cases[i].divisor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_numbers_are_equal_however_they_are_written),
		cmocka_unit_test(numbers_are_ordered),
		cmocka_unit_test(whole_numbers_are_known),
		cmocka_unit_test(multiples_are_exact),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
