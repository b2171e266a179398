/* form_test.c - forms and percent escapes. */
#include "base/limits.h"
#include "check.h"
#include "wire/form.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena = arena_close(arena);
	return 0;
}

static void fields_keep_order_and_repeat(void **state)
{
	struct form f;
	struct str why;

	(void)state;
	struct str all = S("Action=SendMessage&a=1&b&a=2&c=x%3Dy+z%2B&%E7%A8%9F=&&=v&");
	assert_true(form_read(arena, all, &f, &why));
	assert_int_equal(f.count, 7);
	check_text(form_get(&f, "Action"), "SendMessage");
	check_text(form_get(&f, "a"), "1");
	check_text(f.fields[3].value, "2");
	check_text(form_get(&f, "b"), "");
	check_text(form_get(&f, "c"), "x=y z+");
	check_text(form_get(&f, "\xE7\xA8\x9F"), "");
	check_text(form_get(&f, ""), "v");
	check_text(form_get(&f, "absent"), NULL);
	assert_true(form_read(arena, S(""), &f, &why));
	assert_int_equal(f.count, 0);
	assert_true(form_read(arena, S_NONE, &f, &why));
	assert_int_equal(f.count, 0);
}

static void what_is_not_a_form_is_refused(void **state)
{
	static const char *const bad[] = { "a=%",    "a=%4",        "a=%4g",    "%=1",         "a=%ff",
		                               "a=\xff", "a=%ED%A0%80", "a=%C0%80", "x=1&y=%E7%A8" };
	struct form f;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct str why = S_NONE;
		assert_false(form_read(arena, str_of(bad[i]), &f, &why));
		assert_true(why.len > 0);
	}
}

static void the_number_of_fields_has_its_bound(void **state)
{
	struct buf b = { 0 };
	struct form f;
	struct str why;

	(void)state;
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		buf_printf(&b, "%sa=%d", i == 0 ? "" : "&", i);
	assert_true(form_read(arena, buf_str(&b), &f, &why));
	assert_int_equal(f.count, FORM_FIELDS_MAX);
	buf_add(&b, S("&a=x"));
	assert_false(form_read(arena, buf_str(&b), &f, &why));
	check_text(why, "The form has too many fields.");
	buf_free(&b);
}

static void paths_keep_their_plus(void **state)
{
	(void)state;
	check_text(form_decode_path(arena, S("a%2Fb+c%20d")), "a/b+c d");
	check_text(form_decode_path(arena, S("")), "");
	check_text(form_decode_path(arena, S("a%2")), NULL);
	check_text(form_decode_path(arena, S("%ff")), NULL);
}

static void any_bytes_are_encoded(void **state)
{
	struct buf b = { 0 };

	(void)state;
	form_encode(&b, S("AZaz09-._~ /+=&%\xE7\xA8\x9F\x01"));
	check_text(buf_str(&b), "AZaz09-._~%20%2F%2B%3D%26%25%E7%A8%9F%01");
	check_text(form_decode_path(arena, buf_str(&b)), "AZaz09-._~ /+=&%\xE7\xA8\x9F\x01");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields_keep_order_and_repeat, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_a_form_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(the_number_of_fields_has_its_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_keep_their_plus, setup, teardown),
		cmocka_unit_test_setup_teardown(any_bytes_are_encoded, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
