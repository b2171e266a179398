/* props.c - names and their texts, few of them. */
#include "domain/topic/props.h"

#include "base/arena.h"
#include "base/err.h"

void props_init(struct props *p)
{
	list_init(&p->list);
	p->count = 0;
}

void props_clear(struct props *p)
{
	if (p->list.head.next == NULL)
		return;
	while (!list_empty(&p->list))
		mem_free(LIST_TAKE(&p->list, struct prop, node));
	p->count = 0;
}

static struct prop *find(const struct props *p, struct str name)
{
	LIST_EACH (&p->list, struct prop, node, one)
		if (str_eq(one->name, name))
			return one;
	return NULL;
}

struct str props_get(const struct props *p, struct str name)
{
	const struct prop *one = find(p, name);

	return one == NULL ? S_NONE : one->value;
}

static struct prop *prop_new(struct str name, struct str value)
{
	struct prop *one = mem_get(sizeof *one + name.len + value.len + 2);
	char *text = (char *)(one + 1);

	if (name.len > 0)
		memcpy(text, name.at, name.len);
	if (value.len > 0)
		memcpy(text + name.len + 1, value.at, value.len);
	one->name = (struct str){ text, name.len };
	one->value = (struct str){ text + name.len + 1, value.len };
	return one;
}

void props_put(struct props *p, struct str name, struct str value)
{
	must(p->list.head.next != NULL && name.len > 0);
	struct prop *one = prop_new(name, value); /* first: name and value may be lent by the old one */
	struct node *before = &p->list.head;

	props_take(p, one->name);
	LIST_EACH (&p->list, struct prop, node, other)
		if (before == &p->list.head && str_cmp(other->name, one->name) > 0)
			before = &other->node;
	node_insert_before(before, &one->node);
	p->count++;
}

void props_take(struct props *p, struct str name)
{
	struct prop *one = find(p, name);

	if (one == NULL)
		return;
	must(p->count > 0);
	node_take(&one->node);
	mem_free(one);
	p->count--;
}
