/* priority_test.c - stories about priorities: lanes of a standard queue. */
#include <stdio.h>

#include "queue/stories.h"

#include "domain/queue/memory.h"

enum { LEAST = -1 /* of struct sending: priority 0 */ };

static const char *send_at(struct world *w, const char *queue, int priority, const char *body)
{
	return refusal_name(
		world_send_as(w, queue, body, (struct sending){ .priority = priority })->refused.why);
}

/* Many at once: `count` messages of that priority, in batches of ten. */
static void flood(struct world *w, const char *queue, int priority, int count)
{
	enum { COMMANDS = 500 };
	struct cmd *commands[COMMANDS];

	while (count > 0) {
		int n = 0;
		for (; n < COMMANDS && count > 0; n++, count -= 10) {
			struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
			p->entries = ARENA_ARRAY(w->arena, struct send_entry, 10);
			for (int i = 0; i < 10; i++)
				p->entries[i] = (struct send_entry){ .body = S("low"),
					                                 .body_md5 = S("0123456789abcdef"),
					                                 .size = 3,
					                                 .delay_s = -1,
					                                 .priority = priority };
			p->queue = str_of(queue);
			p->count = 10;
			p->batch = true;
			commands[n] = world_cmd(w, &op_queue_send, p);
		}
		world_run_batch(w, commands, n);
		world_forget(w);
	}
}

static struct queue_get *look(struct world *w, const char *queue)
{
	struct queue_get *p = ARENA_NEW(w->arena, struct queue_get);

	p->name = str_of(queue);
	world_run(w, &op_queue_get, p);
	return p;
}

STORY(an_urgent_message_overtakes_a_backlog_of_100000_at_once)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	flood(w, "q", 2, 100 * 1000);
	is(world_receive(w, "q"), "low");
	is(send_at(w, "q", 9, "urgent"), "NONE");
	is(world_receive(w, "q"), "urgent");
	is(send_at(w, "q", 0, "default"), "NONE");
	is(world_receive_many(w, "q", 2), "default low");
	assert_int_equal(look(w, "q")->lanes[2], 100 * 1000 - 2);
	the_end(w);
}

STORY(each_lane_gets_its_share_and_the_least_urgent_one_is_not_forgotten)
{
	struct world *w = world_open(2);
	int got[PRIORITIES] = { 0 };

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	for (int i = 0; i < PRIORITIES; i++)
		flood(w, "q", i, i < 5 ? 100 : 3000);
	for (int i = 0; i < 4 * 1023 / 11 + 1; i++) {
		struct queue_receive *p = ask(w, "q", 10, 600, 0);
		for (int n = 0; n < p->count; n++) {
			const struct queue *q = names_find(&engine_domain(w->engine)->queues->by_name, S("q"));
			const struct entry *e = map_find(&q->entries, p->messages[n].position);
			got[e->priority]++;
		}
		world_forget(w);
	}
	int all = 0;
	for (int i = 0; i < PRIORITIES; i++)
		all += got[i];
	for (int i = 0; i < PRIORITIES; i++) {
		int share = all * (1 << i) / 1023;
		assert_in_range(got[i], share < 3 ? 0 : share - 3, share + 3);
	}
	assert_true(got[0] >= 3); /* of 3,700 */
	the_end(w);
}

STORY(the_sum_of_the_lanes_is_what_is_visible)
{
	struct world *w = world_open(3);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	for (int i = 1; i <= 9; i++)
		is(send_at(w, "q", i, "x"), "NONE");
	is(send_at(w, "q", LEAST, "x"), "NONE");
	is(send_at(w, "q", 0, "none given"), "NONE");
	is(world_receive(w, "q"), "x");
	const struct queue_get *p = look(w, "q");
	assert_int_equal(p->visible, 10);
	for (int i = 0; i < PRIORITIES; i++)
		assert_int_equal(p->lanes[i], i == 9 ? 0 : i == PRIORITY_DEFAULT ? 2 : 1);
	world_queue(w, "plain", NULL);
	assert_null(look(w, "plain")->lanes);
	the_end(w);
}

STORY(without_lanes_a_priority_is_kept_and_changes_nothing)
{
	struct world *w = world_open(4);

	(void)state;
	world_queue(w, "q", NULL);
	is(send_at(w, "q", 1, "a"), "NONE");
	is(send_at(w, "q", 9, "b"), "NONE");
	is(send_at(w, "q", 0, "c"), "NONE");
	is(world_receive(w, "q"), "a");
	is(world_set(w, "q", "priority", "on", NULL), "NONE");
	is(send_at(w, "q", 5, "d"), "NONE");
	is(world_receive_many(w, "q", 10), "b d c");
	world_pass_ms(w, 30000);
	world_restart(w);
	is(world_receive_many(w, "q", 10), "b d c a");
	world_pass_ms(w, 30000);
	is(world_set(w, "q", "priority", "off", NULL), "NONE");
	is(world_receive_many(w, "q", 10), "a b c d");
	the_end(w);
}

STORY(a_message_comes_back_into_its_lane)
{
	struct world *w = world_open(5);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	is(send_at(w, "q", 1, "low"), "NONE");
	is(send_at(w, "q", 8, "high"), "NONE");
	is(world_receive(w, "q"), "high");
	struct receipt r = world_receipt(w);
	is(world_receive(w, "q"), "low");
	is(world_change(w, "q", world_receipt(w), 0), "NONE");
	is(world_change(w, "q", r, 0), "NONE");
	is(world_receive(w, "q"), "high");
	world_pass_ms(w, 30000);
	is(world_receive_many(w, "q", 10), "high low");
	the_end(w);
}

STORY(a_delayed_message_comes_into_its_lane_when_it_is_due)
{
	struct world *w = world_open(6);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	world_send_as(w, "q", "later", (struct sending){ .priority = 9, .delay_s = 10 });
	is(send_at(w, "q", 1, "low"), "NONE");
	is(send_at(w, "q", 1, "low too"), "NONE");
	is(world_receive(w, "q"), "low");
	world_check(w);
	world_restart(w);
	world_pass_ms(w, 10000);
	is(world_receive_many(w, "q", 10), "later low too");
	the_end(w);
}

STORY(within_a_lane_groups_take_turns_and_their_limit_counts_over_all_lanes)
{
	struct world *w = world_open(7);
	static const struct {
		const char *group, *body;
		int priority;
	} all[] = {
		{ "a", "a1", 5 }, { "a", "a2", 5 }, { "a", "a3", 9 },
		{ "b", "b1", 5 }, { "a", "a4", 1 }, { "b", "b2", 1 },
	};

	(void)state;
	world_queue(w, "q", "priority", "on", "key_concurrency", "2", NULL);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		world_send_as(w, "q", all[i].body,
		              (struct sending){ .group = all[i].group, .priority = all[i].priority });
	/* a3 is the most urgent; then b has fewer in flight; then a has two. */
	is(world_receive_many(w, "q", 10), "a3 b1 a1 b2");
	world_check(w);
	is(world_receive_many(w, "q", 10), "");
	the_end(w);
}

STORY(a_rate_of_groups_works_with_lanes)
{
	struct world *w = world_open(8);

	(void)state;
	world_queue(w, "q", "priority", "on", "key_rate", "1", NULL);
	for (int i = 0; i < 2; i++) {
		world_send_as(w, "q", "urgent", (struct sending){ .group = "a", .priority = 9 });
		world_send_as(w, "q", "low", (struct sending){ .group = "b", .priority = 1 });
	}
	is(world_receive_many(w, "q", 10), "urgent low");
	is(world_receive_many(w, "q", 10), "");
	world_pass_ms(w, 1000);
	is(world_receive_many(w, "q", 10), "urgent low");
	the_end(w);
}

STORY(a_dead_letter_keeps_its_priority_there_and_back)
{
	struct world *w = world_open(9);
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);

	(void)state;
	world_queue(w, "dead", "priority", "on", NULL);
	world_queue(w, "q", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	is(send_at(w, "q", 1, "low"), "NONE");
	is(send_at(w, "q", 9, "urgent"), "NONE");
	is(world_receive_many(w, "q", 10), "low urgent"); /* it has no lanes */
	world_pass_ms(w, 30000);
	is(world_receive_many(w, "q", 10), "");
	is(world_receive_many(w, "dead", 10), "urgent low");
	world_pass_ms(w, 30000);
	is(world_set(w, "q", "priority", "on", NULL), "NONE");
	*p = (struct move_start){ .source = S("dead") };
	world_run(w, &op_move_start, p);
	world_pass_ms(w, 1000);
	is(world_receive_many(w, "q", 10), "urgent low");
	the_end(w);
}

STORY(a_lane_that_was_empty_has_saved_up_nothing)
{
	struct world *w = world_open(10);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	flood(w, "q", 5, 200);
	for (int i = 0; i < 15; i++)
		ask(w, "q", 10, 600, 0);
	for (int i = 0; i < 10; i++)
		is(send_at(w, "q", 4, "half"), "NONE"); /* half as urgent: every third */
	is(world_receive_many(w, "q", 9), "low low half low low half low low half");
	the_end(w);
}

STORY(what_comes_late_does_not_pass_urgent_messages_that_were_there)
{
	struct world *w = world_open(14);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	for (int i = 0; i < 5; i++)
		is(send_at(w, "q", 9, "urgent"), "NONE");
	is(world_receive(w, "q"), "urgent");
	for (int i = 1; i < 9; i++)
		is(send_at(w, "q", i, "other"), "NONE");
	is(world_receive_many(w, "q", 4), "urgent urgent other urgent"); /* that of 8: half as urgent */
	the_end(w);
}

STORY(a_fifo_queue_has_no_priorities)
{
	struct world *w = world_open(11);

	(void)state;
	is(world_queue(w, "q.fifo", "priority", "on", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q.fifo", "priority", "off", NULL), "NONE");
	struct send_entry *e = world_send_as(w, "q.fifo", "x",
	                                     (struct sending){
											 .group = "g", .dedup = "d", .priority = 5 });
	is(refusal_name(e->refused.why), "INVALID_PARAMETER");
	is(world_counts(w, "q.fifo"), "0/0/0");
	the_end(w);
}

STORY(an_operator_takes_a_message_out_of_any_lane)
{
	struct world *w = world_open(12);
	struct queue_operate *p = ARENA_NEW(w->arena, struct queue_operate);

	(void)state;
	world_queue(w, "q", "priority", "on", NULL);
	is(send_at(w, "q", 3, "a"), "NONE");
	uint64_t position = world_send_as(w, "q", "b", (struct sending){ .priority = 7 })->position;
	is(send_at(w, "q", 7, "c"), "NONE");
	*p = (struct queue_operate){ .queue = S("q"), .position = position, .remove = true };
	world_run(w, &op_queue_operate, p);
	is(world_receive_many(w, "q", 10), "c a");
	is(world_purge(w, "q"), "NONE");
	is(send_at(w, "q", 7, "d"), "NONE");
	is(world_receive_many(w, "q", 10), "d");
	the_end(w);
}

/* Whatever call of the store fails, lanes are what the rows say. */
static bool switch_and_use(struct world *w, int64_t nth)
{
	store_fail_at(w->store, nth, ERR_IO);
	world_set(w, "q", "priority", "on", NULL);
	send_at(w, "q", 9, "c");
	world_receive_many(w, "q", 2);
	world_set(w, "q", "priority", "off", NULL);
	send_at(w, "q", 1, "d");
	world_receive_many(w, "q", 10);
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	return failed;
}

STORY(a_fault_at_any_store_call_leaves_the_lanes_as_the_rows_say)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open(13);
		world_queue(w, "q", NULL);
		is(send_at(w, "q", 3, "a"), "NONE");
		is(send_at(w, "q", 8, "b"), "NONE");
		bool failed = switch_and_use(w, nth);
		if (w->last_turn.stop)
			world_restart(w);
		the_end(w);
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_urgent_message_overtakes_a_backlog_of_100000_at_once),
		RUN(each_lane_gets_its_share_and_the_least_urgent_one_is_not_forgotten),
		RUN(the_sum_of_the_lanes_is_what_is_visible),
		RUN(without_lanes_a_priority_is_kept_and_changes_nothing),
		RUN(a_message_comes_back_into_its_lane),
		RUN(a_delayed_message_comes_into_its_lane_when_it_is_due),
		RUN(within_a_lane_groups_take_turns_and_their_limit_counts_over_all_lanes),
		RUN(a_rate_of_groups_works_with_lanes),
		RUN(a_dead_letter_keeps_its_priority_there_and_back),
		RUN(a_lane_that_was_empty_has_saved_up_nothing),
		RUN(what_comes_late_does_not_pass_urgent_messages_that_were_there),
		RUN(a_fifo_queue_has_no_priorities),
		RUN(an_operator_takes_a_message_out_of_any_lane),
		RUN(a_fault_at_any_store_call_leaves_the_lanes_as_the_rows_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
