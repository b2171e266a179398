/* query.c - the shapes of SQS's Query requests. */
#include "api/sqs/sqs.h"

#define COMMON \
	{ "Attribute", "Attributes", QUERY_MAP, NULL }, \
		{ "AttributeName", "AttributeNames", QUERY_LIST, NULL }, \
		{ "MessageAttribute", "MessageAttributes", QUERY_MAP, query_plain }, \
		{ "MessageAttributeName", "MessageAttributeNames", QUERY_LIST, NULL }, \
		{ "MessageSystemAttribute", "MessageSystemAttributes", QUERY_MAP, query_plain }, \
		{ "MessageSystemAttributeName", "MessageSystemAttributeNames", QUERY_LIST, NULL }, \
		{ "TagKey", "TagKeys", QUERY_LIST, NULL }, { "Tag", "Tags", QUERY_MAP, NULL }, \
		{ "AWSAccountId", "AWSAccountIds", QUERY_LIST, NULL }, \
	{ \
		"ActionName", "Actions", QUERY_LIST, NULL \
	}

static const struct query_shape of_entry[] = { COMMON, { 0 } };
static const struct query_shape single[] = { COMMON, { 0 } };

#define BATCH(name) \
	static const struct query_shape name[] = { \
		{ #name "RequestEntry", "Entries", QUERY_LIST, of_entry }, \
		{ "Entries", "Entries", QUERY_LIST, of_entry }, \
		{ 0 }, \
	}
BATCH(SendMessageBatch);
BATCH(DeleteMessageBatch);
BATCH(ChangeMessageVisibilityBatch);

const struct query_shape *sqs_shapes(const struct api_op *op)
{
	struct str name = str_of(op->name);

	if (str_is(name, "SendMessageBatch"))
		return SendMessageBatch;
	if (str_is(name, "DeleteMessageBatch"))
		return DeleteMessageBatch;
	if (str_is(name, "ChangeMessageVisibilityBatch"))
		return ChangeMessageVisibilityBatch;
	return single;
}
