/* postgres.h - what the files of the PostgreSQL driver share; nobody else includes it.
 *
 *   postgres.c          the driver: transactions and what becomes of them
 *   postgres_place.c    the URL: schema and what may be shown of it
 *   postgres_connect.c  a connection: settings, faults, waiting, coming back
 *   postgres_session.c  whether that is a session of its own: poolers
 *   postgres_run.c      statements in a pipeline
 *   postgres_gather.c   many rows by one statement
 *   postgres_value.c    values, as PostgreSQL sends them in binary
 *   postgres_table.c    whole tables, for who moves all the data elsewhere
 *   postgres_schema.c   the schema: made, migrated, refused
 *   postgres_lease.c    one server at a time, and a proof of it in each transaction
 *   postgres_node.c     the servers of a schema, each by its own connection */
#ifndef RINGI_STORE_POSTGRES_H
#define RINGI_STORE_POSTGRES_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/limits.h"
#include "store/driver.h"

struct pgs_prepared {
	bool done;
	bool many; /* the text for many rows is prepared too */
	int params;
	Oid types[STORE_PARAMS_MAX];
};

/* Rows of one statement that are not sent yet. */
struct pgs_kept {
	enum stmt stmt;
	int rows;
	struct buf columns[STORE_PARAMS_MAX]; /* arrays, whose head is written at the end */
	bool nulls[STORE_PARAMS_MAX];
};

struct pgs {
	struct store base;
	PGconn *conn; /* NULL: none was opened yet */
	char *url;    /* without our own parameters; has the password: never shown */
	char schema[64];
	char shown[160]; /* what may be shown of the place */
	struct pgs_prepared prepared[STMT_COUNT];
	int *queued; /* statements whose answers are still to come: enum stmt, or PG_OWN */
	int queued_count, queued_room;
	struct pgs_kept kept[POSTGRES_GATHER_STATEMENTS];
	int kept_count, kept_rows;
	size_t kept_bytes;
	int64_t changes;
	bool held; /* the lease is ours, as far as we know */
	char holder[33];
	int64_t beat_ns; /* when the lease was last renewed */
	bool beat_now;   /* by the transaction that is open */
	int backend;     /* process of the server that serves us */
	int64_t transaction;
	char timeline[9];      /* of the WAL, when first connected; a writer's only */
	char server_began[40]; /* when the server's process started: after a crash ids come again */
	struct store_stats stats;
	const struct store_table *copied; /* rows go to it, between table_write and table_end */
	struct buf copy;                  /* of these rows, not sent yet */
};

enum { PG_OWN = -1 }; /* a statement of the driver's own, sent as a text */

static inline struct pgs *pgs_self(struct store *s)
{
	return (struct pgs *)(void *)s;
}

enum err pgs_say(struct pgs *, enum err fault, const char *format, ...) PRINTF_LIKE(3, 4);

/* ---- postgres_place.c */

/* Takes `schema` out of the URL. A sentence and ERR_LIMIT where it is none of PostgreSQL's. */
enum err pgs_place_read(struct pgs *, const char *place) MUST_USE;

/* ---- postgres_connect.c */

/* Whether a server of this version (PQserverVersion) serves; else a sentence. Pure. */
enum err pgs_version_serves(struct pgs *, int version) MUST_USE;
enum err pgs_connect(struct pgs *) MUST_USE; /* once */
enum err pgs_dial(struct pgs *) MUST_USE;    /* only that: nothing is set or looked at */
void pgs_disconnect(struct pgs *);
bool pgs_alive(const struct pgs *);
/* Comes back, with growing pauses, for POSTGRES_RETURN_MS at most. */
enum err pgs_return(struct pgs *) MUST_USE;
enum err pgs_fault(struct pgs *, const PGresult *, const char *what) MUST_USE;
/* Waits until a result can be taken without waiting; sends what is still to be sent. */
enum err pgs_wait(struct pgs *) MUST_USE;
/* Some statements at once, outside the pipeline; the last one's result. */
enum err pgs_simple(struct pgs *, const char *sql, PGresult **out) MUST_USE;

/* ---- postgres_session.c */

/* Sets `backend`; a sentence and ERR_LIMIT where the session is not ours alone. */
enum err pgs_session_look(struct pgs *) MUST_USE;
enum err pgs_session_shared(struct pgs *) MUST_USE; /* that sentence */

/* Values as they go over the wire; the bytes are lent. */
struct pgs_params {
	const char *at[STORE_PARAMS_MAX];
	int lengths[STORE_PARAMS_MAX], formats[STORE_PARAMS_MAX];
	uint64_t numbers[STORE_PARAMS_MAX]; /* big-endian */
};

/* ---- postgres_gather.c */

/* Keeps a row of a statement that gathers; its values are copied. */
enum err pgs_gather(struct pgs *, enum stmt, const struct pgs_params *) MUST_USE;
enum err pgs_gathered(struct pgs *) MUST_USE; /* sends what is kept */
void pgs_gather_drop(struct pgs *);           /* forgets it: the transaction is over */
void pgs_gather_free(struct pgs *);

/* ---- postgres_run.c */

/* Sends a statement that is prepared; `many`: its text for arrays. */
enum err pgs_send(struct pgs *, enum stmt, bool many, const struct pgs_params *) MUST_USE;

enum err pgs_queue(struct pgs *, enum stmt, const struct value *, int count) MUST_USE;
enum err pgs_queue_text(struct pgs *, const char *sql, int count, const char *const *texts)
	MUST_USE;
/* Waits for all that is queued. The first fault, or the last statement's result in *out
 * (NULL: not wanted), which the caller clears. */
enum err pgs_finish(struct pgs *, PGresult **out) MUST_USE;
enum err pgs_run(struct store *, enum stmt, const struct value *, int count, row_fn *, void *)
	MUST_USE;
enum err pgs_run_many(struct store *, enum stmt, const struct value *, int per_row, int rows)
	MUST_USE;

/* ---- postgres_value.c */

bool pgs_type_known(Oid);         /* as a parameter */
Oid pgs_array_of(Oid);            /* of a known type */
Oid pgs_type_of(enum value_kind); /* of a column that is declared so */
/* NULL, or why the value cannot be sent as that type. */
const char *pgs_encode(struct pgs_params *, int at, const struct value *, Oid);
/* Of the first row, sent as a text; 0 where it is none. */
int64_t pgs_number(const PGresult *, int column);
bool pgs_decode(const PGresult *, int row, int column, struct value *);

/* ---- postgres_schema.c, postgres_lease.c */

enum err pgs_make(struct pgs *) MUST_USE; /* the schema and the driver's own tables */
enum err pgs_migrate(struct store *) MUST_USE;
/* Waits for a lease that nobody renews to run out; ERR_BUSY when somebody does. */
enum err pgs_lease_hold(struct pgs *) MUST_USE;
/* An advisory lock that lives as long as the session; false: another session has it. */
enum err pgs_lease_mark(struct pgs *, bool *ours) MUST_USE;
void pgs_lease_release(struct pgs *);
enum err pgs_lease_take(struct store *, const char *node, int64_t *epoch) MUST_USE;
/* Sends "begin" and the proof that the epoch is ours, and waits. */
enum err pgs_lease_prove(struct pgs *, int64_t epoch) MUST_USE;
enum err pgs_lease_beat(struct pgs *) MUST_USE; /* if it is time */

/* What postgres_schema.c makes without a migration: the driver's own, SQLite has none of it (or, of
 * the lease, another one). */
#define PGS_OWN_TABLES "'lease', 'node', 'node_key', 'schema_version'"

/* ---- postgres_table.c: see struct store_driver */

enum err pgs_tables(struct store *, struct store_table *to, int max, int *count) MUST_USE;
enum err pgs_table_read(struct store *, const struct store_table *, row_fn *, void *) MUST_USE;
enum err pgs_table_write(struct store *, const struct store_table *) MUST_USE;
enum err pgs_table_row(struct store *, const struct value *, int count) MUST_USE;
enum err pgs_table_end(struct store *) MUST_USE;

#endif
