/* judge.h - votes and a policy in, the state of the step out. Pure; no clock, no rows.
 *
 * One rule decides every need. A node sums the weights of its members that count: `yes`, `no`,
 * `open`. With the threshold K (of M = all that count: all M, majority M/2 rounded down + 1,
 * half M/2 rounded up, percent rounded up, a count itself)
 *
 *     won    yes >= K, and at least min_votes have been cast below it
 *     lost   yes + open < K    (reject "any": at the first no; "last": when all have voted)
 *     stuck  K can't be reached, and that is nobody's no: too few are there, or nobody is left
 *
 * A node that is decided is a yes or a no of its parent. A seat that is left out (from the
 * opening) or gone (since) does not count; nor does one whose holder abstained, unless the
 * policy says otherwise. A no of a veto holder, a no or an abstention of a required one loses
 * the whole step; enough yes wait for both to speak (veto_wait, required).
 *
 * J1  Won and lost are ends: no further vote changes them.
 * J2  Without reject "any" and with veto_wait the order of votes does not matter.
 * J3  When nobody is asked any more, the step is not open.
 * J4  Setting votes one by one gives what judge_rebuild gives.
 * J5  Who is left out never makes a step easier by emptying it: an empty need is stuck.
 *
 * Stuck is not an end: seats are repaired by people, and those who are asked may still vote,
 * which can make it lost. */
#ifndef RINGI_DOMAIN_POLICY_JUDGE_H
#define RINGI_DOMAIN_POLICY_JUDGE_H

#include "base/buf.h"
#include "domain/policy/policy.h"

enum judge_state { JUDGE_OPEN, JUDGE_WON, JUDGE_LOST, JUDGE_STUCK };
enum judge_vote { VOTE_NONE, VOTE_YES, VOTE_NO, VOTE_ABSTAIN };
enum judge_presence { SEAT_PRESENT, SEAT_LEFT_OUT, SEAT_GONE };

/* Why it is in its state. */
enum judge_reason {
	REASON_NONE,             /* open: votes are missing */
	REASON_REACHED,          /* won */
	REASON_VETO,             /* lost: a holder of a veto said no */
	REASON_REQUIRED,         /* lost: a required one said no or abstained */
	REASON_REJECTED,         /* lost: the need can't be reached any more, or by reject "any" */
	REASON_VETO_WAIT,        /* open: enough yes, a holder of a veto has not spoken */
	REASON_REQUIRED_WAIT,    /* open: enough yes, a required one has not spoken */
	REASON_QUORUM_WAIT,      /* open: enough yes, too few votes */
	REASON_REQUIRED_MISSING, /* stuck: a required one is left out or gone */
	REASON_TOO_FEW_PEOPLE,   /* stuck: one person sits in too many of the seats */
	REASON_TOO_FEW_LEFT,     /* stuck: too many are left out or gone */
	REASON_NOBODY_LEFT,      /* stuck: everybody abstained, is left out or gone */
	REASONS_COUNT,
};
const char *judge_reason_name(enum judge_reason); /* "VETO" */
const char *judge_state_name(enum judge_state);   /* "OPEN" */

/* What the judge knows of a seat. The seats of the policy come first, in its order; behind
 * them those that were added since (only in nodes for which judge_may_add says so). */
struct judge_seat {
	int node;
	int weight;
	bool veto, required;
	enum judge_presence presence; /* a vote cast before somebody left stays: it counts */
	enum judge_vote vote;
	int64_t order;     /* of the vote among all of the step, from 1; 0: none, or not known */
	struct str holder; /* the person it is for; absent: a group's, filled by the vote */
	struct str who;    /* with a vote: the natural person who cast it; absent: the holder */
};

struct judge;

/* The policy's seats, all present and without votes; the holders of users' are known. */
struct judge_seat *judge_seats(struct arena *, const struct policy *);

/* Seats are copied, names lent; votes among them are counted. The judge lives in the arena,
 * and lends the policy. */
struct judge *judge_open(struct arena *, const struct policy *, const struct judge_seat *,
                         int count);

/* A vote, or VOTE_NONE: it is taken back. `who` is lent. O(depth), except where a vote is
 * taken back and the order of votes matters. That nobody votes twice where one person counts
 * once is the caller's to see to: judge_voted. */
void judge_set(struct judge *, int seat, enum judge_vote, struct str who);
/* Somebody leaves, or comes back. O(seats). */
void judge_presence(struct judge *, int seat, enum judge_presence);
/* All from the votes, in their order. Changes nothing that can be seen: J4. */
void judge_rebuild(struct judge *);

enum judge_state judge_state(const struct judge *);
enum judge_reason judge_reason(const struct judge *);
/* Of a node, by its index in the policy. */
enum judge_state judge_node_state(const struct judge *, int node);
/* The vote of this seat is still wanted: it has none, and it can make a difference. */
bool judge_asks(const struct judge *, int seat);
/* The seat is out because its person has another one, which counts (or has voted there). */
bool judge_same_person(const struct judge *, int seat);
/* This person has cast a vote in some seat. O(seats). */
bool judge_voted(const struct judge *, struct str person);
/* A seat may be added there: a node that is decided does not open again. */
bool judge_may_add(const struct judge *, int node);

/* At a deadline that says "count": those who have not voted count as nobody. Never open. */
enum judge_state judge_count(struct arena *, const struct judge *);

/* Figures of a node: weights, but votes are heads. */
struct judge_progress {
	enum judge_state state;
	int64_t yes, no, open, abstained, missing;
	int64_t needed; /* the threshold K, as things are */
	int64_t of;     /* M: what counts */
	int cast, min_votes;
};
struct judge_progress judge_progress(const struct judge *, int node);

/* One plain sentence: what has happened, what is missing. */
enum judge_language { LANGUAGE_EN, LANGUAGE_JA };
void judge_why(const struct judge *, enum judge_language, struct buf *);

#endif
