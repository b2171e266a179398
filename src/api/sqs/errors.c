/* errors.c - every refusal in the words of SQS: JSON shape, Query code, status. */
#include "api/sqs/sqs.h"
#include "domain/queue/receipt.h"

#define SQS "com.amazonaws.sqs#"
#define CORAL "com.amazon.coral.service#"
#define OLD "AWS.SimpleQueueService."
#define INVALID_VALUE CORAL "InvalidParameterValueException", "InvalidParameterValue"

/*                          JSON shape, Query code, status, receiver's fault */
static const struct {
	const char *shape, *code;
	int status;
	bool receiver;
} words[REFUSALS_COUNT] = {
	[REFUSED_UNKNOWN_OPERATION] = { CORAL "UnknownOperationException", "InvalidAction", 400,
	                                false },
	[REFUSED_MALFORMED_INPUT] = { CORAL "SerializationException", "MalformedInput", 400, false },
	[REFUSED_MISSING_PARAMETER] = { CORAL "MissingRequiredParameterException", "MissingParameter",
	                                400, false },
	[REFUSED_INVALID_PARAMETER] = { INVALID_VALUE, 400, false },
	[REFUSED_UNSUPPORTED_OPERATION] = { SQS "UnsupportedOperation", OLD "UnsupportedOperation", 400,
	                                    false },
	[REFUSED_NOT_FOUND] = { SQS "ResourceNotFoundException", "ResourceNotFoundException", 404,
	                        false },
	[REFUSED_MISSING_TOKEN] = { CORAL "MissingAuthenticationTokenException",
	                            "MissingAuthenticationToken", 403, false },
	[REFUSED_INVALID_TOKEN] = { CORAL "UnrecognizedClientException", "InvalidClientTokenId", 403,
	                            false },
	[REFUSED_WRONG_SIGNATURE] = { CORAL "InvalidSignatureException", "SignatureDoesNotMatch", 403,
	                              false },
	[REFUSED_SIGNATURE_EXPIRED] = { CORAL "InvalidSignatureException", "SignatureDoesNotMatch", 403,
	                                false },
	[REFUSED_REQUEST_EXPIRED] = { CORAL "RequestExpired", "RequestExpired", 403, false },
	[REFUSED_INCOMPLETE_SIGNATURE] = { CORAL "IncompleteSignatureException", "IncompleteSignature",
	                                   400, false },
	[REFUSED_NOT_ALLOWED] = { CORAL "AccessDeniedException", "AccessDenied", 403, false },
	[REFUSED_THROTTLED] = { SQS "RequestThrottled", "RequestThrottled", 403, false },
	[REFUSED_DISK_FULL] = { CORAL "ServiceUnavailable", "ServiceUnavailable", 503, true },
	[REFUSED_UNAVAILABLE] = { CORAL "ServiceUnavailable", "ServiceUnavailable", 503, true },
	[REFUSED_NO_SUCH_QUEUE] = { SQS "QueueDoesNotExist", OLD "NonExistentQueue", 400, false },
	[REFUSED_QUEUE_EXISTS] = { SQS "QueueNameExists", "QueueAlreadyExists", 400, false },
	[REFUSED_QUEUE_DELETED_RECENTLY] = { SQS "QueueDeletedRecently", OLD "QueueDeletedRecently",
	                                     400, false },
	/* Clients try it again by themselves, as they do nothing with OverLimit. */
	[REFUSED_QUEUE_FULL] = { SQS "RequestThrottled", "RequestThrottled", 403, false },
	[REFUSED_UNKNOWN_ATTRIBUTE] = { SQS "InvalidAttributeName", "InvalidAttributeName", 400,
	                                false },
	[REFUSED_INVALID_ATTRIBUTE] = { SQS "InvalidAttributeValue", "InvalidAttributeValue", 400,
	                                false },
	[REFUSED_OVER_LIMIT] = { SQS "OverLimit", "OverLimit", 403, false },
	[REFUSED_PURGE_IN_PROGRESS] = { SQS "PurgeQueueInProgress", OLD "PurgeQueueInProgress", 403,
	                                false },
	[REFUSED_NO_SUCH_RESOURCE] = { SQS "ResourceNotFoundException", "ResourceNotFoundException",
	                               404, false },
	[REFUSED_INVALID_BODY] = { SQS "InvalidMessageContents", "InvalidMessageContents", 400, false },
	[REFUSED_SCHEMA_MISMATCH] = { INVALID_VALUE, 400, false },
	[REFUSED_RECEIPT_INVALID] = { SQS "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400,
	                              false },
	[REFUSED_RECEIPT_EXPIRED] = { INVALID_VALUE, 400, false },
	[REFUSED_MESSAGE_NOT_IN_FLIGHT] = { SQS "MessageNotInflight", OLD "MessageNotInflight", 400,
	                                    false },
	[REFUSED_NO_SUCH_MESSAGE] = { INVALID_VALUE, 400, false },
	[REFUSED_EMPTY_BATCH] = { SQS "EmptyBatchRequest", OLD "EmptyBatchRequest", 400, false },
	[REFUSED_TOO_MANY_ENTRIES] = { SQS "TooManyEntriesInBatchRequest",
	                               OLD "TooManyEntriesInBatchRequest", 400, false },
	[REFUSED_ENTRY_IDS_NOT_DISTINCT] = { SQS "BatchEntryIdsNotDistinct",
	                                     OLD "BatchEntryIdsNotDistinct", 400, false },
	[REFUSED_INVALID_ENTRY_ID] = { SQS "InvalidBatchEntryId", OLD "InvalidBatchEntryId", 400,
	                               false },
	[REFUSED_BATCH_TOO_LONG] = { SQS "BatchRequestTooLong", OLD "BatchRequestTooLong", 400, false },
};

struct refused sqs_receipt_refused(const struct api_call *call, struct refused r,
                                   const struct receipt *receipt)
{
	char handle[RECEIPT_TEXT];

	if ((r.why != REFUSED_RECEIPT_EXPIRED && r.why != REFUSED_NO_SUCH_MESSAGE) ||
	    str_starts(r.text, S("Value ")))
		return r;
	receipt_write(sqs_receipt_key(call), *receipt, handle);
	return refused_as(call->c->arena, r.why,
	                  "Value %.*s for parameter ReceiptHandle is invalid. Reason: %.*s",
	                  RECEIPT_TEXT, handle, S_ARG(r.text));
}

static bool about_one_receipt(const struct api_call *call)
{
	const struct queue_receipts *in = call->c->in;

	return in != NULL && call->op != NULL &&
	       (call->c->op == &op_queue_delete_messages ||
	        call->c->op == &op_queue_change_visibility) &&
	       in->count > 0;
}

struct api_error sqs_error(const struct api_call *call, struct refused r)
{
	struct api_error e = { 400, S(CORAL "InvalidParameterValueException"),
		                   S("InvalidParameterValue"), r.text, false };

	if (about_one_receipt(call)) {
		const struct queue_receipts *in = call->c->in;
		e.text = sqs_receipt_refused(call, r, &in->entries[0].receipt).text;
	}
	if (r.why == REFUSED_NO_SUCH_QUEUE)
		e.text = call->form == API_JSON
		             ? S("The specified queue does not exist.")
		             : S("The specified queue does not exist for this wsdl version.");
	if (words[r.why].shape == NULL)
		return e;
	e.shape = str_of(words[r.why].shape);
	e.code = str_of(words[r.why].code);
	e.status = words[r.why].status;
	e.receiver = words[r.why].receiver;
	return e;
}
