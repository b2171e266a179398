/* stats_test.c - figures of a queue over time: histograms, rates, receivers. */
#include "queue/stories.h"

#include "domain/queue/memory.h"

/* ---- histograms */

static void buckets_follow_each_other_without_a_gap(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < 300 * 1000; ms++) {
		int bucket = hist_bucket(ms);
		assert_true(hist_lower(bucket) <= ms && ms < hist_lower(bucket + 1));
	}
	for (int i = 1; i < HIST_BUCKETS; i++)
		assert_true(hist_lower(i) > hist_lower(i - 1) && hist_bucket(hist_lower(i)) == i);
	assert_int_equal(hist_bucket(-5), 0);
	assert_int_equal(hist_bucket(INT64_MAX), HIST_BUCKETS - 1);
}

static void a_percentile_is_right_within_an_eighth(void **state)
{
	struct hist h = { 0 };
	static const int percents[] = { 1, 25, 50, 75, 90, 95, 99 };

	(void)state;
	assert_int_equal(hist_percentile(&h, 50), -1);
	for (int64_t ms = 1; ms <= 100 * 1000; ms++)
		hist_note(&h, ms);
	assert_int_equal(hist_count(&h), 100 * 1000);
	for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
		int64_t right = 1000 * (int64_t)percents[i];
		assert_in_range(hist_percentile(&h, percents[i]), right * 7 / 8, right * 9 / 8);
	}
	struct hist one = { 0 };
	hist_note(&one, 3);
	assert_int_equal(hist_percentile(&one, 0), 3);
	assert_int_equal(hist_percentile(&one, 99), 3);
}

static void a_histogram_is_written_and_read_back(void **state)
{
	struct hist h = { 0 }, back, sum = { 0 };
	struct buf text = { 0 };
	static const char *const wrong[] = { "x", "1", "1:", "1:0", "108:1", "1:2:3", "-1:4", "1:2  " };

	(void)state;
	hist_note(&h, 0);
	hist_note(&h, 700);
	hist_note(&h, 700);
	hist_note(&h, INT64_MAX);
	hist_write(&text, &h);
	assert_true(str_is(buf_str(&text), "0:1 33:2 107:1"));
	assert_true(hist_read(buf_str(&text), &back));
	assert_memory_equal(&h, &back, sizeof h);
	assert_true(hist_read(S(""), &back) && hist_count(&back) == 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(hist_read(str_of(wrong[i]), &back));
	hist_add(&sum, &h);
	hist_add(&sum, &h);
	assert_int_equal(hist_count(&sum), 8);
	hist_take(&sum, &h);
	assert_memory_equal(&h, &sum, sizeof h);
	buf_free(&text);
}

static void bounds_of_metrics_add_up(void **state)
{
	struct hist h = { 0 };
	struct bounds b = { 0 };
	int64_t all = 0;

	(void)state;
	for (int64_t ms = 0; ms < 5000; ms++)
		hist_note(&h, ms);
	stats_add_bounds(&b, &h);
	for (int i = 0; i < HIST_BOUNDS; i++) {
		all += b.at[i];
		int64_t below = stats_bound_ms(i) < 5000 ? stats_bound_ms(i) : 5000;
		assert_int_equal(all, below); /* values below the bound: 0 .. bound - 1 */
	}
	assert_int_equal(b.at[HIST_BOUNDS], 0);
}

/* ---- a queue */

static struct queue *the_queue(struct world *w)
{
	return names_find(&engine_domain(w->engine)->queues->by_name, S("q"));
}

static const struct queue_stats *now(struct world *w)
{
	return stats_now(the_queue(w), w->now.mono_ms);
}

static void work_one(struct world *w, int64_t run_ms)
{
	is(world_send(w, "q", "x"), "NONE");
	is(world_receive(w, "q"), "x");
	world_pass_ms(w, run_ms);
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	world_forget(w);
}

#define near(value, right) \
	assert_in_range((int64_t)((value)*1000), (int64_t)((right)*900), (int64_t)((right)*1100))

STORY(rates_are_what_happens_in_a_second_and_a_young_queue_shows_them_too)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	assert_null(now(w));
	for (int second = 0; second < 90; second++) {
		for (int i = 0; i < 5; i++)
			work_one(w, 100);
		world_pass_ms(w, 500);
		if (second == 10 || second == 89) {
			near(stats_arrivals(now(w)), 5);
			near(stats_completions(now(w)), 5);
			near(stats_busy_ms(now(w)), 100);
		}
	}
	the_end(w);
}

STORY(a_rate_fades_when_nothing_happens_whether_somebody_looks_or_not)
{
	struct world *watched = world_open(2), *alone = world_open(2);

	(void)state;
	world_queue(watched, "q", NULL);
	world_queue(alone, "q", NULL);
	for (int i = 0; i < 100; i++) {
		world_send(watched, "q", "x");
		world_send(alone, "q", "x");
	}
	for (int second = 0; second < 120; second++) {
		world_pass_ms(watched, 1000);
		now(watched);
	}
	world_pass_ms(alone, 120 * 1000);
	near(stats_arrivals(now(alone)), stats_arrivals(now(watched)));
	assert_true(stats_arrivals(now(alone)) > 0.1 && stats_arrivals(now(alone)) < 1);
	world_pass_ms(alone, 60 * MINUTE_MS);
	assert_true(stats_arrivals(now(alone)) == 0);
	the_end(watched);
	the_end(alone);
}

STORY(attempts_that_fail_count_as_work_and_not_as_completions)
{
	struct world *w = world_open(3);

	(void)state;
	world_queue(w, "q", "VisibilityTimeout", "10", NULL);
	is(world_send(w, "q", "x"), "NONE");
	is(world_receive(w, "q"), "x");
	world_pass_ms(w, 10 * 1000); /* out of time */
	is(world_receive(w, "q"), "x");
	world_pass_ms(w, 1000);
	is(world_change(w, "q", world_receipt(w), 0), "NONE"); /* given back */
	is(world_receive(w, "q"), "x");
	world_pass_ms(w, 2000);
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	world_pass_ms(w, 1000);
	const struct queue_counters *c = &the_queue(w)->counters;
	assert_int_equal(c->failed, 2);
	assert_int_equal(c->received, 3);
	assert_int_equal(c->deleted, 1);
	assert_in_range((int64_t)stats_busy_ms(now(w)), 10500, 13500); /* what is older weighs less */
	assert_int_equal(hist_count(&now(w)->wait), 1);                /* the first receive only */
	assert_in_range(hist_percentile(&now(w)->run, 50), 1800, 2200);
	the_end(w);
}

STORY(a_delay_is_no_wait)
{
	struct world *w = world_open(4);

	(void)state;
	world_queue(w, "q", "slo_wait_ms", "2500", NULL);
	world_send_as(w, "q", "x", (struct sending){ .delay_s = 60 });
	world_send_as(w, "q", "y", (struct sending){ .delay_s = 60 });
	world_pass_ms(w, 62 * 1000);
	is(world_receive(w, "q"), "x");
	world_restart(w);
	world_pass_ms(w, 1000);
	is(world_receive(w, "q"), "y");
	assert_in_range(hist_percentile(&now(w)->wait, 50), 2700, 3300);
	assert_int_equal(now(w)->slow_waits, 1);
	the_end(w);
}

STORY(receivers_of_the_last_minute_are_counted_each_once)
{
	struct world *w = world_open(5);
	struct queue *q;

	(void)state;
	world_queue(w, "q", NULL);
	q = the_queue(w);
	for (uint64_t i = 0; i < 3000; i++)
		stats_seen(q, w->now.mono_ms, i % 30);
	assert_in_range(stats_receivers(q->stats, w->now.mono_ms), 27, 33);
	assert_in_range(stats_receivers(q->stats, w->now.mono_ms + SEEN_MS), 27, 33);
	assert_int_equal(stats_receivers(q->stats, w->now.mono_ms + 2 * SEEN_MS), 0);
	for (uint64_t i = 0; i < 300; i++)
		stats_seen(q, w->now.mono_ms, 1000 + i);
	assert_in_range(stats_receivers(q->stats, w->now.mono_ms), 260, 400);
	for (uint64_t i = 0; i < 100000; i++)
		stats_seen(q, w->now.mono_ms, i);
	assert_true(stats_receivers(q->stats, w->now.mono_ms) >= 2000); /* "very many" */
	the_end(w);
}

/* A batch that failed has counted nothing. */
STORY(a_fault_takes_back_what_was_counted)
{
	struct world *w = world_open(6);

	(void)state;
	world_queue(w, "q", NULL);
	is(world_send(w, "q", "x"), "NONE");
	for (int64_t nth = 1; nth < 6; nth++) {
		store_fail_at(w->store, nth, ERR_BUSY);
		world_send(w, "q", "y");
		store_fail_at(w->store, 0, OK);
		world_check(w);
	}
	const struct queue *q = the_queue(w);
	assert_int_equal(q->counters.sent, q->visible);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(buckets_follow_each_other_without_a_gap),
		RUN(a_percentile_is_right_within_an_eighth),
		RUN(a_histogram_is_written_and_read_back),
		RUN(bounds_of_metrics_add_up),
		RUN(rates_are_what_happens_in_a_second_and_a_young_queue_shows_them_too),
		RUN(a_rate_fades_when_nothing_happens_whether_somebody_looks_or_not),
		RUN(attempts_that_fail_count_as_work_and_not_as_completions),
		RUN(a_delay_is_no_wait),
		RUN(receivers_of_the_last_minute_are_counted_each_once),
		RUN(a_fault_takes_back_what_was_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
