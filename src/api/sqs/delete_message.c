/* delete_message.c - DeleteMessage: the receiver is done with a message. Twice is no error,
 * because clients retry. */
#include "api/sqs/receipts.h"

static void parse(struct api_call *call, const struct json *params)
{
	receipts_parse_one(call, params, false);
}

const struct api_op op_sqs_delete_message = {
	.name = "DeleteMessage",
	.op = &op_queue_delete_messages,
	.parse = parse,
};
