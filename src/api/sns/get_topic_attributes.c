/* get_topic_attributes.c - GetTopicAttributes: all of them, with counts of subscriptions. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_get *in = CALL_NEW(call, struct topic_get);

	call->c->in = in;
	in->name = sns_topic(call, params, "TopicArn");
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_get *in = call->c->in;

	sns_write_attributes(o, in->attributes, in->attribute_count);
}

const struct api_op op_sns_get_topic_attributes = {
	.name = "GetTopicAttributes",
	.op = &op_topic_get,
	.parse = parse,
	.render = render,
};
