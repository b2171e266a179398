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

static bool service_known(struct str pattern)
{
	return str_is(pattern, "*") || str_is(pattern, "sqs") || str_is(pattern, "sns") ||
	       str_is(pattern, "ringi");
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
	rule->resource = rest;
	if (!str_given(rest))
		*why = "it needs three parts, as in sqs:SendMessage:orders-*";
	else if (!service_known(rule->service))
		*why = "it must begin with sqs:, sns:, ringi: or *:";
	else if (!only(rule->action, "A*"))
		*why = "its action has letters and * only";
	else if (!only(rule->resource, "*-_."))
		*why = "its queue or topic has letters, digits, - _ . and * only";
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

struct verdict allowed(const struct rule *rules, int count, struct str service, struct str action,
                       struct str resource)
{
	struct verdict v = { .by = -1, .reason = "no rule of the key allows this action" };

	if (!str_given(action) || action.len == 0)
		return v;
	for (int i = 0; i < count; i++) {
		if (!rule_names(&rules[i], service, action))
			continue;
		if (covers_resource(&rules[i], resource))
			return (struct verdict){ .allowed = true,
				                     .by = i,
				                     .reason = "a rule of the key allows it" };
		v.reason = str_given(resource) ? "no rule of the key allows this action on this resource"
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
		    str_glob(rules[i].resource, inner->resource))
			return true;
	return false;
}
