/* peek_aws.c - /_aws/sqs/messages: a look without touching, where tools for emulators of
 * SQS expect it. The answer has the members of ReceiveMessage, without a usable handle. */
#include "api/rest/routes.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"

void rest_peek_aws_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_peek *in = CALL_NEW(call, struct queue_peek);
	struct str url = form_get(&rest->query, "QueueUrl");

	call->c->in = in;
	in->queue = call->resource = sqs_name_of_url(url);
	in->max = PEEK_MAX;
	if (url.len == 0)
		param_missing(call, "QueueUrl");
}

static void message(struct out *o, const struct received *m)
{
	char hex[2 * MD5_SIZE + 1];

	hex_text((const uint8_t *)m->body_md5.at, MD5_SIZE, hex);
	out_item(o, S_NONE);
	rest_uuid(o, S("MessageId"), m->message_id);
	out_text(o, S("MD5OfBody"), str_of(hex));
	out_text(o, S("Body"), m->body);
	out_object(o, S("Attributes"));
	if (str_given(m->sender))
		out_text(o, S("SenderId"), m->sender);
	out_number(o, S("SentTimestamp"), m->sent_at);
	out_number(o, S("ApproximateReceiveCount"), m->receive_count);
	if (str_given(m->group))
		out_text(o, S("MessageGroupId"), m->group);
	out_end(o);
	out_end(o);
}

void rest_peek_aws_render(const struct api_call *call, struct out *o)
{
	const struct queue_peek *in = call->c->in;

	out_object(o, S("ReceiveMessageResponse"));
	out_object(o, S("ReceiveMessageResult"));
	out_list(o, S("Message"), S_NONE);
	for (int i = 0; i < in->count; i++)
		message(o, &in->messages[i]);
	out_end(o);
	out_end(o);
	out_end(o);
}
