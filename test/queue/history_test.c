/* history_test.c - stories about the figures of a queue over time: rows of minutes and hours. */
#include <stdio.h>

#include "queue/stories.h"

#include "domain/queue/history.h"
#include "domain/queue/memory.h"

static struct queue_history *history_as(struct world *w, struct queue_history how)
{
	struct queue_history *p = ARENA_NEW(w->arena, struct queue_history);
	struct cmd *c = world_cmd(w, &op_queue_history, p);

	*p = how;
	p->queue = how.queue.at == NULL ? S("q") : how.queue;
	must(op_queue_history.read(w->store, c, w->now) == OK);
	if (cmd_refused(c))
		p->count = -(int)c->refused.why;
	/* The points lie in the command: kept until the world forgets what was answered. */
	list_add_last(&w->answered, &c->node);
	return p;
}

static struct queue_history *history(struct world *w, bool hours)
{
	return history_as(w, (struct queue_history){ .hours = hours });
}

/* To a few milliseconds behind the begin of the next minute. */
static void next_minute(struct world *w)
{
	world_pass_ms(w, MINUTE_MS - w->now.wall_ms % MINUTE_MS + 5);
}

static void work(struct world *w, int count, int64_t wait_ms, int64_t run_ms)
{
	for (int i = 0; i < count; i++) {
		is(world_send(w, "q", "x"), "NONE");
		world_pass_ms(w, wait_ms);
		is(world_receive(w, "q"), "x");
		world_pass_ms(w, run_ms);
		is(world_delete(w, "q", world_receipt(w)), "NONE");
		world_forget(w);
	}
}

STORY(each_minute_in_which_something_happens_has_a_row)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	next_minute(w);
	int64_t began = w->now.wall_ms / MINUTE_MS * MINUTE_MS;
	work(w, 10, 100, 1000);
	is(world_send(w, "q", "stays"), "NONE");
	assert_int_equal(history(w, false)->count, 0); /* the minute is not over */
	next_minute(w);
	next_minute(w);
	next_minute(w);
	is(world_receive(w, "q"), "stays");
	next_minute(w);
	const struct queue_history *p = history(w, false);
	assert_int_equal(p->count, 2); /* two minutes were quiet */
	const struct history_point *a = &p->points[0], *b = &p->points[1];
	assert_int_equal(a->at, began);
	assert_int_equal(b->at, began + 3 * MINUTE_MS);
	assert_int_equal(a->sent, 11);
	assert_int_equal(a->received, 10);
	assert_int_equal(a->deleted, 10);
	assert_int_equal(a->backlog, 1);
	assert_in_range(a->wait[0], 90, 110);
	assert_in_range(a->run[2], 880, 1130);
	assert_int_equal(b->sent, 0);
	assert_int_equal(b->received, 1);
	assert_int_equal(b->run[0], -1);
	assert_in_range(b->wait[1], 150 * 1000, 200 * 1000);
	the_end(w);
}

STORY(failures_and_dead_letters_are_in_it_on_both_sides)
{
	struct world *w = world_open(2);

	(void)state;
	world_queue(w, "dead", NULL);
	world_queue(w, "q", "VisibilityTimeout", "1", "RedrivePolicy", world_redrive(w, "dead", 2),
	            NULL);
	next_minute(w);
	is(world_send(w, "q", "x"), "NONE");
	for (int i = 0; i < 2; i++) {
		is(world_receive(w, "q"), "x");
		world_pass_ms(w, 1000);
	}
	nothing(world_receive(w, "q"));
	next_minute(w);
	const struct history_point *a = history(w, false)->points;
	assert_int_equal(a->received, 2);
	assert_int_equal(a->failed, 2);
	assert_int_equal(a->dead_lettered, 1);
	assert_int_equal(a->deleted, 0);
	const struct queue_history *dead = history_as(w, (struct queue_history){ .queue = S("dead") });
	assert_int_equal(dead->count, 1);
	assert_int_equal(dead->points[0].moved_in, 1);
	assert_int_equal(dead->points[0].backlog, 1);
	the_end(w);
}

STORY(an_idle_server_writes_nothing_and_is_not_woken)
{
	struct world *w = world_open(3);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 1, 0, 0);
	next_minute(w);
	next_minute(w);
	next_minute(w);
	const struct queues *all = engine_domain(w->engine)->queues;
	assert_true(list_empty(&all->active));
	assert_true(all->history_at_mono == NEVER);
	work(w, 1, 0, 0);
	assert_true(all->history_at_mono != NEVER);
	the_end(w);
}

static void sums(const struct queue_history *p, int64_t *sent, int64_t *deleted)
{
	*sent = *deleted = 0;
	for (int i = 0; i < p->count; i++) {
		*sent += p->points[i].sent;
		*deleted += p->points[i].deleted;
	}
}

STORY(minutes_become_hours_after_two_days_and_go_after_ninety)
{
	struct world *w = world_open(4);
	int64_t sent, deleted;

	(void)state;
	world_queue(w, "q", "MessageRetentionPeriod", "1209600", NULL);
	for (int i = 0; i < 150; i++) {
		work(w, 3, i < 75 ? 100 : 3000, 10);
		next_minute(w);
	}
	const struct queue_history *fresh =
		history_as(w, (struct queue_history){ .from = w->now.wall_ms - DAY_MS, .hours = false });
	assert_in_range(fresh->count, 150, 151);
	sums(history(w, true), &sent, &deleted);
	assert_int_equal(sent, 450); /* hours of minutes that are not two days old */
	struct history_point before = history(w, true)->points[1];

	world_jump_ms(w, HISTORY_MINUTES_MS + 4 * HOUR_MS);
	world_pass_ms(w, 20 * MINUTE_MS);
	assert_int_equal(history_as(w, (struct queue_history){ .from = w->now.wall_ms -
	                                                               HISTORY_MINUTES_MS - DAY_MS,
	                                                       .to = w->now.wall_ms - DAY_MS })
	                     ->count,
	                 0);
	const struct queue_history *hours = history(w, true);
	assert_in_range(hours->count, 3, 4);
	sums(hours, &sent, &deleted);
	assert_int_equal(sent, 450);
	assert_int_equal(deleted, 450);
	assert_memory_equal(&before, &hours->points[1], sizeof before);
	world_check_rows(w);

	world_jump_ms(w, HISTORY_HOURS_MS);
	world_pass_ms(w, 20 * MINUTE_MS);
	assert_int_equal(history_as(w, (struct queue_history){ .hours = true,
	                                                       .from = w->now.wall_ms - 100 * DAY_MS })
	                     ->count,
	                 0);
	the_end(w);
}

STORY(a_restart_keeps_the_rows_and_a_deleted_queue_takes_them_with_it)
{
	struct world *w = world_open(5);

	(void)state;
	world_queue(w, "q", NULL);
	work(w, 5, 10, 10);
	next_minute(w);
	world_restart(w);
	assert_int_equal(history(w, false)->points[0].sent, 5);
	is(world_delete_queue(w, "q"), "NONE");
	assert_int_equal(history(w, false)->count, -(int)REFUSED_NO_SUCH_QUEUE);
	is(world_queue(w, "q", NULL), "NONE");
	assert_int_equal(history(w, false)->count, 0);
	world_check_rows(w);
	the_end(w);
}

/* H1, whatever call fails. */
STORY(no_figure_is_lost_or_counted_twice_when_the_store_fails)
{
	(void)state;
	for (int64_t nth = 1; nth < 12; nth++) {
		struct world *w = world_open(6);
		int64_t sent, deleted;
		world_queue(w, "q", NULL);
		next_minute(w);
		work(w, 4, 10, 10);
		store_fail_at(w->store, nth, ERR_BUSY);
		next_minute(w);
		store_fail_at(w->store, 0, OK);
		work(w, 2, 10, 10);
		next_minute(w);
		sums(history(w, false), &sent, &deleted);
		assert_int_equal(sent, 6);
		assert_int_equal(deleted, 6);
		const struct queue *q = names_find(&engine_domain(w->engine)->queues->by_name, S("q"));
		assert_int_equal(hist_count(&q->stats->run), 0);
		struct bounds all;
		stats_bounds(&q->stats->run_all, &q->stats->run, &all);
		int64_t count = 0;
		for (int i = 0; i <= HIST_BOUNDS; i++)
			count += all.at[i];
		assert_int_equal(count, 6);
		the_end(w);
	}
}

STORY(more_queues_than_one_transaction_writes_all_get_their_minute)
{
	struct world *w = world_open(7);
	char name[16];

	(void)state;
	for (int i = 0; i <= HISTORY_ROWS_MAX; i++) {
		snprintf(name, sizeof name, "q%d", i);
		is(world_queue(w, name, NULL), "NONE");
		is(world_send(w, name, "x"), "NONE");
		world_forget(w);
	}
	next_minute(w);
	for (int i = 0; i <= HISTORY_ROWS_MAX; i++) {
		snprintf(name, sizeof name, "q%d", i);
		const struct queue_history *p = history_as(w,
		                                           (struct queue_history){ .queue = str_of(name) });
		assert_int_equal(p->count, 1);
		assert_int_equal(p->points[0].sent, 1);
		world_forget(w);
	}
	the_end(w);
}

STORY(an_answer_has_so_many_points_and_no_more)
{
	struct world *w = world_open(8);
	int64_t to = w->now.wall_ms / HOUR_MS * HOUR_MS;

	(void)state;
	world_queue(w, "q", NULL);
	struct queue_history how = { .to = to, .from = to - HISTORY_POINTS_MAX * MINUTE_MS };
	assert_int_equal(history_as(w, how)->count, 0);
	how.from -= MINUTE_MS;
	assert_int_equal(history_as(w, how)->count, -(int)REFUSED_INVALID_PARAMETER);
	how.hours = true;
	assert_int_equal(history_as(w, how)->count, 0);
	how.from = how.to;
	assert_int_equal(history_as(w, how)->count, -(int)REFUSED_INVALID_PARAMETER);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_minute_in_which_something_happens_has_a_row),
		RUN(failures_and_dead_letters_are_in_it_on_both_sides),
		RUN(an_idle_server_writes_nothing_and_is_not_woken),
		RUN(minutes_become_hours_after_two_days_and_go_after_ninety),
		RUN(a_restart_keeps_the_rows_and_a_deleted_queue_takes_them_with_it),
		RUN(no_figure_is_lost_or_counted_twice_when_the_store_fails),
		RUN(more_queues_than_one_transaction_writes_all_get_their_minute),
		RUN(an_answer_has_so_many_points_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
