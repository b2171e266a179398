/* canonical.c - the one text of a policy: members sorted, defaults filled in. */
#include "domain/policy/reader.h"

static void key(struct buf *b, const char *name)
{
	json_write_name(b, name);
}

static void flag(struct buf *b, const char *name, bool value)
{
	key(b, name);
	buf_add_text(b, value ? "true" : "false");
}

static void number(struct buf *b, const char *name, int value)
{
	key(b, name);
	buf_add_i64(b, value);
}

static void word(struct buf *b, const char *name, const char *value)
{
	json_write_member(b, name, str_of(value));
}

static void leaf(struct buf *b, const struct policy_member *m)
{
	static const char *const kinds[] = { "user", "group", "post" };

	must(m->kind != MEMBER_NODE);
	buf_add_byte(b, '{');
	if (m->kind != MEMBER_USER)
		number(b, "count", m->count);
	if (m->kind == MEMBER_GROUP)
		json_write_member(b, kinds[m->kind], m->name);
	if (m->kind == MEMBER_POST) {
		json_write_member(b, "of", m->of);
		json_write_member(b, kinds[m->kind], m->name);
	}
	flag(b, "required", m->required);
	if (m->kind == MEMBER_USER)
		json_write_member(b, kinds[m->kind], m->name);
	flag(b, "veto", m->veto);
	number(b, "weight", m->weight);
	buf_add_byte(b, '}');
}

static bool has_weights(const struct policy_node *n)
{
	for (int i = 0; i < n->count; i++)
		if (n->members[i].weight > 1)
			return true;
	return false;
}

static void need(struct buf *b, const struct policy_node *n)
{
	static const char *const words[] = {
		[NEED_ALL] = "\"all\"", [NEED_MAJORITY] = "\"majority\"", [NEED_HALF] = "\"half\""
	};

	if (n->need == NEED_PERCENT)
		buf_printf(b, "{\"percent\":%d}", n->threshold);
	else if (n->need != NEED_COUNT)
		buf_add_text(b, words[n->need]);
	else if (n->threshold == 1)
		buf_add(b, S("\"any\""));
	else
		buf_printf(b, has_weights(n) ? "{\"weight\":%d}" : "%d", n->threshold);
}

static void comments(struct buf *b, unsigned bits)
{
	bool some = false;

	key(b, "comment_required_on");
	buf_add_byte(b, '[');
	for (int i = 0; policy_do_words[i] != NULL; i++)
		if (bits & (1U << i)) {
			buf_printf(b, "%s\"%s\"", some ? "," : "", policy_do_words[i]);
			some = true;
		}
	buf_add_byte(b, ']');
}

static void deadline(struct buf *b, const struct policy_deadline *d)
{
	if (!str_given(d->after) && !str_given(d->at))
		return;
	key(b, "deadline");
	buf_add_byte(b, '{');
	json_write_member(b, "after", d->after);
	json_write_member(b, "at", d->at);
	json_write_member(b, "calendar", d->calendar);
	word(b, "then", policy_then_words[d->then]);
	if (d->recompute) /* texts from before there was this keep their hash */
		json_write_member_raw(b, "recompute", S("true"));
	buf_add_byte(b, '}');
}

static void reminders(struct buf *b, const struct policy *p)
{
	key(b, "remind");
	buf_add_byte(b, '[');
	for (int i = 0; i < p->reminder_count; i++) {
		buf_add_text(b, i == 0 ? "{" : ",{");
		json_write_member(b, policy_remind_words[p->reminders[i].kind], p->reminders[i].duration);
		buf_add_byte(b, '}');
	}
	buf_add_byte(b, ']');
}

/* An option that came later is there only where it says something: texts of before stay. */
static void option(struct buf *b, const char *name, const char *value)
{
	key(b, name);
	buf_printf(b, "\"%s\"", value);
}

static void protected_names(struct buf *b, const struct policy *p)
{
	key(b, "protected");
	buf_add_byte(b, '[');
	for (int i = 0; i < p->protected_count; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		json_write_text(b, p->protected[i]);
	}
	buf_add_byte(b, ']');
}

/* The members of the root in between those of any node: sorted. */
static void root_before_min_votes(struct buf *b, const struct policy *p)
{
	if (p->can_add)
		flag(b, "add", true);
	comments(b, p->comment_required_on);
	if (p->consecutive_auto)
		option(b, "consecutive", "auto");
	deadline(b, &p->deadline);
	word(b, "distinct", p->distinct_person ? "person" : "slot");
	word(b, "edit", policy_edit_words[p->edit]);
	if (p->empty != EMPTY_INCIDENT)
		option(b, "empty", policy_empty_words[p->empty]);
	if (p->escalate_to != NULL) {
		key(b, "escalate_to");
		leaf(b, p->escalate_to);
	}
	if (p->fresh_login_from >= 0)
		number(b, "fresh_login_from", p->fresh_login_from);
	if (p->late_view)
		option(b, "late", "view");
	if (p->leaver_superior)
		option(b, "leaver", "superior");
	if (p->members_pinned)
		option(b, "members", "at_opening");
}

static void root_before_reject(struct buf *b, const struct policy *p)
{
	if (p->over)
		flag(b, "over", true);
	if (p->protected_count > 0)
		protected_names(b, p);
}

static void root_behind_reject(struct buf *b, const struct policy *p)
{
	reminders(b, p);
	if (p->resubmit != RESUBMIT_RESET)
		option(b, "resubmit", policy_resubmit_words[p->resubmit]);
	flag(b, "retract", p->retract);
	flag(b, "return", p->can_return);
	word(b, "self", policy_self_words[p->self]);
	flag(b, "veto_wait", p->veto_wait);
	if (p->withdraw_early)
		option(b, "withdraw", "until_first_vote");
}

static void node(struct buf *b, const struct policy *p, const struct policy_node *n)
{
	buf_add_byte(b, '{');
	word(b, "abstain", policy_abstain_words[n->abstain]);
	if (n->parent < 0)
		root_before_min_votes(b, p);
	number(b, "min_votes", n->min_votes);
	key(b, "need");
	need(b, n);
	if (n->parent < 0 && p->newest)
		flag(b, "newest", true);
	key(b, "of");
	buf_add_byte(b, '[');
	for (int i = 0; i < n->count; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		if (n->members[i].kind == MEMBER_NODE)
			node(b, p, n->members[i].node);
		else
			leaf(b, &n->members[i]);
	}
	buf_add_byte(b, ']');
	if (n->parent < 0)
		root_before_reject(b, p);
	word(b, "reject", policy_reject_words[n->reject]);
	if (n->parent < 0)
		root_behind_reject(b, p);
	buf_add_byte(b, '}');
}

void policy_seal(struct arena *a, struct policy *p)
{
	struct buf b = { 0 };

	must(p->node_count > 0 && p->nodes[0]->parent < 0);
	node(&b, p, p->nodes[0]);
	arena_adopt(a, b.at);
	p->canonical = buf_str(&b);
	sha256(p->canonical, p->sha256);
	hex_text(p->sha256, SHA256_SIZE, p->sha256_text);
}
