/* approvals.c - lives of approvals: random people decide against crashes and failing stores.
 *
 * What must be true whatever happens:
 *   an approval ends exactly once, is told exactly once, with the state that it ended in, and
 *   does not move afterwards;
 *   its state is what a napkin makes of its slots and of the policy that it opened with, or what
 *   that policy says of its deadline, which has come;
 *   no deadline that closes is passed over;
 *   nobody decides who is not asked, or holds no delegation of somebody who is; nobody twice;
 *   who decides for another stands there with both names;
 *   nobody is reminded of what they have decided, nor twice by one reminder of the policy; who is
 *   silent is reminded. */
#include "sim/approvals.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/approval/approval.h"
#include "sim/deputies.h"
#include "sim/napkin.h"
#include "sim/reminders.h"
#include "sim/sim.h"
#include "wire/json.h"

enum { APPROVALS = 24, EVENTS = 120, HANDED_FIRST = 8, NEVER_VOTED = 3 };

struct watched {
	struct uuid id;
	struct tree tree;
	enum approval_state ended; /* as the rows said first; while `done` */
	bool done;
	int64_t round;
	int told;
};

struct life {
	struct play play; /* first: drain_told gives it back */
	struct watched approvals[APPROVALS + NEVER_VOTED];
	int count;
	struct deputies deputies;
	struct reminders reminders;
};

/* ---- rows */

static struct approval_view *view_of(struct life *l, struct uuid id)
{
	struct approval_get *p = ARENA_NEW(l->play.world->arena, struct approval_get);

	p->id = id;
	(void)look(&l->play, "taro", &op_approval_get, p);
	return p->view;
}

/* Who has voted may still send it back, for another too. */
static bool counts(const struct approval_slot *s)
{
	return s->decision != DECISION_NONE && s->decision != DECISION_RETURN;
}

static void check_slots(struct life *l, const struct approval_view *v)
{
	int waiting = 0;

	for (int i = 0; i < v->slot_count; i++) {
		const struct approval_slot *s = &v->slots[i];
		waiting += s->state == SLOT_WAITING;
		if ((s->state == SLOT_DECIDED) != (s->decision != DECISION_NONE))
			wrong(&l->play, "slot %lld is %.*s with a decision of %.*s", (long long)s->slot,
			      S_ARG(slot_state_name(s->state)), S_ARG(decision_name(s->decision)));
		if (s->decision != DECISION_NONE &&
		    !str_eq(str_given(s->behalf) ? s->behalf : s->by, slot_name(s)))
			wrong(&l->play, "%.*s decided for %.*s", S_ARG(s->by), S_ARG(slot_name(s)));
		for (int k = 0; k < i; k++)
			if (counts(s) && counts(&v->slots[k]) && str_eq(s->by, v->slots[k].by))
				wrong(&l->play, "%.*s decided twice", S_ARG(s->by));
	}
	if (waiting != v->a.open_slots)
		wrong(&l->play, "%d slots wait, and the approval says %lld", waiting,
		      (long long)v->a.open_slots);
	if (waiting > 0 && v->a.state != APPROVAL_PENDING && v->a.state != APPROVAL_ESCALATED)
		wrong(&l->play, "somebody is asked by an approval that is %.*s",
		      S_ARG(approval_state_name(v->a.state)));
}

static bool deadline_came(const struct life *l, const struct approval *a)
{
	return a->due_at != 0 && a->due_at <= l->play.world->now.wall_ms;
}

/* Said by the deadline, while the votes say nothing yet. */
static bool by_deadline(const struct life *l, const struct watched *w, const struct approval *a)
{
	return deadline_came(l, a) && ((a->state == APPROVAL_APPROVED && w->tree.then == CLOCK_YES) ||
	                               (a->state == APPROVAL_REJECTED && w->tree.then == CLOCK_NO));
}

/* Which is only so often; then somebody above would be asked, and here is nobody. */
static bool extended_enough(const struct life *l, const struct watched *w, const struct approval *a)
{
	return w->tree.then == CLOCK_LATER && deadline_came(l, a);
}

static void check(struct life *l, struct watched *w)
{
	const struct approval_view *v = view_of(l, w->id);

	if (v == NULL)
		wrong(&l->play, "an approval is gone");
	enum approval_state state = v->a.state;
	check_slots(l, v);
	if (w->done && state != w->ended)
		wrong(&l->play, "an approval moved from %.*s to %.*s", S_ARG(approval_state_name(w->ended)),
		      S_ARG(approval_state_name(state)));
	if (v->a.round < w->round)
		wrong(&l->play, "round %lld came after round %lld", (long long)v->a.round,
		      (long long)w->round);
	enum napkin napkin = judged_whole(&w->tree, v);
	bool fits = napkin == OPEN && by_deadline(l, w, &v->a);
	if ((state == APPROVAL_APPROVED && napkin != WON && !fits) ||
	    (state == APPROVAL_REJECTED && napkin != LOST && !fits) ||
	    ((state == APPROVAL_PENDING || state == APPROVAL_ESCALATED) && napkin != OPEN) ||
	    (state == APPROVAL_ESCALATED && !extended_enough(l, w, &v->a)) ||
	    state == APPROVAL_INCIDENT)
		wrong(&l->play, "the approval is %.*s, the napkin says %s",
		      S_ARG(approval_state_name(state)),
		      napkin == WON    ? "approved"
		      : napkin == LOST ? "rejected"
		                       : "open");
	w->round = v->a.round;
	w->done = approval_state_final(state);
	w->ended = state;
}

/* ---- told */

static void note_told(struct play *play, struct str body)
{
	struct life *l = CONTAINER(play, struct life, play);
	struct str why;
	struct uuid id;
	const struct json *told = json_read(l->play.world->arena, body, &why);

	if (told == NULL || !uuid_read(json_get_text(told, "approval"), &id))
		wrong(&l->play, "something else was told: %.*s", S_ARG(body));
	for (int i = 0; i < l->count; i++) {
		struct watched *w = &l->approvals[i];
		if (memcmp(&w->id, &id, sizeof id) != 0)
			continue;
		check(l, w);
		if (++w->told > 1)
			wrong(&l->play, "an end was told %d times", w->told);
		if (!w->done || !str_eq(json_get_text(told, "state"), approval_state_name(w->ended)))
			wrong(&l->play, "told was %.*s, and it is %.*s", S_ARG(json_get_text(told, "state")),
			      S_ARG(approval_state_name(w->ended)));
	}
}

/* ---- people act */

static struct cmd *run(struct play *p, const char *who, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(p->world, op, in);

	c->caller.principal = str_of(who);
	p->operations++;
	inject(p, 25, 40);
	world_run_batch(p->world, &c, 1);
	recover(p);
	return c;
}

static void open_one(struct life *l)
{
	struct approval_open *p = ARENA_NEW(l->play.world->arena, struct approval_open);
	struct tree tree = tree_made(&l->play);
	struct buf b = { 0 };
	struct str why;

	tree_write(&b, &tree);
	*p = (struct approval_open){ .policy = json_read(l->play.world->arena, buf_str(&b), &why),
		                         .subject = S("sim"),
		                         .data = S("{}"),
		                         .priority = below(&l->play, 10),
		                         .amount = -1,
		                         .on_decided = S("{\"queue\":\"replies\"}"),
		                         .last_step = true };
	say(&l->play, "open %.*s", S_ARG(buf_str(&b)));
	buf_free(&b);
	struct cmd *c = run(&l->play, "taro", &op_approval_open, p);
	if (cmd_refused(c))
		wrong(&l->play, "an approval was refused: %.*s", S_ARG(c->refused.text));
	if (c->fault == OK)
		l->approvals[l->count++] = (struct watched){ .id = p->view->a.uuid, .tree = tree };
}

struct voting {
	int who, place; /* in whose place: their own, or another's */
	bool may;       /* there is a delegation */
};

static bool has_voted(const struct approval_view *v, int who)
{
	char name[16];

	being_name(name, who);
	for (int i = 0; i < v->slot_count; i++)
		if (v->slots[i].decision != DECISION_NONE && str_is(v->slots[i].by, name))
			return true;
	return false;
}

/* What must be answered to a vote, as far as the rows before it tell: NONE is yes. Who has
 * voted may still send it back. */
static enum refusal expected(const struct approval_view *v, struct voting x, enum decision d)
{
	const struct approval_slot *s = slot_of(v, x.place);

	if (!x.may)
		return REFUSED_NO_DELEGATION;
	if (s == NULL)
		return REFUSED_NOT_AN_APPROVER;
	if (approval_state_final(v->a.state))
		return REFUSED_CLOSED;
	if (d == DECISION_RETURN && s->decision != DECISION_NONE)
		return REFUSED_NONE;
	if (s->decision != DECISION_NONE)
		return REFUSED_ALREADY_VOTED;
	return x.who != x.place && d != DECISION_RETURN && has_voted(v, x.who) ? REFUSED_SAME_PERSON
	                                                                       : REFUSED_NONE;
}

static void check_answer(struct life *l, const struct approval_view *before, struct voting x,
                         const struct approval_vote *p, const struct cmd *c)
{
	enum refusal want = expected(before, x, p->decision),
				 got = cmd_refused(c) ? c->refused.why : p->of.refused.why;

	if (c->fault != OK || before->a.state == APPROVAL_RETURNED || p->decision == DECISION_RETRACT)
		return;
	if (deadline_came(l, &before->a)) /* what it does comes before the vote */
		return;
	if (want == REFUSED_CLOSED || want == REFUSED_NOT_AN_APPROVER
	        ? got != REFUSED_CLOSED && got != REFUSED_NOT_AN_APPROVER
	        : got != want)
		wrong(&l->play, "%.*s by %d for %d was answered with %s, not %s",
		      S_ARG(decision_name(p->decision)), x.who, x.place, refusal_name(got),
		      refusal_name(want));
}

static void vote(struct life *l, struct watched *w)
{
	static const enum decision decisions[] = { DECISION_APPROVE, DECISION_REJECT, DECISION_ABSTAIN,
		                                       DECISION_RETURN, DECISION_RETRACT };
	struct approval_vote *p = ARENA_NEW(l->play.world->arena, struct approval_vote);
	struct approval_view *before = view_of(l, w->id);
	int how = below(&l->play, 100);
	int place = below(&l->play, chance(&l->play, 85) ? w->tree.people : PEOPLE);
	struct voting x = { place, place, true };
	char name[16], of[16];

	if (chance(&l->play, 30)) {
		for (int tries = 0; tries < 3 && (tries == 0 || !x.may); tries++) {
			x.who = PEOPLE + below(&l->play, DEPUTIES);
			x.may = deputies_may(&l->play, &l->deputies, x.who, place);
		}
	}
	being_name(name, x.who);
	*p = (struct approval_vote){ .of.id = w->id,
		                         .comment = S("sim"),
		                         .decision = decisions[how < 55   ? 0
		                                               : how < 80 ? 1
		                                               : how < 88 ? 2
		                                               : how < 92 ? 3
		                                                          : 4] };
	if (x.who != place)
		p->behalf = arena_str(l->play.world->arena, str_of(being_name(of, place)));
	say(&l->play, "%s: %.*s for %d", name, S_ARG(decision_name(p->decision)), place);
	struct cmd *c = run(&l->play, name, &op_approval_vote, p);
	check_answer(l, before, x, p, c);
	check(l, w);
}

static void change(struct life *l, struct watched *w, const struct op *op)
{
	struct approval_change *p = ARENA_NEW(l->play.world->arena, struct approval_change);

	*p = (struct approval_change){ .of.id = w->id, .text = S("sim"), .amount = -1, .weight = 1 };
	say(&l->play, "%s", op->name);
	run(&l->play, "taro", op, p);
	check(l, w);
}

/* Mostly one that is open. */
static struct watched *some_approval(struct life *l)
{
	struct watched *w;
	int tries = 4;

	do
		w = &l->approvals[below(&l->play, l->count)];
	while (w->done && --tries > 0);
	return w;
}

static void event(struct life *l)
{
	struct watched *w = l->count == 0 ? NULL : some_approval(l);
	int what = below(&l->play, 100);

	if (w == NULL || (what < 14 && l->count < APPROVALS))
		open_one(l);
	else if (what < 77)
		vote(l, w);
	else if (what < 84)
		deputies_event(&l->play, &l->deputies, run);
	else if (what < 89)
		change(l, w, &op_approval_resubmit);
	else if (what < 91)
		change(l, w, &op_approval_withdraw);
	else if (what < 92)
		change(l, w, &op_approval_cancel);
	else if (what < 95)
		change(l, w, &op_approval_comment);
	else if (what < 97)
		world_restart(l->play.world);
	else if (what < 99)
		world_pass_ms(l->play.world, below(&l->play, 5000));
	else
		world_pass_ms(l->play.world, below(&l->play, 10) * MINUTE_MS);
	drain_told(&l->play, note_told);
	world_check(l->play.world);
	world_forget(l->play.world);
}

static void check_reminders(struct life *l)
{
	reminders_read(&l->play, &l->reminders);
	for (int i = 0; i < l->reminders.count; i++)
		reminders_check(&l->play, &l->reminders, i, view_of(l, l->reminders.all[i].approval));
}

/* Whatever waits for nothing but its deadline is over when that has come. */
static void let_deadlines_come(struct life *l)
{
	for (int i = 0; i < NEVER_VOTED; i++)
		open_one(l);
	world_pass_ms(l->play.world, HOUR_MS);
	for (int i = 0; i < l->count; i++) {
		struct watched *w = &l->approvals[i];
		check(l, w);
		if (w->ended == APPROVAL_PENDING && (w->tree.then == CLOCK_YES || w->tree.then == CLOCK_NO))
			wrong(&l->play, "a deadline was passed over");
	}
	check_reminders(l);
	for (int i = 0; i < l->count; i++)
		reminders_check_silent(&l->play, &l->reminders, view_of(l, l->approvals[i].id),
		                       &l->approvals[i].tree);
}

/* Everybody who is asked says yes, until nothing is open. */
static void finish(struct life *l)
{
	l->play.faulty = false;
	if (chance(&l->play, 50))
		let_deadlines_come(l);
	for (int i = 0; i < l->count; i++) {
		struct watched *w = &l->approvals[i];
		check(l, w);
		if (w->ended == APPROVAL_RETURNED)
			change(l, w, &op_approval_resubmit);
		for (int person = 0; person < PEOPLE && !w->done; person++) {
			struct approval_vote *p = ARENA_NEW(l->play.world->arena, struct approval_vote);
			char name[16];
			snprintf(name, sizeof name, "p%d", person);
			*p = (struct approval_vote){ .of.id = w->id, .decision = DECISION_APPROVE };
			run(&l->play, name, &op_approval_vote, p);
			check(l, w);
		}
		if (!w->done)
			wrong(&l->play, "everybody has decided, and the approval is open");
	}
	drain_told(&l->play, note_told);
	for (int i = 0; i < l->count; i++)
		if (l->approvals[i].told != 1)
			wrong(&l->play, "an end was told %d times", l->approvals[i].told);
	check_reminders(l);
	world_check_rows(l->play.world);
}

int64_t sim_approvals(uint64_t seed, bool verbose)
{
	struct life *l = mem_get(sizeof *l);
	int64_t operations;

	play_begin(&l->play, "approvals", seed, 0x72696e6769, verbose);
	for (int i = 0; i < HANDED_FIRST; i++)
		deputies_event(&l->play, &l->deputies, run);
	for (int i = 0; i < EVENTS; i++)
		event(l);
	finish(l);
	l->play.world = world_close(l->play.world);
	operations = l->play.operations;
	mem_free(l);
	return operations;
}
