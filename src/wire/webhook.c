/* webhook.c - signatures of what is sent to a URL. */
#include "wire/webhook.h"

#include "wire/hash.h"
#include "wire/seal.h"

struct str webhook_secret(struct arena *a, struct str text)
{
	const struct str prefix = S("whsec_");

	if (!str_starts(text, prefix))
		return S_NONE;
	struct str bytes = base64_read(a, str_from(text, prefix.len));
	return bytes.len >= WEBHOOK_SECRET_MIN && bytes.len <= WEBHOOK_SECRET_MAX ? bytes : S_NONE;
}

void webhook_sign(struct buf *to, struct str secret, struct str id, int64_t seconds,
                  struct str body)
{
	uint8_t digest[SHA256_SIZE];
	struct buf text = { 0 };

	buf_add(&text, id);
	buf_add_byte(&text, '.');
	buf_add_i64(&text, seconds);
	buf_add_byte(&text, '.');
	buf_add(&text, body);
	must(!text.failed && secret.len > 0);
	hmac_sha256(secret, buf_str(&text), digest);
	buf_free(&text);
	if (to->len > 0)
		buf_add_byte(to, ' ');
	buf_add(to, S("v1,"));
	base64_write(to, (struct str){ (const char *)digest, sizeof digest });
}

struct str webhook_header(struct arena *a, const struct webhook_secrets *s, struct str id,
                          int64_t seconds, struct str body)
{
	char secret[SEAL_TEXT_MAX];
	struct buf b = { 0 };
	bool good = s->count > 0;

	for (int i = 0; i < s->count && good; i++) {
		int len = seal_open(s->key, s->bound_to, s->sealed[i], secret);
		good = len > 0;
		if (good)
			webhook_sign(&b, (struct str){ secret, (size_t)len }, id, seconds, body);
	}
	seal_wipe(secret, sizeof secret);
	struct str header = good ? arena_printf(a, "webhook-signature: %.*s", S_ARG(buf_str(&b)))
	                         : S_NONE;
	buf_free(&b);
	return header;
}
