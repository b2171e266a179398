/* decimal.h - numbers as people write them: compared and divided exactly, never rounded.
 *
 * A decimal is 0.DIGITS * 10^point without a zero at either end of DIGITS; zero has no
 * digits. So equal numbers are equal field by field, however they were written ("1",
 * "1.0", "10e-1"). An exponent beyond +-DECIMAL_POINT_MAX is taken as that: such numbers
 * are told apart from all others, not from each other. */
#ifndef RINGI_WIRE_DECIMAL_H
#define RINGI_WIRE_DECIMAL_H

#include "base/arena.h"
#include "base/str.h"

#define DECIMAL_POINT_MAX ((int64_t)1000 * 1000 * 1000 * 1000)
enum { DECIMAL_DIVISOR_MAX = 18 }; /* digits of what decimal_divides divides by */

struct decimal {
	bool negative;
	int64_t point;
	struct str digits; /* may lie in the text that was read */
};

/* `text` is a number of JSON. The arena is used only when digits stand on both sides of
 * the point. */
struct decimal decimal_read(struct arena *, struct str text);
int decimal_cmp(struct decimal a, struct decimal b); /* below 0, 0, above 0 */
bool decimal_whole(struct decimal);                  /* no fraction */
/* A whole number from 0 to `max`; what is above it counts as `max`. False: it is none. */
bool decimal_count(struct decimal, int64_t max, int64_t *out);
/* `n` is a whole multiple of `divisor`, which is above 0 and has at most
 * DECIMAL_DIVISOR_MAX digits. */
bool decimal_divides(struct decimal divisor, struct decimal n);

#endif
