/* outbox.h - a table in an application's own database: rows that are to become messages.
 *
 * The application writes a row in the transaction that changes its data; whoever holds
 * the table's lock reads the rows that wait, sends them and settles them:
 *
 *     waiting --sent--> settled (sent_at is set, or the row is deleted)
 *        |
 *        '--refused too often--> set aside (error is set)
 *
 * X1  A fetch is one statement, so it sees one moment, and gives the rows that wait in
 *     the order of their ids. Of a key (destination and message group) whose writers
 *     wait for each other it therefore never gives a row without those before it.
 * X2  A row is changed by settling and setting aside only, each in a short transaction
 *     of its own. Nothing is locked while messages are on their way.
 * X3  Names of tables, columns and channels come from the command line and are quoted;
 *     every value is a parameter.
 *
 * One thread. The connection may break at any call: ERR_IO, after which the owner
 * disconnects, waits and connects again; the lock is gone with the connection.
 *
 *   ERR_IO       did not work; may work later
 *   ERR_BUSY     somebody else holds the lock
 *   ERR_LOST     the lock that we had is gone
 *   ERR_CORRUPT  not such a table: no time will mend it
 *
 * outbox_problem gives a sentence for the last of them. It never holds a password. */
#ifndef RINGI_RELAY_OUTBOX_H
#define RINGI_RELAY_OUTBOX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum outbox_column {
	OUTBOX_ID,
	OUTBOX_QUEUE,
	OUTBOX_TOPIC,
	OUTBOX_BODY,
	OUTBOX_GROUP,
	OUTBOX_DEDUP,
	OUTBOX_ATTRIBUTES,
	OUTBOX_TRACE,
	OUTBOX_DELAY,
	OUTBOX_CREATED,
	OUTBOX_SENT,
	OUTBOX_ERROR,
	OUTBOX_COLUMNS
};

/* "message_group": what a column is called unless said otherwise. */
const char *outbox_column_name(enum outbox_column);

struct outbox_config {
	const char *postgres;                /* URL or key=value text of libpq; or NULL */
	const char *sqlite;                  /* path of a file; or NULL */
	const char *table;                   /* "outbox" or "app.outbox" */
	const char *columns[OUTBOX_COLUMNS]; /* names in the table; NULL: the usual one */
	const char *channel;                 /* PostgreSQL: LISTEN to it; NULL: none */
	bool remove;                         /* settled rows are deleted */
	bool skip; /* rows behind one that was set aside go on; else their key waits */
	bool look; /* changes nothing and takes no lock */
	int stop;  /* descriptor that becomes readable when waiting is to end */
};

struct outbox_row {
	struct str id;
	int64_t number; /* the id, when `numeric` (SQLite keeps texts and numbers apart) */
	bool numeric;
	struct str queue, topic, body, group, dedup, attributes, trace, delay, created; /* or absent */
	int64_t size;  /* of body and attributes, bytes */
	bool too_long; /* more than MESSAGE_SIZE_MAX: body and attributes were not read */
};

/* What a fetch leaves out, as JSON arrays of texts: destinations (["q:orders"]), keys
 * ([["q:orders", "customer-7"]]), ids (["17"]). */
struct outbox_held {
	struct str destinations, keys, ids;
};

/* A row's destination: "q:" and its queue or "t:" and its topic. */
struct str outbox_destination(struct arena *, const struct outbox_row *);

struct outbox;
struct outbox *outbox_open(const struct outbox_config *); /* lends from it; connects not yet */
struct outbox *outbox_close(struct outbox *);             /* accepts NULL, returns NULL */
const char *outbox_problem(const struct outbox *);
const char *outbox_name(const struct outbox *); /* for people: "app.outbox in shop on db1" */

/* Connects, looks at the table, tries that it may be changed. */
enum err outbox_connect(struct outbox *) MUST_USE;
void outbox_disconnect(struct outbox *); /* gives the lock back; accepts a broken one */
enum err outbox_lock(struct outbox *) MUST_USE;
/* At most RELAY_ROWS rows and RELAY_BYTES of bodies, but one row at least; they lie in
 * the arena. `after`: only rows with larger ids; NULL: all (X1 holds only then). */
enum err outbox_fetch(struct outbox *, struct arena *, const struct outbox_held *,
                      const struct outbox_row *after, struct outbox_row **, int *count) MUST_USE;
/* At most BATCH_ENTRIES_MAX rows. */
enum err outbox_settle(struct outbox *, const struct outbox_row *const *, int count) MUST_USE;
enum err outbox_set_aside(struct outbox *, const struct outbox_row *, struct str error) MUST_USE;
/* How many rows were set aside; in `behind` how many wait behind them. */
enum err outbox_count(struct outbox *, int64_t *aside, int64_t *behind) MUST_USE;
/* Until there may be new rows, `ms` have passed or `stop` became readable. */
enum err outbox_wait(struct outbox *, int ms) MUST_USE;

#endif
