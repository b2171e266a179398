/* schema_test.c - a queue with a schema takes what fits it, however it comes, and remembers
 * which schema it had when. */
#include <stdio.h>

#include "domain/queue/memory.h"
#include "domain/topic/topic.h"
#include "queue/stories.h"
#include "wire/hash.h"

#define NUMBERS "{\"type\":\"number\"}"
#define ORDER \
	"{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"integer\"}}}"

static const struct queue_schemas *versions(struct world *w, const char *queue, int64_t below,
                                            int max)
{
	struct queue_schemas *p = ARENA_NEW(w->arena, struct queue_schemas);
	struct cmd *c = world_cmd(w, &op_queue_schemas, p);

	*p = (struct queue_schemas){ .queue = str_of(queue), .below = below, .max = max };
	assert_int_equal(op_queue_schemas.read(w->store, c, w->now), OK);
	struct queue_schemas *kept = ARENA_NEW(w->arena, struct queue_schemas);
	*kept = *p;
	kept->versions = ARENA_ARRAY(w->arena, struct schema_version, p->count);
	for (int i = 0; i < p->count; i++) {
		kept->versions[i] = p->versions[i];
		kept->versions[i].schema = arena_str(w->arena, p->versions[i].schema);
		kept->versions[i].sha256 = arena_str(w->arena, p->versions[i].sha256);
	}
	assert_true(!cmd_refused(c) || c->refused.why == REFUSED_NO_SUCH_QUEUE);
	kept->more = p->more || cmd_refused(c);
	cmd_free(c);
	return kept;
}

static struct str sentence(struct world *w, const char *queue, const char *body)
{
	return world_send_as(w, queue, body, (struct sending){ 0 })->refused.text;
}

STORY(what_fits_is_taken_and_what_does_not_is_refused_with_the_place)
{
	struct world *w = world_open(1);

	(void)state;
	is(world_queue(w, "q", "schema", ORDER, NULL), "NONE");
	is(world_send(w, "q", "{\"id\":7}"), "NONE");
	is(world_send(w, "q", "{\"id\":\"7\"}"), "SCHEMA_MISMATCH");
	check_text(sentence(w, "q", "{\"id\":\"7\"}"),
	           "The body does not fit version 1 of the schema of the queue q: /id must be an "
	           "integer, not a string (rule type).");
	check_text(sentence(w, "q", "{}"),
	           "The body does not fit version 1 of the schema of the queue q: it must have the "
	           "member id (rule required).");
	check_text(sentence(w, "q", "{\"id\":7"),
	           "The queue q has a schema, so bodies must be JSON. The text is not valid JSON: a "
	           "comma or a closing bracket was expected (at byte 7).");
	is(world_counts(w, "q"), "1/0/0");
	the_end(w);
}

STORY(a_batch_loses_only_what_does_not_fit)
{
	struct world *w = world_open(1);
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);

	(void)state;
	world_queue(w, "q", "schema", NUMBERS, NULL);
	*p = (struct queue_send){ .queue = S("q"), .count = 3, .batch = true };
	p->entries = ARENA_ARRAY(w->arena, struct send_entry, 3);
	for (int i = 0; i < 3; i++)
		p->entries[i] = (struct send_entry){ .body = i == 1 ? S("[]") : S("7"),
			                                 .body_md5 = S("0123456789abcdef"),
			                                 .size = 2,
			                                 .delay_s = -1 };
	struct cmd *c = world_run(w, &op_queue_send, p);
	assert_false(cmd_refused(c));
	is(refusal_name(p->entries[0].refused.why), "NONE");
	is(refusal_name(p->entries[1].refused.why), "SCHEMA_MISMATCH");
	is(refusal_name(p->entries[2].refused.why), "NONE");
	is(world_counts(w, "q"), "2/0/0");
	the_end(w);
}

STORY(a_schema_that_cannot_be_is_refused_and_the_old_one_stays)
{
	struct world *w = world_open(1);
	struct buf long_one = { 0 };

	(void)state;
	is(world_queue(w, "q", "schema", "{\"type\":\"text\"}", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q", "schema", "true", NULL), "INVALID_ATTRIBUTE");
	is(world_queue(w, "q", "schema", NUMBERS, NULL), "NONE");
	is(world_set(w, "q", "schema", "{\"$ref\":\"http://example.com/\"}", NULL),
	   "INVALID_ATTRIBUTE");
	is(world_set(w, "q", "schema", ORDER, "DelaySeconds", "-1", NULL), "INVALID_ATTRIBUTE");
	buf_add(&long_one, S("{\"title\":\""));
	while (long_one.len <= SCHEMA_MAX)
		buf_add_byte(&long_one, 'x');
	buf_add(&long_one, S("\"}"));
	buf_add_byte(&long_one, '\0');
	is(world_set(w, "q", "schema", long_one.at, NULL), "INVALID_ATTRIBUTE");
	buf_free(&long_one);
	is(world_send(w, "q", "7"), "NONE");
	is(world_send(w, "q", "{\"id\":7}"), "SCHEMA_MISMATCH");
	assert_int_equal(versions(w, "q", INT64_MAX, 10)->count, 1);
	the_end(w);
}

STORY(every_change_is_a_version_and_the_same_again_is_none)
{
	struct world *w = world_open(1);
	uint8_t digest[SHA256_SIZE];

	(void)state;
	world_queue(w, "q", NULL);
	world_set(w, "q", "schema", "", NULL); /* there was none */
	world_set(w, "q", "schema", NUMBERS, NULL);
	world_set(w, "q", "schema", NUMBERS, "DelaySeconds", "0", NULL);
	world_pass_ms(w, 5000);
	world_set(w, "q", "schema", ORDER, NULL);
	world_set(w, "q", "schema", "", NULL);
	world_set(w, "q", "schema", NUMBERS, NULL);
	const struct queue_schemas *p = versions(w, "q", INT64_MAX, 10);
	assert_int_equal(p->count, 4);
	assert_false(p->more);
	for (int i = 0; i < 4; i++)
		assert_int_equal(p->versions[i].version, 4 - i);
	check_text(p->versions[0].schema, NUMBERS);
	check_text(p->versions[1].schema, NULL);
	check_text(p->versions[1].sha256, NULL);
	check_text(p->versions[2].schema, ORDER);
	assert_int_equal(p->versions[2].created_at - p->versions[3].created_at, 5000);
	sha256(S(ORDER), digest);
	assert_memory_equal(p->versions[2].sha256.at, digest, SHA256_SIZE);
	p = versions(w, "q", 3, 1);
	assert_int_equal(p->count, 1);
	assert_int_equal(p->versions[0].version, 2);
	assert_true(p->more);
	assert_true(versions(w, "nowhere", 3, 1)->more); /* refused */
	world_check_rows(w);
	the_end(w);
}

STORY(versions_are_bounded_and_go_with_their_queue)
{
	struct world *w = world_open(1);
	char text[64];

	(void)state;
	world_queue(w, "q", NULL);
	for (int i = 0; i <= SCHEMA_VERSIONS_MAX; i++) {
		snprintf(text, sizeof text, "{\"minimum\":%d}", i);
		is(world_set(w, "q", "schema", text, NULL), "NONE");
	}
	const struct queue_schemas *p = versions(w, "q", INT64_MAX, SCHEMA_VERSIONS_MAX);
	assert_int_equal(p->count, SCHEMA_VERSIONS_MAX);
	assert_int_equal(p->versions[p->count - 1].version, 2);
	assert_false(p->more);
	world_delete_queue(w, "q");
	world_queue(w, "q", NULL);
	assert_int_equal(versions(w, "q", INT64_MAX, 10)->count, 0);
	world_check_rows(w);
	is(world_send(w, "q", "not JSON"), "NONE");
	the_end(w);
}

STORY(a_schema_is_still_there_after_a_restart)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "schema", ORDER, NULL);
	world_set(w, "q", "schema", NUMBERS, NULL);
	world_restart(w);
	is(world_send(w, "q", "{}"), "SCHEMA_MISMATCH");
	assert_true(str_starts(sentence(w, "q", "{}"), S("The body does not fit version 2 of")));
	is(world_send(w, "q", "1"), "NONE");
	world_set(w, "q", "schema", "", NULL);
	is(world_send(w, "q", "{}"), "NONE");
	the_end(w);
}

STORY(what_is_published_and_does_not_fit_is_undeliverable)
{
	const struct pair raw[] = {
		{ S("RawMessageDelivery"), S("true") },
		{ S("RedrivePolicy"),
		  S("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:lost\"}") },
	};
	struct world *w = world_open(1);
	struct topic_create *topic = ARENA_NEW(w->arena, struct topic_create);
	struct subscribe *s = ARENA_NEW(w->arena, struct subscribe);
	struct topic_publish *p = ARENA_NEW(w->arena, struct topic_publish);
	struct publish_entry *e = ARENA_NEW(w->arena, struct publish_entry);

	(void)state;
	world_queue(w, "lost", NULL);
	world_queue(w, "q", "schema", ORDER, NULL);
	topic->name = S("news");
	assert_false(cmd_refused(world_run(w, &op_topic_create, topic)));
	*s = (struct subscribe){ .topic = S("news"),
		                     .protocol = S("sqs"),
		                     .endpoint = S("arn:aws:sqs:us-east-1:000000000000:q"),
		                     .attributes = raw,
		                     .attribute_count = 2,
		                     .origin = S("http://here") };
	assert_false(cmd_refused(world_run(w, &op_subscribe, s)));
	*p = (struct topic_publish){
		.topic = S("news"), .entries = e, .count = 1, .origin = S("http://here")
	};
	*e = (struct publish_entry){ .message = S("{\"id\":1}"), .size = 8 };
	assert_false(cmd_refused(world_run(w, &op_topic_publish, p)));
	*e = (struct publish_entry){ .message = S("{\"id\":null}"), .size = 11 };
	assert_false(cmd_refused(world_run(w, &op_topic_publish, p)));
	is(world_counts(w, "q"), "1/0/0");
	is(world_receive(w, "lost"), "{\"id\":null}");
	struct topic_figures f = topics_figures(engine_domain(w->engine));
	assert_int_equal(f.failed, 1);
	assert_int_equal(f.dead_lettered, 1);
	the_end(w);
}

static const char *resend(struct world *w, uint64_t position, const char *body)
{
	struct queue_operate *p = ARENA_NEW(w->arena, struct queue_operate);

	*p = (struct queue_operate){ .queue = S("dead"),
		                         .position = position,
		                         .body = str_of(body),
		                         .body_md5 = body == NULL ? S_NONE : S("0123456789abcdef") };
	return refusal_name(world_run(w, &op_queue_operate, p)->refused.why);
}

STORY(a_stricter_schema_loses_nothing_but_people_must_send_what_fits)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "dead", "schema", "{\"const\":\"never\"}", NULL);
	world_queue(w, "q", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	for (int i = 0; i < 2; i++) {
		world_send(w, "q", "old");
		assert_non_null(world_receive(w, "q"));
		world_fail(w, "q", world_receipt(w), "{}", true, 0);
	}
	is(world_counts(w, "dead"), "2/0/0");
	world_send(w, "q", "waiting");
	world_set(w, "q", "schema", ORDER, NULL);
	is(resend(w, 1, NULL), "SCHEMA_MISMATCH");
	is(resend(w, 1, "{\"id\":\"\"}"), "SCHEMA_MISMATCH");
	is(world_counts(w, "dead"), "2/0/0");
	is(resend(w, 1, "{\"id\":1}"), "NONE");
	is(world_receive_many(w, "q", 10), "waiting {\"id\":1}");
	struct move_start *move = ARENA_NEW(w->arena, struct move_start);
	move->source = S("dead");
	world_run(w, &op_move_start, move);
	world_pass_ms(w, 2000);
	is(world_counts(w, "dead"), "0/0/0");
	is(world_receive(w, "q"), "old");
	the_end(w);
}

/* ---- faults */

static bool fault(int64_t nth)
{
	struct world *w = world_open(3);

	world_queue(w, "q", "schema", NUMBERS, NULL);
	store_fail_at(w->store, nth, ERR_IO);
	bool set = strcmp(world_set(w, "q", "schema", ORDER, NULL), "NONE") == 0;
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	assert_true(set || failed);
	is(world_send(w, "q", "7"), set ? "SCHEMA_MISMATCH" : "NONE");
	is(world_send(w, "q", "{\"id\":7}"), set ? "NONE" : "SCHEMA_MISMATCH");
	assert_int_equal(versions(w, "q", INT64_MAX, 10)->count, set ? 2 : 1);
	world_purge(w, "q");
	world_pass_ms(w, 5000); /* the sweeper takes the messages, whose MD5s are made up */
	world_check_rows(w);
	is(world_send(w, "q", "7"), set ? "SCHEMA_MISMATCH" : "NONE");
	the_end(w);
	return failed;
}

STORY(after_a_fault_the_schema_is_the_one_of_the_rows)
{
	int64_t nth = 1;

	(void)state;
	while (fault(nth))
		nth++;
	assert_true(nth > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_fits_is_taken_and_what_does_not_is_refused_with_the_place),
		RUN(a_batch_loses_only_what_does_not_fit),
		RUN(a_schema_that_cannot_be_is_refused_and_the_old_one_stays),
		RUN(every_change_is_a_version_and_the_same_again_is_none),
		RUN(versions_are_bounded_and_go_with_their_queue),
		RUN(a_schema_is_still_there_after_a_restart),
		RUN(what_is_published_and_does_not_fit_is_undeliverable),
		RUN(a_stricter_schema_loses_nothing_but_people_must_send_what_fits),
		RUN(after_a_fault_the_schema_is_the_one_of_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
