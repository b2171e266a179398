/* runs.h - a growing set of positions, taken from the front.
 *
 * Neighbouring positions are kept as one run of 8 bytes, so a backlog of a million
 * messages in order is one number, and one shuffled among groups is 8 MB. Positions
 * are added at the right end in rising order; removing from the middle is possible,
 * linear and rare. A zeroed struct is an empty set. */
#ifndef RINGI_DOMAIN_QUEUE_RUNS_H
#define RINGI_DOMAIN_QUEUE_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runs {
	uint64_t *at; /* position << 24 | length; at[head..end) */
	size_t head, end, cap;
	int64_t total; /* positions, not runs */
};

void runs_add(struct runs *, uint64_t position);  /* above all others */
uint64_t runs_first(const struct runs *);         /* 0: empty; positions begin at 1 */
int64_t runs_side_by_side(const struct runs *);   /* how many follow each other from there */
uint64_t runs_take_first(struct runs *);          /* must not be empty */
bool runs_take(struct runs *, uint64_t position); /* false: is not in it */
bool runs_has(const struct runs *, uint64_t position);
void runs_free(struct runs *);

#endif
