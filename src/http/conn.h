/* conn.h - one connection, for the files of this folder. conn.c has its life. */
#ifndef RINGI_HTTP_CONN_H
#define RINGI_HTTP_CONN_H

#include <uv.h>

#include "http/loop.h"
#include "http/tls.h"

enum conn_state {
	CONN_HEAD,   /* between requests, or a head has begun          */
	CONN_BODY,   /* the head is read, the body arrives             */
	CONN_WAIT,   /* the handler has the request                    */
	CONN_STREAM, /* the answer has begun, its end is not known     */
	CONN_LAST,   /* all is answered; closes when it is sent        */
	CONN_LINGER, /* all is sent; forgets what comes until the end  */
	CONN_DEAD,   /* has no name any more                           */
};

struct conn {
	uv_tcp_t tcp;
	struct loop *loop;
	struct node due_node;
	int64_t due_at_ms;
	uint32_t slot, generation;
	enum due due;
	enum conn_state state;

	struct buf in; /* arrived, not used yet: a part of a head, or read ahead */
	struct head_scan scan;
	struct tls *tls; /* NULL: plain */

	/* The request that is read or waited for. */
	struct http_request *request; /* ours only while CONN_BODY */
	struct buf body;
	struct chunks chunks;
	uint64_t body_length;
	int64_t body_since_ms;
	int64_t charged; /* to server->bodies */
	bool chunked, head_method, version_1_0, client_keeps;

	size_t sending; /* bytes the socket has not taken yet */
	bool running;   /* conn_run is at work further up the stack */
	bool reading, linger;
	char peer[HTTP_PEER_SIZE];
};

/* Takes the socket; closes it when the server is draining. On the loop's thread. */
void conn_open(struct loop *, int socket, const char *peer);
void conn_run(struct conn *, struct str fresh); /* works on what has arrived */
void conn_next(struct conn *, bool keep);       /* the answer is complete in `out` */
void conn_sent(struct conn *);                  /* the socket has taken everything */
void conn_refuse(struct conn *, int status, const char *why);
void conn_due(struct conn *); /* its time is up */
bool conn_idle(const struct conn *);
void conn_close(struct conn *);

/* body.c: the body while it arrives. Returns PARSE_*, or the status to refuse with. */
int body_begin(struct conn *, struct http_request *, const struct head *);
int body_take(struct conn *, struct str *bytes, const char **why);
bool body_charge(struct conn *, int64_t bytes);
void body_uncharge(struct conn *);

/* send.c: bytes out. */
void send_bytes(struct conn *, struct str); /* into `out`, or on their way */
void send_flush(struct conn *);
void send_forget(struct conn *);      /* what is in `out` */
void send_tls_pending(struct conn *); /* what OpenSSL wants to say by itself */
void send_goodbye(struct conn *);     /* no more from us: shuts our direction down */

/* answer.c */
void answer_write(struct conn *, const struct http_answer *, bool keep);
void answer_refusal(struct conn *, int status, const char *why);

#endif
