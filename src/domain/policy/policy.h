/* policy.h - who has to agree: the policy of an approval, read from JSON. Pure.
 *
 *     {"need": 2, "of": ["a", "b", {"need": "all", "of": ["c", {"group": "legal", "count": 2}]}]}
 *
 * A policy is a tree. Its leaves are *seats* in tree order: a user has one, a group and a post
 * have `count` (any member of the group fills one of a group's; who holds a post is found at
 * the opening of an approval). What a need means is judge.h's to say.
 *
 * Everything is checked when a policy is read: unknown members, bounds (POLICY_* in limits.h),
 * and whether anybody can satisfy it. The *canonical* text has every default filled in, its
 * members sorted and each meaning spelt in one way, so that two spellings of one policy have
 * one SHA-256; reading it again gives itself. A policy never changes after it is read: any
 * number of threads may look at it. */
#ifndef RINGI_DOMAIN_POLICY_POLICY_H
#define RINGI_DOMAIN_POLICY_POLICY_H

#include "base/arena.h"
#include "domain/cmd.h"
#include "wire/hash.h"
#include "wire/json.h"

/* How votes are counted may change with a version of ringi; approvals keep the one that they
 * opened with. */
enum { JUDGE_VERSION = 1 };

/* Weights are summed, and the sum of the yes is compared with a threshold. "any" is a count
 * of 1, {"weight": n} a count of n, {"percent": 100} all, {"percent": 50} half. */
enum policy_need {
	NEED_COUNT,    /* the threshold itself; it stays when others abstain or are left out */
	NEED_ALL,      /* of the rest: shares of those who count                             */
	NEED_MAJORITY, /* more than half                                                     */
	NEED_HALF,
	NEED_PERCENT, /* threshold: 1 to 100 */
};
enum policy_reject {
	REJECT_IMPOSSIBLE, /* lost when the need can't be reached any more */
	REJECT_ANY,        /* lost at the first no; the order of votes counts */
	REJECT_LAST,       /* lost when everybody has voted */
};
enum policy_abstain { ABSTAIN_OUT, ABSTAIN_NO, ABSTAIN_YES }; /* it counts as nobody, no, yes */

enum policy_member_kind { MEMBER_USER, MEMBER_GROUP, MEMBER_POST, MEMBER_NODE };
struct policy_member {
	enum policy_member_kind kind;
	struct str name; /* of the user, group or post */
	struct str of;   /* a post's: "applicant.department", ...; absent: not said */
	int count;       /* seats; of a node 1 */
	int weight;      /* of each seat; 0: asked for an opinion only; of a node 1 */
	bool veto;       /* a no of theirs is the end, wherever in the tree */
	bool required;   /* nothing is approved without their yes, wherever in the tree */
	const struct policy_node *node; /* of MEMBER_NODE */
};

struct policy_node {
	int index, parent; /* parent -1: the root */
	enum policy_need need;
	int threshold; /* of NEED_COUNT and NEED_PERCENT */
	enum policy_reject reject;
	enum policy_abstain abstain;
	int min_votes; /* not won before so many votes are cast below it */
	const struct policy_member *members;
	int count;
	struct policy_node *next; /* in preorder: the reader's own */
};

struct policy_seat {
	const struct policy_member *member;
	int node; /* index of the node in which it is a member */
	int nth;  /* of the member's seats: 0, 1, ... */
};

enum policy_self { SELF_EXCLUDE, SELF_ALLOW, SELF_AUTO, SELF_SUPERIOR };
enum policy_empty { EMPTY_INCIDENT, EMPTY_SKIP, EMPTY_SUPERIOR };
enum policy_resubmit { RESUBMIT_RESET, RESUBMIT_KEEP, RESUBMIT_RESUME };
enum policy_edit { EDIT_FORBID, EDIT_RESET, EDIT_KEEP };
enum policy_then { THEN_ESCALATE, THEN_APPROVE, THEN_REJECT, THEN_COUNT, THEN_EXTEND };
enum policy_remind { REMIND_BEFORE, REMIND_AFTER, REMIND_EVERY };
/* Bits: what needs a comment. */
enum policy_do { DO_APPROVE = 1, DO_REJECT = 2, DO_ABSTAIN = 4, DO_RETURN = 8 };

struct policy_deadline {
	struct str after;    /* ISO 8601 duration; absent: `at`, or none at all */
	struct str at;       /* RFC 3339; absent: `after` */
	struct str calendar; /* name; absent: the clock's own time */
	enum policy_then then;
	bool recompute; /* it moves with its calendar, when that changes */
};

struct policy_reminder {
	enum policy_remind kind; /* before or after the deadline; every so often */
	struct str duration;     /* ISO 8601 */
};

struct policy {
	const struct policy_node *const *nodes; /* preorder: the root first, parents before theirs */
	int node_count;
	const struct policy_seat *seats;
	int seat_count;
	bool distinct_person; /* one person counts once, however many seats; else: each seat */
	enum policy_self self;
	bool veto_wait;                /* enough yes wait for the holders of vetoes to speak */
	bool retract;                  /* a vote may be taken back while the step is open */
	bool can_return;               /* the applicant may be sent back */
	bool can_add;                  /* approvers may be added while the step is open */
	bool over;                     /* a superior of all who are still asked may approve over them */
	bool late_view;                /* a late vote is taken as a view, not refused */
	bool withdraw_early;           /* the applicant may withdraw until the first vote only */
	bool leaver_superior;          /* of somebody who leaves the superior is asked instead */
	bool members_pinned;           /* of a group whoever was in it at the opening */
	bool consecutive_auto;         /* who approved the step before does not have to again */
	bool newest;                   /* a new round is judged by the policy in force then */
	enum policy_empty empty;       /* nobody is there for a seat */
	enum policy_resubmit resubmit; /* votes of the round before: keep: while nothing protected
	                                * has changed */
	const struct str *protected;   /* members of the data that are not edited while open */
	int protected_count;
	enum policy_edit edit;
	struct policy_deadline deadline;
	const struct policy_reminder *reminders;
	int reminder_count;
	const struct policy_member *escalate_to; /* NULL: the superior */
	unsigned comment_required_on;            /* bits of enum policy_do */
	int fresh_login_from; /* of that amount on only who logged in lately decides; -1: whoever may */
	struct str canonical; /* JSON */
	uint8_t sha256[SHA256_SIZE]; /* of the canonical text */
	char sha256_text[2 * SHA256_SIZE + 1];
	int judge_version;
};

/* What is wrong with a policy. The code is stable: "N_UNREACHABLE". */
struct policy_fault {
	const char *code;
	bool impossible; /* well formed, but nobody can satisfy it; else it is no policy */
	struct str path; /* JSON Pointer; "" is the whole */
	struct str en, ja;
	struct policy_fault *next;
};

/* NULL, and a refusal in `why` (INVALID_POLICY or IMPOSSIBLE_POLICY; its text in the arena),
 * when it is no policy or one that nobody can satisfy. Lends nothing from the tree. */
const struct policy *policy_read(struct arena *, const struct json *, struct refused *why);
/* The same from text, of at most POLICY_BYTES_MAX. */
const struct policy *policy_read_text(struct arena *, struct str text, struct refused *why);
/* One that was stored; NULL: it is none of ours. Its canonical text is the very same. */
const struct policy *policy_read_stored(struct arena *, struct str canonical);
/* As policy_read, with everything that is wrong, at most POLICY_FAULTS_MAX, in the order found. */
const struct policy *policy_check(struct arena *, const struct json *, struct policy_fault **);

/* A user's, group's or post's name: UTF-8 without controls and blanks at its ends, at most
 * PERSON_ID_MAX bytes. */
bool policy_person_fits(struct str);

#endif
