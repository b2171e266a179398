/* archive.h - dead letters whose retention is over go into files before they go.
 *
 *     sweep: batch.archive_grew -> op_archive_take -> (file, synced) -> op_archive_done
 *
 * D1  A row goes only in op_archive_done, which is sent when its line is on the disk. A crash in
 *     between leaves the row: it is written a second time, and not lost.
 * D2  What changed in between decides: a message that a worker holds, that was moved, or whose
 *     queue keeps messages longer by now stays where it is.
 *
 * Only where domain_config.archives is set. A dead letter is a message that came from another
 * queue (`dead_from`); what was sent into a dead-letter queue by hand expires as everywhere. What
 * is deleted, purged or redriven is nobody's archive. */
#ifndef RINGI_DOMAIN_QUEUE_ARCHIVE_H
#define RINGI_DOMAIN_QUEUE_ARCHIVE_H

#include "domain/batch.h"
#include "domain/queue/queue.h"

/* Some of one queue, the queues in turn. Nobody else may ask before they are done. */
struct archive_take {
	/* out */
	struct str queue;
	uint32_t queue_id;
	int64_t now_ms;
	struct received *messages;
	int count; /* ARCHIVE_TAKE_MAX at most; 0: there are none */
};

struct archive_done {
	uint32_t queue_id; /* by number: another queue may have its name by now */
	const uint64_t *positions;
	int count;
	struct str file; /* for the audit */
	int removed;     /* out */
};

extern const struct op op_archive_take, op_archive_done;

/* Whether the message, whose retention is over, has to wait for its file. */
enum err archive_wants(struct batch *, int64_t message_id, bool *wanted) MUST_USE;

#endif
