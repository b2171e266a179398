/* delegation_graph.c - who may act for whom: the delegations that count at a moment for a case,
 * as a graph from the principal outwards. V1 to V5: delegation.h.
 *
 * At most DELEGATION_PEOPLE_MAX people are looked at. Where delegations lead on to more of
 * them, nobody may act by delegation: a circle could not be told any more. */
#include "base/limits.h"
#include "domain/directory/delegation_inside.h"
#include "wire/decimal.h"

enum { EDGES_MAX = DELEGATION_PEOPLE_MAX * DELEGATIONS_MAX };

struct vertex {
	struct str id;
	bool out;      /* nothing goes to or through them (V5) */
	bool excluded; /* may not act, but hand on */
	bool absent;
	int first, count; /* edges */
};

struct graph {
	struct store *store;
	struct arena *arena;
	int64_t at;
	const struct delegation_case *on;
	struct vertex *people;
	int count;
	int *to; /* of each edge */
	int edge_count;
	bool too_many;
	bool (*reach)[DELEGATION_PEOPLE_MAX];
};

static_assert(sizeof((struct delegation_chain *)NULL)->people / sizeof(struct str) ==
                  DELEGATION_CHAIN_MAX + 2,
              "a chain has room");

/* ---- one delegation */

static const struct json *at_path(const struct json *data, struct str path)
{
	while (data != NULL && str_given(path)) {
		struct str name = str_cut(&path, '.');
		const struct json *found = NULL;
		JSON_EACH (json_is(data, JSON_OBJECT) ? data : NULL, v)
			found = str_eq(v->key, name) ? v : found;
		data = found;
	}
	return data;
}

bool delegation_covers(struct arena *a, const struct delegation *d,
                       const struct delegation_case *on)
{
	if (str_given(d->policies) && !str_glob(d->policies, or_empty(on->policy)))
		return false;
	if (!str_given(d->amount_path))
		return true;
	const struct json *n = at_path(on->data, d->amount_path);
	if (!json_is(n, JSON_NUMBER))
		return false;
	struct decimal amount = decimal_read(a, n->text);
	amount.negative = false; /* a refund is as large as what it takes back */
	return decimal_cmp(amount, decimal_read(a, d->amount_max)) <= 0;
}

/* ---- people */

static bool among(struct str id, const struct delegation_case *on)
{
	for (int i = 0; i < on->excluded_count; i++)
		if (str_eq(id, on->excluded[i]))
			return true;
	return false;
}

/* -1: too many. */
static enum err vertex(struct graph *g, struct str id, int *which)
{
	enum standing standing;

	for (*which = 0; *which < g->count; (*which)++)
		if (str_eq(g->people[*which].id, id))
			return OK;
	if (g->count == DELEGATION_PEOPLE_MAX) {
		g->too_many = true;
		*which = -1;
		return OK;
	}
	struct vertex *v = &g->people[g->count++];
	TRY(directory_standing(g->store, id, g->at, &standing));
	TRY(directory_absent(g->store, id, g->at, &v->absent));
	v->id = id;
	v->out = standing == STANDING_GONE || str_eq(id, g->on->applicant) ||
	         str_eq(id, g->on->entered_by);
	v->excluded = among(id, g->on);
	return OK;
}

/* Delegations of one person: those that are about the case, until the first rank in which
 * somebody can act (V3). */
static enum err expand(struct graph *g, int from)
{
	struct delegations rows;
	int64_t rank = INT64_MAX;
	int to;

	g->people[from].first = g->edge_count;
	if (g->people[from].out)
		return OK;
	TRY(delegations_read(g->store, g->arena, STMT_DELEGATION_OF,
	                     VALUES(value_text(g->people[from].id), value_int(g->at)), DELEGATIONS_MAX,
	                     &rows));
	for (int i = 0; i < rows.count && rows.all[i].rank <= rank && !g->too_many; i++) {
		const struct delegation *d = &rows.all[i];
		must(period_holds(d->period, g->at) && d->created_at <= g->at); /* V1, V2 */
		if (!delegation_covers(g->arena, d, g->on) || (d->on_absence && !g->people[from].absent))
			continue;
		TRY(vertex(g, d->delegate, &to));
		if (to < 0 || g->people[to].out)
			continue;
		must(g->edge_count < EDGES_MAX);
		g->to[g->edge_count++] = to;
		if (!g->people[to].absent && !g->people[to].excluded)
			rank = d->rank;
	}
	g->people[from].count = g->edge_count - g->people[from].first;
	return OK;
}

/* Which people lead to which: for circles (V4). */
static void close_over(struct graph *g)
{
	g->reach = arena_get(g->arena, sizeof *g->reach * DELEGATION_PEOPLE_MAX);
	for (int i = 0; i < g->count; i++)
		for (int e = 0; e < g->people[i].count; e++)
			g->reach[i][g->to[g->people[i].first + e]] = true;
	for (int k = 0; k < g->count; k++)
		for (int i = 0; i < g->count; i++)
			for (int j = 0; g->reach[i][k] && j < g->count; j++)
				g->reach[i][j] = g->reach[i][j] || g->reach[k][j];
}

static enum err build(struct graph *g, struct store *s, struct arena *a, struct str principal,
                      int64_t at, const struct delegation_case *on)
{
	int first;

	*g = (struct graph){ .store = s, .arena = a, .at = at, .on = on };
	g->people = ARENA_ARRAY(a, struct vertex, DELEGATION_PEOPLE_MAX);
	g->to = ARENA_ARRAY(a, int, EDGES_MAX);
	TRY(vertex(g, principal, &first));
	must(first == 0);
	for (int i = 0; i < g->count && !g->too_many; i++)
		TRY(expand(g, i));
	close_over(g);
	return OK;
}

/* From whom each person is reached over links that lie on no circle, nearest first: the order
 * in `order`, from[0] -1, -2 of who is not. */
static int spread(const struct graph *g, int from[DELEGATION_PEOPLE_MAX],
                  int order[DELEGATION_PEOPLE_MAX])
{
	int links[DELEGATION_PEOPLE_MAX] = { 0 }, count = 1;

	for (int i = 0; i < DELEGATION_PEOPLE_MAX; i++)
		from[i] = -2;
	from[0] = -1;
	order[0] = 0;
	for (int i = 0; i < count && !g->too_many; i++) {
		const struct vertex *v = &g->people[order[i]];
		for (int e = 0; e < v->count && links[order[i]] < DELEGATION_CHAIN_MAX; e++) {
			int to = g->to[v->first + e];
			if (from[to] != -2 || g->reach[to][order[i]])
				continue;
			from[to] = order[i];
			links[to] = links[order[i]] + 1;
			order[count++] = to;
		}
	}
	return count;
}

/* ---- asking */

static const char *why_not(const struct graph *g, int delegate)
{
	if (g->too_many)
		return "delegations lead on to too many people";
	if (delegate < 0)
		return "there is no delegation that holds now for this";
	if (g->people[delegate].excluded)
		return "they may not act here again";
	return "the way there is too long, or a circle";
}

enum err delegation_allows(struct store *s, struct arena *a, struct str delegate,
                           struct str principal, int64_t at, const struct delegation_case *on,
                           struct delegation_chain *chain)
{
	int from[DELEGATION_PEOPLE_MAX], order[DELEGATION_PEOPLE_MAX], who = -1;
	struct graph g;

	must(on != NULL);
	TRY(build(&g, s, a, principal, at, on));
	(void)spread(&g, from, order);
	for (int i = 1; i < g.count; i++)
		who = str_eq(g.people[i].id, delegate) ? i : who;
	*chain = (struct delegation_chain){ 0 };
	if (g.too_many || who < 0 || from[who] == -2 || g.people[who].excluded) {
		chain->why = why_not(&g, who);
		return OK;
	}
	int back[DELEGATION_CHAIN_MAX + 1];
	for (int i = who; i >= 0; i = from[i]) {
		must(chain->count <= DELEGATION_CHAIN_MAX);
		back[chain->count++] = i;
	}
	for (int i = 0; i < chain->count; i++)
		chain->people[i] = g.people[back[chain->count - 1 - i]].id;
	return OK;
}

enum err delegation_delegates(struct store *s, struct arena *a, struct str principal, int64_t at,
                              const struct delegation_case *on, struct people *to)
{
	int from[DELEGATION_PEOPLE_MAX], order[DELEGATION_PEOPLE_MAX];
	struct graph g;

	must(on != NULL);
	TRY(build(&g, s, a, principal, at, on));
	int count = spread(&g, from, order);
	*to = (struct people){ .ids = ARENA_ARRAY(a, struct str, DELEGATION_PEOPLE_MAX) };
	for (int i = 1; i < count; i++)
		if (!g.people[order[i]].excluded)
			to->ids[to->count++] = g.people[order[i]].id;
	return OK;
}

/* ---- backwards */

static bool has(const struct people *p, struct str id)
{
	for (int i = 0; i < p->count; i++)
		if (str_eq(p->ids[i], id))
			return true;
	return false;
}

/* Everybody from whom delegations lead there, whatever they are about. */
static enum err candidates(struct store *s, struct arena *a, struct str delegate, int64_t at,
                           struct people *all)
{
	struct people some;
	int level_end = 1, links = 0;

	*all = (struct people){ .ids = ARENA_ARRAY(a, struct str, DELEGATION_PEOPLE_MAX + 1) };
	all->ids[all->count++] = delegate;
	for (int i = 0; i < all->count && links < DELEGATION_CHAIN_MAX; i++) {
		TRY(ask_people(s, a, STMT_DELEGATION_TO,
		               VALUES(value_text(or_empty(all->ids[i])), value_int(at),
		                      value_int(DELEGATION_PEOPLE_MAX + 1)),
		               DELEGATION_PEOPLE_MAX, &some));
		for (int k = 0; k < some.count; k++)
			if (!has(all, some.ids[k]) && all->count <= DELEGATION_PEOPLE_MAX)
				all->ids[all->count++] = some.ids[k];
		all->more = all->more || some.more || all->count > DELEGATION_PEOPLE_MAX;
		if (i + 1 == level_end) {
			level_end = all->count;
			links++;
		}
	}
	all->ids++; /* without the delegate */
	all->count--;
	return OK;
}

enum err delegation_principals(struct store *s, struct arena *a, struct str delegate, int64_t at,
                               const struct delegation_case *on, struct people *to)
{
	struct delegation_chain chain;
	struct people all;

	TRY(candidates(s, a, delegate, at, &all));
	if (on == NULL) {
		*to = all;
		return OK;
	}
	*to = (struct people){ .ids = ARENA_ARRAY(a, struct str, all.count + 1), .more = all.more };
	for (int i = 0; i < all.count; i++) {
		TRY(delegation_allows(s, a, delegate, all.ids[i], at, on, &chain));
		if (chain.count > 0)
			to->ids[to->count++] = all.ids[i];
	}
	return OK;
}

enum err directory_absent(struct store *s, struct str person, int64_t at, bool *absent)
{
	int64_t rows;

	TRY(ask_number(s, STMT_ABSENCE_AT, VALUES(value_text(or_empty(person)), value_int(at)), &rows));
	*absent = rows > 0;
	return OK;
}
