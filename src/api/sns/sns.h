/* sns.h - what the operations of SNS share: ARNs, maps, lists, pages.
 *
 * To add an operation:
 *   1. write api/sns/<name>.c with its record, and name it in ops.c
 *   2. add its test and its page docs/api/sns/<name>.md */
#ifndef RINGI_API_SNS_SNS_H
#define RINGI_API_SNS_SNS_H

#include "api/family.h"
#include "domain/topic/topic.h"

/* Amazon's "Invalid parameter: ..." about this request. */
void sns_invalid(struct api_call *, const char *format, ...) PRINTF_LIKE(2, 3);

/* The topic's name in the ARN that is this parameter; becomes call->resource. Empty
 * when refused. */
struct str sns_topic(struct api_call *, const struct json *params, const char *parameter);
/* Topic and id of a subscription's ARN. False when refused. */
bool sns_subscription(struct api_call *, const struct json *params, struct str *topic,
                      struct str *id);
struct str sns_topic_arn(const struct api_call *, struct str name);
struct str sns_subscription_arn(const struct api_call *, struct str topic, struct str id);

/* The entries of a map of texts, and of a list of tags. NULL and 0 when absent. */
struct pair *sns_pairs(struct api_call *, const struct json *params, const char *name, int *count);
struct pair *sns_tags(struct api_call *, const struct json *params, int *count);
void sns_write_attributes(struct out *, const struct pair *, int count);
/* For operations whose result has no members. */
void sns_write_nothing(const struct api_call *, struct out *);

/* NextToken: the last name or id of the page before. */
struct str sns_after(struct api_call *, const struct json *params);
void sns_write_next(const struct api_call *, struct out *, bool more, struct str last);
/* ListSubscriptions and ListSubscriptionsByTopic. */
void sns_write_subscriptions(const struct api_call *, struct out *);

/* Publish and one entry of its batch: what is wrong with it is e->refused. */
void sns_read_publish(struct api_call *, const struct json *params, struct publish_entry *e);
/* MessageId and SequenceNumber. */
void sns_write_published(const struct api_call *, struct out *, const struct publish_entry *);
/* Fills e->attributes; e->size grows. What is wrong is returned. */
struct refused sns_read_attributes(struct api_call *, const struct json *map,
                                   struct publish_entry *e);

struct api_error sns_error(const struct api_call *, struct refused);
const struct query_shape *sns_shapes(const struct api_op *);

#endif
