/* receipt_test.c - receipt handles: read back, and nothing else is read. */
#include "check.h"
#include "domain/queue/receipt.h"

static const uint8_t key[16] = "0123456789abcdef", other[16] = "0123456789abcdeg";

static void every_receipt_is_read_back(void **state)
{
	static const struct receipt all[] = {
		{ 0, 0, 0 },
		{ 1, 2, 3 },
		{ 0xffffffff, 0xffffffffffffffff, 0xffffffff },
		{ 8388607, ((uint64_t)1 << 40) - 1, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char text[RECEIPT_TEXT];
		struct receipt r = { 9, 9, 9 };
		receipt_write(key, all[i], text);
		assert_true(receipt_read(key, (struct str){ text, RECEIPT_TEXT }, &r));
		assert_int_equal(r.queue, all[i].queue);
		assert_true(r.position == all[i].position);
		assert_int_equal(r.receive, all[i].receive);
	}
}

static void one_changed_character_is_refused(void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n";
	char text[RECEIPT_TEXT];
	struct receipt r;

	(void)state;
	receipt_write(key, (struct receipt){ 5, 77, 1 }, text);
	for (int at = 0; at < RECEIPT_TEXT; at++) {
		char kept = text[at];
		for (const char *c = alphabet; *c != 0; c++) {
			text[at] = *c;
			assert_int_equal(receipt_read(key, (struct str){ text, RECEIPT_TEXT }, &r), *c == kept);
		}
		text[at] = kept;
	}
}

static void other_lengths_and_keys_are_refused(void **state)
{
	char text[RECEIPT_TEXT + 1];
	struct receipt r;

	(void)state;
	receipt_write(key, (struct receipt){ 5, 77, 1 }, text);
	text[RECEIPT_TEXT] = 'A';
	assert_false(receipt_read(other, (struct str){ text, RECEIPT_TEXT }, &r));
	for (size_t len = 0; len <= RECEIPT_TEXT + 1; len++)
		assert_int_equal(receipt_read(key, (struct str){ text, len }, &r), len == RECEIPT_TEXT);
	assert_false(receipt_read(key, S_NONE, &r));
}

static void two_receives_have_two_handles(void **state)
{
	char a[RECEIPT_TEXT], b[RECEIPT_TEXT];

	(void)state;
	receipt_write(key, (struct receipt){ 5, 77, 1 }, a);
	receipt_write(key, (struct receipt){ 5, 77, 2 }, b);
	assert_memory_not_equal(a, b, RECEIPT_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_receipt_is_read_back),
		cmocka_unit_test(one_changed_character_is_refused),
		cmocka_unit_test(other_lengths_and_keys_are_refused),
		cmocka_unit_test(two_receives_have_two_handles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
