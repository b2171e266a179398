/* set_topic_attributes.c - SetTopicAttributes: one of them; an empty value is the default again. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_set *in = CALL_NEW(call, struct topic_set);
	struct str value = param_text(call, params, "AttributeValue");

	call->c->in = in;
	in->name = sns_topic(call, params, "TopicArn");
	in->attribute = (struct pair){ param_text(call, params, "AttributeName"),
		                           str_given(value) ? value : S("") };
}

const struct api_op op_sns_set_topic_attributes = {
	.name = "SetTopicAttributes",
	.op = &op_topic_set,
	.parse = parse,
};
