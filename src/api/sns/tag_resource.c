/* tag_resource.c - TagResource: tags set on a topic, by key. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_tags *in = CALL_NEW(call, struct topic_tags);

	call->c->in = in;
	in->name = sns_topic(call, params, "ResourceArn");
	in->tags = sns_tags(call, params, &in->count);
}

const struct api_op op_sns_tag_resource = {
	.name = "TagResource",
	.op = &op_topic_tag,
	.parse = parse,
	.render = sns_write_nothing,
};
