/* create_queue.c - CreateQueue: a queue with its attributes and tags. The same again is
 * the same queue; other attributes are refused. */
#include "api/sqs/sqs.h"

static bool asks_fifo(const struct queue_create *in)
{
	for (int i = 0; i < in->attribute_count; i++)
		if (str_is(in->attributes[i].name, "FifoQueue"))
			return str_is(in->attributes[i].value, "true");
	return false;
}

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_create *in = CALL_NEW(call, struct queue_create);
	const char *tags = param_given(params, "tags") ? "tags" : "Tags";

	call->c->in = in;
	in->name = call->resource = param_text_needed(call, params, "QueueName");
	in->attributes = sqs_pairs(call, params, "Attributes", &in->attribute_count);
	in->tags = sqs_pairs(call, params, tags, &in->tag_count);
	for (int i = 0; i < in->tag_count; i++)
		call_refuse(call, validate_tag(call->c->arena, in->tags[i].name, in->tags[i].value));
	if (!cmd_refused(call->c))
		call_refuse(call, validate_queue_name(call->c->arena, in->name, asks_fifo(in)));
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_create *in = call->c->in;

	out_text(o, S("QueueUrl"), sqs_url(call, in->name));
}

const struct api_op op_sqs_create_queue = {
	.name = "CreateQueue",
	.op = &op_queue_create,
	.parse = parse,
	.render = render,
	.no_queue_url = true,
};
