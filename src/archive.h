/* archive.h - writes dead letters whose retention is over to files: `ringi serve --archive DIR`.
 *
 * One file a queue and day (UTC), DIR/QUEUE-2026-11-23.jsonl, mode 0600: a line of JSON a message,
 * as `ringi queue peek --json` shows it, with `queue` and `archived_at`. Files are only added to.
 *
 * A thread of its own does it: a disk that is slow or full holds nobody up. A message leaves its
 * queue when its line is synced (domain/queue/archive.h, D1). What cannot be written stays in the
 * queue and is tried again. */
#ifndef RINGI_ARCHIVE_H
#define RINGI_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "engine/submit.h"

struct archive;
struct archive_take;

/* What is to go, as lines of a file. ERR_LIMIT: there was no memory for all of them, and they are
 * not whole. */
enum err archive_lines(struct buf *, struct arena *, const struct archive_take *) MUST_USE;

struct archive_figures {
	int64_t messages, failures; /* since start: archived; writes that failed */
	bool waiting;               /* the last one failed */
};

/* The folder is made, and a file in it tried. NULL and a sentence on failure. Answers to its
 * commands come to `loop`. */
struct archive *archive_open(const char *folder, int loop, char why[512]);
/* When answers can find it. */
void archive_start(struct archive *, struct engine_thread *);
void archive_wake(struct archive *);                      /* there is something. Any thread */
void archive_answer(struct archive *, struct list *);     /* takes the commands. Any thread */
struct archive_figures archive_figures(struct archive *); /* any thread */
/* Ends what it is at, then its thread; the engine must still answer. Accepts NULL. */
void archive_stop(struct archive *);
struct archive *archive_close(struct archive *); /* after the engine; accepts NULL, returns NULL */

#endif
