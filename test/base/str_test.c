/* str_test.c - views of bytes: comparing, cutting, numbers, patterns, UTF-8. */
#include "check.h"

static void comparing_knows_length_and_case(void **state)
{
	(void)state;
	assert_true(str_eq(S("abc"), S("abc")));
	assert_false(str_eq(S("abc"), S("abcd")));
	assert_true(str_eq(S(""), S_NONE));
	assert_true(str_eq_nocase(S("Content-MD5"), S("content-md5")));
	assert_false(str_eq_nocase(S("[]"), S("{}")));
	assert_true(str_cmp(S("a"), S("ab")) < 0);
	assert_true(str_cmp(S("b"), S("ab")) > 0);
	assert_int_equal(str_cmp(S("ab"), S("ab")), 0);
	assert_true(str_cmp(S("\x7f"), S("\x80")) < 0);
	assert_true(str_eq_secret(S("s3cret"), S("s3cret")));
	assert_false(str_eq_secret(S("s3cret"), S("s3creT")));
	assert_false(str_eq_secret(S("s3cret"), S("s3cre")));
}

static void names_are_of_letters_digits_and_what_is_allowed(void **state)
{
	(void)state;
	assert_true(str_alphanumeric(S("azAZ09"), ""));
	assert_true(str_alphanumeric(S("a-b_c.d"), "-_."));
	assert_true(str_alphanumeric(S(""), ""));
	assert_false(str_alphanumeric(S("a.b"), "-_"));
	assert_false(str_alphanumeric(S("a b"), "-_"));
	assert_false(str_alphanumeric(S("\xc3\xa4"), "-_"));
	assert_false(str_alphanumeric((struct str){ "a\0b", 3 }, "-_")); /* no end of `others` */
	assert_false(str_alphanumeric(S("@[`{/:"), ""));
}

static void starts_ends_and_the_rest(void **state)
{
	(void)state;
	assert_true(str_starts(S("x-amz-date"), S("x-amz-")));
	assert_true(str_starts(S("x"), S("")));
	assert_false(str_starts(S("x"), S("xy")));
	assert_true(str_ends(S("orders.fifo"), S(".fifo")));
	assert_false(str_ends(S("fifo"), S(".fifo")));
	check_text(str_from(S("abc"), 1), "bc");
	check_text(str_from(S("abc"), 9), "");
	check_text(str_trim(S(" \t a b \t")), "a b");
	check_text(str_trim(S("  ")), "");
}

static void cutting_leaves_what_is_behind(void **state)
{
	struct str rest = S("a=b=c");

	(void)state;
	check_text(str_cut(&rest, '='), "a");
	check_text(rest, "b=c");
	check_text(str_cut(&rest, '='), "b");
	check_text(str_cut(&rest, '='), "c");
	check_text(rest, NULL);
	rest = S("a=");
	check_text(str_cut(&rest, '='), "a");
	check_text(rest, "");
}

static void unsigned_numbers_are_digits_only(void **state)
{
	static const char *const bad[] = { "",
		                               "-1",
		                               "+1",
		                               " 1",
		                               "1 ",
		                               "1.0",
		                               "0x1",
		                               "a",
		                               "18446744073709551616",
		                               "99999999999999999999" };
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_u64(str_of(bad[i]), UINT64_MAX, &n));
	assert_true(str_u64(S("18446744073709551615"), UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_true(str_u64(S("10"), 10, &n));
	assert_false(str_u64(S("11"), 10, &n));
}

static void signed_numbers_keep_their_bounds(void **state)
{
	int64_t n;

	(void)state;
	assert_true(str_i64(S("-5"), -5, 5, &n));
	assert_int_equal(n, -5);
	assert_false(str_i64(S("-6"), -5, 5, &n));
	assert_false(str_i64(S("6"), -5, 5, &n));
	assert_false(str_i64(S("--5"), -5, 5, &n));
	assert_false(str_i64(S("-"), -5, 5, &n));
	assert_true(str_i64(S("9223372036854775807"), 0, INT64_MAX, &n));
	assert_false(str_i64(S("9223372036854775808"), 0, INT64_MAX, &n));
}

static void a_star_matches_any_text(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "a*", "a", true },
		{ "a*", "ba", false },
		{ "*a", "ba", true },
		{ "*a", "ab", false },
		{ "a*b*c", "a-b-b-c", true },
		{ "a*b*c", "a-c-b", false },
		{ "**", "x", true },
		{ "orders-*", "orders-7", true },
		{ "?", "x", false },
		{ "*.fifo", "a.fifo.fifo", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(str_glob(str_of(cases[i].pattern), str_of(cases[i].text)),
		                 cases[i].matches);
}

static void many_stars_do_not_take_exponential_time(void **state)
{
	char text[4000], pattern[200];

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof pattern - 1] = 'b';
	struct str t = { text, sizeof text }, p = { pattern, sizeof pattern };
	assert_false(str_glob(p, t));
}

static void only_well_formed_utf8_is_utf8(void **state)
{
	static const char *const good[] = { "",
		                                "a",
		                                "\xC2\x80",
		                                "\xDF\xBF",
		                                "\xE0\xA0\x80",
		                                "\xED\x9F\xBF",
		                                "\xEE\x80\x80",
		                                "\xEF\xBF\xBF",
		                                "\xF0\x90\x80\x80",
		                                "\xF4\x8F\xBF\xBF",
		                                "\xE7\xA8\x9F\xE8\xAD\xB0" };
	static const char *const bad[] = { "\x80",
		                               "\xBF",
		                               "\xC0\x80",
		                               "\xC1\xBF",
		                               "\xC2",
		                               "\xC2\x41",
		                               "\xE0\x80\x80",
		                               "\xE0\x9F\xBF",
		                               "\xED\xA0\x80",
		                               "\xED\xBF\xBF",
		                               "\xE1\x80",
		                               "\xF0\x80\x80\x80",
		                               "\xF0\x8F\xBF\xBF",
		                               "\xF4\x90\x80\x80",
		                               "\xF5\x80\x80\x80",
		                               "\xFE",
		                               "\xFF",
		                               "a\xF0\x90\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(str_utf8(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_utf8(str_of(bad[i])));
}

static void hex_digits_are_of_either_case(void **state)
{
	const char *all = "0123456789abcdefABCDEF";

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *at = c == 0 ? NULL : strchr(all, c);
		int value = at == NULL ? -1 : (int)(at - all);
		assert_int_equal(hex_digit((char)c), value > 15 ? value - 6 : value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing_knows_length_and_case),
		cmocka_unit_test(names_are_of_letters_digits_and_what_is_allowed),
		cmocka_unit_test(starts_ends_and_the_rest),
		cmocka_unit_test(cutting_leaves_what_is_behind),
		cmocka_unit_test(unsigned_numbers_are_digits_only),
		cmocka_unit_test(signed_numbers_keep_their_bounds),
		cmocka_unit_test(a_star_matches_any_text),
		cmocka_unit_test(many_stars_do_not_take_exponential_time),
		cmocka_unit_test(only_well_formed_utf8_is_utf8),
		cmocka_unit_test(hex_digits_are_of_either_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
