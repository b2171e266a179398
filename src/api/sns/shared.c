/* shared.c - what the operations of SNS share: ARNs, maps, lists, pages. */
#include <stdarg.h>
#include <stdio.h>

#include "api/sns/sns.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/topic/arn.h"
#include "wire/hash.h"

void sns_invalid(struct api_call *call, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	(void)refuse(call->c, REFUSED_INVALID_TOPIC_PARAMETER, "%s", text);
}

/* ---- ARNs */

/* The resource in an ARN of this server; empty when refused. */
static struct str resource_of(struct api_call *call, struct str text, const char *parameter)
{
	const struct api_config *config = &call->api->config;
	struct arn arn;
	int parts;

	if (text.len == 0) {
		sns_invalid(call, "%s Reason: no value for required parameter", parameter);
	} else if (!arn_read(text, &arn, &parts)) {
		if (parts < 6)
			sns_invalid(call, "%s Reason: An ARN must have at least 6 elements, not %d", parameter,
			            parts);
		else
			sns_invalid(call, "%s", parameter);
	} else if (!str_is(arn.service, "sns") || !str_eq(arn.region, config->region)) {
		sns_invalid(call, "%s", parameter);
	} else if (!str_eq(arn.account, config->account)) {
		(void)refuse(call->c, REFUSED_NO_SUCH_TOPIC, "Topic does not exist");
	} else {
		return arn.resource;
	}
	return S("");
}

struct str sns_topic(struct api_call *call, const struct json *params, const char *parameter)
{
	call->resource = resource_of(call, param_text(call, params, parameter), parameter);
	return call->resource;
}

bool sns_subscription(struct api_call *call, const struct json *params, struct str *topic,
                      struct str *id)
{
	struct str rest = resource_of(call, param_text(call, params, "SubscriptionArn"),
	                              "SubscriptionArn");

	*topic = call->resource = str_cut(&rest, ':');
	*id = rest;
	if (cmd_refused(call->c))
		return false;
	struct uuid uuid;
	if (!str_given(rest) || !uuid_read(rest, &uuid))
		sns_invalid(call, "SubscriptionArn");
	return !cmd_refused(call->c);
}

static struct domain_config config_of(const struct api_call *call)
{
	return (struct domain_config){ .account = call->api->config.account,
		                           .region = call->api->config.region };
}

struct str sns_topic_arn(const struct api_call *call, struct str name)
{
	struct domain_config config = config_of(call);

	return arn_of_topic(call->c->arena, &config, name);
}

struct str sns_subscription_arn(const struct api_call *call, struct str topic, struct str id)
{
	struct domain_config config = config_of(call);

	return arn_of_subscription(call->c->arena, &config, topic, id);
}

/* ---- maps and lists */

struct pair *sns_pairs(struct api_call *call, const struct json *params, const char *name,
                       int *count)
{
	const struct json *map = param_map(call, params, name);

	*count = 0;
	if (map == NULL)
		return NULL;
	struct pair *pairs = CALL_ARRAY(call, struct pair, map->count + 1);
	JSON_EACH (map, v)
		pairs[(*count)++] = (struct pair){ v->key, v->kind == JSON_STRING ? v->text : S("") };
	return pairs;
}

struct pair *sns_tags(struct api_call *call, const struct json *params, int *count)
{
	const struct json *list = param_list(call, params, "Tags");

	*count = 0;
	if (list == NULL)
		return NULL;
	struct pair *pairs = CALL_ARRAY(call, struct pair, list->count + 1);
	JSON_EACH (list, v) {
		struct str value = json_get_text(v, "Value");
		pairs[(*count)++] = (struct pair){ json_get_text(v, "Key"),
			                               str_given(value) ? value : S("") };
	}
	return pairs;
}

void sns_write_attributes(struct out *o, const struct pair *pairs, int count)
{
	out_object(o, S("Attributes"));
	for (int i = 0; i < count; i++)
		out_entry(o, S("entry"), S("key"), S("value"), pairs[i].name, pairs[i].value);
	out_end(o);
}

void sns_write_nothing(const struct api_call *call, struct out *o)
{
	(void)call;
	(void)o;
}

/* ---- pages */

struct str sns_after(struct api_call *call, const struct json *params)
{
	struct str token = param_text(call, params, "NextToken");

	if (token.len == 0)
		return S_NONE;
	struct str after = base64_read(call->c->arena, token);
	if (after.len == 0 || !str_utf8(after))
		sns_invalid(call, "NextToken");
	return after;
}

void sns_write_next(const struct api_call *call, struct out *o, bool more, struct str last)
{
	struct buf token = { 0 };

	if (!more)
		return;
	base64_write(&token, last);
	arena_adopt(call->c->arena, token.at);
	out_text(o, S("NextToken"), buf_str(&token));
}

void sns_write_subscriptions(const struct api_call *call, struct out *o)
{
	const struct subscription_list *in = call->c->in;

	out_list(o, S("Subscriptions"), S("Subscriptions"));
	for (int i = 0; i < in->count; i++) {
		const struct subscription_info *s = &in->subscriptions[i];
		out_item(o, S("member"));
		out_text(o, S("SubscriptionArn"),
		         s->confirmed ? sns_subscription_arn(call, s->topic, s->id)
		                      : S("PendingConfirmation"));
		out_text(o, S("Owner"), s->owner);
		out_text(o, S("Protocol"), s->protocol);
		out_text(o, S("Endpoint"), s->endpoint);
		out_text(o, S("TopicArn"), sns_topic_arn(call, s->topic));
		out_end(o);
	}
	out_end(o);
	if (in->count > 0)
		sns_write_next(call, o, in->more, in->subscriptions[in->count - 1].id);
}
