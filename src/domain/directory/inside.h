/* inside.h - what the files of the directory share: rows, plans of people. */
#ifndef RINGI_DOMAIN_DIRECTORY_INSIDE_H
#define RINGI_DOMAIN_DIRECTORY_INSIDE_H

#include "domain/directory/directory.h"
#include "wire/json.h"

/* Well-formed, without control characters. */
bool text_plain(struct str, size_t max);
/* Texts as moment_read has them, empty or absent: without that end. False: `bad` is none. An
 * empty period is not found out here. */
bool period_read(const struct zone *, struct str from, struct str until, struct period *,
                 struct str *bad);

/* ---- rows */

static inline struct value value_until(int64_t at)
{
	return at == NEVER ? value_null() : value_int(at);
}

static inline int64_t until_of(const struct value *v)
{
	return v->kind == VALUE_NULL ? NEVER : v->number;
}

static inline struct str or_empty(struct str s)
{
	return str_given(s) ? s : S("");
}

enum { PERSON_COLUMNS = 13 };
void person_of_row(struct arena *, const struct value *, struct person *);

/* The first column of the first row; `found` (may be NULL): whether there is one. */
enum err ask_number(struct store *, enum stmt, const struct value *, int count, int64_t *) MUST_USE;
enum err ask_text(struct store *, struct arena *, enum stmt, const struct value *, int count,
                  struct str *) MUST_USE;
/* The first column of all rows; the statement gives max + 1 at most. */
enum err ask_people(struct store *, struct arena *, enum stmt, const struct value *, int count,
                    int max, struct people *) MUST_USE;

/* ---- what is to become of a person (person.c, apply.c) */

struct person_plan {
	struct person before, after;
	const struct zone *zone;
	bool existed, left;
	bool person_changed, appointments_changed, groups_changed;
	struct str changes, fields; /* JSON: what from and to; which fields */
};

/* What the command makes of the rows; changes nothing. wrong->why != NONE: it may not be. The
 * plan lies in the arena. */
enum err person_plan(struct store *, struct arena *, struct now, struct person_put *,
                     struct person_plan *, struct wrong *) MUST_USE;
enum err person_apply(struct batch *, const struct person_put *, const struct person_plan *)
	MUST_USE;

enum err person_audit(struct batch *, const struct cmd *, const struct person_put *,
                      const struct person_plan *) MUST_USE;
/* People were written: who leaves by date next? (leave.c) */
enum err people_leave_look(struct batch *) MUST_USE;

/* The first mistake stands. */
void wrong_set(struct wrong *, struct arena *, enum refusal, const char *field, const char *format,
               ...) PRINTF_LIKE(5, 6);
static inline bool is_wrong(const struct wrong *w)
{
	return w->why != REFUSED_NONE;
}

/* Periods of `list`, read in the zone; each end after its begin. */
void belongings_read(struct arena *, const struct zone *, struct belonging *, int count,
                     const char *field, struct wrong *);

/* One text for all, as in "*SALES/manager@2026-04-01..;HQ": a star before the main one; and
 * the same back (wrong: which piece is none). Of groups there is neither star nor post. */
struct str belongings_text(struct arena *, const struct zone *, const struct belonging *,
                           int count);
struct belonging *belongings_of_text(struct arena *, struct str text, int max, int *count,
                                     struct wrong *);

enum err person_appointments(struct store *, struct arena *, struct str person, struct belonging **,
                             int *count) MUST_USE;
enum err person_groups(struct store *, struct arena *, struct str person, struct belonging **,
                       int *count) MUST_USE;
enum err group_members(struct store *, struct arena *, struct str group, struct belonging **,
                       int *count) MUST_USE;

/* post.c: of departments, posts and groups. False: refused. `what` as in "department". */
bool directory_name_fits(struct cmd *, struct str name, const char *what, struct str code);
bool directory_code_fits(struct cmd *, struct str code, const char *what);
/* Refuses when there are `max` already. */
enum err directory_room(struct batch *, struct cmd *, enum stmt count, int64_t max,
                        const char *what) MUST_USE;

/* Records "person.put" of "person:sato", with what may be forgotten some day (names, addresses)
 * in `personal`; both are JSON objects or absent. */
enum err directory_audit(struct batch *, const struct cmd *, const char *action, const char *kind,
                         struct str name, struct str detail, struct str personal) MUST_USE;

#endif
