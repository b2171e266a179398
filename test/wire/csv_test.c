/* csv_test.c - CSV and character sets: what is read, what is refused where, and that what was
 * written is read back. */
#include "check.h"
#include "base/limits.h"
#include "base/rng.h"
#include "wire/charset.h"
#include "wire/csv.h"

/* "a|b;c|d": rows by ';'. "line:column why" when something is wrong. */
static const char *read_all(struct arena *a, struct str text)
{
	struct csv csv = csv_start(text);
	struct csv_row row;
	struct str all = S("");

	for (int n = 0; csv_row(&csv, a, &row); n++)
		for (int i = 0; i < row.count; i++)
			all = arena_printf(a, "%.*s%s%.*s", S_ARG(all),
			                   i > 0   ? "|"
			                   : n > 0 ? ";"
			                           : "",
			                   S_ARG(row.cells[i]));
	if (csv.wrong != NULL)
		return arena_printf(a, "%d:%d %s", csv.wrong_line, csv.wrong_column, csv.wrong).at;
	return arena_str(a, all).at;
}

#define reads(text, expected) assert_string_equal(read_all(a, S(text)), expected)

static void rows_and_cells(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	reads("", "");
	reads("\xef\xbb\xbf"
	      "a,b\r\nc,d\r\n",
	      "a|b;c|d");
	reads("a,b\nc,d", "a|b;c|d");
	reads("a,b\rc,d\r", "a|b;c|d");
	reads("a\n\n\r\n\nb\n", "a;b");
	reads("a,,\n", "a||");
	reads(",", "|");
	reads("\"a,\"\"b\"\"\n\",c\n", "a,\"b\"\n|c");
	reads("\"\"", "");
	reads("\"\"\"\"", "\"");
	reads("髙﨑,𠮷田 😀,ｆｕｌｌ\n", "髙﨑|𠮷田 😀|ｆｕｌｌ");
	reads("a\nb,\"c", "2:2 a quote is not closed");
	reads("a\n\"x\ny\nz", "2:1 a quote is not closed");
	reads("\"a\nb\"c", "2:1 text stands behind a closing quote");
	reads("x,a\"b", "1:2 a quote stands inside a cell that does not begin with one");
	arena_close(a);
}

static void bounds(void **state)
{
	struct arena *a = arena_open();
	struct buf text = { 0 };

	(void)state;
	for (int i = 1; i < CSV_COLUMNS_MAX; i++)
		buf_add_byte(&text, ',');
	assert_int_equal(strlen(read_all(a, buf_str(&text))), CSV_COLUMNS_MAX - 1);
	buf_add_byte(&text, ',');
	assert_string_equal(read_all(a, buf_str(&text)), "1:65 there are too many columns");
	buf_clear(&text);
	for (int i = 0; i < CSV_CELL_MAX; i++)
		buf_add_byte(&text, 'x');
	assert_int_equal(strlen(read_all(a, buf_str(&text))), CSV_CELL_MAX);
	buf_add_byte(&text, 'x');
	assert_string_equal(read_all(a, buf_str(&text)), "1:1 a cell is too long");
	buf_free(&text);
	arena_close(a);
}

static void formulas_are_no_formulas(void **state)
{
	static const char *const cells[][2] = { { "=1+1", "\"'=1+1\"" }, { "+81", "\"'+81\"" },
		                                    { "-", "\"'-\"" },       { "@x", "\"'@x\"" },
		                                    { "\tx", "\"'\tx\"" },   { "'=x", "\"''=x\"" },
		                                    { "'x", "'x" },          { "a=b", "a=b" },
		                                    { "''=x", "\"'''=x\"" } };
	struct buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		buf_clear(&text);
		csv_write(&text, str_of(cells[i][0]));
		check_text(buf_str(&text), cells[i][1]);
	}
	check_text(csv_plain(S("'=1")), "=1");
	check_text(csv_plain(S("''=1")), "'=1");
	check_text(csv_plain(S("'x")), "'x");
	check_text(csv_plain(S("'")), "'");
	buf_free(&text);
}

static void what_is_written_is_read_back(void **state)
{
	static const char letters[] = "a,\"\n\r='+-@ ;";
	struct arena *a = arena_open();
	struct csv_row row;
	struct rng rng;

	(void)state;
	rng_seed_number(&rng, 7);
	for (int n = 0; n < 20000; n++) {
		struct buf text = { 0 };
		char cell[2][8];
		size_t len[2];
		for (int i = 0; i < 2; i++) {
			len[i] = rng_below(&rng, 6);
			for (size_t k = 0; k < len[i]; k++)
				cell[i][k] = letters[rng_below(&rng, sizeof letters - 1)];
			if (i > 0)
				buf_add_byte(&text, ',');
			csv_write(&text, (struct str){ cell[i], len[i] });
		}
		struct csv csv = csv_start(buf_str(&text));
		assert_true(csv_row(&csv, a, &row));
		assert_int_equal(row.count, 2);
		for (int i = 0; i < 2; i++)
			if (!str_eq(csv_plain(row.cells[i]), (struct str){ cell[i], len[i] }))
				fail_msg("'%.*s' became '%.*s'", (int)len[i], cell[i], S_ARG(row.cells[i]));
		buf_free(&text);
		arena_reset(a);
	}
	arena_close(a);
}

static void character_sets(void **state)
{
	struct buf sjis = { 0 }, back = { 0 };
	size_t bad;

	(void)state;
	assert_true(charset_convert("UTF-8", "CP932", S("髙﨑,①,～"), &sjis, &bad));
	check_text(buf_str(&sjis), "\xfb\xfc\xfa\xb1,\x87\x40,\x81\x60");
	assert_true(charset_convert("CP932", "UTF-8", buf_str(&sjis), &back, &bad));
	check_text(buf_str(&back), "髙﨑,①,～");
	assert_false(charset_convert("UTF-8", "CP932", S("ab𠮷"), &sjis, &bad));
	assert_int_equal(bad, 2);
	assert_false(charset_convert("CP932", "UTF-8", S("a\x81"), &back, &bad));
	assert_int_equal(bad, 1);
	assert_false(charset_convert("nothing", "UTF-8", S("a"), &back, &bad));
	buf_free(&sjis);
	buf_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_cells),           cmocka_unit_test(bounds),
		cmocka_unit_test(formulas_are_no_formulas), cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(character_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
