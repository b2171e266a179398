/* flow.h - queues that hand on by themselves: many messages become one (attribute `collect`),
 * or one becomes many (`split`).
 *
 *     collect   m1 m2 m3 ...  --as many as `max`, or the oldest waited `wait_ms`-->
 *               one message {"messages": [m1, m2, m3], "count": 3, "first_sent_at": "..."}
 *     split     {"users": [u1, u2, u3]}  --"at": "/users"-->  u1 u2 u3
 *
 * F1  What goes out of the one queue and what comes of it into the other (`into`) is one
 *     transaction: nothing is lost, nothing comes twice. A long array goes in several, and
 *     split_cursor says in each how far it is.
 * F2  Messages are taken in the order in which they would be received; with by_group, and on
 *     FIFO queues always, those of one message group.
 * F3  Nothing goes in a circle: `into` and the dead-letter queues of such queues never lead
 *     back, which is asked when they are set.
 * F4  What can't be handed on (too large, no array, not what the target's schema asks for) is
 *     a dead letter with an error. So such a queue has a dead-letter queue.
 * F5  A target that is full, or gone, is waited for; so is a dead-letter queue that is gone. */
#ifndef RINGI_DOMAIN_QUEUE_FLOW_H
#define RINGI_DOMAIN_QUEUE_FLOW_H

#include "domain/cmd.h"

struct batch;
struct queue;
struct settings;

enum flow_kind { FLOW_NONE, FLOW_COLLECT, FLOW_SPLIT };
struct flow {
	enum flow_kind kind;
	struct str into;
	struct str at;        /* split: JSON pointer; "": the whole body */
	int64_t max, wait_ms; /* collect */
	bool by_group;
};

/* flow_settings.c. The attributes `collect` and `split`: what is wrong with one by itself, and
 * with all settings of that queue together (`kept`: its name; texts in the command's arena). */
struct refused flow_check(struct arena *, struct str name, struct str value);
void flow_set(struct flow *, struct arena *, struct str name, struct str value);
enum err flow_check_all(struct batch *, struct cmd *, struct str kept, const struct settings *)
	MUST_USE;

/* Messages may be ready, or settings have changed: when it is looked at. */
void flow_offer(struct batch *, struct queue *);
extern const struct op op_flow_step; /* a command of the clock */

/* flow_split.c, flow_collect.c: one step. *again: mono time of the next; NEVER. */
enum err flow_collect(struct batch *, struct queue *, int64_t *again) MUST_USE;
enum err flow_split(struct batch *, struct queue *, int64_t *again) MUST_USE;

#endif
