/* read.c - looking at people, on a snapshot: read lane. */
#include "base/limits.h"
#include "domain/directory/inside.h"

enum err person_view(struct store *s, struct arena *a, const struct person *p,
                     struct person_view *view)
{
	*view = (struct person_view){ .person = *p };
	TRY(directory_zone_named(s, a, p->zone, &view->zone));
	if (view->zone == NULL)
		return ERR_CORRUPT;
	TRY(person_appointments(s, a, p->id, &view->appointments, &view->appointment_count));
	return person_groups(s, a, p->id, &view->groups, &view->group_count);
}

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct person_get *p = c->in;
	struct person person;

	TRY(directory_person(s, c->arena, p->id, &person));
	if (!str_given(person.id))
		return refuse(c, REFUSED_NOT_FOUND, "The directory has no person %.*s.", S_ARG(p->id));
	p->at = p->at != 0 ? p->at : now.wall_ms;
	p->standing = person_standing(&person, p->at);
	TRY(person_view(s, c->arena, &person, &p->view));
	TRY(directory_department_of(s, c->arena, p->id, p->at, &p->department));
	return directory_superior(s, c->arena, p->id, p->at, &p->superior);
}

const struct op op_person_get = { .name = "person_get", .lane = LANE_READ, .read = get_read };

struct listing {
	struct arena *arena;
	struct person_list *p;
};

static enum err got_person(void *context, const struct value *v, int count)
{
	struct listing *l = context;

	must(count == PERSON_COLUMNS);
	l->p->more = l->p->count == l->p->max;
	if (!l->p->more)
		person_of_row(l->arena, v, &l->p->people[l->p->count++]);
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct person_list *p = c->in;
	struct listing l = { c->arena, p };

	(void)now;
	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX && p->q.len <= PEOPLE_Q_MAX);
	p->people = ARENA_ARRAY(c->arena, struct person, p->max);
	return store_run(s, STMT_PERSON_PAGE,
	                 VALUES(value_text(or_empty(p->after)), value_int(p->max + 1),
	                        p->q.len > 0 ? value_text(p->q) : value_null(),
	                        p->active < 0 ? value_null() : value_int(p->active)),
	                 got_person, &l);
}

const struct op op_person_list = { .name = "person_list", .lane = LANE_READ, .read = list_read };
