/* definitions.c - /v1/definitions: everything that was set up, as one document.
 *
 * It has the form of the file that `ringi apply` takes, and members are named and valued as
 * PUT /v1/queues/{name} takes them. Counts, times and secrets are not in it. */
#include "domain/definitions/definitions.h"

#include "api/rest/job.h"
#include "api/rest/routes.h"
#include "api/sqs/sqs.h"
#include "api/state.h"
#include "base/date.h"
#include "base/limits.h"
#include "domain/queue/attribute.h"

struct definitions *rest_definitions_in(struct api_call *call, const struct rest_in *rest)
{
	struct definitions *in = CALL_NEW(call, struct definitions);
	struct str prefix = form_get(&rest->query, "prefix");

	in->prefix = str_given(prefix) ? prefix : S("");
	return call->c->in = in;
}

void rest_definitions_parse(struct api_call *call, const struct rest_in *rest)
{
	struct str defaults = form_get(&rest->query, "defaults");

	(void)rest_definitions_in(call, rest);
	if (str_given(defaults) && !str_is(defaults, "true") && !str_is(defaults, "false"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "defaults must be true or false, not %.*s.", S_ARG(defaults));
	call->extra = str_is(defaults, "true") ? call : NULL;
}

/* ---- values */

static bool is_text(struct str name)
{
	static const char *const texts[] = { "purpose",        "owner",       "runbook",
		                                 "KmsMasterKeyId", "DisplayName", NULL };

	for (const char *const *t = texts; *t != NULL; t++)
		if (str_is(name, *t))
			return true;
	return false;
}

/* Some may be any text, so that a brace at the beginning says nothing. */
static bool is_object(const struct api_call *call, struct str value)
{
	struct str why;

	return value.len > 0 && value.at[0] == '{' &&
	       json_is(json_read(call->c->arena, value, &why), JSON_OBJECT);
}

/* Numbers, truth values and JSON as such; what people wrote stays text. */
static void value_out(const struct api_call *call, struct out *o, struct str name, struct str value)
{
	struct str key = rest_snake(call->c->arena, name);
	int64_t n;

	if (is_text(name))
		out_text(o, key, value);
	else if (str_is(value, "true") || str_is(value, "false"))
		out_bool(o, key, str_is(value, "true"));
	else if (str_is(name, "priority"))
		out_bool(o, key, str_is(value, "on"));
	else if (is_object(call, value))
		out_json(o, key, value);
	else if (!str_is(name, "SignatureVersion") && str_i64(value, INT64_MIN + 1, INT64_MAX, &n))
		out_number(o, key, n);
	else
		out_text(o, key, value);
}

static void tags_out(struct out *o, const struct setting *tags)
{
	if (tags == NULL)
		return;
	out_object(o, S("tags"));
	for (; tags != NULL; tags = tags->next)
		out_text(o, tags->name, tags->value);
	out_end(o);
}

/* ---- queues */

static struct str default_of(const struct definition *q, struct str name)
{
	const struct attribute *a = attribute_find(name);

	return a == NULL ? S_NONE : str_of(attribute_default(a, str_ends(q->name, S(".fifo"))));
}

/* The name says it, nobody may know it, or the redrive policy has another of that name. */
static bool is_hidden(const struct definition *q, struct str name)
{
	if (str_is(name, "max_receives"))
		return str_given(setting_find(q->attributes, "RedrivePolicy"));
	return str_is(name, "FifoQueue") || str_is(name, "push_secret");
}

/* Whether it says more than nothing would. */
static bool is_set(const struct definition *q, const struct setting *s)
{
	return !is_hidden(q, s->name) && !str_eq(s->value, default_of(q, s->name));
}

/* What holds where nothing was set. */
static void defaults_out(const struct api_call *call, struct out *o, const struct definition *q)
{
	const struct attribute *a;

	out_object(o, S("defaults"));
	for (int i = 0; (a = attribute_at(i)) != NULL; i++) {
		struct str name = str_of(attribute_name(a)), value = default_of(q, name);
		struct str set = setting_find(q->attributes, attribute_name(a));
		if (str_given(value) && (!str_given(set) || str_eq(set, value)) && !is_hidden(q, name))
			value_out(call, o, name, value);
	}
	out_end(o);
}

static void queue_out(const struct api_call *call, struct out *o, const struct definition *q)
{
	out_object(o, q->name);
	for (const struct setting *s = q->attributes; s != NULL; s = s->next)
		if (str_is(s->name, "RedrivePolicy"))
			rest_redrive(o, call->c->arena, s->value);
		else if (is_set(q, s))
			value_out(call, o, s->name, s->value);
	tags_out(o, q->tags);
	if (call->extra != NULL)
		defaults_out(call, o, q);
	out_end(o);
}

/* ---- topics */

static void topic_out(const struct api_call *call, struct out *o, const struct definition *t)
{
	out_object(o, t->name);
	for (const struct setting *s = t->attributes; s != NULL; s = s->next)
		if (!str_is(s->name, "FifoTopic"))
			value_out(call, o, s->name, s->value);
	tags_out(o, t->tags);
	out_end(o);
}

static void subscription_out(const struct api_call *call, struct out *o, const struct definition *s)
{
	out_item(o, S_NONE);
	out_text(o, S("topic"), s->topic);
	out_text(o, S("protocol"), s->protocol);
	if (str_is(s->protocol, "sqs"))
		out_text(o, S("queue"), sqs_name_of_arn(s->endpoint));
	else
		out_text(o, S("endpoint"), s->endpoint);
	for (const struct setting *a = s->attributes; a != NULL; a = a->next)
		if (str_is(a->name, "RedrivePolicy"))
			rest_redrive(o, call->c->arena, a->value);
		else
			value_out(call, o, a->name, a->value);
	out_text(o, S("id"), s->name);
	out_end(o);
}

/* ---- schedules and calendars */

static void schedule_out(const struct api_call *call, struct out *o, const struct definition *s)
{
	int64_t n;

	out_object(o, s->name);
	for (const struct setting *a = s->attributes; a != NULL; a = a->next)
		if (str_is(a->name, "payload"))
			rest_payload(call, o, a->value);
		else if (str_is(a->name, "labels"))
			out_json(o, a->name, a->value);
		else if (str_is(a->name, "priority") && str_i64(a->value, 0, MESSAGE_PRIORITY_MAX, &n))
			out_number(o, a->name, n);
		else if (str_is(a->name, "paused"))
			out_bool(o, a->name, str_is(a->value, "1"));
		else
			out_text(o, a->name, a->value);
	out_end(o);
}

void rest_definitions_render(const struct api_call *call, struct out *o)
{
	const struct definitions *in = call->c->in;

	out_object(o, S("server"));
	out_text(o, S("account"), call->api->config.account);
	out_text(o, S("region"), call->api->config.region);
	out_end(o);
	out_object(o, S("queues"));
	for (const struct definition *q = in->queues.first; q != NULL; q = q->next)
		queue_out(call, o, q);
	out_end(o);
	out_object(o, S("topics"));
	for (const struct definition *t = in->topics.first; t != NULL; t = t->next)
		topic_out(call, o, t);
	out_end(o);
	out_list(o, S("subscriptions"), S_NONE);
	for (const struct definition *s = in->subscriptions.first; s != NULL; s = s->next)
		subscription_out(call, o, s);
	out_end(o);
	out_object(o, S("schedules"));
	for (const struct definition *s = in->schedules.first; s != NULL; s = s->next)
		schedule_out(call, o, s);
	out_end(o);
	out_object(o, S("calendars"));
	for (const struct definition *c = in->calendars.first; c != NULL; c = c->next)
		out_json(o, c->name, setting_find(c->attributes, "body"));
	out_end(o);
}
