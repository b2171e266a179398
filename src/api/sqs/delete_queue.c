/* delete_queue.c - DeleteQueue: the queue and all that is in it. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_named *in = CALL_NEW(call, struct queue_named);

	call->c->in = in;
	in->name = sqs_queue(call, params);
}

const struct api_op op_sqs_delete_queue = {
	.name = "DeleteQueue",
	.op = &op_queue_delete,
	.parse = parse,
};
