/* recoveries.c - /v1/recoveries: what sagas leave to people, and the word that it is done. */
#include "api/rest/job.h"
#include "base/limits.h"
#include "domain/job/recovery.h"

void rest_recovery_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct recovery_list *in = CALL_NEW(call, struct recovery_list);
	struct str cursor = form_get(&rest->query, "cursor");
	struct uuid *before = CALL_NEW(call, struct uuid);

	call->c->in = in;
	in->state = form_get(&rest->query, "state");
	in->max = rest_limit(call, rest, 100, RECOVERY_LIST_MAX);
	if (str_given(in->state) && !str_is(in->state, "OPEN") && !str_is(in->state, "DONE"))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "state",
		                   "state is OPEN or DONE, not '%.*s'.",
		                   (int)(in->state.len > 64 ? 64 : in->state.len), in->state.at);
	if (!str_given(cursor))
		return;
	in->before = before;
	if (!uuid_read(cursor, before))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "cursor",
		                   "This is no cursor; take the one of the page before.");
}

static void item(struct out *o, const struct recovery_item *i)
{
	rest_uuid(o, S("id"), i->id);
	out_text(o, S("state"), i->done ? S("DONE") : S("OPEN"));
	rest_uuid(o, S("saga"), i->saga);
	out_text(o, S("step"), i->step_name);
	out_text(o, S("what"), i->what);
	out_text(o, S("why"), i->why);
	rest_stored(o, "error", i->error);
	if (i->has_job)
		rest_uuid(o, S("job"), i->job);
	if (i->has_undo_job)
		rest_uuid(o, S("compensation"), i->undo_job);
	rest_time(o, S("created_at"), i->created_at);
	rest_time(o, S("done_at"), i->done_at);
	rest_given(o, "done_by", i->done_by);
	rest_given(o, "reason", i->reason);
}

void rest_recovery_list_render(const struct api_call *call, struct out *o)
{
	const struct recovery_list *in = call->c->in;

	out_list(o, S("recoveries"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		item(o, &in->items[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		rest_uuid(o, S("cursor"), in->items[in->count - 1].id);
}

void rest_recovery_done_parse(struct api_call *call, const struct rest_in *rest)
{
	struct recovery_done *in = CALL_NEW(call, struct recovery_done);
	struct str id = rest->args[0];

	call->c->in = in;
	if (!uuid_read(id, &in->id))
		(void)refuse(call->c, REFUSED_NO_SUCH_RECOVERY, "There is no recovery item %.*s.",
		             (int)(id.len > 64 ? 64 : id.len), id.at);
	if (!rest_only(call, rest->body, "reason"))
		return;
	in->reason = param_text_needed(call, rest->body, "reason");
	(void)rest_short(call, rest->body, "reason", JOB_REASON_MAX);
}

void rest_recovery_done_render(const struct api_call *call, struct out *o)
{
	const struct recovery_done *in = call->c->in;

	item(o, &in->item);
}
