/* subscription_attribute.c - what may be set on a subscription, and what it means. */
#include "base/limits.h"
#include "domain/topic/endpoint.h"
#include "domain/topic/memory.h"
#include "domain/topic/retry.h"
#include "wire/json.h"

#define INVALID(arena, ...) refused_as((arena), REFUSED_INVALID_TOPIC_PARAMETER, __VA_ARGS__)
static const struct refused fine = { .why = REFUSED_NONE };

static enum filter_scope scope_of(struct str value)
{
	return str_is(value, "MessageBody") ? FILTER_BODY : FILTER_ATTRIBUTES;
}

static struct refused check_raw(struct arena *a, struct str value)
{
	if (str_is(value, "true") || str_is(value, "false"))
		return fine;
	return INVALID(a, "RawMessageDelivery: Invalid value [%.*s]. Must be true or false.",
	               S_ARG(value));
}

static struct refused check_filter(struct arena *a, struct str policy, struct str scope)
{
	struct str why;

	if (policy.len == 0 || filter_compile(a, policy, scope_of(scope), &why) != NULL)
		return fine;
	return INVALID(a, "%.*s", S_ARG(why));
}

static struct refused check_scope(struct arena *a, struct str scope, struct str policy)
{
	if (!str_is(scope, "MessageBody") && !str_is(scope, "MessageAttributes"))
		return INVALID(a,
		               "FilterPolicyScope: Invalid value [%.*s]. Please use either MessageBody or "
		               "MessageAttributes",
		               S_ARG(scope));
	return check_filter(a, policy, scope);
}

static struct refused check_redrive(struct arena *a, const struct domain_config *config,
                                    bool fifo_topic, struct str value)
{
	struct str why;

	if (value.len == 0)
		return fine;
	const struct json *policy = json_read(a, value, &why);
	if (!json_is(policy, JSON_OBJECT))
		return INVALID(a, "RedrivePolicy: failed to parse JSON.");
	struct str queue = endpoint_queue(config, json_get_text(policy, "deadLetterTargetArn"));
	if (!str_given(queue))
		return INVALID(a, "RedrivePolicy: deadLetterTargetArn is an invalid arn");
	if (!fifo_topic && str_ends(queue, S(".fifo")))
		return INVALID(
			a, "RedrivePolicy: the dead-letter queue of a standard topic must be a standard queue");
	return fine;
}

static struct refused check_delivery(struct arena *a, struct str value)
{
	struct str why;

	if (value.len == 0 || retry_policy_check(a, value, false, &why))
		return fine;
	return INVALID(a, "DeliveryPolicy: %.*s", S_ARG(why));
}

struct refused subscription_attribute_check(struct arena *a, const struct domain_config *config,
                                            bool fifo_topic, const struct props *others,
                                            struct str name, struct str value)
{
	if (value.len > FILTER_POLICY_MAX)
		return INVALID(a, "%.*s Reason: The value is longer than %d bytes", S_ARG(name),
		               FILTER_POLICY_MAX);
	if (str_is(name, "RawMessageDelivery"))
		return check_raw(a, value);
	if (str_is(name, "FilterPolicy"))
		return check_filter(a, value, props_get(others, S("FilterPolicyScope")));
	if (str_is(name, "FilterPolicyScope"))
		return check_scope(a, value, props_get(others, S("FilterPolicy")));
	if (str_is(name, "RedrivePolicy"))
		return check_redrive(a, config, fifo_topic, value);
	if (str_is(name, "DeliveryPolicy"))
		return check_delivery(a, value);
	return INVALID(a, "AttributeName");
}

static struct str dead_queue_of(struct arena *a, struct str policy)
{
	struct str why, rest;
	const struct json *tree = policy.len == 0 ? NULL : json_read(a, policy, &why);

	rest = json_get_text(tree, "deadLetterTargetArn");
	for (int i = 0; i < 5 && str_given(rest); i++)
		(void)str_cut(&rest, ':');
	return rest;
}

static struct str queue_of(const struct subscription *s)
{
	struct str rest = s->endpoint;

	for (int i = 0; i < 5; i++)
		(void)str_cut(&rest, ':');
	return rest;
}

bool subscription_apply(struct subscription *s)
{
	struct str policy = props_get(&s->attributes, S("FilterPolicy")), why;
	struct arena *scratch = arena_open();

	arena_close(s->arena);
	s->arena = arena_open();
	s->raw = str_is(props_get(&s->attributes, S("RawMessageDelivery")), "true");
	s->queue = s->protocol == PROTOCOL_SQS ? queue_of(s) : S_NONE;
	s->dead_queue = arena_str(s->arena, dead_queue_of(scratch, props_get(&s->attributes,
	                                                                     S("RedrivePolicy"))));
	enum filter_scope scope = scope_of(props_get(&s->attributes, S("FilterPolicyScope")));
	s->filter_body = scope == FILTER_BODY;
	s->filter = policy.len == 0 || str_is(policy, "{}")
	                ? NULL
	                : filter_compile(s->arena, policy, scope, &why);
	arena_close(scratch);
	return s->filter != NULL || policy.len == 0 || str_is(policy, "{}");
}

struct str subscription_default(const struct subscription *s, struct str name)
{
	if (str_is(name, "RawMessageDelivery"))
		return S("false");
	if (str_is(name, "FilterPolicyScope") &&
	    str_given(props_get(&s->attributes, S("FilterPolicy"))))
		return S("MessageAttributes");
	return S_NONE;
}
