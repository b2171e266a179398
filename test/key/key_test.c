/* key_test.c - access keys through the engine: made, rotated, revoked, and failing stores. */
#include "check.h"

#include "base/limits.h"
#include "domain/domain.h"
#include "domain/key/key.h"
#include "world/world.h"

static const char hash_1[] = "0123456789abcdef0123456789abcdef",
				  hash_2[] = "ABCDEF0123456789abcdef0123456789";

static struct key_create new_key(const char *id, const char *name)
{
	return (struct key_create){ .id = str_of(id),
		                        .name = str_of(name),
		                        .rules = S("[\"sqs:*:*\"]"),
		                        .sealed = S("sealed"),
		                        .token_hash = str_of(hash_1) };
}

static const char *run(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_run(w, op, in);

	assert_non_null(c);
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

static const struct access_key *find(struct world *w, const char *name)
{
	return names_find(&engine_domain(w->engine)->keys->by_name, str_of(name));
}

#define ONE "RKAAAAAAAAAAAAAAAAAA"
#define TWO "RKBBBBBBBBBBBBBBBBBB"

static void a_key_is_there_after_a_restart(void **state)
{
	struct world *w = world_open(1);
	struct key_create one = new_key(ONE, "ci");

	(void)state;
	one.life_ms = 5000;
	assert_string_equal(run(w, &op_key_create, &one), "NONE");
	assert_true(w->last_turn.keys_changed);
	assert_int_equal(one.expires_at, one.created_at + 5000);
	world_restart(w);
	const struct access_key *k = find(w, "ci");
	assert_non_null(k);
	check_text(k->id, ONE);
	check_text(k->sealed, "sealed");
	check_text(k->rules, "[\"sqs:*:*\"]");
	assert_int_equal(k->expires_at, one.expires_at);
	world_close(w);
}

static void a_name_has_one_key(void **state)
{
	struct world *w = world_open(2);
	struct key_create one = new_key(ONE, "ci"), two = new_key(TWO, "ci");
	struct key_named name = { S("ci") };

	(void)state;
	assert_string_equal(run(w, &op_key_create, &one), "NONE");
	assert_string_equal(run(w, &op_key_create, &two), "CONFLICT");
	assert_false(w->last_turn.keys_changed);
	assert_string_equal(run(w, &op_key_revoke, &name), "NONE");
	assert_string_equal(run(w, &op_key_revoke, &name), "NOT_FOUND");
	assert_string_equal(run(w, &op_key_create, &two), "NONE"); /* the name is free again */
	check_text(find(w, "ci")->id, TWO);
	world_close(w);
}

static void rotating_keeps_name_rules_and_life(void **state)
{
	struct world *w = world_open(3);
	struct key_create one = new_key(ONE, "ci");
	struct key_rotate next = {
		.id = S(TWO), .name = S("ci"), .sealed = S("other"), .token_hash = str_of(hash_2)
	};
	struct key_rotate none = next;

	(void)state;
	one.life_ms = DAY_MS;
	assert_string_equal(run(w, &op_key_create, &one), "NONE");
	world_pass_ms(w, HOUR_MS);
	next.old_id = S("RKANOTHER");
	assert_string_equal(run(w, &op_key_rotate, &next), "CONFLICT"); /* was revoked, made anew */
	next.old_id = S(ONE);
	assert_string_equal(run(w, &op_key_rotate, &next), "NONE");
	check_text(next.rules, "[\"sqs:*:*\"]");
	assert_int_equal(next.expires_at, next.created_at + DAY_MS);
	none.name = S("nobody");
	none.old_id = S(ONE);
	assert_string_equal(run(w, &op_key_rotate, &none), "NOT_FOUND");
	world_restart(w);
	check_text(find(w, "ci")->id, TWO);
	check_text(find(w, "ci")->sealed, "other");
	assert_int_equal(engine_domain(w->engine)->keys->by_name.count, 1);
	world_close(w);
}

static void use_is_noted_without_a_change_of_keys(void **state)
{
	struct world *w = world_open(4);
	struct key_create one = new_key(ONE, "ci");
	struct key_used used = { S(ONE) };
	struct key_list list = { .max = 10 };
	struct cmd *c = world_cmd(w, &op_key_list, &list);

	(void)state;
	assert_string_equal(run(w, &op_key_create, &one), "NONE");
	world_pass_ms(w, HOUR_MS);
	assert_string_equal(run(w, &op_key_used, &used), "NONE");
	assert_false(w->last_turn.keys_changed);
	assert_int_equal(op_key_list.read(w->store, c, w->now), OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.keys[0].last_used_at, w->now.wall_ms);
	cmd_free(c);
	world_close(w);
}

static void lists_come_in_pages(void **state)
{
	struct world *w = world_open(5);
	struct key_list list = { .max = 2 };
	struct cmd *c = world_cmd(w, &op_key_list, &list);

	(void)state;
	for (char i = 'a'; i < 'd'; i++) {
		char name[2] = { i, '\0' }, id[] = ONE;
		id[5] = (char)(i - 32);
		struct key_create one = new_key(id, name);
		assert_string_equal(run(w, &op_key_create, &one), "NONE");
	}
	assert_int_equal(op_key_list.read(w->store, c, w->now), OK);
	assert_int_equal(list.count, 2);
	assert_true(list.more);
	list = (struct key_list){ .max = 2, .after = list.keys[1].name };
	assert_int_equal(op_key_list.read(w->store, c, w->now), OK);
	assert_int_equal(list.count, 1);
	assert_false(list.more);
	check_text(list.keys[0].name, "c");
	cmd_free(c);
	world_close(w);
}

static void a_failed_store_changes_no_key(void **state)
{
	(void)state;
	for (int nth = 1;; nth++) {
		struct world *w = world_open(6);
		struct key_create one = new_key(ONE, "ci");
		struct key_rotate next = {
			.id = S(TWO), .name = S("ci"), .sealed = S("other"), .token_hash = str_of(hash_2)
		};
		assert_string_equal(run(w, &op_key_create, &one), "NONE");
		store_fail_at(w->store, nth, ERR_BUSY);
		const char *said = run(w, &op_key_rotate, &next);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		bool done = strcmp(said, "NONE") == 0;
		assert_int_equal(engine_domain(w->engine)->keys->by_name.count, 1);
		check_text(find(w, "ci")->id, done ? TWO : ONE); /* memory */
		world_restart(w);
		check_text(find(w, "ci")->id, done ? TWO : ONE); /* rows */
		world_close(w);
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_there_after_a_restart),
		cmocka_unit_test(a_name_has_one_key),
		cmocka_unit_test(rotating_keeps_name_rules_and_life),
		cmocka_unit_test(use_is_noted_without_a_change_of_keys),
		cmocka_unit_test(lists_come_in_pages),
		cmocka_unit_test(a_failed_store_changes_no_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
