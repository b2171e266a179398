/* oidc_callback.c - GET /v1/login/oidc/{provider}/callback: back from an identity provider.
 *
 *     parse      the browser is the one that went, for the first time, in time; no error
 *     exchange   the code, with the verifier: an ID token          (asks the provider)
 *     keys       if they are not known, or none of them fits; once  (asks the provider)
 *     verify     the token: now it is known who that is, elsewhere
 *     vouch      (reader) whose account is that?
 *     begin      (engine) a session, and the link where a rule makes one
 *
 * L1  Each refusal is a record, and none says more than who has come so far may know. */
#include "api/cookie.h"
#include "api/rest/oidc.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/form.h"
#include "wire/hash.h"

static void refuse_it(struct api_call *call, const char *why, struct str sentence)
{
	const struct oidc_call *o = call->extra;

	rest_login_failed(call, &(struct login_failed){ .why = str_of(why),
	                                                .provider = o->provider->name,
	                                                .subject = o->vouch.subject });
	(void)refuse(call->c, REFUSED_INVALID_LOGIN, "%.*s", S_ARG(sentence));
}

/* ---- parse */

/* The browser is the one that went, and the answer is to what it asked. O1 */
static bool same_browser(struct api_call *call, const struct rest_in *rest)
{
	struct oidc_call *o = call->extra;
	struct str cookie = cookie_oidc(call, rest->request);
	struct str state = form_get(&rest->query, "state");

	if (!str_given(cookie) ||
	    !oidc_unseal(call->api->oidc, call->c->arena, o->provider, cookie, &o->pending) ||
	    !str_given(state) || !str_eq_secret(state, o->pending.state)) {
		refuse_it(call, "oidc-state",
		          S("This browser has no such sign-in under way. Begin again, in one window."));
		return false;
	}
	if (o->pending.ends_at <= api_wall_ms(call->api)) {
		refuse_it(call, "oidc-late", S("The sign-in took too long. Begin again."));
		return false;
	}
	if (!oidc_use(call->api->oidc, state)) {
		refuse_it(call, "oidc-again", S("This sign-in has been used already. Begin again."));
		return false;
	}
	return true;
}

/* The provider says that it is he, and not another one. */
static bool same_issuer(struct api_call *call, const struct rest_in *rest)
{
	const struct oidc_call *o = call->extra;
	struct str issuer = form_get(&rest->query, "iss");

	if (!str_given(issuer) || str_eq(issuer, o->provider->issuer))
		return true;
	refuse_it(call, "oidc-issuer", S("This answer is from another identity provider."));
	return false;
}

/* "access_denied": what may be told, and written into a log. */
static bool is_word(struct str error)
{
	return error.len > 0 && error.len <= 64 && str_alphanumeric(error, "_");
}

static void refuse_error(struct api_call *call, struct str error)
{
	const struct oidc_call *o = call->extra;

	refuse_it(call, "oidc-refused",
	          arena_printf(call->c->arena, "The identity provider %.*s did not let you in (%.*s).",
	                       S_ARG(o->provider->title),
	                       S_ARG(is_word(error) ? error : S("no reason"))));
}

void rest_oidc_callback_parse(struct api_call *call, const struct rest_in *rest)
{
	struct oidc_call *o = oidc_call_new(call, rest);
	struct str error = form_get(&rest->query, "error");

	if (o == NULL || !rest_login_address_may_try(call))
		return;
	if (!same_browser(call, rest) || !same_issuer(call, rest))
		return;
	o->code = form_get(&rest->query, "code");
	o->vouch.issuer = o->provider->issuer;
	if (str_given(error) || o->code.len == 0)
		refuse_error(call, error);
	else if (o->code.len > OIDC_TEXT_MAX * 4)
		refuse_error(call, S("code_too_long"));
	o->says_issuer = str_given(form_get(&rest->query, "iss"));
}

/* ---- exchange */

static void field(struct buf *b, const char *name, struct str value)
{
	buf_printf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	form_encode(b, value);
}

/* RFC 6749, 2.3.1: both parts are encoded as in forms before they are put together. */
static struct str basic(struct arena *a, const struct oidc_provider *p)
{
	struct buf pair = { 0 }, text = { 0 };

	form_encode(&pair, p->client_id);
	buf_add_byte(&pair, ':');
	form_encode(&pair, p->client_secret);
	buf_add_text(&text, "Basic ");
	base64_write(&text, buf_str(&pair));
	arena_adopt(a, pair.at);
	arena_adopt(a, text.at);
	return buf_str(&text);
}

static void got_token(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	struct arena *a = call->c->arena, *scratch = arena_open();
	struct str why;
	const struct json *answer = str_given(o->fetch.body) ? json_read(scratch, o->fetch.body, &why)
	                                                     : NULL;
	struct str error = arena_str(a, json_get_text(answer, "error"));

	o->fetch.form = o->fetch.authorization = S_NONE;
	o->id_token = arena_str(a, json_get_text(answer, "id_token"));
	arena_close(scratch);
	if (o->fetch.status == 200 && str_given(o->id_token))
		return;
	if (str_is(error, "invalid_grant"))
		refuse_it(call, "oidc-code",
		          S("The identity provider does not know this sign-in, or not any more. Begin "
		            "again."));
	else
		oidc_not_had(call, "token", is_word(error) ? error : o->fetch.why);
}

static bool exchange(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	const struct oidc_provider *p = o->provider;
	struct buf form = { 0 };

	field(&form, "grant_type", S("authorization_code"));
	field(&form, "code", o->code);
	field(&form, "redirect_uri", o->redirect_uri);
	field(&form, "code_verifier", o->pending.verifier);
	if (!str_given(p->client_secret) || !o->at.basic)
		field(&form, "client_id", p->client_id);
	if (str_given(p->client_secret) && !o->at.basic)
		field(&form, "client_secret", p->client_secret);
	if (str_given(p->client_secret) && o->at.basic)
		o->fetch.authorization = basic(call->c->arena, p);
	arena_adopt(call->c->arena, form.at);
	o->fetch.form = buf_str(&form);
	return oidc_ask(call, o->at.token, got_token);
}

/* ---- keys */

static void got_keys(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	struct arena *scratch = arena_open();
	bool answered = o->fetch.status == 200;
	struct str why;
	const struct json *set = answered ? json_read(scratch, o->fetch.body, &why) : NULL;

	o->new_keys = true;
	if (json_is(json_get(set, "keys"), JSON_ARRAY))
		oidc_keep(call->api->oidc, o->provider, OIDC_KEYS, o->fetch.body, api_wall_ms(call->api));
	else
		oidc_not_had(call, "keys", answered ? S("it is no set of keys") : o->fetch.why);
	arena_close(scratch);
}

/* ---- verify */

static void refuse_token(struct api_call *call, struct str why)
{
	const struct oidc_call *o = call->extra;

	log_line(LOG_WARN, "oidc", "an ID token is not good",
	         "provider=%.*s why=\"%.*s\" next=\"that sign-in is refused\"",
	         S_ARG(o->provider->name), S_ARG(why));
	refuse_it(call, "oidc-token",
	          arena_printf(call->c->arena,
	                       "What the identity provider %.*s says does not prove who you are: %.*s.",
	                       S_ARG(o->provider->title), S_ARG(why)));
}

static void look(struct api_call *call, const struct oidc_identity *who)
{
	struct oidc_call *o = call->extra;

	o->vouch.subject = who->subject;
	o->vouch.email = who->email;
	o->vouch.id = who->id;
	o->looked = true;
	call->c->op = &op_account_vouch;
	call->c->in = &o->vouch;
	api_go_on(call->api, call->c);
}

/* Whether the call was taken. */
static bool verify(struct api_call *call)
{
	struct oidc_call *o = call->extra;
	int64_t now_ms = api_wall_ms(call->api);
	struct str keys = oidc_kept(call->api->oidc, o->provider, OIDC_KEYS, call->c->arena, now_ms);
	enum oidc_verdict verdict = OIDC_NEW_KEY;
	struct oidc_identity who;
	struct str why = S("none of the provider's keys has signed it");

	if (str_given(keys))
		verdict = oidc_verify(call->c->arena, o->provider,
		                      &(struct oidc_proof){ o->id_token, keys, o->pending.nonce, now_ms },
		                      &who, &why);
	if (verdict == OIDC_NEW_KEY && !o->new_keys)
		return oidc_ask(call, o->at.keys, got_keys);
	if (verdict != OIDC_GOOD) {
		refuse_token(call, why);
		return false;
	}
	look(call, &who);
	return true;
}

/* ---- begin */

static bool begin_session(struct api_call *call)
{
	struct oidc_call *o = call->extra;

	if (o->vouch.end != VOUCH_GOOD) {
		refuse_it(call, vouch_why(o->vouch.end), vouch_sentence(o->vouch.end));
		return false;
	}
	rest_login_fresh(call, &o->begin, &o->token);
	o->begin.vouch = &o->vouch;
	o->begin.provider = o->provider->name;
	o->begin.how = SESSION_OIDC;
	call->c->op = &op_session_begin;
	call->c->in = &o->begin;
	api_go_on(call->api, call->c);
	return true;
}

bool rest_oidc_callback_begin(struct api_call *call)
{
	struct oidc_call *o = call->extra;

	if (str_given(o->token)) {
		rest_login_was_right(call, S_NONE);
		return false;
	}
	if (o->looked)
		return begin_session(call);
	if (!oidc_discovered(call))
		return !cmd_refused(call->c);
	if (o->at.says_issuer && !o->says_issuer) {
		refuse_it(call, "oidc-issuer",
		          S("This answer does not say which identity provider it is "
		            "from, though yours always does."));
		return false;
	}
	return str_given(o->id_token) ? verify(call) : exchange(call);
}

void rest_oidc_callback_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct oidc_call *o = call->extra;

	(void)body;
	buf_printf(headers, "Location: %.*s\r\n", S_ARG(o->pending.next));
	cookie_write(call, o->token, SESSION_LIFE_MS, headers);
	cookie_write_oidc(call, S(""), 0, headers);
}
