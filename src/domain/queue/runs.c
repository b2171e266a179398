/* runs.c - a growing set of positions, taken from the front. */
#include "domain/queue/runs.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"

enum { LENGTH_BITS = 24 };
#define LENGTH_MAX ((1u << LENGTH_BITS) - 1)

static uint64_t first_of(uint64_t run)
{
	return run >> LENGTH_BITS;
}

static uint64_t length_of(uint64_t run)
{
	return run & LENGTH_MAX;
}

static uint64_t run_of(uint64_t first, uint64_t length)
{
	return first << LENGTH_BITS | length;
}

/* Room for one more at the end: slides back to the front of the array, or grows it. */
static void make_room(struct runs *r)
{
	if (r->end < r->cap)
		return;
	size_t count = r->end - r->head;
	if (r->head > r->cap / 2) {
		memmove(r->at, r->at + r->head, count * sizeof *r->at);
	} else {
		r->cap = r->cap == 0 ? 4 : r->cap * 2;
		uint64_t *at = mem_get(r->cap * sizeof *at);
		if (count > 0)
			memcpy(at, r->at + r->head, count * sizeof *at);
		mem_free(r->at);
		r->at = at;
	}
	r->head = 0;
	r->end = count;
}

void runs_add(struct runs *r, uint64_t position)
{
	r->total++;
	if (r->end > r->head) {
		uint64_t *last = &r->at[r->end - 1];
		must(position >= first_of(*last) + length_of(*last));
		if (position == first_of(*last) + length_of(*last) && length_of(*last) < LENGTH_MAX) {
			++*last;
			return;
		}
	}
	make_room(r);
	r->at[r->end++] = run_of(position, 1);
}

uint64_t runs_first(const struct runs *r)
{
	return r->end == r->head ? 0 : first_of(r->at[r->head]);
}

int64_t runs_side_by_side(const struct runs *r)
{
	return r->end == r->head ? 0 : (int64_t)length_of(r->at[r->head]);
}

uint64_t runs_take_first(struct runs *r)
{
	must(r->end > r->head);
	uint64_t run = r->at[r->head], position = first_of(run);

	r->total--;
	if (length_of(run) > 1)
		r->at[r->head] = run_of(position + 1, length_of(run) - 1);
	else if (++r->head == r->end)
		r->head = r->end = 0;
	return position;
}

/* Index of the run that holds the position, or `end`. */
static size_t find(const struct runs *r, uint64_t position)
{
	size_t low = r->head, high = r->end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t run = r->at[middle];
		if (position < first_of(run))
			high = middle;
		else if (position >= first_of(run) + length_of(run))
			low = middle + 1;
		else
			return middle;
	}
	return r->end;
}

bool runs_has(const struct runs *r, uint64_t position)
{
	return find(r, position) != r->end;
}

bool runs_take(struct runs *r, uint64_t position)
{
	size_t i = find(r, position);

	if (i == r->end)
		return false;
	uint64_t first = first_of(r->at[i]), length = length_of(r->at[i]);
	uint64_t before = position - first, after = length - before - 1;
	r->total--;
	if (before > 0 && after > 0) {
		make_room(r);
		i = find(r, position);
		memmove(r->at + i + 1, r->at + i, (r->end - i) * sizeof *r->at);
		r->end++;
		r->at[i] = run_of(first, before);
		r->at[i + 1] = run_of(position + 1, after);
	} else if (before > 0) {
		r->at[i] = run_of(first, before);
	} else if (after > 0) {
		r->at[i] = run_of(position + 1, after);
	} else {
		memmove(r->at + i, r->at + i + 1, (r->end - i - 1) * sizeof *r->at);
		r->end--;
	}
	return true;
}

void runs_free(struct runs *r)
{
	mem_free(r->at);
	*r = (struct runs){ 0 };
}
