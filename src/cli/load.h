/* load.h - the load client of `ringi bench`: many connections from one thread.
 *
 * One epoll and plain sockets, so that the client takes little of a machine that it shares
 * with the server. A connection has one request under way at a time. Plain http only; a
 * bearer token or nothing.
 *
 *   sending    as fast as answers come (`rate` 0), until `count` messages or `ends_at`
 *   steadily   `rate` messages a second to `receivers` that wait with long polls; measured
 *              from the moment a message was due, so that a stall counts for all it delays
 *   draining   receives and deletes until all that was confirmed is gone
 *   asking     requests of somebody else's making (`asking`), one a "message", as fast as
 *              answers come, until `count` or `ends_at`
 *
 * The owner zeroes the struct, fills the first part, calls load_open, load_run once or
 * more, and load_close. */
#ifndef RINGI_CLI_LOAD_H
#define RINGI_CLI_LOAD_H

#include "base/arena.h"
#include "base/buf.h"

enum { LOAD_STAMP = 20, LOAD_SAMPLES_MAX = 2000000, LOAD_PATH = 128, LOAD_PERSON = 32 };
#define LOAD_SECOND 1000000000ll /* all times are ns of the monotonic clock */

struct conn;
struct load;

/* POSTs that are not about messages; `number` is 0, 1, 2, ... */
struct load_asking {
	/* The body goes into l->body. Who asks, with --auth off; the path. */
	void (*make)(struct load *, int64_t number, char path[LOAD_PATH], char person[LOAD_PERSON]);
	/* Answered with 20x. False: not with what was wanted. */
	bool (*take)(struct load *, int64_t number, struct str answer);
};

struct load {
	struct arena *arena; /* lifetime: the measurement */
	char host[256], port[16];
	const char *token; /* NULL: none */
	struct str url;    /* of the queue */
	bool fifo;
	bool jobs; /* of a tracked queue, over REST: submit, claim, complete */
	const char *submit_path, *claim_path; /* of its queue */
	const struct load_asking *asking;     /* NULL: messages or jobs */
	int conn_count, receivers;            /* receivers are the first of the connections */
	/* messages of a request (of jobs: of a claim too), bytes of a message, groups of a FIFO */
	int batch, size, groups;
	int64_t count, rate, ends_at, due_next;
	bool draining;

	int64_t sent, confirmed, received, deleted; /* messages */
	uint32_t *samples;                          /* microseconds */
	int sample_count;
	const char *failure; /* NULL: none */

	struct conn *conns;
	int epoll;
	char *filler;
	struct buf body;
};

/* False when not all connections could be opened. load_close is needed all the same. */
bool load_open(struct load *);
/* Starts all connections and goes on until the work is done, or `failure` says why not. */
void load_run(struct load *);
void load_close(struct load *);

#endif
