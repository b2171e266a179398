/* driver.h - what store.c and the drivers share; nobody else includes it.
 *
 * A driver's own struct begins with this one. */
#ifndef RINGI_STORE_DRIVER_H
#define RINGI_STORE_DRIVER_H

#include "base/buf.h"
#include "base/limits.h"
#include "store/store.h"

struct store {
	const struct store_driver *driver;
	bool reader;
	bool counted; /* the last statement is one of those that store_changes may follow */
	bool in_transaction;
	bool broken;    /* a fault in this transaction: only a rollback helps */
	bool must_stop; /* a sync failed: see store_must_stop                 */
	char detail[256];
	char about[256]; /* the driver's, set by open; see store_about */
	int64_t fail_in; /* 0: no injected fault */
	int64_t fail_times;
	enum err fail_with;
	bool failed;
};

extern const struct store_driver store_sqlite, store_postgres;

/* A table of the schema, for who takes all of its rows (move.c). */
struct store_table {
	char name[STORE_NAME_MAX + 1];
	int columns;
	char column[STORE_COLUMNS_MAX][STORE_NAME_MAX + 1];
	enum value_kind kinds[STORE_COLUMNS_MAX]; /* as declared: VALUE_INT, _TEXT or _BLOB */
};
/* Their names, as a list in a statement. */
void store_table_columns(struct buf *sql, const struct store_table *);

enum err store_open_as(struct store **, const struct store_driver *, const char *place, bool reader,
                       char detail[256]) MUST_USE;

#endif
