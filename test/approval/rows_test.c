/* rows_test.c - rows of the decision table about what happens around a vote: a delegation that
 * begins and ends, a principal who disagrees, a target that is gone, a person who is renamed. */
#include "approval/stories.h"
#include "directory/stories.h"
#include "domain/audit/read.h"
#include "domain/directory/delegation.h"

#define NEW_YEAR INT64_C(1798383600000) /* 2026-12-28 00:00 in Tokyo */
#define TWO "{\"need\":2,\"of\":[\"a\",\"b\"]}"

static struct step with_people(void)
{
	struct step s = step_world();

	s.w->now.wall_ms = NEW_YEAR - HOUR_MS;
	is(person(s.w, "a", (struct being){ .zone = "Asia/Tokyo" }), "NONE");
	is(person(s.w, "b", (struct being){ .zone = "Asia/Tokyo" }), "NONE");
	is(person(s.w, "d", (struct being){ .zone = "UTC" }), "NONE");
	is(person(s.w, "taro", (struct being){ 0 }), "NONE");
	return s;
}

/* From New Year's Monday on, for one day of the principal's zone. */
static void a_is_away(struct step *s)
{
	struct delegation_put p = { .delegate = S("d"),
		                        .from = S("2026-12-28"),
		                        .until = S("2026-12-29") };
	struct cmd *c = world_cmd(s->w, &op_delegation_put, &p);

	c->caller.principal = S("a");
	world_run_batch(s->w, &c, 1);
	is(outcome_of(c), "NONE");
}

STORY(b13_a_task_appears_and_disappears_with_the_delegation_and_stays_its_holders)
{
	struct step s = with_people();

	(void)state;
	a_is_away(&s);
	is(opened(&s, TWO), "PENDING");
	world_pass_ms(s.w, HOUR_MS - 1);
	is(inbox_of(&s, "d"), "");
	is(says_for(&s, "d", "approve", "a"), "NO_DELEGATION");
	world_pass_ms(s.w, 1);
	is(inbox_of(&s, "d"), "a chair");
	is(inbox_of(&s, "a"), "a chair");
	world_pass_ms(s.w, DAY_MS - 1);
	is(inbox_of(&s, "d"), "a chair");
	world_pass_ms(s.w, 1);
	is(inbox_of(&s, "d"), "");
	is(says_for(&s, "d", "approve", "a"), "NO_DELEGATION");
	is(slots(&s), "a:WAITING b:WAITING");
	is(says(&s, "a", "approve"), "PENDING");
	step_end(&s);
}

STORY(b14_the_principal_takes_back_what_the_delegate_said_while_it_is_open)
{
	struct step s = with_people();

	(void)state;
	a_is_away(&s);
	is(opened(&s, TWO), "PENDING");
	world_pass_ms(s.w, HOUR_MS);
	is(person(s.w, "d", (struct being){ .name = "the d of that day" }), "NONE");
	is(says_for(&s, "d", "approve", "a"), "PENDING");
	assert_non_null(strstr(looked(&s)->slots[0].names.at, "\"by\":\"the d of that day\",\"for\":"));
	is(says(&s, "a", "retract"), "PENDING");
	assert_false(str_given(looked(&s)->slots[0].names));
	assert_non_null(strstr(last_logged(&s, "approval.retracted"), "\"by\":\"d\""));
	is(slots(&s), "a:WAITING b:WAITING");
	is(says_for(&s, "d", "approve", "a"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	is(says(&s, "a", "retract"), "CLOSED");
	assert_int_equal(logged(&s, "approval.voted"), 3);
	step_end(&s);
}

/* Of what a record says that it could not be told; "": there is none. */
static const char *untold(struct step *s)
{
	struct audit_list p = {
		.action = S("approval.untold"), .to_ms = INT64_MAX, .before = INT64_MAX, .max = 2
	};
	struct cmd *c = cmd_new(&op_audit_list);

	c->in = &p;
	c->caller.principal = S("taro");
	must(op_audit_list.read(s->w->store, c, s->w->now) == OK);
	list_add_last(&s->w->answered, &c->node);
	return p.count == 1 ? arena_str(s->w->arena, p.records[0].resource).at : "";
}

STORY(b15_what_follows_cannot_be_told_and_the_approval_stands)
{
	struct step s = with_people();
	struct approval_open *p = opening_of(&s, "{\"need\":1,\"of\":[\"a\"]}");

	(void)state;
	world_queue(s.w, "next", NULL);
	p->on_decided = S("{\"queue\":\"next\"}");
	is(opened_as(&s, p, "taro"), "PENDING");
	world_delete_queue(s.w, "next");
	is(says(&s, "a", "approve"), "APPROVED");
	is(stands(&s), "APPROVED 1");
	is(untold(&s), "queue:next");
	step_end(&s);
}

STORY(b18_a_vote_keeps_id_and_name_of_that_day_when_the_person_is_renamed_or_merged)
{
	struct step s = with_people();

	(void)state;
	is(opened(&s, TWO), "PENDING");
	is(person(s.w, "a", (struct being){ .name = "the a of that day" }), "NONE");
	is(says(&s, "a", "approve"), "PENDING");
	is(person(s.w, "a", (struct being){ .name = "another name" }), "NONE");
	is(person(s.w, "a", (struct being){ .merged_into = "d" }), "NONE");
	const struct approval_view *v = looked(&s);
	check_text(v->slots[0].by, "a");
	check_text(v->slots[0].names, "{\"by\":\"the a of that day\"}");
	is(slots(&s), "a:approve b:WAITING");
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(b13_a_task_appears_and_disappears_with_the_delegation_and_stays_its_holders),
		RUN(b14_the_principal_takes_back_what_the_delegate_said_while_it_is_open),
		RUN(b15_what_follows_cannot_be_told_and_the_approval_stands),
		RUN(b18_a_vote_keeps_id_and_name_of_that_day_when_the_person_is_renamed_or_merged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
