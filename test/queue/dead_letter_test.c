/* dead_letter_test.c - stories about dead-letter queues, move tasks, and an operator's hand. */
#include <stdio.h>

#include "queue/stories.h"

static struct world *with_dead(const char *dead, const char *work, int receives)
{
	struct world *w = world_open(1);

	world_queue(w, dead, NULL);
	is(world_queue(w, work, "RedrivePolicy", world_redrive(w, dead, receives), NULL), "NONE");
	return w;
}

static void kill_one(struct world *w, const char *queue)
{
	assert_non_null(world_receive(w, queue));
	is(world_fail(w, queue, world_receipt(w), "{\"code\":\"BAD\"}", true, 0), "NONE");
}

static struct cmd *start(struct world *w, struct move_start *p)
{
	return world_run(w, &op_move_start, p);
}

static struct move_info task_of(struct world *w, const char *source)
{
	struct move_list *p = ARENA_NEW(w->arena, struct move_list);

	p->source = str_of(source);
	p->max = 10;
	world_run(w, &op_move_list, p);
	assert_true(p->count > 0);
	return p->tasks[0];
}

STORY(a_message_received_too_often_goes_to_the_dead_letter_queue)
{
	struct world *w = with_dead("dead", "work", 2);

	(void)state;
	world_send(w, "work", "job");
	for (int i = 0; i < 2; i++) {
		is(world_receive(w, "work"), "job");
		world_pass_ms(w, 30 * SECOND_MS); /* nobody deletes it */
	}
	nothing(world_receive(w, "work"));
	struct queue_receive *p = ask(w, "dead", 1, -1, 0);
	assert_int_equal(p->count, 1);
	assert_int_equal(p->messages[0].receive_count, 3); /* it goes on counting */
	assert_int_equal(p->messages[0].sent_at, w->now.wall_ms - 60 * SECOND_MS);
	check_text(p->messages[0].dead_from, "work");
	the_end(w);
}

STORY(without_its_dead_letter_queue_a_message_goes_on_being_received)
{
	struct world *w = with_dead("dead", "work", 1);

	(void)state;
	world_send(w, "work", "job");
	world_delete_queue(w, "dead");
	for (int i = 0; i < 3; i++) {
		is(world_receive(w, "work"), "job");
		world_pass_ms(w, 30 * SECOND_MS);
	}
	the_end(w);
}

STORY(a_dead_letter_frees_its_group_and_gets_a_new_time_on_fifo_queues)
{
	struct world *w = with_dead("dead.fifo", "work.fifo", 1);

	(void)state;
	send_in(w, "work.fifo", "a", "1", "bad");
	send_in(w, "work.fifo", "a", "2", "good");
	is(world_receive(w, "work.fifo"), "bad");
	world_pass_ms(w, 30 * SECOND_MS);
	is(world_receive_many(w, "work.fifo", 10), "good");
	struct queue_receive *p = ask(w, "dead.fifo", 1, -1, 0);
	check_text(p->messages[0].group, "a");
	assert_int_equal(p->messages[0].sent_at, w->now.wall_ms);
	the_end(w);
}

STORY(a_worker_can_send_a_message_to_the_dead_letter_queue_at_once)
{
	struct world *w = with_dead("dead", "work", 9);

	(void)state;
	world_send(w, "work", "job");
	kill_one(w, "work");
	struct queue_receive *p = ask(w, "dead", 1, -1, 0);
	check_text(p->messages[0].error, "{\"code\":\"BAD\"}");
	the_end(w);
}

STORY(a_failure_report_keeps_the_error_and_tries_again_later)
{
	struct world *w = with_dead("dead", "work", 9);

	(void)state;
	world_send(w, "work", "job");
	world_receive(w, "work");
	world_fail(w, "work", world_receipt(w), "{\"code\":\"LATER\"}", false, 5);
	world_pass_ms(w, 5 * SECOND_MS);
	struct queue_receive *p = ask(w, "work", 1, -1, 0);
	check_text(p->messages[0].error, "{\"code\":\"LATER\"}");
	the_end(w);
}

STORY(a_receiver_waiting_for_dead_letters_gets_the_next_one)
{
	struct world *w = with_dead("dead", "work", 1);

	(void)state;
	struct queue_receive *p = ask(w, "dead", 1, -1, 20);
	world_send(w, "work", "job");
	kill_one(w, "work");
	assert_int_equal(p->count, 1);
	the_end(w);
}

STORY(a_move_task_brings_all_back_to_where_they_came_from)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead") };

	(void)state;
	world_queue(w, "second", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	world_send(w, "work", "one");
	world_send(w, "second", "two");
	kill_one(w, "work");
	kill_one(w, "second");
	assert_false(cmd_refused(start(w, &p)));
	world_pass_ms(w, 1000);
	is(world_receive(w, "work"), "one");
	is(world_receive(w, "second"), "two");
	struct move_info t = task_of(w, "dead");
	check_text(t.state, "COMPLETED");
	assert_int_equal(t.moved, 2);
	the_end(w);
}

STORY(a_move_task_keeps_its_rate_survives_a_restart_and_moves_nothing_twice)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .rate = 2 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		world_send(w, "work", "job");
		kill_one(w, "work");
	}
	start(w, &p);
	world_pass_ms(w, 2000);
	is(world_counts(w, "work"), "4/0/0");
	kill_one(w, "work"); /* it fails again: not this task's business any more */
	world_restart(w);
	world_pass_ms(w, 20 * SECOND_MS);
	is(world_counts(w, "work"), "9/0/0");
	is(world_counts(w, "dead"), "1/0/0");
	check_text(task_of(w, "dead").state, "COMPLETED");
	the_end(w);
}

STORY(a_restart_gives_a_move_task_nothing_ahead)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .rate = 5 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		world_send(w, "work", "job");
		kill_one(w, "work");
	}
	start(w, &p);
	for (int i = 0; i < 10; i++) { /* a second in all */
		world_pass_ms(w, 100);
		world_restart(w);
	}
	world_pass_ms(w, 0);
	assert_in_range(task_of(w, "dead").moved, 0, 5);
	the_end(w);
}

STORY(a_move_task_ends_with_its_queue_also_when_another_gets_the_name)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .destination = S("work"), .rate = 1 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_send(w, "work", "job");
		kill_one(w, "work");
	}
	start(w, &p);
	world_pass_ms(w, 10); /* between two of its steps */
	world_delete_queue(w, "dead");
	world_queue(w, "dead", NULL);
	world_send(w, "dead", "new");
	world_pass_ms(w, 5 * SECOND_MS);
	is(world_counts(w, "dead"), "1/0/0");
	check_text(task_of(w, "dead").state, "FAILED");
	the_end(w);
}

/* Tasks of queues that nobody moves from any more have a bound, too. */
STORY(finished_move_tasks_of_all_queues_are_not_kept_for_ever)
{
	enum { QUEUES = MOVE_TASKS_MAX / MOVE_TASKS_KEPT + 1 };
	struct world *w = world_open(1);
	char dead[16], work[16];

	(void)state;
	for (int i = 0; i < QUEUES; i++) {
		snprintf(dead, sizeof dead, "dead%d", i);
		snprintf(work, sizeof work, "work%d", i);
		world_queue(w, dead, NULL);
		world_queue(w, work, "RedrivePolicy", world_redrive(w, dead, 1), NULL);
		for (int n = 0; n < MOVE_TASKS_KEPT; n++) {
			struct move_start p = { .source = str_of(dead) };
			assert_false(cmd_refused(start(w, &p)));
			world_pass_ms(w, 100);
			world_forget(w);
		}
	}
	struct move_list *all = ARENA_NEW(w->arena, struct move_list);
	all->max = LIST_MAX;
	world_run(w, &op_move_list, all);
	assert_int_equal(all->count, MOVE_TASKS_MAX);
	check_text(all->tasks[0].source, dead); /* the newest */
	check_text(task_of(w, "dead1").source, "dead1");
	the_end(w);
}

STORY(a_move_task_can_be_cancelled_once)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .rate = 1 };

	(void)state;
	for (int i = 0; i < 5; i++) {
		world_send(w, "work", "job");
		kill_one(w, "work");
	}
	start(w, &p);
	world_pass_ms(w, 2000);
	struct move_cancel cancel = { .task = p.task };
	assert_false(cmd_refused(world_run(w, &op_move_cancel, &cancel)));
	assert_int_equal(cancel.moved, 2);
	world_pass_ms(w, 9000);
	is(world_counts(w, "work"), "2/0/0");
	assert_int_equal(world_run(w, &op_move_cancel, &cancel)->refused.why,
	                 REFUSED_INVALID_PARAMETER);
	check_text(task_of(w, "dead").state, "CANCELLED");
	the_end(w);
}

STORY(a_move_task_without_a_place_to_go_fails_and_says_so)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead") },
					  unknown = { .source = S("dead"), .destination = S("nowhere") };

	(void)state;
	assert_int_equal(start(w, &unknown)->refused.why, REFUSED_NO_SUCH_RESOURCE);
	world_send(w, "dead", "came from nowhere");
	start(w, &p);
	world_pass_ms(w, 1000);
	check_text(task_of(w, "dead").state, "FAILED");
	assert_true(task_of(w, "dead").failure.len > 0);
	is(world_counts(w, "dead"), "1/0/0");
	the_end(w);
}

STORY(only_a_dead_letter_queue_is_moved_from_and_by_one_task)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .rate = 1 }, wrong = { .source = S("work") };

	(void)state;
	assert_int_equal(start(w, &wrong)->refused.why, REFUSED_INVALID_PARAMETER);
	world_send(w, "work", "job");
	kill_one(w, "work");
	start(w, &p);
	assert_int_equal(start(w, &p)->refused.why, REFUSED_INVALID_PARAMETER);
	the_end(w);
}

STORY(a_busy_tenant_does_not_end_a_move_task_early)
{
	struct world *w = with_dead("dead", "work", 1);
	struct move_start p = { .source = S("dead"), .destination = S("work"), .rate = 1 };

	(void)state;
	send_in(w, "dead", "busy", NULL, "a");
	send_in(w, "dead", "busy", NULL, "b");
	is(world_receive(w, "dead"), "a"); /* in flight: its group stands behind others */
	world_change(w, "dead", world_receipt(w), 600);
	start(w, &p);
	send_in(w, "dead", "new", NULL, "c");
	world_pass_ms(w, 3000);
	is(world_receive_many(w, "work", 10), "b");
	is(world_receive_many(w, "dead", 10), "c");
	the_end(w);
}

STORY(an_operator_mends_a_dead_letter_and_sends_it_again)
{
	struct world *w = with_dead("dead", "work", 1);
	struct queue_operate p = {
		.queue = S("dead"), .position = 1, .body = S("mended"), .body_md5 = S("0123456789abcdef")
	};

	(void)state;
	world_send(w, "work", "broken");
	kill_one(w, "work");
	assert_false(cmd_refused(world_run(w, &op_queue_operate, &p)));
	struct queue_receive *r = ask(w, "work", 1, -1, 0);
	check_text(r->messages[0].body, "mended");
	assert_int_equal(r->messages[0].receive_count, 1);
	assert_int_equal(world_run(w, &op_queue_operate, &p)->refused.why, REFUSED_NO_SUCH_MESSAGE);
	the_end(w);
}

STORY(an_operator_deletes_what_nobody_holds)
{
	struct world *w = world_open(1);
	struct queue_operate p = { .queue = S("q"), .position = 1, .remove = true };

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_receive(w, "q");
	assert_int_equal(world_run(w, &op_queue_operate, &p)->refused.why, REFUSED_CONFLICT);
	world_pass_ms(w, 30 * SECOND_MS);
	assert_false(cmd_refused(world_run(w, &op_queue_operate, &p)));
	is(world_counts(w, "q"), "0/0/0");
	the_end(w);
}

STORY(what_comes_back_does_not_pass_delayed_messages_of_its_group)
{
	struct world *w = with_dead("dead.fifo", "work.fifo", 1);
	struct move_start p = { .source = S("dead.fifo") };

	(void)state;
	send_in(w, "work.fifo", "a", "1", "bad");
	kill_one(w, "work.fifo");
	world_set(w, "work.fifo", "DelaySeconds", "60", NULL);
	send_in(w, "work.fifo", "a", "2", "delayed");
	start(w, &p);
	world_pass_ms(w, 1000);
	nothing(world_receive(w, "work.fifo"));
	world_pass_ms(w, 59 * SECOND_MS);
	is(world_receive_many(w, "work.fifo", 10), "delayed bad");
	the_end(w);
}

STORY(the_dead_letter_queue_must_exist_be_alike_and_agree)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", "RedriveAllowPolicy",
	            "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":"
	            "[\"arn:aws:sqs:us-east-1:000000000000:friend\"]}",
	            NULL);
	is(world_queue(w, "a", "RedrivePolicy", world_redrive(w, "none", 1), NULL),
	   "INVALID_PARAMETER");
	is(world_queue(w, "a.fifo", "RedrivePolicy", world_redrive(w, "dead", 1), NULL),
	   "INVALID_PARAMETER");
	is(world_queue(w, "stranger", "RedrivePolicy", world_redrive(w, "dead", 1), NULL),
	   "INVALID_PARAMETER");
	is(world_queue(w, "friend", "RedrivePolicy", world_redrive(w, "dead", 1), NULL), "NONE");
	world_set(w, "dead", "RedriveAllowPolicy", "{\"redrivePermission\":\"denyAll\"}", NULL);
	is(world_set(w, "friend", "RedrivePolicy", world_redrive(w, "dead", 2), NULL),
	   "INVALID_PARAMETER");
	is(world_set(w, "friend", "RedrivePolicy", "", NULL), "NONE");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_message_received_too_often_goes_to_the_dead_letter_queue),
		RUN(without_its_dead_letter_queue_a_message_goes_on_being_received),
		RUN(a_dead_letter_frees_its_group_and_gets_a_new_time_on_fifo_queues),
		RUN(a_worker_can_send_a_message_to_the_dead_letter_queue_at_once),
		RUN(a_failure_report_keeps_the_error_and_tries_again_later),
		RUN(a_receiver_waiting_for_dead_letters_gets_the_next_one),
		RUN(a_move_task_brings_all_back_to_where_they_came_from),
		RUN(a_move_task_keeps_its_rate_survives_a_restart_and_moves_nothing_twice),
		RUN(a_restart_gives_a_move_task_nothing_ahead),
		RUN(a_move_task_ends_with_its_queue_also_when_another_gets_the_name),
		RUN(finished_move_tasks_of_all_queues_are_not_kept_for_ever),
		RUN(a_move_task_can_be_cancelled_once),
		RUN(a_move_task_without_a_place_to_go_fails_and_says_so),
		RUN(only_a_dead_letter_queue_is_moved_from_and_by_one_task),
		RUN(a_busy_tenant_does_not_end_a_move_task_early),
		RUN(an_operator_mends_a_dead_letter_and_sends_it_again),
		RUN(an_operator_deletes_what_nobody_holds),
		RUN(what_comes_back_does_not_pass_delayed_messages_of_its_group),
		RUN(the_dead_letter_queue_must_exist_be_alike_and_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
