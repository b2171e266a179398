/* judge_test.c - the rows of the decision table that are judging alone, one story each. */
#include "check.h"

#include "base/limits.h"
#include "domain/policy/judge.h"

/* A step: a policy, and votes as they come. */
struct step {
	struct arena *arena;
	const struct policy *policy;
	struct judge_seat *seats;
	struct judge *judge;
};

static struct step step_open(const char *policy)
{
	struct step s = { .arena = arena_open() };
	struct refused why;

	s.policy = policy_read_text(s.arena, str_of(policy), &why);
	if (s.policy == NULL)
		print_error("%.*s\n", S_ARG(why.text));
	assert_non_null(s.policy);
	s.seats = judge_seats(s.arena, s.policy);
	s.judge = judge_open(s.arena, s.policy, s.seats, s.policy->seat_count);
	return s;
}

/* Seats as letters: y, n, a (abstains), . (waits), x (left out at the opening). */
static enum judge_state step_votes(struct step *s, const char *votes)
{
	for (int i = 0; votes[i] != '\0'; i++)
		if (votes[i] == 'x') {
			s->seats[i].presence = SEAT_LEFT_OUT;
			s->judge = judge_open(s->arena, s->policy, s->seats, s->policy->seat_count);
		}
	for (int i = 0; votes[i] != '\0'; i++)
		if (strchr("yna", votes[i]) != NULL)
			judge_set(s->judge, i,
			          votes[i] == 'y'   ? VOTE_YES
			          : votes[i] == 'n' ? VOTE_NO
			                            : VOTE_ABSTAIN,
			          S_NONE);
	return judge_state(s->judge);
}

static void check_step(const char *policy, const char *votes, enum judge_state expected,
                       enum judge_reason reason, int line)
{
	struct step s = step_open(policy);
	enum judge_state got = step_votes(&s, votes);

	if (got != expected || (reason != REASON_NONE && judge_reason(s.judge) != reason)) {
		print_error("line %d: %s with %s is %s (%s), not %s (%s)\n", line, policy, votes,
		            judge_state_name(got), judge_reason_name(judge_reason(s.judge)),
		            judge_state_name(expected), judge_reason_name(reason));
		fail();
	}
	arena_close(s.arena);
}

#define OPEN(policy, votes) check_step(policy, votes, JUDGE_OPEN, REASON_NONE, __LINE__)
#define OPEN_BY(policy, votes, why) check_step(policy, votes, JUDGE_OPEN, why, __LINE__)
#define WON(policy, votes) check_step(policy, votes, JUDGE_WON, REASON_REACHED, __LINE__)
#define LOST(policy, votes) check_step(policy, votes, JUDGE_LOST, REASON_REJECTED, __LINE__)
#define LOST_BY(policy, votes, why) check_step(policy, votes, JUDGE_LOST, why, __LINE__)
#define STUCK(policy, votes, why) check_step(policy, votes, JUDGE_STUCK, why, __LINE__)

#define ABC "\"of\":[\"a\",\"b\",\"c\"]"
#define TEN "\"of\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]"

static void a01_all_close_at_the_last_yes_or_the_first_no(void **state)
{
	(void)state;
	OPEN("{\"need\":\"all\"," ABC "}", "yy.");
	WON("{\"need\":\"all\"," ABC "}", "yyy");
	LOST("{\"need\":\"all\"," ABC "}", "n..");
	LOST("{\"need\":\"all\"," ABC "}", "y.n");
}

static void a02_any_closes_at_the_first_yes_and_a_no_decides_nothing(void **state)
{
	(void)state;
	OPEN("{\"need\":\"any\"," ABC "}", "nn.");
	WON("{\"need\":\"any\"," ABC "}", "nny");
	WON("{\"need\":\"any\"," ABC "}", "y..");
	LOST("{\"need\":\"any\"," ABC "}", "nnn");
	LOST("{\"need\":\"any\",\"reject\":\"any\"," ABC "}", "n..");
	WON("{\"need\":\"any\",\"reject\":\"any\"," ABC "}", "y..");
}

static void a03_closes_when_n_is_reached(void **state)
{
	(void)state;
	OPEN("{\"need\":2," ABC "}", "y..");
	WON("{\"need\":2," ABC "}", "y.y");
	WON("{\"need\":2," ABC "}", "yny");
}

static void a04_rejects_when_n_cannot_be_reached(void **state)
{
	(void)state;
	LOST("{\"need\":2," ABC "}", "nn.");
	OPEN("{\"need\":2,\"reject\":\"last\"," ABC "}", "nn.");
	LOST("{\"need\":2,\"reject\":\"last\"," ABC "}", "nny");
}

static void a05_one_no_of_several_is_one_no(void **state)
{
	(void)state;
	OPEN("{\"need\":2," ABC "}", "n..");
	LOST("{\"need\":2,\"reject\":\"any\"," ABC "}", "n..");
}

static void a06_ratios_and_ties(void **state)
{
	(void)state;
	WON("{\"need\":\"half\"," TEN "}", "yyyyy.....");
	OPEN("{\"need\":\"half\"," TEN "}", "yyyynnnnn.");
	LOST("{\"need\":\"half\"," TEN "}", "nnnnnn....");
	OPEN("{\"need\":\"majority\"," TEN "}", "yyyyynnnn.");
	WON("{\"need\":\"majority\"," TEN "}", "yyyyyy....");
	LOST("{\"need\":\"majority\"," TEN "}", "nnnnn.....");
	OPEN("{\"need\":{\"percent\":66}," TEN "}", "yyyyyynnn.");
	WON("{\"need\":{\"percent\":66}," TEN "}", "yyyyyyy...");
	LOST("{\"need\":{\"percent\":66}," TEN "}", "nnnn......");
	WON("{\"need\":\"half\"," ABC "}", "yy.");
}

static void a07_a_veto_rejects_and_enough_yes_wait_for_it(void **state)
{
	const char *p = "{\"need\":2,\"of\":[\"a\",\"b\",{\"user\":\"v\",\"veto\":true}]}";
	const char *off =
		"{\"need\":2,\"veto_wait\":false,\"of\":[\"a\",\"b\",{\"user\":\"v\",\"veto\":true}]}";

	(void)state;
	LOST_BY(p, "..n", REASON_VETO);
	LOST_BY(p, "yyn", REASON_VETO);
	OPEN_BY(p, "yy.", REASON_VETO_WAIT);
	WON(p, "yyy");
	WON(p, "yya");
	WON(off, "yy.");
	LOST_BY(off, "y.n", REASON_VETO);
	LOST_BY("{\"need\":\"any\",\"of\":[\"a\",{\"need\":\"all\",\"of\":[\"b\","
	        "{\"user\":\"v\",\"veto\":true}]}]}",
	        "..n", REASON_VETO);
}

static void a08_nothing_without_the_yes_of_a_required_one(void **state)
{
	const char *p = "{\"need\":\"any\",\"of\":[\"a\",{\"user\":\"r\",\"required\":true}]}";

	(void)state;
	OPEN_BY(p, "y.", REASON_REQUIRED_WAIT);
	LOST_BY(p, "yn", REASON_REQUIRED);
	LOST_BY(p, "ya", REASON_REQUIRED);
	WON(p, "yy");
	WON(p, ".y");
	STUCK(p, ".x", REASON_REQUIRED_MISSING);
}

static void a09_weights_are_summed_and_weight_0_is_an_opinion(void **state)
{
	const char *p = "{\"need\":{\"weight\":3},\"of\":[{\"user\":\"a\",\"weight\":2},\"b\",\"c\","
					"{\"user\":\"o\",\"weight\":0}]}";

	(void)state;
	WON(p, "yy..");
	OPEN(p, ".yyy");
	LOST(p, ".nny");
	LOST(p, "n...");
	OPEN(p, "y..n");
}

static void a10_no_win_before_the_quorum(void **state)
{
	const char *p = "{\"need\":1,\"min_votes\":2," ABC "}";

	(void)state;
	OPEN_BY(p, "y..", REASON_QUORUM_WAIT);
	WON(p, "yn.");
	WON(p, "ya.");
	STUCK(p, ".xx", REASON_TOO_FEW_LEFT);
}

static void a11_nodes_nest(void **state)
{
	const char *p =
		"{\"need\":\"any\",\"of\":[{\"need\":\"all\",\"of\":["
		"{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]},{\"need\":2,\"of\":[\"d\",\"e\",\"f\"]}]},"
		"\"g\"]}";

	(void)state;
	OPEN(p, "yy.nn..");
	WON(p, "yy.yy..");
	WON(p, "nn....y");
	LOST(p, "nn....n");
	OPEN(p, "yy.y...");
}

static void a12_an_abstention_leaves_the_count(void **state)
{
	(void)state;
	WON("{\"need\":\"all\"," ABC "}", "yya");
	WON("{\"need\":\"majority\"," ABC "}", "yay");
	OPEN("{\"need\":\"half\"," ABC "}", "a..");
	WON("{\"need\":\"half\"," ABC "}", "ay.");
	LOST("{\"need\":2," ABC "}", "aa.");
	OPEN("{\"need\":2," ABC "}", "a..");
	STUCK("{\"need\":\"all\"," ABC "}", "aaa", REASON_NOBODY_LEFT);
	STUCK("{\"need\":\"any\"," ABC "}", "aaa", REASON_NOBODY_LEFT);
	LOST("{\"need\":\"all\",\"abstain\":\"no\"," ABC "}", "a..");
	WON("{\"need\":\"all\",\"abstain\":\"yes\"," ABC "}", "yya");
}

static void a14_a_vote_is_taken_back(void **state)
{
	struct step s = step_open("{\"need\":2," ABC "}");

	(void)state;
	assert_int_equal(step_votes(&s, "y.."), JUDGE_OPEN);
	judge_set(s.judge, 0, VOTE_NONE, S_NONE);
	assert_int_equal(judge_progress(s.judge, 0).yes, 0);
	assert_int_equal(step_votes(&s, "n.."), JUDGE_OPEN);
	assert_int_equal(step_votes(&s, ".n."), JUDGE_LOST);
	arena_close(s.arena);
}

static void a15_one_person_in_two_seats_counts_once(void **state)
{
	struct step s = step_open("{\"need\":\"all\",\"of\":[{\"need\":\"any\",\"of\":[\"a\",\"b\"]},"
	                          "{\"need\":\"any\",\"of\":[\"a\",\"c\"]}]}");

	(void)state;
	judge_set(s.judge, 0, VOTE_YES, S_NONE);
	assert_true(judge_same_person(s.judge, 2));
	assert_false(judge_asks(s.judge, 2));
	assert_true(judge_voted(s.judge, S("a")));
	assert_int_equal(judge_state(s.judge), JUDGE_OPEN);
	judge_set(s.judge, 3, VOTE_YES, S_NONE);
	assert_int_equal(judge_state(s.judge), JUDGE_WON);
	arena_close(s.arena);

	/* in one node the second seat is out from the beginning: M is a count of people */
	OPEN("{\"need\":\"majority\",\"of\":[\"a\",\"a\",\"b\"]}", "y..");
	WON("{\"need\":\"majority\",\"of\":[\"a\",\"a\",\"b\"]}", "y.y");
	WON("{\"need\":2,\"distinct\":\"slot\",\"of\":[\"a\",\"a\",\"b\"]}", "yy.");

	/* two posts turn out to be held by the same person: N is not lowered */
	s = step_open("{\"need\":2,\"of\":[{\"post\":\"cfo\"},{\"post\":\"director\"}]}");
	s.seats[0].holder = s.seats[1].holder = S("a");
	s.judge = judge_open(s.arena, s.policy, s.seats, 2);
	assert_int_equal(judge_state(s.judge), JUDGE_STUCK);
	arena_close(s.arena);
}

static void a17_a_delegate_uses_up_their_own_seat_not_the_principals(void **state)
{
	struct step s = step_open("{\"need\":2,\"of\":[\"a\",\"b\",\"d\"]}");

	(void)state;
	judge_set(s.judge, 0, VOTE_YES, S("d"));
	assert_true(judge_same_person(s.judge, 2));
	assert_true(judge_voted(s.judge, S("d")));
	assert_false(judge_voted(s.judge, S("a")));
	judge_set(s.judge, 1, VOTE_YES, S_NONE);
	assert_int_equal(judge_state(s.judge), JUDGE_WON);
	arena_close(s.arena);
}

static void a18_a19_who_is_left_out_does_not_count_and_nobody_is_no_approval(void **state)
{
	(void)state;
	WON("{\"need\":\"all\"," ABC "}", "xyy");
	STUCK("{\"need\":\"all\"," ABC "}", "xxx", REASON_TOO_FEW_LEFT);
	STUCK("{\"need\":3," ABC "}", "x..", REASON_TOO_FEW_LEFT);
	OPEN("{\"need\":2," ABC "}", "x..");
	STUCK("{\"need\":\"all\",\"of\":[{\"need\":\"all\",\"of\":[\"a\"]},\"b\"]}", "x.",
	      REASON_TOO_FEW_LEFT);
	WON("{\"need\":\"any\",\"of\":[{\"need\":\"all\",\"of\":[\"a\"]},\"b\"]}", "xy");
}

static void a20_who_leaves_takes_the_open_seat_but_not_the_vote(void **state)
{
	struct step s = step_open("{\"need\":\"all\"," ABC "}");

	(void)state;
	assert_int_equal(step_votes(&s, "yy."), JUDGE_OPEN);
	judge_presence(s.judge, 0, SEAT_GONE);
	assert_int_equal(judge_state(s.judge), JUDGE_OPEN);
	assert_int_equal(judge_progress(s.judge, 0).yes, 2);
	judge_presence(s.judge, 2, SEAT_GONE);
	assert_int_equal(judge_state(s.judge), JUDGE_WON);
	arena_close(s.arena);

	s = step_open("{\"need\":3," ABC "}");
	judge_presence(s.judge, 2, SEAT_GONE);
	assert_int_equal(judge_state(s.judge), JUDGE_STUCK);
	arena_close(s.arena);
}

static enum judge_state counted(const char *policy, const char *votes)
{
	struct step s = step_open(policy);

	(void)step_votes(&s, votes);
	enum judge_state result = judge_count(s.arena, s.judge);
	arena_close(s.arena);
	return result;
}

static void a21_at_the_deadline_those_cast_are_counted(void **state)
{
	(void)state;
	assert_int_equal(counted("{\"need\":\"majority\"," ABC "}", "y.."), JUDGE_WON);
	assert_int_equal(counted("{\"need\":\"majority\"," ABC "}", "yn."), JUDGE_LOST);
	assert_int_equal(counted("{\"need\":\"all\"," ABC "}", "yy."), JUDGE_WON);
	assert_int_equal(counted("{\"need\":2," ABC "}", "y.."), JUDGE_LOST);
	assert_int_equal(counted("{\"need\":\"majority\"," ABC "}", "..."), JUDGE_STUCK);
	assert_int_equal(counted("{\"need\":\"any\",\"min_votes\":2," ABC "}", "y.."), JUDGE_LOST);
	assert_int_equal(counted("{\"need\":\"any\",\"of\":[\"a\",{\"user\":\"v\",\"veto\":true}]}",
	                         "y."),
	                 JUDGE_WON);
	assert_int_equal(counted("{\"need\":\"any\",\"of\":[\"a\",{\"user\":\"r\",\"required\":true}]}",
	                         "y."),
	                 JUDGE_LOST);
}

static void b04_as_many_of_a_group_as_were_asked_for(void **state)
{
	struct step s = step_open("{\"need\":\"all\",\"of\":[{\"group\":\"legal\",\"count\":2}]}");

	(void)state;
	assert_int_equal(s.policy->seat_count, 2);
	judge_set(s.judge, 0, VOTE_YES, S("x"));
	assert_int_equal(judge_state(s.judge), JUDGE_OPEN);
	judge_set(s.judge, 1, VOTE_YES, S("y"));
	assert_int_equal(judge_state(s.judge), JUDGE_WON);
	arena_close(s.arena);
}

static void b05_an_added_seat_makes_ratios_grow_but_not_n(void **state)
{
	struct step all = step_open("{\"need\":\"all\"," ABC "}"),
				two = step_open("{\"need\":2," ABC "}");
	struct step *steps[] = { &all, &two };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct step *s = steps[i];
		struct judge_seat seats[4] = {
			s->seats[0], s->seats[1], s->seats[2], { .weight = 1, .holder = S("d") }
		};
		assert_true(judge_may_add(s->judge, 0));
		s->judge = judge_open(s->arena, s->policy, seats, 4);
		(void)step_votes(s, i == 0 ? "yyy" : "yy");
		assert_int_equal(judge_state(s->judge), i == 0 ? JUDGE_OPEN : JUDGE_WON);
		assert_int_equal(judge_may_add(s->judge, 0), i == 0);
		arena_close(s->arena);
	}
}

static void b19_a_step_is_judged_by_the_version_it_opened_with(void **state)
{
	struct step s = step_open("{\"need\":2," ABC "}");

	(void)state;
	assert_int_equal(s.policy->judge_version, JUDGE_VERSION);
	arena_close(s.arena);
}

static void check_why(const char *policy, const char *votes, const char *en, const char *ja)
{
	struct step s = step_open(policy);
	struct buf b = { 0 };

	(void)step_votes(&s, votes);
	judge_why(s.judge, LANGUAGE_EN, &b);
	check_text(buf_str(&b), en);
	buf_clear(&b);
	judge_why(s.judge, LANGUAGE_JA, &b);
	check_text(buf_str(&b), ja);
	buf_free(&b);
	arena_close(s.arena);
}

static void the_reason_is_one_sentence(void **state)
{
	(void)state;
	check_why("{\"need\":3,\"of\":[\"a\",\"b\",\"c\",\"d\"]}", "yy..",
	          "2 of 4 have agreed; 1 more is needed.",
	          "4件中2件が承認しています。あと1件の承認が必要です。");
	check_why("{\"need\":2," ABC "}", "nn.",
	          "0 of 3 have agreed and 2 refused; 2 are needed and can't be reached any more.",
	          "3件中0件が承認、2件が否認しました。必要な2件の承認には届きません。");
	check_why("{\"need\":\"any\"," ABC "}", "y..", "1 of 3 has agreed; 1 was needed.",
	          "3件中1件が承認し、必要な1件に達しました。");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a01_all_close_at_the_last_yes_or_the_first_no),
		cmocka_unit_test(a02_any_closes_at_the_first_yes_and_a_no_decides_nothing),
		cmocka_unit_test(a03_closes_when_n_is_reached),
		cmocka_unit_test(a04_rejects_when_n_cannot_be_reached),
		cmocka_unit_test(a05_one_no_of_several_is_one_no),
		cmocka_unit_test(a06_ratios_and_ties),
		cmocka_unit_test(a07_a_veto_rejects_and_enough_yes_wait_for_it),
		cmocka_unit_test(a08_nothing_without_the_yes_of_a_required_one),
		cmocka_unit_test(a09_weights_are_summed_and_weight_0_is_an_opinion),
		cmocka_unit_test(a10_no_win_before_the_quorum),
		cmocka_unit_test(a11_nodes_nest),
		cmocka_unit_test(a12_an_abstention_leaves_the_count),
		cmocka_unit_test(a14_a_vote_is_taken_back),
		cmocka_unit_test(a15_one_person_in_two_seats_counts_once),
		cmocka_unit_test(a17_a_delegate_uses_up_their_own_seat_not_the_principals),
		cmocka_unit_test(a18_a19_who_is_left_out_does_not_count_and_nobody_is_no_approval),
		cmocka_unit_test(a20_who_leaves_takes_the_open_seat_but_not_the_vote),
		cmocka_unit_test(a21_at_the_deadline_those_cast_are_counted),
		cmocka_unit_test(b04_as_many_of_a_group_as_were_asked_for),
		cmocka_unit_test(b05_an_added_seat_makes_ratios_grow_but_not_n),
		cmocka_unit_test(b19_a_step_is_judged_by_the_version_it_opened_with),
		cmocka_unit_test(the_reason_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
