/* brute_test.c - every small policy with every combination of votes.
 *
 * What judge.h promises (J1 to J5) is asked of all of them, and each state is compared with
 * what it must be by definition: won when every way to go on wins, lost when every way loses,
 * open when some way wins. The ways' ends are found by a second, plain evaluation below, which
 * only knows complete votes. */
#include "check.h"

#include "base/limits.h"
#include "domain/policy/judge.h"

enum { SEATS = 4, ALL_VOTES = 256 }; /* 4 seats with one of 4 votes each */

static struct {
	long policies, cases, sequences;
} counted;

/* One policy with what is special about its seats. */
struct small {
	struct arena *arena;
	const struct policy *policy;
	struct judge_seat *seats;
	int count;
	struct buf text;
	enum judge_state state[ALL_VOTES];
	bool valid[ALL_VOTES];
};

static bool small_open(struct small *s, int left_out)
{
	struct refused why;

	arena_reset(s->arena);
	s->policy = policy_read_text(s->arena, buf_str(&s->text), &why);
	if (s->policy == NULL) {
		assert_int_equal(why.why, REFUSED_IMPOSSIBLE_POLICY);
		return false;
	}
	counted.policies++;
	s->seats = judge_seats(s->arena, s->policy);
	s->count = s->policy->seat_count;
	assert_true(s->count <= SEATS);
	if (left_out >= 0)
		s->seats[left_out].presence = SEAT_LEFT_OUT;
	return true;
}

static enum judge_vote vote_at(int votes, int seat)
{
	return (enum judge_vote)(votes >> (2 * seat) & 3);
}

static int with_vote(int votes, int seat, enum judge_vote v)
{
	return (votes & ~(3 << (2 * seat))) | (int)v << (2 * seat);
}

/* Votes of one person in two seats, or of somebody left out, do not happen. */
static bool can_be(const struct small *s, int votes)
{
	for (int i = 0; i < s->count; i++) {
		if (vote_at(votes, i) == VOTE_NONE)
			continue;
		if (s->seats[i].presence != SEAT_PRESENT)
			return false;
		for (int k = 0; k < i && s->policy->distinct_person; k++)
			if (str_eq(s->seats[i].holder, s->seats[k].holder) &&
			    (vote_at(votes, k) != VOTE_NONE || s->seats[i].node == s->seats[k].node))
				return false;
	}
	return true;
}

static struct judge *judged(const struct small *s, struct arena *a, int votes)
{
	struct judge_seat seats[SEATS];

	for (int i = 0; i < s->count; i++) {
		seats[i] = s->seats[i];
		seats[i].vote = vote_at(votes, i);
		seats[i].order = seats[i].vote == VOTE_NONE ? 0 : i + 1;
	}
	return judge_open(a, s->policy, seats, s->count);
}

static void fail_at(const struct small *s, int votes, const char *what, enum judge_state got)
{
	print_error("%s: %.*s votes", what, S_ARG(buf_str(&s->text)));
	for (int i = 0; i < s->count; i++)
		print_error(" %c", s->seats[i].presence == SEAT_PRESENT ? ".yna"[vote_at(votes, i)] : 'x');
	print_error(": %s\n", judge_state_name(got));
	fail();
}

/* ---- the plain evaluation of complete votes */

struct sums {
	long yes, no, stuck, gone_elsewhere, least;
};

static enum judge_state plain(const struct small *s, int votes, const struct policy_node *n);

static long votes_below(const struct small *s, int votes, const struct policy_node *n)
{
	long sum = 0;

	for (int i = 0; i < s->count; i++) {
		int at = s->seats[i].node;
		while (at > n->index)
			at = s->policy->nodes[at]->parent;
		sum += at == n->index && s->seats[i].weight > 0 && vote_at(votes, i) != VOTE_NONE;
	}
	return sum;
}

static void add_seat(const struct policy_node *n, const struct judge_seat *seat,
                     enum judge_vote vote, struct sums *to)
{
	if (seat->presence != SEAT_PRESENT || seat->weight == 0)
		return;
	if (to->least == 0 || seat->weight < to->least)
		to->least = seat->weight;
	if (vote == VOTE_YES || (vote == VOTE_ABSTAIN && n->abstain == ABSTAIN_YES))
		to->yes += seat->weight;
	else if (vote == VOTE_NO || (vote == VOTE_ABSTAIN && n->abstain == ABSTAIN_NO))
		to->no += seat->weight;
	else if (vote == VOTE_ABSTAIN)
		to->gone_elsewhere += seat->weight;
}

static struct sums sums_of(const struct small *s, int votes, const struct policy_node *n)
{
	struct sums sums = { 0 };

	for (int i = 0; i < s->count; i++)
		if (s->seats[i].node == n->index)
			add_seat(n, &s->seats[i], vote_at(votes, i), &sums);
	for (int i = 0; i < n->count; i++) {
		if (n->members[i].kind != MEMBER_NODE)
			continue;
		enum judge_state child = plain(s, votes, n->members[i].node);
		sums.least = 1;
		*(child == JUDGE_WON ? &sums.yes : child == JUDGE_LOST ? &sums.no : &sums.stuck) += 1;
	}
	return sums;
}

static long needed(const struct policy_node *n, long of)
{
	double share[] = { [NEED_ALL] = 1, [NEED_HALF] = 0.5, [NEED_PERCENT] = n->threshold / 100.0 };

	if (n->need == NEED_COUNT)
		return n->threshold;
	if (n->need == NEED_MAJORITY) {
		long k = 0;
		while (2 * k <= of)
			k++;
		return k;
	}
	long k = 0;
	while ((double)k < (double)of * share[n->need] - 1e-9)
		k++;
	return k;
}

static enum judge_state plain(const struct small *s, int votes, const struct policy_node *n)
{
	struct sums m = sums_of(s, votes, n);
	long of = m.yes + m.no + m.stuck, k = needed(n, of);

	if (n->need == NEED_COUNT && of + m.gone_elsewhere < k)
		return JUDGE_STUCK;
	if (of == 0)
		return n->need == NEED_COUNT && k > m.least ? JUDGE_LOST : JUDGE_STUCK;
	if (m.yes >= k)
		return votes_below(s, votes, n) >= n->min_votes ? JUDGE_WON : JUDGE_STUCK;
	return m.yes + m.stuck >= k ? JUDGE_STUCK : JUDGE_LOST;
}

static enum judge_state plain_step(const struct small *s, int votes)
{
	enum judge_state tree = plain(s, votes, s->policy->nodes[0]);
	bool missing = false;

	for (int i = 0; i < s->count; i++) {
		enum judge_vote v = vote_at(votes, i);
		if (s->seats[i].veto && v == VOTE_NO)
			return JUDGE_LOST;
		if (s->seats[i].required && (v == VOTE_NO || v == VOTE_ABSTAIN))
			return JUDGE_LOST;
		missing |= s->seats[i].required && s->seats[i].presence != SEAT_PRESENT;
	}
	return tree != JUDGE_LOST && missing ? JUDGE_STUCK : tree;
}

/* By all ways to go on: the definition. */
static enum judge_state defined(const struct small *s, int votes, int from)
{
	enum judge_state all[3];

	while (from < s->count &&
	       (vote_at(votes, from) != VOTE_NONE || s->seats[from].presence != SEAT_PRESENT))
		from++;
	if (from == s->count)
		return plain_step(s, votes);
	for (int v = 0; v < 3; v++)
		all[v] = defined(s, with_vote(votes, from, (enum judge_vote)(v + 1)), from + 1);
	if (all[0] == all[1] && all[1] == all[2])
		return all[0];
	if (all[0] == JUDGE_WON || all[1] == JUDGE_WON || all[2] == JUDGE_WON || all[0] == JUDGE_OPEN ||
	    all[1] == JUDGE_OPEN || all[2] == JUDGE_OPEN)
		return JUDGE_OPEN;
	return JUDGE_STUCK;
}

/* The same, but not won before the quorum. */
static enum judge_state expected(const struct small *s, int votes)
{
	const struct policy_node *root = s->policy->nodes[0];
	enum judge_state end = defined(s, votes, 0);

	return end == JUDGE_WON && votes_below(s, votes, root) < root->min_votes ? JUDGE_OPEN : end;
}

/* ---- what is promised */

static void check_ends(const struct small *s, int votes)
{
	enum judge_state state = s->state[votes];

	for (int i = 0; i < s->count && (state == JUDGE_WON || state == JUDGE_LOST); i++)
		for (int v = VOTE_YES; v <= VOTE_ABSTAIN && vote_at(votes, i) == VOTE_NONE; v++) {
			int more = with_vote(votes, i, (enum judge_vote)v);
			if (s->valid[more] && s->state[more] != state)
				fail_at(s, more, "J1: an end moved", s->state[more]);
		}
}

/* A seat that is not asked decides nothing. (But a person may use themselves up there.) */
static void check_asked(const struct small *s, struct arena *a, int votes, bool twice)
{
	struct judge *j = judged(s, a, votes);
	bool asked = false;

	for (int i = 0; i < s->count; i++) {
		bool asks = judge_asks(j, i);
		asked |= asks && s->seats[i].weight > 0;
		if (asks && vote_at(votes, i) != VOTE_NONE)
			fail_at(s, votes, "a seat that has voted is asked", s->state[votes]);
		for (int v = VOTE_YES;
		     v <= VOTE_ABSTAIN && !asks && !twice && vote_at(votes, i) == VOTE_NONE; v++) {
			int more = with_vote(votes, i, (enum judge_vote)v);
			if (s->valid[more] && s->state[more] != s->state[votes])
				fail_at(s, more, "a vote that was not asked for decides", s->state[more]);
		}
	}
	if (s->state[votes] == JUDGE_OPEN && !asked)
		fail_at(s, votes, "J3: it is open and nobody is asked", JUDGE_OPEN);
	if (judge_count(a, j) == JUDGE_OPEN)
		fail_at(s, votes, "it is open behind its deadline", JUDGE_OPEN);
}

/* A no that becomes a yes never loses what was won. */
static void check_no_to_yes(const struct small *s, int votes)
{
	for (int i = 0; i < s->count; i++) {
		int better = with_vote(votes, i, VOTE_YES);
		if (vote_at(votes, i) == VOTE_NO && s->valid[better] && s->state[votes] == JUDGE_WON &&
		    s->state[better] != JUDGE_WON)
			fail_at(s, better, "a yes is worse than a no", s->state[better]);
	}
}

/* J4: one judge led through all votes, forth and back. */
static void check_one_by_one(const struct small *s, struct arena *a)
{
	struct judge *j = judged(s, a, 0);
	int now = 0;

	for (int code = 0; code < ALL_VOTES; code++) {
		int votes = code * 89 % ALL_VOTES; /* in no particular order */
		if (!s->valid[votes])
			continue;
		for (int pass = 0; pass < 2; pass++) /* takes back first: nobody votes twice */
			for (int i = 0; i < s->count; i++) {
				enum judge_vote want = vote_at(votes, i);
				if (want != vote_at(now, i) && (pass == 1 || want == VOTE_NONE))
					judge_set(j, i, want, S_NONE);
			}
		now = votes;
		if (judge_state(j) != s->state[votes])
			fail_at(s, votes, "J4: one by one", judge_state(j));
	}
}

static void fill_table(struct small *s, struct arena *a)
{
	int all = 1 << (2 * s->count);

	memset(s->valid, 0, sizeof s->valid);
	for (int votes = 0; votes < all; votes++) {
		s->valid[votes] = can_be(s, votes);
		if (!s->valid[votes])
			continue;
		counted.cases++;
		s->state[votes] = judge_state(judged(s, a, votes));
		arena_reset(a);
	}
}

/* A policy for which the order of votes must not matter. */
static void check_unordered(struct small *s, bool by_definition, bool twice)
{
	struct arena *a = arena_open();

	fill_table(s, a);
	for (int votes = 0; votes < 1 << (2 * s->count); votes++) {
		if (!s->valid[votes])
			continue;
		check_ends(s, votes);
		check_asked(s, a, votes, twice);
		check_no_to_yes(s, votes);
		arena_reset(a);
		if (by_definition && s->state[votes] != expected(s, votes))
			fail_at(s, votes, "not as defined", s->state[votes]);
	}
	check_one_by_one(s, a);
	arena_close(a);
}

/* ---- where the order matters: every sequence */

static void sequence(const struct small *s, struct judge *j, struct judge_seat *seats, int order)
{
	enum judge_state before = judge_state(j);
	bool asked = false;

	counted.sequences++;
	for (int i = 0; i < s->count; i++) {
		if (!judge_asks(j, i))
			continue;
		asked |= s->seats[i].weight > 0;
		for (int v = VOTE_YES; v <= VOTE_ABSTAIN; v++) {
			judge_set(j, i, (enum judge_vote)v, S_NONE);
			seats[i].vote = (enum judge_vote)v;
			seats[i].order = order;
			struct arena *a = arena_open();
			struct judge *again = judge_open(a, s->policy, seats, s->count);
			if (judge_state(again) != judge_state(j))
				fail_at(s, 0, "J4: a sequence that is judged anew", judge_state(again));
			arena_close(a);
			sequence(s, j, seats, order + 1);
			judge_set(j, i, VOTE_NONE, S_NONE);
			seats[i].vote = VOTE_NONE;
			seats[i].order = 0;
			if (judge_state(j) != before)
				fail_at(s, 0, "J4: a vote taken back", judge_state(j));
		}
	}
	if (before == JUDGE_OPEN && !asked)
		fail_at(s, 0, "J3: a sequence that hangs", before);
}

static void check_ordered(struct small *s)
{
	struct judge_seat seats[SEATS];
	struct arena *a = arena_open();

	memcpy(seats, s->seats, (size_t)s->count * sizeof *seats);
	sequence(s, judge_open(a, s->policy, seats, s->count), seats, 1);
	arena_close(a);
}

/* ---- all small policies */

static const char *const needs[] = { "1",
	                                 "2",
	                                 "3",
	                                 "4",
	                                 "\"all\"",
	                                 "\"majority\"",
	                                 "\"half\"",
	                                 "{\"percent\":34}",
	                                 "{\"percent\":67}" };
enum { NEEDS = sizeof needs / sizeof *needs };

enum special { PLAIN, VETO, REQUIRED, HEAVY, OPINION, LEFT_OUT, TWICE, SPECIALS };

static void seat_text(struct buf *b, int seat, enum special special)
{
	static const char *const more[SPECIALS] = { [VETO] = ",\"veto\":true",
		                                        [REQUIRED] = ",\"required\":true",
		                                        [HEAVY] = ",\"weight\":2",
		                                        [OPINION] = ",\"weight\":0" };
	char name = special == TWICE && seat == 2 ? 'a' : (char)('a' + seat);

	buf_printf(b, "{\"user\":\"%c\"%s}", name, seat == 0 && more[special] ? more[special] : "");
}

static void flat(struct small *s, int seats, const char *need, const char *reject,
                 const char *abstain, int min_votes, enum special special)
{
	buf_clear(&s->text);
	buf_printf(&s->text,
	           "{\"need\":%s,\"reject\":\"%s\",\"abstain\":\"%s\",\"min_votes\":%d,\"of\":[", need,
	           reject, abstain, min_votes);
	for (int i = 0; i < seats; i++) {
		buf_add_text(&s->text, i == 0 ? "" : ",");
		seat_text(&s->text, i, special);
	}
	buf_add_text(&s->text, "]}");
}

static void check_flat(struct small *s, int seats, int need, int rest)
{
	const char *abstain = ((const char *[]){ "out", "no", "yes" })[rest % 3];
	const char *reject = ((const char *[]){ "impossible", "last", "any" })[rest / 3 % 3];
	int min_votes = rest / 9 % 2 * 2;
	enum special special = (enum special)(rest / 18);

	flat(s, seats, needs[need], reject, abstain, min_votes, special);
	if (!small_open(s, special == LEFT_OUT ? 0 : -1))
		return;
	if (!str_is(str_of(reject), "any"))
		check_unordered(s, str_is(str_of(reject), "impossible") && special != TWICE,
		                special == TWICE);
	else if (seats <= 3)
		check_ordered(s);
}

static void flat_policies(void **state)
{
	struct small s = { .arena = arena_open() };

	(void)state;
	for (int seats = 1; seats <= SEATS; seats++)
		for (int need = 0; need < NEEDS; need++)
			for (int rest = 0; rest < 18 * SPECIALS; rest++)
				check_flat(&s, seats, need, rest);
	buf_free(&s.text);
	arena_close(s.arena);
}

/* Two nodes of two seats, or a node and two seats. */
static void nested(struct small *s, int a, int b, int parent, int rest)
{
	static const char *const inner[] = { "1", "2", "\"majority\"" };
	static const char *const outer[] = { "\"any\"", "\"all\"", "2" };
	const char *abstain = ((const char *[]){ "out", "no", "yes" })[rest % 3];
	const char *reject = ((const char *[]){ "impossible", "any" })[rest / 3 % 2];
	enum special special = (enum special)(rest / 12);

	buf_clear(&s->text);
	buf_printf(&s->text,
	           "{\"need\":%s,\"min_votes\":%d,\"of\":[{\"need\":%s,\"abstain\":\"%s\","
	           "\"reject\":\"%s\",\"of\":[",
	           outer[parent], rest / 6 % 2 * 3, inner[a], abstain, reject);
	seat_text(&s->text, 0, special);
	buf_add_text(&s->text, ",");
	seat_text(&s->text, 1, special);
	buf_printf(&s->text, b < 3 ? "]},{\"need\":%s,\"of\":[" : "]},", b < 3 ? inner[b] : "");
	seat_text(&s->text, 2, special);
	buf_add_text(&s->text, ",");
	seat_text(&s->text, 3, special);
	buf_add_text(&s->text, b < 3 ? "]}]}" : "]}");
	if (!small_open(s, special == LEFT_OUT ? 0 : -1))
		return;
	if (rest / 3 % 2 == 0)
		check_unordered(s, special != TWICE, special == TWICE);
	else if (rest / 6 % 2 == 0 && (special == PLAIN || special == VETO))
		check_ordered(s);
}

static void nested_policies(void **state)
{
	struct small s = { .arena = arena_open() };

	(void)state;
	for (int a = 0; a < 3; a++)
		for (int b = 0; b < 4; b++)
			for (int parent = 0; parent < 3; parent++)
				for (int rest = 0; rest < 12 * SPECIALS; rest++)
					nested(&s, a, b, parent, rest);
	buf_free(&s.text);
	arena_close(s.arena);
}

/* What a lower N rejects, a higher one never approves; what a higher one approves, a lower does. */
static void monotone_in_n(void **state)
{
	struct small low = { .arena = arena_open() }, high = { .arena = arena_open() };
	struct arena *a = arena_open();

	(void)state;
	for (int n = 0; n + 1 < SEATS; n++)
		for (int rest = 0; rest < 9 * TWICE; rest++) {
			const char *abstain = ((const char *[]){ "out", "no", "yes" })[rest % 3];
			const char *reject = ((const char *[]){ "impossible", "last", "any" })[rest / 3 % 3];
			enum special special = (enum special)(rest / 9);
			flat(&low, SEATS, needs[n], reject, abstain, 0, special);
			flat(&high, SEATS, needs[n + 1], reject, abstain, 0, special);
			int out = special == LEFT_OUT ? 0 : -1;
			if (!small_open(&low, out) || !small_open(&high, out))
				continue;
			fill_table(&low, a);
			fill_table(&high, a);
			for (int v = 0; v < ALL_VOTES; v++)
				if (high.valid[v] && high.state[v] == JUDGE_WON && low.state[v] != JUDGE_WON)
					fail_at(&low, v, "a lower N does not approve", low.state[v]);
		}
	buf_free(&low.text);
	buf_free(&high.text);
	arena_close(low.arena);
	arena_close(high.arena);
	arena_close(a);
}

static void enough_was_looked_at(void **state)
{
	(void)state;
	print_message("%ld policies, %ld cases, %ld sequences\n", counted.policies, counted.cases,
	              counted.sequences);
	assert_true(counted.policies > 4000 && counted.cases > 300 * 1000);
	assert_true(counted.sequences > 100 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_policies),
		cmocka_unit_test(nested_policies),
		cmocka_unit_test(monotone_in_n),
		cmocka_unit_test(enough_was_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
