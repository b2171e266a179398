/* asyncapi.c - /asyncapi.json: AsyncAPI 3.0 of what runs.
 *
 * A queue and a topic are a channel each, with their messages, and with operations for those
 * who send and those who receive; the server is where the request was sent to. What people
 * wrote about a queue (purpose, owner, runbook; tags `producer` and `consumer`) is in it. */
#include "api/rest/routes.h"
#include "api/sns/sns.h"
#include "api/sqs/sqs.h"
#include "api/state.h"
#include "domain/definitions/definitions.h"
#include "domain/queue/attribute.h"
#include "wire/schema.h"

void rest_asyncapi_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest_definitions_in(call, rest);
}

static struct str of(const struct definition *d, const char *attribute)
{
	const struct attribute *a = attribute_find(str_of(attribute));
	struct str value = setting_find(d->attributes, attribute);

	if (str_given(value) || a == NULL)
		return value;
	return str_of(attribute_default(a, str_ends(d->name, S(".fifo"))));
}

/* "queue.orders": names of queues and topics may be alike. */
static struct str key_of(const struct api_call *call, const char *kind, const struct definition *d)
{
	return arena_printf(call->c->arena, "%s.%.*s", kind, S_ARG(d->name));
}

static void ref_out(const struct api_call *call, struct out *o, struct str member,
                    const char *before, struct str name, const char *behind)
{
	out_object(o, member);
	out_text(o, S("$ref"), arena_printf(call->c->arena, "#/%s%.*s%s", before, S_ARG(name), behind));
	out_end(o);
}

/* ---- servers */

static void server_out(const struct api_call *call, struct out *o, const char *protocol,
                       const char *about)
{
	struct str origin = call_origin(call), host = origin;

	while (host.len > 0 && !str_starts(host, S("://")))
		host = str_from(host, 1);
	out_object(o, str_of(protocol));
	out_text(o, S("host"), str_from(host, 3));
	out_text(o, S("protocol"), str_of(protocol));
	out_text(o, S("description"), str_of(about));
	if (call->api->config.auth) {
		out_list(o, S("security"), S_NONE);
		ref_out(call, o, S_NONE, "components/securitySchemes/", S("token"), "");
		ref_out(call, o, S_NONE, "components/securitySchemes/", S("signature"), "");
		out_end(o);
	}
	out_end(o);
}

static void security_out(const struct api_call *call, struct out *o)
{
	if (!call->api->config.auth)
		return;
	out_object(o, S("securitySchemes"));
	out_object(o, S("token"));
	out_text(o, S("type"), S("http"));
	out_text(o, S("scheme"), S("bearer"));
	out_end(o);
	out_object(o, S("signature"));
	out_text(o, S("type"), S("httpApiKey"));
	out_text(o, S("in"), S("header"));
	out_text(o, S("name"), S("Authorization"));
	out_text(o, S("description"), S("AWS Signature Version 4."));
	out_end(o);
	out_end(o);
}

/* ---- queues */

static void about_out(const struct api_call *call, struct out *o, const struct definition *q)
{
	struct str purpose = of(q, "purpose"), owner = of(q, "owner"), runbook = of(q, "runbook");

	if (purpose.len + owner.len > 0)
		out_text(o, S("description"),
		         arena_printf(call->c->arena, "%.*s%s%s%.*s", S_ARG(purpose),
		                      purpose.len > 0 && owner.len > 0 ? "\n\n" : "",
		                      owner.len > 0 ? "Owner: " : "", S_ARG(owner)));
	if (owner.len > 0)
		out_text(o, S("x-ringi-owner"), owner);
	if (runbook.len > 0)
		out_text(o, S("x-ringi-runbook"), runbook);
}

static void number_out(struct out *o, const char *member, struct str value)
{
	int64_t n;

	if (str_i64(value, 0, INT64_MAX, &n))
		out_number(o, str_of(member), n);
}

static void queue_binding_out(const struct api_call *call, struct out *o,
                              const struct definition *q)
{
	struct str why, policy = of(q, "RedrivePolicy");
	const struct json *redrive = json_read(call->c->arena, policy, &why);
	bool fifo = str_ends(q->name, S(".fifo"));

	out_object(o, S("queue"));
	out_text(o, S("name"), q->name);
	out_bool(o, S("fifoQueue"), fifo);
	if (fifo) {
		out_text(o, S("deduplicationScope"), of(q, "DeduplicationScope"));
		out_text(o, S("fifoThroughputLimit"),
		         str_is(of(q, "FifoThroughputLimit"), "perQueue") ? S("perQueue")
		                                                          : S("perMessageGroupId"));
	}
	number_out(o, "deliveryDelay", of(q, "DelaySeconds"));
	number_out(o, "visibilityTimeout", of(q, "VisibilityTimeout"));
	number_out(o, "receiveMessageWaitTime", of(q, "ReceiveMessageWaitTimeSeconds"));
	number_out(o, "messageRetentionPeriod", of(q, "MessageRetentionPeriod"));
	if (json_is(redrive, JSON_OBJECT)) {
		out_object(o, S("redrivePolicy"));
		out_object(o, S("deadLetterQueue"));
		out_text(o, S("name"), sqs_name_of_arn(json_get_text(redrive, "deadLetterTargetArn")));
		out_end(o);
		number_out(o, "maxReceiveCount", json_get(redrive, "maxReceiveCount")->text);
		out_end(o);
	}
	out_end(o);
}

static void messages_out(const struct api_call *call, struct out *o, struct str key)
{
	out_object(o, S("messages"));
	ref_out(call, o, S("message"), "components/messages/", key, "");
	out_end(o);
}

static void queue_channel_out(const struct api_call *call, struct out *o,
                              const struct definition *q)
{
	struct str key = key_of(call, "queue", q);

	out_object(o, key);
	out_text(o, S("address"), sqs_url(call, q->name));
	out_text(o, S("title"), q->name);
	about_out(call, o, q);
	out_list(o, S("servers"), S_NONE);
	ref_out(call, o, S_NONE, "servers/", S("sqs"), "");
	out_end(o);
	messages_out(call, o, key);
	out_object(o, S("bindings"));
	out_object(o, S("sqs"));
	queue_binding_out(call, o, q);
	out_text(o, S("bindingVersion"), S("0.2.0"));
	out_end(o);
	out_end(o);
	out_end(o);
}

/* ---- topics */

static void topic_channel_out(const struct api_call *call, struct out *o,
                              const struct definition *t)
{
	struct str key = key_of(call, "topic", t), shown = setting_find(t->attributes, "DisplayName");

	out_object(o, key);
	out_text(o, S("address"), sns_topic_arn(call, t->name));
	out_text(o, S("title"), t->name);
	if (shown.len > 0)
		out_text(o, S("description"), shown);
	out_list(o, S("servers"), S_NONE);
	ref_out(call, o, S_NONE, "servers/", S("sns"), "");
	out_end(o);
	messages_out(call, o, key);
	out_object(o, S("bindings"));
	out_object(o, S("sns"));
	out_text(o, S("name"), t->name);
	out_text(o, S("bindingVersion"), S("0.1.0"));
	out_end(o);
	out_end(o);
	out_end(o);
}

static void consumer_out(const struct api_call *call, struct out *o, const struct definition *s)
{
	struct str why, filter = setting_find(s->attributes, "FilterPolicy"), url = s->endpoint;
	bool raw = str_is(setting_find(s->attributes, "RawMessageDelivery"), "true");

	out_item(o, S_NONE);
	out_text(o, S("protocol"), s->protocol);
	out_object(o, S("endpoint"));
	if (str_is(s->protocol, "sqs"))
		out_text(o, S("name"), sqs_name_of_arn(s->endpoint));
	else
		out_text(o, S("url"), str_cut(&url, '?')); /* a secret may stand behind it */
	out_end(o);
	if (json_is(json_read(call->c->arena, filter, &why), JSON_OBJECT)) {
		/* The binding's own member knows only lists of texts. */
		out_json(o, S("x-ringi-filter-policy"), filter);
		if (str_is(setting_find(s->attributes, "FilterPolicyScope"), "MessageBody"))
			out_text(o, S("x-ringi-filter-policy-scope"), S("MessageBody"));
	}
	out_bool(o, S("rawMessageDelivery"), raw);
	out_end(o);
}

static void consumers_out(const struct api_call *call, struct out *o, const struct definition *t)
{
	const struct definitions *in = call->c->in;

	out_object(o, S("bindings"));
	out_object(o, S("sns"));
	out_list(o, S("consumers"), S_NONE);
	for (const struct definition *s = in->subscriptions.first; s != NULL; s = s->next)
		if (str_eq(s->topic, t->name))
			consumer_out(call, o, s);
	out_end(o);
	out_text(o, S("bindingVersion"), S("0.1.0"));
	out_end(o);
	out_end(o);
}

/* ---- operations */

static void operation_out(const struct api_call *call, struct out *o, const char *action,
                          struct str key, struct str summary)
{
	out_object(o, arena_printf(call->c->arena, "%s.%.*s", action, S_ARG(key)));
	out_text(o, S("action"), str_of(action));
	ref_out(call, o, S("channel"), "channels/", key, "");
	out_text(o, S("summary"), summary);
	out_list(o, S("messages"), S_NONE);
	ref_out(call, o, S_NONE, "channels/", key, "/messages/message");
	out_end(o);
}

static struct str summary(const struct api_call *call, const struct definition *d, const char *what,
                          const char *tag)
{
	struct str who = setting_find(d->tags, tag);

	return arena_printf(call->c->arena, "%s %.*s%s%.*s", what, S_ARG(d->name),
	                    who.len > 0 ? ": " : "", S_ARG(who));
}

static void operations_out(const struct api_call *call, struct out *o)
{
	const struct definitions *in = call->c->in;

	out_object(o, S("operations"));
	for (const struct definition *q = in->queues.first; q != NULL; q = q->next) {
		struct str key = key_of(call, "queue", q);
		operation_out(call, o, "send", key, summary(call, q, "Send to the queue", "producer"));
		out_end(o);
		operation_out(call, o, "receive", key,
		              summary(call, q, "Receive from the queue", "consumer"));
		out_end(o);
	}
	for (const struct definition *t = in->topics.first; t != NULL; t = t->next) {
		struct str key = key_of(call, "topic", t);
		operation_out(call, o, "send", key, summary(call, t, "Publish to the topic", "producer"));
		out_end(o);
		operation_out(call, o, "receive", key,
		              summary(call, t, "What is delivered from the topic", "consumer"));
		consumers_out(call, o, t);
		out_end(o);
	}
	out_end(o);
}

/* ---- components */

static void message_out(const struct api_call *call, struct out *o, const struct definition *d,
                        struct str key)
{
	bool some = str_given(setting_find(d->attributes, "schema"));

	out_object(o, key);
	out_text(o, S("name"), d->name);
	out_text(o, S("contentType"), some ? S("application/json") : S("text/plain"));
	if (some)
		ref_out(call, o, S("payload"), "components/schemas/", key, "");
	out_end(o);
}

/* Its references have to begin with where it stands here. */
static void schema_out(const struct api_call *call, struct out *o, const struct definition *q)
{
	struct str key = key_of(call, "queue", q), why, text = setting_find(q->attributes, "schema");
	struct schema *s = str_given(text) ? schema_read(call->c->arena, text, &why) : NULL;
	struct buf b = { 0 };

	if (s == NULL)
		return;
	schema_write(s, arena_printf(call->c->arena, "#/components/schemas/%.*s", S_ARG(key)), &b);
	out_json(o, key, buf_str(&b));
	buf_free(&b);
	schema_free(s);
}

static void components_out(const struct api_call *call, struct out *o)
{
	const struct definitions *in = call->c->in;

	out_object(o, S("components"));
	out_object(o, S("messages"));
	for (const struct definition *q = in->queues.first; q != NULL; q = q->next)
		message_out(call, o, q, key_of(call, "queue", q));
	for (const struct definition *t = in->topics.first; t != NULL; t = t->next)
		message_out(call, o, t, key_of(call, "topic", t));
	out_end(o);
	out_object(o, S("schemas"));
	for (const struct definition *q = in->queues.first; q != NULL; q = q->next)
		schema_out(call, o, q);
	out_end(o);
	security_out(call, o);
	out_end(o);
}

void rest_asyncapi_render(const struct api_call *call, struct out *o)
{
	const struct definitions *in = call->c->in;

	out_text(o, S("asyncapi"), S("3.0.0"));
	out_text(o, S("id"), S("urn:ringi"));
	out_object(o, S("info"));
	out_text(o, S("title"), S("ringi"));
	out_text(o, S("version"), S(RINGI_VERSION));
	out_text(o, S("description"), S("The queues and topics of this server."));
	out_end(o);
	out_object(o, S("servers"));
	server_out(call, o, "sqs", "The Amazon SQS API, JSON 1.0 and Query.");
	server_out(call, o, "sns", "The Amazon SNS API, Query.");
	out_end(o);
	out_object(o, S("channels"));
	for (const struct definition *q = in->queues.first; q != NULL; q = q->next)
		queue_channel_out(call, o, q);
	for (const struct definition *t = in->topics.first; t != NULL; t = t->next)
		topic_channel_out(call, o, t);
	out_end(o);
	operations_out(call, o);
	components_out(call, o);
}
