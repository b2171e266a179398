/* scaling_test.c - stories about how many workers a queue wants, and about waits that are
 * too long. */
#include "queue/stories.h"

#include "domain/queue/memory.h"

static struct scaling ask_for(struct world *w, const char *queue, struct scaling_question question)
{
	struct queue_scaling *p = ARENA_NEW(w->arena, struct queue_scaling);

	p->name = str_of(queue);
	p->question = question;
	if (p->question.per_worker == 0)
		p->question.per_worker = 1;
	struct cmd *c = world_run(w, &op_queue_scaling, p);
	must(c != NULL && c->fault == OK && !cmd_refused(c));
	return p->answer;
}

#define SEEN .workers = -1

static int wants(struct world *w, struct scaling_question question)
{
	return (int)ask_for(w, "q", question).workers_wanted;
}

/* `seconds` of work: so many messages come in a second, and each takes so long. */
static void work(struct world *w, int seconds, int a_second, int64_t run_ms)
{
	for (int i = 0; i < seconds; i++) {
		int64_t began = w->now.mono_ms;
		for (int n = 0; n < a_second; n++)
			is(world_send(w, "q", "x"), "NONE");
		struct queue_receive *p = ask(w, "q", 10, 600, 0);
		world_pass_ms(w, run_ms);
		for (int n = 0; n < p->count; n++)
			is(world_delete(w, "q", p->messages[n].receipt), "NONE");
		world_forget(w);
		world_pass_ms(w, 1000 - (w->now.mono_ms - began));
	}
}

STORY(a_queue_with_nothing_to_do_wants_no_worker)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	assert_int_equal(wants(w, (struct scaling_question){ SEEN }), 0);
	assert_int_equal(wants(w, (struct scaling_question){ SEEN, .min = 2 }), 2);
	the_end(w);
}

STORY(as_long_as_nothing_is_known_there_is_one_or_as_many_as_there_are)
{
	struct world *w = world_open(2);

	(void)state;
	world_queue(w, "q", NULL);
	for (int i = 0; i < 100; i++)
		world_send(w, "q", "x");
	assert_int_equal(wants(w, (struct scaling_question){ SEEN }), 1);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 7 }), 7);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 7, .max = 5 }), 5);
	the_end(w);
}

/* Little: 4 messages a second that take 500 ms each are 2 at a time. */
STORY(what_comes_is_kept_up_with)
{
	struct world *w = world_open(3);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 120, 4, 500);
	struct scaling s = ask_for(w, "q", (struct scaling_question){ .workers = 100 });
	assert_int_equal(s.backlog, 0);
	assert_in_range((int64_t)(1000 * s.arrival_rate), 3900, 4100);
	assert_in_range((int64_t)(1000 * s.per_worker_rate), 1950, 2050);
	assert_in_range(s.workers_wanted, 2, 3);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 100, .per_worker = 4 }), 1);
	the_end(w);
}

STORY(a_backlog_is_gone_within_the_target)
{
	struct world *w = world_open(4);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 120, 1, 1000);
	for (int i = 0; i < 600; i++)
		world_send(w, "q", "x");
	world_pass_ms(w, 1000);
	/* 600 in 60 s, and what has come lately, those 600 included: each worker does one. */
	struct scaling s = ask_for(w, "q",
	                           (struct scaling_question){ .workers = 100, .target_wait_s = 60 });
	assert_int_equal(s.target_wait_s, 60);
	assert_in_range(s.workers_wanted, 10 + 11, 10 + 14);
	assert_true(wants(w, (struct scaling_question){ .workers = 100, .target_wait_s = 6 }) >= 100);
	the_end(w);
}

/* What each of the workers there are does is more than one message at a time. */
STORY(a_worker_that_does_more_than_one_at_a_time_is_seen)
{
	struct world *w = world_open(5);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 120, 10, 900);
	struct scaling s = ask_for(w, "q", (struct scaling_question){ .workers = 1 });
	assert_in_range((int64_t)s.per_worker_rate, 9, 11);
	assert_int_equal(s.workers_wanted, 1);
	the_end(w);
}

STORY(limits_of_the_queue_count)
{
	struct world *w = world_open(6);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 60, 5, 1000);
	for (int i = 0; i < 3000; i++)
		world_send(w, "q", "x");
	assert_true(wants(w, (struct scaling_question){ .workers = 100 }) > 60);
	world_set(w, "q", "concurrency", "20", NULL);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 100 }), 20);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 100, .per_worker = 8 }), 3);
	world_set(w, "q", "rate", "7", "concurrency", "0", NULL);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 100 }), 7);
	world_set(w, "q", "paused", "true", NULL);
	assert_int_equal(wants(w, (struct scaling_question){ .workers = 100 }), 0);
	the_end(w);
}

STORY(a_fifo_queue_wants_no_more_than_it_has_groups)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	for (int i = 0; i < 40; i++)
		send_in(w, "q.fifo", i % 2 == 0 ? "a" : "b", arena_printf(w->arena, "%d", i).at, "x");
	struct scaling s = ask_for(w, "q.fifo", (struct scaling_question){ .workers = 50 });
	assert_int_equal(s.workers_wanted, 2);
	the_end(w);
}

STORY(work_that_is_in_flight_keeps_a_worker_and_old_work_does_not)
{
	struct world *w = world_open(8);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 10, 2, 100);
	is(world_send(w, "q", "long"), "NONE");
	ask(w, "q", 1, 43200, 0);
	world_pass_ms(w, 60 * MINUTE_MS);
	assert_int_equal(wants(w, (struct scaling_question){ SEEN }), 1);
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	world_pass_ms(w, 20 * MINUTE_MS);
	assert_int_equal(wants(w, (struct scaling_question){ SEEN }), 0);
	the_end(w);
}

/* ---- waits that are too long */

static const struct slo *slo_of(struct world *w)
{
	struct queue_get *p = ARENA_NEW(w->arena, struct queue_get);

	p->name = S("q");
	p->own = true;
	world_run(w, &op_queue_get, p);
	return p->slo;
}

#define state_is(expected) is(slo_name(slo_of(w)->state), expected)

/* A message a second, each received after so long. */
static void wait_for(struct world *w, int seconds, int64_t wait_ms)
{
	for (int i = 0; i < seconds; i++) {
		is(world_send(w, "q", "x"), "NONE");
		world_pass_ms(w, wait_ms);
		is(world_receive(w, "q"), "x");
		is(world_delete(w, "q", world_receipt(w)), "NONE");
		world_forget(w);
		world_pass_ms(w, 1000 - wait_ms % 1000);
	}
}

STORY(a_queue_burns_when_waits_are_too_long_now_and_for_long)
{
	struct world *w = world_open(9);

	(void)state;
	world_queue(w, "q", NULL);
	assert_null(slo_of(w));
	world_set(w, "q", "slo_wait_ms", "500", NULL);
	state_is("ok");
	wait_for(w, 3600, 100);
	state_is("ok");
	wait_for(w, 30, 800); /* 30 of the last 300: bad now, but not for long */
	state_is("warning");
	assert_true(slo_of(w)->last_5m > 0.05 && slo_of(w)->last_1h < 0.05);
	wait_for(w, 600, 800);
	state_is("burning");
	wait_for(w, 1200, 100); /* good again, but the hour is not over */
	state_is("warning");
	wait_for(w, 7200, 100);
	state_is("ok");
	the_end(w);
}

STORY(a_queue_burns_when_nobody_receives_anything)
{
	struct world *w = world_open(10);

	(void)state;
	world_queue(w, "q", "slo_wait_ms", "2000", NULL);
	is(world_send(w, "q", "x"), "NONE");
	world_pass_ms(w, 2000);
	state_is("ok");
	world_pass_ms(w, 1000);
	state_is("warning");
	assert_int_equal(slo_of(w)->waiting_ms, 3000);
	world_pass_ms(w, 5 * MINUTE_MS);
	state_is("burning");
	is(world_receive(w, "q"), "x");
	world_pass_ms(w, 1000);
	state_is("burning"); /* it was slow, and is all that happened */
	wait_for(w, 60, 100);
	state_is("ok");
	the_end(w);
}

STORY(a_message_that_is_delayed_or_in_flight_does_not_wait)
{
	struct world *w = world_open(11);

	(void)state;
	world_queue(w, "q", "slo_wait_ms", "1000", "priority", "on", NULL);
	world_send_as(w, "q", "later", (struct sending){ .delay_s = 900, .priority = 3 });
	world_pass_ms(w, 890 * 1000);
	state_is("ok");
	world_pass_ms(w, 15 * 1000);
	assert_int_equal(slo_of(w)->waiting_ms, 5000);
	state_is("warning");
	ask(w, "q", 1, 43200, 0);
	assert_int_equal(slo_of(w)->waiting_ms, 0);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_queue_with_nothing_to_do_wants_no_worker),
		RUN(as_long_as_nothing_is_known_there_is_one_or_as_many_as_there_are),
		RUN(what_comes_is_kept_up_with),
		RUN(a_backlog_is_gone_within_the_target),
		RUN(a_worker_that_does_more_than_one_at_a_time_is_seen),
		RUN(limits_of_the_queue_count),
		RUN(a_fifo_queue_wants_no_more_than_it_has_groups),
		RUN(work_that_is_in_flight_keeps_a_worker_and_old_work_does_not),
		RUN(a_queue_burns_when_waits_are_too_long_now_and_for_long),
		RUN(a_queue_burns_when_nobody_receives_anything),
		RUN(a_message_that_is_delayed_or_in_flight_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
