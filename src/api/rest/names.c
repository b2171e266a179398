/* names.c - names of attributes: as Amazon spells them, and as JSON does here. */
#include "api/rest/rest.h"

/* "visibility_timeout" -> "VisibilityTimeout" */
struct str rest_camel(struct arena *a, struct str name)
{
	char *to = arena_get(a, name.len + 1);
	size_t len = 0;
	bool up = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (c == '_') {
			up = true;
			continue;
		}
		to[len++] = up && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
		up = false;
	}
	return (struct str){ to, len };
}

/* "VisibilityTimeout" -> "visibility_timeout" */
struct str rest_snake(struct arena *a, struct str name)
{
	char *to = arena_get(a, 2 * name.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool upper = c >= 'A' && c <= 'Z';
		if (upper && i > 0)
			to[len++] = '_';
		to[len++] = upper ? (char)(c + 32) : c;
	}
	return (struct str){ to, len };
}
