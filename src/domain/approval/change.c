/* change.c - what the applicant and operators do with an approval: withdraw, cancel, send in
 * again, edit, comment, ask one more, remind, repair.
 *
 * All of them read their approval in check, and refuse there; an accepted one is answered for
 * ever under its request id (A6). */
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

/* ---- found, and allowed */

enum whose { ANYBODY, APPLICANT, APPLICANT_NOT };

static enum err find(struct batch *b, struct cmd *c, const char *action, enum whose whose)
{
	struct approval_change *p = c->in;
	unsigned facts;

	TRY(case_read(b, &p->of.id, &p->on));
	if (p->on == NULL)
		return refuse_as(c, approval_no_such(c->arena, &p->of.id));
	TRY(case_facts(b, c, p->on, &facts));
	if (whose == APPLICANT)
		facts |= FACT_OWN; /* whether it is theirs is asked below */
	if (!approval_allowed(c, action, &p->on->a, facts))
		return refuse_as(c, approval_not_allowed(c, action, &p->on->a));
	TRY(request_check(b, c, &p->of));
	if (p->of.refused.why != REFUSED_NONE)
		return refuse_as(c, p->of.refused);
	bool own = approval_asked_for(&p->on->a, c->caller.principal);
	if (whose == APPLICANT_NOT && own)
		return refuse(c, REFUSED_SELF_APPROVAL, "%.*s asked for this, or entered it.",
		              S_ARG(c->caller.principal));
	if (whose == APPLICANT && !p->of.same && !own)
		return refuse(c, REFUSED_NOT_THE_APPLICANT,
		              "Only %.*s, whose request it is, may do this, or who entered it.",
		              S_ARG(p->on->a.applicant));
	return OK;
}

/* Nothing is left to do: it is refused, or was done before. */
static bool settled(const struct cmd *c)
{
	const struct approval_change *p = c->in;

	return cmd_refused(c) || p->of.same;
}

static enum err keep(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	return request_keep(b, c, &p->of, &p->on->a, NULL);
}

static enum err must_move(struct cmd *c)
{
	const struct approval_change *p = c->in;

	return approval_state_final(p->on->a.state) ? refuse_as(c, approval_closed(c->arena, &p->on->a))
	                                            : OK;
}

/* ---- withdraw (A23), cancel (A28) */

static enum err withdraw_check(struct batch *b, struct cmd *c)
{
	const struct approval_change *p = c->in;

	TRY(find(b, c, "WithdrawApproval", APPLICANT));
	if (settled(c))
		return OK;
	TRY(must_move(c));
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
	return keep(b, c);
}

static enum err withdraw_write(struct batch *b, struct cmd *c)
{
	return end(b, c, APPROVAL_WITHDRAWN);
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	TRY(find(b, c, "CancelApproval", ANYBODY));
	return settled(c) ? OK : must_move(c);
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	return end(b, c, APPROVAL_CANCELED);
}

/* ---- resubmit (A22) */

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
	if (o->policy != p->on->policy)
		return OK; /* its seats are others */
	for (int i = 0; changed == NULL && i < o->count; i++) {
		const struct approval_slot *was = &p->on->slots[i];
		if (was->decision != DECISION_APPROVE || o->slots[i].state != SLOT_WAITING ||
		    !str_eq(was->holder, o->slots[i].holder))
			continue;
		o->slots[i] = *was;
		o->slots[i].reason = S("KEPT");
	}
	return OK;
}

static enum err plan_round(struct batch *b, struct cmd *c, bool new_data,
                           enum policy_resubmit resubmit)
{
	struct approval_change *p = c->in;
	struct opening *o = p->opening = ARENA_NEW(c->arena, struct opening);

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
		TRY(policy_choose(b, c, o->a.policy, 0, NULL, &o->a, &o->policy));
		if (cmd_refused(c))
			return OK;
		o->a.judge_version = o->policy->judge_version;
		memcpy(o->a.policy_sha256, o->policy->sha256, sizeof o->a.policy_sha256);
	}
	TRY(approval_due(b, c, o->policy, o->a.asked_at, &o->a.due_at));
	if (cmd_refused(c))
		return OK;
	TRY(seats_fill(b, c, &o->a, o->policy, o));
	return cmd_refused(c) || resubmit == RESUBMIT_RESET ? OK : carry_over(b, p, resubmit);
}

static enum err resubmit_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	TRY(find(b, c, "ResubmitApproval", APPLICANT));
	if (settled(c))
		return OK;
	TRY(must_move(c));
	if (!cmd_refused(c) && p->on->a.state != APPROVAL_RETURNED)
		return refuse(c, REFUSED_LOCKED,
		              "The approval is under way (%.*s): what was not sent back can't be sent in "
		              "again. Withdraw it, or ask an approver to return it.",
		              S_ARG(approval_state_name(p->on->a.state)));
	if (!cmd_refused(c) && p->on->a.round >= APPROVAL_ROUNDS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "An approval has at most %d rounds; open a new one.",
		              APPROVAL_ROUNDS_MAX);
	return cmd_refused(c) ? OK : plan_round(b, c, str_given(p->data), p->on->policy->resubmit);
}

static struct value time_value(int64_t at)
{
	return at == 0 ? value_null() : value_int(at);
}

static enum err round_store(struct batch *b, const struct approval *a)
{
	return store_run(b->store, STMT_APPROVAL_AGAIN,
	                 VALUES(value_int(a->id), value_int(a->round), value_int(a->data_version),
	                        value_int(a->asked_at), time_value(a->due_at), value_int(a->slots),
	                        value_int(a->open_slots),
	                        a->amount < 0 ? value_null() : value_int(a->amount),
	                        value_int(a->policy_version),
	                        value_blob((struct str){ (const char *)a->policy_sha256,
	                                                 sizeof a->policy_sha256 }),
	                        value_int(a->judge_version)),
	                 NULL, NULL);
}

/* The slots of the round before go, those of the new one come. */
static enum err round_begin(struct batch *b, struct cmd *c, const char *action)
{
	struct approval_change *p = c->in;
	struct opening *o = p->opening;
	struct approval_case *on = p->on;

	TRY(approval_timers_drop(b, &on->a, on->policy)); /* of the round before, by its own policy */
	o->a.slots = o->count;
	o->a.open_slots = 0;
	for (int i = 0; i < o->count; i++)
		o->a.open_slots += o->slots[i].state == SLOT_WAITING;
	on->a = o->a;
	on->policy = o->policy;
	TRY(policy_keep(b, &on->a, on->policy));
	on->slots = o->slots;
	on->count = o->count;
	on->judge = case_judge(b->arena, o->policy, o->slots, o->count);
	if (str_given(p->data))
		TRY(approval_data_put(b, &on->a, p->data, c->caller.principal));
	TRY(store_run(b->store, STMT_APPROVAL_SLOTS_DROP, VALUES(value_int(on->a.id)), NULL, NULL));
	TRY(round_store(b, &on->a));
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

static enum err resubmit_write(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	if (p->of.same)
		return OK;
	TRY(round_begin(b, c, "approval.resubmitted"));
	return keep(b, c);
}

/* ---- edit (A24) */

static enum err edit_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	TRY(find(b, c, "EditApproval", APPLICANT));
	if (settled(c))
		return OK;
	TRY(must_move(c));
	if (cmd_refused(c))
		return OK;
	const char *changed;
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
	TRY(store_run(b->store, STMT_APPROVAL_VERSION,
	              VALUES(value_int(a->id), value_int(a->data_version),
	                     a->amount < 0 ? value_null() : value_int(a->amount),
	                     value_int(a->changed_at)),
	              NULL, NULL));
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
	return keep(b, c);
}

/* ---- comments (A26) */

static enum err comment_check(struct batch *b, struct cmd *c)
{
	return find(b, c, "CommentApproval", ANYBODY);
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
	return keep(b, c);
}

/* ---- one more is asked (B05) */

static enum err approver_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	bool known, active;

	TRY(find(b, c, "AddApprover", ANYBODY));
	if (settled(c))
		return OK;
	TRY(must_move(c));
	if (cmd_refused(c))
		return OK;
	if (p->on->a.state == APPROVAL_RETURNED)
		return refuse_as(c, approval_closed(c->arena, &p->on->a));
	if (p->on->a.state != APPROVAL_INCIDENT && !p->on->policy->can_add)
		return refuse(c, REFUSED_NOT_ALLOWED,
		              "The policy does not let anybody be asked who was not asked at the "
		              "opening (\"add\": true would); only an INCIDENT is repaired so.");
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
	return keep(b, c);
}

/* ---- an incident is tried again: who has come back, or is known now, is asked */

static enum err retry_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;

	TRY(find(b, c, "RetryApproval", ANYBODY));
	if (settled(c))
		return OK;
	TRY(must_move(c));
	if (!cmd_refused(c) && p->on->a.state != APPROVAL_INCIDENT)
		return refuse(c, REFUSED_CONFLICT, "The approval is %.*s: only an INCIDENT is tried again.",
		              S_ARG(approval_state_name(p->on->a.state)));
	if (cmd_refused(c))
		return OK;
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
			on->slots[i] = p->opening->slots[i];
			TRY(slot_replace(b, &on->a, &on->slots[i]));
		}
	on->judge = case_judge(b->arena, on->policy, on->slots, on->count);
	struct log l = log_begin(&on->a);
	TRY(log_end_slots(b, c, &l, "approval.resumed", on->slots, on->count));
	TRY(case_settle(b, c, on, c->caller.principal));
	TRY(tell_asked(b, on));
	return keep(b, c);
}

/* ---- approve over (B07, 後閲): a superior of everybody who is still asked decides now */

static enum err is_above(struct batch *b, struct str superior, struct str person, bool *above)
{
	struct str at = person;

	*above = false;
	for (int i = 0; i < DEPARTMENT_DEPTH_MAX && !*above; i++) {
		TRY(who_superior(b, at, &at));
		if (!str_given(at))
			return OK;
		*above = str_eq(at, superior);
	}
	return OK;
}

static enum err over_check(struct batch *b, struct cmd *c)
{
	struct approval_change *p = c->in;
	struct str who = c->caller.principal;
	bool above;

	TRY(find(b, c, "ApproveOver", APPLICANT_NOT));
	if (settled(c))
		return OK;
	TRY(must_move(c));
	if (cmd_refused(c))
		return OK;
	if (p->on->a.state == APPROVAL_RETURNED)
		return refuse_as(c, approval_closed(c->arena, &p->on->a));
	if (!p->on->policy->over)
		return refuse(c, REFUSED_NOT_ALLOWED,
		              "The policy lets nobody approve over those who are asked.");
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
	return keep(b, c);
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

	TRY(find(b, c, "RemindApproval", ANYBODY));
	if (settled(c))
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
	return keep(b, c);
}

#define CHANGE(operation, frees) \
	const struct op op_approval_##operation = { \
		.name = "approval_" #operation, \
		.lane = LANE_WRITE, \
		.drains = frees, \
		.check = operation##_check, \
		.write = operation##_write, \
	}

CHANGE(withdraw, true);
CHANGE(cancel, true);
CHANGE(resubmit, false);
CHANGE(edit, false);
CHANGE(comment, false);
CHANGE(approver, false);
CHANGE(retry, false);
CHANGE(over, true);
CHANGE(remind, false);
