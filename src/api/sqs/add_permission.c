/* add_permission.c - AddPermission: one statement of the queue's policy. Policies are kept
 * and read back; who may do what is decided by access keys. */
#include "api/sqs/sqs.h"

enum { ACTIONS_MAX = 7, ACCOUNT_DIGITS = 12 };

static bool known(struct str action)
{
	static const char *const names[] = { "*",
		                                 "SendMessage",
		                                 "ReceiveMessage",
		                                 "DeleteMessage",
		                                 "ChangeMessageVisibility",
		                                 "GetQueueAttributes",
		                                 "GetQueueUrl",
		                                 "PurgeQueue",
		                                 "ListDeadLetterSourceQueues" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(action, names[i]))
			return true;
	return false;
}

static void check_actions(struct api_call *call, const struct queue_permission *in)
{
	for (int i = 0; i < in->action_count; i++)
		if (!known(in->actions[i]))
			(void)refuse(
				call->c, REFUSED_INVALID_PARAMETER,
				"Value SQS:%.*s for parameter ActionName is invalid. Reason: Only the queue owner "
				"is allowed to invoke this action.",
				S_ARG(in->actions[i]));
	if (in->action_count > ACTIONS_MAX)
		(void)refuse(call->c, REFUSED_OVER_LIMIT, "%d Actions were found, maximum allowed is %d.",
		             in->action_count, ACTIONS_MAX);
}

static void check_accounts(struct api_call *call, const struct queue_permission *in)
{
	uint64_t number;

	for (int i = 0; i < in->account_count; i++)
		if (in->accounts[i].len != ACCOUNT_DIGITS || !str_u64(in->accounts[i], UINT64_MAX, &number))
			(void)
				refuse(call->c, REFUSED_INVALID_PARAMETER,
			           "Value %.*s for parameter PrincipalId is invalid. Reason: Unable to verify.",
			           S_ARG(in->accounts[i]));
}

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_permission *in = CALL_NEW(call, struct queue_permission);

	call->c->in = in;
	in->name = sqs_queue(call, params);
	in->label = param_text_needed(call, params, "Label");
	in->accounts = param_texts(call, params, "AWSAccountIds", &in->account_count);
	in->actions = param_texts(call, params, "Actions", &in->action_count);
	if (in->account_count == 0)
		param_missing(call, "AWSAccountIds");
	if (in->action_count == 0)
		param_missing(call, "Actions");
	if (cmd_refused(call->c) || call_refuse(call, validate_label(call->c->arena, in->label)))
		return;
	check_actions(call, in);
	check_accounts(call, in);
}

const struct api_op op_sqs_add_permission = {
	.name = "AddPermission",
	.op = &op_queue_permit,
	.parse = parse,
};
