/* json_test.c - JSON in and out: what is accepted, what is refused, what comes back. */
#include "base/limits.h"
#include "base/rng.h"
#include "check.h"
#include "wire/json.h"

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

static struct json *read_ok(struct str bytes)
{
	struct str why = S_NONE;
	struct json *v = json_read(arena, bytes, &why);

	if (v == NULL)
		print_error("%.*s: %.*s\n", S_ARG(bytes), S_ARG(why));
	assert_non_null(v);
	return v;
}

static struct str refusal(struct str bytes)
{
	struct str why = S_NONE;

	if (json_read(arena, bytes, &why) != NULL) {
		print_error("accepted: %.*s\n", S_ARG(bytes));
		fail();
	}
	assert_true(str_starts(why, S("The text is not valid JSON: ")));
	assert_true(str_ends(why, S(".")));
	return why;
}

/* Reads and writes again. */
static struct str rewritten(struct str bytes)
{
	struct buf b = { 0 };

	json_write(&b, read_ok(bytes));
	struct str text = arena_str(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

static void what_is_json_is_read(void **state)
{
	static const char *const good[] = {
		"null",
		"true",
		"false",
		"0",
		"-0",
		"12",
		"-1.5e+10",
		"1E5",
		"0.1",
		"1e-7",
		"123456789012345678901234567890",
		"\"\"",
		"\"a\"",
		"[]",
		"{}",
		"[1,2,[3,{}]]",
		"{\"a\":1,\"b\":[true,null],\"c\":{\"d\":\"e\"}}",
		"[\"\",\" \",\"/\"]",
		"{\"\":0}",
		"\"\xE7\xA8\x9F\xE8\xAD\xB0\"",
		"[\"\x7f\"]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check_text(rewritten(str_of(good[i])), good[i]);
	check_text(rewritten(S(" \t\r\n[ 1 ,\n{ \"a\" : 2 } ]\n ")), "[1,{\"a\":2}]");
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"nul",
		"nulll",
		"True",
		"tru",
		"truefalse",
		"NaN",
		"Infinity",
		"-",
		"+1",
		"01",
		"-01",
		"1.",
		".5",
		"1e",
		"1e+",
		"1.e1",
		"0x1",
		"1_0",
		"--1",
		"1 2",
		"1,",
		",",
		":",
		"]",
		"}",
		"[",
		"{",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1;2]",
		"[1}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{a:1}",
		"{1:1}",
		"{'a':1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\" 1}",
		"{\"a\"::1}",
		"{\"a\":1]",
		"[\"a\":1]",
		"\"",
		"\"a",
		"\"\\\"",
		"'a'",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12G4\"",
		"\"\\\"a",
		"[1]]",
		"{}{}",
		"[]x",
		"x[]",
		"\"a\"b",
		"1\"a\"",
		"\"a\"\"b\"",
		"[1]//c",
		"/**/1",
		"[1,\f2]",
		"\v1",
		"[1\x1a 2]",
		"{\"a\"\x1a"
		"1}",
		"\xEF\xBB\xBF[]",
		"[\"\t\"]",
		"[\"\n\"]",
		"[\"\x01\"]",
		"[\xC2\xA0"
		"1]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refusal(str_of(bad[i]));
	refusal(S("[1]\0"));
	refusal(S("[\0]"));
	refusal(S("[\"\0\"]"));
	refusal(S_NONE);
}

static void a_refusal_says_why_and_where(void **state)
{
	(void)state;
	check_text(refusal(S("")), "The text is not valid JSON: it is empty.");
	check_text(refusal(S("{\"a\":1,}")),
	           "The text is not valid JSON: a key was expected (at byte 7).");
	check_text(refusal(S("[01]")), "The text is not valid JSON: a value was expected (at byte 1).");
	check_text(refusal(S("\"\xFF\"")), "The text is not valid JSON: it is not UTF-8.");
	check_text(refusal(S("\"\x01\"")),
	           "The text is not valid JSON: a string has a control character.");
	check_text(refusal(S("\"abc")), "The text is not valid JSON: a string does not end.");
}

static void strings_are_unescaped(void **state)
{
	(void)state;
	check_text(json_text(read_ok(S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""))), "\"\\/\b\f\n\r\t");
	check_text(json_text(read_ok(S("\"\\u0041\\u00e9\\u7a1F\\uFFFF\""))),
	           "A\xC3\xA9\xE7\xA8\x9F\xEF\xBF\xBF");
	check_text(json_text(read_ok(S("\"\\ud83d\\uDE00!\""))), "\xF0\x9F\x98\x80!");
	check_text(json_text(read_ok(S("\"\\uDBFF\\uDFFF\""))), "\xF4\x8F\xBF\xBF");
	struct str nul = json_text(read_ok(S("\"a\\u0000b\"")));
	assert_true(str_eq(nul, S("a\0b")));
	check_text(json_get_text(read_ok(S("{\"k\\u0065y\":\"v\"}")), "key"), "v");
}

static void half_a_surrogate_pair_is_refused(void **state)
{
	static const char *const bad[] = { "\"\\ud800\"",        "\"\\udc00\"",
		                               "\"\\ud800x\"",       "\"\\ud800\\n\"",
		                               "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"",
		                               "\"\\ud800\\u0041\"", "\"\\ud83d\\\"",
		                               "\"\\ud83d\\u\"",     "\"\\ud83d\\ude0\"" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refusal(str_of(bad[i]));
	refusal(S("\"\xED\xA0\x80\"")); /* the same, as bytes */
}

static void a_key_comes_once(void **state)
{
	struct buf b = { 0 };

	(void)state;
	refusal(S("{\"a\":1,\"a\":1}"));
	refusal(S("{\"a\":1,\"b\":2,\"\\u0061\":3}"));
	refusal(S("[{\"x\":{\"a\":1,\"b\":1,\"a\":2}}]"));
	read_ok(S("{\"a\":{\"a\":{\"a\":1}},\"A\":1,\"\":2,\"a\\u0000\":3}"));
	for (int members = 2; members < 60; members++) {
		/* Above the number where pairs are no longer compared, too. */
		buf_clear(&b);
		for (int i = 0; i < members; i++)
			buf_printf(&b, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
		buf_add(&b, S("}"));
		assert_int_equal(read_ok(buf_str(&b))->count, members);
		b.len--;
		buf_printf(&b, ",\"k%d\":0}", members / 2);
		refusal(buf_str(&b));
	}
	buf_free(&b);
}

static void nest(struct buf *b, int depth, const char *open, const char *close)
{
	buf_clear(b);
	for (int i = 0; i < depth; i++)
		buf_add_text(b, open);
	buf_add(b, S("1"));
	for (int i = 0; i < depth; i++)
		buf_add_text(b, close);
}

static void depth_has_its_bound(void **state)
{
	struct buf b = { 0 };

	(void)state;
	nest(&b, JSON_DEPTH_MAX, "[", "]");
	read_ok(buf_str(&b));
	nest(&b, JSON_DEPTH_MAX, "{\"a\":", "}");
	check_text(rewritten(buf_str(&b)), arena_str(arena, buf_str(&b)).at);
	nest(&b, JSON_DEPTH_MAX + 1, "[", "]");
	assert_true(str_starts(refusal(buf_str(&b)), S("The text is not valid JSON: it is nested")));
	nest(&b, 1000 * 1000, "[", "]");
	refusal(buf_str(&b));
	nest(&b, 1000 * 1000, "{\"a\":", "}");
	refusal(buf_str(&b));
	buf_clear(&b);
	for (int i = 0; i < 1000; i++) /* wide is not deep */
		buf_add_text(&b, i == 0 ? "[[]" : ",[]");
	buf_add(&b, S("]"));
	read_ok(buf_str(&b));
	buf_free(&b);
}

static void the_number_of_values_has_its_bound(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, S("[0"));
	for (int i = 2; i < JSON_NODES_MAX; i++)
		buf_add(&b, S(",0"));
	buf_add(&b, S("]"));
	struct json *v = read_ok(buf_str(&b));
	assert_int_equal(v->count, JSON_NODES_MAX - 1);
	b.len--;
	buf_add(&b, S(",0]"));
	check_text(refusal(buf_str(&b)),
	           "The text is not valid JSON: it has too many values (at byte 399999).");
	buf_free(&b);
}

static void many_members_take_no_quadratic_time(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < JSON_NODES_MAX - 1; i++)
		buf_printf(&b, "%c\"%032d\":0", i == 0 ? '{' : ',', i * 7919 % (JSON_NODES_MAX - 1));
	buf_add(&b, S("}"));
	/* Quadratic would be 20,000,000,000 comparisons. */
	assert_int_equal(read_ok(buf_str(&b))->count, JSON_NODES_MAX - 1);
	buf_free(&b);
}

static void a_big_document_needs_no_stack(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, S("[\""));
	for (int i = 0; i < 1024 * 1024; i++)
		buf_add(&b, S("\\u0000"));
	buf_add(&b, S("\"]"));
	struct json *v = read_ok(buf_str(&b));
	assert_int_equal(v->first->text.len, 1024 * 1024);
	buf_free(&b);
}

static void every_cut_of_a_document_is_refused(void **state)
{
	struct str all = S("{\"a\":[1.5e3,true,\"\\u00e9\\ud83d\\ude00\",null],"
	                   "\"b\":{\"c\":\"\xE7\xA8\x9F\"}}");

	(void)state;
	read_ok(all);
	for (size_t len = 0; len < all.len; len++) {
		/* On its own piece of memory, so that a sanitizer sees a byte too far. */
		char *copy = mem_get(len);
		if (len > 0)
			memcpy(copy, all.at, len);
		refusal((struct str){ copy, len });
		mem_free(copy);
	}
}

static void asking_for_what_is_not_there_is_no_error(void **state)
{
	struct json *v = read_ok(S("{\"s\":\"x\",\"n\":1,\"l\":[\"a\",\"b\"],\"e\":\"\"}"));
	int n = 0;

	(void)state;
	check_text(json_get_text(v, "s"), "x");
	check_text(json_get_text(v, "e"), "");
	check_text(json_get_text(v, "n"), NULL);
	check_text(json_get_text(v, "S"), NULL);
	check_text(json_get(v, "n")->text, "1");
	assert_null(json_get(NULL, "s"));
	assert_null(json_get(json_get(v, "l"), "s"));
	assert_false(json_is(NULL, JSON_NULL));
	JSON_EACH (json_get(v, "l"), at)
		n += (int)at->text.len;
	JSON_EACH (json_get(v, "absent"), at)
		n += at->kind == JSON_NULL ? 100 : 100;
	assert_int_equal(n, 2);
	assert_string_equal(json_kind_name(json_get(v, "l")->kind), "array");
}

static void trees_are_built_by_hand(void **state)
{
	struct json *root = json_new(arena, JSON_OBJECT), *list = json_new(arena, JSON_ARRAY);
	struct buf b = { 0 };

	(void)state;
	json_add(root, S("l"), list);
	json_add(list, S_NONE, json_new_text(arena, JSON_STRING, S("a\"")));
	json_add(list, S_NONE, json_new_text(arena, JSON_NUMBER, S("7")));
	json_add(root, S("t"), json_new(arena, JSON_TRUE));
	json_write(&b, root);
	check_text(buf_str(&b), "{\"l\":[\"a\\\"\",7],\"t\":true}");
	assert_int_equal(root->count, 2);
	buf_free(&b);
}

static void members_are_written_with_the_commas_they_need(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add_byte(&b, '{');
	json_write_member(&b, "none", S_NONE);
	json_write_member_raw(&b, "none", S_NONE);
	json_write_member(&b, "a", S("{"));
	json_write_member_raw(&b, "b", S("{\"c\":[1]}"));
	json_write_name(&b, "d\"");
	buf_add_byte(&b, '{');
	json_write_member(&b, "e", S(""));
	buf_add(&b, S("}}"));
	check_text(buf_str(&b), "{\"a\":\"{\",\"b\":{\"c\":[1]},\"d\\\"\":{\"e\":\"\"}}");
	buf_free(&b);
}

static void any_text_comes_back(void **state)
{
	struct rng rng;
	struct buf text = { 0 }, b = { 0 };

	(void)state;
	rng_seed_number(&rng, 5);
	for (int round = 0; round < 2000; round++) {
		uint64_t len = rng_below(&rng, 80);
		buf_clear(&text);
		while (text.len < len)
			/* Mostly clean, so that runs of every length meet the vector code. */
			buf_add_byte(&text, rng_below(&rng, 12) == 0 ? (char)rng_below(&rng, 128)
			                                             : (char)('a' + rng_below(&rng, 26)));
		buf_clear(&b);
		json_write_text(&b, buf_str(&text));
		assert_true(str_eq(json_text(read_ok(buf_str(&b))), buf_str(&text)));
		arena_reset(arena);
	}
	buf_clear(&b);
	json_write_text(&b, S("\x1f\x7f\b\f\n\r\t\"\\/\xE7\xA8\x9F"));
	check_text(buf_str(&b), "\"\\u001f\x7f\\b\\f\\n\\r\\t\\\"\\\\/\xE7\xA8\x9F\"");
	buf_free(&text);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_json_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_json_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refusal_says_why_and_where, setup, teardown),
		cmocka_unit_test_setup_teardown(strings_are_unescaped, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_surrogate_pair_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_comes_once, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_has_its_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(the_number_of_values_has_its_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(many_members_take_no_quadratic_time, setup, teardown),
		cmocka_unit_test_setup_teardown(a_big_document_needs_no_stack, setup, teardown),
		cmocka_unit_test_setup_teardown(every_cut_of_a_document_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(asking_for_what_is_not_there_is_no_error, setup, teardown),
		cmocka_unit_test_setup_teardown(trees_are_built_by_hand, setup, teardown),
		cmocka_unit_test_setup_teardown(members_are_written_with_the_commas_they_need, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(any_text_comes_back, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
