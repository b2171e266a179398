/* belonging.c - where people belong and for how long: rows, and one text for all of them.
 *
 *     *SALES/manager@2026-04-01..2027-04-01;HQ
 *      |     |       '-- from .. until, either may be left out
 *      |     '-- post; without one: belongs there
 *      '-- the main appointment */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/directory/inside.h"

void wrong_set(struct wrong *w, struct arena *a, enum refusal why, const char *field,
               const char *format, ...)
{
	char text[1024];
	va_list args;

	must(why != REFUSED_NONE);
	if (is_wrong(w))
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	must(n >= 0);
	*w = (struct wrong){ why, field, arena_str(a, str_of(text)) };
}

/* ---- periods */

void belongings_read(struct arena *a, const struct zone *zone, struct belonging *list, int count,
                     const char *field, struct wrong *w)
{
	struct str bad;

	for (int i = 0; i < count && !is_wrong(w); i++) {
		struct belonging *b = &list[i];
		if (!period_read(zone, b->from, b->until, &b->period, &bad))
			wrong_set(w, a, REFUSED_INVALID_PARAMETER, field,
			          "'%.*s' of %.*s is no day and no time; write 2026-04-01 or "
			          "2026-04-01T09:00:00+09:00.",
			          S_ARG(bad), S_ARG(b->where));
		else if (b->period.from_at >= b->period.until_at)
			wrong_set(w, a, REFUSED_INVALID_PARAMETER, field,
			          "The period of %.*s ends at %.*s, which is not after its begin. The end is "
			          "the first day that does not belong to it.",
			          S_ARG(b->where), S_ARG(b->until));
	}
}

/* ---- as text */

static void write_one(struct buf *to, struct arena *a, const struct zone *zone,
                      const struct belonging *b)
{
	if (b->main)
		buf_add_byte(to, '*');
	buf_add(to, b->where);
	if (str_given(b->post)) {
		buf_add_byte(to, '/');
		buf_add(to, b->post);
	}
	if (b->period.from_at == 0 && b->period.until_at == NEVER)
		return;
	buf_add_byte(to, '@');
	if (b->period.from_at != 0)
		buf_add(to, moment_text(a, zone, b->period.from_at));
	buf_add(to, S(".."));
	if (b->period.until_at != NEVER)
		buf_add(to, moment_text(a, zone, b->period.until_at));
}

struct str belongings_text(struct arena *a, const struct zone *zone, const struct belonging *list,
                           int count)
{
	struct buf text = { 0 };

	for (int i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(&text, ';');
		write_one(&text, a, zone, &list[i]);
	}
	arena_adopt(a, text.at);
	return buf_str(&text);
}

/* "2026-04-01..": what is before the dots, and what behind. */
static bool cut_dots(struct str text, struct belonging *b)
{
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.at[i] == '.' && text.at[i + 1] == '.') {
			b->from = str_trim((struct str){ text.at, i });
			b->until = str_trim(str_from(text, i + 2));
			return true;
		}
	return false;
}

static bool read_one(struct str text, struct belonging *b)
{
	struct str rest = text, post;
	struct str where = str_cut(&rest, '@');

	*b = (struct belonging){ 0 };
	if (str_given(rest) && !cut_dots(rest, b))
		return false;
	where = str_trim(where);
	b->main = where.len > 0 && where.at[0] == '*';
	post = str_from(where, b->main ? 1 : 0);
	b->where = str_trim(str_cut(&post, '/'));
	b->post = str_given(post) ? str_trim(post) : S_NONE;
	return b->where.len > 0 && (!str_given(b->post) || b->post.len > 0);
}

struct belonging *belongings_of_text(struct arena *a, struct str text, int max, int *count,
                                     struct wrong *w)
{
	struct belonging *list = ARENA_ARRAY(a, struct belonging, max + 1);
	struct str rest = text;

	*count = 0;
	while (str_given(rest) && !is_wrong(w)) {
		struct str piece = str_trim(str_cut(&rest, ';'));
		if (piece.len == 0)
			continue;
		if (*count == max)
			wrong_set(w, a, REFUSED_OVER_LIMIT, "appointments", "More than %d stand here.", max);
		else if (!read_one(piece, &list[(*count)++]))
			wrong_set(w, a, REFUSED_INVALID_PARAMETER, "appointments",
			          "'%.*s' cannot be read. Write DEPARTMENT/post@2026-04-01..2027-04-01; post "
			          "and period may be left out.",
			          S_ARG(piece));
	}
	return list;
}

/* ---- rows */

struct reading {
	struct arena *arena;
	struct belonging *list;
	int max, count;
	bool appointments;
};

static enum err got_one(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	must(count == (r->appointments ? 5 : 3));
	if (r->count == r->max)
		return ERR_CORRUPT;
	struct belonging *b = &r->list[r->count++];
	b->where = arena_str(r->arena, v[0].bytes);
	if (r->appointments) {
		b->post = arena_str(r->arena, v[1].bytes);
		b->main = v[2].number != 0;
	}
	b->period = (struct period){ v[count - 2].number, until_of(&v[count - 1]) };
	return OK;
}

static enum err rows_of(struct store *s, enum stmt stmt, struct str whose, struct reading *r,
                        struct belonging **list, int *count)
{
	*list = r->list = ARENA_ARRAY(r->arena, struct belonging, r->max + 1);
	TRY(store_run(s, stmt, VALUES(value_text(or_empty(whose))), got_one, r));
	*count = r->count;
	return OK;
}

enum err person_appointments(struct store *s, struct arena *a, struct str person,
                             struct belonging **list, int *count)
{
	struct reading r = { .arena = a, .max = APPOINTMENTS_MAX, .appointments = true };

	return rows_of(s, STMT_APPOINTMENT_OF, person, &r, list, count);
}

enum err person_groups(struct store *s, struct arena *a, struct str person, struct belonging **list,
                       int *count)
{
	struct reading r = { .arena = a, .max = PERSON_GROUPS_MAX };

	return rows_of(s, STMT_PEOPLE_GROUPS_OF, person, &r, list, count);
}

enum err group_members(struct store *s, struct arena *a, struct str group, struct belonging **list,
                       int *count)
{
	struct reading r = { .arena = a, .max = PEOPLE_GROUP_MEMBERS_MAX };

	return rows_of(s, STMT_PEOPLE_GROUP_MEMBERS, group, &r, list, count);
}
