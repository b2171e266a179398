/* push.h - push queues: their messages are sent to a URL instead of waiting for a receiver.
 *
 *     ready --taken--> in flight, a call is made --2xx--------------------> gone
 *       ^                         |
 *       |---backoff, Retry-After--+--not worth repeating, too often------> DLQ
 *       '---nobody reported: the lease (time-out and PUSH_MARGIN_MS) ends
 *
 * P1  The server itself is the receiver: a call is made for a message that is in flight in
 *     the rows, with its receive counted, and ends by the ways of every other receiver.
 * P2  A report names its receive (Q2); one that comes too late changes no message. So a call
 *     may be made twice, never none.
 * P3  While the breaker is open nothing is taken, and no receive is counted.
 * P4  How many calls are under way is known by who makes them (egress/), and told with each
 *     op_push_take; nothing in memory here has to be right about it.
 *
 * egress/ takes and reports through the door. */
#ifndef RINGI_DOMAIN_QUEUE_PUSH_H
#define RINGI_DOMAIN_QUEUE_PUSH_H

#include "base/limits.h"
#include "domain/queue/queue.h"

struct queues;

/* Members of the attribute `push`, and its secrets. */
struct push_settings {
	struct str url; /* absent: not a push queue */
	int64_t concurrency, timeout_ms;
	struct str sealed[PUSH_SECRETS_MAX]; /* wire/seal.h, bound to push_seal_name */
	int sealed_count;
};

/* What a sealed secret of that queue is bound to. */
struct str push_seal_name(struct arena *, struct str queue);

/* Takes what may be called now. */
struct push_busy {
	uint32_t queue;
	int calls; /* under way */
};
struct push_call {
	struct receipt receipt;
	struct str queue, url;
	int64_t timeout_ms, now_ms; /* now_ms: wall, when it was taken */
	struct str sealed[PUSH_SECRETS_MAX];
	int sealed_count;
	struct uuid message_id;
	struct str body;
	struct str content_type, traceparent; /* the message's own; absent: it has none */
	int64_t attempt;
};
struct push_take {
	int max; /* of calls, all queues together */
	const struct push_busy *busy;
	int busy_count;
	/* out */
	struct push_call *calls;
	int count;
	bool more; /* there is more than has room: ask again when a call has ended */
};
extern const struct op op_push_take;

enum push_result {
	PUSH_DONE,
	PUSH_FAILED,
	PUSH_REFUSED, /* the answer says that this message will never be taken */
};
struct push_done {
	struct receipt receipt;
	enum push_result result;
	struct str error;       /* JSON {"code", "message"}, of a failure */
	int64_t retry_after_ms; /* as the answer asks; -1: it does not */
	bool hold;              /* it asks so for all messages */
	/* out, for the log */
	struct str queue; /* absent: there is none any more */
	bool opened, closed;
	int64_t failures, pause_ms;
};
extern const struct op op_push_done;

/* Secrets of all queues: how many, and whether each can be opened with that key. */
int push_secrets(const struct queues *);
bool push_secrets_open(const struct queues *, const uint8_t *key);

#endif
