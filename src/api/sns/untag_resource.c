/* untag_resource.c - UntagResource: tags taken from a topic, by key. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_tags *in = CALL_NEW(call, struct topic_tags);
	const struct str *keys = param_texts(call, params, "TagKeys", &in->count);
	struct pair *tags = CALL_ARRAY(call, struct pair, in->count + 1);

	call->c->in = in;
	in->name = sns_topic(call, params, "ResourceArn");
	for (int i = 0; i < in->count; i++)
		tags[i].name = keys[i];
	in->tags = tags;
}

const struct api_op op_sns_untag_resource = {
	.name = "UntagResource",
	.op = &op_topic_untag,
	.parse = parse,
	.render = sns_write_nothing,
};
