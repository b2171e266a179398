/* saga_test.c - stories about sagas: every step failing, compensations failing, cancels,
 * crashes; and about what is left to people. */
#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/recovery.h"
#include "job/stories.h"
#include "wire/hash.h"

enum { STEPS = 4 };

/* A trip: hotel, flight, car with compensations; the bill goes out last. Each queue has the
 * name of its step; compensations go to "undo". */
static const char *const steps[STEPS] = { "hotel", "flight", "car", "bill" };

static struct world *travel(void)
{
	struct world *w = world_open(1);

	world_queue(w, "replies", NULL);
	for (int i = 0; i < STEPS; i++)
		is(world_queue(w, steps[i], "track", "true", "retry", "{\"max_attempts\":1}", NULL),
		   "NONE");
	is(world_queue(w, "undo", "track", "true", "retry", "{\"max_attempts\":1}", NULL), "NONE");
	return w;
}

static void fill(struct world *w, struct job_entry *e, const char *queue, const char *body)
{
	uint8_t *digest = arena_get(w->arena, MD5_SIZE);

	e->queue = str_of(queue);
	e->send.body = str_of(body);
	e->send.size = e->send.body.len;
	e->send.delay_s = -1;
	e->send.priority = -1;
	md5(e->send.body, digest);
	e->send.body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
}

static struct saga_create *trip(struct world *w)
{
	struct saga_create *saga = ARENA_NEW(w->arena, struct saga_create);

	saga->steps = ARENA_ARRAY(w->arena, struct saga_declared, STEPS);
	memset(saga->steps, 0, sizeof *saga->steps * STEPS);
	saga->count = STEPS;
	for (int i = 0; i < STEPS; i++) {
		struct saga_declared *d = &saga->steps[i];
		d->name = str_of(steps[i]);
		fill(w, &d->job, steps[i], arena_printf(w->arena, "{\"book\":\"%s\"}", steps[i]).at);
		d->has_compensation = i < STEPS - 1;
		if (d->has_compensation)
			fill(w, &d->compensation, "undo", "{\"fee\":1}");
	}
	return saga;
}

static struct cmd *create(struct world *w, struct saga_create *saga, struct uuid *id)
{
	struct group_create *p = ARENA_NEW(w->arena, struct group_create);

	*p = (struct group_create){ .close = true,
		                        .on_done = S("{\"queue\":\"replies\"}"),
		                        .saga = saga };
	struct cmd *c = world_run(w, &op_group_create, p);
	*id = p->group.id;
	return c;
}

static struct uuid begin(struct world *w, struct saga_create *saga)
{
	struct uuid id;
	struct cmd *c = create(w, saga, &id);

	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return id;
}

static struct saga *look(struct world *w, struct uuid id)
{
	struct saga *s = NULL;

	must(saga_read(w->store, w->arena, &id, &s) == OK && s != NULL);
	return s;
}

/* "COMPENSATING: COMPENSATED COMPENSATING FAILED WAITING" */
static const char *says(struct world *w, struct uuid id)
{
	struct saga *s = look(w, id);
	struct str text = arena_printf(w->arena, "%.*s:", S_ARG(saga_state_name(s->state)));

	for (int i = 0; i < s->count; i++)
		text = arena_printf(w->arena, "%.*s %.*s", S_ARG(text),
		                    S_ARG(saga_step_state_name(s->steps[i].state)));
	return text.at;
}

static const char *succeed(struct world *w, const char *queue)
{
	const char *body = world_receive(w, queue);

	assert_non_null(body);
	body = arena_str(w->arena, str_of(body)).at;
	is(world_delete(w, queue, world_receipt(w)), "NONE");
	return body;
}

static void fails(struct world *w, const char *queue)
{
	assert_non_null(world_receive(w, queue));
	is(world_fail(w, queue, world_receipt(w), "{\"code\":\"NO_ROOM\"}", true, 0), "NONE");
}

static struct recovery_list *items(struct world *w, const char *of_state)
{
	struct recovery_list *p = ARENA_NEW(w->arena, struct recovery_list);

	*p = (struct recovery_list){ .state = str_of(of_state), .max = 10 };
	struct cmd *c = world_cmd(w, &op_recovery_list, p);
	must(op_recovery_list.read(w->store, c, w->now) == OK && c->refused.why == REFUSED_NONE);
	list_add_last(&w->answered, &c->node); /* freed with the world */
	return p;
}

static struct recovery_done *repair(struct world *w, struct uuid id)
{
	struct recovery_done *p = ARENA_NEW(w->arena, struct recovery_done);

	*p = (struct recovery_done){ .id = id, .reason = S("phoned them") };
	struct cmd *c = world_run(w, &op_recovery_done, p);
	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return p;
}

static void retry(struct world *w, struct uuid job)
{
	struct job_named *p = ARENA_NEW(w->arena, struct job_named);

	p->id = job;
	struct cmd *c = world_run(w, &op_job_retry, p);
	assert_int_equal(c->refused.why, REFUSED_NONE);
}

static struct group_row *cancel(struct world *w, struct uuid id)
{
	struct group_named *p = ARENA_NEW(w->arena, struct group_named);

	*p = (struct group_named){ .id = id, .reason = S("changed their mind") };
	struct cmd *c = world_run(w, &op_group_cancel, p);
	must(c->refused.why == REFUSED_NONE && c->fault == OK);
	return p->group;
}

static void the_end_of_sagas(struct world *w)
{
	world_check(w);
	world_check_rows(w);
	world_close(w);
}

STORY(steps_run_one_after_the_other)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		for (int k = 0; k < STEPS; k++)
			is(world_counts(w, steps[k]), k == i ? "1/0/0" : "0/0/0");
		is(world_counts(w, "replies"), "0/0/0");
		succeed(w, steps[i]);
	}
	is(says(w, id), "SUCCEEDED: SUCCEEDED SUCCEEDED SUCCEEDED SUCCEEDED");
	const char *told = world_receive(w, "replies");
	assert_non_null(told);
	assert_non_null(strstr(told, "\"state\":\"SUCCEEDED\",\"counts\":{\"total\":4,"));
	is(world_counts(w, "replies"), "0/1/0");
	is(world_counts(w, "undo"), "0/0/0");
	/* All of them are one trace: each is a child of the one before it. */
	struct saga *s = look(w, id);
	for (int i = 1; i < STEPS; i++) {
		const struct job_row *job = job_of(w, s->steps[i].job);
		assert_memory_equal(job->parent.at, s->steps[i - 1].job.bytes, 16);
		assert_memory_equal(job->trace_id.at, s->steps[0].job.bytes, 16);
	}
	the_end_of_sagas(w);
}

STORY(whichever_step_fails_those_before_it_are_undone_in_reverse)
{
	(void)state;
	for (int bad = 0; bad < STEPS; bad++) {
		struct world *w = travel();
		struct uuid id = begin(w, trip(w));

		for (int i = 0; i < bad; i++)
			succeed(w, steps[i]);
		fails(w, steps[bad]);
		for (int i = bad - 1; i >= 0; i--) {
			is(world_counts(w, "undo"), "1/0/0"); /* one at a time */
			is(world_counts(w, "replies"), "0/0/0");
			const char *body = succeed(w, "undo");
			struct str step = arena_printf(w->arena, "\"step\":\"%s\"", steps[i]);
			struct str load = arena_printf(w->arena, "\"payload\":{\"book\":\"%s\"}", steps[i]);
			assert_non_null(strstr(body, step.at));
			assert_non_null(strstr(body, load.at));
			assert_non_null(strstr(body, "\"result\":null,\"compensation\":{\"fee\":1}"));
		}
		struct saga *s = look(w, id);
		assert_int_equal(s->state, SAGA_COMPENSATED);
		assert_non_null(strstr(s->error.at, "NO_ROOM"));
		for (int i = 0; i < STEPS; i++)
			assert_int_equal(s->steps[i].state, i < bad    ? STEP_COMPENSATED
			                                    : i == bad ? STEP_FAILED
			                                               : STEP_WAITING);
		const char *told = world_receive(w, "replies");
		assert_non_null(strstr(told, "\"state\":\"COMPENSATED\""));
		is(world_counts(w, "replies"), "0/1/0");
		the_end_of_sagas(w);
	}
}

STORY(what_no_compensation_undoes_is_left_to_people)
{
	struct world *w = travel();
	struct saga_create *saga = trip(w);

	(void)state;
	saga->steps[0].nothing = true;
	saga->steps[0].has_compensation = false;
	saga->steps[1].has_compensation = false;
	saga->steps[1].manual = S("Call the airline.");
	struct uuid id = begin(w, saga);
	for (int i = 0; i < 3; i++)
		succeed(w, steps[i]);
	fails(w, "bill");
	fails(w, "undo"); /* of the car: the others go on */
	is(says(w, id), "NEEDS_RECOVERY: NOTHING_TO_UNDO NEEDS_RECOVERY NEEDS_RECOVERY FAILED");
	assert_non_null(strstr(world_receive(w, "replies"), "\"state\":\"NEEDS_RECOVERY\""));
	struct recovery_list *open = items(w, "OPEN");
	assert_int_equal(open->count, 2);
	const struct recovery_item *flight = &open->items[open->items[0].step == 1 ? 0 : 1];
	const struct recovery_item *car = &open->items[open->items[0].step == 1 ? 1 : 0];
	assert_true(str_is(flight->what, "Call the airline."));
	assert_false(flight->has_undo_job);
	assert_true(str_is(car->what, "Undo by hand what the job of step car did."));
	assert_true(str_is(car->why, "Its compensation is FAILED."));
	assert_non_null(strstr(car->error.at, "NO_ROOM"));
	assert_memory_equal(&car->undo_job, &look(w, id)->steps[2].undo_job, 16);

	struct recovery_done *done = repair(w, flight->id);
	assert_true(done->item.done && str_is(done->item.reason, "phoned them"));
	is(says(w, id), "NEEDS_RECOVERY: NOTHING_TO_UNDO RECOVERED NEEDS_RECOVERY FAILED");
	repair(w, flight->id); /* twice is once */
	repair(w, car->id);
	is(says(w, id), "COMPENSATED: NOTHING_TO_UNDO RECOVERED RECOVERED FAILED");
	assert_int_equal(items(w, "OPEN")->count, 0);
	assert_int_equal(items(w, "DONE")->count, 2);
	is(world_counts(w, "replies"), "0/1/0"); /* told once */
	the_end_of_sagas(w);
}

STORY(a_compensation_that_succeeds_after_all_closes_its_item)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	fails(w, "flight");
	fails(w, "undo");
	is(says(w, id), "NEEDS_RECOVERY: NEEDS_RECOVERY FAILED WAITING WAITING");
	retry(w, look(w, id)->steps[0].undo_job);
	succeed(w, "undo");
	is(says(w, id), "COMPENSATED: COMPENSATED FAILED WAITING WAITING");
	assert_int_equal(items(w, "OPEN")->count, 0);
	assert_true(str_is(items(w, "DONE")->items[0].done_by, "ringi"));
	the_end_of_sagas(w);
}

STORY(a_failed_step_that_is_tried_again_holds_up_the_compensations_and_is_undone_too)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	succeed(w, "flight");
	fails(w, "car");
	retry(w, look(w, id)->steps[2].job);
	succeed(w, "undo"); /* of the flight, which had begun */
	is(says(w, id), "COMPENSATING: SUCCEEDED COMPENSATED RUNNING WAITING");
	is(world_counts(w, "undo"), "0/0/0");
	succeed(w, "car");
	is(world_counts(w, "undo"), "1/0/0");
	succeed(w, "undo");
	succeed(w, "undo");
	is(says(w, id), "COMPENSATED: COMPENSATED COMPENSATED COMPENSATED WAITING");
	the_end_of_sagas(w);
}

STORY(a_step_that_succeeds_after_the_end_is_left_to_people)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	fails(w, "hotel");
	is(says(w, id), "COMPENSATED: FAILED WAITING WAITING WAITING");
	retry(w, look(w, id)->steps[0].job);
	succeed(w, "hotel");
	is(says(w, id), "NEEDS_RECOVERY: NEEDS_RECOVERY WAITING WAITING WAITING");
	repair(w, items(w, "OPEN")->items[0].id);
	is(says(w, id), "COMPENSATED: RECOVERED WAITING WAITING WAITING");
	is(world_counts(w, "replies"), "1/0/0");
	the_end_of_sagas(w);
}

STORY(a_canceled_saga_undoes_what_it_did)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	struct group_row *g = cancel(w, id); /* nobody had the flight yet */
	assert_int_equal(g->saga, SAGA_COMPENSATING);
	is(world_counts(w, "flight"), "0/0/0");
	is(says(w, id), "COMPENSATING: COMPENSATING CANCELED WAITING WAITING");
	cancel(w, id); /* twice is once, and compensations are not canceled */
	world_pass_ms(w, HOUR_MS);
	succeed(w, "undo");
	is(says(w, id), "COMPENSATED: COMPENSATED CANCELED WAITING WAITING");
	assert_non_null(strstr(look(w, id)->error.at, "changed their mind"));
	is(world_counts(w, "replies"), "1/0/0");
	the_end_of_sagas(w);
}

STORY(what_was_running_when_it_was_canceled_is_waited_for)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	is(world_receive(w, "flight"), "{\"book\":\"flight\"}");
	struct receipt receipt = world_receipt(w);
	cancel(w, id);
	is(says(w, id), "COMPENSATING: SUCCEEDED RUNNING WAITING WAITING");
	is(world_counts(w, "undo"), "0/0/0"); /* S3 */
	is(world_delete(w, "flight", receipt), "NONE");
	is(says(w, id), "COMPENSATING: SUCCEEDED COMPENSATING WAITING WAITING");
	succeed(w, "undo");
	succeed(w, "undo");
	is(says(w, id), "COMPENSATED: COMPENSATED COMPENSATED WAITING WAITING");
	the_end_of_sagas(w);
}

STORY(a_saga_whose_group_is_canceled_is_canceled)
{
	struct world *w = travel();
	struct group_create *outer = ARENA_NEW(w->arena, struct group_create);
	struct group_create *inner = ARENA_NEW(w->arena, struct group_create);

	(void)state;
	*outer = (struct group_create){ .on_done = S("{\"queue\":\"replies\"}") };
	world_run(w, &op_group_create, outer);
	*inner = (struct group_create){
		.close = true, .saga = trip(w), .has_parent = true, .parent = outer->group.id
	};
	struct cmd *c = world_run(w, &op_group_create, inner);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	succeed(w, "hotel");
	cancel(w, outer->group.id);
	world_pass_ms(w, 10);
	is(says(w, inner->group.id), "COMPENSATING: COMPENSATING CANCELED WAITING WAITING");
	world_pass_ms(w, 10);
	succeed(w, "undo");
	is(says(w, inner->group.id), "COMPENSATED: COMPENSATED CANCELED WAITING WAITING");
	assert_non_null(strstr(world_receive(w, "replies"),
	                       "\"state\":\"FAILED\",\"counts\":{\"total\":1,\"succeeded\":0,"
	                       "\"failed\":1,"));
	the_end_of_sagas(w);
}

STORY(a_queue_that_is_gone_makes_a_step_fail_and_a_compensation_a_persons_work)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	is(world_delete_queue(w, "car"), "NONE");
	is(world_delete_queue(w, "undo"), "NONE");
	succeed(w, "flight");
	is(says(w, id), "NEEDS_RECOVERY: NEEDS_RECOVERY NEEDS_RECOVERY FAILED WAITING");
	assert_non_null(strstr(look(w, id)->error.at, "NOT_SUBMITTED"));
	assert_non_null(strstr(items(w, "OPEN")->items[0].why.at, "There is no queue named undo"));
	is(world_counts(w, "replies"), "1/0/0");
	the_end_of_sagas(w);
}

STORY(a_full_queue_takes_what_a_saga_has_begun_and_less_is_told_where_it_does_not_fit)
{
	struct world *w = travel();
	struct saga_create *saga = trip(w);
	char *big = arena_get(w->arena, 2001);

	(void)state;
	memset(big, '7', 2000);
	fill(w, &saga->steps[0].job, "hotel", big);
	struct uuid id = begin(w, saga);
	is(world_set(w, "undo", "MaximumMessageSize", "1024", "max_messages", "1", NULL), "NONE");
	is(world_send(w, "undo", "in the way"), "NONE");
	succeed(w, "hotel");
	fails(w, "flight");
	is(says(w, id), "COMPENSATING: COMPENSATING FAILED WAITING WAITING");
	is(world_receive(w, "undo"), "in the way");
	is(world_delete(w, "undo", world_receipt(w)), "NONE");
	assert_non_null(strstr(succeed(w, "undo"), "\"left_out\":true,\"compensation\""));
	is(says(w, id), "COMPENSATED: COMPENSATED FAILED WAITING WAITING");
	the_end_of_sagas(w);
}

STORY(a_saga_goes_on_after_a_restart)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));

	(void)state;
	succeed(w, "hotel");
	world_restart(w);
	succeed(w, "flight");
	world_restart(w);
	fails(w, "car");
	world_restart(w);
	succeed(w, "undo");
	world_restart(w);
	succeed(w, "undo");
	is(says(w, id), "COMPENSATED: COMPENSATED COMPENSATED FAILED WAITING");
	the_end_of_sagas(w);
}

/* One end of a job while store calls fail: all of what follows it, or nothing of it. */
static void under_faults(struct world *w, struct uuid id, const char *queue, bool good,
                         const char *after)
{
	const char *before = says(w, id);

	assert_non_null(world_receive(w, queue));
	struct receipt receipt = world_receipt(w);
	for (int64_t n = 1;; n++) {
		store_fail_at(w->store, n, ERR_IO);
		const char *said = good ? world_delete(w, queue, receipt)
		                        : world_fail(w, queue, receipt, "{\"code\":\"NO\"}", true, 0);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		const char *now = says(w, id);
		if (strcmp(now, after) == 0)
			return;
		is(now, before);
		assert_true(failed || strcmp(said, "NONE") != 0);
	}
}

STORY(an_end_and_what_follows_are_one_transaction)
{
	struct world *w = travel();
	struct saga_create *saga = trip(w);

	(void)state;
	saga->steps[0].manual = S("Write to them.");
	saga->steps[0].has_compensation = false;
	struct uuid id = begin(w, saga);
	under_faults(w, id, "hotel", true, "RUNNING: SUCCEEDED RUNNING WAITING WAITING");
	under_faults(w, id, "flight", true, "RUNNING: SUCCEEDED SUCCEEDED RUNNING WAITING");
	under_faults(w, id, "car", false, "COMPENSATING: SUCCEEDED COMPENSATING FAILED WAITING");
	under_faults(w, id, "undo", true, "NEEDS_RECOVERY: NEEDS_RECOVERY COMPENSATED FAILED WAITING");
	assert_int_equal(items(w, "OPEN")->count, 1);
	is(world_counts(w, "replies"), "1/0/0");
	the_end_of_sagas(w);
}

STORY(what_cannot_be_is_refused_and_leaves_nothing)
{
	struct world *w = travel();
	struct uuid id;

	(void)state;
	struct saga_create *saga = trip(w);
	saga->steps[2].has_compensation = false;
	struct cmd *c = create(w, saga, &id);
	assert_int_equal(c->refused.why, REFUSED_INVALID_PARAMETER);
	assert_non_null(strstr(c->refused.text.at, "saga.steps[2]: Say how the step is undone"));
	saga = trip(w);
	saga->steps[1].nothing = true;
	assert_int_equal(create(w, saga, &id)->refused.why, REFUSED_INVALID_PARAMETER);
	saga = trip(w);
	saga->steps[3].name = S("hotel");
	assert_int_equal(create(w, saga, &id)->refused.why, REFUSED_INVALID_PARAMETER);
	saga = trip(w);
	saga->steps[2].compensation.queue = S("nowhere");
	c = create(w, saga, &id);
	assert_int_equal(c->refused.why, REFUSED_NO_SUCH_QUEUE);
	assert_non_null(strstr(c->refused.text.at, "saga.steps[2].compensation: "));
	saga = trip(w);
	saga->steps[3].job.queue = S("replies");
	assert_int_equal(create(w, saga, &id)->refused.why, REFUSED_NOT_TRACKED);
	is(world_counts(w, "hotel"), "0/0/0");
	the_end_of_sagas(w);
}

STORY(fifo_queues_and_delays)
{
	struct world *w = travel();
	struct saga_create *saga = trip(w);

	(void)state;
	is(world_queue(w, "line.fifo", "FifoQueue", "true", "track", "true", NULL), "NONE");
	for (int i = 0; i < 2; i++) {
		fill(w, &saga->steps[i].job, "line.fifo", "1");
		saga->steps[i].job.send.group = S("g");
	}
	saga->steps[2].job.delay_ms = 5000;
	struct uuid id = begin(w, saga);
	succeed(w, "line.fifo");
	succeed(w, "line.fifo");
	is(world_counts(w, "car"), "0/0/1");
	world_pass_ms(w, 5000);
	succeed(w, "car");
	succeed(w, "bill");
	is(says(w, id), "SUCCEEDED: SUCCEEDED SUCCEEDED SUCCEEDED SUCCEEDED");
	the_end_of_sagas(w);
}

STORY(what_ended_long_ago_is_forgotten_once_nobody_has_to_do_anything)
{
	struct world *w = travel();
	struct uuid id = begin(w, trip(w));
	struct saga *s = NULL;

	(void)state;
	succeed(w, "hotel");
	fails(w, "flight");
	fails(w, "undo");
	/* A clock that is set to later: months of seconds would take their time. */
	world_jump_ms(w, GROUP_KEPT_MS + 10 * DAY_MS);
	world_pass_ms(w, 2 * HOUR_MS);
	repair(w, items(w, "OPEN")->items[0].id);
	is(says(w, id), "COMPENSATED: RECOVERED FAILED WAITING WAITING");
	world_jump_ms(w, GROUP_KEPT_MS + DAY_MS);
	world_pass_ms(w, 2 * HOUR_MS);
	is(world_counts(w, "replies"), "0/0/0");
	assert_int_equal(saga_read(w->store, w->arena, &id, &s), OK);
	assert_null(s);
	assert_int_equal(items(w, "DONE")->count, 0);
	the_end_of_sagas(w);
}

STORY(no_way_leaves_an_end_but_by_people)
{
	enum saga_state to;

	(void)state;
	for (int from = 0; from < SAGA_STATES; from++)
		for (int event = 0; event < SAGA_EVENTS; event++) {
			if (!saga_next((enum saga_state)from, (enum saga_event)event, &to))
				continue;
			assert_true(from != SAGA_SUCCEEDED);
			if (saga_ended((enum saga_state)from))
				assert_true(saga_ended(to) &&
				            (event == SAGA_RECOVERED || event == SAGA_LATE_SUCCESS));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(steps_run_one_after_the_other),
		RUN(whichever_step_fails_those_before_it_are_undone_in_reverse),
		RUN(what_no_compensation_undoes_is_left_to_people),
		RUN(a_compensation_that_succeeds_after_all_closes_its_item),
		RUN(a_failed_step_that_is_tried_again_holds_up_the_compensations_and_is_undone_too),
		RUN(a_step_that_succeeds_after_the_end_is_left_to_people),
		RUN(a_canceled_saga_undoes_what_it_did),
		RUN(what_was_running_when_it_was_canceled_is_waited_for),
		RUN(a_saga_whose_group_is_canceled_is_canceled),
		RUN(a_queue_that_is_gone_makes_a_step_fail_and_a_compensation_a_persons_work),
		RUN(a_full_queue_takes_what_a_saga_has_begun_and_less_is_told_where_it_does_not_fit),
		RUN(a_saga_goes_on_after_a_restart),
		RUN(an_end_and_what_follows_are_one_transaction),
		RUN(what_cannot_be_is_refused_and_leaves_nothing),
		RUN(fifo_queues_and_delays),
		RUN(what_ended_long_ago_is_forgotten_once_nobody_has_to_do_anything),
		RUN(no_way_leaves_an_end_but_by_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
