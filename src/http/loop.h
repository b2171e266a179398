/* loop.h - one event loop: its connections, its deadlines, what is posted to it.
 *
 * All of it belongs to the loop's thread, but for `posted`, the counters (written
 * by this thread, read by any) and what is named atomic in struct http_server.
 *
 * L1  A connection is in at most one list of deadlines. Within a list all have the
 *     same duration, so adding last keeps it ordered, and one coarse timer per loop
 *     looks at first members only.
 * L2  Bytes in `out` belong to `out_owner`; whoever else wants to write lets them go first. */
#ifndef RINGI_HTTP_LOOP_H
#define RINGI_HTTP_LOOP_H

#include <stdatomic.h>
#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "http/bounds.h"
#include "http/parse.h"
#include "http/server.h"

enum due { DUE_HEAD, DUE_BODY, DUE_IDLE, DUE_SEND, DUE_LINGER, DUE_KINDS, DUE_NEVER = DUE_KINDS };

enum {
	LOOP_IN = 64 * 1024,  /* read at once                     */
	LOOP_OUT = 64 * 1024, /* gathered before it is written    */
};

enum count {
	COUNT_CONNECTIONS,
	COUNT_ACCEPTED,
	COUNT_REQUESTS,
	COUNT_REFUSED,
	COUNT_IN,
	COUNT_OUT,
	COUNTS,
};

struct conn;
struct http_server;
struct tls_context;

struct slot {
	struct conn *conn; /* NULL: free */
	uint32_t generation, next_free;
};

struct loop {
	struct http_server *server;
	int number;
	uv_loop_t uv;
	uv_thread_t thread;
	uv_async_t wake;
	uv_timer_t tick;

	uv_mutex_t mutex;
	struct list posted; /* under the mutex */
	bool ended;         /* under the mutex: tasks now wait for http_close */

	struct slot *slots;
	uint32_t slot_count, slot_free; /* slot_free == slot_count: none */
	int conn_count;
	struct list due[DUE_KINDS];
	int64_t due_ms[DUE_KINDS];

	bool draining, closing, emptied;
	int64_t drain_until_ms;

	struct buf out;
	struct conn *out_owner;
	struct head head; /* of the request being parsed */
	_Atomic int64_t counts[COUNTS];
	char in[LOOP_IN], plain[LOOP_IN];
};

struct listener {
	int socket, spare; /* spare: given up for a moment when descriptors run out */
	int port;
	uv_poll_t poll; /* on loop 0 */
	int next_loop;
	bool open, paused;
};

struct http_server {
	struct http_config config;
	struct http_bounds bounds;
	struct tls_context *tls; /* NULL: plain */
	struct listener listener;
	int loop_count;
	_Atomic bool draining, closing; /* the loops look at their next wake-up */
	bool waited;
	uv_sem_t emptied; /* once from each loop, when it has drained */
	_Atomic int64_t conns, conns_max, bodies, unsent;
	struct loop *loops[HTTP_LOOPS_MAX];
};

/* NULL when the machine has no room for it. Not running yet. */
struct loop *loop_new(struct http_server *, int number);
bool loop_start(struct loop *);
void loop_free(struct loop *); /* has ended */

/* On the loop's thread. */
int64_t loop_now_ms(struct loop *);
void loop_add(struct loop *, struct conn *);  /* gives it slot and generation */
void loop_take(struct loop *, struct conn *); /* its name means nobody from now on */
void loop_rename(struct conn *);              /* likewise, but the connection goes on */
void loop_due(struct conn *, enum due);       /* replaces; DUE_SEND in a row keeps the first */
void loop_conn_freed(struct loop *);
struct conn *loop_find(struct http_server *, struct conn_name);

/* From any thread. */
void loop_post(struct loop *, struct list *tasks);
void loop_run_posted(struct loop *);

static inline void loop_count(struct loop *l, enum count what, int64_t n)
{
	/* One writer: no locked instruction is needed. */
	int64_t old = atomic_load_explicit(&l->counts[what], memory_order_relaxed);
	atomic_store_explicit(&l->counts[what], old + n, memory_order_relaxed);
}

/* listen.c: the socket that accepts. */
bool listener_open(struct http_server *, char why[256]);
bool listener_start(struct http_server *); /* on loop 0, before it runs */
void listener_tick(struct http_server *);  /* tries again after a pause */
void listener_stop(struct http_server *);  /* on loop 0's thread */

#endif
