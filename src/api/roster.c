/* roster.c - roles become rules, grants become what a person may. */
#include "api/roster.h"

#include "api/keyring.h"
#include "base/limits.h"
#include "base/map.h"

struct roster {
	struct names roles, people;
	struct roster_person everybody;
};

/* A role whose rules cannot be read allows nothing. */
static void add_role(struct arena *a, struct roster *r, const struct role *from)
{
	struct roster_role *role = ARENA_NEW(a, struct roster_role);
	struct rule *rules = NULL;

	role->name = arena_str(a, from->name);
	role->text = arena_str(a, from->rules);
	int count = keyring_rules(a, role->text, &rules);
	role->grant = (struct grant){ .rules = rules, .count = count < 0 ? 0 : count };
	names_put(&r->roles, role->name, role);
}

static void merge_rules(struct arena *a, struct roster_person *p)
{
	struct rule *rules;
	int count = 0;

	for (int i = 0; i < p->role_count; i++)
		count += p->roles[i]->grant.count;
	rules = ARENA_ARRAY(a, struct rule, count + 1);
	p->role_of = ARENA_ARRAY(a, const struct roster_role *, count + 1);
	p->grant = (struct grant){ .rules = rules, .count = count };
	count = 0;
	for (int i = 0; i < p->role_count; i++)
		for (int k = 0; k < p->roles[i]->grant.count; k++) {
			p->role_of[count] = p->roles[i];
			rules[count++] = p->roles[i]->grant.rules[k];
		}
}

/* `grants`: those of one holder. Everybody's role comes last: what was given is the better
 * explanation. */
static void add_person(struct arena *a, struct roster *r, struct str id,
                       const struct role_grant *grants, int count)
{
	struct roster_person *p = ARENA_NEW(a, struct roster_person);
	const struct roster_role *everybody = names_find(&r->roles, S(ROLE_OF_EVERYBODY));

	p->id = arena_str(a, id);
	p->roles = ARENA_ARRAY(a, const struct roster_role *, count + 1);
	for (int i = 0; i < count; i++) {
		const struct roster_role *role = names_find(&r->roles, grants[i].role);
		if (role != NULL) /* O3: there is */
			p->roles[p->role_count++] = role;
	}
	p->roles[p->role_count++] = everybody;
	merge_rules(a, p);
	if (id.len > 0)
		names_put(&r->people, p->id, p);
	else
		r->everybody = *p;
}

static void add_people(struct arena *a, struct roster *r, const struct accounts *all)
{
	for (int from = 0, to; from < all->grant_count; from = to) {
		struct str holder = all->grants[from].holder;
		for (to = from; to < all->grant_count && str_eq(all->grants[to].holder, holder);)
			to++;
		if (str_starts(holder, S(HOLDER_USER)))
			add_person(a, r, str_from(holder, sizeof HOLDER_USER - 1), &all->grants[from],
			           to - from);
	}
}

struct roster *roster_new(struct arena *a, const struct accounts *accounts)
{
	struct roster *r = ARENA_NEW(a, struct roster);
	const struct role *fixed;

	for (int i = 0; (fixed = role_built_in(i)) != NULL; i++)
		add_role(a, r, fixed);
	for (int i = 0; accounts != NULL && i < accounts->role_count; i++)
		if (!accounts->roles[i].built_in)
			add_role(a, r, &accounts->roles[i]);
	add_person(a, r, S(""), NULL, 0);
	if (accounts != NULL)
		add_people(a, r, accounts);
	return r;
}

void roster_close(struct roster *r)
{
	names_free(&r->roles);
	names_free(&r->people);
}

const struct roster_role *roster_role(const struct roster *r, struct str name)
{
	return names_find(&r->roles, name);
}

const struct roster_person *roster_person(const struct roster *r, struct str id)
{
	const struct roster_person *p = names_find(&r->people, id);

	return p != NULL ? p : &r->everybody;
}

int roster_size(const struct roster *r)
{
	size_t at = 0;
	int n = 0;

	while (names_next(&r->people, &at) != NULL)
		n++;
	return n;
}

const struct roster_person *roster_next(const struct roster *r, size_t *at)
{
	return names_next(&r->people, at);
}
