/* notifications.c - /v1/notifications: what somebody was told, and what became of it; the bell;
 * what somebody wants. Without ?person= they are the caller's own. */
#include "api/rest/job.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/notify/manage.h"

/* ---- shown */

static void show(struct out *o, const struct told_view *v)
{
	rest_uuid(o, S("id"), v->id);
	out_text(o, S("person"), v->person);
	out_text(o, S("kind"), v->kind);
	if (v->has_approval)
		rest_uuid(o, S("approval"), v->approval);
	else
		rest_given(o, "about", v->about.len > 0 ? v->about : S_NONE);
	out_number(o, S("round"), v->round);
	out_number(o, S("n"), v->n);
	if (v->slot > 0)
		out_number(o, S("slot"), v->slot);
	out_text(o, S("title"), v->title);
	out_text(o, S("text"), v->text);
	out_text(o, S("state"), v->state);
	out_bool(o, S("read"), v->read_at != 0);
	rest_time(o, S("read_at"), v->read_at);
	rest_time(o, S("created_at"), v->created_at);
	if (str_is(v->state, "WAITING") || str_is(v->state, "COLLECTED"))
		rest_time(o, S("not_before"), v->not_before);
	rest_time(o, S("ended_at"), v->ended_at);
	out_number(o, S("attempts"), v->attempts);
	rest_given(o, "channel", v->channel);
	rest_given(o, "remote", v->remote);
	rest_given(o, "error", v->error);
}

/* ---- list */

static void read_cursor(struct api_call *call, struct str cursor, int64_t *before)
{
	if (str_given(cursor) && !str_i64(cursor, 1, INT64_MAX, before))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "'%.*s' is no cursor; take the one of the page before.",
		             (int)(cursor.len > 64 ? 64 : cursor.len), cursor.at);
}

void rest_told_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct told_list *in = CALL_NEW(call, struct told_list);
	struct str person = form_get(&rest->query, "person");
	enum { USUAL = 50 };

	call->c->in = in;
	in->person = person.len == 0 ? call->c->caller.principal : person;
	in->state = form_get(&rest->query, "state");
	in->unread = str_is(form_get(&rest->query, "unread"), "true");
	in->max = rest_limit(call, rest, USUAL, NOTIFY_LIST_MAX);
	read_cursor(call, form_get(&rest->query, "cursor"), &in->before);
	call->resource = in->person;
	if (str_is(person, "*")) /* everybody's */
		in->person = call->resource = S_NONE;
}

void rest_told_list_render(const struct api_call *call, struct out *o)
{
	const struct told_list *in = call->c->in;

	if (str_given(in->person))
		out_number(o, S("unread"), in->unread_count);
	out_list(o, S("notifications"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), arena_printf(call->c->arena, "%lld", (long long)in->next));
}

/* ---- one */

static struct uuid id_in_path(struct api_call *call, const struct rest_in *rest)
{
	struct uuid id = { { 0 } };

	if (!uuid_read(rest->args[0], &id))
		(void)refuse(call->c, REFUSED_NOT_FOUND, "There is no notification with this id.");
	return id;
}

void rest_told_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct told_get *in = CALL_NEW(call, struct told_get);

	call->c->in = in;
	in->id = id_in_path(call, rest);
}

void rest_told_get_render(const struct api_call *call, struct out *o)
{
	const struct told_get *in = call->c->in;

	show(o, &in->view);
	out_list(o, S("tries"), S_NONE);
	for (int i = 0; i < in->attempt_count; i++) {
		const struct told_attempt *a = &in->attempts[i];
		out_item(o, S_NONE);
		out_number(o, S("n"), a->n);
		rest_time(o, S("at"), a->at);
		out_text(o, S("channel"), a->channel);
		out_text(o, S("address"), a->address);
		out_text(o, S("outcome"), a->outcome);
		if (a->status != 0)
			out_number(o, S("status"), a->status);
		rest_given(o, "error", a->error);
		out_end(o);
	}
	out_end(o);
}

void rest_told_retry_parse(struct api_call *call, const struct rest_in *rest)
{
	struct told_retry *in = CALL_NEW(call, struct told_retry);

	call->c->in = in;
	(void)rest_only(call, rest->body, "");
	in->id = id_in_path(call, rest);
}

void rest_told_retry_render(const struct api_call *call, struct out *o)
{
	const struct told_retry *in = call->c->in;

	rest_uuid(o, S("id"), in->id);
	out_text(o, S("state"), S("WAITING"));
}

/* ---- the bell */

void rest_told_read_parse(struct api_call *call, const struct rest_in *rest)
{
	struct told_read *in = CALL_NEW(call, struct told_read);
	const struct json *ids = param_list(call, rest->body, "ids");

	call->c->in = in;
	(void)rest_only(call, rest->body, "ids read");
	in->person = call->resource = call->c->caller.principal;
	in->unread = !param_bool(call, rest->body, "read", true);
	if (ids == NULL)
		return;
	if (ids->count > NOTIFY_LIST_MAX) {
		(void)refuse_field(call->c, REFUSED_OVER_LIMIT, "ids", "At most %d ids at once.",
		                   NOTIFY_LIST_MAX);
		return;
	}
	in->ids = CALL_ARRAY(call, struct uuid, ids->count + 1);
	JSON_EACH (ids, v)
		if (!uuid_read(json_text(v), &in->ids[in->count++]))
			(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "ids",
			                   "ids is a list of ids of notifications.");
}

void rest_told_read_render(const struct api_call *call, struct out *o)
{
	const struct told_read *in = call->c->in;

	out_number(o, S("changed"), in->changed);
}

/* ---- what somebody wants */

void rest_wants_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct wants *in = CALL_NEW(call, struct wants);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
}

void rest_wants_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct wants *in = CALL_NEW(call, struct wants);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	in->wants = rest->body;
}

void rest_wants_render(const struct api_call *call, struct out *o)
{
	const struct wants *in = call->c->in;
	struct str why;

	out_text(o, S("person"), in->person);
	out_json(o, S("preferences"), in->text);
	(void)why;
}
