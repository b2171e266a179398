/* schema_keywords.c - what each keyword of a schema becomes in its node. */
#include <stdlib.h>

#include "base/limits.h"
#include "wire/schema_reader.h"

/* ---- children */

static const struct node *child(struct filling *f, const struct json *at)
{
	return schema_node(f->r, at, f->n->base, schema_way(f->r, f->way, at->key));
}

static struct nodes children(struct filling *f, const struct json *list)
{
	struct nodes all = { 0 };
	const struct way *way = schema_way(f->r, f->way, list->key);
	const struct node **to = ARENA_ARRAY(f->r->schema->arena, const struct node *, list->count);

	JSON_EACH (list, at) {
		struct str index = arena_printf(f->r->scratch, "%d", all.count);
		to[all.count++] = schema_node(f->r, at, f->n->base, schema_way(f->r, way, index));
	}
	all.at = to;
	return all;
}

/* ---- values of keywords */

static bool expect(struct filling *f, const struct json *v, enum json_kind kind)
{
	if (v->kind == kind)
		return true;
	schema_wrong(f->r, f->way, v->key.at, "must be %s %s, not %s",
	             kind == JSON_ARRAY || kind == JSON_OBJECT ? "an" : "a", json_kind_name(kind),
	             json_kind_name(v->kind));
	return false;
}

static bool some_of(struct filling *f, const struct json *v)
{
	if (expect(f, v, JSON_ARRAY) && v->count > 0)
		return true;
	schema_wrong(f->r, f->way, v->key.at, "must not be empty");
	return false;
}

static const struct decimal *number(struct filling *f, const struct json *v)
{
	struct decimal *d = ARENA_NEW(f->r->schema->arena, struct decimal);

	if (expect(f, v, JSON_NUMBER))
		*d = decimal_read(f->r->schema->arena, v->text);
	return d;
}

static int64_t count(struct filling *f, const struct json *v)
{
	int64_t n = -1;

	if (!expect(f, v, JSON_NUMBER) ||
	    !decimal_count(decimal_read(f->r->scratch, v->text), INT64_MAX, &n))
		schema_wrong(f->r, f->way, v->key.at, "must be a whole number that is not negative");
	return n;
}

static const struct pattern *pattern(struct filling *f, const struct way *way, struct str text)
{
	struct schema *s = f->r->schema;
	struct owned_pattern *o = ARENA_NEW(s->arena, struct owned_pattern);
	struct str why = S_NONE;

	if (f->r->patterns++ == SCHEMA_PATTERNS_MAX) {
		schema_wrong(f->r, way, NULL, "more than %d patterns are not possible",
		             SCHEMA_PATTERNS_MAX);
		return NULL;
	}
	o->pattern = pattern_new(s->arena, text, &why);
	o->next = s->patterns;
	s->patterns = o;
	if (o->pattern == NULL)
		schema_wrong(f->r, way, NULL, "the pattern %.*s", S_ARG(why));
	return o->pattern;
}

/* ---- keywords */

static unsigned type_named(struct str name)
{
	static const char *const names[] = { "null",   "boolean", "integer", "number",
		                                 "string", "array",   "object" };

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(name, names[i]))
			return 1u << i;
	return 0;
}

static void read_type(struct filling *f, const struct json *v)
{
	const struct json *first = v->kind == JSON_ARRAY && some_of(f, v) ? v->first : v;

	for (const struct json *t = first; t != NULL; t = v->kind == JSON_ARRAY ? t->next : NULL) {
		unsigned type = type_named(json_text(t));
		if (type == 0)
			schema_wrong(
				f->r, f->way, "type",
				"must be null, boolean, integer, number, string, array or object, not %.*s",
				S_ARG(t->kind == JSON_STRING ? t->text : str_of(json_kind_name(t->kind))));
		f->n->types |= type;
	}
}

static void read_multiple_of(struct filling *f, const struct json *v)
{
	const struct decimal *d = number(f, v);

	f->n->multiple_of = d;
	if (d->negative || d->digits.len == 0 || d->digits.len > DECIMAL_DIVISOR_MAX)
		schema_wrong(f->r, f->way, "multipleOf", "must be above 0 and have at most %d digits",
		             DECIMAL_DIVISOR_MAX);
}

static void read_items(struct filling *f, const struct json *v)
{
	if (v->kind == JSON_ARRAY)
		f->n->tuple = children(f, v);
	else
		f->n->item = child(f, v);
}

static void read_matched(struct filling *f, const struct json *v)
{
	const struct way *way = schema_way(f->r, f->way, v->key);
	struct matched *all;

	if (!expect(f, v, JSON_OBJECT))
		return;
	all = ARENA_ARRAY(f->r->schema->arena, struct matched, v->count);
	f->n->matched = all;
	JSON_EACH (v, m) {
		const struct way *here = schema_way(f->r, way, m->key);
		all[f->n->matched_count++] = (struct matched){ pattern(f, here, m->key),
			                                           schema_node(f->r, m, f->n->base, here) };
	}
}

static void read_definitions(struct filling *f, const struct json *v)
{
	const struct way *way = schema_way(f->r, f->way, v->key);

	if (expect(f, v, JSON_OBJECT))
		JSON_EACH (v, d)
			schema_node(f->r, d, f->n->base, schema_way(f->r, way, d->key));
}

/* ---- what is said about members by name: properties, required, dependencies */

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* One keyword's word about a name goes to what the others have said. */
static void merge(struct named *to, const struct named *from)
{
	if (from->node != NULL)
		to->node = from->node;
	if (from->then != NULL)
		to->then = from->then;
	if (from->together != NULL)
		to->together = from->together;
	to->required = to->required || from->required;
}

static void names_of_list(struct filling *f, const struct json *list, const char *keyword)
{
	JSON_EACH (list, name)
		if (name->kind != JSON_STRING)
			schema_wrong(f->r, f->way, keyword, "must be names of members, not %s",
			             json_kind_name(name->kind));
}

static struct named dependency(struct filling *f, const struct way *way, const struct json *v)
{
	if (v->kind == JSON_ARRAY) {
		names_of_list(f, v, "dependencies");
		return (struct named){ .name = v->key, .together = v };
	}
	return (struct named){
		.name = v->key, .then = schema_node(f->r, v, f->n->base, schema_way(f->r, way, v->key))
	};
}

static void read_named(struct filling *f, const struct json *properties,
                       const struct json *required, const struct json *dependencies)
{
	size_t most = (properties ? properties->count : 0) + (required ? required->count : 0) +
	              (dependencies ? dependencies->count : 0);
	struct named *all = ARENA_ARRAY(f->r->schema->arena, struct named, most);
	const struct way *way;
	size_t n = 0, kept = 0;

	way = schema_way(f->r, f->way, S("properties"));
	JSON_EACH (properties, p)
		all[n++] = (struct named){
			.name = p->key, .node = schema_node(f->r, p, f->n->base, schema_way(f->r, way, p->key))
		};
	JSON_EACH (required, name)
		if (name->kind == JSON_STRING)
			all[n++] = (struct named){ .name = name->text, .required = true };
	way = schema_way(f->r, f->way, S("dependencies"));
	JSON_EACH (dependencies, d)
		all[n++] = dependency(f, way, d);
	if (n == 0)
		return;
	qsort(all, n, sizeof *all, by_name);
	for (size_t i = 1; i < n; i++)
		if (str_eq(all[i].name, all[kept].name))
			merge(&all[kept], &all[i]);
		else
			all[++kept] = all[i];
	f->n->named = all;
	f->n->named_count = (int)kept + 1;
	f->n->some_required = required != NULL && required->count > 0;
}

static void fill_named(struct filling *f)
{
	const struct json *properties = json_get(f->n->from, "properties");
	const struct json *required = json_get(f->n->from, "required");
	const struct json *dependencies = json_get(f->n->from, "dependencies");

	if ((properties != NULL && !expect(f, properties, JSON_OBJECT)) ||
	    (required != NULL && !expect(f, required, JSON_ARRAY)) ||
	    (dependencies != NULL && !expect(f, dependencies, JSON_OBJECT)))
		return;
	names_of_list(f, required, "required");
	read_named(f, properties, required, dependencies);
}

/* ---- the table of the other keywords */

static void read_string(struct filling *f, const struct json *v)
{
	struct node *n = f->n;

	if (str_is(v->key, "maxLength"))
		n->length_max = count(f, v);
	else if (str_is(v->key, "minLength"))
		n->length_min = count(f, v);
	else if (str_is(v->key, "pattern") && expect(f, v, JSON_STRING))
		n->pattern = pattern(f, schema_way(f->r, f->way, v->key), v->text);
	else if (str_is(v->key, "format") && expect(f, v, JSON_STRING)) {
		n->is_format = schema_format(v->text);
		n->format = v->text;
	}
}

static void read_number(struct filling *f, const struct json *v)
{
	struct node *n = f->n;

	if (str_is(v->key, "minimum"))
		n->minimum = number(f, v);
	else if (str_is(v->key, "maximum"))
		n->maximum = number(f, v);
	else if (str_is(v->key, "exclusiveMinimum"))
		n->above = number(f, v);
	else if (str_is(v->key, "exclusiveMaximum"))
		n->below = number(f, v);
	else if (str_is(v->key, "multipleOf"))
		read_multiple_of(f, v);
}

static void read_array(struct filling *f, const struct json *v)
{
	struct node *n = f->n;

	if (str_is(v->key, "items"))
		read_items(f, v);
	else if (str_is(v->key, "additionalItems"))
		n->item_more = child(f, v);
	else if (str_is(v->key, "contains"))
		n->contains = child(f, v);
	else if (str_is(v->key, "minItems"))
		n->items_min = count(f, v);
	else if (str_is(v->key, "maxItems"))
		n->items_max = count(f, v);
	else if (str_is(v->key, "uniqueItems")) {
		if (v->kind != JSON_TRUE && v->kind != JSON_FALSE)
			schema_wrong(f->r, f->way, "uniqueItems", "must be true or false");
		n->distinct = v->kind == JSON_TRUE;
	}
}

static void read_object(struct filling *f, const struct json *v)
{
	struct node *n = f->n;

	if (str_is(v->key, "patternProperties"))
		read_matched(f, v);
	else if (str_is(v->key, "additionalProperties"))
		n->more = child(f, v);
	else if (str_is(v->key, "propertyNames"))
		n->names = child(f, v);
	else if (str_is(v->key, "minProperties"))
		n->members_min = count(f, v);
	else if (str_is(v->key, "maxProperties"))
		n->members_max = count(f, v);
	else if (str_is(v->key, "definitions") || str_is(v->key, "$defs"))
		read_definitions(f, v);
}

static void read_combined(struct filling *f, const struct json *v)
{
	struct node *n = f->n;

	if (str_is(v->key, "allOf") && some_of(f, v))
		n->all = children(f, v);
	else if (str_is(v->key, "anyOf") && some_of(f, v))
		n->any = children(f, v);
	else if (str_is(v->key, "oneOf") && some_of(f, v))
		n->one = children(f, v);
	else if (str_is(v->key, "not"))
		n->no = child(f, v);
	else if (str_is(v->key, "if"))
		n->condition = child(f, v);
	else if (str_is(v->key, "then"))
		n->yes = child(f, v);
	else if (str_is(v->key, "else"))
		n->otherwise = child(f, v);
}

static void read_any(struct filling *f, const struct json *v)
{
	if (str_is(v->key, "type"))
		read_type(f, v);
	else if (str_is(v->key, "const"))
		f->n->constant = v;
	else if (str_is(v->key, "enum") && some_of(f, v))
		f->n->choices = v;
}

static void fill_ref(struct filling *f, const struct json *ref)
{
	const struct resource *base = f->n->base;
	struct str why = S_NONE;

	f->n->kind = NODE_REF;
	if (!expect(f, ref, JSON_STRING))
		return;
	const struct json *to = schema_resolve(f->r->schema, ref->text, &base, &why);
	if (to == NULL)
		schema_wrong(f->r, f->way, "$ref", "%.*s", S_ARG(why));
	else
		f->n->ref = schema_node(f->r, to, base, schema_way(f->r, f->way, S("$ref")));
}

void schema_fill(struct filling *f)
{
	struct node *n = f->n;
	const struct json *ref = json_get(n->from, "$ref");

	n->in_place = -1;
	n->length_min = n->length_max = n->items_min = n->items_max = -1;
	n->members_min = n->members_max = -1;
	if (n->from->kind == JSON_TRUE || n->from->kind == JSON_FALSE) {
		n->kind = n->from->kind == JSON_TRUE ? NODE_ANY : NODE_NEVER;
		return;
	}
	if (n->from->kind != JSON_OBJECT) {
		schema_wrong(f->r, f->way, NULL, "a schema is an object, true or false, not %s",
		             json_kind_name(n->from->kind));
		return;
	}
	if (ref != NULL) {
		fill_ref(f, ref);
		return;
	}
	JSON_EACH (n->from, v) {
		read_any(f, v);
		read_string(f, v);
		read_number(f, v);
		read_array(f, v);
		read_object(f, v);
		read_combined(f, v);
	}
	fill_named(f);
}
