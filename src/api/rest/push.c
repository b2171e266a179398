/* push.c - the member `push` of a queue: where its messages are sent.
 *
 * A secret goes one way. It is sealed here, before anybody else sees it, and what is shown
 * of it is that it is set. "secret" is one text or a list of two while secrets are
 * exchanged; null removes them, and without the member they stay as they are. */
#include "api/rest/routes.h"
#include "api/state.h"
#include "domain/queue/push.h"
#include "wire/webhook.h"

static void refuse_secret(struct api_call *call)
{
	(void)refuse(call->c, REFUSED_INVALID_ATTRIBUTE,
	             "push.secret must be \"whsec_\" and the base64 of %d to %d random bytes, or a "
	             "list of 1 to %d of those, or null.",
	             WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX, PUSH_SECRETS_MAX);
}

static void add_sealed(struct api_call *call, struct buf *to, struct str queue,
                       const struct json *text)
{
	struct arena *a = call->c->arena;
	struct str bytes = webhook_secret(a, json_text(text));
	uint8_t nonce[SEAL_NONCE_SIZE];

	if (!str_given(bytes)) {
		refuse_secret(call);
		return;
	}
	call->api->config.random(nonce, sizeof nonce);
	if (to->len > 0)
		buf_add_byte(to, ' ');
	base64_write(to, seal(a, call->api->config.master_key, nonce, push_seal_name(a, queue), bytes));
	seal_wipe((void *)bytes.at, bytes.len);
}

static struct str seal_secrets(struct api_call *call, struct str queue, const struct json *v)
{
	struct buf b = { 0 };

	if (v->kind == JSON_NULL)
		return S("");
	if (v->kind != JSON_ARRAY)
		add_sealed(call, &b, queue, v);
	else if (v->count < 1 || v->count > PUSH_SECRETS_MAX)
		refuse_secret(call);
	else
		JSON_EACH (v, text)
			add_sealed(call, &b, queue, text);
	arena_adopt(call->c->arena, b.at);
	return buf_str(&b);
}

/* What the queue keeps; it says itself what is wrong there. */
static struct str without_secret(struct arena *a, const struct json *push)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '{');
	JSON_EACH (push, v) {
		if (str_is(v->key, "secret") || v->kind == JSON_NULL)
			continue;
		if (b.len > 1)
			buf_add_byte(&b, ',');
		json_write_text(&b, v->key);
		buf_add_byte(&b, ':');
		json_write(&b, v);
	}
	buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}

struct str rest_push_read(struct api_call *call, struct str queue, const struct json *push,
                          struct str *secret)
{
	if (push->kind == JSON_NULL)
		return S(""); /* the queue pushes nothing any more */
	if (push->kind != JSON_OBJECT)
		return S("[]"); /* refused by the queue: it must be an object */
	const struct json *given = json_get(push, "secret");
	if (given != NULL)
		*secret = seal_secrets(call, queue, given);
	return without_secret(call->c->arena, push);
}

/* ---- shown */

static int64_t number_or(const struct json *push, const char *name, int64_t otherwise)
{
	const struct json *v = json_get(push, name);
	int64_t n;

	return v != NULL && str_i64(v->text, 0, INT64_MAX, &n) ? n : otherwise;
}

static struct str attribute(const struct queue_get *in, const char *name)
{
	for (int i = 0; i < in->attribute_count; i++)
		if (str_is(in->attributes[i].name, name))
			return in->attributes[i].value;
	return S_NONE;
}

static void write_settings(const struct api_call *call, struct out *o, const struct queue_get *in)
{
	struct str why;
	const struct json *push = json_read(call->c->arena, attribute(in, "push"), &why);
	int64_t secrets = 0;

	(void)str_i64(attribute(in, "push_secret"), 0, PUSH_SECRETS_MAX, &secrets); /* or none */
	out_object(o, S("push"));
	out_text(o, S("url"), json_get_text(push, "url"));
	out_number(o, S("concurrency"), number_or(push, "concurrency", PUSH_CONCURRENCY));
	out_number(o, S("timeout_ms"), number_or(push, "timeout_ms", PUSH_TIMEOUT_MS));
	out_number(o, S("secrets"), secrets);
	out_end(o);
}

void rest_push_write(const struct api_call *call, struct out *o, const struct queue_get *in)
{
	if (!in->push.on)
		return;
	write_settings(call, o, in);
	out_object(o, S("push_state"));
	out_text(o, S("breaker"), str_of(breaker_state_name(in->push.state)));
	out_number(o, S("failures"), in->push.failures);
	if (in->push.open_until > 0)
		rest_time(o, S("open_until"), in->push.open_until);
	out_end(o);
}
