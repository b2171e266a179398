/* callback.c - on_done {"webhook": ...}: the URL that is called when a job or a group ends.
 *
 * A client gives {"url", "secret"}; kept is {"url", "sealed"} (domain/job/callback.h), shown is
 * {"url", "secrets"}, how many. */
#include "api/rest/job.h"
#include "api/rest/secret.h"
#include "domain/job/callback.h"

/* A shallow copy of the object without one member. */
static struct json *copy_without(struct arena *a, const struct json *object, const char *name)
{
	struct json *copy = json_new(a, JSON_OBJECT);

	JSON_EACH (object, v)
		if (!str_is(v->key, name))
			json_add(copy, v->key, json_share(a, v));
	return copy;
}

static struct json *sealed_webhook(struct api_call *call, const struct json *webhook)
{
	struct arena *a = call->c->arena;
	const struct json *secret = json_get(webhook, "secret");
	struct json *kept = copy_without(a, webhook, "secret");
	struct str sealed[PUSH_SECRETS_MAX], url = json_get_text(webhook, "url");
	int count = 0;

	if (json_get(webhook, "sealed") != NULL)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "on_done.webhook has no member sealed; it may have url and secret.");
	if (secret != NULL)
		count = rest_secrets(call, secret, "on_done.webhook.secret", callback_seal_name(a, url),
		                     sealed);
	struct json *list = count == 0 ? NULL : json_add(kept, S("sealed"), json_new(a, JSON_ARRAY));
	for (int i = 0; i < count; i++)
		json_add(list, S_NONE, json_new_text(a, JSON_STRING, sealed[i]));
	return kept;
}

const struct json *rest_callback_sealed(struct api_call *call, const struct json *object)
{
	struct arena *a = call->c->arena;
	const struct json *done = json_get(object, "on_done"), *webhook = json_get(done, "webhook");

	if (!json_is(webhook, JSON_OBJECT))
		return object; /* none, or refused where it is checked */
	struct json *all = copy_without(a, object, "on_done");
	struct json *kept = json_add(all, S("on_done"), copy_without(a, done, "webhook"));
	json_add(kept, S("webhook"), sealed_webhook(call, webhook));
	return all;
}

/* ---- shown */

static void write_webhook(struct out *o, const struct json *webhook)
{
	const struct json *sealed = json_get(webhook, "sealed");

	out_object(o, S("webhook"));
	out_text(o, S("url"), json_get_text(webhook, "url"));
	out_number(o, S("secrets"), sealed == NULL ? 0 : sealed->count);
	out_end(o);
}

static void write_stored(struct out *o, struct str name, struct str stored)
{
	struct arena *scratch = arena_open();
	struct str why;

	if (stored.len > 0) {
		out_object(o, name);
		JSON_EACH (json_read(scratch, stored, &why), v) {
			struct buf b = { 0 };
			if (str_is(v->key, "webhook")) {
				write_webhook(o, v);
				continue;
			}
			json_write(&b, v);
			out_json(o, v->key, buf_str(&b));
			buf_free(&b);
		}
		out_end(o);
	}
	arena_close(scratch);
}

void rest_on_done_write(struct out *o, struct str stored)
{
	write_stored(o, S("on_done"), stored);
}

void rest_on_decided_write(struct out *o, struct str stored)
{
	write_stored(o, S("on_decided"), stored);
}
