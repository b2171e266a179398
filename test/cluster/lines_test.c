/* lines_test.c - two nodes with the same master key believe each other, and nobody else. */
#include "check.h"
#include "cluster/lines.h"

#include "base/arena.h"

struct talk {
	uint8_t keys[2][LINES_KEY_SIZE];
	struct lines standby, owner;
};

static void begin(struct talk *t, uint8_t standbys, uint8_t owners)
{
	const uint8_t masters[2][32] = { { standbys }, { owners } };
	const uint8_t chances[2][16] = { { 1, 2, 3 }, { 4, 5, 6 } };

	*t = (struct talk){ 0 };
	lines_key(masters[0], t->keys[0]);
	lines_key(masters[1], t->keys[1]);
	t->standby = (struct lines){ .key = t->keys[0], .from = "b", .to = "a" };
	t->owner = (struct lines){ .key = t->keys[1], .to = "a" };
	lines_chance(chances[0], t->standby.a);
	lines_chance(chances[1], t->owner.b);
}

/* Without its end, which must be there. */
static struct str line_of(const char *text, size_t len)
{
	assert_true(len > 0 && len < NODE_LINE_MAX && text[len - 1] == '\n');
	return (struct str){ text, len - 1 };
}

/* How far they get: 0 no hello, 1 no reply that is believed, 2 no proof, 3 all. */
static int talk(struct talk *t, struct str peer, struct str *heard)
{
	static char text[NODE_LINE_MAX];

	if (!lines_read_hello(&t->owner, line_of(text, lines_hello(&t->standby, text))))
		return 0;
	if (!lines_read_reply(&t->standby, line_of(text, lines_reply(&t->owner, text))))
		return 1;
	return lines_read_proof(&t->owner, line_of(text, lines_proof(&t->standby, peer, text)), heard)
	           ? 3
	           : 2;
}

static void who_has_the_key_is_believed(void **state)
{
	struct talk t;
	struct str heard;

	(void)state;
	begin(&t, 7, 7);
	assert_int_equal(talk(&t, S("[2001:db8::1]:51234"), &heard), 3);
	assert_true(str_is(heard, "[2001:db8::1]:51234"));
	assert_string_equal(t.owner.from, "b");
}

static void another_key_another_name_and_another_chance_are_not(void **state)
{
	struct talk t;
	struct str heard;
	char text[NODE_LINE_MAX];

	(void)state;
	begin(&t, 7, 8);
	assert_int_equal(talk(&t, S("10.0.0.1:1"), &heard), 1);
	begin(&t, 7, 7);
	t.owner.to[0] = 'c'; /* it was meant for a */
	assert_int_equal(talk(&t, S("10.0.0.1:1"), &heard), 1);
	/* What was heard once is of no use another time: the owner's chance is another one. */
	begin(&t, 7, 7);
	assert_int_equal(talk(&t, S("10.0.0.1:1"), &heard), 3);
	struct str said = line_of(text, lines_proof(&t.standby, S("10.0.0.1:1"), text));
	t.owner.b[0] ^= 1;
	assert_false(lines_read_proof(&t.owner, said, &heard));
}

static void a_proof_holds_for_its_client_only(void **state)
{
	struct talk t;
	struct str heard;
	char text[NODE_LINE_MAX];

	(void)state;
	begin(&t, 7, 7);
	assert_int_equal(talk(&t, S("10.0.0.1:1"), &heard), 3);
	struct str said = line_of(text, lines_proof(&t.standby, S("10.0.0.1:1"), text));
	text[0] = '2';
	assert_false(lines_read_proof(&t.owner, said, &heard));
	text[0] = '1';
	assert_true(lines_read_proof(&t.owner, said, &heard));
	for (size_t cut = 0; cut < said.len; cut++)
		assert_false(lines_read_proof(&t.owner, (struct str){ text, cut }, &heard));
}

static void what_is_no_line_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"RINGI1",
		"RINGI1 ",
		"RINGI1 NO",
		"RINGI2 00000000000000000000000000000000 b",
		"RINGI1 0000000000000000000000000000000 b",
		"RINGI1 000000000000000000000000000000000 b",
		"RINGI1 0000000000000000000000000000000g b",
		"RINGI1 00000000000000000000000000000000",
		"RINGI1 00000000000000000000000000000000 ",
		"RINGI1 00000000000000000000000000000000 b c",
		"RINGI1 00000000000000000000000000000000 b\r",
		("RINGI1 00000000000000000000000000000000 "
		 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), /* 65 */
	};
	struct talk t;

	(void)state;
	begin(&t, 7, 7);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (lines_read_hello(&t.owner, str_of(lines[i])))
			fail_msg("believed: %s", lines[i]);
		assert_false(lines_read_reply(&t.standby, str_of(lines[i])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_the_key_is_believed),
		cmocka_unit_test(another_key_another_name_and_another_chance_are_not),
		cmocka_unit_test(a_proof_holds_for_its_client_only),
		cmocka_unit_test(what_is_no_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
