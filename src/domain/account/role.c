/* role.c - roles and grants: changed, listed. O1 to O5: role.h. */
#include "domain/account/role.h"

#include "base/limits.h"
#include "domain/account/inside.h"
#include "domain/audit/audit.h"
#include "domain/domain.h"

/* ---- names */

bool role_name_valid(struct str name)
{
	return name.len > 0 && name.len <= ROLE_NAME_MAX && str_alphanumeric(name, "-_.");
}

bool account_id_valid(struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if ((unsigned char)id.at[i] < 0x80 &&
		    !str_alphanumeric((struct str){ id.at + i, 1 }, "-_.@"))
			return false;
	return id.len > 0 && id.len <= ACCOUNT_ID_MAX && str_utf8(id);
}

bool holder_valid(struct str holder)
{
	return str_starts(holder, S(HOLDER_USER)) &&
	       account_id_valid(str_from(holder, sizeof HOLDER_USER - 1));
}

static const struct role *built_in(struct str name)
{
	const struct role *r;

	for (int i = 0; (r = role_built_in(i)) != NULL; i++)
		if (str_eq(r->name, name))
			return r;
	return NULL;
}

/* ---- rows */

struct finding {
	struct arena *arena;
	struct role *role;
	bool found;
};

static void take_role(struct arena *a, struct role *to, const struct value *v)
{
	*to = (struct role){
		.name = arena_str(a, v[0].bytes),
		.rules = arena_str(a, v[1].bytes),
		.note = arena_str(a, v[2].bytes),
		.created_at = v[3].number,
		.changed_at = v[4].number,
	};
}

static enum err got_role(void *context, const struct value *v, int count)
{
	struct finding *f = context;

	must(count == 5);
	take_role(f->arena, f->role, v);
	f->found = true;
	return OK;
}

/* name absent: there is none. */
static enum err read_role(struct store *s, struct arena *a, struct str name, struct role *role)
{
	struct finding f = { a, role, false };
	const struct role *fixed = built_in(name);

	*role = fixed != NULL ? *fixed : (struct role){ 0 };
	if (fixed != NULL)
		return OK;
	return store_run(s, STMT_ROLE_ONE, VALUES(value_text(name)), got_role, &f);
}

enum err account_got_number(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err is_held(struct store *s, struct str holder, struct str role, bool *held)
{
	int64_t n = 0;
	enum err fault = store_run(s, STMT_ROLE_HELD, VALUES(value_text(holder), value_text(role)),
	                           account_got_number, &n);

	*held = n > 0;
	return fault;
}

/* ---- put */

static enum err refuse_built_in(struct cmd *c, struct str name)
{
	return refuse(c, REFUSED_CONFLICT,
	              "The role %.*s is built in and stays as it is. Make one of another name.",
	              S_ARG(name));
}

/* Is it still what the right to do this was asked for (O5)? */
static enum err check_seen(struct cmd *c, const struct role *role, struct str seen)
{
	if (str_given(seen) == str_given(role->name) && str_eq(seen, role->rules))
		return OK;
	return refuse(c, REFUSED_CONFLICT, "The role was changed meanwhile. Try again.");
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct role_put *p = c->in;
	struct role role;
	int64_t count = 0;

	must(role_name_valid(p->name) && str_given(p->rules));
	if (built_in(p->name) != NULL)
		return refuse_built_in(c, p->name);
	TRY(read_role(b->store, b->arena, p->name, &role));
	TRY(store_run(b->store, STMT_ROLE_COUNT, NO_VALUES, account_got_number, &count));
	if (!str_given(role.name) && count >= ROLES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "There are %d roles, and that is as many as there can be.", ROLES_MAX);
	p->made = !str_given(role.name);
	return check_seen(c, &role, p->seen);
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct role_put *p = c->in;

	must(built_in(p->name) == NULL); /* O2 */
	b->rights_changed = true;
	p->changed_at = b->now.wall_ms;
	TRY(store_run(b->store, STMT_ROLE_PUT,
	              VALUES(value_text(p->name), value_text(p->rules), value_text(p->note),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_write(b, c, "role.put", audit_name(b, "role", p->name),
	                   AUDIT_JSON(b, audit_text("rules", p->rules)));
}

const struct op op_role_put = {
	.name = "role_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete */

struct holders {
	struct arena *arena;
	struct role_holder *list;
	int count, max;
	bool more;
};

static enum err got_holder(void *context, const struct value *v, int count)
{
	struct holders *h = context;

	must(count == 3);
	if (h->count == h->max) {
		h->more = true;
		return OK;
	}
	h->list[h->count++] = (struct role_holder){
		.holder = arena_str(h->arena, v[0].bytes),
		.granted_by = arena_str(h->arena, v[1].bytes),
		.granted_at = v[2].number,
	};
	return OK;
}

static enum err read_holders(struct store *s, struct str role, struct str after, struct holders *h)
{
	h->list = ARENA_ARRAY(h->arena, struct role_holder, h->max + 1);
	return store_run(s, STMT_ROLE_HOLDERS,
	                 VALUES(value_text(role), value_text(str_given(after) ? after : S("")),
	                        value_int(h->max + 1)),
	                 got_holder, h);
}

static enum err refuse_unknown(struct cmd *c, struct str name)
{
	return refuse(c, REFUSED_NOT_FOUND, "There is no role named %.*s.", S_ARG(name));
}

static enum err delete_check(struct batch *b, struct cmd *c)
{
	struct role_delete *p = c->in;
	struct holders h = { .arena = b->arena, .max = 1 };
	struct role role;

	if (built_in(p->name) != NULL)
		return refuse_built_in(c, p->name);
	TRY(read_role(b->store, b->arena, p->name, &role));
	if (!str_given(role.name))
		return refuse_unknown(c, p->name);
	TRY(read_holders(b->store, p->name, S_NONE, &h));
	if (h.count > 0)
		return refuse(c, REFUSED_CONFLICT, "The role %.*s is held by %.*s%s. Take it away first.",
		              S_ARG(p->name), S_ARG(h.list[0].holder), h.more ? " and others" : "");
	return check_seen(c, &role, p->seen);
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct role_delete *p = c->in;

	must(built_in(p->name) == NULL); /* O2 */
	b->rights_changed = true;
	TRY(store_run(b->store, STMT_ROLE_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return audit_write(b, c, "role.delete", audit_name(b, "role", p->name), S_NONE);
}

const struct op op_role_delete = {
	.name = "role_delete",
	.lane = LANE_WRITE,
	.check = delete_check,
	.write = delete_write,
};

/* ---- grant, revoke */

static enum err give_check(struct batch *b, struct cmd *c)
{
	struct role_give *p = c->in;
	struct role role;

	must(holder_valid(p->holder));
	TRY(read_role(b->store, b->arena, p->role, &role));
	if (!str_given(role.name))
		return refuse_unknown(c, p->role);
	if (str_is(p->role, ROLE_OF_EVERYBODY))
		return refuse(c, REFUSED_CONFLICT,
		              "Everybody has the role %s; it is neither given nor taken.",
		              ROLE_OF_EVERYBODY);
	return check_seen(c, &role, p->seen);
}

static enum err grant_check(struct batch *b, struct cmd *c)
{
	struct role_give *p = c->in;
	int64_t count = 0;

	TRY(give_check(b, c));
	TRY(store_run(b->store, STMT_ROLE_GRANT_COUNT, NO_VALUES, account_got_number, &count));
	if (count >= ROLE_GRANTS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "Roles have been given %d times, and that is as often as they can be.",
		              ROLE_GRANTS_MAX);
	bool held = false;
	TRY(is_held(b->store, p->holder, p->role, &held));
	p->changed = !held;
	return OK;
}

static enum err grant_write(struct batch *b, struct cmd *c)
{
	struct role_give *p = c->in;

	if (!p->changed)
		return OK;
	b->rights_changed = true;
	TRY(store_run(b->store, STMT_ROLE_GRANT_PUT,
	              VALUES(value_text(p->holder), value_text(p->role),
	                     value_text(c->caller.principal), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_write(b, c, "role.grant", audit_name(b, "role", p->role),
	                   AUDIT_JSON(b, audit_text("holder", p->holder)));
}

const struct op op_role_grant = {
	.name = "role_grant",
	.lane = LANE_WRITE,
	.check = grant_check,
	.write = grant_write,
};

static enum err revoke_check(struct batch *b, struct cmd *c)
{
	struct role_give *p = c->in;

	TRY(give_check(b, c));
	return is_held(b->store, p->holder, p->role, &p->changed);
}

static enum err revoke_write(struct batch *b, struct cmd *c)
{
	struct role_give *p = c->in;

	if (!p->changed)
		return OK;
	b->rights_changed = true;
	TRY(store_run(b->store, STMT_ROLE_GRANT_DELETE,
	              VALUES(value_text(p->holder), value_text(p->role)), NULL, NULL));
	return audit_write(b, c, "role.revoke", audit_name(b, "role", p->role),
	                   AUDIT_JSON(b, audit_text("holder", p->holder)));
}

const struct op op_role_revoke = {
	.name = "role_revoke",
	.lane = LANE_WRITE,
	.drains = true,
	.check = revoke_check,
	.write = revoke_write,
};

/* ---- look */

struct role_rows {
	struct arena *arena;
	struct role *roles;
	int count;
};

static enum err got_one_of_all(void *context, const struct value *v, int count)
{
	struct role_rows *all = context;

	must(count == 5 && all->count < ROLES_MAX + BUILT_IN_MAX);
	take_role(all->arena, &all->roles[all->count++], v);
	return OK;
}

enum err account_roles_read(struct store *s, struct arena *a, struct role **roles, int *count)
{
	struct role_rows all = { .arena = a };
	const struct role *r;

	all.roles = ARENA_ARRAY(a, struct role, ROLES_MAX + BUILT_IN_MAX);
	for (int i = 0; (r = role_built_in(i)) != NULL; i++)
		all.roles[all.count++] = *r;
	must(all.count <= BUILT_IN_MAX);
	TRY(store_run(s, STMT_ROLE_ALL, NO_VALUES, got_one_of_all, &all));
	*roles = all.roles;
	*count = all.count;
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct role_list *p = c->in;

	(void)now;
	return account_roles_read(s, c->arena, &p->roles, &p->count);
}

const struct op op_role_list = { .name = "role_list", .lane = LANE_READ, .read = list_read };

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct role_get *p = c->in;
	struct holders h = { .arena = c->arena, .max = p->max };

	(void)now;
	TRY(read_role(s, c->arena, p->name, &p->role));
	if (!str_given(p->role.name))
		return refuse_unknown(c, p->name);
	TRY(read_holders(s, p->name, p->after, &h));
	p->holders = h.list;
	p->count = h.count;
	p->more = h.more;
	return OK;
}

const struct op op_role_get = { .name = "role_get", .lane = LANE_READ, .read = get_read };

struct held_rows {
	struct arena *arena;
	struct roles_of *p;
};

static enum err got_held(void *context, const struct value *v, int count)
{
	struct held_rows *h = context;

	must(count == 3);
	if (h->p->count < ROLES_MAX)
		h->p->roles[h->p->count++] = (struct role_held){
			.role = arena_str(h->arena, v[0].bytes),
			.granted_by = arena_str(h->arena, v[1].bytes),
			.granted_at = v[2].number,
		};
	return OK;
}

static enum err of_read(struct store *s, struct cmd *c, struct now now)
{
	struct roles_of *p = c->in;
	struct held_rows h = { c->arena, p };
	struct str holder = arena_printf(c->arena, HOLDER_USER "%.*s", S_ARG(p->person));

	(void)now;
	p->roles = ARENA_ARRAY(c->arena, struct role_held, ROLES_MAX);
	return store_run(s, STMT_ROLE_OF_HOLDER, VALUES(value_text(holder)), got_held, &h);
}

const struct op op_roles_of = { .name = "roles_of", .lane = LANE_READ, .read = of_read };
