/* arn.c - Amazon's resource names. */
#include "domain/topic/arn.h"

bool arn_read(struct str text, struct arn *out, int *parts)
{
	struct str part[5], rest = text;

	*parts = 1;
	for (size_t i = 0; i < text.len; i++)
		*parts += text.at[i] == ':';
	for (int i = 0; i < 5; i++)
		part[i] = str_cut(&rest, ':');
	*out = (struct arn){
		.service = part[2], .region = part[3], .account = part[4], .resource = rest
	};
	return *parts >= 6 && str_is(part[0], "arn") && part[1].len > 0 && rest.len > 0;
}

struct str arn_of_topic(struct arena *a, const struct domain_config *c, struct str name)
{
	return arena_printf(a, "arn:aws:sns:%.*s:%.*s:%.*s", S_ARG(c->region), S_ARG(c->account),
	                    S_ARG(name));
}

struct str arn_of_subscription(struct arena *a, const struct domain_config *c, struct str topic,
                               struct str id)
{
	return arena_printf(a, "arn:aws:sns:%.*s:%.*s:%.*s:%.*s", S_ARG(c->region), S_ARG(c->account),
	                    S_ARG(topic), S_ARG(id));
}
