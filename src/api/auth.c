/* auth.c - who asks, and may they.
 *
 *     signature   claim -> key by id (or nobody's) -> signing key -> verified or refused
 *     token       hash -> key
 *     neither     refused; with --auth off everybody names themselves
 *
 * A1  An unknown access key costs the work of a wrong signature.
 * A2  What is allowed is asked in one place, `api_authorise` (and behind the door, where only
 *     rows tell what it is about, by cmd_may), and answered by one pure function, `allowed`,
 *     whoever asks. A request that has not been through api_authenticate has been given nothing
 *     and is denied.
 * A3  A program that acts as a person may what both of them may. */
#include "api/auth.h"

#include "api/browser.h"
#include "api/cookie.h"
#include "api/family.h"
#include "api/rest/rest.h"
#include "api/rights.h"
#include "api/state.h"
#include "base/limits.h"
#include "engine/submit.h"

enum { USER_MAX = 128, TOKEN_MAX = 512 };
#define USED_STEP_MS HOUR_MS /* times of last use are kept to the hour */

/* ---- who */

static void unknown_key(struct cmd *c)
{
	(void)refuse(c, REFUSED_INVALID_TOKEN,
	             "The security token included in the request is invalid.");
}

/* It was used: worth a row once an hour. Nobody waits, and a full inbox is no reason to fail. */
static void note_use(struct api *api, struct ring_key *k, int64_t now_ms)
{
	int64_t before = atomic_load_explicit(&k->used_ms, memory_order_relaxed);

	if ((before != 0 && now_ms - before < USED_STEP_MS) || api->config.engine == NULL ||
	    !atomic_compare_exchange_strong(&k->used_ms, &before, now_ms))
		return;
	struct cmd *c = cmd_new(&op_key_used);
	struct key_used *in = ARENA_NEW(c->arena, struct key_used);
	in->id = arena_str(c->arena, k->id);
	c->in = in;
	if (!submit(api->config.engine, &c))
		cmd_free(c);
}

/* The key has proved to be the caller's. */
static void enter(struct api *api, struct cmd *c, struct ring_key *k)
{
	int64_t now_ms = api->config.now().wall_ms;

	if (k->expires_at != 0 && k->expires_at <= now_ms) {
		(void)refuse(c, REFUSED_INVALID_TOKEN, "The access key has expired.");
		return;
	}
	c->caller.principal = arena_str(c->arena, k->principal);
	c->caller.key_id = arena_str(c->arena, k->id);
	api_call_of(c)->grant = &k->grant;
	note_use(api, k, now_ms);
}

/* A program with the right to names the person for whom it acts. */
static void act_as(struct cmd *c, const struct keyring *ring, struct str person)
{
	struct api_call *call = api_call_of(c);
	const struct grant *own = call->grant;

	if (!account_id_valid(person)) {
		(void)refuse(c, REFUSED_INVALID_PARAMETER,
		             "X-Ringi-User must be the id of a person: letters, digits and . _ @ - .");
		return;
	}
	if (!grant_allows(own, S("ringi"), S("ActAs"), person, 0).allowed) {
		(void)refuse(c, REFUSED_NOT_ALLOWED,
		             "User: %.*s is not authorized to act as %.*s: it needs the right "
		             "ringi:ActAs:%.*s",
		             S_ARG(c->caller.principal), S_ARG(person), S_ARG(person));
		return;
	}
	struct grant *both = ARENA_NEW(c->arena, struct grant);
	*both = roster_person(keyring_roster(ring), person)->grant;
	both->also = own; /* A3 */
	call->grant = both;
	c->caller.via = c->caller.principal;
	c->caller.principal = arena_str(c->arena, person);
	c->caller.person = true;
}

static void by_bearer(struct api *api, struct cmd *c, const struct keyring *ring,
                      struct str authorization)
{
	struct str token = authorization, scheme = str_cut(&token, ' ');
	struct ring_key *k = NULL;

	token = str_trim(token);
	if (!str_eq_nocase(scheme, S("Bearer"))) {
		(void)refuse(c, REFUSED_INCOMPLETE_SIGNATURE,
		             "Authorization must be AWS4-HMAC-SHA256 (a signature) or Bearer (a token).");
		return;
	}
	if (token.len > 0 && token.len <= TOKEN_MAX)
		k = keyring_by_token(ring, token);
	if (k == NULL)
		unknown_key(c);
	else
		enter(api, c, k);
}

static void refuse_signature(struct cmd *c, const struct sigv4_claim *claim,
                             enum sigv4_result result, struct str why)
{
	enum refusal r = REFUSED_WRONG_SIGNATURE;

	if (result == SIGV4_INCOMPLETE)
		r = REFUSED_INCOMPLETE_SIGNATURE;
	else if (result == SIGV4_EXPIRED)
		r = claim->presigned ? REFUSED_REQUEST_EXPIRED : REFUSED_SIGNATURE_EXPIRED;
	(void)refuse(c, r, "%.*s", S_ARG(why));
}

/* For names of services: the one that the request is for, and for /v1 those that
 * programs know how to sign for. */
static struct sigv4_rules rules_of(const struct api *api, struct str service)
{
	static const char *const sqs[] = { "sqs", NULL }, *const sns[] = { "sns", NULL };
	static const char *const own[] = { "ringi", "sqs", NULL };

	return (struct sigv4_rules){
		.now_wall_ms = api->config.now().wall_ms,
		.region = api->config.region,
		.services = str_is(service, "sqs")   ? sqs
		            : str_is(service, "sns") ? sns
		                                     : own,
	};
}

static void by_signature(struct api *api, const struct keyring *ring,
                         const struct sigv4_request *request, const struct sigv4_claim *claim,
                         struct str service, struct cmd *c)
{
	struct sigv4_rules rules = rules_of(api, service);
	struct ring_key *k = keyring_by_id(ring, claim->access_key);
	uint8_t key[SHA256_SIZE];
	struct str why = S_NONE;

	keyring_day_key(&api->loops[c->reply_to.loop].keyring, k != NULL ? k : keyring_nobody(ring),
	                api->config.master_key, claim, key); /* A1 */
	enum sigv4_result result = sigv4_verify(c->arena, request, claim, key, &rules, &why);
	seal_wipe(key, sizeof key);
	/* There are no temporary credentials here, so a session token belongs to none of ours. */
	if (k == NULL || str_given(claim->security_token))
		unknown_key(c);
	else if (result != SIGV4_OK)
		refuse_signature(c, claim, result, why);
	else
		enter(api, c, k);
}

static struct sigv4_request request_of(struct arena *a, const struct http_request *r)
{
	struct sigv4_header *headers = ARENA_ARRAY(a, struct sigv4_header, r->header_count + 1);

	for (int i = 0; i < r->header_count; i++)
		headers[i] = (struct sigv4_header){ r->headers[i].name, r->headers[i].value };
	return (struct sigv4_request){
		.method = r->method_name,
		.path = r->path,
		.query = r->query,
		.headers = headers,
		.header_count = r->header_count,
	};
}

static void note_session(struct api *api, const struct session_found *s)
{
	struct cmd *c = cmd_new(&op_session_used);
	struct session_used *in = ARENA_NEW(c->arena, struct session_used);

	in->id = arena_str(c->arena, s->id);
	c->in = in;
	if (!submit(api->config.engine, &c))
		cmd_free(c);
}

/* The session of the cookie; NULL: there is none, or it has ended. */
static const struct session_found *session_of(struct api *api, struct cmd *c, struct str token)
{
	struct session_found *s = ARENA_NEW(c->arena, struct session_found);
	uint8_t hash[SHA256_SIZE];

	if (api->config.sessions == NULL || token.len > TOKEN_MAX)
		return NULL;
	sha256(token, hash);
	if (!sessions_use(api->config.sessions, c->arena, (struct str){ (char *)hash, sizeof hash },
	                  api_wall_ms(api), s))
		return NULL;
	if (s->note)
		note_session(api, s);
	return s;
}

static void enter_session(struct cmd *c, const struct session_found *s)
{
	api_call_of(c)->session = s;
	c->caller.principal = s->person;
	c->caller.session = s->id;
	c->caller.logged_in_at = s->created_at;
	c->caller.via = arena_printf(c->arena, "session:%.*s", S_ARG(s->id));
	c->caller.person = true;
}

/* A person's browser. */
static void by_cookie(struct api *api, const struct http_request *r, const struct keyring *ring,
                      struct str token, struct cmd *c)
{
	struct api_call *call = api_call_of(c);
	const struct session_found *s = session_of(api, c, token);

	if (s == NULL) {
		(void)refuse(c, REFUSED_INVALID_TOKEN, "The session has ended. Log in again.");
		return;
	}
	if (!cookie_own_page(call, r, token))
		return;
	enter_session(c, s);
	call->grant = &roster_person(keyring_roster(ring), s->person)->grant;
}

static void by_credentials(struct api *api, const struct http_request *r, struct str service,
                           struct cmd *c)
{
	const struct keyring *ring = keyring_now(api->keys, &api->loops[c->reply_to.loop].keyring);
	struct sigv4_request request = request_of(c->arena, r);
	struct str authorization = http_header(r, "Authorization"), why = S_NONE;
	struct str cookie = str_is(service, "ringi") ? cookie_token(api_call_of(c), r) : S_NONE;
	struct sigv4_claim claim;
	enum sigv4_result result = sigv4_parse(c->arena, &request, &claim, &why);

	if (result == SIGV4_OK) {
		sha256(r->body, request.body_sha256);
		by_signature(api, ring, &request, &claim, service, c);
	} else if (result != SIGV4_NONE) {
		refuse_signature(c, &claim, result, why);
	} else if (str_given(authorization)) {
		by_bearer(api, c, ring, authorization);
	} else if (str_given(cookie)) {
		by_cookie(api, r, ring, cookie, c);
	} else {
		(void)refuse(c, REFUSED_MISSING_TOKEN, "Request is missing Authentication Token");
	}
	/* A person names nobody: they are who they are. */
	struct str person = http_header(r, "X-Ringi-User");
	if (!cmd_refused(c) && str_is(service, "ringi") && person.len > 0 && !c->caller.person)
		act_as(c, ring, person);
}

static bool metrics_open(const struct api *api, const struct api_call *call)
{
	return api->config.metrics_open && call->form == API_REST && str_is(call->action, "Metrics");
}

/* --auth off: everybody names themselves, but for the pages of strangers. */
static void by_name(struct api *api, const struct http_request *r, struct cmd *c)
{
	struct str user = http_header(r, "X-Ringi-User"), token = cookie_token(api_call_of(c), r);
	const struct session_found *s = str_given(token) ? session_of(api, c, token) : NULL;

	c->caller.principal = S("anonymous");
	if (user.len > 0 && user.len <= USER_MAX && str_utf8(user)) {
		c->caller.principal = user;
		c->caller.person = true;
	} else if (s != NULL) {
		enter_session(c, s);
	}
	c->caller.logged_in_at = INT64_MAX;
	if (browser_foreign(r, api->config.console_origin) && browser_foreign(r, api->config.advertise))
		(void)refuse(c, REFUSED_NOT_ALLOWED,
		             "This comes from a web page of another site, or was sent to a name that "
		             "others can point here. With --auth off only programs and this server's own "
		             "pages are served; --advertise names the server if it has such a name.");
}

void api_authenticate(struct api *api, const struct http_request *r, struct str service,
                      struct cmd *c)
{
	if (!api->config.auth)
		by_name(api, r, c);
	else if (!metrics_open(api, api_call_of(c)))
		by_credentials(api, r, service, c);
}

const struct grant *api_grant_now(struct api *api, int loop, const struct caller *who,
                                  struct grant *scratch)
{
	const struct keyring *ring = keyring_now(api->keys, &api->loops[loop].keyring);
	const struct ring_key *k = NULL;

	if (str_given(who->session) &&
	    !sessions_alive(api->config.sessions, who->session, api_wall_ms(api)))
		return NULL;
	if (str_given(who->key_id)) {
		k = keyring_by_id(ring, who->key_id);
		if (k == NULL || (k->expires_at != 0 && k->expires_at <= api->config.now().wall_ms))
			return NULL;
	}
	if (!who->person)
		return k == NULL ? NULL : &k->grant;
	if (k != NULL && !grant_allows(&k->grant, S("ringi"), S("ActAs"), who->principal, 0).allowed)
		return NULL;
	*scratch = roster_person(keyring_roster(ring), who->principal)->grant;
	scratch->also = k == NULL ? NULL : &k->grant;
	return scratch;
}

/* ---- may they */

static struct str resource_text(const struct api *api, struct arena *a, const struct right *r)
{
	if (!str_given(r->resource))
		return S("*");
	if (str_is(r->service, "ringi"))
		return r->resource;
	return arena_printf(a, "arn:aws:%.*s:%.*s:%.*s:%.*s", S_ARG(r->service),
	                    S_ARG(api->config.region), S_ARG(api->config.account), S_ARG(r->resource));
}

static void deny(struct api *api, struct cmd *c, const struct right *r, const char *reason)
{
	(void)refuse(c, REFUSED_NOT_ALLOWED,
	             "User: %.*s is not authorized to perform: %.*s:%.*s on resource: %.*s because %s",
	             S_ARG(c->caller.principal), S_ARG(r->service), S_ARG(r->action),
	             S_ARG(resource_text(api, c->arena, r)), reason);
}

/* What the rest of the way may ask (cmd_may). */
static void lend(struct cmd *c)
{
	static const struct grant nothing = { 0 };
	const struct grant *grant = api_call_of(c)->grant;

	c->grant = grant_copy(c->arena, grant == NULL ? &nothing : grant);
}

/* Which queue it is about is known only behind the door: whoever may do this with no queue at
 * all is turned away here, the others are asked there. So is everybody where having made it is
 * right enough. */
static void authorise_later(struct api *api, struct cmd *c, struct str action)
{
	const struct right right = { S("ringi"), action, S_NONE };
	const struct api_call *call = api_call_of(c);
	bool maker = call->route->maker && call->grant != NULL; /* A2 */

	if (maker || grant_names(call->grant, right.service, action))
		lend(c);
	else
		deny(api, c, &right, "no rule allows this action");
}

/* What the caller has to do with it, as far as that is known here. */
static unsigned facts_of(const struct api_call *call, struct str resource)
{
	const struct caller *who = &call->c->caller;

	return call->route != NULL && call->route->person && who->person &&
	               str_eq(resource, who->principal)
	           ? FACT_OWN
	           : 0;
}

void api_authorise_refused(struct api *api, struct cmd *c, struct str action, struct str resource)
{
	const struct api_call *call = api_call_of(c);
	const struct rest_route *route = call->form == API_REST ? call->route : NULL;
	const struct right own = { S("ringi"), action, resource };
	struct refused kept = c->refused;

	/* Its parse has come as far as to say what it is about. */
	if (!api->config.auth || call->grant == NULL || c->in == NULL || route == NULL ||
	    route->action == NULL || (!str_given(resource) && !route->late))
		return;
	c->refused = (struct refused){ .why = REFUSED_NONE };
	if (route->late && !str_given(resource)) {
		authorise_later(api, c, action);
	} else {
		struct verdict v = grant_allows(call->grant, own.service, own.action, own.resource,
		                                facts_of(call, own.resource));
		if (!v.allowed)
			deny(api, c, &own, v.reason);
	}
	if (!cmd_refused(c))
		c->refused = kept;
}

/* What would be worst in strange hands is not done by a browser that was left alone, or by who
 * has only its cookie. */
static void ask_fresh(struct api *api, struct cmd *c)
{
	const struct api_call *call = api_call_of(c);

	if (call->route != NULL && call->route->fresh && call->session != NULL &&
	    call->session->created_at + SESSION_FRESH_MS <= api_wall_ms(api))
		(void)refuse(c, REFUSED_REAUTHENTICATION_REQUIRED,
		             "This needs a login of the last %d minutes. Log in again, and repeat it.",
		             (int)(SESSION_FRESH_MS / MINUTE_MS));
}

void api_authorise(struct api *api, struct cmd *c, struct str action, struct str resource)
{
	const struct api_call *call = api_call_of(c);
	bool open = call->form == API_CONSOLE ||
	            (call->form == API_REST && call->route != NULL && call->route->action == NULL);
	struct right rights[RIGHTS_MAX];

	if (!api->config.auth || open || metrics_open(api, call))
		return;
	if (call->route != NULL && call->route->late && !str_given(resource)) {
		authorise_later(api, c, action);
		return;
	}
	int count = rights_of(call, action, resource, rights);
	for (int i = 0; i < count; i++) {
		struct verdict v = grant_allows(call->grant, rights[i].service, rights[i].action,
		                                rights[i].resource, facts_of(call, rights[i].resource));
		if (!v.allowed) {
			deny(api, c, &rights[i], v.reason);
			return;
		}
	}
	if (call->route != NULL && call->route->asks)
		lend(c);
	ask_fresh(api, c);
}
