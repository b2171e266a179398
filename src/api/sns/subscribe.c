/* subscribe.c - Subscribe: a queue at once, an HTTP endpoint when it has confirmed. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscribe *in = CALL_NEW(call, struct subscribe);

	call->c->in = in;
	in->topic = sns_topic(call, params, "TopicArn");
	in->protocol = param_text(call, params, "Protocol");
	in->endpoint = param_text(call, params, "Endpoint");
	in->attributes = sns_pairs(call, params, "Attributes", &in->attribute_count);
	in->origin = call_origin(call);
	call->extra = param_bool(call, params, "ReturnSubscriptionArn", false) ? in : NULL;
}

static void render(const struct api_call *call, struct out *o)
{
	const struct subscribe *in = call->c->in;
	bool tell = !in->pending || call->extra != NULL;

	out_text(o, S("SubscriptionArn"),
	         tell ? sns_subscription_arn(call, in->topic, in->subscription)
	              : S("pending confirmation"));
}

const struct api_op op_sns_subscribe = {
	.name = "Subscribe",
	.op = &op_subscribe,
	.parse = parse,
	.render = render,
};
