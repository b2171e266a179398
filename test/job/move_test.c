/* move_test.c - stories about jobs whose messages go from one queue to another: dead letters,
 * redrives, an operator's hand, and jobs that are tried again without their dead letters. */
#include <stdio.h>

#include "job/stories.h"

static struct world *with_dead(void)
{
	struct world *w = world_open(1);

	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "RedrivePolicy", world_redrive(w, "dead", 1), NULL),
	   "NONE");
	return w;
}

static struct uuid failed(struct world *w, const char *body)
{
	struct uuid id = job_sent(w, "work", body);

	is(job_fail(w, job_taken(w, "work", body), "{\"code\":\"X\"}", true, -1), "FAILED");
	return id;
}

/* By position in the queue; `to` NULL: where it came from. */
static const char *resend(struct world *w, const char *queue, uint64_t position, const char *to,
                          const char *body)
{
	struct queue_operate *p = ARENA_NEW(w->arena, struct queue_operate);

	*p = (struct queue_operate){
		.queue = str_of(queue),
		.position = position,
		.to = str_of(to),
		.body = str_of(body),
		.body_md5 = body == NULL ? S_NONE : S("0123456789abcdef"),
	};
	struct cmd *c = world_run(w, &op_queue_operate, p);
	return refusal_name(c->refused.why);
}

static bool again(struct world *w, struct uuid id, int64_t ms)
{
	return job_do(w, (struct deed){ .what = DO_AGAIN, .id = id, .ms = ms })->done;
}

STORY(a_failed_job_that_is_tried_again_takes_its_dead_letter_back)
{
	struct world *w = with_dead();
	struct uuid id = failed(w, "a"), other = failed(w, "b");

	(void)state;
	is(world_counts(w, "dead"), "2/0/0");
	assert_true(again(w, id, 0));
	is(job_says(w, id), "PENDING 1");
	is(world_counts(w, "dead"), "1/0/0");
	is(world_counts(w, "work"), "1/0/0");
	world_check(w);
	assert_true(again(w, other, 5000));
	is(world_counts(w, "work"), "1/0/1");
	assert_int_equal(job_of(w, other)->execute_at, w->now.wall_ms + 5000);
	is(job_complete(w, job_taken(w, "work", "a"), NULL), "SUCCEEDED");
	is(job_says(w, id), "SUCCEEDED 2");
	world_restart(w);
	is(world_counts(w, "work"), "0/0/1");
	the_end(w);
}

STORY(it_is_tried_again_also_when_there_is_no_dead_letter_any_more)
{
	struct world *w = with_dead();
	struct uuid deleted = failed(w, "a"), purged = failed(w, "b"), never;

	(void)state;
	world_delete(w, "dead", job_taken(w, "dead", "a"));
	assert_true(again(w, deleted, 0));
	is(world_purge(w, "dead"), "NONE");
	assert_true(again(w, purged, 0));
	world_check(w);
	is(world_delete_queue(w, "dead"), "NONE");
	is(world_receive_many(w, "work", 9), "a b");
	world_pass_ms(w, 31 * SECOND_MS); /* no such dead-letter queue: they fail and are gone */
	is(job_says(w, deleted), "FAILED 2");
	assert_true(again(w, deleted, 0));
	is(job_complete(w, job_taken(w, "work", "a"), NULL), "SUCCEEDED");
	assert_false(again(w, deleted, 0)); /* it has not failed */
	is(world_delete_queue(w, "work"), "NONE");
	struct deed *d = job_do(w, (struct deed){ .what = DO_AGAIN, .id = purged });
	assert_int_equal(d->refused.why, REFUSED_NO_SUCH_QUEUE);
	(void)never;
	the_end(w);
}

STORY(it_is_not_tried_again_while_somebody_holds_its_dead_letter)
{
	struct world *w = with_dead();
	struct uuid id = failed(w, "a");
	struct receipt r = job_taken(w, "dead", "a");

	(void)state;
	struct deed *d = job_do(w, (struct deed){ .what = DO_AGAIN, .id = id });
	assert_int_equal(d->refused.why, REFUSED_CONFLICT);
	is(world_delete(w, "dead", r), "NONE");
	assert_true(again(w, id, 0));
	the_end(w);
}

STORY(a_fifo_job_goes_back_into_its_group)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work.fifo", "track", "true", NULL);
	struct uuid id = job_sent(w, "work.fifo", "a");
	is(job_fail(w, job_taken(w, "work.fifo", "a"), NULL, true, -1), "FAILED");
	job_sent(w, "work.fifo", "b");
	assert_true(again(w, id, 0));
	world_check(w);
	is(world_receive_many(w, "work.fifo", 9), "b a");
	the_end(w);
}

STORY(a_dead_letter_is_mended_and_resent_and_its_job_goes_on)
{
	struct world *w = with_dead();
	struct uuid id = failed(w, "a");

	(void)state;
	is(resend(w, "dead", 1, NULL, "mended"), "NONE");
	is(job_says(w, id), "PENDING 1");
	is(world_counts(w, "dead"), "0/0/0");
	world_check(w);
	is(job_complete(w, job_taken(w, "work", "mended"), NULL), "SUCCEEDED");
	is(job_says(w, id), "SUCCEEDED 2");
	the_end(w);
}

STORY(a_dead_letter_that_comes_back_after_its_job_went_on_is_a_job_of_its_own)
{
	struct world *w = with_dead();
	struct uuid id = failed(w, "a");

	(void)state;
	/* It is moved elsewhere, where the job does not find it. */
	world_queue(w, "aside", NULL);
	is(resend(w, "dead", 1, "aside", NULL), "NONE");
	assert_true(again(w, id, 0));
	is(resend(w, "aside", 1, "work", NULL), "NONE");
	world_check(w);
	is(world_counts(w, "work"), "2/0/0");
	struct queue_receive *p = ask(w, "work", 10, -1, 0);
	assert_int_equal(p->count, 2);
	assert_memory_equal(&p->messages[0].message_id, &id, sizeof id);
	struct uuid copy = p->messages[1].message_id;
	is(job_says(w, copy), "RUNNING 1");
	assert_memory_equal(job_of(w, copy)->parent.at, &id, sizeof id);
	assert_int_equal(jobs_kept(w), 2);
	the_end(w);
}

STORY(a_message_that_comes_from_an_untracked_queue_becomes_a_job)
{
	struct world *w = with_dead();
	struct uuid id = job_sent(w, "dead", "a");

	(void)state;
	is(job_says(w, id), "");
	is(resend(w, "dead", 1, "work", NULL), "NONE");
	is(job_says(w, id), "PENDING 0");
	check_text(job_of(w, id)->requested_by, "anonymous");
	world_check(w);
	is(world_delete(w, "work", job_taken(w, "work", "a")), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	the_end(w);
}

/* Found by the simulator, seed 2361. */
STORY(such_a_job_has_the_priority_of_its_message_also_when_it_is_tried_again)
{
	struct world *w = with_dead();
	struct uuid id;

	(void)state;
	is(world_set(w, "work", "priority", "on", NULL), "NONE");
	id = world_send_as(w, "dead", "urgent", (struct sending){ .priority = 9 })->message_id;
	is(resend(w, "dead", 1, "work", NULL), "NONE");
	struct receipt r = job_taken(w, "work", "urgent");
	assert_int_equal(job_of(w, id)->priority, 9);
	is(job_fail(w, r, NULL, true, -1), "FAILED");
	job_sent(w, "work", "usual");
	assert_true(again(w, id, 0));
	is(world_receive_many(w, "work", 9), "urgent usual");
	the_end(w);
}

STORY(a_job_moves_with_its_message_and_is_canceled_where_nobody_tracks_it)
{
	struct world *w = with_dead();
	struct uuid moves = job_sent_as(w, "work", "a", "tenant", 0, NULL), leaves;

	(void)state;
	world_queue(w, "next", "track", "true", NULL);
	is(resend(w, "work", 1, "next", NULL), "NONE");
	is(job_says(w, moves), "PENDING 0");
	check_text(job_of(w, moves)->queue, "next");
	is(world_counts(w, "work"), "0/0/0");
	world_check(w);
	assert_true(job_do(w, (struct deed){ .what = DO_CANCEL, .id = moves })->done);
	is(world_counts(w, "next"), "0/0/0");
	leaves = job_sent(w, "work", "b");
	is(resend(w, "work", 2, "dead", NULL), "NONE");
	is(job_says(w, leaves), "CANCELED 0");
	assert_non_null(strstr(job_of(w, leaves)->error.at, "MOVED"));
	is(world_counts(w, "dead"), "1/0/0");
	the_end(w);
}

STORY(an_operator_who_removes_a_message_cancels_its_job)
{
	struct world *w = with_dead();
	struct uuid id = job_sent(w, "work", "a");
	struct queue_operate p = { .queue = S("work"), .position = 1, .remove = true };

	(void)state;
	world_run(w, &op_queue_operate, &p);
	is(job_says(w, id), "CANCELED 0");
	assert_non_null(strstr(job_of(w, id)->error.at, "REMOVED"));
	the_end(w);
}

STORY(a_dead_letter_queue_cannot_be_tracked_nor_a_tracked_queue_be_one)
{
	struct world *w = with_dead();

	(void)state;
	is(world_set(w, "dead", "track", "true", NULL), "INVALID_ATTRIBUTE");
	is(world_set(w, "dead", "track", "false", NULL), "NONE");
	world_queue(w, "other", "track", "true", NULL);
	is(world_set(w, "work", "RedrivePolicy", world_redrive(w, "other", 1), NULL),
	   "INVALID_PARAMETER");
	is(world_queue(w, "third", "RedrivePolicy", world_redrive(w, "other", 1), NULL),
	   "INVALID_PARAMETER");
	is(world_set(w, "work", "RedrivePolicy", "", NULL), "NONE");
	is(world_set(w, "dead", "track", "true", NULL), "NONE");
	the_end(w);
}

STORY(a_dead_letter_of_a_job_that_was_swept_begins_a_new_one)
{
	struct world *w = with_dead();
	struct uuid id;

	(void)state;
	is(world_set(w, "work", "retention", "60", NULL), "NONE");
	id = failed(w, "a");
	world_pass_ms(w, 100 * SECOND_MS);
	is(job_says(w, id), "");
	assert_int_equal(jobs_kept(w), 0);
	is(resend(w, "dead", 1, NULL, NULL), "NONE");
	is(job_says(w, id), "PENDING 0");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_failed_job_that_is_tried_again_takes_its_dead_letter_back),
		RUN(it_is_tried_again_also_when_there_is_no_dead_letter_any_more),
		RUN(it_is_not_tried_again_while_somebody_holds_its_dead_letter),
		RUN(a_fifo_job_goes_back_into_its_group),
		RUN(a_dead_letter_is_mended_and_resent_and_its_job_goes_on),
		RUN(a_dead_letter_that_comes_back_after_its_job_went_on_is_a_job_of_its_own),
		RUN(a_message_that_comes_from_an_untracked_queue_becomes_a_job),
		RUN(such_a_job_has_the_priority_of_its_message_also_when_it_is_tried_again),
		RUN(a_job_moves_with_its_message_and_is_canceled_where_nobody_tracks_it),
		RUN(an_operator_who_removes_a_message_cancels_its_job),
		RUN(a_dead_letter_queue_cannot_be_tracked_nor_a_tracked_queue_be_one),
		RUN(a_dead_letter_of_a_job_that_was_swept_begins_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
