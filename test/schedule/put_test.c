/* put_test.c - stories of what a schedule is: defined, changed, paused, refused; calendars. */
#include "schedule/stories.h"

static struct world *with_queue(const char *start)
{
	struct world *w = world_at(start);

	world_queue(w, "work", NULL);
	return w;
}

/* ---- defining */

STORY(the_same_definition_again_changes_nothing_about_what_is_due)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ .payload = "one" });
	stopped_until(w, "2026-11-22 16:00:20");
	/* It is due; the same again does not move it, even before anything else happens. */
	is(put(w, "tick", (struct putting){ .payload = "two" }), "NONE");
	until(w, "2026-11-22 16:00:30");
	is(came(w), "11-22 16:00");
	is(put(w, "tick", (struct putting){ .cron = "30 * * * *" }), "NONE");
	is(next_at(w, "tick"), "11-22 16:30");
	assert_int_equal(info(w, "tick").fired, 1);
	until(w, "2026-11-22 16:40");
	is(came(w), "11-22 16:30");
	world_check_rows(w);
	the_end(w);
}

STORY(another_definition_begins_now_whatever_was_decided_before)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ 0 });
	until(w, "2026-11-22 17:10");
	world_jump_ms(w, -4 * HOUR_MS); /* 13:10: the clock was wrong */
	put(w, "tick", (struct putting){ .cron = "20 * * * *" });
	is(next_at(w, "tick"), "11-22 13:20");
	world_pass_ms(w, 20 * MINUTE_MS);
	is(came(w), "11-22 16:00, 11-22 17:00, 11-22 13:20");
	world_close(w);
}

STORY(payload_labels_and_due_time_reach_the_message)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ .payload = "{\"n\":1}", .labels = "{\"team\":\"x\"}" });
	until(w, "2026-11-22 16:00");
	struct queue_receive *p = ask(w, "work", 1, 30, 0);
	assert_int_equal(p->count, 1);
	check_text(p->messages[0].body, "{\"n\":1}");
	check_text(p->messages[0].sender, "schedule:tick");
	check_text(p->messages[0].attributes,
	           "{\"schedule\":{\"type\":\"String\",\"value\":\"tick\"},"
	           "\"due_at\":{\"type\":\"String\",\"value\":\"2026-11-22T16:00:00.000Z\"}}");
	the_end(w);
}

STORY(a_schedule_has_the_priority_of_its_messages)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	world_queue(w, "lanes", "priority", "on", NULL);
	world_queue(w, "line.fifo", NULL);
	is(put(w, "urgent", (struct putting){ .queue = "lanes", .priority = 9, .payload = "!" }),
	   "NONE");
	is(put(w, "line", (struct putting){ .queue = "line.fifo", .priority = 9 }), "INVALID_SCHEDULE");
	world_send(w, "lanes", "calm");
	until(w, "2026-11-22 16:00");
	is(world_receive(w, "lanes"), "!");
	the_end(w);
}

STORY(a_payload_must_fit_the_schema_of_its_queue)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	world_queue(w, "strict", "schema", "{\"type\":\"object\",\"required\":[\"id\"]}", NULL);
	is(put(w, "x", (struct putting){ .queue = "strict", .payload = "{}" }), "INVALID_SCHEDULE");
	is(put(w, "x", (struct putting){ .queue = "strict", .payload = "{\"id\":1}" }), "NONE");
	the_end(w);
}

STORY(a_fifo_queue_gets_one_group_for_each_schedule)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	world_queue(w, "line.fifo", NULL);
	is(put(w, "a", (struct putting){ .queue = "line.fifo" }), "NONE");
	is(put(w, "b", (struct putting){ .queue = "line.fifo" }), "NONE");
	is(run_now(w, "a"), "NONE");
	is(run_now(w, "a"), "NONE"); /* not a duplicate */
	until(w, "2026-11-22 17:00");
	is(world_counts(w, "line.fifo"), "6/0/0");
	struct queue_receive *p = ask(w, "line.fifo", 10, 30, 0);
	check_text(p->messages[0].group, "a");
	the_end(w);
}

/* ---- pause, resume, run, delete */

STORY(a_paused_schedule_fires_nothing_and_catches_up_nothing)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ .catch_up = CATCH_UP_ALL });
	is(named(w, &op_schedule_pause, "tick"), "NONE");
	is(named(w, &op_schedule_pause, "tick"), "NONE");
	is(next_at(w, "tick"), "never");
	until(w, "2026-11-22 17:30");
	world_restart(w);
	is(came(w), "");
	is(named(w, &op_schedule_resume, "tick"), "NONE");
	is(named(w, &op_schedule_resume, "tick"), "NONE");
	until(w, "2026-11-22 18:30");
	is(came(w), "11-22 18:00");
	/* By a definition, too; one that does not say leaves it as it is. */
	put(w, "tick", (struct putting){ .paused = 1 });
	put(w, "tick", (struct putting){ .payload = "other" });
	until(w, "2026-11-22 19:30");
	is(came(w), "");
	put(w, "tick", (struct putting){ .paused = -1 });
	is(next_at(w, "tick"), "11-22 20:00");
	world_check_rows(w);
	the_end(w);
}

STORY(a_schedule_can_be_run_by_hand_without_moving_its_times)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ .paused = 1 });
	is(run_now(w, "tick"), "NONE");
	is(came(w), "now");
	is(next_at(w, "tick"), "never");
	assert_int_equal(info(w, "tick").fired, 1);
	is(run_now(w, "nobody"), "NO_SUCH_SCHEDULE");
	the_end(w);
}

STORY(a_deleted_schedule_is_gone_with_the_zone_that_nobody_else_uses)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "a", (struct putting){ .zone = "Europe/Berlin" });
	put(w, "b", (struct putting){ .zone = "Europe/Berlin" });
	put(w, "b", (struct putting){ .zone = "Asia/Tokyo" });
	is(named(w, &op_schedule_delete, "a"), "NONE");
	is(named(w, &op_schedule_delete, "a"), "NO_SUCH_SCHEDULE");
	assert_int_equal(schedules_figures(engine_domain(w->engine)).schedules, 1);
	world_check_rows(w);
	put(w, "b", (struct putting){ .zone = "UTC" });
	until(w, "2026-11-22 16:00");
	is(came(w), "11-22 16:00");
	world_check_rows(w);
	the_end(w);
}

/* ---- calendars */

STORY(business_days_follow_the_calendar_also_when_it_changes)
{
	struct world *w = with_queue("2026-12-23 12:00");

	(void)state;
	is(put(w, "daily", (struct putting){ .cron = "0 9 B * ?", .holidays = "de" }),
	   "INVALID_SCHEDULE");
	is(calendar(w, "de", "2026-12-24", "2026-12-25"), "NONE");
	is(put(w, "daily", (struct putting){ .cron = "0 9 B * ?", .holidays = "de" }), "NONE");
	is(put(w, "all", (struct putting){ .cron = "0 9 B * ?" }), "NONE");
	is(next_at(w, "daily"), "12-28 09:00");
	is(next_at(w, "all"), "12-24 09:00");
	is(calendar(w, "de", "2026-12-24", NULL), "NONE");
	is(next_at(w, "daily"), "12-25 09:00");
	is(named(w, &op_calendar_delete, "de"), "CONFLICT");
	world_restart(w);
	until(w, "2026-12-28 08:00");
	is(came(w), "12-24 09:00, 12-25 09:00, 12-25 09:00");
	until(w, "2026-12-28 10:00");
	is(came(w), "12-28 09:00, 12-28 09:00");
	put(w, "daily", (struct putting){ .cron = "0 9 B * ?" });
	is(named(w, &op_calendar_delete, "de"), "NONE");
	is(named(w, &op_calendar_delete, "de"), "NOT_FOUND");
	world_check_rows(w);
	the_end(w);
}

STORY(what_is_due_already_stays_so_when_its_day_becomes_a_holiday)
{
	struct world *w = with_queue("2026-12-23 12:00");

	(void)state;
	calendar(w, "de", NULL, NULL);
	put(w, "daily", (struct putting){ .cron = "0 9 B * ?", .holidays = "de" });
	stopped_until(w, "2026-12-24 09:00:05");
	is(calendar(w, "de", "2026-12-24", "2026-12-25"), "NONE");
	until(w, "2026-12-24 10:00");
	is(came(w), "12-24 09:00");
	is(next_at(w, "daily"), "12-28 09:00");
	the_end(w);
}

/* ---- what goes wrong */

STORY(a_schedule_that_cannot_be_is_refused)
{
	struct world *w = with_queue("2026-11-22 15:30");
	char large[2000];

	(void)state;
	is(put(w, "x", (struct putting){ .queue = "nowhere" }), "INVALID_SCHEDULE");
	is(put(w, "x", (struct putting){ .cron = "0 0 30 2 *" }), "INVALID_SCHEDULE");
	is(put(w, "x", (struct putting){ .holidays = "none" }), "INVALID_SCHEDULE");
	/* Without jobs nobody knows whether the one before has ended. */
	is(put(w, "x", (struct putting){ .overlap = 1 + OVERLAP_SKIP }), "INVALID_SCHEDULE");
	is(put(w, "x", (struct putting){ .overlap = 1 + OVERLAP_CANCEL_PREVIOUS }), "INVALID_SCHEDULE");
	is(put(w, "x", (struct putting){ .overlap = 1 + OVERLAP_ALLOW }), "NONE");
	world_set(w, "work", "MaximumMessageSize", "1024", NULL);
	memset(large, 'a', sizeof large);
	large[1024] = '\0';
	is(put(w, "y", (struct putting){ .payload = large }), "INVALID_SCHEDULE");
	large[900] = '\0';
	is(put(w, "y", (struct putting){ .payload = large }), "NONE");
	is(named(w, &op_schedule_pause, "nobody"), "NO_SUCH_SCHEDULE");
	the_end(w);
}

STORY(a_queue_that_is_gone_or_full_fails_the_firing_and_the_next_one_is_tried)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	put(w, "tick", (struct putting){ 0 });
	world_set(w, "work", "max_messages", "1", NULL);
	world_send(w, "work", "in the way");
	until(w, "2026-11-22 16:00");
	struct schedule_info i = info(w, "tick");
	check_text(i.last_outcome, "FAILED");
	assert_true(str_starts(i.last_detail, S("The queue work holds 1 messages")));
	is(run_now(w, "tick"), "QUEUE_FULL");
	world_delete_queue(w, "work");
	is(run_now(w, "tick"), "CONFLICT");
	until(w, "2026-11-22 17:00");
	i = info(w, "tick");
	assert_int_equal(i.failed, 2);
	check_text(i.last_detail, "There is no queue named work.");
	world_pass_ms(w, 60 * SECOND_MS);
	world_queue(w, "work", NULL);
	until(w, "2026-11-22 18:00");
	is(came(w), "11-22 18:00");
	the_end(w);
}

STORY(there_are_not_more_than_schedules_max)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	for (int i = 0; i < SCHEDULES_MAX;) {
		struct cmd *batch[1000];
		for (int n = 0; n < 1000; n++, i++)
			batch[n] = world_cmd(w, &op_schedule_put,
			                     put_params(w, arena_printf(w->arena, "s%d", i).at,
			                                (struct putting){ .paused = 1 }));
		world_run_batch(w, batch, 1000);
	}
	is(put(w, "more", (struct putting){ 0 }), "OVER_LIMIT");
	is(put(w, "s7", (struct putting){ 0 }), "NONE");
	assert_int_equal(schedules_figures(engine_domain(w->engine)).schedules, SCHEDULES_MAX);
	world_close(w);
}

STORY(there_are_not_more_than_calendars_max)
{
	struct world *w = with_queue("2026-11-22 15:30");

	(void)state;
	for (int i = 0; i < CALENDARS_MAX; i++)
		is(calendar(w, arena_printf(w->arena, "c%d", i).at, NULL, NULL), "NONE");
	is(calendar(w, "more", NULL, NULL), "OVER_LIMIT");
	is(calendar(w, "c7", "2026-12-24", NULL), "NONE");
	the_end(w);
}

/* ---- faults */

static struct cmd *fault_commands(struct world *w, int which)
{
	switch (which) {
	case 0:
		return world_cmd(w, &op_schedule_put,
		                 put_params(w, "a",
		                            (struct putting){ .cron = "5 * * * *",
		                                              .zone = "Asia/Tokyo",
		                                              .holidays = "de" }));
	case 1: {
		struct schedule_named *p = ARENA_NEW(w->arena, struct schedule_named);
		p->name = S("b");
		return world_cmd(w, &op_schedule_delete, p);
	}
	case 2: {
		struct schedule_run *p = ARENA_NEW(w->arena, struct schedule_run);
		p->name = S("c");
		return world_cmd(w, &op_schedule_run, p);
	}
	case 3: {
		struct calendar_put *p = ARENA_NEW(w->arena, struct calendar_put);
		*p = (struct calendar_put){ .name = S("de"),
			                        .body = S("{\"holidays\":[\"2027-07-01\"]}"),
			                        .days = 1 };
		return world_cmd(w, &op_calendar_put, p);
	}
	default: {
		struct schedule_named *p = ARENA_NEW(w->arena, struct schedule_named);
		p->name = S("c");
		return world_cmd(w, &op_schedule_pause, p);
	}
	}
}

static bool one_fault(int64_t nth, int64_t times)
{
	struct world *w = with_queue("2026-11-22 15:30");
	struct cmd *commands[5];

	calendar(w, "de", "2026-12-24", "2026-12-25");
	put(w, "a", (struct putting){ .zone = "Europe/Berlin" });
	put(w, "b", (struct putting){ .zone = "America/New_York", .holidays = "de" });
	put(w, "c", (struct putting){ .cron = "0 9 B * ?", .holidays = "de" });
	for (int i = 0; i < 5; i++)
		commands[i] = fault_commands(w, i);
	store_fail_from(w->store, nth, times, ERR_IO);
	world_run_batch(w, commands, 5);
	bool failed = store_failed(w->store), stopped = w->last_turn.stop;
	store_fail_at(w->store, 0, OK);
	for (int i = 0; i < 5; i++)
		assert_true(commands[i]->fault == OK || times > 1);
	if (!stopped)
		world_check(w);
	bool done = commands[1]->fault == OK;
	world_check_rows(w);
	world_check(w);
	assert_int_equal(schedules_figures(engine_domain(w->engine)).schedules, done ? 2 : 3);
	world_close(w);
	return failed;
}

STORY(changes_survive_a_fault_at_any_store_call_whole_or_not_at_all)
{
	(void)state;
	for (int64_t times = 1; times <= 1000 * 1000; times *= 1000 * 1000) {
		int64_t nth = 1;
		while (one_fault(nth, times))
			nth++;
		assert_true(nth > 15);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_same_definition_again_changes_nothing_about_what_is_due),
		RUN(another_definition_begins_now_whatever_was_decided_before),
		RUN(payload_labels_and_due_time_reach_the_message),
		RUN(a_schedule_has_the_priority_of_its_messages),
		RUN(a_payload_must_fit_the_schema_of_its_queue),
		RUN(a_fifo_queue_gets_one_group_for_each_schedule),
		RUN(a_paused_schedule_fires_nothing_and_catches_up_nothing),
		RUN(a_schedule_can_be_run_by_hand_without_moving_its_times),
		RUN(a_deleted_schedule_is_gone_with_the_zone_that_nobody_else_uses),
		RUN(business_days_follow_the_calendar_also_when_it_changes),
		RUN(what_is_due_already_stays_so_when_its_day_becomes_a_holiday),
		RUN(a_schedule_that_cannot_be_is_refused),
		RUN(a_queue_that_is_gone_or_full_fails_the_firing_and_the_next_one_is_tried),
		RUN(there_are_not_more_than_schedules_max),
		RUN(there_are_not_more_than_calendars_max),
		RUN(changes_survive_a_fault_at_any_store_call_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
