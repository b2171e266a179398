/* topic.h - what can be asked of topics: the commands and what they take and give.
 *
 * As with queues (domain/queue/queue.h): each operation is a record `op_topic_...`,
 * its parameters are the struct of that name in c->in, its results lie in the same
 * struct, marked "out". Topics are told by name and subscriptions by the last part of
 * their ARN; turning ARNs into these is the front door's work. Sentences of refusal are
 * Amazon's; those that begin with a parameter lack only "Invalid parameter: ". */
#ifndef RINGI_DOMAIN_TOPIC_TOPIC_H
#define RINGI_DOMAIN_TOPIC_TOPIC_H

#include "domain/cmd.h"
#include "domain/queue/queue.h"
#include "domain/topic/filter.h"

struct domain;

/* Reads all topics and subscriptions into memory, anew if they are there already.
 * domain->topics is NULL before the first time. */
enum err topics_load(struct domain *, struct store *, struct now) MUST_USE;
void topics_free(struct domain *);

/* For metrics; engine thread. Since start. */
struct topic_figures {
	int64_t topics, subscriptions;
	int64_t published, delivered, failed; /* messages; deliveries to one subscription */
	int64_t filtered, dead_lettered, waiting;
	int64_t most_subscriptions; /* of one topic */
	int64_t most_waiting;       /* calls, of one subscription */
};
struct topic_figures topics_figures(const struct domain *);

/* CreateTopic. The same attributes again: the same topic. */
struct topic_create {
	struct str name;
	const struct pair *attributes;
	int attribute_count;
	const struct pair *tags;
	int tag_count;
	bool existed; /* out */
};
extern const struct op op_topic_create;

struct topic_named {
	struct str name;
};
extern const struct op op_topic_delete; /* one that does not exist: nothing happens */

/* ListTopics: names above `after`. Read lane. */
struct topic_list {
	struct str after;
	int max;
	struct str *names; /* out, sorted */
	int count;
	bool more;
};
extern const struct op op_topic_list;

struct topic_get {
	struct str name;
	struct pair *attributes; /* out */
	int attribute_count;
};
extern const struct op op_topic_get;

struct topic_set {
	struct str name;
	struct pair attribute; /* an empty value: back to the default, where that is allowed */
};
extern const struct op op_topic_set;

struct topic_tags {
	struct str name;
	const struct pair *tags; /* set (values) or removed (names) */
	int count;
	struct pair *all; /* out of op_topic_tags_list */
	int all_count;
};
extern const struct op op_topic_tag, op_topic_untag, op_topic_tags_list;

/* AddPermission, RemovePermission: kept in the attribute Policy, not enforced. */
struct topic_permission {
	struct str name, label;
	const struct str *accounts;
	int account_count;
	const struct str *actions;
	int action_count;
};
extern const struct op op_topic_permit, op_topic_unpermit;

struct subscribe {
	struct str topic, protocol, endpoint;
	const struct pair *attributes;
	int attribute_count;
	struct str origin; /* "http://host:port", for the URLs that the endpoint is sent */
	/* out */
	struct str subscription; /* id */
	bool pending;
};
extern const struct op op_subscribe;

struct subscription_confirm {
	struct str topic, token;
	struct str subscription; /* out: id */
};
extern const struct op op_subscription_confirm;

/* A subscription's id; `topic` is the name in its ARN and must be its topic's. */
struct subscription_named {
	struct str topic, subscription;
};
extern const struct op op_unsubscribe; /* one that does not exist: nothing happens */

struct subscription_get {
	struct str topic, subscription;
	struct pair *attributes; /* out */
	int attribute_count;
};
extern const struct op op_subscription_get;

struct subscription_set {
	struct str topic, subscription;
	struct pair attribute;
};
extern const struct op op_subscription_set;

/* ListSubscriptions (topic absent) and ListSubscriptionsByTopic. Read lane. */
struct subscription_info {
	struct str id, topic, protocol, endpoint, owner;
	bool confirmed;
};
struct subscription_list {
	struct str topic, after;
	int max;
	struct subscription_info *subscriptions; /* out, sorted by id */
	int count;
	bool more;
};
extern const struct op op_subscription_list;

/* One message to publish. The front door has checked characters, the syntax of
 * attributes, and MessageStructure, whose texts for protocols it has taken apart. */
struct publish_entry {
	struct str id;              /* of the batch entry, for the answer */
	struct str message;         /* for all; with MessageStructure "json": its "default" */
	struct str for_protocol[3]; /* sqs, http, https; absent: `message` */
	struct str subject;
	struct str group, dedup; /* absent: not given */
	const struct attribute_value *attributes;
	int attribute_count;
	const struct uuid *own_id; /* its id was told before; NULL: it gets one */
	size_t size;               /* message as sent, and attributes */
	/* out */
	struct refused refused; /* in: set by the front door; out */
	struct uuid message_id;
	uint64_t sequence; /* FIFO topics; 0 else */
	bool duplicate;    /* id and sequence are the original's, nothing was delivered */
};

struct topic_publish {
	struct str topic;
	struct publish_entry *entries;
	int count;
	bool batch; /* entries are refused one by one; else the command is */
	struct str origin;
};
extern const struct op op_topic_publish;

#endif
