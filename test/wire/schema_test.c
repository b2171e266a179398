/* schema_test.c - JSON Schema: what is said to those who are refused, and that no schema,
 * pattern or value can hold us up. What fits is the matter of schema_suite_test.c. */
#include "base/limits.h"
#include "base/time.h"
#include "check.h"
#include "os/os.h"
#include "wire/pattern.h"
#include "wire/schema.h"

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

static struct schema *schema_of(const char *text)
{
	struct str why = S_NONE;
	struct schema *s = schema_read(arena, str_of(text), &why);

	if (s == NULL)
		fail_msg("%s: %.*s", text, S_ARG(why));
	check_text(schema_text(s), text);
	return s;
}

/* "path rule: sentence"; "fits" */
static struct str verdict(const char *schema, const char *value)
{
	struct schema *s = schema_of(schema);
	struct schema_fault f;
	struct str why = S_NONE, said = S("fits");
	const struct json *v = json_read(arena, str_of(value), &why);

	if (v == NULL)
		fail_msg("%s: %.*s", value, S_ARG(why));
	if (!schema_fits(s, v, arena, &f))
		said = arena_printf(arena, "%.*s %.*s: %.*s", S_ARG(f.path), S_ARG(f.rule), S_ARG(f.text));
	schema_free(s);
	return said;
}

static struct str refusal(const char *schema)
{
	struct str why = S_NONE;
	struct schema *s = schema_read(arena, str_of(schema), &why);

	if (s != NULL)
		fail_msg("accepted: %s", schema);
	return why;
}

/* ---- what is said */

static const char order[] =
	"{\"type\":\"object\",\"required\":[\"id\",\"items\"],\"additionalProperties\":false,"
	"\"properties\":{\"id\":{\"type\":\"string\",\"minLength\":3,\"maxLength\":5,"
	"\"pattern\":\"^[a-z]+$\"},\"items\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,"
	"\"uniqueItems\":true,\"items\":{\"$ref\":\"#/definitions/item\"}},"
	"\"kind\":{\"enum\":[\"web\",\"shop\"]},\"v\":{\"const\":1},\"at\":{\"format\":\"date\"},"
	"\"some\":{\"contains\":{\"type\":\"null\"}},\"not\":{\"not\":{\"type\":\"string\"}},"
	"\"any\":{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\"}]},"
	"\"one\":{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]},"
	"\"map\":{\"propertyNames\":{\"maxLength\":1},\"maxProperties\":1,\"minProperties\":1},"
	"\"dep\":{\"dependencies\":{\"a\":[\"b\"]}},\"never\":false},"
	"\"definitions\":{\"item\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":10,"
	"\"exclusiveMinimum\":-1,\"multipleOf\":2}}}";

static void a_value_that_does_not_fit_is_told_where_and_why(void **state)
{
	static const struct {
		const char *value, *said;
	} cases[] = {
		{ "{\"id\":\"abc\",\"items\":[2]}", "fits" },
		{ "7", " type: must be an object, not 7" },
		{ "\"x\"", " type: must be an object, not a string" },
		{ "{\"id\":\"abc\"}", " required: must have the member items" },
		{ "{\"id\":\"abc\",\"items\":[2],\"a/b~\":1}",
		  "/a~1b~0 additionalProperties: is not among the members that are possible" },
		{ "{\"id\":7,\"items\":[2]}", "/id type: must be a string, not 7" },
		{ "{\"id\":\"\u65e5\u672c\",\"items\":[2]}",
		  "/id minLength: has 2 characters, at least 3 are needed" },
		{ "{\"id\":\"abcdef\",\"items\":[2]}",
		  "/id maxLength: has 6 characters, at most 5 are possible" },
		{ "{\"id\":\"ABC\",\"items\":[2]}",
		  "/id pattern: is \"ABC\", which does not match ^[a-z]+$" },
		{ "{\"id\":\"abc\",\"items\":[]}",
		  "/items minItems: has 0 elements, at least 1 are needed" },
		{ "{\"id\":\"abc\",\"items\":[2,4,6]}",
		  "/items maxItems: has 3 elements, at most 2 are possible" },
		{ "{\"id\":\"abc\",\"items\":[2,2.0]}", "/items uniqueItems: has two equal elements" },
		{ "{\"id\":\"abc\",\"items\":[2,\"2\"]}",
		  "/items/1 type: must be null or an integer, not a string" },
		{ "{\"id\":\"abc\",\"items\":[2,2.5]}",
		  "/items/1 type: must be null or an integer, not 2.5" },
		{ "{\"id\":\"abc\",\"items\":[12]}", "/items/0 maximum: is 12, which is too large" },
		{ "{\"id\":\"abc\",\"items\":[-2]}", "/items/0 minimum: is -2, which is too small" },
		{ "{\"id\":\"abc\",\"items\":[3]}", "/items/0 multipleOf: is 3, which is not a multiple" },
		{ "{\"id\":\"abc\",\"items\":[2],\"kind\":\"fax\"}",
		  "/kind enum: is \"fax\", which is not one of the values that are listed" },
		{ "{\"id\":\"abc\",\"items\":[2],\"v\":true}", "/v const: must be 1, not true" },
		{ "{\"id\":\"abc\",\"items\":[2],\"at\":\"2026-02-29\"}",
		  "/at format: is \"2026-02-29\", which is not of the format date" },
		{ "{\"id\":\"abc\",\"items\":[2],\"some\":[1]}",
		  "/some contains: has no element of the kind that is needed" },
		{ "{\"id\":\"abc\",\"items\":[2],\"not\":\"x\"}",
		  "/not not: fits a schema that it must not fit" },
		{ "{\"id\":\"abc\",\"items\":[2],\"any\":1}",
		  "/any anyOf: fits none of the 2 schemas that are possible" },
		{ "{\"id\":\"abc\",\"items\":[2],\"one\":3}",
		  "/one oneOf: fits more than one of 2 schemas, not just one" },
		{ "{\"id\":\"abc\",\"items\":[2],\"one\":0}",
		  "/one oneOf: fits none of 2 schemas, not just one" },
		{ "{\"id\":\"abc\",\"items\":[2],\"map\":{}}",
		  "/map minProperties: has 0 members, at least 1 are needed" },
		{ "{\"id\":\"abc\",\"items\":[2],\"map\":{\"a\":1,\"b\":2}}",
		  "/map maxProperties: has 2 members, at most 1 are possible" },
		{ "{\"id\":\"abc\",\"items\":[2],\"map\":{\"ab\":1}}",
		  "/map/ab propertyNames: has a name that is not possible" },
		{ "{\"id\":\"abc\",\"items\":[2],\"dep\":{\"a\":1}}",
		  "/dep dependencies: has a, which needs b beside it" },
		{ "{\"id\":\"abc\",\"items\":[2],\"never\":1}", "/never false: is not possible here" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_text(verdict(order, cases[i].value), cases[i].said);
}

static void long_texts_are_cut_between_characters(void **state)
{
	struct buf value = { 0 }, key = { 0 };

	(void)state;
	buf_add(&value, S("\"x")); /* so that the cut falls inside a character */
	for (int i = 0; i < 100; i++)
		buf_add(&value, S("\xe6\x97\xa5"));
	buf_add(&value, S("\""));
	buf_add_byte(&value, '\0');
	struct str said = verdict("{\"enum\":[1]}", value.at);
	assert_true(str_utf8(said));
	assert_true(said.len < 200);
	buf_add(&key, S("{\""));
	for (int i = 0; i < 5000; i++)
		buf_add(&key, S("\xe6\x97\xa5"));
	buf_add(&key, S("\":1}"));
	buf_add_byte(&key, '\0');
	said = verdict("{\"additionalProperties\":false}", key.at);
	assert_true(str_utf8(said));
	assert_true(said.len < 1200);
	buf_free(&value);
	buf_free(&key);
}

static void a_schema_that_cannot_be_is_refused_with_the_place(void **state)
{
	static const struct {
		const char *schema, *why;
	} cases[] = {
		{ "{", "The text is not valid JSON: a key was expected (at byte 1)." },
		{ "7", "a schema is an object, true or false, not number" },
		{ "{\"type\":\"text\"}",
		  "/type: must be null, boolean, integer, number, string, array or object, not text" },
		{ "{\"type\":[]}", "/type: must not be empty" },
		{ "{\"properties\":{\"a/b\":{\"maxLength\":-1}}}",
		  "/properties/a~1b/maxLength: must be a whole number that is not negative" },
		{ "{\"items\":[true,{\"minItems\":1.5}]}",
		  "/items/1/minItems: must be a whole number that is not negative" },
		{ "{\"required\":\"id\"}", "/required: must be an array, not string" },
		{ "{\"required\":[1]}", "/required: must be names of members, not number" },
		{ "{\"properties\":[]}", "/properties: must be an object, not array" },
		{ "{\"enum\":[]}", "/enum: must not be empty" },
		{ "{\"anyOf\":{}}", "/anyOf: must be an array, not object" },
		{ "{\"allOf\":[3]}", "/allOf/0: a schema is an object, true or false, not number" },
		{ "{\"exclusiveMinimum\":true}", "/exclusiveMinimum: must be a number, not boolean" },
		{ "{\"multipleOf\":0}", "/multipleOf: must be above 0 and have at most 18 digits" },
		{ "{\"multipleOf\":1.0000000000000000001}",
		  "/multipleOf: must be above 0 and have at most 18 digits" },
		{ "{\"uniqueItems\":1}", "/uniqueItems: must be true or false" },
		{ "{\"pattern\":\"(\"}",
		  "/pattern: the pattern cannot be read: missing closing parenthesis" },
		{ "{\"patternProperties\":{\"[\":{}}}",
		  "/patternProperties/[: the pattern cannot be read: missing terminating ] for character "
		  "class" },
		{ "{\"$ref\":7}", "/$ref: must be a string, not number" },
		{ "{\"items\":{\"$ref\":\"#/definitions/a\"}}",
		  "/items/$ref: refers to #/definitions/a, which is not there" },
		{ "{\"$ref\":\"http://example.com/s.json\"}",
		  "/$ref: refers to http://example.com/s.json, which is not in this document; put it under "
		  "definitions (nothing is fetched from elsewhere)" },
		{ "{\"$ref\":\"file:///etc/passwd\"}",
		  "/$ref: refers to file:///etc/passwd, which is not in this document; put it under "
		  "definitions (nothing is fetched from elsewhere)" },
		{ "{\"definitions\":{\"a\":{\"type\":1}}}",
		  "/definitions/a/type: must be null, boolean, integer, number, string, array or object, "
		  "not number" },
		{ "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}",
		  "/$schema: must be http://json-schema.org/draft-07/schema# or be left out, not "
		  "https://json-schema.org/draft/2020-12/schema" },
		{ "{\"$ref\":\"#\"}",
		  "a $ref leads back to where it stands without going deeper into the value" },
		{ "{\"allOf\":[{\"$ref\":\"#\"}]}",
		  "a $ref leads back to where it stands without going deeper into the value" },
		{ "{\"dependencies\":{\"a\":{\"not\":{\"$ref\":\"#\"}}}}",
		  "a $ref leads back to where it stands without going deeper into the value" },
		{ "{\"if\":{\"$ref\":\"#/definitions/a\"},\"definitions\":{\"a\":{\"$ref\":\"#\"}}}",
		  "a $ref leads back to where it stands without going deeper into the value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_text(refusal(cases[i].schema), cases[i].why);
}

/* ---- references */

static void a_reference_finds_what_is_in_the_document(void **state)
{
	const char *tree =
		"{\"$id\":\"http://example.com/tree\",\"type\":\"object\",\"properties\":{"
		"\"leaf\":{\"$ref\":\"node#deep\"},\"tree\":{\"$ref\":\"#\"},"
		"\"odd\":{\"$ref\":\"#/definitions/a~1b%25/items\"}},"
		"\"definitions\":{\"a/b%\":{\"items\":{\"type\":\"null\"}},"
		"\"n\":{\"$id\":\"node\",\"definitions\":{\"d\":{\"$id\":\"#deep\","
		"\"$ref\":\"#/definitions/e\"},\"e\":{\"$id\":\"#deep\",\"type\":\"integer\"}}}}}";

	(void)state;
	check_text(verdict(tree, "{\"leaf\":1,\"tree\":{\"tree\":{\"leaf\":2}},\"odd\":null}"), "fits");
	check_text(verdict(tree, "{\"tree\":{\"tree\":{\"leaf\":\"x\"}}}"),
	           "/tree/tree/leaf type: must be an integer, not a string");
	check_text(verdict(tree, "{\"odd\":1}"), "/odd type: must be null, not 1");
}

static void check_moved(const char *schema, const char *expected)
{
	struct schema *s = schema_of(schema);
	struct buf b = { 0 };

	schema_write(s, S("#/c/q.x"), &b);
	check_text(buf_str(&b), expected);
	schema_free(s);
	/* What was moved is a schema that can be read where it now stands. */
	buf_add(&b, S("}}}"));
	struct str why = S_NONE, text = arena_printf(arena, "{\"$ref\":\"#/c/q.x\",\"c\":{\"q.x\":%.*s",
	                                             S_ARG(buf_str(&b)));
	text.len--;
	s = schema_read(arena, text, &why);
	check_text(why, NULL);
	schema_free(s);
	buf_free(&b);
}

static void a_schema_can_move_into_another_document(void **state)
{
	(void)state;
	check_moved("{\"$id\":\"http://x/a\",\"items\":{\"$ref\":\"#/definitions/a~1b\"},"
	            "\"$schema\":\"http://json-schema.org/draft-07/schema#\","
	            "\"definitions\":{\"a/b\":{\"items\":{\"$ref\":\"#\"}}}}",
	            "{\"items\":{\"$ref\":\"#/c/q.x/definitions/a~1b\"},"
	            "\"definitions\":{\"a/b\":{\"items\":{\"$ref\":\"#/c/q.x\"}}}}");
	/* names of members are no keywords, data are no schemas */
	check_moved("{\"properties\":{\"$ref\":{\"$ref\":\"#/properties/$id\"},\"$id\":true,"
	            "\"enum\":{\"items\":{\"$ref\":\"#/properties/$id\"}}},"
	            "\"enum\":[{\"$ref\":\"#/nowhere\",\"$id\":\"x\"}],"
	            "\"dependencies\":{\"default\":[\"a\"],\"b\":{\"minimum\":1.50}}}",
	            "{\"properties\":{\"$ref\":{\"$ref\":\"#/c/q.x/properties/$id\"},\"$id\":true,"
	            "\"enum\":{\"items\":{\"$ref\":\"#/c/q.x/properties/$id\"}}},"
	            "\"enum\":[{\"$ref\":\"#/nowhere\",\"$id\":\"x\"}],"
	            "\"dependencies\":{\"default\":[\"a\"],\"b\":{\"minimum\":1.50}}}");
	/* inside a part with a name of its own */
	check_moved(
		"{\"allOf\":[{\"$ref\":\"b#/definitions/c\"},{\"$ref\":\"#top\"}],\"definitions\":{"
		"\"b\":{\"$id\":\"b\",\"items\":{\"$ref\":\"#\"},\"definitions\":{\"c\":{\"not\":{"
		"\"$ref\":\"#n\"}},\"d\":{\"$id\":\"#n\",\"type\":\"null\"}}},"
		"\"t\":{\"$id\":\"#top\"}}}",
		"{\"allOf\":[{\"$ref\":\"#/c/q.x/definitions/b/definitions/c\"},"
		"{\"$ref\":\"#/c/q.x/definitions/t\"}],\"definitions\":{"
		"\"b\":{\"items\":{\"$ref\":\"#/c/q.x/definitions/b\"},\"definitions\":{\"c\":{\"not\":{"
		"\"$ref\":\"#/c/q.x/definitions/b/definitions/d\"}},\"d\":{\"type\":\"null\"}}},"
		"\"t\":{}}}");
}

/* ---- bounds */

static int64_t ms_for(const char *schema, const char *value, const char *said)
{
	int64_t from = os_mono_ns();

	check_text(verdict(schema, value), said);
	return (os_mono_ns() - from) / 1000000;
}

#define TOO_LONG " limit: takes too long to check; make it smaller, or the schema simpler"

static void no_schema_and_no_value_holds_us_up(void **state)
{
	struct buf s = { 0 }, deep = { 0 };

	(void)state;
	/* 2^30 ways to the same */
	buf_add(&s, S("{\"items\":{\"$ref\":\"#/definitions/0\"},\"definitions\":{"));
	for (int i = 0; i < 30; i++)
		buf_printf(&s,
		           "\"%d\":{\"allOf\":[{\"items\":{\"$ref\":\"#/definitions/%d\"}},{\"items\":{"
		           "\"$ref\":\"#/definitions/%d\"}}]},",
		           i, i + 1, i + 1);
	buf_printf(&s, "\"30\":{\"type\":\"null\"}}}");
	buf_add_byte(&s, '\0');
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		buf_add(&deep, S("["));
	buf_add(&deep, S("null"));
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		buf_add(&deep, S("]"));
	buf_add_byte(&deep, '\0');
	assert_true(ms_for(s.at, deep.at, TOO_LONG) < 10000);
	buf_free(&s);
	buf_free(&deep);
	/* patterns that go back */
	assert_true(ms_for("{\"pattern\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"",
	                   TOO_LONG) < 10000);
	assert_true(ms_for("{\"patternProperties\":{\"(a|a)*[cd]\":{}}}",
	                   "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\":1}", TOO_LONG) < 10000);
	/* what must not fit does not fit because nobody could tell */
	assert_true(ms_for("{\"not\":{\"pattern\":\"^(a+)+$\"}}",
	                   "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", TOO_LONG) < 10000);
	assert_true(ms_for("{\"anyOf\":[{\"pattern\":\"^(a+)+$\"},{}]}",
	                   "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", TOO_LONG) < 10000);
}

/* A text of `n` times `what` in quotes. */
static const char *long_text(const char *what, int n)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '"');
	for (int i = 0; i < n; i++)
		buf_add(&b, str_of(what));
	buf_add(&b, S("\""));
	arena_adopt(arena, b.at);
	buf_add_byte(&b, '\0');
	return b.at;
}

static void long_texts_are_matched_without_the_stack(void **state)
{
	struct buf b = { 0 };

	(void)state;
	check_text(verdict("{\"pattern\":\"^[A-Za-z0-9+/]*=*$\"}", long_text("QUJD", 250 * 1000)),
	           "fits");
	check_text(verdict("{\"pattern\":\"end$\"}", long_text("QUJD", 250 * 1000)),
	           arena_printf(arena, " pattern: is %s\"..., which does not match end$",
	                        arena_str(arena, (struct str){ long_text("QUJD", 15), 61 }).at)
	               .at);
	check_text(verdict("{\"pattern\":\"^(a|b)*$\"}", long_text("ab", 5000)), "fits");
	check_text(verdict("{\"pattern\":\"^(a|b)*$\"}", long_text("ab", 250 * 1000)), TOO_LONG);
	/* many elements, all different, some equal */
	buf_add_byte(&b, '[');
	for (int i = 0; i < 50 * 1000; i++)
		buf_printf(&b, "%d,", i);
	buf_add(&b, S("-1]"));
	buf_add_byte(&b, '\0');
	check_text(verdict("{\"uniqueItems\":true,\"items\":{\"type\":\"integer\"}}", b.at), "fits");
	memcpy(b.at + b.len - 4, "41]", 3);
	check_text(verdict("{\"uniqueItems\":true}", b.at), " uniqueItems: has two equal elements");
	buf_free(&b);
}

static void bounds_of_schemas_hold(void **state)
{
	struct buf s = { 0 };

	(void)state;
	/* SCHEMA_MAX */
	buf_add(&s, S("{\"title\":\""));
	while (s.len < SCHEMA_MAX - 2)
		buf_add_byte(&s, 'x');
	buf_add(&s, S("\"}"));
	buf_add_byte(&s, '\0');
	schema_free(schema_of(s.at));
	s.at[s.len - 1] = ' ';
	buf_add_byte(&s, '\0');
	check_text(refusal(s.at), "it has 65537 bytes, 65536 are possible");
	/* SCHEMA_IN_PLACE_MAX */
	for (int more = 0; more < 2; more++) {
		buf_clear(&s);
		buf_add(&s, S("{\"$ref\":\"#/definitions/1\",\"definitions\":{"));
		for (int i = 1; i < SCHEMA_IN_PLACE_MAX + more; i++)
			buf_printf(&s, "\"%d\":{\"$ref\":\"#/definitions/%d\"},", i, i + 1);
		buf_printf(&s, "\"%d\":{}}}", SCHEMA_IN_PLACE_MAX + more);
		buf_add_byte(&s, '\0');
		if (more == 0)
			check_text(verdict(s.at, "1"), "fits");
		else
			check_text(refusal(s.at), "more than 32 schemas for the same value are chained");
	}
	/* SCHEMA_PATTERNS_MAX */
	buf_clear(&s);
	buf_add(&s, S("{\"patternProperties\":{"));
	for (int i = 0; i < SCHEMA_PATTERNS_MAX; i++)
		buf_printf(&s, "\"%d\":{},", i);
	size_t before = s.len;
	buf_add(&s, S("\"x\":{}}}"));
	buf_add_byte(&s, '\0');
	check_text(refusal(s.at), "/patternProperties/x: more than 200 patterns are not possible");
	memcpy(s.at + before - 1, "}}", 3);
	schema_free(schema_of(s.at));
	buf_free(&s);
}

static void depth_is_bounded(void **state)
{
	struct buf s = { 0 }, v = { 0 };

	(void)state;
	/* Each level of the value goes through eight schemas: 31 levels are too many, 14 are not. */
	buf_add(&s, S("{\"definitions\":{\"0\":{\"items\":{\"$ref\":\"#/definitions/7\"}},"));
	for (int i = 1; i < 7; i++)
		buf_printf(&s, "\"%d\":{\"allOf\":[{\"$ref\":\"#/definitions/%d\"}]},", i, i - 1);
	buf_add(&s, S("\"7\":{\"$ref\":\"#/definitions/3\"}},\"$ref\":\"#/definitions/7\"}"));
	buf_add_byte(&s, '\0');
	for (int depth = 14; depth <= 31; depth += 17) {
		buf_clear(&v);
		for (int i = 0; i < depth; i++)
			buf_add_byte(&v, '[');
		for (int i = 0; i < depth; i++)
			buf_add_byte(&v, ']');
		buf_add_byte(&v, '\0');
		check_text(verdict(s.at, v.at), depth == 14 ? "fits" : TOO_LONG);
	}
	buf_free(&s);
	buf_free(&v);
}

/* ---- patterns */

/* 1 found, 0 not; refusal: the sentence. */
static void check_pattern(const char *pattern, const char *text, int expected, const char *refused)
{
	struct str why = S_NONE;
	struct pattern *p = pattern_new(arena, str_of(pattern), &why);
	struct pattern_work *w = pattern_work_new();
	int64_t steps = 1000;

	check_text(why, refused);
	assert_true((p == NULL) == (refused != NULL));
	if (p != NULL) {
		enum pattern_result r = pattern_find(p, w, str_of(text), &steps);
		if (r != (expected ? PATTERN_FOUND : PATTERN_NOT_FOUND))
			fail_msg("%s in %s: %d", pattern, text, r);
	}
	pattern_work_free(w);
	pattern_free(p);
}

static void patterns_are_those_of_ecmascript(void **state)
{
	static const struct {
		const char *pattern, *text;
		int found;
	} cases[] = {
		{ "b", "abc", 1 },
		{ "^b", "abc", 0 },
		{ "", "abc", 1 },
		{ "^a$", "a\n", 0 },
		{ "^\\d$", "\xd9\xa1", 0 }, /* ARABIC-INDIC DIGIT ONE */
		{ "^\\w$", "\xc3\xa9", 0 },
		{ "^\\s$", "\xe3\x80\x80", 1 }, /* IDEOGRAPHIC SPACE */
		{ "^\\S$", "\xe3\x80\x80", 0 },
		{ "^[\\s,]$", "\xc2\xa0", 1 },
		{ "^[\\s\\S]$", "\n", 1 },
		{ "^[^\\s]$", "\xe3\x80\x80", 0 },
		{ "^.$", "\xe2\x80\xa8", 0 }, /* LINE SEPARATOR */
		{ "^.$", "\xe6\x97\xa5", 1 },
		{ "^\\v$", "\v", 1 },
		{ "^\\x41\\u0042\\u{43}\\cA\\0$", "ABC\x01", 0 }, /* the NUL is behind the text */
		{ "^\\x41\\u0042\\u{43}\\cA", "ABC\x01", 1 },
		{ "^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", 1 },
		{ "^\\p{L}+$", "\xe6\x97\xa5\xe6\x9c\xac", 1 },
		{ "^\\p{Lu}$", "a", 0 },
		{ "^[[:alpha:]]$", "a]", 1 }, /* [, :, a, l, p, h and then ] */
		{ "^[]$", "a", 0 },
		{ "^[^]$", "a", 1 },
		{ "^(?:a)(?=b)b(?!c)(?<x>d)\\k<x>$", "abdd", 1 },
		{ "(?<=a)b(?<!c)", "ab", 1 },
		{ "^(a)\\1$", "aa", 1 },
		{ "^a{2,3}?$", "aaa", 1 },
		{ "^a\\/\\-\\.$", "a/-.", 1 },
		{ "^[a\\-z]$", "-", 1 },
		{ "^a #b$", "a #b", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_pattern(cases[i].pattern, cases[i].text, cases[i].found, NULL);
}

static void other_languages_patterns_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "a\\Z", "has the escape \\Z, which ECMAScript does not know here" },
		{ "\\Qa\\E", "has the escape \\Q, which ECMAScript does not know here" },
		{ "\\Ga", "has the escape \\G, which ECMAScript does not know here" },
		{ "\\C", "has the escape \\C, which ECMAScript does not know here" },
		{ "(*LIMIT_MATCH=1)a", "has (*, which ECMAScript does not know" },
		{ "a(?R)?b", "has a group (?R, which ECMAScript does not know" },
		{ "(?i)a", "has a group (?i, which ECMAScript does not know" },
		{ "(?>a)", "has a group (?>, which ECMAScript does not know" },
		{ "(?C1)a", "has a group (?C, which ECMAScript does not know" },
		{ "(?P<n>a)", "has a group (?P, which ECMAScript does not know" },
		{ "(?<", "has a group (?<, which ECMAScript does not know" },
		{ "a++", "has + behind a quantifier" },
		{ "a{2}+", "has + behind a quantifier" },
		{ "a**", "has * behind a quantifier" },
		{ "\\u{110000}", "has a broken escape \\u" },
		{ "\\u12", "has a broken escape \\u" },
		{ "\\u{", "has a broken escape \\u" },
		{ "\\u{}", "has a broken escape \\u" },
		{ "\\xg0", "has a broken escape \\x" },
		{ "\\ud800", "has half a surrogate pair as escape \\u" },
		{ "\\ud800\\u0041", "has half a surrogate pair as escape \\u" },
		{ "\\p", "has a broken escape \\p" },
		{ "\\p{L", "has a broken escape \\p" },
		{ "\\k<", "has a broken escape \\k" },
		{ "\\01", "has the escape \\0 in a place where it means nothing" },
		{ "[\\1]", "has the escape \\1 in a place where it means nothing" },
		{ "[\\B]", "has the escape \\B, which ECMAScript does not know here" },
		{ "\\c", "has the escape \\c, which ECMAScript does not know here" },
		{ "a\\", "ends with \\" },
		{ "\\2", "cannot be read: reference to non-existent subpattern" },
		{ "((a{1,1000}){1,1000}){1,1000}", "cannot be read: regular expression is too large" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_pattern(cases[i][0], "", 0, cases[i][1]);
	for (int i = 0; i <= PATTERN_MAX; i++)
		buf_add_byte(&b, 'a');
	buf_add_byte(&b, '\0');
	check_pattern(b.at, "", 0, "is longer than 4096 bytes");
	check_pattern(b.at + 1, "a", 0, NULL);
	buf_clear(&b);
	for (int i = 0; i <= PATTERN_NEST_MAX; i++)
		buf_add_byte(&b, '(');
	for (int i = 0; i <= PATTERN_NEST_MAX; i++)
		buf_add_byte(&b, ')');
	buf_add_byte(&b, '\0');
	check_pattern(b.at, "", 0, "cannot be read: parentheses are too deeply nested");
	b.at[2 * PATTERN_NEST_MAX + 1] = '\0';
	check_pattern(b.at + 1, "a", 1, NULL);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_that_does_not_fit_is_told_where_and_why),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(a_schema_that_cannot_be_is_refused_with_the_place),
		cmocka_unit_test(a_reference_finds_what_is_in_the_document),
		cmocka_unit_test(a_schema_can_move_into_another_document),
		cmocka_unit_test(no_schema_and_no_value_holds_us_up),
		cmocka_unit_test(long_texts_are_matched_without_the_stack),
		cmocka_unit_test(bounds_of_schemas_hold),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(patterns_are_those_of_ecmascript),
		cmocka_unit_test(other_languages_patterns_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
