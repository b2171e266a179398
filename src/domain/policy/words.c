/* words.c - a policy in words, and its shape: what is left without names and constants. */
#include "domain/policy/reader.h"
#include "domain/policy/versions.h"

/* ---- words */

static void name_of(struct buf *b, const struct policy_member *m, enum policy_language l)
{
	bool ja = l == POLICY_JA;

	if (m->kind == MEMBER_GROUP && ja)
		buf_printf(b, "グループ %.*s の%d名", S_ARG(m->name), m->count);
	else if (m->kind == MEMBER_GROUP)
		buf_printf(b, "%d of the group %.*s", m->count, S_ARG(m->name));
	else if (m->kind == MEMBER_POST && ja)
		buf_printf(b, "%.*s%s%.*s", S_ARG(m->of), str_given(m->of) ? " の " : "", S_ARG(m->name));
	else if (m->kind == MEMBER_POST)
		buf_printf(b, "the %.*s%s%.*s", S_ARG(m->name), str_given(m->of) ? " of " : "",
		           S_ARG(m->of));
	else
		buf_add(b, m->name);
}

static void rights_of(struct buf *b, const struct policy_member *m, enum policy_language l)
{
	bool ja = l == POLICY_JA;

	if (m->weight == 0)
		buf_add_text(b, ja ? "(意見のみ)" : " (an opinion only)");
	else if (m->weight > 1)
		buf_printf(b, ja ? "(重み%d)" : " (weight %d)", m->weight);
	if (m->required)
		buf_add_text(b, ja ? "(必須)" : " (required)");
	if (m->veto)
		buf_add_text(b, ja ? "(拒否権)" : " (with a veto)");
}

static void need_of(struct buf *b, const struct policy_node *n, enum policy_language l)
{
	bool ja = l == POLICY_JA;

	switch (n->need) {
	case NEED_COUNT:
		if (n->threshold == 1)
			buf_add_text(b, ja ? "いずれか1件" : "any one of");
		else
			buf_printf(b, ja ? "%d件" : "%d of", n->threshold);
		break;
	case NEED_ALL:
		buf_add_text(b, ja ? "全員" : "all of");
		break;
	case NEED_MAJORITY:
		buf_add_text(b, ja ? "過半数" : "more than half of");
		break;
	case NEED_HALF:
		buf_add_text(b, ja ? "半数" : "half of");
		break;
	case NEED_PERCENT:
		buf_printf(b, ja ? "%d%%" : "%d%% of", n->threshold);
		break;
	}
}

static void node_words(struct buf *b, const struct policy_node *n, enum policy_language l)
{
	bool ja = l == POLICY_JA;

	if (!ja) {
		need_of(b, n, l);
		buf_add_byte(b, ' ');
	}
	buf_add_text(b, ja ? "「" : "[");
	for (int i = 0; i < n->count; i++) {
		const struct policy_member *m = &n->members[i];
		if (i > 0)
			buf_add_text(b, ja ? "、" : ", ");
		if (m->kind == MEMBER_NODE) {
			node_words(b, m->node, l);
			continue;
		}
		name_of(b, m, l);
		rights_of(b, m, l);
	}
	buf_add_text(b, ja ? "」のうち" : "]");
	if (ja)
		need_of(b, n, l);
}

static void root_words(struct buf *b, const struct policy *p, enum policy_language l)
{
	const struct policy_node *root = p->nodes[0];
	bool ja = l == POLICY_JA;

	if (root->min_votes > 0)
		buf_printf(b, ja ? "%d票以上の投票が必要です。" : " At least %d must vote.",
		           root->min_votes);
	if (root->reject == REJECT_ANY)
		buf_add_text(b, ja ? "1人でも否認すると否決です。" : " The first refusal ends it.");
	if (root->reject == REJECT_LAST)
		buf_add_text(b, ja ? "全員の回答を待って否決します。"
		                   : " It is refused only when all have voted.");
	if (!p->distinct_person)
		buf_add_text(b, ja ? "同じ人でも席ごとに数えます。"
		                   : " The same person counts once for each seat.");
}

void policy_explain(const struct policy *p, enum policy_language l, struct buf *b)
{
	must(p->node_count > 0);
	node_words(b, p->nodes[0], l);
	buf_add_text(b, l == POLICY_JA ? "の承認が必要です。" : " must agree.");
	root_words(b, p, l);
}

/* ---- shape */

static void member_shape(struct buf *b, const struct policy_member *m)
{
	buf_printf(b, "%c%s%s%s%.*s", "ugp"[m->kind], m -> veto ? "v" : "", m->required ? "r" : "",
	           m->weight == 0 ? "o" : "", S_ARG(m->of));
}

static void node_shape(struct buf *b, const struct policy_node *n)
{
	struct buf last = { 0 }, next = { 0 };

	/* ratios and counts are constants of one kind: "2 of" and "3 of" are alike, "all" is not */
	buf_printf(b, "(%d,%d,%d,%d", n->need == NEED_HALF ? NEED_PERCENT : (int)n->need,
	           (int)n->reject, (int)n->abstain, n->min_votes > 0);
	for (int i = 0; i < n->count; i++) {
		buf_clear(&next);
		if (n->members[i].kind == MEMBER_NODE)
			node_shape(&next, n->members[i].node);
		else
			member_shape(&next, &n->members[i]);
		if (!str_eq(buf_str(&next), buf_str(&last))) { /* two users or three: alike */
			buf_add_byte(b, ',');
			buf_add(b, buf_str(&next));
		}
		buf_clear(&last);
		buf_add(&last, buf_str(&next));
	}
	buf_add_byte(b, ')');
	buf_free(&last);
	buf_free(&next);
}

void policy_shape(const struct policy *p, uint8_t digest[SHA256_SIZE])
{
	struct buf b = { 0 };

	must(p->node_count > 0);
	node_shape(&b, p->nodes[0]);
	buf_printf(&b, "%d%d%d%d%d%d%u", p->distinct_person, (int)p->self, p->veto_wait, p->retract,
	           p->can_return, (int)p->edit, p->comment_required_on);
	buf_printf(&b, "d%d%d%d", str_given(p->deadline.after), str_given(p->deadline.at),
	           (int)p->deadline.then);
	for (int i = 0; i < p->reminder_count; i++)
		buf_printf(&b, "r%d", (int)p->reminders[i].kind);
	if (p->escalate_to != NULL)
		member_shape(&b, p->escalate_to);
	sha256(buf_str(&b), digest);
	buf_free(&b);
}
