/* known.c - what is not known is refused, so that a word that was misspelt, or is of a newer
 * version, is never taken for "not given": members of a body, parameters of a query.
 *
 * A route's parameters are those of openapi.json, where people look them up. */
#include "api/rest/rest.h"

enum { SHOWN = 64 };

/* build/gen/query_names.c, by tools/queries.mjs; ends with path NULL. A route that is not in it
 * takes none. */
extern const struct query_names {
	enum http_method method;
	const char *path, *names;
} query_names[];

/* Is it one of those between spaces, or of a kind of them: label.NAME stands for label.customer
 * and all such? */
static bool known(const char *names, struct str name)
{
	struct str rest = str_of(names);

	while (str_given(rest)) {
		struct str word = str_cut(&rest, ' ');
		size_t kind = str_ends(word, S(".NAME")) ? word.len - strlen("NAME") : 0;
		if (str_eq(word, name) ||
		    (kind > 0 && name.len > kind && str_starts(name, (struct str){ word.at, kind })))
			return true;
	}
	return false;
}

/* The beginning of what a client chose. */
static struct str shown(struct str name)
{
	return name.len > SHOWN ? (struct str){ name.at, SHOWN } : name;
}

bool rest_only(struct api_call *call, const struct json *object, const char *names)
{
	JSON_EACH (object, v)
		if (!known(names, v->key)) {
			struct str name = arena_str(call->c->arena, shown(v->key));
			(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name.at,
			                   "'%.*s' is not known here. Known are: %s.", S_ARG(name), names);
			return false;
		}
	return true;
}

static const char *names_of(const struct rest_route *route)
{
	for (const struct query_names *q = query_names; q->path != NULL; q++)
		if (q->method == route->method && str_is(str_of(route->path), q->path))
			return q->names;
	return "";
}

bool rest_query_only(struct api_call *call, const struct rest_route *route,
                     const struct form *query)
{
	/* Paths outside are other people's ideas: probes add what they like. */
	if (query->count == 0 || route->open_query || !str_starts(str_of(route->path), S("/v1/")))
		return true;
	const char *names = names_of(route);
	for (int i = 0; i < query->count; i++) {
		if (str_has_nul(query->fields[i].value)) {
			(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
			             "The query holds the character U+0000, which no text here may have.");
			return false;
		}
		if (known(names, query->fields[i].name))
			continue;
		struct str name = arena_str(call->c->arena, shown(query->fields[i].name));
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name.at,
		                   *names == 0 ? "There is no parameter '%.*s' here, nor any other%s."
		                               : "There is no parameter '%.*s' here. There are: %s.",
		                   S_ARG(name), names);
		return false;
	}
	return true;
}
