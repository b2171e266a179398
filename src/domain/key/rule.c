/* rule.c - patterns against requests. */
#include "domain/key/rule.h"

static bool only(struct str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = c >= '0' && c <= '9';
		if (!letter && !(digit && more[0] == '*') && (c == '\0' || strchr(more, c) == NULL))
			return false;
	}
	return s.len > 0;
}

/* Of queues, topics, policies, people: those of people have letters of any script. */
static bool is_resource(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < 0x80 && !only((struct str){ s.at + i, 1 }, "*-_.@"))
			return false;
	return s.len > 0 && str_utf8(s);
}

static bool service_known(struct str pattern)
{
	return str_is(pattern, "*") || str_is(pattern, "sqs") || str_is(pattern, "sns") ||
	       str_is(pattern, "ringi");
}

static const struct {
	const char *ending;
	unsigned fact;
} scopes[] = { { "@own", FACT_OWN }, { "@department", FACT_DEPARTMENT } };

/* Takes "@own" off the end. */
static unsigned cut_scope(struct str *resource)
{
	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
		if (str_ends(*resource, str_of(scopes[i].ending))) {
			resource->len -= strlen(scopes[i].ending);
			return scopes[i].fact;
		}
	return 0;
}

bool rule_read(struct str text, struct rule *rule, const char **why)
{
	struct str rest = text;

	*why = "";
	if (text.len > RULE_TEXT_MAX) {
		*why = "it is longer than 256 characters";
		return false;
	}
	rule->service = str_cut(&rest, ':');
	rule->action = str_given(rest) ? str_cut(&rest, ':') : S_NONE;
	rule->scope = str_given(rest) ? cut_scope(&rest) : 0;
	rule->resource = rest;
	if (!str_given(rest))
		*why = "it needs three parts, as in sqs:SendMessage:orders-*";
	else if (!service_known(rule->service))
		*why = "it must begin with sqs:, sns:, ringi: or *:";
	else if (!only(rule->action, "A*"))
		*why = "its action has letters and * only";
	else if (memmem(rest.at, rest.len, "@if(", 4) != NULL)
		*why = "its scope is an expression, and only @own and @department are known";
	else if (!is_resource(rest))
		*why = "its queue, topic or other name has letters, digits, - _ . @ and * only";
	return **why == '\0';
}

/* "SendMessageBatch" -> "SendMessage" */
static struct str without_batch(struct str action)
{
	if (str_ends(action, S("Batch")))
		action.len -= 5;
	return action;
}

bool rule_names(const struct rule *rule, struct str service, struct str action)
{
	return str_glob(rule->service, service) &&
	       (str_glob(rule->action, without_batch(action)) || str_glob(rule->action, action));
}

static bool covers_resource(const struct rule *rule, struct str resource)
{
	return str_given(resource) ? str_glob(rule->resource, resource) : str_is(rule->resource, "*");
}

static bool in_scope(const struct rule *rule, unsigned facts)
{
	return (rule->scope & ~facts) == 0;
}

struct verdict allowed(const struct rule *rules, int count, struct str service, struct str action,
                       struct str resource, unsigned facts)
{
	struct verdict v = { .by = -1, .reason = "no rule allows this action" };

	if (!str_given(action) || action.len == 0)
		return v;
	for (int i = 0; i < count; i++) {
		if (!rule_names(&rules[i], service, action))
			continue;
		bool covers = covers_resource(&rules[i], resource);
		if (covers && in_scope(&rules[i], facts))
			return (struct verdict){ .allowed = true, .by = i, .reason = "a rule allows it" };
		v.reason = covers ? "this action is allowed on what is one's own, or of the own department"
		           : str_given(resource) ? "no rule allows this action on this resource"
		                                 : "this action needs a rule for every resource (*)";
	}
	return v;
}

/* A '*' of the inner pattern can only be matched by a '*' of the outer one, so what
 * matches as text matches whatever the inner one stands for. */
bool rules_cover(const struct rule *rules, int count, const struct rule *inner)
{
	for (int i = 0; i < count; i++)
		if (str_glob(rules[i].service, inner->service) &&
		    str_glob(rules[i].action, inner->action) &&
		    str_glob(rules[i].resource, inner->resource) && in_scope(&rules[i], inner->scope))
			return true;
	return false;
}

/* ---- grants */

struct verdict grant_allows(const struct grant *g, struct str service, struct str action,
                            struct str resource, unsigned facts)
{
	struct verdict v = { .by = -1, .reason = "nothing is allowed without rules" };

	for (const struct grant *one = g; one != NULL; one = one->also) {
		struct verdict said = allowed(one->rules, one->count, service, action, resource, facts);
		if (!said.allowed)
			return said;
		if (one == g)
			v = said;
	}
	return v;
}

unsigned grant_facts(const struct grant *g, struct str service, struct str action,
                     struct str resource)
{
	unsigned facts = 0;

	if (grant_allows(g, service, action, resource, 0).allowed)
		return FACTS_NONE_NEEDED | FACT_OWN | FACT_DEPARTMENT;
	for (unsigned fact = FACT_OWN; fact <= FACT_DEPARTMENT; fact <<= 1)
		if (grant_allows(g, service, action, resource, fact).allowed)
			facts |= fact;
	return facts;
}

bool grant_names(const struct grant *g, struct str service, struct str action)
{
	for (const struct grant *one = g; one != NULL; one = one->also) {
		bool named = false;
		for (int i = 0; i < one->count; i++)
			named = named || rule_names(&one->rules[i], service, action);
		if (!named)
			return false;
	}
	return g != NULL;
}

bool grant_covers(const struct grant *g, const struct rule *rule)
{
	for (const struct grant *one = g; one != NULL; one = one->also)
		if (!rules_cover(one->rules, one->count, rule))
			return false;
	return g != NULL;
}

const struct grant *grant_copy(struct arena *a, const struct grant *from)
{
	if (from == NULL)
		return NULL;
	struct rule *rules = ARENA_ARRAY(a, struct rule, from->count + 1);
	struct grant *copy = ARENA_NEW(a, struct grant);

	for (int i = 0; i < from->count; i++)
		rules[i] = (struct rule){
			.service = arena_str(a, from->rules[i].service),
			.action = arena_str(a, from->rules[i].action),
			.resource = arena_str(a, from->rules[i].resource),
			.scope = from->rules[i].scope,
		};
	*copy = (struct grant){ rules, from->count, grant_copy(a, from->also) };
	return copy;
}
