/* people_csv.c - a CSV file is read into what is to become of people. Pure; import.c does it. */
#include "domain/directory/people_csv.h"

#include "base/limits.h"
#include "base/map.h"
#include "domain/directory/inside.h"
#include "wire/csv.h"

struct reading {
	struct arena *arena;
	struct people_file *file;
	struct csv_row header;
};

void csv_mistake_add(struct csv_mistakes *m, int line, struct str column, struct str text)
{
	if (m->count < PEOPLE_IMPORT_WRONG_MAX)
		m->all[m->count] = (struct csv_mistake){ line, column, text };
	m->count++;
}

static void mistake(struct reading *r, int line, struct str column, struct str text)
{
	csv_mistake_add(r->file->mistakes, line, column, text);
}

/* ---- the line of names */

static bool is_attribute(struct str column)
{
	return str_starts(column, S("attr:")) && column.len > 5;
}

static bool known(struct str column)
{
	static const char *const names[] = { "id",     "name",         "kana",   "email",
		                                 "locale", "zone",         "active", "from",
		                                 "until",  "appointments", "groups", "attributes" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(column, names[i]))
			return true;
	return is_attribute(column);
}

static void check_header(struct reading *r)
{
	bool id = false;

	for (int i = 0; i < r->header.count; i++) {
		struct str *name = &r->header.cells[i];
		*name = str_trim(*name);
		id = id || str_is(*name, "id");
		if (!known(*name))
			mistake(
				r, r->header.line, *name,
				S("There is no such column. Known are id, name, kana, email, locale, zone, active, "
			      "from, until, appointments, groups, attributes and attr:NAME."));
		for (int j = 0; j < i; j++)
			if (str_eq(r->header.cells[j], *name))
				mistake(r, r->header.line, *name, S("This column stands twice."));
	}
	if (!id)
		mistake(r, r->header.line, S("id"), S("The column id is missing."));
}

/* ---- rows */

static void read_active(struct reading *r, int line, struct str cell, struct person_put *p)
{
	if (str_is(cell, "true") || str_is(cell, "1"))
		p->active = 1;
	else if (str_is(cell, "false") || str_is(cell, "0"))
		p->active = 0;
	else if (cell.len > 0)
		mistake(r, line, S("active"), S("active is true, false, 1, 0 or empty."));
}

static struct belonging *read_places(struct reading *r, int line, const char *column,
                                     struct str cell, int max, int *count)
{
	struct wrong w = { 0 };
	struct belonging *list = belongings_of_text(r->arena, cell, max, count, &w);

	if (is_wrong(&w))
		mistake(r, line, str_of(column), w.text);
	return list;
}

static struct json *attributes_of(struct reading *r, struct person_put *p)
{
	struct json *map = (struct json *)(uintptr_t)p->attributes;

	if (map == NULL)
		p->attributes = map = json_new(r->arena, JSON_OBJECT);
	return map;
}

static void read_attributes(struct reading *r, int line, struct str cell, struct person_put *p)
{
	struct str why = S_NONE;
	const struct json *given = cell.len == 0 ? NULL : json_read(r->arena, cell, &why);

	if (cell.len > 0 && !json_is(given, JSON_OBJECT)) {
		mistake(r, line, S("attributes"),
		        S("attributes is a JSON object, as {\"office\":\"Osaka\"}."));
		return;
	}
	JSON_EACH (given, v) {
		struct json *one = json_is(v, JSON_STRING) ? json_new_text(r->arena, JSON_STRING, v->text)
		                                           : json_new(r->arena, v->kind);
		json_add(attributes_of(r, p), v->key, one);
	}
}

static void read_attribute(struct reading *r, struct str column, struct str cell,
                           struct person_put *p)
{
	json_add(attributes_of(r, p), str_from(column, 5),
	         cell.len > 0 ? json_new_text(r->arena, JSON_STRING, cell)
	                      : json_new(r->arena, JSON_NULL));
}

static struct str *text_of(struct person_put *p, struct str column)
{
	return str_is(column, "id")       ? &p->id
	       : str_is(column, "name")   ? &p->name
	       : str_is(column, "kana")   ? &p->kana
	       : str_is(column, "email")  ? &p->email
	       : str_is(column, "locale") ? &p->locale
	       : str_is(column, "zone")   ? &p->zone
	       : str_is(column, "from")   ? &p->from
	       : str_is(column, "until")  ? &p->until
	                                  : NULL;
}

static void read_cell(struct reading *r, int line, struct str column, struct str cell,
                      struct person_put *p)
{
	struct str *text = text_of(p, column);

	cell = csv_plain(str_trim(cell));
	if (text != NULL)
		*text = cell.len > 0 ? cell : S("");
	else if (str_is(column, "active"))
		read_active(r, line, cell, p);
	else if (str_is(column, "appointments"))
		p->appointments = read_places(r, line, "appointments", cell, APPOINTMENTS_MAX,
		                              &p->appointment_count);
	else if (str_is(column, "groups"))
		p->groups = read_places(r, line, "groups", cell, PERSON_GROUPS_MAX, &p->group_count);
	else if (str_is(column, "attributes"))
		read_attributes(r, line, cell, p);
	else if (is_attribute(column))
		read_attribute(r, column, cell, p);
}

static void read_row(struct reading *r, const struct csv_row *row, struct names *seen)
{
	struct people_file *f = r->file;

	if (row->count != r->header.count) {
		mistake(r, row->line, S_NONE,
		        arena_printf(r->arena, "There are %d cells, but %d columns.", row->count,
		                     r->header.count));
		return;
	}
	struct person_put *p = &f->rows[f->count];
	*p = (struct person_put){ .active = -1, .many = true };
	for (int i = 0; i < row->count; i++)
		read_cell(r, row->line, r->header.cells[i], row->cells[i], p);
	f->lines[f->count++] = row->line;
	if (p->id.len > 0 && names_find(seen, p->id) != NULL)
		mistake(r, row->line, S("id"),
		        arena_printf(r->arena, "%.*s stands in the file twice.", S_ARG(p->id)));
	else if (p->id.len > 0)
		names_put(seen, p->id, p);
}

static void read_rows(struct reading *r, struct csv *csv)
{
	struct csv_row *row = ARENA_NEW(r->arena, struct csv_row);
	struct names seen = { 0 };

	while (csv_row(csv, r->arena, row)) {
		if (r->file->count == PEOPLE_IMPORT_MAX) {
			mistake(r, row->line, S_NONE,
			        arena_printf(r->arena, "A file has %d people at most. Split it.",
			                     PEOPLE_IMPORT_MAX));
			break;
		}
		read_row(r, row, &seen);
	}
	names_free(&seen);
}

static int lines_in(struct str text)
{
	int n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '\n' || text.at[i] == '\r';
	return n < PEOPLE_IMPORT_MAX ? n : PEOPLE_IMPORT_MAX;
}

struct people_file *people_csv_read(struct arena *a, struct str text)
{
	struct people_file *f = ARENA_NEW(a, struct people_file);
	struct reading r = { .arena = a, .file = f };
	struct csv csv = csv_start(text);

	f->mistakes = ARENA_NEW(a, struct csv_mistakes);
	if (!str_utf8(text)) {
		mistake(&r, 0, S_NONE,
		        S("The text is not UTF-8. Files of other character sets are converted first: ringi "
		          "people import --encoding cp932."));
		return f;
	}
	f->rows = ARENA_ARRAY(a, struct person_put, lines_in(text));
	f->lines = ARENA_ARRAY(a, int, lines_in(text));
	if (csv_row(&csv, a, &r.header)) {
		check_header(&r);
		if (f->mistakes->count == 0)
			read_rows(&r, &csv);
	} else if (csv.wrong == NULL) {
		mistake(&r, 1, S_NONE, S("There is no line with the names of the columns."));
	}
	if (csv.wrong != NULL)
		mistake(&r, csv.wrong_line, arena_printf(a, "%d", csv.wrong_column),
		        arena_printf(a, "In this cell %s.", csv.wrong));
	return f;
}
