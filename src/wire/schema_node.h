/* schema_node.h - a compiled schema: a graph of nodes; for the files schema*.c only.
 *
 *     schema_read.c     bytes -> nodes
 *     schema_ref.c      $id and $ref
 *     schema_fits.c     value against node
 *     schema_value.c    equal, distinct
 *     schema_format.c   format
 *     schema_write.c    as a part of another document
 *
 * A node is one schema of the document: where it stands is `from`. What a rule does not
 * say is absent: NULL, or -1 in a count. */
#ifndef RINGI_WIRE_SCHEMA_NODE_H
#define RINGI_WIRE_SCHEMA_NODE_H

#include "base/map.h"
#include "wire/decimal.h"
#include "wire/pattern.h"
#include "wire/schema.h"

enum node_kind { NODE_RULES, NODE_REF, NODE_ANY, NODE_NEVER };

enum {
	TYPE_NULL = 1,
	TYPE_BOOLEAN = 2,
	TYPE_INTEGER = 4,
	TYPE_NUMBER = 8,
	TYPE_STRING = 16,
	TYPE_ARRAY = 32,
	TYPE_OBJECT = 64,
};

struct node;
struct nodes {
	const struct node *const *at;
	int count;
};

/* What a schema says about the member of that name. */
struct named {
	struct str name;
	const struct node *node;     /* properties */
	bool required;               /* required */
	const struct node *then;     /* dependencies: a schema of the whole object, or */
	const struct json *together; /* an array of names that must be there too */
};

struct matched {
	const struct pattern *pattern;
	const struct node *node;
};

typedef bool format_fn(struct str);

struct node {
	enum node_kind kind;
	const struct json *from;
	const struct resource *base; /* what references in it begin with */
	const struct node *ref;
	int in_place; /* schema_read.c: longest way through nodes for the same value; -1: not known */

	unsigned types; /* 0: not said */
	const struct json *choices, *constant;
	const struct decimal *minimum, *maximum, *above, *below, *multiple_of;
	int64_t length_min, length_max, items_min, items_max, members_min, members_max;
	const struct pattern *pattern;
	struct str format; /* absent: none that is checked */
	format_fn *is_format;

	struct nodes tuple; /* items as an array */
	const struct node *item, *item_more, *contains;
	bool distinct;

	const struct named *named; /* sorted by name */
	int named_count;
	const struct matched *matched;
	int matched_count;
	const struct node *more, *names;
	bool some_required;

	struct nodes all, any, one;
	const struct node *no, *condition, *yes, *otherwise;
};

/* A part of the document that has a URI of its own ($id): references begin there. */
struct resource {
	struct str uri; /* without fragment; "" when the document has none */
	const struct json *root;
	struct resource *next;
};

/* A name in it: "$id": "#name". */
struct anchor {
	const struct resource *of;
	struct str name;
	const struct json *at;
	struct anchor *next;
};

struct owned_pattern {
	struct pattern *pattern;
	struct owned_pattern *next;
};

struct schema {
	struct arena *arena;
	struct str text;
	const struct node *root;
	struct resource *resources; /* the first is the document */
	struct anchor *anchors;
	struct owned_pattern *patterns;
};

/* What stands at a place of the document: a schema, schemas by name, or anything at all. */
enum position { PLACE_SCHEMA, PLACE_NAMES, PLACE_DATA };

/* schema_ref.c */
enum position schema_position(enum position of, const struct json *child);
void schema_find_ids(struct schema *, const struct json *root);
/* The resource that `at` opens, or `base`. */
const struct resource *schema_base(const struct schema *, const struct json *at,
                                   const struct resource *base);
/* What the reference names, and what references there begin with; NULL and a sentence. */
const struct json *schema_resolve(struct schema *, struct str ref, const struct resource **base,
                                  struct str *why);
/* In JSON Pointer's escape. */
void schema_pointer_add(struct buf *, struct str key);

/* schema_format.c: NULL when it is not one that is checked. */
format_fn *schema_format(struct str name);

/* schema_value.c. Steps are taken from *steps; when they are used up the answer is false. */
bool schema_equal(struct arena *, const struct json *a, const struct json *b, int64_t *steps);
/* No two elements are equal; false also when steps are used up. */
bool schema_distinct(struct arena *, const struct json *array, int64_t *steps);

#endif
