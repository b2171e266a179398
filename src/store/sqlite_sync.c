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

static struct {
	const sqlite3_io_methods *original;
	sqlite3_io_methods counting;
	struct sync_figures figures;
} watch;

static int counted_sync(sqlite3_file *file, int flags)
{
	int64_t began = os_mono_ns();
	int rc = watch.original->xSync(file, flags);

	watch.figures.count++;
	watch.figures.ns += os_mono_ns() - began;
	watch.figures.failed = watch.figures.failed || rc != SQLITE_OK;
	return rc;
}

static void watch_file(sqlite3 *db, int which)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", which, &file) != SQLITE_OK || file == NULL || file->pMethods == NULL)
		return;
	if (file->pMethods == &watch.counting)
		return;
	if (watch.original == NULL) {
		watch.original = file->pMethods;
		watch.counting = *file->pMethods;
		watch.counting.xSync = counted_sync;
	}
	/* Both are plain files of one VFS and share their methods; if not, leave it. */
	if (file->pMethods == watch.original)
		file->pMethods = &watch.counting;
}

void sync_watch(sqlite3 *db)
{
	watch.figures = (struct sync_figures){ 0 };
	watch_file(db, SQLITE_FCNTL_FILE_POINTER);
	watch_file(db, SQLITE_FCNTL_JOURNAL_POINTER);
}

struct sync_figures sync_figures(void)
{
	return watch.figures;
}
