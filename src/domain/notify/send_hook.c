/* send_hook.c - notifications as requests of programs: signed webhooks, web push. */
#include "base/limits.h"
#include "domain/notify/send.h"
#include "wire/hash.h"
#include "wire/mustache.h"
#include "wire/webhook.h"
#include "wire/webpush.h"

static struct str finish(struct sending *s, struct buf *b)
{
	must(!b->failed);
	arena_adopt(s->arena, b->at);
	return buf_str(b);
}

/* ---- webhook */

static struct str hook_body(struct sending *s)
{
	struct str own = sending_setting(s, "body");
	struct buf b = { 0 };

	if (own.len > 0) {
		mustache_write(&b, own, s->facts, MUSTACHE_JSON);
		return finish(s, &b);
	}
	buf_add(&b, S("{\"type\":\"notification\""));
	json_write_member(&b, "address", s->of->address.len > 0 ? s->of->address : S_NONE);
	json_write_member(&b, "person_id", s->of->person);
	json_write_member(&b, "title", s->subject);
	json_write_member(&b, "text", s->chat);
	json_write_member_raw(&b, "facts", s->of->facts);
	buf_add_byte(&b, '}');
	return finish(s, &b);
}

static struct str signature(struct sending *s, struct str id, const struct json *secrets)
{
	struct str sealed[PUSH_SECRETS_MAX];
	struct webhook_secrets w = { s->master_key, channel_seal_name(s->arena, s->of->channel), sealed,
		                         0 };

	JSON_EACH (secrets, v)
		if (w.count < PUSH_SECRETS_MAX)
			sealed[w.count++] = base64_read(s->arena, json_text(v));
	return webhook_header(s->arena, &w, id, s->of->now_ms / SECOND_MS, s->call.body);
}

bool send_webhook(struct sending *s)
{
	struct str *h = ARENA_ARRAY(s->arena, struct str, OUTBOX_HEADERS_MAX);
	const struct json *secrets = json_get(s->sealed, "secret");
	char id[37];
	int n = 0;

	uuid_text(s->of->uuid, id);
	s->call.url = sending_setting(s, "url");
	s->call.body = hook_body(s);
	h[n++] = S("Content-Type: application/json");
	h[n++] = S("User-Agent: ringi/" RINGI_VERSION);
	h[n++] = arena_printf(s->arena, "webhook-id: %s", id);
	h[n++] = arena_printf(s->arena, "webhook-timestamp: %lld",
	                      (long long)(s->of->now_ms / SECOND_MS));
	h[n++] = arena_printf(s->arena, "ringi-attempt: %lld", (long long)s->of->attempt);
	if (secrets != NULL)
		h[n++] = signature(s, arena_str(s->arena, str_of(id)), secrets);
	sending_headers(s, h, n);
	return !(secrets != NULL && !str_given(h[n - 1])) ||
	       sending_bad(s, "its secret cannot be opened with this master key");
}

/* ---- web push */

enum { PUSH_TEXT = 2000, PUSH_TTL_S = 86400 }; /* a push service takes 4,096 bytes in all */

static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.at[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.at, max };
}

/* What a service worker shows. */
static struct str push_text(struct sending *s)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '{');
	json_write_member(&b, "title", cut(s->subject, 200));
	json_write_member(&b, "body", cut(s->chat, PUSH_TEXT / 2));
	json_write_member(&b, "url", json_get_text(s->facts, "url"));
	json_write_member(&b, "id", json_get_text(s->facts, "id"));
	buf_add_byte(&b, '}');
	return finish(s, &b);
}

/* "https://host:port" */
static struct str origin_of(struct str url)
{
	struct str rest = str_from(url, 8), host = str_cut(&rest, '/');

	return (struct str){ url.at, 8 + host.len };
}

static bool read_key(struct sending *s, uint8_t key[WEBPUSH_PRIVATE])
{
	struct str bytes = webpush_key_read(s->arena, sending_secret(s, "private_key"));

	if (bytes.len != WEBPUSH_PRIVATE)
		return sending_bad(s, "its private key cannot be opened with this master key");
	memcpy(key, bytes.at, WEBPUSH_PRIVATE);
	return true;
}

bool send_webpush(struct sending *s)
{
	struct str why, *h = ARENA_ARRAY(s->arena, struct str, OUTBOX_HEADERS_MAX);
	const struct json *to = json_read(s->arena, s->of->address, &why), *keys = json_get(to, "keys");
	struct webpush_message m = { .receiver = webpush_key_read(s->arena,
		                                                      json_get_text(keys, "p256dh")),
		                         .auth = webpush_key_read(s->arena, json_get_text(keys, "auth")) };
	struct str url = json_get_text(to, "endpoint");
	uint8_t key[WEBPUSH_PRIVATE];
	int n = 0;

	if (!str_starts(url, S("https://")) && !str_starts(url, S("http://")))
		return sending_bad(s, "the address is no subscription to web push");
	if (!read_key(s, key))
		return false;
	m.text = push_text(s);
	memcpy(m.salt, s->random, sizeof m.salt);
	memcpy(m.private_key, s->random + sizeof m.salt, sizeof m.private_key);
	s->call.body = webpush_encrypt(s->arena, &m);
	struct str vapid = vapid_header(s->arena, key, origin_of(url), sending_setting(s, "subject"),
	                                s->of->now_ms / SECOND_MS + PUSH_TTL_S / 2);
	if (!str_given(s->call.body) || !str_given(vapid))
		return sending_bad(s, "the keys of the subscription, or of the channel, are none");
	s->call.url = url;
	h[n++] = S("Content-Type: application/octet-stream");
	h[n++] = S("Content-Encoding: aes128gcm");
	h[n++] = arena_printf(s->arena, "TTL: %d", PUSH_TTL_S);
	h[n++] = S("Urgency: normal");
	h[n++] = vapid;
	sending_headers(s, h, n);
	return true;
}
