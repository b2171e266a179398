/* family.h - one service of Amazon's protocols: SQS, SNS.
 *
 * A family is a table of operations, the shape of its Query forms, and its words for
 * refusals. Reading and writing the two wire forms is api/aws.c, the same for all. */
#ifndef RINGI_API_FAMILY_H
#define RINGI_API_FAMILY_H

#include "api/call.h"
#include "api/query.h"

/* A refusal in Amazon's words. */
struct api_error {
	int status;
	struct str shape; /* JSON: "com.amazonaws.sqs#QueueDoesNotExist" */
	struct str code;  /* Query: "AWS.SimpleQueueService.NonExistentQueue" */
	struct str text;
	bool receiver; /* our fault, not the sender's */
};

struct api_family {
	struct str name;    /* "sqs", the service of a signature */
	struct str target;  /* "AmazonSQS.": in X-Amz-Target; absent: no JSON form */
	struct str version; /* "2012-11-05" */
	struct str xml_namespace;
	bool empty_detail; /* <Detail/> in errors */
	const struct api_op *const *ops;
	int op_count;
	const struct query_shape *(*shapes)(const struct api_op *);
	struct api_error (*error)(const struct api_call *, struct refused);
};

extern const struct api_family sqs_family, sns_family;

const struct api_op *family_op(const struct api_family *, struct str action); /* NULL: none */

#endif
