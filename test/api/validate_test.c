/* validate_test.c - what SQS allows: just inside and just outside. */
#include "api/sqs/validate.h"

#include "check.h"

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

static void numbers_have_ranges(void **state)
{
	static const struct {
		enum range range;
		int64_t min, max;
	} all[] = {
		{ RANGE_MAX_MESSAGES, 1, 10 },
		{ RANGE_WAIT, 0, 20 },
		{ RANGE_RECEIVE_VISIBILITY, 0, 43200 },
		{ RANGE_VISIBILITY, 0, 43200 },
		{ RANGE_DELAY, 0, 900 },
		{ RANGE_LIST_RESULTS, 1, 1000 },
		{ RANGE_MOVE_RESULTS, 1, 10 },
		{ RANGE_MOVE_RATE, 1, 500 },
	};

	(void)state;
	assert_int_equal(sizeof all / sizeof *all, RANGES);
	for (int i = 0; i < RANGES; i++) {
		assert_int_equal(validate_range(arena, all[i].range, all[i].min).why, REFUSED_NONE);
		assert_int_equal(validate_range(arena, all[i].range, all[i].max).why, REFUSED_NONE);
		assert_int_equal(validate_range(arena, all[i].range, all[i].min - 1).why,
		                 REFUSED_INVALID_PARAMETER);
		assert_int_equal(validate_range(arena, all[i].range, all[i].max + 1).why,
		                 REFUSED_INVALID_PARAMETER);
	}
	check_text(validate_range(arena, RANGE_MAX_MESSAGES, 11).text,
	           "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "
	           "and 10, if provided.");
}

static bool name_ok(const char *name, bool fifo)
{
	return validate_queue_name(arena, str_of(name), fifo).why == REFUSED_NONE;
}

static void queue_names(void **state)
{
	char longest[100];

	(void)state;
	memset(longest, 'x', sizeof longest);
	longest[80] = 0;
	assert_true(name_ok(longest, false));
	memcpy(longest + 75, ".fifo", 6);
	assert_true(name_ok(longest, true));
	assert_false(name_ok(longest, false));
	memset(longest, 'x', sizeof longest);
	longest[81] = 0;
	assert_false(name_ok(longest, false));
	assert_true(name_ok("a", false) && name_ok("A-z_09", false) && name_ok("a.fifo", true));
	static const char *const bad[] = {
		"", "a b", "a.b", "a/b", "a:b", "\xC3\xA9", "a.fifo", ".fifo"
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(name_ok(bad[i], false));
	assert_false(name_ok("a", true) || name_ok(".fifo", true) || name_ok("a.fifo.fifo", true));
}

static void characters_of_bodies(void **state)
{
	static const char *const good[] = { "",
		                                "\t\n\r",
		                                " ~\x7f",
		                                "\xC2\x85",
		                                "\xED\x9F\xBF",
		                                "\xEE\x80\x80",
		                                "\xEF\xBF\xBD",
		                                "\xF0\x90\x80\x80",
		                                "\xF4\x8F\xBF\xBF",
		                                "0123456789abcdef0123456789\xEF\xBC\x91" };
	static const char *const bad[] = { "\x01",
		                               "\x1f",
		                               "a\x0b",
		                               "\x0c",
		                               "\xEF\xBF\xBE",
		                               "\xEF\xBF\xBF",
		                               "0123456789abcde\x02",
		                               "0123456789abcdef\x02",
		                               "0123456789abcdef0123\xEF\xBF\xBE" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(valid_characters(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(valid_characters(str_of(bad[i])));
	assert_false(valid_characters((struct str){ "\0", 1 }));
	assert_int_equal(validate_body(arena, S("\x01")).why, REFUSED_INVALID_BODY);
}

/* The fast path against one byte at a time, with the bad byte at every place. */
static void a_bad_character_is_found_wherever_it_is(void **state)
{
	char text[70];

	(void)state;
	for (size_t len = 1; len < sizeof text; len++)
		for (size_t at = 0; at < len; at++) {
			memset(text, 'x', len);
			assert_true(valid_characters((struct str){ text, len }));
			text[at] = 0x1f;
			assert_false(valid_characters((struct str){ text, len }));
		}
}

static void tokens(void **state)
{
	char text[130];

	(void)state;
	memset(text, '!', sizeof text);
	assert_int_equal(validate_token(arena, "P", (struct str){ text, 128 }).why, REFUSED_NONE);
	assert_int_equal(validate_token(arena, "P", (struct str){ text, 129 }).why,
	                 REFUSED_INVALID_PARAMETER);
	assert_int_equal(validate_token(arena, "P", S("aZ09~@[]{}.,:;")).why, REFUSED_NONE);
	static const char *const bad[] = { "", "a b", "\xC3\xA9", "\t", "\x7f" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(validate_token(arena, "P", str_of(bad[i])).why, REFUSED_INVALID_PARAMETER);
}

static void batches(void **state)
{
	const struct str ids[] = { S("a"), S("b"), S("a"), S("no way"), S(""), S("x:y") };

	(void)state;
	assert_int_equal(validate_batch(arena, "E", ids, 0).why, REFUSED_EMPTY_BATCH);
	assert_int_equal(validate_batch(arena, "E", ids, 2).why, REFUSED_NONE);
	assert_int_equal(validate_batch(arena, "E", ids, 3).why, REFUSED_ENTRY_IDS_NOT_DISTINCT);
	assert_int_equal(validate_batch(arena, "E", ids + 3, 1).why, REFUSED_INVALID_ENTRY_ID);
	assert_int_equal(validate_batch(arena, "E", ids + 4, 1).why, REFUSED_INVALID_ENTRY_ID);
	assert_int_equal(validate_batch(arena, "E", ids + 5, 1).why, REFUSED_INVALID_ENTRY_ID);
	check_text(validate_batch(arena, "E", ids, 11).text,
	           "Maximum number of entries per request are 10. You have sent 11.");
}

static void numbers_of_attributes(void **state)
{
	static const char *const good[] = { "0",
		                                "-0",
		                                "1",
		                                "+1",
		                                "-1.5",
		                                ".5",
		                                "5.",
		                                "1e5",
		                                "1E+5",
		                                "1e-128",
		                                "1e126",
		                                "-1e126",
		                                "12345678901234567890123456789012345678",
		                                "0.000000000000000000000000000000000000000000001",
		                                "100000000000000000000000000000000000000000000000000",
		                                "00001",
		                                "123456789012345678901234567890.12345678",
		                                "0e999",
		                                "9.9e125" };
	static const char *const bad[] = { "",
		                               "-",
		                               ".",
		                               "x",
		                               "1x",
		                               "1e",
		                               "1e+",
		                               "1e+-5",
		                               "e5",
		                               "1.2.3",
		                               "0x10",
		                               " 1",
		                               "1 ",
		                               "1e127",
		                               "2e126",
		                               "1e-129",
		                               "123456789012345678901234567890123456789",
		                               "1,5",
		                               "NaN",
		                               "Infinity",
		                               "1e99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!valid_number(str_of(good[i])))
			fail_msg("%s is a number", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (valid_number(str_of(bad[i])))
			fail_msg("%s is none", bad[i]);
}

static void tags_and_labels(void **state)
{
	(void)state;
	assert_int_equal(validate_tag(arena, S("k"), S("")).why, REFUSED_NONE);
	assert_int_equal(validate_tag(arena, S(""), S("v")).why, REFUSED_INVALID_PARAMETER);
	assert_int_equal(validate_tag(arena, S("k\x01"), S("v")).why, REFUSED_INVALID_PARAMETER);
	assert_int_equal(validate_label(arena, S("one-2_3")).why, REFUSED_NONE);
	assert_int_equal(validate_label(arena, S("one two")).why, REFUSED_INVALID_PARAMETER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_ranges),
		cmocka_unit_test(queue_names),
		cmocka_unit_test(characters_of_bodies),
		cmocka_unit_test(a_bad_character_is_found_wherever_it_is),
		cmocka_unit_test(tokens),
		cmocka_unit_test(batches),
		cmocka_unit_test(numbers_of_attributes),
		cmocka_unit_test(tags_and_labels),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
