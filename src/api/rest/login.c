/* login.c - POST /v1/sessions: a person logs in, by password (and code), or by a login link.
 *
 *     parse    too many tries? refused before anything else is done
 *     look     (reader) the account, if there is one
 *     hash     (hasher) the password against its hash, or against nobody's: the same work
 *     code     of TOTP, or a recovery code
 *     begin    (engine) if the account is still what was looked at
 *
 * L1  What is wrong is never told apart: no such account, no password set, a wrong one,
 *     disabled. One answer, the same work. Only who knows the password learns that a code
 *     is asked for.
 * L2  Every try counts for the account named and for the address, whether there is such an
 *     account or not. */
#include "api/cookie.h"
#include "api/hasher.h"
#include "api/keymaker.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/account/account.h"
#include "domain/account/session.h"
#include "engine/submit.h"
#include "wire/totp.h"

enum stage { LOOKED, BEGUN };

struct login {
	enum stage stage;
	struct account_look look;
	struct session_begin begin;
	struct hash_job job;
	struct str name, password, code, recovery; /* as typed */
	struct str token;                          /* the session's */
};

static const struct throttle_rule account_rule = { LOGIN_FREE, LOGIN_DELAY_MS, LOGIN_DELAY_MAX_MS };
static const struct throttle_rule address_rule = { LOGIN_ADDRESS_FREE, LOGIN_DELAY_MS,
	                                               LOGIN_ADDRESS_DELAY_MAX_MS };

/* ---- too many tries */

static struct str throttle_name(const struct api_call *call, const char *kind, struct str name)
{
	return arena_printf(call->c->arena, "%s:%.*s", kind, (int)(name.len > 128 ? 128 : name.len),
	                    str_given(name) ? name.at : "");
}

static bool may_try(struct api_call *call, const char *kind, struct str name,
                    const struct throttle_rule *rule)
{
	int64_t wait = throttle_try(call->api->throttle, throttle_name(call, kind, name), rule,
	                            api_wall_ms(call->api));

	if (wait > 0)
		(void)refuse_as(call->c,
		                (struct refused){ .why = REFUSED_TOO_MANY_TRIES,
		                                  .text = S("There were too many tries. Wait a while."),
		                                  .retry_ms = wait });
	return wait == 0;
}

static struct str client_of(const struct api_call *call)
{
	return address_of_client(call->c->arena, call->c->address);
}

bool rest_login_address_may_try(struct api_call *call)
{
	return may_try(call, "address", client_of(call), &address_rule);
}

bool rest_login_may_try(struct api_call *call, struct str account)
{
	return rest_login_address_may_try(call) && may_try(call, "account", account, &account_rule);
}

void rest_login_was_right(struct api_call *call, struct str account)
{
	struct str address = throttle_name(call, "address", client_of(call));

	if (account.len > 0)
		throttle_done(call->api->throttle, throttle_name(call, "account", account));
	throttle_undo(call->api->throttle, address, &address_rule); /* an office may have one */
}

/* ---- refused */

void rest_login_failed(const struct api_call *call, const struct login_failed *how)
{
	struct cmd *c = cmd_new(&op_login_failed);
	struct login_failed *in = ARENA_NEW(c->arena, struct login_failed);

	in->person = arena_str(c->arena, how->person.len > 0 && account_id_valid(how->person)
	                                     ? how->person
	                                     : S("?"));
	in->why = how->why;
	in->provider = arena_str(c->arena, how->provider);
	in->subject = arena_str(c->arena, how->subject);
	c->in = in;
	c->request_id = arena_str(c->arena, call->c->request_id);
	c->address = arena_str(c->arena, call->c->address);
	c->client = arena_str(c->arena, call->c->client);
	c->caller.principal = S("anonymous");
	if (!submit(call->api->config.engine, &c))
		cmd_free(c);
}

static void refuse_login(struct api_call *call, struct str name, struct str why)
{
	rest_login_failed(call, &(struct login_failed){ .person = name, .why = why });
	(void)refuse(call->c, REFUSED_INVALID_LOGIN,
	             "Who that is cannot be told: the name, the password, the code or the link is not "
	             "right, or not any more.");
}

/* ---- parse */

static void read_link(struct api_call *call, struct login *l, struct str link)
{
	uint8_t *hash = arena_get(call->c->arena, SHA256_SIZE);

	sha256(link, hash);
	l->begin.link_hash = (struct str){ (const char *)hash, SHA256_SIZE };
	l->begin.how = SESSION_LINK;
	l->stage = BEGUN;
	call->c->op = &op_session_begin;
	call->c->in = &l->begin;
	(void)rest_login_address_may_try(call);
}

static void read_password(struct api_call *call, struct login *l, const struct json *body)
{
	l->name = param_text_needed(call, body, "person");
	l->password = param_text_needed(call, body, "password");
	l->code = param_text(call, body, "code");
	l->recovery = param_text(call, body, "recovery_code");
	if (l->password.len > PASSWORD_MAX)
		l->password = S("");
	l->look.person = l->name;
	l->begin.how = SESSION_PASSWORD;
	call->c->op = &op_account_look;
	call->c->in = &l->look;
	if (!cmd_refused(call->c))
		(void)rest_login_may_try(call, l->name);
}

void rest_login_fresh(struct api_call *call, struct session_begin *begin, struct str *token)
{
	uint8_t *hash = arena_get(call->c->arena, SHA256_SIZE);

	*token = fresh_text(call->api, call->c->arena, S("ringis_"), TOKEN_LENGTH);
	sha256(*token, hash);
	begin->token_hash = (struct str){ (const char *)hash, SHA256_SIZE };
	begin->id = fresh_text(call->api, call->c->arena, S("S"), SESSION_ID_SIZE - 1);
}

void rest_login_parse(struct api_call *call, const struct rest_in *rest)
{
	struct login *l = call->extra = CALL_NEW(call, struct login);
	struct str link = param_text(call, rest->body, "link");

	if (!cookie_own_page(call, rest->request, S_NONE))
		return;
	if (!cookie_possible(call)) {
		(void)refuse(call->c, REFUSED_FOREIGN_PAGE,
		             "People log in over TLS, or on the machine itself. Start the server with "
		             "--tls-cert, or with --advertise https://... behind a proxy.");
		return;
	}
	rest_login_fresh(call, &l->begin, &l->token);
	if (link.len > 0)
		read_link(call, l, link);
	else
		read_password(call, l, rest->body);
}

/* ---- what was shown */

static struct str recovery_hash(struct arena *a, struct str code)
{
	uint8_t hash[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];

	sha256(code, hash);
	hex_text(hash, sizeof hash, text);
	return arena_str(a, (struct str){ text, 2 * SHA256_SIZE });
}

/* The step of the code; 0: it is none of now. */
int64_t rest_totp_step(struct api_call *call, struct str person, struct str sealed, struct str code,
                       int64_t after)
{
	char secret[SEAL_TEXT_MAX];
	int len = seal_open(call->api->config.master_key, person, sealed, secret);
	int64_t step = 0;

	if (len > 0)
		step = totp_step_of((struct str){ secret, (size_t)len }, code, after,
		                    api_wall_ms(call->api));
	seal_wipe(secret, sizeof secret);
	return step;
}

/* The second thing, where one is asked for. Refuses. */
static void check_code(struct api_call *call, struct login *l)
{
	if (l->recovery.len > 0) {
		l->begin.recovery_hash = recovery_hash(call->c->arena, l->recovery);
		l->begin.how = SESSION_TOTP;
	} else if (l->code.len > 0) {
		l->begin.with_code = true;
		l->begin.how = SESSION_TOTP;
		l->begin.totp_step = rest_totp_step(call, l->look.person, l->look.totp_sealed, l->code,
		                                    l->look.totp_step);
		if (l->begin.totp_step == 0)
			refuse_login(call, l->name, S("code"));
	} else {
		(void)refuse(call->c, REFUSED_CODE_NEEDED,
		             "This account also asks for a code: send it as code, or a recovery_code.");
	}
}

static void hashed(struct hash_job *job)
{
	struct cmd *c = job->c;
	struct api_call *call = api_call_of(c);
	struct login *l = call->extra;

	if (!job->good || !l->look.found || l->look.disabled || !str_given(l->look.password))
		refuse_login(call, l->name, S("password"));
	else if (l->look.totp)
		check_code(call, l);
	l->begin.person = l->look.person;
	l->begin.password = l->look.password;
	l->stage = BEGUN;
	c->op = &op_session_begin;
	c->in = &l->begin;
	api_go_on(call->api, c);
}

bool rest_login_begin(struct api_call *call)
{
	struct login *l = call->extra;

	if (l->stage == BEGUN) {
		rest_login_was_right(call, l->name);
		return false;
	}
	l->job = (struct hash_job){
		.api = call->api,
		.c = call->c,
		.password = l->password,
		.against = str_given(l->look.password) ? l->look.password : password_nobody(),
		.then = hashed,
	};
	if (hasher_put(call->api->hasher, &l->job))
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED, "Too many people log in at the moment. Try again.");
	return false;
}

/* ---- the answer */

void rest_login_render(const struct api_call *call, struct out *o)
{
	const struct login *l = call->extra;

	out_text(o, S("person"), l->begin.person);
	out_text(o, S("session"), l->begin.id);
	out_text(o, S("how"), str_of(session_how_name(l->begin.how)));
	out_text(o, S("csrf"), cookie_csrf(call->c->arena, l->token));
	rest_time(o, S("ends_at"), l->begin.ends_at);
}

void rest_login_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct login *l = call->extra;

	(void)body;
	cookie_write(call, l->token, SESSION_LIFE_MS, headers);
}
