/* recompute_test.c - a calendar changes while approvals are open (B10): who follows it gets
 * another deadline, who does not keeps theirs, and what has fired has fired. */
#include "approval/stories.h"
#include "domain/audit/read.h"
#include "domain/calendar/calendar.h"
#include "domain/schedule/schedule.h"

#define TUESDAY INT64_C(1795478400000) /* 2026-11-24 00:00 */
#define CLOSE(days) (TUESDAY + (days)*DAY_MS + 17 * HOUR_MS)
#define HOURS \
	"\"zone\":\"UTC\",\"hours\":{\"tue\":[\"09:00-17:00\"],\"wed\":[\"09:00-17:00\"]," \
	"\"thu\":[\"09:00-17:00\"],\"fri\":[\"09:00-17:00\"]}"
#define STEP(after, then, more) \
	"{\"need\":2,\"of\":[\"a\",\"b\",\"c\"],\"deadline\":{\"after\":\"" after \
	"\",\"calendar\":\"office\",\"then\":\"" then "\"" more "}"
#define FOLLOWS ",\"recompute\":true"
#define AN_HOUR_BEFORE ",\"remind\":[{\"before\":\"PT1H\"}]}"

static void office(struct step *s, const char *body)
{
	struct calendar_put put = { .name = S("office"), .body = str_of(body) };
	struct cmd *c = world_run(s->w, &op_calendar_put, &put);

	assert_int_equal(c->fault, OK);
	is(refusal_name(c->refused.why), "NONE");
}

/* The details of what the log says of the calendar's changes, the newest first. */
static const char *steps_logged(struct step *s)
{
	struct audit_list p = {
		.action = S("calendar.recomputed"), .to_ms = INT64_MAX, .before = INT64_MAX, .max = 100
	};
	struct str text = S("");

	struct cmd *c = cmd_new(&op_audit_list);
	c->in = &p;
	c->caller.principal = S("taro");
	must(op_audit_list.read(s->w->store, c, s->w->now) == OK);
	list_add_last(&s->w->answered, &c->node);
	for (int i = 0; i < p.count; i++) {
		is(arena_str(s->w->arena, p.records[i].resource).at, "calendar:office");
		text = arena_printf(s->w->arena, "%.*s%s%.*s", S_ARG(text), i > 0 ? " " : "",
		                    S_ARG(p.records[i].detail));
	}
	return text.at;
}

static void hours(struct step *s, double n)
{
	world_pass_ms(s->w, (int64_t)(n * (double)HOUR_MS));
}

static struct step office_world(void)
{
	struct step s = step_world();

	s.w->now.wall_ms = TUESDAY;
	office(&s, "{" HOURS "}");
	return s;
}

STORY(b10_who_follows_the_calendar_gets_the_company_day_too)
{
	struct step s = office_world();

	(void)state;
	is(opened(&s, STEP("P1D", "reject", "") AN_HOUR_BEFORE), "PENDING");
	struct uuid stays = s.id;
	is(opened(&s, STEP("P1D", "reject", FOLLOWS) AN_HOUR_BEFORE), "PENDING");
	assert_true(looked(&s)->a.due_at == CLOSE(1));
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-25\"]}");
	hours(&s, 0.1);
	assert_true(looked(&s)->a.due_at == CLOSE(2));
	assert_int_equal(logged(&s, "approval.recomputed"), 1);
	assert_non_null(strstr(last_logged(&s, "approval.recomputed"), "\"version\":2"));
	is(steps_logged(&s), "{\"version\":2,\"approvals\":1,\"deadlines\":1,\"reminders\":1}");
	hours(&s, 24 + 16.5); /* the old deadline is over for one, and not for the other */
	assert_int_equal(logged(&s, "approval.reminded"), 0);
	hours(&s, 0.5);
	is(stands(&s), "PENDING 1");
	hours(&s, 23.4); /* it is reminded by the new one */
	assert_int_equal(logged(&s, "approval.reminded"), 1);
	is(stands(&s), "PENDING 1");
	hours(&s, 0.5);
	is(stands(&s), "REJECTED 1");
	assert_int_equal(logged(&s, "approval.closed"), 1);
	s.id = stays;
	is(stands(&s), "REJECTED 1");
	assert_true(looked(&s)->a.due_at == CLOSE(1));
	step_end(&s);
}

STORY(b10_a_deadline_may_move_back_and_come_at_once)
{
	struct step s = office_world();

	(void)state;
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-25\"]}");
	is(opened(&s, STEP("P1D", "reject", FOLLOWS) "}"), "PENDING");
	assert_true(looked(&s)->a.due_at == CLOSE(2));
	hours(&s, 42); /* Wednesday 18:00 */
	office(&s, "{" HOURS "}");
	hours(&s, 0.01);
	is(stands(&s), "REJECTED 1");
	assert_int_equal(logged(&s, "approval.closed"), 1);
	step_end(&s);
}

STORY(b10_what_has_escalated_or_was_moved_on_stays_so)
{
	struct step s = office_world();

	(void)state;
	is(opened(&s, STEP("P1D", "escalate", FOLLOWS) "}"), "PENDING");
	struct uuid escalated = s.id;
	is(opened(&s, STEP("P1D", "extend", FOLLOWS) "}"), "PENDING");
	hours(&s, 42);
	assert_true(looked(&s)->a.due_at == CLOSE(2));
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-26\"]}");
	hours(&s, 0.1);
	assert_true(looked(&s)->a.due_at == CLOSE(3)); /* two days from the beginning on */
	s.id = escalated;
	is(stands(&s), "ESCALATED 1");
	assert_true(looked(&s)->a.due_at == CLOSE(1));
	assert_int_equal(logged(&s, "approval.recomputed"), 0);
	step_end(&s);
}

/* The engine was away when the old deadline passed: the new one counts. */
STORY(b10_what_comes_due_before_the_walk_reaches_it_is_reckoned_first)
{
	struct step s = office_world();

	(void)state;
	is(opened(&s, STEP("P1D", "reject", FOLLOWS) "}"), "PENDING");
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-25\"]}");
	s.w->now.wall_ms += 2 * DAY_MS;
	s.w->now.mono_ms += 2 * DAY_MS;
	is(says(&s, "a", "approve"), "PENDING");
	assert_true(looked(&s)->a.due_at == CLOSE(2));
	is(says(&s, "b", "approve"), "APPROVED");
	step_end(&s);
}

/* How many of them have that deadline, and were told so once. */
static int moved(struct step *s, const struct uuid *ids, int count, int64_t due_at)
{
	int there = 0;

	for (int i = 0; i < count; i++) {
		s->id = ids[i];
		there += looked(s)->a.due_at == due_at && logged(s, "approval.recomputed") == 1;
	}
	return there;
}

/* One timer each, and more than fit in two steps; the process dies between them. */
STORY(b10_a_restart_in_the_middle_goes_on_where_rows_say_so)
{
	enum { MANY = 2 * APPROVAL_RECKON_STEP + 1 };
	struct step s = office_world();
	struct uuid ids[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		is(opened(&s, STEP("P1D", "reject", FOLLOWS) "}"), "PENDING");
		ids[i] = s.id;
	}
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-25\"]}");
	assert_int_equal(world_run(s.w, &op_approval_reckon, NULL)->fault, OK);
	assert_int_equal(moved(&s, ids, MANY, CLOSE(2)) % APPROVAL_RECKON_STEP, 0);
	world_restart(s.w);
	hours(&s, 0.1);
	assert_int_equal(moved(&s, ids, MANY, CLOSE(2)), MANY);
	hours(&s, 41); /* over the old one */
	is(stands(&s), "PENDING 1");
	hours(&s, 24);
	for (int i = 0; i < MANY; i++) {
		s.id = ids[i];
		is(stands(&s), "REJECTED 1");
		assert_int_equal(logged(&s, "approval.closed"), 1);
	}
	step_end(&s);
}

static bool one_fault(int64_t nth)
{
	struct step s = office_world();

	is(opened(&s, STEP("P1D", "reject", FOLLOWS) AN_HOUR_BEFORE), "PENDING");
	office(&s, "{" HOURS ",\"holidays\":[\"2026-11-25\"]}");
	store_fail_at(s.w->store, nth, ERR_IO);
	world_pass_ms(s.w, 200);
	bool failed = store_failed(s.w->store);
	store_fail_at(s.w->store, 0, OK);
	hours(&s, 0.1);
	assert_true(looked(&s)->a.due_at == CLOSE(2));
	assert_int_equal(logged(&s, "approval.recomputed"), 1);
	is(steps_logged(&s), "{\"version\":2,\"approvals\":1,\"deadlines\":1,\"reminders\":1}");
	step_end(&s);
	return failed;
}

STORY(whatever_store_call_fails_a_deadline_is_moved_once)
{
	(void)state;
	for (int64_t nth = 1; one_fault(nth); nth++)
		assert_true(nth < 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(b10_who_follows_the_calendar_gets_the_company_day_too),
		RUN(b10_a_deadline_may_move_back_and_come_at_once),
		RUN(b10_what_has_escalated_or_was_moved_on_stays_so),
		RUN(b10_what_comes_due_before_the_walk_reaches_it_is_reckoned_first),
		RUN(b10_a_restart_in_the_middle_goes_on_where_rows_say_so),
		RUN(whatever_store_call_fails_a_deadline_is_moved_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
