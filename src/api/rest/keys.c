/* keys.c - /v1/keys: access keys are made, listed, rotated and revoked.
 *
 * Nobody can give what they don't have: the rules of a new key, and of one that is rotated
 * (its new secret is told), must be covered by those of the key that asks. */
#include "api/auth.h"
#include "api/keymaker.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"

#define LIFE_MAX_MS (3650 * DAY_MS)

static void deny(struct api_call *call, struct str rule)
{
	(void)refuse(call->c, REFUSED_NOT_ALLOWED,
	             "User: %.*s is not authorized to give the right %.*s because no rule of its own "
	             "covers it",
	             S_ARG(call->c->caller.principal), S_ARG(rule));
}

/* ---- create */

/* Is there any operation that it allows? */
static bool names_something(const struct rule *rule)
{
	static const struct api_family *const families[] = { &sqs_family, &sns_family };
	static const char *const others[] = { "CallWebhook", "ActAs" }; /* job/done.h; api/auth.c */

	for (int f = 0; f < 2; f++)
		for (int i = 0; i < families[f]->op_count; i++)
			if (rule_names(rule, families[f]->name, str_of(families[f]->ops[i]->name)))
				return true;
	for (const struct rest_route *r = rest_routes; r->path != NULL; r++)
		if (r->action != NULL && rule_names(rule, S("ringi"), str_of(r->action)))
			return true;
	return rule_names(rule, S("ringi"), str_of(others[0])) ||
	       rule_names(rule, S("ringi"), str_of(others[1]));
}

bool rest_action_exists(struct str service, struct str action)
{
	const struct rule rule = { .service = service, .action = action };

	return action.len > 0 && memchr(action.at, '*', action.len) == NULL && names_something(&rule);
}

static void read_rule(struct api_call *call, const struct json *v)
{
	struct rule rule;
	const char *why = "it is not a text";
	struct str text = json_text(v);

	if (!json_is(v, JSON_STRING) || !rule_read(text, &rule, &why))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "The rule '%.*s' cannot be used: %s.",
		             S_ARG(text), why);
	else if (!names_something(&rule))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "The rule '%.*s' allows nothing: there is no action of that name.",
		             S_ARG(text));
	else if (call->api->config.auth && !grant_covers(call->grant, &rule))
		deny(call, text);
}

struct str rest_rules_read(struct api_call *call, const struct json *list, int max)
{
	if (list == NULL || list->count == 0 || list->count > (size_t)max) {
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "rules must be a list of 1 to %d texts, as in [\"sqs:SendMessage:orders-*\"].",
		             max);
		return S_NONE;
	}
	JSON_EACH (list, v)
		read_rule(call, v);
	return json_written(call->c->arena, list);
}

static struct str read_name(struct api_call *call, struct str name)
{
	call->resource = name;
	if (!key_name_valid(name))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "A key's name has 1 to %d letters, digits and - _ . ; this one is '%.*s'.",
		             KEY_NAME_MAX, (int)(name.len > 200 ? 200 : name.len),
		             str_given(name) ? name.at : "");
	return name;
}

void rest_key_create_parse(struct api_call *call, const struct rest_in *rest)
{
	struct key_create *in = CALL_NEW(call, struct key_create);
	int64_t life_s = param_int(call, rest->body, "expires_in_s", 0);

	call->c->in = in;
	in->name = read_name(call, param_text(call, rest->body, "name"));
	in->rules = rest_rules_read(call, param_list(call, rest->body, "rules"), KEY_RULES_MAX);
	if (life_s < 0 || life_s > LIFE_MAX_MS / SECOND_MS ||
	    (life_s == 0 && param_given(rest->body, "expires_in_s")))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "expires_in_s must be 1 to %lld seconds, not %lld.",
		             (long long)(LIFE_MAX_MS / SECOND_MS), (long long)life_s);
	in->life_ms = life_s * SECOND_MS;
	if (cmd_refused(call->c))
		return;
	const struct fresh_key *k = call->extra = fresh_key(call->api, call->c->arena);
	in->id = k->id;
	in->sealed = k->sealed;
	in->token_hash = k->token_hash;
}

void rest_rules_write(const struct api_call *call, struct out *o, struct str rules)
{
	struct str why;

	out_list(o, S("rules"), S_NONE);
	JSON_EACH (json_read(call->c->arena, rules, &why), v)
		out_item_text(o, S_NONE, json_text(v));
	out_end(o);
}

static void write_times(struct out *o, int64_t created_at, int64_t expires_at)
{
	rest_time(o, S("created_at"), created_at);
	rest_time(o, S("expires_at"), expires_at);
}

/* The only place where they are told. */
static void write_secrets(const struct api_call *call, struct out *o, struct str name)
{
	const struct fresh_key *k = call->extra;

	out_text(o, S("name"), name);
	out_text(o, S("access_key_id"), k->id);
	out_text(o, S("secret_access_key"), k->secret);
	out_text(o, S("token"), k->token);
}

void rest_key_create_render(const struct api_call *call, struct out *o)
{
	const struct key_create *in = call->c->in;

	write_secrets(call, o, in->name);
	rest_rules_write(call, o, in->rules);
	write_times(o, in->created_at, in->expires_at);
}

/* ---- rotate, revoke */

/* Does the caller's key cover all that the key of this name may do? Gives that key's id, so
 * that the engine rotates no other one that has got the name in between.
 *
 * Looks into the ring that call->grant lies in: asking for a newer one would free it. */
static struct str check_covered(struct api_call *call, struct str name)
{
	struct api_loop *loop = &call->api->loops[call->c->reply_to.loop];

	if (!call->api->config.auth || cmd_refused(call->c))
		return S_NONE;
	const struct ring_key *k = keyring_by_name(keyring_held(&loop->keyring), name);
	if (k == NULL)
		return S("(none)"); /* nor one that is made before the engine looks */
	for (int i = 0; i < k->grant.count; i++)
		if (!grant_covers(call->grant, &k->grant.rules[i]))
			deny(call, S("of that key"));
	return arena_str(call->c->arena, k->id);
}

void rest_key_rotate_parse(struct api_call *call, const struct rest_in *rest)
{
	struct key_rotate *in = CALL_NEW(call, struct key_rotate);
	const struct fresh_key *k = call->extra = fresh_key(call->api, call->c->arena);

	call->c->in = in;
	in->name = read_name(call, rest->args[0]);
	in->id = k->id;
	in->sealed = k->sealed;
	in->token_hash = k->token_hash;
	in->old_id = check_covered(call, in->name);
}

void rest_key_rotate_render(const struct api_call *call, struct out *o)
{
	const struct key_rotate *in = call->c->in;

	write_secrets(call, o, in->name);
	rest_rules_write(call, o, in->rules);
	write_times(o, in->created_at, in->expires_at);
}

void rest_key_revoke_parse(struct api_call *call, const struct rest_in *rest)
{
	struct key_named *in = CALL_NEW(call, struct key_named);

	call->c->in = in;
	in->name = read_name(call, rest->args[0]);
}

/* ---- list */

void rest_key_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct key_list *in = CALL_NEW(call, struct key_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, LIST_MAX, LIST_MAX);
}

void rest_key_list_render(const struct api_call *call, struct out *o)
{
	const struct key_list *in = call->c->in;

	out_list(o, S("keys"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct key_info *k = &in->keys[i];
		out_item(o, S_NONE);
		out_text(o, S("access_key_id"), k->id);
		out_text(o, S("name"), k->name);
		rest_rules_write(call, o, k->rules);
		write_times(o, k->created_at, k->expires_at);
		rest_time(o, S("last_used_at"), k->last_used_at);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->keys[in->count - 1].name);
}
