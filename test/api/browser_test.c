/* browser_test.c - which requests come from the web pages of strangers. */
#include "api/browser.h"

#include "check.h"

static bool foreign(const char *host, const char *site, const char *origin, const char *own)
{
	struct http_header headers[] = { { S("Host"), str_of(host) },
		                             { S("Sec-Fetch-Site"), str_of(site) },
		                             { S("Origin"), str_of(origin) } };
	struct http_request r = { .headers = headers, .header_count = 3 };

	return browser_foreign(&r, str_of(own));
}

static void programs_send_neither_header(void **state)
{
	(void)state;
	assert_false(foreign("127.0.0.1:9324", NULL, NULL, NULL));
	assert_false(foreign("localhost:9324", NULL, NULL, NULL));
	assert_false(foreign("[::1]:9324", NULL, NULL, NULL));
	assert_false(foreign("sqs.us-east-1.localhost:9324", NULL, NULL, NULL));
	assert_false(foreign("ringi:9324", NULL, NULL, NULL)); /* of a compose file */
	assert_false(foreign("queue.dev.internal", NULL, NULL, NULL));
	assert_false(foreign(NULL, NULL, NULL, NULL)); /* HTTP/1.0 */
}

static void pages_of_other_sites_are_told(void **state)
{
	(void)state;
	assert_true(foreign("127.0.0.1:9324", "cross-site", NULL, NULL));
	assert_true(foreign("localhost:9324", "same-site", NULL, NULL)); /* another port */
	assert_true(foreign("127.0.0.1:9324", NULL, "http://evil.example", NULL));
	assert_true(foreign("127.0.0.1:9324", NULL, "null", NULL));
	assert_true(foreign("localhost:9324", NULL, "http://localhost:3000", NULL));
	assert_true(foreign("localhost:9324", NULL, "https://localhost:9324", NULL));
}

static void own_pages_and_typed_addresses_are_served(void **state)
{
	(void)state;
	assert_false(foreign("127.0.0.1:9324", "same-origin", "http://127.0.0.1:9324", NULL));
	assert_false(foreign("LOCALHOST:9324", "same-origin", "http://localhost:9324", NULL));
	assert_false(foreign("127.0.0.1:9324", "none", NULL, NULL));
}

static void names_that_others_can_point_here_are_refused(void **state)
{
	(void)state;
	assert_true(foreign("evil.example:9324", NULL, NULL, NULL));
	assert_true(foreign("evil.example:9324", "same-origin", "http://evil.example:9324", NULL));
	assert_true(foreign("127.0.0.1.evil.example", NULL, NULL, NULL));
	assert_true(foreign("localhost.evil.example", NULL, NULL, NULL));
	assert_false(foreign("queues.example.com", NULL, NULL, "https://queues.example.com"));
	assert_false(foreign("queues.example.com:81", NULL, NULL, "http://Queues.example.com:80"));
	assert_true(foreign("example.com", NULL, NULL, "https://queues.example.com"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_send_neither_header),
		cmocka_unit_test(pages_of_other_sites_are_told),
		cmocka_unit_test(own_pages_and_typed_addresses_are_served),
		cmocka_unit_test(names_that_others_can_point_here_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
