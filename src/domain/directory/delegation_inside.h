/* delegation_inside.h - what the files about delegations share: rows and the graph. */
#ifndef RINGI_DOMAIN_DIRECTORY_DELEGATION_INSIDE_H
#define RINGI_DOMAIN_DIRECTORY_DELEGATION_INSIDE_H

#include "domain/directory/delegation.h"
#include "domain/directory/inside.h"
#include "domain/notify/notify.h"

/* Rows of delegations, `max` of them at most; `more`: there are more. */
struct delegations {
	struct arena *arena;
	struct delegation *all;
	int max, count;
	bool more;
};
enum err delegations_read(struct store *, struct arena *, enum stmt, const struct value *,
                          int value_count, int max, struct delegations *) MUST_USE;

/* Is this what the delegation is about? */
bool delegation_covers(struct arena *, const struct delegation *, const struct delegation_case *);
/* "1000" or "1000.50". */
bool amount_valid(struct str);

/* A circle that a new delegation would close at some moment of its period: `with` gets the
 * person from whom it would lead back to the principal. Absent: none. ERR_LIMIT: too many
 * people to find out. */
enum err circle_ahead(struct store *, struct arena *, struct now, const struct delegation *made,
                      struct str *with) MUST_USE;

/* Checks that delegations and absences share; all may refuse. */
void delegation_check_reason(struct cmd *, struct str reason);
enum err delegation_check_person(struct batch *, struct cmd *, struct str id, const char *field,
                                 bool known_only) MUST_USE;
enum err delegation_check_period(struct batch *, struct cmd *, struct str whose, struct str from,
                                 struct str until, struct period *) MUST_USE;
/* Whether the caller may do this for that person. */
void delegation_check_caller(struct cmd *, const char *action, struct str person);

/* ---- delegation_tell.c: whom it is about is told, but for who does it */

/* When it is told first that it ends; absent (NEVER): it does not. */
int64_t delegation_tell_first(const struct delegation *);
enum err delegation_tell(struct batch *, enum notify_kind, const struct delegation *, struct str by)
	MUST_USE;
/* To the person, and to who acts for them meanwhile. */
enum err absence_tell(struct batch *, enum notify_kind, const struct absence *, struct str by)
	MUST_USE;
extern const struct op op_delegations_tell; /* of the clock */

struct str delegation_uuid(struct arena *, struct uuid);

#endif
