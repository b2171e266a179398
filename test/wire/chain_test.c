/* chain_test.c - the bytes of an audit record: known ones, and that no two records share them. */
#include "check.h"
#include "wire/chain.h"
#include "wire/hash.h"

static const uint8_t chain[CHAIN_ID_SIZE] = { 1, 2, 3 };
static const uint8_t zero[CHAIN_HASH_SIZE];

static struct chain_record record(void)
{
	return (struct chain_record){
		.seq = 1,
		.at = 1763858908123,
		.principal = S("yamada"),
		.action = S("queue.create"),
		.resource = S("queue:work"),
	};
}

static struct str hash_of(struct chain_record r)
{
	static uint8_t hash[16][CHAIN_HASH_SIZE];
	static int next;

	next = (next + 1) % 16;
	chain_hash(chain, zero, &r, hash[next]);
	return (struct str){ (const char *)hash[next], CHAIN_HASH_SIZE };
}

static void is_hex(struct str digest, const char *expected)
{
	char hex[2 * CHAIN_HASH_SIZE + 1];

	hex_text((const uint8_t *)digest.at, digest.len, hex);
	check_text(str_of(hex), expected);
}

/* Computed by an independent program from the layout in chain.h: these must never change. */
static void the_bytes_are_those_of_the_layout(void **state)
{
	struct chain_record r = record();

	(void)state;
	is_hex(hash_of(r), "5069a1e81803755b0ec00ffcb0a1735192bcbb2e7b4ce2489c26fddca7ba60c7");
	r.origin.texts[0] = S("192.0.2.7");
	r.origin.salt = S("0123456789abcdef");
	r.from = S("");
	is_hex(hash_of(r), "e18cc1ff49d67aeccc5018e7c002527fc2a144f50c625b649cdcfa4ec4d04312");
}

static void what_moves_from_one_field_to_the_next_is_another_record(void **state)
{
	struct chain_record a = record(), b = record(), c = record(), d = record();

	(void)state;
	a.from = S("ab");
	a.to = S("c");
	b.from = S("a");
	b.to = S("bc");
	c.to = S("abc");
	d.from = S("");
	d.to = S("abc");
	assert_false(str_eq(hash_of(a), hash_of(b)));
	assert_false(str_eq(hash_of(a), hash_of(c)));
	assert_false(str_eq(hash_of(c), hash_of(d))); /* absent is not empty */
}

static void a_record_belongs_to_its_chain_its_place_and_the_one_before(void **state)
{
	struct chain_record r = record();
	uint8_t first[CHAIN_HASH_SIZE], other[CHAIN_HASH_SIZE];

	(void)state;
	chain_hash(chain, zero, &r, first);
	chain_hash((const uint8_t[CHAIN_ID_SIZE]){ 9 }, zero, &r, other);
	assert_memory_not_equal(first, other, sizeof first);
	chain_hash(chain, first, &r, other);
	assert_memory_not_equal(first, other, sizeof first);
	r.seq = 2;
	chain_hash(chain, zero, &r, other);
	assert_memory_not_equal(first, other, sizeof first);
}

static void forgotten_texts_leave_the_hash_as_it_was(void **state)
{
	struct chain_record r = record();
	uint8_t digest[CHAIN_HASH_SIZE];

	(void)state;
	r.words = (struct chain_secret){ S("0123456789abcdef"), S_NONE, { S("ill"), S_NONE } };
	struct str before = hash_of(r);
	chain_commit('w', &r.words, digest);
	r.words = (struct chain_secret){ .digest = { (const char *)digest, sizeof digest } };
	assert_true(str_eq(hash_of(r), before));
	r.words = (struct chain_secret){ 0 };
	assert_false(str_eq(hash_of(r), before));
}

static void a_secret_is_whole_or_forgotten(void **state)
{
	char digest[CHAIN_HASH_SIZE] = { 0 };
	struct str salt = S("0123456789abcdef"), gone = { digest, sizeof digest };

	(void)state;
	assert_true(chain_secret_good(&(struct chain_secret){ 0 }));
	assert_true(chain_secret_good(&(struct chain_secret){ salt, S_NONE, { S_NONE, S("x") } }));
	assert_true(chain_secret_good(&(struct chain_secret){ .digest = gone }));
	assert_false(chain_secret_good(&(struct chain_secret){ .salt = salt }));
	assert_false(chain_secret_good(&(struct chain_secret){ .texts = { S("x") } }));
	assert_false(chain_secret_good(&(struct chain_secret){ .digest = gone, .texts = { S("x") } }));
	assert_false(chain_secret_good(&(struct chain_secret){ salt, gone, { S("x") } }));
	assert_false(chain_secret_good(&(struct chain_secret){ S("short"), S_NONE, { S("x") } }));
	assert_false(chain_secret_good(&(struct chain_secret){ .digest = S("short") }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_layout),
		cmocka_unit_test(what_moves_from_one_field_to_the_next_is_another_record),
		cmocka_unit_test(a_record_belongs_to_its_chain_its_place_and_the_one_before),
		cmocka_unit_test(forgotten_texts_leave_the_hash_as_it_was),
		cmocka_unit_test(a_secret_is_whole_or_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
