/* list_queue_tags.c - ListQueueTags: all tags of a queue. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_tags *in = CALL_NEW(call, struct queue_tags);

	call->c->in = in;
	in->name = sqs_queue(call, params);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_tags *in = call->c->in;

	sqs_write_pairs(o, S("Tags"), S("Tag"), S("Key"), in->all, in->all_count);
}

const struct api_op op_sqs_list_queue_tags = {
	.name = "ListQueueTags",
	.op = &op_queue_tags_list,
	.parse = parse,
	.render = render,
};
