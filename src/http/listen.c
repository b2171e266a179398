/* listen.c - the socket that accepts, and who gets what it accepts.
 *
 * One socket on loop 0 hands the connections to the loops in turn. SO_REUSEPORT
 * would save the hand-over, but the kernel then picks by a hash: with the few
 * long-lived connections of a message client one loop often gets twice as many as
 * another, and connections waiting at a loop that ends are lost. A hand-over costs
 * one wake-up per connection, not per request. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/conn.h"
#include "http/loop.h"

enum {
	BACKLOG = 4096,
	ACCEPT_AT_ONCE = 64, /* then the others get their turn */
};

static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
							  "Connection: close\r\n\r\n";

/* ---- opening */

/* "HOST:PORT", "[ADDRESS]:PORT" */
static bool split(const char *listen, char host[256], char port[8])
{
	struct str all = str_of(listen);
	const char *colon = strrchr(listen, ':');
	uint64_t number;

	if (colon == NULL || !str_u64(str_of(colon + 1), 65535, &number))
		return false;
	struct str name = { all.at, (size_t)(colon - listen) };
	if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']')
		name = (struct str){ name.at + 1, name.len - 2 };
	if (name.len == 0 || name.len > 255)
		return false;
	snprintf(host, 256, "%.*s", S_ARG(name));
	snprintf(port, 8, "%u", (unsigned)number);
	return true;
}

static int bound_socket(const struct addrinfo *a)
{
	int yes = 1;
	int s = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (s < 0)
		return -1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	/* Inherited by what it accepts: one system call less for each. */
	setsockopt(s, IPPROTO_TCP, 1 /* TCP_NODELAY */, &yes, sizeof yes);
	if (bind(s, a->ai_addr, a->ai_addrlen) == 0 && listen(s, BACKLOG) == 0)
		return s;
	int why = errno;
	close(s);
	errno = why;
	return -1;
}

static int port_of(int s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;

	must(getsockname(s, (struct sockaddr *)&a, &len) == 0);
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
	                                     : ((struct sockaddr_in *)&a)->sin_port);
}

int http_listen(const char *listen_at, int *number, char why[256])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	char host[256], port[8];

	if (!split(listen_at, host, port)) {
		snprintf(why, 256, "'%.100s' is not HOST:PORT.", listen_at);
		return -1;
	}
	int failed = getaddrinfo(host, port, &hints, &found);
	if (failed != 0) {
		snprintf(why, 256, "'%.100s' cannot be resolved: %s.", host, gai_strerror(failed));
		return -1;
	}
	int s = bound_socket(found);
	freeaddrinfo(found);
	if (s < 0)
		snprintf(why, 256, "Cannot listen on %.100s: %s.", listen_at, strerror(errno));
	else
		*number = port_of(s);
	return s;
}

bool listener_open(struct http_server *server, char why[256])
{
	struct listener *n = &server->listener;

	if (server->config.listen == NULL)
		return true; /* http_adopt */
	n->socket = http_listen(server->config.listen, &n->port, why);
	if (n->socket < 0)
		return false;
	n->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	n->open = true;
	return true;
}

/* ---- accepting */

struct adopt {
	struct http_task task;
	struct loop *loop;
	int socket;
	char peer[HTTP_PEER_SIZE];
};

static void adopt_run(struct http_task *task, void *context)
{
	struct adopt *a = CONTAINER(task, struct adopt, task);

	(void)context;
	conn_open(a->loop, a->socket, a->peer);
	mem_free(a);
}

void http_peer(char peer[HTTP_PEER_SIZE], const struct sockaddr_storage *a)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;
		inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
		snprintf(peer, HTTP_PEER_SIZE, "[%s]:%d", text, ntohs(six->sin6_port));
	} else {
		const struct sockaddr_in *four = (const struct sockaddr_in *)a;
		inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
		snprintf(peer, HTTP_PEER_SIZE, "%s:%d", text, ntohs(four->sin_port));
	}
}

/* `here`: on the thread of loop 0. */
static void hand_over(struct http_server *server, int socket, const char *peer, bool here)
{
	struct listener *n = &server->listener;
	struct loop *l = server->loops[n->next_loop++ % server->loop_count];
	struct adopt *a = mem_get(sizeof *a);
	struct list one;

	a->task.run = adopt_run;
	a->loop = l;
	a->socket = socket;
	snprintf(a->peer, sizeof a->peer, "%s", peer);
	if (here && l->number == 0) {
		adopt_run(&a->task, NULL);
		return;
	}
	list_init(&one);
	list_add_last(&one, &a->task.node);
	loop_post(l, &one);
}

static void accept_or_refuse(struct http_server *server, int s, const char *peer, bool here)
{
	int64_t now = atomic_fetch_add(&server->conns, 1) + 1;

	loop_count(server->loops[0], COUNT_ACCEPTED, 1);
	if (now > server->bounds.conns) {
		atomic_fetch_sub(&server->conns, 1);
		loop_count(server->loops[0], COUNT_REFUSED, 1);
		if (server->tls == NULL)
			send(s, refusal, sizeof refusal - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		close(s);
		return;
	}
	if (now > atomic_load(&server->conns_max))
		atomic_store(&server->conns_max, now);
	hand_over(server, s, peer, here);
}

/* The counters of loop 0 have two writers then, for accepted ones only: one may be missed. */
void http_adopt(struct http_server *server, int socket, const char *peer)
{
	must(!server->listener.open);
	accept_or_refuse(server, socket, peer, false);
}

/* Out of descriptors: the spare one lets us take the connection and close it, so that
 * the client knows and the loop does not turn round and round. */
static void shed(struct http_server *server)
{
	struct listener *n = &server->listener;

	if (n->spare >= 0) {
		close(n->spare);
		int s = accept(n->socket, NULL, NULL);
		if (s >= 0)
			close(s);
		n->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	uv_poll_stop(&n->poll);
	n->paused = true;
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
	struct http_server *server = poll->data;

	(void)status, (void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof from;
		int s = accept4(server->listener.socket, (struct sockaddr *)&from, &len,
		                SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (s >= 0) {
			char peer[HTTP_PEER_SIZE];
			http_peer(peer, &from);
			accept_or_refuse(server, s, peer, true);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			shed(server);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
	}
}

bool listener_start(struct http_server *server)
{
	struct listener *n = &server->listener;

	if (!n->open)
		return true;
	if (uv_poll_init(&server->loops[0]->uv, &n->poll, n->socket) != 0)
		return false;
	n->poll.data = server;
	return uv_poll_start(&n->poll, UV_READABLE, on_waiting) == 0;
}

void listener_tick(struct http_server *server)
{
	struct listener *n = &server->listener;

	if (n->open && n->paused) {
		n->paused = false;
		uv_poll_start(&n->poll, UV_READABLE, on_waiting);
	}
}

void listener_stop(struct http_server *server)
{
	struct listener *n = &server->listener;

	if (!n->open)
		return;
	n->open = false;
	uv_close((uv_handle_t *)&n->poll, NULL);
	close(n->socket);
	if (n->spare >= 0)
		close(n->spare);
}
