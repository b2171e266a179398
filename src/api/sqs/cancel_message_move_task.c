/* cancel_message_move_task.c - CancelMessageMoveTask: a running task stops where it is. */
#include "api/sqs/move.h"
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct move_cancel *in = CALL_NEW(call, struct move_cancel);
	struct str handle = param_text_needed(call, params, "TaskHandle"), arn = S_NONE;

	call->c->in = in;
	if (cmd_refused(call->c))
		return;
	if (!move_handle_read(call->c->arena, handle, &in->task, &arn))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "Value for parameter TaskHandle is invalid.");
	in->source = call->resource = sqs_name_of_arn(arn);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct move_cancel *in = call->c->in;

	out_number(o, S("ApproximateNumberOfMessagesMoved"), in->moved);
}

const struct api_op op_sqs_cancel_message_move_task = {
	.name = "CancelMessageMoveTask",
	.op = &op_move_cancel,
	.parse = parse,
	.render = render,
};
