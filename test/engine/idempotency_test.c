/* idempotency_test.c - I1 to I3 of domain/idempotency, with every store call failing once. */
#include "check.h"
#include "base/limits.h"
#include "domain/idempotency/idempotency.h"
#include "job/hands.h"
#include "store/store.h"
#include "world/world.h"

/* The position, as text: tells two sends apart. */
static void answer_of(struct cmd *c, struct now now, int *status, struct str *answer)
{
	const struct queue_send *p = c->in;

	assert_true(now.wall_ms > 0);
	*status = 201;
	*answer = arena_printf(c->arena, "position %d", (int)p->entries[0].position);
}

static struct cmd *sending(struct world *w, const char *key, uint8_t content)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
	struct cmd *c;

	p->queue = S("work");
	p->count = 1;
	p->entries = ARENA_NEW(w->arena, struct send_entry);
	*p->entries = (struct send_entry){
		.body = S("job"),
		.body_md5 = S("0123456789abcdef"),
		.size = 3,
		.delay_s = -1,
		.priority = -1,
	};
	c = world_cmd(w, &op_queue_send, p);
	c->idempotent = ARENA_NEW(c->arena, struct idempotent);
	*c->idempotent = (struct idempotent){ .key = str_of(key), .answer_of = answer_of };
	c->idempotent->hash[0] = content;
	return c;
}

static struct cmd *run(struct world *w, struct cmd *c)
{
	world_run_batch(w, &c, 1);
	return c;
}

static void check_answer(const struct cmd *c, bool repeated, const char *answer)
{
	assert_int_equal(c->fault, OK);
	assert_int_equal(c->refused.why, REFUSED_NONE);
	assert_int_equal(c->idempotent->repeated, repeated);
	assert_int_equal(c->idempotent->status, 201);
	check_text(c->idempotent->answer, answer);
}

static void test_two_equal_requests_in_one_batch(void **state)
{
	struct world *w = world_open(1);
	struct cmd *c[] = { sending(w, "k", 1), sending(w, "k", 1), sending(w, "k", 2) };

	(void)state;
	world_queue(w, "work", NULL);
	world_run_batch(w, c, 3);
	check_answer(c[0], false, "position 1");
	check_answer(c[1], true, "position 1");
	assert_int_equal(c[2]->refused.why, REFUSED_ID_REUSED);
	check_text(str_of(world_counts(w, "work")), "1/0/0");
	world_close(w);
}

static void test_a_refusal_leaves_the_key_free(void **state)
{
	struct world *w = world_open(2);

	(void)state;
	assert_int_equal(run(w, sending(w, "k", 1))->refused.why, REFUSED_NO_SUCH_QUEUE);
	world_queue(w, "work", NULL);
	check_answer(run(w, sending(w, "k", 2)), false, "position 1");
	world_close(w);
}

static void test_callers_do_not_share_keys(void **state)
{
	struct world *w = world_open(3);
	struct cmd *other = sending(w, "k", 2);

	(void)state;
	world_queue(w, "work", NULL);
	check_answer(run(w, sending(w, "k", 1)), false, "position 1");
	other->caller.principal = S("key:other");
	check_answer(run(w, other), false, "position 2");
	world_close(w);
}

static enum err count_row(void *context, const struct value *columns, int count)
{
	(void)columns, (void)count;
	++*(int *)context;
	return OK;
}

/* Rows of the key, whether their time is over or not. */
static int rows(struct world *w)
{
	int n = 0;

	assert_int_equal(store_run(w->store, STMT_IDEMPOTENCY_ONE,
	                           VALUES(value_text(S("anonymous")), value_text(S("k")), value_int(0)),
	                           count_row, &n),
	                 OK);
	return n;
}

static void test_an_answer_is_kept_for_a_day_and_swept(void **state)
{
	struct world *w = world_open(4);

	(void)state;
	world_queue(w, "work", NULL);
	check_answer(run(w, sending(w, "k", 1)), false, "position 1");
	world_pass_ms(w, IDEMPOTENCY_MS - 10 * SECOND_MS);
	world_restart(w);
	check_answer(run(w, sending(w, "k", 1)), true, "position 1");
	assert_int_equal(rows(w), 1);
	world_pass_ms(w, 20 * SECOND_MS);
	assert_int_equal(rows(w), 0);
	assert_false(run(w, sending(w, "k", 2))->idempotent->repeated); /* the key is free again */
	world_close(w);
}

static void job_answer_of(struct cmd *c, struct now now, int *status, struct str *answer)
{
	const struct job_submit *p = c->in;
	char text[37];

	assert_true(now.wall_ms > 0);
	uuid_text(p->entries[0].send.message_id, text);
	*status = 201;
	*answer = arena_str(c->arena, (struct str){ text, 36 });
}

static struct cmd *submitting(struct world *w, const char *key, int count)
{
	struct cmd *c = world_cmd(w, &op_job_submit, to_submit(w, "jobs", count));

	c->idempotent = ARENA_NEW(c->arena, struct idempotent);
	*c->idempotent = (struct idempotent){ .key = str_of(key), .answer_of = job_answer_of };
	return c;
}

/* Longer than any answer is kept, while a job is; and then no longer. */
static void test_the_answer_to_a_submit_is_kept_as_long_as_its_jobs(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "jobs", "track", "true", "retention", "60", "MessageRetentionPeriod", "1209600",
	            NULL);
	struct cmd *c = run(w, submitting(w, "k", 3));
	struct str first = c->idempotent->answer;
	for (int day = 0; day < 3; day++) {
		world_pass_ms(w, IDEMPOTENCY_MS + HOUR_MS);
		check_answer(run(w, submitting(w, "k", 3)), true, first.at);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(world_run(w, &op_job_complete,
		                           to_report(w,
		                                     ((struct job_submit *)c->in)
		                                         ->entries[i]
		                                         .send.message_id,
		                                     claimed(w, "jobs")))
		                     ->refused.why,
		                 REFUSED_NONE);
	world_pass_ms(w, 2 * IDEMPOTENCY_MS);
	check_answer(run(w, submitting(w, "k", 3)), true, first.at); /* one of three is enough */
	world_restart(w);
	check_answer(run(w, submitting(w, "k", 3)), true, first.at);
	assert_int_equal(rows(w), 1);
	claimed(w, "jobs");
	is(cancel(w, ((struct job_submit *)c->in)->entries[2].send.message_id), "NONE");
	world_pass_ms(w, 2 * IDEMPOTENCY_MS);
	assert_int_equal(rows(w), 0);
	assert_false(run(w, submitting(w, "k", 3))->idempotent->repeated);
	world_close(w);
}

/* Whatever fails, and however often it is asked again: one message, one answer. */
static void test_every_store_call_fails_once(void **state)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = world_open(5);
		struct cmd *c[] = { sending(w, "k", 1), sending(w, "k", 1) };
		world_queue(w, "work", NULL);
		store_fail_at(w->store, nth, ERR_IO);
		world_run_batch(w, c, 2);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_check(w);
		world_restart(w);
		struct cmd *again = run(w, sending(w, "k", 1));
		assert_int_equal(again->fault, OK);
		check_text(again->idempotent->answer, "position 1");
		check_text(str_of(world_counts(w, "work")), "1/0/0");
		world_close(w);
		assert_true(nth < 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_equal_requests_in_one_batch),
		cmocka_unit_test(test_a_refusal_leaves_the_key_free),
		cmocka_unit_test(test_callers_do_not_share_keys),
		cmocka_unit_test(test_an_answer_is_kept_for_a_day_and_swept),
		cmocka_unit_test(test_the_answer_to_a_submit_is_kept_as_long_as_its_jobs),
		cmocka_unit_test(test_every_store_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
