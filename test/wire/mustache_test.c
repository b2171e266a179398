/* mustache_test.c - texts with gaps. */
#include "check.h"
#include "wire/mustache.h"

#define VALUES_JSON \
	"{\"who\":\"<b>&\\\"'\",\"n\":3,\"no\":\"\",\"line\":\"a\\r\\nb\\u202ec\"," \
	"\"items\":[{\"t\":\"x\"},{\"t\":\"y\",\"who\":\"z\"}],\"none\":[]}"

static void becomes(const char *text, enum mustache_medium medium, const char *expected)
{
	struct arena *a = arena_open();
	struct buf b = { 0 };
	struct str why;

	mustache_write(&b, str_of(text), json_read(a, str_of(VALUES_JSON), &why), medium);
	check_text(buf_str(&b), expected);
	buf_free(&b);
	arena_close(a);
}

static void values_are_escaped_for_what_the_text_is(void **state)
{
	(void)state;
	becomes("[{{who}}] {{n}}{{missing}}", MUSTACHE_TEXT, "[<b>&\"'] 3");
	becomes("[{{ who }}]", MUSTACHE_HTML, "[&lt;b&gt;&amp;&quot;&#39;]");
	becomes("\"{{who}}\"", MUSTACHE_JSON, "\"<b>&\\\"'\"");
	becomes("{{line}}", MUSTACHE_TEXT, "a \nbc");
	becomes("{{line}}", MUSTACHE_LINE, "a  bc");
	becomes("{ {a}} } {", MUSTACHE_TEXT, "{ {a}} } {");
}

static void sections_come_and_go(void **state)
{
	(void)state;
	becomes("{{#n}}yes{{/n}}{{^n}}no{{/n}}", MUSTACHE_TEXT, "yes");
	becomes("{{#no}}yes{{/no}}{{^no}}no{{/no}}", MUSTACHE_TEXT, "no");
	becomes("{{#items}}{{t}}{{who}},{{/items}}", MUSTACHE_TEXT, "x<b>&\"',yz,");
	becomes("{{#none}}x{{/none}}{{^none}}empty{{/none}}", MUSTACHE_TEXT, "empty");
	becomes("a\n{{#n}}\nb\n{{/n}}\nc\n", MUSTACHE_TEXT, "a\nb\nc\n");
	becomes("{{#missing}}{{#items}}{{t}}{{/items}}{{/missing}}.", MUSTACHE_TEXT, ".");
}

static void says(const char *text, const char *expected)
{
	static const char *const names[] = { "who", "items", "t", NULL };
	struct arena *a = arena_open();
	struct str why = S_NONE;
	bool good = mustache_check(a, str_of(text), names, &why);

	check_text(why, expected);
	assert_int_equal(good, expected == NULL);
	arena_close(a);
}

static void mistakes_are_found(void **state)
{
	(void)state;
	says("{{who}}{{#items}}{{t}}{{/items}}", NULL);
	says("{{ho}}", "There is no such field: {{ho}}.");
	says("{{{who}}}", "Only names, # ^ and / may stand in double braces: {{{who}}.");
	says("{{&who}}", "Only names, # ^ and / may stand in double braces: {{&who}}.");
	says("{{> who}}", "Only names, # ^ and / may stand in double braces: {{> who}}.");
	says("{{who", "Only names, # ^ and / may stand in double braces: {{}}.");
	says("{{#items}}", "It is never closed: {{items}}.");
	says("{{#items}}{{/who}}", "Nothing of that name is open here: {{who}}.");
	says("{{/who}}", "Nothing of that name is open here: {{who}}.");
	says("{{#who}}{{#who}}{{#who}}{{#who}}{{#who}}{{#who}}{{#who}}{{#who}}{{#who}}",
	     "Too many sections lie in each other: {{who}}.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_for_what_the_text_is),
		cmocka_unit_test(sections_come_and_go),
		cmocka_unit_test(mistakes_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
