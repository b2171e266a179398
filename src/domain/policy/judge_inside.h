/* judge_inside.h - the judge's own memory. For judge*.c and why.c. */
#ifndef RINGI_DOMAIN_POLICY_JUDGE_INSIDE_H
#define RINGI_DOMAIN_POLICY_JUDGE_INSIDE_H

#include "domain/policy/judge.h"

/* What a seat is to its node. */
enum seat_class {
	CLASS_OPEN,
	CLASS_YES,
	CLASS_NO,
	CLASS_OUT,     /* abstained, and that counts as nobody */
	CLASS_ELSE,    /* its person has voted in another seat */
	CLASS_MISSING, /* left out, gone, or a second seat of one person in the same node */
	CLASSES,
};

/* What it is to the whole step, when it has a veto or is required. */
enum seat_stand { STAND_OPEN, STAND_YES, STAND_NO, STAND_ABSTAIN, STAND_MISSING, STANDS };

struct judge_place {
	struct judge_seat s;
	bool twice; /* the same person has a stronger seat in the same node: out for good */
	int person; /* of its holder; -1: nobody, or one person may count twice */
	int same;   /* the next seat of the same holder; -1 */
	enum seat_class class;
	enum seat_stand stand;
};

struct judge_person {
	struct str name;
	int first; /* of the seats they hold */
	int voted; /* the seat in which they cast a vote; -1 */
	int votes;
};

/* Sums of weights by class; `stuck`: nodes. `cast`, `waiting`: seats below, however deep. */
struct judge_node {
	const struct policy_node *n;
	int64_t sum[CLASSES];
	int64_t stuck;
	int least; /* weight of the lightest that may count; 0: there is none */
	int cast, waiting;
	enum judge_state state;
	bool latched; /* its end was due to the order of votes: it stays */
};

struct kept_vote {
	int seat;
	enum judge_vote vote;
	int64_t order;
	struct str who;
};

struct judge {
	const struct policy *policy;
	struct judge_node *nodes;
	struct judge_place *seats;
	struct kept_vote *kept; /* room for judge_rebuild */
	int count;
	struct judge_person *people;
	int person_count;
	int *slots; /* of the table of people: index + 1; 0: free */
	int slot_count;
	int veto[STANDS], required[STANDS]; /* seats */
	int64_t last;                       /* order of the last vote */
	bool by_order;                      /* the policy has a reject "any" */
	bool counting;                      /* at the deadline: who has not voted counts as nobody */
	bool latching;                      /* votes are being counted in their order */
	bool too_few; /* even if everybody agreed, one person sits in too many seats */
	struct arena *arena;
};

/* The threshold as things are, and what it is taken of. */
int64_t judge_of(const struct judge_node *);
int64_t judge_needed(const struct judge_node *);
static inline bool judge_fixed(const struct judge_node *n)
{
	return n->n->need == NEED_COUNT;
}

/* people.c: who sits where. Fills seats[].person, twice, same. */
void judge_people(struct judge *);
int judge_person_find(const struct judge *, struct str name); /* -1: holds no seat */
/* Whether some way of using each person once wins when all agree (bounded: true if not known). */
bool judge_enough_people(const struct judge *);

#endif
