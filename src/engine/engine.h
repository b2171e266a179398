/* engine.h - one partition: commands in, one transaction, answers out.
 *
 * `engine_turn` is a plain function: a list of commands and a clock reading go in, the
 * list of finished commands comes out, with the time at which it wants to be called
 * again. The thread around it is thread.c; tests and the simulator call it directly. */
#ifndef RINGI_ENGINE_ENGINE_H
#define RINGI_ENGINE_ENGINE_H

#include "base/list.h"
#include "base/rng.h"
#include "domain/cmd.h"
#include "domain/domain.h"
#include "store/store.h"

struct engine;
struct feed;

struct engine_config {
	struct store *store; /* open for writing; stays the caller's */
	struct feed *feed;   /* told what happens to jobs, after each commit; NULL: nobody is */
	struct domain_config domain;
	const char *node;
	uint8_t seed[32];
};

/* What a turn did, for figures and for the thread. */
struct turn {
	int64_t next_mono; /* when something becomes due by itself; NEVER */
	int64_t next_wait; /* patience of the client that gives up next; NEVER */
	int batches, commands, faults;
	bool outbox_grew, push_grew, notify_grew, archive_grew, keys_changed;
	bool feed_grew; /* who follows the feed has something to read */
	bool stop;      /* the store failed or is lost: the process must end (store_must_stop) */
	enum err why;
};

/* Takes the lease, loads the memory. NULL in *out and a sentence on failure. */
enum err engine_open(struct engine **out, const struct engine_config *, struct now,
                     char detail[256]) MUST_USE;
struct engine *engine_close(struct engine *); /* accepts NULL, returns NULL */

/* Takes all of `commands`; adds what is finished to `finished`, in order, refused and
 * faulted ones included; a long poll stays inside until it is served or its time is up.
 * The mono clock never goes back from one turn to the next. */
struct turn engine_turn(struct engine *, struct list *commands, struct now, struct list *finished);

/* Before the end: parked commands get empty answers. */
void engine_stop_waiting(struct engine *, struct now, struct list *finished);

/* Nothing to do for now (or, `busy`, not much): housekeeping of the store. */
enum err engine_idle(struct engine *, bool busy) MUST_USE;
void engine_disk_full(struct engine *, bool full);
void engine_answers(struct engine *, int64_t bytes); /* on their way out, before a turn */
struct domain *engine_domain(struct engine *);       /* tests, and what thread.c tells */

#endif
