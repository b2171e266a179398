/* memory.h - how much memory the server may take, as a sum of its limits. */
#ifndef RINGI_MEMORY_H
#define RINGI_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes at most for everything that base/limits.h bounds: the program, connections and their
 * requests, the batch, the database's pages, outgoing calls; with `nodes` (--node-listen) what
 * it passes on to an owner while it stands by. What grows with the data (queues,
 * messages in flight, ...) and answers on their way come on top: docs/manual/limits.md. */
int64_t memory_max(int loops, bool tls, bool nodes);

#endif
