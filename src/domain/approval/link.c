/* link.c - a decision by a mail's link (B09).
 *
 *     look   what the page shows that asks: nothing is used up, however often it is fetched
 *     vote   the link is read anew, in the transaction of the vote and of its own use
 *
 * It is the vote of the person it was sent to, with every rule of vote.c, in that slot of that
 * round and nowhere else. One that is turned away does not use the link up. */
#include "domain/approval/inside.h"
#include "domain/domain.h"
#include "domain/notify/notify.h"
#include "wire/hash.h"

static struct str hash_of(const struct approval_link *p)
{
	return (struct str){ (const char *)p->hash, sizeof p->hash };
}

static enum link_state state_of_link(const struct notify_link *l, int64_t now)
{
	if (l->notification == 0 || l->disabled)
		return LINK_UNKNOWN;
	if (l->used_at != 0)
		return LINK_USED;
	return l->expires_at <= now ? LINK_EXPIRED : LINK_GOOD;
}

/* Of a good link: does its slot wait, in its round, for its person? */
static enum err state_of_slot(struct store *s, struct arena *arena, const struct notify_link *l,
                              const struct approval *a, const struct approval_slot *slots,
                              int count, int64_t now, enum link_state *state)
{
	bool theirs = false, waits = false;

	for (int i = 0; i < count; i++)
		if (slots[i].slot == l->slot) {
			TRY(slot_may_fill(s, arena, &slots[i], l->person, now, &theirs));
			waits = slots[i].state == SLOT_WAITING;
		}
	if (a->round != l->round || a->state == APPROVAL_RETURNED)
		*state = LINK_ROUND;
	else if (approval_state_final(a->state) && theirs)
		*state = LINK_CLOSED;
	else
		*state = theirs && waits ? LINK_GOOD : LINK_ASKED_NOT;
	return OK;
}

/* ---- look */

static enum err show(struct store *s, struct cmd *c, int64_t now)
{
	struct approval_link *p = c->in;
	struct approval_get get = { .id = p->link.approval };
	const struct policy *policy;

	TRY(approval_look(s, c->arena, &get));
	if (get.view == NULL) {
		p->state = LINK_UNKNOWN;
		return OK;
	}
	TRY(state_of_slot(s, c->arena, &p->link, &get.view->a, get.view->slots, get.view->slot_count,
	                  now, &p->state));
	if (p->state != LINK_GOOD)
		return OK;
	p->view = get.view;
	TRY(approval_policy(s, c->arena, &p->view->a, &policy));
	p->can_return = policy->can_return;
	return notify_name(s, c->arena, p->view->a.applicant, &p->applicant);
}

static enum err look_read(struct store *s, struct cmd *c, struct now now)
{
	struct approval_link *p = c->in;

	p->view = NULL;
	TRY(notify_link_read(s, c->arena, hash_of(p), &p->link));
	p->state = state_of_link(&p->link, now.wall_ms);
	return p->state == LINK_GOOD ? show(s, c, now.wall_ms) : OK;
}

const struct op op_approval_link_look = {
	.name = "approval_link_look",
	.lane = LANE_READ,
	.read = look_read,
};

/* ---- vote */

/* What came behind the close is a vote, too: turned away, and in the log (A25). */
static bool votes(const struct approval_link *p)
{
	return p->state == LINK_GOOD || p->state == LINK_CLOSED;
}

static enum err link_check(struct batch *b, struct cmd *c)
{
	struct approval_link *p = c->in;
	struct approval_case *on;

	TRY(notify_link_read(b->store, c->arena, hash_of(p), &p->link));
	p->state = b->domain->config.decision_links ? state_of_link(&p->link, b->now.wall_ms)
	                                            : LINK_UNKNOWN;
	if (p->state != LINK_GOOD)
		return OK;
	must(str_eq(c->caller.principal, p->link.person) && c->caller.person);
	TRY(case_read(b, &p->link.approval, &on));
	if (on == NULL) {
		p->state = LINK_UNKNOWN;
		return OK;
	}
	TRY(state_of_slot(b->store, b->arena, &p->link, &on->a, on->slots, on->count, b->now.wall_ms,
	                  &p->state));
	if (!votes(p))
		return OK;
	p->vote.of.id = p->link.approval;
	p->vote.slot_given = p->link.slot;
	must(!str_given(p->vote.behalf) && !str_given(p->vote.of.request));
	return approval_vote_check(b, c, &p->vote);
}

static enum err link_write(struct batch *b, struct cmd *c)
{
	struct approval_link *p = c->in;

	if (!votes(p))
		return OK;
	TRY(approval_vote_write(b, c, &p->vote));
	must(!p->vote.of.same);
	if (p->vote.of.refused.why != REFUSED_NONE)
		return OK;
	must(p->vote.late || p->vote.slot == p->link.slot);
	return notify_link_use(b, hash_of(p));
}

const struct op op_approval_link_vote = {
	.name = "approval_link_vote",
	.lane = LANE_WRITE,
	.drains = true,
	.check = link_check,
	.write = link_write,
};
