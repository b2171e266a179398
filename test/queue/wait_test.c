/* wait_test.c - long polls that wait in the engine: sent away in time, and over faults. */
#include "check.h"
#include "domain/queue/memory.h"
#include "store/store.h"
#include "world/world.h"

static struct queue_receive *poll_for(struct world *w, const char *queue, int64_t wait_s)
{
	struct queue_receive *p = ARENA_NEW(w->arena, struct queue_receive);

	p->queue = str_of(queue);
	p->max = 1;
	p->visibility_s = -1;
	p->wait_s = wait_s;
	assert_null(world_run(w, &op_queue_receive, p));
	return p;
}

static int64_t waiting(struct world *w)
{
	return engine_domain(w->engine)->queues->parked_count;
}

/* One turn, `ms` later; the commands of the clock that it finished are forgotten. */
static struct turn turn_after(struct world *w, int64_t ms)
{
	struct list commands, finished;
	struct cmd *c;

	list_init(&commands);
	list_init(&finished);
	w->now.mono_ms += ms;
	w->now.wall_ms += ms;
	w->now.patience_ms += ms;
	struct turn turn = engine_turn(w->engine, &commands, w->now, &finished);
	while ((c = LIST_TAKE(&finished, struct cmd, node)) != NULL)
		cmd_free(c);
	return turn;
}

/* Messages become ready on one queue all the time; that is no reason to wait on another. */
static void test_a_busy_queue_does_not_hold_up_the_receivers_of_another(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "busy", NULL);
	world_queue(w, "quiet", NULL);
	world_send_as(w, "busy", "later", (struct sending){ .delay_s = 2 });
	poll_for(w, "quiet", 2);
	turn_after(w, 1999);
	assert_int_equal(waiting(w), 1);
	turn_after(w, 1); /* the message is due in the turn in which the receiver is to go */
	assert_int_equal(waiting(w), 0);
	check_text(str_of(world_counts(w, "busy")), "1/0/0");
	world_close(w);
}

static void test_a_message_that_is_ready_at_the_last_moment_is_received(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", NULL);
	world_send_as(w, "work", "job", (struct sending){ .delay_s = 2 });
	struct queue_receive *p = poll_for(w, "work", 2);
	world_pass_ms(w, 2000);
	assert_non_null(world_answered(w));
	assert_int_equal(p->count, 1);
	world_close(w);
}

/* Messages that become ready all the time, and that nobody may have: no reason to stay. */
static void test_a_paused_queue_sends_receivers_away_in_time(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", NULL);
	world_send_as(w, "work", "early", (struct sending){ .delay_s = 1 });
	world_send_as(w, "work", "job", (struct sending){ .delay_s = 2 });
	world_set(w, "work", "paused", "true", NULL);
	struct queue_receive *p = poll_for(w, "work", 2);
	turn_after(w, 1999);
	assert_int_equal(waiting(w), 1);
	turn_after(w, 1);
	assert_int_equal(waiting(w), 0);
	assert_int_equal(p->count, 0);
	check_text(str_of(world_counts(w, "work")), "2/0/0");
	world_close(w);
}

/* Of two whose time ends with one message, the first has it and the other does not stay. */
static void test_the_last_moment_has_one_message_and_two_receivers(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", NULL);
	world_send_as(w, "work", "job", (struct sending){ .delay_s = 2 });
	struct queue_receive *first = poll_for(w, "work", 2), *second = poll_for(w, "work", 2);
	turn_after(w, 2000);
	assert_int_equal(waiting(w), 0);
	assert_int_equal(first->count, 1);
	assert_int_equal(second->count, 0);
	world_close(w);
}

/* A store that goes on failing must not keep the engine busy failing. */
static void test_a_fault_that_stays_leaves_the_engine_time_to_breathe(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "work", NULL);
	world_send_as(w, "work", "job", (struct sending){ .delay_s = 1 });
	struct queue_receive *p = poll_for(w, "work", 20);
	store_fail_at(w->store, 1, ERR_BUSY);
	struct turn turn = turn_after(w, 1000);
	assert_true(turn.faults > 0);
	assert_int_equal(waiting(w), 1);
	assert_true(turn.next_mono > w->now.mono_ms);
	world_pass_ms(w, 1000);
	assert_int_equal(waiting(w), 0);
	assert_int_equal(p->count, 1);
	world_close(w);
}

/* The group is locked, not the rate: there is nothing to look for every millisecond. */
static void test_a_rate_that_has_room_wakes_nobody(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", "FifoQueue", "true", "rate", "5", NULL);
	world_send_as(w, "q.fifo", "one", (struct sending){ .group = "g", .dedup = "1" });
	world_send_as(w, "q.fifo", "two", (struct sending){ .group = "g", .dedup = "2" });
	assert_string_equal(world_receive(w, "q.fifo"), "one");
	poll_for(w, "q.fifo", 20);
	struct turn turn = turn_after(w, 300);
	for (int turns = 0; turn.next_mono < w->now.mono_ms + 500; turns++) {
		assert_in_range(turns, 0, 20); /* the sweeper comes once a second */
		turn = turn_after(w, turn.next_mono - w->now.mono_ms);
	}
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_busy_queue_does_not_hold_up_the_receivers_of_another),
		cmocka_unit_test(test_a_message_that_is_ready_at_the_last_moment_is_received),
		cmocka_unit_test(test_a_paused_queue_sends_receivers_away_in_time),
		cmocka_unit_test(test_the_last_moment_has_one_message_and_two_receivers),
		cmocka_unit_test(test_a_fault_that_stays_leaves_the_engine_time_to_breathe),
		cmocka_unit_test(test_a_rate_that_has_room_wakes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
