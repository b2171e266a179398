/* list.c - arrays of objects as tables for people or JSON for programs. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"

enum { COLUMNS_MAX = 16, CELL_MAX = 200 };

/* Without control characters: messages are written by strangers, and none of it may steer
 * the terminal of whoever looks at them. U+0080 to U+009F steer some terminals too. */
static void add_visible(struct buf *to, struct str s, bool lines)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		unsigned char next = i + 1 < s.len ? (unsigned char)s.at[i + 1] : 0;
		bool high = c == 0xc2 && next >= 0x80 && next <= 0x9f;
		bool kept = lines && (c == '\n' || c == '\t');
		i += high;
		buf_add_byte(to, high || c == 0x7f || (c < 0x20 && !kept) ? ' ' : s.at[i]);
	}
}

/* One line, not longer than CELL_MAX. */
static struct str cell(struct arena *arena, const struct json *value)
{
	struct buf b = { 0 }, line = { 0 };

	if (json_is(value, JSON_STRING) || json_is(value, JSON_NUMBER))
		buf_add(&b, value->text);
	else if (json_is(value, JSON_ARRAY))
		JSON_EACH (value, one) {
			buf_add(&b, one == value->first ? S("") : S(", "));
			buf_add(&b, one->text);
		}
	else if (value != NULL && !json_is(value, JSON_NULL))
		json_write(&b, value);
	add_visible(&line, buf_str(&b), false);
	size_t len = line.len > CELL_MAX ? CELL_MAX : line.len;
	while (len < line.len && len > 0 && ((unsigned char)line.at[len] & 0xc0) == 0x80)
		len--; /* not inside a character */
	struct str text = arena_str(arena, (struct str){ buf_str(&line).at, len });
	buf_free(&b);
	buf_free(&line);
	return text;
}

/* Columns on a terminal: characters of East Asia take two. */
static int width(struct str s)
{
	int columns = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if ((c & 0xc0) != 0x80)
			columns += c >= 0xe3 && c <= 0xed ? 2 : 1;
	}
	return columns;
}

static void pad(struct buf *to, struct str text, int columns, bool right)
{
	int space = columns - width(text);

	if (!right)
		buf_add(to, text);
	for (int i = 0; i < space; i++)
		buf_add_byte(to, ' ');
	if (right)
		buf_add(to, text);
}

static void end_line(struct buf *to)
{
	while (to->len > 0 && to->at[to->len - 1] == ' ')
		to->len--;
	buf_add_byte(to, '\n');
}

void cli_table(struct buf *to, const struct json *array, const struct column *columns)
{
	struct arena *arena = arena_open();
	int widths[COLUMNS_MAX] = { 0 }, count = 0;

	for (; columns[count].key != NULL; count++) {
		must(count < COLUMNS_MAX);
		widths[count] = width(str_of(columns[count].title));
	}
	JSON_EACH (array, row)
		for (int i = 0; i < count; i++) {
			int w = width(cell(arena, json_get(row, columns[i].key)));
			widths[i] = w > widths[i] ? w : widths[i];
		}
	for (int i = 0; i < count; i++) {
		pad(to, str_of(columns[i].title), widths[i], columns[i].right);
		buf_add(to, S("  "));
	}
	end_line(to);
	JSON_EACH (array, row) {
		for (int i = 0; i < count; i++) {
			pad(to, cell(arena, json_get(row, columns[i].key)), widths[i], columns[i].right);
			buf_add(to, S("  "));
		}
		end_line(to);
	}
	arena_close(arena);
}

static void print(struct buf *b)
{
	fwrite(b->at, 1, b->len, stdout);
	buf_free(b);
}

void cli_list(const struct cli *cli, const struct json *array, const struct column *columns)
{
	struct buf b = { 0 };

	if (option_on(&cli->options, "json")) {
		json_write(&b, array);
		buf_add_byte(&b, '\n');
	} else {
		cli_table(&b, array, columns);
	}
	print(&b);
}

void cli_show(const struct cli *cli, const struct json *object)
{
	struct buf b = { 0 };

	if (option_on(&cli->options, "json")) {
		json_write(&b, object);
		buf_add_byte(&b, '\n');
	} else {
		JSON_EACH (object, member) {
			buf_printf(&b, "%.*s: ", S_ARG(member->key));
			if (json_is(member, JSON_STRING))
				add_visible(&b, member->text, true);
			else
				json_write(&b, member);
			buf_add_byte(&b, '\n');
		}
	}
	print(&b);
}

void json_move_all(struct json *array, const struct json *page)
{
	struct json *next;

	for (struct json *one = page == NULL ? NULL : page->first; one != NULL; one = next) {
		next = one->next;
		one->next = NULL;
		json_add(array, S_NONE, one);
	}
}

int64_t json_number(const struct json *j)
{
	int64_t n = 0;

	if (!json_is(j, JSON_NUMBER) && !json_is(j, JSON_STRING))
		return 0;
	return str_i64(j->text, INT64_MIN, INT64_MAX, &n) ? n : 0;
}
