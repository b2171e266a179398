/* demo_input.c - real rows: a CSV file, or this machine's own list of packages.
 *
 * CSV as RFC 4180 has it: fields in double quotes may hold commas, line ends and
 * doubled quotes. A package list (blocks of "Name: value" lines) is turned into CSV
 * first, so that everything behind it sees one kind of input. */
#include <glob.h>
#include <unistd.h>

#include "cli/demo.h"
#include "os/os.h"

enum { FILE_MAX = 1024 * 1024 * 1024, LOOK_AT_ROWS = 200 };

/* ---- CSV */

/* One field; `more` tells whether another one follows in this row. */
static struct str field(struct str *rest, struct arena *arena, bool *more)
{
	struct str out;
	size_t at = 0;

	if (rest->len > 0 && rest->at[0] == '"') {
		struct buf b = { 0 };
		for (at = 1; at < rest->len; at++) {
			if (rest->at[at] == '"' && (at + 1 >= rest->len || rest->at[at + 1] != '"'))
				break;
			at += rest->at[at] == '"';
			buf_add_byte(&b, rest->at[at]);
		}
		out = arena_str(arena, buf_str(&b));
		buf_free(&b);
		at += at < rest->len;
		while (at < rest->len && rest->at[at] != ',' && rest->at[at] != '\n')
			at++;
	} else {
		while (at < rest->len && rest->at[at] != ',' && rest->at[at] != '\n')
			at++;
		out = (struct str){ rest->at, at };
		if (out.len > 0 && out.at[out.len - 1] == '\r')
			out.len--;
	}
	*more = at < rest->len && rest->at[at] == ',';
	*rest = str_from(*rest, at + 1);
	return out;
}

int demo_row(struct str *rest, struct arena *arena, struct str fields[DEMO_COLUMNS_MAX])
{
	bool more = true;
	int count = 0;

	while (rest->len > 0 && (rest->at[0] == '\n' || rest->at[0] == '\r'))
		*rest = str_from(*rest, 1); /* empty lines are no rows */
	if (rest->len == 0)
		return -1;
	while (more) {
		struct str f = field(rest, arena, &more);
		if (count < DEMO_COLUMNS_MAX)
			fields[count++] = f;
	}
	return count;
}

bool demo_is_number(struct str s)
{
	bool digit = false, point = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= '0' && s.at[i] <= '9')
			digit = true;
		else if (s.at[i] == '.' && !point)
			point = true;
		else if (i != 0 || (s.at[i] != '-' && s.at[i] != '+'))
			return false;
	}
	return digit;
}

/* ---- a package list as CSV */

static const char *const package_fields[] = { "Package", "Version", "Section", "Installed-Size" };
enum { PACKAGE_FIELDS = 4 };

static void end_of_package(struct buf *csv, struct str values[PACKAGE_FIELDS])
{
	if (values[0].len == 0 || values[3].len == 0)
		return; /* not a package, or one that is not installed */
	for (int i = 0; i < PACKAGE_FIELDS; i++) {
		buf_add(csv, values[i]);
		buf_add_byte(csv, i + 1 < PACKAGE_FIELDS ? ',' : '\n');
		values[i] = S("");
	}
}

static struct str packages_to_csv(struct arena *arena, struct str list)
{
	struct buf csv = { 0 };
	struct str values[PACKAGE_FIELDS] = { S(""), S(""), S(""), S("") };

	buf_add(&csv, S("package,version,section,installed-size\n"));
	while (str_given(list)) {
		struct str line = str_cut(&list, '\n'), value = line;
		struct str name = str_cut(&value, ':');
		if (line.len == 0)
			end_of_package(&csv, values);
		for (int i = 0; i < PACKAGE_FIELDS && str_given(value); i++)
			if (str_is(name, package_fields[i]))
				values[i] = str_trim(value);
	}
	end_of_package(&csv, values);
	must(!csv.failed);
	arena_adopt(arena, csv.at);
	return buf_str(&csv);
}

/* ---- which file, which columns */

/* The index of packages that could be installed, else of those that are. */
static const char *usual_file(struct arena *arena)
{
	static const char *const patterns[] = {
		"/var/lib/apt/lists/*_main_binary-*_Packages",
		"/var/lib/apt/lists/*_Packages",
		"/var/lib/dpkg/status",
	};

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		glob_t found;
		const char *path = NULL;
		if (glob(patterns[i], 0, NULL, &found) == 0 && found.gl_pathc > 0)
			path = arena_str(arena, str_of(found.gl_pathv[0])).at;
		globfree(&found);
		if (path != NULL && access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

/* The last column in which every row looked at has a number; -1: none. The first column
 * is the name. */
static int find_number_column(const struct demo_input *in, struct arena *arena)
{
	struct str fields[DEMO_COLUMNS_MAX], rest = in->first_row;
	bool number[DEMO_COLUMNS_MAX];
	int count, found = -1;

	for (int i = 0; i < DEMO_COLUMNS_MAX; i++)
		number[i] = true;
	for (int row = 0; row < LOOK_AT_ROWS && (count = demo_row(&rest, arena, fields)) >= 0; row++)
		for (int i = 0; i < in->column_count; i++)
			number[i] = number[i] && i < count && demo_is_number(fields[i]);
	for (int i = 1; i < in->column_count; i++)
		if (number[i])
			found = i;
	return found;
}

static int64_t count_rows(const struct demo_input *in, int64_t max)
{
	struct arena *arena = arena_open();
	struct str fields[DEMO_COLUMNS_MAX], rest = in->first_row;
	int64_t rows = 0;

	while (rows < max && demo_row(&rest, arena, fields) >= 0) {
		rows++;
		arena_reset(arena);
	}
	arena_close(arena);
	return rows;
}

/* Columns become members of a JSON object: each needs a name of its own. */
static void name_columns(struct demo_input *in, struct arena *arena)
{
	for (int i = 0; i < in->column_count; i++) {
		bool good = in->columns[i].len > 0;
		for (int j = 0; j < i && good; j++)
			good = !str_eq(in->columns[i], in->columns[j]);
		if (!good)
			in->columns[i] = arena_printf(arena, "column%d", i + 1);
	}
}

bool demo_input_open(struct demo_input *in, struct arena *arena, const char *path, int64_t max,
                     char why[256])
{
	memset(in, 0, sizeof *in);
	in->path = path != NULL ? path : usual_file(arena);
	if (in->path == NULL) {
		snprintf(why, 256,
		         "This machine has no list of packages; give a CSV file: ringi demo FILE.csv");
		return false;
	}
	if (os_file_read(arena, in->path, FILE_MAX, &in->text) != OK || !str_given(in->text)) {
		snprintf(why, 256, "The file %.180s cannot be read.", in->path);
		return false;
	}
	if (!str_utf8(in->text)) {
		snprintf(why, 256, "The file %.180s is not UTF-8; messages are.", in->path);
		return false;
	}
	if (path == NULL)
		in->text = packages_to_csv(arena, in->text);
	in->first_row = in->text;
	if (str_starts(in->first_row, S("\xef\xbb\xbf")))
		in->first_row = str_from(in->first_row, 3);
	in->column_count = demo_row(&in->first_row, arena, in->columns);
	name_columns(in, arena);
	in->number_column = in->column_count < 1 ? -1 : find_number_column(in, arena);
	in->rows = in->column_count < 1 ? 0 : count_rows(in, max);
	if (in->rows == 0)
		snprintf(why, 256, "The file %.180s has no rows below a line of column names.", in->path);
	return in->rows > 0;
}
