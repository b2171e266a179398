/* remove_permission.c - RemovePermission: takes the statement of that label out of the policy. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_permission *in = CALL_NEW(call, struct topic_permission);

	call->c->in = in;
	in->name = sns_topic(call, params, "TopicArn");
	in->label = param_text(call, params, "Label");
	if (in->label.len == 0)
		sns_invalid(call, "Label");
}

const struct api_op op_sns_remove_permission = {
	.name = "RemovePermission",
	.op = &op_topic_unpermit,
	.parse = parse,
};
