/* world.h - the whole server without sockets, with a clock you push.
 *
 *     struct world *w = world_open(7);
 *     world_queue(w, "work", "RedrivePolicy", ..., NULL);
 *     world_send(w, "work", "job");
 *     CHECK_TEXT(world_receive(w, "work"), "job");
 *     world_pass_ms(w, 30000);                       nobody deletes it
 *     world_close(w);
 *
 * A world is a store in a place of its own, an engine, and a clock that stands still.
 * Everything goes through engine_turn, as in the real server. Texts that are returned
 * live until the next call of the same kind or world_close. */
#ifndef RINGI_TEST_WORLD_H
#define RINGI_TEST_WORLD_H

#include "domain/queue/queue.h"
#include "engine/engine.h"
#include "engine/feed.h"
#include "world/place.h"

struct world {
	struct store *store;
	struct engine *engine;
	struct feed *feed; /* of the present process */
	struct now now;
	uint64_t seed;
	struct place place;
	struct arena *arena;  /* of everything that tests are given */
	struct list answered; /* parked commands that came back, oldest first */
	uint32_t next_slot;
	struct turn last_turn;
	int64_t faults;     /* commands answered with a fault */
	int64_t fault_mono; /* when the last turn was in which a batch failed; 0: none yet */
	bool jumped;        /* the wall clock was set: rows tell other times than memory */
};

struct world *world_open(uint64_t seed);
struct world *world_close(struct world *);
/* The process dies and starts anew on what the store has. */
void world_restart(struct world *);
/* Time passes; everything that becomes due in between happens at its moment. */
void world_pass_ms(struct world *, int64_t ms);
/* The wall clock jumps; no time passes. */
void world_jump_ms(struct world *, int64_t ms);

/* Runs one command to its end: returns it (owned by the world) or NULL when it is
 * parked; then it comes out of world_answered later. */
struct cmd *world_run(struct world *, const struct op *, void *in);
/* Several commands in one batch; all must finish. */
void world_run_batch(struct world *, struct cmd **commands, int count);
struct cmd *world_cmd(struct world *, const struct op *, void *in);
struct cmd *world_answered(struct world *); /* NULL: none */
bool world_has_answered(struct world *, const struct cmd *);
void world_forget(struct world *); /* frees all that was answered */

/* Attributes as name, value, ..., NULL. The name of the refusal, or "NONE". */
const char *world_queue(struct world *, const char *name, ...) __attribute__((sentinel));
const char *world_set(struct world *, const char *name, ...) __attribute__((sentinel));
const char *world_delete_queue(struct world *, const char *name);
const char *world_purge(struct world *, const char *name);

struct sending {
	const char *group, *dedup;
	int64_t delay_s; /* 0: the queue's; use -1 for "explicitly none" */
	int priority;    /* 0: not given; use -1 for the least urgent, 0 */
};
const char *world_send(struct world *, const char *queue, const char *body);
/* Gives the entry with its outs. */
struct send_entry *world_send_as(struct world *, const char *queue, const char *body,
                                 struct sending);

/* The body of one message, NULL when there is none. The receipt of the last one
 * received is in w->last via world_last. */
const char *world_receive(struct world *, const char *queue);
/* Bodies joined by ' ', "" when none. */
const char *world_receive_many(struct world *, const char *queue, int max);
struct queue_receive *world_receive_as(struct world *, const char *queue, struct queue_receive);
struct receipt world_receipt(struct world *); /* of the message received last */
const char *world_delete(struct world *, const char *queue, struct receipt);
const char *world_change(struct world *, const char *queue, struct receipt, int64_t seconds);
const char *world_fail(struct world *, const char *queue, struct receipt, const char *error,
                       bool dead, int64_t seconds);
/* "visible/in flight/delayed", as in "3/1/0". */
const char *world_counts(struct world *, const char *queue);

/* Memory against a rebuild from the rows, and counts against rows; dies on a difference. */
void world_check(struct world *);
/* What `ringi check` finds in the rows; restarts the world. Dies on a problem. */
void world_check_rows(struct world *);

/* The redrive policy that names a queue, as JSON. */
const char *world_redrive(struct world *, const char *dead_queue, int max_receives);

#endif
