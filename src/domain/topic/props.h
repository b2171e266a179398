/* props.h - names and their texts, few of them: attributes and tags in memory.
 *
 * Kept in the order of their names. The owner ends it with props_clear. */
#ifndef RINGI_DOMAIN_TOPIC_PROPS_H
#define RINGI_DOMAIN_TOPIC_PROPS_H

#include "base/list.h"
#include "base/str.h"

struct prop {
	struct node node;
	struct str name, value; /* in the same memory */
};

struct props {
	struct list list; /* struct prop.node */
	int count;
};

void props_init(struct props *);
void props_clear(struct props *); /* empty and usable; a zeroed one is left alone */
struct str props_get(const struct props *, struct str name); /* absent: not there */
void props_put(struct props *, struct str name, struct str value);
void props_take(struct props *, struct str name);

#define PROPS_EACH(props, var) LIST_EACH (&(props)->list, struct prop, node, var)

#endif
