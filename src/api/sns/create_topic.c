/* create_topic.c - CreateTopic: a topic with its attributes and tags; the same again is
 * the same topic. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_create *in = CALL_NEW(call, struct topic_create);

	call->c->in = in;
	in->name = call->resource = param_text(call, params, "Name");
	in->attributes = sns_pairs(call, params, "Attributes", &in->attribute_count);
	in->tags = sns_tags(call, params, &in->tag_count);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_create *in = call->c->in;

	out_text(o, S("TopicArn"), sns_topic_arn(call, in->name));
}

const struct api_op op_sns_create_topic = {
	.name = "CreateTopic",
	.op = &op_topic_create,
	.parse = parse,
	.render = render,
};
