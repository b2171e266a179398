/* call.h - one call on its way; for egress/ only.
 *
 *     held --a place is free--> resolving --guard--> calling --> ended
 *
 * Everything in it lies in its own arena. Loop thread only. */
#ifndef RINGI_EGRESS_CALL_H
#define RINGI_EGRESS_CALL_H

#include <curl/curl.h>
#include <uv.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "domain/notify/notify.h"
#include "domain/outbox/outbox.h"
#include "domain/queue/push.h"

struct egress;
struct sending;
struct side;

enum call_end {
	CALL_ANSWERED, /* call.status says how */
	CALL_TOO_LONG, /* the answer */
	CALL_TIMED_OUT,
	CALL_FAILED,    /* no connection, no HTTP, ... */
	CALL_FORBIDDEN, /* the address, or the URL */
};

struct call {
	struct node node; /* in one of its side's lists */
	struct egress *egress;
	struct side *side; /* NULL: a fetch (fetch.c) */
	struct arena *arena;
	/* Takes note; the call is freed behind it. */
	void (*ended)(struct call *, enum call_end, const char *why);
	void *context;             /* of a fetch */
	struct outbox_row row;     /* of the outbox */
	struct push_call push;     /* of a push queue */
	struct notify_call notify; /* of a notification */
	struct sending *sending;   /* the same, as it is written for its channel */
	struct outbox_call what;
	int attempt;         /* from 0: another address each time */
	int64_t time_ms;     /* for all of it, once the name is resolved */
	bool private_too;    /* private networks may be called */
	bool get;            /* else POST */
	size_t answer_max;   /* bytes, of head and body */
	bool by_status;      /* an answer that is too long is judged by its status all the same */
	uint64_t started_at; /* loop's time: when its name was asked for */
	struct str host;
	uint16_t port;
	uv_getaddrinfo_t resolving;
	bool resolves; /* libuv holds `resolving` */
	bool dropped;  /* ended while it resolved */
	CURL *easy;
	struct curl_slist *headers, *connect_to, *recipients;
	/* the answer */
	long status;
	int64_t retry_after_s; /* 0: it has none */
	size_t received;
	struct buf *body;               /* gets all of the body; NULL: the excerpt is enough */
	char excerpt[PUSH_EXCERPT_MAX]; /* its body begins so */
	size_t excerpt_len;
	struct buf kept;  /* of a notification: what `body` is */
	size_t body_sent; /* of a mail: how much of it curl has taken */
	char error[CURL_ERROR_SIZE];
};

/* egress.c */
bool egress_private(const struct egress *);
bool egress_private_mail(const struct egress *);
void egress_random(const struct egress *, void *to, size_t size);
struct outbox_means egress_means(const struct egress *);
void egress_perform(struct egress *, struct call *); /* call->easy is ready */
void egress_forget(struct egress *, struct call *);  /* curl lets go of it */
void egress_send(struct egress *, struct cmd *);     /* to the engine; takes the command */
uv_loop_t *egress_loop(struct egress *);
void egress_add(struct egress *,
                CURL *); /* a request that is nobody's call; egress_remove behind it */
void egress_remove(struct egress *, CURL *);

/* call.c */
struct call *call_new(struct egress *, struct side *); /* in an arena of its own */
bool call_aim(struct call *);   /* host and port; false: the URL may not be called */
void call_start(struct call *); /* may end it at once */
void call_ended(struct call *, enum call_end, const char *why); /* tells, and frees */
void call_drop(struct call *);                                  /* tells nobody */
void call_finished(struct call *, CURLcode);                    /* curl is done with it */

int64_t call_retry_after_ms(const struct call *); /* bounded; 0: the answer has none */

/* guard.c: whether a socket address may be connected to. */
struct sockaddr;
bool address_allowed(const struct sockaddr *, bool private_too);

#endif
