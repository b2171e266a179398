/* pg_link.c - statements and waits with an end, by libpq. */
#include "relay/pg_link.h"

#include <poll.h>
#include <stdio.h>

#include "base/limits.h"
#include "os/os.h"

/* Seconds and milliseconds that both sides may be silent. TCP_... are for a machine or a
 * network that is gone; the others for a process that stands still. */
static const char session_settings[] =
	"set statement_timeout = '25s';"
	"set lock_timeout = '10s';"
	"set idle_in_transaction_session_timeout = '10s';"
	"set tcp_keepalives_idle = 10;"
	"set tcp_keepalives_interval = 5;"
	"set tcp_keepalives_count = 3;"
	"set tcp_user_timeout = '20s';"
	"set default_transaction_isolation = 'read committed';"
	"set timezone = 'UTC';"
	/* A mark that a crash of the database undoes is a message sent twice, which can
     * happen anyway; a sync for each mark would make the relay ten times slower. */
	"set synchronous_commit = off;"
	"set search_path = pg_catalog";

static enum err fault(struct pg_link *l, const char *what)
{
	return outbox_fault(l->o, ERR_IO, "%s: %s", what, PQerrorMessage(l->db));
}

/* Waits for the socket. False when time is up. */
static bool ready(struct pg_link *l, short events, int64_t until_ms)
{
	for (;;) {
		struct pollfd in = { .fd = PQsocket(l->db), .events = events };
		int64_t left = until_ms - os_now().mono_ms;
		if (left <= 0)
			return false;
		if (poll(&in, 1, (int)left) > 0)
			return true;
	}
}

/* ---- connecting */

static enum err connect_steps(struct pg_link *l)
{
	int64_t until = os_now().mono_ms + RELAY_CONNECT_MS;
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;

	while (step != PGRES_POLLING_OK) {
		if (PQstatus(l->db) == CONNECTION_BAD || step == PGRES_POLLING_FAILED)
			return fault(l, "The database cannot be reached");
		if (!ready(l, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, until))
			return outbox_fault(l->o, ERR_IO, "The database does not answer for %d ms.",
			                    RELAY_CONNECT_MS);
		step = PQconnectPoll(l->db);
	}
	return OK;
}

static void no_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

enum err pg_connect(struct pg_link *l, const char *url)
{
	/* What the URL says goes before what stands above it. */
	const char *names[] = {
		"keepalives_idle", "keepalives_interval", "keepalives_count",          "tcp_user_timeout",
		"dbname",          "client_encoding",     "fallback_application_name", NULL
	};
	const char *values[] = { "10", "5", "3", "20000", url, "UTF8", "ringi relay", NULL };
	char *why = NULL;
	PQconninfoOption *read = PQconninfoParse(url, &why);

	if (read == NULL) {
		/* libpq's sentence may quote the URL, and with it a password. */
		PQfreemem(why);
		return outbox_fault(l->o, ERR_CORRUPT,
		                    "--postgres is not a URL of PostgreSQL: "
		                    "postgres://USER@HOST:PORT/DATABASE is one.");
	}
	PQconninfoFree(read);
	l->db = PQconnectStartParams(names, values, 1);
	must(l->db != NULL);
	PQsetNoticeReceiver(l->db, no_notice, NULL);
	TRY(connect_steps(l));
	if (PQsetnonblocking(l->db, 1) != 0)
		return fault(l, "The connection cannot be used");
	return OK;
}

void pg_disconnect(struct pg_link *l)
{
	PQfinish(l->db);
	l->db = NULL;
}

/* ---- statements */

/* What may be over when it is tried again: SQLSTATE by class. */
static bool passing(const PGresult *r)
{
	static const char *const classes[] = { "08", "25006", "40", "53", "55", "57", "58" };
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (state == NULL)
		return true; /* libpq's own: the connection */
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strncmp(state, classes[i], strlen(classes[i])) == 0)
			return true;
	return false;
}

static enum err judge(struct pg_link *l, const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return OK;
	return outbox_fault(l->o, passing(r) ? ERR_IO : ERR_CORRUPT, "The database said: %s",
	                    PQresultErrorMessage(r));
}

static enum err await(struct pg_link *l, int64_t until)
{
	for (;;) {
		int left = PQflush(l->db);
		if (left < 0)
			return fault(l, "The connection broke");
		if (left == 0 && !PQisBusy(l->db))
			return OK;
		if (!ready(l, left != 0 ? POLLIN | POLLOUT : POLLIN, until))
			return outbox_fault(l->o, ERR_IO, "The database does not answer for %d ms.",
			                    RELAY_DB_MS);
		if (PQconsumeInput(l->db) == 0)
			return fault(l, "The connection broke");
	}
}

/* All results of what was sent; the first fault counts, the last good result is given. */
static enum err collect(struct pg_link *l, PGresult **out)
{
	int64_t until = os_now().mono_ms + RELAY_DB_MS;
	enum err e = OK;

	for (;;) {
		enum err waited = await(l, until);
		if (waited != OK)
			return waited;
		PGresult *r = PQgetResult(l->db);
		if (r == NULL)
			return e;
		if (e == OK)
			e = judge(l, r);
		if (e == OK && out != NULL) {
			PQclear(*out);
			*out = r;
		} else {
			PQclear(r);
		}
	}
}

enum err pg_execute(struct pg_link *l, const char *sql)
{
	if (PQsendQuery(l->db, sql) == 0)
		return fault(l, "The connection broke");
	return collect(l, NULL);
}

enum err pg_prepare(struct pg_link *l, const char *name, const char *sql)
{
	if (PQsendPrepare(l->db, name, sql, 0, NULL) == 0)
		return fault(l, "The connection broke");
	return collect(l, NULL);
}

enum err pg_run(struct pg_link *l, const char *name, const char *sql, int count,
                const char *const *values, PGresult **out)
{
	must(count <= PG_VALUES_MAX);
	int sent = name != NULL ? PQsendQueryPrepared(l->db, name, count, values, NULL, NULL, 0)
	                        : PQsendQueryParams(l->db, sql, count, NULL, values, NULL, NULL, 0);

	if (out != NULL)
		*out = NULL;
	if (sent == 0)
		return fault(l, "The connection broke");
	enum err e = collect(l, out);
	if (e != OK && out != NULL) {
		PQclear(*out);
		*out = NULL;
	}
	return e;
}

enum err pg_limit(struct pg_link *l)
{
	return pg_execute(l, session_settings);
}

/* ---- notifications */

/* They only say that there may be something; what they carry is not looked at. */
static bool notified(struct pg_link *l)
{
	bool any = false;

	for (PGnotify *n; (n = PQnotifies(l->db)) != NULL; any = true)
		PQfreemem(n);
	return any;
}

void pg_forget_notifications(struct pg_link *l)
{
	(void)notified(l);
}

enum err pg_wait(struct pg_link *l, int ms)
{
	int64_t until = os_now().mono_ms + ms;

	while (!notified(l)) {
		struct pollfd in[2] = { { .fd = PQsocket(l->db), .events = POLLIN },
			                    { .fd = l->o->config->stop, .events = POLLIN } };
		int64_t left = until - os_now().mono_ms;
		if (left <= 0 || (poll(in, 2, (int)left) > 0 && in[1].revents != 0))
			return OK;
		if (in[0].revents != 0 && PQconsumeInput(l->db) == 0)
			return fault(l, "The connection broke");
	}
	return OK;
}
