/* change.c - what the applicant and operators do with an approval: withdraw, cancel, comment, ask
 * one more, remind, repair. What begins a new round is in round.c.
 *
 * All of them read their approval in check, and refuse there; an accepted one is answered for
 * ever under its request id (A6). */
#include "base/limits.h"
#include "domain/approval/inside.h"
#include "domain/key/rule.h"
#include "wire/json.h"

/* ---- sentences */

struct refused approval_no_such(struct arena *a, const struct uuid *id)
{
	char text[37];

	uuid_text(*id, text);
	return refused_as(a, REFUSED_NO_SUCH_APPROVAL, "There is no approval %s.", text);
}

struct refused approval_closed(struct arena *arena, const struct approval *a)
{
	struct str state = approval_state_name(a->state);

	if (a->state == APPROVAL_RETURNED)
		return refused_as(arena, REFUSED_CLOSED,
		                  "The approval is RETURNED: round %lld is over, and it waits for its "
		                  "applicant, who may resubmit or withdraw it.",
		                  (long long)a->round);
	return refused_as(arena, REFUSED_CLOSED, "The approval is closed: it is %.*s, and stays so.",
	                  S_ARG(state));
}

static struct str resource_of(const struct approval *a)
{
	return str_given(a->policy) ? a->policy : S("inline");
}

bool approval_allowed(const struct cmd *c, const char *action, const struct approval *a,
                      unsigned facts)
{
	return cmd_may_about(c, str_of(action), resource_of(a), facts);
}

struct refused approval_not_allowed(const struct cmd *c, const char *action,
                                    const struct approval *a)
{
	return refused_as(c->arena, REFUSED_NOT_ALLOWED,
	                  "User: %.*s is not authorized to perform: ringi:%s on resource: %.*s, the "
	                  "policy of the approval, because no rule allows it",
	                  S_ARG(c->caller.principal), action, S_ARG(resource_of(a)));
}

struct refused approval_hidden(const struct cmd *c, const char *action, const struct approval *a,
                               unsigned facts)
{
	return approval_allowed(c, "GetApproval", a, facts) ? approval_not_allowed(c, action, a)
	                                                    : approval_no_such(c->arena, &a->uuid);
}

enum err approval_hide(struct batch *b, const struct cmd *c, const struct approval_case *on,
                       struct refused *refused)
{
	unsigned facts;

	if (refused->why == REFUSED_NONE || on == NULL)
		return OK;
	TRY(who_facts(b->store, c, &on->a, on->slots, on->count, b->now.wall_ms, &facts));
	if (!approval_allowed(c, "GetApproval", &on->a, facts))
		*refused = approval_no_such(c->arena, &on->a.uuid);
	return OK;
}

/* ---- found, and allowed */

enum err change_find(struct batch *b, struct cmd *c, const char *action, enum whose whose)
{
	struct approval_change *p = c->in;
	unsigned facts, asked;

	p->opening = NULL; /* it may run again after a rollback */
	TRY(case_read(b, &p->of.id, &p->on));
	if (p->on == NULL)
		return refuse_as(c, approval_no_such(c->arena, &p->of.id));
	TRY(who_facts(b->store, c, &p->on->a, p->on->slots, p->on->count, b->now.wall_ms, &facts));
	asked = whose == APPLICANT ? facts | FACT_OWN : facts; /* whether it is theirs: see below */
	if (!approval_allowed(c, action, &p->on->a, asked))
		return refuse_as(c, approval_hidden(c, action, &p->on->a, facts));
	TRY(request_check(b, c, &p->of));
	if (p->of.refused.why != REFUSED_NONE)
		return refuse_as(c, p->of.refused);
	bool own = approval_asked_for(&p->on->a, c->caller.principal);
	if (whose == APPLICANT_NOT && own)
		return refuse(c, REFUSED_SELF_APPROVAL, "%.*s asked for this, or entered it.",
		              S_ARG(c->caller.principal));
	if (whose != APPLICANT || p->of.same || own)
		return OK;
	if (!approval_allowed(c, "GetApproval", &p->on->a, facts))
		return refuse_as(c, approval_no_such(c->arena, &p->of.id));
	return refuse(c, REFUSED_NOT_THE_APPLICANT,
	              "Only %.*s, whose request it is, may do this, or who entered it.",
	              S_ARG(p->on->a.applicant));
}

bool change_settled(const struct cmd *c)
{
	const struct approval_change *p = c->in;

	return cmd_refused(c) || p->of.same;
}

enum err change_keep(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	return request_keep(b, c, &p->of, &p->on->a, NULL);
}

enum err change_find_moving(struct batch *b, struct cmd *c, const char *action, enum whose whose)
{
	const struct approval_change *p = c->in;

	TRY(change_find(b, c, action, whose));
	if (!change_settled(c) && approval_state_final(p->on->a.state))
		return refuse_as(c, approval_closed(c->arena, &p->on->a));
	return OK;
}

/* The same of one that asks somebody. */
static enum err find_asking(struct batch *b, struct cmd *c, const char *action, enum whose whose)
{
	const struct approval_change *p = c->in;

	TRY(change_find_moving(b, c, action, whose));
	if (!change_settled(c) && p->on->a.state == APPROVAL_RETURNED)
		return refuse_as(c, approval_closed(c->arena, &p->on->a));
	return OK;
}

/* ---- withdraw (A23), cancel (A28) */

static enum err withdraw_check(struct batch *b, struct cmd *c)
{
	const struct approval_change *p = c->in;

	TRY(change_find_moving(b, c, "WithdrawApproval", APPLICANT));
	if (change_settled(c))
		return OK;
	for (int i = 0; p->on->policy->withdraw_early && i < p->on->count; i++)
		if (p->on->slots[i].decision != DECISION_NONE && p->on->a.state != APPROVAL_RETURNED)
			return refuse(c, REFUSED_LOCKED,
			              "%.*s has voted, and the policy lets nobody withdraw after that.",
			              S_ARG(p->on->slots[i].by));
	return OK;
}

static enum err end(struct batch *b, struct cmd *c, enum approval_state to)
{
	struct approval_change *p = c->in;

	if (p->of.same)
		return OK;
	TRY(approval_close(b, c, p->on, to, c->caller.principal, p->text));
	return change_keep(b, c);
}

static enum err withdraw_write(struct batch *b, struct cmd *c)
{
	return end(b, c, APPROVAL_WITHDRAWN);
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	return change_find_moving(b, c, "CancelApproval", ANYBODY);
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	return end(b, c, APPROVAL_CANCELED);
}

/* ---- comments (A26) */

static enum err comment_check(struct batch *b, struct cmd *c)
{
	return change_find(b, c, "CommentApproval", ANYBODY);
}

static enum err comment_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	if (p->of.same)
		return OK;
	struct log l = log_begin(&p->on->a);
	log_text(&l, "by", c->caller.principal);
	l.reason = p->text;
	json_write_member_raw(&l.json, "attachments", p->attachments);
	TRY(log_end(b, c, &l, "approval.commented"));
	return change_keep(b, c);
}

/* ---- one more is asked (B05) */

static enum err approver_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	bool known, active;

	TRY(find_asking(b, c, "AddApprover", ANYBODY));
	if (change_settled(c))
		return OK;
	if (p->on->a.state != APPROVAL_INCIDENT && !p->on->policy->can_add)
		return refuse(c, REFUSED_NOT_ALLOWED,
		              "The policy does not let anybody be asked who was not asked at the "
		              "opening (\"add\": true would); only an INCIDENT is repaired so.");
	/* Else who is asked would choose who agrees with them. */
	if (!p->on->policy->can_add && !approval_allowed(c, "AddApprover", &p->on->a, 0))
		return refuse_as(c, approval_not_allowed(c, "AddApprover", &p->on->a));
	if (approval_asked_for(&p->on->a, c->caller.principal))
		return refuse(c, REFUSED_SELF_APPROVAL,
		              "Who asks does not choose who is asked: another person adds approvers.");
	if (p->on->count - p->on->policy->seat_count >= APPROVAL_ADDED_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "At most %d can be added to an approval.",
		              APPROVAL_ADDED_MAX);
	if (slot_name(&(struct approval_slot){ .holder = p->holder }).len == 0 ||
	    !judge_may_add(p->on->judge, 0))
		return refuse(c, REFUSED_CONFLICT, "Nobody can be added to what is decided.");
	if (!str_starts(p->holder, S("user:")))
		return OK;
	struct str person = str_from(p->holder, 5);
	TRY(who_stands(b, person, &known, &active));
	if (!known)
		return refuse(c, REFUSED_UNKNOWN_PERSON, "The directory does not have %.*s.",
		              S_ARG(person));
	if (!active)
		return refuse(c, REFUSED_NOT_ALLOWED, "%.*s is not active.", S_ARG(person));
	if (p->on->policy->self != SELF_ALLOW && approval_asked_for(&p->on->a, person))
		return refuse(c, REFUSED_SELF_APPROVAL, "%.*s asked for this, or entered it.",
		              S_ARG(person));
	for (int i = 0; i < p->on->count; i++)
		if (str_eq(p->on->slots[i].holder, p->holder) &&
		    (p->on->slots[i].state == SLOT_WAITING || p->on->slots[i].state == SLOT_DECIDED))
			return refuse(c, REFUSED_CONFLICT, "%.*s is asked already.", S_ARG(person));
	return OK;
}

static enum err approver_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct approval_slot slot = {
		.holder = p->holder, .weight = p->weight, .veto = p->veto, .required = p->required
	};

	if (p->of.same)
		return OK;
	TRY(case_add(b, p->on, &slot));
	struct log l = log_begin(&p->on->a);
	log_text(&l, "by", c->caller.principal);
	log_slots(&l, "slots", case_slot_number(p->on, p->on->count), 1);
	TRY(log_end(b, c, &l, "approval.asked"));
	TRY(case_settle(b, c, p->on, c->caller.principal));
	TRY(tell_asked(b, p->on));
	return change_keep(b, c);
}

/* ---- an incident is tried again: who has come back, or is known now, is asked */

static enum err retry_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	TRY(change_find_moving(b, c, "RetryApproval", ANYBODY));
	if (change_settled(c))
		return OK;
	if (p->on->a.state != APPROVAL_INCIDENT)
		return refuse(c, REFUSED_CONFLICT, "The approval is %.*s: only an INCIDENT is tried again.",
		              S_ARG(approval_state_name(p->on->a.state)));
	p->opening = ARENA_NEW(c->arena, struct opening);
	return seats_fill(b, c, &p->on->a, p->on->policy, p->opening);
}

static bool asks_again(const struct approval_slot *old, const struct approval_slot *now)
{
	return old->state != SLOT_DECIDED &&
	       (old->state != now->state || !str_eq(old->holder, now->holder));
}

static enum err retry_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct approval_case *on = p->on;

	if (p->of.same)
		return OK;
	for (int i = 0; i < p->opening->count; i++)
		if (asks_again(&on->slots[i], &p->opening->slots[i])) {
			slots_news(b, &on->a, &on->slots[i], 1);
			on->slots[i] = p->opening->slots[i];
			TRY(slot_replace(b, &on->a, &on->slots[i]));
		}
	on->judge = case_judge(b->arena, on->policy, on->slots, on->count);
	struct log l = log_begin(&on->a);
	TRY(log_end_slots(b, c, &l, "approval.resumed", on->slots, on->count));
	TRY(case_settle(b, c, on, c->caller.principal));
	TRY(tell_asked(b, on));
	return change_keep(b, c);
}

/* ---- approve over (B07, 後閲): a superior of everybody who is still asked decides now */

static enum err is_this(void *context, struct str person, bool *is)
{
	*is = str_eq(person, *(const struct str *)context);
	return OK;
}

static enum err is_above(struct batch *b, struct str superior, struct str person, bool *above)
{
	struct str found;

	TRY(who_above(b, person, is_this, &superior, &found));
	*above = str_given(found);
	return OK;
}

static enum err over_asked(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct str who = c->caller.principal;
	bool above;

	TRY(find_asking(b, c, "ApproveOver", APPLICANT_NOT));
	if (change_settled(c))
		return OK;
	if (!p->on->policy->over)
		return refuse(c, REFUSED_NOT_ALLOWED,
		              "The policy lets nobody approve over those who are asked.");
	if (!approval_login_fresh(b, c, &p->on->a, p->on->policy))
		return refuse(c, REFUSED_REAUTHENTICATION_REQUIRED, LOGIN_TOO_OLD,
		              p->on->policy->fresh_login_from, (int)(SESSION_FRESH_MS / MINUTE_MS));
	if (slots_waiting(p->on->slots, p->on->count) == 0) /* everybody is above nobody */
		return refuse(c, REFUSED_CONFLICT,
		              "Nobody is asked at the moment, so nobody is approved over. An INCIDENT is "
		              "repaired: an approver is added, or it is tried again.");
	for (int i = 0; i < p->on->count; i++) {
		const struct approval_slot *s = &p->on->slots[i];
		if (s->state != SLOT_WAITING)
			continue;
		above = false;
		if (!slot_is_group(s))
			TRY(is_above(b, who, slot_name(s), &above));
		if (!above)
			return refuse(c, REFUSED_NOT_AN_APPROVER, "%.*s is not above %.*s, who is asked.",
			              S_ARG(who), S_ARG(slot_name(s)));
	}
	return OK;
}

/* Everybody may approve over whom they are above of: who is above of none of them, and may not
 * look at it either, is told that there is no such approval. */
static enum err over_check(struct batch *b, struct cmd *c)
{
	const struct approval_change *p = c->in;

	TRY(over_asked(b, c));
	return approval_hide(b, c, p->on, &c->refused);
}

static enum err over_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct approval_case *on = p->on;

	if (p->of.same)
		return OK;
	for (int i = 0; i < on->count; i++) {
		struct approval_slot *s = &on->slots[i];
		if (s->state != SLOT_WAITING)
			continue;
		s->state = SLOT_GONE;
		s->reason = arena_printf(b->arena, "VIEWED_LATER: skipped by %.*s",
		                         S_ARG(c->caller.principal));
		TRY(slot_update(b, &on->a, s));
		struct log l = log_begin(&on->a);
		log_slot(&l, "slot", s);
		TRY(log_end(b, c, &l, "approval.slot"));
	}
	TRY(approval_close(b, c, on, APPROVAL_APPROVED, c->caller.principal, p->text));
	return change_keep(b, c);
}

/* ---- remind (B17): it changes no state */

static enum err take_reminded(void *context, const struct value *c, int count)
{
	must(count == 1);
	*(int64_t *)context = c[0].number;
	return OK;
}

static enum err remind_check(struct batch *b, struct cmd *c)
{
	const struct approval_change *p = c->in;
	int64_t before = 0;

	TRY(change_find(b, c, "RemindApproval", ANYBODY));
	if (change_settled(c))
		return OK;
	if (p->on->a.open_slots == 0)
		return refuse_as(c, approval_closed(c->arena, &p->on->a));
	TRY(store_run(b->store, STMT_APPROVAL_REMINDED_AT, VALUES(value_int(p->on->a.id)),
	              take_reminded, &before));
	if (before != 0 && b->now.wall_ms - before < APPROVAL_REMIND_MS)
		return refuse(c, REFUSED_CONFLICT,
		              "Those who are asked were reminded %lld minutes ago. Once an hour is enough.",
		              (long long)((b->now.wall_ms - before) / MINUTE_MS));
	return OK;
}

static enum err remind_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	int count;

	if (p->of.same)
		return OK;
	TRY(store_run(b->store, STMT_APPROVAL_REMINDED,
	              VALUES(value_int(p->on->a.id), value_int(b->now.wall_ms)), NULL, NULL));
	TRY(approval_remind(b, c, p->on, c->caller.principal, b->now.wall_ms, &count));
	return change_keep(b, c);
}

APPROVAL_CHANGE(withdraw, true);
APPROVAL_CHANGE(cancel, true);
APPROVAL_CHANGE(comment, false);
APPROVAL_CHANGE(approver, false);
APPROVAL_CHANGE(retry, false);
APPROVAL_CHANGE(over, true);
APPROVAL_CHANGE(remind, false);
