/* escalate.c - a deadline has passed: somebody above those who are silent is asked, too (A21).
 *
 *     whom    the policy's escalate_to; else the superior of each person who is silent, and on
 *             upwards past those who are asked already, asked for it themselves, or are away.
 *             A group has no superior: only escalate_to helps it.
 *     where   in the node of the seat that is silent. Where its need is a number, both may answer
 *             now, and the number stays. Where it is all, or a share, who is asked now stands in
 *             for the silent one (GONE, ESCALATED), as one more to wait for would help nobody;
 *             but for holders of vetoes and required ones nobody stands in.
 *
 * Votes that were cast stay. When there is nobody to ask, the state is ESCALATED all the same. */
#include "domain/approval/timer.h"

struct escalation {
	struct batch *b;
	struct approval_case *on;
	int before; /* slots that there were */
};

static int node_of(const struct escalation *x, const struct approval_slot *s)
{
	const struct policy *policy = x->on->policy;

	must(s->seat < policy->seat_count);
	int node = s->seat < 0 ? -1 - s->seat : policy->seats[s->seat].node;
	must(node < policy->node_count);
	return node;
}

static bool asked(const struct approval_case *on, struct str holder)
{
	for (int i = 0; i < on->count; i++) {
		const struct approval_slot *s = &on->slots[i];
		if (s->state != SLOT_WAITING && s->state != SLOT_DECIDED)
			continue;
		if (str_eq(s->holder, holder) || str_eq(s->by, str_from(holder, 5)))
			return true;
	}
	return false;
}

static enum err fits(struct escalation *x, struct str person, bool *ok)
{
	*ok = false;
	if (x->on->policy->self != SELF_ALLOW && approval_asked_for(&x->on->a, person))
		return OK;
	struct str holder = arena_printf(x->b->arena, "user:%.*s", S_ARG(person));
	if (asked(x->on, holder))
		return OK;
	return who_active(x->b, person, ok);
}

/* Who was asked above somebody of the same node serves for this one, too. */
static bool added_in(const struct escalation *x, int node, struct str holder)
{
	for (int i = x->before; i < x->on->count; i++)
		if (node_of(x, &x->on->slots[i]) == node && str_eq(x->on->slots[i].holder, holder))
			return true;
	return false;
}

/* ---- whom */

static struct str user(const struct escalation *x, struct str person)
{
	return arena_printf(x->b->arena, "user:%.*s", S_ARG(person));
}

struct climbing {
	struct escalation *x;
	int node;
};

static enum err may_escalate(void *context, struct str person, bool *may)
{
	const struct climbing *up = context;

	TRY(fits(up->x, person, may));
	*may = *may || added_in(up->x, up->node, user(up->x, person));
	return OK;
}

static enum err superior(struct escalation *x, const struct approval_slot *s, int node,
                         struct str *holder)
{
	struct climbing up = { x, node };
	struct str above;

	if (slot_is_group(s))
		return OK;
	TRY(who_above(x->b, slot_name(s), may_escalate, &up, &above));
	if (str_given(above))
		*holder = user(x, above);
	return OK;
}

static enum err named(struct escalation *x, const struct policy_member *m, int node,
                      struct str *holder)
{
	struct str person = m->name, candidate;
	bool ok = false;

	if (m->kind == MEMBER_GROUP) {
		candidate = arena_printf(x->b->arena, "group:%.*s", S_ARG(m->name));
		if (!asked(x->on, candidate) || added_in(x, node, candidate))
			*holder = candidate;
		return OK;
	}
	if (m->kind == MEMBER_POST)
		TRY(who_holds(x->b, m->name, m->of, &x->on->a, true, 0, &person));
	if (!str_given(person))
		return OK;
	candidate = arena_printf(x->b->arena, "user:%.*s", S_ARG(person));
	TRY(fits(x, person, &ok));
	if (ok || added_in(x, node, candidate))
		*holder = candidate;
	return OK;
}

/* ---- where */

static bool has_room(const struct escalation *x)
{
	return x->on->count < APPROVAL_SLOTS_MAX && x->on->count - x->before < APPROVAL_ADDED_MAX;
}

static enum err ask(struct escalation *x, int node, struct str holder, bool *is_asked)
{
	struct approval_slot slot = { .holder = holder, .seat = -1 - node, .weight = 1 };

	*is_asked = added_in(x, node, holder);
	if (*is_asked || !has_room(x) || !judge_may_add(x->on->judge, node))
		return OK;
	*is_asked = true;
	TRY(case_add(x->b, x->on, &slot));
	return tell_waiting(x->b, &x->on->a, &x->on->slots[x->on->count - 1], NOTIFY_ESCALATED, 0);
}

static enum err stand_in(struct escalation *x, struct approval_slot *s)
{
	if (x->on->policy->nodes[node_of(x, s)]->need == NEED_COUNT || s->veto || s->required)
		return OK;
	s->state = SLOT_GONE;
	s->reason = S("ESCALATED");
	TRY(case_slot(x->b, x->on, s));
	struct log l = log_begin(&x->on->a);
	log_slot(&l, "slot", s);
	return log_end(x->b, NULL, &l, "approval.slot");
}

static enum err one(struct escalation *x, struct approval_slot *s)
{
	const struct policy_member *to = x->on->policy->escalate_to;
	struct str holder = S_NONE;
	int node = node_of(x, s);
	bool is_asked = false;

	TRY(to != NULL ? named(x, to, node, &holder) : superior(x, s, node, &holder));
	if (str_given(holder))
		TRY(ask(x, node, holder, &is_asked));
	return is_asked ? stand_in(x, s) : OK;
}

enum err approval_escalate(struct batch *b, struct approval_case *on)
{
	struct escalation x = { b, on, on->count };
	struct str from = approval_state_name(on->a.state);

	must(!approval_state_final(on->a.state) && on->a.state != APPROVAL_RETURNED);
	on->a.state = APPROVAL_ESCALATED;
	on->a.incident = S_NONE;
	slots_news(b, &on->a, on->slots, on->count);
	for (int i = 0; i < x.before; i++)
		if (on->slots[i].state == SLOT_WAITING)
			TRY(one(&x, &on->slots[i]));
	struct log l = log_begin(&on->a);
	l.from = from;
	log_text(&l, "by", S("ringi"));
	log_slots(&l, "slots", &on->slots[x.before], on->count - x.before);
	TRY(log_end(b, NULL, &l, "approval.asked"));
	return case_settle(b, NULL, on, S("ringi"));
}
