/* retry_test.c - the attribute `retry`: what is read of it, and the delays that follow. */
#include "domain/queue/retry.h"

#include "check.h"
#include "base/limits.h"

static struct arena *test_arena;

static bool reads(const char *json, struct retry *r)
{
	struct str why;

	return retry_read(test_arena, str_of(json), r, &why);
}

static void what_is_left_out_has_its_default(void **state)
{
	struct retry r;

	(void)state;
	assert_true(reads("{}", &r));
	assert_true(r.given);
	assert_int_equal(r.max_attempts, 0);
	assert_int_equal(r.initial_ms, 1000);
	assert_int_equal(r.max_ms, HOUR_MS);
	assert_int_equal(r.factor_milli, 2000);
	assert_int_equal(r.jitter_milli, 200);
	assert_true(reads("{\"max_attempts\":7,\"backoff\":{\"initial_ms\":0,\"factor\":1.25,"
	                  "\"max_ms\":604800000,\"jitter\":1}}",
	                  &r));
	assert_int_equal(r.max_attempts, 7);
	assert_int_equal(r.initial_ms, 0);
	assert_int_equal(r.factor_milli, 1250);
	assert_int_equal(r.jitter_milli, 1000);
	assert_int_equal(r.max_ms, RETRY_DELAY_MAX_MS);
}

static void one_more_than_each_bound_is_refused_by_name(void **state)
{
	static const struct {
		const char *json, *why;
	} all[] = {
		{ "[]", "it must be an object with max_attempts and backoff." },
		{ "{", NULL },
		{ "{\"tries\":1}", "it has no member tries." },
		{ "{\"max_attempts\":0}", "max_attempts must be a number from 1 to 1000." },
		{ "{\"max_attempts\":1001}", "max_attempts must be a number from 1 to 1000." },
		{ "{\"max_attempts\":\"1\"}", "max_attempts must be a number from 1 to 1000." },
		{ "{\"backoff\":1}", "backoff must be an object." },
		{ "{\"backoff\":{\"ms\":1}}", "it has no member ms." },
		{ "{\"backoff\":{\"initial_ms\":604800001}}",
		  "initial_ms must be a number from 0 to 604800000." },
		{ "{\"backoff\":{\"max_ms\":-1}}", "max_ms must be a number from 0 to 604800000." },
		{ "{\"backoff\":{\"factor\":0.9}}", NULL },
		{ "{\"backoff\":{\"factor\":100.001}}", NULL },
		{ "{\"backoff\":{\"factor\":1e2}}", NULL },
		{ "{\"backoff\":{\"factor\":1.0001}}", NULL },
		{ "{\"backoff\":{\"jitter\":1.001}}", NULL },
		{ "{\"backoff\":{\"jitter\":-0.1}}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct retry r;
		struct str why = S_NONE;
		assert_false(retry_read(test_arena, str_of(all[i].json), &r, &why));
		if (all[i].why != NULL)
			check_text(why, all[i].why);
	}
}

static void delays_grow_by_the_factor_up_to_the_cap(void **state)
{
	struct retry r;
	struct rng rng;

	(void)state;
	rng_seed_number(&rng, 1);
	assert_true(reads("{\"backoff\":{\"initial_ms\":100,\"factor\":3,\"max_ms\":2000,"
	                  "\"jitter\":0}}",
	                  &r));
	static const int64_t expected[] = { 100, 300, 900, 2000, 2000 };
	for (int i = 0; i < 5; i++)
		assert_int_equal(retry_after_ms(&r, i + 1, &rng), expected[i]);
	assert_int_equal(retry_after_ms(&r, INT64_MAX, &rng), 2000);
	r.factor_milli = 1000;
	assert_int_equal(retry_after_ms(&r, INT64_MAX, &rng), 100);
	r.factor_milli = 1001; /* 1 * 1.001 is 1 again: it ends all the same */
	r.initial_ms = 1;
	assert_int_equal(retry_after_ms(&r, INT64_MAX, &rng), 1);
	r.initial_ms = 0;
	assert_int_equal(retry_after_ms(&r, 5, &rng), 0);
	r = (struct retry){ .initial_ms = RETRY_DELAY_MAX_MS,
		                .max_ms = RETRY_DELAY_MAX_MS,
		                .factor_milli = 100 * 1000,
		                .jitter_milli = 1000 };
	for (int i = 1; i < 100; i++)
		assert_in_range(retry_after_ms(&r, i, &rng), 0, RETRY_DELAY_MAX_MS);
}

static void jitter_spreads_to_both_sides(void **state)
{
	struct retry r = retry_default();
	struct rng rng;
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	rng_seed_number(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		int64_t ms = retry_after_ms(&r, 1, &rng);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_in_range(least, 800, 810);
	assert_in_range(most, 1190, 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(one_more_than_each_bound_is_refused_by_name),
		cmocka_unit_test(delays_grow_by_the_factor_up_to_the_cap),
		cmocka_unit_test(jitter_spreads_to_both_sides),
	};

	test_arena = arena_open();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(test_arena);
	return failed;
}
