/* commands_test.c - stories about the commands of jobs: every race, and who wins it. */
#include "job/hands.h"

static struct world *tracked(void)
{
	struct world *w = world_open(1);

	is(world_queue(w, "work", "track", "true", NULL), "NONE");
	return w;
}

/* With a dead-letter queue, and one attempt. */
static struct world *tracked_with_dead(void)
{
	struct world *w = world_open(1);

	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "RedrivePolicy", world_redrive(w, "dead", 1), NULL),
	   "NONE");
	return w;
}

static struct uuid failed_job(struct world *w)
{
	struct uuid id = submitted(w, "work", "\"keep\"");

	is(gives_up(w, id, claimed(w, "work"), true), "NONE");
	is(job_says(w, id), "FAILED 1");
	return id;
}

static bool same(struct uuid a, struct uuid b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* ---- submit */

STORY(jobs_are_submitted_all_or_none)
{
	struct world *w = tracked();
	struct job_submit *p = to_submit(w, "work", 3);

	(void)state;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	is(world_counts(w, "work"), "3/0/0");
	is(job_says(w, p->entries[2].send.message_id), "PENDING 0");
	p = to_submit(w, "work", 3);
	p->entries[2].has_parent = true; /* of no such job (J1) */
	struct cmd *c = world_run(w, &op_job_submit, p);
	is(ended(w, c), "INVALID_PARAMETER");
	assert_true(str_starts(c->refused.text, S("jobs[2]: There is no job 00000000")));
	is(world_counts(w, "work"), "3/0/0");
	the_end(w);
}

STORY(a_queue_without_room_for_all_takes_none)
{
	struct world *w = tracked();

	(void)state;
	is(world_set(w, "work", "max_messages", "3", NULL), "NONE");
	submitted(w, "work", "1");
	is(ended(w, world_run(w, &op_job_submit, to_submit(w, "work", 3))), "QUEUE_FULL");
	is(world_counts(w, "work"), "1/0/0");
	is(ended(w, world_run(w, &op_job_submit, to_submit(w, "work", 2))), "NONE");
	the_end(w);
}

STORY(a_job_is_due_when_it_asks_and_four_hundred_days_are_the_end)
{
	struct world *w = tracked();
	struct job_submit *p = to_submit(w, "work", 1);

	(void)state;
	p->entries[0].delay_ms = JOB_AHEAD_MAX_MS;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	p = to_submit(w, "work", 1);
	p->entries[0].execute_at = w->now.wall_ms + JOB_AHEAD_MAX_MS + 1;
	is(ended(w, world_run(w, &op_job_submit, p)), "INVALID_PARAMETER");
	p = to_submit(w, "work", 1);
	p->entries[0].execute_at = w->now.wall_ms + 5000;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	is(world_counts(w, "work"), "0/0/2");
	world_restart(w);
	world_pass_ms(w, 4999);
	is(world_counts(w, "work"), "0/0/2");
	world_pass_ms(w, 1);
	is(world_counts(w, "work"), "1/0/1");
	the_end(w);
}

STORY(a_child_is_of_its_parents_trace_however_long_the_chain)
{
	struct world *w = tracked();
	struct uuid first = submitted(w, "work", "1"), last = first;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct job_submit *p = to_submit(w, "work", 1);
		p->entries[0].parent = last;
		p->entries[0].has_parent = true;
		is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
		const struct job_row *j = job_of(w, p->entries[0].send.message_id);
		assert_memory_equal(j->trace_id.at, first.bytes, 16);
		assert_memory_equal(j->parent_span_id.at, last.bytes + 8, 8);
		assert_memory_equal(j->parent.at, last.bytes, 16);
		last = p->entries[0].send.message_id;
	}
	the_end(w);
}

/* ---- reports */

STORY(a_completion_brings_its_children_with_it_or_not_at_all)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct job_reports *p = to_report(w, id, claimed(w, "work"));
	struct job_submit *children = to_submit(w, "work", 2);

	(void)state;
	world_queue(w, "plain", NULL);
	p->reports[0].children = children->entries;
	p->reports[0].child_count = 2;
	children->entries[0].queue = S("work");
	children->entries[1].queue = S("plain");
	is(ended(w, world_run(w, &op_job_complete, p)), "NOT_TRACKED");
	is(job_says(w, id), "RUNNING 1");
	is(world_counts(w, "work"), "0/1/0");
	children->entries[1].queue = S("work");
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	is(world_counts(w, "work"), "2/0/0");
	the_end(w);
}

STORY(whoever_completes_when_the_lease_ends_was_there_in_time)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");

	(void)state;
	world_pass_ms(w, 30 * SECOND_MS - 1);
	/* The turn at whose beginning the lease is over, and in which the completion comes. */
	w->now.mono_ms++, w->now.wall_ms++, w->now.patience_ms++;
	is(complete(w, id, lease), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	is(job_attempts(w, id), "");
	the_end(w);
}

STORY(whoever_completes_after_the_lease_ended_is_told_that_it_is_lost)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");

	(void)state;
	world_pass_ms(w, 30 * SECOND_MS);
	is(complete(w, id, lease), "LEASE_LOST");
	is(gives_up(w, id, lease, true), "LEASE_LOST");
	is(beat(w, id, lease, 0), "LEASE_LOST");
	is(job_says(w, id), "PENDING 1");
	struct receipt next = claimed(w, "work");
	is(complete(w, id, lease), "LEASE_LOST");
	is(complete(w, id, next), "NONE");
	is(complete(w, id, lease), "JOB_FINAL");
	is(complete(w, id, next), "JOB_FINAL");
	is(job_says(w, id), "SUCCEEDED 2");
	is(job_attempts(w, id), "LOST");
	the_end(w);
}

STORY(two_completions_in_one_batch_are_one)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");
	struct cmd *c[] = { world_cmd(w, &op_job_complete, to_report(w, id, lease)),
		                world_cmd(w, &op_job_complete, to_report(w, id, lease)) };

	(void)state;
	world_run_batch(w, c, 2);
	is(ended(w, c[0]), "NONE");
	is(ended(w, c[1]), "JOB_FINAL");
	the_end(w);
}

STORY(a_heartbeat_does_not_go_beyond_what_the_job_may_take)
{
	struct world *w = tracked();
	struct job_submit *p = to_submit(w, "work", 1);

	(void)state;
	p->entries[0].extra.timeout_ms = 60 * SECOND_MS;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	struct uuid id = p->entries[0].send.message_id;
	struct receipt lease = claimed(w, "work");
	is(beat(w, id, lease, 3600 * SECOND_MS), "NONE");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 60 * SECOND_MS);
	world_pass_ms(w, 60 * SECOND_MS - 1);
	is(beat(w, id, lease, 0), "NONE");
	world_pass_ms(w, 1);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "TIMED_OUT");
	the_end(w);
}

STORY(a_heartbeat_that_does_not_say_how_long_never_shortens_a_lease)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");

	(void)state;
	is(beat(w, id, lease, 600 * SECOND_MS), "NONE");
	is(beat(w, id, lease, 0), "NONE");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 600 * SECOND_MS);
	world_pass_ms(w, 590 * SECOND_MS);
	is(beat(w, id, lease, 0), "NONE");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + 30 * SECOND_MS);
	is(beat(w, id, lease, SECOND_MS), "NONE");
	assert_int_equal(job_of(w, id)->lease_until, w->now.wall_ms + SECOND_MS);
	the_end(w);
}

STORY(reports_and_receipts_can_be_mixed)
{
	struct world *w = tracked();
	struct uuid a = job_sent(w, "work", "a"), b = submitted(w, "work", "\"b\"");

	(void)state;
	is(world_receive(w, "work"), "a");
	is(beat(w, a, world_receipt(w), 60 * SECOND_MS), "NONE");
	is(complete(w, a, world_receipt(w)), "NONE");
	is(world_delete(w, "work", claimed(w, "work")), "NONE");
	is(job_says(w, a), "SUCCEEDED 1");
	is(job_says(w, b), "SUCCEEDED 1");
	the_end(w);
}

/* ---- cancel */

STORY(a_cancel_after_the_completion_comes_too_late)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct cmd *c[] = { world_cmd(w, &op_job_complete, to_report(w, id, claimed(w, "work"))),
		                world_cmd(w, &op_job_cancel, to_name(w, id)) };

	(void)state;
	world_run_batch(w, c, 2);
	is(ended(w, c[0]), "NONE");
	is(ended(w, c[1]), "JOB_FINAL");
	is(job_says(w, id), "SUCCEEDED 1");
	the_end(w);
}

STORY(a_completion_after_the_cancel_stands_since_the_work_was_done)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct job_reports *p = to_report(w, id, claimed(w, "work"));
	struct cmd *c[] = { world_cmd(w, &op_job_cancel, to_name(w, id)),
		                world_cmd(w, &op_job_complete, p) };

	(void)state;
	world_run_batch(w, c, 2);
	is(ended(w, c[0]), "NONE");
	is(ended(w, c[1]), "NONE");
	assert_true(p->reports[0].canceled);
	is(job_says(w, id), "SUCCEEDED 1");
	the_end(w);
}

STORY(a_job_that_is_to_be_canceled_ends_so_when_its_worker_fails_or_vanishes)
{
	struct world *w = tracked();
	struct uuid a = submitted(w, "work", "1"), b = submitted(w, "work", "2");
	struct receipt of_a = claimed(w, "work");

	(void)state;
	claimed(w, "work");
	is(cancel(w, a), "NONE");
	is(cancel(w, a), "NONE");
	is(cancel(w, b), "NONE");
	is(job_says(w, a), "RUNNING 1");
	is(gives_up(w, a, of_a, false), "NONE");
	is(job_says(w, a), "CANCELED 1");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, b), "CANCELED 1");
	is(world_counts(w, "work"), "0/0/0");
	is(job_attempts(w, b), "CANCELED");
	the_end(w);
}

STORY(a_canceled_job_is_not_claimed_and_a_claimed_one_is_not_ended)
{
	struct world *w = tracked();
	struct uuid a = submitted(w, "work", "1");
	struct queue_receive *p = ARENA_NEW(w->arena, struct queue_receive);
	struct cmd *c[] = { world_cmd(w, &op_job_cancel, to_name(w, a)),
		                world_cmd(w, &op_queue_receive, p) };

	(void)state;
	*p = (struct queue_receive){ .queue = S("work"), .max = 1, .visibility_s = -1, .claim = true };
	world_run_batch(w, c, 2);
	is(job_says(w, a), "CANCELED 0");
	assert_int_equal(p->count, 0);
	struct uuid b = submitted(w, "work", "2");
	struct cmd *d[] = { world_cmd(w, &op_queue_receive, p),
		                world_cmd(w, &op_job_cancel, to_name(w, b)) };
	p->messages = NULL;
	world_run_batch(w, d, 2);
	assert_int_equal(p->count, 1);
	is(job_says(w, b), "RUNNING 1");
	assert_int_equal(job_of(w, b)->cancel_asked_at, w->now.wall_ms);
	the_end(w);
}

STORY(a_job_that_waits_for_its_time_or_next_attempt_is_canceled_at_once)
{
	struct world *w = tracked();
	struct job_submit *p = to_submit(w, "work", 1);

	(void)state;
	p->entries[0].delay_ms = 60 * SECOND_MS;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	struct uuid later = p->entries[0].send.message_id, again = submitted(w, "work", "1");
	is(gives_up(w, again, claimed(w, "work"), false), "NONE");
	is(world_counts(w, "work"), "0/0/2");
	is(cancel(w, later), "NONE");
	is(cancel(w, again), "NONE");
	is(job_says(w, again), "CANCELED 1");
	is(world_counts(w, "work"), "0/0/0");
	is(cancel(w, again), "NONE");
	is(retry(w, again), "JOB_FINAL");
	the_end(w);
}

STORY(what_a_query_finds_is_canceled_in_steps)
{
	struct world *w = tracked();
	struct job_cancel_many *p = ARENA_NEW(w->arena, struct job_cancel_many);
	int canceled = 0, asked = 0, steps = 0;

	(void)state;
	is(ended(w, world_run(w, &op_job_submit, to_submit(w, "work", 250))), "NONE");
	struct receipt held = claimed(w, "work");
	p->list = (struct job_list){ .filter = { .queue = S("work"),
		                                     .states = 1u << JOB_PENDING | 1u << JOB_RUNNING },
		                         .max = JOB_CANCEL_MAX };
	do {
		is(ended(w, world_run(w, &op_job_cancel_many, p)), "NONE");
		canceled += p->canceled;
		asked += p->asked;
		steps++;
		struct job_place *next = ARENA_NEW(w->arena, struct job_place);
		*next = p->list.next;
		p->list.before = next;
		p->list.jobs = NULL;
	} while (p->list.more);
	assert_int_equal(canceled, 249);
	assert_int_equal(asked, 1);
	assert_int_equal(steps, 3);
	is(world_counts(w, "work"), "0/1/0");
	assert_int_equal(held.position, 1);
	the_end(w);
}

/* Its order comes from the query, and from whether the queue is still there. */
STORY(a_cursor_of_another_query_is_refused_before_anything_is_changed)
{
	struct world *w = tracked();
	struct job_cancel_many *p = ARENA_NEW(w->arena, struct job_cancel_many);
	struct job_retry_many *r = ARENA_NEW(w->arena, struct job_retry_many);
	struct job_place by_id = { .by_place = false }, by_place = { .by_place = true };

	(void)state;
	memset(by_id.key.bytes, 0xff, sizeof by_id.key.bytes);
	memset(by_place.key.bytes, 0xff, sizeof by_place.key.bytes);
	struct uuid id = submitted(w, "work", "1");
	p->list = (struct job_list){ .filter = { .queue = S("work"), .states = 1u << JOB_PENDING },
		                         .max = JOB_CANCEL_MAX,
		                         .before = &by_id };
	is(ended(w, world_run(w, &op_job_cancel_many, p)), "INVALID_PARAMETER");
	p->list.filter.queue = S("gone");
	p->list.before = &by_place;
	is(ended(w, world_run(w, &op_job_cancel_many, p)), "INVALID_PARAMETER");
	r->list = (struct job_list){ .filter = { .queue = S("gone"), .states = 1u << JOB_FAILED },
		                         .max = JOB_CANCEL_MAX,
		                         .before = &by_place };
	is(ended(w, world_run(w, &op_job_retry_many, r)), "INVALID_PARAMETER");
	is(job_says(w, id), "PENDING 0");
	the_end(w);
}

/* ---- retry and redrive */

static struct job_retry_many *redrive(struct world *w, int64_t rate, int64_t before)
{
	struct job_retry_many *p = ARENA_NEW(w->arena, struct job_retry_many);

	*p = (struct job_retry_many){ .rate = rate, .before = before };
	p->list = (struct job_list){ .filter = { .queue = S("work"), .states = 1u << JOB_FAILED },
		                         .max = JOB_CANCEL_MAX };
	world_run(w, &op_job_retry_many, p);
	return p;
}

/* A batch that fails is run again: what it counted does not count twice. */
STORY(a_redrive_counts_on_from_the_step_before_whatever_failed_in_between)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = tracked_with_dead();
		(void)failed_job(w);
		(void)failed_job(w);
		store_fail_at(w->store, nth, ERR_BUSY);
		struct job_retry_many *p = redrive(w, 1, 5);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		assert_int_equal(p->retried, 2);
		assert_int_equal(p->delayed, 7);
		is(world_counts(w, "dead"), "0/0/0");
		the_end(w);
		if (!failed)
			break;
	}
}

STORY(a_redrive_puts_nothing_off_beyond_the_bound)
{
	struct world *w = tracked_with_dead();
	int64_t most = JOB_AHEAD_MAX_MS / SECOND_MS;

	(void)state;
	(void)failed_job(w);
	assert_int_equal(redrive(w, 1, most + 1)->refused, 1);
	is(world_counts(w, "dead"), "1/0/0");
	assert_int_equal(redrive(w, 1, most)->retried, 1);
	the_end(w);
}

STORY(a_job_is_retried_once_and_takes_its_dead_letter_along)
{
	struct world *w = tracked_with_dead();
	struct uuid id = failed_job(w);
	struct cmd *c[] = { world_cmd(w, &op_job_retry, to_name(w, id)),
		                world_cmd(w, &op_job_retry, to_name(w, id)) };

	(void)state;
	is(world_counts(w, "dead"), "1/0/0");
	world_run_batch(w, c, 2);
	is(ended(w, c[0]), "NONE");
	is(ended(w, c[1]), "CONFLICT");
	is(job_says(w, id), "PENDING 1");
	is(world_counts(w, "dead"), "0/0/0");
	is(world_counts(w, "work"), "1/0/0");
	is(world_receive(w, "work"), "\"keep\"");
	is(job_says(w, id), "RUNNING 2");
	the_end(w);
}

STORY(a_job_whose_dead_letter_was_deleted_stays_failed_and_can_be_retried)
{
	struct world *w = tracked_with_dead();
	struct uuid id = failed_job(w);
	struct move_start *redrive = ARENA_NEW(w->arena, struct move_start);

	(void)state;
	is(world_receive(w, "dead"), "\"keep\"");
	is(world_delete(w, "dead", world_receipt(w)), "NONE");
	redrive->source = S("dead");
	world_run(w, &op_move_start, redrive);
	world_pass_ms(w, 5 * SECOND_MS);
	is(job_says(w, id), "FAILED 1");
	is(retry(w, id), "NONE");
	is(world_receive(w, "work"), "\"keep\"");
	is(job_says(w, id), "RUNNING 2");
	the_end(w);
}

STORY(a_redrive_after_a_retry_finds_nothing_and_a_retry_after_a_redrive_is_refused)
{
	struct world *w = tracked_with_dead();
	struct uuid a = failed_job(w);
	struct move_start *redrive = ARENA_NEW(w->arena, struct move_start);

	(void)state;
	is(retry(w, a), "NONE");
	redrive->source = S("dead");
	world_run(w, &op_move_start, redrive);
	world_pass_ms(w, 5 * SECOND_MS);
	is(world_counts(w, "work"), "1/0/0");
	is(complete(w, a, claimed(w, "work")), "NONE");
	struct uuid b = failed_job(w);
	world_run(w, &op_move_start, redrive);
	world_pass_ms(w, 5 * SECOND_MS);
	is(job_says(w, b), "PENDING 1");
	is(retry(w, b), "CONFLICT");
	the_end(w);
}

STORY(a_dead_letter_that_somebody_holds_is_not_taken_from_them)
{
	struct world *w = tracked_with_dead();
	struct uuid id = failed_job(w);

	(void)state;
	is(world_receive(w, "dead"), "\"keep\"");
	is(retry(w, id), "CONFLICT");
	world_pass_ms(w, 30 * SECOND_MS);
	is(retry(w, id), "NONE");
	the_end(w);
}

STORY(a_job_whose_queue_is_gone_cannot_be_retried)
{
	struct world *w = tracked_with_dead();
	struct uuid id = failed_job(w);

	(void)state;
	is(world_delete_queue(w, "work"), "NONE");
	is(retry(w, id), "NO_SUCH_QUEUE");
	is(job_says(w, id), "FAILED 1");
	the_end(w);
}

/* ---- waiting */

STORY(who_waits_is_answered_in_the_batch_that_ends_the_job)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");
	struct cmd *early = wait_for(w, id, 20 * SECOND_MS);
	struct job_named *p = to_name(w, id), *q = to_name(w, id);

	(void)state;
	is(ended(w, early), "PARKED");
	is(beat(w, id, lease, 0), "NONE");
	is(ended(w, early), "PARKED");
	p->wait_ms = q->wait_ms = SECOND_MS;
	struct cmd *c[] = { world_cmd(w, &op_job_wait, p),
		                world_cmd(w, &op_job_complete, to_report(w, id, lease)),
		                world_cmd(w, &op_job_wait, q) };
	world_run_batch(w, c, 3);
	is(found(early), "SUCCEEDED");
	for (int i = 0; i < 3; i += 2) {
		is(ended(w, c[i]), "NONE");
		is(found(c[i]), "SUCCEEDED");
	}
	the_end(w);
}

STORY(who_waits_in_vain_is_told_what_the_job_is_by_then)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct cmd *c = wait_for(w, id, 20 * SECOND_MS);

	(void)state;
	world_pass_ms(w, 20 * SECOND_MS - 1);
	is(ended(w, c), "PARKED");
	claimed(w, "work");
	world_pass_ms(w, 1);
	is(ended(w, c), "NONE");
	is(found(c), "RUNNING");
	the_end(w);
}

STORY(whoever_waited_and_went_away_is_not_missed)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct job_named *p = to_name(w, id);
	struct cmd *c = world_cmd(w, &op_job_wait, p), *other;
	struct reply_to gone = c->reply_to;

	(void)state;
	p->wait_ms = 20 * SECOND_MS;
	world_run_batch(w, &c, 1);
	other = wait_for(w, id, 20 * SECOND_MS);
	world_run(w, &op_queue_gone, &gone);
	is(complete(w, id, claimed(w, "work")), "NONE");
	is(found(other), "SUCCEEDED");
	the_end(w);
}

STORY(a_job_that_ends_and_is_opened_again_in_one_batch_is_waited_for_on)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct job_reports *p = to_report(w, id, claimed(w, "work"));
	struct cmd *waits = wait_for(w, id, 20 * SECOND_MS);
	struct cmd *c[] = { world_cmd(w, &op_job_fail, p),
		                world_cmd(w, &op_job_retry, to_name(w, id)) };

	(void)state;
	p->reports[0].said.final = true;
	world_run_batch(w, c, 2);
	is(ended(w, c[1]), "NONE");
	is(ended(w, waits), "PARKED");
	is(complete(w, id, claimed(w, "work")), "NONE");
	is(found(waits), "SUCCEEDED");
	the_end(w);
}

STORY(who_waits_while_nobody_reads_answers_is_told_to_ask_again)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");
	struct receipt lease = claimed(w, "work");
	struct cmd *early = wait_for(w, id, 20 * SECOND_MS), *late, *vain;

	(void)state;
	vain = wait_for(w, submitted(w, "work", "2"), SECOND_MS);
	engine_answers(w->engine, ANSWERS_MAX);
	is(complete(w, id, lease), "NONE");
	is(ended(w, early), "THROTTLED");
	late = wait_for(w, id, 20 * SECOND_MS);
	is(ended(w, late), "THROTTLED");
	world_pass_ms(w, SECOND_MS);
	is(ended(w, vain), "THROTTLED");
	engine_answers(w->engine, 0);
	late = wait_for(w, id, 20 * SECOND_MS);
	is(found(late), "SUCCEEDED");
	assert_int_equal(late->answer_bytes, 1);
	the_end(w);
}

STORY(the_server_stops_and_nobody_waits_any_more)
{
	struct world *w = tracked();
	struct uuid id = submitted(w, "work", "1");

	(void)state;
	is(ended(w, wait_for(w, id, 20 * SECOND_MS)), "PARKED");
	world_restart(w);
	is(job_says(w, id), "PENDING 0");
	the_end(w);
}

/* ---- finding */

STORY(pages_are_merged_from_several_indexes_newest_first)
{
	struct world *w = tracked();
	struct uuid all[12];
	struct job_list list = { .filter = { .queue = S("work") }, .max = 5 };

	(void)state;
	for (int i = 0; i < 12; i++) {
		world_pass_ms(w, 1);
		all[i] = submitted(w, "work", "1");
	}
	for (int i = 0; i < 6; i++) {
		struct receipt lease = claimed(w, "work"); /* 0 to 5 */
		if (i % 3 == 0)
			is(complete(w, all[i], lease), "NONE");
		else if (i % 3 == 1)
			is(gives_up(w, all[i], lease, true), "NONE");
	}
	is(cancel(w, all[8]), "NONE");
	is(listed(w, &list, all, 12), "11 10 9 8 7+");
	is(listed(w, &list, all, 12), "6 5 4 3 2+");
	is(listed(w, &list, all, 12), "1 0");
	list = (struct job_list){ .filter = { .states = 1u << JOB_FAILED | 1u << JOB_CANCELED },
		                      .max = 5 };
	is(listed(w, &list, all, 12), "8 4 1");
	list.filter.states = 1u << JOB_RUNNING | 1u << JOB_FAILED;
	is(listed(w, &list, all, 12), "5 4 2 1");
	list.filter.states = 1u << JOB_SUCCEEDED;
	is(listed(w, &list, all, 12), "3 0");
	list.filter = (struct job_filter){ .from = job_of(w, all[3])->created_at,
		                               .to = job_of(w, all[6])->created_at };
	is(listed(w, &list, all, 12), "5 4 3");
	world_close(w);
}

enum { MORE_QUEUES = 257 }; /* than whose open jobs are merged: STREAMS_MAX of scan.c and one */

STORY(open_jobs_are_found_in_more_queues_than_are_merged)
{
	struct world *w = world_open(1);
	struct uuid all[MORE_QUEUES];
	struct job_list list = { .filter = { .states = 1u << JOB_PENDING }, .max = 3 };
	struct job_cancel_many *many = ARENA_NEW(w->arena, struct job_cancel_many);

	(void)state;
	for (int i = 0; i < MORE_QUEUES; i++) {
		const char *name = arena_printf(w->arena, "work-%d", i).at;

		is(world_queue(w, name, "track", "true", NULL), "NONE");
		world_pass_ms(w, 1);
		all[i] = submitted(w, name, "1");
		if (i == MORE_QUEUES - 2) {
			is(listed(w, &list, all, MORE_QUEUES), "255 254 253+");
			list.before = NULL;
		}
	}
	is(listed(w, &list, all, MORE_QUEUES), "256 255 254+");
	is(listed(w, &list, all, MORE_QUEUES), "253 252 251+");
	many->list = (struct job_list){ .filter = list.filter, .max = JOB_CANCEL_MAX };
	is(ended(w, world_run(w, &op_job_cancel_many, many)), "NONE");
	assert_true(many->list.more);
	is(job_says(w, all[MORE_QUEUES - 1]), "CANCELED 0");
	the_end(w);
}

STORY(a_page_looks_at_so_many_rows_and_says_where_to_go_on)
{
	struct world *w = tracked();
	struct uuid first = submitted(w, "work", "1");
	struct job_list list = { .filter = { .queue = S("work"), .q = S("looked-for") }, .max = 5 };
	struct job_submit *p = to_submit(w, "work", 1);
	struct label label = { S("k"), S("looked-for") };

	(void)state;
	world_pass_ms(w, 1);
	p->entries[0].extra = (struct job_extra){ .labels_json = S("{\"k\":\"looked-for\"}"),
		                                      .labels = &label,
		                                      .label_count = 1 };
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	struct uuid all[] = { first, p->entries[0].send.message_id };
	for (int i = 0; i < 3; i++) {
		world_pass_ms(w, 1);
		is(ended(w, world_run(w, &op_job_submit, to_submit(w, "work", 1000))), "NONE");
	}
	is(listed(w, &list, all, 2), "+"); /* JOB_SCAN_MAX of them, and nothing yet */
	is(listed(w, &list, all, 2), "1");
	list = (struct job_list){ .filter = { .labels = &label, .label_count = 1 }, .max = 5 };
	is(listed(w, &list, all, 2), "1");
	world_close(w);
}

/* ---- faults */

enum { SUBMIT, COMPLETE, FAIL, CANCEL, RETRY, WAIT, COMMANDS };

struct scene {
	struct world *w;
	struct uuid done, bad, stopped, again;
	struct cmd *waits, *commands[COMMANDS];
};

static void make_scene(struct scene *s)
{
	struct world *w = s->w = tracked_with_dead();

	s->again = failed_job(w);
	s->done = submitted(w, "work", "1");
	struct job_reports *complete = to_report(w, s->done, claimed(w, "work"));
	struct job_submit *children = to_submit(w, "work", 2);
	children->entries[0].queue = children->entries[1].queue = S("work");
	complete->reports[0].children = children->entries;
	complete->reports[0].child_count = 2;
	s->bad = submitted(w, "work", "1");
	struct job_reports *fail = to_report(w, s->bad, claimed(w, "work"));
	s->stopped = submitted(w, "work", "1");
	s->waits = wait_for(w, s->done, 20 * SECOND_MS);
	struct job_named *wait = to_name(w, s->stopped);
	wait->wait_ms = SECOND_MS;
	s->commands[SUBMIT] = world_cmd(w, &op_job_submit, to_submit(w, "work", 3));
	s->commands[COMPLETE] = world_cmd(w, &op_job_complete, complete);
	s->commands[FAIL] = world_cmd(w, &op_job_fail, fail);
	s->commands[CANCEL] = world_cmd(w, &op_job_cancel, to_name(w, s->stopped));
	s->commands[RETRY] = world_cmd(w, &op_job_retry, to_name(w, s->again));
	s->commands[WAIT] = world_cmd(w, &op_job_wait, wait);
}

static void check_scene(struct scene *s)
{
	struct world *w = s->w;

	for (int i = 0; i < COMMANDS; i++)
		is(ended(w, s->commands[i]), "NONE");
	is(found(s->waits), "SUCCEEDED");
	is(found(s->commands[WAIT]), "CANCELED");
	is(job_says(w, s->done), "SUCCEEDED 1");
	is(job_says(w, s->bad), "FAILED 1");
	is(job_says(w, s->stopped), "CANCELED 0");
	is(job_says(w, s->again), "PENDING 1");
	is(world_counts(w, "work"), "6/0/0");
	is(world_counts(w, "dead"), "1/0/0");
}

STORY(any_store_call_may_fail_once_and_everything_happens_once)
{
	int64_t nth = 1;
	bool failed = true;

	(void)state;
	for (; failed; nth++) {
		struct scene s;
		make_scene(&s);
		store_fail_at(s.w->store, nth, ERR_BUSY);
		world_run_batch(s.w, s.commands, COMMANDS);
		failed = store_failed(s.w->store);
		store_fail_at(s.w->store, 0, OK);
		check_scene(&s);
		world_check(s.w);
		world_check_rows(s.w);
		world_close(s.w);
	}
	assert_true(nth > 40);
}

STORY(a_report_names_another_job_and_changes_neither)
{
	struct world *w = tracked();
	struct uuid a = submitted(w, "work", "1"), b = submitted(w, "work", "2");
	struct receipt of_a = claimed(w, "work"), of_b = claimed(w, "work");

	(void)state;
	assert_false(same(a, b));
	is(complete(w, a, of_b), "LEASE_LOST");
	is(complete(w, b, of_a), "LEASE_LOST");
	of_a.queue = 4711;
	is(complete(w, a, of_a), "LEASE_LOST");
	is(world_counts(w, "work"), "0/2/0");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(jobs_are_submitted_all_or_none),
		RUN(a_queue_without_room_for_all_takes_none),
		RUN(a_job_is_due_when_it_asks_and_four_hundred_days_are_the_end),
		RUN(a_child_is_of_its_parents_trace_however_long_the_chain),
		RUN(a_completion_brings_its_children_with_it_or_not_at_all),
		RUN(whoever_completes_when_the_lease_ends_was_there_in_time),
		RUN(whoever_completes_after_the_lease_ended_is_told_that_it_is_lost),
		RUN(two_completions_in_one_batch_are_one),
		RUN(a_heartbeat_does_not_go_beyond_what_the_job_may_take),
		RUN(a_heartbeat_that_does_not_say_how_long_never_shortens_a_lease),
		RUN(reports_and_receipts_can_be_mixed),
		RUN(a_cancel_after_the_completion_comes_too_late),
		RUN(a_completion_after_the_cancel_stands_since_the_work_was_done),
		RUN(a_job_that_is_to_be_canceled_ends_so_when_its_worker_fails_or_vanishes),
		RUN(a_canceled_job_is_not_claimed_and_a_claimed_one_is_not_ended),
		RUN(a_job_that_waits_for_its_time_or_next_attempt_is_canceled_at_once),
		RUN(what_a_query_finds_is_canceled_in_steps),
		RUN(a_cursor_of_another_query_is_refused_before_anything_is_changed),
		RUN(a_redrive_counts_on_from_the_step_before_whatever_failed_in_between),
		RUN(a_redrive_puts_nothing_off_beyond_the_bound),
		RUN(a_job_is_retried_once_and_takes_its_dead_letter_along),
		RUN(a_job_whose_dead_letter_was_deleted_stays_failed_and_can_be_retried),
		RUN(a_redrive_after_a_retry_finds_nothing_and_a_retry_after_a_redrive_is_refused),
		RUN(a_dead_letter_that_somebody_holds_is_not_taken_from_them),
		RUN(a_job_whose_queue_is_gone_cannot_be_retried),
		RUN(who_waits_is_answered_in_the_batch_that_ends_the_job),
		RUN(who_waits_in_vain_is_told_what_the_job_is_by_then),
		RUN(whoever_waited_and_went_away_is_not_missed),
		RUN(a_job_that_ends_and_is_opened_again_in_one_batch_is_waited_for_on),
		RUN(who_waits_while_nobody_reads_answers_is_told_to_ask_again),
		RUN(the_server_stops_and_nobody_waits_any_more),
		RUN(pages_are_merged_from_several_indexes_newest_first),
		RUN(open_jobs_are_found_in_more_queues_than_are_merged),
		RUN(a_page_looks_at_so_many_rows_and_says_where_to_go_on),
		RUN(any_store_call_may_fail_once_and_everything_happens_once),
		RUN(a_report_names_another_job_and_changes_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
