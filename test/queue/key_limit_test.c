/* key_limit_test.c - stories about limits of each message group: key_concurrency, key_rate. */
#include <stdio.h>

#include "queue/stories.h"

#include "domain/queue/memory.h"

static void send_of(struct world *w, const char *queue, const char *tenant, int count)
{
	for (int i = 0; i < count; i++)
		is(refusal_name(
			   world_send_as(w, queue, tenant, (struct sending){ .group = tenant })->refused.why),
		   "NONE");
}

static size_t groups_in_memory(struct world *w, const char *queue)
{
	const struct queue *q = names_find(&engine_domain(w->engine)->queues->by_name, str_of(queue));

	return q->groups.count;
}

STORY(a_tenant_at_its_concurrency_gives_nothing_while_others_go_on)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "key_concurrency", "2", NULL);
	send_of(w, "q", "big", 6);
	send_of(w, "q", "small", 1);
	is(world_receive_many(w, "q", 10), "big small big");
	struct receipt r = world_receipt(w);
	is(world_receive_many(w, "q", 10), "");
	is(world_delete(w, "q", r), "NONE");
	is(world_receive_many(w, "q", 10), "big");
	is(world_receive_many(w, "q", 10), "");
	world_pass_ms(w, 30000); /* nobody deletes: what was in flight comes back */
	is(world_receive_many(w, "q", 10), "big small big");
	the_end(w);
}

STORY(messages_without_a_group_have_no_key_and_no_limit_of_one)
{
	struct world *w = world_open(2);

	(void)state;
	world_queue(w, "q", "key_concurrency", "1", "key_rate", "1", NULL);
	for (int i = 0; i < 4; i++)
		world_send(w, "q", "plain");
	is(world_receive_many(w, "q", 10), "plain plain plain plain");
	the_end(w);
}

STORY(a_waiting_receiver_gets_the_message_when_its_tenant_may_have_one_more)
{
	struct world *w = world_open(3);

	(void)state;
	world_queue(w, "q", "key_concurrency", "1", NULL);
	send_of(w, "q", "t", 2);
	is(world_receive(w, "q"), "t");
	struct receipt r = world_receipt(w);
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	assert_int_equal(p->count, 0);
	is(world_delete(w, "q", r), "NONE");
	assert_int_equal(p->count, 1);
	the_end(w);
}

STORY(a_concurrency_that_is_raised_or_removed_acts_at_once)
{
	struct world *w = world_open(4);

	(void)state;
	world_queue(w, "q", "key_concurrency", "1", NULL);
	send_of(w, "q", "t", 5);
	is(world_receive_many(w, "q", 10), "t");
	is(world_set(w, "q", "key_concurrency", "3", NULL), "NONE");
	is(world_receive_many(w, "q", 10), "t t");
	is(world_set(w, "q", "key_concurrency", "0", NULL), "NONE");
	is(world_receive_many(w, "q", 10), "t t");
	the_end(w);
}

STORY(a_concurrency_holds_after_a_restart)
{
	struct world *w = world_open(5);

	(void)state;
	world_queue(w, "q", "key_concurrency", "2", NULL);
	send_of(w, "q", "t", 4);
	is(world_receive_many(w, "q", 10), "t t");
	world_restart(w);
	is(world_receive_many(w, "q", 10), "");
	the_end(w);
}

STORY(a_tenant_gets_so_many_a_second_and_the_others_theirs)
{
	struct world *w = world_open(6);

	(void)state;
	world_queue(w, "q", "key_rate", "4", NULL);
	send_of(w, "q", "a", 12);
	send_of(w, "q", "b", 2);
	is(world_receive_many(w, "q", 10), "a b a b a a"); /* fair, and four of a at most */
	is(world_receive_many(w, "q", 10), "");
	world_pass_ms(w, 249);
	is(world_receive_many(w, "q", 10), "");
	world_pass_ms(w, 1);
	is(world_receive_many(w, "q", 10), "a");
	world_pass_ms(w, 500);
	is(world_receive_many(w, "q", 10), "a a");
	world_pass_ms(w, 10000);
	is(world_receive_many(w, "q", 10), "a a a a"); /* no more is saved up than a second's */
	the_end(w);
}

STORY(a_waiting_receiver_is_woken_when_the_next_token_is_there)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "q", "key_rate", "1", NULL);
	send_of(w, "q", "t", 2);
	is(world_receive(w, "q"), "t");
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	world_pass_ms(w, 999);
	assert_int_equal(p->count, 0);
	world_pass_ms(w, 1);
	assert_int_equal(p->count, 1);
	the_end(w);
}

/* One message at a time: the group has none in between, and its bucket must not be new. */
STORY(a_rate_cannot_be_passed_by_by_sending_one_message_at_a_time)
{
	struct world *w = world_open(8);
	int got = 0;

	(void)state;
	world_queue(w, "q", "key_rate", "5", NULL);
	for (int i = 0; i < 100; i++) {
		send_of(w, "q", "t", 1);
		if (world_receive(w, "q") != NULL) {
			got++;
			is(world_delete(w, "q", world_receipt(w)), "NONE");
		}
		world_pass_ms(w, 20);
	}
	assert_in_range(got, 5 + 9, 5 + 10); /* a full bucket, and 5 a second for two seconds */
	the_end(w);
}

STORY(tenants_that_are_done_are_forgotten_within_a_second)
{
	struct world *w = world_open(9);
	char name[16];

	(void)state;
	world_queue(w, "q", "key_rate", "10", NULL);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "t%d", i);
		send_of(w, "q", name, 1);
		is(world_receive(w, "q"), name);
		is(world_delete(w, "q", world_receipt(w)), "NONE");
		world_forget(w);
	}
	assert_int_equal(groups_in_memory(w, "q"), 500);
	world_pass_ms(w, 1000);
	assert_int_equal(groups_in_memory(w, "q"), 0);
	the_end(w);
}

STORY(a_rate_that_is_taken_away_lets_everything_through_within_a_second)
{
	struct world *w = world_open(10);

	(void)state;
	world_queue(w, "q", "key_rate", "1", NULL);
	send_of(w, "q", "t", 4);
	is(world_receive_many(w, "q", 10), "t");
	is(world_set(w, "q", "key_rate", "0", NULL), "NONE");
	world_pass_ms(w, 1000);
	is(world_receive_many(w, "q", 10), "t t t");
	is(world_set(w, "q", "key_rate", "1000", NULL), "NONE");
	the_end(w);
}

STORY(a_fifo_group_keeps_its_order_under_a_rate)
{
	struct world *w = world_open(11);

	(void)state;
	is(world_queue(w, "q.fifo", "key_rate", "2", NULL), "NONE");
	for (int i = 0; i < 5; i++) {
		static const char *const bodies[] = { "0", "1", "2", "3", "4" };
		send_in(w, "q.fifo", "g", bodies[i], bodies[i]);
	}
	send_in(w, "q.fifo", "h", "h", "h");
	is(world_receive_many(w, "q.fifo", 10), "0 1 h");
	world_pass_ms(w, 30000); /* back, in order */
	is(world_receive_many(w, "q.fifo", 10), "0 1 h");
	the_end(w);
}

STORY(on_fifo_queues_the_concurrency_of_a_group_is_one)
{
	struct world *w = world_open(12);

	(void)state;
	is(world_queue(w, "q.fifo", "key_concurrency", "2", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q.fifo", "key_concurrency", "1", NULL), "NONE");
	is(world_set(w, "q.fifo", "key_concurrency", "0", NULL), "INVALID_ATTRIBUTE");
	send_in(w, "q.fifo", "g", "1", "1");
	send_in(w, "q.fifo", "g", "2", "2");
	is(world_receive(w, "q.fifo"), "1");
	nothing(world_receive(w, "q.fifo"));
	the_end(w);
}

STORY(limits_of_groups_have_bounds)
{
	struct world *w = world_open(13);

	(void)state;
	is(world_queue(w, "q", "key_concurrency", "120001", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q", "key_concurrency", "-1", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q", "key_rate", "1000001", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q", "key_rate", "1000000", "key_concurrency", "120000", NULL), "NONE");
	the_end(w);
}

/* A redrive out of a queue whose groups are at their rate is not over before they are. */
STORY(a_move_task_waits_for_groups_that_are_at_their_rate)
{
	struct world *w = world_open(14);
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);

	(void)state;
	world_queue(w, "dead", "key_rate", "1", NULL);
	world_queue(w, "work", NULL);
	world_queue(w, "other", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	send_of(w, "dead", "t", 3);
	is(world_receive(w, "dead"), "t");
	is(world_delete(w, "dead", world_receipt(w)), "NONE");
	*p = (struct move_start){ .source = S("dead"), .destination = S("work") };
	world_run(w, &op_move_start, p);
	world_pass_ms(w, 10);
	is(world_counts(w, "work"), "0/0/0");
	world_pass_ms(w, 2000);
	is(world_counts(w, "work"), "2/0/0");
	the_end(w);
}

/* Whatever call of the store fails, groups come back as the rows say, and go on. */
STORY(a_fault_at_any_store_call_leaves_no_group_behind)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open(15);
		world_queue(w, "q", "key_rate", "2", "key_concurrency", "3", NULL);
		send_of(w, "q", "a", 4);
		send_of(w, "q", "b", 1);
		store_fail_at(w->store, nth, ERR_BUSY);
		world_receive_many(w, "q", 10);
		world_receive_many(w, "q", 10);
		world_pass_ms(w, 500);
		world_receive_many(w, "q", 10);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		world_pass_ms(w, 60 * 1000);
		const char *got = world_receive_many(w, "q", 10);
		assert_true(strcmp(got, "a b a") == 0 || strcmp(got, "a a b") == 0);
		the_end(w);
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_tenant_at_its_concurrency_gives_nothing_while_others_go_on),
		RUN(messages_without_a_group_have_no_key_and_no_limit_of_one),
		RUN(a_waiting_receiver_gets_the_message_when_its_tenant_may_have_one_more),
		RUN(a_concurrency_that_is_raised_or_removed_acts_at_once),
		RUN(a_concurrency_holds_after_a_restart),
		RUN(a_tenant_gets_so_many_a_second_and_the_others_theirs),
		RUN(a_waiting_receiver_is_woken_when_the_next_token_is_there),
		RUN(a_rate_cannot_be_passed_by_by_sending_one_message_at_a_time),
		RUN(tenants_that_are_done_are_forgotten_within_a_second),
		RUN(a_rate_that_is_taken_away_lets_everything_through_within_a_second),
		RUN(a_fifo_group_keeps_its_order_under_a_rate),
		RUN(on_fifo_queues_the_concurrency_of_a_group_is_one),
		RUN(limits_of_groups_have_bounds),
		RUN(a_move_task_waits_for_groups_that_are_at_their_rate),
		RUN(a_fault_at_any_store_call_leaves_no_group_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
