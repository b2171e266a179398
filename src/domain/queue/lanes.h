/* lanes.h - priorities: the ready messages of one queue in ten lanes; for domain/queue only.
 *
 *     priority "on"  (queue.lanes)           priority "off"  (queue.ready)
 *
 *      lane 9  group b                        group a, group b, plain
 *      lane 8
 *       ...                                   A group has one `struct ready`, and the heap
 *      lane 4  plain, group a                 tells which group is next: the one with the
 *       ...                                   fewest in flight, then by position (index.c).
 *      lane 0  group b                        Within a lane it is the same.
 *
 * A message stands in the lane of its priority for as long as it is ready; in flight and
 * delayed it only remembers it. A group has a `struct ready` for each priority of which it
 * has something; its limits (Q6) and its number in flight count over all of them.
 *
 * Which lane is next: stride scheduling. A lane has a `turn` on a clock that only moves when
 * a message is handed out; the one whose turn comes first among those that have something is
 * next, of equal ones the more urgent. It puts the clock (`now`) at that turn, and its own
 * next turn is a stride of 512 >> priority later. So a lane gets 2^priority parts of what all
 * that have something get: of priority 9 are handed out 32 while one of priority 4 is, and
 * the least urgent lane still has its turn after 512 at most of the most urgent one.
 *
 * A lane that had nothing when the last message was handed out waits for a whole stride first
 * (`waited`), so an urgent message overtakes any backlog at once, and a less urgent one does
 * not pass urgent ones that were there. A lane whose groups were all held back (Q6) keeps its
 * turn, but has not saved up more than one.
 *
 * L1  What stands in the lanes is what is ready: the sum of `visible` of all lanes is
 *     queue.visible (Q5).
 * L2  A group at its limit is in no lane's heap, and a lane without a group is passed by:
 *     nobody waits for what cannot be given now.
 * L3  Turns are no rows. A batch that fails gives back those from before it (lanes_keep);
 *     a restart begins anew. That changes who is next, never who gets something in the end. */
#ifndef RINGI_DOMAIN_QUEUE_LANES_H
#define RINGI_DOMAIN_QUEUE_LANES_H

#include "base/heap.h"
#include "base/limits.h"
#include "domain/queue/runs.h"

struct group;
struct queue;

enum { PRIORITIES = MESSAGE_PRIORITY_MAX + 1 };

/* What a group has ready, where there are lanes: of one priority. */
struct ready {
	struct heap_entry order; /* in queue.ready or of a lane, when it may give a message now */
	struct group *group;
	struct ready *next; /* of the same group; NULL: the last */
	struct runs fresh;  /* never received */
	struct heap again;  /* those with an entry; by position */
	int priority;       /* where there are lanes; -1: free for any */
};

struct turns {
	uint64_t turn[PRIORITIES], now;
	unsigned waited; /* a bit for each lane that had something when the clock moved last */
};

struct lanes {
	struct heap ready[PRIORITIES]; /* struct ready.order */
	int64_t visible[PRIORITIES];
	struct turns turns, kept; /* L3 */
};

/* Switches them on or off as the settings say; the index must be empty. */
void lanes_arrange(struct queue *);
void lanes_free(struct queue *);
/* Turns are remembered, or become what was remembered. */
void lanes_keep(struct lanes *);
void lanes_restore(struct lanes *);
struct ready *lanes_next(const struct lanes *);  /* who is next; NULL: nobody */
void lanes_served(struct lanes *, int priority); /* a message was handed out, and counted so */
bool lanes_several(const struct lanes *);        /* more than one lane has something */
struct ready *lanes_find(struct group *, int priority); /* it must be there */
struct ready *lanes_make(struct group *, int priority); /* unless it is there */
/* Where the group may have a place now; what is empty ends. */
void lanes_settle(struct group *, bool held);

/* Its first position; 0: none. */
static inline uint64_t ready_head(const struct ready *r)
{
	uint64_t fresh = runs_first(&r->fresh);
	struct heap_entry *again = heap_first(&r->again);

	if (again == NULL)
		return fresh;
	return fresh == 0 || again->tie < fresh ? again->tie : fresh;
}
/* Any whose head is not above `last`, urgent ones first; NULL: there is none. */
struct ready *ready_up_to(const struct queue *, uint64_t last);
void ready_end(struct group *); /* all memory of what it has ready */

#endif
