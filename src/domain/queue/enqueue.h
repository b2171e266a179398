/* enqueue.h - what the rest of the domain may do with queues (topics publish into
 * them; later jobs and flows do). Engine thread, inside a batch. */
#ifndef RINGI_DOMAIN_QUEUE_ENQUEUE_H
#define RINGI_DOMAIN_QUEUE_ENQUEUE_H

#include "domain/batch.h"
#include "domain/ledger/ledger.h"
#include "domain/queue/queue.h"

struct queue;

struct queue *queue_by_name(struct domain *, struct str name); /* NULL: there is none */
bool queue_is_fifo(const struct queue *);
bool queues_disk_full(const struct domain *); /* nothing is taken for now */

/* The digests of its body: the MD5, and for content-based deduplication (on a FIFO queue, where it
 * brings no id of its own) the SHA-256 as text. Any thread. */
void queue_digest_body(struct arena *, struct send_entry *, bool fifo);

/* Would this message be taken? Refuses into e->refused (size, FIFO parameters,
 * fullness, disk); changes nothing. `batch` decides between two of Amazon's codes; `more`
 * others of the same command will be taken before it; -1: one will leave before. */
void queue_enqueue_check(struct batch *, struct queue *, struct send_entry *e, bool batch,
                         int64_t more);

/* Takes it: rows, memory, deduplication; fills the entry's outs. After a check that
 * did not refuse, in the same batch. */
enum err queue_enqueue(struct batch *, struct queue *, struct send_entry *e, struct str sender)
	MUST_USE;
/* The same for several, in their order; jobs of neighbours that are alike are written at once. */
enum err queue_enqueue_all(struct batch *, struct queue *, struct send_entry *const *entries,
                           int count, struct str sender) MUST_USE;

/* ---- jobs (domain/job): messages of tracked queues, by receipt or by job. All of the
 * following touch the queue, keep rows, memory and ledger together, and wake receivers. */

bool queue_is_tracked(const struct queue *);
int64_t queue_lease_ms(const struct queue *); /* where nobody says how long: visibility timeout */
struct refused queue_not_tracked(struct arena *, struct str name);

/* A message that somebody holds: in flight under the receipt's very receive, or, by job, as
 * its row says. Good until the queue is changed. */
struct held {
	struct queue *queue; /* NULL: nobody holds it so (any more) */
	struct entry *entry;
	int64_t body_id;
};
struct held queue_held(struct domain *, const struct receipt *);

/* What a worker says of its attempt. */
struct attempt_report {
	struct str error, result, log; /* JSON, JSON, text; absent: none */
	bool final;                    /* fail: do not try again */
	int64_t delay_ms; /* fail: until the next attempt; -1: as the queue's policy says */
};
/* The lease is `lease_ms` from now (as far as the job's time-out allows). */
enum err queue_extend(struct batch *, const struct held *, const struct job_row *, int64_t lease_ms,
                      int64_t *lease_until) MUST_USE;
enum err queue_complete(struct batch *, const struct held *, const struct job_row *,
                        const struct attempt_report *) MUST_USE;
/* The same for `count` messages side by side that are held from the first one on, with nothing to
 * report. */
enum err queue_complete_page(struct batch *, const struct held *first, int count) MUST_USE;
struct str queue_name_of(const struct queue *);
/* *became: PENDING (again), FAILED, or CANCELED where that was asked for. */
enum err queue_fail_attempt(struct batch *, const struct held *, const struct job_row *,
                            const struct attempt_report *, enum job_state *became) MUST_USE;
/* Ends a job that is PENDING: its message goes. `error`: JSON, why. */
enum err queue_cancel(struct batch *, const struct job_row *, struct str error) MUST_USE;
/* A FAILED job is PENDING again, with the payload that it kept; its copy in the dead-letter
 * queue goes. May refuse (the queue is gone, full, no longer tracked) into *refused, before
 * anything is changed. */
struct refused queue_reenqueue_check(struct batch *, const struct job_row *);
enum err queue_reenqueue(struct batch *, const struct job_row *, int64_t execute_at) MUST_USE;

/* ---- the server's own queues (own.c): ordinary ones, which anybody may look at, pause and move
 * messages out of; only that the server receives their messages itself. */

#define QUEUE_NOTIFICATIONS "ringi-notifications"

/* The queue of that name; made when there is none, and with it the dead-letter queue NAME-dead.
 * NULL in *q: there can be no more queues. */
enum err queue_own(struct batch *, struct str name, struct queue **q) MUST_USE;
/* At most `max` of its messages, in flight for so long, in the command's arena. None when there is
 * no such queue or it is paused. */
enum err queue_own_take(struct batch *, struct cmd *, struct str name, int max, int64_t lease_ms,
                        struct received **, int *count) MUST_USE;
/* What became of a message that was taken. One that is held no more: nothing happens. */
enum err queue_own_done(struct batch *, const struct receipt *) MUST_USE;
enum err queue_own_later(struct batch *, const struct receipt *, struct str error, int64_t ms)
	MUST_USE; /* comes again in so long, at most QUEUE_VISIBILITY_MAX_S; error: JSON, or absent */
enum err queue_own_dead(struct batch *, const struct receipt *, struct str error) MUST_USE;

/* ---- commands that wait (wait.c). The command waits on a list of its module, in the order in
 * which they came, and by its connection, until it is unparked (domain_unpark) and put into
 * batch.finished, its client goes away, or wait_ms have passed. Its op needs `repark`. */
bool cmd_can_park(const struct domain *,
                  const struct cmd *); /* somebody waits, and there is room */
void cmd_park(struct batch *, struct cmd *, struct list *on, int64_t wait_ms);
/* Answers on their way out are counted (ANSWERS_MAX): whether it is enough for now, and that
 * this command's will have so many bytes more. op.repark takes its own back. */
bool answers_full(const struct domain *);
void answer_counts(struct batch *, struct cmd *, size_t bytes);
/* For op.repark: it waits again, in front of the others, its deadline stands. */
void cmd_repark(struct domain *, struct cmd *, struct list *on);

#endif
