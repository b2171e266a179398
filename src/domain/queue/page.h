/* page.h - messages that lie side by side, read together.
 *
 * A receive takes what stands next in the queue, and the receives that follow it in its batch
 * take what comes after: so the first of them reads for all, one statement and one round trip
 * to the database.
 *
 *   A1  Rows read ahead are messages that nobody has received yet, of a queue without jobs, and
 *       they are used within the batch only. Any command that could change such a row ends them
 *       (struct op: `takes` and `appends` do not). */
#ifndef RINGI_DOMAIN_QUEUE_PAGE_H
#define RINGI_DOMAIN_QUEUE_PAGE_H

#include "domain/queue/memory.h"

struct page {
	struct arena *arena;   /* where what they point to is put */
	struct received *rows; /* with room for all that are wanted */
	size_t bytes;          /* of the answer with them; in: without */
	int count;             /* those for which the answer has room: the first ones */
};

/* Reads `n` messages from position `first` on, of which `following` in all are known to stand
 * there, never received. ERR_CORRUPT when the rows are not there. */
enum err page_read(struct batch *, struct queue *, uint64_t first, int n, int64_t following,
                   struct page *) MUST_USE;

#endif
