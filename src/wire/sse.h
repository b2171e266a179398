/* sse.h - Server-Sent Events: a response that goes on, as text of events.
 *
 *     id: 1f-42
 *     event: job
 *     data: {"type":"job.running",...}
 *     (an empty line)
 *
 * Writing and reading, both pure. The names of events and their ids are ours and hold no
 * line break (must); data may, and then goes out in several `data:` lines, as the standard
 * has it. */
#ifndef RINGI_WIRE_SSE_H
#define RINGI_WIRE_SSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct sse_event {
	struct str id;   /* absent: none of its own */
	struct str name; /* absent: "message" */
	struct str data;
};

void sse_write(struct buf *, const struct sse_event *);
/* How long a client waits before it connects again. */
void sse_write_retry(struct buf *, int64_t ms);
/* Where the stream is, without an event: a client that comes again goes on from there. Like a
 * comment it also keeps a connection from looking silent. */
void sse_write_position(struct buf *, struct str id);
/* Nothing, for proxies that end silent connections. */
void sse_write_comment(struct buf *);

/* Reads a stream in pieces of any size. A zeroed struct is one that has read nothing. */
struct sse_reader {
	struct buf line, data, name;
	struct buf id;    /* of the latest event that had one: where to go on */
	int64_t retry_ms; /* as the server asked; 0: it has not */
	bool began, some_data, after_cr;
};
/* What the event points to is lent until the function returns. `id` is the latest one,
 * its own or an earlier one's. */
typedef void sse_fn(void *context, const struct sse_event *);

/* Calls `got` for each event that became whole. ERR_LIMIT: a line or an event above
 * SSE_EVENT_MAX; what follows is not read. */
enum err sse_read(struct sse_reader *, struct str bytes, sse_fn *got, void *context) MUST_USE;
/* The connection ended: what was begun is forgotten, the latest id stays. */
void sse_read_end(struct sse_reader *);
void sse_read_free(struct sse_reader *);

#endif
