/* outbox.h - calls that must be made: a row before it is an action.
 *
 *     waiting --due--> being made --answered well-----> gone
 *        ^                 |
 *        '----failed-------'  given up by its kind: gone, and the kind is told
 *
 * O1  A row is written in the transaction of the change that asks for the call, so
 *     none is lost and none is made for something that did not happen.
 * O2  A taken row is leased for OUTBOX_LEASE_MS; a report must name its lease. A call
 *     that nobody reported on is made again: at least once, not exactly once.
 * O3  What a row means is known by its kind (outbox_kinds), nobody else.
 *
 * The engine thread writes; egress/ takes rows and reports through the door. */
#ifndef RINGI_DOMAIN_OUTBOX_OUTBOX_H
#define RINGI_DOMAIN_OUTBOX_OUTBOX_H

#include "base/limits.h"
#include "domain/batch.h"
#include "domain/cmd.h"

struct outbox_row {
	int64_t id, lease; /* lease: its due_at while it is being made */
	int64_t created_at;
	int attempts; /* that failed */
	struct str kind, owner, url, payload;
};

/* Signs what leaves. Any thread. */
struct signer {
	void *context;
	/* Base64 of the RSA signature of `text`, in the arena; version 1: SHA-1, 2: SHA-256. */
	struct str (*sign)(void *context, struct arena *, int version, struct str text);
};

/* What calls are rendered with. Any thread. */
struct outbox_means {
	const struct signer *signer;
	const uint8_t *master_key; /* SEAL_KEY_SIZE bytes: opens sealed secrets */
};

/* What a mail needs beyond its text. */
struct outbox_mail {
	struct str from, to;       /* of the envelope */
	struct str user, password; /* user empty: without */
	struct str ca;             /* PEM of who signed the server's certificate; empty: as usual */
	bool tls, verify;          /* required; the certificate is checked */
};

/* One HTTP request, a POST; or a mail. */
struct outbox_call {
	const struct outbox_mail *mail; /* NULL: HTTP. Else url is smtp(s)://host:port/own name */
	struct str url;
	struct str *headers; /* "Name: value", no line ends */
	int header_count;
	struct str body;
};
enum { OUTBOX_HEADERS_MAX = 8 };

/* A kind of calls. The first four run on the engine's thread in a batch. */
struct outbox_kind {
	const char *name;
	/* Tried again whatever the answer was, 410 apart, and not before its Retry-After. Others
	 * take 4xx but 408 and 429, redirects and forbidden addresses for final. */
	bool patient;
	/* False: nobody wants the call any more; the row goes without a word. */
	bool (*wanted)(struct batch *, const struct outbox_row *);
	/* After so many failures: milliseconds to wait; -1: give up. */
	int64_t (*retry_ms)(struct batch *, const struct outbox_row *, int failures);
	/* The row ends now: answered well, or given up. */
	enum err (*ended)(struct batch *, const struct outbox_row *, bool well);
	/* On egress's thread, pure. False: the row is not understood. */
	bool (*render)(struct arena *, const struct outbox_row *, const struct outbox_means *,
	               struct outbox_call *);
};
extern const struct outbox_kind *const outbox_kinds[];  /* ends with NULL; domain/outbox_kinds.c */
const struct outbox_kind *outbox_kind(struct str name); /* NULL: unknown */

/* One more call, due now. */
enum err outbox_put(struct batch *, struct str kind, struct str owner, struct str url,
                    struct str payload) MUST_USE;

/* Takes what is due, but for owners that have enough under way. */
struct outbox_take {
	int max;
	struct str full[OUTBOX_FULL_MAX];
	int full_count;
	/* out */
	struct outbox_row *rows;
	int count;
	int64_t wait_ms; /* until the next is due; NEVER */
};
extern const struct op op_outbox_take;

enum outbox_result {
	OUTBOX_DONE,   /* answered well */
	OUTBOX_FAILED, /* to be tried again */
	OUTBOX_FINAL,  /* trying again would not help */
};
struct outbox_done {
	int64_t id, lease;
	enum outbox_result result;
	int64_t retry_after_ms; /* as the answer asks, up to PUSH_RETRY_AFTER_MAX_MS; 0: it does not */
	int64_t wait_ms;        /* out: until it is tried again; NEVER: it is not */
};
extern const struct op op_outbox_done;

#endif
