/* runs_test.c - the set of positions against a row of flags. */
#include "check.h"
#include "base/rng.h"
#include "domain/queue/runs.h"

enum { POSITIONS = 3000, STEPS = 20000 };

static uint64_t first_of(const bool *in)
{
	for (uint64_t i = 1; i < POSITIONS; i++)
		if (in[i])
			return i;
	return 0;
}

static void compare(const struct runs *r, const bool *in)
{
	int64_t total = 0;

	for (uint64_t i = 1; i < POSITIONS; i++) {
		assert_int_equal(runs_has(r, i), in[i]);
		total += in[i];
	}
	assert_int_equal(r->total, total);
	assert_int_equal(runs_first(r), first_of(in));
	for (int64_t i = 0; i < runs_side_by_side(r); i++)
		assert_true(in[runs_first(r) + (uint64_t)i]);
	assert_int_equal(runs_side_by_side(r) == 0, r->total == 0);
}

static void one_life(uint64_t seed)
{
	bool in[POSITIONS] = { false };
	struct runs r = { 0 };
	struct rng rng;
	uint64_t next = 1;

	rng_seed_number(&rng, seed);
	for (int i = 0; i < STEPS && next < POSITIONS - 3; i++) {
		uint64_t what = rng_below(&rng, 10), position = 1 + rng_below(&rng, next);
		if (what < 5) {
			next += rng_below(&rng, 3) == 0; /* a hole */
			runs_add(&r, next);
			in[next++] = true;
		} else if (what < 7 && r.total > 0) {
			assert_int_equal(runs_first(&r), first_of(in));
			in[runs_take_first(&r)] = false;
		} else {
			assert_int_equal(runs_take(&r, position), in[position]);
			in[position] = false;
		}
		if (i % 500 == 0)
			compare(&r, in);
	}
	compare(&r, in);
	runs_free(&r);
}

static void runs_are_what_a_row_of_flags_is(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++)
		one_life(seed);
}

static void a_million_in_order_is_one_number(void **state)
{
	struct runs r = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 1000000; i++)
		runs_add(&r, i);
	assert_true(r.cap <= 4);
	assert_int_equal(r.total, 1000000);
	for (uint64_t i = 1; i <= 1000000; i++)
		assert_int_equal(runs_take_first(&r), i);
	assert_int_equal(runs_first(&r), 0);
	runs_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_what_a_row_of_flags_is),
		cmocka_unit_test(a_million_in_order_is_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
