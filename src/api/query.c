/* query.c - dotted field names -> a tree -> the shape of the JSON protocol.
 *
 * First each name becomes a path in a tree whose keys are the parts between the dots;
 * then the shapes say which of these nodes are lists, maps or objects. */
#include "api/query.h"

#include <stdlib.h>

#include "base/limits.h"

enum {
	PARTS_MAX = 10,     /* of one field's name */
	CHILDREN_MAX = 512, /* of one node: finding one is linear */
	INDEX_MAX = 1000 * 1000,
};

const struct query_shape query_plain[] = { { 0 } };

struct reader {
	struct arena *arena;
	struct str why;
};

static struct json *none(struct reader *r, struct str why)
{
	r->why = why;
	return NULL;
}

static bool no(struct reader *r, struct str why)
{
	r->why = why;
	return false;
}

static bool has(const struct json *object, struct str key)
{
	JSON_EACH (object, at)
		if (str_eq(at->key, key))
			return true;
	return false;
}

/* The child of that name, made when there is none. Fields of one element stand side by
 * side, so the last one is nearly always the right one. */
static struct json *child(struct reader *r, struct json *parent, struct str key)
{
	if (parent->last != NULL && str_eq(parent->last->key, key))
		return parent->last;
	for (struct json *at = parent->first; at != NULL; at = at->next)
		if (str_eq(at->key, key))
			return at;
	if (parent->count >= CHILDREN_MAX)
		return none(r, S("The request has too many elements."));
	return json_add(parent, key, json_new(r->arena, JSON_OBJECT));
}

static bool put(struct reader *r, struct json *root, const struct form_field *f)
{
	struct str rest = f->name;
	struct json *at = root;

	for (int part = 0; str_given(rest); part++) {
		struct str key = str_cut(&rest, '.');
		if (part == PARTS_MAX)
			return no(r, S("A parameter's name has too many parts."));
		if (at->kind != JSON_OBJECT)
			return no(r, S("A parameter is both a value and a structure."));
		at = child(r, at, key);
		if (at == NULL)
			return false;
	}
	if (at->kind != JSON_OBJECT || at->first != NULL)
		return no(r, S("A parameter is given twice."));
	at->kind = JSON_STRING;
	at->text = f->value;
	return true;
}

struct indexed {
	uint64_t index;
	struct json *value;
};

static int by_index(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* The elements below `node`, in order of their indexes; `count` -1: not a list. */
static struct indexed *elements(struct reader *r, struct json *node, int *count)
{
	if (node->kind == JSON_OBJECT && node->count == 1 &&
	    (str_is(node->first->key, "member") || str_is(node->first->key, "entry")))
		node = node->first;
	*count = -1;
	if (node->kind == JSON_STRING && node->text.len > 0)
		return (void *)none(r, S("A list needs numbered elements."));
	struct indexed *all = ARENA_ARRAY(r->arena, struct indexed, node->count + 1);
	int n = 0;
	for (struct json *at = node->first; at != NULL; at = at->next) {
		if (!str_u64(at->key, INDEX_MAX, &all[n].index))
			return (void *)none(r, S("The elements of a list are numbered from 1."));
		all[n++].value = at;
	}
	qsort(all, (size_t)n, sizeof *all, by_index);
	*count = n;
	return all;
}

static struct json *shaped(struct reader *, struct json *, const struct query_shape *);

/* An element by itself, outside the list of its neighbours. */
static struct json *element(struct reader *r, struct json *v, const struct query_shape *inner)
{
	if (inner != NULL) {
		if (v->kind != JSON_OBJECT)
			return none(r, S("A value stands where a structure is expected."));
		return shaped(r, v, inner);
	}
	if (v->kind != JSON_STRING)
		return none(r, S("A structure stands where a value is expected."));
	return json_new_text(r->arena, JSON_STRING, v->text);
}

static struct json *list(struct reader *r, struct json *node, const struct query_shape *shape)
{
	struct json *array = json_new(r->arena, JSON_ARRAY);
	int count;
	struct indexed *all = elements(r, node, &count);

	for (int i = 0; i < count; i++) {
		struct json *v = element(r, all[i].value, shape->inner);
		if (v == NULL)
			return NULL;
		json_add(array, S_NONE, v);
	}
	return count < 0 ? NULL : array;
}

static struct json *either(struct json *node, const char *a, const char *b, const char *c)
{
	for (struct json *at = node->first; at != NULL; at = at->next)
		if (str_is(at->key, a) || str_is(at->key, b) || str_is(at->key, c))
			return at;
	return NULL;
}

static struct json *map(struct reader *r, struct json *node, const struct query_shape *shape)
{
	struct json *object = json_new(r->arena, JSON_OBJECT);
	int count;
	struct indexed *all = elements(r, node, &count);

	for (int i = 0; i < count; i++) {
		struct json *key = either(all[i].value, "Name", "Key", "key");
		struct json *value = either(all[i].value, "Value", "value", "Value");
		if (key == NULL || key->kind != JSON_STRING)
			return none(r, S("An entry of a map has no name."));
		if (value == NULL) /* an empty text in a form, or an attribute without a value */
			value = json_new(r->arena, shape->inner != NULL ? JSON_OBJECT : JSON_STRING);
		if (has(object, key->text))
			return none(r, S("An entry of a map is given twice."));
		struct json *v = element(r, value, shape->inner);
		if (v == NULL)
			return NULL;
		json_add(object, key->text, v);
	}
	return count < 0 ? NULL : object;
}

static struct json *one(struct reader *r, struct json *node, const struct query_shape *shape)
{
	switch (shape->kind) {
	case QUERY_LIST:
		return list(r, node, shape);
	case QUERY_MAP:
		return map(r, node, shape);
	case QUERY_OBJECT:
		return element(r, node, shape->inner);
	}
	return NULL;
}

static const struct query_shape *shape_of(const struct query_shape *shapes, struct str key)
{
	for (const struct query_shape *s = shapes; s->field != NULL; s++)
		if (str_is(key, s->field) || str_is(key, s->member))
			return s;
	return NULL;
}

/* Unknown structures are ignored, as unknown members of the JSON protocol are. */
static struct json *shaped(struct reader *r, struct json *node, const struct query_shape *shapes)
{
	struct json *object = json_new(r->arena, JSON_OBJECT);

	for (struct json *at = node->first; at != NULL; at = at->next) {
		const struct query_shape *shape = shape_of(shapes, at->key);
		struct json *v;
		if (shape != NULL)
			v = one(r, at, shape);
		else if (at->kind == JSON_STRING)
			v = json_new_text(r->arena, JSON_STRING, at->text);
		else
			continue;
		if (v == NULL)
			return NULL;
		struct str name = shape != NULL ? str_of(shape->member) : at->key;
		if (has(object, name))
			return none(r, S("A parameter is given twice."));
		json_add(object, name, v);
	}
	return object;
}

struct json *query_tree(struct arena *a, const struct form *form, const struct query_shape *shapes,
                        struct str *why)
{
	struct reader r = { .arena = a };
	struct json *root = json_new(a, JSON_OBJECT), *tree = NULL;
	bool fine = true;

	for (int i = 0; fine && i < form->count; i++)
		fine = put(&r, root, &form->fields[i]);
	if (fine)
		tree = shaped(&r, root, shapes);
	if (tree == NULL)
		*why = r.why;
	return tree;
}
