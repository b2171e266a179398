/* front.h - the doors of a node: the clients' port and the nodes' port, open from the start to
 * the end, whoever owns the schema.
 *
 *     clients' port   owner: given to the server      standby: passed on to the owner (forward.h)
 *     nodes' port     a node that proves itself (guest.h): its client is given to the server;
 *                     else HTTP about this node alone: /healthz, /readyz, /metrics (health.h)
 *
 * One thread and one event loop, on which everything here runs but what says "any thread". */
#ifndef RINGI_CLUSTER_FRONT_H
#define RINGI_CLUSTER_FRONT_H

#include <stdatomic.h>
#include <uv.h>

#include "base/list.h"
#include "base/nodes.h"
#include "cluster/lines.h"
#include "http/server.h"

struct front;
struct os_thread;

/* Whom a standby passes its clients on to. */
struct front_owner {
	bool known;
	char name[NODE_NAME_MAX + 1];
	int64_t epoch;
	struct sockaddr_storage address;
};

struct front_config {
	const char *node, *listen, *node_listen;
	const char *tls_cert, *tls_key; /* NULL: plain; of the clients' port */
	uint8_t key[LINES_KEY_SIZE];
	void (*nodes)(void *context, struct nodes *); /* any thread */
	void *context;
};

struct door {
	int socket, port;
	uv_poll_t poll;
	bool open, paused; /* paused: out of descriptors, until the next tick */
	void (*came)(struct front *, int socket, const char *peer);
	struct front *front;
};

struct front {
	struct front_config config;
	uv_loop_t uv;
	uv_async_t wake;
	uv_timer_t tick;
	struct os_thread *thread;
	struct door clients, peers;
	struct http_server *own;  /* answers about this node, at the nodes' port */
	struct http_server *away; /* answers clients when there is no owner: 503 */

	uv_mutex_t mutex;
	struct front_owner told; /* under the mutex */
	struct http_server *told_serving;
	bool told_drain, told_end;
	uv_sem_t drained;

	struct front_owner owner;
	struct http_server *serving; /* NULL: this node is a standby */
	bool draining, drain_said, ended;
	int64_t drain_until_ms;
	struct list guests, forwards;
	int guest_count, forward_count;
	_Atomic int64_t open, total, waiting, refused, taken, denied;
	int64_t denied_said_ms;
	char piece[NODE_FORWARD_PIECE];
};

/* Opens both ports. NULL and a sentence. */
struct front *front_open(const struct front_config *, char why[256]);
int front_port(const struct front *);      /* of the clients */
int front_node_port(const struct front *); /* of the nodes */
/* Any thread. */
void front_tell_owner(struct front *, const struct front_owner *);
void front_tell_serving(struct front *, struct http_server *); /* this node answers by itself now */
/* Takes no more connections, and ends those that are passed on: what is being answered has
 * HTTP_DRAIN_TIME_MS. When it returns, nothing more comes to the server. */
void front_drain(struct front *);
void front_figures(struct front *, struct nodes *); /* any thread */
struct front *front_close(struct front *);          /* accepts NULL, returns NULL */

/* For guest.c and forward.c. */
int64_t front_now_ms(struct front *);
void front_look_drained(struct front *);

#endif
