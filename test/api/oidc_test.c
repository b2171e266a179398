/* oidc_test.c - identity providers: what is kept of them, who is on the way, where to go behind. */
#include "check.h"

#include "api/oidc/oidc.h"
#include "base/limits.h"
#include "base/time.h"

static const struct oidc_provider providers[] = {
	{ .name = { "corp", 4 }, .issuer = { "https://id.example.com", 22 } },
	{ .name = { "lab", 3 }, .issuer = { "http://127.0.0.1:80", 19 }, .private_network = true },
};
static const uint8_t nonce[24] = { 1 };

static void chance(void *to, size_t size)
{
	memset(to, 7, size);
}

static void the_way_back_opens_only_at_the_provider_that_it_began_with(void **state)
{
	struct oidc *o = oidc_open(providers, 2, chance);
	struct arena *a = arena_open();
	struct oidc_pending in = { S("state"), S("nonce"), S("verifier"), S("/next\nline"), 1234 }, out;
	struct str cookie = oidc_seal(o, a, &providers[0], &in, nonce);

	(void)state;
	assert_true(oidc_unseal(o, a, &providers[0], cookie, &out));
	check_text(out.state, "state");
	check_text(out.nonce, "nonce");
	check_text(out.verifier, "verifier");
	check_text(out.next, "/next\nline");
	assert_int_equal(out.ends_at, 1234);
	assert_false(oidc_unseal(o, a, &providers[1], cookie, &out));
	assert_false(oidc_unseal(o, a, &providers[0], str_from(cookie, 4), &out));
	assert_false(oidc_unseal(o, a, &providers[0], S(""), &out));
	assert_false(oidc_unseal(o, a, &providers[0], S("\"><"), &out));
	assert_true(cookie.len < 4096);
	arena_close(a);
	oidc_close(o);
}

static void a_sign_in_comes_back_once_and_the_oldest_are_forgotten(void **state)
{
	struct oidc *o = oidc_open(providers, 2, chance);
	struct arena *a = arena_open();

	(void)state;
	assert_true(oidc_use(o, S("first")));
	for (int i = 0; i < OIDC_USED_MAX - 1; i++)
		assert_true(oidc_use(o, arena_printf(a, "%d", i)));
	assert_false(oidc_use(o, S("first")));
	assert_false(oidc_use(o, S("17")));
	assert_true(oidc_use(o, S("one more")));
	assert_true(oidc_use(o, S("first"))); /* it made room */
	arena_close(a);
	oidc_close(o);
}

static void the_longest_next_fits_into_a_cookie(void **state)
{
	struct oidc *o = oidc_open(providers, 2, chance);
	struct arena *a = arena_open();
	char path[OIDC_NEXT_MAX + 1];
	struct oidc_pending in = { .state = S("0123456789012345678901234567890123456789012"),
		                       .nonce = S("0123456789012345678901234567890123456789012"),
		                       .verifier = S("0123456789012345678901234567890123456789012"),
		                       .ends_at = INT64_MAX };

	(void)state;
	memset(path, 0xe3, sizeof path); /* each byte becomes three */
	path[0] = '/';
	check_text(oidc_next(a, (struct str){ path, OIDC_NEXT_MAX + 1 }), NULL);
	in.next = oidc_next(a, (struct str){ path, OIDC_NEXT_MAX });
	check_text(in.next, NULL); /* too long as it would be written */
	in.next = oidc_next(a, (struct str){ path, OIDC_NEXT_MAX / 3 });
	assert_true(str_given(in.next) && in.next.len <= OIDC_NEXT_MAX);
	assert_true(oidc_seal(o, a, &providers[0], &in, nonce).len < 3 * 1024);
	arena_close(a);
	oidc_close(o);
}

static void next_is_a_path_of_this_server(void **state)
{
	static const struct {
		const char *next, *goes;
	} cases[] = {
		{ "/", "/" },
		{ "/inbox?a=%20b&c#d", "/inbox?a=%20b&c#d" },
		{ "/a//b", "/a//b" },
		{ "/a b", "/a%20b" },
		{ "/\xe6\x89\xbf", "/%E6%89%BF" },
		{ "/\"<>", "/%22%3C%3E" },
		{ "", NULL },
		{ "a", NULL },
		{ "//a", NULL },
		{ "/\\a", NULL },
		{ "/a\\b", NULL },
		{ "/\ta", NULL },
		{ "/a\r\nb", NULL },
		{ "/a\x7f", NULL },
		{ "https://a", NULL },
		{ "javascript:1", NULL },
	};
	struct arena *a = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_text(oidc_next(a, str_of(cases[i].next)), cases[i].goes);
	check_text(oidc_next(a, (struct str){ "/a\0b", 4 }), NULL);
	arena_close(a);
}

static void only_tls_or_this_machine_where_that_is_allowed(void **state)
{
	static const struct {
		const char *url;
		bool open, lab;
	} cases[] = {
		{ "https://id.example.com/a?b", true, true },
		{ "http://127.0.0.1:80/x", false, true },
		{ "http://localhost/x", false, true },
		{ "http://[::1]:80", false, true },
		{ "http://[::1]evil.example", false, false },
		{ "http://10.0.0.1/", false, false },
		{ "http://127.0.0.1.example.com", false, false },
		{ "http://localhost.example.com", false, false },
		{ "http://127.0.0.1@evil.example", false, false },
		{ "https://a@b", false, false },
		{ "https:///x", false, false },
		{ "https://", false, false },
		{ "https://a\\b", false, false },
		{ "https://a b", false, false },
		{ "https://a#b", false, false },
		{ "ftp://a", false, false },
		{ "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(oidc_url_good(&providers[0], str_of(cases[i].url)), cases[i].open);
		assert_int_equal(oidc_url_good(&providers[1], str_of(cases[i].url)), cases[i].lab);
	}
}

static void what_is_published_is_kept_for_a_while(void **state)
{
	struct oidc *o = oidc_open(providers, 2, chance);
	struct arena *a = arena_open();
	const struct oidc_provider *p = oidc_named(o, S("corp"));
	int64_t now = 1000 * DAY_MS;

	(void)state;
	assert_ptr_equal(p, &providers[0]);
	assert_null(oidc_named(o, S("nobody")));
	check_text(oidc_kept(o, p, OIDC_KEYS, a, now), NULL);
	oidc_keep(o, p, OIDC_KEYS, S("keys"), now);
	check_text(oidc_kept(o, p, OIDC_KEYS, a, now + OIDC_KEPT_MS - 1), "keys");
	check_text(oidc_kept(o, p, OIDC_KEYS, a, now + OIDC_KEPT_MS), NULL);
	check_text(oidc_kept(o, p, OIDC_KEYS, a, now - 1), NULL);
	check_text(oidc_kept(o, p, OIDC_DISCOVERY, a, now), NULL);
	check_text(oidc_kept(o, &providers[1], OIDC_KEYS, a, now), NULL);
	assert_true(oidc_may_ask(o, p, now));
	oidc_failed(o, p, now);
	assert_false(oidc_may_ask(o, p, now + OIDC_AGAIN_MS - 1));
	assert_true(oidc_may_ask(o, p, now + OIDC_AGAIN_MS));
	arena_close(a);
	oidc_close(o);
}

#define GOOD \
	"\"authorization_endpoint\":\"https://id.example.com/a\",\"token_endpoint\":\"https://x/t\"," \
	"\"jwks_uri\":\"https://x/k\""

static void a_discovery_document_is_of_its_issuer_and_names_what_may_be_asked(void **state)
{
	static const struct {
		const char *document, *why;
	} cases[] = {
		{ "{\"issuer\":\"https://id.example.com\"," GOOD "}", NULL },
		{ "{\"issuer\":\"https://id.example.com/\"," GOOD "}", "issuer" },
		{ "{" GOOD "}", "issuer" },
		{ "[]", "JSON" },
		{ "{", "JSON" },
		{ "{\"issuer\":\"https://id.example.com\"}", "authorization_endpoint" },
		{ "{\"issuer\":\"https://id.example.com\",\"authorization_endpoint\":\"https://x/a\","
		  "\"token_endpoint\":\"http://169.254.169.254/t\",\"jwks_uri\":\"https://x/k\"}",
		  "token_endpoint" },
	};
	struct arena *a = arena_open();
	struct oidc_endpoints e;
	struct str why;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = oidc_endpoints(a, &providers[0], str_of(cases[i].document), &e, &why);
		assert_int_equal(good, cases[i].why == NULL);
		if (!good)
			assert_non_null(strstr(arena_str(a, why).at, cases[i].why));
	}
	assert_true(oidc_endpoints(a, &providers[0], str_of(cases[0].document), &e, &why));
	assert_true(e.basic && !e.says_issuer);
	assert_true(
		oidc_endpoints(a, &providers[0],
	                   S("{\"issuer\":\"https://id.example.com\"," GOOD
	                     ",\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"],"
	                     "\"authorization_response_iss_parameter_supported\":true}"),
	                   &e, &why));
	assert_true(!e.basic && e.says_issuer);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_back_opens_only_at_the_provider_that_it_began_with),
		cmocka_unit_test(a_sign_in_comes_back_once_and_the_oldest_are_forgotten),
		cmocka_unit_test(the_longest_next_fits_into_a_cookie),
		cmocka_unit_test(next_is_a_path_of_this_server),
		cmocka_unit_test(only_tls_or_this_machine_where_that_is_allowed),
		cmocka_unit_test(what_is_published_is_kept_for_a_while),
		cmocka_unit_test(a_discovery_document_is_of_its_issuer_and_names_what_may_be_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
