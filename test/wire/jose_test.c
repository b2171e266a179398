/* jose_test.c - signed tokens: those of the standard, and all the ways to be none. */
#include "check.h"

#include <stdio.h>

#include "wire/hash.h"
#include "wire/jose.h"

/* RFC 7515, appendices A.2 and A.3. */
#define CLAIMS \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define RS256 "eyJhbGciOiJSUzI1NiJ9." CLAIMS
#define RS256_SIGNATURE \
	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_" \
	"O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS" \
	"jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6" \
	"IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define RSA_KEY \
	"{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-" \
	"Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7" \
	"OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3q" \
	"Co5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyu" \
	"XpoQ\",\"e\":\"AQAB\"%s}"
#define ES256 "eyJhbGciOiJFUzI1NiJ9." CLAIMS
#define ES256_SIGNATURE \
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define EC_KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"%s}"

/* x is taken for y: a point that is not on the curve. */
#define OFF_KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"%s}"

static struct arena *a;

static int open_arena(void **state)
{
	(void)state;
	a = arena_open();
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	a = arena_close(a);
	return 0;
}

/* One key in a set, with further members. */
static const struct json *set_of(const char *key, const char *more)
{
	struct buf text = { 0 };
	struct str why;

	buf_add_text(&text, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},7,");
	for (const char *at = key; *at != '\0'; at++)
		if (at[0] == '%' && at[1] == 's') {
			buf_add_text(&text, more);
			at++;
		} else {
			buf_add_byte(&text, *at);
		}
	buf_add_text(&text, "]}");
	const struct json *set = json_read(a, buf_str(&text), &why);
	buf_free(&text);
	assert_non_null(set);
	return set;
}

static enum jose_result verified(const char *token, const struct json *set)
{
	struct jose_token t;

	assert_true(jose_read(a, str_of(token), &t));
	return jose_verify(a, &t, set);
}

static void tokens_of_the_standard_verify(void **state)
{
	struct jose_token t;

	(void)state;
	assert_int_equal(verified(RS256 "." RS256_SIGNATURE, set_of(RSA_KEY, "")), JOSE_GOOD);
	assert_int_equal(verified(ES256 "." ES256_SIGNATURE, set_of(EC_KEY, "")), JOSE_GOOD);
	assert_true(jose_read(a, S(ES256 "." ES256_SIGNATURE), &t));
	check_text(json_get_text(t.claims, "iss"), "joe");
	assert_false(str_given(t.kid));
}

static void a_key_of_another_kind_or_for_another_use_verifies_nothing(void **state)
{
	static const char *const others[] = { ",\"use\":\"enc\"", ",\"alg\":\"RS512\"" };

	(void)state;
	assert_int_equal(verified(RS256 "." RS256_SIGNATURE, set_of(EC_KEY, "")), JOSE_NO_KEY);
	assert_int_equal(verified(ES256 "." ES256_SIGNATURE, set_of(RSA_KEY, "")), JOSE_NO_KEY);
	for (int i = 0; i < 2; i++)
		assert_int_equal(verified(RS256 "." RS256_SIGNATURE, set_of(RSA_KEY, others[i])),
		                 JOSE_NO_KEY);
	assert_int_equal(verified(RS256 "." RS256_SIGNATURE, NULL), JOSE_NO_KEY);
}

static void changed_by_a_letter_it_is_bad(void **state)
{
	(void)state;
	assert_int_equal(verified("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2YifQ." ES256_SIGNATURE,
	                          set_of(EC_KEY, "")),
	                 JOSE_BAD);
	assert_int_equal(verified("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2YifQ." RS256_SIGNATURE,
	                          set_of(RSA_KEY, "")),
	                 JOSE_BAD);
	assert_int_equal(verified(ES256 ".AAAA", set_of(EC_KEY, "")), JOSE_BAD);
	assert_int_equal(verified(ES256 ".", set_of(EC_KEY, "")), JOSE_BAD);
}

/* Tokens with a head of our own, no key helps them. */
static void an_algorithm_that_is_not_taken_never_verifies(void **state)
{
	static const char *const heads[] = { "{\"alg\":\"none\"}",
		                                 "{\"alg\":\"None\"}",
		                                 "{\"alg\":\"HS256\"}",
		                                 "{\"alg\":\"RS512\"}",
		                                 "{\"alg\":\"PS256\"}",
		                                 "{\"alg\":7}",
		                                 "{}" };

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct str head = base64url_text(a, str_of(heads[i]));
		struct str token = arena_printf(a, "%.*s." CLAIMS "." ES256_SIGNATURE, S_ARG(head));
		assert_int_equal(verified(token.at, set_of(EC_KEY, "")), JOSE_BAD);
		token = arena_printf(a, "%.*s." CLAIMS ".", S_ARG(head));
		assert_int_equal(verified(token.at, set_of(RSA_KEY, "")), JOSE_BAD);
	}
}

static void a_token_that_names_a_key_verifies_with_that_one_only(void **state)
{
	struct jose_token t;

	(void)state;
	assert_true(jose_read(a, S(ES256 "." ES256_SIGNATURE), &t));
	t.kid = S("one");
	assert_int_equal(jose_verify(a, &t, set_of(EC_KEY, ",\"kid\":\"one\"")), JOSE_GOOD);
	assert_int_equal(jose_verify(a, &t, set_of(EC_KEY, ",\"kid\":\"two\"")), JOSE_NO_KEY);
	assert_int_equal(jose_verify(a, &t, set_of(EC_KEY, "")), JOSE_NO_KEY);
}

static void keys_that_are_none_are_passed_over(void **state)
{
	static const char *const keys[] = {
		"{\"kty\":\"RSA\"%s}",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"%s}", /* 17 bits */
		"{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"%s}",
		"{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"%s}",
		"{\"kty\":\"EC\"%s}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"%s}",
		OFF_KEY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		assert_int_equal(verified(RS256 "." RS256_SIGNATURE, set_of(keys[i], "")), JOSE_NO_KEY);
		assert_int_equal(verified(ES256 "." ES256_SIGNATURE, set_of(keys[i], "")), JOSE_NO_KEY);
	}
}

static void of_a_set_only_so_many_keys_are_looked_at(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct buf text = { 0 };
		struct str why;
		buf_add_text(&text, "{\"keys\":[");
		for (int i = 0; i < JOSE_KEYS_MAX - 1 + more; i++)
			buf_add_text(&text, "{},");
		buf_printf(&text, EC_KEY "]}", "");
		assert_int_equal(verified(ES256 "." ES256_SIGNATURE, json_read(a, buf_str(&text), &why)),
		                 more ? JOSE_NO_KEY : JOSE_GOOD);
		buf_free(&text);
	}
}

static void what_is_no_token_is_not_read(void **state)
{
	static const char *const texts[] = {
		"",
		".",
		"..",
		"a.b.c",
		"eyJhbGciOiJub25lIn0",
		"eyJhbGciOiJub25lIn0.e30",
		"W10.e30.",
		"eyJhbGciOiJub25lIn0.W10.",
		"eyJhbGciOiJub25lIn0.e30.!",
		"eyJhbGciOiJub25lIn0=.e30.",
		"eyJhbGciOiJub25lIn0.e30.AA.AA",
		"eyJhbGciOiJub25lIiwiY3JpdCI6W119.e30.AA", /* "crit" */
	};
	struct jose_token t;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(jose_read(a, str_of(texts[i]), &t));
	assert_false(jose_read(a, S_NONE, &t));
}

static void the_alphabet_of_urls_is_strict(void **state)
{
	static const char *const bad[] = { "A", "AAAAA", "+A", "/A", "AA=", "A A", "AB" };

	(void)state;
	check_text(base64url_text(a, S("\xfb\xff\xfe")), "-__-");
	check_text(base64url_text(a, S("a")), "YQ");
	check_text(base64url_text(a, S("")), "");
	check_text(base64url_read(a, S("-__-")), "\xfb\xff\xfe");
	check_text(base64url_read(a, S("YQ")), "a");
	check_text(base64url_read(a, S_NONE), NULL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_text(base64url_read(a, str_of(bad[i])), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tokens_of_the_standard_verify, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(a_key_of_another_kind_or_for_another_use_verifies_nothing,
		                                open_arena, close_arena),
		cmocka_unit_test_setup_teardown(changed_by_a_letter_it_is_bad, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(an_algorithm_that_is_not_taken_never_verifies, open_arena,
		                                close_arena),
		cmocka_unit_test_setup_teardown(a_token_that_names_a_key_verifies_with_that_one_only,
		                                open_arena, close_arena),
		cmocka_unit_test_setup_teardown(keys_that_are_none_are_passed_over, open_arena,
		                                close_arena),
		cmocka_unit_test_setup_teardown(of_a_set_only_so_many_keys_are_looked_at, open_arena,
		                                close_arena),
		cmocka_unit_test_setup_teardown(what_is_no_token_is_not_read, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(the_alphabet_of_urls_is_strict, open_arena, close_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
