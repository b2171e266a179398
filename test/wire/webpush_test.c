/* webpush_test.c - the example of RFC 8291, section 5; tokens that are signed. */
#include "check.h"
#include "wire/hash.h"
#include "wire/jwt.h"
#include "wire/webpush.h"

#define SENDER "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#define RECEIVER \
	"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
#define AUTH "BTBZMqHH6r4Tts7J_aSIgg"
#define SALT "DGv6ra1nlYgDCS1FRnbzlw"
#define RESULT \
	"DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc" \
	"InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV" \
	"WGNWQexSgSxsj_Qulcy4a-fN"

static struct webpush_message example(struct arena *a)
{
	struct webpush_message m = { .receiver = base64url_read(a, S(RECEIVER)),
		                         .auth = base64url_read(a, S(AUTH)),
		                         .text = S("When I grow up, I want to be a watermelon") };

	memcpy(m.salt, base64url_read(a, S(SALT)).at, sizeof m.salt);
	memcpy(m.private_key, base64url_read(a, S(SENDER)).at, sizeof m.private_key);
	return m;
}

static void the_example_of_the_rfc(void **state)
{
	struct arena *a = arena_open();
	struct webpush_message m = example(a);
	struct buf b = { 0 };

	(void)state;
	base64url_write(&b, webpush_encrypt(a, &m));
	check_text(buf_str(&b), RESULT);
	buf_free(&b);
	check_text(
		vapid_public(a, m.private_key),
		"BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7"
		"A8");
	arena_close(a);
}

static void keys_that_are_none_are_refused(void **state)
{
	struct arena *a = arena_open();
	struct webpush_message m = example(a), bad = m;
	char *point = arena_get(a, 65);

	(void)state;
	bad.auth.len--;
	assert_false(str_given(webpush_encrypt(a, &bad)));
	bad = m;
	bad.receiver.len--;
	assert_false(str_given(webpush_encrypt(a, &bad)));
	bad = m;
	memcpy(point, m.receiver.at, 65);
	point[40] ^= 1; /* not on the curve */
	bad.receiver.at = point;
	assert_false(str_given(webpush_encrypt(a, &bad)));
	bad = m;
	memset(bad.private_key, 0, sizeof bad.private_key);
	assert_false(str_given(webpush_encrypt(a, &bad)));
	memset(bad.private_key, 0xff, sizeof bad.private_key);
	assert_false(str_given(webpush_encrypt(a, &bad)));
	assert_false(str_given(vapid_header(a, bad.private_key, S("https://x"), S(""), 1)));
	bad = m;
	bad.text.len = WEBPUSH_TEXT_MAX + 1;
	assert_false(str_given(webpush_encrypt(a, &bad)));
	assert_false(str_given(jwt_rs256(a, S("no key"), S("{}"))));
	assert_false(str_given(jwt_rs256(a, S_NONE, S("{}"))));
	arena_close(a);
}

static void base64url_there_and_back(void **state)
{
	struct arena *a = arena_open();
	struct buf b = { 0 };

	(void)state;
	base64url_write(&b, S("\xfb\xff\xfe?"));
	check_text(buf_str(&b), "-__-Pw");
	check_text(webpush_key_read(a, S("-__-Pw==")), "\xfb\xff\xfe?");
	assert_false(str_given(webpush_key_read(a, S("+/"))));
	assert_false(str_given(webpush_key_read(a, S("a b"))));
	assert_false(str_given(webpush_key_read(a, S_NONE)));
	buf_free(&b);
	arena_close(a);
}

static void a_sender_proves_itself(void **state)
{
	struct arena *a = arena_open();
	struct webpush_message m = example(a);
	struct str h = vapid_header(a, m.private_key, S("https://push.example"), S("mailto:a@b"), 99);

	(void)state;
	assert_true(str_starts(h, S("Authorization: vapid t=")));
	struct str rest = str_from(h, 23), head = str_cut(&rest, '.'), claims = str_cut(&rest, '.');
	check_text(base64url_read(a, head), "{\"typ\":\"JWT\",\"alg\":\"ES256\"}");
	check_text(base64url_read(a, claims),
	           "{\"aud\":\"https://push.example\",\"sub\":\"mailto:a@b\",\"exp\":99}");
	assert_int_equal(base64url_read(a, str_cut(&rest, ',')).len, 64);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(base64url_there_and_back),
		cmocka_unit_test(a_sender_proves_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
