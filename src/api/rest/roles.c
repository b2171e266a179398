/* roles.c - /v1/roles and /v1/people/{id}/roles: roles are made, changed, given and taken away.
 *
 * Nobody gives what they do not have, and nobody takes it either: all rules of a role must be
 * covered by what the caller may. What was compared travels with the command, and the engine
 * refuses when it is not so any more (O5 of domain/account/role.h). */
#include "api/auth.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/account/role.h"

static const struct roster *roster_of(const struct api_call *call)
{
	struct api_loop *loop = &call->api->loops[call->c->reply_to.loop];

	/* The ring that call->grant lies in, if it has one: a newer one would free it. */
	return keyring_roster(call->api->config.auth ? keyring_held(&loop->keyring)
	                                             : keyring_now(call->api->keys, &loop->keyring));
}

static struct str read_name(struct api_call *call, struct str name)
{
	call->resource = name;
	if (!role_name_valid(name))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "A role's name has 1 to %d letters, digits and - _ . ; this one is '%.*s'.",
		             ROLE_NAME_MAX, (int)(name.len > 200 ? 200 : name.len),
		             str_given(name) ? name.at : "");
	return name;
}

/* The role's rules as they were when the caller was found to have them all; absent: there is
 * none of that name. */
static struct str check_covered(struct api_call *call, struct str name)
{
	const struct roster_role *role = roster_role(roster_of(call), name);

	if (role == NULL)
		return S_NONE;
	for (int i = 0; call->api->config.auth && i < role->grant.count; i++)
		if (!grant_covers(call->grant, &role->grant.rules[i]))
			(void)refuse(call->c, REFUSED_NOT_ALLOWED,
			             "User: %.*s is not authorized to give or change the role %.*s because "
			             "it allows more than they may",
			             S_ARG(call->c->caller.principal), S_ARG(name));
	return arena_str(call->c->arena, role->text);
}

/* ---- put, delete */

void rest_role_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct role_put *in = CALL_NEW(call, struct role_put);

	call->c->in = in;
	in->name = read_name(call, rest->args[0]);
	in->rules = rest_rules_read(call, param_list(call, rest->body, "rules"), ROLE_RULES_MAX);
	in->note = param_text(call, rest->body, "note");
	if (in->note.len > ROLE_NOTE_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "note has %d bytes at most, not %zu.",
		             ROLE_NOTE_MAX, in->note.len);
	if (!cmd_refused(call->c))
		in->seen = check_covered(call, in->name);
}

void rest_role_put_render(const struct api_call *call, struct out *o)
{
	const struct role_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	rest_rules_write(call, o, in->rules);
	if (in->note.len > 0)
		out_text(o, S("note"), in->note);
	rest_time(o, S("changed_at"), in->changed_at);
}

int rest_role_put_status(const struct api_call *call)
{
	const struct role_put *in = call->c->in;

	return in->made ? 201 : 200;
}

void rest_role_delete_parse(struct api_call *call, const struct rest_in *rest)
{
	struct role_delete *in = CALL_NEW(call, struct role_delete);

	call->c->in = in;
	in->name = read_name(call, rest->args[0]);
	if (!cmd_refused(call->c))
		in->seen = check_covered(call, in->name);
}

/* ---- grant, revoke */

void rest_role_give_parse(struct api_call *call, const struct rest_in *rest)
{
	struct role_give *in = CALL_NEW(call, struct role_give);

	call->c->in = in;
	in->role = read_name(call, rest->args[0]);
	in->holder = rest->args[1];
	if (!holder_valid(in->holder))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "A role is held by user:PERSON, not by '%.*s'.",
		             (int)(in->holder.len > 200 ? 200 : in->holder.len), in->holder.at);
	if (!cmd_refused(call->c))
		in->seen = check_covered(call, in->role);
}

/* ---- look */

static void write_role(const struct api_call *call, struct out *o, const struct role *r)
{
	out_text(o, S("name"), r->name);
	rest_rules_write(call, o, r->rules);
	if (r->note.len > 0)
		out_text(o, S("note"), r->note);
	out_bool(o, S("built_in"), r->built_in);
	rest_time(o, S("created_at"), r->created_at);
	rest_time(o, S("changed_at"), r->changed_at);
}

void rest_role_list_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	call->c->in = CALL_NEW(call, struct role_list);
}

void rest_role_list_render(const struct api_call *call, struct out *o)
{
	const struct role_list *in = call->c->in;

	out_list(o, S("roles"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		write_role(call, o, &in->roles[i]);
		out_end(o);
	}
	out_end(o);
}

void rest_role_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct role_get *in = CALL_NEW(call, struct role_get);

	call->c->in = in;
	in->name = read_name(call, rest->args[0]);
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, LIST_MAX, LIST_MAX);
}

void rest_role_get_render(const struct api_call *call, struct out *o)
{
	const struct role_get *in = call->c->in;

	write_role(call, o, &in->role);
	out_list(o, S("holders"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		out_text(o, S("holder"), in->holders[i].holder);
		out_text(o, S("granted_by"), in->holders[i].granted_by);
		rest_time(o, S("granted_at"), in->holders[i].granted_at);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->holders[in->count - 1].holder);
}

struct str rest_person_named(struct api_call *call, struct str id)
{
	call->resource = id;
	if (!account_id_valid(id))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "A person's id has 1 to %d letters, digits and . _ @ - ; this one is '%.*s'.",
		             ACCOUNT_ID_MAX, (int)(id.len > 200 ? 200 : id.len),
		             str_given(id) ? id.at : "");
	return id;
}

void rest_roles_of_parse(struct api_call *call, const struct rest_in *rest)
{
	struct roles_of *in = CALL_NEW(call, struct roles_of);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
}

void rest_roles_of_render(const struct api_call *call, struct out *o)
{
	const struct roles_of *in = call->c->in;

	out_text(o, S("person"), in->person);
	out_list(o, S("roles"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		out_text(o, S("role"), in->roles[i].role);
		out_text(o, S("granted_by"), in->roles[i].granted_by);
		rest_time(o, S("granted_at"), in->roles[i].granted_at);
		out_end(o);
	}
	out_item(o, S_NONE);
	out_text(o, S("role"), S(ROLE_OF_EVERYBODY));
	out_end(o);
	out_end(o);
}
