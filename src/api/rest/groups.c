/* groups.c - groups of jobs: made with their members, closed, canceled, looked at; and who is
 * told of an end (on_done). */
#include "api/rest/job.h"
#include "base/limits.h"
#include "domain/job/group.h"

/* ---- on_done */

static struct str read_on_done(struct api_call *call, const struct json *object)
{
	const struct json *done = param_map(call, object, "on_done");

	if (done == NULL)
		return S_NONE;
	if (!rest_only(call, done, "queue correlation_id payload message_group webhook"))
		return S_NONE;
	if (!param_given(done, "webhook"))
		(void)param_text_needed(call, done, "queue");
	(void)rest_short(call, done, "correlation_id", JOB_CORRELATION_MAX);
	(void)rest_short(call, done, "message_group", MESSAGE_GROUP_MAX);
	return rest_json_of(call, rest_callback_sealed(call, object), "on_done", JOB_DONE_MAX);
}

struct str rest_reply_to(struct api_call *call, const struct json *object)
{
	const struct json *reply = param_map(call, object, "reply_to");

	if (reply == NULL)
		return read_on_done(call, object);
	if (param_given(object, "on_done"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "reply_to is a short form of on_done: give one of them.");
	if (!rest_only(call, reply, "queue correlation_id message_group"))
		return S_NONE;
	(void)param_text_needed(call, reply, "queue");
	(void)rest_short(call, reply, "correlation_id", JOB_CORRELATION_MAX);
	(void)rest_short(call, reply, "message_group", MESSAGE_GROUP_MAX);
	return rest_json_of(call, object, "reply_to", JOB_DONE_MAX);
}

/* ---- reading */

static void read_policy(struct api_call *call, const struct json *v, struct group_create *in)
{
	struct str policy = param_text(call, v, "policy");

	in->fail_fast = str_is(policy, "fail_fast");
	if (str_given(policy) && !in->fail_fast && !str_is(policy, "wait_all"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "policy must be wait_all or fail_fast, not %.*s.",
		             (int)(policy.len > 64 ? 64 : policy.len), policy.at);
}

static void read_group(struct api_call *call, const struct json *v, struct group_create *in)
{
	const struct uuid *parent = rest_id_of(call, v, "parent");

	in->has_parent = parent != NULL;
	if (parent != NULL)
		in->parent = *parent;
	read_policy(call, v, in);
	in->on_done = read_on_done(call, v);
	in->close = param_bool(call, v, "close", in->count > 0);
}

struct group_create *rest_group_of(struct api_call *call, const struct json *v,
                                   struct job_entry *entries, int count)
{
	struct group_create *in = CALL_NEW(call, struct group_create);

	in->entries = entries;
	in->count = count;
	if (v != NULL && rest_only(call, v, "policy on_done parent close"))
		read_group(call, v, in);
	return in;
}

void rest_group_create_parse(struct api_call *call, const struct rest_in *rest)
{
	struct group_create *in = CALL_NEW(call, struct group_create);

	call->c->in = in;
	if (!rest_only(call, rest->body, "policy on_done parent close jobs saga"))
		return;
	if (param_given(rest->body, "saga")) {
		in->saga = rest_saga_of(call, rest->body);
		if (!cmd_refused(call->c))
			read_group(call, rest->body, in);
		in->close = true;
		return;
	}
	if (param_given(rest->body, "jobs"))
		in->entries = rest_job_entries(call, param_list(call, rest->body, "jobs"), "jobs", S_NONE,
		                               true, &in->count);
	if (!cmd_refused(call->c))
		read_group(call, rest->body, in);
}

static struct group_named *named(struct api_call *call, const struct rest_in *rest)
{
	struct group_named *in = CALL_NEW(call, struct group_named);

	call->c->in = in;
	if (!uuid_read(rest->args[0], &in->id))
		(void)refuse(call->c, REFUSED_NO_SUCH_GROUP, "There is no group %.*s.",
		             (int)(rest->args[0].len > 64 ? 64 : rest->args[0].len), rest->args[0].at);
	return in;
}

void rest_group_get_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)named(call, rest);
}

void rest_group_close_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)named(call, rest);
	(void)rest_only(call, rest->body, "");
}

void rest_group_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	struct group_named *in = named(call, rest);

	if (rest_only(call, rest->body, "reason"))
		in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
}

/* ---- writing */

static void group(struct out *o, const struct group_row *g)
{
	rest_uuid(o, S("id"), g->id);
	if (g->has_parent)
		rest_uuid(o, S("parent"), g->parent);
	out_text(o, S("policy"), g->fail_fast ? S("fail_fast") : S("wait_all"));
	rest_on_done_write(o, g->on_done);
	out_text(o, S("requested_by"), g->requested_by);
	out_bool(o, S("closed"), g->closed_at != 0);
	out_bool(o, S("done"), g->done_at != 0);
	out_number(o, S("total"), g->total);
	out_number(o, S("open"), g->open);
	if (g->running >= 0) {
		out_number(o, S("pending"), g->open - g->running);
		out_number(o, S("running"), g->running);
	}
	out_number(o, S("succeeded"), g->succeeded);
	out_number(o, S("failed"), g->failed);
	out_number(o, S("canceled"), g->canceled);
	rest_time(o, S("created_at"), g->created_at);
	rest_time(o, S("closed_at"), g->closed_at);
	rest_time(o, S("done_at"), g->done_at);
	if (g->steps != NULL)
		rest_saga(o, g->steps);
}

void rest_group_render(const struct api_call *call, struct out *o)
{
	const struct group_named *in = call->c->in;

	group(o, in->group);
}

void rest_group_create_render(const struct api_call *call, struct out *o)
{
	const struct group_create *in = call->c->in;

	group(o, &in->group);
	if (in->saga != NULL)
		return;
	out_list(o, S("jobs"), S_NONE);
	for (int i = 0; i < in->count; i++)
		rest_uuid(o, S_NONE, in->entries[i].send.message_id);
	out_end(o);
}
