/* memory.h - queues as the engine keeps them in memory; for domain/queue only.
 *
 *                    delayed --due--.
 *                                    v
 *     sent ------------------------> ready --received--> in flight --deleted--> gone
 *                                    ^  ^                    |
 *                                    |  '------time is up----'  too often: to the DLQ
 *                                    '--due-- backing off <--'  failed (tracked queues)
 *
 * Q1  The rows alone decide where a message is; all of this is a copy and can be
 *     rebuilt by queue_load at any moment.
 * Q2  A receipt names one receive of one message. When the message is received
 *     again, the receipt stops working.
 * Q3  Inside a FIFO group nothing is ready while something is in flight, and nothing
 *     passes what was sent before it.
 * Q4  Positions only grow, within a queue and over restarts.
 * Q5  visible + in_flight + delayed (backing off included) is the number of the queue's rows.
 * Q6  A message group gives nothing while it has key_concurrency messages in flight, or
 *     no whole token in its bucket of key_rate a second. Messages without a group have no
 *     key and no such limit.
 * Q7  On a tracked queue a message whose job is RUNNING is in flight until a command says
 *     otherwise: the end of its lease is one (lease.c), not just time that passes.
 *
 * A message that was never received and is not delayed costs no memory of its own:
 * it is part of a run (runs.h). Every other one has a `struct entry`. */
#ifndef RINGI_DOMAIN_QUEUE_MEMORY_H
#define RINGI_DOMAIN_QUEUE_MEMORY_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "domain/batch.h"
#include "domain/domain.h"
#include "domain/ledger/ledger.h"
#include "domain/queue/attribute.h"
#include "domain/queue/breaker.h"
#include "domain/queue/lanes.h"
#include "domain/queue/queue.h"
#include "domain/queue/runs.h"
#include "domain/queue/scaling.h"
#include "domain/queue/stats.h"

enum entry_state { ENTRY_DELAYED, ENTRY_IN_FLIGHT, ENTRY_BACKOFF, ENTRY_READY };

struct group;

struct entry {
	/* DELAYED, BACKOFF: in queues.due; IN_FLIGHT: there or, `leased`, in queues.leases; READY:
	 * in ready.again */
	struct heap_entry order;
	struct group *group;
	uint64_t position;
	int64_t first_received_at; /* wall; 0: never received */
	int64_t received_mono;     /* of this receive; never received, no longer delayed: due */
	int64_t sent_at;
	struct uuid job;
	uint32_t receive_count; /* never goes back: receipts carry it (Q2) */
	uint32_t forgiven;      /* of these, before an operator's retry */
	enum entry_state state;
	bool changed; /* its visibility was changed since it was received */
	bool leased;  /* IN_FLIGHT of a tracked queue */
	/* Of its job, if it was received since the queue was loaded (`job_known`). */
	bool job_known, job_grouped;
	int8_t priority; /* only where there are lanes */
};

/* Messages of one message group; those without a group share one (queue.plain). */
struct group {
	struct ready ready; /* with priorities: the first of several (lanes.h) */
	struct queue *queue;
	struct str name; /* owned; absent: plain */
	int64_t in_flight, delayed, backing_off;
	int64_t delayed_until; /* FIFO: mono time before which nothing new may be ready */
	bool stopped; /* on_poison=stop: its first message was received too often (group_settle) */
	bool held;    /* it has something ready, but is at its limit (Q6; FIFO: Q3) */
	/* key_rate (group_limit.c): the bucket is full when `turn` is in no heap. */
	struct heap_entry turn; /* in queues.turns */
	int64_t tokens_milli, tokens_mono;
	bool limited; /* no whole token */
	/* collect: which message is first, and since when (mono) it waits */
	uint64_t flow_head;
	int64_t flow_since_mono;
};

/* Deduplication ids of the last minutes, one map per minute: hash -> position. */
enum { DEDUP_GENERATIONS = 6, DEDUP_GENERATION_MS = 60 * 1000 };
struct dedup {
	struct map generation[DEDUP_GENERATIONS]; /* [0] is the newest */
	int64_t began_mono;                       /* of [0] */
};

struct queue {
	uint32_t id;
	struct str name; /* owned */
	struct settings settings;
	struct arena *settings_arena;
	struct names tags;      /* struct pair, in settings_arena */
	struct schema *schema;  /* of bodies; NULL: none */
	int64_t schema_version; /* 0: none */
	int64_t created_at, modified_at;
	uint64_t next_position, reserved; /* [next, reserved) may be given out */
	uint64_t first_position;          /* rows before it are trash */
	size_t row_bytes;                 /* of a message, by the last page: a guess; 0: unknown */

	struct group plain;
	struct names groups;
	struct heap ready;                  /* struct ready.order; unused where there are lanes */
	struct lanes *lanes, *lanes_memory; /* NULL: priority is off, or always was */
	struct map entries;                 /* position -> struct entry */
	int64_t visible, in_flight, delayed, stopped_groups, held_groups;
	struct dedup dedup;
	struct names attempts; /* struct attempt: receive attempt ids */
	struct list attempts_by_age;

	struct list waiting;     /* struct cmd.waiting: long polls, oldest first */
	struct heap_entry wake;  /* in queues.wakes: when its rate or breaker lets more through */
	int64_t recover_at_mono; /* its dead letters are sent back; 0: not known yet */
	struct heap_entry flow;  /* in queues.flows: when it hands on next (flow.h) */
	int64_t rate_tokens_milli, rate_at_mono;
	struct breaker breaker; /* of a push queue */
	struct node offered;    /* in queues.offered: it may have messages to push */
	bool push_full;         /* egress comes by itself: it knows that there is more */
	bool own;               /* the server itself takes its messages (own.c) */
	int64_t oldest_sent_at; /* roughly: not younger than the oldest message; 0: unknown */
	int64_t purged_at;      /* wall; 0: never */
	struct queue_counters counters, kept; /* since start; before this batch */
	struct queue_stats *stats;            /* owned; NULL: nothing has happened */
	int64_t step_at_mono;                 /* of the stats */

	struct node active;         /* in queues.active */
	int64_t history_minute;     /* of the last row, or look */
	int64_t history_sweep_mono; /* when its rows are looked at */

	struct node touched, woken; /* in the batch's lists */
	bool dropped;               /* deleted in this batch */
};

struct move;

struct queues {
	struct map by_id;
	struct names by_name;
	struct queue **sorted; /* by name */
	size_t count, cap;
	uint32_t next_id;
	struct heap due;          /* struct entry.order, mono */
	struct heap leases;       /* the same, of those in flight of tracked queues (Q7) */
	struct heap flows;        /* struct queue.flow, mono */
	int64_t flows_from_mono;  /* after a fault: not before */
	int64_t leases_from_mono; /* after a fault: their ends are tried again */
	struct heap waits;        /* struct cmd.deadline, patience */
	struct heap wakes;        /* struct queue.wake, mono */
	struct heap turns;        /* struct group.turn, mono: it has a token, or its bucket is full */
	struct map parked;        /* reply_key -> struct cmd */
	int64_t parked_count;
	struct list moves;       /* struct move: running tasks */
	struct list active;      /* struct queue.active: touched in this minute or the last one */
	int64_t history_at_mono; /* when their figures become rows; NEVER: there are none */
	struct list offered;     /* struct queue.offered: push queues, whose turn it is first */
	int64_t sweep_at_mono, move_at_mono;
	bool sweep_busy;                /* others came with the command to sweep */
	uint32_t sweep_queue;           /* whose turn it is */
	size_t archive_queue;           /* the same, of dead letters for files */
	struct ledger_cursor ledger_at; /* finished jobs: how far the sweeper is */
	int64_t ledger_at_mono;         /* when it begins anew */
	int64_t gone_receives;
	struct entry *spare; /* freed entries, linked through `group` */
	bool disk_full;
	int64_t answer_bytes; /* on their way out: measured at each turn, and handed out since */
};

/* After a fault: until receivers and move tasks that nobody else wakes are tried again. At
 * once, a fault that stays would keep the engine busy failing. */
enum { WAKE_AGAIN_MS = 100 };

/* Receives that count towards max_receives. */
static inline int64_t entry_tries(const struct entry *e)
{
	return (int64_t)e->receive_count - e->forgiven;
}

/* What a group has ready of a priority, and who is next (NULL: nothing may be given now),
 * with lanes or without. */
static inline struct ready *ready_of(struct group *g, int priority)
{
	return g->queue->lanes == NULL ? &g->ready : lanes_find(g, priority);
}

static inline struct ready *ready_for(struct group *g, int priority)
{
	return g->queue->lanes == NULL ? &g->ready : lanes_make(g, priority);
}

static inline struct ready *ready_next(const struct queue *q)
{
	if (q->lanes != NULL)
		return lanes_next(q->lanes);
	struct heap_entry *first = heap_first(&q->ready);
	return first == NULL ? NULL : CONTAINER(first, struct ready, order);
}

static inline int64_t message_id_of(const struct queue *q, uint64_t position)
{
	return (int64_t)((uint64_t)q->id << 40 | position);
}

#define POSITION_MAX (((uint64_t)1 << 40) - 1)
enum { QUEUE_ID_MAX = (1 << 23) - 1 };
#define QUEUE_NEXT_ID \
	"queue_next_id" /* row of meta: no queue ever had this number or a higher one */
#define POSITION_OF(id) ((uint64_t)(id)&POSITION_MAX)
#define QUEUE_ID_OF(id) ((uint32_t)((uint64_t)(id) >> 40))

/* send.c: a position that was never given out (Q4) */
enum err queue_next_position(struct batch *, struct queue *, uint64_t *position) MUST_USE;

/* The payload of a failed job comes in again, as a new message (standard queues: not before
 * `execute_at`, wall). */
enum err queue_put_again(struct batch *, struct queue *, const struct job_row *, int64_t execute_at)
	MUST_USE;
struct refused queue_room(struct batch *, struct queue *); /* for one more; or why not */

/* index.c: positions, groups and entries */
struct group *group_for(struct queue *, struct str name); /* makes it when needed */
struct group *group_find(struct queue *, struct str name);
void group_settle(struct group *); /* after any change: its place among the ready, or its end */
uint64_t group_head(const struct group *); /* first ready position; 0: none */
struct entry *entry_new(struct queues *, struct group *, uint64_t position);
void entry_free(struct queues *, struct entry *); /* out of everything */
void entry_delay(struct queues *, struct entry *, int64_t until_mono);
void entry_fly(struct queues *, struct entry *, int64_t until_mono);
void entry_back_off(struct queues *, struct entry *, int64_t until_mono);
void entry_ready(struct queues *, struct entry *);
void index_add_fresh(struct group *, int priority, uint64_t position);
void index_clear(struct queues *, struct queue *);
/* Takes its first message; the entry, state READY, in no heap. */
struct entry *index_take(struct queues *, struct ready *);
/* The entry of a message that has a row, of that group, wherever it is; a fresh one is in
 * no heap and not counted afterwards. */
struct entry *index_pick(struct queues *, struct queue *, uint64_t position, struct str group);

/* group_limit.c: key_rate */
void group_used(struct queues *, struct group *, struct now); /* a message was handed out */
void groups_due(struct queues *, struct batch *);             /* time has passed */

/* catalogue.c */
struct queues *queues_new(void);
void queues_free(struct queues *);
struct queue *queue_new(struct queues *, uint32_t id, struct str name);
void queue_free(struct queues *, struct queue *);
void queue_enlist(struct queues *,
                  struct queue *); /* queue_new does; again after a deletion failed */
void queue_delist(struct queues *, struct queue *);
/* Index in `sorted` of the first queue that is above `after` and not below `prefix`. */
size_t queues_from(const struct queues *, struct str prefix, struct str after);
void queue_touch(struct batch *, struct queue *); /* it is about to be changed */
void queue_wake(struct batch *, struct queue *);  /* it may have something for a receiver */
/* NULL after a refusal. */
struct queue *queue_wanted(struct batch *, struct cmd *, struct str name);

/* load.c: from rows */
enum err queue_load(struct queues *, struct queue *, struct store *, struct now) MUST_USE;
enum err settings_load(struct queue *, struct store *) MUST_USE;
/* The index anew: after `priority` was switched. */
enum err queue_rearrange(struct queues *, struct queue *, struct store *, struct now) MUST_USE;
enum err queues_load(struct domain *, struct store *, struct now) MUST_USE;

/* schema.c */
enum err queue_schema_note(struct batch *, struct queue *, struct str text) MUST_USE; /* set */
enum err queue_schema_load(struct queue *, struct store *) MUST_USE; /* after settings.schema */
/* REFUSED_NONE: the body fits, or there is no schema. The sentence lies in the arena. */
struct refused queue_schema_refusal(struct arena *, const struct queue *, struct str body);

/* message.c */
enum err message_from_row(struct arena *, const struct value *columns, int count, struct received *)
	MUST_USE;
enum err message_read(struct batch *, const struct queue *, uint64_t position, struct arena *,
                      struct received *to) MUST_USE;
/* Why a message leaves its queue, and what that makes of its job. */
enum leaving {
	LEAVES_DONE,    /* who received it deleted it: SUCCEEDED */
	LEAVES_EXPIRED, /* its retention is over: FAILED */
	LEAVES_REMOVED, /* an operator's hand: CANCELED */
	LEAVES_PURGED,  /* its queue was purged or deleted: CANCELED */
	LEAVES_MOVED,   /* to a queue that is not tracked: CANCELED */
	LEAVES_TRIED,   /* received too often: FAILED */
};
/* Moves the message into another queue; `from` is absent when it comes back. `dead`: how its
 * job ends, where it is tracked. */
enum err queue_transfer(struct batch *, struct queue *, struct entry *, struct queue *to,
                        struct str from, const struct job_end *dead) MUST_USE;
/* `end` NULL: it was received too often. */
enum err queue_dead_letter(struct batch *, struct queue *, struct entry *, struct queue *dead,
                           const struct job_end *end) MUST_USE;
/* Rows, memory and job. */
enum err queue_remove(struct batch *, struct queue *, struct entry *, enum leaving) MUST_USE;
/* Only the message: its body stays with its job, which is told otherwise. */
enum err queue_drop(struct batch *, struct queue *, struct entry *) MUST_USE;
/* LEAVES_DONE of `n` messages side by side; each has an entry. */
enum err queue_remove_page(struct batch *, struct queue *, uint64_t first, int n) MUST_USE;
struct queue *queue_dead_for(struct batch *, const struct queue *); /* NULL: none that fits */

/* receive.c */
/* What there is now, at most p->max of struct queue_receive; its count stays 0 when that
 * is nothing. */
enum err queue_try_receive(struct batch *, struct cmd *, struct queue *) MUST_USE;
/* The same for receivers of another kind (jobs, push), hidden for so long; `c` gives the arena
 * and counts the bytes, p->messages has room for p->max. */
enum err queue_hand_out(struct batch *, struct cmd *, struct queue_receive *, struct queue *,
                        int64_t hidden_ms) MUST_USE;
/* How many more may be in flight or pass by rate now. */
int64_t queue_allowance(struct batch *, struct queue *);

/* finish.c: what a receiver may say of the message it holds. The entry is in flight, or was. */
enum err queue_done(struct batch *, struct queue *, struct entry *) MUST_USE; /* it is gone */
enum err queue_hide(struct batch *, struct queue *, struct entry *, int64_t ms) MUST_USE;
/* The error is kept (JSON; absent: none). Hidden for so long, zero: ready at once; `dead`: to
 * the dead-letter queue instead, if there is one. */
enum err queue_failed(struct batch *, struct queue *, struct entry *, struct str error, bool dead,
                      int64_t ms) MUST_USE;

/* push.c */
bool push_on(const struct queue *);
void push_offer(struct batch *, struct queue *); /* messages may be ready: egress is told */
/* The attribute was set or removed: the breaker begins anew. */
enum err push_changed(struct batch *, struct queue *, bool removed) MUST_USE;
struct push_figures push_figures(const struct queue *, struct now);
enum err push_load(struct queue *, struct store *, struct now) MUST_USE;
/* Nothing may pass now: it is woken when something may, as far as time decides it. */
void push_wait_for_allowance(struct batch *, struct queue *);

/* own.c */
void own_offer(struct batch *, struct queue *); /* messages may be ready: who takes them is told */

/* wait.c */
enum err queue_serve(struct batch *, struct queue *) MUST_USE; /* waiting receivers */
void queue_park(struct batch *, struct cmd *, struct queue *, int64_t wait_s);
void queue_unpark(struct queues *, struct cmd *);
/* Wakes the queue then, or earlier if that was planned. */
void queue_wake_at(struct queues *, struct queue *, int64_t mono_ms);
void queue_finish_waiting(struct batch *, struct queue *, enum refusal, const char *text);

/* dedup.c */
uint64_t dedup_find(const struct dedup *, uint64_t hash, int generation);
void dedup_note(struct dedup *, uint64_t hash, uint64_t position, int64_t mono_ms);
void dedup_clear(struct dedup *);
uint64_t dedup_hash(struct str scope, struct str dedup_id);
enum err dedup_lookup(struct batch *, struct queue *, struct str scope, struct str dedup_id,
                      uint64_t *position, struct uuid *id) MUST_USE; /* *position 0: new */
enum err dedup_load(struct queue *, struct store *, struct now) MUST_USE;

/* scaling.c, slo.c: see scaling.h */
void queue_scale(struct batch *, struct queue *, const struct scaling_question *, struct scaling *);
enum err queue_slo(struct batch *, struct queue *, struct slo *) MUST_USE;

/* history.c: see history.h */
void history_active(struct queues *, struct queue *, struct now); /* something happens in it */
void history_committed(struct batch *);
enum err history_sweep(struct batch *, struct queue *, bool *more) MUST_USE;
enum err history_delete(struct batch *, const struct queue *) MUST_USE; /* all of its rows */

/* attempt.c */
struct attempt;
struct attempt *attempt_find(struct queue *, struct str id, struct now);
int attempt_receipts(const struct attempt *, const struct receipt **receipts);
void attempt_note(struct queue *, struct str id, const struct received *, int count, struct now);
void attempts_clear(struct queue *);

extern const struct op op_queue_sweep; /* sweep.c: a command of the clock */
enum err queue_oldest(struct batch *, struct queue *, int64_t *sent_at) MUST_USE; /* get.c */

/* move.c */
extern const struct op op_move_work; /* a command of the clock */
enum err moves_load(struct queues *, struct store *) MUST_USE;
void moves_free(struct queues *);
bool moves_running(const struct queues *);

#endif
