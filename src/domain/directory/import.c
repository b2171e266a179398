/* import.c - a file of people: all of it in one transaction, or nothing.
 *
 * Rows do not depend on each other (an id stands once, what they name must be there), so each
 * is planned by itself: in check to find mistakes and to count, in write once more to do it. A
 * plan's memory is given back before the next. */
#include "base/limits.h"
#include "base/map.h"
#include "domain/audit/audit.h"
#include "domain/directory/inside.h"
#include "domain/directory/people_csv.h"

/* ---- looking */

static void tell(struct cmd *c, struct people_import *p, struct str id, enum import_change what,
                 struct str changes)
{
	if (p->told_count == PEOPLE_IMPORT_TOLD_MAX)
		return;
	p->told[p->told_count].id = arena_str(c->arena, id);
	p->told[p->told_count].changes = arena_str(c->arena, changes);
	p->told[p->told_count++].what = what;
}

static bool plan_changes(const struct person_plan *plan)
{
	return plan->person_changed || plan->appointments_changed || plan->groups_changed;
}

static bool is_above(const struct people_import *p, struct str id)
{
	for (int i = 0; i < p->above_count; i++)
		if (str_eq(p->above[i], id))
			return true;
	return false;
}

static enum err look_at_row(struct batch *b, struct cmd *c, struct arena *row_arena, int row)
{
	struct people_import *p = c->in;
	struct person_put *put = &p->file->rows[row];
	struct person_plan plan;
	struct wrong wrong = { 0 };

	put->above = is_above(p, put->id);
	TRY(person_plan(b->store, row_arena, b->now, put, &plan, &wrong));
	if (is_wrong(&wrong)) {
		csv_mistake_add(p->file->mistakes, p->file->lines[row], str_of(wrong.field),
		                arena_str(c->arena, wrong.text));
		return OK;
	}
	if (!plan_changes(&plan)) {
		p->same++;
		return OK;
	}
	p->added += !plan.existed;
	p->changed += plan.existed;
	tell(c, p, put->id, plan.existed ? IMPORT_CHANGED : IMPORT_ADDED, plan.changes);
	return OK;
}

struct missing {
	struct names *in_file;
	struct cmd *cmd;
	struct people_import *p;
	bool too_many;
};

static enum err got_active(void *context, const struct value *v, int count)
{
	struct missing *m = context;

	must(count == 1);
	if (names_find(m->in_file, v[0].bytes) != NULL)
		return OK;
	m->too_many = m->p->missing_count == PEOPLE_IMPORT_MAX;
	if (m->too_many)
		return OK;
	if (is_above(m->p, v[0].bytes)) {
		csv_mistake_add(m->p->file->mistakes, 0, S("id"),
		                arena_printf(m->cmd->arena,
		                             "%.*s is missing, and may more than you do: only somebody who "
		                             "may as much makes them inactive.",
		                             S_ARG(v[0].bytes)));
		return OK;
	}
	m->p->missing[m->p->missing_count++] = arena_str(m->cmd->arena, v[0].bytes);
	m->p->removed++;
	tell(m->cmd, m->p, v[0].bytes, IMPORT_REMOVED, S_NONE);
	return OK;
}

static enum err look_at_missing(struct batch *b, struct cmd *c, struct names *in_file)
{
	struct people_import *p = c->in;
	struct missing m = { .in_file = in_file, .cmd = c, .p = p };

	p->missing = ARENA_ARRAY(c->arena, struct str, PEOPLE_IMPORT_MAX);
	TRY(store_run(b->store, STMT_PERSON_ACTIVE, NO_VALUES, got_active, &m));
	if (m.too_many)
		csv_mistake_add(p->file->mistakes, 0, S_NONE,
		                S("So many people are missing in the file that it cannot be all of them."));
	return OK;
}

/* ---- groups: as large as the whole file makes them */

struct group_room {
	struct names *in_file;
	int64_t others; /* memberships of people who are not in the file */
};

static enum err got_member(void *context, const struct value *v, int count)
{
	struct group_room *room = context;

	must(count == 3);
	room->others += names_find(room->in_file, v[0].bytes) == NULL;
	return OK;
}

static enum err look_at_group(struct batch *b, struct cmd *c, struct names *in_file,
                              struct str name, int64_t named)
{
	const struct people_import *p = c->in;
	struct group_room room = { .in_file = in_file };

	TRY(store_run(b->store, STMT_PEOPLE_GROUP_MEMBERS, VALUES(value_text(name)), got_member,
	              &room));
	if (room.others + named > PEOPLE_GROUP_MEMBERS_MAX)
		csv_mistake_add(p->file->mistakes, 0, S("groups"),
		                arena_printf(c->arena,
		                             "The group %.*s would have %lld members; %d is the most.",
		                             S_ARG(name), (long long)(room.others + named),
		                             PEOPLE_GROUP_MEMBERS_MAX));
	return OK;
}

struct group_named {
	struct str name;
	int64_t count;
};

/* How often each group is named. */
static void count_groups(struct arena *a, const struct people_file *file, struct names *named)
{
	for (int i = 0; i < file->count; i++)
		for (int k = 0; k < file->rows[i].group_count; k++) {
			struct group_named *n = names_find(named, file->rows[i].groups[k].where);
			if (n == NULL) {
				n = ARENA_NEW(a, struct group_named);
				n->name = file->rows[i].groups[k].where;
				names_put(named, n->name, n);
			}
			n->count++;
		}
}

static enum err look_at_groups(struct batch *b, struct cmd *c, struct names *in_file)
{
	const struct people_import *p = c->in;
	struct names named = { 0 };
	struct group_named *n;
	enum err fault = OK;
	size_t at = 0;

	count_groups(c->arena, p->file, &named);
	while (fault == OK && (n = names_next(&named, &at)) != NULL)
		fault = look_at_group(b, c, in_file, n->name, n->count);
	names_free(&named);
	return fault;
}

/* A batch that failed is done again: what the last time found is forgotten. */
static void begin(struct cmd *c, struct people_import *p, int64_t *mistakes_before)
{
	p->added = p->changed = p->removed = p->same = 0;
	p->told_count = p->missing_count = 0;
	if (p->told == NULL)
		p->told = arena_get(c->arena, sizeof *p->told * PEOPLE_IMPORT_TOLD_MAX);
	*mistakes_before = p->file->mistakes->count;
}

static enum err look(struct batch *b, struct cmd *c)
{
	struct people_import *p = c->in;
	struct arena *row_arena = arena_open();
	enum err fault = OK;
	int64_t people;

	for (int i = 0; i < p->file->count && fault == OK; i++) {
		fault = look_at_row(b, c, row_arena, i);
		arena_reset(row_arena);
	}
	arena_close(row_arena);
	TRY(fault);
	struct names in_file = { 0 };
	for (int i = 0; i < p->file->count; i++)
		if (p->file->rows[i].id.len > 0)
			names_put(&in_file, p->file->rows[i].id, &p->file->rows[i]);
	fault = look_at_groups(b, c, &in_file);
	if (p->remove_missing && fault == OK)
		fault = look_at_missing(b, c, &in_file);
	names_free(&in_file);
	TRY(fault);
	TRY(ask_number(b->store, STMT_PERSON_COUNT, NO_VALUES, &people));
	if (people + p->added > PEOPLE_MAX)
		csv_mistake_add(p->file->mistakes, 0, S_NONE,
		                arena_printf(c->arena, "There would be %lld people; %d is the most.",
		                             (long long)(people + p->added), PEOPLE_MAX));
	return OK;
}

static enum err import_check(struct batch *b, struct cmd *c)
{
	struct people_import *p = c->in;
	struct csv_mistakes *m = p->file->mistakes;
	int64_t before;

	begin(c, p, &before);
	if (before == 0)
		TRY(look(b, c));
	if (m->count == 0 || p->dry_run)
		return OK;
	const struct csv_mistake *first = &m->all[0];
	(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "csv",
	                   "Nothing was imported: line %d%s%.*s: %.*s There are %lld mistakes; dry_run "
	                   "tells them.",
	                   first->line, str_given(first->column) ? ", column " : "",
	                   S_ARG(first->column), S_ARG(first->text), (long long)m->count);
	m->count = before;
	return OK;
}

/* ---- doing */

static enum err do_row(struct batch *b, struct cmd *c, struct arena *row_arena,
                       struct person_put *put)
{
	struct person_plan plan;
	struct wrong wrong = { 0 };

	TRY(person_plan(b->store, row_arena, b->now, put, &plan, &wrong));
	must(!is_wrong(&wrong)); /* check has seen it, and nothing changed since */
	if (!plan_changes(&plan))
		return OK;
	TRY(person_apply(b, put, &plan));
	return person_audit(b, c, put, &plan);
}

static enum err do_all(struct batch *b, struct cmd *c, struct arena *row_arena)
{
	const struct people_import *p = c->in;

	for (int i = 0; i < p->file->count; i++) {
		TRY(do_row(b, c, row_arena, &p->file->rows[i]));
		arena_reset(row_arena);
	}
	for (int i = 0; i < p->missing_count; i++) {
		struct person_put gone = { .id = p->missing[i], .active = 0 };
		TRY(do_row(b, c, row_arena, &gone));
		arena_reset(row_arena);
	}
	return OK;
}

static enum err import_write(struct batch *b, struct cmd *c)
{
	const struct people_import *p = c->in;

	if (p->dry_run)
		return OK;
	must(p->file->mistakes->count == 0);
	struct arena *row_arena = arena_open();
	enum err fault = do_all(b, c, row_arena);
	arena_close(row_arena);
	TRY(fault);
	TRY(people_leave_look(b));
	return directory_audit(b, c, "people.import", "people", S("*"),
	                       AUDIT_JSON(b, audit_number("added", p->added),
	                                  audit_number("changed", p->changed),
	                                  audit_number("removed", p->removed)),
	                       S_NONE);
}

const struct op op_people_import = {
	.name = "people_import",
	.lane = LANE_WRITE,
	.check = import_check,
	.write = import_write,
};
