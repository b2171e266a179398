/* approvals.c - lives of approvals: random people decide against crashes and failing stores.
 *
 * What must be true whatever happens:
 *   an approval ends exactly once, is told exactly once, with the state that it ended in, and
 *   does not move afterwards;
 *   its state is what a napkin makes of its slots and of the policy that it opened with, or what
 *   that policy says of its deadline, which has come;
 *   no deadline that closes is passed over;
 *   nobody decides who is not asked, and nobody twice. */
#include "sim/approvals.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/approval/approval.h"
#include "sim/play.h"
#include "sim/sim.h"
#include "wire/json.h"

enum { APPROVALS = 16, PEOPLE = 8, NODES = 4, EVENTS = 110 };

/* ---- policies, as somebody would draw them */

enum m_need { NEED_N, NEED_SHARE_ALL, NEED_SHARE_MAJORITY, NEED_SHARE_HALF };
struct m_member {
	int person; /* -1: a node */
	int node;
	bool veto;
};
struct m_node {
	enum m_need need;
	int n;
	bool last, abstain_yes; /* reject: last; abstain: yes, else no */
	struct m_member members[PEOPLE];
	int count;
};
/* What the policy says of its deadline. */
enum m_clock { CLOCK_NOTHING, CLOCK_YES, CLOCK_NO, CLOCK_LATER };
struct tree {
	struct m_node nodes[NODES];
	int count, people;
	enum m_clock then;
	int minutes; /* of the deadline */
};

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
	struct watched approvals[APPROVALS];
	int count;
};

/* Everybody is asked once at most, so that what one person counts is no question here. */
static void fill_node(struct life *l, struct tree *t, int at)
{
	struct m_node *n = &t->nodes[at];
	int wanted = 1 + below(&l->play, 3);

	for (int i = 0; i < wanted && t->people < PEOPLE; i++)
		n->members[n->count++] = (struct m_member){ t->people++, -1, chance(&l->play, 10) };
	if (at == 0)
		while (t->count < NODES && t->people < PEOPLE && chance(&l->play, 35)) {
			n->members[n->count++] = (struct m_member){ -1, t->count, false };
			fill_node(l, t, t->count++);
		}
	n->need = (enum m_need)below(&l->play, 4);
	n->n = 1 + below(&l->play, n->count);
	n->last = chance(&l->play, 20);
	n->abstain_yes = chance(&l->play, 30);
}

static struct tree make_tree(struct life *l)
{
	struct tree t = { .count = 1 };

	fill_node(l, &t, 0);
	t.then = chance(&l->play, 50) ? CLOCK_NOTHING : (enum m_clock)(1 + below(&l->play, 3));
	t.minutes = 1 + below(&l->play, 20);
	return t;
}

static void write_node(struct buf *b, const struct tree *t, int at)
{
	static const char *const shares[] = { "", "\"all\"", "\"majority\"", "\"half\"" };
	const struct m_node *n = &t->nodes[at];

	buf_add_text(b, "{\"need\":");
	if (n->need == NEED_N)
		buf_printf(b, "%d", n->n);
	else
		buf_add_text(b, shares[n->need]);
	buf_printf(b, ",\"reject\":\"%s\",\"abstain\":\"%s\",\"of\":[", n->last ? "last" : "impossible",
	           n->abstain_yes ? "yes" : "no");
	for (int i = 0; i < n->count; i++) {
		const struct m_member *m = &n->members[i];
		buf_add_text(b, i == 0 ? "" : ",");
		if (m->person < 0)
			write_node(b, t, m->node);
		else if (m->veto)
			buf_printf(b, "{\"user\":\"p%d\",\"veto\":true}", m->person);
		else
			buf_printf(b, "\"p%d\"", m->person);
	}
	buf_add_text(b, "]");
	if (at == 0 && t->then != CLOCK_NOTHING)
		buf_printf(b, ",\"deadline\":{\"after\":\"PT%dM\",\"then\":\"%s\"}", t->minutes,
		           t->then == CLOCK_YES  ? "approve"
		           : t->then == CLOCK_NO ? "reject"
		                                 : "extend");
	buf_add_text(b, "}");
}

/* ---- the napkin */

enum napkin { OPEN, WON, LOST };

static const struct approval_slot *slot_of(const struct approval_view *v, int person)
{
	char name[16];

	snprintf(name, sizeof name, "p%d", person);
	for (int i = 0; i < v->slot_count; i++)
		if (str_is(slot_name(&v->slots[i]), name))
			return &v->slots[i];
	return NULL;
}

static enum napkin voted(const struct m_node *n, const struct approval_slot *s)
{
	return s == NULL || s->decision == DECISION_NONE ? OPEN
	       : s->decision == DECISION_APPROVE         ? WON
	       : s->decision == DECISION_ABSTAIN         ? (n->abstain_yes ? WON : LOST)
	                                                 : LOST;
}

static enum napkin judged(const struct tree *t, int at, const struct approval_view *v)
{
	const struct m_node *n = &t->nodes[at];
	int count[3] = { 0 }, m = n->count, k;

	for (int i = 0; i < m; i++) {
		const struct m_member *member = &n->members[i];
		count[member->person < 0 ? judged(t, member->node, v)
		                         : voted(n, slot_of(v, member->person))]++;
	}
	k = n->need == NEED_N                ? n->n
	    : n->need == NEED_SHARE_ALL      ? m
	    : n->need == NEED_SHARE_MAJORITY ? m / 2 + 1
	                                     : (m + 1) / 2;
	if (count[WON] >= k)
		return WON;
	return n->last ? (count[OPEN] == 0 ? LOST : OPEN)
	               : (count[WON] + count[OPEN] < k ? LOST : OPEN);
}

/* A no of somebody with a veto is the end; enough yes wait for all of them to speak. */
static enum napkin judged_whole(const struct tree *t, const struct approval_view *v)
{
	enum napkin state = judged(t, 0, v);

	for (int n = 0; n < t->count; n++)
		for (int i = 0; i < t->nodes[n].count; i++) {
			const struct m_member *m = &t->nodes[n].members[i];
			const struct approval_slot *s = m->person < 0 ? NULL : slot_of(v, m->person);
			if (!m->veto || s == NULL)
				continue;
			if (s->decision == DECISION_REJECT)
				return LOST;
			if (s->decision == DECISION_NONE && state == WON)
				state = OPEN;
		}
	return state;
}

/* ---- rows */

static struct approval_view *view_of(struct life *l, struct uuid id)
{
	struct approval_get *p = ARENA_NEW(l->play.world->arena, struct approval_get);
	struct cmd *c = cmd_new(&op_approval_get);

	p->id = id;
	c->in = p;
	c->reply_to.loop = 0;
	c->caller.principal = S("taro");
	if (op_approval_get.read(l->play.world->store, c, l->play.world->now) != OK)
		wrong(&l->play, "an approval can't be read");
	list_add_last(&l->play.world->answered, &c->node);
	return p->view;
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
		if (s->decision != DECISION_NONE && !str_eq(s->by, slot_name(s)))
			wrong(&l->play, "%.*s decided for %.*s", S_ARG(s->by), S_ARG(slot_name(s)));
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

static struct cmd *run(struct life *l, const char *who, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(l->play.world, op, in);

	c->caller.principal = str_of(who);
	l->play.operations++;
	inject(&l->play, 25, 40);
	world_run_batch(l->play.world, &c, 1);
	recover(&l->play);
	return c;
}

static void open_one(struct life *l)
{
	struct approval_open *p = ARENA_NEW(l->play.world->arena, struct approval_open);
	struct tree tree = make_tree(l);
	struct buf b = { 0 };
	struct str why;

	write_node(&b, &tree, 0);
	*p = (struct approval_open){ .policy = json_read(l->play.world->arena, buf_str(&b), &why),
		                         .subject = S("sim"),
		                         .data = S("{}"),
		                         .priority = below(&l->play, 10),
		                         .amount = -1,
		                         .on_decided = S("{\"queue\":\"replies\"}"),
		                         .last_step = true };
	say(&l->play, "open %.*s", S_ARG(buf_str(&b)));
	buf_free(&b);
	struct cmd *c = run(l, "taro", &op_approval_open, p);
	if (cmd_refused(c))
		wrong(&l->play, "an approval was refused: %.*s", S_ARG(c->refused.text));
	if (c->fault == OK)
		l->approvals[l->count++] = (struct watched){ .id = p->view->a.uuid, .tree = tree };
}

/* What must be answered to a vote, as far as the rows before it tell: NONE is yes. Who has
 * voted may still send it back. */
static enum refusal expected(const struct approval_view *v, int person, enum decision d)
{
	const struct approval_slot *s = slot_of(v, person);

	return s == NULL                                              ? REFUSED_NOT_AN_APPROVER
	       : approval_state_final(v->a.state)                     ? REFUSED_CLOSED
	       : d != DECISION_RETURN && s->decision != DECISION_NONE ? REFUSED_ALREADY_VOTED
	                                                              : REFUSED_NONE;
}

static void check_answer(struct life *l, const struct approval_view *before, int person,
                         const struct approval_vote *p, const struct cmd *c)
{
	enum refusal want = expected(before, person, p->decision),
				 got = cmd_refused(c) ? c->refused.why : p->of.refused.why;

	if (c->fault != OK || before->a.state == APPROVAL_RETURNED || p->decision == DECISION_RETRACT)
		return;
	if (deadline_came(l, &before->a)) /* what it does comes before the vote */
		return;
	if (want == REFUSED_CLOSED || want == REFUSED_NOT_AN_APPROVER
	        ? got != REFUSED_CLOSED && got != REFUSED_NOT_AN_APPROVER
	        : got != want)
		wrong(&l->play, "%.*s by p%d was answered with %s, not %s",
		      S_ARG(decision_name(p->decision)), person, refusal_name(got), refusal_name(want));
}

static void vote(struct life *l, struct watched *w)
{
	static const enum decision decisions[] = { DECISION_APPROVE, DECISION_REJECT, DECISION_ABSTAIN,
		                                       DECISION_RETURN, DECISION_RETRACT };
	struct approval_vote *p = ARENA_NEW(l->play.world->arena, struct approval_vote);
	struct approval_view *before = view_of(l, w->id);
	int how = below(&l->play, 100), person = below(&l->play, PEOPLE);
	char name[16];

	snprintf(name, sizeof name, "p%d", person);
	*p = (struct approval_vote){ .of.id = w->id,
		                         .comment = S("sim"),
		                         .decision = decisions[how < 55   ? 0
		                                               : how < 80 ? 1
		                                               : how < 88 ? 2
		                                               : how < 92 ? 3
		                                                          : 4] };
	say(&l->play, "%s: %.*s", name, S_ARG(decision_name(p->decision)));
	struct cmd *c = run(l, name, &op_approval_vote, p);
	check_answer(l, before, person, p, c);
	check(l, w);
}

static void change(struct life *l, struct watched *w, const struct op *op)
{
	struct approval_change *p = ARENA_NEW(l->play.world->arena, struct approval_change);

	*p = (struct approval_change){ .of.id = w->id, .text = S("sim"), .amount = -1, .weight = 1 };
	say(&l->play, "%s", op->name);
	run(l, "taro", op, p);
	check(l, w);
}

static void event(struct life *l)
{
	struct watched *w = l->count == 0 ? NULL : &l->approvals[below(&l->play, l->count)];
	int what = below(&l->play, 100);

	if (w == NULL || (what < 14 && l->count < APPROVALS))
		open_one(l);
	else if (what < 84)
		vote(l, w);
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

/* Whatever waits for nothing but its deadline is over when that has come. */
static void let_deadlines_come(struct life *l)
{
	world_pass_ms(l->play.world, HOUR_MS);
	for (int i = 0; i < l->count; i++) {
		struct watched *w = &l->approvals[i];
		check(l, w);
		if (w->ended == APPROVAL_PENDING && (w->tree.then == CLOCK_YES || w->tree.then == CLOCK_NO))
			wrong(&l->play, "a deadline was passed over");
	}
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
			run(l, name, &op_approval_vote, p);
			check(l, w);
		}
		if (!w->done)
			wrong(&l->play, "everybody has decided, and the approval is open");
	}
	drain_told(&l->play, note_told);
	for (int i = 0; i < l->count; i++)
		if (l->approvals[i].told != 1)
			wrong(&l->play, "an end was told %d times", l->approvals[i].told);
	world_check_rows(l->play.world);
}

int64_t sim_approvals(uint64_t seed, bool verbose)
{
	struct life *l = mem_get(sizeof *l);
	int64_t operations;

	play_begin(&l->play, "approvals", seed, 0x72696e6769, verbose);
	for (int i = 0; i < EVENTS; i++)
		event(l);
	finish(l);
	l->play.world = world_close(l->play.world);
	operations = l->play.operations;
	mem_free(l);
	return operations;
}
