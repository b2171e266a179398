/* callback.c - a URL is called when a job or a group has ended. C1 to C3: the header.
 *
 * The payload of its row: {"id": webhook-id, "what": "job ID", "type": ..., "body": ...,
 * "sealed": [...]}. */
#include "domain/job/callback.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/cmd.h"
#include "domain/domain.h"
#include "domain/outbox/address.h"
#include "domain/queue/retry.h"
#include "wire/hash.h"
#include "wire/seal.h"
#include "wire/webhook.h"

#define KIND "callback"

struct str callback_seal_name(struct arena *a, struct str url)
{
	return arena_printf(a, "callback:%.*s", S_ARG(url));
}

/* ---- check */

#define BAD(...) \
	do { \
		*why = refused_as(a, REFUSED_INVALID_PARAMETER, __VA_ARGS__); \
		return; \
	} while (0)

void callback_check(struct batch *b, struct arena *a, const struct json *webhook,
                    struct refused *why)
{
	struct str url = json_get_text(webhook, "url"), host = url_host(url);

	why->why = REFUSED_NONE;
	if (!json_is(webhook, JSON_OBJECT) || url.len == 0)
		BAD("on_done.webhook must be an object such as {\"url\": \"https://example.com/done\"}.");
	JSON_EACH (webhook, v)
		if (!str_is(v->key, "url") && !str_is(v->key, "sealed"))
			BAD("on_done.webhook has no member %.*s; it may have url and secret.", S_ARG(v->key));
	if (url.len > PUSH_URL_MAX)
		BAD("on_done.webhook.url is longer than %d bytes.", PUSH_URL_MAX);
	if (!str_given(host))
		BAD("on_done.webhook.url must be an http or https URL with a host and without a user.");
	if (!b->domain->config.private_webhooks && !host_may_be_called(host))
		BAD("on_done.webhook.url: %.*s is an address of a private network; start the server with "
		    "--allow-private-webhooks to allow it.",
		    S_ARG(host));
}

/* ---- put */

/* What nobody else can be told any more. */
static enum err note_untold(struct batch *b, struct str what, struct str url, const char *why)
{
	return audit_write_own(b, "job.untold", audit_name(b, "host", url_host(url)),
	                       AUDIT_JSON(b, audit_text("of", what), audit_text("why", str_of(why))));
}

static struct str payload(struct batch *batch, const struct json *webhook, struct str what,
                          struct str body)
{
	const struct json *sealed = json_get(webhook, "sealed");
	struct buf b = { 0 };
	char id[37];

	uuid_text(uuid_new(batch->now, batch->rng), id);
	buf_add_byte(&b, '{');
	json_write_member(&b, "id", str_of(id));
	json_write_member(&b, "what", what);
	json_write_member(&b, "body", body);
	if (sealed != NULL) {
		json_write_name(&b, "sealed");
		json_write(&b, sealed);
	}
	buf_add_byte(&b, '}');
	arena_adopt(batch->arena, b.at);
	return buf_str(&b);
}

enum err callback_put(struct batch *b, const struct json *webhook, const char *what, struct uuid id,
                      struct str body)
{
	struct str url = json_get_text(webhook, "url");
	char text[37];

	must(url.len > 0 && body.len > 0); /* callback_check was content */
	uuid_text(id, text);
	struct str whose = arena_printf(b->arena, "%s=%s", what, text);
	if (b->domain->callbacks >= CALLBACKS_MAX) /* C3 */
		return note_untold(b, whose, url, "too many calls wait");
	b->callbacks_more++;
	b->domain->callbacks++;
	return outbox_put(b, S(KIND), arena_printf(b->arena, KIND ":%.*s", S_ARG(url_host(url))), url,
	                  payload(b, webhook, whose, body));
}

/* ---- the kind */

static bool wanted(struct batch *b, const struct outbox_row *row)
{
	(void)b;
	(void)row;
	return true;
}

static int64_t retry_ms(struct batch *b, const struct outbox_row *row, int failures)
{
	struct retry backoff = retry_default();

	(void)row;
	must(failures >= 1);
	backoff.initial_ms = CALLBACK_RETRY_MIN_MS;
	backoff.max_ms = CALLBACK_RETRY_MAX_MS;
	return failures >= CALLBACK_TRIES_MAX ? -1 : retry_after_ms(&backoff, failures, b->rng);
}

static enum err ended(struct batch *b, const struct outbox_row *row, bool well)
{
	struct str why;
	const struct json *p = json_read(b->arena, row->payload, &why);

	b->callbacks_more--;
	b->domain->callbacks--;
	must(b->domain->callbacks >= 0);
	return well ? OK
	            : note_untold(b, json_get_text(p, "what"), row->url,
	                          "the URL did not take the call");
}

/* When it was taken, in seconds. */
static int64_t called_at(const struct outbox_row *row)
{
	return (row->lease - OUTBOX_LEASE_MS) / SECOND_MS;
}

static struct str signature(struct arena *a, const struct json *all, const struct outbox_row *row,
                            const struct outbox_means *means, struct outbox_call *call,
                            struct str id)
{
	struct str sealed[PUSH_SECRETS_MAX];
	struct webhook_secrets secrets = { means->master_key, callback_seal_name(a, row->url), sealed,
		                               0 };

	JSON_EACH (all, v)
		if (secrets.count < PUSH_SECRETS_MAX)
			sealed[secrets.count++] = base64_read(a, json_text(v));
	return webhook_header(a, &secrets, id, called_at(row), call->body);
}

static bool render(struct arena *a, const struct outbox_row *row, const struct outbox_means *means,
                   struct outbox_call *out)
{
	struct str why;
	const struct json *p = json_read(a, row->payload, &why), *sealed = json_get(p, "sealed");
	struct str id = json_get_text(p, "id"), body = json_get_text(p, "body");
	int i = 0;

	if (id.len == 0 || body.len == 0)
		return false;
	out->url = row->url;
	out->body = body;
	out->headers = ARENA_ARRAY(a, struct str, OUTBOX_HEADERS_MAX);
	out->headers[i++] = S("Content-Type: application/json");
	out->headers[i++] = S("User-Agent: ringi/" RINGI_VERSION);
	out->headers[i++] = arena_printf(a, "webhook-id: %.*s", S_ARG(id));
	out->headers[i++] = arena_printf(a, "webhook-timestamp: %lld", (long long)called_at(row));
	out->headers[i++] = arena_printf(a, "ringi-attempt: %d", row->attempts + 1);
	if (sealed != NULL)
		out->headers[i++] = signature(a, sealed, row, means, out, id);
	out->header_count = i;
	return sealed == NULL || str_given(out->headers[i - 1]);
}

const struct outbox_kind callback_kind = {
	.name = KIND,
	.patient = true,
	.wanted = wanted,
	.retry_ms = retry_ms,
	.ended = ended,
	.render = render,
};

/* ---- load */

static enum err take_count(void *context, const struct value *columns, int count)
{
	must(count == 1 && columns[0].number >= 0);
	*(int64_t *)context = columns[0].number;
	return OK;
}

enum err callbacks_load(struct domain *d, struct store *store)
{
	return store_run(store, STMT_OUTBOX_COUNT, VALUES(value_text(S(KIND))), take_count,
	                 &d->callbacks);
}
