/* filter.h - filter policies: which messages a subscription wants.
 *
 * A policy is compiled once, when it is set, and then asked for every message. Both
 * scopes are asked in the same way: a message's attributes are made into a JSON object
 * (filter_attributes) and its body is one, or matches nothing. Pure; any thread.
 *
 * Work is bounded: by the policy (FILTER_* in base/limits.h) and, for one message, by
 * FILTER_STEPS_MAX comparisons; a message that needs more does not match. */
#ifndef RINGI_DOMAIN_TOPIC_FILTER_H
#define RINGI_DOMAIN_TOPIC_FILTER_H

#include "base/arena.h"
#include "wire/json.h"

enum filter_scope { FILTER_ATTRIBUTES, FILTER_BODY };

/* One message attribute. `value` of a Binary one is base64. */
struct attribute_value {
	struct str name, type, value;
};

struct filter; /* lies in the arena it was compiled into */

/* NULL and a sentence in `why` (in the arena, without Amazon's "Invalid parameter: ")
 * when the policy is not one. Lends nothing from `policy`. */
struct filter *filter_compile(struct arena *, struct str policy, enum filter_scope,
                              struct str *why);

/* `document` NULL: nothing to look into (a body that is not a JSON object). */
bool filter_matches(const struct filter *, const struct json *document);

/* The attributes as an object: String a string, Number a number, String.Array an array;
 * Binary ones are left out. Lends the texts. */
struct json *filter_attributes(struct arena *, const struct attribute_value *, int count);

#endif
