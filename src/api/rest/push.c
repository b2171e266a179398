/* push.c - the member `push` of a queue: where its messages are sent.
 *
 * A secret goes one way. It is sealed here, before anybody else sees it, and what is shown
 * of it is that it is set. "secret" is one text or a list of two while secrets are
 * exchanged; null removes them, and without the member they stay as they are. */
#include "api/rest/routes.h"
#include "api/rest/secret.h"
#include "domain/queue/push.h"

/* As the queue keeps them: with a space between two; empty when there are none any more. */
static struct str read_secrets(struct api_call *call, struct str queue, const struct json *v)
{
	struct arena *a = call->c->arena;
	struct str sealed[PUSH_SECRETS_MAX];
	int count = rest_secrets(call, v, "push.secret", push_seal_name(a, queue), sealed);

	if (count == 0)
		return S("");
	return count == 1 ? sealed[0]
	                  : arena_printf(a, "%.*s %.*s", S_ARG(sealed[0]), S_ARG(sealed[1]));
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
		*secret = read_secrets(call, queue, given);
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
