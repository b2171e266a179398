/* rights_explain.c - GET /v1/rights:explain: may somebody do something, and by which rule.
 *
 * The very function that decides (domain/key/rule.h) is asked, with what the door knows now.
 * What is known only from rows, whether an approval is one's own, comes as a parameter. */
#include "api/auth.h"
#include "api/family.h"
#include "api/rest/routes.h"
#include "api/state.h"

struct explained {
	struct str principal, service, action, resource;
	unsigned facts;
	struct verdict verdict;
	struct str role, rule; /* absent: not allowed; role: not of a key */
	unsigned would;        /* with these facts alone it would be allowed */
};

static unsigned fact(struct api_call *call, const struct rest_in *rest, const char *name,
                     unsigned bit)
{
	struct str text = form_get(&rest->query, name);

	if (str_given(text) && !str_is(text, "true") && !str_is(text, "false"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "%s must be true or false, not %.*s.",
		             name, S_ARG(text));
	return str_is(text, "true") ? bit : 0;
}

static struct str rule_text(struct arena *a, const struct rule *r)
{
	return arena_printf(a, "%.*s:%.*s:%.*s%s", S_ARG(r->service), S_ARG(r->action),
	                    S_ARG(r->resource),
	                    r->scope == FACT_OWN          ? "@own"
	                    : r->scope == FACT_DEPARTMENT ? "@department"
	                                                  : "");
}

static void judge(struct api_call *call, struct explained *e, const struct grant *grant,
                  const struct roster_person *person)
{
	struct arena *a = call->c->arena;

	e->verdict = grant_allows(grant, e->service, e->action, e->resource, e->facts);
	e->would = grant_facts(grant, e->service, e->action, e->resource);
	if (!e->verdict.allowed)
		return;
	e->rule = rule_text(a, &grant->rules[e->verdict.by]);
	if (person != NULL)
		e->role = arena_str(a, person->role_of[e->verdict.by]->name);
}

static void look(struct api_call *call, struct explained *e)
{
	struct api_loop *loop = &call->api->loops[call->c->reply_to.loop];
	const struct keyring *ring = call->api->config.auth
	                                 ? keyring_held(&loop->keyring)
	                                 : keyring_now(call->api->keys, &loop->keyring);

	if (str_starts(e->principal, S("key:"))) {
		const struct ring_key *k = keyring_by_name(ring, str_from(e->principal, 4));
		if (k == NULL)
			(void)refuse(call->c, REFUSED_NOT_FOUND, "There is no access key named %.*s.",
			             S_ARG(str_from(e->principal, 4)));
		else
			judge(call, e, &k->grant, NULL);
	} else {
		const struct roster_person *p = roster_person(keyring_roster(ring), e->principal);
		judge(call, e, &p->grant, p);
	}
}

void rest_explain_parse(struct api_call *call, const struct rest_in *rest)
{
	struct explained *e = call->extra = CALL_NEW(call, struct explained);
	struct str action = form_get(&rest->query, "action");

	e->principal = form_get(&rest->query, "principal");
	if (e->principal.len == 0)
		e->principal = call->c->caller.principal;
	call->resource = e->principal;
	e->resource = form_get(&rest->query, "resource");
	if (e->resource.len == 0)
		e->resource = S_NONE;
	e->service = str_cut(&action, ':');
	e->action = action;
	e->facts = fact(call, rest, "own", FACT_OWN) | fact(call, rest, "department", FACT_DEPARTMENT);
	if (!str_given(action) || action.len == 0 || !rest_action_exists(e->service, e->action))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "action must be an action with its service, as ringi:GetQueue or "
		             "sqs:SendMessage, not %.*s.",
		             S_ARG(form_get(&rest->query, "action")));
	if (!cmd_refused(call->c))
		look(call, e);
}

void rest_explain_render(const struct api_call *call, struct out *o)
{
	const struct explained *e = call->extra;

	out_text(o, S("principal"), e->principal);
	out_text(o, S("action"),
	         arena_printf(call->c->arena, "%.*s:%.*s", S_ARG(e->service), S_ARG(e->action)));
	out_text(o, S("resource"), str_given(e->resource) ? e->resource : S("*"));
	out_bool(o, S("own"), (e->facts & FACT_OWN) != 0);
	out_bool(o, S("department"), (e->facts & FACT_DEPARTMENT) != 0);
	out_bool(o, S("allowed"), e->verdict.allowed);
	out_text(o, S("reason"), str_of(e->verdict.reason));
	if (str_given(e->rule))
		out_text(o, S("rule"), e->rule);
	if (str_given(e->role))
		out_text(o, S("role"), e->role);
	if (e->verdict.allowed || e->would == 0)
		return;
	out_list(o, S("allowed_if"), S_NONE);
	if (e->would & FACT_OWN)
		out_item_text(o, S_NONE, S("own"));
	if (e->would & FACT_DEPARTMENT)
		out_item_text(o, S_NONE, S("department"));
	out_end(o);
}
