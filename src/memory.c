/* memory.c - how much memory the server may take, as a sum of its limits.
 *
 * Each line is a limit times what one of it costs at worst. The page docs/manual/limits.md
 * has the same lines; a test compares the sum with what the server prints. */
#include "memory.h"

#include "base/limits.h"
#include "wire/json.h"

enum {
	PROGRAM = 16 * 1024 * 1024, /* code, libraries, tables, all threads but the loops */
	LOOP = 2 * 1024 * 1024,     /* stack, scratch buffers of answers */
	CONNECTION = 1024,          /* its struct, libuv's, its place in tables */
	CONNECTION_TLS = 64 * 1024, /* what OpenSSL keeps of one */
	CALL_REQUEST = 1024 * 1024, /* a message, in JSON, and its copy in libcurl */
	EVENT = 136,                /* one change of a job that is kept */
	WATCHER = 8 * 1024,         /* its struct, its places in tables: of an inbox */
	SPAN = 32 * 1024,           /* its rows with the begin of its errors, and its JSON */
	FORWARD = 2 * 1024,         /* its struct, libuv's, the heads of its pieces */
	GUEST = 1024,
};

int64_t memory_max(int loops, bool tls, bool nodes)
{
	int64_t connection = CONNECTION + HTTP_HEAD_MAX + REQUEST_SMALL + (tls ? CONNECTION_TLS : 0);
	/* A request is counted after it was read, so each loop may have one that is not yet. */
	int64_t reading = 2 * (int64_t)HTTP_BODY_MAX + JSON_NODES_MAX * (int64_t)sizeof(struct json);
	/* Bodies lie in their commands; here are the rows that are made of them. */
	int64_t batch = 2 * (int64_t)BATCH_BYTES_MAX;
	int64_t pages = KIB * (STORE_CACHE_KIB + READERS * STORE_READER_CACHE_KIB);
	int64_t calls = (EGRESS_CALLS_MAX + PUSH_CALLS_MAX + NOTIFY_CALLS_MAX) *
	                (int64_t)(CALL_REQUEST + EGRESS_ANSWER_MAX);

	/* Each sign-in holds what the provider said; what is read out of it is freed at once. */
	int64_t fetches = FETCHES_MAX * 4 * (int64_t)OIDC_ANSWER_MAX;

	/* Counted as bodies when they are handed out; on the wire a byte can become six (&quot;). */
	int64_t answers = 6 * (ANSWERS_MAX + MESSAGE_SIZE_MAX);

	int64_t live = EVENTS_KEPT * (int64_t)EVENT + WATCHERS_MAX * (int64_t)WATCHER;

	int64_t traces = 2 * OTLP_LOOK_MAX * (int64_t)SPAN;

	/* Rows, and lines in which a byte can become six, in a buffer that doubles. */
	int64_t archive = 16 * (int64_t)(ARCHIVE_TAKE_BYTES + MESSAGE_SIZE_MAX);

	/* In each direction one piece waits. */
	int64_t forward = FORWARD + 2 * (int64_t)NODE_FORWARD_PIECE;
	int64_t passed_on = nodes ? NODE_FORWARDS_MAX * forward + NODE_GUESTS_MAX * (int64_t)GUEST : 0;

	return PROGRAM + loops * (LOOP + reading) + HTTP_CONNS_MAX * connection + HTTP_BODIES_MAX +
	       answers + batch + pages + calls + fetches + live + traces + archive + passed_on;
}
