/* push_settings.c - the attribute `push` and the secrets that belong to it.
 *
 * `push` is JSON: {"url": "https://...", "concurrency": 10, "timeout_ms": 30000}. Its
 * secrets are an attribute of their own, `push_secret`: sealed ones in base64, with a space
 * between two. The front door seals them; nobody in here has the key. */
#include "base/limits.h"
#include "domain/outbox/address.h"
#include "domain/queue/memory.h"
#include "wire/hash.h"
#include "wire/json.h"
#include "wire/seal.h"

static const struct refused fine = { .why = REFUSED_NONE };

#define BAD(...) refused_as(a, REFUSED_INVALID_ATTRIBUTE, __VA_ARGS__)

static struct refused check_number(struct arena *a, const struct json *v, int64_t min, int64_t max)
{
	int64_t n;

	if (v->kind == JSON_NUMBER && str_i64(v->text, min, max, &n))
		return fine;
	return BAD("push.%.*s must be a number from %lld to %lld.", S_ARG(v->key), (long long)min,
	           (long long)max);
}

static struct refused check_member(struct arena *a, const struct json *v)
{
	if (str_is(v->key, "url"))
		return fine; /* check_url */
	if (str_is(v->key, "concurrency"))
		return check_number(a, v, 1, PUSH_CONCURRENCY_MAX);
	if (str_is(v->key, "timeout_ms"))
		return check_number(a, v, PUSH_TIMEOUT_MIN_MS, PUSH_TIMEOUT_MAX_MS);
	if (str_is(v->key, "secret"))
		return BAD("push.secret is taken only by PUT /v1/queues/{name}, where it is sealed.");
	return BAD("push has no member %.*s; it may have url, concurrency, timeout_ms and secret.",
	           S_ARG(v->key));
}

static struct refused check_url(struct arena *a, const struct json *push)
{
	struct str url = json_get_text(push, "url");

	if (url.len == 0)
		return BAD("push.url is missing: a text such as \"https://example.com/hook\".");
	if (url.len > PUSH_URL_MAX)
		return BAD("push.url is longer than %d bytes.", PUSH_URL_MAX);
	if (!str_given(url_host(url)))
		return BAD("push.url must be an http or https URL with a host and without a user.");
	return fine;
}

struct refused push_check(struct arena *a, struct str value)
{
	struct str why;
	const struct json *push = json_read(a, value, &why);

	if (!json_is(push, JSON_OBJECT))
		return BAD("push must be an object such as {\"url\": \"https://example.com/hook\"}.");
	JSON_EACH (push, v) {
		struct refused r = check_member(a, v);
		if (r.why != REFUSED_NONE)
			return r;
	}
	return check_url(a, push);
}

struct refused push_check_host(struct arena *a, const struct domain_config *config,
                               struct str value)
{
	struct str why, host = url_host(json_get_text(json_read(a, value, &why), "url"));

	must(str_given(host)); /* push_check was content */
	if (config->private_webhooks || host_may_be_called(host))
		return fine;
	return BAD("push.url: %.*s is an address of a private network; start the server with "
	           "--allow-private-webhooks to allow it.",
	           S_ARG(host));
}

static void read_number(const struct json *push, const char *name, int64_t *to)
{
	const struct json *v = json_get(push, name);

	if (v != NULL)
		must(str_i64(v->text, 1, INT64_MAX, to)); /* checked before it was stored */
}

void push_set(struct push_settings *p, struct arena *arena, struct str value)
{
	struct arena *scratch = arena_open();
	struct str why;
	const struct json *push = json_read(scratch, value, &why);

	p->url = arena_str(arena, json_get_text(push, "url"));
	p->concurrency = PUSH_CONCURRENCY;
	p->timeout_ms = PUSH_TIMEOUT_MS;
	read_number(push, "concurrency", &p->concurrency);
	read_number(push, "timeout_ms", &p->timeout_ms);
	must(p->url.len > 0);
	arena_close(scratch);
}

void push_set_secrets(struct push_settings *p, struct arena *arena, struct str value)
{
	p->sealed_count = 0;
	while (str_given(value)) {
		struct str sealed = base64_read(arena, str_cut(&value, ' '));
		must(sealed.len > 0 && p->sealed_count < PUSH_SECRETS_MAX);
		p->sealed[p->sealed_count++] = sealed;
	}
}

struct str push_secrets_shown(struct arena *a, struct str value)
{
	int count = 0;

	while (str_given(value)) {
		str_cut(&value, ' ');
		count++;
	}
	return arena_printf(a, "%d", count);
}

struct str push_seal_name(struct arena *a, struct str queue)
{
	return arena_printf(a, "push:%.*s", S_ARG(queue));
}

int push_secrets(const struct queues *all)
{
	int count = 0;

	for (size_t i = 0; i < all->count; i++)
		count += all->sorted[i]->settings.push.sealed_count;
	return count;
}

bool push_secrets_open(const struct queues *all, const uint8_t *key)
{
	struct arena *scratch = arena_open();
	char secret[SEAL_TEXT_MAX];
	bool good = true;

	for (size_t i = 0; i < all->count && good; i++) {
		const struct push_settings *p = &all->sorted[i]->settings.push;
		for (int n = 0; n < p->sealed_count && good; n++)
			good = seal_open(key, push_seal_name(scratch, all->sorted[i]->name), p->sealed[n],
			                 secret) > 0;
	}
	seal_wipe(secret, sizeof secret);
	arena_close(scratch);
	return good;
}
