/* delegation_circle.c - circles that can be told when a delegation is made (V4).
 *
 * Looked at are delegations without condition whose policies may meet and whose periods do.
 * They are a circle when at one moment all of them count; since a set of delegations that
 * count together do so when the latest of them begins, only beginnings are tried. Amounts are
 * not compared: small ones are within all bounds. */
#include "base/limits.h"
#include "domain/directory/delegation_inside.h"

struct ahead {
	struct store *store;
	struct arena *arena;
	int64_t now;
	const struct delegation *made;
	struct str people[DELEGATION_PEOPLE_MAX];
	int count;
	struct delegation *all;
	int edge_count;
};

/* Two positions that go along both patterns; a star may stand for nothing or swallow one. */
bool patterns_meet(struct str a, struct str b)
{
	bool row[DELEGATION_PATTERN_MAX + 1];

	must(a.len <= DELEGATION_PATTERN_MAX && b.len <= DELEGATION_PATTERN_MAX);
	if (!str_given(a) || !str_given(b))
		return true;
	/* row[j]: the first i letters of a and the first j of b meet. */
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j == 0 || (row[j - 1] && b.at[j - 1] == '*');
	for (size_t i = 1; i <= a.len; i++) {
		bool diagonal = row[0];
		row[0] = row[0] && a.at[i - 1] == '*';
		for (size_t j = 1; j <= b.len; j++) {
			bool above = row[j];
			char x = a.at[i - 1], y = b.at[j - 1];
			row[j] = (x == '*' && (above || row[j - 1])) || (y == '*' && (above || row[j - 1])) ||
			         (x == y && diagonal);
			diagonal = above;
		}
	}
	return row[b.len];
}

static bool meets(struct period a, struct period b)
{
	return a.from_at < b.until_at && b.from_at < a.until_at;
}

static enum err add_person(struct ahead *x, struct str id)
{
	for (int i = 0; i < x->count; i++)
		if (str_eq(x->people[i], id))
			return OK;
	if (x->count == DELEGATION_PEOPLE_MAX)
		return ERR_LIMIT;
	x->people[x->count++] = id;
	return OK;
}

/* Delegations of one person that could be part of a circle with the new one. */
static enum err gather(struct ahead *x, struct str person)
{
	int64_t from = x->made->period.from_at > x->now ? x->made->period.from_at : x->now;
	struct delegations rows;

	TRY(delegations_read(x->store, x->arena, STMT_DELEGATION_AHEAD,
	                     VALUES(value_text(person), value_int(from),
	                            value_until(x->made->period.until_at)),
	                     DELEGATIONS_MAX, &rows));
	for (int i = 0; i < rows.count; i++) {
		if (!patterns_meet(rows.all[i].policies, x->made->policies) ||
		    !meets(rows.all[i].period, x->made->period))
			continue;
		x->all[x->edge_count++] = rows.all[i];
		TRY(add_person(x, rows.all[i].delegate));
	}
	return OK;
}

/* Whether at this moment delegations lead from the delegate back to the principal; `with`: the
 * last but one on that way. */
static bool leads_back(const struct ahead *x, int64_t at, struct str *with)
{
	bool seen[DELEGATION_PEOPLE_MAX] = { [0] = true };
	bool grown = true;

	while (grown) {
		grown = false;
		for (int e = 0; e < x->edge_count; e++) {
			const struct delegation *d = &x->all[e];
			int from = 0, to = 0;
			while (!str_eq(x->people[from], d->principal))
				from++;
			while (!str_eq(x->people[to], d->delegate))
				to++;
			if (!seen[from] || seen[to] || !period_holds(d->period, at))
				continue;
			seen[to] = grown = true;
			*with = d->principal;
			if (str_eq(d->delegate, x->made->principal))
				return true;
		}
	}
	return false;
}

enum err circle_ahead(struct store *s, struct arena *a, struct now now,
                      const struct delegation *made, struct str *with)
{
	struct ahead *x = ARENA_NEW(a, struct ahead);
	int64_t from = made->period.from_at > now.wall_ms ? made->period.from_at : now.wall_ms;
	struct str found;

	*x = (struct ahead){ .store = s, .arena = a, .now = now.wall_ms, .made = made };
	x->all = ARENA_ARRAY(a, struct delegation, DELEGATION_PEOPLE_MAX * DELEGATIONS_MAX);
	*with = S_NONE;
	if (made->on_absence)
		return OK;
	TRY(add_person(x, made->delegate));
	for (int i = 0; i < x->count; i++)
		TRY(gather(x, x->people[i]));
	for (int e = -1; e < x->edge_count; e++) {
		int64_t at = e < 0 || x->all[e].period.from_at < from ? from : x->all[e].period.from_at;
		if (period_holds(made->period, at) && leads_back(x, at, &found)) {
			*with = found;
			return OK;
		}
	}
	return OK;
}
