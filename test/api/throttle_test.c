/* throttle_test.c - delays that grow, are forgotten, and are bounded in number. */
#include "check.h"

#include <stdio.h>

#include "api/throttle.h"
#include "base/limits.h"

static const struct throttle_rule rule = { 2, 1000, 4000 };

static void delays_grow_and_end_with_a_success(void **state)
{
	struct throttle *t = throttle_open();
	int64_t now = 1000000;

	(void)state;
	assert_int_equal(throttle_try(t, S("a"), &rule, now), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, now), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, now), 1000);
	assert_int_equal(throttle_try(t, S("b"), &rule, now), 0); /* another */
	assert_int_equal(throttle_try(t, S("a"), &rule, now += 1000), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, now + 1), 1999);
	assert_int_equal(throttle_try(t, S("a"), &rule, now += 2000), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, now += 4000), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, now), 4000); /* no longer than this */
	throttle_done(t, S("a"));
	assert_int_equal(throttle_try(t, S("a"), &rule, now), 0);
	throttle_close(t);
}

static void one_that_was_right_leaves_those_before(void **state)
{
	struct throttle *t = throttle_open();

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(throttle_try(t, S("a"), &rule, 1000000), 0);
		throttle_undo(t, S("a"), &rule);
	}
	assert_int_equal(throttle_try(t, S("a"), &rule, 1000000), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, 1000000), 0);
	assert_int_equal(throttle_try(t, S("a"), &rule, 1000000), 1000);
	throttle_undo(t, S("nobody"), &rule);
	throttle_close(t);
}

static void names_are_forgotten_in_the_end(void **state)
{
	struct throttle *t = throttle_open();
	char name[32];

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)throttle_try(t, S("a"), &rule, 1000000);
	for (int i = 0; i < THROTTLE_NAMES_MAX; i++) { /* one over */
		snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(throttle_try(t, str_of(name), &rule, 1000001), 0);
	}
	assert_int_equal(throttle_try(t, S("a"), &rule, 1000002), 0); /* the oldest had to go */
	for (int i = 0; i < 3; i++)
		(void)throttle_try(t, S("b"), &rule, 1000003);
	assert_int_equal(throttle_try(t, S("b"), &rule, 1000003 + HOUR_MS + 1), 0);
	assert_int_equal(throttle_try(t, S("b"), &rule, 1000003 + HOUR_MS + 1), 0);
	throttle_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_grow_and_end_with_a_success),
		cmocka_unit_test(one_that_was_right_leaves_those_before),
		cmocka_unit_test(names_are_forgotten_in_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
