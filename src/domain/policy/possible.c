/* possible.c - policies that nobody can satisfy, found before anybody is asked. */
#include "domain/policy/judge.h"
#include "domain/policy/reader.h"

static bool same_user(const struct policy_member *a, const struct policy_member *b)
{
	return a->kind == MEMBER_USER && b->kind == MEMBER_USER && str_eq(a->name, b->name);
}

static struct str node_path(struct policy_reader *r, const struct policy_node *n)
{
	if (n->parent < 0)
		return S("");
	const struct policy_node *parent = r->policy->nodes[n->parent];
	for (int i = 0; i < parent->count; i++)
		if (parent->members[i].node == n)
			return arena_printf(r->arena, "%.*s/of/%d", S_ARG(node_path(r, parent)), i);
	must(false);
	return S_NONE;
}

/* The heaviest of a user's seats counts; the first of those that weigh the same. */
static bool counts(const struct policy *p, const struct policy_node *n, int at)
{
	const struct policy_member *m = &n->members[at];

	for (int i = 0; p->distinct_person && i < n->count; i++)
		if (i != at && same_user(&n->members[i], m) &&
		    (n->members[i].weight > m->weight || (n->members[i].weight == m->weight && i < at)))
			return false;
	return true;
}

/* A user twice with different rights: which of them would hold? */
static void look_for_contradiction(struct policy_reader *r, const struct policy_node *n)
{
	for (int i = 0; i < n->count; i++)
		for (int k = 0; k < i; k++) {
			const struct policy_member *a = &n->members[i], *b = &n->members[k];
			if (!same_user(a, b) ||
			    (a->veto == b->veto && a->required == b->required && a->weight == b->weight))
				continue;
			policy_fault_impossible(
				r, "RIGHTS_CONTRADICT",
				arena_printf(r->arena, "%.*s/of/%d", S_ARG(node_path(r, n)), i),
				arena_printf(r->arena, "%.*s is there twice with different weights or rights.",
			                 S_ARG(a->name)),
				arena_printf(r->arena, "%.*s が異なる重み・権限で2回指定されています。",
			                 S_ARG(a->name)));
			return;
		}
}

static int64_t weight_of(const struct policy *p, const struct policy_node *n)
{
	int64_t sum = 0;

	for (int i = 0; i < n->count; i++)
		if (counts(p, n, i))
			sum += (int64_t)n->members[i].weight * n->members[i].count;
	return sum;
}

/* Seats that can be voted in and count, however deep. */
static int64_t votes_of(const struct policy *p, const struct policy_node *n)
{
	int64_t sum = 0;

	for (int i = 0; i < n->count; i++) {
		const struct policy_member *m = &n->members[i];
		if (m->kind == MEMBER_NODE)
			sum += votes_of(p, m->node);
		else if (m->weight > 0 && counts(p, n, i))
			sum += m->count;
	}
	return sum;
}

static void look_at_weight(struct policy_reader *r, const struct policy_node *n)
{
	long long all = weight_of(r->policy, n);

	if (all == 0)
		policy_fault_impossible(r, "NOBODY_COUNTS", node_path(r, n),
		                        S("All who are asked have weight 0: nobody decides."),
		                        S("全員の重みが0なので、決裁する人がいません。"));
	else if (n->need == NEED_COUNT && n->threshold > all)
		policy_fault_impossible(r, "N_UNREACHABLE", node_path(r, n),
		                        arena_printf(r->arena,
		                                     "%d are needed, but those who are asked come to %lld.",
		                                     n->threshold, all),
		                        arena_printf(r->arena,
		                                     "%d 必要ですが、対象は合計 %lld しかありません。",
		                                     n->threshold, all));
}

static void look_at_quorum(struct policy_reader *r, const struct policy_node *n)
{
	long long all = votes_of(r->policy, n);

	if (n->min_votes > all)
		policy_fault_impossible(r, "MIN_VOTES_UNREACHABLE", node_path(r, n),
		                        arena_printf(r->arena,
		                                     "min_votes is %d, but at most %lld can vote.",
		                                     n->min_votes, all),
		                        arena_printf(r->arena,
		                                     "min_votes は %d ですが、投票できるのは %lld 票です。",
		                                     n->min_votes, all));
}

/* What the single nodes do not show: the same person in several of them. */
static void look_at_people(struct policy_reader *r)
{
	struct arena *a = arena_open();
	struct judge *j = judge_open(a, r->policy, judge_seats(a, r->policy), r->policy->seat_count);

	if (judge_state(j) == JUDGE_STUCK)
		policy_fault_impossible(
			r, "TOO_FEW_PEOPLE", S(""),
			S("The same person is asked in several places and counts once, so there are too few "
		      "different people; say \"distinct\": \"slot\" if each place shall count."),
			S("同じ人が複数の箇所で指定され1人と数えるため、人数が足りません。箇所ごとに数えるなら "
		      "\"distinct\": \"slot\" を指定します。"));
	arena_close(a);
}

void policy_possible(struct policy_reader *r)
{
	for (int i = 0; i < r->policy->node_count; i++) {
		const struct policy_node *n = r->policy->nodes[i];
		look_for_contradiction(r, n);
		look_at_weight(r, n);
		look_at_quorum(r, n);
	}
	if (r->fault_count == 0)
		look_at_people(r);
}
