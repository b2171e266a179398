/* memory.h - topics as the engine keeps them in memory; for domain/topic only.
 *
 * T1  All of this is a copy of rows; topics_load builds it anew at any moment.
 * T2  A subscription gets nothing before it is confirmed; those of queues are at once.
 * T3  Within one FIFO topic sequence numbers only grow, also over restarts.
 * T4  A publish and what it puts into queues and the outbox are one transaction. */
#ifndef RINGI_DOMAIN_TOPIC_MEMORY_H
#define RINGI_DOMAIN_TOPIC_MEMORY_H

#include "base/map.h"
#include "domain/batch.h"
#include "domain/domain.h"
#include "domain/topic/props.h"
#include "domain/topic/topic.h"

enum protocol { PROTOCOL_SQS, PROTOCOL_HTTP, PROTOCOL_HTTPS, PROTOCOLS };

/* An accepted deduplication id of a FIFO topic. */
struct topic_dedup {
	struct node node; /* in topic.dedup_by_age, oldest first */
	struct str key;   /* group, a zero byte, deduplication id; in the same memory */
	struct str group, dedup;
	int64_t sent_at;
	struct uuid message_id;
	uint64_t sequence;
};

struct topic {
	int64_t id;
	struct str name; /* owned */
	bool fifo, content_dedup, dedup_by_group;
	int signature_version;
	int64_t created_at;
	struct props attributes, tags;
	struct list subscriptions; /* struct subscription.in_topic, oldest first */
	int subscription_count, confirmed_count;
	int64_t deleted_count; /* unsubscribed since start */
	uint64_t next_sequence, reserved;
	struct names dedup; /* struct topic_dedup by key */
	struct list dedup_by_age;
};

struct subscription {
	struct node in_topic;
	struct topic *topic;
	struct str id, endpoint, owner, token; /* owned; token may be absent */
	enum protocol protocol;
	bool confirmed;
	int64_t token_at;
	struct props attributes;
	/* what the attributes mean */
	struct arena *arena;   /* of the following */
	struct filter *filter; /* NULL: everything */
	bool filter_body, raw;
	struct str queue, dead_queue; /* names; absent without one */
	int64_t waiting;              /* rows in the outbox */
};

struct topics {
	struct names by_name;
	struct map by_id;
	struct names subscriptions; /* by id */
	int64_t last_id;
	struct topic_figures figures;
};

const char *protocol_name(enum protocol);
bool protocol_read(struct str, enum protocol *);

/* memory.c */
struct topic *topic_find(const struct domain *, struct str name); /* NULL: there is none */
/* NULL after a refusal. */
struct topic *topic_wanted(struct batch *, struct cmd *, struct str name);
struct topic *topic_add(struct topics *, int64_t id, struct str name);
void topic_remove(struct topics *, struct topic *); /* with its subscriptions */
struct subscription *subscription_find(const struct domain *, struct str id);
struct subscription *subscription_wanted(struct batch *, struct cmd *, struct str topic,
                                         struct str id);
struct subscription *subscription_add(struct topics *, struct topic *, struct str id, enum protocol,
                                      struct str endpoint, struct str owner);
void subscription_remove(struct topics *, struct subscription *);
void subscription_confirmed(struct subscription *);
void subscription_token(struct subscription *, struct str token, int64_t at);
struct str text_copy(struct str); /* owned: mem_free((void *)it.at) */
/* Everything is about to change: read anew if the batch fails. */
void topics_touch(struct batch *);
void topics_clear(struct topics *);

/* attribute.c: what may be set on a topic */
struct refused topic_attribute_check(struct arena *, struct str name, struct str value, bool fifo);
struct str topic_attribute_default(struct str name, bool fifo); /* absent: none */
void topic_apply(struct topic *);                               /* the attributes as they are now */

/* subscription_attribute.c */
struct refused subscription_attribute_check(struct arena *, const struct domain_config *,
                                            bool fifo_topic, const struct props *others,
                                            struct str name, struct str value);
/* Attributes were checked together with these others, as by check. */
/* False: its filter policy is none (any more), and everything would pass. */
bool subscription_apply(struct subscription *) MUST_USE;
struct str subscription_default(const struct subscription *, struct str name);

/* dedup.c */
struct topic_dedup *topic_dedup_find(const struct topic *, struct str group, struct str dedup,
                                     int64_t now_ms);
void topic_dedup_add(struct topic *, struct str group, struct str dedup, int64_t sent_at,
                     struct uuid message_id, uint64_t sequence);
void topic_dedup_clear(struct topic *);
/* Rows and memory; forgets a few whose time is over. */
enum err topic_dedup_accept(struct batch *, struct topic *, struct str group, struct str dedup,
                            struct uuid message_id, uint64_t sequence) MUST_USE;

/* deliver.c */
enum err topic_deliver(struct batch *, struct topic *, const struct topic_publish *,
                       const struct publish_entry *, struct str sender) MUST_USE;
/* Into the subscription's dead-letter queue, if it has one. Counts. */
enum err subscription_give_up(struct batch *, struct subscription *, struct send_entry *,
                              struct str sender) MUST_USE;
/* Writes the call that asks an endpoint to confirm. */
enum err subscription_ask(struct batch *, struct subscription *, struct str origin) MUST_USE;

#endif
