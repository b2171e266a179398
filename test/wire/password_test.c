/* password_test.c - hashes of passwords; one-time codes against the vectors of RFC 6238. */
#include "check.h"

#include "wire/password.h"
#include "wire/totp.h"

static void a_password_fits_its_hash_and_no_other(void **state)
{
	const uint8_t salt[PASSWORD_SALT_SIZE] = { 1, 2, 3 };
	char text[PASSWORD_TEXT_MAX];

	(void)state;
	assert_true(password_hash(S("correct horse"), salt, text));
	assert_true(password_fits(S("correct horse"), str_of(text)));
	assert_false(password_fits(S("correct horsf"), str_of(text)));
	assert_false(password_fits(S(""), str_of(text)));
	assert_false(password_fits(S(""), password_nobody()));
	for (size_t len = 0; len < strlen(text); len += 9)
		assert_false(password_fits(S("correct horse"), (struct str){ text, len }));
	assert_false(password_fits(S("x"), S("argon2id$99$65536$00$00")));
	assert_false(password_fits(S("x"), S("argon2id$2$999999999$00$00")));
	assert_false(password_fits(S("x"), S_NONE));
}

static void codes_are_those_of_the_standard(void **state)
{
	static const struct {
		int64_t s;
		const char *code; /* the last six digits */
	} vectors[] = { { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
		            { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };
	char code[TOTP_DIGITS + 1];

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		totp_code(S("12345678901234567890"), vectors[i].s / TOTP_STEP_S, code);
		assert_string_equal(code, vectors[i].code);
	}
}

static void a_code_holds_for_a_step_to_either_side_and_only_once(void **state)
{
	const struct str secret = S("12345678901234567890");
	const int64_t now = 2000000000 * (int64_t)1000, step = 2000000000 / TOTP_STEP_S;
	char code[TOTP_DIGITS + 1];

	(void)state;
	for (int64_t off = -2; off <= 2; off++) {
		totp_code(secret, step + off, code);
		assert_int_equal(totp_step_of(secret, str_of(code), 0, now),
		                 off >= -1 && off <= 1 ? step + off : 0);
	}
	totp_code(secret, step, code);
	assert_int_equal(totp_step_of(secret, str_of(code), step, now), 0);
	assert_int_equal(totp_step_of(secret, str_of(code), step - 1, now), step);
	assert_int_equal(totp_step_of(secret, S(""), 0, now), 0);
	assert_int_equal(totp_step_of(secret, S("2790370"), 0, now), 0);
}

static void base32_is_that_of_the_standard(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	check_text(base32_text(a, S("")), "");
	check_text(base32_text(a, S("f")), "MY");
	check_text(base32_text(a, S("fo")), "MZXQ");
	check_text(base32_text(a, S("foo")), "MZXW6");
	check_text(base32_text(a, S("foob")), "MZXW6YQ");
	check_text(base32_text(a, S("fooba")), "MZXW6YTB");
	check_text(base32_text(a, S("foobar")), "MZXW6YTBOI");
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_fits_its_hash_and_no_other),
		cmocka_unit_test(codes_are_those_of_the_standard),
		cmocka_unit_test(a_code_holds_for_a_step_to_either_side_and_only_once),
		cmocka_unit_test(base32_is_that_of_the_standard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
