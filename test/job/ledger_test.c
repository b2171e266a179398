/* ledger_test.c - stories about the ledger: what each event of a message makes of its job. */
#include <stdio.h>

#include "job/stories.h"

static struct world *tracked(const char *queue)
{
	struct world *w = world_open(1);

	is(world_queue(w, queue, "track", "true", NULL), "NONE");
	return w;
}

STORY(a_message_that_is_received_and_deleted_is_a_job_that_succeeded)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(job_says(w, id), "PENDING 0");
	world_pass_ms(w, 5);
	struct receipt r = job_taken(w, "work", "a");
	is(job_says(w, id), "RUNNING 1");
	const struct job_row *job = job_of(w, id);
	assert_int_equal(job->created_at, w->now.wall_ms - 5);
	assert_int_equal(job->started_at, w->now.wall_ms);
	assert_int_equal(job->lease_until, w->now.wall_ms + 30 * SECOND_MS);
	check_text(job->worker, "anonymous");
	check_text(job->requested_by, "anonymous");
	check_text(job->queue, "work");
	world_pass_ms(w, 7);
	is(world_delete(w, "work", r), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	is(job_attempts(w, id), "");
	job = job_of(w, id);
	assert_int_equal(job->finished_at, w->now.wall_ms);
	assert_int_equal(job->lease_until, 0);
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(messages_that_are_sent_received_and_deleted_together_have_a_job_each)
{
	struct world *w = tracked("work");
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
	struct queue_receipts *d = ARENA_NEW(w->arena, struct queue_receipts);
	enum { N = 7 };

	(void)state;
	p->entries = ARENA_ARRAY(w->arena, struct send_entry, N);
	p->queue = S("work");
	p->count = N;
	p->batch = true;
	for (int i = 0; i < N; i++)
		p->entries[i] = (struct send_entry){
			.body = arena_printf(w->arena, "%d", i),
			.body_md5 = S("0123456789abcdef"),
			.delay_s = i == 3 ? 1 : -1,
			.priority = -1,
			.size = i == 5 ? 2 * MESSAGE_SIZE_MAX : 1, /* refused: no job */
			.trace_header = S("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		};
	world_run(w, &op_queue_send, p);
	assert_int_equal(jobs_kept(w), N - 1);
	assert_int_equal(job_of(w, p->entries[3].message_id)->execute_at, w->now.wall_ms + 1000);
	const struct job_row *job = job_of(w, p->entries[6].message_id);
	assert_memory_equal(job->trace_id.at, "\x0a\xf7\x65\x19\x16\xcd\x43\xdd", 8);
	assert_memory_equal(job->parent_span_id.at, "\xb7\xad\x6b\x71\x69\x20\x33\x31", 8);
	world_check(w);
	world_pass_ms(w, SECOND_MS);
	struct queue_receive *got = ask(w, "work", 10, -1, 0);
	assert_int_equal(got->count, N - 1);
	d->entries = ARENA_ARRAY(w->arena, struct receipt_entry, N);
	for (int i = 0; i < got->count; i++) {
		is(job_says(w, got->messages[i].message_id), "RUNNING 1");
		d->entries[i].receipt = got->messages[i].receipt;
	}
	world_check(w);
	d->queue = S("work");
	d->count = got->count;
	d->batch = true;
	world_run(w, &op_queue_delete_messages, d);
	for (int i = 0; i < got->count; i++)
		is(job_says(w, got->messages[i].message_id), "SUCCEEDED 1");
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(a_worker_that_vanishes_is_noticed_when_its_lease_ends)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	job_taken(w, "work", "a");
	world_pass_ms(w, 30 * SECOND_MS - 1);
	is(job_says(w, id), "RUNNING 1");
	world_pass_ms(w, 1);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "LOST");
	is(world_counts(w, "work"), "1/0/0");
	job_taken(w, "work", "a");
	is(job_says(w, id), "RUNNING 2");
	the_end(w);
}

STORY(who_waits_gets_it_in_the_moment_in_which_the_lease_ends)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");
	struct queue_receive p = { .queue = S("work"), .max = 1, .visibility_s = -1, .wait_s = 20 };

	(void)state;
	job_taken(w, "work", "a");
	world_pass_ms(w, 20 * SECOND_MS);
	struct cmd *c = world_cmd(w, &op_queue_receive, &p);
	world_run_batch(w, &c, 1);
	world_pass_ms(w, 10 * SECOND_MS);
	assert_true(world_has_answered(w, c));
	assert_int_equal(p.count, 1);
	is(job_says(w, id), "RUNNING 2");
	the_end(w);
}

STORY(a_visibility_of_zero_gives_the_job_back_and_more_of_it_extends_the_lease)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");
	struct receipt r = job_taken(w, "work", "a");

	(void)state;
	is(world_change(w, "work", r, 100), "NONE");
	is(job_says(w, id), "RUNNING 1");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 100 * SECOND_MS);
	world_check(w);
	world_pass_ms(w, 99 * SECOND_MS);
	is(world_change(w, "work", r, 0), "NONE");
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "RELEASED");
	/* It is not held any more: nothing to extend. Deleting is another thing: it was done. */
	is(world_change(w, "work", r, 10), "RECEIPT_EXPIRED");
	is(world_delete(w, "work", r), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	the_end(w);
}

STORY(a_message_received_with_a_visibility_of_zero_is_given_back_at_once)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	assert_int_equal(ask(w, "work", 1, 0, 0)->count, 1);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "RELEASED");
	is(world_counts(w, "work"), "1/0/0");
	the_end(w);
}

STORY(a_message_that_waited_too_long_is_a_job_that_failed)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", "track", "true", "MessageRetentionPeriod", "60", NULL);
	struct uuid waits = job_sent(w, "work", "a"), runs = job_sent(w, "work", "b");
	job_taken(w, "work", "a");
	struct receipt r = world_receipt(w);
	is(world_change(w, "work", r, 0), "NONE");
	is(world_receive_many(w, "work", 2), "a b");
	is(world_change(w, "work", world_receipt(w), 1000), "NONE");
	world_pass_ms(w, 62 * SECOND_MS);
	is(job_says(w, waits), "FAILED 2");
	is(job_says(w, runs), "FAILED 1");
	is(job_attempts(w, runs), "LOST");
	assert_non_null(strstr(job_of(w, runs)->error.at, "EXPIRED"));
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(one_that_expires_in_the_hands_of_a_receive_fails_too)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", "track", "true", "MessageRetentionPeriod", "60", NULL);
	struct uuid a = job_sent(w, "work", "a"), b = job_sent(w, "work", "b");
	world_jump_ms(w, 61 * SECOND_MS); /* the sweeper has not come yet */
	nothing(world_receive(w, "work"));
	is(job_says(w, a), "FAILED 0");
	is(job_says(w, b), "FAILED 0");
	the_end(w);
}

STORY(a_purge_cancels_and_so_does_the_deletion_of_the_queue)
{
	struct world *w = tracked("work");
	struct uuid runs = job_sent(w, "work", "a"), waits = job_sent(w, "work", "b");

	(void)state;
	struct receipt r = job_taken(w, "work", "a");
	is(world_purge(w, "work"), "NONE");
	world_check(w);
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, runs), "CANCELED 1");
	is(job_attempts(w, runs), "CANCELED");
	is(job_says(w, waits), "CANCELED 0");
	assert_non_null(strstr(job_of(w, waits)->error.at, "PURGED"));
	is(job_complete(w, r, NULL), "LEASE_LOST");
	struct uuid last = job_sent(w, "work", "c");
	is(world_delete_queue(w, "work"), "NONE");
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, last), "CANCELED 0");
	the_end(w);
}

STORY(finished_jobs_go_when_their_retention_is_over_with_their_payloads)
{
	struct world *w = world_open(1);
	const struct label label = { S("tenant"), S("t1") };
	const struct job_extra extra = { .labels_json = S("{\"tenant\":\"t1\"}"),
		                             .labels = &label,
		                             .label_count = 1 };

	(void)state;
	world_queue(w, "work", "track", "true", "retention", "100", NULL);
	world_queue(w, "other", "track", "true", NULL);
	struct uuid id = job_sent_as(w, "work", "a", NULL, 0, &extra);
	job_sent(w, "work", "b");
	struct receipt r = job_taken(w, "work", "a");
	is(job_fail(w, r, "{}", false, 0), "PENDING");
	world_delete(w, "work", job_taken(w, "work", "a"));
	job_sent(w, "other", "c");
	world_delete(w, "other", job_taken(w, "other", "c"));
	world_pass_ms(w, 99 * SECOND_MS);
	is(job_says(w, id), "SUCCEEDED 2");
	assert_int_equal(jobs_kept(w), 3);
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, id), "");
	is(job_attempts(w, id), "");
	assert_int_equal(jobs_kept(w), 2); /* one waits, one is kept for 7 days */
	world_check(w);
	is(world_delete_queue(w, "other"), "NONE");
	world_jump_ms(w, 7 * DAY_MS);
	world_pass_ms(w, 3 * MINUTE_MS);
	assert_int_equal(jobs_kept(w), 0); /* "b" has expired meanwhile, and its job is gone too */
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(more_jobs_than_one_step_of_the_sweeper_go_too)
{
	struct world *w = world_open(1);
	enum { N = 3 * SWEEP_ROWS / 2 };

	(void)state;
	world_queue(w, "work", "track", "true", "retention", "60", NULL);
	for (int i = 0; i < N; i++) {
		job_sent(w, "work", "a");
		if (i % 3 > 0)
			world_delete(w, "work", job_taken(w, "work", "a"));
		world_forget(w);
	}
	assert_int_equal(jobs_kept(w), N);
	world_pass_ms(w, 200 * SECOND_MS);
	assert_int_equal(jobs_kept(w), N / 3);
	the_end(w);
}

STORY(a_queue_that_becomes_tracked_has_older_messages_without_jobs)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", NULL);
	struct uuid flying = job_sent(w, "work", "a"), old = job_sent(w, "work", "b");
	struct receipt r = job_taken(w, "work", "a");
	is(world_set(w, "work", "track", "true", NULL), "NONE");
	struct uuid fresh = job_sent(w, "work", "c");
	world_check(w);
	is(job_says(w, flying), "");
	is(world_receive_many(w, "work", 10), "b c"); /* one page, one job */
	is(job_says(w, old), "");
	is(job_says(w, fresh), "RUNNING 1");
	world_check(w);
	is(world_change(w, "work", r, 200), "NONE");
	is(world_delete(w, "work", r), "NONE");
	is(job_says(w, flying), "");
	world_check(w);
	world_pass_ms(w, 30 * SECOND_MS); /* nobody deletes the others */
	is(world_counts(w, "work"), "2/0/0");
	is(job_says(w, fresh), "PENDING 1");
	struct queue_receive *p = ask(w, "work", 10, -1, 0);
	assert_int_equal(p->count, 2);
	is(world_fail(w, "work", p->messages[0].receipt, "{\"code\":\"X\"}", false, 0), "NONE");
	is(world_delete(w, "work", p->messages[1].receipt), "NONE");
	is(job_says(w, fresh), "SUCCEEDED 2");
	world_check(w);
	world_delete(w, "work", job_taken(w, "work", "b"));
	assert_int_equal(jobs_kept(w), 1);
	the_end(w);
}

STORY(track_is_switched_off_only_while_the_queue_is_empty)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(world_set(w, "work", "track", "false", NULL), "CONFLICT");
	world_delete(w, "work", job_taken(w, "work", "a"));
	is(world_set(w, "work", "track", "false", NULL), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	struct uuid plain = job_sent(w, "work", "b");
	is(job_says(w, plain), "");
	world_delete(w, "work", job_taken(w, "work", "b"));
	the_end(w);
}

/* Found by the simulator, seed 40089: the payloads went with the messages around them. */
STORY(payloads_of_jobs_that_ended_stay_when_an_untracked_queue_is_purged)
{
	struct world *w = tracked("work");
	struct uuid first = job_sent(w, "work", "a"), second;

	(void)state;
	is(job_fail(w, job_taken(w, "work", "a"), NULL, true, -1), "FAILED");
	is(world_set(w, "work", "track", "false", NULL), "NONE");
	job_sent(w, "work", "b");
	is(world_purge(w, "work"), "NONE");
	world_pass_ms(w, SECOND_MS);
	world_check(w);
	is(world_set(w, "work", "track", "true", NULL), "NONE");
	(void)job_do(w, (struct deed){ .what = DO_AGAIN, .id = first });
	is(job_fail(w, job_taken(w, "work", "a"), NULL, true, -1), "FAILED");
	second = job_sent(w, "work", "c");
	world_delete(w, "work", job_taken(w, "work", "c"));
	is(world_set(w, "work", "track", "false", NULL), "NONE");
	job_sent(w, "work", "d");
	is(world_delete_queue(w, "work"), "NONE");
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, first), "FAILED 2");
	is(job_says(w, second), "SUCCEEDED 1");
	the_end(w);
}

STORY(a_job_that_has_a_time_of_its_own_waits_for_it_and_does_not_expire_before)
{
	struct world *w = tracked("work");
	int64_t at = w->now.wall_ms + 300 * DAY_MS;
	struct uuid id = job_sent_as(w, "work", "a", NULL, at, NULL);
	struct uuid past = job_sent_as(w, "work", "b", NULL, w->now.wall_ms - 5, NULL);

	(void)state;
	assert_int_equal(job_of(w, id)->execute_at, at);
	assert_int_equal(job_of(w, past)->execute_at, 0);
	is(world_counts(w, "work"), "1/0/1");
	world_check(w);
	world_delete(w, "work", job_taken(w, "work", "b"));
	world_jump_ms(w, 300 * DAY_MS - SECOND_MS); /* while the server is away */
	world_restart(w);
	is(world_counts(w, "work"), "0/0/1");
	world_check(w);
	world_pass_ms(w, SECOND_MS);
	job_taken(w, "work", "a");
	is(job_says(w, id), "RUNNING 1");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_message_that_is_received_and_deleted_is_a_job_that_succeeded),
		RUN(messages_that_are_sent_received_and_deleted_together_have_a_job_each),
		RUN(a_worker_that_vanishes_is_noticed_when_its_lease_ends),
		RUN(who_waits_gets_it_in_the_moment_in_which_the_lease_ends),
		RUN(a_visibility_of_zero_gives_the_job_back_and_more_of_it_extends_the_lease),
		RUN(a_message_received_with_a_visibility_of_zero_is_given_back_at_once),
		RUN(a_message_that_waited_too_long_is_a_job_that_failed),
		RUN(one_that_expires_in_the_hands_of_a_receive_fails_too),
		RUN(a_purge_cancels_and_so_does_the_deletion_of_the_queue),
		RUN(finished_jobs_go_when_their_retention_is_over_with_their_payloads),
		RUN(more_jobs_than_one_step_of_the_sweeper_go_too),
		RUN(a_queue_that_becomes_tracked_has_older_messages_without_jobs),
		RUN(track_is_switched_off_only_while_the_queue_is_empty),
		RUN(payloads_of_jobs_that_ended_stay_when_an_untracked_queue_is_purged),
		RUN(a_job_that_has_a_time_of_its_own_waits_for_it_and_does_not_expire_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
