/* get_queue_attributes.c - GetQueueAttributes: those that are asked for and have a value. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_get *in = CALL_NEW(call, struct queue_get);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	int count;
	const struct str *asked = param_texts(call, params, "AttributeNames", &count);
	struct str *names = CALL_ARRAY(call, struct str, count);
	for (int i = 0; i < count; i++)
		if (str_is(asked[i], "All"))
			in->all = true;
		else
			names[in->count++] = asked[i];
	in->names = names;
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_get *in = call->c->in;

	sqs_write_pairs(o, S("Attributes"), S("Attribute"), S("Name"), in->attributes,
	                in->attribute_count);
}

const struct api_op op_sqs_get_queue_attributes = {
	.name = "GetQueueAttributes",
	.op = &op_queue_get,
	.parse = parse,
	.render = render,
};
