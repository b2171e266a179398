/* retry.h - delivery policies: how often and when a failed HTTP delivery is tried again.
 *
 *     no delay | minimum | from minimum to maximum | maximum      phases, in this order
 *
 * The subscription's policy counts, else its topic's, else three retries 20 s apart. Pure. */
#ifndef RINGI_DOMAIN_TOPIC_RETRY_H
#define RINGI_DOMAIN_TOPIC_RETRY_H

#include "base/arena.h"
#include "base/str.h"

enum backoff { BACKOFF_LINEAR, BACKOFF_ARITHMETIC, BACKOFF_GEOMETRIC, BACKOFF_EXPONENTIAL };

struct retry_policy {
	int64_t retries, no_delay, min_delay, max_delay; /* numRetries, and how many in a phase */
	int64_t min_s, max_s;
	enum backoff backoff;
};

/* False and a sentence in `why`. A topic's has another form than a subscription's. */
bool retry_policy_check(struct arena *, struct str json, bool of_topic, struct str *why);
/* Both may be absent; what was stored was checked. */
struct retry_policy retry_policy_of(struct arena *, struct str topic_json,
                                    struct str subscription_json);
/* When to try again after `attempts` failures; -1: not any more. */
int64_t retry_delay_ms(const struct retry_policy *, int attempts);
/* EffectiveDeliveryPolicy: of a topic {"http":{"defaultHealthyRetryPolicy":...}}. */
struct str retry_policy_text(struct arena *, const struct retry_policy *, bool of_topic);

#endif
