/* role_test.c - roles through the engine: made, given, taken away, and failing stores. */
#include "check.h"

#include <stdio.h>

#include "base/limits.h"
#include "domain/account/role.h"
#include "domain/domain.h"
#include "world/world.h"

static const char *run(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_run(w, op, in);

	assert_non_null(c);
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

#define RULES "[\"ringi:GetQueue:*\"]"

static const char *put(struct world *w, const char *name, const char *seen)
{
	struct role_put in = { .name = str_of(name), .rules = S(RULES), .seen = str_of(seen) };

	return run(w, &op_role_put, &in);
}

static const char *give(struct world *w, const struct op *op, const char *role, const char *holder,
                        const char *seen)
{
	struct role_give in = { .role = str_of(role), .holder = str_of(holder), .seen = str_of(seen) };

	return run(w, op, &in);
}

static const struct accounts *memory(struct world *w)
{
	return engine_domain(w->engine)->accounts;
}

static void a_role_and_who_has_it_are_there_after_a_restart(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	assert_string_equal(put(w, "clerk", NULL), "NONE");
	assert_true(w->last_turn.keys_changed);
	assert_string_equal(give(w, &op_role_grant, "clerk", "user:taro", RULES), "NONE");
	assert_true(w->last_turn.keys_changed);
	assert_string_equal(give(w, &op_role_grant, "clerk", "user:taro", RULES), "NONE");
	assert_false(w->last_turn.keys_changed); /* nothing new */
	world_restart(w);
	check_text(role_find(memory(w), S("clerk"))->rules, RULES);
	assert_int_equal(memory(w)->grant_count, 1);
	check_text(memory(w)->grants[0].holder, "user:taro");
	world_check_rows(w);
	world_close(w);
}

static void a_role_that_somebody_has_is_not_deleted(void **state)
{
	struct world *w = world_open(2);
	struct role_delete in = { .name = S("clerk"), .seen = S(RULES) };

	(void)state;
	assert_string_equal(run(w, &op_role_delete, &in), "NOT_FOUND");
	assert_string_equal(put(w, "clerk", NULL), "NONE");
	assert_string_equal(give(w, &op_role_grant, "clerk", "user:taro", RULES), "NONE");
	assert_string_equal(run(w, &op_role_delete, &in), "CONFLICT");
	assert_string_equal(give(w, &op_role_revoke, "clerk", "user:taro", RULES), "NONE");
	assert_int_equal(memory(w)->grant_count, 0);
	assert_string_equal(run(w, &op_role_delete, &in), "NONE");
	assert_null(role_find(memory(w), S("clerk")));
	world_close(w);
}

static void built_in_roles_stay_and_everybody_s_is_neither_given_nor_taken(void **state)
{
	struct world *w = world_open(3);
	struct role_delete in = { .name = S("administrator"), .seen = S("[\"*:*:*\"]") };

	(void)state;
	assert_string_equal(put(w, "administrator", "[\"*:*:*\"]"), "CONFLICT");
	assert_string_equal(run(w, &op_role_delete, &in), "CONFLICT");
	assert_string_equal(give(w, &op_role_grant, "administrator", "user:taro", "[\"*:*:*\"]"),
	                    "NONE");
	const struct role *person = role_find(memory(w), S("person"));
	struct role_give everybody = { .role = person->name,
		                           .holder = S("user:taro"),
		                           .seen = person->rules };
	assert_string_equal(run(w, &op_role_grant, &everybody), "CONFLICT");
	assert_string_equal(run(w, &op_role_revoke, &everybody), "CONFLICT");
	assert_string_equal(give(w, &op_role_grant, "nothing", "user:taro", NULL), "NOT_FOUND");
	world_close(w);
}

static void a_role_that_was_changed_meanwhile_is_not_given(void **state)
{
	struct world *w = world_open(4);

	(void)state;
	assert_string_equal(put(w, "clerk", NULL), "NONE");
	assert_string_equal(put(w, "clerk", NULL), "CONFLICT"); /* somebody else has made it */
	assert_string_equal(put(w, "clerk", "[]"), "CONFLICT");
	assert_string_equal(give(w, &op_role_grant, "clerk", "user:taro", "[]"), "CONFLICT");
	assert_int_equal(memory(w)->grant_count, 0);
	assert_string_equal(put(w, "clerk", RULES), "NONE");
	world_close(w);
}

static void there_are_so_many_roles(void **state)
{
	struct world *w = world_open(5);
	char name[16];

	(void)state;
	for (int i = 0; i < ROLES_MAX; i++) {
		snprintf(name, sizeof name, "r%d", i);
		assert_string_equal(put(w, name, NULL), "NONE");
	}
	assert_string_equal(put(w, "one-more", NULL), "OVER_LIMIT");
	assert_string_equal(put(w, "r0", RULES), "NONE");
	world_close(w);
}

static void a_store_that_fails_leaves_no_trace(void **state)
{
	(void)state;
	for (int nth = 1, failed = 1; failed; nth++) {
		struct world *w = world_open(6);
		assert_string_equal(put(w, "clerk", NULL), "NONE");
		store_fail_at(w->store, nth, ERR_BUSY);
		const char *said = give(w, &op_role_grant, "clerk", "user:taro", RULES);
		failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		int count = memory(w)->grant_count;
		assert_int_equal(count, strcmp(said, "NONE") == 0);
		world_restart(w);
		assert_int_equal(memory(w)->grant_count, count);
		world_close(w);
		assert_true(nth < 100);
	}
}

static void what_ids_and_names_look_like(void **state)
{
	char longest[ACCOUNT_ID_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof longest);
	assert_true(account_id_valid((struct str){ longest, ACCOUNT_ID_MAX }));
	assert_false(account_id_valid((struct str){ longest, ACCOUNT_ID_MAX + 1 }));
	assert_true(role_name_valid((struct str){ longest, ROLE_NAME_MAX }));
	assert_true(account_id_valid(S("taro@example.com")));
	assert_true(account_id_valid(S("山田.太郎")));
	assert_false(account_id_valid(S("")));
	assert_false(account_id_valid(S("a b")));
	assert_false(account_id_valid(S("a\xff")));
	assert_false(account_id_valid(S("key:ci")));
	assert_true(holder_valid(S("user:taro")));
	assert_false(holder_valid(S("user:")));
	assert_false(holder_valid(S("taro")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_and_who_has_it_are_there_after_a_restart),
		cmocka_unit_test(a_role_that_somebody_has_is_not_deleted),
		cmocka_unit_test(built_in_roles_stay_and_everybody_s_is_neither_given_nor_taken),
		cmocka_unit_test(a_role_that_was_changed_meanwhile_is_not_given),
		cmocka_unit_test(there_are_so_many_roles),
		cmocka_unit_test(a_store_that_fails_leaves_no_trace),
		cmocka_unit_test(what_ids_and_names_look_like),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
