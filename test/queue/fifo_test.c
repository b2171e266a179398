/* fifo_test.c - stories about FIFO queues: groups, order, deduplication, attempts. */
#include <stdio.h>

#include "queue/stories.h"

static struct queue_receive *attempt(struct world *w, const char *id, int max)
{
	return world_receive_as(w, "q.fifo",
	                        (struct queue_receive){
								.max = max, .visibility_s = 30, .attempt = str_of(id) });
}

STORY(one_receive_gives_several_of_a_group_in_order_and_then_of_the_next)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "a1");
	send_in(w, "q.fifo", "b", "2", "b1");
	send_in(w, "q.fifo", "a", "3", "a2");
	is(world_receive_many(w, "q.fifo", 10), "a1 a2 b1");
	the_end(w);
}

STORY(a_group_with_something_in_flight_gives_nothing)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "a1");
	send_in(w, "q.fifo", "a", "2", "a2");
	send_in(w, "q.fifo", "b", "3", "b1");
	is(world_receive(w, "q.fifo"), "a1");
	struct receipt r = world_receipt(w);
	is(world_receive(w, "q.fifo"), "b1");
	nothing(world_receive(w, "q.fifo"));
	world_restart(w);
	nothing(world_receive(w, "q.fifo"));
	is(world_change(w, "q.fifo", r, 60), "NONE"); /* and its group waits as long */
	world_pass_ms(w, 59 * SECOND_MS);
	is(world_receive(w, "q.fifo"), "b1");
	is(world_delete(w, "q.fifo", r), "NONE");
	is(world_receive(w, "q.fifo"), "a2");
	the_end(w);
}

STORY(order_is_restored_after_a_partial_delete_and_a_timeout)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "a1");
	send_in(w, "q.fifo", "a", "2", "a2");
	send_in(w, "q.fifo", "a", "3", "a3");
	struct queue_receive *p = ask(w, "q.fifo", 3, 30, 0);
	is(world_delete(w, "q.fifo", p->messages[1].receipt), "NONE");
	nothing(world_receive(w, "q.fifo"));
	world_pass_ms(w, 30 * SECOND_MS);
	is(world_receive_many(w, "q.fifo", 10), "a1 a3");
	the_end(w);
}

STORY(an_expired_receipt_is_refused)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	world_send(w, "q.fifo", "a");
	world_receive(w, "q.fifo");
	world_pass_ms(w, 30 * SECOND_MS);
	is(world_delete(w, "q.fifo", world_receipt(w)), "RECEIPT_EXPIRED");
	is(world_change(w, "q.fifo", world_receipt(w), 5), "RECEIPT_EXPIRED");
	is(world_counts(w, "q.fifo"), "1/0/0");
	the_end(w);
}

STORY(the_same_id_within_five_minutes_is_the_same_message)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	struct send_entry *first = send_in(w, "q.fifo", "a", "id", "one");
	world_receive(w, "q.fifo");
	world_delete(w, "q.fifo", world_receipt(w));
	world_pass_ms(w, 5 * MINUTE_MS - 1);
	world_restart(w);
	struct send_entry *again = send_in(w, "q.fifo", "b", "id", "two");
	assert_true(again->duplicate && again->position == first->position);
	assert_memory_equal(&again->message_id, &first->message_id, sizeof first->message_id);
	is(world_counts(w, "q.fifo"), "0/0/0");
	world_pass_ms(w, 1);
	assert_false(send_in(w, "q.fifo", "b", "id", "three")->duplicate);
	is(world_counts(w, "q.fifo"), "1/0/0");
	the_end(w);
}

STORY(the_content_is_the_id_where_the_queue_says_so)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	assert_int_equal(send_in(w, "q.fifo", "a", NULL, "x")->refused.why, REFUSED_INVALID_PARAMETER);
	world_set(w, "q.fifo", "ContentBasedDeduplication", "true", NULL);
	send_in(w, "q.fifo", "a", NULL, "x");
	assert_true(send_in(w, "q.fifo", "b", NULL, "x")->duplicate);
	assert_false(send_in(w, "q.fifo", "a", NULL, "y")->duplicate);
	assert_false(send_in(w, "q.fifo", "a", "given", "x")->duplicate);
	the_end(w);
}

STORY(the_scope_of_an_id_can_be_the_group)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", "DeduplicationScope", "messageGroup", "FifoThroughputLimit",
	            "perMessageGroupId", NULL);
	send_in(w, "q.fifo", "a", "id", "x");
	assert_false(send_in(w, "q.fifo", "b", "id", "x")->duplicate);
	assert_true(send_in(w, "q.fifo", "a", "id", "x")->duplicate);
	world_restart(w);
	assert_true(send_in(w, "q.fifo", "b", "id", "x")->duplicate);
	the_end(w);
}

STORY(a_purge_forgets_ids_and_a_delete_of_the_queue_too)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "id", "x");
	world_purge(w, "q.fifo");
	world_restart(w);
	assert_false(send_in(w, "q.fifo", "a", "id", "x")->duplicate);
	world_delete_queue(w, "q.fifo");
	world_queue(w, "q.fifo", NULL);
	assert_false(send_in(w, "q.fifo", "a", "id", "x")->duplicate);
	the_end(w);
}

STORY(a_clock_set_back_a_day_does_not_swallow_messages_for_a_day)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "id", "x");
	world_jump_ms(w, -DAY_MS);
	assert_true(send_in(w, "q.fifo", "a", "id", "x")->duplicate);
	world_pass_ms(w, 6 * MINUTE_MS);
	assert_false(send_in(w, "q.fifo", "a", "id", "x")->duplicate);
	the_end(w);
}

STORY(group_and_id_are_required)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	assert_int_equal(send_in(w, "q.fifo", NULL, "id", "x")->refused.why, REFUSED_MISSING_PARAMETER);
	assert_int_equal(world_send_as(w, "q.fifo", "x",
	                               (struct sending){ .group = "g", .dedup = "d", .delay_s = 5 })
	                     ->refused.why,
	                 REFUSED_INVALID_PARAMETER);
	assert_int_equal(world_send_as(w, "q.fifo", "x",
	                               (struct sending){ .group = "g", .dedup = "d", .delay_s = -1 })
	                     ->refused.why,
	                 REFUSED_NONE);
	the_end(w);
}

STORY(positions_grow_over_restarts)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	uint64_t first = send_in(w, "q.fifo", "a", "1", "x")->position;
	world_restart(w);
	uint64_t second = send_in(w, "q.fifo", "a", "2", "y")->position;
	assert_true(second > first);
	is(world_receive_many(w, "q.fifo", 10), "x y");
	the_end(w);
}

STORY(the_same_attempt_gets_the_same_messages_and_receipts)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "x");
	send_in(w, "q.fifo", "a", "2", "y");
	struct queue_receive *first = attempt(w, "try", 2);
	world_pass_ms(w, 20 * SECOND_MS);
	struct queue_receive *again = attempt(w, "try", 2);
	assert_int_equal(again->count, 2);
	assert_memory_equal(&again->messages[0].receipt, &first->messages[0].receipt,
	                    sizeof(struct receipt));
	assert_int_equal(attempt(w, "other", 2)->count, 0);
	world_pass_ms(w, 20 * SECOND_MS); /* hidden anew by the second try */
	nothing(world_receive(w, "q.fifo"));
	world_delete(w, "q.fifo", first->messages[0].receipt);
	assert_int_equal(attempt(w, "try", 2)->count, 0);
	the_end(w);
}

STORY(an_attempt_after_a_change_of_visibility_is_a_new_one)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "x");
	struct queue_receive *first = attempt(w, "try", 1);
	world_change(w, "q.fifo", first->messages[0].receipt, 100);
	assert_int_equal(attempt(w, "try", 1)->count, 0);
	the_end(w);
}

STORY(a_shorter_delay_of_the_queue_passes_nothing)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", "DelaySeconds", "60", NULL);
	send_in(w, "q.fifo", "a", "1", "slow");
	world_set(w, "q.fifo", "DelaySeconds", "0", NULL);
	send_in(w, "q.fifo", "a", "2", "fast");
	send_in(w, "q.fifo", "b", "3", "other");
	is(world_receive_many(w, "q.fifo", 10), "other");
	world_jump_ms(w, -HOUR_MS);
	world_restart(w);
	nothing(world_receive(w, "q.fifo"));
	world_pass_ms(w, 15 * MINUTE_MS);
	is(world_receive_many(w, "q.fifo", 2), "slow fast");
	world_close(w);
}

STORY(a_waiting_receiver_is_woken_when_its_group_is_free)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	send_in(w, "q.fifo", "a", "1", "x");
	send_in(w, "q.fifo", "a", "2", "y");
	world_receive(w, "q.fifo");
	struct receipt r = world_receipt(w);
	struct queue_receive *p = ask(w, "q.fifo", 1, -1, 20);
	assert_int_equal(p->count, 0);
	world_delete(w, "q.fifo", r);
	assert_int_equal(p->count, 1);
	the_end(w);
}

STORY(a_message_whose_retention_is_over_frees_its_group)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", "MessageRetentionPeriod", "60", NULL);
	send_in(w, "q.fifo", "a", "1", "x");
	ask(w, "q.fifo", 1, 600, 0);
	world_pass_ms(w, 50 * SECOND_MS);
	send_in(w, "q.fifo", "a", "2", "y");
	struct queue_receive *p = ask(w, "q.fifo", 1, -1, 20);
	world_pass_ms(w, 12 * SECOND_MS);
	assert_int_equal(p->count, 1);
	the_end(w);
}

/* More becomes due at once than one turn moves; what is sent meanwhile must not pass it. */
STORY(what_is_sent_while_earlier_messages_wait_for_their_turn_stays_behind_them)
{
	struct world *w = world_open(1);
	char id[16];

	(void)state;
	world_queue(w, "q.fifo", "DelaySeconds", "1", NULL);
	for (int i = 0; i < DUE_STEPS_MAX; i++) {
		snprintf(id, sizeof id, "d%d", i);
		send_in(w, "q.fifo", "herd", id, "x");
	}
	send_in(w, "q.fifo", "last", "1", "first");
	world_set(w, "q.fifo", "DelaySeconds", "0", NULL);
	w->now.mono_ms += SECOND_MS;
	w->now.wall_ms += SECOND_MS;
	/* One turn moves the herd but for its last, takes the new one, and is asked twice. */
	struct send_entry e = { .body = S("second"),
		                    .body_md5 = S("0123456789abcdef"),
		                    .size = 6,
		                    .group = S("last"),
		                    .dedup = S("2"),
		                    .delay_s = -1,
		                    .priority = -1 };
	struct queue_send send = { .queue = S("q.fifo"), .entries = &e, .count = 1 };
	struct queue_receive herd = { .queue = S("q.fifo"), .max = 10, .visibility_s = 30 };
	struct queue_receive last = herd;
	struct cmd *turn[] = { world_cmd(w, &op_queue_send, &send),
		                   world_cmd(w, &op_queue_receive, &herd),
		                   world_cmd(w, &op_queue_receive, &last) };
	world_run_batch(w, turn, 3);
	assert_int_equal(herd.count, 10);
	assert_int_equal(last.count, 0);
	world_pass_ms(w, 1);
	is(world_receive_many(w, "q.fifo", 10), "first second");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(one_receive_gives_several_of_a_group_in_order_and_then_of_the_next),
		RUN(a_group_with_something_in_flight_gives_nothing),
		RUN(order_is_restored_after_a_partial_delete_and_a_timeout),
		RUN(an_expired_receipt_is_refused),
		RUN(the_same_id_within_five_minutes_is_the_same_message),
		RUN(the_content_is_the_id_where_the_queue_says_so),
		RUN(the_scope_of_an_id_can_be_the_group),
		RUN(a_purge_forgets_ids_and_a_delete_of_the_queue_too),
		RUN(a_clock_set_back_a_day_does_not_swallow_messages_for_a_day),
		RUN(group_and_id_are_required),
		RUN(positions_grow_over_restarts),
		RUN(the_same_attempt_gets_the_same_messages_and_receipts),
		RUN(an_attempt_after_a_change_of_visibility_is_a_new_one),
		RUN(a_shorter_delay_of_the_queue_passes_nothing),
		RUN(a_waiting_receiver_is_woken_when_its_group_is_free),
		RUN(a_message_whose_retention_is_over_frees_its_group),
		RUN(what_is_sent_while_earlier_messages_wait_for_their_turn_stays_behind_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
