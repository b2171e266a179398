/* traceparent_test.c - the W3C header: what is one, what is none. */
#include "check.h"
#include "wire/traceparent.h"

#define GOOD "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static void a_header_is_read_and_written(void **state)
{
	struct traceparent t;
	char text[TRACEPARENT_TEXT + 1];

	(void)state;
	assert_true(traceparent_read(S(GOOD), &t));
	assert_int_equal(t.trace_id[0], 0x4b);
	assert_int_equal(t.span_id[7], 0xb7);
	assert_int_equal(t.flags, 1);
	traceparent_write(&t, text);
	check_text(str_of(text), GOOD);
}

static void a_later_version_may_add_something(void **state)
{
	struct traceparent t;

	(void)state;
	assert_true(
		traceparent_read(S("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"),
	                     &t));
	assert_false(
		traceparent_read(S("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what-comes"),
	                     &t));
}

static void what_is_no_header_is_not_read(void **state)
{
	static const char *const bad[] = {
		"",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
		GOOD "-more",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00+4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
	};
	struct traceparent t;

	(void)state;
	assert_false(traceparent_read(S_NONE, &t));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(traceparent_read(str_of(bad[i]), &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_and_written),
		cmocka_unit_test(a_later_version_may_add_something),
		cmocka_unit_test(what_is_no_header_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
