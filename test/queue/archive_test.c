/* archive_test.c - stories about dead letters that wait for their file beyond retention. */
#include "archive.h"
#include "domain/domain.h"
#include "domain/job/job.h"
#include "domain/queue/archive.h"
#include "queue/stories.h"

enum { MINUTE_S = 60 };

static void keep_archives(struct world *w)
{
	engine_domain(w->engine)->config.archives = true;
}

/* "a" and "b" are dead letters, "mine" was sent into their queue by hand; their minute is over. */
static struct world *with_old_letters(bool track)
{
	struct world *w = world_open(1);

	keep_archives(w);
	world_queue(w, "dead", "MessageRetentionPeriod", "60", NULL);
	world_queue(w, "work", "RedrivePolicy", world_redrive(w, "dead", 1), "track",
	            track ? "true" : "false", NULL);
	for (int i = 0; i < 2; i++) {
		world_send(w, "work", i == 0 ? "a" : "b");
		world_receive(w, "work");
		is(world_fail(w, "work", world_receipt(w), "{\"code\":\"BAD\"}", true, 0), "NONE");
	}
	world_send(w, "dead", "mine");
	world_pass_ms(w, (MINUTE_S + 2) * SECOND_MS);
	return w;
}

static struct archive_take *take(struct world *w)
{
	struct archive_take *p = ARENA_NEW(w->arena, struct archive_take);

	world_run(w, &op_archive_take, p);
	return p;
}

static struct archive_done *done(struct world *w, const struct archive_take *t)
{
	struct archive_done *p = ARENA_NEW(w->arena, struct archive_done);
	uint64_t *positions = ARENA_ARRAY(w->arena, uint64_t, t->count);

	for (int i = 0; i < t->count; i++)
		positions[i] = t->messages[i].position;
	*p = (struct archive_done){ t->queue_id, positions, t->count, S("/archive/dead.jsonl"), 0 };
	world_run(w, &op_archive_done, p);
	return p;
}

STORY(a_dead_letter_stays_until_it_is_in_its_file)
{
	struct world *w = with_old_letters(false);

	(void)state;
	is(world_counts(w, "dead"), "2/0/0"); /* what was sent by hand has expired */
	struct archive_take *t = take(w);
	assert_int_equal(t->count, 2);
	assert_true(str_is(t->queue, "dead") && str_is(t->messages[0].body, "a"));
	world_pass_ms(w, 5000);
	is(world_counts(w, "dead"), "2/0/0");
	assert_int_equal(done(w, t)->removed, 2);
	is(world_counts(w, "dead"), "0/0/0");
	assert_int_equal(take(w)->count, 0);
	the_end(w);
}

STORY(a_job_whose_dead_letter_is_in_a_file_is_tried_again_with_what_it_kept)
{
	struct world *w = with_old_letters(true);
	struct archive_take *t = take(w);
	struct job_named *p = ARENA_NEW(w->arena, struct job_named);

	(void)state;
	assert_int_equal(t->count, 2);
	p->id = t->messages[1].message_id;
	assert_int_equal(done(w, t)->removed, 2);
	struct cmd *c = world_run(w, &op_job_retry, p);
	assert_false(cmd_refused(c));
	is(world_counts(w, "work"), "1/0/0");
	world_check(w);
	is(world_receive(w, "work"), "b");
	the_end(w);
}

/* Between the file and the deletion: they are written again. */
STORY(a_crash_in_between_loses_nothing)
{
	struct world *w = with_old_letters(true);

	(void)state;
	assert_int_equal(take(w)->count, 2);
	world_restart(w);
	keep_archives(w);
	is(world_counts(w, "dead"), "2/0/0");
	struct archive_take *t = take(w);
	assert_int_equal(t->count, 2);
	assert_int_equal(done(w, t)->removed, 2);
	assert_int_equal(done(w, t)->removed, 0); /* told twice */
	world_check_rows(w);
	the_end(w);
}

STORY(what_changed_in_between_stays)
{
	struct world *w = with_old_letters(false);

	(void)state;
	struct archive_take *t = take(w);
	is(world_receive(w, "dead"), "a"); /* it can still be had */
	assert_int_equal(take(w)->count, 1);
	assert_int_equal(done(w, t)->removed, 1);
	is(world_counts(w, "dead"), "0/1/0");
	world_pass_ms(w, 31 * SECOND_MS);
	t = take(w);
	assert_int_equal(t->count, 1);
	is(world_set(w, "dead", "MessageRetentionPeriod", "3600", NULL), "NONE");
	assert_int_equal(done(w, t)->removed, 0);
	assert_int_equal(take(w)->count, 0);
	is(world_counts(w, "dead"), "1/0/0");
	the_end(w);
}

STORY(of_a_queue_that_is_gone_nothing_is_removed)
{
	struct world *w = with_old_letters(false);
	struct archive_take *t = take(w);

	(void)state;
	world_set(w, "work", "RedrivePolicy", "", NULL);
	is(world_delete_queue(w, "dead"), "NONE");
	world_queue(w, "dead", NULL);
	world_send(w, "dead", "new");
	assert_int_equal(done(w, t)->removed, 0);
	is(world_counts(w, "dead"), "1/0/0");
	the_end(w);
}

STORY(one_more_than_fits_comes_with_the_next)
{
	struct world *w = world_open(1);

	(void)state;
	keep_archives(w);
	world_queue(w, "dead", "MessageRetentionPeriod", "60", NULL);
	world_queue(w, "work", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	for (int i = 0; i <= ARCHIVE_TAKE_MAX; i++) {
		world_send(w, "work", "x");
		world_receive(w, "work");
		is(world_fail(w, "work", world_receipt(w), "{}", true, 0), "NONE");
	}
	world_pass_ms(w, (MINUTE_S + 2) * SECOND_MS);
	struct archive_take *t = take(w);
	assert_int_equal(t->count, ARCHIVE_TAKE_MAX);
	assert_int_equal(done(w, t)->removed, ARCHIVE_TAKE_MAX);
	assert_int_equal(take(w)->count, 1);
	the_end(w);
}

/* Every call of the store fails once: both are there, or neither. */
STORY(whatever_call_fails_none_is_half_gone)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = with_old_letters(true);
		struct archive_take *t = take(w);
		store_fail_at(w->store, nth, ERR_IO);
		done(w, t);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		const char *counts = world_counts(w, "dead");
		assert_true(strcmp(counts, "2/0/0") == 0 || strcmp(counts, "0/0/0") == 0);
		t = take(w);
		if (t->count > 0)
			assert_int_equal(done(w, t)->removed, 2);
		is(world_counts(w, "dead"), "0/0/0");
		the_end(w);
	}
}

/* Who is not told of it removes what no file has. */
STORY(lines_that_memory_was_too_little_for_are_told)
{
	struct world *w = with_old_letters(false);
	struct archive_take *t = take(w);
	struct buf whole = { 0 };
	bool refused = true;

	(void)state;
	assert_int_equal(archive_lines(&whole, w->arena, t), OK);
	for (int64_t nth = 1; refused; nth++) {
		struct buf lines = { 0 };
		mem_fail_at(nth, 1);
		enum err fault = archive_lines(&lines, w->arena, t);
		refused = mem_has_failed();
		mem_fail_at(0, 0);
		assert_int_equal(fault, refused ? ERR_LIMIT : OK);
		assert_true(refused || str_eq(buf_str(&lines), buf_str(&whole)));
		buf_free(&lines);
	}
	buf_free(&whole);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest stories[] = {
		RUN(a_dead_letter_stays_until_it_is_in_its_file),
		RUN(a_job_whose_dead_letter_is_in_a_file_is_tried_again_with_what_it_kept),
		RUN(a_crash_in_between_loses_nothing),
		RUN(what_changed_in_between_stays),
		RUN(of_a_queue_that_is_gone_nothing_is_removed),
		RUN(one_more_than_fits_comes_with_the_next),
		RUN(whatever_call_fails_none_is_half_gone),
		RUN(lines_that_memory_was_too_little_for_are_told),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
