/* send.c - bytes on their way out.
 *
 * What is answered while a read is worked on is gathered in the loop's `out` (L2) and
 * written with one system call. What the socket does not take is copied behind the
 * connection with its deadline; until it is gone no further request of that
 * connection is begun, so a client that does not read bounds what it costs. */
#include <sys/socket.h>

#include "base/arena.h"
#include "http/conn.h"

struct pending {
	uv_write_t write;
	struct conn *conn;
	size_t len;
	char bytes[];
};

static void count_unsent(struct conn *c, int64_t bytes)
{
	atomic_fetch_add_explicit(&c->loop->server->unsent, bytes, memory_order_relaxed);
}

static void on_written(uv_write_t *write, int status)
{
	struct pending *p = CONTAINER(write, struct pending, write);
	struct conn *c = p->conn;

	c->sending -= p->len;
	count_unsent(c, -(int64_t)p->len);
	mem_free(p);
	if (c->state == CONN_DEAD)
		return;
	if (status < 0)
		conn_close(c);
	else if (c->sending == 0)
		conn_sent(c);
}

static bool queue(struct conn *c, struct str rest)
{
	struct pending *p = mem_try_resize(NULL, sizeof *p + rest.len);

	if (p == NULL)
		return false;
	p->conn = c;
	p->len = rest.len;
	memcpy(p->bytes, rest.at, rest.len);
	uv_buf_t b = uv_buf_init(p->bytes, (unsigned)rest.len);
	if (uv_write(&p->write, (uv_stream_t *)&c->tcp, &b, 1, on_written) != 0) {
		mem_free(p);
		return false;
	}
	c->sending += rest.len;
	count_unsent(c, (int64_t)rest.len);
	loop_due(c, DUE_SEND);
	return true;
}

/* To the socket; false: the connection is broken. */
static bool write_raw(struct conn *c, struct str bytes)
{
	loop_count(c->loop, COUNT_OUT, (int64_t)bytes.len);
	if (c->sending == 0 && bytes.len > 0) {
		uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes.at, (unsigned)bytes.len);
		int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);
		if (n < 0 && n != UV_EAGAIN)
			return false;
		bytes = str_from(bytes, n < 0 ? 0 : (size_t)n);
	}
	return bytes.len == 0 || queue(c, bytes);
}

static bool write_pending(struct conn *c)
{
	struct str raw = tls_pending(c->tls);

	if (raw.len == 0)
		return true;
	bool ok = write_raw(c, raw);
	tls_pending_done(c->tls);
	return ok;
}

static bool write_plain(struct conn *c, struct str bytes)
{
	if (c->tls == NULL)
		return write_raw(c, bytes);
	return tls_write(c->tls, bytes) && write_pending(c);
}

void send_forget(struct conn *c)
{
	if (c->loop->out_owner == c) {
		buf_clear(&c->loop->out);
		c->loop->out_owner = NULL;
	}
}

void send_flush(struct conn *c)
{
	struct loop *l = c->loop;

	if (l->out_owner != c || c->state == CONN_DEAD)
		return;
	bool ok = !l->out.failed && write_plain(c, buf_str(&l->out));
	send_forget(c); /* before anybody else may use it */
	if (!ok)
		conn_close(c);
}

void send_bytes(struct conn *c, struct str bytes)
{
	struct loop *l = c->loop;

	if (l->out_owner != NULL && (l->out_owner != c || l->out.len + bytes.len > LOOP_OUT))
		send_flush(l->out_owner);
	if (c->state == CONN_DEAD || bytes.len == 0)
		return;
	if (bytes.len > LOOP_OUT) {
		if (!write_plain(c, bytes))
			conn_close(c);
		return;
	}
	l->out_owner = c;
	buf_add(&l->out, bytes);
}

void send_tls_pending(struct conn *c)
{
	if (c->state != CONN_DEAD && !write_pending(c))
		conn_close(c);
}

void send_goodbye(struct conn *c)
{
	int socket;

	if (c->tls != NULL) {
		tls_goodbye(c->tls);
		send_tls_pending(c);
	}
	if (c->state != CONN_DEAD && uv_fileno((uv_handle_t *)&c->tcp, &socket) == 0)
		shutdown(socket, SHUT_WR);
}
