/* sqlite_sync.h - a watch on the syncs of the one writing connection. */
#ifndef RINGI_STORE_SQLITE_SYNC_H
#define RINGI_STORE_SQLITE_SYNC_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct sync_figures {
	int64_t count, ns; /* since sync_watch */
	bool failed;       /* one of them: see store_must_stop */
};

/* Watches the files of this connection, whose log must be open (after a first
 * read in WAL mode). The writer's thread only. */
void sync_watch(sqlite3 *);
struct sync_figures sync_figures(void);

#endif
