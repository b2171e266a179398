/* query_test.c - Query forms become the trees that the JSON protocol would have sent. */
#include "api/query.h"

#include "check.h"

static const struct query_shape entry[] = {
	{ "MessageAttribute", "MessageAttributes", QUERY_MAP, query_plain },
	{ 0 },
};
static const struct query_shape shapes[] = {
	{ "AttributeName", "AttributeNames", QUERY_LIST, NULL },
	{ "Attribute", "Attributes", QUERY_MAP, NULL },
	{ "MessageAttribute", "MessageAttributes", QUERY_MAP, query_plain },
	{ "Entry", "Entries", QUERY_LIST, entry },
	{ "Thing", "Thing", QUERY_OBJECT, query_plain },
	{ 0 },
};

/* `expected` NULL: it is refused. */
static void becomes(const char *text, const char *expected)
{
	struct arena *a = arena_open();
	struct form form;
	struct str why = S_NONE;
	struct buf b = { 0 };

	assert_true(form_read(a, str_of(text), &form, &why));
	struct json *tree = query_tree(a, &form, shapes, &why);
	if (expected == NULL) {
		if (tree != NULL)
			print_error("%s was read\n", text);
		assert_null(tree);
		assert_true(why.len > 0);
	} else {
		if (tree == NULL)
			print_error("%s: %.*s\n", text, S_ARG(why));
		assert_non_null(tree);
		json_write(&b, tree);
		check_text(buf_str(&b), expected);
	}
	buf_free(&b);
	arena_close(a);
}

static void texts_stay_what_they_are(void **state)
{
	(void)state;
	becomes("QueueUrl=http%3A%2F%2Fa%2Fb&MessageBody=x+y",
	        "{\"QueueUrl\":\"http://a/b\",\"MessageBody\":\"x y\"}");
	becomes("Empty=", "{\"Empty\":\"\"}");
}

static void lists_in_every_spelling(void **state)
{
	static const char expected[] = "{\"AttributeNames\":[\"A\",\"B\"]}";

	(void)state;
	becomes("AttributeName.1=A&AttributeName.2=B", expected);
	becomes("AttributeName.7=B&AttributeName.2=A", expected);
	becomes("AttributeNames.1=A&AttributeNames.2=B", expected);
	becomes("AttributeName.member.1=A&AttributeName.member.2=B", expected);
	becomes("AttributeNames.member.2=B&AttributeNames.member.1=A", expected);
	becomes("AttributeName=", "{\"AttributeNames\":[]}");
}

static void maps_in_every_spelling(void **state)
{
	static const char expected[] = "{\"Attributes\":{\"a\":\"1\",\"b\":\"2\"}}";

	(void)state;
	becomes("Attribute.1.Name=a&Attribute.1.Value=1&Attribute.2.Name=b&Attribute.2.Value=2",
	        expected);
	becomes("Attribute.1.Key=a&Attribute.1.Value=1&Attribute.2.Key=b&Attribute.2.Value=2",
	        expected);
	becomes("Attributes.entry.1.key=a&Attributes.entry.1.value=1&Attributes.entry.2.key=b"
	        "&Attributes.entry.2.value=2",
	        expected);
	becomes("Attribute.1.Value=1&Attribute.2.Value=2&Attribute.2.Name=b&Attribute.1.Name=a",
	        expected);
	becomes("Attribute.1.Name=a", "{\"Attributes\":{\"a\":\"\"}}");
}

static void values_that_are_objects(void **state)
{
	(void)state;
	becomes("MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=String"
	        "&MessageAttribute.1.Value.StringValue=v",
	        "{\"MessageAttributes\":{\"n\":{\"DataType\":\"String\",\"StringValue\":\"v\"}}}");
	becomes("MessageAttribute.1.Name=n", "{\"MessageAttributes\":{\"n\":{}}}");
	becomes("Thing.A=1&Thing.B=2", "{\"Thing\":{\"A\":\"1\",\"B\":\"2\"}}");
}

static void batches_are_lists_of_objects(void **state)
{
	(void)state;
	becomes(
		"Entry.1.Id=a&Entry.1.MessageBody=x&Entry.2.Id=b&Entry.2.MessageAttribute.1.Name=n"
		"&Entry.2.MessageAttribute.1.Value.DataType=String",
		"{\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"x\"},{\"Id\":\"b\",\"MessageAttributes\":"
		"{\"n\":{\"DataType\":\"String\"}}}]}");
	becomes("Entry.1.Id.Id.Id=a", "{\"Entries\":[{}]}");
}

static void unknown_structures_are_ignored(void **state)
{
	(void)state;
	becomes("Future.1.Name=x&A=1", "{\"A\":\"1\"}");
}

static void contradictions_are_refused(void **state)
{
	(void)state;
	becomes("A=1&A=2", NULL);
	becomes("A=1&A.b=2", NULL);
	becomes("A.b=1&A=2", NULL);
	becomes("AttributeName=x", NULL);
	becomes("AttributeName.x=1", NULL);
	becomes("AttributeName.-1=1", NULL);
	becomes("AttributeName.9999999999=1", NULL);
	becomes("AttributeName.1.x=1", NULL);
	becomes("AttributeName.1=a&AttributeNames.1=b", NULL);
	becomes("Attribute.1.Value=1", NULL);
	becomes("Attribute.1.Name=a&Attribute.2.Name=a", NULL);
	becomes("Attribute.1.Name.x=a", NULL);
	becomes("Entry.1=x", NULL);
	becomes("a.b.c.d.e.f.g.h.i.j.k=1", NULL);
}

static void the_number_of_elements_has_its_bound(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 1; i <= 513; i++)
		buf_printf(&b, "AttributeName.%d=x&", i);
	buf_add_byte(&b, 0);
	becomes(b.at, NULL);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_stay_what_they_are),
		cmocka_unit_test(lists_in_every_spelling),
		cmocka_unit_test(maps_in_every_spelling),
		cmocka_unit_test(values_that_are_objects),
		cmocka_unit_test(batches_are_lists_of_objects),
		cmocka_unit_test(unknown_structures_are_ignored),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(the_number_of_elements_has_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
