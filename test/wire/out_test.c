/* out_test.c - one answer, written once, read as JSON or as XML. */
#include "check.h"
#include "wire/out.h"

/* Everything an answer can have. */
static void answer(struct out *o)
{
	out_object(o, S("Result"));
	out_list(o, S("Messages"), S_NONE);
	for (int i = 1; i <= 2; i++) {
		out_item(o, S("Message"));
		out_text(o, S("Body"), i == 1 ? S("a<b>&\"c\"\r\n") : S(""));
		out_number(o, S("Size"), -i);
		out_end(o);
	}
	out_end(o);
	out_list(o, S("QueueUrls"), S("Urls"));
	out_item_text(o, S("member"), S("u1"));
	out_item_text(o, S("member"), S("u2"));
	out_end(o);
	out_object(o, S("Attributes"));
	out_entry(o, S("Attribute"), S("Name"), S("Value"), S("k1"), S("v1"));
	out_entry(o, S("Attribute"), S("Name"), S("Value"), S("k2"), S("v2"));
	out_end(o);
	out_bool(o, S("More"), true);
	out_list(o, S("None"), S_NONE);
	out_end(o);
	out_end(o);
}

static void the_json_form(void **state)
{
	struct buf b = { 0 };
	struct out o = out_start(OUT_JSON, &b);

	(void)state;
	answer(&o);
	check_text(buf_str(&b),
	           "{\"Messages\":[{\"Body\":\"a<b>&\\\"c\\\"\\r\\n\",\"Size\":-1},"
	           "{\"Body\":\"\",\"Size\":-2}],\"QueueUrls\":[\"u1\",\"u2\"],"
	           "\"Attributes\":{\"k1\":\"v1\",\"k2\":\"v2\"},\"More\":true,\"None\":[]}");
	assert_int_equal(o.depth, 0);
	buf_free(&b);
}

static void the_xml_form(void **state)
{
	struct buf b = { 0 };
	struct out o = out_start(OUT_XML, &b);

	(void)state;
	answer(&o);
	check_text(buf_str(&b),
	           "<Result><Message><Body>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n</Body><Size>-1</Size>"
	           "</Message><Message><Body></Body><Size>-2</Size></Message>"
	           "<Urls><member>u1</member><member>u2</member></Urls>"
	           "<Attributes><Attribute><Name>k1</Name><Value>v1</Value></Attribute>"
	           "<Attribute><Name>k2</Name><Value>v2</Value></Attribute></Attributes>"
	           "<More>true</More></Result>");
	buf_free(&b);
}

static void xml_text_stays_well_formed(void **state)
{
	struct buf b = { 0 };

	(void)state;
	xml_write_text(&b, S("\t\n\x01z\0z\x1f"));
	xml_write_text(&b, S("\xEF\xBF\xBE"
	                     "a\xEF\xBF\xBF"
	                     "b\xEF\xBF\xBD\xEF\xBC\x81"));
	xml_write_text(&b, S("\xF0\x9F\x98\x80]]>"));
	check_text(buf_str(&b), "\t\n\xEF\xBF\xBDz\xEF\xBF\xBDz\xEF\xBF\xBD"
	                        "\xEF\xBF\xBD"
	                        "a\xEF\xBF\xBD"
	                        "b\xEF\xBF\xBD\xEF\xBC\x81"
	                        "\xF0\x9F\x98\x80]]&gt;");
	buf_free(&b);
}

static void what_is_json_already_stays_as_it_is(void **state)
{
	struct buf b = { 0 };
	struct out o = out_start(OUT_JSON, &b);

	(void)state;
	out_object(&o, S_NONE);
	out_json(&o, S("labels"), S("{\"a\": 1.50}"));
	out_list(&o, S("all"), S_NONE);
	out_json(&o, S_NONE, S("null"));
	out_json(&o, S_NONE, S("[]"));
	out_end(&o);
	out_end(&o);
	check_text(buf_str(&b), "{\"labels\":{\"a\": 1.50},\"all\":[null,[]]}");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_json_form),
		cmocka_unit_test(the_xml_form),
		cmocka_unit_test(what_is_json_already_stays_as_it_is),
		cmocka_unit_test(xml_text_stays_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
