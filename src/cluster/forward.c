/* forward.c - the life of a connection that is passed on.
 *
 *     WAIT --an owner is known--> CONNECT --> HELLO --its reply is right--> SPLICE --> END
 *      ^  |                          |          |
 *      |  '-- NODE_FORWARD_WAIT_MS --+----------+--> the 503 of front->away
 *      '------ refused, not the owner -----------'
 *
 *   F1  Until SPLICE nothing of the client's bytes has been read: its socket can be given to
 *       whoever answers, as it came.
 *   F2  In each direction at most one piece waits; meanwhile its source is not read.
 *   F3  An end is passed on behind the bytes before it. What goes on too long after it is cut.
 *   F4  When another owner is known, what was spliced to the one before is cut: that one may be
 *       frozen, and its answers are worth nothing. */
#include "cluster/forward.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "os/os.h"

enum forward_state { FORWARD_WAIT, FORWARD_CONNECT, FORWARD_HELLO, FORWARD_SPLICE, FORWARD_END };
enum { QUIET_MS = 100 }; /* an answer may be in several pieces */

struct side {
	uv_tcp_t tcp;
	struct forward *forward;
	struct side *other;
	bool open, ended; /* ended: it sends nothing more */
	bool writing;     /* a piece waits to be taken by it */
	uv_shutdown_t shut;
};

struct forward {
	struct node node;
	struct front *front;
	enum forward_state state;
	int socket; /* of the client, until it is spliced; -1: given away */
	char peer[HTTP_PEER_SIZE];
	int64_t since_ms, ended_ms, moved_ms;
	int64_t epoch; /* of the owner it goes to */
	bool answered; /* the last that moved came from the owner */
	int handles;   /* of libuv, not closed yet */
	struct side client, owner;
	uv_connect_t connect;
	struct lines lines;
	char line[NODE_LINE_MAX];
	size_t len;
};

struct piece {
	uv_write_t write;
	struct side *to;
	char bytes[];
};

/* ---- the end */

static void count_state(struct forward *f, enum forward_state next)
{
	struct front *front = f->front;
	bool spliced = f->state == FORWARD_SPLICE, waits = f->state < FORWARD_SPLICE;

	atomic_fetch_add(&front->open, (next == FORWARD_SPLICE) - spliced);
	atomic_fetch_add(&front->waiting, (next < FORWARD_SPLICE) - waits);
	f->state = next;
}

static void forget(struct forward *f)
{
	struct front *front = f->front;

	if (f->handles > 0 || f->state != FORWARD_END)
		return;
	must(f->socket < 0);
	node_take(&f->node);
	front->forward_count--;
	mem_free(f);
	front_look_drained(front);
}

static void on_client_closed(uv_handle_t *handle)
{
	struct forward *f = CONTAINER(handle, struct side, tcp)->forward;

	f->handles--;
	forget(f);
}

static void on_owner_closed(uv_handle_t *handle)
{
	struct forward *f = CONTAINER(handle, struct side, tcp)->forward;

	f->handles--;
	f->owner.open = false;
	forget(f);
}

static void drop_owner(struct forward *f)
{
	if (f->owner.open && !uv_is_closing((uv_handle_t *)&f->owner.tcp))
		uv_close((uv_handle_t *)&f->owner.tcp, on_owner_closed);
}

/* Ends it; the client's socket, if it is still as it came, goes to `to`, or is closed. */
static void end(struct forward *f, struct http_server *to)
{
	if (f->state == FORWARD_END)
		return;
	count_state(f, FORWARD_END);
	drop_owner(f);
	if (f->client.open)
		uv_close((uv_handle_t *)&f->client.tcp, on_client_closed);
	if (f->socket >= 0 && to != NULL)
		http_adopt(to, f->socket, f->peer);
	else if (f->socket >= 0)
		close(f->socket);
	f->socket = -1;
	forget(f);
}

/* The owner did not take it: another try when the tick comes. */
static void again(struct forward *f)
{
	must(f->state < FORWARD_SPLICE);
	drop_owner(f);
	f->len = 0;
	count_state(f, FORWARD_WAIT);
}

/* ---- bytes both ways */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *b)
{
	struct front *front = CONTAINER(handle, struct side, tcp)->forward->front;

	(void)suggested;
	*b = uv_buf_init(front->piece, sizeof front->piece);
}

static void on_read(uv_stream_t *, ssize_t, const uv_buf_t *);

static void on_written(uv_write_t *write, int status)
{
	struct piece *p = CONTAINER(write, struct piece, write);
	struct side *to = p->to;

	mem_free(p);
	to->writing = false;
	if (to->forward->state != FORWARD_SPLICE)
		return;
	if (status < 0)
		end(to->forward, NULL);
	else if (!to->other->ended)
		uv_read_start((uv_stream_t *)&to->other->tcp, on_alloc, on_read);
}

/* F2 */
static bool keep(struct side *to, struct str rest)
{
	struct piece *p = mem_try_resize(NULL, sizeof *p + rest.len);

	if (p == NULL)
		return false;
	p->to = to;
	memcpy(p->bytes, rest.at, rest.len);
	uv_buf_t b = uv_buf_init(p->bytes, (unsigned)rest.len);
	if (uv_write(&p->write, (uv_stream_t *)&to->tcp, &b, 1, on_written) != 0) {
		mem_free(p);
		return false;
	}
	to->writing = true;
	uv_read_stop((uv_stream_t *)&to->other->tcp);
	return true;
}

static bool give(struct side *to, struct str bytes)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes.at, (unsigned)bytes.len);
	int n = uv_try_write((uv_stream_t *)&to->tcp, &b, 1);

	if (n < 0 && n != UV_EAGAIN)
		return false;
	bytes = str_from(bytes, n < 0 ? 0 : (size_t)n);
	return bytes.len == 0 || keep(to, bytes);
}

static void on_shut(uv_shutdown_t *shut, int status)
{
	struct side *to = CONTAINER(shut, struct side, shut);

	if (status < 0 || (to->ended && to->other->ended))
		end(to->forward, NULL);
}

/* F3 */
static void side_ended(struct side *from)
{
	struct forward *f = from->forward;

	from->ended = true;
	if (f->ended_ms == 0)
		f->ended_ms = front_now_ms(f->front);
	uv_read_stop((uv_stream_t *)&from->tcp);
	if (uv_shutdown(&from->other->shut, (uv_stream_t *)&from->other->tcp, on_shut) != 0)
		end(f, NULL);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct side *from = CONTAINER(stream, struct side, tcp);
	struct forward *f = from->forward;

	if (n == 0 || f->state != FORWARD_SPLICE)
		return;
	if (n == UV_EOF) {
		side_ended(from);
		return;
	}
	f->answered = from == &f->owner;
	f->moved_ms = front_now_ms(f->front);
	if (n < 0 || !give(from->other, (struct str){ b->base, (size_t)n }))
		end(f, NULL);
}

/* ---- until then */

static bool open_client(struct forward *f)
{
	if (uv_tcp_init(&f->front->uv, &f->client.tcp) != 0)
		return false;
	f->client.open = true;
	f->handles++;
	if (uv_tcp_open(&f->client.tcp, f->socket) != 0)
		return false;
	f->socket = -1;
	return uv_read_start((uv_stream_t *)&f->client.tcp, on_alloc, on_read) == 0;
}

/* Whole, or the connection is worth nothing: it is new, so there is room. */
static bool say(struct forward *f, const char *text, size_t len)
{
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)text, (unsigned)len);

	return uv_try_write((uv_stream_t *)&f->owner.tcp, &b, 1) == (int)len;
}

static void join(struct forward *f)
{
	char text[NODE_LINE_MAX];

	if (!say(f, text, lines_proof(&f->lines, str_of(f->peer), text))) {
		again(f);
		return;
	}
	atomic_fetch_add(&f->front->total, 1);
	count_state(f, FORWARD_SPLICE);
	f->answered = true; /* nothing was asked yet */
	f->moved_ms = front_now_ms(f->front);
	uv_read_stop((uv_stream_t *)&f->owner.tcp);
	if (!open_client(f) || uv_read_start((uv_stream_t *)&f->owner.tcp, on_alloc, on_read) != 0)
		end(f, NULL);
}

static void on_reply(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct forward *f = CONTAINER(stream, struct side, tcp)->forward;

	if (n == 0 || f->state != FORWARD_HELLO)
		return;
	if (n < 0 || f->len + (size_t)n >= sizeof f->line) {
		again(f);
		return;
	}
	memcpy(f->line + f->len, b->base, (size_t)n);
	f->len += (size_t)n;
	if (f->line[f->len - 1] != '\n')
		return;
	if (lines_read_reply(&f->lines, (struct str){ f->line, f->len - 1 }))
		join(f);
	else
		again(f); /* it is not the owner, or somebody else */
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct forward *f = CONTAINER(connect, struct forward, connect);
	uint8_t chance[LINES_CHANCE / 2];
	char text[NODE_LINE_MAX];

	if (f->state != FORWARD_CONNECT)
		return;
	count_state(f, FORWARD_HELLO);
	os_random(chance, sizeof chance);
	lines_chance(chance, f->lines.a);
	if (status < 0 || !say(f, text, lines_hello(&f->lines, text)) ||
	    uv_read_start((uv_stream_t *)&f->owner.tcp, on_alloc, on_reply) != 0)
		again(f);
}

static void begin(struct forward *f)
{
	struct front *front = f->front;
	const struct front_owner *owner = &front->owner;

	if (f->state != FORWARD_WAIT || f->owner.open || !owner->known)
		return;
	if (uv_tcp_init(&front->uv, &f->owner.tcp) != 0)
		return;
	f->owner.open = true;
	f->handles++;
	count_state(f, FORWARD_CONNECT);
	f->epoch = owner->epoch;
	f->lines.key = front->config.key;
	snprintf(f->lines.from, sizeof f->lines.from, "%s", front->config.node);
	snprintf(f->lines.to, sizeof f->lines.to, "%s", owner->name);
	uv_tcp_nodelay(&f->owner.tcp, 1);
	if (uv_tcp_connect(&f->connect, &f->owner.tcp, (const struct sockaddr *)&owner->address,
	                   on_connected) != 0)
		again(f);
}

/* ---- from the front */

void forward_open(struct front *front, int socket, const char *peer)
{
	struct forward *f;

	if (front->forward_count >= NODE_FORWARDS_MAX) {
		atomic_fetch_add(&front->refused, 1);
		http_adopt(front->away, socket, peer);
		return;
	}
	f = mem_get(sizeof *f);
	f->front = front;
	f->socket = socket;
	f->client.forward = f->owner.forward = f;
	f->client.other = &f->owner;
	f->owner.other = &f->client;
	f->since_ms = front_now_ms(front);
	snprintf(f->peer, sizeof f->peer, "%s", peer);
	list_add_last(&front->forwards, &f->node);
	front->forward_count++;
	atomic_fetch_add(&front->waiting, 1);
	begin(f);
}

static void tick(struct forward *f, int64_t now)
{
	struct front *front = f->front;

	if (f->state < FORWARD_SPLICE && now - f->since_ms >= NODE_FORWARD_WAIT_MS) {
		atomic_fetch_add(&front->refused, 1);
		end(f, front->away);
	} else if (f->state == FORWARD_WAIT) {
		begin(f);
	} else if (f->state == FORWARD_SPLICE && f->ended_ms != 0 &&
	           now - f->ended_ms >= NODE_FORWARD_END_MS) {
		end(f, NULL);
	} else if (f->state == FORWARD_SPLICE && front->draining &&
	           ((f->answered && now - f->moved_ms >= QUIET_MS) || now >= front->drain_until_ms)) {
		end(f, NULL);
	}
}

void forwards_tick(struct front *front)
{
	int64_t now = front_now_ms(front);

	LIST_EACH (&front->forwards, struct forward, node, f)
		tick(f, now);
}

void forwards_owner(struct front *front)
{
	LIST_EACH (&front->forwards, struct forward, node, f) {
		bool anew = f->epoch != front->owner.epoch;
		if (f->state == FORWARD_SPLICE && (anew || front->serving != NULL))
			end(f, NULL); /* F4 */
		else if (f->state < FORWARD_SPLICE && front->serving != NULL)
			end(f, front->serving);
		else if (f->state < FORWARD_SPLICE && f->state > FORWARD_WAIT && anew)
			again(f);
		else if (f->state == FORWARD_WAIT)
			begin(f);
	}
}

void forwards_drain(struct front *front)
{
	LIST_EACH (&front->forwards, struct forward, node, f)
		if (f->state < FORWARD_SPLICE)
			end(f, front->away);
}

void forwards_end(struct front *front)
{
	LIST_EACH (&front->forwards, struct forward, node, f)
		end(f, NULL);
}
