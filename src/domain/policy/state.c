/* state.c - what the judge's sums say about the whole step. */
#include "domain/policy/judge_inside.h"

const char *judge_state_name(enum judge_state s)
{
	static const char *const names[] = { "OPEN", "WON", "LOST", "STUCK" };

	must((unsigned)s < sizeof names / sizeof *names);
	return names[s];
}

const char *judge_reason_name(enum judge_reason r)
{
	static const char *const names[REASONS_COUNT] = {
		[REASON_NONE] = "VOTES_MISSING",
		[REASON_REACHED] = "REACHED",
		[REASON_VETO] = "VETO",
		[REASON_REQUIRED] = "REQUIRED_REFUSED",
		[REASON_REJECTED] = "REJECTED",
		[REASON_VETO_WAIT] = "VETO_WAIT",
		[REASON_REQUIRED_WAIT] = "REQUIRED_WAIT",
		[REASON_QUORUM_WAIT] = "QUORUM_WAIT",
		[REASON_REQUIRED_MISSING] = "REQUIRED_MISSING",
		[REASON_TOO_FEW_PEOPLE] = "TOO_FEW_PEOPLE",
		[REASON_TOO_FEW_LEFT] = "TOO_FEW_LEFT",
		[REASON_NOBODY_LEFT] = "NOBODY_LEFT",
	};

	must((unsigned)r < REASONS_COUNT);
	return names[r];
}

/* Somebody with a right of their own has ended it, whatever the tree says. */
static enum judge_reason refused_by_right(const struct judge *j)
{
	if (j->veto[STAND_NO] > 0)
		return REASON_VETO;
	if (j->required[STAND_NO] + j->required[STAND_ABSTAIN] > 0)
		return REASON_REQUIRED;
	return j->counting && j->required[STAND_OPEN] > 0 ? REASON_REQUIRED : REASON_NONE;
}

/* The tree is won, but somebody has still to speak. */
static enum judge_reason waits_for_right(const struct judge *j)
{
	if (j->required[STAND_OPEN] > 0)
		return REASON_REQUIRED_WAIT;
	if (j->policy->veto_wait && j->veto[STAND_OPEN] > 0 && !j->counting)
		return REASON_VETO_WAIT;
	return REASON_NONE;
}

enum judge_state judge_state(const struct judge *j)
{
	enum judge_state tree = j->nodes[0].state;

	if (tree == JUDGE_LOST || refused_by_right(j) != REASON_NONE)
		return JUDGE_LOST;
	if (tree == JUDGE_STUCK || j->too_few || j->required[STAND_MISSING] > 0)
		return JUDGE_STUCK;
	if (tree == JUDGE_WON && waits_for_right(j) != REASON_NONE)
		return JUDGE_OPEN;
	return tree;
}

/* Abstained or have said something: people are there. */
static bool has_people(const struct judge_node *n)
{
	return n->sum[CLASS_OUT] > 0 || judge_of(n) > 0;
}

static enum judge_reason stuck_because(const struct judge *j)
{
	const struct judge_node *root = &j->nodes[0];

	if (j->required[STAND_MISSING] > 0)
		return REASON_REQUIRED_MISSING;
	if (j->too_few)
		return REASON_TOO_FEW_PEOPLE;
	return judge_of(root) == 0 && has_people(root) ? REASON_NOBODY_LEFT : REASON_TOO_FEW_LEFT;
}

static enum judge_reason open_because(const struct judge *j)
{
	const struct judge_node *root = &j->nodes[0];

	if (root->state == JUDGE_WON)
		return waits_for_right(j);
	return root->sum[CLASS_YES] >= judge_needed(root) ? REASON_QUORUM_WAIT : REASON_NONE;
}

enum judge_reason judge_reason(const struct judge *j)
{
	switch (judge_state(j)) {
	case JUDGE_OPEN:
		return open_because(j);
	case JUDGE_WON:
		return REASON_REACHED;
	case JUDGE_STUCK:
		return stuck_because(j);
	case JUDGE_LOST:
		break;
	}
	return refused_by_right(j) != REASON_NONE ? refused_by_right(j) : REASON_REJECTED;
}

enum judge_state judge_node_state(const struct judge *j, int node)
{
	must(node >= 0 && node < j->policy->node_count);
	return j->nodes[node].state;
}

/* A vote changes nothing in a node that is decided, but further up it may be one of those
 * that a quorum waits for. */
static bool matters_to_tree(const struct judge *j, int seat)
{
	bool matters = true;

	for (int at = j->seats[seat].s.node; at >= 0; at = j->nodes[at].n->parent) {
		const struct judge_node *n = &j->nodes[at];
		if (n->state == JUDGE_WON || n->state == JUDGE_LOST)
			matters = false;
		else if (n->cast < n->n->min_votes)
			matters = true;
	}
	return matters;
}

bool judge_asks(const struct judge *j, int seat)
{
	must(seat >= 0 && seat < j->count);
	const struct judge_place *p = &j->seats[seat];
	enum judge_state state = judge_state(j);

	if (p->class != CLASS_OPEN || state == JUDGE_WON || state == JUDGE_LOST)
		return false;
	return p->s.veto || p->s.required || matters_to_tree(j, seat);
}

bool judge_same_person(const struct judge *j, int seat)
{
	must(seat >= 0 && seat < j->count);
	const struct judge_place *p = &j->seats[seat];

	return p->class == CLASS_ELSE || (p->class == CLASS_MISSING && p->twice);
}

bool judge_voted(const struct judge *j, struct str person)
{
	for (int i = 0; i < j->count; i++) {
		const struct judge_seat *s = &j->seats[i].s;
		if (s->vote != VOTE_NONE && str_eq(str_given(s->who) ? s->who : s->holder, person))
			return true;
	}
	return false;
}

bool judge_may_add(const struct judge *j, int node)
{
	for (int at = node; at >= 0; at = j->nodes[at].n->parent)
		if (judge_node_state(j, at) == JUDGE_WON || j->nodes[at].state == JUDGE_LOST)
			return false;
	return judge_state(j) == JUDGE_OPEN || judge_state(j) == JUDGE_STUCK;
}

struct judge_progress judge_progress(const struct judge *j, int node)
{
	must(node >= 0 && node < j->policy->node_count);
	const struct judge_node *n = &j->nodes[node];

	return (struct judge_progress){ .state = n->state,
		                            .yes = n->sum[CLASS_YES],
		                            .no = n->sum[CLASS_NO],
		                            .open = n->sum[CLASS_OPEN],
		                            .abstained = n->sum[CLASS_OUT],
		                            .missing = n->sum[CLASS_MISSING] + n->sum[CLASS_ELSE],
		                            .needed = judge_needed(n),
		                            .of = judge_of(n),
		                            .cast = n->cast,
		                            .min_votes = n->n->min_votes };
}
