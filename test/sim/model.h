/* model.h - queues as somebody would explain them on a napkin: arrays and loops.
 *
 * The simulator does to the model what it does to the server and compares. Nothing is
 * clever here on purpose: every question scans all messages. Times are the model's own
 * `now` (monotonic) and `wall`; a message is hidden until a moment, its place in a queue is
 * a number that only grows. Queues are slots that are made, deleted and made again. */
#ifndef RINGI_TEST_SIM_MODEL_H
#define RINGI_TEST_SIM_MODEL_H

#include "base/limits.h"
#include "domain/queue/queue.h"

enum { SLOTS = 8, MESSAGES = 6000, WAITERS = 16, NOTES = 4000, NO_QUEUE = -1, NO_GROUP = -1 };
enum { TOPICS = 3, SUBSCRIPTIONS = 3, TASKS = 100, MOVE_EVERY_MS = 100 };
enum { GROUPS = 8, LANES = MESSAGE_PRIORITY_MAX + 1 };

/* What a group may still be given: thousandths of messages, as of `at`; at 0: a full second's. */
struct m_bucket {
	int64_t tokens, at;
};

/* What its job says. JOB_CLEARED: its queue was purged; the sweeper may have come or not. */
enum m_job { NO_JOB, IS_PENDING, IS_RUNNING, HAS_SUCCEEDED, HAS_FAILED, IS_CANCELED, JOB_CLEARED };

struct m_message {
	int queue, group; /* slot; group number */
	int life;         /* of the slot: queues made anew have other messages */
	int moves;        /* how often it changed queues: old receipts mean nothing */
	uint64_t place;
	int64_t sent_wall, hidden_until, visible_wall;
	int receives, forgiven; /* forgiven: of these, before an operator's retry */
	bool changed, gone;
	int priority;
	int dead_from;     /* slot */
	int body;          /* the number that is its text: its own, or that of its publish */
	bool enveloped;    /* by a topic */
	bool anonymous;    /* published: its id is known when it is received */
	uint64_t position; /* as the server told; 0: not known */
	/* tracked queues (jobs.c) */
	struct uuid id;
	enum m_job job;
	int attempts;
	bool leased;         /* held until a command says otherwise, whatever the time */
	bool backs_off;      /* hidden, and nobody holds it */
	bool stopping;       /* somebody asked to cancel it */
	int home, home_life; /* of the queue that its job is of */
	int dead_moves;      /* `moves` when it became a dead letter */
};

/* What a receive must give, as it was at that moment. */
struct m_given {
	int message[10];
	struct m_message as[10];
	int count;
};

struct m_waiter {
	struct cmd *c;
	int max;
	int64_t visibility_s, deadline; /* -1: the queue's when it is served */
	bool answered, refused;
	struct m_given given;
};

struct m_queue {
	char name[24];
	bool exists, fifo, paused, stop, by_group, content, lanes;
	int64_t turn[LANES], turn_now; /* of the stride scheduling between its lanes */
	bool waited[LANES];            /* it had something when the last message was given */
	int dead, max_receives, concurrency, max_messages, key_concurrency, key_rate, rate, life;
	struct m_bucket buckets[GROUPS], bucket; /* of each group, of the queue */
	int64_t visibility_s, delay_s, retention_s;
	bool tracked, retries; /* retries: the attribute is set */
	int retry_max;         /* of it; 0: none */
	int64_t retry_ms, retry_most_ms;
	bool woken;
	struct m_waiter waiters[WAITERS];
	int waiter_count;
	/* the last receive attempt id */
	int attempt;
	int64_t attempt_at;
	struct m_given attempted;
};

/* An accepted deduplication id. */
struct m_note {
	int queue, life, group, id, message;
	int64_t now, wall;
	bool jumped; /* the clock was set since */
};

/* A queue as a subscriber; its place in the topic is one queue's for ever. */
struct m_subscription {
	bool exists, raw;
	int queue, dead, filter;
	uint64_t order;
	char id[37];
};

struct m_topic {
	bool exists;
	int life;
	struct m_subscription subscriptions[SUBSCRIPTIONS];
};

/* A message move task with a rate. */
struct m_task {
	bool running, failed, cancelled;
	int source, life, to, rate, moved, total;
	uint64_t last; /* place: what came later is none of its work */
	int64_t tokens, at;
	struct uuid id;
};

struct model {
	int64_t now, wall;
	struct m_task tasks[TASKS]; /* oldest first */
	int task_count;
	int64_t move_at; /* when they do their next step */
	struct m_topic topics[TOPICS];
	struct m_note topic_notes[NOTES]; /* `queue` is the topic */
	int topic_note_count;
	uint64_t next_subscription;
	struct m_queue queues[SLOTS];
	struct m_message messages[MESSAGES];
	int count;
	struct m_note notes[NOTES];
	int note_count;
	uint64_t next_place;
	int64_t leases_from; /* a fault has put off the ends of leases until then */
};

bool m_here(const struct model *, int message, int queue); /* it is in that queue now */
bool m_ready(const struct model *, int message);
bool m_flying(const struct model *, int message);
bool m_expired(const struct model *, int message);
void m_counts(const struct model *, int queue, int counts[3]); /* visible, in flight, delayed */
struct m_queue *m_dead_for(struct model *, int queue, int *slot);

/* The new one; `number`, when given, is above all that are there: those between are holes. */
int m_send(struct model *, int queue, int group, int priority, int64_t delay_s);
int m_send_as(struct model *, int queue, int group, int priority, int64_t delay_s, int number);
/* The original when this id was accepted before; -1: new; -2: nobody can tell (the clock was
 * set). */
int m_duplicate(const struct model *, int queue, int group, int id);
void m_note(struct model *, int queue, int group, int id, int message);

void m_receive(struct model *, int queue, int max, int64_t hidden_ms, struct m_given *);
bool m_replay(struct model *, int queue, int attempt, int max, int64_t hidden_ms, struct m_given *);
void m_hide(struct model *, int message, int64_t ms);
void m_transfer(struct model *, int message, int to, bool dead);
void m_wake(struct model *, int queue);
void m_serve(struct model *);                /* woken queues serve their waiters */
void m_pass(struct model *, int64_t until);  /* everything in between happens in order */
void m_restart(struct model *);              /* only rows survive */
void m_rearrange(struct model *, int queue); /* it has lanes now, or no more: read anew */
void m_clear(struct model *, int queue);     /* purged or deleted */
/* The first message of a group that on_poison=stop holds back; -1: the group goes on. */
int m_stopped(const struct model *, int queue, int group);
/* The next one that a move task takes, of those up to that place; -1: none. */
int m_next_to_move(const struct model *, int queue, uint64_t last);

/* moves.c */
/* Those up to that place; to NO_QUEUE: each to its origin. How many; -1: one has nowhere to go. */
int m_move_all(struct model *, int from, int to, uint64_t last);
struct m_task *m_moving(struct model *, int source); /* NULL: nothing is, with a rate */
void m_move_step(struct model *);                    /* of all tasks that run */

/* jobs.c: what becomes of jobs */
int m_limit(const struct m_queue *); /* receives; 0: none */
int m_tries(const struct model *, int message);
/* It has one that has not ended. (A dead letter that went on to a queue which became tracked
 * later has none there: its job has failed, elsewhere.) */
bool m_job_open(const struct model *, int message);
void m_job_sent(struct model *, int message);
void m_job_taken(struct model *, int message);
void m_job_ends(struct model *, int message, enum m_job);
void m_job_moves(struct model *, int message, int to, bool dead);
void m_release(struct model *, int message); /* given back unharmed */
/* An attempt ended badly; delay_ms -1: its lease ended. */
void m_attempt_over(struct model *, int message, bool final, int64_t delay_ms);
void m_leases_over(struct model *);                    /* of all that are due now */
int64_t m_lease_at(const struct model *, int message); /* when its end is noticed; NEVER */
void m_track(struct model *, int queue, bool on);
void m_cancel(struct model *, int message); /* pending, or running: then its worker is asked */
void m_again(struct model *, int message);  /* failed, and tried again */

#endif
