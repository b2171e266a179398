/* ops.c - the operations of SNS that fan-out needs, and the shapes of their forms. */
#include "api/sns/sns.h"

#define OPS(X) \
	X(add_permission) \
	X(confirm_subscription) \
	X(create_topic) \
	X(delete_topic) \
	X(get_subscription_attributes) \
	X(get_topic_attributes) \
	X(list_subscriptions) \
	X(list_subscriptions_by_topic) \
	X(list_tags_for_resource) \
	X(list_topics) \
	X(publish) \
	X(publish_batch) \
	X(remove_permission) \
	X(set_subscription_attributes) \
	X(set_topic_attributes) \
	X(subscribe) \
	X(tag_resource) \
	X(unsubscribe) \
	X(untag_resource)

#define X(name) extern const struct api_op op_sns_##name;
OPS(X)
#undef X

static const struct api_op *const ops[] = { &op_sns_publish, /* the hot one first */
#define X(name) &op_sns_##name,
	                                        OPS(X)
#undef X
};

static const struct query_shape of_entry[] = {
	{ "MessageAttributes", "MessageAttributes", QUERY_MAP, query_plain },
	{ 0 },
};
static const struct query_shape shapes[] = {
	{ "Attributes", "Attributes", QUERY_MAP, NULL },
	{ "MessageAttributes", "MessageAttributes", QUERY_MAP, query_plain },
	{ "PublishBatchRequestEntries", "PublishBatchRequestEntries", QUERY_LIST, of_entry },
	{ "Tags", "Tags", QUERY_LIST, query_plain },
	{ "TagKeys", "TagKeys", QUERY_LIST, NULL },
	{ "AWSAccountId", "AWSAccountId", QUERY_LIST, NULL },
	{ "ActionName", "ActionName", QUERY_LIST, NULL },
	{ 0 },
};

const struct query_shape *sns_shapes(const struct api_op *op)
{
	(void)op;
	return shapes;
}

/* SDKs speak Query with SNS; there is no JSON form. */
const struct api_family sns_family = {
	.name = { "sns", 3 },
	.version = { "2010-03-31", 10 },
	.xml_namespace = { "http://sns.amazonaws.com/doc/2010-03-31/", 40 },
	.ops = ops,
	.op_count = sizeof ops / sizeof *ops,
	.shapes = sns_shapes,
	.error = sns_error,
};
