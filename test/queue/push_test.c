/* push_test.c - stories about push queues: what is taken for calls, and what becomes of it. */
#include <stdio.h>

#include "domain/domain.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "stories.h"
#include "wire/hash.h"
#include "wire/seal.h"

#define URL "\"url\":\"https://example.com/hook\""
#define PUSH "{" URL "}"
#define ERROR "{\"code\":\"HTTP_500\",\"message\":\"no\"}"

static struct push_take *take_with(struct world *w, int max, const struct push_busy *busy,
                                   int busy_count)
{
	struct push_take *p = ARENA_NEW(w->arena, struct push_take);

	*p = (struct push_take){ .max = max, .busy = busy, .busy_count = busy_count };
	world_run(w, &op_push_take, p);
	return p;
}

static struct push_take *take(struct world *w)
{
	return take_with(w, PUSH_CALLS_MAX, NULL, 0);
}

/* Bodies, as in "a b". */
static const char *bodies(struct world *w, const struct push_take *p)
{
	struct buf text = { 0 };

	for (int i = 0; i < p->count; i++) {
		buf_add_text(&text, i == 0 ? "" : " ");
		buf_add(&text, p->calls[i].body);
	}
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at;
}

static struct push_done *report(struct world *w, struct push_done how)
{
	struct push_done *p = ARENA_NEW(w->arena, struct push_done);

	*p = how;
	world_run(w, &op_push_done, p);
	return p;
}

static struct push_done *done(struct world *w, const struct push_call *call)
{
	return report(w, (struct push_done){ .receipt = call->receipt, .retry_after_ms = -1 });
}

static struct push_done *fails(struct world *w, const struct push_call *call)
{
	return report(w, (struct push_done){ .receipt = call->receipt,
	                                     .result = PUSH_FAILED,
	                                     .error = S(ERROR),
	                                     .retry_after_ms = -1 });
}

static struct push_done *refused(struct world *w, const struct push_call *call)
{
	return report(w, (struct push_done){ .receipt = call->receipt,
	                                     .result = PUSH_REFUSED,
	                                     .error = S(ERROR),
	                                     .retry_after_ms = -1 });
}

static struct push_done *told_to_wait(struct world *w, const struct push_call *call, int64_t ms,
                                      bool hold)
{
	return report(w, (struct push_done){ .receipt = call->receipt,
	                                     .result = PUSH_FAILED,
	                                     .error = S(ERROR),
	                                     .retry_after_ms = ms,
	                                     .hold = hold });
}

static struct push_figures figures(struct world *w, const char *queue)
{
	struct queue_get *p = ARENA_NEW(w->arena, struct queue_get);

	p->name = str_of(queue);
	p->own = true;
	world_run(w, &op_queue_get, p);
	return p->push;
}

static const char *breaker(struct world *w, const char *queue)
{
	return breaker_state_name(figures(w, queue).state);
}

/* ---- taking */

STORY(a_message_is_taken_for_a_call_and_gone_when_it_succeeds)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	is(world_send(w, "work", "job"), "NONE");
	assert_true(w->last_turn.push_grew);
	struct push_take *p = take(w);
	is(bodies(w, p), "job");
	check_text(p->calls[0].url, "https://example.com/hook");
	check_text(p->calls[0].queue, "work");
	assert_int_equal(p->calls[0].timeout_ms, PUSH_TIMEOUT_MS);
	assert_int_equal(p->calls[0].attempt, 1);
	is(world_counts(w, "work"), "0/1/0");
	done(w, &p->calls[0]);
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(messages_sent_before_the_queue_pushed_and_after_a_restart_are_offered)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", NULL);
	world_send(w, "work", "a");
	assert_false(w->last_turn.push_grew);
	assert_int_equal(take(w)->count, 0);
	world_set(w, "work", "push", PUSH, NULL);
	assert_true(w->last_turn.push_grew);
	world_restart(w);
	world_pass_ms(w, 1);
	assert_true(w->last_turn.push_grew);
	is(bodies(w, take(w)), "a");
	the_end(w);
}

STORY(a_delayed_message_is_offered_when_its_delay_ends)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send_as(w, "work", "later", (struct sending){ .delay_s = 5 });
	assert_false(w->last_turn.push_grew);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 5000);
	assert_true(w->last_turn.push_grew);
	is(bodies(w, take(w)), "later");
	the_end(w);
}

STORY(a_call_that_nobody_reports_on_is_made_again_after_its_lease)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", "{" URL ",\"timeout_ms\":2000}", NULL);
	world_send(w, "work", "job");
	struct push_take *first = take(w);
	world_restart(w); /* the process died while it was calling */
	world_pass_ms(w, 2000 + PUSH_MARGIN_MS - 1);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	struct push_take *again = take(w);
	is(bodies(w, again), "job");
	assert_int_equal(again->calls[0].attempt, 2);
	assert_memory_equal(&again->calls[0].message_id, &first->calls[0].message_id, 16);
	fails(w, &first->calls[0]); /* too late: says nothing about the message */
	done(w, &first->calls[0]);
	is(world_counts(w, "work"), "0/1/0");
	done(w, &again->calls[0]);
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(a_success_that_comes_after_the_lease_still_ends_the_message)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "a");
	world_send(w, "work", "b");
	struct push_take *p = take(w);
	world_pass_ms(w, PUSH_TIMEOUT_MS + PUSH_MARGIN_MS);
	is(world_counts(w, "work"), "2/0/0");
	done(w, &p->calls[0]);
	fails(w, &p->calls[1]);
	is(world_counts(w, "work"), "1/0/0");
	is(bodies(w, take(w)), "b");
	the_end(w);
}

STORY(a_queue_gets_no_more_calls_than_its_concurrency)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", "{" URL ",\"concurrency\":2}", NULL);
	uint32_t id = queue_by_name(engine_domain(w->engine), S("work"))->id;
	for (int i = 0; i < 5; i++)
		world_send(w, "work", "m");
	struct push_take *p = take(w);
	assert_int_equal(p->count, 2);
	assert_true(p->more);
	world_send(w, "work", "m");
	assert_false(w->last_turn.push_grew); /* egress comes when a call has ended */
	assert_int_equal(take_with(w, 126, &(struct push_busy){ id, 2 }, 1)->count, 0);
	done(w, &p->calls[0]);
	assert_int_equal(take_with(w, 127, &(struct push_busy){ id, 1 }, 1)->count, 1);
	the_end(w);
}

STORY(what_is_sent_while_its_last_call_is_made_is_offered)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", "{" URL ",\"concurrency\":1}", NULL);
	world_send(w, "work", "a");
	struct push_take *p = take(w);
	assert_int_equal(p->count, 1);
	assert_false(p->more);
	world_send(w, "work", "b");
	assert_true(w->last_turn.push_grew);
	struct push_busy busy[] = { { p->calls[0].receipt.queue, 1 } };
	assert_true(take_with(w, 127, busy, 1)->more);
	world_send(w, "work", "c");
	assert_false(w->last_turn.push_grew);
	the_end(w);
}

STORY(a_queue_leaves_as_many_places_free_as_it_takes)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "slow", "push", "{" URL ",\"concurrency\":64}", NULL);
	world_queue(w, "other", "push", "{" URL ",\"concurrency\":64}", NULL);
	for (int i = 0; i < 10; i++)
		world_send(w, "slow", "s");
	struct push_take *p = take_with(w, 8, NULL, 0);
	assert_int_equal(p->count, 4);
	struct push_busy busy[] = { { p->calls[0].receipt.queue, 4 } };
	assert_int_equal(take_with(w, 4, busy, 1)->count, 0);
	for (int i = 0; i < 10; i++)
		world_send(w, "other", "o");
	is(bodies(w, take_with(w, 4, busy, 1)), "o o");
	the_end(w);
}

STORY(one_free_place_is_enough_for_who_has_none)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "m");
	struct push_take *none = take_with(w, 0, NULL, 0);
	assert_int_equal(none->count, 0);
	assert_true(none->more);
	assert_int_equal(take_with(w, 1, NULL, 0)->count, 1);
	the_end(w);
}

STORY(all_messages_are_taken_however_large)
{
	struct world *w = world_open(7);
	static char large[900 * 1024];
	int count = 0;

	(void)state;
	memset(large, 'x', sizeof large - 1);
	world_queue(w, "work", "push", PUSH, NULL);
	for (int i = 0; i < 6; i++)
		is(world_send(w, "work", large), "NONE");
	/* A take holds RECEIVE_BYTES_MAX, and says that there is more at once. */
	struct push_take *p = take(w);
	assert_int_equal(p->count, 3);
	assert_true(w->last_turn.push_grew);
	count += p->count;
	count += take_with(w, 125, &(struct push_busy){ p->calls[0].receipt.queue, 3 }, 1)->count;
	assert_int_equal(count, 6);
	the_end(w);
}

STORY(a_group_has_one_call_at_a_time_and_keeps_its_order)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work.fifo", "push", PUSH, NULL);
	send_in(w, "work.fifo", "x", "1", "x1");
	send_in(w, "work.fifo", "x", "2", "x2");
	send_in(w, "work.fifo", "y", "3", "y1");
	struct push_take *p = take(w);
	is(bodies(w, p), "x1 y1");
	fails(w, &p->calls[0]);
	done(w, &p->calls[1]);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1500);
	p = take(w);
	is(bodies(w, p), "x1");
	done(w, &p->calls[0]);
	is(bodies(w, take(w)), "x2");
	the_end(w);
}

STORY(a_paused_queue_is_not_pushed_and_a_rate_is_kept)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, "rate", "2", "paused", "true", NULL);
	for (int i = 0; i < 4; i++)
		world_send(w, "work", "m");
	assert_false(w->last_turn.push_grew);
	assert_int_equal(take(w)->count, 0);
	world_set(w, "work", "paused", "false", NULL);
	world_pass_ms(w, 1000);
	assert_int_equal(take(w)->count, 2);
	assert_false(w->last_turn.push_grew);
	world_pass_ms(w, 499);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 2);
	assert_true(w->last_turn.push_grew);
	assert_int_equal(take(w)->count, 1);
	the_end(w);
}

STORY(the_concurrency_of_the_queue_counts_what_others_received_too)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, "concurrency", "1", NULL);
	world_send(w, "work", "a");
	world_send(w, "work", "b");
	is(world_receive(w, "work"), "a"); /* an operator looks by SQS */
	assert_int_equal(take(w)->count, 0);
	is(world_delete(w, "work", world_receipt(w)), "NONE");
	assert_true(w->last_turn.push_grew);
	is(bodies(w, take(w)), "b");
	the_end(w);
}

/* ---- what fails */

STORY(a_failed_message_waits_longer_each_time)
{
	struct world *w = world_open(7);
	int64_t low = 800, high = 1200;

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "job");
	for (int i = 0; i < 4; i++, low *= 2, high *= 2) {
		fails(w, &take(w)->calls[0]);
		is(world_counts(w, "work"), "0/1/0");
		world_pass_ms(w, low - 1);
		assert_int_equal(take(w)->count, 0);
		world_pass_ms(w, high - low + 2);
	}
	the_end(w);
}

STORY(retry_after_is_kept_within_bounds)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "job");
	told_to_wait(w, &take(w)->calls[0], 7000, false);
	world_pass_ms(w, 6999);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	told_to_wait(w, &take(w)->calls[0], 0, false);
	world_pass_ms(w, PUSH_RETRY_MIN_MS - 1);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	assert_int_equal(take(w)->count, 1);
	the_end(w);
}

STORY(what_fails_too_often_or_is_refused_goes_to_the_dead_letter_queue_with_its_error)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "dead", NULL);
	world_queue(w, "work", "push", PUSH, "RedrivePolicy", world_redrive(w, "dead", 2), NULL);
	world_send(w, "work", "tried");
	fails(w, &take(w)->calls[0]);
	is(world_counts(w, "dead"), "0/0/0");
	world_pass_ms(w, 1500);
	fails(w, &take(w)->calls[0]);
	is(world_counts(w, "work"), "0/0/0");
	struct queue_receive *p = ask(w, "dead", 1, 30, 0);
	check_text(p->messages[0].body, "tried");
	check_text(p->messages[0].error, ERROR);
	world_send(w, "work", "bad");
	refused(w, &take(w)->calls[0]);
	is(world_receive(w, "dead"), "bad");
	the_end(w);
}

STORY(without_a_dead_letter_queue_a_refused_message_is_tried_again)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "bad");
	refused(w, &take(w)->calls[0]);
	is(world_counts(w, "work"), "0/1/0");
	world_pass_ms(w, 1500);
	is(bodies(w, take(w)), "bad");
	the_end(w);
}

STORY(a_group_that_must_not_skip_stops_instead)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work.fifo", "push", PUSH, "on_poison", "stop", "max_receives", "2", NULL);
	send_in(w, "work.fifo", "g", "1", "first");
	send_in(w, "work.fifo", "g", "2", "second");
	refused(w, &take(w)->calls[0]); /* not for ever: it stays in front */
	world_pass_ms(w, 1500);
	struct push_take *p = take(w);
	is(bodies(w, p), "first");
	fails(w, &p->calls[0]);
	assert_int_equal(take(w)->count, 0);
	is(world_counts(w, "work.fifo"), "2/0/0");
	/* An operator lets it try again; a report from before says nothing any more. */
	struct queue_resume r = { .queue = S("work.fifo"), .group = S("g"), .how = RESUME_RETRY };
	world_run(w, &op_queue_resume, &r);
	fails(w, &p->calls[0]);
	is(bodies(w, take(w)), "first");
	the_end(w);
}

/* ---- the breaker */

/* Fails PUSH_FAILURES messages of the queue, which are in one take. */
static void fail_all(struct world *w, const char *queue)
{
	for (int i = 0; i < PUSH_FAILURES; i++)
		world_send(w, queue, "m");
	struct push_take *p = take(w);
	assert_int_equal(p->count, PUSH_FAILURES);
	for (int i = 0; i < PUSH_FAILURES; i++)
		assert_int_equal(fails(w, &p->calls[i])->opened, i == PUSH_FAILURES - 1);
}

STORY(after_failures_in_a_row_nothing_is_taken_for_a_growing_pause)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	fail_all(w, "work");
	is(breaker(w, "work"), "open");
	world_send(w, "work", "n");
	assert_false(w->last_turn.push_grew);
	world_pass_ms(w, PUSH_PAUSE_MIN_MS - 1);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	is(breaker(w, "work"), "half_open");
	struct push_take *p = take(w);
	assert_int_equal(p->count, 1); /* on trial */
	assert_int_equal(take_with(w, 9, &(struct push_busy){ p->calls[0].receipt.queue, 1 }, 1)->count,
	                 0);
	struct push_done *d = fails(w, &p->calls[0]);
	assert_int_equal(d->pause_ms, 2 * PUSH_PAUSE_MIN_MS);
	world_pass_ms(w, 2 * PUSH_PAUSE_MIN_MS - 1);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	assert_true(w->last_turn.push_grew);
	p = take(w);
	assert_int_equal(p->count, 1);
	assert_true(done(w, &p->calls[0])->closed);
	is(breaker(w, "work"), "closed");
	assert_int_equal(take(w)->count, PUSH_FAILURES);
	the_end(w);
}

STORY(pauses_have_a_longest_one)
{
	struct world *w = world_open(7);
	int64_t pause = 0;

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	fail_all(w, "work");
	for (int i = 0; i < 12; i++) {
		world_pass_ms(w, PUSH_PAUSE_MAX_MS);
		pause = fails(w, &take(w)->calls[0])->pause_ms;
		assert_in_range(pause, 1, PUSH_PAUSE_MAX_MS);
		world_send(w, "work", "another");
	}
	assert_int_equal(pause, PUSH_PAUSE_MAX_MS);
	the_end(w);
}

STORY(a_success_in_between_begins_the_count_anew)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	for (int i = 0; i < 3 * PUSH_FAILURES; i++)
		world_send(w, "work", "m");
	for (int i = 0; i < 3; i++) {
		struct push_take *p = take_with(w, 2 * (PUSH_FAILURES - 1), NULL, 0);
		for (int n = 0; n < PUSH_FAILURES - 2; n++)
			fails(w, &p->calls[n]);
		done(w, &p->calls[PUSH_FAILURES - 2]);
		assert_int_equal(figures(w, "work").failures, 0);
	}
	is(breaker(w, "work"), "closed");
	the_end(w);
}

STORY(an_answer_may_ask_for_a_pause_of_all_calls)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "a");
	struct push_take *p = take(w);
	world_send(w, "work", "b");
	told_to_wait(w, &p->calls[0], 20000, true);
	is(breaker(w, "work"), "open");
	world_pass_ms(w, 19999);
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, 1);
	assert_int_equal(take(w)->count, 1);
	the_end(w);
}

STORY(the_breaker_outlives_a_restart_and_ends_when_push_is_set_anew)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	fail_all(w, "work");
	world_pass_ms(w, 2000);
	world_check_rows(w);
	assert_int_equal(take(w)->count, 0);
	is(breaker(w, "work"), "open");
	world_set(w, "work", "push", "{" URL ",\"concurrency\":3}", NULL);
	is(breaker(w, "work"), "closed");
	assert_int_equal(take(w)->count, 3);
	world_set(w, "work", "push", "", NULL);
	assert_false(figures(w, "work").on);
	world_check_rows(w);
	the_end(w);
}

STORY(a_clock_set_back_does_not_hold_calls_for_ever)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	fail_all(w, "work");
	world_jump_ms(w, -30 * DAY_MS);
	world_restart(w);
	is(breaker(w, "work"), "open");
	world_pass_ms(w, PUSH_RETRY_AFTER_MAX_MS);
	is(breaker(w, "work"), "half_open");
	world_close(w);
}

STORY(a_deleted_queue_takes_its_breaker_with_it_and_late_reports_are_nothing)
{
	struct world *w = world_open(7);

	(void)state;
	world_queue(w, "work", "push", PUSH, NULL);
	world_send(w, "work", "m");
	world_send(w, "work", "n");
	struct push_take *p = take(w);
	fails(w, &p->calls[0]);
	world_delete_queue(w, "work");
	assert_false(str_given(done(w, &p->calls[1])->queue));
	world_queue(w, "work", "push", PUSH, NULL);
	assert_int_equal(figures(w, "work").failures, 0);
	world_check_rows(w);
	the_end(w);
}

/* ---- settings */

static void says(struct world *w, const char *push, const char *piece)
{
	struct queue_create p = { .name = S("refused") };
	struct pair pair = { S("push"), str_of(push) };

	p.attributes = &pair;
	p.attribute_count = 1;
	struct cmd *c = world_run(w, &op_queue_create, &p);
	assert_int_equal(c->refused.why, REFUSED_INVALID_ATTRIBUTE);
	if (strstr(arena_str(w->arena, c->refused.text).at, piece) == NULL)
		fail_msg("%s: %.*s", push, S_ARG(c->refused.text));
}

STORY(wrong_settings_are_refused_with_what_is_wrong)
{
	struct world *w = world_open(7);
	char long_url[PUSH_URL_MAX + 64];

	(void)state;
	says(w, "[]", "must be an object");
	says(w, "{}", "push.url is missing");
	says(w, "{\"url\":7}", "push.url is missing");
	says(w, "{\"url\":\"ftp://example.com/\"}", "http or https URL");
	says(w, "{\"url\":\"https://user:pass@example.com/\"}", "without a user");
	says(w, "{\"url\":\"https:///x\"}", "with a host");
	says(w, "{\"url\":\"http://127.0.0.1/x\"}", "127.0.0.1 is an address of a private network");
	says(w, "{\"url\":\"http://[::1]:80/x\"}", "private network");
	says(w, "{\"url\":\"http://169.254.169.254/\"}", "private network");
	says(w, "{" URL ",\"concurrency\":0}", "push.concurrency must be a number from 1 to 64");
	says(w, "{" URL ",\"concurrency\":65}", "push.concurrency must be a number from 1 to 64");
	says(w, "{" URL ",\"concurrency\":\"2\"}", "push.concurrency must be a number");
	says(w, "{" URL ",\"timeout_ms\":999}", "push.timeout_ms must be a number from 1000 to 900000");
	says(w, "{" URL ",\"timeout_ms\":900001}", "push.timeout_ms must be a number");
	says(w, "{" URL ",\"retries\":3}",
	     "no member retries; it may have url, concurrency, timeout_ms");
	says(w, "{" URL ",\"secret\":\"x\"}", "PUT /v1/queues");
	int n = snprintf(long_url, sizeof long_url, "{\"url\":\"https://example.com/%0*d\"}",
	                 PUSH_URL_MAX, 0);
	assert_in_range(n, PUSH_URL_MAX, sizeof long_url - 1);
	says(w, long_url, "longer than 2048 bytes");
	is(world_queue(w, "work", "push_secret", "AAAA", NULL), "UNKNOWN_ATTRIBUTE");
	the_end(w);
}

static void put_secret(struct world *w, struct str sealed)
{
	struct queue_create p = { .name = S("work"), .update = true, .push_secret = sealed };
	struct pair pair = { S("push"), S(PUSH) };

	p.attributes = &pair;
	p.attribute_count = 1;
	struct cmd *c = world_run(w, &op_queue_create, &p);
	assert_int_equal(c->refused.why, REFUSED_NONE);
}

static struct str sealed_text(struct world *w, const uint8_t *key, const char *queue)
{
	static const uint8_t nonce[SEAL_NONCE_SIZE];
	struct buf b = { 0 };

	base64_write(&b, seal(w->arena, key, nonce, push_seal_name(w->arena, str_of(queue)),
	                      S("0123456789abcdef0123456789abcdef")));
	struct str text = arena_str(w->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

static const char *shown(struct world *w)
{
	struct queue_get *p = ARENA_NEW(w->arena, struct queue_get);

	p->name = S("work");
	p->own = true;
	world_run(w, &op_queue_get, p);
	for (int i = 0; i < p->attribute_count; i++)
		if (str_is(p->attributes[i].name, "push_secret"))
			return arena_str(w->arena, p->attributes[i].value).at;
	return "none";
}

STORY(secrets_stay_sealed_stay_when_not_named_and_go_with_push)
{
	struct world *w = world_open(7);
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	struct str one = sealed_text(w, key, "work");

	(void)state;
	put_secret(w, one);
	is(shown(w), "1");
	put_secret(w, S_NONE); /* not named: as it is */
	world_send(w, "work", "m");
	struct push_take *p = take(w);
	assert_int_equal(p->calls[0].sealed_count, 1);
	char text[SEAL_TEXT_MAX];
	assert_int_equal(seal_open(key, push_seal_name(w->arena, S("work")), p->calls[0].sealed[0],
	                           text),
	                 32);
	const struct queues *all = engine_domain(w->engine)->queues;
	assert_int_equal(push_secrets(all), 1);
	assert_true(push_secrets_open(all, key));
	assert_false(push_secrets_open(all, other));
	put_secret(w, arena_printf(w->arena, "%.*s %.*s", S_ARG(one), S_ARG(one)));
	is(shown(w), "2");
	world_check_rows(w);
	is(shown(w), "2");
	put_secret(w, S(""));
	is(shown(w), "none");
	put_secret(w, one);
	world_set(w, "work", "push", "", NULL);
	is(shown(w), "none");
	world_check_rows(w);
	the_end(w);
}

STORY(a_secret_moved_to_another_queue_does_not_open)
{
	struct world *w = world_open(7);
	static const uint8_t key[SEAL_KEY_SIZE] = { 1 };

	(void)state;
	put_secret(w, sealed_text(w, key, "elsewhere"));
	assert_false(push_secrets_open(engine_domain(w->engine)->queues, key));
	the_end(w);
}

/* ---- faults */

static bool scenario(struct world *w)
{
	world_queue(w, "dead", NULL);
	world_queue(w, "work", "push", PUSH, "RedrivePolicy", world_redrive(w, "dead", 2), NULL);
	for (int i = 0; i < 8; i++)
		world_send(w, "work", "m");
	for (int round = 0; round < 3; round++) {
		struct push_take *p = take(w);
		for (int i = 0; i < p->count; i++)
			if (i % 3 == 0)
				done(w, &p->calls[i]);
			else if (i % 3 == 1)
				fails(w, &p->calls[i]);
			else
				told_to_wait(w, &p->calls[i], 1000, true);
		world_pass_ms(w, PUSH_TIMEOUT_MS + PUSH_MARGIN_MS);
	}
	return store_failed(w->store);
}

/* Whatever call of the store fails: memory is what the rows say, and in the end every
 * message that was accepted is delivered or dead. */
STORY(no_fault_of_the_store_loses_a_message_or_stops_the_pushing)
{
	(void)state;
	for (int nth = 1;; nth++) {
		struct world *w = world_open(7);
		store_fail_at(w->store, nth, ERR_BUSY);
		bool failed = scenario(w);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		world_check_rows(w);
		for (int i = 0; i < 40 && strcmp(world_counts(w, "work"), "0/0/0") != 0; i++) {
			world_pass_ms(w, PUSH_PAUSE_MAX_MS);
			struct push_take *p = take(w);
			for (int n = 0; n < p->count; n++)
				done(w, &p->calls[n]);
		}
		const char *left = world_counts(w, "work");
		if (strcmp(left, "NO_SUCH_QUEUE") != 0)
			is(left, "0/0/0");
		world_close(w);
		if (!failed)
			break;
	}
}

/* Taken off the list of those that offer, then a call of the store fails: its second try does not
 * know any more who offered. Egress asks only when it is woken, so it has to be. */
STORY(a_take_in_a_batch_that_fails_is_offered_again)
{
	bool failed = true;
	int lost = 0;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = world_open(7);
		struct push_take in = { .max = 10 };
		world_queue(w, "work", "push", PUSH, NULL);
		world_send(w, "work", "m");
		store_fail_at(w->store, nth, ERR_BUSY);
		world_run(w, &op_push_take, &in);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		if (in.count == 0) {
			lost++;
			world_pass_ms(w, 200);
			assert_true(w->last_turn.push_grew);
			is(bodies(w, take(w)), "m");
		}
		the_end(w);
	}
	assert_true(lost > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_message_is_taken_for_a_call_and_gone_when_it_succeeds),
		RUN(messages_sent_before_the_queue_pushed_and_after_a_restart_are_offered),
		RUN(a_delayed_message_is_offered_when_its_delay_ends),
		RUN(a_call_that_nobody_reports_on_is_made_again_after_its_lease),
		RUN(a_success_that_comes_after_the_lease_still_ends_the_message),
		RUN(a_queue_gets_no_more_calls_than_its_concurrency),
		RUN(what_is_sent_while_its_last_call_is_made_is_offered),
		RUN(a_queue_leaves_as_many_places_free_as_it_takes),
		RUN(one_free_place_is_enough_for_who_has_none),
		RUN(all_messages_are_taken_however_large),
		RUN(a_group_has_one_call_at_a_time_and_keeps_its_order),
		RUN(a_paused_queue_is_not_pushed_and_a_rate_is_kept),
		RUN(the_concurrency_of_the_queue_counts_what_others_received_too),
		RUN(a_failed_message_waits_longer_each_time),
		RUN(retry_after_is_kept_within_bounds),
		RUN(what_fails_too_often_or_is_refused_goes_to_the_dead_letter_queue_with_its_error),
		RUN(without_a_dead_letter_queue_a_refused_message_is_tried_again),
		RUN(a_group_that_must_not_skip_stops_instead),
		RUN(after_failures_in_a_row_nothing_is_taken_for_a_growing_pause),
		RUN(pauses_have_a_longest_one),
		RUN(a_success_in_between_begins_the_count_anew),
		RUN(an_answer_may_ask_for_a_pause_of_all_calls),
		RUN(the_breaker_outlives_a_restart_and_ends_when_push_is_set_anew),
		RUN(a_clock_set_back_does_not_hold_calls_for_ever),
		RUN(a_deleted_queue_takes_its_breaker_with_it_and_late_reports_are_nothing),
		RUN(wrong_settings_are_refused_with_what_is_wrong),
		RUN(secrets_stay_sealed_stay_when_not_named_and_go_with_push),
		RUN(a_secret_moved_to_another_queue_does_not_open),
		RUN(no_fault_of_the_store_loses_a_message_or_stops_the_pushing),
		RUN(a_take_in_a_batch_that_fails_is_offered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
