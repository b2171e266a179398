/* people_test.c - rows of the decision table in which it matters who people are: groups, posts,
 * delegations, those who leave; and the options of a policy that are not judging. */
#include "approval/stories.h"
#include "directory/stories.h"
#include "domain/directory/delegation.h"

#define THREE "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]"

static const char *delegates(struct step *s, const char *principal, const char *to, const char *max)
{
	struct delegation_put *p = ARENA_NEW(s->w->arena, struct delegation_put);

	*p = (struct delegation_put){ .delegate = str_of(to), .from = S("2026-01-01") };
	if (max != NULL) {
		p->amount_path = S("amount");
		p->amount_max = str_of(max);
	}
	struct cmd *c = world_cmd(s->w, &op_delegation_put, p);
	c->caller.principal = str_of(principal);
	world_run_batch(s->w, &c, 1);
	return outcome_of(c);
}

/* hq (boss) - sales (chief): staff */
static struct step with_people(void)
{
	static const char *const names[] = { "boss", "chief", "a", "b", "c", "d", "taro" };
	struct step s = step_world();

	is(post(s.w, "manager", 1), "NONE");
	is(department(s.w, "hq", NULL, NULL), "NONE");
	is(department(s.w, "sales", "hq", NULL), "NONE");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		is(person(s.w, names[i], (struct being){ .at = i == 0 ? "*hq" : "*sales" }), "NONE");
	is(person(s.w, "chief", (struct being){ .at = "*sales/manager" }), "NONE");
	is(department(s.w, "hq", NULL, "boss"), "NONE");
	is(department(s.w, "sales", "hq", "chief"), "NONE");
	is(people_group(s.w, "legal", "a;b;taro"), "NONE");
	return s;
}

STORY(a16_a_delegate_votes_in_the_place_of_another_and_both_are_recorded)
{
	struct step s = with_people();

	(void)state;
	is(delegates(&s, "a", "d", NULL), "NONE");
	world_pass_ms(s.w, 1000);
	is(opened(&s, THREE "}"), "PENDING");
	is(inbox_of(&s, "d"), "a chair");
	is(says(&s, "d", "approve"), "NOT_AN_APPROVER"); /* in whose place? */
	is(says_for(&s, "d", "approve", "b"), "NO_DELEGATION");
	is(says_for(&s, "d", "approve", "a"), "PENDING");
	is(says(&s, "a", "approve"), "ALREADY_VOTED"); /* the first wins */
	const struct approval_view *v = looked(&s);
	check_text(v->slots[0].by, "d");
	check_text(v->slots[0].behalf, "a");
	is(inbox_of(&s, "a"), "");
	is(says(&s, "a", "retract"), "PENDING"); /* B14 */
	is(says(&s, "a", "reject"), "PENDING");
	step_end(&s);
}

STORY(a16_a_delegation_up_to_an_amount)
{
	struct step s = with_people();

	(void)state;
	is(delegates(&s, "a", "d", "1000"), "NONE");
	world_pass_ms(s.w, 1000);
	is(opened(&s, THREE "}"), "PENDING"); /* 1200 */
	is(inbox_of(&s, "d"), "");
	is(says_for(&s, "d", "approve", "a"), "NO_DELEGATION");
	step_end(&s);
}

STORY(a17_a_delegate_who_is_asked_in_their_own_place_counts_once)
{
	struct step s = with_people();

	(void)state;
	is(delegates(&s, "a", "b", NULL), "NONE");
	is(delegates(&s, "a", "d", NULL), "NONE");
	is(delegates(&s, "c", "d", NULL), "NONE");
	world_pass_ms(s.w, 1000);
	is(opened(&s, THREE "}"), "PENDING");
	is(says_for(&s, "b", "approve", "a"), "SAME_PERSON");
	is(says_for(&s, "d", "approve", "a"), "PENDING");
	is(says_for(&s, "d", "approve", "c"), "SAME_PERSON"); /* of two */
	is(says(&s, "b", "approve"), "APPROVED");
	is(opened(&s, THREE ",\"distinct\":\"slot\"}"), "PENDING");
	is(says_for(&s, "b", "approve", "a"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a18_the_applicant_is_nobodys_delegate_and_a_superior_may_be_asked_instead)
{
	struct step s = with_people();

	(void)state;
	is(delegates(&s, "a", "taro", NULL), "NONE");
	world_pass_ms(s.w, 1000);
	is(opened(&s, THREE "}"), "PENDING");
	is(says_for(&s, "taro", "approve", "a"), "SELF_APPROVAL");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"taro\",\"a\"],\"self\":\"superior\"}"), "PENDING");
	is(slots(&s), "chief:APPLICANT: instead of taro a:WAITING");
	is(says(&s, "chief", "approve"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a19_a_slot_that_is_empty_at_the_opening)
{
	struct step s = with_people();
	struct approval_open *p;

	(void)state;
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"]}"), "PENDING");
	is(slots(&s), "a:WAITING b:INACTIVE");
	is(says(&s, "b", "approve"), "NOT_ALLOWED");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"b\"]}"), "INCIDENT"); /* never approves itself */
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"b\"]}"), "INCIDENT");
	is(did(&s, "ops", &op_approval_retry, change_of(&s)), "INCIDENT");
	is(person(s.w, "b", (struct being){ .active = "yes" }), "NONE");
	is(did(&s, "ops", &op_approval_retry, change_of(&s)), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING");
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"],\"empty\":\"superior\"}"), "PENDING");
	is(slots(&s), "a:WAITING chief:INACTIVE: instead of b");
	p = opening_of(&s, "{\"need\":\"all\",\"of\":[\"b\"],\"empty\":\"skip\"}");
	is(opened_as(&s, p, "taro"), "INCIDENT"); /* the last step is never skipped */
	p = opening_of(&s, "{\"need\":\"all\",\"of\":[\"b\"],\"empty\":\"skip\"}");
	p->last_step = false;
	is(opened_as(&s, p, "taro"), "APPROVED");
	step_end(&s);
}

STORY(a19_posts_are_resolved_for_the_applicant_and_may_be_vacant)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, "{\"need\":1,\"of\":[{\"post\":\"manager\",\"of\":\"applicant.department\"}]}"),
	   "PENDING");
	is(slots(&s), "chief:WAITING");
	is(says(&s, "chief", "approve"), "APPROVED");
	is(opened(&s, "{\"need\":1,\"of\":[{\"post\":\"director\",\"of\":\"applicant.department\"}]}"),
	   "INCIDENT");
	is(slots(&s), "director:EMPTY");
	step_end(&s);
}

STORY(a20_who_leaves_is_asked_no_more_and_the_step_is_judged_again)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"]}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE");
	is(stands(&s), "APPROVED 1"); /* all of the rest have agreed */
	is(slots(&s), "a:approve b:LEFT");
	is(person(s.w, "b", (struct being){ .active = "yes" }), "NONE");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"b\"]}"), "PENDING");
	is(says(&s, "b", "approve"), "PENDING");
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE"); /* the vote stays */
	is(says(&s, "a", "approve"), "APPROVED");
	is(person(s.w, "b", (struct being){ .active = "yes" }), "NONE");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"b\"]}"), "PENDING");
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE");
	is(stands(&s), "INCIDENT 1"); /* N is never lowered */
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"c\"],\"leaver\":\"superior\"}"), "PENDING");
	is(person(s.w, "c", (struct being){ .active = "no" }), "NONE");
	is(slots(&s), "a:WAITING chief:LEFT: instead of c");
	is(inbox_of(&s, "chief"), "a chair");
	step_end(&s);
}

STORY(a20_who_has_many_slots_leaves_them_in_steps)
{
	struct step s = with_people();
	int many = APPROVAL_LEAVE_STEP + 5;

	(void)state;
	for (int i = 0; i < many; i++)
		is(opened(&s, "{\"need\":1,\"of\":[\"b\"]}"), "PENDING");
	is(person(s.w, "b", (struct being){ .active = "no" }), "NONE");
	world_restart(s.w); /* what is left is a row */
	world_pass_ms(s.w, 1000);
	is(stands(&s), "INCIDENT 1");
	is(inbox_of(&s, "b"), "");
	step_end(&s);
}

STORY(b04_a_group_is_whoever_is_in_it_at_the_vote)
{
	struct step s = with_people();
	const char *policy = "{\"need\":2,\"of\":[{\"group\":\"legal\",\"count\":2}]}";

	(void)state;
	is(opened(&s, policy), "PENDING"); /* a and b; taro asked for it */
	is(says(&s, "d", "approve"), "NOT_AN_APPROVER");
	is(says(&s, "taro", "approve"), "SELF_APPROVAL");
	is(people_group(s.w, "legal", "a;d"), "NONE");
	is(inbox_of(&s, "d"), "a chair");
	is(inbox_of(&s, "b"), "");
	is(says(&s, "b", "approve"), "NOT_AN_APPROVER");
	is(says(&s, "d", "approve"), "PENDING");
	is(says(&s, "d", "approve"), "SAME_PERSON");
	is(inbox_of(&s, "d"), "");
	is(says(&s, "a", "approve"), "APPROVED");
	is(opened(&s, "{\"need\":3,\"of\":[{\"group\":\"legal\",\"count\":3}]}"), "INCIDENT");
	is(opened(&s, "{\"need\":1,\"of\":[{\"group\":\"legal\"}],\"members\":\"at_opening\"}"),
	   "PENDING");
	is(people_group(s.w, "legal", "b"), "NONE");
	is(says(&s, "b", "approve"), "NOT_AN_APPROVER");
	is(says(&s, "a", "approve"), "APPROVED");
	step_end(&s);
}

STORY(b05_approvers_are_added_where_the_policy_allows)
{
	struct step s = with_people();
	struct approval_change *p;

	(void)state;
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"]}"), "PENDING");
	p = change_of(&s);
	p->holder = S("user:d");
	is(did(&s, "a", &op_approval_approver, p), "NOT_ALLOWED");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"],\"add\":true}"), "PENDING");
	p = change_of(&s);
	p->holder = S("user:taro");
	is(did(&s, "a", &op_approval_approver, p), "SELF_APPROVAL");
	p->holder = S("user:d");
	is(did(&s, "taro", &op_approval_approver, p), "SELF_APPROVAL"); /* who asks does not choose */
	is(did(&s, "a", &op_approval_approver, p), "PENDING");
	p = change_of(&s);
	p->holder = S("user:d");
	is(did(&s, "a", &op_approval_approver, p), "CONFLICT");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "approve"), "PENDING"); /* all has grown */
	is(says(&s, "d", "approve"), "APPROVED");
	p = change_of(&s);
	p->holder = S("user:c");
	is(did(&s, "a", &op_approval_approver, p), "CLOSED"); /* it can't undo a close */
	step_end(&s);
}

STORY(b06_the_same_person_in_the_next_step)
{
	struct step s = with_people();
	struct approval_open *p;

	(void)state;
	is(opened(&s, "{\"need\":1,\"of\":[\"a\",\"b\"]}"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	struct uuid first = s.id;
	p = opening_of(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"]}");
	p->previous = first;
	p->has_previous = true;
	is(opened_as(&s, p, "taro"), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING"); /* acts again */
	p = opening_of(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"],\"consecutive\":\"auto\"}");
	p->previous = first;
	p->has_previous = true;
	is(opened_as(&s, p, "taro"), "PENDING");
	is(slots(&s), "a:approve b:WAITING");
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

STORY(b07_a_superior_approves_over_where_the_policy_says_so)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, THREE "}"), "PENDING");
	is(did(&s, "chief", &op_approval_over, change_of(&s)), "NOT_ALLOWED");
	is(opened(&s, THREE ",\"over\":true}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(did(&s, "d", &op_approval_over, change_of(&s)), "NOT_AN_APPROVER");
	is(did(&s, "taro", &op_approval_over, change_of(&s)), "SELF_APPROVAL");
	is(did(&s, "boss", &op_approval_over, change_of(&s)), "APPROVED");
	is(slots(&s), "a:approve b:VIEWED_LATER: skipped by boss c:VIEWED_LATER: skipped by boss");
	step_end(&s);
}

/* Who is above everybody of nobody is everybody. */
STORY(b07_where_nobody_is_asked_nobody_approves_over)
{
	static const char *const names[] = { "d", "chief", "boss", "a" };
	struct step s = with_people();

	(void)state;
	is(opened(&s, "{\"need\":1,\"of\":[\"taro\"],\"over\":true}"), "INCIDENT");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		is(did(&s, names[i], &op_approval_over, change_of(&s)), "CONFLICT");
	is(opened(&s, "{\"need\":\"all\",\"of\":[\"a\",\"b\"],\"over\":true}"), "PENDING");
	is(says(&s, "a", "abstain"), "PENDING");
	is(says(&s, "b", "abstain"), "INCIDENT");
	is(did(&s, "d", &op_approval_over, change_of(&s)), "CONFLICT");
	is(stands(&s), "INCIDENT 1");
	step_end(&s);
}

STORY(a22_resubmitted_with_votes_that_stay)
{
	struct step s = with_people();
	struct approval_change *p;

	(void)state;
	is(opened(&s, THREE ",\"resubmit\":\"resume\"}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "return"), "RETURNED");
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	is(slots(&s), "a:approve b:WAITING c:WAITING");
	is(says(&s, "a", "return"), "RETURNED"); /* who returns has not agreed any more */
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	is(opened(&s, THREE ",\"resubmit\":\"keep\",\"protected\":[\"amount\"]}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "return"), "RETURNED");
	p = change_of(&s);
	p->data = S("{\"amount\":1200,\"note\":\"x\"}");
	is(did(&s, "taro", &op_approval_resubmit, p), "PENDING");
	is(slots(&s), "a:approve b:WAITING c:WAITING");
	is(says(&s, "b", "return"), "RETURNED");
	p = change_of(&s);
	p->data = S("{\"amount\":1300}");
	is(did(&s, "taro", &op_approval_resubmit, p), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	step_end(&s);
}

STORY(a23_withdrawn_until_the_first_vote_only)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, THREE ",\"withdraw\":\"until_first_vote\"}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "LOCKED");
	is(says(&s, "a", "retract"), "PENDING");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "WITHDRAWN");
	step_end(&s);
}

STORY(a24_protected_members_stay_while_people_decide)
{
	struct step s = with_people();
	struct approval_change *p;

	(void)state;
	is(opened(&s, THREE ",\"edit\":\"keep\",\"protected\":[\"amount\"]}"), "PENDING");
	p = change_of(&s);
	p->data = S("{\"amount\":1}");
	is(did(&s, "taro", &op_approval_edit, p), "LOCKED");
	p = change_of(&s);
	p->data = S("{\"amount\":1200,\"note\":\"x\"}");
	is(did(&s, "taro", &op_approval_edit, p), "PENDING");
	assert_int_equal(looked(&s)->a.data_version, 2);
	step_end(&s);
}

STORY(a25_a_late_vote_is_a_view)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, "{\"need\":1,\"of\":[\"a\",\"b\"],\"late\":\"view\"}"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	is(says(&s, "b", "reject"), "APPROVED");
	is(slots(&s), "a:approve b:CLOSED");
	assert_int_equal(logged(&s, "approval.viewed"), 1);
	step_end(&s);
}

STORY(who_is_asked_and_who_asked_are_told_once)
{
	struct step s = with_people();

	(void)state;
	is(delegates(&s, "a", "d", NULL), "NONE");
	world_pass_ms(s.w, 1000);
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"c\",{\"group\":\"legal\"}]}"), "PENDING");
	is(says_for(&s, "d", "approve", "a"), "PENDING");
	is(says(&s, "b", "return"), "RETURNED");
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	is(says(&s, "c", "approve"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	is(notices_of(&s, "b"), "approval.asked approval.asked");
	is(notices_of(&s, "c"), "approval.asked approval.returned approval.asked");
	is(notices_of(&s, "taro"), "approval.returned approval.decided");
	assert_non_null(strstr(notices_of(&s, "a"), "approval.delegated"));
	assert_non_null(
		strstr(notices_of(&s, "a"), "approval.decided")); /* it is wanted no more (A03) */
	step_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a16_a_delegate_votes_in_the_place_of_another_and_both_are_recorded),
		RUN(a16_a_delegation_up_to_an_amount),
		RUN(a17_a_delegate_who_is_asked_in_their_own_place_counts_once),
		RUN(a18_the_applicant_is_nobodys_delegate_and_a_superior_may_be_asked_instead),
		RUN(a19_a_slot_that_is_empty_at_the_opening),
		RUN(a19_posts_are_resolved_for_the_applicant_and_may_be_vacant),
		RUN(a20_who_leaves_is_asked_no_more_and_the_step_is_judged_again),
		RUN(a20_who_has_many_slots_leaves_them_in_steps),
		RUN(a22_resubmitted_with_votes_that_stay),
		RUN(a23_withdrawn_until_the_first_vote_only),
		RUN(a24_protected_members_stay_while_people_decide),
		RUN(a25_a_late_vote_is_a_view),
		RUN(b04_a_group_is_whoever_is_in_it_at_the_vote),
		RUN(b05_approvers_are_added_where_the_policy_allows),
		RUN(b06_the_same_person_in_the_next_step),
		RUN(b07_a_superior_approves_over_where_the_policy_says_so),
		RUN(b07_where_nobody_is_asked_nobody_approves_over),
		RUN(who_is_asked_and_who_asked_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
