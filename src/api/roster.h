/* roster.h - roles and who has them, as the front door needs them: part of a keyring, and as
 * immutable. */
#ifndef RINGI_API_ROSTER_H
#define RINGI_API_ROSTER_H

#include "domain/account/role.h"
#include "domain/key/rule.h"

struct roster_role {
	struct str name, text; /* text: the rules as they are stored */
	struct grant grant;
};

/* What a person may: the rules of all their roles, in one list. */
struct roster_person {
	struct str id;
	struct grant grant;
	const struct roster_role **role_of; /* for each rule of the grant: of which role it is */
	const struct roster_role **roles;
	int role_count;
};

struct roster;

/* In the arena, but for what roster_close frees. `accounts` NULL: only what is built in. */
struct roster *roster_new(struct arena *, const struct accounts *);
void roster_close(struct roster *);

/* NULL when there is none. */
const struct roster_role *roster_role(const struct roster *, struct str name);
/* Never NULL: who was given nothing has the role of everybody. */
const struct roster_person *roster_person(const struct roster *, struct str id);

int roster_size(const struct roster *); /* people who were given something */
/* Each of them once, from *at 0 on; NULL behind the last. */
const struct roster_person *roster_next(const struct roster *, size_t *at);

#endif
