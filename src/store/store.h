/* store.h - the storage contract: about a dozen mechanical functions and the
 * named statements of store/sql/.
 *
 * A store is one connection, used by one thread at a time. The engine of a
 * partition has the only one that writes; readers have read-only ones
 * (store_open_reader). Statements are written once, in store/sql/NAME.sql, and
 * are called by number (build/gen/statements.h): a feature adds statements, not
 * driver code.
 *
 *     TRY(store_begin(s, epoch));
 *     TRY(store_run(s, STMT_QUEUE_BY_NAME, VALUES(value_text(name)), found, &q));
 *     TRY(store_commit(s));
 *
 * Faults: ERR_LOST from begin (the epoch is no longer ours), ERR_FULL, ERR_IO,
 * ERR_BUSY, ERR_CORRUPT, ERR_NEWER from open; ERR_LIMIT for a value that the
 * database cannot hold (PostgreSQL: text with a NUL byte). After a fault inside a
 * transaction only store_rollback may follow. A failed sync never comes back as a
 * fault that can be tried again: see store_must_stop. */
#ifndef RINGI_STORE_STORE_H
#define RINGI_STORE_STORE_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "statements.h" /* generated: enum stmt */

enum value_kind { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BLOB };

struct value {
	enum value_kind kind;
	int64_t number;
	struct str bytes; /* lent until the statement has run */
};

static inline struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

static inline struct value value_int(int64_t n)
{
	return (struct value){ .kind = VALUE_INT, .number = n };
}

/* Absent text is stored as null. */
static inline struct value value_text(struct str s)
{
	return (struct value){ .kind = s.at == NULL ? VALUE_NULL : VALUE_TEXT, .bytes = s };
}

static inline struct value value_blob(struct str s)
{
	return (struct value){ .kind = s.at == NULL ? VALUE_NULL : VALUE_BLOB, .bytes = s };
}

/* The id's bytes are lent too. NULL: null. */
static inline struct value value_uuid(const struct uuid *id)
{
	return id == NULL ? value_null()
	                  : value_blob((struct str){ (const char *)id->bytes, sizeof id->bytes });
}

/* The other way. False, and nothing is changed, when the value is no id (null is none). */
static inline bool value_read_uuid(struct value v, struct uuid *to)
{
	if (v.kind != VALUE_BLOB || v.bytes.len != sizeof to->bytes)
		return false;
	memcpy(to->bytes, v.bytes.at, sizeof to->bytes);
	return true;
}

/* One row of an answer. Bytes are lent until the callback returns. A callback
 * that returns a fault ends the statement, and the fault is returned. */
typedef enum err row_fn(void *context, const struct value *columns, int count);

#define VALUES(...) \
	(const struct value[]){ __VA_ARGS__ }, \
		(int)(sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value))
#define NO_VALUES NULL, 0

struct store;
struct store_table; /* driver.h */

struct store_stats {
	int64_t commits, commit_ns, syncs, sync_ns; /* since open */
	int64_t log_bytes;                          /* write-ahead log now */
	int64_t checkpoints;
};

/* What a driver is. Nobody but store.c, and move.c for whole tables, calls through it. */
struct store_driver {
	const char *name;
	enum err (*open)(struct store **, const char *place, bool reader);
	void (*close)(struct store *);
	enum err (*migrate)(struct store *);
	enum err (*begin)(struct store *, int64_t epoch);
	enum err (*run)(struct store *, enum stmt, const struct value *, int count, row_fn *, void *);
	enum err (*run_many)(struct store *, enum stmt, const struct value *, int per_row, int rows);
	enum err (*commit)(struct store *);
	void (*rollback)(struct store *);
	enum err (*lease)(struct store *, const char *node, int64_t *epoch);
	enum err (*backup)(struct store *, const char *to_file);
	enum err (*idle)(struct store *, bool busy);
	int64_t idle_every_ms;
	int64_t (*changes)(struct store *);
	struct store_stats (*stats)(struct store *);
	/* All but the driver's own ones, by name; inside a transaction, as what follows. */
	enum err (*tables)(struct store *, struct store_table *to, int max, int *count);
	enum err (*table_read)(struct store *, const struct store_table *, row_fn *, void *);
	/* Rows are added to it: one call for each, then the end; no other call in between. */
	enum err (*table_write)(struct store *, const struct store_table *);
	enum err (*table_row)(struct store *, const struct value *, int count);
	enum err (*table_end)(struct store *);
};

bool store_on_postgres(const char *place); /* a URL, and no folder */
/* `place`: a folder for sqlite, a connection string for postgres. The writer
 * makes what is missing, migrates what is older, refuses what is newer, and locks
 * the place against a second server. `detail` gets a sentence on failure. */
enum err store_open(struct store **, const char *place, char detail[256]) MUST_USE;
enum err store_open_reader(struct store **, const char *place, char detail[256]) MUST_USE;
struct store *store_close(struct store *); /* accepts NULL, returns NULL */

/* Begins a transaction and proves that the epoch is still ours (invariant 2). */
enum err store_begin(struct store *, int64_t epoch) MUST_USE;
enum err store_run(struct store *, enum stmt, const struct value *, int count, row_fn *,
                   void *context) MUST_USE;
/* The same statement for `rows` rows of `per_row` values each. */
enum err store_run_many(struct store *, enum stmt, const struct value *, int per_row, int rows)
	MUST_USE;
enum err store_commit(struct store *) MUST_USE; /* durable when it returns OK (invariant 1) */
void store_rollback(struct store *);
/* Rows that the last statement changed, which must be marked `-- counts` in store/sql/. */
int64_t store_changes(struct store *);

/* Ownership: makes this node the owner and returns the new epoch. */
enum err store_lease(struct store *, const char *node, int64_t *epoch) MUST_USE;

/* Housekeeping between batches: checkpoints in small steps, more readily when not `busy`. */
enum err store_idle(struct store *, bool busy) MUST_USE;
/* How long nobody may call store_idle, while there is nothing to do; 0: as long as one likes. */
int64_t store_idle_every_ms(const struct store *);
enum err store_backup(struct store *, const char *to_file) MUST_USE; /* while others write */
struct store_stats store_stats(struct store *);
/* What serves us: "SQLite 3.40.1", "PostgreSQL 15.8 (Debian 15.8-1), HOST/DATABASE, schema NAME";
 * lent until close. Has nothing of the URL that is secret. */
const char *store_about(const struct store *);
/* A sentence about the last fault, for the log; never NULL. */
const char *store_detail(struct store *);

/* True after a failed sync or write: what is on disk is unknown, so the process
 * must end and start anew from the file (docs/decisions/0004). */
bool store_must_stop(struct store *);

/* Test builds and tests only: the `nth` store call from now fails with `fault`; 0: none. */
void store_fail_at(struct store *, int64_t nth, enum err fault);
/* The same for `times` calls in a row: the n-th and those after it. */
void store_fail_from(struct store *, int64_t nth, int64_t times, enum err fault);
bool store_failed(struct store *); /* whether it has come to that */

#endif
