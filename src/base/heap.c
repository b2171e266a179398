/* heap.c - a binary heap of entries that know their place. */
#include "base/heap.h"

#include "base/arena.h"
#include "base/err.h"

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key != b->key ? a->key < b->key : a->tie < b->tie;
}

static void set(struct heap *h, size_t place, struct heap_entry *e)
{
	h->at[place] = e;
	e->place = place;
}

static void sift_up(struct heap *h, struct heap_entry *e)
{
	size_t place = e->place;

	for (; place > 1 && before(e, h->at[place / 2]); place /= 2)
		set(h, place, h->at[place / 2]);
	set(h, place, e);
}

static void sift_down(struct heap *h, struct heap_entry *e)
{
	size_t place = e->place;

	for (;;) {
		size_t child = place * 2;
		if (child > h->count)
			break;
		if (child < h->count && before(h->at[child + 1], h->at[child]))
			child++;
		if (!before(h->at[child], e))
			break;
		set(h, place, h->at[child]);
		place = child;
	}
	set(h, place, e);
}

void heap_put(struct heap *h, struct heap_entry *e, int64_t key, uint64_t tie)
{
	if (e->place != 0) {
		e->key = key;
		e->tie = tie;
		sift_up(h, e);
		sift_down(h, e);
		return;
	}
	if (h->count + 1 >= h->cap) {
		h->cap = h->cap == 0 ? 16 : h->cap * 2;
		h->at = mem_resize(h->at, h->cap * sizeof *h->at);
	}
	e->key = key;
	e->tie = tie;
	h->count++;
	set(h, h->count, e);
	sift_up(h, e);
}

void heap_take(struct heap *h, struct heap_entry *e)
{
	size_t place = e->place;

	if (place == 0)
		return;
	must(place <= h->count && h->at[place] == e);
	struct heap_entry *last = h->at[h->count--];
	e->place = 0;
	if (last == e)
		return;
	set(h, place, last);
	sift_up(h, last);
	sift_down(h, last);
}

void heap_free(struct heap *h)
{
	for (size_t i = 1; i <= h->count; i++)
		h->at[i]->place = 0;
	mem_free(h->at);
	*h = (struct heap){ 0 };
}
