/* napkin.c - see napkin.h. */
#include "sim/napkin.h"

#include <stdio.h>

#include "base/buf.h"

/* Everybody is asked once at most, so that what one person counts is no question here. */
static void fill_node(struct play *p, struct tree *t, int at)
{
	struct m_node *n = &t->nodes[at];
	int wanted = 1 + below(p, 3);

	for (int i = 0; i < wanted && t->people < PEOPLE; i++)
		n->members[n->count++] = (struct m_member){ t->people++, -1, chance(p, 10) };
	if (at == 0)
		while (t->count < NODES && t->people < PEOPLE && chance(p, 35)) {
			n->members[n->count++] = (struct m_member){ -1, t->count, false };
			fill_node(p, t, t->count++);
		}
	n->need = (enum m_need)below(p, 4);
	n->n = 1 + below(p, n->count);
	n->last = chance(p, 20);
	n->abstain_yes = chance(p, 30);
}

struct tree tree_made(struct play *p)
{
	struct tree t = { .count = 1 };

	fill_node(p, &t, 0);
	t.then = chance(p, 50) ? CLOCK_NOTHING : (enum m_clock)(1 + below(p, 3));
	t.minutes = 1 + below(p, 20);
	if (chance(p, 50))
		t.remind = t.then == CLOCK_NOTHING ? REMIND_AT_TIMES : (enum m_remind)(1 + below(p, 3));
	t.remind_minutes = 1 + below(p, 30);
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
	if (at == 0 && t->remind != REMIND_NOBODY)
		buf_printf(b, ",\"remind\":[{\"%s\":\"PT%dM\"}]",
		           t->remind == REMIND_AT_TIMES ? "every"
		           : t->remind == REMIND_EARLY  ? "before"
		                                        : "after",
		           t->remind_minutes);
	buf_add_text(b, "}");
}

void tree_write(struct buf *b, const struct tree *t)
{
	write_node(b, t, 0);
}

/* ---- the napkin */

const struct approval_slot *slot_of(const struct approval_view *v, int person)
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
enum napkin judged_whole(const struct tree *t, const struct approval_view *v)
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
