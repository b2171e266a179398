/* clock_test.c - deadlines and reminders of approvals, under a clock that the test pushes. */
#include <stdio.h>

#include "approval/stories.h"
#include "domain/calendar/calendar.h"
#include "domain/directory/directory.h"
#include "domain/policy/versions.h"
#include "domain/schedule/schedule.h"
#include "wire/json.h"

#define STEP(need, options) "{\"need\":" need ",\"of\":[\"a\",\"b\",\"c\"]," options "}"
#define DUE(after, then) "\"deadline\":{\"after\":\"" after "\",\"then\":\"" then "\"}"

static void hours(struct step *s, double n)
{
	world_pass_ms(s->w, (int64_t)(n * (double)HOUR_MS));
}

/* ---- people: a, b and c belong to SALES, whose head is boss; above is top */

static void done(struct step *s, const struct op *op, void *in)
{
	struct cmd *c = world_run(s->w, op, in);

	assert_int_equal(c->fault, OK);
	is(refusal_name(c->refused.why), "NONE");
}

static void person(struct step *s, const char *id, const char *department)
{
	struct person_put *p = ARENA_NEW(s->w->arena, struct person_put);

	*p = (struct person_put){ .id = str_of(id), .name = str_of(id), .active = 1 };
	if (department != NULL) {
		p->appointments = ARENA_NEW(s->w->arena, struct belonging);
		*p->appointments = (struct belonging){ .where = str_of(department), .main = true };
		p->appointment_count = 1;
	}
	done(s, &op_person_put, p);
}

static void department(struct step *s, const char *code, const char *parent, const char *head)
{
	struct department_put *p = ARENA_NEW(s->w->arena, struct department_put);

	*p = (struct department_put){
		.code = str_of(code), .name = str_of(code), .parent = str_of(parent), .head = str_of(head)
	};
	done(s, &op_department_put, p);
}

static void company(struct step *s)
{
	static const char *const staff[] = { "a", "b", "c", "boss" };

	person(s, "top", NULL);
	person(s, "boss", NULL);
	department(s, "HQ", NULL, "top");
	department(s, "SALES", "HQ", "boss");
	for (int i = 0; i < 4; i++)
		person(s, staff[i], "SALES");
}

static int times_told(struct step *s, const char *who, const char *kind)
{
	int times = 0;

	for (const char *at = notices_of(s, who); (at = strstr(at, kind)) != NULL; at++)
		times++;
	return times;
}

/* ---- what a deadline does */

STORY(a21_what_the_policy_says_happens_at_the_deadline_and_nothing_else)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("2", DUE("PT4H", "approve"))), "PENDING");
	hours(&s, 3.9);
	is(stands(&s), "PENDING 1");
	hours(&s, 0.1);
	is(stands(&s), "APPROVED 1");
	is(slots(&s), "a:CLOSED b:CLOSED c:CLOSED");
	is(opened(&s, STEP("2", DUE("PT1M", "reject"))), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	hours(&s, 1);
	is(stands(&s), "REJECTED 1");
	is(slots(&s), "a:approve b:CLOSED c:CLOSED");
	assert_non_null(strstr(last_logged(&s, "approval.closed"), "\"by\":\"ringi\""));
	is(opened(&s, STEP("2", "\"remind\":[]")), "PENDING"); /* no deadline: it stays */
	hours(&s, 100);
	is(stands(&s), "PENDING 1");
	step_end(&s);
}

STORY(a21_count_asks_the_votes_that_were_cast)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("\"majority\"", DUE("PT4H", "count"))), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	hours(&s, 4);
	is(stands(&s), "APPROVED 1");
	is(opened(&s, STEP("\"majority\"", DUE("PT4H", "count"))), "PENDING");
	is(says(&s, "b", "reject"), "PENDING");
	hours(&s, 4);
	is(stands(&s), "REJECTED 1");
	is(opened(&s, STEP("\"majority\"", DUE("PT4H", "count"))), "PENDING");
	hours(&s, 4);
	is(stands(&s), "INCIDENT 1"); /* nobody has said anything */
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	is(says(&s, "a", "approve"), "PENDING"); /* they still may */
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a21_what_cannot_be_counted_is_told_once)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("\"majority\"", DUE("PT4H", "count"))), "PENDING");
	hours(&s, 4);
	is(stands(&s), "INCIDENT 1");
	is(notices_of(&s, "taro"), "approval.incident");
	assert_int_equal(logged(&s, "approval.incident"), 1);
	/* One for which nobody is left is one already when its deadline comes. */
	company(&s);
	struct person_put *gone = ARENA_NEW(s.w->arena, struct person_put);
	*gone = (struct person_put){ .id = S("b"), .active = 0 };
	is(opened(&s, "{\"need\":\"all\",\"of\":[{\"user\":\"b\",\"required\":true},\"a\"]," DUE(
					  "PT4H", "count") "}"),
	   "PENDING");
	done(&s, &op_person_put, gone);
	is(stands(&s), "INCIDENT 1");
	const char *why = last_logged(&s, "approval.incident");
	hours(&s, 5);
	assert_int_equal(logged(&s, "approval.incident"), 1);
	is(last_logged(&s, "approval.incident"), why);
	step_end(&s);
}

STORY(a21_escalate_asks_the_superior_too_and_keeps_votes)
{
	struct step s = step_world();

	(void)state;
	company(&s);
	is(opened(&s, STEP("2", DUE("PT4H", "escalate"))), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	hours(&s, 4);
	is(stands(&s), "ESCALATED 1");
	is(slots(&s), "a:approve b:WAITING c:WAITING boss:WAITING"); /* once, for both */
	is(inbox_of(&s, "boss"), "a chair");
	assert_int_equal(times_told(&s, "boss", "approval.escalated"), 1);
	assert_int_equal(times_told(&s, "b", "approval.escalated"), 0);
	is(says(&s, "boss", "approve"), "APPROVED");
	is(opened(&s, STEP("2", DUE("PT4H", "escalate"))), "PENDING");
	hours(&s, 4);
	is(says(&s, "b", "approve"), "ESCALATED"); /* the silent ones may still answer */
	is(says(&s, "c", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a21_who_is_above_stands_in_where_everybody_is_needed)
{
	struct step s = step_world();

	(void)state;
	company(&s);
	is(opened(&s, STEP("\"all\"", DUE("PT4H", "escalate"))), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "approve"), "PENDING");
	hours(&s, 4);
	is(slots(&s), "a:approve b:approve c:ESCALATED boss:WAITING");
	is(says(&s, "c", "approve"), "NOT_AN_APPROVER");
	is(says(&s, "boss", "approve"), "APPROVED");
	/* For a required one nobody stands in; it is boss who is silent: the next above is asked. */
	is(opened(&s, "{\"need\":\"all\",\"of\":[{\"user\":\"a\",\"required\":true},\"boss\"]," DUE(
					  "PT4H", "escalate") "}"),
	   "PENDING");
	hours(&s, 4);
	is(slots(&s), "a:WAITING boss:ESCALATED top:WAITING");
	is(says(&s, "top", "approve"), "ESCALATED");
	is(says(&s, "a", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a21_inside_a_tree_the_seat_above_is_in_the_same_need)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, "{\"need\":\"any\",\"of\":[{\"need\":\"all\",\"of\":[\"a\",\"b\"]},"
	              "{\"need\":\"all\",\"of\":[\"c\",\"d\"]}],\"escalate_to\":\"e\"," DUE(
					  "PT4H", "escalate") "}"),
	   "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	hours(&s, 4);
	is(slots(&s), "a:approve b:ESCALATED c:WAITING d:WAITING e:WAITING");
	world_restart(s.w);
	is(says(&s, "e", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a21_nobody_above_is_escalated_all_the_same)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("\"all\"", DUE("PT4H", "escalate"))), "PENDING");
	hours(&s, 4);
	is(stands(&s), "ESCALATED 1");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	is(opened_as(&s, opening_of(&s, STEP("1", "\"escalate_to\":\"taro\"," DUE("PT1H", "escalate"))),
	             "taro"),
	   "PENDING"); /* the applicant is not asked about it */
	hours(&s, 1);
	is(slots(&s), "a:WAITING b:WAITING c:WAITING");
	is(opened(&s, STEP("1", "\"escalate_to\":{\"group\":\"board\"}," DUE("PT1H", "escalate"))),
	   "PENDING");
	hours(&s, 1);
	is(slots(&s), "a:WAITING b:WAITING c:WAITING board:WAITING");
	step_end(&s);
}

STORY(a21_extend_moves_the_deadline_on_a_few_times)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("2", DUE("PT4H", "extend"))), "PENDING");
	for (int i = 1; i <= APPROVAL_EXTENSIONS_MAX; i++) {
		hours(&s, 4);
		is(stands(&s), "PENDING 1");
		assert_int_equal(logged(&s, "approval.extended"), i);
		assert_int_equal(looked(&s)->a.due_at, s.w->now.wall_ms + 4 * HOUR_MS);
	}
	hours(&s, 4);
	is(stands(&s), "ESCALATED 1");
	hours(&s, 40);
	is(says(&s, "a", "approve"), "ESCALATED");
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

STORY(a19_what_is_an_incident_is_not_approved_by_a_deadline)
{
	struct step s = step_world();

	(void)state;
	company(&s);
	struct person_put *gone = ARENA_NEW(s.w->arena, struct person_put);
	*gone = (struct person_put){ .id = S("b"), .active = 0 };
	is(opened(&s, STEP("\"all\"", DUE("PT4H", "approve"))), "PENDING");
	is(opened(&s, "{\"need\":\"all\",\"of\":[{\"user\":\"b\",\"required\":true},\"a\"]," DUE(
					  "PT4H", "approve") "}"),
	   "PENDING");
	done(&s, &op_person_put, gone);
	is(stands(&s), "INCIDENT 1");
	hours(&s, 5);
	is(stands(&s), "INCIDENT 1");
	step_end(&s);
}

STORY(a21_escalate_climbs_as_far_as_there_is_somebody_above)
{
	enum { LEVELS = 12 };
	struct step s = step_world();
	char head[LEVELS][8], code[LEVELS][8];
	struct buf policy = { 0 };

	(void)state;
	buf_printf(&policy, "{\"need\":\"all\",\"of\":[\"a\"");
	for (int i = 0; i < LEVELS; i++) {
		snprintf(head[i], sizeof head[i], "h%d", i);
		snprintf(code[i], sizeof code[i], "D%d", i);
		person(&s, head[i], NULL);
		department(&s, code[i], i == 0 ? NULL : code[i - 1], head[i]);
		person(&s, head[i], code[i]);
		if (i > 0)
			buf_printf(&policy, ",\"%s\"", head[i]);
	}
	person(&s, "a", code[LEVELS - 1]);
	buf_printf(&policy, "]," DUE("PT4H", "escalate") "}");
	is(opened(&s, arena_str(s.w->arena, buf_str(&policy)).at), "PENDING");
	buf_free(&policy);
	for (int i = 1; i < LEVELS; i++)
		is(says(&s, head[i], "approve"), "PENDING");
	hours(&s, 4);
	/* Only a is silent, and all above but the topmost have said something. */
	assert_non_null(strstr(slots(&s), " h0:WAITING"));
	step_end(&s);
}

/* ---- a vote against the clock */

STORY(b02_at_the_very_deadline_a_vote_is_late)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("1", DUE("PT4H", "reject"))), "PENDING");
	struct uuid first = s.id;
	is(opened(&s, STEP("1", DUE("PT4H", "reject"))), "PENDING");
	struct uuid second = s.id;
	is(opened(&s, STEP("1", DUE("PT4H", "reject"))), "PENDING");
	s.w->now.wall_ms += 4 * HOUR_MS - 1; /* the engine sees it with the vote */
	s.w->now.mono_ms += 4 * HOUR_MS - 1;
	is(says(&s, "a", "approve"), "APPROVED"); /* a millisecond before */
	s.w->now.wall_ms++;
	s.w->now.mono_ms++;
	s.id = first;
	is(says(&s, "a", "approve"), "CLOSED");
	is(stands(&s), "REJECTED 1");
	assert_non_null(strstr(last_logged(&s, "approval.refused"), "\"late\":true"));
	s.id = second;
	is(stands(&s), "REJECTED 1");
	is(says(&s, "b", "approve"), "CLOSED");
	assert_int_equal(logged(&s, "approval.closed"), 1);
	step_end(&s);
}

STORY(b02_what_escalates_takes_the_vote_that_brought_it)
{
	struct step s = step_world();

	(void)state;
	company(&s);
	is(opened(&s, STEP("2", DUE("PT4H", "escalate"))), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	s.w->now.wall_ms += 5 * HOUR_MS;
	s.w->now.mono_ms += 5 * HOUR_MS;
	is(says(&s, "b", "approve"), "APPROVED");
	is(slots(&s), "a:approve b:approve c:CLOSED boss:CLOSED");
	step_end(&s);
}

STORY(b12_what_came_due_while_the_server_was_down_is_applied_once_and_in_order)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("2", "\"remind\":[{\"every\":\"PT2H\"}]," DUE("PT30H", "reject"))),
	   "PENDING");
	struct uuid late = s.id;
	is(opened(&s, STEP("2", "\"remind\":[{\"every\":\"PT2H\"}]," DUE("PT100H", "reject"))),
	   "PENDING");
	hours(&s, 1);
	s.w->now.wall_ms += 50 * HOUR_MS;
	world_restart(s.w);
	hours(&s, 0.001);
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	is(stands(&s), "PENDING 1");
	s.id = late;
	is(stands(&s), "REJECTED 1");
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	assert_int_equal(logged(&s, "approval.closed"), 1);
	world_restart(s.w);
	hours(&s, 1);
	assert_int_equal(logged(&s, "approval.closed"), 1);
	step_end(&s);
}

STORY(b01_more_than_one_turn_can_take_are_all_applied)
{
	struct step s = step_world();
	struct uuid ids[2 * APPROVAL_TIMERS_STEP + 3];
	enum { COUNT = sizeof ids / sizeof *ids };

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		is(opened(&s, STEP("2", DUE("PT4H", "approve"))), "PENDING");
		ids[i] = s.id;
		world_forget(s.w);
	}
	hours(&s, 4);
	for (int i = 0; i < COUNT; i++) {
		s.id = ids[i];
		is(stands(&s), "APPROVED 1");
	}
	step_end(&s);
}

/* ---- rounds */

STORY(a22_a_new_round_has_a_new_deadline)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("2", DUE("PT4H", "reject"))), "PENDING");
	hours(&s, 3);
	is(says(&s, "a", "return"), "RETURNED");
	hours(&s, 3);
	is(stands(&s), "RETURNED 1"); /* nobody is asked: nothing is due */
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	hours(&s, 3.9);
	is(stands(&s), "PENDING 2");
	hours(&s, 0.1);
	is(stands(&s), "REJECTED 2");
	is(opened(&s, STEP("2", DUE("PT4H", "reject"))), "PENDING");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "WITHDRAWN");
	hours(&s, 5);
	is(stands(&s), "WITHDRAWN 1");
	step_end(&s);
}

STORY(b10_a_deadline_follows_its_calendar_and_keeps_its_version)
{
	struct step s = step_world();
	struct calendar_put office = {
		.name = S("office"), .body = S("{\"zone\":\"UTC\",\"hours\":{\"mon\":[\"09:00-12:00\"]}}")
	};
	struct calendar_named named = { S("office") };

	(void)state;
	is(opened(&s, STEP("2", "\"deadline\":{\"after\":\"P1D\",\"calendar\":\"office\"}")),
	   "IMPOSSIBLE_POLICY");
	done(&s, &op_calendar_put, &office);
	s.w->now.wall_ms = INT64_C(1795478400000); /* Tuesday, 2026-11-24 00:00 */
	is(opened(&s, STEP("2", "\"remind\":[{\"before\":\"PT1H\"}],"
	                        "\"deadline\":{\"after\":\"P1D\",\"calendar\":\"office\",\"then\":"
	                        "\"reject\"}")),
	   "PENDING");
	int64_t monday_noon = INT64_C(1795478400000) + 6 * DAY_MS + 12 * HOUR_MS;
	assert_int_equal(looked(&s)->a.due_at, monday_noon);
	office.body = S("{\"zone\":\"UTC\",\"hours\":{\"sun\":[\"09:00-12:00\"]}}");
	done(&s, &op_calendar_put, &office);
	is(refusal_name(world_run(s.w, &op_calendar_delete, &named)->refused.why), "CONFLICT");
	hours(&s, 6 * 24 + 10.9);
	assert_int_equal(logged(&s, "approval.reminded"), 0);
	hours(&s, 0.2);
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	is(stands(&s), "PENDING 1");
	hours(&s, 1);
	is(stands(&s), "REJECTED 1");
	is(refusal_name(world_run(s.w, &op_calendar_delete, &named)->refused.why), "NONE");
	step_end(&s);
}

STORY(a29_deadlines_that_can_not_be_are_refused_at_the_opening)
{
	static const char *const wrong[] = {
		STEP("2", "\"deadline\":{\"at\":\"2020-01-01T00:00:00Z\"}"),
		STEP("2", "\"deadline\":{\"after\":\"PT59S\"}"),
		STEP("2", "\"deadline\":{\"after\":\"P1D\",\"calendar\":\"nowhere\"}"),
	};
	struct step s = step_world();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		is(opened(&s, wrong[i]), "IMPOSSIBLE_POLICY");
	is(opened(&s, STEP("2", "\"deadline\":{\"after\":\"P30M\"}")), "INVALID_POLICY");
	is(opened(&s, STEP("2", DUE("P10Y", "reject"))), "PENDING");
	step_end(&s);
}

/* ---- reminders */

STORY(b17_who_is_silent_is_reminded_in_business_hours_and_not_too_often)
{
	struct step s = step_world();

	(void)state;
	s.w->now.wall_ms = INT64_C(1795478400000); /* Tuesday 09:00 in Tokyo */
	is(opened(&s, STEP("2", "\"remind\":[{\"every\":\"PT4H\"}],\"deadline\":{\"after\":\"P3D\","
	                        "\"calendar\":\"jp\"}")),
	   "PENDING");
	hours(&s, 4.1);
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	assert_non_null(strstr(last_logged(&s, "approval.reminded"), "\"slots\":[1,2,3]"));
	is(says(&s, "b", "approve"), "PENDING");
	hours(&s, 4);
	assert_non_null(strstr(last_logged(&s, "approval.reminded"), "\"slots\":[1,3]"));
	hours(&s, 12); /* the night: 20:06 to 05:06 */
	assert_int_equal(logged(&s, "approval.reminded"), 2);
	hours(&s, 7);
	assert_int_equal(logged(&s, "approval.reminded"), 3);
	assert_int_equal(times_told(&s, "a", "approval.reminder"), 3);
	assert_int_equal(times_told(&s, "b", "approval.reminder"), 1); /* then they had voted */
	is(says(&s, "a", "approve"), "APPROVED");
	hours(&s, 48);
	assert_int_equal(logged(&s, "approval.reminded"), 3);
	step_end(&s);
}

STORY(b17_by_hand_it_is_no_more_than_once_an_hour)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, STEP("2", "\"remind\":[{\"after\":\"PT0S\"}]," DUE("PT2H", "escalate"))),
	   "PENDING");
	is(did(&s, "taro", &op_approval_remind, change_of(&s)), "PENDING");
	is(did(&s, "taro", &op_approval_remind, change_of(&s)), "CONFLICT");
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	hours(&s, 1.5);
	is(did(&s, "taro", &op_approval_remind, change_of(&s)), "PENDING");
	assert_int_equal(logged(&s, "approval.reminded"), 2);
	assert_int_equal(times_told(&s, "a", "approval.reminder"), 2);
	hours(&s, 0.5); /* the policy's own is due, half an hour behind that: nobody is told twice */
	assert_int_equal(logged(&s, "approval.reminded"), 2);
	assert_int_equal(times_told(&s, "a", "approval.reminder"), 2);
	is(stands(&s), "ESCALATED 1");
	is(did(&s, "taro", &op_approval_cancel, change_of(&s)), "CANCELED");
	is(did(&s, "taro", &op_approval_remind, change_of(&s)), "CLOSED");
	step_end(&s);
}

/* B03: what the round before was waiting for does not come in the new one. */
static void put_policy(struct step *s, const char *name, const char *text)
{
	struct policy_put *p = ARENA_NEW(s->w->arena, struct policy_put);
	struct refused why;

	*p = (struct policy_put){ .name = str_of(name),
		                      .policy = policy_read_text(s->w->arena, str_of(text), &why),
		                      .four_eyes = -1 };
	assert_non_null(p->policy);
	done(s, &op_policy_put, p);
}

STORY(b03_a_round_by_a_policy_without_a_clock_has_none)
{
	struct step s = step_world();
	const char *timed = STEP("2",
	                         "\"edit\":\"reset\",\"newest\":true,\"remind\":[{\"before\":\"PT1H\"}"
	                         "]," DUE("PT4H", "approve"));

	(void)state;
	put_policy(&s, "p", timed);
	struct approval_open *p = opening_of(&s, timed);
	p->policy = NULL;
	p->policy_name = S("p");
	is(opened_as(&s, p, "taro"), "PENDING");
	put_policy(&s, "p", STEP("2", "\"edit\":\"reset\",\"newest\":true"));
	struct approval_change *edit = change_of(&s);
	edit->data = S("{\"amount\":9}");
	edit->amount = 9000;
	is(did(&s, "taro", &op_approval_edit, edit), "PENDING");
	hours(&s, 5);
	is(stands(&s), "PENDING 2");
	assert_int_equal(logged(&s, "approval.reminded"), 0);
	step_end(&s);
}

STORY(b03_votes_stay_where_the_newest_policy_is_the_same_one)
{
	struct step s = step_world();
	const char *text = STEP("2", "\"resubmit\":\"resume\",\"newest\":true");

	(void)state;
	put_policy(&s, "p", text);
	struct approval_open *p = opening_of(&s, text);
	p->policy = NULL;
	p->policy_name = S("p");
	is(opened_as(&s, p, "taro"), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "return"), "RETURNED");
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	is(slots(&s), "a:approve b:WAITING c:WAITING");
	is(says(&s, "b", "return"), "RETURNED");
	put_policy(&s, "p", STEP("3", "\"resubmit\":\"resume\",\"newest\":true"));
	is(did(&s, "taro", &op_approval_resubmit, change_of(&s)), "PENDING");
	is(slots(&s), "a:WAITING b:WAITING c:WAITING"); /* by another one they are asked anew */
	step_end(&s);
}

/* ---- faults: whatever store call fails, it happens once, and later */

static bool one_fault(const char *policy, int64_t nth, const char *end)
{
	struct step s = step_world();

	is(opened(&s, policy), "PENDING");
	world_pass_ms(s.w, 4 * HOUR_MS - 100);
	store_fail_at(s.w->store, nth, ERR_IO);
	world_pass_ms(s.w, 200);
	bool failed = store_failed(s.w->store);
	store_fail_at(s.w->store, 0, OK);
	hours(&s, 0.1);
	is(stands(&s), end);
	step_end(&s);
	return failed;
}

STORY(whatever_store_call_fails_the_deadline_is_applied_once)
{
	(void)state;
	for (int64_t nth = 1; one_fault(STEP("2", DUE("PT4H", "approve")), nth, "APPROVED 1"); nth++)
		assert_true(nth < 300);
	for (int64_t nth = 1;
	     one_fault(STEP("\"all\"", "\"escalate_to\":\"d\"," DUE("PT4H", "escalate")), nth,
	               "ESCALATED 1");
	     nth++)
		assert_true(nth < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a21_what_the_policy_says_happens_at_the_deadline_and_nothing_else),
		RUN(a21_count_asks_the_votes_that_were_cast),
		RUN(a21_what_cannot_be_counted_is_told_once),
		RUN(a21_escalate_asks_the_superior_too_and_keeps_votes),
		RUN(a21_who_is_above_stands_in_where_everybody_is_needed),
		RUN(a21_inside_a_tree_the_seat_above_is_in_the_same_need),
		RUN(a21_nobody_above_is_escalated_all_the_same),
		RUN(a21_extend_moves_the_deadline_on_a_few_times),
		RUN(a19_what_is_an_incident_is_not_approved_by_a_deadline),
		RUN(a21_escalate_climbs_as_far_as_there_is_somebody_above),
		RUN(b02_at_the_very_deadline_a_vote_is_late),
		RUN(b02_what_escalates_takes_the_vote_that_brought_it),
		RUN(b12_what_came_due_while_the_server_was_down_is_applied_once_and_in_order),
		RUN(b01_more_than_one_turn_can_take_are_all_applied),
		RUN(a22_a_new_round_has_a_new_deadline),
		RUN(b10_a_deadline_follows_its_calendar_and_keeps_its_version),
		RUN(a29_deadlines_that_can_not_be_are_refused_at_the_opening),
		RUN(b17_who_is_silent_is_reminded_in_business_hours_and_not_too_often),
		RUN(b17_by_hand_it_is_no_more_than_once_an_hour),
		RUN(b03_a_round_by_a_policy_without_a_clock_has_none),
		RUN(b03_votes_stay_where_the_newest_policy_is_the_same_one),
		RUN(whatever_store_call_fails_the_deadline_is_applied_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
