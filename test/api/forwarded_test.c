/* forwarded_test.c - who asks, behind proxies that are trusted and others that are not. */
#include "check.h"

#include <stdio.h>

#include "api/forwarded.h"
#include "base/arena.h"
#include "base/buf.h"

static const char *asks(const char *trusted, const char *peer, const char *first,
                        const char *second)
{
	static char text[64];
	struct http_header headers[] = { { S("X-Forwarded-For"), str_of(first == NULL ? "" : first) },
		                             { S("Host"), S("10.9.9.9") },
		                             { S("x-forwarded-for"),
		                               str_of(second == NULL ? "" : second) } };
	struct http_request r = { .peer = str_of(peer),
		                      .headers = headers,
		                      .header_count = first == NULL    ? 0
		                                      : second == NULL ? 2
		                                                       : 3,
		                      .arena = arena_open() };
	struct forwarded f;
	char why[256];

	assert_true(forwarded_read(&f, trusted, why));
	struct str address = forwarded_address(&f, &r);
	snprintf(text, sizeof text, "%.*s", S_ARG(address));
	arena_close(r.arena);
	return text;
}

static void nobody_is_trusted_unless_named(void **state)
{
	(void)state;
	assert_string_equal(asks(NULL, "192.0.2.7:4000", NULL, NULL), "192.0.2.7");
	assert_string_equal(asks(NULL, "192.0.2.7:4000", "198.51.100.1", NULL), "192.0.2.7");
	assert_string_equal(asks("", "[2001:db8::1]:4000", "198.51.100.1", NULL), "[2001:db8::1]");
	assert_string_equal(asks("10.0.0.1", "10.0.0.2:4000", "198.51.100.1", NULL), "10.0.0.2");
	assert_string_equal(asks("10.0.0.1", "", "198.51.100.1", NULL), "");
}

static void what_a_trusted_proxy_says_counts(void **state)
{
	(void)state;
	assert_string_equal(asks("10.0.0.1", "10.0.0.1:4000", "198.51.100.1", NULL), "198.51.100.1");
	assert_string_equal(asks("10.0.0.1", "10.0.0.1:4000", NULL, NULL), "10.0.0.1");
	assert_string_equal(asks("::1", "[::1]:4000", " 2001:DB8:0::1 ", NULL), "[2001:db8::1]");
	assert_string_equal(asks("10.0.0.1", "[::ffff:10.0.0.1]:4000", "198.51.100.1:55", NULL),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.0.1", "10.0.0.1:4000", "[2001:db8::1]:443", NULL),
	                    "[2001:db8::1]");
}

/* F1: what a client writes stands to the left of what the first trusted proxy says. */
static void what_a_client_writes_itself_does_not(void **state)
{
	(void)state;
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "127.0.0.1, 198.51.100.1", NULL),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "1.1.1.1, 198.51.100.1, 10.2.3.4",
	                         NULL),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "1.1.1.1", "198.51.100.1, 10.2.3.4"),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "198.51.100.1", "10.2.3.4"),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "10.7.7.7, 10.2.3.4", NULL),
	                    "10.7.7.7");
}

/* F2 */
static void no_address_ends_the_way(void **state)
{
	static const char *const nonsense[] = { "unknown",     "",          ",",       "1.2.3",
		                                    "1.2.3.4.5",   "[::1",      "[]",      "a:b:c",
		                                    "198.51.100.", "1.2.3.4 x", "_hidden", ":80" };

	(void)state;
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
		assert_string_equal(asks("10.0.0.1", "10.0.0.1:4000", nonsense[i], NULL), "10.0.0.1");
	assert_string_equal(asks("10.0.0.0/8", "10.0.0.1:4000", "198.51.100.1, unknown, 10.2.3.4",
	                         NULL),
	                    "10.2.3.4");
}

static bool reads(const char *list)
{
	struct forwarded f;
	char why[256] = "";
	bool good = forwarded_read(&f, list, why);

	assert_true(good || why[0] != '\0');
	return good;
}

static void lists_of_proxies(void **state)
{
	struct buf many = { 0 };

	(void)state;
	assert_true(reads("10.0.0.7, 192.168.0.0/16,fd00::/8 , ::/0, 0.0.0.0/0"));
	assert_false(reads("10.0.0.7,"));
	assert_false(reads("proxy.example.com"));
	assert_false(reads("10.0.0.0/33"));
	assert_false(reads("fd00::/129"));
	assert_false(reads("10.0.0.0/"));
	assert_false(reads("10.0.0.0/-1"));
	for (int i = 0; i < TRUSTED_PROXIES_MAX; i++)
		buf_printf(&many, "%s10.0.0.%d", i > 0 ? "," : "", i);
	buf_add_byte(&many, '\0');
	assert_true(reads(many.at));
	many.len--;
	buf_add_text(&many, ",10.1.0.1");
	buf_add_byte(&many, '\0');
	assert_false(reads(many.at));
	buf_free(&many);
}

static void networks_end_within_a_byte(void **state)
{
	(void)state;
	assert_string_equal(asks("10.0.16.0/20", "10.0.31.255:1", "198.51.100.1", NULL),
	                    "198.51.100.1");
	assert_string_equal(asks("10.0.16.0/20", "10.0.32.0:1", "198.51.100.1", NULL), "10.0.32.0");
	assert_string_equal(asks("fd00::/9", "[fd7f::1]:1", "198.51.100.1", NULL), "198.51.100.1");
	assert_string_equal(asks("fd00::/9", "[fd80::1]:1", "198.51.100.1", NULL), "[fd80::1]");
	assert_string_equal(asks("0.0.0.0/0", "[2001:db8::1]:1", "198.51.100.1", NULL),
	                    "[2001:db8::1]");
}

/* Somebody with a network of IPv6 has more addresses than tries. */
static void a_client_of_ipv6_is_its_network(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	assert_true(str_is(address_of_client(a, S("[2001:db8:1:2:3:4:5:6]")), "[2001:db8:1:2::]"));
	assert_true(str_is(address_of_client(a, S("192.0.2.7")), "192.0.2.7"));
	assert_true(str_is(address_of_client(a, S("[::ffff:192.0.2.7]")), "[::ffff:192.0.2.7]"));
	assert_false(str_given(address_of_client(a, S_NONE)));
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_trusted_unless_named),
		cmocka_unit_test(what_a_trusted_proxy_says_counts),
		cmocka_unit_test(what_a_client_writes_itself_does_not),
		cmocka_unit_test(no_address_ends_the_way),
		cmocka_unit_test(lists_of_proxies),
		cmocka_unit_test(networks_end_within_a_byte),
		cmocka_unit_test(a_client_of_ipv6_is_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
