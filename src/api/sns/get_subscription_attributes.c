/* get_subscription_attributes.c - GetSubscriptionAttributes: all of them. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscription_get *in = CALL_NEW(call, struct subscription_get);

	call->c->in = in;
	(void)sns_subscription(call, params, &in->topic, &in->subscription);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct subscription_get *in = call->c->in;

	sns_write_attributes(o, in->attributes, in->attribute_count);
}

const struct api_op op_sns_get_subscription_attributes = {
	.name = "GetSubscriptionAttributes",
	.op = &op_subscription_get,
	.parse = parse,
	.render = render,
};
