/* accounts.c - /v1/accounts and /v1/sessions, by who administers them; and one's own sessions.
 *
 * Who can set somebody's password, or make a link that logs in as them, can do what they may.
 * So these need all that the person may (as with roles, roles.c). */
#include "api/auth.h"
#include "api/cookie.h"
#include "api/hasher.h"
#include "api/keymaker.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/account/account.h"
#include "domain/directory/directory.h"
#include "domain/account/session.h"

/* Refuses who has less than the person. */
static void check_covers(struct api_call *call, struct str person)
{
	if (rest_above(call, person))
		(void)refuse(call->c, REFUSED_NOT_ALLOWED,
		             "User: %.*s is not authorized to let somebody in as %.*s, who may more "
		             "than they do",
		             S_ARG(call->c->caller.principal), S_ARG(person));
}

/* ---- create, set a password */

struct making {
	struct account_create create;
	struct account_password set;
	struct hash_job job;
	struct str password;
	bool hashed;
};

static void hashed(struct hash_job *job)
{
	struct api_call *call = api_call_of(job->c);
	struct making *m = call->extra;

	m->create.password = m->set.password = arena_str(job->c->arena, str_of(job->text));
	if (!job->good)
		job->c->fault = ERR_LIMIT;
	job->c->op = call->route->op;
	api_go_on(call->api, job->c);
}

/* Asked when the right has been, before the command goes to the engine. */
bool rest_account_begin(struct api_call *call)
{
	struct making *m = call->extra;

	if (m->hashed)
		return false;
	m->hashed = true;
	m->job = (struct hash_job){
		.api = call->api, .c = call->c, .password = m->password, .then = hashed
	};
	call->api->config.random(m->job.salt, sizeof m->job.salt);
	if (hasher_put(call->api->hasher, &m->job))
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED, "The server has too much to do. Try again.");
	return false;
}

/* With a password the command first comes by rest_account_begin, with nothing done. */
static struct making *making_new(struct api_call *call, const struct rest_in *rest, bool needed)
{
	struct making *m = call->extra = CALL_NEW(call, struct making);

	m->password = needed ? param_text_needed(call, rest->body, "password")
	                     : param_text(call, rest->body, "password");
	m->hashed = !str_given(m->password);
	if (!cmd_refused(call->c) && !m->hashed && rest_password_good(call, m->password))
		call->c->op = &op_rest_local;
	return m;
}

void rest_account_create_parse(struct api_call *call, const struct rest_in *rest)
{
	struct str person = rest_person_named(call, param_text(call, rest->body, "person"));
	struct making *m = making_new(call, rest, false);

	if (!cmd_refused(call->c) && !person_id_valid(person))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "person",
		                   "'%.*s' has characters that look like others, or like none.",
		                   S_ARG(person));
	m->create.person = person;
	call->c->in = &m->create;
	check_covers(call, person);
}

void rest_account_create_render(const struct api_call *call, struct out *o)
{
	const struct account_create *in = call->c->in;

	out_text(o, S("person"), in->person);
	rest_time(o, S("created_at"), in->created_at);
}

void rest_account_password_parse(struct api_call *call, const struct rest_in *rest)
{
	struct str person = rest_person_named(call, rest->args[0]);
	struct making *m = making_new(call, rest, true);

	m->set.person = person;
	call->c->in = &m->set;
	check_covers(call, person);
}

/* ---- disable, enable, link */

static void disable_parse(struct api_call *call, const struct rest_in *rest, bool disable)
{
	struct account_disable *in = CALL_NEW(call, struct account_disable);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	in->disable = disable;
	check_covers(call, in->person);
}

void rest_account_disable_parse(struct api_call *call, const struct rest_in *rest)
{
	disable_parse(call, rest, true);
}

void rest_account_enable_parse(struct api_call *call, const struct rest_in *rest)
{
	disable_parse(call, rest, false);
}

void rest_account_link_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_link *in = CALL_NEW(call, struct account_link);
	int64_t life_s = param_int(call, rest->body, "expires_in_s", LINK_LIFE_MS / SECOND_MS);
	uint8_t *hash = arena_get(call->c->arena, SHA256_SIZE);
	struct str *token = call->extra = CALL_NEW(call, struct str);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	if (life_s < 1 || life_s > LINK_LIFE_MAX_MS / SECOND_MS)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "expires_in_s must be 1 to %lld seconds, not %lld.",
		             (long long)(LINK_LIFE_MAX_MS / SECOND_MS), (long long)life_s);
	in->life_ms = life_s * SECOND_MS;
	*token = fresh_text(call->api, call->c->arena, S("ringil_"), TOKEN_LENGTH);
	sha256(*token, hash);
	in->token_hash = (struct str){ (const char *)hash, SHA256_SIZE };
	check_covers(call, in->person);
}

/* The token stands behind the '#', which browsers keep to themselves. */
void rest_account_link_render(const struct api_call *call, struct out *o)
{
	const struct account_link *in = call->c->in;
	const struct str *token = call->extra;

	out_text(o, S("person"), in->person);
	out_text(o, S("link"), *token);
	out_text(o, S("url"),
	         arena_printf(call->c->arena, "%.*s/login#%.*s", S_ARG(call_console(call)),
	                      S_ARG(*token)));
	rest_time(o, S("ends_at"), in->ends_at);
}

void rest_totp_remove_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_totp_remove *in = CALL_NEW(call, struct account_totp_remove);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	check_covers(call, in->person);
}

/* ---- who vouches for them elsewhere */

static struct account_oidc *oidc_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_oidc *in = CALL_NEW(call, struct account_oidc);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	check_covers(call, in->person);
	return in;
}

void rest_account_oidc_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_oidc *in = oidc_parse(call, rest);

	in->issuer = param_text_needed(call, rest->body, "issuer");
	in->subject = param_text_needed(call, rest->body, "subject");
	if (in->issuer.len > OIDC_TEXT_MAX || in->subject.len > OIDC_SUBJECT_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "issuer has at most %d bytes, subject at most %d.", OIDC_TEXT_MAX,
		             OIDC_SUBJECT_MAX);
}

void rest_account_oidc_delete_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)oidc_parse(call, rest);
}

/* ---- list */

void rest_account_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct account_list *in = CALL_NEW(call, struct account_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, LIST_MAX, LIST_MAX);
}

void rest_account_list_render(const struct api_call *call, struct out *o)
{
	const struct account_list *in = call->c->in;

	out_list(o, S("accounts"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct account_info *a = &in->accounts[i];
		out_item(o, S_NONE);
		out_text(o, S("person"), a->person);
		out_bool(o, S("disabled"), a->disabled_at != 0);
		out_bool(o, S("password"), a->password);
		out_bool(o, S("totp"), a->totp);
		if (str_given(a->oidc_issuer)) {
			out_text(o, S("oidc_issuer"), a->oidc_issuer);
			out_text(o, S("oidc_subject"), a->oidc_subject);
		}
		rest_time(o, S("created_at"), a->created_at);
		rest_time(o, S("last_login_at"), a->last_login_at);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->accounts[in->count - 1].person);
}

/* ---- sessions */

void rest_session_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct session_list *in = CALL_NEW(call, struct session_list);
	struct str person = form_get(&rest->query, "person");

	call->c->in = in;
	in->person = person.len > 0 ? rest_person_named(call, person) : call->c->caller.principal;
	call->resource = in->person;
}

void rest_session_list_render(const struct api_call *call, struct out *o)
{
	const struct session_list *in = call->c->in;

	out_list(o, S("sessions"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct session_info *s = &in->sessions[i];
		out_item(o, S_NONE);
		out_text(o, S("id"), s->id);
		out_text(o, S("person"), s->person);
		out_text(o, S("how"), s->how);
		out_bool(o, S("current"), str_eq(s->id, call->c->caller.session));
		if (str_given(s->address))
			out_text(o, S("address"), s->address);
		if (str_given(s->client))
			out_text(o, S("client"), s->client);
		rest_time(o, S("created_at"), s->created_at);
		rest_time(o, S("used_at"), s->used_at);
		rest_time(o, S("ends_at"), s->ends_at);
		out_end(o);
	}
	out_end(o);
}

void rest_session_end_parse(struct api_call *call, const struct rest_in *rest)
{
	struct session_end *in = CALL_NEW(call, struct session_end);

	call->c->in = in;
	in->id = rest->args[0];
	if (str_is(in->id, "current"))
		in->id = str_given(call->c->caller.session) ? call->c->caller.session : S("none");
}

void rest_session_end_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct session_end *in = call->c->in;

	(void)body;
	if (str_eq(in->id, call->c->caller.session))
		cookie_write(call, S(""), 0, headers);
}

void rest_account_log_out_parse(struct api_call *call, const struct rest_in *rest)
{
	struct session_end *in = CALL_NEW(call, struct session_end);

	call->c->in = in;
	in->person = rest_person_named(call, rest->args[0]);
	check_covers(call, in->person);
}
