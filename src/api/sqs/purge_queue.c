/* purge_queue.c - PurgeQueue: all messages, waiting, delayed and in flight. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_named *in = CALL_NEW(call, struct queue_named);

	call->c->in = in;
	in->name = sqs_queue(call, params);
}

const struct api_op op_sqs_purge_queue = {
	.name = "PurgeQueue",
	.op = &op_queue_purge,
	.parse = parse,
};
