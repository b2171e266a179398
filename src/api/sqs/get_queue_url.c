/* get_queue_url.c - GetQueueUrl: the URL of a queue that exists. There is one account, so
 * QueueOwnerAWSAccountId makes no difference. */
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_named *in = CALL_NEW(call, struct queue_named);

	call->c->in = in;
	in->name = call->resource = param_text_needed(call, params, "QueueName");
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_named *in = call->c->in;

	out_text(o, S("QueueUrl"), sqs_url(call, in->name));
}

const struct api_op op_sqs_get_queue_url = {
	.name = "GetQueueUrl",
	.op = &op_queue_find,
	.parse = parse,
	.render = render,
};
