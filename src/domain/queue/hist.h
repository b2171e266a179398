/* hist.h - how long things took: a histogram of milliseconds. Pure.
 *
 * Four buckets for each doubling, so that a percentile is right within an eighth. Those below
 * 4 ms hold one value each; the last one holds everything from a day and a half on. */
#ifndef RINGI_DOMAIN_QUEUE_HIST_H
#define RINGI_DOMAIN_QUEUE_HIST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum { HIST_BUCKETS = 108 };

struct hist {
	uint32_t at[HIST_BUCKETS];
};

static inline int hist_bucket(int64_t ms)
{
	if (ms < 4)
		return ms < 0 ? 0 : (int)ms;
	int top = 63 - __builtin_clzll((unsigned long long)ms);
	int bucket = 4 * (top - 1) + (int)(ms >> (top - 2) & 3);
	return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

static inline void hist_note(struct hist *h, int64_t ms)
{
	h->at[hist_bucket(ms)]++;
}

int64_t hist_lower(int bucket); /* its smallest value */
int64_t hist_count(const struct hist *);
/* What `percent` of 100 are not above, in ms; -1: it is empty. */
int64_t hist_percentile(const struct hist *, int percent);
void hist_add(struct hist *to, const struct hist *);
void hist_take(struct hist *from, const struct hist *); /* part of it */

/* As it stands in a row: "bucket:count ..."; empty: "". */
void hist_write(struct buf *, const struct hist *);
bool hist_read(struct str, struct hist *) MUST_USE; /* false: it is not one */

#endif
