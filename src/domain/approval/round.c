/* round.c - what is decided about changes: sent in again (A22), edited (A24), and the new round
 * that begins with either. */
#include "domain/approval/inside.h"
#include "wire/json.h"

/* ---- what is kept of the round before */

static bool same_member(const struct json *a, const struct json *b, const char *name)
{
	const struct json *x = json_get(a, name), *y = json_get(b, name);
	struct buf one = { 0 }, other = { 0 };

	if (x == NULL || y == NULL)
		return x == y;
	json_write(&one, x);
	json_write(&other, y);
	bool same = str_eq(buf_str(&one), buf_str(&other));
	buf_free(&one);
	buf_free(&other);
	return same;
}

/* The first protected member that the new data changes; NULL: none. */
static enum err changed_member(struct batch *b, const struct approval_change *p, const char **name)
{
	const struct policy *policy = p->on->policy;
	struct str before, why;

	*name = NULL;
	if (!str_given(p->data) || policy->protected_count == 0)
		return OK;
	TRY(approval_data(b->store, b->arena, p->on->a.id, p->on->a.data_version, &before));
	const struct json *old = json_read(b->arena, before, &why);
	const struct json *new = json_read(b->arena, p->data, &why);
	for (int i = 0; i < policy->protected_count && *name == NULL; i++) {
		const char *one = arena_str(b->arena, policy->protected[i]).at;
		if (!same_member(old, new, one))
			*name = one;
	}
	return OK;
}

/* Yes votes of the round before go on counting, where the slot is still the same person's. */
static enum err carry_over(struct batch *b, struct approval_change *p, enum policy_resubmit how)
{
	struct opening *o = p->opening;
	const char *changed = NULL;

	if (how == RESUBMIT_KEEP)
		TRY(changed_member(b, p, &changed));
	if (memcmp(o->a.policy_sha256, p->on->a.policy_sha256, sizeof o->a.policy_sha256) != 0)
		return OK; /* its seats are others */
	for (int i = 0; changed == NULL && i < o->count; i++) {
		must(i < p->on->count); /* seats come first, what was added behind them */
		const struct approval_slot *was = &p->on->slots[i];
		if (was->decision != DECISION_APPROVE || o->slots[i].state != SLOT_WAITING ||
		    !str_eq(was->holder, o->slots[i].holder))
			continue;
		o->slots[i] = *was;
		o->slots[i].reason = S("KEPT");
	}
	return OK;
}

/* ---- a new round */

static enum err plan_round(struct batch *b, struct cmd *c, bool new_data,
                           enum policy_resubmit resubmit)
{
	struct approval_change *p = c->in;
	struct opening *o = p->opening = ARENA_NEW(c->arena, struct opening);
	struct str template; /* the form stays the one it was opened by */

	o->policy = p->on->policy;
	o->a = p->on->a;
	o->a.state = APPROVAL_PENDING;
	o->a.round++;
	o->a.data_version += new_data;
	o->a.amount = new_data ? p->amount : o->a.amount;
	o->a.incident = S_NONE;
	o->a.asked_at = o->a.changed_at = b->now.wall_ms;
	/* B03: the policy that is in force now, where the one it opened with says so. */
	if (o->policy->newest && str_given(o->a.policy)) {
		TRY(policy_choose(b, c, o->a.policy, 0, NULL, &o->a, &o->policy, &template));
		if (cmd_refused(c))
			return OK;
	}
	TRY(approval_due(b, c, o->policy, o->a.asked_at, &o->a.due_at));
	if (cmd_refused(c))
		return OK;
	TRY(seats_fill(b, c, &o->a, o->policy, o));
	return cmd_refused(c) || resubmit == RESUBMIT_RESET ? OK : carry_over(b, p, resubmit);
}

/* The slots of the round before go, those of the new one come. */
static enum err round_begin(struct batch *b, struct cmd *c, const char *action)
{
	struct approval_change *p = c->in;
	struct opening *o = p->opening;
	struct approval_case *on = p->on;

	TRY(approval_timers_drop(b, &on->a, on->policy)); /* of the round before, by its own policy */
	slots_news(b, &on->a, on->slots, on->count);
	o->a.slots = o->count;
	o->a.open_slots = slots_waiting(o->slots, o->count);
	on->a = o->a;
	on->policy = o->policy;
	TRY(policy_keep(b, &on->a, on->policy));
	on->slots = o->slots;
	on->count = o->count;
	on->judge = case_judge(b->arena, o->policy, o->slots, o->count);
	if (str_given(p->data))
		TRY(approval_data_put(b, &on->a, p->data, c->caller.principal));
	TRY(store_run(b->store, STMT_APPROVAL_SLOTS_DROP, VALUES(value_int(on->a.id)), NULL, NULL));
	TRY(approval_store_round(b, &on->a));
	TRY(opening_insert(b, &on->a, on->slots, on->count));
	TRY(approval_timers_set(b, &on->a, o->policy));
	struct log l = log_begin(&on->a);
	log_text(&l, "by", c->caller.principal);
	if (str_given(p->data))
		log_data(&l, p->data);
	log_policy(&l, &on->a);
	if (on->a.due_at != 0)
		log_number(&l, "due_at", on->a.due_at);
	TRY(log_end_slots(b, c, &l, action, on->slots, on->count));
	TRY(case_settle(b, c, on, c->caller.principal));
	return tell_asked(b, on);
}

/* ---- resubmit (A22) */

static enum err resubmit_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	TRY(change_find_moving(b, c, "ResubmitApproval", APPLICANT));
	if (change_settled(c))
		return OK;
	if (p->on->a.state != APPROVAL_RETURNED)
		return refuse(c, REFUSED_LOCKED,
		              "The approval is under way (%.*s): what was not sent back can't be sent in "
		              "again. Withdraw it, or ask an approver to return it.",
		              S_ARG(approval_state_name(p->on->a.state)));
	if (p->on->a.round >= APPROVAL_ROUNDS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "An approval has at most %d rounds; open a new one.",
		              APPROVAL_ROUNDS_MAX);
	TRY(form_check_data(b, c, &p->on->a, p->data));
	if (cmd_refused(c))
		return OK;
	return plan_round(b, c, str_given(p->data), p->on->policy->resubmit);
}

static enum err resubmit_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	if (p->of.same)
		return OK;
	TRY(round_begin(b, c, "approval.resubmitted"));
	return change_keep(b, c);
}

/* ---- edit (A24) */

static enum err edit_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	const char *changed;

	TRY(change_find_moving(b, c, "EditApproval", APPLICANT));
	if (change_settled(c))
		return OK;
	TRY(form_check_data(b, c, &p->on->a, p->data));
	if (cmd_refused(c))
		return OK;
	TRY(changed_member(b, p, &changed));
	if (p->on->a.state == APPROVAL_RETURNED)
		return OK;
	if (changed != NULL)
		return refuse(c, REFUSED_LOCKED, "The policy protects %s of the data while people decide.",
		              changed);
	if (p->on->policy->edit == EDIT_KEEP)
		return OK;
	if (p->on->policy->edit == EDIT_FORBID)
		return refuse(c, REFUSED_LOCKED,
		              "The approval is under way and its policy locks what is decided about. "
		              "Withdraw it, or ask an approver to return it.");
	return plan_round(b, c, true, RESUBMIT_RESET);
}

static enum err edit_keep(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct approval *a = &p->on->a;

	a->data_version++;
	a->amount = p->amount;
	a->changed_at = b->now.wall_ms;
	TRY(approval_data_put(b, a, p->data, c->caller.principal));
	TRY(approval_store_version(b, a));
	slots_news(b, a, p->on->slots, p->on->count);
	struct log l = log_begin(a);
	log_text(&l, "by", c->caller.principal);
	log_data(&l, p->data);
	return log_end(b, c, &l, "approval.edited");
}

static enum err edit_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	if (p->of.same)
		return OK;
	must(str_given(p->data));
	if (p->opening != NULL)
		TRY(round_begin(b, c, "approval.edited"));
	else
		TRY(edit_keep(b, c));
	return change_keep(b, c);
}

APPROVAL_CHANGE(resubmit, false);
APPROVAL_CHANGE(edit, false);
