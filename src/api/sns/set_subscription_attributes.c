/* set_subscription_attributes.c - SetSubscriptionAttributes: one of them; an empty value is the
 * default again. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscription_set *in = CALL_NEW(call, struct subscription_set);
	struct str value = param_text(call, params, "AttributeValue");

	call->c->in = in;
	(void)sns_subscription(call, params, &in->topic, &in->subscription);
	in->attribute = (struct pair){ param_text(call, params, "AttributeName"),
		                           str_given(value) ? value : S("") };
}

const struct api_op op_sns_set_subscription_attributes = {
	.name = "SetSubscriptionAttributes",
	.op = &op_subscription_set,
	.parse = parse,
};
