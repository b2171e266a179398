/* people.c - one person in several seats, where one person counts once (distinct "person").
 *
 * In the same node the stronger of two seats stays (required before veto before weight) and
 * the other is out for good. In different nodes both are open until the person votes in one
 * of them; whether the step can be won at all that way is looked at when it opens. */
#include "base/limits.h"
#include "domain/policy/judge_inside.h"

static int *slot_of(const struct judge *j, struct str name)
{
	size_t mask = (size_t)j->slot_count - 1;
	size_t at = (size_t)str_hash(name) & mask;

	while (j->slots[at] != 0 && !str_eq(j->people[j->slots[at] - 1].name, name))
		at = (at + 1) & mask;
	return &j->slots[at];
}

int judge_person_find(const struct judge *j, struct str name)
{
	return j->person_count == 0 ? -1 : *slot_of(j, name) - 1;
}

static int person_of(struct judge *j, struct str name)
{
	int *slot = slot_of(j, name);

	if (*slot == 0) {
		j->people[j->person_count] = (struct judge_person){ .name = name,
			                                                .first = -1,
			                                                .voted = -1 };
		*slot = ++j->person_count;
	}
	return *slot - 1;
}

static int64_t strength(const struct judge_seat *s)
{
	return ((int64_t)s->required << 41) + ((int64_t)s->veto << 40) + s->weight;
}

/* A second seat of the person in the same node. */
static void settle_twice(struct judge *j, int seat)
{
	struct judge_place *p = &j->seats[seat];

	for (int i = j->people[p->person].first; i >= 0; i = j->seats[i].same) {
		struct judge_place *other = &j->seats[i];
		if (other->twice || other->s.node != p->s.node || other->s.presence != SEAT_PRESENT)
			continue;
		if (strength(&p->s) > strength(&other->s))
			other->twice = true;
		else
			p->twice = true;
	}
}

static void sit(struct judge *j, int seat)
{
	struct judge_place *p = &j->seats[seat];

	p->person = person_of(j, p->s.holder);
	if (p->s.presence == SEAT_PRESENT)
		settle_twice(j, seat);
	p->same = j->people[p->person].first;
	j->people[p->person].first = seat;
}

void judge_people(struct judge *j)
{
	if (!j->policy->distinct_person || j->count == 0)
		return;
	if (j->slots == NULL) {
		for (j->slot_count = 4; j->slot_count < 2 * j->count;)
			j->slot_count *= 2;
		j->slots = ARENA_ARRAY(j->arena, int, j->slot_count);
		j->people = ARENA_ARRAY(j->arena, struct judge_person, j->count);
	}
	memset(j->slots, 0, (size_t)j->slot_count * sizeof *j->slots);
	j->person_count = 0;
	for (int i = 0; i < j->count; i++) {
		j->seats[i].twice = false;
		j->seats[i].person = j->seats[i].same = -1;
		if (str_given(j->seats[i].s.holder))
			sit(j, i);
	}
}

/* ---- can everybody together win it? */

/* Who left after a vote has used the seat. */
static bool sits(const struct judge_place *p)
{
	return (p->s.presence == SEAT_PRESENT && !p->twice) || p->s.vote != VOTE_NONE;
}

static int seats_held(const struct judge *j, int person)
{
	int count = 0;

	for (int i = j->people[person].first; i >= 0; i = j->seats[i].same)
		count += sits(&j->seats[i]);
	return count;
}

/* One way: person p uses their choice[p]-th seat. All that are used say yes. */
static bool wins(const struct judge *j, struct judge *trial, const int *choice)
{
	for (int i = 0; i < j->count; i++)
		trial->seats[i].s.vote = sits(&j->seats[i]) ? VOTE_YES : VOTE_NONE;
	for (int p = 0; p < j->person_count; p++) {
		int nth = 0;
		for (int i = j->people[p].first; i >= 0; i = j->seats[i].same)
			if (sits(&j->seats[i]) && nth++ != choice[p])
				trial->seats[i].s.vote = VOTE_NONE;
	}
	judge_rebuild(trial);
	return judge_state(trial) == JUDGE_WON;
}

/* The next way, as one counts; false: that was all. */
static bool next_choice(const struct judge *j, int *choice)
{
	for (int p = 0; p < j->person_count; p++) {
		if (++choice[p] < seats_held(j, p))
			return true;
		choice[p] = 0;
	}
	return false;
}

static struct judge *trial_of(struct arena *a, const struct judge *j)
{
	struct judge *t = ARENA_NEW(a, struct judge);
	size_t seats = (size_t)j->count * sizeof *j->seats;
	size_t people = (size_t)j->person_count * sizeof *j->people;
	size_t nodes = (size_t)j->policy->node_count * sizeof *j->nodes;

	*t = *j;
	t->arena = a;
	t->too_few = false;
	t->kept = ARENA_ARRAY(a, struct kept_vote, j->count + 1);
	t->seats = memcpy(arena_get(a, seats + 1), j->seats, seats);
	t->people = memcpy(arena_get(a, people + 1), j->people, people);
	t->nodes = memcpy(arena_get(a, nodes), j->nodes, nodes);
	for (int i = 0; i < t->count; i++) {
		t->seats[i].s.who = S_NONE;
		t->seats[i].s.order = 0;
	}
	return t;
}

bool judge_enough_people(const struct judge *j)
{
	int tries = 1 + JUDGE_STEPS_MAX / (j->count + 1);
	bool several = false, won = false;

	for (int p = 0; p < j->person_count && !several; p++)
		several = seats_held(j, p) > 1;
	if (!several)
		return true;
	struct arena *a = arena_open();
	int *choice = ARENA_ARRAY(a, int, j->person_count);
	struct judge *trial = trial_of(a, j);
	bool more = true;
	while (!won && more && tries-- > 0) {
		won = wins(j, trial, choice);
		more = next_choice(j, choice);
	}
	arena_close(a);
	return won || more;
}
