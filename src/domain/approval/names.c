/* names.c - the words for states, decisions and amounts. */
#include <stdio.h>

#include "base/limits.h"
#include "domain/approval/inside.h"

static const char *const states[] = { "PENDING",  "ESCALATED", "INCIDENT",  "RETURNED",
	                                  "APPROVED", "REJECTED",  "WITHDRAWN", "CANCELED" };
static const char *const slot_states[] = { "WAITING", "DECIDED", "LEFT_OUT", "GONE", "CLOSED" };
static const char *const decisions[] = { "", "approve", "reject", "abstain", "return", "retract" };

static_assert(sizeof states / sizeof *states == APPROVAL_STATES, "each has a name");
static_assert(sizeof slot_states / sizeof *slot_states == SLOT_STATES, "each has a name");
static_assert(sizeof decisions / sizeof *decisions == DECISIONS, "each has a name");

struct str approval_state_name(enum approval_state s)
{
	must((unsigned)s < APPROVAL_STATES);
	return str_of(states[s]);
}

bool approval_state_read(struct str text, enum approval_state *to)
{
	for (int i = 0; i < APPROVAL_STATES; i++)
		if (str_is(text, states[i])) {
			*to = (enum approval_state)i;
			return true;
		}
	return false;
}

bool approval_state_final(enum approval_state s)
{
	must((unsigned)s < APPROVAL_STATES);
	return s >= APPROVAL_APPROVED;
}

struct str slot_state_name(enum slot_state s)
{
	must((unsigned)s < SLOT_STATES);
	return str_of(slot_states[s]);
}

bool slot_state_read(struct str text, enum slot_state *to)
{
	for (int i = 0; i < SLOT_STATES; i++)
		if (str_is(text, slot_states[i])) {
			*to = (enum slot_state)i;
			return true;
		}
	return false;
}

struct str decision_name(enum decision d)
{
	must((unsigned)d < DECISIONS);
	return str_of(decisions[d]);
}

bool decision_read(struct str text, enum decision *to)
{
	for (int i = DECISION_APPROVE; i < DECISIONS; i++)
		if (str_is(text, decisions[i])) {
			*to = (enum decision)i;
			return true;
		}
	return false;
}

bool approval_asked_for(const struct approval *a, struct str person)
{
	return str_eq(person, a->applicant) || str_eq(person, a->entered_by);
}

/* An amount that nobody can read may be any. */
bool approval_login_fresh(const struct batch *b, const struct cmd *c, const struct approval *a,
                          const struct policy *p)
{
	return p->fresh_login_from < 0 ||
	       (a->amount >= 0 && a->amount < (int64_t)p->fresh_login_from * 1000) ||
	       c->caller.logged_in_at > b->now.wall_ms - SESSION_FRESH_MS;
}

struct str slot_name(const struct approval_slot *s)
{
	struct str name = s->holder;

	(void)str_cut(&name, ':');
	return name;
}

/* A post that nobody holds has no person. */
const char *slot_kind(const struct approval_slot *s)
{
	if (slot_is_group(s))
		return "group";
	return str_starts(s->holder, S("user:")) ? "user" : "vacant";
}

bool slot_is_group(const struct approval_slot *s)
{
	return str_starts(s->holder, S("group:"));
}

struct str approval_amount_text(int64_t amount, char text[32])
{
	long long whole = amount / 1000, part = amount % 1000;

	if (amount < 0)
		return S_NONE;
	int len = part == 0 ? snprintf(text, 32, "%lld", whole)
	                    : snprintf(text, 32, "%lld.%03lld", whole, part);
	return (struct str){ text, (size_t)len };
}
