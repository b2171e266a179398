/* client.h - the two sides of the HTTP tests: a server on a free port with a small
 * handler, and a client that is a plain blocking socket.
 *
 * The handler knows the paths
 *   /echo    answers "METHOD TARGET\n" and the body
 *   /park    keeps the name; the test answers by `answer_parked`
 *   /big?N   answers N bytes
 *   /close   answers and closes
 *   /stream  answers two pieces and the end
 *   /events  begins a stream; the test goes on with post(f, ...) */
#ifndef RINGI_TEST_HTTP_CLIENT_H
#define RINGI_TEST_HTTP_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "http/bounds.h"
#include "http/server.h"

#define UNUSED __attribute__((unused))
enum { PARKED_MAX = 16 };

struct fixture {
	struct http_server *server;
	struct conn_name parked[PARKED_MAX];
	int parked_count, gone_count;
	int body_sum; /* of the last request */
	uv_sem_t parked_one, gone_one, task_done;
};

/* ---- the server */

static void answer_echo(struct fixture *f, const struct http_request *r)
{
	struct buf b = { 0 };

	buf_printf(&b, "%.*s %.*s\n", S_ARG(r->method_name), S_ARG(r->target));
	buf_add(&b, r->body);
	http_answer(f->server, r->conn,
	            &(struct http_answer){ .status = 200,
	                                   .content_type = S("text/plain"),
	                                   .headers = S("X-Test: yes\r\n"),
	                                   .body = buf_str(&b) });
	buf_free(&b);
}

static void answer_big(struct fixture *f, const struct http_request *r)
{
	size_t n = (size_t)strtoul(r->query.at, NULL, 10);
	char *bytes = mem_get(n);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)('a' + i % 23);
	http_answer(f->server, r->conn, &(struct http_answer){ .status = 200, .body = { bytes, n } });
	mem_free(bytes);
}

static void answer_stream(struct fixture *f, const struct http_request *r)
{
	struct http_answer a = { .status = 200, .content_type = S("text/event-stream") };

	assert_true(http_stream_start(f->server, r->conn, &a));
	assert_true(http_stream_piece(f->server, r->conn, S("data: one\n\n")));
	assert_true(http_stream_piece(f->server, r->conn, S("")));
	assert_true(http_stream_piece(f->server, r->conn, S("data: two\n\n")));
	assert_true(http_stream_end(f->server, r->conn));
}

static void park(struct fixture *f, const struct http_request *r)
{
	must(f->parked_count < PARKED_MAX);
	f->parked[f->parked_count++] = r->conn;
	uv_sem_post(&f->parked_one);
}

static void handle(void *context, struct http_request *r)
{
	struct fixture *f = context;

	if (str_is(r->path, "/park")) {
		park(f, r);
	} else if (str_is(r->path, "/big")) {
		answer_big(f, r);
	} else if (str_is(r->path, "/stream")) {
		answer_stream(f, r);
	} else if (str_is(r->path, "/events")) {
		http_stream_start(f->server, r->conn, &(struct http_answer){ .status = 200 });
		park(f, r);
	} else if (str_is(r->path, "/close")) {
		http_answer(f->server, r->conn,
		            &(struct http_answer){ .status = 200, .body = S("bye"), .close = true });
	} else {
		answer_echo(f, r);
	}
	arena_close(r->arena);
}

static void gone(void *context, struct conn_name name)
{
	struct fixture *f = context;

	f->gone_count++;
	assert_false(http_answer(f->server, name, &(struct http_answer){ .status = 200 }));
	uv_sem_post(&f->gone_one);
}

static UNUSED struct fixture *serve_tls(const struct http_bounds *bounds, int loops,
                                        const char *cert, const char *key)
{
	struct fixture *f = mem_get(sizeof *f);
	struct http_bounds usual = http_bounds_usual();
	struct http_config config = { .listen = "127.0.0.1:0",
		                          .loops = loops,
		                          .tls_cert = cert,
		                          .tls_key = key,
		                          .handle = handle,
		                          .gone = gone,
		                          .context = f };
	char why[256] = "";

	signal(SIGPIPE, SIG_IGN);
	uv_sem_init(&f->parked_one, 0);
	uv_sem_init(&f->gone_one, 0);
	uv_sem_init(&f->task_done, 0);
	f->server = http_open_bounded(&config, bounds == NULL ? &usual : bounds, why);
	if (f->server == NULL)
		fail_msg("%s", why);
	return f;
}

static UNUSED struct fixture *serve(const struct http_bounds *bounds)
{
	return serve_tls(bounds, 1, NULL, NULL);
}

static UNUSED void stop(struct fixture *f)
{
	http_close(f->server);
	uv_sem_destroy(&f->parked_one);
	uv_sem_destroy(&f->gone_one);
	uv_sem_destroy(&f->task_done);
	mem_free(f);
}

/* Work that the test wants done on a loop's thread; waits until it is done. */
struct errand {
	struct http_task task;
	void (*work)(struct fixture *, struct errand *);
	struct conn_name conn;
	struct str text;
	bool worked;
};

static void errand_run(struct http_task *task, void *context)
{
	struct fixture *f = context;
	struct errand *e = CONTAINER(task, struct errand, task);

	e->work(f, e);
	uv_sem_post(&f->task_done);
}

static UNUSED bool post(struct fixture *f, void (*work)(struct fixture *, struct errand *),
                        int parked, struct str text)
{
	struct errand e = { .task.run = errand_run, .work = work, .text = text };
	struct list one;

	e.conn = f->parked[parked];
	list_init(&one);
	list_add_last(&one, &e.task.node);
	http_post(f->server, e.conn.loop, &one);
	uv_sem_wait(&f->task_done);
	return e.worked;
}

static UNUSED void give_answer(struct fixture *f, struct errand *e)
{
	e->worked = http_answer(f->server, e->conn,
	                        &(struct http_answer){ .status = 200, .body = e->text });
}

static UNUSED void give_piece(struct fixture *f, struct errand *e)
{
	e->worked = http_stream_piece(f->server, e->conn, e->text);
}

static UNUSED void give_end(struct fixture *f, struct errand *e)
{
	e->worked = http_stream_end(f->server, e->conn);
}

/* ---- the client */

struct client {
	int socket;
	SSL *ssl;
	struct buf in; /* received, not looked at yet */
	char *text;    /* the last answer: head, empty line, body without chunks */
	int status;
	const char *body;
	size_t body_len;
};

static UNUSED struct client dial_small(const struct fixture *f, int receive_buffer)
{
	struct client c = { .socket = socket(AF_INET, SOCK_STREAM, 0) };
	struct sockaddr_in to = { .sin_family = AF_INET,
		                      .sin_port = htons((uint16_t)http_port(f->server)),
		                      .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval patience = { .tv_sec = 20 };

	if (receive_buffer > 0)
		setsockopt(c.socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
	setsockopt(c.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(c.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(c.socket, (struct sockaddr *)&to, sizeof to), 0);
	return c;
}

static UNUSED struct client dial(const struct fixture *f)
{
	return dial_small(f, 0);
}

static UNUSED void say_bytes(struct client *c, struct str s)
{
	while (s.len > 0) {
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, s.at, (int)s.len)
		                           : send(c->socket, s.at, s.len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server has closed: what it said is what counts */
		s = str_from(s, (size_t)n);
	}
}

static UNUSED void say(struct client *c, const char *text)
{
	say_bytes(c, str_of(text));
}

/* More bytes; false at the end of the connection, however it ended. */
static bool hear_more(struct client *c)
{
	char *room = buf_room(&c->in, 16 * 1024);
	ssize_t n = c->ssl != NULL ? SSL_read(c->ssl, room, 16 * 1024)
	                           : recv(c->socket, room, 16 * 1024, 0);

	if (n < 0 && c->ssl == NULL && errno == EAGAIN)
		fail_msg("the server says nothing");
	if (n <= 0)
		return false;
	c->in.len += (size_t)n;
	return true;
}

static UNUSED const char *find(struct client *c, size_t from, const char *what)
{
	return c->in.len <= from ? NULL : memmem(c->in.at + from, c->in.len - from, what, strlen(what));
}

static size_t hear_chunks(struct client *c, size_t at, struct buf *body)
{
	for (;;) {
		const char *line;
		while ((line = find(c, at, "\r\n")) == NULL)
			assert_true(hear_more(c));
		size_t n = strtoul(c->in.at + at, NULL, 16);
		at = (size_t)(line - c->in.at) + 2;
		while (c->in.len < at + n + 2)
			assert_true(hear_more(c));
		buf_add(body, (struct str){ c->in.at + at, n });
		at += n + 2;
		if (n == 0)
			return at;
	}
}

/* One answer with the body its head promises. Returns the status, 0 when the
 * connection ended instead. */
static UNUSED int hear_with(struct client *c, bool no_body)
{
	struct buf whole = { 0 };
	const char *end, *length;

	while ((end = find(c, 0, "\r\n\r\n")) == NULL)
		if (!hear_more(c))
			return c->status = 0;
	size_t at = (size_t)(end - c->in.at) + 4, head = at;
	buf_add(&whole, (struct str){ c->in.at, at });
	buf_add_byte(&whole, '\0');
	if (strcasestr(whole.at, "transfer-encoding: chunked") != NULL && !no_body) {
		whole.len--;
		at = hear_chunks(c, at, &whole);
	} else {
		length = strcasestr(whole.at, "content-length: ");
		size_t n = length == NULL || no_body ? 0 : strtoul(length + 16, NULL, 10);
		while (c->in.len < at + n)
			assert_true(hear_more(c));
		whole.len--;
		buf_add(&whole, (struct str){ c->in.at + at, n });
		at += n;
	}
	c->body_len = whole.len - head;
	buf_add_byte(&whole, '\0');
	mem_free(c->text);
	c->text = whole.at;
	c->body = whole.at + head;
	c->in.len -= at;
	memmove(c->in.at, c->in.at + at, c->in.len);
	assert_memory_equal(c->text, "HTTP/1.1 ", 9);
	return c->status = (int)strtol(c->text + 9, NULL, 10);
}

static UNUSED int hear(struct client *c)
{
	return hear_with(c, false);
}

static UNUSED bool hear_end(struct client *c)
{
	return c->in.len == 0 && !hear_more(c);
}

static UNUSED void hang_up(struct client *c)
{
	SSL_free(c->ssl);
	close(c->socket);
	buf_free(&c->in);
	c->text = mem_free(c->text);
}

#define EXPECT_ANSWER(client, wanted, wanted_body) \
	do { \
		assert_int_equal(hear(client), wanted); \
		assert_string_equal((client)->body, wanted_body); \
	} while (0)

#endif
