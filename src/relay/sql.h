/* sql.h - the statements on an outbox table, for the columns it has.
 *
 * They are the same for both databases but for arrays, sizes and the form of
 * parameters. Names are quoted here (X3); values are parameters, in this order:
 *
 *   fetch        destinations, keys, ids as JSON; with `after` an id
 *   settle       BATCH_ENTRIES_MAX ids, unused ones null
 *   set aside    the error, an id
 *   count        none; gives rows set aside, rows waiting behind them */
#ifndef RINGI_RELAY_SQL_H
#define RINGI_RELAY_SQL_H

#include "relay/driver.h"

enum sql_dialect { SQL_POSTGRES, SQL_SQLITE };

/* Columns of a fetched row, in this order; of the last one PostgreSQL has no use for
 * SQLite: which session reads. */
enum sql_field {
	FIELD_ID,
	FIELD_QUEUE,
	FIELD_TOPIC,
	FIELD_BODY,
	FIELD_GROUP,
	FIELD_DEDUP,
	FIELD_ATTRIBUTES,
	FIELD_TRACE,
	FIELD_DELAY,
	FIELD_CREATED,
	FIELD_SIZE,
	FIELD_SESSION,
	FIELDS
};

struct str sql_quoted(struct arena *, struct str name); /* "name", quotes doubled */

/* `table` is quoted and qualified. They end with a NUL that does not count. */
struct str sql_fetch(struct outbox *, enum sql_dialect, struct str table, bool after);
struct str sql_settle(struct outbox *, enum sql_dialect, struct str table);
struct str sql_set_aside(struct outbox *, enum sql_dialect, struct str table);
struct str sql_count(struct outbox *, enum sql_dialect, struct str table);
/* Changes nothing, and fails when the statements above would not be allowed. */
struct str sql_try_settle(struct outbox *, enum sql_dialect, struct str table);
struct str sql_try_set_aside(struct outbox *, enum sql_dialect, struct str table);

/* One fetched value goes to its place in the row; absent: it is null. */
void sql_take(struct outbox_row *, enum sql_field, struct str value);

#endif
