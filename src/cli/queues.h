/* queues.h - questions about queues and their messages that several commands ask. */
#ifndef RINGI_CLI_QUEUES_H
#define RINGI_CLI_QUEUES_H

#include "cli/cli.h"

/* All give an exit code; when it is not CLI_DONE the sentence has been printed. */

/* All queues whose names begin with `prefix` (NULL: all): an array of the server's
 * objects, with "oldest_age" (text for people) and "state" added. */
int queues_all(struct cli *, const char *prefix, struct json **array);

/* One attribute of the SQS API; absent when it has none. With `may_miss` a queue that
 * does not exist is not an error: the value is absent. */
int queue_attribute(struct cli *, const char *queue, const char *name, struct str *value,
                    bool may_miss);

/* Up to `max` messages from a position on (NULL: the first), oldest first. */
int queue_peek(struct cli *, const char *queue, const char *from, int64_t max, struct json **array);

/* The error a worker reported for a peeked message; "NO_REPORT" when nobody did. */
struct str message_error_code(const struct json *message);
struct str message_error_text(const struct json *message);

/* 90061000 -> "1d 1h"; at most two units. */
struct str age_text(struct arena *, int64_t ms);

#endif
