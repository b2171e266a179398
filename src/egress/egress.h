/* egress.h - calling out: takes due calls from the outbox, messages of push queues and
 * notifications, makes the calls, reports.
 *
 *     woken --> outbox_take, push_take --> resolve, guard, POST --> outbox_done, push_done
 *               (commands)                                          (commands)
 *
 * One thread, libcurl on a libuv loop. Endings of a call of the outbox (of a push: push.c):
 *     2xx                                    done
 *     5xx, 408, 429, time-outs, no answer    failed: tried again as its kind wants
 *     other answers, forbidden addresses     final
 *
 * E1  Only addresses that may be called are connected to: the name is resolved here,
 *     every address is tested, one is pinned, and the socket is tested once more. No
 *     proxy, no redirect.
 * E2  Bounds: EGRESS_* in base/limits.h.
 * E3  All state is in rows: what is under way when the process ends is called again. */
#ifndef RINGI_EGRESS_EGRESS_H
#define RINGI_EGRESS_EGRESS_H

#include "base/limits.h"
#include "base/list.h"
#include "domain/outbox/outbox.h"
#include "http/fetch.h"
#include "wire/seal.h"

struct egress;
struct engine_thread;

struct feed;

/* Traces of jobs for a collector (otlp.h). All is lent until egress_close. */
struct egress_traces {
	const char *endpoint; /* with /v1/traces; NULL: none */
	const char *service, *instance;
	const struct str *headers; /* "Name: value", with a NUL behind */
	int header_count;
	struct feed *feed;
};

struct egress_config {
	struct engine_thread *engine;
	int loop; /* its number in reply_to: answers for it go to egress_answer */
	const struct signer *signer;
	bool private_webhooks; /* private networks may be called */
	bool private_mail;     /* the same, for mail servers */
	void (*random)(void *to, size_t size);
	uint8_t master_key[SEAL_KEY_SIZE]; /* secrets of push queues are sealed with it */
	struct egress_traces traces;
};

/* NULL and a sentence on failure. */
struct egress *egress_open(const struct egress_config *, char why[256]);
/* Starts its thread, which takes what is due at once. Whoever hands answers to
 * egress_answer must know the egress by then. */
void egress_start(struct egress *);
/* There may be something to do. Any thread; they never wait. */
void egress_wake_outbox(struct egress *);
void egress_wake_push(struct egress *);
void egress_wake_notify(struct egress *);
/* One request for somebody who waits (http_fetch_fn). Any thread, from egress_start on. */
bool egress_fetch(struct egress *, struct http_fetch *);
/* Takes finished commands. Any thread; until egress_close. */
void egress_answer(struct egress *, struct list *commands);
/* Ends its thread: nothing is submitted any more. Before the engine ends. */
void egress_stop(struct egress *);
struct egress *egress_close(struct egress *); /* after the engine; accepts NULL, returns NULL */

struct egress_figures {
	int64_t called, done, failed, final; /* calls since start, by their ending */
	int64_t under_way;
};
struct egress_figures egress_outbox_figures(struct egress *); /* any thread */
struct egress_figures egress_push_figures(struct egress *);
struct egress_figures egress_notify_figures(struct egress *);
/* Spans that the collector took, refused, and that nobody could give it; requests that failed. */
struct egress_trace_figures {
	int64_t sent, rejected, dropped, failed_requests;
};
struct egress_trace_figures egress_trace_figures(struct egress *);

#endif
