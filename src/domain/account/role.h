/* role.h - roles: named lists of rules, and who has them.
 *
 *     role   "clerk" -> ["ringi:GetApproval:*@department", ...]
 *     grant  "user:taro" or "group:accounting" -> role
 *
 * O1  What a person may is what the roles say that are granted to them, and the role `person`,
 *     which everybody has. There is no other way to a right for people.
 * O2  Built-in roles (builtin.c) have no rows and cannot be changed or deleted.
 * O3  A role that somebody has is not deleted; a grant names a role that there is.
 * O4  Rows are the truth. Memory is a copy of all of them, made anew at the end of a batch that
 *     changed some, and again if that batch fails; the front door makes its own copy before
 *     the change is answered (batch.rights_changed), so that a role taken away is gone with the
 *     answer.
 * O5  Nobody gives what they do not have: the front door compares rules, and tells what it has
 *     seen; was the role changed meanwhile, the engine refuses. */
#ifndef RINGI_DOMAIN_ACCOUNT_ROLE_H
#define RINGI_DOMAIN_ACCOUNT_ROLE_H

#include "base/map.h"
#include "domain/batch.h"
#include "domain/cmd.h"

#define ROLE_OF_EVERYBODY "person"
#define HOLDER_USER "user:"

struct domain;

struct role {
	struct str name, note;
	struct str rules; /* a JSON array of texts */
	bool built_in;
	int64_t created_at, changed_at; /* 0: built in */
};

struct role_grant {
	struct str holder, role;
};

/* A copy of the rows and of what is built in. */
struct accounts {
	struct arena *arena; /* lifetime: until they are read anew; all of it lies there */
	struct role *roles;  /* built in first, then by name */
	int role_count;
	struct role_grant *grants; /* by holder */
	int grant_count;
};

enum err accounts_load(struct domain *, struct store *) MUST_USE;
void accounts_free(struct domain *);
/* Before the commit of a batch that changed rights. */
enum err accounts_settle(struct batch *) MUST_USE;

/* NULL when there is none. */
const struct role *role_find(const struct accounts *, struct str name);

/* builtin.c: NULL behind the last. */
const struct role *role_built_in(int at);

/* Letters, digits and - _ . ; at most ROLE_NAME_MAX. */
bool role_name_valid(struct str);
/* A person's id as far as accounts have to know: ASCII letters, digits and . _ @ - , or
 * letters of other scripts; ACCOUNT_ID_MAX bytes. */
bool account_id_valid(struct str);
/* "user:" and a person's id. */
bool holder_valid(struct str);

struct role_put {
	struct str name, rules, note;
	struct str seen; /* its rules when the right to change them was asked; absent: there was none */
	bool made;       /* out */
	int64_t changed_at;
};
extern const struct op op_role_put;

struct role_delete {
	struct str name, seen;
};
extern const struct op op_role_delete;

struct role_give {
	struct str role, holder, seen;
	bool changed; /* out: it was not so before */
};
extern const struct op op_role_grant, op_role_revoke;

/* All of them, without a cursor: there are ROLES_MAX at most. Read lane. */
struct role_list {
	struct role *roles; /* out */
	int count;
};
extern const struct op op_role_list;

struct role_holder {
	struct str holder, granted_by;
	int64_t granted_at;
};
struct role_get {
	struct str name, after;
	int max;
	struct role role; /* out */
	struct role_holder *holders;
	int count;
	bool more;
};
extern const struct op op_role_get;

/* What one holder has been given. Read lane. */
struct role_held {
	struct str role, granted_by;
	int64_t granted_at;
};
struct roles_of {
	struct str person;
	struct role_held *roles; /* out */
	int count;
};
extern const struct op op_roles_of;

#endif
