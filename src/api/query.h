/* query.h - a Query request becomes the tree that the JSON protocol would have sent.
 *
 *     Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=30
 *     -> {"Attributes": {"VisibilityTimeout": "30"}}
 *
 * Every value is a string. SDKs write lists and maps in several ways; all of these are
 * read: `Name.1`, `Name.member.1`, `Name.entry.1.key`, with the singular (SQS) or the
 * member's own name. Indexes order the list, gaps do not matter. Pure. */
#ifndef RINGI_API_QUERY_H
#define RINGI_API_QUERY_H

#include "wire/form.h"
#include "wire/json.h"

enum query_kind {
	QUERY_LIST,   /* of texts, or of objects when there is an inner shape */
	QUERY_MAP,    /* Name or key -> Value or value: texts, or objects when `inner` */
	QUERY_OBJECT, /* Name.Member */
};

struct query_shape {
	const char *field;  /* the first part of a field's name; NULL ends a table */
	const char *member; /* the member it becomes */
	enum query_kind kind;
	const struct query_shape *inner; /* of the elements, when they are objects */
};

/* NULL and a sentence in `why` when the names contradict each other or are too many.
 * Fields that no shape names become texts under their own name. */
struct json *query_tree(struct arena *, const struct form *, const struct query_shape *,
                        struct str *why);

/* For values that are objects of plain members. */
extern const struct query_shape query_plain[];

#endif
