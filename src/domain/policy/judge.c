/* judge.c - sums per node, kept up to date along one path of the tree.
 *
 * Each seat is in one class of its node's sums; a change takes it out of one and puts it into
 * another, and the states of the nodes above follow. Where the order of votes matters
 * (reject "any") a node keeps the end that it came to first, and taking a vote back counts all
 * of them again in their order. */
#include "domain/policy/judge_inside.h"

/* ---- one node */

int64_t judge_of(const struct judge_node *n)
{
	return n->sum[CLASS_YES] + n->sum[CLASS_NO] + n->sum[CLASS_OPEN] + n->stuck;
}

int64_t judge_needed(const struct judge_node *n)
{
	int64_t of = judge_of(n);

	switch (n->n->need) {
	case NEED_COUNT:
		return n->n->threshold;
	case NEED_ALL:
		return of;
	case NEED_MAJORITY:
		return of / 2 + 1;
	case NEED_HALF:
		return (of + 1) / 2;
	case NEED_PERCENT:
		return (of * n->n->threshold + 99) / 100;
	}
	must(false);
	return 0;
}

/* Votes have nothing to do with it: not enough are there. */
static bool is_short(const struct judge_node *n, int64_t needed)
{
	int64_t there = judge_of(n) + n->sum[CLASS_OUT] + n->sum[CLASS_ELSE];

	return judge_fixed(n) && there < needed;
}

/* All who are there abstained. A count above what the last of them could have said was lost
 * before, whatever the order: it must be so now. */
static enum judge_state nobody(const struct judge_node *n, int64_t needed)
{
	if (!judge_fixed(n) || needed <= n->least || n->sum[CLASS_ELSE] >= needed)
		return JUDGE_STUCK;
	return JUDGE_LOST;
}

/* It is not lost; but is it a quorum, and can it be one? */
static enum judge_state with_quorum(const struct judge *j, const struct judge_node *n, bool won)
{
	if (won && n->cast >= n->n->min_votes)
		return JUDGE_WON;
	if (j->counting)
		return JUDGE_LOST;
	return n->cast + n->waiting < n->n->min_votes ? JUDGE_STUCK : JUDGE_OPEN;
}

static enum judge_state state_of(const struct judge *j, const struct judge_node *n)
{
	int64_t needed = judge_needed(n), of = judge_of(n), yes = n->sum[CLASS_YES];
	int64_t hope = yes + n->sum[CLASS_OPEN];
	int64_t blocked = n->stuck + (judge_fixed(n) ? n->sum[CLASS_ELSE] : 0);

	must(needed >= 0 && of >= 0 && n->cast >= 0 && n->waiting >= 0);
	if (j->counting ? of == 0 : is_short(n, needed))
		return JUDGE_STUCK;
	if (of == 0)
		return nobody(n, needed);
	if (n->n->reject == REJECT_ANY && n->sum[CLASS_NO] > 0)
		return JUDGE_LOST;
	if (hope >= needed || (n->n->reject == REJECT_LAST && n->sum[CLASS_OPEN] > 0))
		return with_quorum(j, n, yes >= needed);
	return hope + blocked >= needed ? JUDGE_STUCK : JUDGE_LOST;
}

/* ---- sums */

static int64_t *sum_of(struct judge_node *n, enum judge_state child)
{
	switch (child) {
	case JUDGE_OPEN:
		return &n->sum[CLASS_OPEN];
	case JUDGE_WON:
		return &n->sum[CLASS_YES];
	case JUDGE_LOST:
		return &n->sum[CLASS_NO];
	case JUDGE_STUCK:
		break;
	}
	return &n->stuck;
}

/* States from this node up, as far as they are not as they were. */
static void refresh(struct judge *j, int at)
{
	while (at >= 0) {
		struct judge_node *n = &j->nodes[at];
		enum judge_state before = n->state;
		int parent = n->n->parent;
		if (!n->latched)
			n->state = state_of(j, n);
		n->latched |= j->latching && n->n->reject == REJECT_ANY &&
		              (n->state == JUDGE_WON || n->state == JUDGE_LOST);
		must(parent < at);
		if (parent >= 0 && n->state != before) {
			--*sum_of(&j->nodes[parent], before);
			++*sum_of(&j->nodes[parent], n->state);
		}
		at = parent;
	}
}

static bool is_cast(const struct judge_place *p)
{
	return p->s.vote != VOTE_NONE && p->s.weight > 0;
}

/* Adds (or takes) a seat to the sums, in the class and stand that it has. */
static void count_seat(struct judge *j, const struct judge_place *p, int sign)
{
	struct judge_node *n = &j->nodes[p->s.node];
	int cast = is_cast(p) ? sign : 0;
	int waiting = p->class == CLASS_OPEN && p->s.weight > 0 ? sign : 0;

	n->sum[p->class] += (int64_t)sign * p->s.weight;
	must(n->sum[p->class] >= 0);
	for (int at = p->s.node; at >= 0; at = j->nodes[at].n->parent) {
		j->nodes[at].cast += cast;
		j->nodes[at].waiting += waiting;
	}
	if (p->s.veto)
		j->veto[p->stand] += sign;
	if (p->s.required)
		j->required[p->stand] += sign;
	must(j->veto[p->stand] >= 0 && j->required[p->stand] >= 0);
}

/* ---- one seat */

static enum seat_stand stand_of(enum judge_vote v)
{
	static const enum seat_stand stands[] = { STAND_OPEN, STAND_YES, STAND_NO, STAND_ABSTAIN };

	must((unsigned)v < sizeof stands / sizeof *stands);
	return stands[v];
}

static enum seat_class class_of_vote(const struct judge *j, const struct judge_place *p)
{
	static const enum seat_class abstained[] = { CLASS_OUT, CLASS_NO, CLASS_YES };

	if (p->s.vote == VOTE_ABSTAIN)
		return abstained[j->nodes[p->s.node].n->abstain];
	return p->s.vote == VOTE_YES ? CLASS_YES : CLASS_NO;
}

static void classify(const struct judge *j, struct judge_place *p)
{
	const struct judge_person *owner = p->person < 0 ? NULL : &j->people[p->person];

	if (p->s.vote != VOTE_NONE) {
		p->class = class_of_vote(j, p);
		p->stand = stand_of(p->s.vote);
	} else if (p->s.presence != SEAT_PRESENT || p->twice) {
		p->class = CLASS_MISSING;
		p->stand = p->twice ? STAND_YES : STAND_MISSING; /* the stronger seat speaks */
	} else if (owner != NULL && owner->votes > 0) {
		p->class = CLASS_ELSE;
		p->stand = stand_of(j->seats[owner->voted].s.vote);
	} else {
		p->class = j->counting ? CLASS_OUT : CLASS_OPEN;
		p->stand = STAND_OPEN;
	}
}

/* The seat is looked at anew, and what follows from it. */
static void reclass(struct judge *j, int seat)
{
	struct judge_place *p = &j->seats[seat], was = *p;

	classify(j, p);
	if (p->class == was.class && p->stand == was.stand)
		return;
	count_seat(j, &was, -1);
	count_seat(j, p, 1);
	refresh(j, p->s.node);
}

/* Who votes: the holder, unless somebody else is named. */
static int voter_of(const struct judge *j, const struct judge_place *p)
{
	return str_given(p->s.who) ? judge_person_find(j, p->s.who) : p->person;
}

static void person_counts(struct judge *j, int person, int seat, int change)
{
	struct judge_person *who = person < 0 ? NULL : &j->people[person];

	if (who == NULL)
		return;
	who->votes += change;
	must(who->votes >= 0);
	if (change > 0)
		who->voted = seat;
}

/* The other seats of somebody who has voted, or has taken it back. */
static void person_votes(struct judge *j, int person, int seat)
{
	for (int i = person < 0 ? -1 : j->people[person].first; i >= 0; i = j->seats[i].same)
		if (i != seat)
			reclass(j, i);
}

static void put_vote(struct judge *j, int seat, enum judge_vote vote, struct str who)
{
	struct judge_place *p = &j->seats[seat];
	bool had = p->s.vote != VOTE_NONE;
	int before = had ? voter_of(j, p) : -1;

	count_seat(j, p, -1);
	p->s.vote = vote;
	p->s.who = vote == VOTE_NONE ? S_NONE : who;
	p->s.order = vote == VOTE_NONE ? 0 : ++j->last;
	int after = vote == VOTE_NONE ? -1 : voter_of(j, p);
	person_counts(j, before, seat, -1); /* before the seat is looked at: it may be their own */
	person_counts(j, after, seat, 1);
	classify(j, p);
	count_seat(j, p, 1);
	refresh(j, p->s.node);
	person_votes(j, before, seat);
	person_votes(j, after, seat);
}

/* ---- all of it */

/* Sums and states from the seats as they are; who has voted where is known. */
static void build(struct judge *j)
{
	memset(j->veto, 0, sizeof j->veto);
	memset(j->required, 0, sizeof j->required);
	for (int i = 0; i < j->policy->node_count; i++) {
		struct judge_node *n = &j->nodes[i];
		*n = (struct judge_node){ .n = n->n, .state = n->state, .latched = n->latched };
	}
	for (int i = 0; i < j->count; i++) {
		struct judge_place *p = &j->seats[i];
		struct judge_node *n = &j->nodes[p->s.node];
		classify(j, p);
		count_seat(j, p, 1);
		if (p->class != CLASS_MISSING && p->s.weight > 0)
			n->least = n->least == 0 || p->s.weight < n->least ? p->s.weight : n->least;
	}
	for (int i = j->policy->node_count - 1; i >= 0; i--) {
		struct judge_node *n = &j->nodes[i];
		if (!n->latched)
			n->state = state_of(j, n);
		if (n->n->parent < 0)
			continue;
		struct judge_node *parent = &j->nodes[n->n->parent];
		++*sum_of(parent, n->state);
		parent->least = 1;
	}
}

/* The votes, first cast first; the seats are left without. */
static int take_votes(struct judge *j, struct kept_vote *to)
{
	int count = 0;

	for (int i = 0; i < j->count; i++) {
		struct judge_seat *s = &j->seats[i].s;
		if (s->vote == VOTE_NONE)
			continue;
		int at = count++;
		for (; j->by_order && at > 0 && to[at - 1].order > s->order; at--)
			to[at] = to[at - 1];
		to[at] = (struct kept_vote){ i, s->vote, s->order, s->who };
		s->vote = VOTE_NONE;
		s->who = S_NONE;
		s->order = 0;
	}
	return count;
}

void judge_rebuild(struct judge *j)
{
	struct kept_vote *votes = j->kept;
	int count = take_votes(j, votes);

	must(!j->counting);
	for (int i = 0; i < j->person_count; i++)
		j->people[i].votes = 0;
	for (int i = 0; i < j->policy->node_count; i++)
		j->nodes[i].latched = false;
	build(j);
	j->latching = true;
	for (int i = 0; i < count; i++) {
		put_vote(j, votes[i].seat, votes[i].vote, votes[i].who);
		if (votes[i].order > 0)
			j->seats[votes[i].seat].s.order = votes[i].order;
		j->last = votes[i].order > j->last ? votes[i].order : j->last;
	}
}

struct judge_seat *judge_seats(struct arena *a, const struct policy *policy)
{
	struct judge_seat *seats = ARENA_ARRAY(a, struct judge_seat, policy->seat_count + 1);

	for (int i = 0; i < policy->seat_count; i++) {
		const struct policy_seat *s = &policy->seats[i];
		const struct policy_member *m = s->member;
		seats[i] = (struct judge_seat){
			.node = s->node, .weight = m->weight, .veto = m->veto, .required = m->required
		};
		if (m->kind == MEMBER_USER)
			seats[i].holder = m->name;
	}
	return seats;
}

struct judge *judge_open(struct arena *a, const struct policy *policy,
                         const struct judge_seat *seats, int count)
{
	struct judge *j = ARENA_NEW(a, struct judge);

	must(count >= policy->seat_count && policy->judge_version == JUDGE_VERSION);
	*j = (struct judge){ .policy = policy, .count = count, .arena = a };
	j->nodes = ARENA_ARRAY(a, struct judge_node, policy->node_count);
	j->seats = ARENA_ARRAY(a, struct judge_place, count + 1);
	j->kept = ARENA_ARRAY(a, struct kept_vote, count + 1);
	for (int i = 0; i < policy->node_count; i++) {
		must(policy->nodes[i]->index == i && policy->nodes[i]->parent < i);
		j->nodes[i].n = policy->nodes[i];
		j->by_order |= policy->nodes[i]->reject == REJECT_ANY;
	}
	for (int i = 0; i < count; i++) {
		must(seats[i].node >= 0 && seats[i].node < policy->node_count && seats[i].weight >= 0);
		must(seats[i].vote == VOTE_NONE || seats[i].presence != SEAT_LEFT_OUT);
		j->seats[i] = (struct judge_place){ .s = seats[i], .person = -1, .same = -1 };
	}
	judge_people(j);
	j->too_few = !judge_enough_people(j);
	judge_rebuild(j);
	return j;
}

void judge_set(struct judge *j, int seat, enum judge_vote vote, struct str who)
{
	must(seat >= 0 && seat < j->count && !j->counting);
	must(vote == VOTE_NONE || j->seats[seat].s.presence == SEAT_PRESENT);
	bool again = j->seats[seat].s.vote != VOTE_NONE;

	put_vote(j, seat, vote, who);
	if (j->seats[seat].s.presence != SEAT_PRESENT)
		judge_presence(j, seat, j->seats[seat].s.presence);
	else if (again && j->by_order)
		judge_rebuild(j);
}

void judge_presence(struct judge *j, int seat, enum judge_presence presence)
{
	must(seat >= 0 && seat < j->count);
	must(presence != SEAT_LEFT_OUT || j->seats[seat].s.vote == VOTE_NONE);
	j->seats[seat].s.presence = presence;
	judge_people(j);
	j->too_few = !judge_enough_people(j);
	judge_rebuild(j);
}

enum judge_state judge_count(struct arena *a, const struct judge *j)
{
	struct judge *all = ARENA_NEW(a, struct judge);
	size_t nodes = (size_t)j->policy->node_count * sizeof *j->nodes;
	size_t seats = (size_t)j->count * sizeof *j->seats;

	*all = *j;
	all->nodes = memcpy(arena_get(a, nodes), j->nodes, nodes);
	all->seats = memcpy(arena_get(a, seats + 1), j->seats, seats);
	all->counting = true;
	all->latching = false;
	build(all);
	must(judge_state(all) != JUDGE_OPEN);
	return judge_state(all);
}
