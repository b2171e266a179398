/* ledger_test.c - stories about the ledger: what each event of a message makes of its job. */
#include <stdio.h>

#include "domain/queue/enqueue.h"
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
	is(world_receive(w, "work"), "a");
	is(job_says(w, id), "RUNNING 1");
	is(world_delete(w, "work", world_receipt(w)), "NONE");
	is(job_says(w, id), "SUCCEEDED 1");
	is(job_attempts(w, id), "");
	assert_int_equal(job_of(w, id)->finished_at, w->now.wall_ms);
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(a_worker_that_vanishes_is_noticed_when_its_lease_ends)
{
	struct world *w = tracked("work");
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(world_receive(w, "work"), "a");
	world_pass_ms(w, 30 * SECOND_MS - 1);
	is(job_says(w, id), "RUNNING 1");
	world_pass_ms(w, 1);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "LOST");
	is(world_counts(w, "work"), "1/0/0");
	is(world_receive(w, "work"), "a");
	is(job_says(w, id), "RUNNING 2");
	the_end(w);
}

STORY(without_tries_left_it_is_a_dead_letter_at_once_and_can_be_redriven)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "RedrivePolicy", world_redrive(w, "dead", 1), NULL),
	   "NONE");
	struct uuid id = job_sent(w, "work", "a");
	is(world_receive(w, "work"), "a");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_says(w, id), "FAILED 1");
	is(world_counts(w, "dead"), "1/0/0");
	is(world_counts(w, "work"), "0/0/0");
	world_check(w);
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);
	p->source = S("dead");
	world_run(w, &op_move_start, p);
	world_pass_ms(w, SECOND_MS);
	is(job_says(w, id), "PENDING 1");
	is(world_receive(w, "work"), "a");
	is(job_says(w, id), "RUNNING 2");
	is(world_delete(w, "work", world_receipt(w)), "NONE");
	is(job_says(w, id), "SUCCEEDED 2");
	is(job_attempts(w, id), "LOST");
	the_end(w);
}

STORY(without_a_dead_letter_queue_it_fails_and_the_message_is_gone)
{
	struct world *w = world_open(1);

	(void)state;
	is(world_queue(w, "work", "track", "true", "retry", "{\"max_attempts\":2}", NULL), "NONE");
	struct uuid id = job_sent(w, "work", "a");
	is(world_receive(w, "work"), "a");
	is(world_fail(w, "work", world_receipt(w), "{\"code\":\"NO\"}", false, 5), "NONE");
	is(job_says(w, id), "PENDING 1");
	is(world_counts(w, "work"), "0/0/1");
	world_check(w);
	world_pass_ms(w, 5 * SECOND_MS);
	is(world_receive(w, "work"), "a");
	is(world_fail(w, "work", world_receipt(w), "{\"code\":\"NO\"}", false, 5), "NONE");
	is(job_says(w, id), "FAILED 2");
	is(job_attempts(w, id), "FAILED FAILED");
	check_text(job_of(w, id)->error, "{\"code\":\"NO\"}");
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_message_that_is_received_and_deleted_is_a_job_that_succeeded),
		RUN(a_worker_that_vanishes_is_noticed_when_its_lease_ends),
		RUN(without_tries_left_it_is_a_dead_letter_at_once_and_can_be_redriven),
		RUN(without_a_dead_letter_queue_it_fails_and_the_message_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
