/* delegation.h - 代理: who may act in whose place, and why.
 *
 *     principal --> delegate --> delegate ...     DELEGATION_CHAIN_MAX links at most
 *
 * V1  A delegation counts from when it was made: whoever asks about a past moment is told what
 *     was so then. Rows are only ever added and canceled.
 * V2  A period is half-open and was written in the principal's zone. Nothing is reassigned when
 *     it opens or ends: whoever asks is told of that moment (B13).
 * V3  Delegates have an order. All of the same rank may act; those of a later rank while
 *     everybody of the earlier ones is absent or may not act.
 * V4  Whoever may act for somebody hands that on with their own delegations. A delegation that
 *     lies on a circle of delegations that count at that moment, for that case, counts for
 *     nothing. A circle that can be told beforehand is refused when it would be made.
 * V5  Nothing goes to or through the applicant, who entered the application, or anybody who does
 *     not take part.
 *
 * on_absence: counts only while the principal is absent. Two people who stand in for each other
 * that way are no circle, unless both are away. */
#ifndef RINGI_DOMAIN_DIRECTORY_DELEGATION_H
#define RINGI_DOMAIN_DIRECTORY_DELEGATION_H

#include "domain/directory/directory.h"
#include "wire/json.h"

struct delegation {
	struct uuid id;
	struct str principal, delegate;
	int64_t rank;
	struct period period;
	struct str policies;                /* pattern; absent: any */
	struct str amount_path, amount_max; /* "total.amount", "100000"; absent: any */
	bool on_absence;
	struct str reason, set_by;
	int64_t created_at, canceled_at; /* canceled_at 0: it is not */
	struct str canceled_by;
	int64_t row;
};

/* What somebody wants to act in. */
struct delegation_case {
	struct str policy;                /* its name; absent: it has none */
	const struct json *data;          /* of the application; NULL: none */
	struct str applicant, entered_by; /* absent: nobody */
	const struct str *excluded;       /* who may not act besides: have voted already, ... */
	int excluded_count;
};

/* From the principal to the delegate, both included. */
struct delegation_chain {
	struct str people[7]; /* DELEGATION_CHAIN_MAX + 1 of them */
	int count;            /* 0: they may not */
	const char *why;      /* they may not: a piece of a sentence, static */
};

/* Whether `delegate` may act in the place of `principal` at that moment. The case must be given. */
enum err delegation_allows(struct store *, struct arena *, struct str delegate,
                           struct str principal, int64_t at, const struct delegation_case *,
                           struct delegation_chain *) MUST_USE;
/* In whose places somebody may act; without a case: may, in some case or other (each that is
 * allowed is among them, not the other way). DELEGATION_PEOPLE_MAX are looked at. */
enum err delegation_principals(struct store *, struct arena *, struct str delegate, int64_t at,
                               const struct delegation_case *, struct people *) MUST_USE;
/* Who may act in the place of somebody, nearest first, without that person: for notices. */
enum err delegation_delegates(struct store *, struct arena *, struct str principal, int64_t at,
                              const struct delegation_case *, struct people *) MUST_USE;
enum err directory_absent(struct store *, struct str person, int64_t at, bool *) MUST_USE;

/* Does the pattern hold any text that the other holds? NULL-safe for absent: any. */
bool patterns_meet(struct str a, struct str b);

/* ---- commands */

struct delegation_put {
	struct str principal; /* absent: the caller */
	struct str delegate, from, until, policies, amount_path, amount_max, reason;
	bool on_absence, known_only; /* known_only: names that the directory has not are refused */
	int64_t rank;                /* 0: 1 */
	struct delegation made;      /* out */
};
extern const struct op op_delegation_put;

struct delegation_named {
	struct uuid id;
	struct delegation was; /* out */
};
extern const struct op op_delegation_cancel;

struct delegation_list {            /* read lane */
	struct str principal, delegate; /* absent: whoever */
	const struct uuid *one;         /* that one; NULL: many */
	bool ended;                     /* those that ended or were canceled, too */
	int64_t before;                 /* rows before this one; 0: from the newest */
	int max;
	struct delegation *all; /* out */
	int count;
	bool more;
};
extern const struct op op_delegation_list;

struct absence {
	struct uuid id;
	struct str person;
	struct period period;
	struct str reason, set_by;
	int64_t created_at, canceled_at;
	struct str canceled_by;
	int64_t row;
};
struct absence_put {
	struct str person, from, until, reason;
	bool known_only;
	struct absence made; /* out */
};
extern const struct op op_absence_put;
struct absence_named {
	struct str person;
	struct uuid id;
};
extern const struct op op_absence_cancel;
struct absence_list { /* read lane */
	struct str person;
	bool ended;
	int64_t before;
	int max;
	struct absence *all; /* out */
	int count;
	bool more;
};
extern const struct op op_absence_list;

#endif
