/* policies_test.c - votes are judged by the policy that their round opened with, whether it is
 * remembered, was forgotten meanwhile, or is too long to be remembered. */
#include <stdio.h>

#include "domain/approval/inside.h"
#include "approval/stories.h"
#include "domain/domain.h"
#include "engine/engine.h"

static const struct policies *remembered(struct step *s)
{
	return &engine_domain(s->w->engine)->approvals->policies;
}

/* Wants both a and pNUMBER: no two of them are the same. */
static const char *policy_number(struct step *s, int n)
{
	return arena_printf(s->w->arena, "{\"need\":\"all\",\"of\":[\"a\",\"p%d\"]}", n).at;
}

STORY(more_policies_than_are_remembered_each_judge_their_own)
{
	enum { MANY = APPROVAL_POLICIES_MAX + 1 };
	struct step s = step_world();
	struct uuid ids[MANY];
	char name[16];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		is(opened(&s, policy_number(&s, i)), "PENDING");
		ids[i] = s.id;
	}
	for (int i = 0; i < MANY; i++) {
		s.id = ids[i];
		is(says(&s, "a", "approve"), "PENDING");
		assert_int_equal(remembered(&s)->count, i < MANY - 1 ? i + 1 : 0); /* one over: all go */
	}
	for (int i = 0; i < MANY; i++) {
		s.id = ids[i];
		snprintf(name, sizeof name, "p%d", i);
		is(says(&s, "stranger", "approve"), "NOT_AN_APPROVER");
		is(says(&s, name, "approve"), "APPROVED");
	}
	step_end(&s);
}

STORY(the_same_policy_is_remembered_once)
{
	struct step s = step_world();

	(void)state;
	for (int i = 0; i < 3; i++) {
		is(opened(&s, policy_number(&s, 1)), "PENDING");
		is(says(&s, "a", "approve"), "PENDING");
		is(says(&s, "p1", "approve"), "APPROVED");
		assert_int_equal(remembered(&s)->count, 1);
	}
	step_end(&s);
}

static const char *long_policy(struct step *s)
{
	struct buf b = { 0 };

	buf_add(&b, S("{\"need\":2,\"of\":[\"a\",\"b\""));
	while (b.len <= APPROVAL_POLICY_BYTES)
		buf_printf(&b, ",\"somebody-%050zu\"", b.len);
	buf_add(&b, S("]}"));
	const char *text = arena_str(s->w->arena, buf_str(&b)).at;
	buf_free(&b);
	return text;
}

STORY(a_long_policy_is_read_each_time)
{
	struct step s = step_world();

	(void)state;
	is(opened(&s, long_policy(&s)), "PENDING");
	is(says(&s, "a", "approve"), "PENDING");
	is(says(&s, "b", "approve"), "APPROVED");
	assert_int_equal(remembered(&s)->count, 0);
	step_end(&s);
}

/* What was read in a batch that failed is the policy all the same. */
STORY(a_batch_that_fails_leaves_a_policy_that_is_right)
{
	bool failed = true;

	(void)state;
	for (int nth = 1; failed; nth++) {
		struct step s = step_world();
		is(opened(&s, policy_number(&s, 1)), "PENDING");
		store_fail_at(s.w->store, nth, ERR_FULL);
		const char *said = says(&s, "a", "approve"); /* a fault is tried once more, alone */
		failed = store_failed(s.w->store);
		store_fail_at(s.w->store, 0, OK);
		if (strcmp(said, "PENDING") != 0)
			is(says(&s, "a", "approve"), "PENDING");
		is(slots(&s), "a:approve p1:WAITING");
		is(says(&s, "p1", "approve"), "APPROVED");
		step_end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(more_policies_than_are_remembered_each_judge_their_own),
		RUN(the_same_policy_is_remembered_once),
		RUN(a_long_policy_is_read_each_time),
		RUN(a_batch_that_fails_leaves_a_policy_that_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
