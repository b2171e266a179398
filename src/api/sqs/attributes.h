/* attributes.h - message attributes: from the request into the form that is stored, and
 * from there into answers.
 *
 * Stored, in order of the names:
 *     {"city": {"type": "String", "value": "Oslo"}, "raw": {"type": "Binary", "value": "AAE="}} */
#ifndef RINGI_API_SQS_ATTRIBUTES_H
#define RINGI_API_SQS_ATTRIBUTES_H

#include "api/call.h"
#include "wire/hash.h"

struct attributes_in {
	int count;
	struct str stored; /* absent: none */
	struct str trace;  /* value of AWSTraceHeader, of system attributes */
	size_t size;       /* as SQS counts: names, types, values */
	uint8_t md5[MD5_SIZE];
};

/* `map` may be NULL. Values of the wrong JSON kind refuse the call; all else is returned. */
struct refused attributes_read(struct api_call *, const struct json *map, bool system,
                               struct attributes_in *);

/* Which attributes a receiver wants. */
struct attributes_wanted {
	bool all;
	const struct str *names; /* exact, or "prefix.*" */
	int count;
};
struct attributes_wanted attributes_wanted(const struct str *names, int count);

/* One attribute of an answer, in order of the names. */
struct attribute_out {
	struct str name, type, value;
	bool binary;
};
/* Those of `stored` that are wanted; 0: none. */
int attributes_pick(struct arena *, struct str stored, const struct attributes_wanted *,
                    struct attribute_out **out, uint8_t md5[MD5_SIZE]);

#endif
