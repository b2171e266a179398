/* server.h - HTTP/1.1 in: N event loops that turn bytes into requests and
 * answers into bytes, and know nothing of what they mean.
 *
 * A request is handed to `handle` on its loop's thread, whole: head and body have
 * arrived, within the bounds of base/limits.h (HTTP_*). The handler either answers
 * at once or keeps the request's name (`struct conn_name`) and answers later
 * from the same loop's thread; other threads get there by http_post. Requests of
 * one connection are handled one after another (pipelined ones wait), so answers
 * keep their order.
 *
 * Framing is strict: any doubt is 400 and close, never a guess (RFC 9112): both
 * Content-Length and Transfer-Encoding, repeated or signed lengths, bare CR or LF,
 * obs-fold, space before a colon, several or no Host, unknown transfer codings. What
 * is refused here has a text/plain answer and never reaches the handler.
 *
 * Memory: a connection that is idle or waiting for its answer holds no buffers.
 * Request bytes lie in `request->arena`, which the handler takes. */
#ifndef RINGI_HTTP_SERVER_H
#define RINGI_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/str.h"
#include "base/time.h"

struct http_server;

enum http_method {
	HTTP_GET_,
	HTTP_HEAD_,
	HTTP_POST_,
	HTTP_PUT_,
	HTTP_DELETE_,
	HTTP_PATCH_,
	HTTP_OPTIONS_,
};

/* Of a connection and its request in progress: a new request has a new name. */
struct conn_name {
	int loop;
	uint32_t slot, generation;
};

struct http_header {
	struct str name, value; /* as sent; compare names with str_eq_nocase */
};

struct http_request {
	enum http_method method;
	struct str method_name; /* "POST" */
	struct str target;      /* as sent: path and query, for signatures */
	struct str path, query; /* not decoded */
	struct str body;
	const struct http_header *headers;
	int header_count;
	bool tls;
	struct str peer; /* "127.0.0.1:51234" */
	struct conn_name conn;
	struct arena *arena; /* all of the above lies here; taken by the handler */
	int64_t started_mono_ns;
};

/* The value of a header, absent without one; of repeated ones the first. */
struct str http_header(const struct http_request *, const char *name);
int http_header_count(const struct http_request *, const char *name);

struct http_answer {
	int status;
	struct str content_type; /* absent: no Content-Type */
	struct str headers;      /* further header lines, each ending in \r\n; may be empty */
	struct str body;
	bool close; /* close the connection behind it */
};

/* A piece of work sent to a loop from another thread (or by itself). */
struct http_task {
	struct node node;
	void (*run)(struct http_task *, void *context);
};

struct http_config {
	/* "127.0.0.1:9324", "[::1]:9324"; port 0: a free one; NULL: none, what it serves comes by
	 * http_adopt. */
	const char *listen;
	int loops;                      /* 0: by the number of cores */
	const char *tls_cert, *tls_key; /* files; NULL: plain */
	/* Takes request->arena. On the loop's thread. */
	void (*handle)(void *context, struct http_request *request);
	/* A connection ended while its request was not answered yet, or its stream not
	 * ended. A client that shuts down its sending side counts as gone. On the loop's
	 * thread; inside it the name means nobody already. May be NULL. */
	void (*gone)(void *context, struct conn_name);
	/* A few times a second, on each loop's thread: for what must happen without a request.
	 * May be NULL. */
	void (*tick)(void *context, int loop);
	void *context;
	/* Where `handle` looks for the server, NULL: nowhere. Set before the first request can
	 * come, which is before http_open returns. */
	struct http_server **self;
};

struct http_stats {
	int64_t connections, connections_max, accepted, requests, refused, bytes_in, bytes_out;
	int64_t body_bytes_held;
};

/* NULL and a sentence in `why` when it cannot listen. Starts its threads. */
struct http_server *http_open(const struct http_config *, char why[256]);
int http_port(const struct http_server *);

/* For who accepts by itself. A socket that listens, or -1 and a sentence. */
int http_listen(const char *listen, int *port, char why[256]);
enum { HTTP_PEER_SIZE = 56 };
struct sockaddr_storage;
void http_peer(char peer[HTTP_PEER_SIZE], const struct sockaddr_storage *); /* "127.0.0.1:51234" */
/* Takes a connected socket that does not block, as if it had been accepted from `peer`. From
 * one thread, which is none of the loops', and not after http_drain. */
void http_adopt(struct http_server *, int socket, const char *peer);
int http_loops(const struct http_server *);

/* From the loop's thread only. False when the connection is gone, or the request is
 * answered already: nobody waits.
 * Copies what it needs; writes at once where the socket takes it. */
bool http_answer(struct http_server *, struct conn_name, const struct http_answer *);

/* What the handler made of this request takes so many bytes more, until it is answered:
 * they count among the bytes of all bodies (HTTP_BODIES_MAX). False: there is no room, and
 * nothing is counted; or the connection is gone. From the loop's thread only. */
bool http_hold(struct http_server *, struct conn_name, int64_t bytes);
/* Nothing of the request is in memory any more, though its answer is still to come. */
void http_let_go(struct http_server *, struct conn_name);

/* A response whose end is not known yet (server-sent events): head, then pieces, then end.
 * False: the connection is gone, and `gone` is not called for it any more. A client that
 * leaves more than HTTP_STREAM_QUEUE_MAX unread, or something for HTTP_SEND_TIME_MS,
 * is cut off. */
bool http_stream_start(struct http_server *, struct conn_name, const struct http_answer *);
bool http_stream_piece(struct http_server *, struct conn_name, struct str piece);
bool http_stream_end(struct http_server *, struct conn_name);

/* From any thread: runs the tasks on that loop's thread, in order. Takes them.
 * One wake-up for the whole list. */
void http_post(struct http_server *, int loop, struct list *tasks);

/* Graceful, in three steps. Whoever answers requests from another thread goes on until
 * http_wait has returned, then stops, and posts nothing after that:
 *
 *     http_drain(s);    stops listening, closes idle connections; returns at once
 *     ...               the caller answers parked requests
 *     http_wait(s);     until no connection is left, HTTP_DRAIN_TIME_MS at most
 *     engine_close(e);  may still post answers: they learn that nobody waits
 *     http_close(s);    runs the tasks that are left, joins the threads, frees
 *
 * Each does what is missing of those before it. From one thread, not a loop's. */
void http_drain(struct http_server *);
void http_wait(struct http_server *);
void http_close(struct http_server *);
int64_t http_unsent(
	const struct http_server *); /* bytes of answers that no socket took yet; any thread */
struct http_stats http_stats(const struct http_server *);

#endif
