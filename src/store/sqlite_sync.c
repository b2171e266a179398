/* sqlite_sync.c - a watch on the syncs of one database and its log: how many, how
 * long, and whether one failed.
 *
 * SQLite tells of a failed sync only through the statement that needed it, and not at
 * all how long syncs take. So the `sync` of the two open files (asked for with
 * SQLITE_FCNTL_FILE_POINTER and _JOURNAL_POINTER) is replaced by one that counts. One
 * writer per process (sqlite.c, L1 and L2), hence one watch. */
#include "store/sqlite_sync.h"

#include "base/err.h"
#include "os/os.h"

/* Database and log have methods of their own, because only the database is locked. */
struct watched {
	const sqlite3_io_methods *original;
	sqlite3_io_methods counting;
};

static struct {
	struct watched database, log;
	struct sync_figures figures;
} watch;

static int counted_sync(const struct watched *w, sqlite3_file *file, int flags)
{
	int64_t began = os_mono_ns();
	int rc = w->original->xSync(file, flags);

	watch.figures.count++;
	watch.figures.ns += os_mono_ns() - began;
	watch.figures.failed = watch.figures.failed || rc != SQLITE_OK;
	return rc;
}

static int sync_database(sqlite3_file *file, int flags)
{
	return counted_sync(&watch.database, file, flags);
}

static int sync_log(sqlite3_file *file, int flags)
{
	return counted_sync(&watch.log, file, flags);
}

static void watch_file(sqlite3 *db, int which, struct watched *w, int (*sync)(sqlite3_file *, int))
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", which, &file) != SQLITE_OK || file == NULL ||
	    file->pMethods == NULL || file->pMethods == &w->counting)
		return;
	if (w->original == NULL) {
		w->original = file->pMethods;
		w->counting = *file->pMethods;
		w->counting.xSync = sync;
	}
	/* The same VFS opens them each time; should it not, leave it. */
	if (file->pMethods == w->original)
		file->pMethods = &w->counting;
}

void sync_watch(sqlite3 *db)
{
	watch.figures = (struct sync_figures){ 0 };
	watch_file(db, SQLITE_FCNTL_FILE_POINTER, &watch.database, sync_database);
	watch_file(db, SQLITE_FCNTL_JOURNAL_POINTER, &watch.log, sync_log);
}

struct sync_figures sync_figures(void)
{
	return watch.figures;
}
