/* delete_message_batch.c - DeleteMessageBatch: up to ten handles, each by itself. */
#include "api/sqs/receipts.h"

static void parse(struct api_call *call, const struct json *params)
{
	receipts_parse_batch(call, params, "DeleteMessageBatchRequestEntry", false);
}

static void render(const struct api_call *call, struct out *o)
{
	receipts_render_batch(call, o, S("DeleteMessageBatchResultEntry"));
}

const struct api_op op_sqs_delete_message_batch = {
	.name = "DeleteMessageBatch",
	.op = &op_queue_delete_messages,
	.parse = parse,
	.render = render,
};
