/* pages_test.c - stories about jobs that come and end together: what one statement writes for many
 * is what each would have had alone. */
#include "job/hands.h"

enum { MANY = 7 };

static struct world *tracked(void)
{
	struct world *w = world_open(1);

	is(world_queue(w, "work", "track", "true", NULL), "NONE");
	return w;
}

static void with_parent(struct job_entry *e, struct uuid parent)
{
	e->parent = parent;
	e->has_parent = true;
}

/* Neighbours that are alike, and some that are not. */
static struct job_submit *mixed(struct world *w, struct uuid parent)
{
	static const struct label label = { { "k", 1 }, { "v", 1 } };
	struct job_submit *p = to_submit(w, "work", MANY);

	p->entries[1].delay_ms = 5000;
	p->entries[1].send.priority = 7;
	p->entries[2].extra.labels = &label;
	p->entries[2].extra.label_count = 1;
	p->entries[2].extra.labels_json = S("{\"k\":\"v\"}");
	for (int i = 3; i < 6; i++) {
		with_parent(&p->entries[i], parent);
		p->entries[i].extra.timeout_ms = 60 * 1000;
	}
	p->entries[5].extra.timeout_ms = 90 * 1000;
	return p;
}

static void check_mixed(struct world *w, const struct job_submit *p, struct uuid parent)
{
	for (int i = 0; i < MANY; i++) {
		const struct job_entry *e = &p->entries[i];
		const struct job_row *j = job_of(w, e->send.message_id);
		is(job_says(w, e->send.message_id), "PENDING 0");
		assert_int_equal(j->body_id & 0xffffffffff, e->send.position);
		assert_int_equal(j->priority, i == 1 ? 7 : -1);
		assert_int_equal(j->execute_at, i == 1 ? w->now.wall_ms + 5000 : 0);
		assert_int_equal(j->timeout_ms, i == 5 ? 90000 : i == 3 || i == 4 ? 60000 : 0);
		assert_int_equal(str_given(j->labels), i == 2);
		assert_int_equal(str_given(j->parent), i >= 3 && i <= 5);
		assert_int_equal(str_given(j->trace_id), i >= 3 && i <= 5);
		if (i < 3 || i > 5)
			continue;
		assert_memory_equal(j->parent.at, parent.bytes, 16);
		assert_memory_equal(j->trace_id.at, parent.bytes, 16);
		assert_memory_equal(j->parent_span_id.at, parent.bytes + 8, 8);
	}
}

STORY(jobs_that_are_alike_are_written_together)
{
	struct world *w = tracked();
	struct uuid parent = submitted(w, "work", "1");
	struct job_submit *p = mixed(w, parent);

	(void)state;
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	check_mixed(w, p, parent);
	is(world_counts(w, "work"), "7/0/1");
	the_end(w);
}

STORY(the_time_of_jobs_written_together_is_kept)
{
	struct world *w = tracked();
	struct uuid parent = submitted(w, "work", "1");
	struct job_submit *p = to_submit(w, "work", 2);

	(void)state;
	for (int i = 0; i < 2; i++) {
		with_parent(&p->entries[i], parent);
		p->entries[i].extra.timeout_ms = 1000;
	}
	claimed(w, "work");
	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	claimed(w, "work");
	claimed(w, "work");
	world_pass_ms(w, 1000);
	is(job_attempts(w, p->entries[0].send.message_id), "TIMED_OUT");
	is(job_attempts(w, p->entries[1].send.message_id), "TIMED_OUT");
	the_end(w);
}

/* ---- completions */

struct work {
	struct uuid ids[MANY];
	struct receipt leases[MANY];
};

static struct work taken(struct world *w)
{
	struct job_submit *p = to_submit(w, "work", MANY);
	struct work work;

	is(ended(w, world_run(w, &op_job_submit, p)), "NONE");
	for (int i = 0; i < MANY; i++) {
		work.ids[i] = p->entries[i].send.message_id;
		work.leases[i] = claimed(w, "work");
	}
	return work;
}

static struct job_reports *done(struct world *w, const struct work *work)
{
	struct job_reports *p = ARENA_NEW(w->arena, struct job_reports);

	p->count = MANY;
	p->batch = true;
	p->reports = ARENA_ARRAY(w->arena, struct job_report, MANY);
	for (int i = 0; i < MANY; i++)
		p->reports[i] = *to_report(w, work->ids[i], work->leases[i])->reports;
	return p;
}

static const char *refused(const struct job_reports *p, int i)
{
	return refusal_name(p->reports[i].refused.why);
}

STORY(jobs_that_were_claimed_together_end_together)
{
	struct world *w = tracked();
	struct work work = taken(w);
	struct job_reports *p = done(w, &work);

	(void)state;
	is(cancel(w, work.ids[2]), "NONE");
	struct cmd *waits = wait_for(w, work.ids[4], SECOND_MS);
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	for (int i = 0; i < MANY; i++) {
		is(refused(p, i), "NONE");
		is(job_says(w, work.ids[i]), "SUCCEEDED 1");
		assert_int_equal(p->reports[i].state, JOB_SUCCEEDED);
		assert_int_equal(p->reports[i].canceled, i == 2);
	}
	is(found(waits), "SUCCEEDED");
	is(world_counts(w, "work"), "0/0/0");
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	for (int i = 0; i < MANY; i++)
		is(refused(p, i), "JOB_FINAL");
	the_end(w);
}

STORY(one_that_is_wrong_among_many_is_refused_alone)
{
	struct world *w = tracked();
	struct work work = taken(w);
	struct job_reports *p = done(w, &work);

	(void)state;
	p->reports[1].id = work.ids[0];             /* twice, and not the lease's */
	p->reports[3].lease.receive++;              /* of another receive */
	p->reports[5].said.result = S("{\"n\":1}"); /* has something to say */
	p->reports[6] = p->reports[4];              /* twice */
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	is(refused(p, 0), "NONE");
	is(refused(p, 1), "CONFLICT");
	is(refused(p, 2), "NONE");
	is(refused(p, 3), "LEASE_LOST");
	is(refused(p, 4), "NONE");
	is(refused(p, 5), "NONE");
	is(refused(p, 6), "CONFLICT");
	is(job_says(w, work.ids[1]), "RUNNING 1");
	is(job_says(w, work.ids[3]), "RUNNING 1");
	is(job_says(w, work.ids[6]), "RUNNING 1");
	assert_true(str_eq(job_of(w, work.ids[5])->result, S("{\"n\":1}")));
	is(world_counts(w, "work"), "0/3/0");
	the_end(w);
}

STORY(a_stranger_completes_none_of_many)
{
	struct world *w = tracked();
	struct work work = taken(w);
	struct job_reports *p = done(w, &work);

	(void)state;
	for (int i = 0; i < MANY; i++)
		p->reports[i].id = work.ids[(i + 1) % MANY];
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	for (int i = 0; i < MANY; i++)
		is(refused(p, i), "LEASE_LOST");
	is(world_counts(w, "work"), "0/7/0");
	the_end(w);
}

/* ---- children of several completions */

static void with_children(struct world *w, struct job_report *r, int count)
{
	struct job_submit *children = to_submit(w, "work", count);

	for (int i = 0; i < count; i++)
		children->entries[i].queue = S("work");
	r->children = children->entries;
	r->child_count = count;
}

STORY(children_of_all_completions_together_fit_their_queue)
{
	struct world *w = tracked();
	struct work work = taken(w);
	struct job_reports *p = done(w, &work);

	(void)state;
	is(world_set(w, "work", "max_messages", "12", NULL), "NONE"); /* of which seven run */
	for (int i = 0; i < 3; i++)
		with_children(w, &p->reports[i], 2);
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	is(refused(p, 0), "NONE");
	is(refused(p, 1), "NONE");
	is(refused(p, 2), "QUEUE_FULL");
	is(job_says(w, work.ids[2]), "RUNNING 1");
	is(world_counts(w, "work"), "4/1/0");
	the_end(w);
}

STORY(children_of_all_completions_together_are_as_many_as_a_submit_may_have)
{
	struct world *w = tracked();
	struct work work = taken(w);
	struct job_reports *p = done(w, &work);

	(void)state;
	with_children(w, &p->reports[0], JOB_ENTRIES_MAX - 1);
	with_children(w, &p->reports[1], 2);
	with_children(w, &p->reports[2], 1);
	is(ended(w, world_run(w, &op_job_complete, p)), "NONE");
	is(refused(p, 0), "NONE");
	is(refused(p, 1), "TOO_MANY_ENTRIES");
	is(refused(p, 2), "NONE");
	is(world_counts(w, "work"), "1000/1/0");
	the_end(w);
}

STORY(a_change_that_looks_for_text_looks_at_few_rows_in_a_turn)
{
	struct world *w = tracked();
	struct job_cancel_many *p = ARENA_NEW(w->arena, struct job_cancel_many);

	(void)state;
	is(ended(w, world_run(w, &op_job_submit, to_submit(w, "work", JOB_SCAN_TEXT_MAX + 1))), "NONE");
	p->list = (struct job_list){
		.filter = { .queue = S("work"), .states = 1u << JOB_PENDING, .q = S("nowhere") },
		.max = JOB_CANCEL_MAX,
	};
	p->query = S("{}");
	is(ended(w, world_run(w, &op_job_cancel_many, p)), "NONE");
	assert_int_equal(p->canceled, 0);
	assert_true(p->list.more);
	p->list.before = &p->list.next;
	is(ended(w, world_run(w, &op_job_cancel_many, p)), "NONE");
	assert_false(p->list.more);
	the_end(w);
}

/* ---- faults */

STORY(any_store_call_may_fail_once_when_many_come_and_end)
{
	bool failed = true;
	int64_t nth = 1;

	(void)state;
	for (; failed; nth++) {
		struct world *w = tracked();
		struct uuid parent = submitted(w, "work", "1");
		claimed(w, "work");
		struct work work = taken(w);
		struct job_submit *more = mixed(w, parent);
		struct job_reports *reports = done(w, &work);
		struct cmd *commands[] = { world_cmd(w, &op_job_submit, more),
			                       world_cmd(w, &op_job_complete, reports) };
		store_fail_at(w->store, nth, ERR_BUSY);
		world_run_batch(w, commands, 2);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		check_mixed(w, more, parent);
		for (int i = 0; i < MANY; i++)
			is(job_says(w, work.ids[i]), "SUCCEEDED 1");
		is(world_counts(w, "work"), "6/1/1");
		world_check(w);
		world_check_rows(w);
		world_close(w);
	}
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(jobs_that_are_alike_are_written_together),
		RUN(the_time_of_jobs_written_together_is_kept),
		RUN(jobs_that_were_claimed_together_end_together),
		RUN(one_that_is_wrong_among_many_is_refused_alone),
		RUN(a_stranger_completes_none_of_many),
		RUN(children_of_all_completions_together_fit_their_queue),
		RUN(children_of_all_completions_together_are_as_many_as_a_submit_may_have),
		RUN(a_change_that_looks_for_text_looks_at_few_rows_in_a_turn),
		RUN(any_store_call_may_fail_once_when_many_come_and_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
