/* secret.c - secrets of webhooks at the front door. */
#include "api/rest/secret.h"

#include "api/state.h"
#include "wire/hash.h"
#include "wire/webhook.h"

static void refuse_secret(struct api_call *call, const char *name)
{
	(void)refuse(call->c, REFUSED_INVALID_ATTRIBUTE,
	             "%s must be \"whsec_\" and the base64 of %d to %d random bytes, or a list of 1 to "
	             "%d of those, or null.",
	             name, WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX, PUSH_SECRETS_MAX);
}

/* Absent when it was refused. */
static struct str seal_one(struct api_call *call, const struct json *text, const char *name,
                           struct str bound_to)
{
	struct arena *a = call->c->arena;
	struct str bytes = webhook_secret(a, json_text(text));
	uint8_t nonce[SEAL_NONCE_SIZE];
	struct buf b = { 0 };

	if (!str_given(bytes)) {
		refuse_secret(call, name);
		return S_NONE;
	}
	call->api->config.random(nonce, sizeof nonce);
	base64_write(&b, seal(a, call->api->config.master_key, nonce, bound_to, bytes));
	seal_wipe((void *)bytes.at, bytes.len);
	arena_adopt(a, b.at);
	return buf_str(&b);
}

int rest_secrets(struct api_call *call, const struct json *v, const char *name, struct str bound_to,
                 struct str sealed[PUSH_SECRETS_MAX])
{
	int count = 0;

	if (v->kind == JSON_NULL)
		return 0;
	if (v->kind != JSON_ARRAY) {
		sealed[0] = seal_one(call, v, name, bound_to);
		return 1;
	}
	if (v->count < 1 || v->count > PUSH_SECRETS_MAX) {
		refuse_secret(call, name);
		return 0;
	}
	JSON_EACH (v, text)
		sealed[count++] = seal_one(call, text, name, bound_to);
	return count;
}
