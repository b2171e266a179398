/* schema_value.c - when are two values of JSON the same? Numbers by what they mean,
 * objects whatever the order of their members. */
#include <stdlib.h>

#include "wire/schema_node.h"

static bool spent(int64_t *steps)
{
	return --*steps < 0;
}

static bool equal_elements(struct arena *a, const struct json *x, const struct json *y,
                           int64_t *steps)
{
	const struct json *other = y->first;

	if (x->count != y->count)
		return false;
	JSON_EACH (x, element) {
		if (!schema_equal(a, element, other, steps))
			return false;
		other = other->next;
	}
	return true;
}

static const struct json *member_of(const struct json *object, struct str key, int64_t *steps)
{
	JSON_EACH (object, member) {
		if (spent(steps))
			return NULL;
		if (str_eq(member->key, key))
			return member;
	}
	return NULL;
}

static bool equal_members(struct arena *a, const struct json *x, const struct json *y,
                          int64_t *steps)
{
	if (x->count != y->count)
		return false;
	JSON_EACH (x, member) {
		const struct json *other = member_of(y, member->key, steps);
		if (other == NULL || !schema_equal(a, member, other, steps))
			return false;
	}
	return true;
}

bool schema_equal(struct arena *a, const struct json *x, const struct json *y, int64_t *steps)
{
	if (spent(steps) || x->kind != y->kind)
		return false;
	switch (x->kind) {
	case JSON_NUMBER:
		return str_eq(x->text, y->text) ||
		       decimal_cmp(decimal_read(a, x->text), decimal_read(a, y->text)) == 0;
	case JSON_STRING:
		return str_eq(x->text, y->text);
	case JSON_ARRAY:
		return equal_elements(a, x, y, steps);
	case JSON_OBJECT:
		return equal_members(a, x, y, steps);
	default:
		return true;
	}
}

static uint64_t mixed(uint64_t h)
{
	h ^= h >> 31;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

/* Equal values have equal hashes. */
static uint64_t hash_of(struct arena *a, const struct json *v, int64_t *steps)
{
	uint64_t h = (uint64_t)v->kind + 1;

	if (spent(steps))
		return 0;
	if (v->kind == JSON_NUMBER) {
		struct decimal d = decimal_read(a, v->text);
		return mixed(str_hash(d.digits) + (uint64_t)d.point * 2 + d.negative);
	}
	if (v->kind == JSON_STRING)
		return mixed(str_hash(v->text) + h);
	JSON_EACH (v, child) {
		uint64_t inside = hash_of(a, child, steps);
		if (v->kind == JSON_OBJECT)
			h += mixed(inside + str_hash(child->key)); /* in any order */
		else
			h = mixed(h + inside);
	}
	return mixed(h);
}

struct hashed {
	uint64_t hash;
	const struct json *value;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

bool schema_distinct(struct arena *a, const struct json *array, int64_t *steps)
{
	struct hashed *all = array->count < 2 ? NULL : arena_try(a, array->count * sizeof *all);
	size_t n = 0;

	if (all == NULL)
		return array->count < 2;
	JSON_EACH (array, element)
		all[n++] = (struct hashed){ hash_of(a, element, steps), element };
	qsort(all, n, sizeof *all, by_hash);
	/* Neighbours of one hash are nearly always equal; where they were made not to be,
	 * the steps end it. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && all[k].hash == all[i].hash; k++)
			if (schema_equal(a, all[i].value, all[k].value, steps) || *steps < 0)
				return false;
	return *steps >= 0;
}
