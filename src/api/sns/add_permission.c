/* add_permission.c - AddPermission: one more statement of the topic's policy. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_permission *in = CALL_NEW(call, struct topic_permission);

	call->c->in = in;
	in->name = sns_topic(call, params, "TopicArn");
	in->label = param_text(call, params, "Label");
	in->accounts = param_texts(call, params, "AWSAccountId", &in->account_count);
	in->actions = param_texts(call, params, "ActionName", &in->action_count);
	if (in->label.len == 0)
		sns_invalid(call, "Label");
	else if (in->account_count == 0)
		sns_invalid(call, "AWSAccountId");
	else if (in->action_count == 0)
		sns_invalid(call, "ActionName");
}

const struct api_op op_sns_add_permission = {
	.name = "AddPermission",
	.op = &op_topic_permit,
	.parse = parse,
};
