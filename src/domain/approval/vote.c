/* vote.c - somebody says yes, no, neither, sends it back, or takes back what they said.
 *
 *     who      the caller, in their own place or in that of `for` (A16: a delegation holds now)
 *     where    a slot of theirs: their own, or a free one of a group they belong to now (B04)
 *     refused  in the order of the functions below; each into the log, with nothing changed
 *
 * Not SELF_APPROVAL but self "allow": the applicant, and who entered it, decide nothing, in
 * nobody's place either (A18). SAME_PERSON but distinct "slot": one human being counts once,
 * so who is asked in their own place can't also speak for another (A15, A17). */
#include "base/limits.h"
#include "domain/approval/timer.h"
#include "domain/key/rule.h"

/* ---- who, and where */

struct voting {
	struct batch *b;
	struct cmd *c;
	struct approval_vote *v;
	struct approval_case *on;
	struct str who, place; /* the caller; in whose place: their own or `for` */
	struct approval_slot *slot;
};

#define NO(x, code, ...) \
	do { \
		if ((x)->v->of.refused.why == REFUSED_NONE) \
			(x)->v->of.refused = refused_as((x)->c->arena, code, __VA_ARGS__); \
		return OK; \
	} while (0)

static bool no(const struct voting *x)
{
	return x->v->of.refused.why != REFUSED_NONE;
}

enum err slot_may_fill(struct store *store, struct arena *arena, const struct approval_slot *s,
                       struct str person, int64_t at, bool *may)
{
	if (!slot_is_group(s)) {
		*may = str_starts(s->holder, S("user:")) && str_eq(slot_name(s), person);
		return OK;
	}
	if (!str_given(s->members))
		return who_in_group(store, person, slot_name(s), at, may);
	*may = false;
	struct str why;
	JSON_EACH (json_read(arena, s->members, &why), member)
		*may = *may || str_eq(json_text(member), person);
	return OK;
}

/* Which of two slots of theirs is meant, when none is named: what was said by the caller for a
 * retraction, else one that waits, one's own before a group's. */
static int rank(const struct voting *x, const struct approval_slot *s)
{
	bool retract = x->v->decision == DECISION_RETRACT;
	bool mine = s->state == SLOT_DECIDED &&
	            (str_eq(s->by, x->who) || str_eq(s->behalf, x->who) || !slot_is_group(s));

	if (s->state == SLOT_DECIDED && retract == mine)
		return retract ? 10 : 4;
	if (s->state == SLOT_WAITING)
		return (retract ? 5 : 8) + (slot_is_group(s) ? 0 : 1);
	return mine ? 7 : s->state == SLOT_LEFT_OUT ? 2 : 1;
}

static enum err find_slot(struct voting *x)
{
	int best = 0;

	for (int i = 0; i < x->on->count; i++) {
		struct approval_slot *s = &x->on->slots[i];
		bool may;
		if (x->v->slot_given != 0 && x->v->slot_given != s->slot)
			continue;
		if (rank(x, s) <= best)
			continue;
		TRY(slot_may_fill(x->b->store, x->b->arena, s, x->place, x->b->now.wall_ms, &may));
		if (!may)
			continue;
		best = rank(x, s);
		x->slot = s;
	}
	return OK;
}

/* ---- refused because of who it is */

static enum err check_self(struct voting *x)
{
	const struct approval *a = &x->on->a;
	bool own = approval_asked_for(a, x->who);

	if (x->on->policy->self == SELF_ALLOW || (!own && !approval_asked_for(a, x->place)))
		return OK;
	NO(x, REFUSED_SELF_APPROVAL,
	   "%.*s asked for this, or entered it, and may not decide about it, nor may somebody in their "
	   "place.",
	   S_ARG(own ? x->who : x->place));
}

/* Who sits in a seat of their own, or has voted, is told so (check_person) where the delegation
 * itself would do. */
static enum err check_delegation(struct voting *x)
{
	const char *why = NULL;
	bool may;

	if (str_eq(x->who, x->place))
		return OK;
	TRY(who_delegated(x->b->store, x->b->arena, x->place, x->who, &x->on->a, NULL, 0,
	                  x->b->now.wall_ms, &may, &why));
	if (!may && x->on->policy->distinct_person)
		TRY(who_delegated(x->b->store, x->b->arena, x->place, x->who, &x->on->a, x->on->slots,
		                  x->on->count, x->b->now.wall_ms, &may, &why));
	if (!may)
		NO(x, REFUSED_NO_DELEGATION,
		   "%.*s has given no delegation to %.*s that holds now for this approval%s%s.",
		   S_ARG(x->place), S_ARG(x->who), why != NULL ? ": " : "", why != NULL ? why : "");
	return OK;
}

static enum err check_active(struct voting *x)
{
	bool active;

	TRY(who_active(x->b, x->who, &active));
	if (!active)
		NO(x, REFUSED_NOT_ALLOWED, "%.*s is not active and may not decide.", S_ARG(x->who));
	return OK;
}

static enum err check_slot(struct voting *x)
{
	TRY(find_slot(x));
	if (x->slot == NULL)
		NO(x, REFUSED_NOT_AN_APPROVER,
		   "This approval does not ask %.*s. Whoever is asked is in its slots; who decides in "
		   "the place of another names that person with \"for\".",
		   S_ARG(x->place));
	return OK;
}

/* ---- refused because of how it stands */

static enum err check_open(struct voting *x)
{
	const struct approval *a = &x->on->a;

	if (!approval_state_final(a->state) && a->state != APPROVAL_RETURNED)
		return OK;
	x->v->late = true;
	if (x->on->policy->late_view && approval_state_final(a->state))
		return OK; /* they have seen it: that is all */
	x->v->of.refused = approval_closed(x->c->arena, a);
	return OK;
}

static enum err check_stale(struct voting *x)
{
	int64_t now = x->on->a.data_version;

	if (x->v->data_version != 0 && x->v->data_version != now)
		NO(x, REFUSED_STALE,
		   "The data was changed: this vote is about version %lld, it is version %lld now. Look "
		   "at it again.",
		   (long long)x->v->data_version, (long long)now);
	return OK;
}

static enum err check_login(struct voting *x)
{
	const struct policy *p = x->on->policy;

	if (!x->v->late && !approval_login_fresh(x->b, x->c, &x->on->a, p))
		NO(x, REFUSED_REAUTHENTICATION_REQUIRED, LOGIN_TOO_OLD, p->fresh_login_from,
		   (int)(SESSION_FRESH_MS / MINUTE_MS));
	return OK;
}

static enum err check_comment(struct voting *x)
{
	static const unsigned bits[DECISIONS] = { [DECISION_APPROVE] = DO_APPROVE,
		                                      [DECISION_REJECT] = DO_REJECT,
		                                      [DECISION_ABSTAIN] = DO_ABSTAIN,
		                                      [DECISION_RETURN] = DO_RETURN };
	unsigned bit = bits[x->v->decision];

	if ((x->on->policy->comment_required_on & bit) != 0 && x->v->comment.len == 0)
		NO(x, REFUSED_MISSING_PARAMETER,
		   "The policy wants a comment with this decision: say why in \"comment\".");
	return OK;
}

/* A15, A17. Somebody who speaks for another has no seat of their own that is asked. */
static enum err check_person(struct voting *x)
{
	bool own = false;

	if (!x->on->policy->distinct_person)
		return OK;
	for (int i = 0; i < x->on->count && !str_eq(x->who, x->place); i++) {
		const struct approval_slot *s = &x->on->slots[i];
		own = own || ((s->state == SLOT_WAITING || s->state == SLOT_DECIDED) && !slot_is_group(s) &&
		              str_eq(slot_name(s), x->who));
	}
	if (own || judge_voted(x->on->judge, x->who))
		NO(x, REFUSED_SAME_PERSON,
		   "%.*s counts once in this approval and %s. Another delegate may decide, or the person "
		   "who is asked.",
		   S_ARG(x->who), own ? "is asked in their own place" : "has voted already");
	return OK;
}

static enum err check_free(struct voting *x)
{
	const struct approval_slot *s = x->slot;

	if (s->state == SLOT_WAITING)
		return OK;
	if (s->state == SLOT_DECIDED)
		NO(x, REFUSED_ALREADY_VOTED,
		   "Slot %lld was decided by %.*s. Who wants to change it retracts that vote first.",
		   (long long)s->slot, S_ARG(s->by));
	if (str_is(s->reason, "SAME_PERSON"))
		NO(x, REFUSED_SAME_PERSON, "%.*s counts once in this approval and has another slot.",
		   S_ARG(x->place));
	NO(x, REFUSED_NOT_AN_APPROVER, "Slot %lld is not asked (any more): %.*s.", (long long)s->slot,
	   S_ARG(s->reason));
}

/* ---- the three kinds of vote */

static enum err check_vote(struct voting *x)
{
	TRY(check_free(x));
	if (!no(x))
		TRY(check_person(x));
	if (!no(x))
		TRY(check_comment(x));
	return OK;
}

/* A22: whoever is asked, also who has voted already. */
static enum err check_return(struct voting *x)
{
	if (!x->on->policy->can_return)
		NO(x, REFUSED_NOT_ALLOWED, "The policy does not let anybody send this back.");
	if (x->slot->state != SLOT_DECIDED)
		TRY(check_free(x));
	return no(x) ? OK : check_comment(x);
}

/* A14, B14: the one who said it, or the person in whose place it was said. */
static enum err check_retract(struct voting *x)
{
	const struct approval_slot *s = x->slot;

	if (!x->on->policy->retract)
		NO(x, REFUSED_NOT_ALLOWED, "The policy does not let anybody take back a vote.");
	if (s->state != SLOT_DECIDED)
		NO(x, REFUSED_CONFLICT, "Slot %lld holds no vote to take back.", (long long)s->slot);
	if (!str_eq(s->by, x->who) && !str_eq(s->behalf, x->who))
		NO(x, REFUSED_NOT_ALLOWED,
		   "The vote in slot %lld is that of %.*s, who alone can take it back.", (long long)s->slot,
		   S_ARG(s->by));
	return OK;
}

static enum err check_all(struct voting *x)
{
	static enum err (*const before[])(struct voting *) = {
		check_self, check_active, check_delegation, check_slot, check_open, check_stale, check_login
	};

	for (size_t i = 0; i < sizeof before / sizeof *before && !no(x); i++)
		TRY(before[i](x));
	if (no(x) || x->v->late)
		return OK;
	if (x->v->decision == DECISION_RETRACT)
		return check_retract(x);
	return x->v->decision == DECISION_RETURN ? check_return(x) : check_vote(x);
}

enum err approval_vote_check(struct batch *b, struct cmd *c, struct approval_vote *v)
{
	struct voting x = { .b = b, .c = c, .v = v, .who = c->caller.principal };

	v->on = NULL;
	v->late = v->overdue = false;
	v->slot = 0;
	x.place = v->behalf.len > 0 ? v->behalf : x.who;
	must(v->decision > DECISION_NONE && v->decision < DECISIONS);
	TRY(case_read(b, &v->of.id, &v->on));
	x.on = v->on;
	if (v->on == NULL) {
		v->of.refused = approval_no_such(c->arena, &v->of.id);
		return OK;
	}
	/* Whether it is theirs to decide is asked below. */
	if (!approval_allowed(c, "Vote", &v->on->a, FACT_OWN)) {
		v->of.refused = approval_not_allowed(c, "Vote", &v->on->a);
		return OK;
	}
	TRY(request_check(b, c, &v->of));
	if (v->of.same || no(&x))
		return OK;
	/* At the very deadline it is late (B02): what the deadline does comes first. */
	TRY(approval_overdue(b, &v->on->a, &v->overdue));
	if (v->overdue)
		return OK;
	TRY(check_all(&x));
	v->slot = x.slot == NULL ? 0 : x.slot->slot;
	return OK;
}

/* ---- write */

static struct str given(struct str text)
{
	return text.len > 0 ? text : S_NONE;
}

static enum err log_refused(struct batch *b, struct cmd *c, struct approval_vote *v)
{
	const struct approval *a = &v->on->a;

	if (a->refused >= APPROVAL_REFUSALS_LOGGED)
		return OK;
	TRY(store_run(b->store, STMT_APPROVAL_REFUSED, VALUES(value_int(a->id)), NULL, NULL));
	struct log l = log_begin(a);
	log_text(&l, "code", str_of(refusal_name(v->of.refused.why)));
	log_text(&l, "do", decision_name(v->decision));
	log_text(&l, "by", c->caller.principal);
	log_text(&l, "for", v->behalf);
	l.behalf = given(v->behalf);
	l.reason = given(v->comment);
	if (v->late)
		json_write_member_raw(&l.json, "late", S("true"));
	return log_end(b, c, &l, APPROVAL_TURNED_AWAY);
}

static int64_t next_order(const struct approval_case *on)
{
	int64_t last = 0;

	for (int i = 0; i < on->count; i++)
		if (on->slots[i].order > last)
			last = on->slots[i].order;
	return last + 1;
}

static enum err decide(struct batch *b, const struct cmd *c, struct approval_vote *v,
                       struct approval_slot *s)
{
	struct str who = c->caller.principal;

	s->state = SLOT_DECIDED;
	s->decision = v->decision;
	s->by = who;
	s->behalf = str_eq(who, v->behalf) ? S_NONE : given(v->behalf);
	s->decided_at = b->now.wall_ms;
	s->data_version = v->on->a.data_version;
	s->comment = given(v->comment);
	s->reason = S_NONE;
	s->order = next_order(v->on);
	return people_of_vote(b, s->by, s->behalf, &s->names);
}

static void clear(struct approval_slot *s)
{
	s->state = SLOT_WAITING;
	s->decision = DECISION_NONE;
	s->by = s->behalf = s->names = s->comment = s->reason = S_NONE;
	s->decided_at = s->data_version = s->order = 0;
}

/* It is said: slot, judge and log. */
static enum err say(struct batch *b, struct cmd *c, struct approval_vote *v,
                    struct approval_slot *s, struct str reason)
{
	TRY(decide(b, c, v, s));
	TRY(case_slot(b, v->on, s));
	struct log l = log_begin(&v->on->a);
	log_slot(&l, "slot", s);
	log_text(&l, "request_id", v->of.request);
	l.behalf = s->behalf;
	l.names = s->names;
	l.reason = reason;
	return log_end(b, c, &l, "approval.voted");
}

static enum err write_vote(struct batch *b, struct cmd *c, struct approval_vote *v,
                           struct approval_slot *s)
{
	TRY(say(b, c, v, s, given(v->comment)));
	if (str_given(s->behalf))
		TRY(tell_delegated(b, &v->on->a, s));
	return case_settle(b, c, v->on, c->caller.principal);
}

static enum err write_retract(struct batch *b, struct cmd *c, struct approval_vote *v,
                              struct approval_slot *s)
{
	struct approval_slot was = *s;

	clear(s);
	TRY(case_slot(b, v->on, s));
	struct log l = log_begin(&v->on->a);
	log_slot(&l, "slot", s);
	log_slot(&l, "was", &was);
	log_text(&l, "by", c->caller.principal);
	log_text(&l, "request_id", v->of.request);
	TRY(log_end(b, c, &l, "approval.retracted"));
	return case_settle(b, c, v->on, c->caller.principal);
}

/* Who has voted already says something else now: the vote is in the log, and the round is over;
 * its record has what they wrote. */
static enum err write_return(struct batch *b, struct cmd *c, struct approval_vote *v,
                             struct approval_slot *s)
{
	TRY(say(b, c, v, s, S_NONE));
	return approval_close(b, c, v->on, APPROVAL_RETURNED, c->caller.principal, v->comment);
}

/* A25: what came late changes nothing. */
static enum err write_view(struct batch *b, struct cmd *c, struct approval_vote *v,
                           const struct approval_slot *s)
{
	struct log l = log_begin(&v->on->a);

	log_number(&l, "slot", s->slot);
	log_text(&l, "do", decision_name(v->decision));
	log_text(&l, "by", c->caller.principal);
	l.behalf = given(v->behalf);
	l.reason = given(v->comment);
	TRY(log_end(b, c, &l, "approval.viewed"));
	return request_keep(b, c, &v->of, &v->on->a, s);
}

static enum err after_deadline(struct batch *b, struct cmd *c, struct approval_vote *v)
{
	if (!v->overdue)
		return OK;
	TRY(approval_catch_up(b, &v->on->a));
	TRY(approval_vote_check(b, c, v));
	must(!v->overdue);
	return OK;
}

enum err approval_vote_write(struct batch *b, struct cmd *c, struct approval_vote *v)
{
	TRY(after_deadline(b, c, v));
	if (v->of.same)
		return OK;
	if (v->of.refused.why != REFUSED_NONE) {
		if (v->on == NULL)
			return OK;
		TRY(log_refused(b, c, v)); /* the log has why */
		return approval_hide(b, c, v->on, &v->of.refused);
	}
	struct approval_slot *s = case_slot_number(v->on, v->slot);
	if (v->late)
		return write_view(b, c, v, s);
	must(!approval_state_final(v->on->a.state));
	if (v->decision == DECISION_RETRACT)
		TRY(write_retract(b, c, v, s));
	else if (v->decision == DECISION_RETURN)
		TRY(write_return(b, c, v, s));
	else
		TRY(write_vote(b, c, v, s));
	return request_keep(b, c, &v->of, &v->on->a, s);
}

/* ---- one */

static enum err vote_check(struct batch *b, struct cmd *c)
{
	return approval_vote_check(b, c, c->in);
}

static enum err vote_write(struct batch *b, struct cmd *c)
{
	return approval_vote_write(b, c, c->in);
}

const struct op op_approval_vote = {
	.name = "approval_vote",
	.lane = LANE_WRITE,
	.drains = true,
	.check = vote_check,
	.write = vote_write,
};

/* ---- many (B08): check and write of one after the other, since two may be about the same */

static enum err votes_check(struct batch *b, struct cmd *c)
{
	struct approval_votes *p = c->in;

	(void)b;
	must(p->count >= 1 && p->count <= APPROVAL_BULK_MAX);
	p->outcomes = ARENA_ARRAY(c->arena, struct approval_outcome, p->count);
	return OK;
}

static bool needs_a_look(const struct approval_vote *v)
{
	if (v->of.refused.why == REFUSED_MISSING_PARAMETER)
		return true;
	return v->of.refused.why == REFUSED_NONE && !v->of.same && v->slot > 0 &&
	       case_slot_number(v->on, v->slot)->veto;
}

static enum err vote_one(struct batch *b, struct cmd *c, struct approval_vote *v,
                         struct approval_outcome *out)
{
	TRY(approval_vote_check(b, c, v));
	TRY(after_deadline(b, c, v));
	out->left_out = needs_a_look(v);
	if (!out->left_out)
		TRY(approval_vote_write(b, c, v));
	out->refused = v->of.refused;
	return OK;
}

static enum err votes_write(struct batch *b, struct cmd *c)
{
	struct approval_votes *p = c->in;

	for (int i = 0; i < p->count; i++)
		TRY(vote_one(b, c, &p->votes[i], &p->outcomes[i]));
	return OK;
}

const struct op op_approval_votes = {
	.name = "approval_votes",
	.lane = LANE_WRITE,
	.drains = true,
	.check = votes_check,
	.write = votes_write,
};
