/* flow_inside.h - what flow.c, flow_collect.c and flow_split.c share. */
#ifndef RINGI_DOMAIN_QUEUE_FLOW_INSIDE_H
#define RINGI_DOMAIN_QUEUE_FLOW_INSIDE_H

#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

/* Which messages are next, without taking them: of one group (`ready`), or, NULL, of any. */
struct flow_next {
	uint64_t positions[COLLECT_MAX];
	struct str groups[COLLECT_MAX]; /* in the batch's arena */
	int count;
};
void flow_peek(struct batch *, struct queue *, struct ready *, int max, struct flow_next *);
/* The entry of one of them. */
struct entry *flow_pick(struct batch *, struct queue *, const struct flow_next *, int i);

/* A message to enqueue: its digest and size. `group` and `dedup` are for queues that want them. */
struct send_entry *flow_entry(struct batch *, const struct queue *to, struct str body,
                              struct str group, struct str dedup);
/* The target will never take it; else it may later. */
bool flow_never(enum refusal);
/* It was handed on: the message goes, its job SUCCEEDED with this result. */
enum err flow_done(struct batch *, struct queue *, struct entry *, struct str result) MUST_USE;
/* F4. *stuck: there is no dead-letter queue for it. */
enum err flow_dead(struct batch *, struct queue *, struct entry *, const char *code,
                   struct str message, bool *stuck) MUST_USE;

#endif
