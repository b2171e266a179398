/* csv.c - see csv.h. */
#include "wire/csv.h"

struct csv csv_start(struct str text)
{
	if (str_starts(text, S("\xef\xbb\xbf")))
		text = str_from(text, 3);
	return (struct csv){ .rest = text, .line = 1 };
}

static bool at_end_of_line(struct str s)
{
	return s.len == 0 || s.at[0] == '\n' || s.at[0] == '\r';
}

/* CRLF is one end. */
static void skip_end(struct csv *c)
{
	if (c->rest.len == 0)
		return;
	size_t n = c->rest.at[0] == '\r' && c->rest.len > 1 && c->rest.at[1] == '\n' ? 2 : 1;

	c->rest = str_from(c->rest, n);
	c->line++;
}

static bool wrong(struct csv *c, const struct csv_row *row, int line, const char *what)
{
	c->wrong = what;
	c->wrong_line = line;
	c->wrong_column = row->count + 1;
	return false;
}

static bool plain_cell(struct csv *c, const struct csv_row *row, struct str *cell)
{
	size_t n = 0;

	while (n < c->rest.len && c->rest.at[n] != ',' && c->rest.at[n] != '\n' &&
	       c->rest.at[n] != '\r') {
		if (c->rest.at[n] == '"')
			return wrong(c, row, c->line,
			             "a quote stands inside a cell that does not begin with one");
		n++;
	}
	*cell = (struct str){ c->rest.at, n };
	c->rest = str_from(c->rest, n);
	return true;
}

/* Where the closing quote is; lines inside are counted. */
static bool quoted_end(struct csv *c, const struct csv_row *row, size_t *end, size_t *doubled)
{
	int line = c->line;
	size_t n = 1;

	for (*doubled = 0; n < c->rest.len; n++) {
		if (c->rest.at[n] == '\n' ||
		    (c->rest.at[n] == '\r' && c->rest.at[n + 1 < c->rest.len ? n + 1 : n] != '\n'))
			c->line++;
		if (c->rest.at[n] != '"')
			continue;
		if (n + 1 == c->rest.len || c->rest.at[n + 1] != '"') {
			*end = n;
			return true;
		}
		n++;
		(*doubled)++;
	}
	return wrong(c, row, line, "a quote is not closed");
}

static bool quoted_cell(struct csv *c, struct arena *a, const struct csv_row *row, struct str *cell)
{
	size_t end, doubled, n = 0;

	if (!quoted_end(c, row, &end, &doubled))
		return false;
	char *to = arena_get(a, end + 1);
	for (size_t i = 1; i < end; i++) {
		to[n++] = c->rest.at[i];
		i += c->rest.at[i] == '"'; /* the second of two */
	}
	must(n + doubled + 1 == end);
	*cell = (struct str){ to, n };
	c->rest = str_from(c->rest, end + 1);
	if (!at_end_of_line(c->rest) && c->rest.at[0] != ',')
		return wrong(c, row, c->line, "text stands behind a closing quote");
	return true;
}

bool csv_row(struct csv *c, struct arena *a, struct csv_row *row)
{
	struct str cell;

	while (c->rest.len > 0 && at_end_of_line(c->rest))
		skip_end(c);
	row->count = 0;
	row->line = c->line;
	if (c->rest.len == 0 || c->wrong != NULL)
		return false;
	for (;;) {
		if (row->count == CSV_COLUMNS_MAX)
			return wrong(c, row, c->line, "there are too many columns");
		bool quoted = c->rest.len > 0 && c->rest.at[0] == '"';
		if (quoted ? !quoted_cell(c, a, row, &cell) : !plain_cell(c, row, &cell))
			return false;
		if (cell.len > CSV_CELL_MAX)
			return wrong(c, row, c->line, "a cell is too long");
		row->cells[row->count++] = cell;
		if (at_end_of_line(c->rest))
			break;
		c->rest = str_from(c->rest, 1); /* the comma */
	}
	skip_end(c);
	return true;
}

/* ---- writing */

/* A formula, maybe behind apostrophes: so that each of them can be told from the one that is
 * put in front. */
static bool formula(struct str s)
{
	while (s.len > 0 && s.at[0] == '\'')
		s = str_from(s, 1);
	return s.len > 0 && s.at[0] != '\0' && strchr("=+-@\t\r", s.at[0]) != NULL;
}

void csv_write(struct buf *to, struct str cell)
{
	bool quotes = formula(cell);

	for (size_t i = 0; i < cell.len; i++)
		quotes = quotes || cell.at[i] == '"' || cell.at[i] == ',' || cell.at[i] == '\n' ||
		         cell.at[i] == '\r';
	if (quotes)
		buf_add_byte(to, '"');
	if (formula(cell))
		buf_add_byte(to, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.at[i] == '"')
			buf_add_byte(to, '"');
		buf_add_byte(to, cell.at[i]);
	}
	if (quotes)
		buf_add_byte(to, '"');
}

struct str csv_plain(struct str cell)
{
	bool marked = cell.len > 1 && cell.at[0] == '\'' && formula(cell);

	return marked ? str_from(cell, 1) : cell;
}
