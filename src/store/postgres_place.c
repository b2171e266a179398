/* postgres_place.c - where the database is: the URL, the schema, and what may be shown.
 *
 * The URL may hold a password, and libpq's own sentences about a wrong URL repeat parts of
 * it; so neither is ever shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/postgres.h"

static bool schema_good(const char *name)
{
	if (!(name[0] >= 'a' && name[0] <= 'z') && name[0] != '_')
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '_')
			return false;
	return strncmp(name, "pg_", 3) != 0;
}

/* Takes "schema=NAME" out of the query. */
static bool take_schema(struct pgs *s)
{
	char *query = strchr(s->url, '?');

	snprintf(s->schema, sizeof s->schema, "ringi");
	for (char *p = query; p != NULL; p = strchr(p + 1, '&')) {
		if (strncmp(p + 1, "schema=", 7) != 0)
			continue;
		size_t len = strcspn(p + 8, "&");
		if (len == 0 || len >= sizeof s->schema)
			return false;
		memcpy(s->schema, p + 8, len);
		s->schema[len] = '\0';
		char *rest = p + 8 + len; /* "&..." or the end */
		if (*rest == '&')
			memmove(p + 1, rest + 1, strlen(rest + 1) + 1);
		else
			*p = '\0';
		break;
	}
	return schema_good(s->schema);
}

static const char *part(const PQconninfoOption *all, const char *name, const char *otherwise)
{
	for (const PQconninfoOption *o = all; o->keyword != NULL; o++)
		if (strcmp(o->keyword, name) == 0 && o->val != NULL && o->val[0] != '\0')
			return o->val;
	return otherwise;
}

enum err pgs_place_read(struct pgs *s, const char *place)
{
	size_t size = strlen(place) + 1;

	s->url = mem_get(size);
	memcpy(s->url, place, size);
	snprintf(s->shown, sizeof s->shown, "PostgreSQL");
	if (!take_schema(s))
		return pgs_say(s, ERR_LIMIT,
		               "The schema in the URL of the store has a name of small letters, digits and "
		               "_, at most 63, as in ?schema=ringi.");
	PQconninfoOption *all = PQconninfoParse(s->url, NULL);
	if (all == NULL)
		return pgs_say(s, ERR_LIMIT,
		               "The store is no URL of PostgreSQL: "
		               "postgres://USER@HOST:PORT/DATABASE?schema=NAME is its form.");
	snprintf(s->shown, sizeof s->shown, "PostgreSQL %.40s/%.30s, schema %.40s",
	         part(all, "host", "(default host)"), part(all, "dbname", "(default database)"),
	         s->schema);
	PQconninfoFree(all);
	return OK;
}
