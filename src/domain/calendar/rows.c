/* rows.c - calendars from their rows, or built in. */
#include "domain/calendar/calendar.h"

/* ---- built in */

static const struct {
	const char *name, *body;
} bodies[] = {
	{ "always", "{\"zone\":\"UTC\",\"hours\":{\"mon\":[\"00:00-24:00\"],\"tue\":[\"00:00-24:00\"],"
	            "\"wed\":[\"00:00-24:00\"],\"thu\":[\"00:00-24:00\"],\"fri\":[\"00:00-24:00\"],"
	            "\"sat\":[\"00:00-24:00\"],\"sun\":[\"00:00-24:00\"]},\"cut_off\":\"none\","
	            "\"holidays\":[]}" },
	{ "jp", "{\"zone\":\"Asia/Tokyo\",\"national_holidays\":\"jp\",\"holidays\":[]}" },
};

struct str calendar_built_in_body(struct str name)
{
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (str_is(name, bodies[i].name))
			return str_of(bodies[i].body);
	return S_NONE;
}

struct calendar *calendar_built_in(struct arena *a, struct str name)
{
	struct str body = calendar_built_in_body(name);

	if (!str_given(body))
		return NULL;
	struct calendar *k = calendar_of_text(a, body, S_NONE);
	must(k != NULL);
	k->name = arena_str(a, name);
	if (str_is(k->zone_name, "Asia/Tokyo"))
		k->zone = zone_tokyo();
	return k;
}

/* ---- rows */

struct reading {
	struct arena *arena;
	struct str name;
	struct calendar *k;
};

static enum err got_version(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	must(count == 3 && r->k == NULL);
	r->k = calendar_of_text(r->arena, v[1].bytes, v[2].bytes);
	if (r->k == NULL)
		return ERR_CORRUPT;
	r->k->name = arena_str(r->arena, r->name);
	r->k->version = v[0].number;
	return OK;
}

enum err calendar_read(struct store *s, struct arena *a, struct str name, int64_t version,
                       struct calendar **k)
{
	struct reading r = { .arena = a, .name = name };

	must(version >= CALENDAR_IN_FORCE);
	if (version == CALENDAR_IN_FORCE)
		TRY(store_run(s, STMT_CALENDAR_IN_FORCE, VALUES(value_text(name)), got_version, &r));
	else if (version > 0)
		TRY(store_run(s, STMT_CALENDAR_VERSION, VALUES(value_text(name), value_int(version)),
		              got_version, &r));
	if (r.k == NULL && version <= 0)
		r.k = calendar_built_in(a, name);
	*k = r.k;
	return OK;
}
