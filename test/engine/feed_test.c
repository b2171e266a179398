/* feed_test.c - the feed of changes: commit order, nothing that was rolled back, and a ring
 * that says when somebody has missed something. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/batch.h"
#include "domain/news.h"
#include "engine/feed.h"
#include "world/world.h"

static struct uuid job(int n)
{
	struct uuid id = { { 0 } };

	memcpy(id.bytes, &n, sizeof n);
	return id;
}

static int job_of(const struct feed_event *e)
{
	int n;

	memcpy(&n, e->job.bytes, sizeof n);
	return n;
}

/* Appends `count` changes of jobs first, first+1, ... to the queue, as one batch. */
static void append(struct feed *f, const char *queue, int first, int count, enum job_state state)
{
	struct job_change *changes = mem_get(sizeof *changes * (size_t)count);
	struct list list, none;

	list_init(&list);
	list_init(&none);
	for (int i = 0; i < count; i++) {
		changes[i] = (struct job_change){
			.id = job(first + i), .queue = str_of(queue), .state = state, .progress = -1
		};
		list_add_last(&list, &changes[i].node);
	}
	feed_append(f, &list, &none, 1000 + first);
	mem_free(changes);
}

static struct feed *feed_new(void)
{
	struct feed *f = feed_open();

	feed_begin(f, 77);
	return f;
}

static void what_was_appended_is_read_in_order_and_once(void **state)
{
	struct feed *f = feed_new();
	struct feed_position at = feed_head(f);
	struct feed_event e[10];

	(void)state;
	assert_int_equal(feed_read(f, &at, NULL, e, 10), 0);
	append(f, "orders", 1, 3, JOB_PENDING);
	append(f, "orders", 2, 1, JOB_RUNNING);
	assert_int_equal(feed_read(f, &at, NULL, e, 2), 2);
	assert_int_equal(job_of(&e[0]), 1);
	assert_int_equal(job_of(&e[1]), 2);
	assert_int_equal(feed_read(f, &at, NULL, e, 10), 2);
	assert_int_equal(job_of(&e[0]), 3);
	assert_int_equal(e[0].state, JOB_PENDING);
	assert_int_equal(job_of(&e[1]), 2);
	assert_int_equal(e[1].state, JOB_RUNNING);
	assert_int_equal(e[1].number, 4);
	assert_int_equal(e[1].at_ms, 1002);
	check_text(((struct str){ e[1].queue, e[1].queue_len }), "orders");
	assert_int_equal(feed_read(f, &at, NULL, e, 10), 0);
	assert_int_equal(at.number, feed_head(f).number);
	feed_close(f);
}

static void a_filter_lets_through_what_fits(void **state)
{
	struct feed *f = feed_new();
	struct feed_position begin = feed_head(f), at = begin;
	struct feed_event e[10];
	struct uuid two = job(2);
	struct job_change progress = {
		.id = two, .queue = S("a"), .state = JOB_RUNNING, .progress = 500
	};
	struct list list, none;

	(void)state;
	list_init(&none);
	append(f, "a", 1, 2, JOB_PENDING);
	append(f, "b", 2, 1, JOB_FAILED);
	list_init(&list);
	list_add_last(&list, &progress.node);
	feed_append(f, &list, &none, 5);
	struct feed_filter of_job = { .job = &two };
	assert_int_equal(feed_read(f, &at, &of_job, e, 10), 3);
	assert_int_equal(at.number, 4); /* behind what did not fit, too */
	at = begin;
	struct feed_filter of_queue = { .queue = S("b") };
	assert_int_equal(feed_read(f, &at, &of_queue, e, 10), 1);
	at = begin;
	struct feed_filter both = { .job = &two, .queue = S("a"), .kinds = 1 << JOB_PENDING };
	assert_int_equal(feed_read(f, &at, &both, e, 10), 1);
	at = begin;
	struct feed_filter how_far = { .kinds = FEED_PROGRESS };
	assert_int_equal(feed_read(f, &at, &how_far, e, 10), 1);
	assert_int_equal(e[0].progress, 500);
	assert_true(feed_is_progress(&e[0]));
	at = begin; /* a job that begins to run tells no progress */
	struct feed_filter running = { .kinds = 1 << JOB_RUNNING };
	assert_int_equal(feed_read(f, &at, &running, e, 10), 0);
	feed_close(f);
}

static void whoever_falls_behind_the_ring_is_told(void **state)
{
	struct feed *f = feed_new();
	struct feed_position begin = feed_head(f), at = begin;
	struct feed_event e[10];

	(void)state;
	append(f, "q", 0, EVENTS_KEPT, JOB_PENDING);
	assert_int_equal(feed_read(f, &at, NULL, e, 10), 10);
	assert_int_equal(job_of(&e[0]), 0);
	append(f, "q", EVENTS_KEPT, 1, JOB_PENDING); /* one over it */
	at = begin;
	assert_int_equal(feed_read(f, &at, NULL, e, 10), FEED_LOST);
	at = feed_oldest(f);
	assert_int_equal(at.number, 1);
	assert_int_equal(feed_read(f, &at, NULL, e, 10), 10);
	assert_int_equal(job_of(&e[0]), 1);
	feed_close(f);
}

static void a_position_of_another_process_or_from_the_future_is_lost(void **state)
{
	struct feed *f = feed_new();
	struct feed_event e[2];

	(void)state;
	append(f, "q", 1, 2, JOB_PENDING);
	struct feed_position other = { 76, 1 }, future = { 77, 3 }, none = { 0, 0 };
	assert_int_equal(feed_read(f, &other, NULL, e, 2), FEED_LOST);
	assert_int_equal(feed_read(f, &future, NULL, e, 2), FEED_LOST);
	assert_int_equal(feed_read(f, &none, NULL, e, 2), FEED_LOST);
	feed_close(f);
}

static void positions_have_a_text(void **state)
{
	static const char *const broken[] = {
		"",     "-",   "1",   "1-",           "-1",   "1-2-3",
		"1-2 ", "a-1", "1-x", "4294967296-1", "+1-2", "1-18446744073709551616",
	};
	struct feed_position p;
	char text[FEED_POSITION_TEXT];

	(void)state;
	feed_position_text((struct feed_position){ UINT32_MAX, UINT64_MAX }, text);
	assert_string_equal(text, "4294967295-18446744073709551615");
	assert_true(feed_position_read(str_of(text), &p));
	assert_true(p.start == UINT32_MAX && p.number == UINT64_MAX);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		if (feed_position_read(str_of(broken[i]), &p))
			fail_msg("'%s' was read as a position", broken[i]);
	assert_false(feed_position_read(S_NONE, &p));
}

/* ---- with the engine */

/* A command that changes a job, as the ledger does. */
struct change_in {
	int job;
	enum job_state state;
	enum err fault; /* of its write, after the change was noted */
};

static enum err nothing_to_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err note_change(struct batch *b, struct cmd *c)
{
	const struct change_in *in = c->in;
	struct job_change *change = ARENA_NEW(b->arena, struct job_change);

	*change = (struct job_change){
		.id = job(in->job), .queue = S("work"), .state = in->state, .progress = -1
	};
	list_add_last(&b->changes, &change->node);
	return in->fault;
}

static const struct op op_change = {
	.name = "change",
	.lane = LANE_WRITE,
	.check = nothing_to_check,
	.write = note_change,
};

static struct change_in *to(struct world *w, int n, enum job_state state, enum err fault)
{
	struct change_in *in = ARENA_NEW(w->arena, struct change_in);

	*in = (struct change_in){ n, state, fault };
	return in;
}

static struct cmd *changing(struct world *w, int n, enum job_state state, enum err fault)
{
	return world_cmd(w, &op_change, to(w, n, state, fault));
}

/* "1P 2R": what has happened since. */
static void happened(struct world *w, struct feed_position *at, const char *expected)
{
	struct feed_event e[64];
	struct buf b = { 0 };
	int count = feed_read(w->feed, at, NULL, e, 64);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++)
		buf_printf(&b, "%s%d%c", i > 0 ? " " : "", job_of(&e[i]),
		           job_state_name((enum job_state)e[i].state).at[0]);
	check_text(buf_str(&b), expected);
	buf_free(&b);
}

static void a_batch_is_told_in_the_order_of_its_commands(void **state)
{
	struct world *w = world_open(1);
	struct feed_position at = feed_head(w->feed);
	struct cmd *batch[] = { changing(w, 1, JOB_PENDING, OK), changing(w, 2, JOB_PENDING, OK),
		                    changing(w, 1, JOB_RUNNING, OK) };

	(void)state;
	world_run_batch(w, batch, 3);
	happened(w, &at, "1P 2P 1R");
	assert_true(w->last_turn.feed_grew);
	world_run(w, &op_change, to(w, 1, JOB_SUCCEEDED, OK));
	happened(w, &at, "1S");
	world_send(w, "nowhere", "x"); /* refused: nothing happened to any job */
	happened(w, &at, "");
	assert_false(w->last_turn.feed_grew);
	world_close(w);
}

static void what_was_rolled_back_is_not_told(void **state)
{
	struct world *w = world_open(2);
	struct feed_position at = feed_head(w->feed);
	struct cmd *batch[] = { changing(w, 1, JOB_PENDING, OK), changing(w, 2, JOB_FAILED, ERR_BUSY),
		                    changing(w, 3, JOB_PENDING, OK) };

	(void)state;
	/* The batch fails, then each is tried alone. */
	world_run_batch(w, batch, 3);
	assert_int_equal(batch[1]->fault, ERR_BUSY);
	happened(w, &at, "1P 3P");
	/* The commit itself fails, and so does that of the command alone. */
	for (int nth = 1; nth <= 12; nth++) {
		store_fail_from(w->store, nth, 1000, ERR_BUSY);
		struct cmd *c = world_run(w, &op_change, to(w, 9, JOB_FAILED, OK));
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		assert_true(failed == (c->fault != OK));
		happened(w, &at, failed ? "" : "9F");
		if (!failed)
			break;
		assert_int_not_equal(nth, 12);
	}
	world_close(w);
}

static void another_process_tells_other_positions(void **state)
{
	struct world *w = world_open(3);
	struct feed_event e;

	(void)state;
	world_run(w, &op_change, to(w, 1, JOB_PENDING, OK));
	struct feed_position before = feed_head(w->feed);
	world_restart(w);
	world_run(w, &op_change, to(w, 1, JOB_RUNNING, OK));
	world_run(w, &op_change, to(w, 1, JOB_SUCCEEDED, OK));
	assert_int_equal(feed_read(w->feed, &before, NULL, &e, 1), FEED_LOST);
	world_close(w);
}

/* ---- with jobs */

static struct send_entry *send_in_group(struct world *w, const char *queue,
                                        const struct uuid *group)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
	struct send_entry *e = ARENA_NEW(w->arena, struct send_entry);
	struct job_extra *extra = ARENA_NEW(w->arena, struct job_extra);

	extra->group = group;
	*e = (struct send_entry){ .body = S("x"), .size = 1, .delay_s = -1, .priority = -1 };
	e->body_md5 = S("0123456789abcdef");
	e->extra = extra;
	*p = (struct queue_send){ .queue = str_of(queue), .entries = e, .count = 1 };
	world_run(w, &op_queue_send, p);
	assert_int_equal(e->refused.why, REFUSED_NONE);
	return e;
}

static void changes_name_their_groups_while_somebody_wants_to_know(void **state)
{
	struct world *w = world_open(4);
	struct feed_event e[10];
	const struct uuid group = { "0123456789abcde" }, other = { "another group.." };
	struct feed_filter members = { .group = &group };

	(void)state;
	world_queue(w, "work", "track", "true", NULL);
	struct feed_position begin = feed_head(w->feed), at = begin;
	struct send_entry *first = send_in_group(w, "work", &group);
	assert_int_equal(feed_read(w->feed, &at, &members, e, 10),
	                 FEED_LOST); /* whose it is, who knows */
	at = begin;
	struct feed_filter elsewhere = { .group = &group, .queue = S("mails") };
	assert_int_equal(feed_read(w->feed, &at, &elsewhere, e, 10), 0); /* not theirs in any case */

	feed_want_groups(w->feed, w->now.patience_ms + 60 * 1000);
	at = feed_head(w->feed);
	assert_string_equal(world_receive(w, "work"), "x");
	send_in_group(w, "work", &other);
	world_send(w, "work", "of no group");
	struct send_entry *second = send_in_group(w, "work", &group);
	assert_string_equal(world_delete(w, "work", world_receipt(w)), "NONE");
	assert_int_equal(feed_read(w->feed, &at, &members, e, 10), 3);
	assert_memory_equal(&e[0].job, &first->message_id, sizeof e[0].job);
	assert_int_equal(e[0].state, JOB_RUNNING);
	assert_memory_equal(&e[1].job, &second->message_id, sizeof e[1].job);
	assert_int_equal(e[2].state, JOB_SUCCEEDED);
	assert_true(e[2].has_group);

	world_pass_ms(w, 61 * 1000); /* nobody wants to know any more */
	world_forget(w);
	at = feed_head(w->feed);
	world_send(w, "work", "y");
	assert_int_equal(feed_read(w->feed, &at, &members, e, 10), FEED_LOST);
	world_check(w);
	world_close(w);
}

/* Of messages received together some may be older than their queue's ledger. */
static void what_begins_beside_a_message_without_a_job_is_told(void **state)
{
	struct world *w = world_open(5);
	struct feed_event e[10];

	(void)state;
	world_queue(w, "work", NULL);
	world_send(w, "work", "before");
	world_set(w, "work", "track", "true", NULL);
	world_send(w, "work", "a");
	world_send(w, "work", "b");
	struct feed_position at = feed_head(w->feed);
	assert_string_equal(world_receive_many(w, "work", 10), "before a b");
	assert_int_equal(feed_read(w->feed, &at, NULL, e, 10), 2);
	assert_int_equal(e[0].state, JOB_RUNNING);
	assert_int_equal(e[1].state, JOB_RUNNING);
	assert_int_not_equal(memcmp(&e[0].job, &e[1].job, sizeof e[0].job), 0);
	world_close(w);
}

/* The look for groups is part of the batch: when it fails, the batch is rolled back, and what
 * happens when its commands run again is told once. */
static void a_fault_while_groups_are_looked_up_tells_nothing(void **state)
{
	struct world *w = world_open(6);
	struct feed_event e[10];
	bool failed = true;

	(void)state;
	world_queue(w, "work", "track", "true", NULL);
	feed_want_groups(w->feed, INT64_MAX);
	for (int nth = 1; failed; nth++) {
		struct feed_position at = feed_head(w->feed);
		store_fail_at(w->store, nth, ERR_BUSY);
		assert_string_equal(world_send(w, "work", "x"), "NONE");
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		assert_int_equal(feed_read(w->feed, &at, NULL, e, 10), 1);
		assert_true(e[0].group_told && !e[0].has_group);
		world_check(w);
		assert_int_not_equal(nth, 30);
	}
	world_close(w);
}

/* ---- threads */

enum { WRITTEN = 3 * EVENTS_KEPT, AT_ONCE = 300 };
static atomic_bool written_all;

/* Reads everything, beginning anew where it was left behind: never back, never the same. */
static void *follow(void *context)
{
	struct feed *f = context;
	struct feed_position at = feed_oldest(f);
	struct feed_event *e = mem_get(sizeof *e * AT_ONCE);
	int64_t last = -1;

	for (bool end = false; !end;) {
		end = atomic_load(&written_all);
		int count = feed_read(f, &at, NULL, e, AT_ONCE);
		if (count == FEED_LOST)
			at = feed_oldest(f);
		for (int i = 0; i < count; i++) {
			must(job_of(&e[i]) > last && (uint64_t)job_of(&e[i]) + 1 == e[i].number);
			must(i == 0 || job_of(&e[i]) == last + 1);
			last = job_of(&e[i]);
		}
		end = end && count == 0;
	}
	mem_free(e);
	return last == WRITTEN - 1 ? f : NULL;
}

static void readers_and_the_writer_do_not_disturb_each_other(void **state)
{
	struct feed *f = feed_new();
	pthread_t threads[2];
	void *result;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, follow, f), 0);
	for (int n = 0; n < WRITTEN; n += 64)
		append(f, "q", n, 64, JOB_PENDING);
	atomic_store(&written_all, true);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &result);
		assert_ptr_equal(result, f);
	}
	feed_close(f);
}

static void news_of_an_approval_are_for_who_watches_it_or_is_asked_by_it(void **state)
{
	struct feed *f = feed_new();
	struct feed_position begin = feed_head(f), at;
	struct feed_event e[10];
	struct uuid one = job(1), two = job(2),
				keys[] = { news_key(S("user:b")), news_key(S("user:a")) };
	struct news news[] = { { .approval = one },
		                   { .approval = one, .holder = keys[0], .of_holder = true },
		                   { .approval = two, .holder = keys[1], .of_holder = true } };
	struct list list, none;

	(void)state;
	list_init(&list);
	list_init(&none);
	for (int i = 0; i < 3; i++)
		list_add_last(&list, &news[i].node);
	append(f, "a", 1, 1, JOB_PENDING); /* a job of the same id is another thing */
	feed_append(f, &none, &list, 5);
	struct feed_filter approval = { .about = FEED_APPROVAL, .job = &one };
	at = begin;
	assert_int_equal(feed_read(f, &at, &approval, e, 10), 1);
	assert_int_equal(e[0].about, FEED_APPROVAL);
	struct feed_filter inbox = { .about = FEED_INBOX, .holders = &keys[1], .holder_count = 1 };
	at = begin;
	assert_int_equal(feed_read(f, &at, &inbox, e, 10), 1);
	assert_int_equal(job_of(&e[0]), 2);
	struct feed_filter everything = { 0 }, group = { .group = &two };
	at = begin;
	assert_int_equal(feed_read(f, &at, &everything, e, 10), 1);
	assert_int_equal(e[0].about, FEED_JOB);
	at.number = begin.number + 1;
	assert_int_equal(feed_read(f, &at, &group, e, 10), 0); /* nor is it in doubt */
	feed_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_appended_is_read_in_order_and_once),
		cmocka_unit_test(a_filter_lets_through_what_fits),
		cmocka_unit_test(whoever_falls_behind_the_ring_is_told),
		cmocka_unit_test(a_position_of_another_process_or_from_the_future_is_lost),
		cmocka_unit_test(positions_have_a_text),
		cmocka_unit_test(a_batch_is_told_in_the_order_of_its_commands),
		cmocka_unit_test(what_was_rolled_back_is_not_told),
		cmocka_unit_test(another_process_tells_other_positions),
		cmocka_unit_test(changes_name_their_groups_while_somebody_wants_to_know),
		cmocka_unit_test(what_begins_beside_a_message_without_a_job_is_told),
		cmocka_unit_test(a_fault_while_groups_are_looked_up_tells_nothing),
		cmocka_unit_test(news_of_an_approval_are_for_who_watches_it_or_is_asked_by_it),
		cmocka_unit_test(readers_and_the_writer_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
