/* schema_reader.h - a schema while it is being read; for schema_read.c and schema_keywords.c. */
#ifndef RINGI_WIRE_SCHEMA_READER_H
#define RINGI_WIRE_SCHEMA_READER_H

#include "wire/schema_node.h"

/* How the reader came to a schema; for sentences. */
struct way {
	const struct way *up;
	struct str key; /* absent at the top */
};

struct waiting {
	struct node *node;
	const struct way *way;
	struct waiting *next;
};

struct reader {
	struct schema *schema;
	struct arena *scratch; /* what only the reader needs */
	struct map nodes;      /* by where they are in the document */
	struct waiting *all, *last;
	int patterns;
	struct str why; /* given: give up */
};

/* One schema being filled. */
struct filling {
	struct reader *r;
	struct node *n;
	const struct way *way;
};

/* The first sentence stands. `key`: of the keyword; NULL: the schema itself. */
void schema_wrong(struct reader *, const struct way *, const char *key, const char *format, ...)
	PRINTF_LIKE(4, 5);
const struct way *schema_way(struct reader *, const struct way *up, struct str key);
/* The node of the schema at that place: made when it is asked for the first time. */
const struct node *schema_node(struct reader *, const struct json *at, const struct resource *base,
                               const struct way *);
void schema_fill(struct filling *); /* schema_keywords.c */

#endif
