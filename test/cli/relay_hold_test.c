/* relay_hold_test.c - what a relay holds back, for how long, and how much of it. */
#include "check.h"

#include <stdio.h>

#include "base/limits.h"
#include "cli/relay/hold.h"

static struct held_row row(const char *destination, const char *group, const char *id)
{
	return (struct held_row){ str_of(destination), str_of(group), str_of(id) };
}

static void a_refused_row_holds_its_key_and_nobody_else(void **state)
{
	struct holds h = { 0 };
	struct held_row first = row("q:a", "g", "1"), second = row("q:a", "g", "2");
	struct held_row other = row("q:a", "h", "3"), elsewhere = row("q:b", "g", "4");

	(void)state;
	assert_int_equal(holds_row(&h, &first, 1000), 1);
	assert_true(holds_has(&h, &second, 1001));
	assert_false(holds_has(&h, &other, 1001));
	assert_false(holds_has(&h, &elsewhere, 1001));
	assert_false(holds_has(&h, &second, 1000 + 300)); /* 200 ms and a quarter at most */
	holds_free(&h);
}

static void a_row_without_key_holds_only_itself(void **state)
{
	struct holds h = { 0 };
	struct held_row first = row("q:a", NULL, "1"), second = row("q:a", "", "2");

	(void)state;
	assert_int_equal(holds_row(&h, &first, 0), 1);
	assert_true(holds_has(&h, &first, 1));
	assert_false(holds_has(&h, &second, 1));
	holds_free(&h);
}

static void tries_are_those_of_one_row(void **state)
{
	struct holds h = { 0 };
	struct held_row first = row("q:a", "g", "1"), second = row("q:a", "g", "2");

	(void)state;
	assert_int_equal(holds_row(&h, &first, 0), 1);
	assert_int_equal(holds_row(&h, &first, 1000), 2);
	assert_int_equal(holds_row(&h, &first, 2000), 3);
	/* Somebody deleted it; the next row of the key begins anew. */
	assert_int_equal(holds_row(&h, &second, 3000), 1);
	holds_forget(&h, &second);
	assert_int_equal(holds_row(&h, &second, 4000), 1);
	holds_free(&h);
}

static void a_destination_holds_all_of_its_rows(void **state)
{
	struct holds h = { 0 };
	struct held_row a = row("q:a", "g", "1"), b = row("q:b", "g", "2");

	(void)state;
	assert_int_equal(holds_destination(&h, S("q:a"), 0, true), 1);
	assert_int_equal(holds_destination(&h, S("q:a"), 0, true), 2);
	assert_true(holds_has(&h, &a, 1));
	assert_false(holds_has(&h, &b, 1));
	assert_int_equal(holds_destination(&h, S("q:a"), 0, false), 0); /* not its rows' fault */
	assert_int_equal(holds_next(&h, 0), NEVER);
	holds_open(&h, S("q:a"));
	assert_false(holds_has(&h, &a, 1));
	holds_free(&h);
}

static void waiting_grows_to_its_bound_and_no_further(void **state)
{
	(void)state;
	for (int tries = 1; tries < 3000; tries++) {
		int64_t usual = tries < 9 ? (int64_t)200 << (tries - 1) : RELAY_BACKOFF_MAX_MS;
		usual = usual < RELAY_BACKOFF_MAX_MS ? usual : RELAY_BACKOFF_MAX_MS;
		int ms = relay_backoff_ms(tries);
		assert_in_range(ms, usual * 3 / 4, usual * 5 / 4);
	}
}

/* RELAY_HELD_MAX and one more. */
static void beyond_the_bound_the_destination_is_held(void **state)
{
	struct holds h = { 0 };
	char id[32];

	(void)state;
	for (int i = 0; i < RELAY_HELD_MAX; i++) {
		snprintf(id, sizeof id, "%d", i);
		struct held_row r = row(i % 2 ? "q:a" : "q:b", i % 3 ? id : NULL, id);
		assert_int_equal(holds_row(&h, &r, 0), 1);
	}
	struct held_row more = row("q:a", "more", "more"), old = row("q:a", "1", "1");
	assert_int_equal(holds_row(&h, &more, 0), 0);
	assert_int_equal(holds_row(&h, &old, 0), 2); /* one that is known has its place */
	assert_int_equal(holds_destination(&h, S("q:a"), 0, true), 1);
	assert_int_equal(h.all.count, RELAY_HELD_MAX / 2 + 1);
	assert_true(holds_has(&h, &more, 1));
	holds_free(&h);
}

static void a_thousand_destinations_leave_no_room(void **state)
{
	struct holds h = { 0 };
	char name[32];

	(void)state;
	for (int i = 0; i < RELAY_HELD_MAX; i++) {
		snprintf(name, sizeof name, "q:%d", i);
		assert_int_equal(holds_destination(&h, str_of(name), 0, true), 1);
	}
	assert_int_equal(holds_destination(&h, S("q:more"), 0, true), 0);
	assert_int_equal(h.all.count, RELAY_HELD_MAX);
	holds_free(&h);
}

static void a_fetch_is_told_what_to_leave_out(void **state)
{
	struct arena *arena = arena_open();
	struct holds h = { 0 };
	struct outbox_held held;
	struct held_row key = row("q:a", "g\"1", "1"), one = row("q:a", NULL, "7");

	(void)state;
	holds_lists(&h, arena, 0, &held);
	assert_true(str_is(held.destinations, "[]") && str_is(held.keys, "[]") &&
	            str_is(held.ids, "[]"));
	holds_row(&h, &key, 0);
	holds_row(&h, &one, 0);
	holds_destination(&h, S("t:news"), 0, true);
	holds_lists(&h, arena, 1, &held);
	assert_true(str_is(held.destinations, "[\"t:news\"]"));
	assert_true(str_is(held.keys, "[[\"q:a\",\"g\\\"1\"]]"));
	assert_true(str_is(held.ids, "[\"7\"]"));
	holds_lists(&h, arena, 1000, &held); /* all is over */
	assert_true(str_is(held.keys, "[]"));
	assert_int_equal(h.all.count, 3); /* but the tries are known */
	holds_lists(&h, arena, 3600 * 1000, &held);
	assert_int_equal(h.all.count, 0); /* those rows are gone */
	holds_free(&h);
	arena_close(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_row_holds_its_key_and_nobody_else),
		cmocka_unit_test(a_row_without_key_holds_only_itself),
		cmocka_unit_test(tries_are_those_of_one_row),
		cmocka_unit_test(a_destination_holds_all_of_its_rows),
		cmocka_unit_test(waiting_grows_to_its_bound_and_no_further),
		cmocka_unit_test(beyond_the_bound_the_destination_is_held),
		cmocka_unit_test(a_thousand_destinations_leave_no_room),
		cmocka_unit_test(a_fetch_is_told_what_to_leave_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
