/* account.c - accounts: made, disabled, given passwords and links. C1 to C3: account.h. */
#include "domain/account/account.h"

#include "base/limits.h"
#include "domain/account/inside.h"
#include "domain/account/row.h"
#include "domain/audit/audit.h"
#include "domain/directory/directory.h"

/* ---- rows */

struct finding {
	struct arena *arena;
	struct account_row *row;
};

static enum err got_account(void *context, const struct value *v, int count)
{
	struct finding *f = context;

	must(count == 7);
	*f->row = (struct account_row){
		.person = arena_str(f->arena, v[0].bytes),
		.password = arena_str(f->arena, v[1].bytes),
		.disabled_at = v[2].number,
		.totp_sealed = arena_str(f->arena, v[3].bytes),
		.totp_at = v[4].number,
		.totp_step = v[5].number,
		.totp_recovery = arena_str(f->arena, v[6].bytes),
	};
	return OK;
}

enum err account_read(struct store *s, struct arena *a, struct str person, struct account_row *row)
{
	struct finding f = { a, row };

	*row = (struct account_row){ 0 };
	return store_run(s, STMT_ACCOUNT_ONE, VALUES(value_text(person)), got_account, &f);
}

enum err account_read_oidc(struct store *s, struct arena *a, struct str issuer, struct str subject,
                           struct account_row *row)
{
	struct finding f = { a, row };

	*row = (struct account_row){ 0 };
	return store_run(s, STMT_ACCOUNT_BY_OIDC, VALUES(value_text(issuer), value_text(subject)),
	                 got_account, &f);
}

enum err account_needed(struct batch *b, struct cmd *c, struct str person, struct account_row *row)
{
	TRY(account_read(b->store, b->arena, person, row));
	if (!str_given(row->person))
		return refuse(c, REFUSED_NOT_FOUND, "%.*s has no account.", S_ARG(person));
	return OK;
}

enum err account_has_left(struct store *s, struct str person, int64_t at, bool *left)
{
	enum standing standing = STANDING_UNKNOWN;
	enum err fault = directory_standing(s, person, at, &standing);

	*left = standing == STANDING_GONE;
	return fault;
}

static enum err record(struct batch *b, struct cmd *c, const char *action, struct str person)
{
	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = audit_name(b, "account", person) });
}

/* ---- create */

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct account_create *p = c->in;
	struct account_row row;
	int64_t count = 0;
	bool left = false;

	must(account_id_valid(p->person));
	TRY(account_read(b->store, b->arena, p->person, &row));
	if (str_given(row.person))
		return refuse(c, REFUSED_CONFLICT, "%.*s has an account already.", S_ARG(p->person));
	TRY(account_has_left(b->store, p->person, b->now.wall_ms, &left));
	if (left)
		return refuse(c, REFUSED_CONFLICT, "%.*s is not active in the directory.",
		              S_ARG(p->person));
	TRY(store_run(b->store, STMT_ACCOUNT_COUNT, NO_VALUES, account_got_number, &count));
	if (count >= ACCOUNTS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "There are %d accounts, and that is as many as there can be.", ACCOUNTS_MAX);
	return OK;
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	struct account_create *p = c->in;

	p->created_at = b->now.wall_ms;
	TRY(store_run(b->store, STMT_ACCOUNT_INSERT,
	              VALUES(value_text(p->person), value_text(p->password), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return record(b, c, "account.create", p->person);
}

const struct op op_account_create = {
	.name = "account_create",
	.lane = LANE_WRITE,
	.check = create_check,
	.write = create_write,
};

/* ---- disable */

static enum err disable_check(struct batch *b, struct cmd *c)
{
	struct account_disable *p = c->in;
	struct account_row row;

	return account_needed(b, c, p->person, &row);
}

static enum err disable_write(struct batch *b, struct cmd *c)
{
	struct account_disable *p = c->in;
	int64_t ended = 0;

	TRY(store_run(b->store, STMT_ACCOUNT_DISABLE,
	              VALUES(value_text(p->person),
	                     p->disable ? value_int(b->now.wall_ms) : value_null()),
	              NULL, NULL));
	if (p->disable) /* C3 */
		TRY(account_log_out(b, p->person, S_NONE, &ended));
	return record(b, c, p->disable ? "account.disable" : "account.enable", p->person);
}

const struct op op_account_disable = {
	.name = "account_disable",
	.lane = LANE_WRITE,
	.drains = true,
	.check = disable_check,
	.write = disable_write,
};

/* ---- password */

static enum err password_check(struct batch *b, struct cmd *c)
{
	struct account_password *p = c->in;
	struct account_row row;

	must(p->password.len > 0);
	TRY(account_needed(b, c, p->person, &row));
	if (!cmd_refused(c) && str_given(p->before) && !str_eq(p->before, row.password))
		return refuse(c, REFUSED_CONFLICT, "The password was changed meanwhile.");
	return OK;
}

static enum err password_write(struct batch *b, struct cmd *c)
{
	struct account_password *p = c->in;
	int64_t ended = 0;

	TRY(store_run(b->store, STMT_ACCOUNT_PASSWORD,
	              VALUES(value_text(p->person), value_text(p->password), value_int(b->now.wall_ms)),
	              NULL, NULL));
	must(store_changes(b->store) == 1);
	TRY(account_log_out(b, p->person, p->but_session, &ended)); /* C3 */
	return record(b, c, "account.password", p->person);
}

const struct op op_account_password = {
	.name = "account_password",
	.lane = LANE_WRITE,
	.check = password_check,
	.write = password_write,
};

/* ---- link */

static enum err link_check(struct batch *b, struct cmd *c)
{
	struct account_link *p = c->in;
	struct account_row row;

	must(p->token_hash.len == LINK_HASH_SIZE && p->life_ms > 0);
	TRY(account_needed(b, c, p->person, &row));
	if (!cmd_refused(c) && row.disabled_at != 0)
		return refuse(c, REFUSED_CONFLICT, "The account of %.*s is disabled.", S_ARG(p->person));
	return OK;
}

static enum err link_write(struct batch *b, struct cmd *c)
{
	struct account_link *p = c->in;

	p->ends_at = b->now.wall_ms + p->life_ms;
	TRY(store_run(b->store, STMT_LINK_OVER, VALUES(value_int(b->now.wall_ms)), NULL, NULL));
	TRY(store_run(b->store, STMT_LINK_FORGET, VALUES(value_text(p->person)), NULL, NULL));
	TRY(store_run(b->store, STMT_LINK_PUT,
	              VALUES(value_blob(p->token_hash), value_text(p->person),
	                     value_int(b->now.wall_ms), value_int(p->ends_at),
	                     value_text(c->caller.principal)),
	              NULL, NULL));
	return record(b, c, "account.link", p->person);
}

const struct op op_account_link = {
	.name = "account_link",
	.lane = LANE_WRITE,
	.check = link_check,
	.write = link_write,
};

/* ---- look, list */

static enum err look_read(struct store *s, struct cmd *c, struct now now)
{
	struct account_look *p = c->in;
	struct account_row row;
	bool left = false;

	TRY(account_read(s, c->arena, p->person, &row));
	p->found = str_given(row.person);
	if (!p->found)
		return OK;
	TRY(account_has_left(s, row.person, now.wall_ms, &left));
	p->person = row.person;
	p->disabled = row.disabled_at != 0 || left;
	p->password = row.password;
	p->totp_sealed = row.totp_sealed;
	p->totp_recovery = row.totp_recovery;
	p->totp = row.totp_at != 0;
	p->totp_step = row.totp_step;
	return OK;
}

const struct op op_account_look = { .name = "account_look", .lane = LANE_READ, .read = look_read };

struct listing {
	struct arena *arena;
	struct account_list *p;
};

static enum err got_info(void *context, const struct value *v, int count)
{
	struct listing *l = context;

	must(count == 8);
	if (l->p->count == l->p->max) {
		l->p->more = true;
		return OK;
	}
	l->p->accounts[l->p->count++] = (struct account_info){
		.person = arena_str(l->arena, v[0].bytes),
		.oidc_issuer = arena_str(l->arena, v[1].bytes),
		.oidc_subject = arena_str(l->arena, v[2].bytes),
		.password = v[3].number != 0,
		.totp = v[4].number != 0,
		.created_at = v[5].number,
		.disabled_at = v[6].number,
		.last_login_at = v[7].number,
	};
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct account_list *p = c->in;
	struct listing l = { c->arena, p };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->accounts = ARENA_ARRAY(c->arena, struct account_info, p->max);
	return store_run(s, STMT_ACCOUNT_PAGE,
	                 VALUES(value_text(str_given(p->after) ? p->after : S("")),
	                        value_int(p->max + 1)),
	                 got_info, &l);
}

const struct op op_account_list = { .name = "account_list", .lane = LANE_READ, .read = list_read };
