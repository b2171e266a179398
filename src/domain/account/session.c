/* session.c - sessions begin and end. S1 to S4: session.h. */
#include "domain/account/session.h"

#include "base/limits.h"
#include "domain/account/inside.h"
#include "domain/account/row.h"
#include "domain/account/vouch.h"
#include "domain/audit/audit.h"
#include "domain/directory/directory.h"
#include "domain/domain.h"
#include "domain/key/rule.h"
#include "wire/json.h"

static const char *const hows[] = { "password", "totp", "link", "oidc" };
_Static_assert(sizeof hows / sizeof hows[0] == SESSION_HOWS, "each has its name");

const char *session_how_name(enum session_how how)
{
	must(how < SESSION_HOWS);
	return hows[how];
}

static enum session_how how_named(struct str name)
{
	for (int i = 0; i < SESSION_HOWS; i++)
		if (str_is(name, hows[i]))
			return (enum session_how)i;
	return SESSION_PASSWORD;
}

/* ---- what the front door hears */

static void tell(struct batch *b, const struct session_news *from)
{
	struct session_news *news = ARENA_NEW(b->arena, struct session_news);

	*news = *from;
	node_init(&news->node);
	news->id = arena_str(b->arena, from->id);
	news->token_hash = arena_str(b->arena, from->token_hash);
	news->person = arena_str(b->arena, from->person);
	list_add_last(&b->session_news, &news->node);
}

void sessions_committed(struct batch *b)
{
	const struct domain_config *config = &b->domain->config;
	struct session_news *news;

	while ((news = LIST_TAKE(&b->session_news, struct session_news, node)) != NULL)
		if (config->session_news != NULL)
			config->session_news(config->session_context, news);
}

static enum err got_session(void *context, const struct value *v, int count)
{
	const struct domain_config *config = context;

	must(count == 7);
	config->session_news(config->session_context,
	                     &(struct session_news){ .id = v[0].bytes,
	                                             .token_hash = v[1].bytes,
	                                             .person = v[2].bytes,
	                                             .created_at = v[3].number,
	                                             .used_at = v[4].number,
	                                             .ends_at = v[5].number,
	                                             .how = how_named(v[6].bytes) });
	return OK;
}

enum err sessions_load(struct domain *d, struct store *s)
{
	return d->config.session_news == NULL
	           ? OK
	           : store_run(s, STMT_SESSION_ALL, NO_VALUES, got_session, &d->config);
}

/* ---- ends */

struct ids {
	struct arena *arena;
	struct str *list;
	int count, max;
};

static enum err got_id(void *context, const struct value *v, int count)
{
	struct ids *ids = context;

	must(count == 1);
	if (ids->count < ids->max)
		ids->list[ids->count++] = arena_str(ids->arena, v[0].bytes);
	return OK;
}

static struct ids ids_for(struct arena *a, int max)
{
	return (struct ids){ .arena = a, .list = ARENA_ARRAY(a, struct str, max), .max = max };
}

enum err session_drop(struct batch *b, struct str id)
{
	TRY(store_run(b->store, STMT_SESSION_DELETE, VALUES(value_text(id)), NULL, NULL));
	tell(b, &(struct session_news){ .ended = true, .id = id });
	return OK;
}

static enum err drop_all(struct batch *b, const struct ids *ids, struct str but, int64_t *ended)
{
	for (int i = 0; i < ids->count; i++)
		if (!str_eq(ids->list[i], but)) {
			TRY(session_drop(b, ids->list[i]));
			++*ended;
		}
	return OK;
}

enum err account_log_out(struct batch *b, struct str person, struct str but, int64_t *ended)
{
	struct ids ids = ids_for(b->arena, PERSON_SESSIONS_MAX);

	TRY(store_run(b->store, STMT_LINK_FORGET, VALUES(value_text(person)), NULL, NULL));
	TRY(store_run(b->store, STMT_SESSION_OF, VALUES(value_text(person)), got_id, &ids));
	return drop_all(b, &ids, but, ended);
}

enum err accounts_people_left(struct batch *b)
{
	int64_t ended = 0;

	LIST_EACH (&b->people_left, struct person_left, node, left)
		TRY(account_log_out(b, left->id, S_NONE, &ended));
	return OK;
}

/* Those that ended by themselves: a few with each that begins. */
static enum err sweep(struct batch *b)
{
	struct ids ids = ids_for(b->arena, SWEEP_ROWS);
	int64_t ended = 0;

	TRY(store_run(b->store, STMT_SESSION_OVER,
	              VALUES(value_int(b->now.wall_ms), value_int(b->now.wall_ms - SESSION_IDLE_MS),
	                     value_int(SWEEP_ROWS)),
	              got_id, &ids));
	return drop_all(b, &ids, S_NONE, &ended);
}

/* A person has so many sessions: the one that was used longest ago makes room. */
static enum err make_room(struct batch *b, struct str person)
{
	struct ids ids = ids_for(b->arena, PERSON_SESSIONS_MAX);
	int64_t count = 0, ended = 0;

	TRY(store_run(b->store, STMT_SESSION_COUNT, VALUES(value_text(person)), account_got_number,
	              &count));
	if (count < PERSON_SESSIONS_MAX)
		return OK;
	TRY(store_run(b->store, STMT_SESSION_OLDEST,
	              VALUES(value_text(person), value_int(count - PERSON_SESSIONS_MAX + 1)), got_id,
	              &ids));
	return drop_all(b, &ids, S_NONE, &ended);
}

/* ---- begin */

struct link_row {
	struct arena *arena;
	struct str person;
	int64_t ends_at;
};

static enum err got_link(void *context, const struct value *v, int count)
{
	struct link_row *row = context;

	must(count == 2);
	row->person = arena_str(row->arena, v[0].bytes);
	row->ends_at = v[1].number;
	return OK;
}

/* One sentence for all that is wrong: who tries must not learn which. */
static enum err refuse_login(struct cmd *c)
{
	return refuse(c, REFUSED_INVALID_LOGIN,
	              "Who that is cannot be told: the name, the password, "
	              "the code or the link is not right, or not any more.");
}

static enum err check_link(struct batch *b, struct cmd *c, struct session_begin *p)
{
	struct link_row row = { .arena = c->arena };

	TRY(store_run(b->store, STMT_LINK_ONE, VALUES(value_blob(p->link_hash)), got_link, &row));
	if (!str_given(row.person) || row.ends_at <= b->now.wall_ms)
		return refuse_login(c);
	p->person = row.person;
	return OK;
}

/* The codes that are left without this one; absent: it is none of them. */
static struct str without(struct arena *a, struct str recovery, struct str hash)
{
	struct str why;
	const struct json *all = json_read(a, recovery, &why);
	struct json *left = json_new(a, JSON_ARRAY);
	bool found = false;

	JSON_EACH (all, v)
		if (!found && str_eq_secret(json_text(v), hash))
			found = true;
		else
			json_add(left, S_NONE, json_new_text(a, JSON_STRING, json_text(v)));
	if (!found)
		return S_NONE;
	return json_written(a, left);
}

/* Is the account what the front door has seen? And the code: was it not taken before? */
static bool as_shown(struct batch *b, const struct session_begin *p, const struct account_row *row)
{
	if (!str_given(row->person) || row->disabled_at != 0)
		return false;
	if (str_given(p->password) && !str_eq(p->password, row->password))
		return false;
	bool second = p->with_code || str_given(p->recovery_hash);
	if (str_given(p->password) && (row->totp_at != 0) != second)
		return false;
	if (p->with_code && p->totp_step <= row->totp_step)
		return false; /* S3 */
	return !str_given(p->recovery_hash) ||
	       (str_given(row->totp_recovery) &&
	        str_given(without(b->arena, row->totp_recovery, p->recovery_hash)));
}

static enum err check_vouch(struct batch *b, struct cmd *c, struct session_begin *p)
{
	struct vouch *v = p->vouch;

	TRY(account_vouch(b->store, c->arena, b->now.wall_ms, v));
	if (v->end != VOUCH_GOOD)
		return refuse(c, REFUSED_INVALID_LOGIN, "%.*s", S_ARG(vouch_sentence(v->end)));
	p->person = v->person;
	return OK;
}

static enum err begin_check(struct batch *b, struct cmd *c)
{
	struct session_begin *p = c->in;
	struct account_row row;
	bool left = false;

	must(p->id.len == SESSION_ID_SIZE && p->token_hash.len == SESSION_HASH_SIZE); /* S1 */
	if (str_given(p->link_hash))
		TRY(check_link(b, c, p));
	else if (p->vouch != NULL)
		TRY(check_vouch(b, c, p));
	if (cmd_refused(c))
		return OK;
	TRY(account_read(b->store, b->arena, p->person, &row));
	if (!as_shown(b, p, &row))
		return refuse_login(c);
	p->person = arena_str(c->arena, row.person);
	TRY(account_has_left(b->store, p->person, b->now.wall_ms, &left));
	return left ? refuse_login(c) : OK;
}

/* Linked by the administrator's rule, for good. */
static enum err link_account(struct batch *b, struct cmd *c, const struct session_begin *p)
{
	const struct vouch *v = p->vouch;

	must(str_eq(v->person, p->person));
	TRY(store_run(b->store, STMT_ACCOUNT_OIDC,
	              VALUES(value_text(p->person), value_text(v->issuer), value_text(v->subject)),
	              NULL, NULL));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "account.oidc",
						 .resource = audit_name(b, "account", p->person),
						 .principal = p->person,
						 .to = v->issuer,
						 .detail = AUDIT_JSON(b, audit_text("provider", p->provider)) });
}

/* What was shown once is not taken again (S3). */
static enum err use_up(struct batch *b, const struct session_begin *p)
{
	struct account_row row;

	if (str_given(p->link_hash))
		TRY(store_run(b->store, STMT_LINK_DELETE, VALUES(value_blob(p->link_hash)), NULL, NULL));
	if (p->with_code)
		TRY(store_run(b->store, STMT_ACCOUNT_TOTP_STEP,
		              VALUES(value_text(p->person), value_int(p->totp_step)), NULL, NULL));
	if (!str_given(p->recovery_hash))
		return OK;
	TRY(account_read(b->store, b->arena, p->person, &row));
	struct str left = without(b->arena, row.totp_recovery, p->recovery_hash);
	must(str_given(left));
	return store_run(b->store, STMT_ACCOUNT_TOTP_RECOVERY,
	                 VALUES(value_text(p->person), value_text(left)), NULL, NULL);
}

static enum err insert(struct batch *b, struct cmd *c, struct session_begin *p)
{
	p->created_at = b->now.wall_ms;
	p->ends_at = b->now.wall_ms + SESSION_LIFE_MS;
	TRY(store_run(b->store, STMT_SESSION_INSERT,
	              VALUES(value_text(p->id), value_blob(p->token_hash), value_text(p->person),
	                     value_int(p->created_at), value_int(p->ends_at),
	                     value_text(str_of(session_how_name(p->how))), value_text(c->address),
	                     value_text(c->client)),
	              NULL, NULL));
	tell(b, &(struct session_news){ .id = p->id,
	                                .token_hash = p->token_hash,
	                                .person = p->person,
	                                .created_at = p->created_at,
	                                .used_at = p->created_at,
	                                .ends_at = p->ends_at,
	                                .how = p->how });
	return OK;
}

static struct str how_text(const struct session_begin *p)
{
	return str_given(p->recovery_hash) ? S("recovery-code") : str_of(session_how_name(p->how));
}

static enum err begin_write(struct batch *b, struct cmd *c)
{
	struct session_begin *p = c->in;

	must(str_given(p->person));
	TRY(sweep(b));
	TRY(make_room(b, p->person));
	TRY(use_up(b, p));
	if (p->vouch != NULL && p->vouch->link)
		TRY(link_account(b, c, p));
	TRY(insert(b, c, p));
	TRY(store_run(b->store, STMT_ACCOUNT_LOGIN,
	              VALUES(value_text(p->person), value_int(b->now.wall_ms)), NULL, NULL));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "session.begin",
						 .resource = audit_name(b, "session", p->id),
						 .principal = p->person,
						 .detail = AUDIT_JSON(b, audit_text("how", how_text(p)),
	                                          audit_text("provider", p->provider)) });
}

const struct op op_session_begin = {
	.name = "session_begin",
	.lane = LANE_WRITE,
	.check = begin_check,
	.write = begin_write,
};

/* ---- a login that failed */

static enum err failed_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err failed_write(struct batch *b, struct cmd *c)
{
	struct login_failed *p = c->in;

	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "session.refused",
						 .resource = audit_name(b, "account", p->person),
						 .detail = AUDIT_JSON(b, audit_text("why", p->why),
	                                          audit_text("provider", p->provider)),
						 .personal = AUDIT_JSON(b, audit_text("subject", p->subject)) });
}

const struct op op_login_failed = {
	.name = "login_failed",
	.lane = LANE_WRITE,
	.check = failed_check,
	.write = failed_write,
};

/* ---- end */

static enum err got_person(void *context, const struct value *v, int count)
{
	struct link_row *row = context;

	must(count == 1);
	row->person = arena_str(row->arena, v[0].bytes);
	return OK;
}

static enum err end_check(struct batch *b, struct cmd *c)
{
	struct session_end *p = c->in;
	struct link_row row = { .arena = c->arena, .person = str_given(p->id) ? S_NONE : p->person };

	if (str_given(p->id))
		TRY(store_run(b->store, STMT_SESSION_ONE, VALUES(value_text(p->id)), got_person, &row));
	bool own = str_given(row.person) && c->caller.person && str_eq(row.person, c->caller.principal);
	if (!str_given(row.person) ||
	    !cmd_may_about(c, S("EndSession"), row.person, own ? FACT_OWN : 0))
		return refuse(c, REFUSED_NOT_FOUND, "There is no such session.");
	p->person = row.person;
	return OK;
}

static enum err end_write(struct batch *b, struct cmd *c)
{
	struct session_end *p = c->in;

	if (str_given(p->id)) {
		p->ended = 1;
		TRY(session_drop(b, p->id));
	} else {
		TRY(account_log_out(b, p->person, p->but, &p->ended));
	}
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "session.end",
						 .resource = str_given(p->id) ? audit_name(b, "session", p->id)
	                                                  : audit_name(b, "account", p->person) });
}

const struct op op_session_end = {
	.name = "session_end",
	.lane = LANE_WRITE,
	.drains = true,
	.check = end_check,
	.write = end_write,
};

/* ---- used */

static enum err used_write(struct batch *b, struct cmd *c)
{
	struct session_used *p = c->in;

	return store_run(b->store, STMT_SESSION_USED,
	                 VALUES(value_text(p->id), value_int(b->now.wall_ms)), NULL, NULL);
}

const struct op op_session_used = {
	.name = "session_used",
	.lane = LANE_WRITE,
	.check = failed_check,
	.write = used_write,
};

/* ---- list */

struct listing {
	struct arena *arena;
	struct session_list *p;
};

static enum err got_info(void *context, const struct value *v, int count)
{
	struct listing *l = context;

	must(count == 8 && l->p->count < PERSON_SESSIONS_MAX);
	l->p->sessions[l->p->count++] = (struct session_info){
		.id = arena_str(l->arena, v[0].bytes),
		.person = arena_str(l->arena, v[1].bytes),
		.address = arena_str(l->arena, v[2].bytes),
		.client = arena_str(l->arena, v[3].bytes),
		.how = arena_str(l->arena, v[4].bytes),
		.created_at = v[5].number,
		.used_at = v[6].number,
		.ends_at = v[7].number,
	};
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct session_list *p = c->in;
	struct listing l = { c->arena, p };

	p->sessions = ARENA_ARRAY(c->arena, struct session_info, PERSON_SESSIONS_MAX);
	return store_run(s, STMT_SESSION_LIST,
	                 VALUES(value_text(p->person), value_int(now.wall_ms),
	                        value_int(now.wall_ms - SESSION_IDLE_MS),
	                        value_int(PERSON_SESSIONS_MAX)),
	                 got_info, &l);
}

const struct op op_session_list = { .name = "session_list", .lane = LANE_READ, .read = list_read };
