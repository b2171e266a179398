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
#include "base/list.h"
#include "domain/outbox/outbox.h"

struct egress;

struct call {
	struct node node; /* in egress.held or egress.calls */
	struct egress *egress;
	struct arena *arena;
	struct outbox_row row;
	struct outbox_call what;
	struct str host;
	uint16_t port;
	uv_getaddrinfo_t resolving;
	bool resolves; /* libuv holds `resolving` */
	bool dropped;  /* ended while it resolved */
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	size_t received;
	char error[CURL_ERROR_SIZE];
};

/* egress.c */
void call_ended(struct call *, enum outbox_result, const char *why); /* reports and frees */
bool egress_private(const struct egress *);
void egress_perform(struct egress *, struct call *); /* call->easy is ready */
uv_loop_t *egress_loop(struct egress *);

/* call.c */
bool call_aim(struct call *);   /* host and port; false: the URL may not be called */
void call_start(struct call *); /* may end it at once */
void call_free(struct call *);
void call_finished(struct call *, CURLcode); /* curl is done with it */

/* guard.c: whether a socket address may be connected to. */
struct sockaddr;
bool address_allowed(const struct sockaddr *, bool private_too);

#endif
