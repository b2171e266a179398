/* oidc.c - GET /v1/login, which ways there are to sign in; GET /v1/login/oidc/{provider}, the way
 * to an identity provider. The way back: oidc_callback.c. O1 to O3: api/oidc/oidc.h. */
#include "api/rest/oidc.h"

#include "api/cookie.h"
#include "api/keymaker.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/form.h"
#include "wire/hash.h"
#include "wire/seal.h"

/* ---- the ways */

void rest_login_ways_render(const struct api_call *call, struct out *o)
{
	const struct oidc *oidc = call->api->oidc;

	out_bool(o, S("password"), call->api->hasher != NULL && cookie_possible(call));
	out_list(o, S("providers"), S_NONE);
	for (int i = 0; i < oidc_count(oidc); i++) {
		const struct oidc_provider *p = oidc_at(oidc, i);
		out_item(o, S_NONE);
		out_text(o, S("name"), p->name);
		out_text(o, S("title"), p->title);
		out_text(o, S("path"), arena_printf(call->c->arena, "/v1/login/oidc/%.*s", S_ARG(p->name)));
		out_end(o);
	}
	out_end(o);
}

/* ---- asking a provider */

static void fetched(struct http_task *task, void *context)
{
	struct oidc_call *o = CONTAINER(task, struct oidc_call, task);
	struct api_call *call = o->fetch.context;

	(void)context;
	if (atomic_load(&call->api->stopping)) { /* the engine may be gone: nobody waits */
		cmd_free(call->c);
		return;
	}
	o->fetched(call);
	api_finish(call->api, call->c); /* by its begin again */
}

/* On the thread that asked: back to the loop. */
static void ended(struct http_fetch *fetch)
{
	struct oidc_call *o = CONTAINER(fetch, struct oidc_call, fetch);
	struct api_call *call = fetch->context;
	struct list tasks;

	if (fetch->stopped) {
		cmd_free(call->c);
		return;
	}
	o->task.run = fetched;
	list_init(&tasks);
	list_add_last(&tasks, &o->task.node);
	http_post(*call->api->config.http, call->c->reply_to.loop, &tasks);
}

bool oidc_ask(struct api_call *call, struct str url, void (*then)(struct api_call *))
{
	struct oidc_call *o = call->extra;

	o->fetched = then;
	o->fetch.url = url;
	o->fetch.private_too = o->provider->private_network;
	o->fetch.max = OIDC_ANSWER_MAX;
	o->fetch.arena = call->c->arena;
	o->fetch.context = call;
	o->fetch.ended = ended;
	o->fetch.status = 0;
	o->fetch.body = o->fetch.why = S_NONE;
	if (call->api->config.fetch != NULL &&
	    call->api->config.fetch(call->api->config.fetch_context, &o->fetch))
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED, "Too many people sign in at the moment. Try again.");
	return false;
}

void oidc_not_had(struct api_call *call, const char *what, struct str why)
{
	struct oidc_call *o = call->extra;

	oidc_failed(call->api->oidc, o->provider, api_wall_ms(call->api));
	log_line(LOG_WARN, "oidc", "the identity provider cannot be used",
	         "provider=%.*s asked_for=\"%s\" why=\"%.*s\" next=\"that sign-in is refused\"",
	         S_ARG(o->provider->name), what, S_ARG(why));
	(void)refuse(call->c, REFUSED_UNAVAILABLE,
	             "The identity provider %.*s cannot be used at the moment. Try again, or sign in "
	             "another way.",
	             S_ARG(o->provider->title));
}

/* ---- what it has published */

static void got_discovery(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	struct str why = o->fetch.why;

	if (o->fetch.status == 200 &&
	    oidc_endpoints(call->c->arena, o->provider, o->fetch.body, &o->at, &why)) {
		oidc_keep(call->api->oidc, o->provider, OIDC_DISCOVERY, o->fetch.body,
		          api_wall_ms(call->api));
	} else {
		o->at.authorization = S_NONE;
		oidc_not_had(call, "discovery", why);
	}
}

bool oidc_discovered(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	const struct oidc_provider *p = o->provider;
	int64_t now_ms = api_wall_ms(call->api);
	struct str why;

	if (str_given(o->at.authorization))
		return true;
	struct str kept = oidc_kept(call->api->oidc, p, OIDC_DISCOVERY, call->c->arena, now_ms);
	if (str_given(kept) && oidc_endpoints(call->c->arena, p, kept, &o->at, &why))
		return true;
	o->at.authorization = S_NONE;
	if (!oidc_may_ask(call->api->oidc, p, now_ms)) {
		(void)refuse(call->c, REFUSED_UNAVAILABLE,
		             "The identity provider %.*s could not be used a moment ago. Try again.",
		             S_ARG(p->title));
		return false;
	}
	bool slash = p->issuer.len > 0 && p->issuer.at[p->issuer.len - 1] == '/';
	(void)oidc_ask(call,
	               arena_printf(call->c->arena, "%.*s%s.well-known/openid-configuration",
	                            S_ARG(p->issuer), slash ? "" : "/"),
	               got_discovery);
	return false;
}

/* ---- the way there */

struct oidc_call *oidc_call_new(struct api_call *call, const struct rest_in *rest)
{
	struct oidc_call *o = CALL_NEW(call, struct oidc_call);
	const struct oidc_provider *p = oidc_named(call->api->oidc, rest->args[0]);

	if (p == NULL) {
		(void)refuse(call->c, REFUSED_NOT_FOUND, "There is no identity provider of this name.");
		return NULL;
	}
	if (!cookie_possible(call)) {
		(void)refuse(call->c, REFUSED_FOREIGN_PAGE,
		             "People sign in over TLS, or on the machine itself. Start the server with "
		             "--tls-cert, or with --advertise https://... behind a proxy.");
		return NULL;
	}
	o->provider = p;
	o->redirect_uri = arena_printf(call->c->arena, "%.*s/v1/login/oidc/%.*s/callback",
	                               S_ARG(call_console(call)), S_ARG(p->name));
	call->extra = o;
	return o;
}

/* Of the console, as its browser names it: "/", "/tools/ringi/". */
static struct str front_page(const struct api_call *call)
{
	struct str path = url_path(call_console(call));

	return str_given(path) ? arena_printf(call->c->arena, "/%.*s/", S_ARG(path)) : S("/");
}

void rest_oidc_start_parse(struct api_call *call, const struct rest_in *rest)
{
	struct str next = form_get(&rest->query, "next");
	struct oidc_call *o = oidc_call_new(call, rest);
	struct arena *a = call->c->arena;

	if (o == NULL)
		return;
	o->pending = (struct oidc_pending){
		.state = fresh_text(call->api, a, S(""), TOKEN_LENGTH),
		.nonce = fresh_text(call->api, a, S(""), TOKEN_LENGTH),
		.verifier = fresh_text(call->api, a, S(""), TOKEN_LENGTH),
		.next = oidc_next(a, str_given(next) ? next : front_page(call)),
		.ends_at = api_wall_ms(call->api) + OIDC_PENDING_MS,
	};
	if (!str_given(o->pending.next))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "next",
		                   "next must be a path on this server: it begins with one /, has no "
		                   "backslash, and at most %d bytes.",
		                   OIDC_NEXT_MAX);
}

bool rest_oidc_start_begin(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	uint8_t nonce[SEAL_NONCE_SIZE];

	if (!oidc_discovered(call))
		return !cmd_refused(call->c);
	call->api->config.random(nonce, sizeof nonce);
	o->sealed = oidc_seal(call->api->oidc, call->c->arena, o->provider, &o->pending, nonce);
	return false;
}

static void add(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, "&%s=", name);
	form_encode(b, value);
}

void rest_oidc_start_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct oidc_call *o = call->extra;
	uint8_t hash[SHA256_SIZE];

	(void)body;
	sha256(o->pending.verifier, hash);
	bool query = memchr(o->at.authorization.at, '?', o->at.authorization.len) != NULL;
	buf_printf(headers, "Location: %.*s%cresponse_type=code", S_ARG(o->at.authorization),
	           query ? '&' : '?');
	add(headers, "client_id", o->provider->client_id);
	add(headers, "redirect_uri", o->redirect_uri);
	add(headers, "scope", o->provider->scope);
	add(headers, "state", o->pending.state);
	add(headers, "nonce", o->pending.nonce);
	add(headers, "code_challenge",
	    base64url_text(call->c->arena, (struct str){ (const char *)hash, sizeof hash }));
	add(headers, "code_challenge_method", S("S256"));
	buf_add_text(headers, "\r\n");
	cookie_write_oidc(call, o->sealed, OIDC_PENDING_MS, headers);
}
