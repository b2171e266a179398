/* untag_queue.c - UntagQueue: takes tags away by their keys; unknown ones are ignored. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_tags *in = CALL_NEW(call, struct queue_tags);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	const struct str *keys = param_texts(call, params, "TagKeys", &in->count);
	if (in->count == 0)
		param_missing(call, "TagKeys");
	struct pair *tags = CALL_ARRAY(call, struct pair, in->count);
	for (int i = 0; i < in->count; i++)
		tags[i].name = keys[i];
	in->tags = tags;
}

const struct api_op op_sqs_untag_queue = {
	.name = "UntagQueue",
	.op = &op_queue_untag,
	.parse = parse,
};
