/* list_subscriptions_by_topic.c - ListSubscriptionsByTopic: 100 a page. */
#include "api/sns/sns.h"
#include "base/limits.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct subscription_list *in = CALL_NEW(call, struct subscription_list);

	call->c->in = in;
	in->max = TOPIC_LIST_PAGE;
	in->topic = sns_topic(call, params, "TopicArn");
	in->after = sns_after(call, params);
}

const struct api_op op_sns_list_subscriptions_by_topic = {
	.name = "ListSubscriptionsByTopic",
	.op = &op_subscription_list,
	.parse = parse,
	.render = sns_write_subscriptions,
};
