/* throttle.h - how often somebody may try: a delay that grows with each failure, per name
 * (an account, known or not; an address). In memory only; any thread. */
#ifndef RINGI_API_THROTTLE_H
#define RINGI_API_THROTTLE_H

#include "base/str.h"
#include "base/time.h"

struct throttle;

struct throttle_rule {
	int free;         /* failures before the first delay */
	int64_t first_ms; /* that delay; each further one is twice as long */
	int64_t max_ms;
};

struct throttle *throttle_open(void);
struct throttle *throttle_close(struct throttle *); /* accepts NULL, returns NULL */

/* 0: try; it counts as a failure until throttle_done. Else how long to wait first; that
 * counts as nothing. */
int64_t throttle_try(struct throttle *, struct str name, const struct throttle_rule *,
                     int64_t now_ms);
/* It was no failure: forget those before too. */
void throttle_done(struct throttle *, struct str name);
/* It was no failure; those before stay. */
void throttle_undo(struct throttle *, struct str name, const struct throttle_rule *);

#endif
