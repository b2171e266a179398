/* schema_ref.c - which schema a reference names: $id opens a resource, $ref looks for one.
 *
 * Only what is in the document itself is ever found. URIs are resolved as far as bundled
 * documents need it: absolute ones, and a last segment that replaces another (RFC 3986,
 * section 5, without dots). */
#include "wire/schema_node.h"

/* ---- URIs */

static bool has_scheme(struct str uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		char c = uri.at[i];
		if (c == ':')
			return i > 0;
		if (c == '/' || c == '?' || c == '#')
			return false;
	}
	return false;
}

/* "scheme://authority" */
static struct str origin_of(struct str uri)
{
	size_t at = 0;

	while (at < uri.len && uri.at[at] != ':')
		at++;
	if (!str_starts(str_from(uri, at), S("://")))
		return (struct str){ uri.at, at < uri.len ? at + 1 : at };
	for (at += 3; at < uri.len && uri.at[at] != '/';)
		at++;
	return (struct str){ uri.at, at };
}

static struct str folder_of(struct str uri)
{
	size_t at = uri.len;

	while (at > 0 && uri.at[at - 1] != '/')
		at--;
	return (struct str){ uri.at, at };
}

static struct str joined(struct arena *a, struct str base, struct str uri)
{
	if (uri.len == 0)
		return base;
	if (has_scheme(uri))
		return uri;
	base = uri.at[0] == '/' ? origin_of(base) : folder_of(base);
	return arena_printf(a, "%.*s%.*s", S_ARG(base), S_ARG(uri));
}

/* ---- $id */

static struct str id_of(const struct json *schema)
{
	/* Beside a $ref everything else is ignored. */
	return json_get(schema, "$ref") == NULL ? json_get_text(schema, "$id") : S_NONE;
}

static struct resource *add_resource(struct schema *s, struct str uri, const struct json *root)
{
	struct resource *r = ARENA_NEW(s->arena, struct resource);
	/* The document stays the first. */
	struct resource **to = s->resources == NULL ? &s->resources : &s->resources->next;

	*r = (struct resource){ uri, root, *to };
	return *to = r;
}

static const struct resource *note_id(struct schema *s, const struct json *at,
                                      const struct resource *base)
{
	struct str fragment = id_of(at), uri = str_cut(&fragment, '#');

	if (uri.len > 0 && at != s->resources->root)
		base = add_resource(s, joined(s->arena, base->uri, uri), at);
	if (fragment.len > 0) {
		struct anchor *anchor = ARENA_NEW(s->arena, struct anchor);
		*anchor = (struct anchor){ base, fragment, at, s->anchors };
		s->anchors = anchor;
	}
	return base;
}

static bool one_of(struct str key, const char *const *names)
{
	for (; *names != NULL; names++)
		if (str_is(key, *names))
			return true;
	return false;
}

enum position schema_position(enum position of, const struct json *child)
{
	static const char *const data[] = { "enum", "const", "default", "examples", NULL };
	static const char *const named[] = { "properties",   "patternProperties",
		                                 "dependencies", "definitions",
		                                 "$defs",        NULL };

	if (of == PLACE_DATA || (of == PLACE_SCHEMA && one_of(child->key, data)))
		return PLACE_DATA;
	if (of == PLACE_SCHEMA && one_of(child->key, named))
		return PLACE_NAMES;
	return PLACE_SCHEMA;
}

/* As deep as JSON goes (JSON_DEPTH_MAX). */
static void find_in(struct schema *s, const struct json *at, enum position place,
                    const struct resource *base)
{
	if (place == PLACE_SCHEMA && json_is(at, JSON_OBJECT))
		base = note_id(s, at, base);
	JSON_EACH (at, child)
		find_in(s, child, schema_position(json_is(at, JSON_OBJECT) ? place : PLACE_SCHEMA, child),
		        base);
}

void schema_find_ids(struct schema *s, const struct json *root)
{
	struct str id = json_is(root, JSON_OBJECT) ? id_of(root) : S_NONE;
	struct str uri = str_cut(&id, '#');

	find_in(s, root, PLACE_SCHEMA, add_resource(s, str_given(uri) ? uri : S(""), root));
}

const struct resource *schema_base(const struct schema *s, const struct json *at,
                                   const struct resource *base)
{
	if (json_is(at, JSON_OBJECT) && str_given(id_of(at)))
		for (const struct resource *r = s->resources; r != NULL; r = r->next)
			if (r->root == at)
				return r;
	return base;
}

/* ---- JSON Pointer */

/* Without %XX, ~0 and ~1: into memory that is as long as the text. */
static struct str unescaped(struct str text, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '%' && i + 2 < text.len && hex_digit(text.at[i + 1]) >= 0 &&
		    hex_digit(text.at[i + 2]) >= 0) {
			c = (char)(hex_digit(text.at[i + 1]) * 16 + hex_digit(text.at[i + 2]));
			i += 2;
		}
		to[n++] = c;
	}
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		bool escape = to[i] == '~' && i + 1 < n && (to[i + 1] == '0' || to[i + 1] == '1');
		to[len++] = !escape ? to[i] : to[i + 1] == '0' ? '~' : '/';
		i += escape;
	}
	return (struct str){ to, len };
}

static const struct json *child_of(const struct json *at, struct str key)
{
	uint64_t index, i = 0;

	if (json_is(at, JSON_ARRAY) && !str_u64(key, UINT32_MAX, &index))
		return NULL;
	JSON_EACH (at, child)
		if (json_is(at, JSON_OBJECT) ? str_eq(child->key, key) : i++ == index)
			return child;
	return NULL;
}

static const struct json *follow(struct schema *s, struct str pointer, const struct resource **base)
{
	const struct json *at = (*base)->root;
	char *room = arena_get(s->arena, pointer.len + 1);

	/* "/a/b" is cut into "", "a", "b". */
	(void)str_cut(&pointer, '/');
	while (at != NULL && str_given(pointer)) {
		at = child_of(at, unescaped(str_cut(&pointer, '/'), room));
		*base = schema_base(s, at, *base);
	}
	return at;
}

void schema_pointer_add(struct buf *b, struct str key)
{
	buf_add_byte(b, '/');
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] == '~' || key.at[i] == '/')
			buf_add(b, key.at[i] == '~' ? S("~0") : S("~1"));
		else
			buf_add_byte(b, key.at[i]);
}

/* ---- $ref */

static const struct resource *resource_of(const struct schema *s, struct str uri)
{
	for (const struct resource *r = s->resources; r != NULL; r = r->next)
		if (str_eq(r->uri, uri))
			return r;
	return NULL;
}

static const struct json *anchored(const struct schema *s, struct str name,
                                   const struct resource *base)
{
	for (const struct anchor *a = s->anchors; a != NULL; a = a->next)
		if (a->of == base && str_eq(a->name, name))
			return a->at;
	return NULL;
}

const struct json *schema_resolve(struct schema *s, struct str ref, const struct resource **base,
                                  struct str *why)
{
	struct str fragment = ref, uri = str_cut(&fragment, '#');
	const struct resource *r = *base;
	const struct json *found;

	if (uri.len > 0)
		r = resource_of(s, joined(s->arena, r->uri, uri));
	if (r == NULL) {
		*why = arena_printf(s->arena,
		                    "refers to %.*s, which is not in this document; put it under "
		                    "definitions (nothing is fetched from elsewhere)",
		                    S_ARG(ref));
		return NULL;
	}
	*base = r;
	if (fragment.len == 0)
		found = r->root;
	else
		found = fragment.at[0] == '/' ? follow(s, fragment, base) : anchored(s, fragment, r);
	if (found == NULL)
		*why = arena_printf(s->arena, "refers to %.*s, which is not there", S_ARG(ref));
	return found;
}
