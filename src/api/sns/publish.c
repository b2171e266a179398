/* publish.c - Publish: one message to all who subscribed. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_publish *in = CALL_NEW(call, struct topic_publish);
	const char *arn = param_given(params, "TopicArn") ? "TopicArn" : "TargetArn";

	call->c->in = in;
	in->count = 1;
	in->origin = call_origin(call);
	in->entries = CALL_NEW(call, struct publish_entry);
	if (param_given(params, "PhoneNumber")) {
		sns_invalid(call, "PhoneNumber Reason: this server sends no text messages");
		return;
	}
	if (!param_given(params, arn)) {
		sns_invalid(call, "TopicArn or TargetArn Reason: no value for required parameter");
		return;
	}
	in->topic = sns_topic(call, params, arn);
	sns_read_publish(call, params, &in->entries[0]);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_publish *in = call->c->in;

	sns_write_published(call, o, &in->entries[0]);
}

const struct api_op op_sns_publish = {
	.name = "Publish",
	.op = &op_topic_publish,
	.parse = parse,
	.render = render,
};
