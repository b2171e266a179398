/* enqueue.h - what the rest of the domain may do with queues (topics publish into
 * them; later jobs and flows do). Engine thread, inside a batch. */
#ifndef RINGI_DOMAIN_QUEUE_ENQUEUE_H
#define RINGI_DOMAIN_QUEUE_ENQUEUE_H

#include "domain/batch.h"
#include "domain/queue/queue.h"

struct queue;

struct queue *queue_by_name(struct domain *, struct str name); /* NULL: there is none */
bool queue_is_fifo(const struct queue *);
bool queues_disk_full(const struct domain *); /* nothing is taken for now */

/* Would this message be taken? Refuses into e->refused (size, FIFO parameters,
 * fullness, disk); changes nothing. `batch` decides between two of Amazon's codes. */
void queue_enqueue_check(struct batch *, struct queue *, struct send_entry *e, bool batch);

/* Takes it: rows, memory, deduplication; fills the entry's outs. After a check that
 * did not refuse, in the same batch. */
enum err queue_enqueue(struct batch *, struct queue *, struct send_entry *e, struct str sender)
	MUST_USE;

#endif
