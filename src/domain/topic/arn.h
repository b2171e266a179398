/* arn.h - Amazon's resource names: arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE. Pure. */
#ifndef RINGI_DOMAIN_TOPIC_ARN_H
#define RINGI_DOMAIN_TOPIC_ARN_H

#include "base/arena.h"
#include "base/str.h"
#include "domain/domain.h"

struct arn {
	struct str service, region, account;
	struct str resource; /* all behind the fifth colon */
};

/* False when it has fewer than six parts or does not begin with "arn"; `parts` says how many. */
bool arn_read(struct str text, struct arn *, int *parts);
struct str arn_of_topic(struct arena *, const struct domain_config *, struct str name);
struct str arn_of_subscription(struct arena *, const struct domain_config *, struct str topic,
                               struct str id);

#endif
