/* publish.h - what the rest of the domain may publish by itself. Engine thread, inside a batch. */
#ifndef RINGI_DOMAIN_TOPIC_PUBLISH_H
#define RINGI_DOMAIN_TOPIC_PUBLISH_H

#include "domain/batch.h"
#include "domain/topic/topic.h"

bool topic_exists(const struct domain *, struct str name);
bool topic_is_fifo(const struct domain *, struct str name); /* of one that exists */
/* Into every subscription that wants it. The topic exists; `group` is given where it is FIFO, and
 * without `dedup` the text decides what is a duplicate. */
enum err topic_publish_own(struct batch *, struct str topic, struct publish_entry *,
                           struct str sender) MUST_USE;

#endif
