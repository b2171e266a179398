/* track.h - what the events of messages mean to their jobs, on tracked queues (attribute
 * `track`; domain/ledger). For domain/queue only.
 *
 * A message that was sent before its queue was tracked has no job: it is then treated as one
 * of an untracked queue. */
#ifndef RINGI_DOMAIN_QUEUE_TRACK_H
#define RINGI_DOMAIN_QUEUE_TRACK_H

#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

/* ---- track.c: rows only */

/* How a job ends whose message leaves so. Static texts. */
struct job_end leaving_end(enum leaving);

/* The job of the message, in the batch's arena; NULL: it has none. */
enum err track_job(struct batch *, int64_t body_id, const struct job_row **) MUST_USE;
/* A message was put in: PENDING. `due_at`: wall, 0: at once. */
enum err track_put(struct batch *, const struct queue *, const struct send_entry *,
                   struct str sender, int64_t due_at) MUST_USE;
/* The same for messages that were put in together and have the same extras, no labels; duplicates
 * are among them. */
enum err track_put_page(struct batch *, const struct queue *, struct send_entry *const *entries,
                        int count, struct str sender) MUST_USE;
/* Handed out, messages side by side: RUNNING. */
enum err track_start(struct batch *, const struct queue *, const struct received *, int count,
                     struct str worker, int64_t lease_until) MUST_USE;
/* Messages side by side were deleted by who held them: SUCCEEDED. Their entries are there
 * still, their rows not. */
enum err track_done(struct batch *, const struct queue *, uint64_t first, int count) MUST_USE;
/* Its message row is gone otherwise. The body stays with the job, or goes when there is none. */
enum err track_leave(struct batch *, int64_t body_id, enum leaving) MUST_USE;
/* The message of q is now `new_id`, of queue `to`, in rows; the old rows are still there.
 * `dead`: how its job ends, if that is a dead-letter queue. *stays: the old body is the job's. */
enum err track_move(struct batch *, const struct queue *q, int64_t old_id, const struct queue *to,
                    int64_t new_id, struct str group, const struct job_end *dead, bool *stays)
	MUST_USE;

/* ---- lease.c: rows, memory and ledger of a message in flight */

/* An attempt ended badly. */
struct bad_end {
	enum attempt_outcome outcome;
	struct str error, log;
	bool final;       /* no more of it */
	int64_t delay_ms; /* until the next; -1: by the queue's policy */
};
/* Ready again, later, a dead letter, or gone; `job`: NULL for none. Gives what the job is now. */
enum err lease_failed(struct batch *, struct queue *, struct entry *, const struct job_row *,
                      const struct bad_end *, enum job_state *became) MUST_USE;
/* The receiver has it for so long from now, as far as the job's time-out allows. */
enum err lease_extend(struct batch *, struct queue *, struct entry *, const struct job_row *,
                      int64_t ms) MUST_USE;
/* The receiver gave it back unharmed. */
enum err lease_release(struct batch *, struct queue *, struct entry *, const struct job_row *)
	MUST_USE;

extern const struct op op_lease_ends; /* a command of the clock */

#endif
