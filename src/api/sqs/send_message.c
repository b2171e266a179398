/* send_message.c - SendMessage: one message, on disk before the answer leaves. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_send *in = CALL_NEW(call, struct queue_send);
	struct sent *sent = CALL_NEW(call, struct sent);

	call->c->in = in;
	call->extra = sent;
	in->queue = sqs_queue(call, params);
	in->entries = CALL_NEW(call, struct send_entry);
	in->count = 1;
	call_refuse(call, sqs_read_send(call, params, in->queue, in->entries, sent));
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_send *in = call->c->in;

	sqs_write_sent(call, o, in->queue, in->entries, call->extra);
}

const struct api_op op_sqs_send_message = {
	.name = "SendMessage",
	.op = &op_queue_send,
	.parse = parse,
	.render = render,
};
