/* standard_test.c - stories about standard queues: order, visibility, delay, waiting. */
#include "queue/stories.h"

STORY(messages_come_in_the_order_they_were_sent)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_send(w, "q", "b");
	world_send(w, "q", "c");
	is(world_receive_many(w, "q", 2), "a b");
	is(world_receive_many(w, "q", 10), "c");
	is(world_counts(w, "q"), "0/3/0");
	the_end(w);
}

STORY(a_message_that_nobody_deletes_comes_again_after_its_visibility_timeout)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "VisibilityTimeout", "10", NULL);
	world_send(w, "q", "a");
	is(world_receive(w, "q"), "a");
	world_pass_ms(w, 9999);
	nothing(world_receive(w, "q"));
	world_pass_ms(w, 1);
	is(world_receive(w, "q"), "a");
	the_end(w);
}

STORY(receive_counts_and_visibility_survive_a_restart)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	ask(w, "q", 1, 100, 0);
	world_restart(w);
	nothing(world_receive(w, "q"));
	world_pass_ms(w, 100 * SECOND_MS);
	struct queue_receive *p = ask(w, "q", 1, 5, 0);
	assert_int_equal(p->count, 1);
	assert_int_equal(p->messages[0].receive_count, 2);
	assert_true(p->messages[0].first_received_at < w->now.wall_ms);
	the_end(w);
}

STORY(visibility_zero_gives_it_to_the_next_one_at_once_and_once_per_receive)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	assert_int_equal(ask(w, "q", 10, 0, 0)->count, 1);
	struct queue_receive *p = ask(w, "q", 10, 0, 0);
	assert_int_equal(p->messages[0].receive_count, 2);
	is(world_counts(w, "q"), "1/0/0");
	the_end(w);
}

STORY(a_deleted_message_never_comes_again)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_receive(w, "q");
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	is(world_change(w, "q", world_receipt(w), 5), "INVALID_PARAMETER");
	world_pass_ms(w, 40 * SECOND_MS);
	world_restart(w);
	nothing(world_receive(w, "q"));
	the_end(w);
}

STORY(an_expired_receipt_deletes_while_nobody_received_since)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_receive(w, "q");
	struct receipt old = world_receipt(w);
	world_pass_ms(w, 30 * SECOND_MS);
	world_receive(w, "q");
	is(world_delete(w, "q", old), "NONE");
	is(world_counts(w, "q"), "0/1/0"); /* somebody else has it now */
	struct receipt mine = world_receipt(w);
	world_pass_ms(w, 30 * SECOND_MS);
	is(world_delete(w, "q", mine), "NONE");
	is(world_counts(w, "q"), "0/0/0");
	the_end(w);
}

STORY(a_receipt_of_another_queue_or_of_a_deleted_one_is_invalid)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_queue(w, "other", NULL);
	world_send(w, "q", "a");
	world_receive(w, "q");
	is(world_delete(w, "other", world_receipt(w)), "RECEIPT_INVALID");
	struct receipt old = world_receipt(w);
	world_delete_queue(w, "q");
	world_restart(w); /* numbers of queues are never used again */
	world_queue(w, "q", NULL);
	world_send(w, "q", "b");
	world_receive(w, "q");
	is(world_delete(w, "q", old), "RECEIPT_INVALID");
	world_pass_ms(w, 5 * SECOND_MS); /* the sweeper empties the old one */
	is(world_counts(w, "q"), "0/1/0");
	the_end(w);
}

STORY(visibility_can_be_changed_up_to_twelve_hours_in_all)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_receive(w, "q");
	struct receipt r = world_receipt(w);
	is(world_change(w, "q", r, 43200), "NONE");
	world_pass_ms(w, 1000);
	is(world_change(w, "q", r, 43200), "INVALID_PARAMETER");
	is(world_change(w, "q", r, 43199), "NONE");
	is(world_change(w, "q", r, 0), "NONE");
	is(world_receive(w, "q"), "a");
	the_end(w);
}

STORY(a_delay_hides_a_message_and_an_explicit_zero_overrides_the_queues)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "DelaySeconds", "10", NULL);
	world_send_as(w, "q", "slow", (struct sending){ .delay_s = 20 });
	world_send(w, "q", "usual");
	world_send_as(w, "q", "now", (struct sending){ .delay_s = -1 });
	is(world_counts(w, "q"), "1/0/2");
	is(world_receive(w, "q"), "now");
	world_restart(w);
	world_pass_ms(w, 10 * SECOND_MS);
	is(world_receive(w, "q"), "usual");
	world_pass_ms(w, 9999);
	nothing(world_receive(w, "q"));
	world_pass_ms(w, 1);
	is(world_receive(w, "q"), "slow");
	the_end(w);
}

STORY(retention_ends_a_message_wherever_it_is)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "MessageRetentionPeriod", "60", NULL);
	world_send(w, "q", "in flight");
	ask(w, "q", 1, 600, 0);
	world_send(w, "q", "ready");
	world_send_as(w, "q", "delayed", (struct sending){ .delay_s = 300 });
	world_pass_ms(w, 62 * SECOND_MS);
	is(world_counts(w, "q"), "0/0/0");
	the_end(w);
}

STORY(a_shorter_retention_acts_at_once)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_pass_ms(w, 100 * SECOND_MS);
	world_set(w, "q", "MessageRetentionPeriod", "60", NULL);
	nothing(world_receive(w, "q"));
	is(world_counts(w, "q"), "0/0/0");
	the_end(w);
}

STORY(a_waiting_receiver_gets_a_message_the_moment_it_is_sent)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	world_pass_ms(w, 5000);
	world_send(w, "q", "a");
	assert_int_equal(p->count, 1);
	is(world_counts(w, "q"), "0/1/0");
	the_end(w);
}

STORY(a_wait_that_is_over_is_answered_with_nothing)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "ReceiveMessageWaitTimeSeconds", "2", NULL);
	world_forget(w);
	ask(w, "q", 1, -1, -1);
	world_pass_ms(w, 1999);
	assert_null(world_answered(w));
	world_pass_ms(w, 1);
	assert_non_null(world_answered(w));
	the_end(w);
}

STORY(a_waiting_receiver_is_woken_by_the_end_of_a_delay_and_of_a_timeout)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send_as(w, "q", "a", (struct sending){ .delay_s = 3 });
	struct queue_receive *first = ask(w, "q", 1, 4, 20), *second = ask(w, "q", 1, 4, 20);
	world_pass_ms(w, 3000);
	assert_int_equal(first->count, 1);
	assert_int_equal(second->count, 0);
	world_pass_ms(w, 4000);
	assert_int_equal(second->count, 1);
	the_end(w);
}

STORY(six_receivers_wait_six_messages_come_each_gets_one)
{
	struct world *w = world_open(1);
	struct queue_receive *p[6];

	(void)state;
	world_queue(w, "q", NULL);
	for (int i = 0; i < 6; i++)
		p[i] = ask(w, "q", 1, -1, 20);
	for (int i = 0; i < 6; i++)
		world_send(w, "q", "a");
	for (int i = 0; i < 6; i++)
		assert_int_equal(p[i]->count, 1);
	the_end(w);
}

STORY(a_message_is_sent_and_received_in_one_commit)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	int64_t before = store_stats(w->store).commits;
	world_send(w, "q", "a");
	assert_int_equal(p->count, 1);
	assert_int_equal(store_stats(w->store).commits - before, 1);
	the_end(w);
}

STORY(a_purged_queue_forgets_all_and_takes_new_ones)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "flying");
	world_receive(w, "q");
	world_send(w, "q", "ready");
	world_send_as(w, "q", "delayed", (struct sending){ .delay_s = 9 });
	is(world_purge(w, "q"), "NONE");
	is(world_counts(w, "q"), "0/0/0");
	world_send(w, "q", "new");
	world_pass_ms(w, 60 * SECOND_MS);
	world_restart(w);
	is(world_receive_many(w, "q", 10), "new");
	the_end(w);
}

STORY(a_deleted_queue_is_gone_and_can_be_made_again)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	ask(w, "q", 1, -1, 0);
	struct queue_receive *waiting = ask(w, "q", 1, -1, 20);
	is(world_delete_queue(w, "q"), "NONE");
	assert_int_equal(waiting->count, 0);
	is(world_send(w, "q", "b"), "NO_SUCH_QUEUE");
	is(world_delete_queue(w, "q"), "NO_SUCH_QUEUE");
	is(world_queue(w, "q", NULL), "NONE");
	world_restart(w);
	is(world_counts(w, "q"), "0/0/0");
	the_end(w);
}

STORY(many_expired_messages_do_not_leave_a_receiver_waiting)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", NULL);
	world_queue(w, "q", "RedrivePolicy", world_redrive(w, "dead", 1), "VisibilityTimeout", "0",
	            NULL);
	for (int i = 0; i < 450; i++)
		world_send(w, "q", "bad");
	for (int i = 0; i < 45; i++)
		ask(w, "q", 10, 5, 0);
	world_send(w, "q", "good");
	world_pass_ms(w, 4999);
	is(world_receive(w, "q"), "good");
	world_change(w, "q", world_receipt(w), 20);
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	world_pass_ms(w, 1); /* 450 are due, and dead */
	world_send(w, "q", "next");
	world_pass_ms(w, 10);
	assert_int_equal(p->count, 1);
	is(world_counts(w, "dead"), "450/0/0");
	the_end(w);
}

STORY(tenants_wait_no_longer_because_one_of_them_is_noisy)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	for (int i = 0; i < 50; i++)
		send_in(w, "q", "noisy", NULL, "n");
	is(world_receive_many(w, "q", 10), "n n n n n n n n n n");
	send_in(w, "q", "quiet", NULL, "q");
	is(world_receive(w, "q"), "q"); /* although 40 others are older */
	is(world_receive(w, "q"), "n");
	the_end(w);
}

STORY(messages_without_a_group_are_a_tenant_too_and_groups_are_not_deduplicated)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	send_in(w, "q", "g", NULL, "same");
	send_in(w, "q", "g", NULL, "same");
	world_send(w, "q", "plain");
	is(world_receive_many(w, "q", 10), "same plain same");
	is(world_send_as(w, "q", "x", (struct sending){ .dedup = "d" })->refused.why ==
	           REFUSED_INVALID_PARAMETER
	       ? "refused"
	       : "taken",
	   "refused");
	the_end(w);
}

STORY(a_clock_set_back_or_forward_hides_nothing_and_changes_no_order)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	world_jump_ms(w, -HOUR_MS);
	world_send(w, "q", "b");
	world_jump_ms(w, 2 * HOUR_MS);
	world_send(w, "q", "c");
	is(world_receive_many(w, "q", 10), "a b c");
	world_jump_ms(w, -3 * HOUR_MS);
	world_pass_ms(w, 30 * SECOND_MS);
	is(world_receive_many(w, "q", 10), "a b c");
	the_end(w);
}

STORY(a_clock_set_back_before_a_restart_hides_a_delayed_message_for_fifteen_minutes_at_most)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send_as(w, "q", "a", (struct sending){ .delay_s = 60 });
	world_jump_ms(w, -24 * HOUR_MS);
	world_restart(w);
	world_pass_ms(w, 15 * MINUTE_MS);
	is(world_receive(w, "q"), "a");
	world_close(w);
}

STORY(a_client_that_goes_away_takes_no_message_with_it)
{
	struct world *w = world_open(1);
	struct queue_receive p = { .queue = S("q"), .max = 1, .visibility_s = -1, .wait_s = 20 };

	(void)state;
	world_queue(w, "q", NULL);
	struct cmd *c = world_cmd(w, &op_queue_receive, &p);
	struct reply_to gone = c->reply_to;
	world_run_batch(w, &c, 1);
	world_run(w, &op_queue_gone, &gone);
	world_send(w, "q", "a");
	is(world_counts(w, "q"), "1/0/0");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(messages_come_in_the_order_they_were_sent),
		RUN(a_message_that_nobody_deletes_comes_again_after_its_visibility_timeout),
		RUN(receive_counts_and_visibility_survive_a_restart),
		RUN(visibility_zero_gives_it_to_the_next_one_at_once_and_once_per_receive),
		RUN(a_deleted_message_never_comes_again),
		RUN(an_expired_receipt_deletes_while_nobody_received_since),
		RUN(a_receipt_of_another_queue_or_of_a_deleted_one_is_invalid),
		RUN(visibility_can_be_changed_up_to_twelve_hours_in_all),
		RUN(a_delay_hides_a_message_and_an_explicit_zero_overrides_the_queues),
		RUN(retention_ends_a_message_wherever_it_is),
		RUN(a_shorter_retention_acts_at_once),
		RUN(a_waiting_receiver_gets_a_message_the_moment_it_is_sent),
		RUN(a_wait_that_is_over_is_answered_with_nothing),
		RUN(a_waiting_receiver_is_woken_by_the_end_of_a_delay_and_of_a_timeout),
		RUN(six_receivers_wait_six_messages_come_each_gets_one),
		RUN(a_message_is_sent_and_received_in_one_commit),
		RUN(a_purged_queue_forgets_all_and_takes_new_ones),
		RUN(a_deleted_queue_is_gone_and_can_be_made_again),
		RUN(many_expired_messages_do_not_leave_a_receiver_waiting),
		RUN(tenants_wait_no_longer_because_one_of_them_is_noisy),
		RUN(messages_without_a_group_are_a_tenant_too_and_groups_are_not_deduplicated),
		RUN(a_clock_set_back_or_forward_hides_nothing_and_changes_no_order),
		RUN(a_clock_set_back_before_a_restart_hides_a_delayed_message_for_fifteen_minutes_at_most),
		RUN(a_client_that_goes_away_takes_no_message_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
