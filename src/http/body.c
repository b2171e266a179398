/* body.c - a body while it arrives.
 *
 * It grows with the bytes that have come, never with what the client announces, and
 * counts against the bytes all bodies together may hold until it is answered. */
#include "base/arena.h"
#include "http/conn.h"

bool body_charge(struct conn *c, int64_t bytes)
{
	struct http_server *s = c->loop->server;

	if (atomic_fetch_add_explicit(&s->bodies, bytes, memory_order_relaxed) + bytes >
	    s->bounds.bodies) {
		atomic_fetch_sub_explicit(&s->bodies, bytes, memory_order_relaxed);
		return false;
	}
	c->charged += bytes;
	return true;
}

void body_uncharge(struct conn *c)
{
	if (c->charged > 0)
		atomic_fetch_sub_explicit(&c->loop->server->bodies, c->charged, memory_order_relaxed);
	c->charged = 0;
}

int body_begin(struct conn *c, struct http_request *r, const struct head *h)
{
	c->state = CONN_BODY;
	c->request = r;
	c->chunked = h->chunked;
	c->chunks = (struct chunks){ 0 };
	c->body_length = h->length;
	c->body_since_ms = loop_now_ms(c->loop);
	loop_due(c, DUE_BODY);
	return PARSE_DONE;
}

static int add(struct conn *c, struct str data, const char **why)
{
	size_t before = c->body.cap;

	buf_add(&c->body, data);
	if (c->body.failed || !body_charge(c, (int64_t)(c->body.cap - before))) {
		*why = "Too many request bodies are held at the moment.";
		return 503;
	}
	return PARSE_MORE;
}

static int take_chunks(struct conn *c, struct str *bytes, const char **why)
{
	int status = PARSE_MORE;
	struct str data;

	while (status == PARSE_MORE && bytes->len > 0) {
		status = chunks_read(&c->chunks, bytes, &data, why);
		if (status == PARSE_MORE && data.len > 0)
			status = add(c, data, why);
	}
	return status;
}

int body_take(struct conn *c, struct str *bytes, const char **why)
{
	if (c->chunked)
		return take_chunks(c, bytes, why);
	uint64_t missing = c->body_length - c->body.len;
	struct str data = { bytes->at, bytes->len < missing ? bytes->len : (size_t)missing };

	*bytes = str_from(*bytes, data.len);
	int status = add(c, data, why);
	return status == PARSE_MORE && c->body.len == c->body_length ? PARSE_DONE : status;
}
