/* heap.h - what is due first: a binary heap of entries that know their place.
 *
 * Ordered by `key`, then by `tie`, both ascending. An entry lies inside what it
 * orders and is in one heap at most; `place` is 0 when it is in none, so that it
 * can be taken out or moved in O(log n). The heap owns only its array. */
#ifndef RINGI_BASE_HEAP_H
#define RINGI_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	int64_t key;
	uint64_t tie;
	size_t place; /* 1-based; 0: not in a heap */
};

struct heap {
	struct heap_entry **at; /* at[1..count] */
	size_t count, cap;
};

void heap_put(struct heap *, struct heap_entry *, int64_t key, uint64_t tie); /* or moves it */
void heap_take(struct heap *, struct heap_entry *); /* accepts one that is in no heap */
void heap_free(struct heap *);                      /* members stay with their owners */

/* NULL when empty. */
static inline struct heap_entry *heap_first(const struct heap *h)
{
	return h->count == 0 ? NULL : h->at[1];
}

#endif
