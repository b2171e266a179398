/* overlap_test.c - stories of firings whose job before has not ended, on tracked queues. */
#include "domain/ledger/ledger.h"
#include "schedule/stories.h"

static struct world *hourly(int overlap)
{
	struct world *w = world_at("2026-11-22 15:30");

	world_queue(w, "work", "track", "true", NULL);
	is(put(w, "tick",
	       (struct putting){ .overlap = overlap, .labels = "{\"team\":\"x\"}", .payload = "{}" }),
	   "NONE");
	return w;
}

static struct job_row job(struct world *w, struct uuid id)
{
	struct job_row row;
	bool found;

	must(ledger_read(w->store, w->arena, id, &row, &found) == OK && found);
	return row;
}

static struct job_row last_job(struct world *w)
{
	struct schedule_info i = info(w, "tick");

	must(i.has_last_job);
	return job(w, i.last_job);
}

STORY(a_firing_makes_a_job_with_labels)
{
	struct world *w = hourly(0);

	(void)state;
	check_text(info(w, "tick").overlap, "skip"); /* where jobs are kept */
	until(w, "2026-11-22 16:00");
	struct job_row row = last_job(w);
	assert_int_equal(row.state, JOB_PENDING);
	check_text(row.requested_by, "schedule:tick");
	check_text(row.labels, "{\"team\":\"x\",\"schedule\":\"tick\","
	                       "\"due_at\":\"2026-11-22T16:00:00.000Z\"}");
	world_check_rows(w);
	the_end(w);
}

STORY(a_firing_is_skipped_while_the_job_before_has_not_ended)
{
	struct world *w = hourly(0);

	(void)state;
	until(w, "2026-11-22 17:00");
	struct schedule_info i = info(w, "tick");
	assert_int_equal(i.fired, 1);
	assert_int_equal(i.skipped, 1);
	check_text(i.last_outcome, "SKIPPED");
	assert_true(str_ends(i.last_detail, S(" is PENDING.")));
	is(run_now(w, "tick"), "CONFLICT");
	is(world_counts(w, "work"), "1/0/0");
	/* Also while it runs, and over a restart. */
	ask(w, "work", 1, 7000, 0);
	world_restart(w);
	until(w, "2026-11-22 18:00");
	assert_int_equal(info(w, "tick").skipped, 2);
	assert_true(str_ends(info(w, "tick").last_detail, S(" is RUNNING.")));
	until(w, "2026-11-22 18:59"); /* the lease is over, so it is PENDING again */
	world_receive(w, "work");
	world_delete(w, "work", world_receipt(w));
	until(w, "2026-11-22 19:00");
	assert_int_equal(info(w, "tick").fired, 2);
	the_end(w);
}

STORY(firings_may_overlap_where_that_is_allowed)
{
	struct world *w = hourly(1 + OVERLAP_ALLOW);

	(void)state;
	until(w, "2026-11-22 18:00");
	is(world_counts(w, "work"), "3/0/0");
	is(run_now(w, "tick"), "NONE");
	the_end(w);
}

STORY(the_job_before_is_not_canceled_for_one_that_its_queue_does_not_take)
{
	struct world *w = hourly(1 + OVERLAP_CANCEL_PREVIOUS);

	(void)state;
	until(w, "2026-11-22 16:00");
	struct uuid first = info(w, "tick").last_job;
	is(world_set(w, "work", "max_messages", "1", NULL), "NONE");
	ask(w, "work", 1, 7000, 0);
	until(w, "2026-11-22 17:00"); /* the running one stays until its worker has stopped */
	check_text(info(w, "tick").last_outcome, "FAILED");
	assert_int_equal(job(w, first).state, JOB_RUNNING);
	assert_true(job(w, first).cancel_asked_at == 0);
	until(w, "2026-11-22 17:59"); /* its lease is over, it is PENDING: its place is free then */
	assert_int_equal(job(w, first).state, JOB_PENDING);
	until(w, "2026-11-22 18:00");
	assert_int_equal(job(w, first).state, JOB_CANCELED);
	is(world_counts(w, "work"), "1/0/0");
	is(run_now(w, "tick"), "NONE");
	is(world_counts(w, "work"), "1/0/0");
	world_check_rows(w);
	the_end(w);
}

STORY(the_job_before_can_be_canceled)
{
	struct world *w = hourly(1 + OVERLAP_CANCEL_PREVIOUS);
	struct uuid first, second;

	(void)state;
	until(w, "2026-11-22 16:00");
	first = info(w, "tick").last_job;
	until(w, "2026-11-22 17:00");
	second = info(w, "tick").last_job;
	assert_int_equal(job(w, first).state, JOB_CANCELED);
	assert_non_null(strstr(job(w, first).error.at, "The schedule tick fires again."));
	is(world_counts(w, "work"), "1/0/0");
	/* One that runs is asked; it is for its worker to stop. */
	ask(w, "work", 1, 7000, 0);
	until(w, "2026-11-22 18:00");
	assert_int_equal(job(w, second).state, JOB_RUNNING);
	assert_true(job(w, second).cancel_asked_at != 0);
	is(world_counts(w, "work"), "1/1/0");
	is(run_now(w, "tick"), "NONE");
	is(world_counts(w, "work"), "1/1/0"); /* that of 18:00 was canceled */
	world_check_rows(w);
	the_end(w);
}

static bool one_fault(int64_t nth)
{
	struct world *w = hourly(1 + OVERLAP_CANCEL_PREVIOUS);

	until(w, "2026-11-22 16:59:59");
	store_fail_at(w->store, nth, ERR_IO);
	until(w, "2026-11-22 17:00");
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	until(w, "2026-11-22 17:00:10");
	is(world_counts(w, "work"), "1/0/0");
	assert_int_equal(info(w, "tick").fired, 2);
	world_check(w);
	world_check_rows(w);
	the_end(w);
	return failed;
}

STORY(a_fault_at_any_store_call_cancels_and_fires_once)
{
	int64_t nth = 1;

	(void)state;
	while (one_fault(nth))
		nth++;
	assert_true(nth > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_firing_makes_a_job_with_labels),
		RUN(a_firing_is_skipped_while_the_job_before_has_not_ended),
		RUN(firings_may_overlap_where_that_is_allowed),
		RUN(the_job_before_is_not_canceled_for_one_that_its_queue_does_not_take),
		RUN(the_job_before_can_be_canceled),
		RUN(a_fault_at_any_store_call_cancels_and_fires_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
