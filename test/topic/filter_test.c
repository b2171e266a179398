/* filter_test.c - filter policies: a table of policy, message and verdict for every operator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "domain/topic/filter.h"

/* A policy on attributes; the message's attributes as an object of the form that
 * filter_attributes makes. */
static const struct {
	const char *policy, *message;
	bool matches;
} attribute_table[] = {
	{ "{}", "{}", true },
	{ "{\"a\":[\"x\"]}", "{\"a\":\"x\"}", true },
	{ "{\"a\":[\"x\"]}", "{\"a\":\"y\"}", false },
	{ "{\"a\":[\"x\"]}", "{}", false },
	{ "{\"a\":[\"x\",\"y\"]}", "{\"a\":\"y\"}", true },
	{ "{\"a\":[\"x\"],\"b\":[\"y\"]}", "{\"a\":\"x\",\"b\":\"y\"}", true },
	{ "{\"a\":[\"x\"],\"b\":[\"y\"]}", "{\"a\":\"x\",\"b\":\"z\"}", false },
	{ "{\"a\":[\"x\"],\"b\":[\"y\"]}", "{\"a\":\"x\"}", false },
	{ "{\"a\":[\"X\"]}", "{\"a\":\"x\"}", false },
	{ "{\"a\":[\"\"]}", "{\"a\":\"\"}", true },
	/* numbers, booleans, null */
	{ "{\"a\":[100]}", "{\"a\":100}", true },
	{ "{\"a\":[100]}", "{\"a\":1e2}", true },
	{ "{\"a\":[100]}", "{\"a\":100.00}", true },
	{ "{\"a\":[100]}", "{\"a\":\"100\"}", false },
	{ "{\"a\":[\"100\"]}", "{\"a\":100}", false },
	{ "{\"a\":[-1.5]}", "{\"a\":-1.5}", true },
	{ "{\"a\":[true]}", "{\"a\":[true]}", true },
	{ "{\"a\":[true]}", "{\"a\":[false]}", false },
	{ "{\"a\":[false]}", "{\"a\":[false]}", true },
	{ "{\"a\":[true]}", "{\"a\":\"true\"}", false },
	{ "{\"a\":[null]}", "{\"a\":[null]}", true },
	{ "{\"a\":[null]}", "{\"a\":\"null\"}", false },
	{ "{\"a\":[null]}", "{}", false },
	/* lists: any element */
	{ "{\"a\":[\"x\"]}", "{\"a\":[\"w\",\"x\"]}", true },
	{ "{\"a\":[\"x\"]}", "{\"a\":[\"w\"]}", false },
	{ "{\"a\":[\"x\"]}", "{\"a\":[]}", false },
	{ "{\"a\":[7]}", "{\"a\":[\"x\",7]}", true },
	{ "{\"a\":[\"x\"]}", "{\"a\":[[\"x\"]]}", true },
	/* prefix, suffix, equals-ignore-case */
	{ "{\"a\":[{\"prefix\":\"ab\"}]}", "{\"a\":\"abc\"}", true },
	{ "{\"a\":[{\"prefix\":\"ab\"}]}", "{\"a\":\"ab\"}", true },
	{ "{\"a\":[{\"prefix\":\"ab\"}]}", "{\"a\":\"a\"}", false },
	{ "{\"a\":[{\"prefix\":\"1\"}]}", "{\"a\":12}", false },
	{ "{\"a\":[{\"suffix\":\"yz\"}]}", "{\"a\":\"xyz\"}", true },
	{ "{\"a\":[{\"suffix\":\"yz\"}]}", "{\"a\":\"xyzz\"}", false },
	{ "{\"a\":[{\"equals-ignore-case\":\"TenNis\"}]}", "{\"a\":\"tennIS\"}", true },
	{ "{\"a\":[{\"equals-ignore-case\":\"tennis\"}]}", "{\"a\":\"tenni\"}", false },
	/* wildcard */
	{ "{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":\"\"}", true },
	{ "{\"a\":[{\"wildcard\":\"*ball\"}]}", "{\"a\":\"baseball\"}", true },
	{ "{\"a\":[{\"wildcard\":\"ba*ll\"}]}", "{\"a\":\"ball\"}", true },
	{ "{\"a\":[{\"wildcard\":\"ba*all\"}]}", "{\"a\":\"ball\"}", false },
	{ "{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"a-b-b-c\"}", true },
	{ "{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"a-c\"}", false },
	{ "{\"a\":[{\"wildcard\":\"*b*\"}]}", "{\"a\":\"abc\"}", true },
	{ "{\"a\":[{\"wildcard\":\"a\\\\*c\"}]}", "{\"a\":\"a*c\"}", true },
	{ "{\"a\":[{\"wildcard\":\"a\\\\*c\"}]}", "{\"a\":\"abc\"}", false },
	{ "{\"a\":[{\"wildcard\":\"abc\"}]}", "{\"a\":\"abc\"}", true },
	{ "{\"a\":[{\"wildcard\":\"abc\"}]}", "{\"a\":\"abcd\"}", false },
	/* anything-but */
	{ "{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":\"y\"}", true },
	{ "{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":\"x\"}", false },
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":\"z\"}", true },
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":\"y\"}", false },
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":[\"x\",\"z\"]}", true },
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":[\"x\",\"y\"]}", false },
	{ "{\"a\":[{\"anything-but\":[\"x\"]}]}", "{}", false },
	{ "{\"a\":[{\"anything-but\":[100,500]}]}", "{\"a\":101}", true },
	{ "{\"a\":[{\"anything-but\":[100,500]}]}", "{\"a\":500.0}", false },
	{ "{\"a\":[{\"anything-but\":{\"prefix\":\"order-\"}}]}", "{\"a\":\"data-1\"}", true },
	{ "{\"a\":[{\"anything-but\":{\"prefix\":\"order-\"}}]}", "{\"a\":\"order-1\"}", false },
	{ "{\"a\":[{\"anything-but\":{\"prefix\":[\"a\",\"b\"]}}]}", "{\"a\":\"b1\"}", false },
	{ "{\"a\":[{\"anything-but\":{\"suffix\":\".png\"}}]}", "{\"a\":\"a.jpg\"}", true },
	{ "{\"a\":[{\"anything-but\":{\"suffix\":\".png\"}}]}", "{\"a\":\"a.png\"}", false },
	{ "{\"a\":[{\"anything-but\":{\"wildcard\":\"*lib*\"}}]}", "{\"a\":\"src/lib/x\"}", false },
	{ "{\"a\":[{\"anything-but\":{\"wildcard\":[\"*lib*\",\"*bin*\"]}}]}", "{\"a\":\"src/x\"}",
	  true },
	{ "{\"a\":[{\"anything-but\":{\"equals-ignore-case\":\"no\"}}]}", "{\"a\":\"NO\"}", false },
	/* numeric */
	{ "{\"a\":[{\"numeric\":[\"=\",5]}]}", "{\"a\":5.0}", true },
	{ "{\"a\":[{\"numeric\":[\"=\",5]}]}", "{\"a\":\"5\"}", false },
	{ "{\"a\":[{\"numeric\":[\">\",5]}]}", "{\"a\":5}", false },
	{ "{\"a\":[{\"numeric\":[\">=\",5]}]}", "{\"a\":5}", true },
	{ "{\"a\":[{\"numeric\":[\"<\",5]}]}", "{\"a\":5}", false },
	{ "{\"a\":[{\"numeric\":[\"<=\",5]}]}", "{\"a\":5}", true },
	{ "{\"a\":[{\"numeric\":[\">\",0,\"<=\",150]}]}", "{\"a\":0}", false },
	{ "{\"a\":[{\"numeric\":[\">\",0,\"<=\",150]}]}", "{\"a\":150}", true },
	{ "{\"a\":[{\"numeric\":[\">\",0,\"<=\",150]}]}", "{\"a\":150.01}", false },
	{ "{\"a\":[{\"numeric\":[\">\",0]}]}", "{\"a\":[-1,3]}", true },
	{ "{\"a\":[{\"numeric\":[\"<\",-2]}]}", "{\"a\":-1e3}", true },
	/* exists */
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":\"\"}", true },
	{ "{\"a\":[{\"exists\":true}]}", "{}", false },
	{ "{\"a\":[{\"exists\":false}]}", "{}", true },
	{ "{\"a\":[{\"exists\":false}]}", "{\"a\":\"x\"}", false },
	{ "{\"a\":[{\"exists\":false},\"x\"]}", "{\"a\":\"x\"}", true },
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":[]}", true },
	/* cidr */
	{ "{\"a\":[{\"cidr\":\"10.0.0.0/24\"}]}", "{\"a\":\"10.0.0.255\"}", true },
	{ "{\"a\":[{\"cidr\":\"10.0.0.0/24\"}]}", "{\"a\":\"10.0.1.0\"}", false },
	{ "{\"a\":[{\"cidr\":\"10.0.0.0/9\"}]}", "{\"a\":\"10.127.0.1\"}", true },
	{ "{\"a\":[{\"cidr\":\"10.0.0.0/9\"}]}", "{\"a\":\"10.128.0.1\"}", false },
	{ "{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"8.8.8.8\"}", true },
	{ "{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"::1\"}", false },
	{ "{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db8::1\"}", true },
	{ "{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db9::1\"}", false },
	{ "{\"a\":[{\"cidr\":\"10.0.0.1/32\"}]}", "{\"a\":\"10.0.0.1\"}", true },
	{ "{\"a\":[{\"cidr\":\"10.0.0.1/32\"}]}", "{\"a\":\"not an address\"}", false },
	/* $or */
	{ "{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"b\":2}", true },
	{ "{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"a\":2,\"b\":1}", false },
	{ "{\"c\":[3],\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"b\":2}", false },
	{ "{\"c\":[3],\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"a\":1,\"c\":3}", true },
	{ "{\"$or\":[{\"a\":[1],\"c\":[3]},{\"b\":[2]}]}", "{\"a\":1}", false },
	{ "{\"$or\":[\"x\"]}", "{\"$or\":\"x\"}", true }, /* a key like any other */
	{ "{\"$or\":[{\"prefix\":\"x\"},{\"prefix\":\"y\"}]}", "{\"$or\":\"yy\"}", true },
}, body_table[] = {
	{ "{\"a\":{\"b\":[\"x\"]}}", "{\"a\":{\"b\":\"x\"}}", true },
	{ "{\"a\":{\"b\":[\"x\"]}}", "{\"a\":{\"b\":\"y\"}}", false },
	{ "{\"a\":{\"b\":[\"x\"]}}", "{\"a\":\"x\"}", false },
	{ "{\"a\":{\"b\":[\"x\"]}}", "{\"a.b\":\"x\"}", false },
	{ "{\"a\":{\"b\":[\"x\"]}}", "[1]", false },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}", "{}", true },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}", "{\"a\":{}}", true },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}", "{\"a\":{\"b\":1}}", false },
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":null}", true },
	{ "{\"a\":[null]}", "{\"a\":null}", true },
	{ "{\"a\":[true]}", "{\"a\":true}", true },
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":{\"b\":1}}", false }, /* leaves only */
	/* one and the same element of a list */
	{ "{\"r\":{\"a\":[1],\"b\":[2]}}", "{\"r\":[{\"a\":1,\"b\":2}]}", true },
	{ "{\"r\":{\"a\":[1],\"b\":[2]}}", "{\"r\":[{\"a\":1,\"b\":3},{\"a\":4,\"b\":2}]}", false },
	{ "{\"r\":{\"a\":{\"k\":[1]}}}", "{\"r\":[{\"a\":[{\"k\":2},{\"k\":1}]}]}", true },
	{ "{\"x\":{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}}", "{\"x\":{\"b\":2}}", true },
	{ "{\"x\":{\"$or\":[{\"a\":{\"d\":[1]}},{\"b\":[2]}]}}", "{\"x\":{\"a\":{\"d\":1}}}", true },
};

static void expect(const char *policy, const char *message, enum filter_scope scope, bool matches)
{
	struct arena *a = arena_open();
	struct str why;
	struct filter *f = filter_compile(a, str_of(policy), scope, &why);

	if (f == NULL)
		fail_msg("%s: %.*s", policy, S_ARG(why));
	struct json *document = json_read(a, str_of(message), &why);
	if (document == NULL)
		fail_msg("%s: %.*s", message, S_ARG(why));
	if (filter_matches(f, document) != matches)
		fail_msg("%s against %s should be %d", policy, message, matches);
	arena_close(a);
}

static void every_operator_decides_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attribute_table / sizeof attribute_table[0]; i++) {
		expect(attribute_table[i].policy, attribute_table[i].message, FILTER_ATTRIBUTES,
		       attribute_table[i].matches);
		expect(attribute_table[i].policy, attribute_table[i].message, FILTER_BODY,
		       attribute_table[i].matches);
	}
	for (size_t i = 0; i < sizeof body_table / sizeof body_table[0]; i++)
		expect(body_table[i].policy, body_table[i].message, FILTER_BODY, body_table[i].matches);
}

static const struct {
	const char *policy, *why;
} refused[] = {
	{ "", "FilterPolicy: failed to parse JSON" },
	{ "[]", "FilterPolicy: failed to parse JSON" },
	{ "{\"a\":", "FilterPolicy: failed to parse JSON" },
	{ "{\"a\":\"x\"}", "FilterPolicy: \"a\" must be an object or an array" },
	{ "{\"a\":[]}", "FilterPolicy: Empty arrays are not allowed" },
	{ "{\"a\":[[\"x\"]]}",
	  "FilterPolicy: Match value must be String, number, true, false, or null" },
	{ "{\"a\":{\"b\":[1]}}",
	  "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy" },
	{ "{\"a\":[1],\"b\":[1],\"c\":[1],\"d\":[1],\"e\":[1],\"f\":[1]}",
	  "FilterPolicy: Filter policy can not have more than 5 keys" },
	{ "{\"a\":[{\"prefix\":1}]}", "FilterPolicy: prefix match pattern must be a string" },
	{ "{\"a\":[{\"suffix\":[\"a\"]}]}", "FilterPolicy: suffix match pattern must be a string" },
	{ "{\"a\":[{\"prefix\":\"a\",\"suffix\":\"b\"}]}",
	  "FilterPolicy: Only one key allowed in match expression" },
	{ "{\"a\":[{}]}", "FilterPolicy: Only one key allowed in match expression" },
	{ "{\"a\":[{\"pre\":\"a\"}]}", "FilterPolicy: Unrecognized match type pre" },
	{ "{\"a\":[{\"exists\":\"true\"}]}",
	  "FilterPolicy: exists match pattern must be either true or false." },
	{ "{\"a\":[{\"wildcard\":\"a**b\"}]}",
	  "FilterPolicy: Consecutive wildcard characters at pos 1" },
	{ "{\"a\":[{\"wildcard\":\"a\\\\\"}]}", "FilterPolicy: Invalid escape character at pos 1" },
	{ "{\"a\":[{\"anything-but\":{\"numeric\":[\"=\",1]}}]}",
	  "FilterPolicy: Unsupported anything-but pattern: numeric" },
	{ "{\"a\":[{\"anything-but\":[]}]}", "FilterPolicy: Empty arrays are not allowed" },
	{ "{\"a\":[{\"anything-but\":[[1]]}]}",
	  "FilterPolicy: Match value must be String, number, true, false, or null" },
	{ "{\"a\":[{\"numeric\":[]}]}", "FilterPolicy: Invalid member in numeric match: ]" },
	{ "{\"a\":[{\"numeric\":[5]}]}", "FilterPolicy: Invalid member in numeric match: 5" },
	{ "{\"a\":[{\"numeric\":[\"!\",5]}]}", "FilterPolicy: Unrecognized numeric range operator: !" },
	{ "{\"a\":[{\"numeric\":[\"=\"]}]}", "FilterPolicy: Value of equals must be numeric" },
	{ "{\"a\":[{\"numeric\":[\"<\",\"5\"]}]}", "FilterPolicy: Value of < must be numeric" },
	{ "{\"a\":[{\"numeric\":[\"<\",5,\">\",1]}]}",
	  "FilterPolicy: Too many elements in numeric expression" },
	{ "{\"a\":[{\"numeric\":[\">\",5,\">\",6]}]}", "FilterPolicy: Bad numeric range operator: >" },
	{ "{\"a\":[{\"numeric\":[\">\",5,\"<\",5]}]}", "FilterPolicy: Bottom must be less than top" },
	{ "{\"a\":[{\"numeric\":[\">\",5,\"<\",6,7]}]}",
	  "FilterPolicy: Too many terms in numeric range expression" },
	{ "{\"a\":[{\"cidr\":\"10.0.0.0\"}]}", "FilterPolicy: Malformed CIDR, one '/' required" },
	{ "{\"a\":[{\"cidr\":\"10.0.0.300/8\"}]}", "FilterPolicy: Nonstandard IP address: 10.0.0.300" },
	{ "{\"a\":[{\"cidr\":\"10.0.0.0/33\"}]}",
	  "FilterPolicy: Malformed CIDR, mask bits must be an integer between 0 and 32" },
};

static void what_is_no_policy_is_refused_with_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct arena *a = arena_open();
		struct str why;
		assert_null(filter_compile(a, str_of(refused[i].policy), FILTER_ATTRIBUTES, &why));
		if (!str_is(why, refused[i].why))
			fail_msg("%s: %.*s", refused[i].policy, S_ARG(why));
		arena_close(a);
	}
}

/* A list of `count` numbers under one key, `depth` keys deep. */
static struct str list_policy(struct arena *a, int count, int depth)
{
	struct buf b = { 0 };

	for (int i = 0; i < depth; i++)
		buf_add(&b, S("{\"k\":"));
	for (int i = 0; i < count; i++)
		buf_printf(&b, "%c%d", i == 0 ? '[' : ',', i);
	buf_add_byte(&b, ']');
	for (int i = 0; i < depth; i++)
		buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}

static void combinations_are_values_times_depth_multiplied_over_keys(void **state)
{
	struct arena *a = arena_open();
	struct str why;

	(void)state;
	assert_non_null(filter_compile(a, list_policy(a, 150, 1), FILTER_BODY, &why));
	assert_null(filter_compile(a, list_policy(a, 151, 1), FILTER_BODY, &why));
	assert_true(str_is(why, "FilterPolicy: Filter policy is too complex"));
	assert_non_null(filter_compile(a, list_policy(a, 75, 2), FILTER_BODY, &why));
	assert_null(filter_compile(a, list_policy(a, 76, 2), FILTER_BODY, &why));
	/* the manual's example: 4 values 3 deep, 3 values 2 deep: 72 */
	assert_non_null(filter_compile(a, S("{\"a\":{\"b\":{\"c\":[1,2,3,4]}},\"d\":{\"e\":[1,2,3]}}"),
	                               FILTER_BODY, &why));
	assert_null(filter_compile(a,
	                           S("{\"a\":{\"b\":{\"c\":[1,2,3,4]}},\"d\":{\"e\":[1,2,3,4,5,6,7]}}"),
	                           FILTER_BODY, &why));
	arena_close(a);
}

static void a_message_that_needs_too_much_work_does_not_match(void **state)
{
	struct arena *a = arena_open();
	struct str why;
	struct filter *f = filter_compile(a, S("{\"k\":[\"found\"]}"), FILTER_BODY, &why);
	struct json *document = json_new(a, JSON_OBJECT);
	struct json *list = json_add(document, S("k"), json_new(a, JSON_ARRAY));

	(void)state;
	for (int i = 0; i < FILTER_STEPS_MAX; i++)
		json_add(list, S_NONE, json_new_text(a, JSON_STRING, S("x")));
	json_add(list, S_NONE, json_new_text(a, JSON_STRING, S("found")));
	assert_false(filter_matches(f, document));
	arena_close(a);
}

static void attributes_become_values_of_their_type(void **state)
{
	struct arena *a = arena_open();
	struct str why;
	const struct attribute_value values[] = {
		{ S("text"), S("String"), S("12") },
		{ S("number"), S("Number.int"), S("12") },
		{ S("list"), S("String.Array"), S("[\"a\",1,null]") },
		{ S("broken"), S("String.Array"), S("[a") },
		{ S("bytes"), S("Binary"), S("AAAA") },
	};
	struct json *document = filter_attributes(a, values, 5);

	(void)state;
	assert_true(filter_matches(
		filter_compile(a,
	                   S("{\"text\":[\"12\"],\"number\":[12],\"list\":[null],\"broken\":[\"[a\"],"
	                     "\"bytes\":[{\"exists\":false}]}"),
	                   FILTER_ATTRIBUTES, &why),
		document));
	assert_false(
		filter_matches(filter_compile(a, S("{\"text\":[12]}"), FILTER_ATTRIBUTES, &why), document));
	arena_close(a);
}

static void nothing_matches_a_body_that_is_no_object(void **state)
{
	struct arena *a = arena_open();
	struct str why;

	(void)state;
	assert_false(filter_matches(filter_compile(a, S("{}"), FILTER_BODY, &why), NULL));
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_decides_as_the_table_says),
		cmocka_unit_test(what_is_no_policy_is_refused_with_a_sentence),
		cmocka_unit_test(combinations_are_values_times_depth_multiplied_over_keys),
		cmocka_unit_test(a_message_that_needs_too_much_work_does_not_match),
		cmocka_unit_test(attributes_become_values_of_their_type),
		cmocka_unit_test(nothing_matches_a_body_that_is_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
