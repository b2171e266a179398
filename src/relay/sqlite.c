/* sqlite.c - an outbox table in an SQLite file that belongs to the application.
 *
 * Y1  The application goes first: our transactions are single statements, and where the
 *     file is busy we wait and try again later.
 * Y2  The file keeps its ways: journal mode and the like are not touched. In WAL mode the
 *     application makes the checkpoints, as it would without us; we make one only when
 *     our own marks have made the log long (LOG_PAGES), and none when we close.
 * Y3  Two relays keep out of each other's way by a lock on a file beside the database,
 *     FILE-TABLE.relay. It stays there; only the lock on it means anything.
 * Y4  A file that was put in another's place (a restored backup) is noticed. */
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "os/os.h"
#include "relay/sql.h"

enum { BUSY_MS = 5000, LOG_PAGES = 4000 };
enum statement { FETCH, FETCH_AFTER, SETTLE, SET_ASIDE, COUNT, STATEMENTS };

struct sqlite {
	struct outbox base;
	sqlite3 *db;
	sqlite3_stmt *prepared[STATEMENTS];
	struct str table; /* quoted */
	struct str lock_path;
	dev_t device; /* Y4 */
	ino_t inode;
	int lock; /* descriptor; -1: not ours */
};

static struct sqlite *self(struct outbox *o)
{
	return (struct sqlite *)(void *)o;
}

static struct outbox *sqlite_open(const struct outbox_config *config)
{
	struct sqlite *s = mem_get(sizeof *s);

	(void)config;
	s->lock = -1;
	return &s->base;
}

static void sqlite_close_(struct outbox *o)
{
	must(self(o)->db == NULL && self(o)->lock == -1);
}

static void sqlite_disconnect(struct outbox *o)
{
	struct sqlite *s = self(o);

	for (int i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(s->prepared[i]);
		s->prepared[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	os_file_unlock(s->lock);
	s->lock = -1;
}

/* The file cannot be written, and that is not because it was moved or is being recovered. */
static bool is_read_only(struct sqlite *s, int rc)
{
	return (rc & 0xff) == SQLITE_READONLY && s->db != NULL &&
	       sqlite3_extended_errcode(s->db) == SQLITE_READONLY;
}

static enum err fault(struct sqlite *s, int rc)
{
	if (is_read_only(s, rc))
		return outbox_fault(&s->base, ERR_CORRUPT, "The file %s cannot be written.",
		                    s->base.config->sqlite);
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_CANTOPEN:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_PROTOCOL:
	case SQLITE_READONLY:
		return outbox_fault(&s->base, ERR_IO, "The file %s: %s.", s->base.config->sqlite,
		                    s->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(s->db));
	default:
		return outbox_fault(&s->base, ERR_CORRUPT, "The file %s: %s.", s->base.config->sqlite,
		                    s->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(s->db));
	}
}

static enum err execute(struct sqlite *s, const char *sql)
{
	return fault(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* ---- connecting */

/* Y2: the application is not there to do it, or it has not written for long. */
static int log_grew(void *context, sqlite3 *db, const char *name, int pages)
{
	(void)context;
	if (pages >= LOG_PAGES)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static enum err settings(struct sqlite *s)
{
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* Y2 */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* a name is never a text */
	TRY(execute(s, "pragma mmap_size=0; pragma synchronous=normal"));
	if (s->base.config->look)
		return execute(s, "pragma query_only=on");
	sqlite3_wal_hook(s->db, log_grew, NULL);
	/* Better now than after the messages have been sent. */
	return execute(s, "begin immediate; rollback");
}

static enum err open_file(struct sqlite *s)
{
	const char *path = s->base.config->sqlite;
	struct stat st;

	if (stat(path, &st) != 0)
		return outbox_fault(&s->base, ERR_IO, "The file %s cannot be opened: %s.", path,
		                    strerror(errno));
	s->device = st.st_dev;
	s->inode = st.st_ino;
	return fault(s,
	             sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
}

static enum err prepare(struct sqlite *s, enum statement which, struct str sql)
{
	return fault(s, sqlite3_prepare_v3(s->db, sql.at, -1, SQLITE_PREPARE_PERSISTENT,
	                                   &s->prepared[which], NULL));
}

static enum err find_columns(struct sqlite *s)
{
	struct outbox *o = &s->base;
	sqlite3_stmt *q = NULL;
	int found = 0;

	TRY(fault(s,
	          sqlite3_prepare_v2(s->db, "select name from pragma_table_info(?1)", -1, &q, NULL)));
	sqlite3_bind_text(q, 1, o->config->table, -1, SQLITE_STATIC);
	int rc;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(q, 0);
		found++;
		for (int c = 0; c < OUTBOX_COLUMNS; c++)
			o->has[c] |= name != NULL && sqlite3_stricmp(outbox_column(o, c), name) == 0;
	}
	enum err e = fault(s, rc);
	sqlite3_finalize(q);
	if (e == OK && found == 0)
		return outbox_fault(o, ERR_CORRUPT, "There is no table %s in the file %s.",
		                    o->config->table, o->config->sqlite);
	return e == OK ? outbox_check_columns(o) : e;
}

/* ---- the lock */

/* Its name: letters and digits of the table's, others as their code. */
static enum err find_lock(struct sqlite *s)
{
	char real[PATH_MAX]; /* the file may have several names */
	struct buf b = { 0 };

	if (realpath(s->base.config->sqlite, real) == NULL)
		return outbox_fault(&s->base, ERR_IO, "The file %s cannot be opened: %s.",
		                    s->base.config->sqlite, strerror(errno));
	buf_printf(&b, "%s-", real);
	for (const char *at = s->base.config->table; *at != '\0'; at++) {
		bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
		             (*at >= '0' && *at <= '9') || *at == '_';
		buf_printf(&b, plain ? "%c" : "%%%02x", (unsigned char)*at);
	}
	buf_add(&b, S(".relay"));
	s->lock_path = arena_str(s->base.arena, buf_str(&b));
	buf_free(&b);
	return OK;
}

static enum err sqlite_lock(struct outbox *o)
{
	struct sqlite *s = self(o);

	errno = 0;
	s->lock = os_file_lock(s->lock_path.at);
	if (s->lock >= 0)
		return OK;
	if (errno == EWOULDBLOCK)
		return outbox_fault(o, ERR_BUSY, "Another relay works on the table %s.", o->config->table);
	return outbox_fault(o, ERR_CORRUPT, "The lock file %.*s cannot be made: %s.",
	                    S_ARG(s->lock_path), strerror(errno));
}

static enum err sqlite_connect(struct outbox *o)
{
	struct sqlite *s = self(o);

	snprintf(o->name, sizeof o->name, "%s in %s", o->config->table, o->config->sqlite);
	TRY(open_file(s));
	TRY(settings(s));
	TRY(find_lock(s));
	TRY(find_columns(s));
	s->table = sql_quoted(o->arena, str_of(o->config->table));
	TRY(prepare(s, FETCH, sql_fetch(o, SQL_SQLITE, s->table, false)));
	TRY(prepare(s, FETCH_AFTER, sql_fetch(o, SQL_SQLITE, s->table, true)));
	TRY(prepare(s, SETTLE, sql_settle(o, SQL_SQLITE, s->table)));
	TRY(prepare(s, SET_ASIDE, sql_set_aside(o, SQL_SQLITE, s->table)));
	return prepare(s, COUNT, sql_count(o, SQL_SQLITE, s->table));
}

/* ---- rows */

static struct str column_text(struct arena *arena, sqlite3_stmt *q, int at)
{
	const char *text = (const char *)sqlite3_column_text(q, at);
	struct str value = { text, (size_t)sqlite3_column_bytes(q, at) };

	return arena_str(arena, value);
}

static void take_row(struct arena *arena, sqlite3_stmt *q, struct outbox_row *row)
{
	row->numeric = sqlite3_column_type(q, FIELD_ID) == SQLITE_INTEGER;
	row->number = row->numeric ? sqlite3_column_int64(q, FIELD_ID) : 0;
	for (int f = 0; f < FIELD_SESSION; f++)
		if (sqlite3_column_type(q, f) != SQLITE_NULL)
			sql_take(row, f, column_text(arena, q, f));
}

static int bind_id(sqlite3_stmt *q, int at, const struct outbox_row *row)
{
	return row->numeric ? sqlite3_bind_int64(q, at, row->number)
	                    : sqlite3_bind_text(q, at, row->id.at, (int)row->id.len, SQLITE_STATIC);
}

static int bind_text(sqlite3_stmt *q, int at, struct str text)
{
	return sqlite3_bind_text(q, at, text.at, (int)text.len, SQLITE_STATIC);
}

/* Y4 */
static enum err check_file(struct sqlite *s)
{
	struct stat st;

	if (stat(s->base.config->sqlite, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
		return OK;
	return outbox_fault(&s->base, ERR_IO, "The file %s is not the one that was opened.",
	                    s->base.config->sqlite);
}

static enum err done(struct sqlite *s, sqlite3_stmt *q, int rc)
{
	enum err e = fault(s, rc);

	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return e;
}

static enum err sqlite_fetch(struct outbox *o, struct arena *arena, const struct outbox_held *held,
                             const struct outbox_row *after, struct outbox_row **rows, int *count)
{
	struct sqlite *s = self(o);
	sqlite3_stmt *q = s->prepared[after == NULL ? FETCH : FETCH_AFTER];
	int64_t bytes = 0;
	int rc = SQLITE_DONE;

	TRY(check_file(s));
	bind_text(q, 1, held->destinations);
	bind_text(q, 2, held->keys);
	bind_text(q, 3, held->ids);
	if (after != NULL)
		bind_id(q, 4, after);
	while (bytes < RELAY_BYTES && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		must(*count < RELAY_ROWS);
		struct outbox_row *row = &(*rows)[(*count)++];
		take_row(arena, q, row);
		bytes += row->size;
	}
	return done(s, q, rc);
}

static enum err sqlite_settle(struct outbox *o, const struct outbox_row *const *rows, int count)
{
	sqlite3_stmt *q = self(o)->prepared[SETTLE];

	for (int i = 0; i < count; i++)
		bind_id(q, i + 1, rows[i]);
	return done(self(o), q, sqlite3_step(q));
}

static enum err sqlite_set_aside(struct outbox *o, const struct outbox_row *row, struct str error)
{
	sqlite3_stmt *q = self(o)->prepared[SET_ASIDE];

	bind_text(q, 1, error);
	bind_id(q, 2, row);
	return done(self(o), q, sqlite3_step(q));
}

static enum err sqlite_count(struct outbox *o, int64_t *aside, int64_t *behind)
{
	sqlite3_stmt *q = self(o)->prepared[COUNT];
	int rc = sqlite3_step(q);

	if (rc == SQLITE_ROW) {
		*aside = sqlite3_column_int64(q, 0);
		*behind = sqlite3_column_int64(q, 1);
	}
	return done(self(o), q, rc);
}

static enum err sqlite_wait(struct outbox *o, int ms)
{
	(void)outbox_stopped(o, ms);
	return OK;
}

const struct outbox_driver outbox_sqlite = {
	.open = sqlite_open,
	.close = sqlite_close_,
	.connect = sqlite_connect,
	.disconnect = sqlite_disconnect,
	.lock = sqlite_lock,
	.fetch = sqlite_fetch,
	.settle = sqlite_settle,
	.set_aside = sqlite_set_aside,
	.count = sqlite_count,
	.wait = sqlite_wait,
};
