/* aws.h - Amazon's two wire forms, JSON 1.0 and Query, the same for every family. */
#ifndef RINGI_API_AWS_H
#define RINGI_API_AWS_H

#include "api/family.h"

/* The whole of an answer, in two buffers that belong to the loop. */
struct api_answer_head {
	int status;
	struct str content_type;
};

/* Is it one of Amazon's requests? Fills form, family, op and action of the call and its
 * parameters; may refuse. False when it is none. */
bool aws_read(struct api_call *, const struct http_request *, const struct json **params);

/* Renders result, refusal or fault of a finished command. */
struct api_answer_head aws_write(const struct api_call *, struct buf *body, struct buf *headers);

#endif
