/* sqlite.h - what the files of the SQLite driver share; nobody else includes it.
 *
 *   sqlite.c        the driver: files, transactions, statements, checkpoints
 *   sqlite_sync.c   a hand on the files: syncs counted, writes to the log gathered
 *   sqlite_table.c  whole tables, for who moves all the data elsewhere */
#ifndef RINGI_STORE_SQLITE_H
#define RINGI_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/driver.h"

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	sqlite3_stmt *prepared[STMT_COUNT];
	sqlite3_stmt *adding; /* rows to a table, between table_write and table_end; else NULL */
	int lock;             /* descriptor; -1: reader */
	int log_pages, log_copied;
	int64_t read_until_ns;
	struct store_stats stats;
	char folder[1024];
};

static inline struct sqlite_store *sqlite_self(struct store *s)
{
	return (struct sqlite_store *)(void *)s;
}

/* SQLite's result as ours; remembers what cannot be survived. */
enum err sqlite_fault(struct sqlite_store *, int rc) MUST_USE;
int sqlite_bind(sqlite3_stmt *, int at, const struct value *);
enum err sqlite_give_row(sqlite3_stmt *, row_fn *, void *context);

/* ---- sqlite_table.c: see struct store_driver */
enum err sqlite_tables(struct store *, struct store_table *to, int max, int *count) MUST_USE;
enum err sqlite_table_read(struct store *, const struct store_table *, row_fn *, void *) MUST_USE;
enum err sqlite_table_write(struct store *, const struct store_table *) MUST_USE;
enum err sqlite_table_row(struct store *, const struct value *, int count) MUST_USE;
enum err sqlite_table_end(struct store *) MUST_USE;

#endif
