/* sqs_test.c - the operations of SQS at the front door: requests in both protocols give the
 * same parameters, results and refusals have AWS's bytes. */
#include "api/door.h"
#include "api/sqs/sqs.h"
#include "api/state.h"
#include "base/limits.h"
#include "check.h"
#include "domain/queue/receipt.h"

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

#define FORM "Version=2012-11-05&Action="

/* Both ways into the same parameters. */
typedef void look_fn(struct api_call *);

static void both(const char *action, const char *json, const char *form, look_fn *look)
{
	struct api_call *call = door_json(api, action, json);
	struct arena *a = arena_open();

	check_text(call->c->refused.text, NULL);
	look(call);
	door_done(call);
	call = door_form(api, "/", arena_printf(a, FORM "%s&%s", action, form).at);
	check_text(call->c->refused.text, NULL);
	look(call);
	door_done(call);
	arena_close(a);
}

/* ---- reading */

static void look_send(struct api_call *call)
{
	const struct queue_send *in = call->c->in;
	const struct send_entry *e = in->entries;

	assert_ptr_equal(call->c->op, &op_queue_send);
	check_text(in->queue, "q");
	check_text(call->resource, "q");
	assert_int_equal(in->count, 1);
	assert_false(in->batch);
	check_text(e->body, "hello");
	assert_int_equal(e->delay_s, 5);
	check_text(e->group, "g");
	check_text(e->trace_header, "Root=1");
	check_text(e->attributes, "{\"a\":{\"type\":\"String\",\"value\":\"1\"},"
	                          "\"b\":{\"type\":\"Binary.png\",\"value\":\"AAE=\"}}");
	assert_int_equal(e->size, 5 + (1 + 6 + 1) + (1 + 10 + 2));
	assert_int_equal(e->body_md5.len, 16);
	check_text(e->content_sha, NULL);
}

static void a_message_is_read(void **state)
{
	(void)state;
	both("SendMessage",
	     "{\"QueueUrl\":\"http://x/0/q\",\"MessageBody\":\"hello\",\"DelaySeconds\":5,"
	     "\"MessageGroupId\":\"g\","
	     "\"MessageAttributes\":{\"b\":{\"DataType\":\"Binary.png\",\"BinaryValue\":\"AAE=\"},"
	     "\"a\":{\"DataType\":\"String\",\"StringValue\":\"1\"}},\"MessageSystemAttributes\":"
	     "{\"AWSTraceHeader\":{\"DataType\":\"String\",\"StringValue\":\"Root=1\"}},\"Future\":"
	     "[1],\"X\":null}",
	     "QueueUrl=q&MessageBody=hello&DelaySeconds=5&MessageGroupId=g"
	     "&MessageAttribute.1.Name=b&MessageAttribute.1.Value.DataType=Binary.png"
	     "&MessageAttribute.1.Value.BinaryValue=AAE%3D&MessageAttribute.2.Name=a"
	     "&MessageAttribute.2.Value.DataType=String&MessageAttribute.2.Value.StringValue=1"
	     "&MessageSystemAttribute.1.Name=AWSTraceHeader&"
	     "MessageSystemAttribute.1.Value.DataType=String"
	     "&MessageSystemAttribute.1.Value.StringValue=Root%3D1",
	     look_send);
}

static void a_fifo_message_without_id_has_the_hash_of_its_body(void **state)
{
	struct api_call *call =
		door_json(api, "SendMessage",
	              "{\"QueueUrl\":\"q.fifo\",\"MessageBody\":\"abc\",\"MessageGroupId\":\"g\"}");
	struct queue_send *in = call->c->in;

	(void)state;
	check_text(in->entries->content_sha,
	           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	door_done(call);
	call = door_json(api, "SendMessage",
	                 "{\"QueueUrl\":\"q.fifo\",\"MessageBody\":\"abc\",\"MessageGroupId\":\"g\","
	                 "\"MessageDeduplicationId\":\"d\"}");
	in = call->c->in;
	check_text(in->entries->content_sha, NULL);
	door_done(call);
}

static void look_receive(struct api_call *call)
{
	const struct queue_receive *in = call->c->in;

	check_text(in->queue, "q");
	assert_int_equal(in->max, 10);
	assert_int_equal(in->visibility_s, 0);
	assert_int_equal(in->wait_s, 20);
	check_text(in->attempt, "try");
}

static void a_receive_is_read(void **state)
{
	(void)state;
	both("ReceiveMessage",
	     "{\"QueueUrl\":\"q\",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":0,\"WaitTimeSeconds"
	     "\":20,"
	     "\"ReceiveRequestAttemptId\":\"try\",\"AttributeNames\":[\"All\"],\"MessageAttributeNames"
	     "\":[\"a.*\"]}",
	     "QueueUrl=q&MaxNumberOfMessages=10&VisibilityTimeout=0&WaitTimeSeconds=20&"
	     "ReceiveRequestAttemptId=try"
	     "&AttributeName.1=All&MessageAttributeName.1=a.*",
	     look_receive);
	struct api_call *call = door_json(api, "ReceiveMessage", "{\"QueueUrl\":\"q\"}");
	const struct queue_receive *in = call->c->in;
	assert_int_equal(in->max, 1);
	assert_int_equal(in->visibility_s, -1);
	assert_int_equal(in->wait_s, -1);
	door_done(call);
}

static void look_create(struct api_call *call)
{
	const struct queue_create *in = call->c->in;

	check_text(in->name, "q.fifo");
	assert_int_equal(in->attribute_count, 1);
	check_text(in->attributes[0].name, "FifoQueue");
	assert_int_equal(in->tag_count, 1);
	check_text(in->tags[0].name, "k");
	check_text(in->tags[0].value, "v");
	assert_false(in->update);
}

static void a_new_queue_is_read(void **state)
{
	(void)state;
	both(
		"CreateQueue",
		"{\"QueueName\":\"q.fifo\",\"Attributes\":{\"FifoQueue\":\"true\"},\"tags\":{\"k\":\"v\"}}",
		"QueueName=q.fifo&Attribute.1.Name=FifoQueue&Attribute.1.Value=true&Tag.1.Key=k&"
		"Tag.1.Value=v",
		look_create);
}

static void look_permission(struct api_call *call)
{
	const struct queue_permission *in = call->c->in;

	check_text(in->label, "l");
	assert_int_equal(in->account_count, 2);
	assert_int_equal(in->action_count, 1);
	check_text(in->accounts[1], "222222222222");
	check_text(in->actions[0], "SendMessage");
}

static void look_get(struct api_call *call)
{
	const struct queue_get *in = call->c->in;

	assert_true(in->all);
	assert_false(in->own);
	assert_int_equal(in->count, 1);
	check_text(in->names[0], "Policy");
}

static void look_untag(struct api_call *call)
{
	const struct queue_tags *in = call->c->in;

	assert_int_equal(in->count, 2);
	check_text(in->tags[1].name, "b");
}

static void look_move(struct api_call *call)
{
	const struct move_start *in = call->c->in;

	check_text(in->source, "dead");
	check_text(in->destination, "q");
	assert_int_equal(in->rate, 7);
}

static void the_others_are_read(void **state)
{
	(void)state;
	both(
		"AddPermission",
		"{\"QueueUrl\":\"q\",\"Label\":\"l\",\"AWSAccountIds\":[\"111111111111\",\"222222222222\"],"
		"\"Actions\":[\"SendMessage\"]}",
		"QueueUrl=q&Label=l&AWSAccountId.1=111111111111&AWSAccountId.2=222222222222&"
		"ActionName.1=SendMessage",
		look_permission);
	both("GetQueueAttributes", "{\"QueueUrl\":\"q\",\"AttributeNames\":[\"All\",\"Policy\"]}",
	     "QueueUrl=q&AttributeName.1=All&AttributeName.2=Policy", look_get);
	both("UntagQueue", "{\"QueueUrl\":\"q\",\"TagKeys\":[\"a\",\"b\"]}",
	     "QueueUrl=q&TagKey.1=a&TagKey.2=b", look_untag);
	both("StartMessageMoveTask",
	     "{\"SourceArn\":\"arn:aws:sqs:r:0:dead\",\"DestinationArn\":\"arn:aws:sqs:r:0:q\","
	     "\"MaxNumberOfMessagesPerSecond\":7}",
	     "SourceArn=arn:aws:sqs:r:0:dead&DestinationArn=arn:aws:sqs:r:0:q&"
	     "MaxNumberOfMessagesPerSecond=7",
	     look_move);
}

static void the_name_of_a_queue_in_every_spelling(void **state)
{
	static const char *const urls[] = { "q",
		                                "http://h:1/000000000000/q",
		                                "https://sqs.eu.amazonaws.com/1/q",
		                                "http://h/queue/q",
		                                "http://h/1/q/",
		                                "/1/q" };

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		check_text(sqs_name_of_url(str_of(urls[i])), "q");
	check_text(sqs_name_of_arn(S("arn:aws:sqs:us-east-1:000000000000:q")), "q");
	check_text(sqs_name_of_arn(S("arn:aws:sns:us-east-1:000000000000:q")), NULL);
	check_text(sqs_name_of_arn(S("q")), NULL);
	struct api_call *call = door_form(api, "/0/q", FORM "PurgeQueue");
	check_text(call->resource, "q");
	door_done(call);
	call = door_form(api, "/0/q", FORM "PurgeQueue&QueueUrl=other");
	check_text(call->resource, "other");
	door_done(call);
}

/* ---- refusals */

static void what_is_missing_is_named(void **state)
{
	static const struct {
		const char *action, *json, *parameter;
	} all[] = {
		{ "CreateQueue", "{}", "QueueName" },
		{ "GetQueueUrl", "{\"QueueName\":null}", "QueueName" },
		{ "SendMessage", "{\"QueueUrl\":\"q\"}", "MessageBody" },
		{ "SendMessage", "{\"MessageBody\":\"x\"}", "QueueUrl" },
		{ "DeleteMessage", "{\"QueueUrl\":\"q\"}", "ReceiptHandle" },
		{ "ChangeMessageVisibility", "{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"x\"}",
		  "VisibilityTimeout" },
		{ "TagQueue", "{\"QueueUrl\":\"q\"}", "Tags" },
		{ "SetQueueAttributes", "{\"QueueUrl\":\"q\"}", "Attributes" },
		{ "RemovePermission", "{\"QueueUrl\":\"q\"}", "Label" },
		{ "ListMessageMoveTasks", "{}", "SourceArn" },
		{ "CancelMessageMoveTask", "{}", "TaskHandle" },
		{ "ListQueueTags", "{}", "QueueUrl" },
		{ "DeleteQueue", "{}", "QueueUrl" },
		{ "ListDeadLetterSourceQueues", "{}", "QueueUrl" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct api_call *call = door_json(api, all[i].action, all[i].json);
		struct arena *a = arena_open();
		door_refuses(call, REFUSED_MISSING_PARAMETER,
		             arena_printf(a, "The request must contain the parameter %s.", all[i].parameter)
		                 .at);
		arena_close(a);
	}
}

static void wrong_kinds_are_malformed(void **state)
{
	static const char *const all[][2] = {
		{ "SendMessage", "{\"QueueUrl\":1,\"MessageBody\":\"x\"}" },
		{ "SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":{}}" },
		{ "SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"DelaySeconds\":\"5\"}" },
		{ "SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"DelaySeconds\":1.5}" },
		{ "SendMessage",
		  "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"DelaySeconds\":99999999999999999999}" },
		{ "SendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"MessageAttributes\":[]}" },
		{ "SendMessage",
		  "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":null}}" },
		{ "SendMessage",
		  "{\"QueueUrl\":\"q\",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":{\"DataType\":"
		  "\"Binary\",\"BinaryValue\":\"%\"}}}" },
		{ "SetQueueAttributes", "{\"QueueUrl\":\"q\",\"Attributes\":{\"DelaySeconds\":1}}" },
		{ "GetQueueAttributes", "{\"QueueUrl\":\"q\",\"AttributeNames\":[1]}" },
		{ "SendMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":[null]}" },
		{ "SendMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":{}}" },
		{ "ListQueues", "[]" },
		{ "ListQueues", "{" },
		{ "ListQueues", "null" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		door_refuses(door_json(api, all[i][0], all[i][1]), REFUSED_MALFORMED_INPUT, NULL);
	door_refuses(door_form(api, "/", FORM "ReceiveMessage&QueueUrl=q&MaxNumberOfMessages=x"),
	             REFUSED_INVALID_PARAMETER, NULL);
}

static void refusals_in_json(void **state)
{
	struct api_call *call = door_json(api, "GetQueueUrl", "{\"QueueName\":\"q\"}");
	struct str headers, body;
	int status;

	(void)state;
	(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "none");
	body = door_answer(call, &status, &headers);
	assert_int_equal(status, 400);
	check_text(
		body,
		"{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"The specified queue "
		"does not exist.\"}");
	check_text(headers, "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender\r\n");
	door_done(call);
	call = door_json(api, "Fly", "{}");
	door_says(call, 400,
	          "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\",\"message\":"
	          "\"The action Fly is not valid for this endpoint.\"}");
	door_done(call);
}

static void refusals_in_xml(void **state)
{
	struct api_call *call = door_form(api, "/", FORM "GetQueueUrl&QueueName=q");

	(void)state;
	(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "none");
	door_says(
		call, 400,
		"<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"http:"
		"//queue.amazonaws.com/doc/2012-11-05/\">"
		"<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>"
		"The specified "
		"queue does not exist for this wsdl version.</Message><Detail/></Error><RequestId>rid<"
		"/RequestId>"
		"</ErrorResponse>");
	door_done(call);
	door_refuses(door_form(api, "/0/q", FORM "ListQueues"), REFUSED_UNKNOWN_OPERATION,
	             "The action ListQueues is not valid for this endpoint.");
	door_refuses(door_form(api, "/0/q", FORM "CreateQueue&QueueName=x"), REFUSED_UNKNOWN_OPERATION,
	             NULL);
}

static void faults_are_the_servers(void **state)
{
	struct api_call *call = door_json(api, "ListQueues", "{}");
	struct str headers;
	int status;

	(void)state;
	call->c->fault = ERR_IO;
	door_answer(call, &status, &headers);
	assert_int_equal(status, 500);
	check_text(headers, "x-amzn-query-error: InternalFailure;Receiver\r\n");
	call->c->fault = ERR_FULL;
	door_answer(call, &status, &headers);
	assert_int_equal(status, 503);
	door_done(call);
}

static void every_refusal_has_words_and_a_status(void **state)
{
	(void)state;
	for (int why = 1; why < REFUSALS_COUNT; why++) {
		struct api_call *call = door_json(api, "ListQueues", "{}");
		struct refused r = { .why = (enum refusal)why, .text = S("because") };
		struct api_error e = sqs_error(call, r);
		assert_true(e.shape.len > 0 && e.code.len > 0 && e.text.len > 0);
		assert_true(e.status >= 400 && e.status <= 503);
		assert_int_equal(e.receiver, e.status >= 500);
		door_done(call);
	}
}

static void a_handle_that_expired_is_named(void **state)
{
	char handle[RECEIPT_TEXT];
	struct arena *a = arena_open();

	(void)state;
	receipt_write(api->config.receipt_key, (struct receipt){ 1, 2, 3 }, handle);
	struct str json = arena_printf(a, "{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"%.*s\"}",
	                               RECEIPT_TEXT, handle);
	struct api_call *call = door_json(api, "DeleteMessage", json.at);
	(void)refuse(call->c, REFUSED_RECEIPT_EXPIRED, "The receipt handle has expired.");
	door_says(
		call, 400,
		arena_printf(a,
	                 "{\"__type\":\"com.amazon.coral.service#InvalidParameterValueException\","
	                 "\"message\":\"Value %.*s for parameter ReceiptHandle is invalid. Reason: The "
	                 "receipt handle has "
	                 "expired.\"}",
	                 RECEIPT_TEXT, handle)
			.at);
	door_done(call);
	door_refuses(door_json(api, "DeleteMessage",
	                       "{\"QueueUrl\":\"q\",\"ReceiptHandle\":\"garbage\"}"),
	             REFUSED_RECEIPT_INVALID, "The input receipt handle is invalid.");
	arena_close(a);
}

/* ---- batches */

static void entries_fail_alone(void **state)
{
	struct api_call *call =
		door_json(api, "SendMessageBatch",
	              "{\"QueueUrl\":\"q\",\"Entries\":["
	              "{\"Id\":\"a\",\"MessageBody\":\"x\"},{\"Id\":\"b\",\"MessageBody\":\"\\u0001\"},"
	              "{\"Id\":\"c\",\"MessageBody\":\"x\",\"DelaySeconds\":901},{\"Id\":\"d\"}]}");
	struct queue_send *in = call->c->in;
	static const enum refusal expected[] = { REFUSED_NONE, REFUSED_INVALID_BODY,
		                                     REFUSED_INVALID_PARAMETER, REFUSED_MISSING_PARAMETER };

	(void)state;
	assert_int_equal(call->c->refused.why, REFUSED_NONE);
	assert_int_equal(in->count, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(in->entries[i].refused.why, expected[i]);
	in->entries[2].refused = in->entries[3].refused = (struct refused){ .why = REFUSED_NONE };
	in->count = 2;
	uuid_read(S("01a20474-1889-70b2-bf70-53efe6487631"), &in->entries[0].message_id);
	door_says(
		call, 200,
		"{\"Successful\":[{\"Id\":\"a\",\"MD5OfMessageBody\":\"9dd4e461268c8034f5c8564e155c67a6\","
		"\"MessageId\":\"01a20474-1889-70b2-bf70-53efe6487631\"}],\"Failed\":[{\"Id\":\"b\","
		"\"SenderFault\":true,"
		"\"Code\":\"InvalidMessageContents\",\"Message\":\"Invalid characters found. Valid "
		"unicode characters "
		"are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF\"}]}");
	door_done(call);
}

static void a_batch_has_its_size(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, S("{\"QueueUrl\":\"q\",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\""));
	for (int i = 0; i < MESSAGE_SIZE_MAX; i++)
		buf_add_byte(&b, 'x');
	size_t fits = b.len;
	buf_add(&b, S("\"}]}"));
	buf_add_byte(&b, 0);
	struct api_call *call = door_json(api, "SendMessageBatch", b.at);
	assert_int_equal(call->c->refused.why, REFUSED_NONE);
	door_done(call);
	b.len = fits;
	buf_add(&b, S("\"},{\"Id\":\"b\",\"MessageBody\":\"x\"}]}"));
	buf_add_byte(&b, 0);
	door_refuses(
		door_json(api, "SendMessageBatch", b.at), REFUSED_BATCH_TOO_LONG,
		"Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
	buf_free(&b);
}

static void deletes_and_changes_of_a_batch(void **state)
{
	struct api_call *call = door_json(api, "DeleteMessageBatch",
	                                  "{\"QueueUrl\":\"q\",\"Entries\":["
	                                  "{\"Id\":\"a\",\"ReceiptHandle\":\"x\"}]}");

	(void)state;
	door_says(call, 200,
	          "{\"Failed\":[{\"Id\":\"a\",\"SenderFault\":true,\"Code\":\"ReceiptHandleIsInvalid\","
	          "\"Message\":\"The input receipt handle is invalid.\"}]}");
	door_done(call);
	call = door_form(api, "/",
	                 FORM "ChangeMessageVisibilityBatch&QueueUrl=q"
	                      "&ChangeMessageVisibilityBatchRequestEntry.1.Id=a&"
	                      "ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=x"
	                      "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=43201");
	struct queue_receipts *in = call->c->in;
	assert_true(in->batch && in->count == 1);
	check_text(in->entries[0].refused.text,
	           "Value 43201 for parameter VisibilityTimeout is invalid. Reason: "
	           "VisibilityTimeout must be an integer between 0 and 43200.");
	door_done(call);
	door_refuses(door_json(api, "DeleteMessageBatch", "{\"QueueUrl\":\"q\",\"Entries\":[]}"),
	             REFUSED_EMPTY_BATCH,
	             "There should be at least one DeleteMessageBatchRequestEntry in the request.");
}

/* ---- results */

static struct received *one_received(struct api_call *call)
{
	struct queue_receive *in = call->c->in;
	struct received *m = ARENA_NEW(call->c->arena, struct received);

	uuid_read(S("01a20474-1889-70b2-bf70-53efe6487631"), &m->message_id);
	m->receipt = (struct receipt){ 1, 2, 3 };
	m->body = S("a\"\r<");
	m->body_md5 = S("0123456789abcdef");
	m->attributes = S(
		"{\"a\":{\"type\":\"String\",\"value\":\"1\"},\"b\":{\"type\":\"Binary\",\"value\":\"AAE="
		"\"}}");
	m->sender = S("me");
	m->group = S("g");
	m->sent_at = 1900000000000;
	m->receive_count = 2;
	m->first_received_at = 1900000000001;
	m->position = 42;
	in->messages = m;
	in->count = 1;
	in->fifo = true;
	return m;
}

static void a_message_in_json(void **state)
{
	struct api_call *call = door_json(
		api, "ReceiveMessage",
		"{\"QueueUrl\":\"q\",\"AttributeNames\":[\"SentTimestamp\","
		"\"SequenceNumber\",\"SenderId\",\"MessageGroupId\"],\"MessageAttributeNames\":[\"b\"]}");
	char handle[RECEIPT_TEXT];
	struct arena *a = arena_open();

	(void)state;
	door_says(call, 200, "{}");
	receipt_write(api->config.receipt_key, one_received(call)->receipt, handle);
	door_says(
		call, 200,
		arena_printf(
			a,
			"{\"Messages\":[{\"MessageId\":\"01a20474-1889-70b2-bf70-53efe6487631\","
			"\"ReceiptHandle\":\"%.*s\",\"MD5OfBody\":\"30313233343536373839616263646566\",\"Body"
			"\":\"a\\\"\\r<\","
			"\"Attributes\":{\"SenderId\":\"me\",\"SentTimestamp\":\"1900000000000\","
			"\"MessageGroupId\":\"g\","
			"\"SequenceNumber\":\"00000000000000000042\"},\"MD5OfMessageAttributes\":"
			"\"973749046908c117819a7d5e12dac587\",\"MessageAttributes\":{\"b\":{\"BinaryValue\":"
			"\"AAE=\","
			"\"DataType\":\"Binary\"}}}]}",
			RECEIPT_TEXT, handle)
			.at);
	door_done(call);
	arena_close(a);
}

static void a_message_in_xml(void **state)
{
	struct api_call *call = door_form(api, "/",
	                                  FORM "ReceiveMessage&QueueUrl=q&AttributeName.1=SentTimestamp"
	                                       "&MessageAttributeName.1=a");
	char handle[RECEIPT_TEXT];
	struct arena *a = arena_open();
	int status;

	(void)state;
	receipt_write(api->config.receipt_key, one_received(call)->receipt, handle);
	struct str text = door_answer(call, &status, NULL);
	struct str expected = arena_printf(
		a,
		"<?xml version=\"1.0\"?>\n<ReceiveMessageResponse "
		"xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ReceiveMessageResult><Message><"
		"MessageId>"
		"01a20474-1889-70b2-bf70-53efe6487631</MessageId><ReceiptHandle>%.*s</ReceiptHandle><"
		"MD5OfBody>"
		"30313233343536373839616263646566</MD5OfBody><Body>a&quot;&#xD;&lt;</Body><Attribute><"
		"Name>SentTimestamp"
		"</Name><Value>1900000000000</Value></Attribute><MD5OfMessageAttributes>",
		RECEIPT_TEXT, handle);
	assert_true(str_starts(text, expected));
	assert_true(str_ends(
		text,
		S("<MessageAttribute><Name>a</Name><Value><StringValue>1</StringValue><DataType>String"
	      "</DataType></Value></MessageAttribute></Message></ReceiveMessageResult><"
	      "ResponseMetadata><RequestId>rid"
	      "</RequestId></ResponseMetadata></ReceiveMessageResponse>")));
	door_done(call);
	arena_close(a);
}

static void lists_and_maps(void **state)
{
	struct api_call *call = door_json(api, "ListQueues", "{\"MaxResults\":1}");
	struct queue_list *list = call->c->in;
	static struct str names[] = { { "a", 1 } };
	static struct pair pairs[] = { { { "k", 1 }, { "v<", 2 } } };

	(void)state;
	door_says(call, 200, "{}");
	list->names = names;
	list->count = 1;
	list->more = true;
	door_says(call, 200,
	          "{\"QueueUrls\":[\"http://here:1/000000000000/a\"],\"NextToken\":\"YQ==\"}");
	door_done(call);
	call = door_json(api, "ListQueues", "{\"MaxResults\":1,\"NextToken\":\"YQ==\"}");
	list = call->c->in;
	check_text(list->after, "a");
	door_done(call);
	door_refuses(door_json(api, "ListQueues", "{\"NextToken\":\"?\"}"), REFUSED_INVALID_PARAMETER,
	             NULL);
	call = door_form(api, "/", FORM "ListQueueTags&QueueUrl=q");
	struct queue_tags *tags = call->c->in;
	tags->all = pairs;
	tags->all_count = 1;
	door_says(
		call, 200,
		"<?xml version=\"1.0\"?>\n<ListQueueTagsResponse "
		"xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ListQueueTagsResult><Tag><Key>k<"
		"/Key><Value>v&lt;"
		"</Value></Tag></ListQueueTagsResult><ResponseMetadata><RequestId>rid</RequestId><"
		"/ResponseMetadata>"
		"</ListQueueTagsResponse>");
	door_done(call);
}

static void no_result_is_an_empty_body(void **state)
{
	struct api_call *call = door_json(api, "PurgeQueue", "{\"QueueUrl\":\"q\"}");

	(void)state;
	door_says(call, 200, "");
	door_done(call);
	call = door_form(api, "/", FORM "PurgeQueue&QueueUrl=q");
	door_says(
		call, 200,
		"<?xml version=\"1.0\"?>\n<PurgeQueueResponse "
		"xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata><RequestId>rid<"
		"/RequestId>"
		"</ResponseMetadata></PurgeQueueResponse>");
	door_done(call);
}

static void a_task_handle_is_read_back(void **state)
{
	struct api_call *call = door_json(api, "StartMessageMoveTask",
	                                  "{\"SourceArn\":\"arn:aws:sqs:r:0:dead\"}");
	struct move_start *start = call->c->in;
	struct arena *a = arena_open();
	struct str why;
	int status;

	(void)state;
	uuid_read(S("01a20474-1889-70b2-bf70-53efe6487631"), &start->task);
	struct json *answer = json_read(a, door_answer(call, &status, NULL), &why);
	struct str handle = json_get_text(answer, "TaskHandle");
	door_done(call);
	call = door_json(api, "CancelMessageMoveTask",
	                 arena_printf(a, "{\"TaskHandle\":\"%.*s\"}", S_ARG(handle)).at);
	struct move_cancel *cancel = call->c->in;
	check_text(cancel->source, "dead");
	assert_int_equal(cancel->task.bytes[0], 0x01);
	door_says(call, 200, "{\"ApproximateNumberOfMessagesMoved\":0}");
	door_done(call);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_read),
		cmocka_unit_test(a_fifo_message_without_id_has_the_hash_of_its_body),
		cmocka_unit_test(a_receive_is_read),
		cmocka_unit_test(a_new_queue_is_read),
		cmocka_unit_test(the_others_are_read),
		cmocka_unit_test(the_name_of_a_queue_in_every_spelling),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(wrong_kinds_are_malformed),
		cmocka_unit_test(refusals_in_json),
		cmocka_unit_test(refusals_in_xml),
		cmocka_unit_test(faults_are_the_servers),
		cmocka_unit_test(every_refusal_has_words_and_a_status),
		cmocka_unit_test(a_handle_that_expired_is_named),
		cmocka_unit_test(entries_fail_alone),
		cmocka_unit_test(a_batch_has_its_size),
		cmocka_unit_test(deletes_and_changes_of_a_batch),
		cmocka_unit_test(a_message_in_json),
		cmocka_unit_test(a_message_in_xml),
		cmocka_unit_test(lists_and_maps),
		cmocka_unit_test(no_result_is_an_empty_body),
		cmocka_unit_test(a_task_handle_is_read_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
