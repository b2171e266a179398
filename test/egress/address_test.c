/* address_test.c - the guard: which addresses, hosts and URLs may be called. */
#include <arpa/inet.h>

#include "check.h"

#include "domain/outbox/address.h"
#include "egress/call.h"

/* An address; whether it is public; whether it may be called where private networks may. */
static const struct {
	const char *text;
	bool open, callable;
} addresses[] = {
	{ "8.8.8.8", true, true },
	{ "1.1.1.1", true, true },
	{ "9.255.255.255", true, true },
	{ "11.0.0.0", true, true },
	{ "172.15.255.255", true, true },
	{ "172.32.0.0", true, true },
	{ "100.63.255.255", true, true },
	{ "100.128.0.0", true, true },
	{ "192.167.255.255", true, true },
	{ "192.169.0.0", true, true },
	{ "223.255.255.255", true, true },
	{ "126.255.255.255", true, true },
	/* loopback, private, link-local, carrier-grade NAT */
	{ "127.0.0.1", false, true },
	{ "127.255.255.254", false, true },
	{ "10.0.0.0", false, true },
	{ "10.255.255.255", false, true },
	{ "172.16.0.1", false, true },
	{ "172.31.255.255", false, true },
	{ "192.168.0.1", false, true },
	{ "169.254.169.254", false, false },
	{ "100.64.0.1", false, true },
	{ "100.127.255.255", false, true },
	/* documentation, benchmarks, protocols, relays */
	{ "192.0.0.8", false, true },
	{ "192.0.2.1", false, true },
	{ "198.18.0.1", false, true },
	{ "198.19.255.255", false, true },
	{ "198.51.100.1", false, true },
	{ "203.0.113.1", false, true },
	{ "192.88.99.1", false, true },
	/* nobody's */
	{ "0.0.0.0", false, false },
	{ "0.1.2.3", false, false },
	{ "224.0.0.1", false, false },
	{ "239.255.255.255", false, false },
	{ "240.0.0.1", false, false },
	{ "255.255.255.255", false, false },
	/* IPv6 */
	{ "2606:4700::1111", true, true },
	{ "2a00:1450::1", true, true },
	{ "2001:200::1", true, true },
	{ "3ffe::1", true, true },
	{ "::1", false, true },
	{ "fe80::1", false, false },
	{ "febf::1", false, false },
	{ "fec0::1", false, true },
	{ "fc00::1", false, true },
	{ "fdff::1", false, true },
	{ "2001:db8::1", false, true },
	{ "3fff::1", false, true },
	{ "2001::1", false, true },
	{ "2001:1ff::1", false, true },
	{ "2002:7f00:1::", false, true },
	{ "2002:808:808::", false, true },
	{ "64:ff9b::7f00:1", false, true },
	{ "64:ff9b:1::1", false, true },
	{ "100::1", false, true },
	{ "5f00::1", false, true },
	{ "::ffff:127.0.0.1", false, true },
	{ "::ffff:8.8.8.8", false, true },
	{ "::7f00:1", false, true },
	{ "::", false, false },
	{ "ff02::1", false, false },
	{ "::ffff:0.0.0.0", false, false },
	{ "::ffff:169.254.169.254", false, false },
	{ "::ffff:224.0.0.1", false, false },
	/* credentials of clouds, by every way there */
	{ "100.100.100.200", false, false },
	{ "100.100.100.201", false, true },
	{ "168.63.129.16", false, false },
	{ "168.63.129.17", true, true },
	{ "fd00:ec2::254", false, false },
	{ "fd00:ec2::255", false, true },
	{ "fd20:ce::254", false, false },
	{ "64:ff9b::a9fe:a9fe", false, false },
	{ "64:ff9b:1::a9fe:a9fe", false, false },
	{ "64:ff9b::6464:64c8", false, false },
	{ "2002:a9fe:a9fe::1", false, false },
	{ "::a9fe:a9fe", false, false },
	{ "::ffff:100.100.100.200", false, false },
	{ "::e000:1", false, false },
};

static bool allowed(const char *text, bool private_too)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return address_allowed((const struct sockaddr *)&four, private_too);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return address_allowed((const struct sockaddr *)&six, private_too);
}

static void only_public_addresses_may_be_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		if (allowed(addresses[i].text, false) != addresses[i].open)
			fail_msg("%s: public %d", addresses[i].text, addresses[i].open);
		if (allowed(addresses[i].text, true) != addresses[i].callable)
			fail_msg("%s: callable %d", addresses[i].text, addresses[i].callable);
	}
}

static void other_families_may_not_be_called(void **state)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	assert_false(address_allowed(&local, true));
}

static const struct {
	const char *host;
	bool may;
} hosts[] = {
	{ "example.com", true },
	{ "example.com.", true },
	{ "8.8.8.8", true },
	{ "2606:4700::1111", true },
	{ "localhost.example.com", true },
	{ "localhost", false },
	{ "LOCALHOST", false },
	{ "localhost.", false },
	{ "a.localhost", false },
	{ "127.0.0.1", false },
	{ "127.1", false },
	{ "127.0.0.1.", false },
	{ "2130706433", false },
	{ "0x7f.1", false },
	{ "0177.0.0.1", false },
	{ "0x7f000001", false },
	{ "0", false },
	{ "10.0.0.1", false },
	{ "169.254.169.254", false },
	{ "::1", false },
	{ "::ffff:127.0.0.1", false },
	{ "fe80::1%eth0", false },
	{ "", false },
};

static void hosts_that_are_addresses_are_judged_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (host_may_be_called(str_of(hosts[i].host)) != hosts[i].may)
			fail_msg("%s should be %d", hosts[i].host, hosts[i].may);
}

static const struct {
	const char *url, *host;
} urls[] = {
	{ "http://example.com", "example.com" },
	{ "https://example.com/", "example.com" },
	{ "HTTPS://example.com:8443/a?b#c", "example.com" },
	{ "http://example.com?x=@y", "example.com" },
	{ "http://[2606:4700::1]:80/", "2606:4700::1" },
	{ "http://[::1]/", "::1" },
	{ "http://", NULL },
	{ "http:///x", NULL },
	{ "http://:80/", NULL },
	{ "ftp://example.com/", NULL },
	{ "example.com", NULL },
	{ "http://user@example.com/", NULL },
	{ "http://user:pass@example.com/", NULL },
	{ "http://example.com:0/", NULL },
	{ "http://example.com:65536/", NULL },
	{ "http://example.com:8x/", NULL },
	{ "http://[::1/", NULL },
	{ "http://[::1]x/", NULL },
	{ "http://exam ple.com/", NULL },
	{ "http://example.com\\@127.0.0.1/", NULL },
	{ "http://example.com/\r\nX: y", NULL },
};

static void the_host_of_a_url_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
		check_text(url_host(str_of(urls[i].url)), urls[i].host);
}

static void a_url_has_a_path_behind_its_host(void **state)
{
	(void)state;
	assert_true(str_is(url_path(S("https://h:1/tools/ringi")), "tools/ringi"));
	assert_true(str_is(url_path(S("https://h/")), ""));
	assert_false(str_given(url_path(S("https://h"))));
	assert_false(str_given(url_path(S_NONE)));
}

static void a_loopback_number_is_no_name(void **state)
{
	(void)state;
	assert_true(host_is_loopback_number(S("127.0.0.1")));
	assert_true(host_is_loopback_number(S("127.1.2.3")));
	assert_false(host_is_loopback_number(S("127.0.0.1.example.com")));
	assert_false(host_is_loopback_number(S("128.0.0.1")));
	assert_false(host_is_loopback_number(S("localhost")));
	assert_false(host_is_loopback_number(S("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_public_addresses_may_be_called),
		cmocka_unit_test(other_families_may_not_be_called),
		cmocka_unit_test(hosts_that_are_addresses_are_judged_at_once),
		cmocka_unit_test(the_host_of_a_url_is_read_strictly),
		cmocka_unit_test(a_url_has_a_path_behind_its_host),
		cmocka_unit_test(a_loopback_number_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
