/* recover_test.c - stories about dead letters that are sent back by what their error was. */
#include "domain/queue/move.h"
#include "queue/stories.h"

static struct world *with_dead_letters(int count)
{
	struct world *w = world_open(1);

	world_queue(w, "dead", NULL);
	world_queue(w, "work", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	for (int i = 0; i < count; i++) {
		world_send(w, "work", i % 2 == 0 ? "even" : "odd");
		world_receive(w, "work");
		is(world_fail(w, "work", world_receipt(w),
		              i % 2 == 0 ? "{\"code\":\"TIMEOUT\"}" : "{\"code\":\"BAD\"}", true, 0),
		   "NONE");
	}
	return w;
}

static struct move_start *start(struct world *w, const char *error, int64_t rate)
{
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);

	*p = (struct move_start){ .source = S("dead"),
		                      .error = error == NULL ? S_NONE : str_of(error),
		                      .rate = rate };
	struct cmd *c = world_run(w, &op_move_start, p);
	must(c->refused.why == REFUSED_NONE);
	return p;
}

STORY(only_those_of_one_error_are_sent_back)
{
	struct world *w = with_dead_letters(6);

	(void)state;
	start(w, "TIMEOUT", 0);
	world_pass_ms(w, 200);
	is(world_counts(w, "dead"), "3/0/0");
	is(world_counts(w, "work"), "3/0/0");
	is(world_receive_many(w, "work", 10), "even even even");
	the_end(w);
}

STORY(one_that_somebody_looks_at_is_left_alone)
{
	struct world *w = with_dead_letters(4);

	(void)state;
	is(world_receive(w, "dead"), "even");
	start(w, "TIMEOUT", 0);
	world_pass_ms(w, 200);
	is(world_counts(w, "dead"), "2/1/0");
	is(world_counts(w, "work"), "1/0/0");
	the_end(w);
}

STORY(it_pauses_goes_on_and_survives_a_restart)
{
	struct world *w = with_dead_letters(8);
	struct move_start *m = start(w, "BAD", 1);
	struct move_pause *p = ARENA_NEW(w->arena, struct move_pause);

	(void)state;
	world_pass_ms(w, 2 * SECOND_MS);
	is(world_counts(w, "work"), "2/0/0");
	*p = (struct move_pause){ .task = m->task, .paused = true };
	world_run(w, &op_move_pause, p);
	world_restart(w);
	world_pass_ms(w, 10 * SECOND_MS);
	is(world_counts(w, "work"), "2/0/0");
	p->paused = false;
	world_run(w, &op_move_pause, p);
	world_pass_ms(w, 10 * SECOND_MS);
	is(world_counts(w, "work"), "4/0/0");
	is(world_counts(w, "dead"), "4/0/0");
	the_end(w);
}

STORY(no_fault_moves_one_twice_or_loses_one)
{
	(void)state;
	for (int64_t n = 1; n < 60; n++) {
		struct world *w = with_dead_letters(6);
		start(w, "TIMEOUT", 0);
		store_fail_at(w->store, n, ERR_IO);
		world_pass_ms(w, SECOND_MS);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		world_pass_ms(w, SECOND_MS);
		is(world_counts(w, "dead"), "3/0/0");
		is(world_counts(w, "work"), "3/0/0");
		the_end(w);
	}
}

/* Fails again as it did before. */
static void fail_all(struct world *w)
{
	while (world_receive(w, "work") != NULL)
		is(world_fail(w, "work", world_receipt(w), "{\"code\":\"TIMEOUT\"}", true, 0), "NONE");
}

STORY(by_its_policy_a_queue_sends_back_so_often_and_no_more)
{
	struct world *w = with_dead_letters(2);

	(void)state;
	is(world_set(w, "dead", "recover_every_s", "60", "recover_times", "2", "recover_error",
	             "TIMEOUT", NULL),
	   "NONE");
	world_pass_ms(w, 59 * SECOND_MS);
	is(world_counts(w, "work"), "0/0/0");
	for (int round = 0; round < 2; round++) {
		world_pass_ms(w, 62 * SECOND_MS);
		is(world_counts(w, "work"), "1/0/0");
		fail_all(w);
	}
	world_pass_ms(w, 10 * 60 * SECOND_MS);
	is(world_counts(w, "work"), "0/0/0"); /* from now on it is for people */
	is(world_counts(w, "dead"), "2/0/0");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(only_those_of_one_error_are_sent_back),
		RUN(one_that_somebody_looks_at_is_left_alone),
		RUN(it_pauses_goes_on_and_survives_a_restart),
		RUN(no_fault_moves_one_twice_or_loses_one),
		RUN(by_its_policy_a_queue_sends_back_so_often_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
