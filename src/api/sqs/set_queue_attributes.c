/* set_queue_attributes.c - SetQueueAttributes: all of them or none. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_set *in = CALL_NEW(call, struct queue_set);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	in->attributes = sqs_pairs(call, params, "Attributes", &in->count);
	if (in->count == 0)
		param_missing(call, "Attributes");
}

const struct api_op op_sqs_set_queue_attributes = {
	.name = "SetQueueAttributes",
	.op = &op_queue_set,
	.parse = parse,
};
