/* refusal.h - every way to say no, once.
 *
 * A refusal is the caller's business: a normal outcome with a stable name and a
 * sentence, after which nothing has changed (invariant 3). The name is used as it
 * stands by ringi's own API (`code`); api/sqs and api/sns turn it into Amazon's. */
#ifndef RINGI_DOMAIN_REFUSAL_H
#define RINGI_DOMAIN_REFUSAL_H

#include "base/str.h"

/*        name                     HTTP status */
#define REFUSALS(X) \
	X(NONE, 200) \
	/* the request */ \
	X(UNKNOWN_OPERATION, 400) \
	X(MALFORMED_INPUT, 400) \
	X(MISSING_PARAMETER, 400) \
	X(INVALID_PARAMETER, 400) \
	X(UNSUPPORTED_OPERATION, 400) \
	X(NOT_FOUND, 404) \
	X(ID_REUSED, 409) \
	X(CONFLICT, 409) \
	X(PRECONDITION_FAILED, 412) \
	/* who asks */ \
	X(MISSING_TOKEN, 403) \
	X(INVALID_TOKEN, 403) \
	X(WRONG_SIGNATURE, 403) \
	X(SIGNATURE_EXPIRED, 403) \
	X(REQUEST_EXPIRED, 403) \
	X(INCOMPLETE_SIGNATURE, 400) \
	X(NOT_ALLOWED, 403) \
	X(REAUTHENTICATION_REQUIRED, 403) \
	X(INVALID_LOGIN, 401) \
	X(CODE_NEEDED, 401) \
	X(TOO_MANY_TRIES, 429) \
	X(FOREIGN_PAGE, 403) \
	X(WEAK_PASSWORD, 400) \
	/* the server */ \
	X(THROTTLED, 503) \
	X(DISK_FULL, 503) \
	X(UNAVAILABLE, 503) \
	/* queues */ \
	X(NO_SUCH_QUEUE, 400) \
	X(QUEUE_EXISTS, 400) \
	X(QUEUE_DELETED_RECENTLY, 400) \
	X(QUEUE_FULL, 429) \
	X(UNKNOWN_ATTRIBUTE, 400) \
	X(INVALID_ATTRIBUTE, 400) \
	X(OVER_LIMIT, 403) \
	X(PURGE_IN_PROGRESS, 403) \
	X(NO_SUCH_RESOURCE, 404) \
	/* messages */ \
	X(INVALID_BODY, 400) \
	X(SCHEMA_MISMATCH, 400) \
	X(RECEIPT_INVALID, 400) \
	X(RECEIPT_EXPIRED, 400) \
	X(MESSAGE_NOT_IN_FLIGHT, 400) \
	X(NO_SUCH_MESSAGE, 404) \
	/* jobs */ \
	X(NOT_TRACKED, 409) \
	X(LEASE_LOST, 409) \
	X(JOB_FINAL, 409) \
	X(NO_SUCH_GROUP, 404) \
	X(GROUP_CLOSED, 409) \
	X(NO_SUCH_RECOVERY, 404) \
	/* batches */ \
	X(EMPTY_BATCH, 400) \
	X(TOO_MANY_ENTRIES, 400) \
	X(ENTRY_IDS_NOT_DISTINCT, 400) \
	X(INVALID_ENTRY_ID, 400) \
	X(BATCH_TOO_LONG, 400) \
	/* jobs */ \
	X(NO_SUCH_JOB, 404) \
	/* schedules */ \
	X(NO_SUCH_SCHEDULE, 404) \
	X(INVALID_SCHEDULE, 400) \
	/* people */ \
	X(UNKNOWN_PERSON, 400) \
	X(UNKNOWN_DEPARTMENT, 400) \
	X(UNKNOWN_POST, 400) \
	X(UNKNOWN_PEOPLE_GROUP, 400) \
	/* policies */ \
	X(NO_SUCH_POLICY, 404) \
	X(INVALID_POLICY, 400) \
	X(IMPOSSIBLE_POLICY, 400) \
	/* approvals */ \
	X(NO_SUCH_APPROVAL, 404) \
	X(CLOSED, 409) \
	X(ALREADY_VOTED, 409) \
	X(NO_DELEGATION, 403) \
	X(SELF_APPROVAL, 403) \
	X(SAME_PERSON, 409) \
	X(NOT_AN_APPROVER, 403) \
	X(NOT_THE_APPLICANT, 403) \
	X(LOCKED, 423) \
	X(STALE, 409) \
	/* topics */ \
	X(NO_SUCH_TOPIC, 404) \
	X(NO_SUCH_SUBSCRIPTION, 404) \
	X(INVALID_TOPIC_PARAMETER, 400) \
	X(FILTER_POLICY_LIMIT, 403) \
	X(TOPIC_LIMIT, 403) \
	X(SUBSCRIPTION_LIMIT, 403) \
	X(TAG_LIMIT, 400)

enum refusal {
#define X(name, status) REFUSED_##name,
	REFUSALS(X)
#undef X
		REFUSALS_COUNT
};

const char *refusal_name(enum refusal); /* "NO_SUCH_QUEUE" */
int refusal_status(enum refusal);       /* HTTP, for ringi's own API */
/* There is no room now, in the queue or on the disk; of the message itself it says nothing. */
bool refusal_is_fullness(enum refusal);
/* After which time asking again makes sense, where nothing better is known; 0: never. */
int64_t refusal_retry_ms(enum refusal);

#endif
