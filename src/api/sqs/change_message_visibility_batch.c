/* change_message_visibility_batch.c - ChangeMessageVisibilityBatch: up to ten handles, each
 * with its own timeout. */
#include "api/sqs/receipts.h"

static void parse(struct api_call *call, const struct json *params)
{
	receipts_parse_batch(call, params, "ChangeMessageVisibilityBatchRequestEntry", true);
}

static void render(const struct api_call *call, struct out *o)
{
	receipts_render_batch(call, o, S("ChangeMessageVisibilityBatchResultEntry"));
}

const struct api_op op_sqs_change_message_visibility_batch = {
	.name = "ChangeMessageVisibilityBatch",
	.op = &op_queue_change_visibility,
	.parse = parse,
	.render = render,
};
