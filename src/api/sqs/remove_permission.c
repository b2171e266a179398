/* remove_permission.c - RemovePermission: takes one statement out of the queue's policy. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_permission *in = CALL_NEW(call, struct queue_permission);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	in->label = param_text_needed(call, params, "Label");
}

const struct api_op op_sqs_remove_permission = {
	.name = "RemovePermission",
	.op = &op_queue_unpermit,
	.parse = parse,
};
