/* queues.c - /v1/queues: make, change, show, list, delete.
 *
 * A PUT names attributes as SQS does ("VisibilityTimeout") or in small letters
 * ("visibility_timeout"), and ringi's own ("purpose"); values may be of any kind. */
#include "api/rest/routes.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "domain/queue/attribute.h"
#include "domain/queue/metrics.h"
#include "domain/queue/scaling.h"

enum { ATTRIBUTES_MAX = 64, NAME_MAX_LEN = 64 };

struct put {
	struct pair attributes[ATTRIBUTES_MAX];
	int count;
	struct str dead_letter_queue, max_receives;
	bool no_dead_letter_queue, fifo;
	const struct json *push;
};

/* The name in the domain's table; absent when there is none. */
static struct str known_name(struct arena *a, struct str member)
{
	if (member.len > NAME_MAX_LEN)
		return S_NONE;
	if (attribute_find(member) != NULL)
		return member;
	struct str name = rest_camel(a, member);
	return attribute_find(name) != NULL ? name : S_NONE;
}

static struct str value_text(struct arena *a, const struct json *v)
{
	if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
		return v->kind == JSON_TRUE ? S("true") : S("false");
	if (v->kind == JSON_STRING || v->kind == JSON_NUMBER)
		return v->text;
	return json_written(a, v);
}

static void put_pair(struct api_call *call, struct put *p, struct str name, struct str value)
{
	if (p->count == ATTRIBUTES_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "There are too many attributes.");
	else
		p->attributes[p->count++] = (struct pair){ name, value };
}

/* null removes it. */
static void put_schema(struct api_call *call, struct put *p, const struct json *v)
{
	if (v->kind != JSON_OBJECT && v->kind != JSON_NULL)
		(void)refuse(call->c, REFUSED_INVALID_ATTRIBUTE,
		             "schema must be an object (JSON Schema draft 7) or null, not %s.",
		             json_kind_name(v->kind));
	else
		put_pair(call, p, S("schema"),
		         v->kind == JSON_NULL ? S("") : value_text(call->c->arena, v));
}

/* null: back to what it is when nobody has set it. */
static void put_default(struct api_call *call, struct put *p, struct str name)
{
	const char *value = attribute_default(attribute_find(name), p->fifo);

	if (!str_is(name, "FifoQueue"))
		put_pair(call, p, name, value == NULL ? S("") : str_of(value));
}

static void put_member(struct api_call *call, struct put *p, const struct json *v)
{
	struct arena *a = call->c->arena;

	if (str_is(v->key, "dead_letter_queue")) {
		p->no_dead_letter_queue = v->kind == JSON_NULL;
		p->dead_letter_queue = v->kind == JSON_NULL ? S_NONE : value_text(a, v);
		return;
	}
	if (str_is(v->key, "push")) {
		p->push = v;
		return;
	}
	if (str_is(v->key, "schema")) {
		put_schema(call, p, v);
		return;
	}
	if (str_is(v->key, "name") || str_is(v->key, "tags"))
		return;
	if (v->kind != JSON_NULL && str_is(v->key, "max_receives")) {
		p->max_receives = value_text(a, v);
		return;
	}
	if (str_is(v->key, "priority") && (v->kind == JSON_TRUE || v->kind == JSON_FALSE)) {
		put_pair(call, p, S("priority"), v->kind == JSON_TRUE ? S("on") : S("off"));
		return;
	}
	struct str name = known_name(a, v->key);
	if (name.len == 0)
		(void)refuse(call->c, REFUSED_UNKNOWN_ATTRIBUTE, "A queue has no attribute %.*s.",
		             S_ARG(v->key));
	else if (v->kind == JSON_NULL)
		put_default(call, p, name);
	else
		put_pair(call, p, name, value_text(a, v));
}

/* The convenient form of a redrive policy. */
static void put_redrive(struct api_call *call, struct put *p)
{
	int64_t receives = 10;

	if (p->no_dead_letter_queue)
		put_pair(call, p, S("RedrivePolicy"), S(""));
	if (p->max_receives.len > 0 && p->dead_letter_queue.len == 0)
		put_pair(call, p, S("max_receives"), p->max_receives);
	if (p->dead_letter_queue.len == 0)
		return;
	if (p->max_receives.len > 0 && !str_i64(p->max_receives, 1, QUEUE_MAX_RECEIVES_MAX, &receives))
		(void)refuse(call->c, REFUSED_INVALID_ATTRIBUTE,
		             "max_receives must be a number from 1 to %d, not %.*s.",
		             QUEUE_MAX_RECEIVES_MAX, S_ARG(p->max_receives));
	struct str name = str_starts(p->dead_letter_queue, S("arn:"))
	                      ? sqs_name_of_arn(p->dead_letter_queue)
	                      : p->dead_letter_queue;
	if (validate_queue_name(call->c->arena, name, str_ends(name, S(".fifo"))).why != REFUSED_NONE)
		(void)refuse(call->c, REFUSED_INVALID_ATTRIBUTE,
		             "dead_letter_queue: %.*s is not the name of a queue.",
		             S_ARG(p->dead_letter_queue));
	put_pair(call, p, S("RedrivePolicy"),
	         arena_printf(call->c->arena,
	                      "{\"deadLetterTargetArn\":\"%.*s\",\"maxReceiveCount\":%lld}",
	                      S_ARG(sqs_arn(call, name)), (long long)receives));
}

static void put_fifo(struct api_call *call, struct put *p, struct str name)
{
	for (int i = 0; i < p->count; i++)
		if (str_is(p->attributes[i].name, "FifoQueue"))
			return;
	if (str_ends(name, S(".fifo")))
		put_pair(call, p, S("FifoQueue"), S("true"));
}

void rest_queue_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_create *in = CALL_NEW(call, struct queue_create);
	struct put *p = CALL_NEW(call, struct put);

	call->c->in = in;
	in->name = rest_queue(call, rest);
	in->update = true;
	p->fifo = str_ends(in->name, S(".fifo"));
	JSON_EACH (rest->body, v)
		put_member(call, p, v);
	put_redrive(call, p);
	if (p->push != NULL)
		put_pair(call, p, S("push"), rest_push_read(call, in->name, p->push, &in->push_secret));
	put_fifo(call, p, in->name);
	in->attributes = p->attributes;
	in->attribute_count = p->count;
	in->tags = sqs_pairs(call, rest->body, "tags", &in->tag_count);
	for (int i = 0; i < in->tag_count; i++)
		call_refuse(call, validate_tag(call->c->arena, in->tags[i].name, in->tags[i].value));
	if (!cmd_refused(call->c))
		call_refuse(call,
		            validate_queue_name(call->c->arena, in->name, str_ends(in->name, S(".fifo"))));
}

int rest_queue_put_status(const struct api_call *call)
{
	const struct queue_create *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_queue_put_render(const struct api_call *call, struct out *o)
{
	const struct queue_create *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_text(o, S("url"), sqs_url(call, in->name));
	out_text(o, S("arn"), sqs_arn(call, in->name));
	out_bool(o, S("created"), !in->existed);
}

void rest_queue_named_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_named *in = CALL_NEW(call, struct queue_named);

	call->c->in = in;
	in->name = rest_queue(call, rest);
	in->reason = rest->request->method == HTTP_DELETE_ ? form_get(&rest->query, "reason")
	                                                   : param_text(call, rest->body, "reason");
}

void rest_queue_pause_parse(struct api_call *call, const struct rest_in *rest)
{
	static const struct pair paused = { { "paused", 6 }, { "true", 4 } };
	struct queue_set *in = CALL_NEW(call, struct queue_set);

	call->c->in = in;
	in->name = rest_queue(call, rest);
	in->attributes = &paused;
	in->count = 1;
	in->reason = param_text(call, rest->body, "reason");
}

/* ---- show */

void rest_queue_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_get *in = CALL_NEW(call, struct queue_get);

	call->c->in = in;
	in->name = rest_queue(call, rest);
	in->all = in->own = true;
}

static bool one_of(struct str name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (str_is(name, *names))
			return true;
	return false;
}

void rest_redrive(struct out *o, struct arena *a, struct str policy)
{
	struct str why;
	const struct json *json = json_read(a, policy, &why);
	const struct json *count = json_get(json, "maxReceiveCount");
	int64_t n;

	out_text(o, S("dead_letter_queue"),
	         sqs_name_of_arn(json_get_text(json, "deadLetterTargetArn")));
	if (count != NULL && str_i64(count->text, 0, QUEUE_MAX_RECEIVES_MAX, &n))
		out_number(o, S("max_receives"), n);
}

/* Numbers and truth values as such; what people wrote stays text. */
static void attribute(const struct api_call *call, struct out *o, const struct pair *p)
{
	static const char *const shown[] = { "QueueArn",
		                                 "ApproximateNumberOfMessages",
		                                 "ApproximateNumberOfMessagesNotVisible",
		                                 "ApproximateNumberOfMessagesDelayed",
		                                 "max_receives",
		                                 NULL };
	static const char *const texts[] = { "purpose",        "owner",  "runbook",
		                                 "KmsMasterKeyId", "Policy", NULL };
	static const char *const objects[] = { "schema", "retry", "collect", "split", NULL };
	static const char *const times[] = { "CreatedTimestamp", "LastModifiedTimestamp", NULL };
	struct str name = rest_snake(call->c->arena, p->name);
	int64_t n;

	if (one_of(p->name, shown) || str_starts(p->name, S("push")))
		return;
	if (one_of(p->name, objects)) {
		out_json(o, name, p->value);
		return;
	}
	bool text = one_of(p->name, texts), number = str_i64(p->value, INT64_MIN + 1, INT64_MAX, &n);
	if (one_of(p->name, times) && number)
		rest_time(o, str_is(p->name, "CreatedTimestamp") ? S("created_at") : S("modified_at"),
		          n * SECOND_MS);
	else if (!text && number)
		out_number(o, name, n);
	else if (str_is(p->name, "priority"))
		out_bool(o, name, str_is(p->value, "on"));
	else if (!text && (str_is(p->value, "true") || str_is(p->value, "false")))
		out_bool(o, name, str_is(p->value, "true"));
	else
		out_text(o, name, p->value);
	if (str_is(p->name, "RedrivePolicy"))
		rest_redrive(o, call->c->arena, p->value);
}

static void age(const struct api_call *call, struct out *o, int64_t oldest_sent_at)
{
	int64_t ms = call->now_ms - oldest_sent_at;

	if (oldest_sent_at > 0)
		out_number(o, S("oldest_age_ms"), ms < 0 ? 0 : ms);
}

/* {"9": 3, "4": 100000}: what is visible of each priority. */
static void lanes(const struct api_call *call, struct out *o, const struct queue_get *in)
{
	if (in->lanes == NULL)
		return;
	out_object(o, S("lanes"));
	for (int i = MESSAGE_PRIORITY_MAX; i >= 0; i--)
		if (in->lanes[i] > 0)
			out_number(o, arena_printf(call->c->arena, "%d", i), in->lanes[i]);
	out_end(o);
}

static void slo(const struct api_call *call, struct out *o, const struct slo *s)
{
	if (s == NULL)
		return;
	out_object(o, S("slo"));
	out_text(o, S("state"), str_of(slo_name(s->state)));
	out_number(o, S("wait_ms"), s->wait_ms);
	out_json(o, S("over_5m"), arena_printf(call->c->arena, "%.4f", s->last_5m));
	out_json(o, S("over_1h"), arena_printf(call->c->arena, "%.4f", s->last_1h));
	out_number(o, S("waiting_ms"), s->waiting_ms);
	out_end(o);
}

/* Which groups wait for a person. */
static void blocked(struct out *o, const struct queue_get *in)
{
	if (in->blocked_count == 0)
		return;
	out_list(o, S("blocked"), S_NONE);
	for (int i = 0; i < in->blocked_count; i++) {
		out_item(o, S_NONE);
		out_text(o, S("group"), in->blocked[i].name);
		out_number(o, S("position"), (int64_t)in->blocked[i].position);
		out_end(o);
	}
	out_end(o);
}

void rest_queue_get_render(const struct api_call *call, struct out *o)
{
	const struct queue_get *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_text(o, S("url"), sqs_url(call, in->name));
	out_text(o, S("arn"), sqs_arn(call, in->name));
	out_number(o, S("visible"), in->visible);
	out_number(o, S("in_flight"), in->in_flight);
	out_number(o, S("delayed"), in->delayed);
	out_number(o, S("waiting"), in->waiting);
	out_number(o, S("blocked_groups"), in->blocked_groups);
	out_number(o, S("held_groups"), in->held_groups);
	blocked(o, in);
	age(call, o, in->oldest_sent_at);
	if (in->schema_version > 0)
		out_number(o, S("schema_version"), in->schema_version);
	lanes(call, o, in);
	slo(call, o, in->slo);
	for (int i = 0; i < in->attribute_count; i++)
		attribute(call, o, &in->attributes[i]);
	rest_push_write(call, o, in);
}

/* ---- list */

void rest_queue_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_metrics *in = CALL_NEW(call, struct queue_metrics);

	call->c->in = in;
	in->prefix = form_get(&rest->query, "prefix");
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_queue_list_render(const struct api_call *call, struct out *o)
{
	const struct queue_metrics *in = call->c->in;

	out_list(o, S("queues"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct queue_figures *f = &in->figures[i];
		out_item(o, S_NONE);
		out_text(o, S("name"), f->name);
		out_bool(o, S("fifo"), f->fifo);
		out_bool(o, S("paused"), f->paused);
		out_bool(o, S("is_dlq"), f->is_dlq);
		out_number(o, S("visible"), f->visible);
		out_number(o, S("in_flight"), f->in_flight);
		out_number(o, S("delayed"), f->delayed);
		out_number(o, S("waiting"), f->waiting);
		out_number(o, S("blocked_groups"), f->blocked_groups);
		out_number(o, S("held_groups"), f->held_groups);
		age(call, o, f->oldest_sent_at);
		out_number(o, S("sent"), f->sent);
		out_number(o, S("received"), f->received);
		out_number(o, S("deleted"), f->deleted);
		out_number(o, S("dead_lettered"), f->dead_lettered);
		if (str_given(f->dead_queue))
			out_text(o, S("dead_letter_queue"), f->dead_queue);
		if (f->push.on)
			out_text(o, S("breaker"), str_of(breaker_state_name(f->push.state)));
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->figures[in->count - 1].name);
}
