/* fault_test.c - the n-th store call in the life of an approval fails, for every n: what was
 * answered with a fault changed nothing, what was answered well stands, an approval ends once,
 * and what follows the decision is there exactly when the decision is (A1, A2, A7). */
#include "approval/stories.h"
#include "directory/stories.h"

static const char policy[] = "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"],\"edit\":\"reset\"}";

static int64_t waiting(struct step *s)
{
	int64_t count = 0;

	while (world_receive(s->w, "decided") != NULL)
		count++;
	return count;
}

static void open_one(struct step *s)
{
	struct approval_open *p = opening_of(s, policy);

	p->on_decided = S("{\"queue\":\"decided\",\"correlation_id\":\"c\"}");
	(void)opened_as(s, p, "taro");
}

/* Each step may have met the fault. False: there are no more. */
static bool life(struct step *s, int n)
{
	struct approval_change *p = change_of(s);

	switch (n) {
	case 0:
		open_one(s);
		return true;
	case 1:
		(void)says(s, "a", "approve");
		return true;
	case 2:
		(void)says(s, "x", "approve");
		return true;
	case 3:
		(void)says(s, "a", "retract");
		return true;
	case 4:
		p->data = S("{}");
		(void)did(s, "taro", &op_approval_edit, p);
		return true;
	case 5:
		(void)says(s, "b", "return");
		return true;
	case 6:
		(void)did(s, "taro", &op_approval_resubmit, p);
		return true;
	case 7:
		(void)says(s, "a", "approve");
		return true;
	case 8:
		(void)person(s->w, "b", (struct being){ .active = "no" });
		return true;
	case 9:
		(void)says(s, "c", "approve");
		return true;
	default:
		return false;
	}
}

STORY(the_nth_store_call_fails)
{
	static const struct uuid none;
	int failed_at = 0;

	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct step s = step_world();
		world_queue(s.w, "decided", NULL);
		store_fail_at(s.w->store, nth, ERR_IO);
		for (int n = 0; life(&s, n); n++)
			;
		bool failed = store_failed(s.w->store);
		store_fail_at(s.w->store, 0, OK);
		if (s.w->last_turn.stop)
			world_restart(s.w);
		world_check_rows(s.w);
		if (memcmp(&s.id, &none, sizeof none) != 0) {
			const struct approval_view *v = looked(&s);
			assert_non_null(v);
			assert_int_equal(waiting(&s), approval_state_final(v->a.state));
		}
		failed_at += failed;
		world_check(s.w);
		world_close(s.w);
		if (!failed)
			break;
	}
	assert_true(failed_at > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_nth_store_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
