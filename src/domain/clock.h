/* clock.h - pushing the clock, for tests (`serve --test-clock`). */
#ifndef RINGI_DOMAIN_CLOCK_H
#define RINGI_DOMAIN_CLOCK_H

#include "domain/cmd.h"

/* Time stands still at `wall_ms` from now on, until the next call; `reset`: it is the
 * machine's again. Setting it forward lets time pass; setting it back moves only the
 * wall clock. */
struct clock_set {
	int64_t wall_ms;
	bool reset;
};
extern const struct op op_clock_set;

#endif
