/* send_message_batch.c - SendMessageBatch: up to ten messages, each accepted or refused by
 * itself; together at most MESSAGE_SIZE_MAX bytes. */
#include "api/sqs/sqs.h"
#include "base/limits.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_send *in = CALL_NEW(call, struct queue_send);

	call->c->in = in;
	in->batch = true;
	in->queue = sqs_queue(call, params);
	const struct json *entries = sqs_entries(call, params, "SendMessageBatchRequestEntry");
	if (entries == NULL)
		return;
	in->entries = CALL_ARRAY(call, struct send_entry, entries->count);
	struct sent *sent = call->extra = CALL_ARRAY(call, struct sent, entries->count);
	JSON_EACH (entries, v) {
		struct send_entry *e = &in->entries[in->count];
		e->id = json_get_text(v, "Id");
		e->refused = sqs_read_send(call, v, in->queue, e, &sent[in->count++]);
	}
	if (call->c->bytes > MESSAGE_SIZE_MAX)
		(void)refuse(call->c, REFUSED_BATCH_TOO_LONG,
		             "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
		             MESSAGE_SIZE_MAX, call->c->bytes);
}

static int write_taken(const struct api_call *call, struct out *o, const struct queue_send *in)
{
	const struct sent *sent = call->extra;
	int failed = 0;

	for (int i = 0; i < in->count; i++)
		failed += in->entries[i].refused.why != REFUSED_NONE;
	if (failed == in->count)
		return failed;
	out_list(o, S("Successful"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct send_entry *e = &in->entries[i];
		if (e->refused.why != REFUSED_NONE)
			continue;
		out_item(o, S("SendMessageBatchResultEntry"));
		out_text(o, S("Id"), e->id);
		sqs_write_sent(call, o, in->queue, e, &sent[i]);
		out_end(o);
	}
	out_end(o);
	return failed;
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_send *in = call->c->in;

	if (write_taken(call, o, in) == 0)
		return;
	out_list(o, S("Failed"), S_NONE);
	for (int i = 0; i < in->count; i++)
		if (in->entries[i].refused.why != REFUSED_NONE)
			sqs_write_failed(call, o, in->entries[i].id, in->entries[i].refused);
	out_end(o);
}

const struct api_op op_sqs_send_message_batch = {
	.name = "SendMessageBatch",
	.op = &op_queue_send,
	.parse = parse,
	.render = render,
};
