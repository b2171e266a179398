/* receipts.h - the four operations that are about receipt handles. */
#ifndef RINGI_API_SQS_RECEIPTS_H
#define RINGI_API_SQS_RECEIPTS_H

#include "api/sqs/sqs.h"

/* Fills c->in with one entry, or with those of the batch. With `change`, VisibilityTimeout
 * is read and needed. */
void receipts_parse_one(struct api_call *, const struct json *params, bool change);
void receipts_parse_batch(struct api_call *, const struct json *params, const char *entry,
                          bool change);
/* "Successful" (elements named `element` in XML) and "Failed". */
void receipts_render_batch(const struct api_call *, struct out *, struct str element);

#endif
