/* breaker.h - whether a push queue's URL is called at all. Pure.
 *
 *     closed --PUSH_FAILURES in a row, or told to wait--> open --its pause is over--> half open
 *        ^                                                  ^                            |
 *        |                                                  '--the trial fails: twice ---|
 *        '-------------------- a call succeeds ------------------------------------------'
 *
 * Pauses grow from PUSH_PAUSE_MIN_MS to PUSH_PAUSE_MAX_MS. What fails while it is open was
 * begun before and says nothing new. */
#ifndef RINGI_DOMAIN_QUEUE_BREAKER_H
#define RINGI_DOMAIN_QUEUE_BREAKER_H

#include "base/time.h"
#include "domain/queue/push.h"

struct breaker {
	int64_t failures;               /* in a row */
	int64_t pause_ms;               /* the last one; 0: none yet */
	int64_t until_wall, until_mono; /* 0: closed. The wall clock is stored and shown */
};

enum breaker_state breaker_state(const struct breaker *, struct now);
/* True: it changed. `hold_ms`: the other side asks for so long a pause; -1: it does not. */
bool breaker_failed(struct breaker *, struct now, int64_t hold_ms);
bool breaker_succeeded(struct breaker *);

#endif
