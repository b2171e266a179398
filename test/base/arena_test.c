/* arena_test.c - arenas and buffers: alignment, zeroes, growth, and the end of memory. */
#include "base/limits.h"
#include "check.h"

static void memory_is_zeroed_and_aligned_at_any_size(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 3000; size += 7) {
			unsigned char *p = arena_get(a, size);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAA, size);
		}
		arena_reset(a);
	}
	a = arena_close(a);
	assert_null(a);
	assert_null(arena_close(NULL));
}

static void a_reset_arena_holds_little(void **state)
{
	struct arena *a = arena_open();
	size_t fresh = arena_bytes(a);

	(void)state;
	memset(arena_get(a, 1000 * 1000), 1, 1000 * 1000);
	assert_true(arena_bytes(a) > 1000 * 1000);
	arena_reset(a);
	assert_int_equal(arena_bytes(a), fresh);
	arena_close(a);
}

static void impossible_sizes_are_refused_not_fatal(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	assert_null(arena_try(a, SIZE_MAX));
	assert_null(arena_try(a, SIZE_MAX / 2));
	assert_non_null(arena_try(a, 10));
	arena_close(a);
}

static void copies_end_with_a_nul_that_does_not_count(void **state)
{
	struct arena *a = arena_open();
	struct str copy = arena_str(a, S("abc"));

	(void)state;
	check_text(copy, "abc");
	assert_int_equal(copy.at[3], '\0');
	check_text(arena_str(a, S("")), "");
	check_text(arena_str(a, S_NONE), NULL);
	check_text(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	arena_close(a);
}

static void a_buffer_grows_at_its_end(void **state)
{
	struct buf b = { 0 };

	(void)state;
	check_text(buf_str(&b), "");
	buf_add(&b, S("id="));
	buf_printf(&b, "%d", 7);
	buf_add_byte(&b, ';');
	buf_add_text(&b, "n=");
	buf_add_i64(&b, INT64_MIN);
	buf_add_byte(&b, ',');
	buf_add_i64(&b, 0);
	check_text(buf_str(&b), "id=7;n=-9223372036854775808,0");
	buf_clear(&b);
	check_text(buf_str(&b), "");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 100000);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.at[i], 'a' + (int)(i % 26));
	buf_free(&b);
	assert_null(b.at);
}

static void a_buffer_beyond_its_bound_fails_and_stays_so(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_null(buf_room(&b, BUF_MAX + 1));
	assert_true(b.failed);
	buf_add(&b, S("lost"));
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	assert_false(b.failed);
	buf_add(&b, S("kept"));
	check_text(buf_str(&b), "kept");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned_at_any_size),
		cmocka_unit_test(a_reset_arena_holds_little),
		cmocka_unit_test(impossible_sizes_are_refused_not_fatal),
		cmocka_unit_test(copies_end_with_a_nul_that_does_not_count),
		cmocka_unit_test(a_buffer_grows_at_its_end),
		cmocka_unit_test(a_buffer_beyond_its_bound_fails_and_stays_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
