/* submit.h - the one door: how a command gets to the engine, and its answer back.
 *
 * Everything that changes state comes through here: HTTP requests, results of
 * outgoing calls, timers of the command line tools, admin. */
#ifndef RINGI_ENGINE_SUBMIT_H
#define RINGI_ENGINE_SUBMIT_H

#include "base/list.h"
#include "domain/cmd.h"

struct engine_thread;

/* By the lane of c->op: to the engine's inbox or to the readers'. Takes the command
 * (*take becomes NULL) and returns true; false when that inbox is full, and the
 * caller keeps it and answers THROTTLED. Any thread. */
bool submit(struct engine_thread *, struct cmd **take);

/* The client that waits for this answer is gone: a parked command is forgotten. */
void submit_gone(struct engine_thread *, struct reply_to);

/* Finished commands, grouped by the loop of their reply_to, are handed to this
 * function on the engine's or a reader's thread. It takes them (one wake-up for the
 * list). Commands with reply_to.loop == -1 are freed by the engine. */
typedef void answer_fn(void *context, int loop, struct list *commands);

struct engine_figures {
	int64_t batches, commands, faults, sql_refused, parked, commits, commit_ns, syncs, sync_ns,
		log_bytes, checkpoints;
	int inbox_drain, inbox_fill, inbox_read;
	/* upper bounds 1, 2, 4, ... commands; 50us, 100us, 200us ... */
	int64_t commit_commands[12], commit_time[16];
	int64_t gone_receives; /* messages handed to a client that was gone */
	bool stopping;
	bool disk_full;
};
struct engine_figures engine_figures(struct engine_thread *); /* any thread */

#endif
