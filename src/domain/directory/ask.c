/* ask.c - who somebody is, what they belong to, who is above them: of any moment. */
#include "base/limits.h"
#include "domain/directory/inside.h"

/* ---- rows */

static enum err got_number(void *context, const struct value *v, int count)
{
	must(count >= 1 && v[0].kind != VALUE_TEXT);
	*(int64_t *)context = v[0].kind == VALUE_NULL ? NEVER : v[0].number;
	return OK;
}

enum err ask_number(struct store *s, enum stmt stmt, const struct value *values, int count,
                    int64_t *n)
{
	*n = NEVER;
	return store_run(s, stmt, values, count, got_number, n);
}

struct asking {
	struct arena *arena;
	struct people *to;
	int max;
};

static enum err got_text(void *context, const struct value *v, int count)
{
	struct asking *a = context;

	must(count >= 1 && a->to->count <= a->max);
	a->to->more = a->to->count == a->max;
	if (!a->to->more)
		a->to->ids[a->to->count++] = arena_str(a->arena, v[0].bytes);
	return OK;
}

enum err ask_people(struct store *s, struct arena *a, enum stmt stmt, const struct value *values,
                    int count, int max, struct people *to)
{
	struct asking asking = { a, to, max };

	must(max > 0);
	*to = (struct people){ .ids = ARENA_ARRAY(a, struct str, max) };
	return store_run(s, stmt, values, count, got_text, &asking);
}

enum err ask_text(struct store *s, struct arena *a, enum stmt stmt, const struct value *values,
                  int count, struct str *to)
{
	struct people one;

	TRY(ask_people(s, a, stmt, values, count, 1, &one));
	*to = one.count == 0 ? S_NONE : one.ids[0];
	return OK;
}

/* ---- a person */

void person_of_row(struct arena *a, const struct value *v, struct person *p)
{
	*p = (struct person){
		.id = arena_str(a, v[0].bytes),
		.name = arena_str(a, v[1].bytes),
		.kana = arena_str(a, v[2].bytes),
		.email = arena_str(a, v[3].bytes),
		.locale = arena_str(a, v[4].bytes),
		.zone = arena_str(a, v[5].bytes),
		.active = v[6].number != 0,
		.period = { v[7].number, until_of(&v[8]) },
		.merged_into = arena_str(a, v[9].bytes),
		.attributes = arena_str(a, v[10].bytes),
		.created_at = v[11].number,
		.changed_at = v[12].number,
	};
}

struct one_person {
	struct arena *arena;
	struct person *to;
};

static enum err got_person(void *context, const struct value *v, int count)
{
	struct one_person *one = context;

	must(count == PERSON_COLUMNS);
	person_of_row(one->arena, v, one->to);
	return OK;
}

enum err directory_person(struct store *s, struct arena *a, struct str id, struct person *p)
{
	struct one_person one = { a, p };

	*p = (struct person){ 0 };
	return store_run(s, STMT_PERSON_GET, VALUES(value_text(or_empty(id))), got_person, &one);
}

enum err directory_display_name(struct store *s, struct arena *a, struct str id, struct str *name)
{
	struct person p;

	TRY(directory_person(s, a, id, &p));
	*name = str_given(p.id) ? p.name : id;
	return OK;
}

enum standing person_standing(const struct person *p, int64_t at)
{
	if (!str_given(p->id))
		return STANDING_UNKNOWN;
	return p->active && period_holds(p->period, at) ? STANDING_ACTIVE : STANDING_GONE;
}

static enum err got_standing(void *context, const struct value *v, int count)
{
	struct person *p = context;

	must(count == PERSON_COLUMNS);
	p->id = S("somebody");
	p->active = v[6].number != 0;
	p->period = (struct period){ v[7].number, until_of(&v[8]) };
	return OK;
}

enum err directory_standing(struct store *s, struct str person, int64_t at, enum standing *standing)
{
	struct person p = { 0 };

	TRY(store_run(s, STMT_PERSON_GET, VALUES(value_text(or_empty(person))), got_standing, &p));
	*standing = person_standing(&p, at);
	return OK;
}

enum err directory_active(struct store *s, struct str person, int64_t at, bool *active)
{
	enum standing standing;

	TRY(directory_standing(s, person, at, &standing));
	*active = standing == STANDING_ACTIVE;
	return OK;
}

/* ---- zones */

struct one_zone {
	struct arena *arena;
	const struct zone *zone;
};

static enum err got_zone(void *context, const struct value *v, int count)
{
	struct one_zone *one = context;
	struct str why;

	must(count == 1);
	one->zone = zone_read(one->arena, v[0].bytes, &why);
	return one->zone == NULL ? ERR_CORRUPT : OK;
}

enum err directory_zone_named(struct store *s, struct arena *a, struct str name,
                              const struct zone **zone)
{
	struct one_zone one = { a, NULL };

	if (str_is(name, "UTC"))
		one.zone = zone_utc();
	else
		TRY(store_run(s, STMT_DIRECTORY_ZONE_GET, VALUES(value_text(name)), got_zone, &one));
	*zone = one.zone;
	return OK;
}

enum err directory_zone(struct store *s, struct arena *a, struct str person,
                        const struct zone **zone)
{
	struct person p;

	TRY(directory_person(s, a, person, &p));
	TRY(directory_zone_named(s, a, str_given(p.id) ? p.zone : S(PERSON_ZONE), zone));
	return *zone == NULL ? ERR_CORRUPT : OK;
}

/* ---- groups, posts */

static enum err got_row(void *context, const struct value *v, int count)
{
	must(count > 0 && v[0].kind == VALUE_TEXT);
	*(bool *)context = true;
	return OK;
}

static enum err has(struct store *s, enum stmt stmt, struct str name, bool *yes)
{
	*yes = false;
	return store_run(s, stmt, VALUES(value_text(or_empty(name))), got_row, yes);
}

enum err directory_has_group(struct store *s, struct str group, bool *yes)
{
	return has(s, STMT_PEOPLE_GROUP_EXISTS, group, yes);
}

enum err directory_has_post(struct store *s, struct str post, bool *yes)
{
	return has(s, STMT_POST_HAS, post, yes);
}

enum err directory_has_department(struct store *s, struct str department, bool *yes)
{
	return has(s, STMT_DEPARTMENT_ROW, department, yes);
}

enum err directory_in_group(struct store *s, struct str person, struct str group, int64_t at,
                            bool *member)
{
	int64_t rows;

	TRY(ask_number(s, STMT_PEOPLE_GROUP_HAS,
	               VALUES(value_text(or_empty(group)), value_text(or_empty(person)), value_int(at)),
	               &rows));
	*member = rows > 0;
	return OK;
}

enum err directory_group_members(struct store *s, struct arena *a, struct str group, int64_t at,
                                 struct str after, int max, struct people *to)
{
	return ask_people(s, a, STMT_PEOPLE_GROUP_ACTIVE,
	                  VALUES(value_text(or_empty(group)), value_int(at),
	                         value_text(or_empty(after)), value_int(max + 1)),
	                  max, to);
}

enum err directory_groups_of(struct store *s, struct arena *a, struct str person, int64_t at,
                             struct people *to)
{
	return ask_people(s, a, STMT_PEOPLE_GROUPS_AT,
	                  VALUES(value_text(or_empty(person)), value_int(at),
	                         value_int(PERSON_GROUPS_MAX + 1)),
	                  PERSON_GROUPS_MAX, to);
}

enum err directory_department_of(struct store *s, struct arena *a, struct str person, int64_t at,
                                 struct str *department)
{
	return ask_text(s, a, STMT_APPOINTMENT_MAIN,
	                VALUES(value_text(or_empty(person)), value_int(at)), department);
}

/* ---- up the tree */

struct department_row {
	struct arena *arena;
	struct str code, parent, head;
};

static enum err got_department(void *context, const struct value *v, int count)
{
	struct department_row *d = context;

	must(count == 3);
	d->code = arena_str(d->arena, v[0].bytes);
	d->parent = arena_str(d->arena, v[1].bytes);
	d->head = arena_str(d->arena, v[2].bytes);
	return OK;
}

static enum err department_row(struct store *s, struct arena *a, struct str code,
                               struct department_row *d)
{
	*d = (struct department_row){ .arena = a };
	return store_run(s, STMT_DEPARTMENT_ROW, VALUES(value_text(or_empty(code))), got_department, d);
}

enum err directory_post_holders(struct store *s, struct arena *a, struct str post,
                                struct str department, int64_t at, struct people *to,
                                struct str *found_in)
{
	struct department_row d;

	*to = (struct people){ 0 };
	for (int level = 0; str_given(department) && level <= DEPARTMENT_DEPTH_MAX; level++) {
		TRY(ask_people(s, a, STMT_POST_HOLDERS,
		               VALUES(value_text(department), value_text(or_empty(post)), value_int(at),
		                      value_int(POST_HOLDERS_MAX + 1)),
		               POST_HOLDERS_MAX, to));
		if (found_in != NULL)
			*found_in = to->count > 0 ? department : S_NONE;
		if (to->count > 0)
			return OK;
		TRY(department_row(s, a, department, &d));
		department = d.parent;
	}
	return str_given(department) ? ERR_CORRUPT : OK; /* D2 */
}

enum err directory_of(struct store *s, struct arena *a, struct str of, struct str applicant,
                      int64_t at, struct str *department)
{
	static const struct str own = { "applicant.department", 20 }, up = { ".parent", 7 };
	struct department_row d;

	if (str_given(of) && !str_starts(of, own)) {
		*department = of;
		return OK;
	}
	of = str_given(of) ? str_from(of, own.len) : S("");
	TRY(directory_department_of(s, a, applicant, at, department));
	while (of.len > 0 && str_given(*department)) {
		if (!str_starts(of, up))
			*department = S_NONE;
		of = str_from(of, up.len);
		TRY(department_row(s, a, *department, &d));
		*department = d.parent;
	}
	return OK;
}

enum err directory_superior(struct store *s, struct arena *a, struct str person, int64_t at,
                            struct str *superior)
{
	struct department_row d;
	struct str department;
	bool active;

	*superior = S_NONE;
	TRY(directory_department_of(s, a, person, at, &department));
	for (int level = 0; str_given(department) && level <= DEPARTMENT_DEPTH_MAX; level++) {
		TRY(department_row(s, a, department, &d));
		if (str_given(d.head) && !str_eq(d.head, person)) {
			TRY(directory_active(s, d.head, at, &active));
			if (active) {
				*superior = d.head;
				return OK;
			}
		}
		department = d.parent;
	}
	return str_given(department) ? ERR_CORRUPT : OK; /* D2 */
}
