/* push_test.c - stories about the jobs of push queues: each call is an attempt. */
#include "job/stories.h"

#include "domain/queue/push.h"

#define PUSH "{\"url\":\"https://shop.example:8443/hook\",\"timeout_ms\":2000}"
#define ERROR "{\"code\":\"HTTP_503\",\"message\":\"closed\"}"

static struct push_call *call(struct world *w)
{
	struct push_take *p = ARENA_NEW(w->arena, struct push_take);

	p->max = PUSH_CALLS_MAX;
	world_run(w, &op_push_take, p);
	assert_int_equal(p->count, 1);
	return &p->calls[0];
}

static void ends(struct world *w, const struct push_call *c, enum push_result result)
{
	struct push_done *p = ARENA_NEW(w->arena, struct push_done);

	*p = (struct push_done){ .receipt = c->receipt,
		                     .result = result,
		                     .error = result == PUSH_DONE ? S_NONE : S(ERROR),
		                     .retry_after_ms = -1 };
	world_run(w, &op_push_done, p);
}

static struct world *tracked(void)
{
	struct world *w = world_open(1);

	is(world_queue(w, "work", "track", "true", "push", PUSH, NULL), "NONE");
	return w;
}

STORY(a_job_succeeds_when_its_call_does_and_failed_attempts_say_why)
{
	struct world *w = tracked();
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	is(job_says(w, id), "PENDING 0");
	ends(w, call(w), PUSH_FAILED);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "FAILED");
	check_text(job_of(w, id)->error, ERROR);
	world_pass_ms(w, 1200);
	struct push_call *c = call(w);
	is(job_says(w, id), "RUNNING 2");
	check_text(job_of(w, id)->worker, "push:shop.example");
	ends(w, c, PUSH_DONE);
	is(job_says(w, id), "SUCCEEDED 2");
	is(world_counts(w, "work"), "0/0/0");
	the_end(w);
}

STORY(a_call_that_nobody_reports_on_is_an_attempt_that_was_lost)
{
	struct world *w = tracked();
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	struct push_call *c = call(w);
	world_restart(w);
	world_pass_ms(w, 2000 + PUSH_MARGIN_MS);
	is(job_says(w, id), "PENDING 1");
	is(job_attempts(w, id), "LOST");
	ends(w, c, PUSH_FAILED); /* too late to say so */
	is(job_says(w, id), "PENDING 1");
	ends(w, c, PUSH_DONE); /* but the work was done: reality wins */
	is(job_says(w, id), "SUCCEEDED 1");
	the_end(w);
}

STORY(what_is_refused_or_has_no_tries_left_fails)
{
	struct world *w = tracked();
	struct uuid id = job_sent(w, "work", "a");

	(void)state;
	ends(w, call(w), PUSH_REFUSED);
	is(job_says(w, id), "FAILED 1");
	is(world_counts(w, "work"), "0/0/0");
	world_set(w, "work", "retry", "{\"max_attempts\":2,\"backoff\":{\"initial_ms\":50}}", NULL);
	id = job_sent(w, "work", "b");
	ends(w, call(w), PUSH_FAILED);
	world_pass_ms(w, 60);
	ends(w, call(w), PUSH_FAILED);
	is(job_says(w, id), "FAILED 2");
	is(job_attempts(w, id), "FAILED FAILED");
	the_end(w);
}

STORY(a_dead_letter_of_a_push_queue_is_a_failed_job_that_can_come_back)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", NULL);
	world_queue(w, "work", "track", "true", "push", PUSH, "RedrivePolicy",
	            world_redrive(w, "dead", 1), NULL);
	struct uuid id = job_sent(w, "work", "a");
	ends(w, call(w), PUSH_FAILED);
	is(job_says(w, id), "FAILED 1");
	is(world_counts(w, "dead"), "1/0/0");
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);
	p->source = S("dead");
	world_run(w, &op_move_start, p);
	world_pass_ms(w, SECOND_MS);
	ends(w, call(w), PUSH_DONE);
	is(job_says(w, id), "SUCCEEDED 2");
	the_end(w);
}

STORY(the_trace_of_a_call_is_that_of_its_job)
{
	struct world *w = tracked();
	struct uuid id = job_sent(w, "work", "a");
	char text[37];

	(void)state;
	uuid_text(id, text);
	/* Nobody gave one: the job's id is the trace, its last half the span. */
	struct str t = arena_str(w->arena, call(w)->traceparent);
	assert_int_equal(t.len, 55);
	assert_memory_equal(t.at + 3, text, 8);
	assert_memory_equal(t.at + 36, text + 19, 4);
	assert_memory_equal(t.at + 40, text + 24, 12);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_job_succeeds_when_its_call_does_and_failed_attempts_say_why),
		RUN(a_call_that_nobody_reports_on_is_an_attempt_that_was_lost),
		RUN(what_is_refused_or_has_no_tries_left_fails),
		RUN(a_dead_letter_of_a_push_queue_is_a_failed_job_that_can_come_back),
		RUN(the_trace_of_a_call_is_that_of_its_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
