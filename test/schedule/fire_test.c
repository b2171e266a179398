/* fire_test.c - stories of due times: each is fired once, whatever happens to the server and
 * its clock. */
#include "schedule/stories.h"

static struct world *an_hourly_schedule(const char *start, enum catch_up catch_up)
{
	struct world *w = world_at(start);

	world_queue(w, "work", NULL);
	is(put(w, "tick", (struct putting){ .catch_up = catch_up }), "NONE");
	return w;
}

STORY(a_schedule_fires_at_its_times)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", CATCH_UP_SKIP);

	(void)state;
	is(next_at(w, "tick"), "11-22 16:00");
	until(w, "2026-11-22 15:59:59");
	is(came(w), "");
	until(w, "2026-11-22 16:00");
	is(came(w), "11-22 16:00");
	until(w, "2026-11-22 18:10");
	is(came(w), "11-22 17:00, 11-22 18:00");
	is(next_at(w, "tick"), "11-22 19:00");
	assert_int_equal(info(w, "tick").fired, 3);
	check_text(info(w, "tick").last_outcome, "FIRED");
	the_end(w);
}

STORY(a_restart_fires_nothing_twice_and_loses_nothing)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", CATCH_UP_SKIP);

	(void)state;
	until(w, "2026-11-22 16:00");
	world_restart(w);
	until(w, "2026-11-22 16:00:30");
	is(came(w), "11-22 16:00");
	world_restart(w);
	stopped_until(w, "2026-11-22 17:00:59"); /* a little late is not missed */
	until(w, "2026-11-22 17:01");
	is(came(w), "11-22 17:00");
	world_check_rows(w);
	the_end(w);
}

/* Stopped from 15:30 to 18:30: three were missed. */
static struct world *a_long_stop(enum catch_up catch_up)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", catch_up);

	stopped_until(w, "2026-11-22 18:30");
	until(w, "2026-11-22 18:31");
	return w;
}

STORY(what_was_missed_is_dropped_unless_told_otherwise)
{
	struct world *w = a_long_stop(CATCH_UP_SKIP);

	(void)state;
	is(came(w), "");
	check_text(info(w, "tick").last_outcome, "MISSED");
	is(next_at(w, "tick"), "11-22 19:00");
	until(w, "2026-11-22 19:30");
	is(came(w), "11-22 19:00");
	the_end(w);
}

STORY(one_firing_can_stand_for_all_that_were_missed)
{
	struct world *w = a_long_stop(CATCH_UP_ONE);

	(void)state;
	is(came(w), "11-22 16:00");
	is(next_at(w, "tick"), "11-22 19:00");
	world_restart(w);
	until(w, "2026-11-22 19:30");
	is(came(w), "11-22 19:00");
	the_end(w);
}

STORY(all_that_were_missed_can_be_fired_in_order)
{
	struct world *w = a_long_stop(CATCH_UP_ALL);

	(void)state;
	is(came(w), "11-22 16:00, 11-22 17:00, 11-22 18:00");
	until(w, "2026-11-22 19:30");
	is(came(w), "11-22 19:00");
	the_end(w);
}

STORY(at_most_catch_up_max_are_fired_in_a_row)
{
	struct world *w = world_at("2026-11-22 15:30");

	(void)state;
	world_queue(w, "work", NULL);
	put(w, "tick", (struct putting){ .cron = "* * * * *", .catch_up = CATCH_UP_ALL });
	stopped_until(w, "2026-11-22 20:30:30");
	until(w, "2026-11-22 20:30:40");
	/* 15:31 to 17:10 are the hundred; then those that are not late: 20:30. */
	assert_int_equal(info(w, "tick").fired, CATCH_UP_MAX + 1);
	is(next_at(w, "tick"), "11-22 20:31");
	/* The next long stop has a hundred of its own. */
	until(w, "2026-11-22 20:31");
	stopped_until(w, "2026-11-23 20:30:30");
	until(w, "2026-11-23 20:30:40");
	assert_int_equal(info(w, "tick").fired, 2 * CATCH_UP_MAX + 3);
	the_end(w);
}

STORY(a_stop_in_the_middle_of_catching_up_fires_nothing_twice)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", CATCH_UP_ALL);
	struct list none;

	(void)state;
	stopped_until(w, "2026-11-22 19:30");
	list_init(&none);
	world_run(w, &op_queue_get, &(struct queue_get){ .name = S("work") }); /* one turn */
	is(next_at(w, "tick"), "11-22 17:00");
	world_restart(w);
	until(w, "2026-11-22 19:31");
	is(came(w), "11-22 16:00, 11-22 17:00, 11-22 18:00, 11-22 19:00");
	the_end(w);
}

/* ---- the wall clock jumps */

STORY(a_clock_that_is_set_forward_misses_what_it_jumped_over)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", CATCH_UP_SKIP);

	(void)state;
	world_jump_ms(w, 3 * HOUR_MS + 29 * MINUTE_MS + 50 * SECOND_MS); /* 18:59:50 */
	world_pass_ms(w, 5 * SECOND_MS);
	is(came(w), "");
	world_pass_ms(w, 10 * SECOND_MS); /* it is noticed within a second */
	is(came(w), "11-22 19:00");
	w->jumped = false;
	world_close(w);
}

STORY(a_clock_that_is_set_back_fires_nothing_twice)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:30", CATCH_UP_ALL);

	(void)state;
	until(w, "2026-11-22 17:10");
	is(came(w), "11-22 16:00, 11-22 17:00");
	world_jump_ms(w, -2 * HOUR_MS); /* 15:10 again */
	world_pass_ms(w, 2 * HOUR_MS + 40 * MINUTE_MS);
	is(came(w), "");
	named(w, &op_schedule_pause, "tick");
	named(w, &op_schedule_resume, "tick");
	world_pass_ms(w, 15 * MINUTE_MS); /* 18:05 */
	is(came(w), "11-22 18:00");
	world_jump_ms(w, -2 * HOUR_MS); /* 16:05 */
	named(w, &op_schedule_pause, "tick");
	named(w, &op_schedule_resume, "tick");
	is(next_at(w, "tick"), "11-22 19:00");
	world_close(w);
}

/* ---- summer time, through the engine */

STORY(a_time_that_does_not_exist_is_fired_right_after_the_gap)
{
	struct world *w = world_at("2026-03-28 12:00");

	(void)state;
	world_queue(w, "work", NULL);
	put(w, "early", (struct putting){ .cron = "30 2 * * *", .zone = "Europe/Berlin" });
	until(w, "2026-03-31 00:00");
	is(came(w), "03-29 01:00, 03-30 00:30");
	world_check_rows(w);
	the_end(w);
}

STORY(a_time_that_comes_twice_is_fired_once_and_a_rhythm_goes_on)
{
	struct world *w = world_at("2026-10-24 23:50");

	(void)state;
	world_queue(w, "work", NULL);
	world_queue(w, "beat", NULL);
	put(w, "early", (struct putting){ .cron = "30 2 * * *", .zone = "Europe/Berlin" });
	put(w, "beat",
	    (struct putting){ .cron = "*/30 * * * *", .zone = "Europe/Berlin", .queue = "beat" });
	until(w, "2026-10-25 01:45");
	is(came(w), "10-25 00:30");
	is(came_into(w, "beat"), "10-25 00:00, 10-25 00:30, 10-25 01:00, 10-25 01:30");
	the_end(w);
}

STORY(a_restart_knows_the_zone_without_its_file)
{
	struct world *w = world_at("2026-07-01 12:00");
	struct schedule_put *p;

	(void)state;
	world_queue(w, "work", NULL);
	/* As if Berlin were Tokyo: what counts is what was stored. */
	p = put_params(w, "noon", (struct putting){ .cron = "0 12 * * *", .zone = "Asia/Tokyo" });
	p->zone = S("Europe/Berlin");
	is(answer(world_run(w, &op_schedule_put, p)), "NONE");
	is(next_at(w, "noon"), "07-02 03:00");
	world_restart(w);
	until(w, "2026-07-02 04:00");
	is(came(w), "07-02 03:00");
	/* Another schedule brings other data: both follow. */
	put(w, "other", (struct putting){ .cron = "0 18 * * *", .zone = "Europe/Berlin" });
	is(next_at(w, "noon"), "07-02 10:00");
	world_restart(w);
	is(next_at(w, "noon"), "07-02 10:00");
	until(w, "2026-07-02 12:00");
	is(came(w), "07-02 10:00");
	the_end(w);
}

/* ---- faults */

static bool one_fault(int64_t nth)
{
	struct world *w = world_at("2026-11-22 15:30");
	bool failed;

	world_queue(w, "work", NULL);
	world_queue(w, "other", NULL);
	put(w, "a", (struct putting){ .zone = "Europe/Berlin" });
	put(w, "b", (struct putting){ .queue = "other" });
	until(w, "2026-11-22 15:59:59");
	store_fail_at(w->store, nth, ERR_IO);
	until(w, "2026-11-22 16:00");
	failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	world_check(w);
	until(w, "2026-11-22 16:00:10");
	is(came(w), "11-22 16:00");
	is(came_into(w, "other"), "11-22 16:00");
	assert_int_equal(info(w, "a").fired, 1);
	assert_int_equal(info(w, "b").fired, 1);
	world_restart(w);
	until(w, "2026-11-22 17:00");
	is(came(w), "11-22 17:00");
	the_end(w);
	return failed;
}

STORY(a_fault_at_any_store_call_fires_nothing_twice_and_loses_nothing)
{
	int64_t nth = 1;

	(void)state;
	while (one_fault(nth))
		nth++;
	assert_true(nth > 10);
}

STORY(a_full_disk_delays_what_is_due)
{
	struct world *w = an_hourly_schedule("2026-11-22 15:59", CATCH_UP_SKIP);

	(void)state;
	engine_disk_full(w->engine, true);
	until(w, "2026-11-22 16:00:20");
	is(next_at(w, "tick"), "11-22 16:00");
	engine_disk_full(w->engine, false);
	until(w, "2026-11-22 16:00:30");
	is(came(w), "11-22 16:00");
	the_end(w);
}

STORY(many_are_fired_in_several_turns)
{
	struct world *w = world_at("2026-11-22 15:30");

	(void)state;
	world_queue(w, "work", NULL);
	for (int i = 0; i < 2 * SCHEDULE_FIRES_MAX + 1; i++)
		is(put(w, arena_printf(w->arena, "s%d", i).at, (struct putting){ 0 }), "NONE");
	until(w, "2026-11-22 16:00");
	is(world_counts(w, "work"), arena_printf(w->arena, "%d/0/0", 2 * SCHEDULE_FIRES_MAX + 1).at);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_schedule_fires_at_its_times),
		RUN(a_restart_fires_nothing_twice_and_loses_nothing),
		RUN(what_was_missed_is_dropped_unless_told_otherwise),
		RUN(one_firing_can_stand_for_all_that_were_missed),
		RUN(all_that_were_missed_can_be_fired_in_order),
		RUN(at_most_catch_up_max_are_fired_in_a_row),
		RUN(a_stop_in_the_middle_of_catching_up_fires_nothing_twice),
		RUN(a_clock_that_is_set_forward_misses_what_it_jumped_over),
		RUN(a_clock_that_is_set_back_fires_nothing_twice),
		RUN(a_time_that_does_not_exist_is_fired_right_after_the_gap),
		RUN(a_time_that_comes_twice_is_fired_once_and_a_rhythm_goes_on),
		RUN(a_restart_knows_the_zone_without_its_file),
		RUN(a_fault_at_any_store_call_fires_nothing_twice_and_loses_nothing),
		RUN(a_full_disk_delays_what_is_due),
		RUN(many_are_fired_in_several_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
