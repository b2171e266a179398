/* export.c - people as CSV, a page at a time: what import reads back. */
#include "base/limits.h"
#include "domain/directory/inside.h"
#include "domain/directory/people_csv.h"
#include "wire/csv.h"

struct exporting {
	struct arena *arena;
	struct person *people;
	int max, count;
	bool more;
};

static enum err got_person(void *context, const struct value *v, int count)
{
	struct exporting *x = context;

	must(count == PERSON_COLUMNS);
	x->more = x->count == x->max;
	if (!x->more)
		person_of_row(x->arena, v, &x->people[x->count++]);
	return OK;
}

static void cell(struct buf *to, struct str text)
{
	buf_add_byte(to, ',');
	csv_write(to, text);
}

static void line(struct buf *to, struct arena *a, const struct person_view *v)
{
	const struct person *p = &v->person;

	csv_write(to, p->id);
	cell(to, p->name);
	cell(to, p->kana);
	cell(to, p->email);
	cell(to, p->locale);
	cell(to, p->zone);
	cell(to, p->active ? S("true") : S("false"));
	cell(to, p->period.from_at == 0 ? S_NONE : moment_text(a, v->zone, p->period.from_at));
	cell(to, p->period.until_at == NEVER ? S_NONE : moment_text(a, v->zone, p->period.until_at));
	cell(to, belongings_text(a, v->zone, v->appointments, v->appointment_count));
	cell(to, belongings_text(a, v->zone, v->groups, v->group_count));
	cell(to, p->attributes);
	buf_add(to, S("\r\n"));
}

static enum err lines(struct store *s, const struct exporting *x, struct buf *to)
{
	struct arena *row_arena = arena_open();
	struct person_view view;
	enum err fault = OK;

	for (int i = 0; i < x->count && fault == OK; i++) {
		fault = person_view(s, row_arena, &x->people[i], &view);
		if (fault == OK)
			line(to, row_arena, &view);
		arena_reset(row_arena);
	}
	arena_close(row_arena);
	return fault;
}

static enum err export_read(struct store *s, struct cmd *c, struct now now)
{
	struct people_export *p = c->in;
	struct exporting x = { .arena = c->arena, .max = p->max };
	struct buf text = { 0 };

	(void)now;
	must(p->max > 0 && p->max <= PEOPLE_IMPORT_MAX);
	x.people = ARENA_ARRAY(c->arena, struct person, p->max);
	TRY(store_run(s, STMT_PERSON_PAGE,
	              VALUES(value_text(or_empty(p->after)), value_int(p->max + 1), value_null(),
	                     value_null()),
	              got_person, &x));
	if (!str_given(p->after))
		buf_add(&text, S("id,name,kana,email,locale,zone,active,from,until,appointments,groups,"
		                 "attributes\r\n"));
	enum err fault = lines(s, &x, &text);
	arena_adopt(c->arena, text.at);
	p->csv = buf_str(&text);
	p->count = x.count;
	p->more = x.more;
	p->last = x.count > 0 ? x.people[x.count - 1].id : S_NONE;
	return fault;
}

const struct op op_people_export = { .name = "people_export",
	                                 .lane = LANE_READ,
	                                 .read = export_read };
