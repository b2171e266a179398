/* stories.h - what the stories about people share: putting and asking in one line. */
#ifndef RINGI_TEST_DIRECTORY_STORIES_H
#define RINGI_TEST_DIRECTORY_STORIES_H

#include "base/limits.h"
#include "domain/directory/directory.h"
#include "domain/domain.h"
#include "schedule/stories.h"
#include "wire/json.h"

/* Outcome of a command: the refusal's name, "NONE", or a fault's name. */
static inline const char *outcome_of(const struct cmd *c)
{
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

static inline const char *does(struct world *w, const struct op *op, void *in)
{
	return outcome_of(world_run(w, op, in));
}

/* "*SALES/manager@2026-04-01..;HQ": see belonging.c. NULL: as they are. */
static inline struct belonging *places(struct world *w, const char *text, int *count)
{
	struct belonging *list = ARENA_ARRAY(w->arena, struct belonging, 64);
	struct str rest = str_of(text);

	*count = 0;
	if (text == NULL)
		return NULL;
	while (rest.len > 0) {
		struct str period = str_cut(&rest, ';'), place = str_cut(&period, '@'), post;
		struct belonging *b = &list[(*count)++];
		must(*count < 64);
		b->main = str_starts(place, S("*"));
		post = str_from(place, b->main);
		b->where = str_cut(&post, '/');
		b->post = post;
		if (str_given(period)) {
			const char *dots = strstr(arena_str(w->arena, period).at, "..");
			must(dots != NULL);
			b->until = str_of(dots + 2);
			b->from = (struct str){ dots - (period.len - b->until.len - 2),
				                    period.len - b->until.len - 2 };
		}
	}
	return list;
}

struct being {
	const char *name, *kana, *email, *locale, *zone, *from, *until, *merged_into;
	const char *at, *groups, *attributes; /* at: appointments */
	const char *active;                   /* "yes", "no"; NULL: as it is */
};

static inline struct person_put *being_of(struct world *w, const char *id, struct being b)
{
	struct person_put *p = ARENA_NEW(w->arena, struct person_put);
	struct str why;

	*p = (struct person_put){ .id = str_of(id),
		                      .name = str_of(b.name),
		                      .kana = str_of(b.kana),
		                      .email = str_of(b.email),
		                      .locale = str_of(b.locale),
		                      .zone = str_of(b.zone),
		                      .from = str_of(b.from),
		                      .until = str_of(b.until),
		                      .merged_into = str_of(b.merged_into),
		                      .active = b.active == NULL ? -1 : b.active[0] == 'y' };
	p->appointments = places(w, b.at, &p->appointment_count);
	p->groups = places(w, b.groups, &p->group_count);
	if (b.attributes != NULL)
		p->attributes = json_read(w->arena, str_of(b.attributes), &why);
	if (b.zone != NULL && strcmp(b.zone, "UTC") != 0)
		must(os_zone_read(w->arena, os_zone_folder(), p->zone, &p->zone_bytes, &why) == OK);
	return p;
}

/* Somebody; without a name a new one is called by the id. */
static inline const char *person(struct world *w, const char *id, struct being b)
{
	struct person before;

	/* A fault on purpose may meet this look, too. */
	(void)!directory_person(w->store, w->arena, str_of(id), &before);
	if (b.name == NULL && !str_given(before.id))
		b.name = id;
	return does(w, &op_person_put, being_of(w, id, b));
}

static inline const char *department(struct world *w, const char *code, const char *parent,
                                     const char *head)
{
	struct department_put *p = ARENA_NEW(w->arena, struct department_put);

	*p = (struct department_put){
		.code = str_of(code), .name = str_of(code), .parent = str_of(parent), .head = str_of(head)
	};
	return does(w, &op_department_put, p);
}

static inline const char *post(struct world *w, const char *code, int rank)
{
	struct post_put *p = ARENA_NEW(w->arena, struct post_put);

	*p = (struct post_put){ .code = str_of(code), .name = str_of(code), .rank = rank };
	return does(w, &op_post_put, p);
}

static inline const char *people_group(struct world *w, const char *name, const char *members)
{
	struct people_group_put *p = ARENA_NEW(w->arena, struct people_group_put);

	*p = (struct people_group_put){ .name = str_of(name) };
	p->members = places(w, members, &p->member_count);
	return does(w, &op_people_group_put, p);
}

/* ---- asking; of now, unless a moment is said */

static inline const char *ids(struct world *w, const struct people *p)
{
	struct buf text = { 0 };

	for (int i = 0; i < p->count; i++)
		buf_printf(&text, "%s%.*s", i == 0 ? "" : " ", S_ARG(p->ids[i]));
	struct str all = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return all.at;
}

static inline const char *in_group_at(struct world *w, const char *group, int64_t at)
{
	struct people p;

	must(directory_group_members(w->store, w->arena, str_of(group), at, S_NONE, 100, &p) == OK);
	return ids(w, &p);
}

static inline const char *holders_at(struct world *w, const char *of_post, const char *where,
                                     int64_t at)
{
	struct people p;

	must(directory_post_holders(w->store, w->arena, str_of(of_post), str_of(where), at, &p, NULL) ==
	     OK);
	return ids(w, &p);
}

static inline const char *superior_at(struct world *w, const char *id, int64_t at)
{
	struct str s;

	must(directory_superior(w->store, w->arena, str_of(id), at, &s) == OK);
	return str_given(s) ? arena_str(w->arena, s).at : "nobody";
}

static inline const char *of_department(struct world *w, const char *of, const char *applicant)
{
	struct str s;

	must(directory_of(w->store, w->arena, str_of(of), str_of(applicant), w->now.wall_ms, &s) == OK);
	return str_given(s) ? arena_str(w->arena, s).at : "none";
}

#endif
