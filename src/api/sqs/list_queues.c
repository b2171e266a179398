/* list_queues.c - ListQueues: URLs in order of the names, a page at a time when asked. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_list *in = CALL_NEW(call, struct queue_list);

	call->c->in = in;
	in->prefix = param_text(call, params, "QueueNamePrefix");
	sqs_page(call, params, &in->max, &in->after);
	call->extra = param_given(params, "MaxResults") ? in : NULL;
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_list *in = call->c->in;

	sqs_write_urls(call, o, S("QueueUrls"), in->names, in->count);
	if (in->count > 0)
		sqs_write_next(call, o, call->extra != NULL, in->more, in->names[in->count - 1]);
}

const struct api_op op_sqs_list_queues = {
	.name = "ListQueues",
	.op = &op_queue_list,
	.parse = parse,
	.render = render,
	.no_queue_url = true,
};
