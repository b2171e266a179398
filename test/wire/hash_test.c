/* hash_test.c - digests with answers that are known, hexadecimal, strict base64. */
#include "check.h"
#include "wire/hash.h"

static struct str hex_of(const uint8_t *bytes, size_t size)
{
	static char text[2 * SHA256_SIZE + 1];

	hex_text(bytes, size, text);
	return str_of(text);
}

static void digests_have_their_known_answers(void **state)
{
	uint8_t d[SHA256_SIZE];

	(void)state;
	md5(S(""), d); /* RFC 1321 */
	check_text(hex_of(d, MD5_SIZE), "d41d8cd98f00b204e9800998ecf8427e");
	md5(S_NONE, d);
	check_text(hex_of(d, MD5_SIZE), "d41d8cd98f00b204e9800998ecf8427e");
	md5(S("message digest"), d);
	check_text(hex_of(d, MD5_SIZE), "f96b697d7cb7938d525a2f31aaf161d0");
	sha1(S("abc"), d); /* FIPS 180 */
	check_text(hex_of(d, SHA1_SIZE), "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha256(S("abc"), d);
	check_text(hex_of(d, SHA256_SIZE),
	           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(S(""), d);
	check_text(hex_of(d, SHA256_SIZE),
	           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hmacs_have_their_known_answers(void **state)
{
	uint8_t d[SHA256_SIZE];
	char key[131];

	(void)state;
	memset(key, 0x0b, 20); /* RFC 4231, cases 1, 2 and 6 */
	hmac_sha256((struct str){ key, 20 }, S("Hi There"), d);
	check_text(hex_of(d, sizeof d),
	           "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(S("Jefe"), S("what do ya want for nothing?"), d);
	check_text(hex_of(d, sizeof d),
	           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	hmac_sha256((struct str){ key, sizeof key },
	            S("Test Using Larger Than Block-Size Key - Hash Key First"), d);
	check_text(hex_of(d, sizeof d),
	           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hexadecimal_goes_both_ways(void **state)
{
	uint8_t bytes[3];
	struct buf b = { 0 };

	(void)state;
	assert_true(hex_read(S("00fFa0"), bytes, 3));
	hex_write(&b, bytes, 3);
	check_text(buf_str(&b), "00ffa0");
	assert_false(hex_read(S("00ffa"), bytes, 3));
	assert_false(hex_read(S("00ffa00"), bytes, 3));
	assert_false(hex_read(S("00ffg0"), bytes, 3));
	assert_true(hex_read(S(""), bytes, 0));
	buf_free(&b);
}

static void base64_has_its_known_answers(void **state)
{
	static const char *const plain[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const coded[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
		                                 "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" }; /* RFC 4648 */
	struct arena *arena = arena_open();
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		buf_clear(&b);
		base64_write(&b, str_of(plain[i]));
		assert_false(b.failed);
		check_text(buf_str(&b), coded[i]);
		check_text(base64_read(arena, str_of(coded[i])), plain[i]);
	}
	buf_clear(&b);
	base64_write(&b, S("\xfb\xff\xfe\0"));
	check_text(buf_str(&b), "+//+AA==");
	assert_true(str_eq(base64_read(arena, buf_str(&b)), S("\xfb\xff\xfe\0")));
	buf_free(&b);
	arena_close(arena);
}

static void base64_is_strict(void **state)
{
	static const char *const bad[] = { "Z",    "Zg",   "Zg=",  "Zh==",    "Zm9=",  "Zg==Zg==",
		                               "Z===", "====", "=",    "Zm9v\n",  " Zm9v", "Zm 9",
		                               "Zm-_", "Zg=a", "Z=g=", "Zm9v====" };
	struct arena *arena = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_text(base64_read(arena, str_of(bad[i])), NULL);
	check_text(base64_read(arena, S_NONE), NULL);
	arena_close(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_have_their_known_answers),
		cmocka_unit_test(hmacs_have_their_known_answers),
		cmocka_unit_test(hexadecimal_goes_both_ways),
		cmocka_unit_test(base64_has_its_known_answers),
		cmocka_unit_test(base64_is_strict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
