/* duration.h - lengths of time as ISO 8601 writes them: P3D, PT4H, P1DT2H30M, P2W, P1M.
 *
 * What a part means is the reader's business: a month has no fixed length, and three days are
 * three business days where a calendar is asked (domain/calendar).
 *
 * Taken: whole numbers with Y M W D before T and H M S behind it, each at most once and in this
 * order. Not taken, each with a sentence that says what to write instead: zero, negative ones,
 * fractions, weeks beside other parts, more than 12 months (P30M is mostly meant as PT30M),
 * and more than DURATION_DAYS_MAX in all. */
#ifndef RINGI_BASE_DURATION_H
#define RINGI_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct duration {
	int years, months, weeks, days; /* parts of the date */
	int64_t ms;                     /* hours, minutes and seconds together */
};

/* False with a sentence (in the arena) when it is none. */
bool duration_read(struct arena *, struct str, struct duration *, struct str *why);
void duration_text(struct buf *, const struct duration *); /* PT90M becomes PT1H30M */

#endif
