/* delegations.c - /v1/delegations and /v1/people/{id}/absences. */
#include <stdio.h>

#include "api/rest/job.h"
#include "api/rest/people.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/directory/delegation.h"

static int64_t cursor_of(struct api_call *call, const struct rest_in *rest)
{
	struct str text = form_get(&rest->query, "cursor");
	int64_t row = 0;

	if (str_given(text) && !str_i64(text, 1, INT64_MAX, &row))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "cursor",
		                   "The cursor must be one that was given in an answer.");
	return row;
}

static void write_cursor(struct out *o, int64_t row)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)row);
	out_text(o, S("cursor"), str_of(text));
}

static bool asks_ended(struct api_call *call, const struct rest_in *rest)
{
	struct str text = form_get(&rest->query, "ended");

	if (str_given(text) && !str_is(text, "true") && !str_is(text, "false"))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "ended", "ended is true or false.");
	return str_is(text, "true");
}

/* ---- delegations */

/* A number as it is written, or a text of one. */
static struct str amount_of(struct api_call *call, const struct json *amount)
{
	const struct json *max = json_get(amount, "max");

	if (max != NULL && !json_is(max, JSON_NUMBER) && !json_is(max, JSON_STRING))
		(void)refuse_field(call->c, REFUSED_MALFORMED_INPUT, "amount",
		                   "The member max of amount must be a number.");
	return max == NULL ? S_NONE : max->text;
}

void rest_delegation_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct delegation_put *in = CALL_NEW(call, struct delegation_put);
	const struct json *body = rest->body, *amount = param_map(call, body, "amount");

	call->c->in = in;
	(void)rest_only(call, body,
	                "principal delegate from until policies amount on_absence order reason");
	if (amount != NULL)
		(void)rest_only(call, amount, "path max");
	in->principal = param_text(call, body, "principal");
	in->delegate = param_text_needed(call, body, "delegate");
	in->from = param_text(call, body, "from");
	in->until = param_text(call, body, "until");
	in->policies = param_text(call, body, "policies");
	in->amount_path = param_text(call, amount, "path");
	in->amount_max = amount_of(call, amount);
	in->on_absence = param_bool(call, body, "on_absence", false);
	in->rank = rest_bounded(call, body, "order", 1, DELEGATION_RANK_MAX, 1);
	in->reason = param_text(call, body, "reason");
	in->known_only = call->api->config.auth;
}

/* Times in UTC: principals may have any zone. */
static void show(struct out *o, const struct delegation *d)
{
	rest_uuid(o, S("id"), d->id);
	out_text(o, S("principal"), d->principal);
	out_text(o, S("delegate"), d->delegate);
	out_number(o, S("order"), d->rank);
	rest_time(o, S("from"), d->period.from_at);
	if (d->period.until_at != NEVER)
		rest_time(o, S("until"), d->period.until_at);
	rest_given(o, "policies", d->policies);
	if (str_given(d->amount_path)) {
		out_object(o, S("amount"));
		out_text(o, S("path"), d->amount_path);
		out_text(o, S("max"), d->amount_max);
		out_end(o);
	}
	out_bool(o, S("on_absence"), d->on_absence);
	rest_given(o, "reason", d->reason);
	out_text(o, S("set_by"), d->set_by);
	rest_time(o, S("created_at"), d->created_at);
	rest_time(o, S("canceled_at"), d->canceled_at);
	rest_given(o, "canceled_by", d->canceled_by);
}

void rest_delegation_put_render(const struct api_call *call, struct out *o)
{
	const struct delegation_put *in = call->c->in;

	show(o, &in->made);
}

void rest_delegation_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct delegation_list *in = CALL_NEW(call, struct delegation_list);
	struct uuid *id = CALL_NEW(call, struct uuid);

	call->c->in = in;
	*id = rest_uuid_in_path(call, rest->args[0]);
	in->one = id;
	in->max = 1;
}

void rest_delegation_get_render(const struct api_call *call, struct out *o)
{
	const struct delegation_list *in = call->c->in;

	show(o, &in->all[0]);
}

void rest_delegation_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct delegation_list *in = CALL_NEW(call, struct delegation_list);

	call->c->in = in;
	in->principal = form_get(&rest->query, "principal");
	in->delegate = form_get(&rest->query, "delegate");
	in->ended = asks_ended(call, rest);
	in->before = cursor_of(call, rest);
	in->max = rest_limit(call, rest, 50, PEOPLE_LIST_MAX);
}

void rest_delegation_list_render(const struct api_call *call, struct out *o)
{
	const struct delegation_list *in = call->c->in;

	out_list(o, S("delegations"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		write_cursor(o, in->all[in->count - 1].row);
}

void rest_delegation_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	struct delegation_named *in = CALL_NEW(call, struct delegation_named);

	call->c->in = in;
	in->id = rest_uuid_in_path(call, rest->args[0]);
}

/* ---- absences */

void rest_absence_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct absence_put *in = CALL_NEW(call, struct absence_put);

	call->c->in = in;
	in->person = call->resource = rest->args[0];
	(void)rest_only(call, rest->body, "from until reason");
	in->from = param_text(call, rest->body, "from");
	in->until = param_text(call, rest->body, "until");
	in->reason = param_text(call, rest->body, "reason");
	in->known_only = call->api->config.auth;
}

static void show_absence(struct out *o, const struct absence *a)
{
	rest_uuid(o, S("id"), a->id);
	out_text(o, S("person"), a->person);
	rest_time(o, S("from"), a->period.from_at);
	if (a->period.until_at != NEVER)
		rest_time(o, S("until"), a->period.until_at);
	rest_given(o, "reason", a->reason);
	out_text(o, S("set_by"), a->set_by);
	rest_time(o, S("created_at"), a->created_at);
	rest_time(o, S("canceled_at"), a->canceled_at);
	rest_given(o, "canceled_by", a->canceled_by);
}

void rest_absence_put_render(const struct api_call *call, struct out *o)
{
	const struct absence_put *in = call->c->in;

	show_absence(o, &in->made);
}

void rest_absence_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct absence_list *in = CALL_NEW(call, struct absence_list);

	call->c->in = in;
	in->person = call->resource = rest->args[0];
	in->ended = asks_ended(call, rest);
	in->before = cursor_of(call, rest);
	in->max = rest_limit(call, rest, 50, PEOPLE_LIST_MAX);
}

void rest_absence_list_render(const struct api_call *call, struct out *o)
{
	const struct absence_list *in = call->c->in;

	out_list(o, S("absences"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show_absence(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		write_cursor(o, in->all[in->count - 1].row);
}

void rest_absence_cancel_parse(struct api_call *call, const struct rest_in *rest)
{
	struct absence_named *in = CALL_NEW(call, struct absence_named);

	call->c->in = in;
	in->person = call->resource = rest->args[0];
	in->id = rest_uuid_in_path(call, rest->args[1]);
}
