/* tag_queue.c - TagQueue: sets tags, those of the same key are overwritten. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_tags *in = CALL_NEW(call, struct queue_tags);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	in->tags = sqs_pairs(call, params, "Tags", &in->count);
	if (in->count == 0)
		param_missing(call, "Tags");
	for (int i = 0; i < in->count; i++)
		call_refuse(call, validate_tag(call->c->arena, in->tags[i].name, in->tags[i].value));
}

const struct api_op op_sqs_tag_queue = {
	.name = "TagQueue",
	.op = &op_queue_tag,
	.parse = parse,
};
