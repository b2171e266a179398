/* idempotency.c - the header Idempotency-Key: a POST or DELETE that may come twice is done once.
 *
 * The engine keeps the answer's bytes in the transaction of the change, so it asks for them
 * before the commit: they are rendered on its thread, from nothing but the command's own
 * memory, and sent for the first request as for those that repeat it. An answer that tells a
 * secret is kept sealed. */
#include "domain/idempotency/idempotency.h"

#include "api/rest/rest.h"
#include "api/state.h"
#include "base/limits.h"

_Static_assert((int)IDEMPOTENCY_HASH_SIZE == (int)SHA256_SIZE, "the hash is a SHA-256");

/* Each part with its length, so that no two requests look alike. */
static void hash_request(const struct http_request *r, uint8_t hash[SHA256_SIZE])
{
	const struct str parts[] = { r->method_name, r->target, r->body };
	uint8_t digests[3 * SHA256_SIZE];

	for (int i = 0; i < 3; i++)
		sha256(parts[i], digests + i * SHA256_SIZE);
	sha256((struct str){ (const char *)digests, sizeof digests }, hash);
}

static bool key_valid(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] <= ' ' || key.at[i] > '~')
			return false;
	return key.len > 0 && key.len <= IDEMPOTENCY_KEY_MAX;
}

static void seal_answer(struct api_call *call, struct str *answer)
{
	uint8_t nonce[SEAL_NONCE_SIZE];
	struct cmd *c = call->c;

	call->api->config.random(nonce, sizeof nonce);
	*answer = seal_text(c->arena, call->api->config.master_key, nonce, c->idempotent->key, *answer);
}

/* The engine's thread, inside the batch: which fails when there is no memory for the body. */
static void answer_of(struct cmd *c, struct now now, int *status, struct str *answer)
{
	struct api_call *call = api_call_of(c);
	struct buf body = { 0 };

	call->now_ms = now.wall_ms;
	*status = rest_write_result(call, &body).status;
	arena_adopt(c->arena, body.at);
	*answer = body.len == 0 ? S_NONE : buf_str(&body);
	if (call->route->secret)
		seal_answer(call, answer);
}

void rest_idempotency_read(struct api_call *call, const struct http_request *r)
{
	struct str key = http_header(r, "Idempotency-Key");
	struct cmd *c = call->c;

	bool takes = r->method == HTTP_POST_ || r->method == HTTP_DELETE_;

	if (!str_given(key) || !takes || !str_starts(r->path, S("/v1/")) || call->route->own_key)
		return;
	if (!key_valid(key) || http_header_count(r, "Idempotency-Key") > 1) {
		(void)refuse(c, REFUSED_INVALID_PARAMETER,
		             "An Idempotency-Key has 1 to %d visible ASCII characters, and there is one "
		             "in a request.",
		             IDEMPOTENCY_KEY_MAX);
	} else if (c->op->lane != LANE_WRITE || call->route->no_key) {
		(void)refuse(c, REFUSED_UNSUPPORTED_OPERATION, "%s takes no Idempotency-Key; leave it out.",
		             call->route->action);
	} else {
		c->idempotent = CALL_NEW(call, struct idempotent);
		c->idempotent->key = key;
		c->idempotent->answer_of = answer_of;
		hash_request(r, c->idempotent->hash);
	}
}

/* False: what was kept cannot be opened with this master key. */
static bool open_answer(const struct api_call *call, struct str *answer)
{
	const struct idempotent *i = call->c->idempotent;

	*answer = i->answer;
	if (call->route->secret)
		*answer = seal_text_open(call->c->arena, call->api->config.master_key, i->key, i->answer);
	return str_given(*answer) || !call->route->secret;
}

struct api_answer_head rest_idempotency_write(const struct api_call *call, struct buf *body,
                                              struct buf *headers)
{
	const struct idempotent *i = call->c->idempotent;
	struct str answer;

	if (!open_answer(call, &answer)) {
		call->c->fault = ERR_CORRUPT;
		return rest_write(call, body, headers);
	}
	if (i->repeated)
		buf_add(headers, S("Idempotency-Replayed: true\r\n"));
	buf_add(body, answer);
	return (struct api_answer_head){ i->status,
		                             str_given(answer) ? S("application/json") : S_NONE };
}
