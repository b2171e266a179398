/* sqlite.c - the store contract on SQLite.
 *
 * One file, data/ringi.db, in WAL mode with synchronous=FULL: a commit is on the
 * disk when it returns. Debian's SQLite 3.40.1 has a fault of the write-ahead log
 * (3.7.0 to 3.51.2) that needs two connections which commit and checkpoint at once.
 * It cannot happen here, because:
 *
 *   L1  exactly one connection, the engine's, ever writes or checkpoints; the
 *       others are opened read-only with automatic checkpoints off;
 *   L2  the data folder is locked against a second process (data/lock);
 *   L3  mmap_size is 0.
 *
 * The log is written inside a file of fixed size where possible (a sync that does
 * not grow the file costs two thirds), and is copied into the database in small
 * steps when the engine has nothing else to do. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "migrations.h" /* generated */
#include "os/os.h"
#include "store/sqlite.h"
#include "store/sqlite_sync.h"

enum {
	PAGE_SIZE = 8192,
	LOG_FIRST_PAGES = 512, /* written ahead of use, when the log is new */
	LOG_IDLE_PAGES = 200,  /* enough for a checkpoint between two batches */
	LOG_BUSY_PAGES = 8192, /* so many that even a busy engine makes one */
	READ_STEPS = 10000,    /* virtual machine steps between looks at the clock */
};
#define READ_TIME_NS (5 * 1000000000ll) /* a snapshot may not hold the log longer */

/* Turns SQLite's result into ours; remembers what cannot be survived. */
enum err sqlite_fault(struct sqlite_store *s, int rc)
{
	int kind = rc & 0xff;

	if (kind == SQLITE_OK || kind == SQLITE_DONE || kind == SQLITE_ROW)
		return OK;
	snprintf(s->base.detail, sizeof s->base.detail, "%s (%d): %s", sqlite3_errstr(rc),
	         s->db == NULL ? rc : sqlite3_extended_errcode(s->db),
	         s->db == NULL ? "" : sqlite3_errmsg(s->db));
	switch (kind) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_INTERRUPT:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_TOOBIG:
	case SQLITE_NOMEM:
		return ERR_LIMIT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		s->base.must_stop = !s->base.reader;
		return ERR_CORRUPT;
	default:
		s->base.must_stop = !s->base.reader;
		return ERR_IO;
	}
}

static enum err say(struct sqlite_store *s, enum err fault, const char *format, const char *name)
{
	snprintf(s->base.detail, sizeof s->base.detail, format, name);
	return fault;
}

static enum err execute(struct sqlite_store *s, const char *sql)
{
	return sqlite_fault(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

static int log_grew(void *context, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_store *s = context;

	(void)db;
	(void)name;
	s->log_pages = pages;
	return SQLITE_OK;
}

/* A reader that takes too long gives up, so that the log can start anew. */
static int reader_watch(void *context)
{
	struct sqlite_store *s = context;

	return s->read_until_ns != 0 && os_mono_ns() > s->read_until_ns;
}

static enum err configure_writer(struct sqlite_store *s)
{
	char text[160];
	int on = 1;

	snprintf(text, sizeof text,
	         "pragma page_size=%d; pragma journal_mode=wal; pragma synchronous=full;"
	         "pragma cache_size=-%d",
	         PAGE_SIZE, STORE_CACHE_KIB);
	TRY(execute(s, text));
	TRY(execute(s, "pragma wal_autocheckpoint=0; pragma mmap_size=0; pragma journal_size_limit=-1;"
	               "pragma trusted_schema=off; pragma temp_store=memory"));
	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	sqlite3_wal_hook(s->db, log_grew, s);
	return OK;
}

static enum err configure_reader(struct sqlite_store *s)
{
	char text[160];

	snprintf(text, sizeof text,
	         "pragma query_only=on; pragma mmap_size=0; pragma cache_size=-%d;"
	         "pragma wal_autocheckpoint=0; pragma temp_store=memory",
	         STORE_READER_CACHE_KIB);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* L1 */
	sqlite3_progress_handler(s->db, READ_STEPS, reader_watch, s);
	sqlite3_busy_timeout(s->db, 1000);
	return execute(s, text);
}

/* Zeros ahead of use: later syncs need not change the file's size. SQLite takes
 * a log that begins with zeros for an empty one. */
static enum err log_prepare(struct sqlite_store *s)
{
	static const char zeros[PAGE_SIZE];
	char path[1100];

	snprintf(path, sizeof path, "%s/ringi.db-wal", s->folder);
	/* For its owner only, whatever the umask of who checks or restores is. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return OK;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (f == NULL)
		return say(s, ERR_IO, "The file %.180s cannot be written.", path);
	bool good = true;
	for (int i = 0; i < LOG_FIRST_PAGES && good; i++)
		good = fwrite(zeros, sizeof zeros, 1, f) == 1;
	good = fclose(f) == 0 && good;
	if (!good)
		remove(path); /* no room for it now: the log grows as it is used */
	return OK;
}

static enum err open_writer(struct sqlite_store *s)
{
	char path[1100];

	if (os_folder_make(s->folder) != OK)
		return say(s, ERR_IO, "The data folder %.180s cannot be made.", s->folder);
	snprintf(path, sizeof path, "%s/lock", s->folder);
	s->lock = os_file_lock(path);
	if (s->lock < 0)
		return say(s, ERR_BUSY, "Another ringi is using the data folder %.180s.", s->folder);
	TRY(log_prepare(s));
	snprintf(path, sizeof path, "%s/ringi.db", s->folder);
	TRY(sqlite_fault(s, sqlite3_open_v2(path, &s->db,
	                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	                                        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
	                                    NULL)));
	return configure_writer(s);
}

static enum err open_reader(struct sqlite_store *s)
{
	char path[1100];

	snprintf(path, sizeof path, "%s/ringi.db", s->folder);
	TRY(sqlite_fault(s, sqlite3_open_v2(path, &s->db,
	                                    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
	                                        SQLITE_OPEN_PRIVATECACHE,
	                                    NULL)));
	return configure_reader(s);
}

static enum err sqlite_open(struct store **out, const char *place, bool reader)
{
	struct sqlite_store *s = mem_get(sizeof *s);

	*out = &s->base;
	s->lock = -1;
	/* SQLite's memory statistics cost a mutex for each allocation. Too late the second
	 * time, which is no matter. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	s->base.reader = reader;
	snprintf(s->base.about, sizeof s->base.about, "SQLite %s", sqlite3_libversion());
	if ((size_t)snprintf(s->folder, sizeof s->folder, "%s", place) >= sizeof s->folder)
		return say(s, ERR_LIMIT, "The path of the data folder is too long: %.100s...", place);
	return reader ? open_reader(s) : open_writer(s);
}

static void sqlite_close(struct store *base)
{
	struct sqlite_store *s = sqlite_self(base);

	for (int i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(s->prepared[i]);
	sqlite3_finalize(s->adding);
	if (s->db != NULL && base->must_stop) /* the log is all that the next start may believe */
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	else if (s->db != NULL && !base->reader)
		sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_close(s->db);
	if (s->lock >= 0)
		os_file_unlock(s->lock);
	mem_free(s);
}

static enum err schema_version(struct sqlite_store *s, int *version)
{
	sqlite3_stmt *stmt;

	TRY(sqlite_fault(s, sqlite3_prepare_v2(s->db, "pragma user_version", -1, &stmt, NULL)));
	int rc = sqlite3_step(stmt);
	*version = rc == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return sqlite_fault(s, rc);
}

/* Each step is one transaction that also moves the version, so that a crash at
 * any moment leaves a step done or not begun (invariant 10). */
static enum err migrate_step(struct sqlite_store *s, int version)
{
	char end[64];

	TRY(execute(s, "begin immediate"));
	enum err fault = execute(s, migrations_sqlite[version]);
	snprintf(end, sizeof end, "pragma user_version=%d", version + 1);
	if (fault == OK)
		fault = execute(s, end);
	if (fault == OK)
		fault = execute(s, "commit");
	if (fault != OK)
		sqlite3_exec(s->db, "rollback", NULL, NULL, NULL);
	return fault;
}

static enum err sqlite_migrate(struct store *base)
{
	struct sqlite_store *s = sqlite_self(base);
	int version;

	TRY(schema_version(s, &version));
	if (version > migrations_sqlite_count) {
		snprintf(
			base->detail, sizeof base->detail,
			"The data folder %.100s was written by a newer ringi (schema %d; this one knows %d). "
			"Start that version, or restore a backup.",
			s->folder, version, migrations_sqlite_count);
		return ERR_NEWER;
	}
	for (; version < migrations_sqlite_count; version++)
		TRY(migrate_step(s, version));
	sync_watch(s->db);
	return OK;
}

static enum err prepared(struct sqlite_store *s, enum stmt stmt, sqlite3_stmt **out)
{
	if (s->prepared[stmt] == NULL)
		TRY(sqlite_fault(s,
		                 sqlite3_prepare_v3(s->db, statements[stmt].sqlite, -1,
		                                    SQLITE_PREPARE_PERSISTENT, &s->prepared[stmt], NULL)));
	*out = s->prepared[stmt];
	return OK;
}

int sqlite_bind(sqlite3_stmt *stmt, int at, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		return sqlite3_bind_null(stmt, at);
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, at, v->number);
	case VALUE_TEXT:
		return sqlite3_bind_text64(stmt, at, v->bytes.at, v->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
	case VALUE_BLOB:
		return sqlite3_bind_blob64(stmt, at, v->bytes.at, v->bytes.len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static struct value column(sqlite3_stmt *stmt, int at)
{
	switch (sqlite3_column_type(stmt, at)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(stmt, at));
	case SQLITE_TEXT: {
		const char *text = (const char *)sqlite3_column_text(stmt, at);
		return value_text((struct str){ text, (size_t)sqlite3_column_bytes(stmt, at) });
	}
	case SQLITE_BLOB: {
		const char *bytes = sqlite3_column_blob(stmt, at);
		size_t size = (size_t)sqlite3_column_bytes(stmt, at);
		return value_blob((struct str){ bytes == NULL ? "" : bytes, size });
	}
	default:
		return value_null();
	}
}

enum err sqlite_give_row(sqlite3_stmt *stmt, row_fn *row, void *context)
{
	struct value columns[STORE_COLUMNS_MAX];
	int count = sqlite3_column_count(stmt);

	must(count <= STORE_COLUMNS_MAX);
	for (int i = 0; i < count; i++)
		columns[i] = column(stmt, i);
	return row(context, columns, count);
}

static enum err run_prepared(struct sqlite_store *s, sqlite3_stmt *stmt, const struct value *values,
                             int count, row_fn *row, void *context)
{
	enum err fault = OK;
	int rc = SQLITE_OK;

	/* A callback that runs the statement whose row it was given would end it. */
	must(!sqlite3_stmt_busy(stmt) && sqlite3_bind_parameter_count(stmt) == count);
	for (int i = 0; i < count && rc == SQLITE_OK; i++)
		rc = sqlite_bind(stmt, i + 1, &values[i]);
	if (rc == SQLITE_OK)
		while (fault == OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
			if (row != NULL)
				fault = sqlite_give_row(stmt, row, context);
	if (fault == OK)
		fault = sqlite_fault(s, rc);
	sqlite3_reset(stmt);
	return fault;
}

static enum err sqlite_run(struct store *base, enum stmt which, const struct value *values,
                           int count, row_fn *row, void *context)
{
	struct sqlite_store *s = sqlite_self(base);
	sqlite3_stmt *stmt;

	TRY(prepared(s, which, &stmt));
	if (base->reader && !base->in_transaction)
		s->read_until_ns = os_mono_ns() + READ_TIME_NS;
	return run_prepared(s, stmt, values, count, row, context);
}

static enum err sqlite_run_many(struct store *base, enum stmt which, const struct value *values,
                                int per_row, int rows)
{
	struct sqlite_store *s = sqlite_self(base);
	sqlite3_stmt *stmt;

	TRY(prepared(s, which, &stmt));
	for (int i = 0; i < rows; i++)
		TRY(run_prepared(s, stmt, values + (size_t)i * (size_t)per_row, per_row, NULL, NULL));
	return OK;
}

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count == 1 && columns[0].kind == VALUE_INT);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err sqlite_begin(struct store *base, int64_t epoch)
{
	int64_t in_force = -1;

	must(sqlite3_get_autocommit(sqlite_self(base)->db));
	sqlite_self(base)->read_until_ns = os_mono_ns() + READ_TIME_NS; /* of a reader: for all of it */
	TRY(base->reader ? execute(sqlite_self(base), "begin")
	                 : sqlite_run(base, STMT_TRANSACTION_BEGIN, NO_VALUES, NULL, NULL));
	enum err fault = OK;
	if (!base->reader) {
		fault = sqlite_run(base, STMT_LEASE_EPOCH, NO_VALUES, take_number, &in_force);
		if (fault == OK && in_force != epoch)
			fault = say(sqlite_self(base), ERR_LOST, "%s", "Another node owns this partition now.");
	}
	if (fault != OK)
		sqlite3_exec(sqlite_self(base)->db, "rollback", NULL, NULL, NULL);
	return fault;
}

static enum err sqlite_commit(struct store *base)
{
	struct sqlite_store *s = sqlite_self(base);
	must(!sqlite3_get_autocommit(s->db)); /* a transaction that SQLite ended was a fault (S1) */
	int64_t began = os_mono_ns();
	enum err fault = sqlite_run(base, STMT_TRANSACTION_COMMIT, NO_VALUES, NULL, NULL);

	s->stats.commits++;
	s->stats.commit_ns += os_mono_ns() - began;
	/* Whatever the commit says: without its sync it promises nothing. */
	base->must_stop = base->must_stop || sync_figures().failed;
	return fault == OK && base->must_stop ? ERR_IO : fault;
}

static void sqlite_rollback(struct store *base)
{
	/* SQLite may have rolled back by itself; then this does nothing. */
	sqlite3_exec(sqlite_self(base)->db, "rollback", NULL, NULL, NULL);
}

static int64_t sqlite_changes(struct store *base)
{
	return sqlite3_changes64(sqlite_self(base)->db);
}

static enum err sqlite_lease(struct store *base, const char *node, int64_t *epoch)
{
	TRY(sqlite_run(base, STMT_LEASE_TAKE, VALUES(value_text(str_of(node))), NULL, NULL));
	return sqlite_run(base, STMT_LEASE_EPOCH, NO_VALUES, take_number, epoch);
}

static enum err sqlite_idle(struct store *base, bool busy)
{
	struct sqlite_store *s = sqlite_self(base);
	int pages, copied;

	if (s->log_pages - s->log_copied < (busy ? LOG_BUSY_PAGES : LOG_IDLE_PAGES))
		return OK;
	must(!base->reader); /* L1 */
	int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
	/* A reader looks at it, or there is no room for the database to grow: next time. The
	 * log still holds everything. */
	if (rc == SQLITE_BUSY || rc == SQLITE_FULL)
		return OK;
	TRY(sqlite_fault(s, rc));
	must(copied <= pages);
	s->stats.checkpoints++;
	/* All of it copied: the next commit starts the log anew. */
	s->log_pages = copied == pages ? 0 : pages;
	s->log_copied = copied == pages ? 0 : copied;
	return OK;
}

static enum err make_folder_of(struct sqlite_store *s, const char *file)
{
	const char *slash = strrchr(file, '/');
	char folder[PATH_MAX];

	if (slash == NULL || slash == file || (size_t)(slash - file) >= sizeof folder)
		return OK;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - file), file);
	return os_folder_make(folder) == OK
	           ? OK
	           : say(s, ERR_IO, "the folder %.180s cannot be made", folder);
}

/* A consistent copy from one snapshot, while the writer goes on. */
static enum err sqlite_backup(struct store *base, const char *to_file)
{
	struct sqlite_store *s = sqlite_self(base);
	sqlite3_stmt *stmt;
	struct stat there;

	/* SQLite would fill a file that is empty, such as a lock, and go where a link points. */
	TRY(make_folder_of(s, to_file));
	if (lstat(to_file, &there) == 0)
		return say(s, ERR_IO, "%s", "there is a file already");
	TRY(sqlite_fault(s, sqlite3_prepare_v2(s->db, "vacuum into ?1", -1, &stmt, NULL)));
	sqlite3_bind_text(stmt, 1, to_file, -1, SQLITE_STATIC);
	s->read_until_ns = 0;
	/* It writes a file, if not this one: query_only would forbid it. */
	sqlite3_exec(s->db, "pragma query_only=off", NULL, NULL, NULL);
	int rc = sqlite3_step(stmt);
	enum err fault = sqlite_fault(s, rc);
	sqlite3_finalize(stmt);
	if (base->reader)
		sqlite3_exec(s->db, "pragma query_only=on", NULL, NULL, NULL);
	if (fault != OK)
		remove(to_file); /* a piece of a copy is none, and stands in the way of the next */
	return fault;
}

static struct store_stats sqlite_stats(struct store *base)
{
	struct sqlite_store *s = sqlite_self(base);

	s->stats.log_bytes = (int64_t)s->log_pages * PAGE_SIZE;
	if (!base->reader) {
		s->stats.syncs = sync_figures().count;
		s->stats.sync_ns = sync_figures().ns;
	}
	return s->stats;
}

const struct store_driver store_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.migrate = sqlite_migrate,
	.begin = sqlite_begin,
	.run = sqlite_run,
	.run_many = sqlite_run_many,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.lease = sqlite_lease,
	.backup = sqlite_backup,
	.idle = sqlite_idle,
	.changes = sqlite_changes,
	.stats = sqlite_stats,
	.tables = sqlite_tables,
	.table_read = sqlite_table_read,
	.table_write = sqlite_table_write,
	.table_row = sqlite_table_row,
	.table_end = sqlite_table_end,
};
