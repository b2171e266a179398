/* live.h - who watches jobs, approvals and inboxes: streams of Server-Sent Events and JSON answers
 * that wait.
 *
 *     request -> events.c: what is wanted; may they; a snapshot (read lane), or what was missed
 *             -> hub.c: a watcher of its HTTP loop, until it leaves
 *     commit  -> engine/feed -> live_grew -> one task for each loop that has watchers
 *             -> tell.c: the watchers concerned get bytes
 *                        -> look.c: those of approvals and inboxes read first, as what they may
 *                           see now, and get what they may
 *
 * V1  A watcher belongs to one loop and is only touched on its thread. What a loop has read
 *     of the feed, all its watchers have been told.
 * V2  A watcher is told of every change behind its position that fits, in order and once, or
 *     it is told `reset`, or its stream ends. Never is one left out in silence.
 * V3  A change costs by those whom it concerns: watchers are found by job or by queue, so ten
 *     thousand that watch a job each cost a change of another job nothing. */
#ifndef RINGI_API_LIVE_LIVE_H
#define RINGI_API_LIVE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/server.h"

struct api;
struct live;

struct live *live_open(struct api *);
struct live *live_close(struct live *); /* accepts NULL, returns NULL */
void live_grew(struct live *);          /* the feed has; any thread */
void live_tick(struct live *, int loop);
/* The server stops: streams get `bye` and end, waits are answered. Any thread, once. */
void live_drain(struct live *);
/* Its client has left. False: it was none of ours. */
bool live_gone(struct live *, struct conn_name);

struct cmd;
/* What a stream wanted to read is there, or was refused. Takes it. On its loop's thread. */
void live_looked(struct live *, struct cmd *);

struct live_figures {
	int64_t watchers, told, cut; /* events sent; streams ended because nobody read them */
};
struct live_figures live_figures(const struct live *); /* any thread */

#endif
