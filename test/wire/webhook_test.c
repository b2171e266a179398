/* webhook_test.c - signatures with the answers of the specification's own example. */
#include "check.h"
#include "wire/webhook.h"

static void a_signature_is_that_of_the_specification(void **state)
{
	struct arena *a = arena_open();
	struct str secret = webhook_secret(a, S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
	struct buf b = { 0 };

	(void)state;
	webhook_sign(&b, secret, S("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
	             S("{\"test\": 2432232314}"));
	check_text(buf_str(&b), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	webhook_sign(&b, secret, S("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
	             S("{\"test\": 2432232314}"));
	check_text(buf_str(&b), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_free(&b);
	arena_close(a);
}

/* base64 of so many bytes of zero */
static struct str secret_of(struct arena *a, size_t bytes)
{
	struct str text = S_NONE;
	const char *end = bytes % 3 == 0 ? "" : bytes % 3 == 1 ? "AA==" : "AAA=";

	text = arena_printf(a, "whsec_%0*d%s", (int)(bytes / 3 * 4), 0, end);
	for (size_t i = 6; i < 6 + bytes / 3 * 4; i++)
		((char *)text.at)[i] = 'A';
	return text;
}

static void a_secret_has_24_to_64_bytes(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	assert_int_equal(webhook_secret(a, secret_of(a, WEBHOOK_SECRET_MIN)).len, 24);
	assert_int_equal(webhook_secret(a, secret_of(a, WEBHOOK_SECRET_MAX)).len, 64);
	assert_false(str_given(webhook_secret(a, secret_of(a, WEBHOOK_SECRET_MIN - 1))));
	assert_false(str_given(webhook_secret(a, secret_of(a, WEBHOOK_SECRET_MAX + 1))));
	assert_false(str_given(webhook_secret(a, S("whsec_"))));
	assert_false(str_given(webhook_secret(a, S("whsec_!!!!"))));
	assert_false(str_given(webhook_secret(a, S("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))));
	assert_false(str_given(webhook_secret(a, S_NONE)));
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_that_of_the_specification),
		cmocka_unit_test(a_secret_has_24_to_64_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
