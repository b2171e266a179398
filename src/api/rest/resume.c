/* resume.c - what has been stopped goes on: a paused queue, a group behind a poisoned message. */
#include "api/rest/routes.h"
#include "domain/queue/queue.h"

static void unpause(struct api_call *call, struct str name, const struct json *body)
{
	static const struct pair going = { { "paused", 6 }, { "false", 5 } };
	struct queue_set *in = CALL_NEW(call, struct queue_set);

	call->c->in = in;
	in->name = name;
	in->attributes = &going;
	in->count = 1;
	in->reason = param_text(call, body, "reason");
}

static void resume_group(struct api_call *call, struct str name, struct str group,
                         const struct json *body)
{
	struct queue_resume *in = CALL_NEW(call, struct queue_resume);
	struct str how = param_text(call, body, "how");

	call->c->op = &op_queue_resume;
	call->c->in = in;
	in->queue = name;
	in->group = group;
	in->reason = param_text(call, body, "reason");
	if (str_is(how, "retry"))
		in->how = RESUME_RETRY;
	else if (str_is(how, "dead_letter"))
		in->how = RESUME_DEAD_LETTER;
	else if (str_is(how, "delete"))
		in->how = RESUME_DELETE;
	else
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "how must say what becomes of the message: retry, dead_letter or delete.");
}

void rest_resume_parse(struct api_call *call, const struct rest_in *rest)
{
	struct str name = rest_queue(call, rest), group = param_text(call, rest->body, "group");

	if (group.len > 0)
		resume_group(call, name, group, rest->body);
	else
		unpause(call, name, rest->body);
}

void rest_group_resume_parse(struct api_call *call, const struct rest_in *rest)
{
	resume_group(call, rest_queue(call, rest), rest->args[1], rest->body);
}
