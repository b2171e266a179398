/* list_message_move_tasks.c - ListMessageMoveTasks: the newest tasks of one source queue.
 * Only a running one has a handle. */
#include "api/sqs/move.h"
#include "api/sqs/sqs.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct move_list *in = CALL_NEW(call, struct move_list);
	int64_t max = param_int(call, params, "MaxResults", 1);

	call->c->in = in;
	in->source_arn = param_text_needed(call, params, "SourceArn");
	in->source = call->resource = sqs_name_of_arn(in->source_arn);
	call_refuse(call, validate_range(call->c->arena, RANGE_MOVE_RESULTS, max));
	in->max = (int)max;
	if (in->source.len == 0)
		(void)refuse(call->c, REFUSED_NO_SUCH_RESOURCE,
		             "The resource that you specified for the SourceArn parameter doesn't exist.");
}

static void write_task(const struct api_call *call, struct out *o, const struct move_info *t)
{
	struct str source = sqs_arn(call, t->source);

	out_item(o, S("ListMessageMoveTasksResultEntry"));
	if (str_is(t->state, "RUNNING"))
		out_text(o, S("TaskHandle"), move_handle(call, t->task, source));
	out_text(o, S("Status"), t->state);
	out_text(o, S("SourceArn"), source);
	if (str_given(t->destination))
		out_text(o, S("DestinationArn"), sqs_arn(call, t->destination));
	if (t->rate > 0)
		out_number(o, S("MaxNumberOfMessagesPerSecond"), t->rate);
	out_number(o, S("ApproximateNumberOfMessagesMoved"), t->moved);
	out_number(o, S("ApproximateNumberOfMessagesToMove"), t->total);
	if (str_given(t->failure))
		out_text(o, S("FailureReason"), t->failure);
	out_number(o, S("StartedTimestamp"), t->started_at);
	out_end(o);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct move_list *in = call->c->in;

	if (in->count == 0)
		return;
	out_list(o, S("Results"), S_NONE);
	for (int i = 0; i < in->count; i++)
		write_task(call, o, &in->tasks[i]);
	out_end(o);
}

const struct api_op op_sqs_list_message_move_tasks = {
	.name = "ListMessageMoveTasks",
	.op = &op_move_list,
	.parse = parse,
	.render = render,
};
