/* messages.c - messages of one queue: look, send, resend, remove, report a failure. */
#include "api/rest/routes.h"
#include "api/sqs/receipts.h"
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "domain/queue/errors.h"

/* ---- look */

void rest_peek_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_peek *in = CALL_NEW(call, struct queue_peek);
	struct str from = form_get(&rest->query, "cursor");

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	if (!str_given(from))
		from = form_get(&rest->query, "from");
	in->from = str_given(from) ? rest_position(call, from) : 0;
	in->max = rest_limit(call, rest, PEEK_MAX, PEEK_MAX);
}

static struct str state(const struct received *m, int64_t now_ms)
{
	if (m->visible_at <= now_ms)
		return S("ready");
	return m->receive_count > 0 && !m->backs_off ? S("in_flight") : S("delayed");
}

/* JSON as it was stored, else absent. */
static void embed(struct out *o, struct arena *a, struct str key, struct str stored)
{
	struct str why;

	if (!str_given(stored))
		return;
	const struct json *json = json_read(a, stored, &why);
	if (json == NULL || json->kind != JSON_OBJECT)
		return;
	out_object(o, key);
	JSON_EACH (json, v) {
		if (v->kind == JSON_OBJECT) {
			out_object(o, v->key);
			JSON_EACH (v, member)
				out_text(o, member->key, member->text);
			out_end(o);
		} else {
			out_text(o, v->key, v->text);
		}
	}
	out_end(o);
}

static void given_text(struct out *o, struct str key, struct str value)
{
	if (str_given(value))
		out_text(o, key, value);
}

void rest_message(struct out *o, struct arena *a, const struct received *m, int64_t now_ms)
{
	out_number(o, S("position"), (int64_t)m->position);
	rest_uuid(o, S("message_id"), m->message_id);
	out_text(o, S("state"), state(m, now_ms));
	out_text(o, S("body"), m->body);
	rest_time(o, S("sent_at"), m->sent_at);
	out_number(o, S("receive_count"), m->receive_count);
	rest_time(o, S("first_received_at"), m->first_received_at);
	if (m->visible_at > now_ms)
		rest_time(o, S("visible_at"), m->visible_at);
	if (m->priority >= 0)
		out_number(o, S("priority"), m->priority);
	given_text(o, S("group"), m->group);
	given_text(o, S("dedup"), m->dedup);
	given_text(o, S("sender"), m->sender);
	given_text(o, S("trace"), m->trace_header);
	given_text(o, S("dead_from"), m->dead_from);
	embed(o, a, S("attributes"), m->attributes);
	embed(o, a, S("error"), m->error);
}

void rest_peek_render(const struct api_call *call, struct out *o)
{
	const struct queue_peek *in = call->c->in;

	out_list(o, S("messages"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		rest_message(o, call->c->arena, &in->messages[i], call->now_ms);
		out_end(o);
	}
	out_end(o);
	if (in->count == in->max) {
		struct str next = arena_printf(call->c->arena, "%llu",
		                               (unsigned long long)in->messages[in->count - 1].position +
		                                   1);
		out_text(o, S("cursor"), next);
	}
}

/* ---- send */

/* {"name": "text"} or {"name": {"type", "value"}} -> the form that SQS has. */
static const struct json *as_sqs(struct api_call *call, const struct json *attributes)
{
	struct arena *a = call->c->arena;
	struct json *all = json_new(a, JSON_OBJECT);

	JSON_EACH (attributes, v) {
		struct json *one = json_add(all, v->key, json_new(a, JSON_OBJECT));
		bool plain = v->kind == JSON_STRING;
		struct str type = plain ? S("String") : param_text(call, v, "type");
		struct str value = plain ? v->text : param_text(call, v, "value");
		json_add(one, S("DataType"), json_new_text(a, JSON_STRING, type));
		json_add(one, str_starts(type, S("Binary")) ? S("BinaryValue") : S("StringValue"),
		         json_new_text(a, JSON_STRING, value));
	}
	return all;
}

static void copy_member(struct json *to, struct arena *a, const char *name, const struct json *from)
{
	struct json *copy;

	if (from == NULL)
		return;
	copy = json_new(a, from->kind);
	*copy = *from;
	copy->next = NULL;
	json_add(to, str_of(name), copy);
}

static int priority(struct api_call *call, const struct json *body)
{
	int64_t n = param_int(call, body, "priority", PRIORITY_DEFAULT);

	if (n >= 0 && n <= MESSAGE_PRIORITY_MAX)
		return (int)n;
	(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
	             "priority must be a number from 0 to %d, the most urgent, not %lld.",
	             MESSAGE_PRIORITY_MAX, (long long)n);
	return -1;
}

void rest_send_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_send *in = CALL_NEW(call, struct queue_send);
	struct arena *a = call->c->arena;
	struct json *params = json_new(a, JSON_OBJECT);
	const struct json *attributes = param_map(call, rest->body, "attributes");

	call->c->in = in;
	call->extra = CALL_NEW(call, struct sent);
	in->queue = rest_queue(call, rest);
	in->entries = CALL_NEW(call, struct send_entry);
	in->count = 1;
	if (param_text(call, rest->body, "body").len == 0)
		(void)refuse(call->c, REFUSED_MISSING_PARAMETER,
		             "A message needs a body: a text of at least one character.");
	copy_member(params, a, "MessageBody", json_get(rest->body, "body"));
	copy_member(params, a, "MessageGroupId", json_get(rest->body, "group"));
	copy_member(params, a, "MessageDeduplicationId", json_get(rest->body, "dedup"));
	copy_member(params, a, "DelaySeconds", json_get(rest->body, "delay_s"));
	if (attributes != NULL)
		copy_member(params, a, "MessageAttributes", as_sqs(call, attributes));
	if (!cmd_refused(call->c))
		call_refuse(call, sqs_read_send(call, params, in->queue, in->entries, call->extra));
	if (json_get(rest->body, "priority") != NULL)
		in->entries->priority = priority(call, rest->body);
}

void rest_send_render(const struct api_call *call, struct out *o)
{
	const struct queue_send *in = call->c->in;
	const struct send_entry *e = in->entries;

	rest_uuid(o, S("message_id"), e->message_id);
	out_number(o, S("position"), (int64_t)e->position);
	out_bool(o, S("duplicate"), e->duplicate);
}

/* ---- an operator's hand */

static struct queue_operate *operate(struct api_call *call, const struct rest_in *rest)
{
	struct queue_operate *in = CALL_NEW(call, struct queue_operate);

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	in->position = rest_position(call, rest->args[1]);
	return in;
}

void rest_resend_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_operate *in = operate(call, rest);
	uint8_t *digest = arena_get(call->c->arena, MD5_SIZE);

	in->body = param_text(call, rest->body, "body");
	in->to = param_text(call, rest->body, "to");
	in->reason = param_text(call, rest->body, "reason");
	if (!str_given(in->body))
		return;
	if (in->body.len == 0 || in->body.len > MESSAGE_SIZE_MAX)
		(void)refuse(call->c, REFUSED_INVALID_BODY, "A body has 1 to %d bytes.", MESSAGE_SIZE_MAX);
	call_refuse(call, validate_body(call->c->arena, in->body));
	md5(in->body, digest);
	in->body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	call->c->bytes = in->body.len;
}

void rest_remove_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_operate *in = operate(call, rest);

	in->remove = true;
	in->reason = form_get(&rest->query, "reason");
}

/* ---- a worker's report */

enum { ERROR_CODE_MAX = 128, ERROR_TEXT_MAX = 4096 };

static struct str read_error(struct api_call *call, const struct json *error)
{
	struct str code = param_text(call, error, "code"), text = param_text(call, error, "message");

	if (code.len == 0 || code.len > ERROR_CODE_MAX || text.len > ERROR_TEXT_MAX) {
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "error needs a code of 1 to %d bytes, and a message of at most %d.",
		             ERROR_CODE_MAX, ERROR_TEXT_MAX);
		return S_NONE;
	}
	return error_json(call->c->arena, code, text);
}

void rest_fail_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_receipts *in = CALL_NEW(call, struct queue_receipts);
	struct receipt_entry *e = CALL_NEW(call, struct receipt_entry);

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	in->entries = e;
	in->count = 1;
	struct str handle = param_text_needed(call, rest->body, "receipt");
	e->dead = !param_bool(call, rest->body, "retry", true);
	e->visibility_s = param_int(call, rest->body, "delay_s", 0);
	e->error = read_error(call, param_map(call, rest->body, "error"));
	call_refuse(call, sqs_read_receipt(call, handle, &e->receipt));
	if (e->visibility_s < 0 || e->visibility_s > QUEUE_VISIBILITY_MAX_S)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "delay_s must be a number from 0 to %d, not %lld.", QUEUE_VISIBILITY_MAX_S,
		             (long long)e->visibility_s);
}
