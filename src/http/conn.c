/* conn.c - the life of a connection.
 *
 *                    .--------------- answered, kept -----------------.
 *                    v                                                |
 *     accepted --> HEAD --head--> BODY --whole--> WAIT --answer-------+
 *                    |              |               '--stream--> STREAM--end--'
 *                    |              |                                 |
 *                    '---refused----'--------> LAST <--answered, not kept
 *                                               | sent
 *                                               '--> LINGER --client closes, or time--> DEAD
 *     any --client gone, time is up, forced--> DEAD
 *
 * C1  At most one request of a connection is with the handler; bytes behind it wait in
 *     `in`, at most about HTTP_HEAD_MAX and one read, then reading stops.
 * C2  `gone` is called for a connection that dies in WAIT or STREAM and for no other.
 * C3  A connection between requests, or in WAIT with nothing read ahead, holds no buffer.
 * C4  DEAD has no name: the slot's generation has moved on. The struct stays until
 *     libuv has let go of it.
 * C5  The name dies with the answer too, so that answering twice cannot give the next
 *     request of the connection an answer that was meant for this one.
 *
 * Deadlines: HEAD_TIME from the first byte of a head, IDLE_TIME between requests,
 * BODY_TIME and a minimum rate in BODY, SEND_TIME while the socket takes nothing, none
 * in WAIT and STREAM: how long an answer takes is the handler's business. */
#include "http/conn.h"

#include <unistd.h>

#include "base/arena.h"
#include "os/os.h"

enum { REQUEST_ROOM = 1024 }; /* left in a request's arena for the handler */

/* ---- the end */

static void on_closed(uv_handle_t *handle)
{
	struct conn *c = CONTAINER(handle, struct conn, tcp);
	struct loop *l = c->loop;

	tls_close(c->tls);
	mem_free(c);
	loop_conn_freed(l);
}

void conn_close(struct conn *c)
{
	struct loop *l = c->loop;
	struct conn_name name = { l->number, c->slot, c->generation };
	bool waited_for = c->state == CONN_WAIT || c->state == CONN_STREAM;

	if (c->state == CONN_DEAD)
		return;
	if (c->state == CONN_BODY)
		arena_close(c->request->arena);
	c->state = CONN_DEAD;
	send_forget(c);
	loop_due(c, DUE_NEVER);
	loop_take(l, c);
	body_uncharge(c);
	buf_free(&c->in);
	buf_free(&c->body);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
	if (waited_for && l->server->config.gone != NULL)
		l->server->config.gone(l->server->config.context, name);
}

/* A plain close would reset the connection when unread bytes are left, and the
 * client might never see the answer: so say that we are done and wait a little. */
static void all_said(struct conn *c)
{
	if (!c->linger) {
		if (c->tls != NULL)
			send_goodbye(c);
		conn_close(c);
		return;
	}
	send_goodbye(c);
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_LINGER;
	loop_due(c, DUE_LINGER);
}

void conn_refuse(struct conn *c, int status, const char *why)
{
	loop_count(c->loop, COUNT_REFUSED, 1);
	if (c->state == CONN_BODY)
		arena_close(c->request->arena);
	buf_free(&c->body);
	body_uncharge(c);
	c->state = CONN_LAST;
	answer_refusal(c, status, why);
	if (c->state == CONN_DEAD)
		return;
	c->linger = true;
	loop_due(c, DUE_NEVER);
	conn_run(c, S_NONE);
}

bool conn_idle(const struct conn *c)
{
	return c->state == CONN_HEAD && c->in.len == 0 && c->sending == 0 && !c->running;
}

void conn_due(struct conn *c)
{
	if (c->due == DUE_HEAD && (c->tls == NULL || tls_ready(c->tls)))
		conn_refuse(c, 408, "The head of the request did not arrive in time.");
	else if (c->due == DUE_BODY)
		conn_refuse(c, 408, "The body did not arrive in time.");
	else
		conn_close(c);
}

/* ---- a request */

static struct str moved(struct str s, struct str from, const char *to)
{
	if (s.at < from.at || s.at > from.at + from.len)
		return s; /* absent, or a constant */
	return (struct str){ to + (s.at - from.at), s.len };
}

/* One allocation: head and body lie next to each other in what was read, so they are
 * copied in one piece and the views of the head are moved over. `body` may be empty. */
static struct http_request *request_new(struct conn *c, struct str head, struct str body)
{
	const struct head *h = &c->loop->head;
	struct str peer = str_of(c->peer);
	size_t fields = (size_t)h->header_count * sizeof(struct http_header);
	struct arena *arena = arena_open_sized(sizeof(struct http_request) + fields + head.len +
	                                       body.len + peer.len + REQUEST_ROOM);
	struct http_request *r = ARENA_NEW(arena, struct http_request);
	struct http_header *headers = arena_get(arena, fields);
	char *bytes = arena_get(arena, head.len + body.len + 1);

	memcpy(bytes, head.at, head.len + body.len);
	for (int i = 0; i < h->header_count; i++)
		headers[i] = (struct http_header){ moved(h->headers[i].name, head, bytes),
			                               moved(h->headers[i].value, head, bytes) };
	*r = (struct http_request){
		.method = h->method,
		.method_name = moved(h->method_name, head, bytes),
		.target = moved(h->target, head, bytes),
		.path = moved(h->path, head, bytes),
		.query = moved(h->query, head, bytes),
		.body = { bytes + head.len, body.len },
		.headers = headers,
		.header_count = h->header_count,
		.tls = c->tls != NULL,
		.peer = arena_str(arena, peer),
		.conn = { c->loop->number, c->slot, c->generation },
		.arena = arena,
		.started_mono_ns = os_mono_ns(),
	};
	return r;
}

static void hand_to_handler(struct conn *c, struct http_request *r)
{
	const struct http_config *config = &c->loop->server->config;

	c->state = CONN_WAIT;
	loop_due(c, DUE_NEVER);
	loop_count(c->loop, COUNT_REQUESTS, 1);
	config->handle(config->context, r);
}

/* The head is complete and lies before `rest`. */
static void take_request(struct conn *c, struct str head, struct str *rest)
{
	const struct head *h = &c->loop->head;

	c->head_method = h->method == HTTP_HEAD_;
	c->version_1_0 = h->version_1_0;
	c->client_keeps = h->keep_alive;
	if (!h->chunked && h->length <= rest->len) {
		struct str body = { rest->at, (size_t)h->length };
		if (!body_charge(c, (int64_t)body.len)) {
			conn_refuse(c, 503, "Too many request bodies are held at the moment.");
			return;
		}
		*rest = str_from(*rest, body.len);
		hand_to_handler(c, request_new(c, head, body));
		return;
	}
	body_begin(c, request_new(c, head, S_NONE), h);
	if (h->wants_continue && rest->len == 0)
		send_bytes(c, S("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Both return whether there may be more to do with what is left in `rest`. */
static bool take_head(struct conn *c, struct str *rest)
{
	struct str head;
	const char *why;
	int status = head_scan(&c->scan, *rest, &head, &why);

	if (status == PARSE_DONE)
		status = head_parse(head, &c->loop->head, &why);
	if (status == PARSE_MORE) {
		if (c->due != DUE_HEAD)
			loop_due(c, DUE_HEAD);
		return false;
	}
	if (status != PARSE_DONE) {
		conn_refuse(c, status, why);
		return false;
	}
	*rest = str_from(*rest, c->scan.at);
	c->scan = (struct head_scan){ 0 };
	take_request(c, head, rest);
	return true;
}

static bool take_body(struct conn *c, struct str *rest)
{
	const char *why;
	int status = body_take(c, rest, &why);

	if (status == PARSE_MORE)
		return false;
	if (status != PARSE_DONE) {
		conn_refuse(c, status, why);
		return false;
	}
	struct http_request *r = c->request;
	r->body = buf_str(&c->body);
	if (c->body.at != NULL)
		arena_adopt(r->arena, c->body.at);
	c->body = (struct buf){ 0 };
	hand_to_handler(c, r);
	return true;
}

/* ---- bytes in */

static bool step(struct conn *c, struct str *rest)
{
	switch (c->state) {
	case CONN_HEAD:
		return c->sending == 0 && take_head(c, rest);
	case CONN_BODY:
		return take_body(c, rest);
	default:
		return false;
	}
}

/* What was not used stays, at the front; an empty buffer is given back (C3). */
static void keep(struct conn *c, bool from_in, struct str rest)
{
	bool over = c->state == CONN_LAST || c->state == CONN_LINGER || c->state == CONN_DEAD;

	if (over || rest.len == 0) {
		buf_free(&c->in);
	} else if (!from_in) {
		buf_add(&c->in, rest);
	} else if (rest.len < c->in.len) {
		memmove(c->in.at, rest.at, rest.len);
		c->in.len = rest.len;
	}
	if (c->in.failed)
		conn_close(c);
}

static void on_read(uv_stream_t *, ssize_t, const uv_buf_t *);

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *b)
{
	struct conn *c = CONTAINER(handle, struct conn, tcp);

	(void)suggested;
	*b = uv_buf_init(c->loop->in, LOOP_IN);
}

/* Reading stays on while a request is with the handler, to see the client leave (C1). */
static void set_reading(struct conn *c)
{
	bool want = c->state == CONN_LINGER ||
	            (c->state != CONN_LAST && c->state != CONN_DEAD && c->in.len < HTTP_HEAD_MAX);

	if (c->state == CONN_HEAD && c->sending == 0)
		want = true; /* a head that fills `in` is refused by its next byte */
	if (want == c->reading || c->state == CONN_DEAD)
		return;
	c->reading = want;
	if (want)
		uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
	else
		uv_read_stop((uv_stream_t *)&c->tcp);
}

void conn_run(struct conn *c, struct str fresh)
{
	if (c->running || c->state == CONN_DEAD)
		return;
	bool from_in = c->in.len > 0;
	if (from_in)
		buf_add(&c->in, fresh);
	struct str rest = from_in ? buf_str(&c->in) : fresh;
	c->running = true;
	while (rest.len > 0 && step(c, &rest))
		;
	c->running = false;
	keep(c, from_in, rest);
	send_flush(c);
	if (c->state == CONN_LAST && c->sending == 0)
		all_said(c);
	set_reading(c);
}

static void ended_by_client(struct conn *c, bool politely)
{
	if (politely && c->sending > 0 && (c->state == CONN_LAST || c->state == CONN_HEAD)) {
		/* It will say nothing more, but may still read what is on its way. */
		c->state = CONN_LAST;
		c->linger = false;
		set_reading(c);
		return;
	}
	conn_close(c);
}

static void read_tls(struct conn *c, struct str raw)
{
	struct loop *l = c->loop;
	int n = TLS_BROKEN;

	if (tls_put(c->tls, raw)) {
		while ((n = tls_get(c->tls, l->plain, LOOP_IN)) > 0) {
			conn_run(c, (struct str){ l->plain, (size_t)n });
			if (c->state == CONN_DEAD)
				return;
		}
	}
	send_tls_pending(c); /* handshake, alerts */
	if (n == TLS_LATER && c->state == CONN_HEAD && c->due == DUE_HEAD && c->in.len == 0 &&
	    tls_ready(c->tls))
		loop_due(c, DUE_IDLE);
	if (n != TLS_LATER)
		ended_by_client(c, n == TLS_ENDED);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct conn *c = CONTAINER(stream, struct conn, tcp);

	if (n == 0 || c->state == CONN_DEAD)
		return;
	if (n < 0) {
		ended_by_client(c, n == UV_EOF);
		return;
	}
	loop_count(c->loop, COUNT_IN, n);
	struct str bytes = { b->base, (size_t)n };
	if (c->state == CONN_LINGER)
		return;
	if (c->tls == NULL)
		conn_run(c, bytes);
	else
		read_tls(c, bytes);
}

/* ---- what the other files tell it */

void conn_next(struct conn *c, bool keep_open)
{
	body_uncharge(c);
	loop_rename(c); /* C5 */
	if (keep_open) {
		c->state = CONN_HEAD;
		if (c->sending == 0)
			loop_due(c, DUE_IDLE);
	} else {
		c->state = CONN_LAST;
		c->linger = c->client_keeps || c->in.len > 0;
	}
	conn_run(c, S_NONE);
}

void conn_sent(struct conn *c)
{
	loop_due(c, c->state == CONN_HEAD ? DUE_IDLE : c->state == CONN_BODY ? DUE_BODY : DUE_NEVER);
	conn_run(c, S_NONE);
}

void conn_open(struct loop *l, int socket, const char *peer)
{
	struct conn *c = mem_get(sizeof *c);

	c->loop = l;
	memcpy(c->peer, peer, sizeof c->peer);
	c->tls = l->server->tls == NULL ? NULL : tls_open(l->server->tls);
	if (l->draining || (l->server->tls != NULL && c->tls == NULL) ||
	    uv_tcp_init(&l->uv, &c->tcp) != 0) {
		close(socket);
		tls_close(c->tls);
		mem_free(c);
		atomic_fetch_sub(&l->server->conns, 1);
		return;
	}
	loop_add(l, c);
	c->due = DUE_NEVER;
	if (uv_tcp_open(&c->tcp, socket) != 0) {
		close(socket);
		conn_close(c);
		return;
	}
	if (l->server->bounds.socket_buffer > 0) {
		int size = l->server->bounds.socket_buffer;
		uv_send_buffer_size((uv_handle_t *)&c->tcp, &size);
	}
	loop_due(c, c->tls == NULL ? DUE_IDLE : DUE_HEAD);
	set_reading(c);
}
