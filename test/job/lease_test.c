/* lease_test.c - stories about attempts that end badly: leases, failures, retries, cancels,
 * and who is first when two things happen in one batch. */
#include <stdio.h>

#include "job/stories.h"

static struct world *with(const char *retry)
{
	struct world *w = world_open(1);

	is(world_queue(w, "work", "track", "true", "retry", retry, NULL), "NONE");
	return w;
}

static struct world *with_dead(int receives)
{
	struct world *w = world_open(1);

	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "RedrivePolicy", world_redrive(w, "dead", receives),
	               NULL),
	   "NONE");
	return w;
}

/* ---- failures */

STORY(a_failed_attempt_is_followed_by_the_next_after_the_backoff_of_the_queue)
{
	struct world *w = with("{\"backoff\":{\"initial_ms\":1000,\"factor\":3,\"jitter\":0}}");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(job_fail(w, job_taken(w, "work", "a"), "{\"code\":\"X\"}", false, -1), "PENDING");
	is(job_says(w, id), "PENDING 1");
	assert_int_equal(job_of(w, id)->execute_at, w->now.wall_ms + 1000);
	check_text(job_of(w, id)->error, "{\"code\":\"X\"}");
	is(world_counts(w, "work"), "0/0/1"); /* nobody holds it: it does not count as in flight */
	world_check(w);
	world_pass_ms(w, 999);
	nothing(world_receive(w, "work"));
	world_pass_ms(w, 1);
	is(job_fail(w, job_taken(w, "work", "a"), NULL, false, -1), "PENDING");
	world_pass_ms(w, 2999);
	nothing(world_receive(w, "work"));
	world_pass_ms(w, 1);
	is(job_complete(w, job_taken(w, "work", "a"), "{\"n\":1}"), "SUCCEEDED");
	is(job_says(w, id), "SUCCEEDED 3");
	is(job_attempts(w, id), "FAILED FAILED");
	check_text(job_of(w, id)->result, "{\"n\":1}");
	the_end(w);
}

STORY(the_worker_may_say_when_and_a_restart_does_not_forget_it)
{
	struct world *w = with("");
	struct uuid id = job_sent(w, "work", "a"), soon = job_sent(w, "work", "b");

	(void)state;
	is(job_fail(w, job_taken(w, "work", "a"), NULL, false, 5 * HOUR_MS), "PENDING");
	is(job_fail(w, job_taken(w, "work", "b"), NULL, false, 0), "PENDING");
	is(world_counts(w, "work"), "1/0/1");
	world_restart(w);
	is(world_counts(w, "work"), "1/0/1");
	world_check(w);
	job_taken(w, "work", "b");
	is(job_says(w, soon), "RUNNING 2");
	world_pass_ms(w, 5 * HOUR_MS - 1);
	is(job_says(w, id), "PENDING 1");
	world_pass_ms(w, 1);
	is(world_counts(w, "work"), "2/0/0");
	the_end(w);
}

STORY(jobs_that_back_off_do_not_use_up_the_concurrency_of_their_queue)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", "track", "true", "concurrency", "1", NULL);
	job_sent(w, "work", "a");
	job_sent(w, "work", "b");
	struct receipt r = job_taken(w, "work", "a");
	nothing(world_receive(w, "work"));
	is(job_fail(w, r, NULL, false, HOUR_MS), "PENDING");
	job_taken(w, "work", "b");
	the_end(w);
}

STORY(without_tries_left_it_is_a_dead_letter_at_once_and_can_be_redriven)
{
	struct world *w = with_dead(1);
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	job_taken(w, "work", "a");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, id), "FAILED 1");
	assert_non_null(strstr(job_of(w, id)->error.at, "LEASE_LOST"));
	is(world_counts(w, "dead"), "1/0/0");
	is(world_counts(w, "work"), "0/0/0");
	world_check(w);
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);
	p->source = S("dead");
	world_run(w, &op_move_start, p);
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	world_check(w);
	is(world_delete(w, "work", job_taken(w, "work", "a")), "NONE");
	is(job_says(w, id), "SUCCEEDED 2");
	is(job_attempts(w, id), "LOST");
	assert_int_equal(jobs_kept(w), 1);
	the_end(w);
}

STORY(told_not_to_try_again_it_is_a_dead_letter_with_the_error_or_gone_without_such_a_queue)
{
	struct world *w = with_dead(5);
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(job_fail(w, job_taken(w, "work", "a"), "{\"code\":\"BAD\"}", true, -1), "FAILED");
	struct queue_receive *p = ask(w, "dead", 1, -1, 0);
	assert_int_equal(p->count, 1);
	check_text(p->messages[0].error, "{\"code\":\"BAD\"}");
	assert_memory_equal(&p->messages[0].message_id, &id, sizeof id);
	is(job_says(w, id), "FAILED 1");
	is(job_attempts(w, id), "FAILED");
	world_check(w);
	/* Whoever deletes the dead letter: the job has failed all the same. */
	is(world_delete(w, "dead", p->messages[0].receipt), "NONE");
	is(job_says(w, id), "FAILED 1");
	world_queue(w, "alone", "track", "true", NULL);
	struct uuid other = job_sent(w, "alone", "b");
	is(job_fail(w, job_taken(w, "alone", "b"), "{\"code\":\"BAD\"}", true, -1), "FAILED");
	is(job_says(w, other), "FAILED 1");
	is(world_counts(w, "alone"), "0/0/0");
	the_end(w);
}

STORY(a_failure_report_of_the_queues_own_api_means_the_same)
{
	struct world *w = with_dead(2);
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	struct receipt r = job_taken(w, "work", "a");
	is(world_fail(w, "work", r, "{\"code\":\"X\"}", false, 5), "NONE");
	is(job_says(w, id), "PENDING 1");
	is(world_fail(w, "work", r, "{\"code\":\"X\"}", false, 5), "RECEIPT_EXPIRED");
	world_pass_ms(w, 5 * SECOND_MS);
	is(world_fail(w, "work", job_taken(w, "work", "a"), "{\"code\":\"Y\"}", false, 5), "NONE");
	is(job_says(w, id), "FAILED 2");
	is(job_attempts(w, id), "FAILED FAILED");
	check_text(job_of(w, id)->error, "{\"code\":\"Y\"}");
	is(world_counts(w, "dead"), "1/0/0");
	the_end(w);
}

STORY(max_attempts_of_retry_goes_before_the_redrive_policy)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "RedrivePolicy", world_redrive(w, "dead", 1),
	               "retry", "{\"max_attempts\":2}", NULL),
	   "NONE");
	struct uuid id = job_sent(w, "work", "a");
	is(job_fail(w, job_taken(w, "work", "a"), NULL, false, 0), "PENDING");
	is(job_fail(w, job_taken(w, "work", "a"), NULL, false, 0), "FAILED");
	is(job_says(w, id), "FAILED 2");
	/* Removed again, the policy counts. */
	is(world_set(w, "work", "retry", "", NULL), "NONE");
	id = job_sent(w, "work", "b");
	is(job_fail(w, job_taken(w, "work", "b"), NULL, false, 0), "FAILED");
	is(world_counts(w, "dead"), "2/0/0");
	the_end(w);
}

STORY(a_limit_that_was_lowered_is_found_by_the_next_receive)
{
	struct world *w = with("{\"max_attempts\":9}");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(job_fail(w, job_taken(w, "work", "a"), "{\"code\":\"X\"}", false, 0), "PENDING");
	is(world_set(w, "work", "retry", "{\"max_attempts\":1}", NULL), "NONE");
	nothing(world_receive(w, "work"));
	is(job_says(w, id), "FAILED 1");
	assert_non_null(strstr(job_of(w, id)->error.at, "ATTEMPTS_USED_UP"));
	the_end(w);
}

/* ---- leases */

STORY(a_lease_that_is_lost_is_followed_by_a_backoff_only_where_that_is_set)
{
	struct world *w = with("{\"backoff\":{\"initial_ms\":5000,\"jitter\":0}}");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	job_taken(w, "work", "a");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	is(world_counts(w, "work"), "0/0/1");
	world_pass_ms(w, 5 * SECOND_MS);
	is(world_counts(w, "work"), "1/0/0");
	the_end(w);
}

STORY(an_attempt_takes_no_longer_than_its_job_allows_whatever_the_lease)
{
	struct world *w = with("");
	const struct job_extra extra = { .timeout_ms = 10 * SECOND_MS };
	struct uuid id = job_sent_as(w, "work", "a", NULL, 0, &extra);
	job_sent(w, "work", "b");
	struct queue_receive *p = ask(w, "work", 2, -1, 0);

	(void)state;
	assert_int_equal(p->count, 2);
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 10 * SECOND_MS);
	world_check(w);
	world_pass_ms(w, 6 * SECOND_MS);
	struct deed *d = job_do(w, (struct deed){ .what = DO_EXTEND,
	                                          .receipt = p->messages[0].receipt,
	                                          .ms = 60 * SECOND_MS });
	assert_true(d->done);
	is(world_change(w, "work", p->messages[0].receipt, 60), "NONE");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 4 * SECOND_MS);
	world_check(w);
	world_pass_ms(w, 4 * SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "TIMED_OUT");
	assert_non_null(strstr(job_of(w, id)->error.at, "TIMED_OUT"));
	is(world_counts(w, "work"), "1/1/0");
	the_end(w);
}

STORY(who_completes_in_the_batch_in_which_the_lease_ends_is_in_time)
{
	struct world *w = with("");
	struct uuid done = job_sent(w, "work", "a"), lost = job_sent(w, "work", "b");
	struct deed d = { .what = DO_COMPLETE, .receipt = job_taken(w, "work", "a") };

	(void)state;
	job_taken(w, "work", "b");
	/* The clock moves without a turn, so that both are due in the next one. */
	w->now.mono_ms += 30 * SECOND_MS;
	w->now.patience_ms += 30 * SECOND_MS;
	w->now.wall_ms += 30 * SECOND_MS;
	struct cmd *c = job_cmd(w, &d);
	world_run_batch(w, &c, 1);
	assert_true(d.done);
	is(job_says(w, done), "SUCCEEDED 1");
	is(job_says(w, lost), "PENDING 1");
	the_end(w);
}

STORY(who_completes_after_its_lease_is_told_that_it_is_lost)
{
	struct world *w = with("");
	struct uuid id = job_sent(w, "work", "a");
	struct receipt first = job_taken(w, "work", "a");

	(void)state;
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_complete(w, first, NULL), "LEASE_LOST");
	is(job_fail(w, first, NULL, true, -1), "LEASE_LOST");
	assert_false(job_do(w, (struct deed){ .what = DO_EXTEND, .receipt = first, .ms = 1 })->done);
	is(job_says(w, id), "PENDING 1");
	struct receipt second = job_taken(w, "work", "a");
	is(job_complete(w, first, NULL), "LEASE_LOST");
	is(job_complete(w, second, NULL), "SUCCEEDED");
	is(job_complete(w, second, NULL), "LEASE_LOST");
	the_end(w);
}

STORY(a_delete_between_the_end_of_a_lease_and_the_next_receive_succeeds)
{
	struct world *w = with("");
	struct uuid id = job_sent(w, "work", "a");
	struct receipt r = job_taken(w, "work", "a");

	(void)state;
	world_pass_ms(w, 31 * SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	is(world_delete(w, "work", r), "NONE"); /* as SQS: nobody has received it since */
	is(job_says(w, id), "SUCCEEDED 1");
	is(job_attempts(w, id), "LOST");
	the_end(w);
}

STORY(a_delete_while_it_backs_off_succeeds_and_after_another_receive_does_nothing)
{
	struct world *w = with("");
	struct uuid a = job_sent(w, "work", "a"), b = job_sent(w, "work", "b");
	struct receipt ra = job_taken(w, "work", "a"), rb = job_taken(w, "work", "b");

	(void)state;
	is(job_fail(w, ra, NULL, false, 1000), "PENDING");
	is(job_fail(w, rb, NULL, false, 1000), "PENDING");
	is(world_delete(w, "work", ra), "NONE");
	is(job_says(w, a), "SUCCEEDED 1");
	world_pass_ms(w, 1000);
	job_taken(w, "work", "b");
	is(world_delete(w, "work", rb), "NONE");
	is(job_says(w, b), "RUNNING 2");
	the_end(w);
}

STORY(leases_that_end_while_the_server_is_away_are_noticed_when_it_is_back)
{
	struct world *w = with("");
	enum { N = LEASE_ENDS_MAX + 30 };
	struct uuid ids[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		ids[i] = job_sent(w, "work", "a");
		job_taken(w, "work", "a");
		world_forget(w);
	}
	world_jump_ms(w, HOUR_MS); /* while nobody looked */
	world_restart(w);
	is(world_counts(w, "work"), arena_printf(w->arena, "0/%d/0", N).at);
	world_pass_ms(w, 1); /* so many that it takes two transactions */
	is(world_counts(w, "work"), arena_printf(w->arena, "%d/0/0", N).at);
	for (int i = 0; i < N; i++)
		is(job_says(w, ids[i]), "PENDING 1");
	the_end(w);
}

STORY(a_clock_that_is_set_neither_ends_a_lease_nor_keeps_it)
{
	struct world *w = with("");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	job_taken(w, "work", "a");
	world_jump_ms(w, DAY_MS);
	world_pass_ms(w, 29 * SECOND_MS);
	is(job_says(w, id), "RUNNING 1");
	world_jump_ms(w, -2 * DAY_MS);
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	is(job_complete(w, job_taken(w, "work", "a"), NULL), "SUCCEEDED");
	the_end(w);
}

/* ---- cancel */

STORY(a_pending_job_is_canceled_at_once_wherever_it_waits)
{
	struct world *w = with("");
	struct uuid fresh = job_sent(w, "work", "a");
	struct uuid later = job_sent_as(w, "work", "b", NULL, w->now.wall_ms + DAY_MS, NULL);
	struct uuid again = job_sent_as(w, "work", "c", "tenant", 0, NULL);
	struct uuid backs_off = job_sent_as(w, "work", "d", "tenant", 0, NULL);
	struct uuid purged = { { 0 } };

	(void)state;
	struct queue_receive *p = ask(w, "work", 10, -1, 0);
	for (int i = 0; i < p->count; i++)
		is(job_fail(w, p->messages[i].receipt, NULL, false,
		            str_is(p->messages[i].body, "d") ? 1000 : 0),
		   "PENDING");
	const struct uuid all[] = { fresh, later, again, backs_off };
	for (int i = 0; i < 4; i++) {
		assert_true(job_do(w, (struct deed){ .what = DO_CANCEL, .id = all[i] })->done);
		assert_int_equal(job_of(w, all[i])->state, JOB_CANCELED);
		world_check(w);
	}
	is(world_counts(w, "work"), "0/0/0");
	/* Purged, and the sweeper has not come: in the same turn. */
	purged = job_sent(w, "work", "e");
	struct queue_named named = { .name = S("work") };
	struct deed cancel = { .what = DO_CANCEL, .id = purged };
	struct cmd *both[] = { world_cmd(w, &op_queue_purge, &named), job_cmd(w, &cancel) };
	world_run_batch(w, both, 2);
	is(job_says(w, purged), "CANCELED 0");
	world_pass_ms(w, SECOND_MS);
	the_end(w);
}

STORY(a_running_job_is_canceled_when_its_attempt_ends_unless_it_was_done)
{
	struct world *w = with("");
	struct uuid fails = job_sent(w, "work", "a"), lost = job_sent(w, "work", "b"),
				done = job_sent(w, "work", "c"), gone = job_sent(w, "work", "d");
	struct receipt ra = job_taken(w, "work", "a");
	const struct uuid all[] = { fails, lost, done, gone };

	(void)state;
	job_taken(w, "work", "b");
	struct receipt rc = job_taken(w, "work", "c"), rd = job_taken(w, "work", "d");
	for (int i = 0; i < 4; i++) {
		assert_true(job_do(w, (struct deed){ .what = DO_ASK, .id = all[i] })->done);
		assert_int_equal(job_of(w, all[i])->cancel_asked_at, w->now.wall_ms);
	}
	is(job_fail(w, ra, "{\"code\":\"STOPPED\"}", false, -1), "CANCELED");
	is(job_attempts(w, fails), "CANCELED");
	is(job_complete(w, rc, NULL), "SUCCEEDED");
	is(world_delete(w, "work", rd), "NONE");
	is(job_says(w, gone), "SUCCEEDED 1");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, lost), "CANCELED 1");
	is(world_counts(w, "work"), "0/0/0");
	/* A worker that gives it back has stopped as well. */
	struct uuid back = job_sent(w, "work", "e");
	struct receipt re = job_taken(w, "work", "e");
	job_do(w, (struct deed){ .what = DO_ASK, .id = back });
	is(world_change(w, "work", re, 0), "NONE");
	is(job_says(w, back), "CANCELED 1");
	the_end(w);
}

/* ---- FIFO, groups */

STORY(a_fifo_group_waits_for_a_job_that_backs_off)
{
	struct world *w = world_open(1);

	(void)state;
	is(world_queue(w, "work.fifo", "track", "true", NULL), "NONE");
	struct uuid a = job_sent(w, "work.fifo", "a"), b = job_sent(w, "work.fifo", "b");
	is(job_fail(w, job_taken(w, "work.fifo", "a"), NULL, false, 1000), "PENDING");
	nothing(world_receive(w, "work.fifo"));
	is(world_counts(w, "work.fifo"), "1/0/1");
	world_check(w);
	world_restart(w);
	nothing(world_receive(w, "work.fifo"));
	world_pass_ms(w, 1000);
	is(world_receive_many(w, "work.fifo", 10), "a b");
	is(job_says(w, a), "RUNNING 2");
	is(job_says(w, b), "RUNNING 1");
	world_pass_ms(w, 30 * SECOND_MS); /* both are lost; order stays */
	is(world_receive_many(w, "work.fifo", 10), "a b");
	the_end(w);
}

STORY(a_stopped_group_keeps_its_job_pending_until_somebody_decides)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead.fifo", NULL);
	is(world_queue(w, "work.fifo", "track", "true", "on_poison", "stop", "RedrivePolicy",
	               world_redrive(w, "dead.fifo", 1), NULL),
	   "NONE");
	struct uuid ids[3];
	static const char *const says[] = { "RUNNING 2", "FAILED 1", "CANCELED 1" };
	for (int how = RESUME_RETRY; how <= RESUME_DELETE; how++) {
		ids[how] = job_sent(w, "work.fifo", "a");
		job_taken(w, "work.fifo", "a");
		world_pass_ms(w, 30 * SECOND_MS);
		is(job_says(w, ids[how]), "PENDING 1");
		nothing(world_receive(w, "work.fifo"));
		struct queue_resume p = { .queue = S("work.fifo"),
			                      .group = S("g"),
			                      .how = (enum resume_how)how };
		struct cmd *c = world_run(w, &op_queue_resume, &p);
		assert_false(cmd_refused(c));
		world_check(w);
		if (how == RESUME_RETRY) {
			struct receipt r = job_taken(w, "work.fifo", "a");
			is(job_says(w, ids[how]), says[how]);
			is(job_complete(w, r, NULL), "SUCCEEDED");
		} else {
			is(job_says(w, ids[how]), says[how]);
		}
	}
	the_end(w);
}

STORY(a_fifo_receive_that_is_repeated_extends_the_lease)
{
	struct world *w = world_open(1);
	struct queue_receive how = { .max = 1, .visibility_s = -1, .wait_s = 0, .attempt = S("x") };

	(void)state;
	is(world_queue(w, "work.fifo", "track", "true", NULL), "NONE");
	struct uuid id = job_sent(w, "work.fifo", "a");
	assert_int_equal(world_receive_as(w, "work.fifo", how)->count, 1);
	world_pass_ms(w, 20 * SECOND_MS);
	assert_int_equal(world_receive_as(w, "work.fifo", how)->count, 1);
	is(job_says(w, id), "RUNNING 1");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 30 * SECOND_MS);
	world_check(w);
	world_pass_ms(w, 20 * SECOND_MS);
	assert_int_equal(world_receive_as(w, "work.fifo", how)->count, 1); /* and again */
	is(job_says(w, id), "RUNNING 1");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_failed_attempt_is_followed_by_the_next_after_the_backoff_of_the_queue),
		RUN(the_worker_may_say_when_and_a_restart_does_not_forget_it),
		RUN(jobs_that_back_off_do_not_use_up_the_concurrency_of_their_queue),
		RUN(without_tries_left_it_is_a_dead_letter_at_once_and_can_be_redriven),
		RUN(told_not_to_try_again_it_is_a_dead_letter_with_the_error_or_gone_without_such_a_queue),
		RUN(a_failure_report_of_the_queues_own_api_means_the_same),
		RUN(max_attempts_of_retry_goes_before_the_redrive_policy),
		RUN(a_limit_that_was_lowered_is_found_by_the_next_receive),
		RUN(a_lease_that_is_lost_is_followed_by_a_backoff_only_where_that_is_set),
		RUN(an_attempt_takes_no_longer_than_its_job_allows_whatever_the_lease),
		RUN(who_completes_in_the_batch_in_which_the_lease_ends_is_in_time),
		RUN(who_completes_after_its_lease_is_told_that_it_is_lost),
		RUN(a_delete_between_the_end_of_a_lease_and_the_next_receive_succeeds),
		RUN(a_delete_while_it_backs_off_succeeds_and_after_another_receive_does_nothing),
		RUN(leases_that_end_while_the_server_is_away_are_noticed_when_it_is_back),
		RUN(a_clock_that_is_set_neither_ends_a_lease_nor_keeps_it),
		RUN(a_pending_job_is_canceled_at_once_wherever_it_waits),
		RUN(a_running_job_is_canceled_when_its_attempt_ends_unless_it_was_done),
		RUN(a_fifo_group_waits_for_a_job_that_backs_off),
		RUN(a_stopped_group_keeps_its_job_pending_until_somebody_decides),
		RUN(a_fifo_receive_that_is_repeated_extends_the_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
