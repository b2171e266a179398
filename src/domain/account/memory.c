/* memory.c - the copy of roles and grants that the front door is given. O4: role.h. */
#include "base/limits.h"
#include "domain/account/inside.h"
#include "domain/domain.h"

static enum err got_grant(void *context, const struct value *v, int count)
{
	struct accounts *a = context;

	must(count == 2 && a->grant_count < ROLE_GRANTS_MAX);
	a->grants[a->grant_count++] = (struct role_grant){
		.holder = arena_str(a->arena, v[0].bytes),
		.role = arena_str(a->arena, v[1].bytes),
	};
	return OK;
}

static enum err read_all(struct store *s, struct accounts *to)
{
	int64_t count = 0;

	TRY(account_roles_read(s, to->arena, &to->roles, &to->role_count));
	TRY(store_run(s, STMT_ROLE_GRANT_COUNT, NO_VALUES, account_got_number, &count));
	must(count <= ROLE_GRANTS_MAX);
	to->grants = ARENA_ARRAY(to->arena, struct role_grant, count + 1);
	return store_run(s, STMT_ROLE_GRANTS, NO_VALUES, got_grant, to);
}

void accounts_free(struct domain *d)
{
	if (d->accounts != NULL)
		arena_close(d->accounts->arena);
	d->accounts = mem_free(d->accounts);
}

enum err accounts_load(struct domain *d, struct store *s)
{
	struct accounts *fresh = mem_get(sizeof *fresh);

	fresh->arena = arena_open();
	enum err fault = read_all(s, fresh);
	if (fault != OK) { /* what was there stands until it can be read */
		arena_close(fresh->arena);
		mem_free(fresh);
		return fault;
	}
	accounts_free(d);
	d->accounts = fresh;
	return OK;
}

enum err accounts_settle(struct batch *b)
{
	return b->rights_changed ? accounts_load(b->domain, b->store) : OK;
}

const struct role *role_find(const struct accounts *a, struct str name)
{
	for (int i = 0; i < a->role_count; i++)
		if (str_eq(a->roles[i].name, name))
			return &a->roles[i];
	return NULL;
}
