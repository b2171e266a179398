/* delete_topic.c - DeleteTopic: with its subscriptions; one that does not exist is no error. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_named *in = CALL_NEW(call, struct topic_named);

	call->c->in = in;
	in->name = sns_topic(call, params, "TopicArn");
}

const struct api_op op_sns_delete_topic = {
	.name = "DeleteTopic",
	.op = &op_topic_delete,
	.parse = parse,
};
