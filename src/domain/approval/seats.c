/* seats.c - who is asked: the seats of a policy become slots.
 *
 *     user    that person
 *     group   whoever of the group votes (B04); no more seats than the group has people
 *     post    who has the post now, as many as it says
 *
 * A seat whose person may not take part is LEFT_OUT, with the reason: APPLICANT (A18), INACTIVE,
 * EMPTY (A19), SAME_PERSON (A15, as the judge says). The need of its node is never lowered: what
 * can't be reached any more is an incident. */
#include "domain/approval/inside.h"

void slot_to_seat(const struct approval_slot *s, struct judge_seat *seat)
{
	static const enum judge_vote votes[DECISIONS] = { [DECISION_APPROVE] = VOTE_YES,
		                                              [DECISION_REJECT] = VOTE_NO,
		                                              [DECISION_ABSTAIN] = VOTE_ABSTAIN };
	/* Who is out because of another seat of theirs is the judge's own finding. */
	bool same = str_is(s->reason, "SAME_PERSON");

	if (s->seat < 0)
		*seat = (struct judge_seat){ .node = -1 - s->seat };
	seat->weight = (int)s->weight;
	seat->veto = s->veto;
	seat->required = s->required;
	seat->presence = s->state == SLOT_LEFT_OUT && !same ? SEAT_LEFT_OUT
	                 : s->state == SLOT_GONE            ? SEAT_GONE
	                                                    : SEAT_PRESENT;
	seat->vote = votes[s->decision];
	seat->order = seat->vote == VOTE_NONE ? 0 : s->order;
	seat->holder = slot_is_group(s) ? S_NONE : slot_name(s);
	seat->who = seat->vote == VOTE_NONE ? S_NONE : s->by;
}

/* ---- one seat */

struct seating {
	struct batch *b;
	struct cmd *c;
	const struct approval *a;
	const struct policy *policy;
	struct approval_slot *slots;
	const struct approval_slot *before; /* of the step before, which was approved */
	int before_count;
};

static void leave_out(struct approval_slot *s, struct str reason)
{
	s->state = SLOT_LEFT_OUT;
	s->reason = reason;
}

/* A seat that says yes by itself. */
static void say_yes(const struct seating *x, struct approval_slot *s, struct str person,
                    const char *why)
{
	s->state = SLOT_DECIDED;
	s->decision = DECISION_APPROVE;
	s->by = arena_str(x->c->arena, person);
	s->decided_at = x->b->now.wall_ms;
	s->data_version = x->a->data_version;
	s->reason = str_of(why);
}

/* B06: they approved the step before, in their own place. */
static bool approved_before(const struct seating *x, struct str person)
{
	for (int i = 0; i < x->before_count; i++)
		if (x->before[i].decision == DECISION_APPROVE && str_eq(x->before[i].by, person) &&
		    !str_given(x->before[i].behalf))
			return true;
	return false;
}

static enum err may_be_seated(void *context, struct str person, bool *may)
{
	const struct seating *x = context;

	TRY(who_active(x->b, person, may));
	*may = *may && !approval_asked_for(x->a, person);
	return OK;
}

/* Instead of somebody who may not be asked, the next above them who may. */
static enum err seat_superior(struct seating *x, struct approval_slot *s, struct str person,
                              const char *why)
{
	struct str above;

	TRY(who_above(x->b, person, may_be_seated, x, &above));
	if (!str_given(above)) {
		leave_out(s, str_of(why));
		return OK;
	}
	s->holder = arena_printf(x->c->arena, "user:%.*s", S_ARG(above));
	s->reason = arena_printf(x->c->arena, "%s: instead of %.*s", why, S_ARG(person));
	return OK;
}

static enum err seat_user(struct seating *x, struct approval_slot *s, struct str person)
{
	bool known, active;

	s->holder = arena_printf(x->c->arena, "user:%.*s", S_ARG(person));
	TRY(who_stands(x->b, person, &known, &active));
	if (!known)
		return refuse(x->c, REFUSED_UNKNOWN_PERSON,
		              "The policy asks %.*s, whom the directory does not have. Add the person, or "
		              "change the policy.",
		              S_ARG(person));
	if (!active && x->policy->empty == EMPTY_SUPERIOR)
		return seat_superior(x, s, person, "INACTIVE");
	if (!active)
		leave_out(s, S("INACTIVE"));
	else if (x->policy->self == SELF_SUPERIOR && approval_asked_for(x->a, person))
		return seat_superior(x, s, person, "APPLICANT");
	else if (x->policy->self == SELF_AUTO && str_eq(person, x->a->applicant))
		say_yes(x, s, person, "APPLICANT");
	else if (x->policy->self != SELF_ALLOW && approval_asked_for(x->a, person))
		leave_out(s, S("APPLICANT"));
	else if (approved_before(x, person))
		say_yes(x, s, person, "CONSECUTIVE");
	return OK;
}

static enum err seat_group(struct seating *x, struct approval_slot *s,
                           const struct policy_seat *seat)
{
	int64_t people;

	s->holder = arena_printf(x->c->arena, "group:%.*s", S_ARG(seat->member->name));
	TRY(who_group_size(x->b, seat->member->name, x->policy->self == SELF_ALLOW ? NULL : x->a,
	                   seat->nth + 1, &people));
	if (people >= 0 && seat->nth >= people)
		leave_out(s, S("EMPTY"));
	return x->policy->members_pinned
	           ? who_members(x->b, x->c->arena, seat->member->name, &s->members)
	           : OK;
}

static enum err seat_post(struct seating *x, struct approval_slot *s,
                          const struct policy_seat *seat)
{
	bool others = x->policy->self == SELF_EXCLUDE || x->policy->self == SELF_SUPERIOR;
	struct str holder;

	s->post = arena_str(x->c->arena, seat->member->name);
	TRY(who_holds(x->b, seat->member->name, seat->member->of, x->a, others, seat->nth, &holder));
	if (str_given(holder))
		return seat_user(x, s, holder);
	s->holder = arena_printf(x->c->arena, "post:%.*s", S_ARG(seat->member->name));
	if (x->policy->empty == EMPTY_SUPERIOR && seat->nth == 0)
		return seat_superior(x, s, x->a->applicant, "EMPTY");
	leave_out(s, S("EMPTY"));
	return OK;
}

static enum err seat_one(struct seating *x, int i)
{
	const struct policy_seat *seat = &x->policy->seats[i];
	struct approval_slot *s = &x->slots[i];

	s->slot = i + 1;
	s->seat = i;
	s->state = SLOT_WAITING;
	s->weight = seat->member->weight;
	s->veto = seat->member->veto;
	s->required = seat->member->required;
	must(seat->member->kind != MEMBER_NODE);
	if (seat->member->kind == MEMBER_USER)
		return seat_user(x, s, seat->member->name);
	return seat->member->kind == MEMBER_GROUP ? seat_group(x, s, seat) : seat_post(x, s, seat);
}

/* ---- all of them */

bool seat_same_person(const struct judge *judge, int i, struct approval_slot *s)
{
	bool same = judge_same_person(judge, i);

	if (s->state == SLOT_WAITING && same) {
		leave_out(s, S("SAME_PERSON"));
		return true;
	}
	if (s->state != SLOT_LEFT_OUT || same || !str_is(s->reason, "SAME_PERSON"))
		return false;
	s->state = SLOT_WAITING;
	s->reason = S_NONE;
	return true;
}

static enum err read_before(struct seating *x)
{
	struct approval_slot *slots;
	struct approval before;
	bool found;

	TRY(approval_read(x->b->store, x->b->arena, &x->a->previous, &before, &found));
	if (!found || before.state != APPROVAL_APPROVED)
		return OK;
	TRY(approval_slots(x->b->store, x->b->arena, &before, &slots, &x->before_count));
	x->before = slots;
	return OK;
}

enum err seats_fill(struct batch *b, struct cmd *c, const struct approval *a,
                    const struct policy *policy, struct opening *o)
{
	int room = policy->seat_count + APPROVAL_ADDED_MAX;
	struct seating x = { .b = b, .c = c, .a = a, .policy = policy };
	int votes = 0;

	x.slots = ARENA_ARRAY(c->arena, struct approval_slot, room);
	if (a->has_previous && policy->consecutive_auto)
		TRY(read_before(&x));
	must(policy->seat_count >= 1 && policy->seat_count <= APPROVAL_SLOTS_MAX);
	for (int i = 0; i < policy->seat_count && !cmd_refused(c); i++) {
		TRY(seat_one(&x, i));
		if (x.slots[i].state == SLOT_DECIDED)
			x.slots[i].order = ++votes;
	}
	if (cmd_refused(c))
		return OK;
	o->slots = x.slots;
	o->count = policy->seat_count;
	const struct judge *judge = case_judge(b->arena, policy, o->slots, o->count);
	for (int i = 0; i < o->count; i++)
		(void)seat_same_person(judge, i, &o->slots[i]);
	return OK;
}
