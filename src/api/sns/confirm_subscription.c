/* confirm_subscription.c - ConfirmSubscription: with the token that the endpoint was sent. The
 * token is the proof, so no credentials are asked for. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscription_confirm *in = CALL_NEW(call, struct subscription_confirm);

	call->c->in = in;
	in->topic = sns_topic(call, params, "TopicArn");
	in->token = param_text(call, params, "Token");
	if (in->token.len == 0)
		sns_invalid(call, "Token");
}

static void render(const struct api_call *call, struct out *o)
{
	const struct subscription_confirm *in = call->c->in;

	out_text(o, S("SubscriptionArn"), sns_subscription_arn(call, in->topic, in->subscription));
}

const struct api_op op_sns_confirm_subscription = {
	.name = "ConfirmSubscription",
	.op = &op_subscription_confirm,
	.parse = parse,
	.render = render,
	.open = true,
};
