/* validate.h - what SQS allows, once for both protocols: numbers, names, characters, ids.
 *
 * Each function returns REFUSED_NONE when the value is fine, else the refusal in AWS's
 * words, with its text in the arena; the caller decides whether it is the call's or one
 * batch entry's. What needs the queue to decide is the domain's. Pure. */
#ifndef RINGI_API_SQS_VALIDATE_H
#define RINGI_API_SQS_VALIDATE_H

#include "domain/cmd.h"

enum range {
	RANGE_MAX_MESSAGES,
	RANGE_WAIT,
	RANGE_RECEIVE_VISIBILITY,
	RANGE_VISIBILITY,
	RANGE_DELAY,
	RANGE_LIST_RESULTS,
	RANGE_MOVE_RESULTS,
	RANGE_MOVE_RATE,
	RANGES
};
struct refused validate_range(struct arena *, enum range, int64_t value);

/* 1 to 80 of letters, digits, '-', '_'; `.fifo` at the end exactly when `fifo`. */
struct refused validate_queue_name(struct arena *, struct str name, bool fifo);
/* Message bodies: what XML 1.0 can carry. `text` must be UTF-8. */
struct refused validate_body(struct arena *, struct str text);
bool valid_characters(struct str text);
/* MessageGroupId, MessageDeduplicationId, ReceiveRequestAttemptId: 1 to 128 letters,
 * digits and punctuation of ASCII. */
struct refused validate_token(struct arena *, const char *parameter, struct str value);
/* Number, ids and distinctness of the entries of a batch. `entry` is what AWS calls one of
 * them: "SendMessageBatchRequestEntry". */
struct refused validate_batch(struct arena *, const char *entry, const struct str *ids, int count);
struct refused validate_tag(struct arena *, struct str key, struct str value);
struct refused validate_label(struct arena *, struct str label);
/* A decimal number of at most 38 digits between -1e126 and 1e126, 1e-128 the smallest. */
bool valid_number(struct str);

#endif
