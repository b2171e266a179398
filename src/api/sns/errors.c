/* errors.c - every refusal in the words of SNS. */
#include "api/sns/sns.h"

static const struct {
	const char *code;
	int status;
	bool receiver;
} words[REFUSALS_COUNT] = {
	[REFUSED_UNKNOWN_OPERATION] = { "InvalidAction", 400, false },
	[REFUSED_INVALID_PARAMETER] = { "ParameterValueInvalid", 400, false },
	[REFUSED_NOT_FOUND] = { "NotFound", 404, false },
	[REFUSED_MISSING_TOKEN] = { "MissingAuthenticationToken", 403, false },
	[REFUSED_INVALID_TOKEN] = { "InvalidClientTokenId", 403, false },
	[REFUSED_WRONG_SIGNATURE] = { "SignatureDoesNotMatch", 403, false },
	[REFUSED_SIGNATURE_EXPIRED] = { "SignatureDoesNotMatch", 403, false },
	[REFUSED_REQUEST_EXPIRED] = { "RequestExpired", 403, false },
	[REFUSED_INCOMPLETE_SIGNATURE] = { "IncompleteSignature", 400, false },
	[REFUSED_NOT_ALLOWED] = { "AuthorizationError", 403, false },
	[REFUSED_THROTTLED] = { "Throttled", 429, false },
	[REFUSED_DISK_FULL] = { "ServiceUnavailable", 503, true },
	[REFUSED_UNAVAILABLE] = { "ServiceUnavailable", 503, true },
	[REFUSED_NO_SUCH_RESOURCE] = { "ResourceNotFound", 404, false },
	[REFUSED_EMPTY_BATCH] = { "EmptyBatchRequest", 400, false },
	[REFUSED_TOO_MANY_ENTRIES] = { "TooManyEntriesInBatchRequest", 400, false },
	[REFUSED_ENTRY_IDS_NOT_DISTINCT] = { "BatchEntryIdsNotDistinct", 400, false },
	[REFUSED_INVALID_ENTRY_ID] = { "InvalidBatchEntryId", 400, false },
	[REFUSED_BATCH_TOO_LONG] = { "BatchRequestTooLong", 400, false },
	[REFUSED_NO_SUCH_TOPIC] = { "NotFound", 404, false },
	[REFUSED_NO_SUCH_SUBSCRIPTION] = { "NotFound", 404, false },
	[REFUSED_FILTER_POLICY_LIMIT] = { "FilterPolicyLimitExceeded", 403, false },
	[REFUSED_TOPIC_LIMIT] = { "TopicLimitExceeded", 403, false },
	[REFUSED_SUBSCRIPTION_LIMIT] = { "SubscriptionLimitExceeded", 403, false },
	[REFUSED_TAG_LIMIT] = { "TagLimitExceeded", 400, false },
};

/* All that is not in the table is InvalidParameter. */
struct api_error sns_error(const struct api_call *call, struct refused r)
{
	struct api_error e = { 400, S("InvalidParameter"), S("InvalidParameter"), r.text, false };

	if (words[r.why].code == NULL) {
		e.text = arena_printf(call->c->arena, "Invalid parameter: %.*s", S_ARG(r.text));
		return e;
	}
	e.shape = e.code = str_of(words[r.why].code);
	e.status = words[r.why].status;
	e.receiver = words[r.why].receiver;
	return e;
}
