/* documents.c - what providers have published, as far as it is known here. O1 to O3: oidc.h. */
#include <pthread.h>

#include "api/oidc/inside.h"
#include "base/buf.h"
#include "base/limits.h"
#include "domain/outbox/address.h"

struct oidc *oidc_open(const struct oidc_provider *providers, int count,
                       void (*chance)(void *to, size_t size))
{
	struct oidc *o = mem_get(sizeof *o);

	must(count >= 0 && count <= OIDC_PROVIDERS_MAX);
	pthread_mutex_init(&o->mutex, NULL);
	o->providers = providers;
	o->count = count;
	chance(o->key, sizeof o->key);
	return o;
}

struct oidc *oidc_close(struct oidc *o)
{
	if (o == NULL)
		return NULL;
	for (int i = 0; i < o->count; i++)
		for (int d = 0; d < OIDC_DOCUMENTS; d++)
			buf_free(&o->known[i].documents[d].text);
	pthread_mutex_destroy(&o->mutex);
	seal_wipe(o->key, sizeof o->key);
	return mem_free(o);
}

int oidc_count(const struct oidc *o)
{
	return o->count;
}

const struct oidc_provider *oidc_at(const struct oidc *o, int i)
{
	must(i >= 0 && i < o->count);
	return &o->providers[i];
}

const struct oidc_provider *oidc_named(const struct oidc *o, struct str name)
{
	for (int i = 0; i < o->count; i++)
		if (str_eq(o->providers[i].name, name))
			return &o->providers[i];
	return NULL;
}

static struct oidc_known *known_of(struct oidc *o, const struct oidc_provider *p)
{
	must(p >= o->providers && p < o->providers + o->count);
	return &o->known[p - o->providers];
}

/* A clock that was set back makes nothing last longer. */
static bool within(int64_t since, int64_t now_ms, int64_t ms)
{
	return since != 0 && now_ms >= since && now_ms - since < ms;
}

struct str oidc_kept(struct oidc *o, const struct oidc_provider *p, enum oidc_document which,
                     struct arena *a, int64_t now_ms)
{
	struct str text = S_NONE;

	pthread_mutex_lock(&o->mutex);
	const struct oidc_text *t = &known_of(o, p)->documents[which];
	if (within(t->at_ms, now_ms, OIDC_KEPT_MS))
		text = arena_str(a, buf_str(&t->text));
	pthread_mutex_unlock(&o->mutex);
	return text;
}

void oidc_keep(struct oidc *o, const struct oidc_provider *p, enum oidc_document which,
               struct str text, int64_t now_ms)
{
	pthread_mutex_lock(&o->mutex);
	struct oidc_text *t = &known_of(o, p)->documents[which];
	buf_clear(&t->text);
	buf_add(&t->text, text);
	t->at_ms = t->text.failed ? 0 : now_ms;
	known_of(o, p)->failed_ms = 0;
	pthread_mutex_unlock(&o->mutex);
}

void oidc_failed(struct oidc *o, const struct oidc_provider *p, int64_t now_ms)
{
	pthread_mutex_lock(&o->mutex);
	known_of(o, p)->failed_ms = now_ms;
	pthread_mutex_unlock(&o->mutex);
}

bool oidc_may_ask(struct oidc *o, const struct oidc_provider *p, int64_t now_ms)
{
	pthread_mutex_lock(&o->mutex);
	bool may = !within(known_of(o, p)->failed_ms, now_ms, OIDC_AGAIN_MS);
	pthread_mutex_unlock(&o->mutex);
	return may;
}

/* ---- the discovery document */

static bool loopback(struct str rest)
{
	struct str host = { rest.at, 0 };

	if (str_starts(rest, S("[::1]")))
		return rest.len == 5 || rest.at[5] == ':' || rest.at[5] == '/';
	while (host.len < rest.len && strchr(":/?#", rest.at[host.len]) == NULL)
		host.len++;
	return str_is(host, "localhost") || host_is_loopback_number(host);
}

bool oidc_url_good(const struct oidc_provider *p, struct str url)
{
	bool tls = str_starts(url, S("https://"));
	struct str rest = str_from(url, tls ? 8 : 7);

	if (url.len > OIDC_TEXT_MAX || rest.len == 0 || rest.at[0] == '/')
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.at[i] <= ' ' || url.at[i] > '~' || strchr("\\\"<>#@", url.at[i]) != NULL)
			return false;
	return tls || (p->private_network && str_starts(url, S("http://")) && loopback(rest));
}

static bool lists(const struct json *list, const char *text)
{
	JSON_EACH (list, v)
		if (str_is(json_text(v), text))
			return true;
	return false;
}

static bool wrong(struct arena *a, struct str *why, const char *what, struct str value)
{
	*why = arena_printf(a, "its discovery document has no good %s (%.*s)", what,
	                    (int)(value.len > 200 ? 200 : value.len),
	                    str_given(value) ? value.at : "none");
	return false;
}

static bool endpoint(struct arena *a, const struct oidc_provider *p, const struct json *document,
                     const char *name, struct str *to, struct str *why)
{
	*to = arena_str(a, json_get_text(document, name));
	return oidc_url_good(p, *to) || wrong(a, why, name, *to);
}

static bool read_endpoints(struct arena *a, const struct oidc_provider *p, const struct json *d,
                           struct oidc_endpoints *e, struct str *why)
{
	if (!json_is(d, JSON_OBJECT)) {
		*why = S("its discovery document is not JSON");
		return false;
	}
	if (!str_eq(json_get_text(d, "issuer"), p->issuer))
		return wrong(a, why, "issuer", json_get_text(d, "issuer"));
	if (!endpoint(a, p, d, "authorization_endpoint", &e->authorization, why) ||
	    !endpoint(a, p, d, "token_endpoint", &e->token, why) ||
	    !endpoint(a, p, d, "jwks_uri", &e->keys, why))
		return false;
	const struct json *ways = json_get(d, "token_endpoint_auth_methods_supported");
	e->basic = ways == NULL || lists(ways, "client_secret_basic") ||
	           !lists(ways, "client_secret_post");
	e->says_issuer = json_is(json_get(d, "authorization_response_iss_parameter_supported"),
	                         JSON_TRUE);
	return true;
}

bool oidc_endpoints(struct arena *a, const struct oidc_provider *p, struct str text,
                    struct oidc_endpoints *e, struct str *why)
{
	struct arena *scratch = arena_open(); /* a tree is many times its text, and calls wait */
	struct str ignored;
	bool good = read_endpoints(a, p, json_read(scratch, text, &ignored), e, why);

	arena_close(scratch);
	return good;
}
