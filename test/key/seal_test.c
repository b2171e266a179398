/* seal_test.c - a sealed secret opens with its key under its name, and in no other way. */
#include "check.h"

#include "wire/seal.h"

static const uint8_t master[SEAL_KEY_SIZE] = { 1, 2, 3 }, other[SEAL_KEY_SIZE] = { 1, 2, 4 };
static const uint8_t nonce[SEAL_NONCE_SIZE] = { 9 };

static void it_opens_as_it_was(void **state)
{
	struct arena *a = arena_open();
	char to[SEAL_TEXT_MAX];
	struct str sealed = seal(a, master, nonce, S("RKONE"), S("the secret"));

	(void)state;
	assert_int_equal(sealed.len, 10 + SEAL_OVERHEAD);
	assert_int_equal(seal_open(master, S("RKONE"), sealed, to), 10);
	assert_memory_equal(to, "the secret", 10);
	for (size_t i = 0; i + 10 <= sealed.len; i++)
		assert_memory_not_equal(sealed.at + i, "the secret", 10);
	arena_close(a);
}

static void not_with_another_key_or_under_another_name(void **state)
{
	struct arena *a = arena_open();
	char to[SEAL_TEXT_MAX];
	struct str sealed = seal(a, master, nonce, S("RKONE"), S("the secret"));

	(void)state;
	assert_int_equal(seal_open(other, S("RKONE"), sealed, to), -1);
	assert_int_equal(seal_open(master, S("RKTWO"), sealed, to), -1);
	assert_int_equal(seal_open(master, S(""), sealed, to), -1);
	arena_close(a);
}

static void not_when_a_bit_has_changed(void **state)
{
	struct arena *a = arena_open();
	char to[SEAL_TEXT_MAX];
	struct str sealed = seal(a, master, nonce, S("RKONE"), S("the secret"));
	char *bytes = (char *)sealed.at;

	(void)state;
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(seal_open(master, S("RKONE"), sealed, to), -1);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(seal_open(master, S("RKONE"), (struct str){ sealed.at, len }, to), -1);
	assert_int_equal(seal_open(master, S("RKONE"), sealed, to), 10);
	arena_close(a);
}

static void the_longest_and_the_empty_one(void **state)
{
	struct arena *a = arena_open();
	char text[SEAL_TEXT_MAX], to[SEAL_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof text);
	struct str sealed = seal(a, master, nonce, S("n"), (struct str){ text, sizeof text });
	assert_int_equal(seal_open(master, S("n"), sealed, to), SEAL_TEXT_MAX);
	assert_int_equal(seal_open(master, S("n"), seal(a, master, nonce, S("n"), S("")), to), 0);
	arena_close(a);
}

/* Answers are longer than secrets. */
static void a_long_text_opens_too(void **state)
{
	struct arena *a = arena_open();
	size_t len = 10 * SEAL_TEXT_MAX;
	struct str text = { arena_get(a, len), len };
	struct str sealed = seal_text(a, master, nonce, S("key"), text);

	(void)state;
	assert_true(str_eq(seal_text_open(a, master, S("key"), sealed), text));
	check_text(seal_text_open(a, other, S("key"), sealed), NULL);
	check_text(seal_text_open(a, master, S("yek"), sealed), NULL);
	check_text(seal_text_open(a, master, S("key"), S("short")), NULL);
	check_text(seal_text_open(a, master, S("key"), S_NONE), NULL);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_as_it_was),
		cmocka_unit_test(not_with_another_key_or_under_another_name),
		cmocka_unit_test(not_when_a_bit_has_changed),
		cmocka_unit_test(the_longest_and_the_empty_one),
		cmocka_unit_test(a_long_text_opens_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
