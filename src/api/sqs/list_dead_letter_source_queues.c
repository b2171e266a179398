/* list_dead_letter_source_queues.c - ListDeadLetterSourceQueues: who sends its dead letters
 * to this queue. The list is called queueUrls, with a small q. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_sources *in = CALL_NEW(call, struct queue_sources);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	sqs_page(call, params, &in->max, &in->after);
	call->extra = param_given(params, "MaxResults") ? in : NULL;
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_sources *in = call->c->in;

	sqs_write_urls(call, o, S("queueUrls"), in->names, in->count);
	if (in->count > 0)
		sqs_write_next(call, o, call->extra != NULL, in->more, in->names[in->count - 1]);
}

const struct api_op op_sqs_list_dead_letter_source_queues = {
	.name = "ListDeadLetterSourceQueues",
	.op = &op_queue_sources,
	.parse = parse,
	.render = render,
};
