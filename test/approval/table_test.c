/* table_test.c - the rows of the decision table as stories of the whole step: votes go through
 * the engine, and what is looked at are the rows. Names begin with the row. */
#include "approval/stories.h"
#include "wire/json.h"

#define ALL "{\"need\":\"all\",\"of\":[\"a\",\"b\"]}"
#define ANY "{\"need\":\"any\",\"of\":[\"a\",\"b\"]}"
#define TWO "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]}"
#define WITH(policy, options) policy "," options "}"
#define TWO_OF "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]"

STORY(a01_and_ends_at_the_last_yes_or_the_first_no)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, ALL), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	is(opened(&s, ALL), "PENDING");
	is(says(&s, "b", "reject"), "REJECTED");
	is(slots(&s), "a:CLOSED b:reject");
	step_end(&s);
}

STORY(a02_or_a_no_decides_nothing)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, ANY), "PENDING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	is(opened(&s, ANY), "PENDING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "reject"), "REJECTED");
	is(opened(&s, "{\"need\":\"any\",\"of\":[\"a\",\"b\"],\"reject\":\"any\"}"), "PENDING");
	is(says(&s, "a", "reject"), "REJECTED");
	step_end(&s);
}

STORY(a03_n_reached_closes_at_once_and_the_others_are_not_asked)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(inbox_of(&s, "c"), "a chair");
	is(says(&s, "a", "approve"), "PENDING");
	is(inbox_of(&s, "a"), "");
	is(says(&s, "b", "approve"), "APPROVED");
	is(slots(&s), "a:approve b:approve c:CLOSED");
	is(inbox_of(&s, "c"), "");
	assert_int_equal(logged(&s, "approval.closed"), 1);
	step_end(&s);
}

STORY(a04_n_out_of_reach_rejects_or_waits_for_all)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "reject"), "REJECTED");
	is(opened(&s, WITH(TWO_OF, "\"reject\":\"last\"")), "PENDING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "reject"), "PENDING");
	is(says(&s, "c", "approve"), "REJECTED");
	step_end(&s);
}

STORY(a05_one_no_of_several_counts_as_one)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "approve"), "PENDING");
	is(says(&s, "c", "approve"), "APPROVED");
	is(opened(&s, WITH(TWO_OF, "\"reject\":\"any\"")), "PENDING");
	is(says(&s, "a", "reject"), "REJECTED");
	step_end(&s);
}

STORY(a07_a_veto_rejects_and_is_waited_for)
{
	struct step s = step_world();
	const char *policy = "{\"need\":1,\"of\":[\"a\",{\"user\":\"b\",\"veto\":true}]}";

	(void)state;
	is(opened(&s, policy), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "abstain"), "APPROVED");
	is(opened(&s, policy), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "reject"), "REJECTED");
	step_end(&s);
}

STORY(a12_when_nobody_is_left_it_is_an_incident_that_can_be_repaired)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, ALL), "PENDING");
	is(says(&s, "a", "abstain"), "PENDING");
	is(says(&s, "b", "abstain"), "INCIDENT");
	assert_int_equal(logged(&s, "approval.incident"), 1);
	assert_true(str_given(looked(&s)->a.incident));
	struct approval_change *p = change_of(&s);
	p->holder = S("user:c");
	is(did(&s, "ops", &op_approval_approver, p), "PENDING");
	is(says(&s, "c", "approve"), "APPROVED");
	is(slots(&s), "a:abstain b:abstain c:approve");
	step_end(&s);
}

STORY(a13_a_request_is_answered_for_ever_as_it_was)
{
	struct step s = step_world();
	struct approval_vote *v;

	(void)state;
	is(opened(&s, TWO), "PENDING");
	for (int i = 0; i < 3; i++) {
		v = vote_of(&s, "approve");
		v->of.request = S("r-1");
		is(says_as(&s, "a", v), i == 0 ? "PENDING" : "same");
	}
	is(says(&s, "b", "approve"), "APPROVED");
	v = vote_of(&s, "approve");
	v->of.request = S("r-1");
	is(says_as(&s, "a", v), "same"); /* also after the close */
	assert_non_null(strstr(v->of.answer.at, "PENDING"));
	v = vote_of(&s, "reject");
	v->of.request = S("r-1");
	v->of.hash[0] = 1; /* what the front door makes of another content */
	is(says_as(&s, "a", v), "ID_REUSED");
	v = vote_of(&s, "approve");
	v->of.request = S("r-1");
	is(says_as(&s, "c", v), "CLOSED"); /* ids of others are others */
	step_end(&s);
}

STORY(a13_a_second_vote_is_refused_and_logged)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "a", "approve"), "ALREADY_VOTED");
	is(says(&s, "a", "reject"), "ALREADY_VOTED");
	is(slots(&s), "a:approve b:WAITING c:WAITING");
	assert_int_equal(logged(&s, "approval.refused"), 2);
	step_end(&s);
}

STORY(a14_a_vote_is_taken_back_and_both_stay_in_the_log)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "retract"), "CONFLICT");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "retract"), "CONFLICT");
	is(says(&s, "a", "retract"), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	is(says(&s, "a", "reject"), "PENDING");
	is(says(&s, "b", "approve"), "PENDING");
	is(says(&s, "c", "approve"), "APPROVED");
	is(says(&s, "a", "retract"), "CLOSED");
	assert_int_equal(logged(&s, "approval.voted"), 4);
	assert_int_equal(logged(&s, "approval.retracted"), 1);
	is(opened(&s, WITH(TWO_OF, "\"retract\":false")), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "a", "retract"), "NOT_ALLOWED");
	step_end(&s);
}

STORY(a15_one_person_in_two_slots_counts_once)
{
	struct step s = step_world();
	const char *nested = "{\"need\":\"all\",\"of\":[{\"need\":1,\"of\":[\"a\",\"b\"]},"
						 "{\"need\":1,\"of\":[\"a\",\"c\"]}]}";

	(void)state;
	is(opened(&s, nested), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(slots(&s), "a:approve b:WAITING a:SAME_PERSON c:WAITING");
	is(says(&s, "a", "approve"), "ALREADY_VOTED");
	is(says(&s, "c", "approve"), "APPROVED");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"a\"],\"distinct\":\"slot\"}"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a18_the_applicant_is_left_out)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"b\",\"taro\"]}"), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING taro:APPLICANT");
	is(says(&s, "taro", "approve"), "SELF_APPROVAL");
	is(inbox_of(&s, "taro"), "");
	struct approval_open *p = opening_of(&s, TWO);
	p->applicant = S("hanako");
	p->entered_by = S("c");
	is(opened_as(&s, p, "app"), "PENDING");
	is(says(&s, "c", "approve"), "SELF_APPROVAL");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"taro\"]}"), "INCIDENT");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"taro\"],\"self\":\"allow\"}"), "PENDING");
	is(says(&s, "taro", "approve"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	is(opened(&s, "{\"need\":2,\"of\":[\"a\",\"taro\"],\"self\":\"auto\"}"), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	is(slots(&s), "a:approve taro:approve");
	step_end(&s);
}

STORY(a22_sent_back_once_votes_are_reset_and_the_old_ones_are_in_the_log)
{
	struct step s = step_world();
	struct approval_change *p;

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "LOCKED");
	is(says(&s, "a", "approve"), "PENDING");
	struct approval_vote *v = vote_of(&s, "return");
	v->comment = S_NONE;
	is(says_as(&s, "b", v), "MISSING_PARAMETER"); /* A26: it needs a reason */
	is(says(&s, "b", "return"), "RETURNED");
	is(slots(&s), "a:approve b:return c:CLOSED");
	is(says(&s, "c", "approve"), "CLOSED");
	is(did(&s, "a", &op_approval_resubmit, change_of(&s)), "NOT_THE_APPLICANT");
	p = change_of(&s);
	p->data = S("{\"amount\":900}");
	p->amount = 900000;
	is(did(&s, "taro", &op_approval_resubmit, p), "PENDING");
	is(stands(&s), "PENDING 2");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	assert_int_equal(looked(&s)->a.data_version, 2);
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "c", "approve"), "APPROVED");
	assert_int_equal(logged(&s, "approval.voted"), 4);
	assert_int_equal(logged(&s, "approval.resubmitted"), 1);
	is(opened(&s, WITH(TWO_OF, "\"return\":false")), "PENDING");
	is(says(&s, "a", "return"), "NOT_ALLOWED");
	step_end(&s);
}

STORY(a23_the_applicant_withdraws_until_it_is_decided)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(did(&s, "a", &op_approval_withdraw, change_of(&s)), "NOT_THE_APPLICANT");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "WITHDRAWN");
	is(slots(&s), "a:approve b:CLOSED c:CLOSED");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "CLOSED");
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "CLOSED");
	step_end(&s);
}

STORY(a24_data_is_locked_or_votes_are_reset_and_stale_ones_refused)
{
	struct step s = step_world();
	struct approval_change *p;
	struct approval_vote *v;

	(void)state;
	is(opened(&s, TWO), "PENDING");
	p = change_of(&s);
	p->data = S("{}");
	is(did(&s, "taro", &op_approval_edit, p), "LOCKED");
	is(opened(&s, WITH(TWO_OF, "\"edit\":\"reset\"")), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	p = change_of(&s);
	p->data = S("{}");
	is(did(&s, "a", &op_approval_edit, p), "NOT_THE_APPLICANT");
	is(did(&s, "taro", &op_approval_edit, p), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	v = vote_of(&s, "approve");
	v->data_version = 1;
	is(says_as(&s, "a", v), "STALE");
	v = vote_of(&s, "approve");
	v->data_version = 2;
	is(says_as(&s, "a", v), "PENDING");
	is(opened(&s, WITH(TWO_OF, "\"edit\":\"keep\"")), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	p = change_of(&s);
	p->data = S("{}");
	is(did(&s, "taro", &op_approval_edit, p), "PENDING");
	is(slots(&s), "a:approve b:WAITING c:WAITING");
	step_end(&s);
}

STORY(a25_a_late_vote_is_refused_with_the_final_state_and_logged)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, ANY), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	is(says(&s, "b", "reject"), "CLOSED");
	is(slots(&s), "a:approve b:CLOSED");
	assert_non_null(strstr(last_logged(&s, "approval.refused"), "\"late\":true"));
	step_end(&s);
}

STORY(a26_a_comment_is_no_vote_and_comes_after_the_end_too)
{
	struct step s = step_world();
	struct approval_change *p = change_of(&s);

	(void)state;
	is(opened(&s, ANY), "PENDING");
	is(says(&s, "a", "approve"), "APPROVED");
	p = change_of(&s);
	p->text = S("well done");
	is(did(&s, "b", &op_approval_comment, p), "APPROVED");
	assert_int_equal(logged(&s, "approval.commented"), 1);
	struct approval_vote *v = vote_of(&s, "reject");
	v->comment = S_NONE;
	is(opened(&s, ANY), "PENDING");
	v->of.id = s.id;
	is(says_as(&s, "a", v), "MISSING_PARAMETER");
	step_end(&s);
}

STORY(a27_who_is_not_asked_decides_nothing)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, ANY), "PENDING");
	is(says(&s, "x", "approve"), "NOT_AN_APPROVER");
	is(says(&s, "anonymous", "reject"), "NOT_AN_APPROVER");
	is(says_for(&s, "x", "approve", "a"), "NO_DELEGATION");
	is(slots(&s), "a:WAITING b:WAITING");
	s.id.bytes[3] ^= 1;
	is(says(&s, "a", "approve"), "NO_SUCH_APPROVAL");
	s.id.bytes[3] ^= 1;
	step_end(&s);
}

STORY(a28_canceled_under_it_votes_are_kept)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(did(&s, "app", &op_approval_cancel, change_of(&s)), "CANCELED");
	is(slots(&s), "a:approve b:CLOSED c:CLOSED");
	is(says(&s, "b", "approve"), "CLOSED");
	step_end(&s);
}

STORY(a29_a_need_that_nobody_can_reach_is_refused)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, "{\"need\":3,\"of\":[\"a\",\"b\"]}"), "IMPOSSIBLE_POLICY");
	is(opened(&s, "{\"need\":0,\"of\":[\"a\",\"b\"]}"), "IMPOSSIBLE_POLICY");
	step_end(&s);
}

STORY(b08_many_at_once_each_with_its_own_outcome)
{
	struct step s = step_world();
	struct approval_votes *p = ARENA_NEW(s.w->arena, struct approval_votes);
	const char *policies[] = { ANY, ANY, "{\"need\":1,\"of\":[{\"user\":\"a\",\"veto\":true}]}",
		                       "{\"need\":1,\"of\":[\"z\"]}" };

	(void)state;
	p->votes = ARENA_ARRAY(s.w->arena, struct approval_vote, 5);
	p->count = 5;
	for (int i = 0; i < 4; i++) {
		is(opened(&s, policies[i]), "PENDING");
		p->votes[i] = *vote_of(&s, "approve");
	}
	p->votes[4] = *vote_of(&s, "reject");
	p->votes[4].of.id = p->votes[1].of.id; /* it was decided by the second item */
	struct cmd *c = world_cmd(s.w, &op_approval_votes, p);
	c->caller.principal = S("a");
	world_run_batch(s.w, &c, 1);
	assert_int_equal(p->outcomes[0].refused.why, REFUSED_NONE);
	assert_int_equal(p->outcomes[1].refused.why, REFUSED_NONE);
	assert_true(p->outcomes[2].left_out);
	assert_int_equal(p->outcomes[3].refused.why, REFUSED_NOT_AN_APPROVER);
	assert_int_equal(p->outcomes[4].refused.why, REFUSED_CLOSED);
	step_end(&s);
}

STORY(b16_what_is_decided_is_corrected_by_a_new_one)
{
	struct step s = step_world();
	struct approval_open *p = opening_of(&s, ANY);

	(void)state;
	is(opened(&s, ANY), "PENDING");
	p->corrects = s.id;
	p->has_corrects = true;
	is(opened_as(&s, p, "taro"), "CONFLICT");
	is(says(&s, "a", "approve"), "APPROVED");
	p = opening_of(&s, ANY);
	p->corrects = s.id;
	p->has_corrects = true;
	is(opened_as(&s, p, "taro"), "PENDING");
	assert_true(looked(&s)->a.has_corrects);
	step_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a01_and_ends_at_the_last_yes_or_the_first_no),
		RUN(a02_or_a_no_decides_nothing),
		RUN(a03_n_reached_closes_at_once_and_the_others_are_not_asked),
		RUN(a04_n_out_of_reach_rejects_or_waits_for_all),
		RUN(a05_one_no_of_several_counts_as_one),
		RUN(a07_a_veto_rejects_and_is_waited_for),
		RUN(a12_when_nobody_is_left_it_is_an_incident_that_can_be_repaired),
		RUN(a13_a_request_is_answered_for_ever_as_it_was),
		RUN(a13_a_second_vote_is_refused_and_logged),
		RUN(a14_a_vote_is_taken_back_and_both_stay_in_the_log),
		RUN(a15_one_person_in_two_slots_counts_once),
		RUN(a18_the_applicant_is_left_out),
		RUN(a22_sent_back_once_votes_are_reset_and_the_old_ones_are_in_the_log),
		RUN(a23_the_applicant_withdraws_until_it_is_decided),
		RUN(a24_data_is_locked_or_votes_are_reset_and_stale_ones_refused),
		RUN(a25_a_late_vote_is_refused_with_the_final_state_and_logged),
		RUN(a26_a_comment_is_no_vote_and_comes_after_the_end_too),
		RUN(a27_who_is_not_asked_decides_nothing),
		RUN(a28_canceled_under_it_votes_are_kept),
		RUN(a29_a_need_that_nobody_can_reach_is_refused),
		RUN(b08_many_at_once_each_with_its_own_outcome),
		RUN(b16_what_is_decided_is_corrected_by_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
