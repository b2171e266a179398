/* unsubscribe.c - Unsubscribe: one that does not exist is no error. The ARN, which only the
 * subscriber is told, is the proof, so no credentials are asked for. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscription_named *in = CALL_NEW(call, struct subscription_named);

	call->c->in = in;
	(void)sns_subscription(call, params, &in->topic, &in->subscription);
}

const struct api_op op_sns_unsubscribe = {
	.name = "Unsubscribe",
	.op = &op_unsubscribe,
	.parse = parse,
	.open = true,
};
