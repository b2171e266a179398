/* move.h - a move task in memory; for domain/queue only.
 *
 * M1  A task is a row; memory is read anew from it when a batch fails.
 * M2  Of a source at most one task runs (or is paused).
 * M3  Its work is what was there when it began (`last`). One that chooses (by error, by how
 *     often a message was sent back) looks at each message once, in order (`looked`). */
#ifndef RINGI_DOMAIN_QUEUE_MOVE_H
#define RINGI_DOMAIN_QUEUE_MOVE_H

#include "domain/queue/memory.h"

enum { MOVE_STEP = 200, MOVE_EVERY_MS = 100, MOVE_LOOK = 500, MOVE_AT_UNKNOWN = -1 };

enum move_state { MOVE_RUNNING, MOVE_CANCELLED, MOVE_COMPLETED, MOVE_FAILED, MOVE_STATES };

struct move {
	struct node node; /* in queues.moves, oldest first; finished ones stay for the list */
	struct uuid id;
	/* in `arena`; destination absent: to each one's origin; error absent: any */
	struct str source, destination, failure, error, reason, requested_by;
	struct arena *arena;
	int64_t rate, moved, total, started_at;
	int64_t queue;         /* id of the source: another one may get its name */
	int64_t recover_max;   /* only messages sent back less often, and it counts; 0: all */
	uint64_t last, looked; /* positions */
	enum move_state state;
	bool paused;
	int64_t tokens_milli, at_mono; /* MOVE_AT_UNKNOWN: as of its next step */
};

static inline bool move_goes_on(const struct move *m)
{
	return m->state == MOVE_RUNNING && !m->paused;
}

static inline bool move_chooses(const struct move *m)
{
	return str_given(m->error) || m->recover_max > 0;
}

/* move.c */
enum err move_begin(struct batch *, struct queue *source, const struct move_start *,
                    struct str requested_by, struct uuid *task) MUST_USE;
enum err move_destination(struct batch *, struct move *, struct queue *source, uint64_t position,
                          struct queue **to) MUST_USE;  /* NULL: it is not there (any more) */
int64_t move_allowance(struct move *, int64_t mono_ms); /* how many it may move now */
void move_lost(struct move *);                          /* it fails: a queue is not there */
bool move_running_for(const struct queues *, struct str source);

/* choose.c */
enum err move_chosen(struct batch *, struct move *, struct queue *source, bool *done) MUST_USE;
/* A dead-letter queue with a policy sends back what fits it, when it is time. */
enum err queue_recover(struct batch *, struct queue *) MUST_USE;

#endif
