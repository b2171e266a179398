/* endpoint.h - what a subscription may point at. Pure. */
#ifndef RINGI_DOMAIN_TOPIC_ENDPOINT_H
#define RINGI_DOMAIN_TOPIC_ENDPOINT_H

#include "domain/cmd.h"
#include "domain/domain.h"
#include "domain/topic/memory.h"

/* `protocol` as it was asked for; refused.why is REFUSED_NONE when it is good. */
struct refused endpoint_check(struct arena *, const struct domain_config *, bool fifo_topic,
                              struct str protocol, struct str endpoint, enum protocol *);

/* A queue's ARN of this server: its name; absent when it is none. */
struct str endpoint_queue(const struct domain_config *, struct str arn);

#endif
