/* change_message_visibility.c - ChangeMessageVisibility: more time for a message in flight,
 * or none. */
#include "api/sqs/receipts.h"

static void parse(struct api_call *call, const struct json *params)
{
	receipts_parse_one(call, params, true);
}

const struct api_op op_sqs_change_message_visibility = {
	.name = "ChangeMessageVisibility",
	.op = &op_queue_change_visibility,
	.parse = parse,
};
