/* policy.h - the access policy of a topic: kept and shown as Amazon does, not enforced
 * (ringi's own access keys decide). Pure. */
#ifndef RINGI_DOMAIN_TOPIC_POLICY_H
#define RINGI_DOMAIN_TOPIC_POLICY_H

#include "domain/domain.h"
#include "domain/topic/topic.h"

struct str policy_default(struct arena *, const struct domain_config *, struct str topic);
/* With one more statement; absent when its label is there already. */
struct str policy_add(struct arena *, const struct domain_config *, struct str policy,
                      const struct topic_permission *);
/* Without the statement of that label; absent when there is none. */
struct str policy_remove(struct arena *, struct str policy, struct str label);

#endif
