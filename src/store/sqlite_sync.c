/* sqlite_sync.c - a hand on the two files of the writing connection.
 *
 * SQLite tells of a failed sync only through the statement that needed it, and not at
 * all how long syncs take. So the `sync` of the two open files (asked for with
 * SQLITE_FCNTL_FILE_POINTER and _JOURNAL_POINTER) is replaced by one that counts. One
 * writer per process (sqlite.c, L1 and L2), hence one watch.
 *
 * And SQLite writes each page of the log by two system calls, one for the 24 bytes before
 * it. Writes to the log that follow each other are gathered here:
 *
 *   G1  What is gathered is written before the log is synced, read, measured, cut or closed,
 *       and before a write elsewhere; so the file is never seen without it.
 *   G2  Other connections look at the log only as far as the index says, and that is moved
 *       after the sync.
 *   G3  A write that fails is told by the call that needed it, with SQLite's code for it. */
#include "store/sqlite_sync.h"

#include <string.h>

#include "base/err.h"
#include "os/os.h"

/* Database and log have methods of their own, because only the database is locked. */
struct watched {
	const sqlite3_io_methods *original;
	sqlite3_io_methods counting;
};

enum { GATHERED_MAX = 64 * 1024 };

static struct {
	struct watched database, log;
	struct sync_figures figures;
	sqlite3_file *gathered_file; /* the log, and where in it */
	sqlite3_int64 gathered_at;
	int gathered_size;
	char gathered[GATHERED_MAX];
} watch;

/* ---- writes to the log */

static int write_gathered(void)
{
	int size = watch.gathered_size;

	must(size >= 0 && size <= GATHERED_MAX);
	watch.gathered_size = 0;
	return size == 0 ? SQLITE_OK
	                 : watch.log.original->xWrite(watch.gathered_file, watch.gathered, size,
	                                              watch.gathered_at);
}

static int write_log(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
	if (file != watch.gathered_file || at != watch.gathered_at + watch.gathered_size ||
	    watch.gathered_size + size > GATHERED_MAX) {
		int rc = write_gathered();
		if (rc != SQLITE_OK || size > GATHERED_MAX)
			return rc != SQLITE_OK ? rc : watch.log.original->xWrite(file, bytes, size, at);
		watch.gathered_file = file;
		watch.gathered_at = at;
	}
	must(size >= 0 && size <= GATHERED_MAX - watch.gathered_size);
	memcpy(watch.gathered + watch.gathered_size, bytes, (size_t)size);
	watch.gathered_size += size;
	return SQLITE_OK;
}

static int read_log(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
	int rc = write_gathered();

	return rc != SQLITE_OK ? rc : watch.log.original->xRead(file, to, size, at);
}

static int cut_log(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = write_gathered();

	return rc != SQLITE_OK ? rc : watch.log.original->xTruncate(file, size);
}

static int measure_log(sqlite3_file *file, sqlite3_int64 *size)
{
	int rc = write_gathered();

	return rc != SQLITE_OK ? rc : watch.log.original->xFileSize(file, size);
}

static int close_log(sqlite3_file *file)
{
	int rc = write_gathered(), closed = watch.log.original->xClose(file);

	return rc != SQLITE_OK ? rc : closed;
}

/* ---- syncs */

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
	int rc = write_gathered();

	return rc != SQLITE_OK ? rc : counted_sync(&watch.log, file, flags);
}

static void prepare(struct watched *w, const sqlite3_io_methods *original)
{
	w->original = original;
	w->counting = *original;
	w->counting.xSync = w == &watch.log ? sync_log : sync_database;
	if (w != &watch.log)
		return;
	w->counting.xWrite = write_log;
	w->counting.xRead = read_log;
	w->counting.xTruncate = cut_log;
	w->counting.xFileSize = measure_log;
	w->counting.xClose = close_log;
}

static void watch_file(sqlite3 *db, int which, struct watched *w)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", which, &file) != SQLITE_OK || file == NULL ||
	    file->pMethods == NULL || file->pMethods == &w->counting)
		return;
	if (w->original == NULL)
		prepare(w, file->pMethods);
	/* The same VFS opens them each time; should it not, leave it. */
	if (file->pMethods == w->original)
		file->pMethods = &w->counting;
}

void sync_watch(sqlite3 *db)
{
	watch.figures = (struct sync_figures){ 0 };
	watch_file(db, SQLITE_FCNTL_FILE_POINTER, &watch.database);
	watch_file(db, SQLITE_FCNTL_JOURNAL_POINTER, &watch.log);
}

struct sync_figures sync_figures(void)
{
	return watch.figures;
}
