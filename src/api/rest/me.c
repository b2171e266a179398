/* me.c - /v1/me: who the caller is, their password, their one-time codes.
 *
 * M1  A password is changed by who knows the old one, or came by a login link a short while ago.
 * M2  One-time codes are asked for from when one was shown that fits; the recovery codes are
 *     told once, then. Only who is logged in with a session does any of this: a program that
 *     acts for a person does not. */
#include "api/cookie.h"
#include "api/hasher.h"
#include "api/keymaker.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/account/account.h"
#include "domain/account/session.h"
#include "domain/key/rule.h"
#include "wire/totp.h"

enum { RECOVERY_CODES = 10, RECOVERY_LENGTH = 16 };

static void about_me(struct api_call *call)
{
	call->resource = call->c->caller.principal;
}

static bool by_session(struct api_call *call)
{
	if (call->session == NULL)
		(void)refuse(call->c, REFUSED_NOT_ALLOWED,
		             "This is for a person who is logged in, not for a program.");
	return call->session != NULL;
}

/* ---- who */

void rest_me_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_look *look;

	about_me(call);
	if (call->session == NULL)
		return;
	look = CALL_NEW(call, struct account_look);
	look->person = call->c->caller.principal;
	call->c->op = &op_account_look;
	call->c->in = look;
	call->extra = CALL_NEW(call, struct session_found);
	*(struct session_found *)call->extra = *call->session;
	call->csrf = cookie_csrf(call->c->arena, cookie_token(call, rest->request));
}

/* What a page of the console begins with: so that nobody is shown the door to a room that is
 * closed to them. What they really may is asked of each request. */
static void write_may(const struct api_call *call, struct out *o)
{
	static const char *const actions[] = { "ListQueues",     "ListJobs",      "ListSchedules",
		                                   "GetDefinitions", "ReadAudit",     "ListPeople",
		                                   "ListPolicies",   "ListCalendars", "ApprovalFigures",
		                                   "ListAccounts",   "ListRoles",     "PutPolicy" };

	if (call->grant == NULL)
		return;
	out_list(o, S("may"), S_NONE);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (grant_names(call->grant, S("ringi"), str_of(actions[i])))
			out_item_text(o, S_NONE, str_of(actions[i]));
	out_end(o);
}

void rest_me_render(const struct api_call *call, struct out *o)
{
	const struct session_found *s = call->extra;

	out_text(o, S("principal"), call->c->caller.principal);
	out_bool(o, S("person"), call->c->caller.person);
	if (str_given(call->c->caller.via))
		out_text(o, S("via"), call->c->caller.via);
	write_may(call, o);
	if (s == NULL)
		return;
	out_text(o, S("session"), s->id);
	out_text(o, S("how"), str_of(session_how_name(s->how)));
	out_text(o, S("csrf"), call->csrf);
	out_bool(o, S("totp"), ((const struct account_look *)call->c->in)->totp);
	rest_time(o, S("since"), s->created_at);
	rest_time(o, S("ends_at"), s->ends_at);
}

/* ---- password */

/* Characters, not bytes; and more than two different ones. */
bool rest_password_good(struct api_call *call, struct str password)
{
	size_t characters = 0;
	bool seen[256] = { false };
	int kinds = 0;

	for (size_t i = 0; i < password.len; i++) {
		uint8_t byte = (uint8_t)password.at[i];
		characters += (byte & 0xC0) != 0x80;
		kinds += !seen[byte];
		seen[byte] = true;
	}
	if (characters < PASSWORD_MIN || password.len > PASSWORD_MAX || kinds < 5)
		(void)refuse(call->c, REFUSED_WEAK_PASSWORD,
		             "A password has at least %d characters, five of them different, and %d bytes "
		             "at most.",
		             PASSWORD_MIN, PASSWORD_MAX);
	return !cmd_refused(call->c);
}

enum stage { LOOKED, CHECKED, DONE };

struct change {
	enum stage stage;
	struct account_look look;
	struct account_password set;
	struct hash_job job;
	struct str old, fresh;
	bool by_link;
};

void rest_password_parse(struct api_call *call, const struct rest_in *rest)
{
	struct change *ch = call->extra = CALL_NEW(call, struct change);
	struct str person = call->c->caller.principal;

	about_me(call);
	call->c->op = &op_account_look;
	call->c->in = &ch->look;
	if (!by_session(call))
		return;
	ch->look.person = ch->set.person = person;
	ch->set.but_session = call->session->id;
	ch->by_link = call->session->how == SESSION_LINK &&
	              call->session->created_at + LINK_FRESH_MS > api_wall_ms(call->api);
	ch->old = param_text(call, rest->body, "old_password");
	ch->fresh = param_text_needed(call, rest->body, "password");
	if (ch->old.len > PASSWORD_MAX)
		ch->old = S("");
	if (!cmd_refused(call->c) && rest_password_good(call, ch->fresh) && !ch->by_link)
		(void)rest_login_may_try(call, person);
}

static void hashed(struct hash_job *job)
{
	struct api_call *call = api_call_of(job->c);
	struct change *ch = call->extra;

	ch->stage = DONE;
	ch->set.password = arena_str(job->c->arena, str_of(job->text));
	job->c->op = &op_account_password;
	job->c->in = &ch->set;
	if (!job->good)
		job->c->fault = ERR_LIMIT;
	api_go_on(call->api, job->c);
}

/* Hashes the new one. False: refused. */
static bool hash_fresh(struct api_call *call, struct change *ch)
{
	ch->job = (struct hash_job){
		.api = call->api, .c = call->c, .password = ch->fresh, .then = hashed
	};
	call->api->config.random(ch->job.salt, sizeof ch->job.salt);
	if (hasher_put(call->api->hasher, &ch->job))
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED, "The server has too much to do. Try again.");
	return false;
}

static void compared(struct hash_job *job)
{
	struct api_call *call = api_call_of(job->c);
	struct change *ch = call->extra;

	ch->stage = CHECKED;
	if (!job->good || !str_given(ch->look.password)) {
		(void)refuse(call->c, REFUSED_INVALID_LOGIN, "The old password is not right.");
	} else {
		rest_login_was_right(call, ch->look.person);
		ch->set.before = ch->look.password;
		if (hash_fresh(call, ch))
			return;
	}
	api_finish(call->api, job->c);
}

bool rest_password_begin(struct api_call *call)
{
	struct change *ch = call->extra;

	if (ch->stage != LOOKED)
		return false;
	if (ch->by_link)
		return hash_fresh(call, ch);
	ch->job = (struct hash_job){
		.api = call->api,
		.c = call->c,
		.password = ch->old,
		.against = str_given(ch->look.password) ? ch->look.password : password_nobody(),
		.then = compared,
	};
	if (hasher_put(call->api->hasher, &ch->job))
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED, "The server has too much to do. Try again.");
	return false;
}

/* ---- one-time codes */

struct enrol {
	struct account_totp_enrol in;
	struct str secret; /* base32 */
};

void rest_totp_enrol_parse(struct api_call *call, const struct rest_in *rest)
{
	struct enrol *e = call->extra = CALL_NEW(call, struct enrol);
	uint8_t secret[TOTP_SECRET_SIZE], nonce[SEAL_NONCE_SIZE];
	struct str bytes = { (const char *)secret, sizeof secret };

	(void)rest;
	about_me(call);
	call->c->in = &e->in;
	if (!by_session(call))
		return;
	call->api->config.random(secret, sizeof secret);
	call->api->config.random(nonce, sizeof nonce);
	e->in.person = call->c->caller.principal;
	e->in.sealed = seal(call->c->arena, call->api->config.master_key, nonce, e->in.person, bytes);
	e->secret = base32_text(call->c->arena, bytes);
	seal_wipe(secret, sizeof secret);
}

void rest_totp_enrol_render(const struct api_call *call, struct out *o)
{
	const struct enrol *e = call->extra;

	out_text(o, S("secret"), e->secret);
	out_text(o, S("url"),
	         arena_printf(call->c->arena,
	                      "otpauth://totp/ringi:%.*s?secret=%.*s&issuer=ringi&algorithm=SHA1"
	                      "&digits=%d&period=%d",
	                      S_ARG(e->in.person), S_ARG(e->secret), TOTP_DIGITS, TOTP_STEP_S));
}

struct confirm {
	enum stage stage;
	struct account_look look;
	struct account_totp_confirm in;
	struct str code, codes[RECOVERY_CODES];
};

void rest_totp_confirm_parse(struct api_call *call, const struct rest_in *rest)
{
	struct confirm *f = call->extra = CALL_NEW(call, struct confirm);

	about_me(call);
	call->c->op = &op_account_look;
	call->c->in = &f->look;
	if (!by_session(call))
		return;
	f->look.person = f->in.person = call->c->caller.principal;
	f->code = param_text_needed(call, rest->body, "code");
	if (!cmd_refused(call->c))
		(void)rest_login_may_try(call, f->in.person);
}

static struct str fresh_codes(struct api_call *call, struct confirm *f)
{
	struct json *hashes = json_new(call->c->arena, JSON_ARRAY);

	for (int i = 0; i < RECOVERY_CODES; i++) {
		uint8_t hash[SHA256_SIZE];
		char hex[2 * SHA256_SIZE + 1];
		f->codes[i] = fresh_text(call->api, call->c->arena, S(""), RECOVERY_LENGTH);
		sha256(f->codes[i], hash);
		hex_text(hash, sizeof hash, hex);
		json_add(hashes, S_NONE,
		         json_new_text(call->c->arena, JSON_STRING,
		                       arena_str(call->c->arena, (struct str){ hex, 2 * SHA256_SIZE })));
	}
	return json_written(call->c->arena, hashes);
}

bool rest_totp_confirm_begin(struct api_call *call)
{
	struct confirm *f = call->extra;

	if (f->stage == DONE) {
		rest_login_was_right(call, f->in.person);
		return false;
	}
	f->stage = DONE;
	f->in.sealed = f->look.totp_sealed;
	if (!str_given(f->look.totp_sealed) || f->look.totp) {
		(void)refuse(call->c, REFUSED_CONFLICT,
		             "There is no secret that waits to be confirmed. Ask for one first.");
		return false;
	}
	f->in.step = rest_totp_step(call, f->in.person, f->look.totp_sealed, f->code, 0);
	if (f->in.step == 0) {
		(void)refuse(call->c, REFUSED_INVALID_LOGIN,
		             "That is not the code of now. Is the clock of the device right?");
		return false;
	}
	f->in.recovery = fresh_codes(call, f);
	call->c->op = &op_account_totp_confirm;
	call->c->in = &f->in;
	api_go_on(call->api, call->c);
	return true;
}

void rest_totp_confirm_render(const struct api_call *call, struct out *o)
{
	const struct confirm *f = call->extra;

	out_list(o, S("recovery_codes"), S_NONE);
	for (int i = 0; i < RECOVERY_CODES; i++)
		out_item_text(o, S_NONE, f->codes[i]);
	out_end(o);
}
