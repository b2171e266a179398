/* read_test.c - policies that are refused, each with its code, and the one canonical text. */
#include "check.h"

#include "base/limits.h"
#include "domain/policy/policy.h"

static void check_refused(const char *text, enum refusal why, const char *begins)
{
	struct arena *a = arena_open();
	struct refused r;
	const struct policy *p = policy_read_text(a, str_of(text), &r);

	if (p != NULL || r.why != why || !str_starts(r.text, str_of(begins))) {
		print_error("%s: %s, %.*s; not %s\n", text, p != NULL ? "read" : refusal_name(r.why),
		            S_ARG(r.text), begins);
		fail();
	}
	arena_close(a);
}

#define INVALID(text, begins) check_refused(text, REFUSED_INVALID_POLICY, begins)
#define IMPOSSIBLE(text, begins) check_refused(text, REFUSED_IMPOSSIBLE_POLICY, begins)

static void what_is_no_policy_is_refused_with_the_place(void **state)
{
	(void)state;
	INVALID("[]", "NO_OBJECT at the policy itself");
	INVALID("{\"need\":1,\"of\":[\"a\"]", "");
	INVALID("{\"of\":[\"a\"]}", "INVALID_NEED at /need");
	INVALID("{\"need\":1}", "MISSING_OF at /of");
	INVALID("{\"need\":1.5,\"of\":[\"a\"]}", "INVALID_NEED at /need");
	INVALID("{\"need\":\"most\",\"of\":[\"a\"]}", "INVALID_NEED at /need");
	INVALID("{\"need\":{\"percent\":50,\"weight\":1},\"of\":[\"a\"]}", "INVALID_NEED");
	INVALID("{\"need\":{\"percnt\":50},\"of\":[\"a\"]}",
	        "UNKNOWN_MEMBER at /need/percnt: There is no member of this name; did you mean "
	        "\"percent\"?");
	INVALID(
		"{\"need\":1,\"of\":[\"a\"],\"abstian\":\"no\"}",
		"UNKNOWN_MEMBER at /abstian: There is no member of this name; did you mean \"abstain\"?");
	INVALID("{\"need\":1,\"of\":[{\"user\":\"a\",\"wieght\":2}]}",
	        "UNKNOWN_MEMBER at /of/0/wieght");
	INVALID("{\"need\":1,\"of\":[{\"user\":\"a\",\"count\":2}]}", "UNKNOWN_MEMBER at /of/0/count");
	INVALID("{\"need\":1,\"of\":[{\"need\":1,\"of\":[\"a\"],\"self\":\"allow\"}]}",
	        "UNKNOWN_MEMBER at /of/0/self");
	INVALID("{\"need\":1,\"of\":[\"a\",7]}", "INVALID_MEMBER at /of/1");
	INVALID("{\"need\":1,\"of\":[\"\"]}", "INVALID_NAME at /of/0");
	INVALID("{\"need\":1,\"of\":[\" a\"]}", "INVALID_NAME at /of/0");
	INVALID("{\"need\":1,\"of\":[\"a\\u0000b\"]}", "INVALID_NAME at /of/0");
	INVALID("{\"need\":1,\"of\":[{\"group\":7}]}", "INVALID_NAME at /of/0/group");
	INVALID("{\"need\":1,\"of\":[{\"expression\":\"applicant.superior\"}]}",
	        "EXPRESSIONS_NOT_SUPPORTED at /of/0/expression");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"reject\":\"first\"}", "INVALID_VALUE at /reject");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"veto_wait\":\"yes\"}", "INVALID_VALUE at /veto_wait");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"min_votes\":-1}", "INVALID_NUMBER at /min_votes");
	INVALID("{\"need\":1,\"of\":[{\"user\":\"a\",\"weight\":1000001}]}",
	        "INVALID_NUMBER at /of/0/weight");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"comment_required_on\":[\"reading\"]}",
	        "INVALID_VALUE at /comment_required_on");
}

#define DEADLINE(d) "{\"need\":1,\"of\":[\"a\"],\"deadline\":" d "}"
#define REMIND(r) "{\"need\":1,\"of\":[\"a\"],\"remind\":" r "}"

static void times_are_checked(void **state)
{
	static const char *const good[] = { "P3D", "PT4H", "P1DT2H", "P2W", "P1Y2M3DT4H5M6S" };
	static const char *const bad[] = { "P",      "PT",        "3D",    "P3",   "P3H",
		                               "PT3D",   "P0D",       "P-1D",  "P1DT", "PT1H1H",
		                               "PT1S1H", "P1234567D", "P1.5D", "" };
	struct arena *a = arena_open();
	struct refused r;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_non_null(
			policy_read_text(a, arena_printf(a, DEADLINE("{\"after\":\"%s\"}"), good[i]), &r));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		INVALID(arena_printf(a, DEADLINE("{\"after\":\"%s\"}"), bad[i]).at,
		        "INVALID_DURATION at /deadline/after");
	arena_close(a);
	INVALID(DEADLINE("{}"), "INVALID_DEADLINE");
	INVALID(DEADLINE("{\"after\":\"P1D\",\"at\":\"2026-11-25T18:00:00+09:00\"}"),
	        "INVALID_DEADLINE");
	INVALID(DEADLINE("{\"at\":\"2026-11-25\"}"), "INVALID_TIME at /deadline/at");
	INVALID(DEADLINE("{\"after\":\"P1D\",\"then\":\"wait\"}"), "INVALID_VALUE at /deadline/then");
	INVALID(DEADLINE("{\"after\":\"P1D\",\"recompute\":true}"), "INVALID_DEADLINE at /deadline");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"fresh_login_from\":-1}",
	        "INVALID_NUMBER at /fresh_login_from");
	INVALID("{\"need\":1,\"of\":[\"a\"],\"fresh_login_from\":2147483648}",
	        "INVALID_NUMBER at /fresh_login_from");
	INVALID(REMIND("[{\"before\":\"PT4H\"}]"), "REMINDER_WITHOUT_DEADLINE");
	INVALID(REMIND("[{\"every\":\"PT0S\"}]"), "INVALID_DURATION at /remind/0");
	INVALID(REMIND("[{\"every\":\"P1D\",\"before\":\"P1D\"}]"), "INVALID_REMINDER at /remind/0");
}

static void what_nobody_can_satisfy_is_refused(void **state)
{
	(void)state;
	IMPOSSIBLE("{\"need\":3,\"of\":[\"a\",\"b\"]}", "N_UNREACHABLE at the policy itself");
	IMPOSSIBLE("{\"need\":0,\"of\":[\"a\",\"b\"]}", "N_TOO_SMALL at /need");
	IMPOSSIBLE("{\"need\":-2,\"of\":[\"a\",\"b\"]}", "N_TOO_SMALL at /need");
	IMPOSSIBLE("{\"need\":{\"weight\":4},\"of\":[{\"user\":\"a\",\"weight\":2},\"b\"]}",
	           "N_UNREACHABLE");
	IMPOSSIBLE("{\"need\":{\"percent\":0},\"of\":[\"a\"]}", "PERCENT_OUT_OF_RANGE at /need");
	IMPOSSIBLE("{\"need\":{\"percent\":101},\"of\":[\"a\"]}", "PERCENT_OUT_OF_RANGE at /need");
	IMPOSSIBLE("{\"need\":\"all\",\"of\":[]}", "EMPTY_OF at /of");
	IMPOSSIBLE("{\"need\":\"all\",\"of\":[\"a\",{\"need\":\"all\",\"of\":[]}]}",
	           "EMPTY_OF at /of/1/of");
	IMPOSSIBLE("{\"need\":1,\"min_votes\":3,\"of\":[\"a\",\"b\"]}", "MIN_VOTES_UNREACHABLE");
	IMPOSSIBLE("{\"need\":\"all\",\"of\":[{\"user\":\"a\",\"weight\":0}]}", "NOBODY_COUNTS");
	IMPOSSIBLE("{\"need\":1,\"of\":[\"b\",{\"user\":\"a\",\"weight\":0,\"veto\":true}]}",
	           "WEIGHT_CONTRADICTION at /of/1");
	IMPOSSIBLE("{\"need\":1,\"of\":[\"b\",{\"user\":\"a\",\"weight\":0,\"required\":true}]}",
	           "WEIGHT_CONTRADICTION at /of/1");
	IMPOSSIBLE("{\"need\":1,\"of\":[\"a\",{\"user\":\"a\",\"veto\":true}]}",
	           "RIGHTS_CONTRADICT at /of/1");
	IMPOSSIBLE("{\"need\":2,\"of\":[\"a\",\"a\"]}", "N_UNREACHABLE");
	IMPOSSIBLE("{\"need\":1,\"of\":[\"c\",{\"need\":3,\"of\":[\"a\",\"b\"]}]}",
	           "N_UNREACHABLE at /of/1");
	IMPOSSIBLE(
		"{\"need\":\"all\",\"of\":[{\"need\":1,\"of\":[\"a\"]},{\"need\":1,\"of\":[\"a\"]}]}",
		"TOO_FEW_PEOPLE");
	/* what is no policy at all is said first */
	INVALID("{\"need\":0,\"of\":[\"a\",7]}", "INVALID_MEMBER");
}

static void what_can_be_satisfied_is_not(void **state)
{
	static const char *const good[] = {
		"{\"need\":2,\"distinct\":\"slot\",\"of\":[\"a\",\"a\"]}",
		"{\"need\":1,\"of\":[\"a\",\"a\"]}",
		"{\"need\":3,\"of\":[{\"group\":\"g\",\"count\":3}]}",
		"{\"need\":\"all\",\"of\":[{\"need\":1,\"of\":[\"a\",\"b\"]},{\"need\":1,\"of\":[\"a\"]}]}",
		"{\"need\":1,\"of\":[{\"user\":\"a\",\"veto\":true,\"required\":true}]}",
		"{\"need\":\"any\",\"of\":[{\"post\":\"director\",\"of\":\"applicant.department\"}]}",
		"{\"need\":1,\"of\":[\"山田 太郎\"],\"escalate_to\":{\"group\":\"役員\"},"
		"\"deadline\":{\"at\":\"2026-11-25T18:00:00+09:00\",\"calendar\":\"jp\","
		"\"then\":\"count\"},"
		"\"remind\":[{\"before\":\"PT0S\"},{\"every\":\"P1D\"}],\"comment_required_on\":[]}",
	};
	struct arena *a = arena_open();
	struct refused r;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (policy_read_text(a, str_of(good[i]), &r) == NULL) {
			print_error("%s: %.*s\n", good[i], S_ARG(r.text));
			fail();
		}
	arena_close(a);
}

static struct str many(struct arena *a, const char *need, int count)
{
	struct buf b = { 0 };

	buf_printf(&b, "{\"need\":%s,\"of\":[", need);
	for (int i = 0; i < count; i++)
		buf_printf(&b, "%s\"u%d\"", i == 0 ? "" : ",", i);
	buf_add_text(&b, "]}");
	arena_adopt(a, b.at);
	return buf_str(&b);
}

static struct str deep(struct arena *a, int levels)
{
	struct str text = S("\"a\"");

	for (int i = 0; i < levels; i++)
		text = arena_printf(a, "{\"need\":1,\"of\":[%.*s]}", S_ARG(text));
	return text;
}

static void one_over_each_bound_is_refused(void **state)
{
	struct arena *a = arena_open();
	struct refused r;
	struct buf big = { 0 };

	(void)state;
	assert_non_null(policy_read_text(a, many(a, "\"all\"", POLICY_SEATS_MAX), &r));
	INVALID(many(a, "\"all\"", POLICY_SEATS_MAX + 1).at, "TOO_MANY_SEATS");
	INVALID("{\"need\":1,\"of\":[{\"group\":\"g\",\"count\":1000},\"a\"]}", "TOO_MANY_SEATS");
	assert_non_null(policy_read_text(a, deep(a, POLICY_DEPTH_MAX), &r));
	INVALID(deep(a, POLICY_DEPTH_MAX + 1).at, "TOO_DEEP");
	for (int i = 0; i < POLICY_NODES_MAX; i++)
		buf_printf(&big, "%s{\"need\":1,\"of\":[\"u%d\"]}", i == 0 ? "{\"need\":1,\"of\":[" : ",",
		           i);
	buf_add_text(&big, "]}");
	INVALID(arena_str(a, buf_str(&big)).at, "TOO_MANY_NODES");
	buf_clear(&big);
	buf_add_text(&big, "{\"need\":1,\"of\":[\"a\"]}");
	while (big.len <= POLICY_BYTES_MAX)
		buf_add_byte(&big, ' ');
	INVALID(arena_str(a, buf_str(&big)).at, "A policy may have 65536 bytes");
	buf_free(&big);
	INVALID("{\"need\":1,\"of\":[\"123456789012345678901234567890123456789012345678901234567890"
	        "12345\"]}",
	        "INVALID_NAME");
	arena_close(a);
}

static void only_so_many_faults_are_told(void **state)
{
	struct arena *a = arena_open();
	struct policy_fault *faults;
	struct buf b = { 0 };
	struct str why;
	int count = 0;

	(void)state;
	buf_add_text(&b, "{\"need\":1,\"of\":[");
	for (int i = 0; i < POLICY_FAULTS_MAX + 5; i++)
		buf_add_text(&b, i == 0 ? "7" : ",7");
	buf_add_text(&b, "]}");
	assert_null(policy_check(a, json_read(a, buf_str(&b), &why), &faults));
	for (const struct policy_fault *f = faults; f != NULL; f = f->next) {
		count++;
		assert_true(f->ja.len > 0 && f->en.len > 0);
	}
	assert_int_equal(count, POLICY_FAULTS_MAX);
	buf_free(&b);
	arena_close(a);
}

static const struct policy *good(struct arena *a, const char *text)
{
	struct refused r;
	const struct policy *p = policy_read_text(a, str_of(text), &r);

	assert_non_null(p);
	return p;
}

static void two_spellings_of_one_policy_have_one_hash(void **state)
{
	static const char *const same[][2] = {
		{ "{\"need\":2,\"of\":[\"a\",\"b\"]}",
		  " { \"of\" : [ {\"user\":\"a\"}, \"b\" ], \"need\" : 2 } " },
		{ "{\"need\":1,\"of\":[\"a\"]}",
		  "{\"need\":\"any\",\"of\":[{\"weight\":1,\"user\":\"a\"}]}" },
		{ "{\"need\":2,\"of\":[\"a\",\"b\"]}", "{\"need\":{\"weight\":2},\"of\":[\"a\",\"b\"]}" },
		{ "{\"need\":\"all\",\"of\":[\"a\"]}", "{\"need\":{\"percent\":100},\"of\":[\"a\"]}" },
		{ "{\"need\":\"half\",\"of\":[\"a\"]}", "{\"need\":{\"percent\":50},\"of\":[\"a\"]}" },
		{ "{\"need\":1,\"of\":[\"a\"]}",
		  "{\"need\":1,\"of\":[\"a\"],\"self\":\"exclude\",\"distinct\":\"person\","
		  "\"retract\":true,"
		  "\"return\":true,\"veto_wait\":true,\"edit\":\"forbid\",\"remind\":[],\"min_votes\":0,"
		  "\"reject\":\"impossible\",\"abstain\":\"out\",\"comment_required_on\":[\"return\","
		  "\"reject\"]}" },
		{ "{\"need\":1,\"of\":[\"\\u0061\"]}", "{\"need\":1,\"of\":[\"a\"]}" },
	};
	struct arena *a = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_string_equal(good(a, same[i][0])->sha256_text, good(a, same[i][1])->sha256_text);
	assert_string_not_equal(good(a, "{\"need\":1,\"of\":[\"a\",\"b\"]}")->sha256_text,
	                        good(a, "{\"need\":2,\"of\":[\"a\",\"b\"]}")->sha256_text);
	arena_close(a);
}

static void the_canonical_text_reads_as_itself(void **state)
{
	struct arena *a = arena_open();
	const struct policy *p = good(
		a,
		"{\"need\":{\"weight\":3},\"of\":[{\"user\":\"b\",\"weight\":2,\"veto\":true},"
		"{\"group\":\"legal\",\"count\":2},{\"need\":\"any\",\"of\":[{\"post\":\"cfo\"}]}],"
		"\"deadline\":{\"after\":\"P3D\",\"calendar\":\"jp\"},\"remind\":[{\"every\":\"P1D\"}]}");
	struct refused r;

	(void)state;
	check_text(
		p->canonical,
		"{\"abstain\":\"out\",\"comment_required_on\":[\"reject\",\"return\"],"
		"\"deadline\":{\"after\":\"P3D\",\"calendar\":\"jp\",\"then\":\"escalate\"},"
		"\"distinct\":\"person\",\"edit\":\"forbid\",\"min_votes\":0,\"need\":{\"weight\":3},"
		"\"of\":[{\"required\":false,\"user\":\"b\",\"veto\":true,\"weight\":2},"
		"{\"count\":2,\"group\":\"legal\",\"required\":false,\"veto\":false,\"weight\":1},"
		"{\"abstain\":\"out\",\"min_votes\":0,\"need\":\"any\",\"of\":["
		"{\"count\":1,\"post\":\"cfo\","
		"\"required\":false,\"veto\":false,\"weight\":1}],\"reject\":\"impossible\"}],"
		"\"reject\":\"impossible\",\"remind\":[{\"every\":\"P1D\"}],\"retract\":true,"
		"\"return\":true,\"self\":\"exclude\",\"veto_wait\":true}");
	const struct policy *fresh =
		good(a, "{\"need\":1,\"of\":[\"b\"],\"late\":\"view\",\"fresh_login_from\":0}");
	assert_non_null(strstr(fresh->canonical.at, "\"fresh_login_from\":0,\"late\""));
	fresh = policy_read_text(a, fresh->canonical, &r);
	assert_true(fresh->fresh_login_from == 0 && p->fresh_login_from == -1);
	const struct policy *again = policy_read_text(a, p->canonical, &r);
	assert_non_null(again);
	assert_true(str_eq(again->canonical, p->canonical));
	assert_string_equal(again->sha256_text, p->sha256_text);
	arena_close(a);
}

static void seats_are_in_the_order_of_the_tree(void **state)
{
	struct arena *a = arena_open();
	const struct policy *p = good(a, "{\"need\":1,\"of\":[\"a\",{\"need\":1,\"of\":[\"b\","
	                                 "{\"group\":\"g\",\"count\":2}]},\"c\"]}");
	static const char *const names[] = { "a", "b", "g", "g", "c" };
	static const int nodes[] = { 0, 1, 1, 1, 0 };

	(void)state;
	assert_int_equal(p->seat_count, 5);
	for (int i = 0; i < 5; i++) {
		check_text(p->seats[i].member->name, names[i]);
		assert_int_equal(p->seats[i].node, nodes[i]);
	}
	assert_int_equal(p->seats[3].nth, 1);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_policy_is_refused_with_the_place),
		cmocka_unit_test(times_are_checked),
		cmocka_unit_test(what_nobody_can_satisfy_is_refused),
		cmocka_unit_test(what_can_be_satisfied_is_not),
		cmocka_unit_test(one_over_each_bound_is_refused),
		cmocka_unit_test(only_so_many_faults_are_told),
		cmocka_unit_test(two_spellings_of_one_policy_have_one_hash),
		cmocka_unit_test(the_canonical_text_reads_as_itself),
		cmocka_unit_test(seats_are_in_the_order_of_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
