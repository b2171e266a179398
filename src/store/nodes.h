/* nodes.h - this server's own light connection to PostgreSQL, by which the servers of one
 * schema know of each other: table node, the lease as it is, and one channel of notifications.
 *
 * Used by one thread, which is not the engine's. Nothing here decides who writes: that is the
 * lease's (postgres_lease.c). */
#ifndef RINGI_STORE_NODES_H
#define RINGI_STORE_NODES_H

#include "base/err.h"
#include "base/nodes.h"

struct node_link;

struct node_self {
	const char *place; /* URL of the store */
	const char *name;
	const char *address; /* for other nodes; "": none */
	const char *version;
	/* A text that two nodes share only if they have the same master key, and that tells nothing
	 * of it. */
	const char *key_print;
};

/* Registers. Faults, each with a sentence in `detail`: ERR_BUSY: a live node has that name;
 * ERR_LIMIT: the clocks differ by more than NODE_SKEW_MAX_MS, there are NODES_MAX nodes, or
 * the schema's nodes have another master key; ERR_IO and others: PostgreSQL cannot be used. */
enum err node_link_open(struct node_link **, const struct node_self *, char detail[256]) MUST_USE;

/* A sign of life, and what is known then. Comes back after a lost connection, once a call.
 * ERR_LIMIT: the nodes have another master key by now. ERR_BUSY: another has our name. */
enum err node_link_beat(struct node_link *, bool owner, struct nodes *) MUST_USE;
/* The owner's master key becomes the one that others are compared with. */
enum err node_link_put_key(struct node_link *) MUST_USE;
/* Tells the others that something has changed: they look at once. A hint. */
void node_link_tell(struct node_link *);
/* Until the others told something, `wake` can be read, or so many milliseconds are over. */
void node_link_wait(struct node_link *, int wake, int64_t ms);
const char *node_link_detail(const struct node_link *);
struct node_link *node_link_close(struct node_link *); /* takes the row away; NULL: NULL */

#endif
