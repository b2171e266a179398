/* fetch.h - one document asked for elsewhere: what is asked, and what came back. No I/O here:
 * whoever has a config with a function that takes these asks (egress/fetch.c answers).
 *
 * It lies in the memory of who asks and belongs to who answers until `ended`, which is called
 * once, on another thread. Texts asked with are lent as long; the answer is put into `arena`. */
#ifndef RINGI_HTTP_FETCH_H
#define RINGI_HTTP_FETCH_H

#include "base/arena.h"
#include "base/list.h"

struct http_fetch {
	struct node node;         /* of who answers */
	struct str url;           /* https; http where `private_too` */
	struct str form;          /* given: posted as a form; absent: GET */
	struct str authorization; /* value of that header; absent: none */
	bool private_too;         /* it may be in a private network, or on this machine */
	size_t max;               /* bytes of the answer: more is a failure */
	struct arena *arena;
	void (*ended)(struct http_fetch *);
	void *context; /* of who asks */
	/* the answer */
	int status;      /* 0: there is none, and: */
	struct str body; /* absent without an answer */
	struct str why;  /* a few words: "Connection refused" */
	bool stopped;    /* the server stops: there will be nobody to answer to */
};

/* Takes it; false: too many are under way, or the server stops, and nothing was taken. */
typedef bool http_fetch_fn(void *context, struct http_fetch *);

#endif
