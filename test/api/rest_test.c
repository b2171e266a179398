/* rest_test.c - ringi's own API at the front door: routes, settings, problem+json. */
#include "api/door.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "check.h"
#include "domain/clock.h"
#include "domain/definitions/definitions.h"
#include "domain/metrics.h"

static struct api *api;

static int setup(void **state)
{
	(void)state;
	api = door_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	door_close(api);
	return 0;
}

static const struct pair *attribute(const struct api_call *call, const char *name)
{
	const struct queue_create *in = call->c->in;

	for (int i = 0; i < in->attribute_count; i++)
		if (str_is(in->attributes[i].name, name))
			return &in->attributes[i];
	return NULL;
}

static void attribute_is(const struct api_call *call, const char *name, const char *value)
{
	const struct pair *p = attribute(call, name);

	if (p == NULL)
		fail_msg("%s was not set", name);
	else
		check_text(p->value, value);
}

static void settings_in_either_spelling_and_any_kind(void **state)
{
	struct api_call *call = door_rest(
		api, HTTP_PUT_, "/v1/queues/a%2Db.fifo",
		"{\"visibility_timeout\":60,\"DelaySeconds\":\"5\",\"paused\":true,\"owner\":\"sales\","
		"\"rate\":2,"
		"\"content_based_deduplication\":true,\"dead_letter_queue\":\"dead.fifo\",\"max_receives"
		"\":3,\"purpose\":null}");
	const struct queue_create *in = call->c->in;

	(void)state;
	check_text(call->c->refused.text, NULL);
	check_text(in->name, "a-b.fifo");
	assert_true(in->update);
	attribute_is(call, "VisibilityTimeout", "60");
	attribute_is(call, "DelaySeconds", "5");
	attribute_is(call, "paused", "true");
	attribute_is(call, "owner", "sales");
	attribute_is(call, "rate", "2");
	attribute_is(call, "ContentBasedDeduplication", "true");
	attribute_is(call, "FifoQueue", "true");
	attribute_is(call, "RedrivePolicy",
	             "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead.fifo\","
	             "\"maxReceiveCount\":3}");
	check_text(attribute(call, "purpose")->value, ""); /* null: back to none */
	door_says(call, 201,
	          "{\"name\":\"a-b.fifo\",\"url\":\"http://here:1/000000000000/a-b.fifo\",\"arn\":"
	          "\"arn:aws:sqs:us-east-1:000000000000:a-b.fifo\",\"created\":true}");
	door_done(call);
}

static void wrong_settings_name_the_thing(void **state)
{
	static const struct {
		const char *body;
		enum refusal why;
		const char *text;
	} all[] = {
		{ "{\"colour\":1}", REFUSED_UNKNOWN_ATTRIBUTE, "A queue has no attribute colour." },
		{ "{\"schema\":[]}", REFUSED_INVALID_ATTRIBUTE,
		  "schema must be an object (JSON Schema draft 7) or null, not array." },
		{ "{\"dead_letter_queue\":\"a b\"}", REFUSED_INVALID_ATTRIBUTE, NULL },
		{ "{\"dead_letter_queue\":\"d\",\"max_receives\":1001}", REFUSED_INVALID_ATTRIBUTE, NULL },
		{ "{\"tags\":{\"a\":1}}", REFUSED_MALFORMED_INPUT, NULL },
		{ "[]", REFUSED_MALFORMED_INPUT, "The body must be a JSON object, not array." },
		{ "{", REFUSED_MALFORMED_INPUT, NULL },
		{ "null", REFUSED_MALFORMED_INPUT, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		door_refuses(door_rest(api, HTTP_PUT_, "/v1/queues/q", all[i].body), all[i].why,
		             all[i].text);
	door_refuses(door_rest(api, HTTP_PUT_, "/v1/queues/a%20b", "{}"), REFUSED_INVALID_PARAMETER,
	             NULL);
	door_refuses(door_rest(api, HTTP_PUT_, "/v1/queues/%zz", "{}"), REFUSED_MALFORMED_INPUT, NULL);
}

static void paths_have_their_operations(void **state)
{
	static const struct {
		enum http_method method;
		const char *target, *body;
		const struct op *op;
	} all[] = {
		{ HTTP_GET_, "/v1/queues?prefix=a&limit=5", "", &op_queue_metrics },
		{ HTTP_GET_, "/v1/queues/q", "", &op_queue_get },
		{ HTTP_HEAD_, "/v1/queues/q", "", &op_queue_get },
		{ HTTP_DELETE_, "/v1/queues/q", "", &op_queue_delete },
		{ HTTP_POST_, "/v1/queues/q/purge", "", &op_queue_purge },
		{ HTTP_POST_, "/v1/queues/q/pause", "", &op_queue_set },
		{ HTTP_POST_, "/v1/queues/q/resume", "", &op_queue_set },
		{ HTTP_POST_, "/v1/queues/q/resume", "{\"group\":\"g\",\"how\":\"retry\"}",
		  &op_queue_resume },
		{ HTTP_POST_, "/v1/queues/q/groups/g/resume", "{\"how\":\"delete\"}", &op_queue_resume },
		{ HTTP_GET_, "/v1/queues/q/messages?cursor=7", "", &op_queue_peek },
		{ HTTP_POST_, "/v1/queues/q/messages", "{\"body\":\"x\"}", &op_queue_send },
		{ HTTP_POST_, "/v1/queues/q/messages/7/resend", "{}", &op_queue_operate },
		{ HTTP_DELETE_, "/v1/queues/q/messages/7", "", &op_queue_operate },
		{ HTTP_GET_, "/v1/queues/q/errors", "", &op_queue_errors },
		{ HTTP_GET_, "/v1/queues/q/schemas?limit=5&cursor=7", "", &op_queue_schemas },
		{ HTTP_POST_, "/v1/queues/q/moves", "{}", &op_move_start },
		{ HTTP_GET_, "/v1/queues/q/moves", "", &op_move_list },
		{ HTTP_GET_, "/v1/moves", "", &op_move_list },
		{ HTTP_DELETE_, "/v1/moves/01a20474-1889-70b2-bf70-53efe6487631", "", &op_move_cancel },
		{ HTTP_GET_, "/v1/definitions?prefix=a&defaults=true", "", &op_definitions },
		{ HTTP_GET_, "/asyncapi.json", "", &op_definitions },
		{ HTTP_GET_, "/metrics", "", &op_metrics },
		{ HTTP_GET_, "/healthz", "", &op_rest_local },
		{ HTTP_GET_, "/_aws/sqs/messages?QueueUrl=http%3A%2F%2Fh%2F0%2Fq", "", &op_queue_peek },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct api_call *call = door_rest(api, all[i].method, all[i].target, all[i].body);
		if (cmd_refused(call->c) || call->c->op != all[i].op)
			fail_msg("%s: %.*s", all[i].target, S_ARG(call->c->refused.text));
		door_done(call);
	}
	door_refuses(door_rest(api, HTTP_GET_, "/v1/nothing", ""), REFUSED_NOT_FOUND, NULL);
	door_refuses(door_rest(api, HTTP_DELETE_, "/v1/queues", ""), REFUSED_UNKNOWN_OPERATION, NULL);
	door_refuses(door_rest(api, HTTP_GET_, "/readyz", ""), REFUSED_UNAVAILABLE, NULL);
	door_refuses(door_rest(api, HTTP_PUT_, "/v2/clock", "{\"timestamp\":1}"),
	             REFUSED_UNSUPPORTED_OPERATION, NULL);
}

static void wrong_values_are_refused(void **state)
{
	static const struct {
		enum http_method method;
		const char *target, *body;
	} all[] = {
		{ HTTP_GET_, "/v1/queues?limit=0", "" },
		{ HTTP_GET_, "/v1/queues?limit=1001", "" },
		{ HTTP_GET_, "/v1/queues/q/messages?cursor=x", "" },
		{ HTTP_GET_, "/v1/queues/q/messages?limit=101", "" },
		{ HTTP_DELETE_, "/v1/queues/q/messages/x", "" },
		{ HTTP_POST_, "/v1/queues/q/messages/7/resend", "{\"body\":\"\"}" },
		{ HTTP_POST_, "/v1/queues/q/messages", "{}" },
		{ HTTP_POST_, "/v1/queues/q/messages", "{\"body\":\"x\",\"delay_s\":901}" },
		{ HTTP_POST_, "/v1/queues/q/messages", "{\"body\":\"x\",\"attributes\":{\"a\":\"\"}}" },
		{ HTTP_POST_, "/v1/queues/q/resume", "{\"group\":\"g\"}" },
		{ HTTP_POST_, "/v1/queues/q/fail", "{\"receipt\":\"x\",\"error\":{\"code\":\"A\"}}" },
		{ HTTP_POST_, "/v1/queues/q/fail", "{\"error\":{\"code\":\"A\"}}" },
		{ HTTP_POST_, "/v1/queues/q/moves", "{\"rate\":501}" },
		{ HTTP_DELETE_, "/v1/moves/x", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct api_call *call = door_rest(api, all[i].method, all[i].target, all[i].body);
		if (!cmd_refused(call->c))
			fail_msg("%s %s was taken", all[i].target, all[i].body);
		door_done(call);
	}
}

static void a_send_is_read(void **state)
{
	struct api_call *call = door_rest(
		api, HTTP_POST_, "/v1/queues/q/messages",
		"{\"body\":\"x\",\"attributes\":{\"a\":\"text\",\"n\":{\"type\":\"Number\",\"value\":\"1"
		"\"}},\"delay_s\":5}");
	struct queue_send *in = call->c->in;

	(void)state;
	check_text(call->c->refused.text, NULL);
	check_text(in->entries->attributes, "{\"a\":{\"type\":\"String\",\"value\":\"text\"},"
	                                    "\"n\":{\"type\":\"Number\",\"value\":\"1\"}}");
	assert_int_equal(in->entries->delay_s, 5);
	in->entries->position = 9;
	door_says(
		call, 201,
		"{\"message_id\":\"00000000-0000-0000-0000-000000000000\",\"position\":9,\"duplicate\":"
		"false}");
	door_done(call);
}

static void a_look_shows_state_and_error(void **state)
{
	struct api_call *call = door_rest(api, HTTP_GET_, "/v1/queues/q/messages?limit=1", "");
	struct queue_peek *in = call->c->in;
	struct received m = { .body = S("x"),
		                  .sent_at = 1900000000000 - 1,
		                  .visible_at = 1900000000000 + 1,
		                  .receive_count = 1,
		                  .position = 7,
		                  .priority = -1,
		                  .error = S("{\"code\":\"NO_STOCK\",\"message\":\"sold out\"}") };

	(void)state;
	in->messages = &m;
	in->count = 1;
	door_says(
		call, 200,
		"{\"messages\":[{\"position\":7,\"message_id\":\"00000000-0000-0000-0000-000000000000\","
		"\"state\":\"in_flight\",\"body\":\"x\",\"sent_at\":\"2030-03-17T17:46:39.999Z\","
		"\"receive_count\":1,"
		"\"visible_at\":\"2030-03-17T17:46:40.001Z\",\"error\":{\"code\":\"NO_STOCK\",\"message"
		"\":\"sold out\"}}],"
		"\"cursor\":\"8\"}");
	m.receive_count = 0;
	m.error = S_NONE;
	in->max = 2;
	int status;
	struct str text = door_answer(call, &status, NULL);
	assert_true(str_glob(S("*\"state\":\"delayed\"*"), text));
	assert_false(str_glob(S("*cursor*"), text));
	door_done(call);
}

static void problems_are_problem_json(void **state)
{
	struct api_call *call = door_rest(api, HTTP_GET_, "/v1/queues/nowhere", "");

	(void)state;
	(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	door_says(call, 404,
	          "{\"type\":\"about:blank\",\"title\":\"Not found\",\"status\":404,\"code\":"
	          "\"NO_SUCH_QUEUE\","
	          "\"detail\":\"There is no queue named nowhere.\",\"request_id\":\"rid\"}");
	door_done(call);
	int status; /* another queue than that of the path: the sentence stands */
	call = door_rest(api, HTTP_GET_, "/v1/queues/q", "");
	(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "There is no queue named other.");
	assert_true(str_glob(S("*no queue named other.*"), door_answer(call, &status, NULL)));
	assert_int_equal(status, 404);
	door_done(call);
	call = door_rest(api, HTTP_GET_, "/v1/queues/q", "");
	call->c->fault = ERR_IO;
	assert_true(str_glob(S("*\"code\":\"INTERNAL\"*"), door_answer(call, &status, NULL)));
	assert_int_equal(status, 500);
	door_done(call);
}

static void what_passes_says_when_to_come_again(void **state)
{
	static const struct {
		enum refusal why;
		int64_t retry_ms;
		enum err fault;
		int status;
		const char *member, *header;
	} all[] = {
		{ REFUSED_THROTTLED, 0, OK, 503, "1000", "1" },
		{ REFUSED_DISK_FULL, 0, OK, 503, "15000", "15" },
		{ REFUSED_UNAVAILABLE, 0, OK, 503, "1000", "1" },
		{ REFUSED_QUEUE_FULL, 0, OK, 429, "5000", "5" },
		{ REFUSED_QUEUE_FULL, 12001, OK, 429, "12001", "13" },
		{ REFUSED_NONE, 0, ERR_BUSY, 503, "1000", "1" },
		{ REFUSED_CONFLICT, 0, OK, 409, NULL, NULL },
		{ REFUSED_NONE, 0, ERR_IO, 500, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct api_call *call = door_rest(api, HTTP_GET_, "/v1/queues/q", "");
		struct str headers, member = S("\"retry_after_ms\":"), header = S("Retry-After: ");
		int status;
		if (all[i].why != REFUSED_NONE)
			(void)refuse(call->c, all[i].why, "because");
		call->c->refused.retry_ms = all[i].retry_ms;
		call->c->fault = all[i].fault;
		struct str body = door_answer(call, &status, &headers);
		assert_int_equal(status, all[i].status);
		struct arena *a = call->c->arena;
		bool told = all[i].member != NULL;
		if (told)
			member = arena_printf(a, "*%.*s%s,*", S_ARG(member), all[i].member);
		if (told)
			header = arena_printf(a, "*%.*s%s\r\n*", S_ARG(header), all[i].header);
		assert_int_equal(str_glob(member, body), told);
		assert_int_equal(str_glob(header, headers), told);
		door_done(call);
	}
}

static void a_queue_is_shown_in_small_letters(void **state)
{
	struct api_call *call = door_rest(api, HTTP_GET_, "/v1/queues/q", "");
	struct queue_get *in = call->c->in;
	static struct pair pairs[] = {
		{ { "VisibilityTimeout", 17 }, { "30", 2 } },
		{ { "SqsManagedSseEnabled", 20 }, { "true", 4 } },
		{ { "owner", 5 }, { "123", 3 } },
		{ { "QueueArn", 8 }, { "arn", 3 } },
	};

	(void)state;
	assert_true(in->all && in->own);
	in->attributes = pairs;
	in->attribute_count = 4;
	in->visible = 3;
	in->oldest_sent_at = 1900000000000 - 1500;
	door_says(
		call, 200,
		"{\"name\":\"q\",\"url\":\"http://here:1/000000000000/q\",\"arn\":"
		"\"arn:aws:sqs:us-east-1:000000000000:q\",\"visible\":3,\"in_flight\":0,\"delayed\":0,"
		"\"waiting\":0,"
		"\"blocked_groups\":0,\"held_groups\":0,\"oldest_age_ms\":1500,\"visibility_timeout\":30,"
		"\"sqs_managed_sse_enabled\":true,"
		"\"owner\":\"123\"}");
	door_done(call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_in_either_spelling_and_any_kind),
		cmocka_unit_test(wrong_settings_name_the_thing),
		cmocka_unit_test(paths_have_their_operations),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(a_send_is_read),
		cmocka_unit_test(a_look_shows_state_and_error),
		cmocka_unit_test(problems_are_problem_json),
		cmocka_unit_test(what_passes_says_when_to_come_again),
		cmocka_unit_test(a_queue_is_shown_in_small_letters),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
