/* answer.c - answers as bytes, and the functions by which the handler gives them.
 *
 * What a handler may not know is added here: the framing, Connection, and no body
 * for HEAD, 204 and 304. */
#include <stdio.h>

#include "http/conn.h"

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

static const char *status_text(int status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

static bool has_body(int status)
{
	return status != 204 && status != 304;
}

/* The head up to the framing fields, which differ. */
static void write_head(struct conn *c, const struct http_answer *a, bool keep)
{
	must(a->status >= 200 && a->status <= 599);
	if (a->status == 200) {
		send_bytes(c, S("HTTP/1.1 200 OK\r\n"));
	} else {
		char line[64];
		int n = snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", a->status,
		                 status_text(a->status));
		send_bytes(c, (struct str){ line, (size_t)n });
	}
	if (str_given(a->content_type)) {
		send_bytes(c, S("Content-Type: "));
		send_bytes(c, a->content_type);
		send_bytes(c, S("\r\n"));
	}
	send_bytes(c, a->headers);
	if (!keep)
		send_bytes(c, S("Connection: close\r\n"));
	else if (c->version_1_0)
		send_bytes(c, S("Connection: keep-alive\r\n"));
}

static void write_length(struct conn *c, size_t n)
{
	char text[48], *at = text + sizeof text;

	*--at = '\n', *--at = '\r', *--at = '\n', *--at = '\r';
	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	at -= 16;
	memcpy(at, "Content-Length: ", 16);
	send_bytes(c, (struct str){ at, (size_t)(text + sizeof text - at) });
}

void answer_write(struct conn *c, const struct http_answer *a, bool keep)
{
	write_head(c, a, keep);
	if (!has_body(a->status)) {
		send_bytes(c, S("\r\n"));
		return;
	}
	write_length(c, a->body.len);
	if (!c->head_method)
		send_bytes(c, a->body);
}

void answer_refusal(struct conn *c, int status, const char *why)
{
	char body[160];
	int n = snprintf(body, sizeof body, "%d %s: %s\n", status, status_text(status), why);
	struct http_answer a = {
		.status = status,
		.content_type = S("text/plain"),
		.body = { body, n < (int)sizeof body ? (size_t)n : sizeof body - 1 },
	};

	c->head_method = c->version_1_0 = false;
	answer_write(c, &a, false);
}

/* ---- for the handler */

static struct conn *waiting(struct http_server *server, struct conn_name name,
                            enum conn_state state)
{
	uv_thread_t self = uv_thread_self();
	struct conn *c = loop_find(server, name);

	if (c == NULL)
		return NULL;
	must(uv_thread_equal(&self, &c->loop->thread));
	must(c->state == state); /* a stream is begun once, and before its pieces */
	return c;
}

static bool keeps(const struct conn *c, const struct http_answer *a)
{
	return c->client_keeps && !a->close && !c->loop->draining;
}

bool http_answer(struct http_server *server, struct conn_name name, const struct http_answer *a)
{
	struct conn *c = waiting(server, name, CONN_WAIT);

	if (c == NULL)
		return false;
	bool keep = keeps(c, a);
	c->state = CONN_LAST; /* answered: if writing fails, nobody is gone any more (C2) */
	answer_write(c, a, keep);
	if (c->state == CONN_DEAD)
		return false;
	conn_next(c, keep);
	return true;
}

bool http_hold(struct http_server *server, struct conn_name name, int64_t bytes)
{
	struct conn *c = waiting(server, name, CONN_WAIT);

	return c != NULL && body_charge(c, bytes);
}

void http_let_go(struct http_server *server, struct conn_name name)
{
	struct conn *c = waiting(server, name, CONN_WAIT);

	if (c != NULL)
		body_uncharge(c);
}

static void write_piece(struct conn *c, struct str piece)
{
	char size[24];

	if (piece.len == 0 || c->head_method)
		return;
	if (!c->version_1_0) {
		int n = snprintf(size, sizeof size, "%zx\r\n", piece.len);
		send_bytes(c, (struct str){ size, (size_t)n });
	}
	send_bytes(c, piece);
	if (!c->version_1_0)
		send_bytes(c, S("\r\n"));
}

/* Writes out what was gathered. A stream that breaks here is told by `false`, not by
 * `gone`. */
static bool stream_goes_on(struct conn *c)
{
	if (c->state != CONN_DEAD && !c->running)
		send_flush(c);
	if (c->state == CONN_DEAD)
		return false;
	if ((int64_t)c->sending > c->loop->server->bounds.stream_queue) {
		conn_close(c);
		return false;
	}
	c->state = CONN_STREAM;
	return true;
}

bool http_stream_start(struct http_server *server, struct conn_name name,
                       const struct http_answer *a)
{
	struct conn *c = waiting(server, name, CONN_WAIT);

	if (c == NULL)
		return false;
	c->state = CONN_LAST;
	/* Without chunks the end of the connection is the end of the body. */
	c->client_keeps = keeps(c, a) && !c->version_1_0;
	write_head(c, a, c->client_keeps);
	send_bytes(c, c->version_1_0 ? S("\r\n") : S("Transfer-Encoding: chunked\r\n\r\n"));
	write_piece(c, a->body);
	return stream_goes_on(c);
}

bool http_stream_piece(struct http_server *server, struct conn_name name, struct str piece)
{
	struct conn *c = waiting(server, name, CONN_STREAM);

	if (c == NULL)
		return false;
	c->state = CONN_LAST;
	write_piece(c, piece);
	return stream_goes_on(c);
}

bool http_stream_end(struct http_server *server, struct conn_name name)
{
	struct conn *c = waiting(server, name, CONN_STREAM);

	if (c == NULL)
		return false;
	bool keep = c->client_keeps && !c->loop->draining;
	c->state = CONN_LAST;
	if (!c->version_1_0 && !c->head_method)
		send_bytes(c, S("0\r\n\r\n"));
	if (c->state == CONN_DEAD)
		return false;
	conn_next(c, keep);
	return true;
}
