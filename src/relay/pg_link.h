/* pg_link.h - a connection to PostgreSQL whose every wait has an end.
 *
 * libpq's own calls would wait for an answer as long as the other side's machine is
 * alive; a frozen database would freeze us. So statements are sent and their answers
 * awaited by poll(), at most RELAY_DB_MS. After a time-out the connection is useless.
 *
 * The database is told to give up as well: limits for statements, locks and transactions
 * left open, and for a client that is gone (its lock must not outlive it). */
#ifndef RINGI_RELAY_PG_LINK_H
#define RINGI_RELAY_PG_LINK_H

#include <libpq-fe.h>

#include "relay/driver.h"

enum { PG_VALUES_MAX = 16 };

struct pg_link {
	struct outbox *o; /* sentences go there */
	PGconn *db;       /* NULL: not connected */
};

/* ERR_CORRUPT when the URL is none. */
enum err pg_connect(struct pg_link *, const char *url) MUST_USE;
/* Sets the limits, and a search path without anybody's own functions: tables must be
 * looked up before. */
enum err pg_limit(struct pg_link *) MUST_USE;
void pg_disconnect(struct pg_link *);
/* Several statements without parameters. */
enum err pg_execute(struct pg_link *, const char *sql) MUST_USE;
enum err pg_prepare(struct pg_link *, const char *name, const char *sql) MUST_USE;
/* `name` prepared, or NULL and `sql`. Values are texts, NULL: null. The result is the
 * caller's to PQclear; `out` may be NULL. */
enum err pg_run(struct pg_link *, const char *name, const char *sql, int count,
                const char *const *values, PGresult **out) MUST_USE;
/* Until a notification came, `ms` passed, or the owner is to stop. */
enum err pg_wait(struct pg_link *, int ms) MUST_USE;
void pg_forget_notifications(struct pg_link *);

#endif
