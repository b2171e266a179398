/* retry.h - when a failed attempt is followed by the next one: attribute `retry` of a queue.
 *
 *     {"max_attempts": 5,
 *      "backoff": {"initial_ms": 1000, "factor": 2, "max_ms": 3600000, "jitter": 0.2}}
 *
 * Every member may be left out; those of backoff have the values shown. Pure, any thread. */
#ifndef RINGI_DOMAIN_QUEUE_RETRY_H
#define RINGI_DOMAIN_QUEUE_RETRY_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/str.h"

struct retry {
	bool given;           /* the attribute is set */
	int64_t max_attempts; /* 0: as the queue's limit of receives says */
	int64_t initial_ms, max_ms;
	int64_t factor_milli; /* 2000: each delay is twice the one before */
	int64_t jitter_milli; /* 200: up to 20 % more or less */
};

/* A queue on which it is not set. */
struct retry retry_default(void);
/* False and a sentence in *why (static, or in the arena) when it is not such JSON. */
bool retry_read(struct arena *, struct str json, struct retry *, struct str *why);
/* How long to wait after that many tries (1, 2, ...). At most RETRY_DELAY_MAX_MS. */
int64_t retry_after_ms(const struct retry *, int64_t tries, struct rng *);

#endif
