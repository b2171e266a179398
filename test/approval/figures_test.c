/* figures_test.c - the figures of approvals, counted against lives of which all is known. */
#include "domain/approval/figures.h"

#include "approval/stories.h"
#include "base/limits.h"

#define TWO "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]}"
#define DUE \
	"{\"need\":2,\"of\":[\"a\",\"b\",\"c\"],\"deadline\":{\"after\":\"PT4H\",\"then\":\"reject\"}}"

/* On the reader's side: it changes nothing. */
static const char *asked(struct step *s, struct approval_figures *f)
{
	struct cmd *c = world_cmd(s->w, &op_approval_figures, f);

	assert_int_equal(op_approval_figures.read(s->w->store, c, s->w->now), OK);
	list_add_last(&s->w->answered, &c->node);
	return refusal_name(c->refused.why);
}

static struct approval_figures *figures(struct step *s, struct approval_figures of)
{
	struct approval_figures *f = ARENA_NEW(s->w->arena, struct approval_figures);

	*f = of;
	is(asked(s, f), "NONE");
	return f;
}

static struct approval_figures *now(struct step *s)
{
	return figures(s, (struct approval_figures){ 0 });
}

/* Decided by a and b when `hours` have passed. */
static void decided_after(struct step *s, const char *what, int hours)
{
	is(opened(s, TWO), "PENDING");
	world_pass_ms(s->w, hours * HOUR_MS);
	(void)says(s, "a", what);
	(void)says(s, "b", what);
	assert_int_equal(stands(s)[0], *what == 'a' ? 'A' : 'R');
}

STORY(nothing_has_no_figures)
{
	struct step s = step_world();
	struct approval_figures *f = now(&s);

	(void)state;
	assert_int_equal(f->decided + f->open + f->late + f->votes + f->turned_away + f->deadlines, 0);
	assert_int_equal(f->p50_ms, -1);
	assert_int_equal(f->p95_ms, -1);
	assert_int_equal(f->week_count, 0);
	assert_false(f->more);
	step_end(&s);
}

STORY(lengths_are_those_of_what_people_decided)
{
	struct step s = step_world();

	(void)state;
	for (int i = 1; i <= 20; i++)
		decided_after(&s, i % 2 ? "approve" : "reject", i);
	is(opened(&s, TWO), "PENDING");
	is(did(&s, "taro", &op_approval_withdraw, change_of(&s)), "WITHDRAWN");
	is(opened(&s, TWO), "PENDING");
	struct approval_figures *f = now(&s);
	assert_int_equal(f->closed[APPROVAL_APPROVED], 10);
	assert_int_equal(f->closed[APPROVAL_REJECTED], 10);
	assert_int_equal(f->closed[APPROVAL_WITHDRAWN], 1);
	assert_int_equal(f->open, 1);
	assert_int_equal(f->decided, 20);
	assert_int_equal(f->p50_ms / HOUR_MS, 10);
	assert_int_equal(f->p95_ms / HOUR_MS, 19);
	assert_int_equal(f->votes, 40);
	step_end(&s);
}

STORY(a_deadline_that_passed_is_a_timeout_and_a_vote_that_missed_is_turned_away)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, DUE), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "a", "approve"), "ALREADY_VOTED");
	is(says(&s, "b", "approve"), "APPROVED");
	is(says(&s, "c", "approve"), "CLOSED");
	is(opened(&s, DUE), "PENDING");
	world_pass_ms(s.w, 4 * HOUR_MS);
	is(stands(&s), "REJECTED 1");
	struct approval_figures *f = now(&s);
	assert_int_equal(f->deadlines, 2);
	assert_int_equal(f->timeouts, 1);
	assert_int_equal(f->votes, 2);
	assert_int_equal(f->turned_away, 2);
	assert_int_equal(f->late, 0);
	step_end(&s);
}

STORY(weeks_begin_on_monday_and_only_what_was_asked_is_in_them)
{
	struct step s = step_world();
	int64_t begin = s.w->now.wall_ms;

	(void)state;
	for (int week = 0; week < 3; week++) {
		decided_after(&s, "approve", 1 + week);
		world_pass_ms(s.w, 7 * 24 * HOUR_MS - (1 + week) * HOUR_MS);
	}
	struct approval_figures *f = now(&s);
	assert_int_equal(f->week_count, 3);
	for (int week = 0; week < 3; week++) {
		assert_int_equal((f->weeks[week].begin / (24 * HOUR_MS) + 3) % 7, 0);
		assert_int_equal(f->weeks[week].decided, 1);
		assert_int_equal(f->weeks[week].p95_ms / HOUR_MS, 1 + week);
	}
	f = figures(&s, (struct approval_figures){ .from = begin, .to = begin + 24 * HOUR_MS });
	assert_int_equal(f->decided, 1);
	f = figures(&s, (struct approval_figures){ .policy = S("none of that name") });
	assert_int_equal(f->decided + f->open, 0);
	step_end(&s);
}

STORY(a_time_that_ends_before_it_begins_and_one_too_long_are_refused)
{
	struct step s = step_world();
	struct approval_figures f = { .from = 2000, .to = 1000 };
	int64_t longest = (int64_t)(APPROVAL_FIGURES_WEEKS - 1) * 7 * 24 * HOUR_MS;

	(void)state;
	is(asked(&s, &f), "INVALID_PARAMETER");
	f = (struct approval_figures){ .from = 1, .to = 1 + longest };
	is(asked(&s, &f), "NONE");
	f = (struct approval_figures){ .from = 1, .to = 2 + longest };
	is(asked(&s, &f), "INVALID_PARAMETER");
	step_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(nothing_has_no_figures),
		RUN(lengths_are_those_of_what_people_decided),
		RUN(a_deadline_that_passed_is_a_timeout_and_a_vote_that_missed_is_turned_away),
		RUN(weeks_begin_on_monday_and_only_what_was_asked_is_in_them),
		RUN(a_time_that_ends_before_it_begins_and_one_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
