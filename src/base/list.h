/* list.h - a doubly linked list whose nodes lie inside what they link.
 *
 *     struct list waiting;                       list_init(&waiting);
 *     struct cmd { struct node node; ... };      list_add_last(&waiting, &c->node);
 *     struct cmd *c = LIST_FIRST(&waiting, struct cmd, node);
 *
 * A node is in one list at most; taking it out leaves it pointing at itself,
 * so node_linked() tells. A list does not own its members. */
#ifndef RINGI_BASE_LIST_H
#define RINGI_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct node {
	struct node *next, *previous;
};

struct list {
	struct node head;
};

#define CONTAINER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void node_init(struct node *n)
{
	n->next = n->previous = n;
}

static inline void list_init(struct list *l)
{
	node_init(&l->head);
}

static inline bool list_empty(const struct list *l)
{
	return l->head.next == &l->head;
}

static inline bool node_linked(const struct node *n)
{
	return n->next != NULL && n->next != n;
}

static inline void node_insert_before(struct node *at, struct node *n)
{
	n->next = at;
	n->previous = at->previous;
	at->previous->next = n;
	at->previous = n;
}

static inline void list_add_last(struct list *l, struct node *n)
{
	node_insert_before(&l->head, n);
}

static inline void list_add_first(struct list *l, struct node *n)
{
	node_insert_before(l->head.next, n);
}

/* Accepts a node that is in no list. */
static inline void node_take(struct node *n)
{
	if (n->next != NULL) {
		n->next->previous = n->previous;
		n->previous->next = n->next;
	}
	node_init(n);
}

/* NULL when the list is empty. */
static inline struct node *list_take_first(struct list *l)
{
	struct node *n = l->head.next;

	if (n == &l->head)
		return NULL;
	node_take(n);
	return n;
}

/* Moves all members of `from` behind those of `to`. */
static inline void list_move_all(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->head.next->previous = to->head.previous;
	to->head.previous->next = from->head.next;
	from->head.previous->next = &to->head;
	to->head.previous = from->head.previous;
	list_init(from);
}

#define LIST_FIRST(list, type, member) \
	(list_empty(list) ? NULL : CONTAINER((list)->head.next, type, member))
#define LIST_TAKE(list, type, member) \
	(list_empty(list) ? NULL : CONTAINER(list_take_first(list), type, member))

/* The member may be taken out inside the loop; others may not. */
#define LIST_EACH(list, type, member, var) \
	for (struct node *var##_at = (list)->head.next, *var##_next = var##_at->next; \
	     var##_at != &(list)->head; var##_at = var##_next, var##_next = var##_at->next) \
		for (type *var = CONTAINER(var##_at, type, member); var != NULL; var = NULL)

#endif
