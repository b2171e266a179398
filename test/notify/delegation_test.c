/* delegation_test.c - who is told of delegations and absences, and when. */
#include <stdio.h>

#include "base/limits.h"
#include "domain/directory/delegation.h"
#include "notify/stories.h"

static void as(struct world *w, const char *who, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(w, op, in);

	c->caller.principal = str_of(who);
	world_run_batch(w, &c, 1);
	assert_int_equal(c->fault, OK);
	assert_false(cmd_refused(c));
}

static const char *in_minutes(struct world *w, int64_t minutes)
{
	struct buf b = { 0 };

	time_rfc3339(&b, w->now.wall_ms + minutes * MINUTE_MS);
	arena_adopt(w->arena, b.at);
	return arena_str(w->arena, buf_str(&b)).at;
}

/* Yuki's delegation to ken, from now; minutes 0: without an end. */
static struct uuid gives(struct world *w, const char *who, int64_t minutes, bool on_absence)
{
	struct delegation_put *p = ARENA_NEW(w->arena, struct delegation_put);

	*p = (struct delegation_put){ .principal = S("yuki"),
		                          .delegate = S("ken"),
		                          .on_absence = on_absence };
	if (minutes > 0)
		p->until = str_of(in_minutes(w, minutes));
	as(w, who, &op_delegation_put, p);
	return p->made.id;
}

static void cancels(struct world *w, const char *who, struct uuid id)
{
	struct delegation_named *p = ARENA_NEW(w->arena, struct delegation_named);

	p->id = id;
	as(w, who, &op_delegation_cancel, p);
}

STORY(the_other_side_is_told_when_one_sets_and_cancels)
{
	struct world *w = world_open(7);

	(void)state;
	struct uuid id = gives(w, "yuki", 0, false);
	is(told_of(w, "ken"), "delegation.set KEPT 0");
	is(told_of(w, "yuki"), "");
	cancels(w, "ken2", id); /* an administrator */
	is(told_of(w, "ken"), "delegation.set KEPT 0, delegation.ended KEPT 0");
	is(told_of(w, "yuki"), "delegation.ended KEPT 0");
	world_pass_ms(w, 30 * DAY_MS);
	is(told_of(w, "yuki"), "delegation.ended KEPT -43200");
	world_check_rows(w);
	the_end(w);
}

STORY(for_a_sick_person_both_are_told)
{
	struct world *w = world_open(7);

	(void)state;
	(void)gives(w, "admin", 0, false);
	is(told_of(w, "ken"), "delegation.set KEPT 0");
	is(told_of(w, "yuki"), "delegation.set KEPT 0");
	the_end(w);
}

STORY(an_end_is_told_a_day_before_and_when_it_comes_once)
{
	struct world *w = world_open(7);

	(void)state;
	(void)gives(w, "yuki", 3 * 24 * 60, false);
	world_pass_ms(w, 2 * DAY_MS - 1);
	is(told_of(w, "yuki"), "");
	world_pass_ms(w, 1);
	is(told_of(w, "yuki"), "delegation.ending KEPT 0");
	world_restart(w);
	world_pass_ms(w, DAY_MS - 1);
	is(told_of(w, "yuki"), "delegation.ending KEPT -1439");
	world_pass_ms(w, 1);
	is(told_of(w, "yuki"), "delegation.ending KEPT -1440, delegation.ended KEPT 0");
	world_jump_ms(w, -2 * DAY_MS); /* and a clock that is set back tells nothing again */
	world_pass_ms(w, 3 * DAY_MS);
	is(told_of(w, "yuki"), "delegation.ending KEPT -2880, delegation.ended KEPT -1440");
	world_check_rows(w);
	the_end(w);
}

STORY(a_short_one_is_told_at_its_end_and_a_canceled_one_never)
{
	struct world *w = world_open(7);

	(void)state;
	(void)gives(w, "yuki", 60, false);
	cancels(w, "yuki", gives(w, "yuki", 2 * 24 * 60, false));
	world_pass_ms(w, HOUR_MS);
	is(told_of(w, "yuki"), "delegation.ended KEPT 0");
	world_pass_ms(w, 3 * DAY_MS);
	is(told_of(w, "yuki"), "delegation.ended KEPT -4320");
	the_end(w);
}

STORY(what_ended_long_before_the_server_came_back_is_told_no_more)
{
	struct world *w = world_open(7);

	(void)state;
	(void)gives(w, "yuki", 60, false);
	world_jump_ms(w, 9 * DAY_MS);
	world_pass_ms(w, HOUR_MS);
	is(told_of(w, "yuki"), "");
	(void)gives(w, "yuki", 60, false);
	world_jump_ms(w, 6 * DAY_MS);
	world_pass_ms(w, HOUR_MS);
	assert_non_null(strstr(told_of(w, "yuki"), "delegation.ended KEPT"));
	the_end(w);
}

static struct uuid away(struct world *w, const char *by, int64_t minutes)
{
	struct absence_put *p = ARENA_NEW(w->arena, struct absence_put);

	*p = (struct absence_put){ .person = S("yuki"),
		                       .until = str_of(in_minutes(w, minutes)),
		                       .reason = S("ill") };
	as(w, by, &op_absence_put, p);
	return p->made.id;
}

STORY(who_acts_in_an_absence_is_told_of_it_and_not_why)
{
	struct world *w = world_open(7);
	struct absence_named *p;

	(void)state;
	(void)gives(w, "yuki", 0, true);
	p = ARENA_NEW(w->arena, struct absence_named);
	*p = (struct absence_named){ .person = S("yuki"), .id = away(w, "yuki", 60) };
	is(told_of(w, "yuki"), "");
	is(told_of(w, "ken"), "delegation.set KEPT 0, absence.set KEPT 0");
	as(w, "admin", &op_absence_cancel, p);
	is(told_of(w, "yuki"), "absence.ended KEPT 0");
	is(told_of(w, "ken"), "delegation.set KEPT 0, absence.set KEPT 0, absence.ended KEPT 0");
	(void)away(w, "admin", 30);
	is(told_of(w, "yuki"), "absence.ended KEPT 0, absence.set KEPT 0");
	world_check_rows(w);
	the_end(w);
}

/* Many at once: more than one transaction takes. */
STORY(many_ends_at_once_are_all_told)
{
	struct world *w = world_open(7);
	char name[16];

	(void)state;
	for (int i = 0; i < 2 * DELEGATION_TELL_MAX + 1; i++) {
		struct delegation_put *p = ARENA_NEW(w->arena, struct delegation_put);
		(void)snprintf(name, sizeof name, "p%d", i);
		*p = (struct delegation_put){ .principal = arena_str(w->arena, str_of(name)),
			                          .delegate = S("ken"),
			                          .until = str_of(in_minutes(w, 60)) };
		as(w, "ken", &op_delegation_put, p);
	}
	world_pass_ms(w, HOUR_MS + MINUTE_MS);
	for (int i = 0; i < 2 * DELEGATION_TELL_MAX + 1; i++) {
		(void)snprintf(name, sizeof name, "p%d", i);
		assert_non_null(strstr(told_of(w, name), "delegation.ended KEPT"));
	}
	world_check_rows(w);
	the_end(w);
}

/* Every call of the store fails once: what is done afterwards is told, and once. */
STORY(a_fault_loses_no_end)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct world *w = world_open(7);
		(void)gives(w, "yuki", 60, false);
		world_pass_ms(w, HOUR_MS - 1);
		store_fail_at(w->store, nth, ERR_IO);
		world_pass_ms(w, MINUTE_MS);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_pass_ms(w, MINUTE_MS);
		assert_non_null(strstr(told_of(w, "yuki"), "delegation.ended KEPT"));
		assert_null(strstr(told_of(w, "yuki"), ", "));
		world_check_rows(w);
		the_end(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_other_side_is_told_when_one_sets_and_cancels),
		RUN(for_a_sick_person_both_are_told),
		RUN(an_end_is_told_a_day_before_and_when_it_comes_once),
		RUN(a_short_one_is_told_at_its_end_and_a_canceled_one_never),
		RUN(what_ended_long_before_the_server_came_back_is_told_no_more),
		RUN(who_acts_in_an_absence_is_told_of_it_and_not_why),
		RUN(many_ends_at_once_are_all_told),
		RUN(a_fault_loses_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
