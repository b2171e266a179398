/* sqs.h - what the operations of SQS share: queue URLs, ARNs, maps, batches.
 *
 * To add an operation:
 *   1. write api/sqs/<name>.c with its record, and name it in ops.c
 *   2. add its test and its page docs/api/sqs/<name>.md */
#ifndef RINGI_API_SQS_SQS_H
#define RINGI_API_SQS_SQS_H

#include "api/family.h"
#include "api/sqs/attributes.h"
#include "api/sqs/validate.h"
#include "domain/queue/queue.h"

/* The name of the queue that the call is about: of QueueUrl, else of the path; becomes
 * call->resource. Empty when refused. */
struct str sqs_queue(struct api_call *, const struct json *params);
/* "http://any.host/ACCOUNT/NAME", "NAME" -> NAME. */
struct str sqs_name_of_url(struct str url);
struct str sqs_url(const struct api_call *, struct str name);
struct str sqs_arn(const struct api_call *, struct str name);
/* Absent when it is not the ARN of a queue. */
struct str sqs_name_of_arn(struct str arn);

/* The entries of a map of texts. NULL and 0 when absent. */
struct pair *sqs_pairs(struct api_call *, const struct json *params, const char *name, int *count);
/* {"key": {name: value, ...}}, in XML one element <element> a pair, each with the two tags.
 * Nothing when there are none. */
void sqs_write_pairs(struct out *, struct str key, struct str element, struct str name_tag,
                     const struct pair *, int count);
void sqs_write_urls(const struct api_call *, struct out *, struct str key, const struct str *names,
                    int count);

/* Entries of a batch: checks number and ids. NULL when refused. */
const struct json *sqs_entries(struct api_call *, const struct json *params, const char *entry);
/* One of "Failed". */
void sqs_write_failed(const struct api_call *, struct out *, struct str id, struct refused);

/* MaxResults and NextToken of lists; `after` lies in the arena. */
void sqs_page(struct api_call *, const struct json *params, int *max, struct str *after);
void sqs_write_next(const struct api_call *, struct out *, bool asked, bool more, struct str last);

/* SendMessage and one entry of its batch. */
struct sent {
	bool attributes, system; /* were given: their MD5s belong into the answer */
	uint8_t md5[MD5_SIZE], system_md5[MD5_SIZE];
};
/* What is wrong with it is the result. */
struct refused sqs_read_send(struct api_call *, const struct json *params, struct str queue,
                             struct send_entry *, struct sent *);
/* What the request says of its trace, to be kept with its messages; absent: nothing. */
struct str sqs_trace_of(const struct api_call *);
void sqs_write_sent(const struct api_call *, struct out *, struct str queue,
                    const struct send_entry *, const struct sent *);

/* 20 digits and a NUL. */
void sqs_sequence(uint64_t position, char text[21]);

const uint8_t *sqs_receipt_key(const struct api_call *);
/* Delete and change: a handle into a receipt, or the refusal. */
struct refused sqs_read_receipt(struct api_call *, struct str handle, struct receipt *);
/* A refusal that is about a handle, with the handle in its sentence. */
struct refused sqs_receipt_refused(const struct api_call *, struct refused, const struct receipt *);

struct api_error sqs_error(const struct api_call *, struct refused);
const struct query_shape *sqs_shapes(const struct api_op *);

#endif
