/* start_message_move_task.c - StartMessageMoveTask: messages leave a dead-letter queue, each
 * to where it came from or all to one destination. */
#include "api/sqs/sqs.h"
#include "api/sqs/move.h"

static struct str queue_of(struct api_call *call, struct str arn, const char *parameter)
{
	struct str name = sqs_name_of_arn(arn);

	if (arn.len > 0 && name.len == 0)
		(void)refuse(call->c, REFUSED_NO_SUCH_RESOURCE,
		             "The resource that you specified for the %s parameter doesn't exist.",
		             parameter);
	return name;
}

static void parse(struct api_call *call, const struct json *params)
{
	struct move_start *in = CALL_NEW(call, struct move_start);

	call->c->in = in;
	in->source_arn = param_text_needed(call, params, "SourceArn");
	in->destination_arn = param_text(call, params, "DestinationArn");
	in->rate = param_int(call, params, "MaxNumberOfMessagesPerSecond", 0);
	in->source = call->resource = queue_of(call, in->source_arn, "SourceArn");
	in->destination = queue_of(call, in->destination_arn, "DestinationArn");
	if (param_given(params, "MaxNumberOfMessagesPerSecond"))
		call_refuse(call, validate_range(call->c->arena, RANGE_MOVE_RATE, in->rate));
}

static void render(const struct api_call *call, struct out *o)
{
	const struct move_start *in = call->c->in;

	out_text(o, S("TaskHandle"), move_handle(call, in->task, in->source_arn));
}

const struct api_op op_sqs_start_message_move_task = {
	.name = "StartMessageMoveTask",
	.op = &op_move_start,
	.parse = parse,
	.render = render,
};
