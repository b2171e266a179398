/* group_test.c - stories about groups of jobs and about who is told of an end. */
#include "base/limits.h"
#include "domain/job/group.h"
#include "job/stories.h"
#include "wire/hash.h"

static struct world *with_queues(void)
{
	struct world *w = world_open(1);

	world_queue(w, "replies", NULL);
	is(world_queue(w, "work", "track", "true", "retry", "{\"max_attempts\":1}", NULL), "NONE");
	return w;
}

static void fill(struct world *w, struct job_entry *e, const char *queue)
{
	uint8_t *digest = arena_get(w->arena, MD5_SIZE);

	e->queue = str_of(queue);
	e->send.body = S("{}");
	e->send.size = e->send.body.len;
	e->send.delay_s = -1;
	e->send.priority = -1;
	md5(e->send.body, digest);
	e->send.body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
}

static struct job_entry *entries(struct world *w, int count)
{
	struct job_entry *list = ARENA_ARRAY(w->arena, struct job_entry, count + 1);

	memset(list, 0, sizeof *list * (size_t)(count + 1));
	for (int i = 0; i < count; i++)
		fill(w, &list[i], "work");
	return list;
}

/* A group of so many jobs, closed, that tells `replies`. */
static struct group_create *group_of(struct world *w, int jobs, bool fail_fast)
{
	struct group_create *p = ARENA_NEW(w->arena, struct group_create);

	*p = (struct group_create){ .fail_fast = fail_fast,
		                        .close = true,
		                        .on_done = S("{\"queue\":\"replies\",\"correlation_id\":\"c\"}"),
		                        .entries = entries(w, jobs),
		                        .count = jobs };
	struct cmd *c = world_run(w, &op_group_create, p);
	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return p;
}

/* "3: 1 open, 2 + 0 + 0, done" */
static const char *says(struct world *w, const struct group_create *made)
{
	struct group_named *p = ARENA_NEW(w->arena, struct group_named);

	p->id = made->group.id;
	struct cmd *c = world_run(w, &op_group_close, p); /* closed already: it only looks */
	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return arena_printf(w->arena, "%lld: %lld open, %lld + %lld + %lld%s",
	                    (long long)p->group->total, (long long)p->group->open,
	                    (long long)p->group->succeeded, (long long)p->group->failed,
	                    (long long)p->group->canceled, p->group->done_at != 0 ? ", done" : "")
	    .at;
}

static void succeed_one(struct world *w)
{
	is(world_receive(w, "work"), "{}");
	is(world_delete(w, "work", world_receipt(w)), "NONE");
}

static void fail_one(struct world *w)
{
	is(world_receive(w, "work"), "{}");
	is(world_fail(w, "work", world_receipt(w), "{\"code\":\"NO\"}", true, 0), "NONE");
}

STORY(when_all_have_ended_it_is_told_once)
{
	struct world *w = with_queues();
	struct group_create *g = group_of(w, 3, false);

	(void)state;
	is(says(w, g), "3: 3 open, 0 + 0 + 0");
	succeed_one(w);
	fail_one(w);
	is(says(w, g), "3: 1 open, 1 + 1 + 0");
	is(world_counts(w, "replies"), "0/0/0");
	succeed_one(w);
	is(says(w, g), "3: 0 open, 2 + 1 + 0, done");
	const char *told = world_receive(w, "replies");
	assert_non_null(told);
	assert_non_null(strstr(told, "\"state\":\"FAILED\",\"counts\":{\"total\":3,\"succeeded\":2,"
	                             "\"failed\":1,\"canceled\":0}"));
	assert_non_null(strstr(told, "\"correlation_id\":\"c\""));
	is(world_counts(w, "replies"), "0/1/0");
	the_end(w);
}

STORY(the_end_of_the_last_and_the_word_of_it_are_one_transaction)
{
	struct world *w = with_queues();
	struct group_create *g = group_of(w, 1, false);

	(void)state;
	is(world_receive(w, "work"), "{}");
	struct receipt receipt = world_receipt(w);
	for (int64_t n = 1;; n++) {
		store_fail_at(w->store, n, ERR_IO);
		const char *said = world_delete(w, "work", receipt);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		if (!failed) {
			is(said, "NONE");
			break;
		}
		if (strcmp(says(w, g), "1: 0 open, 1 + 0 + 0, done") == 0) {
			is(world_counts(w, "replies"), "1/0/0");
			break; /* the fault was behind the commit, or the replay went through */
		}
		is(says(w, g), "1: 1 open, 0 + 0 + 0");
		is(world_counts(w, "replies"), "0/0/0");
	}
	is(says(w, g), "1: 0 open, 1 + 0 + 0, done");
	is(world_counts(w, "replies"), "1/0/0");
	the_end(w);
}

STORY(with_fail_fast_the_first_failure_cancels_the_others)
{
	struct world *w = with_queues();
	struct group_create *g = group_of(w, 4, true);

	(void)state;
	is(world_receive(w, "work"), "{}"); /* one is running when it happens */
	struct receipt running = world_receipt(w);
	fail_one(w);
	world_pass_ms(w, 1);
	is(says(w, g), "4: 1 open, 0 + 1 + 2");
	is(world_counts(w, "work"), "0/1/0");
	is(world_counts(w, "replies"), "0/0/0");
	/* Its worker finishes all the same: the work was done. */
	is(world_delete(w, "work", running), "NONE");
	is(says(w, g), "4: 0 open, 1 + 1 + 2, done");
	is(world_counts(w, "replies"), "1/0/0");
	the_end(w);
}

STORY(canceling_goes_on_after_a_restart)
{
	struct world *w = with_queues();
	struct group_create *g = group_of(w, GROUP_STEP + 50, false);
	struct group_named *p = ARENA_NEW(w->arena, struct group_named);

	(void)state;
	p->id = g->group.id;
	world_run(w, &op_group_cancel, p);
	world_restart(w);
	world_pass_ms(w, SECOND_MS);
	is(says(w, g), "250: 0 open, 0 + 0 + 250, done");
	is(world_counts(w, "replies"), "1/0/0");
	the_end(w);
}

STORY(an_open_group_waits_for_more)
{
	struct world *w = with_queues();
	struct group_create *p = ARENA_NEW(w->arena, struct group_create);
	struct group_named *close = ARENA_NEW(w->arena, struct group_named);
	struct job_submit *s = ARENA_NEW(w->arena, struct job_submit);

	(void)state;
	*p = (struct group_create){ .entries = entries(w, 1), .count = 1 };
	world_run(w, &op_group_create, p);
	succeed_one(w);
	assert_int_equal(p->group.done_at, 0);
	*s = (struct job_submit){ .queue = S("work"), .entries = entries(w, 1), .count = 1 };
	s->entries->group = p->group.id;
	s->entries->has_group = true;
	struct cmd *c = world_run(w, &op_job_submit, s);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	close->id = p->group.id;
	world_run(w, &op_group_close, close);
	assert_int_equal(close->group->open, 1);
	c = world_run(w, &op_job_submit, s);
	assert_int_equal(c->refused.why, REFUSED_GROUP_CLOSED);
	succeed_one(w);
	is(says(w, p), "2: 0 open, 2 + 0 + 0, done");
	the_end(w);
}

STORY(a_group_in_a_group_is_one_of_its_members)
{
	struct world *w = with_queues();
	struct group_create *outer = ARENA_NEW(w->arena, struct group_create);
	struct group_create *inner = ARENA_NEW(w->arena, struct group_create);
	struct group_named *close = ARENA_NEW(w->arena, struct group_named);

	(void)state;
	*outer = (struct group_create){ .on_done = S("{\"queue\":\"replies\"}") };
	world_run(w, &op_group_create, outer);
	*inner = (struct group_create){ .parent = outer->group.id,
		                            .has_parent = true,
		                            .close = true,
		                            .entries = entries(w, 2),
		                            .count = 2 };
	world_run(w, &op_group_create, inner);
	close->id = outer->group.id;
	world_run(w, &op_group_close, close);
	succeed_one(w);
	is(says(w, outer), "1: 1 open, 0 + 0 + 0");
	succeed_one(w);
	is(says(w, outer), "1: 0 open, 1 + 0 + 0, done");
	is(world_counts(w, "replies"), "1/0/0");
	the_end(w);
}

STORY(what_is_opened_again_is_counted_and_not_told_again)
{
	struct world *w = with_queues();
	struct group_create *g = group_of(w, 1, false);
	struct job_named *retry = ARENA_NEW(w->arena, struct job_named);

	(void)state;
	fail_one(w);
	is(says(w, g), "1: 0 open, 0 + 1 + 0, done");
	retry->id = g->entries[0].send.message_id;
	struct cmd *c = world_run(w, &op_job_retry, retry);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	is(says(w, g), "1: 1 open, 0 + 0 + 0, done");
	succeed_one(w);
	is(says(w, g), "1: 0 open, 1 + 0 + 0, done");
	is(world_counts(w, "replies"), "1/0/0");
	the_end(w);
}

STORY(one_level_too_deep_is_refused)
{
	struct world *w = with_queues();
	struct uuid parent = { 0 };
	struct cmd *c = NULL;
	int made = 0;

	(void)state;
	for (; made <= GROUP_DEPTH_MAX + 1; made++) {
		struct group_create *p = ARENA_NEW(w->arena, struct group_create);
		*p = (struct group_create){ .parent = parent, .has_parent = made > 0 };
		c = world_run(w, &op_group_create, p);
		if (c->refused.why != REFUSED_NONE)
			break;
		parent = p->group.id;
	}
	assert_int_equal(made, GROUP_DEPTH_MAX + 1);
	assert_int_equal(c->refused.why, REFUSED_INVALID_PARAMETER);
	the_end(w);
}

STORY(who_is_to_be_told_must_be_there)
{
	struct world *w = with_queues();
	struct job_submit *s = ARENA_NEW(w->arena, struct job_submit);

	(void)state;
	*s = (struct job_submit){ .queue = S("work"), .entries = entries(w, 1), .count = 1 };
	s->entries->extra.on_done = S("{\"queue\":\"nowhere\"}");
	struct cmd *c = world_run(w, &op_job_submit, s);
	assert_int_equal(c->refused.why, REFUSED_NO_SUCH_QUEUE);
	is(world_counts(w, "work"), "0/0/0");
	s->entries->extra.on_done = S("{\"queue\":\"replies\",\"payload\":{\"n\":1}}");
	c = world_run(w, &op_job_submit, s);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	/* A full queue takes it; one that is gone does not hold up the job. */
	is(world_set(w, "replies", "max_messages", "1", NULL), "NONE");
	world_send(w, "replies", "there already");
	succeed_one(w);
	is(world_counts(w, "replies"), "2/0/0");
	s->entries = entries(w, 1);
	s->entries->extra.on_done = S("{\"queue\":\"replies\"}");
	c = world_run(w, &op_job_submit, s);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	is(world_delete_queue(w, "replies"), "NONE");
	succeed_one(w);
	is(job_says(w, s->entries->send.message_id), "SUCCEEDED 1");
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(when_all_have_ended_it_is_told_once),
		RUN(the_end_of_the_last_and_the_word_of_it_are_one_transaction),
		RUN(with_fail_fast_the_first_failure_cancels_the_others),
		RUN(canceling_goes_on_after_a_restart),
		RUN(an_open_group_waits_for_more),
		RUN(a_group_in_a_group_is_one_of_its_members),
		RUN(what_is_opened_again_is_counted_and_not_told_again),
		RUN(one_level_too_deep_is_refused),
		RUN(who_is_to_be_told_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
