/* postgres_connect.c - one connection: how it is opened, what its faults mean, how it waits
 * and how it comes back. */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "os/os.h"
#include "store/postgres.h"

enum {
	OLDEST_SERVER = 140000,
	WAIT_MS = 60 * 1000, /* for an answer; statements end sooner (statement_timeout) */
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 1000,
};

enum err pgs_say(struct pgs *s, enum err fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->base.detail, sizeof s->base.detail, format, args);
	va_end(args);
	return fault;
}

/* libpq's sentence, on one line. */
static enum err say_pq(struct pgs *s, enum err fault, const char *what, const char *text)
{
	size_t end = strlen(text);

	while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == ' '))
		end--;
	pgs_say(s, fault, "%s: %.*s", what, end > 180 ? 180 : (int)end, text);
	for (char *c = s->base.detail; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return fault;
}

bool pgs_alive(const struct pgs *s)
{
	return s->conn != NULL && PQstatus(s->conn) == CONNECTION_OK;
}

void pgs_disconnect(struct pgs *s)
{
	PQfinish(s->conn);
	s->conn = NULL;
	s->queued_count = 0;
	pgs_gather_drop(s);
	memset(s->prepared, 0, sizeof s->prepared);
}

static bool starts(const char *state, const char *with)
{
	return strncmp(state, with, strlen(with)) == 0;
}

/* What an SQLSTATE means to the engine. The connection is given up where the server does. */
static enum err fault_of_state(struct pgs *s, const char *state)
{
	if (starts(state, "40") || starts(state, "55") || starts(state, "57014"))
		return ERR_BUSY; /* deadlock, lock not given, time is up */
	if (starts(state, "57") || starts(state, "08") || starts(state, "25006")) {
		/* The server ends, or is a standby by now: another connection may find the right
		 * one. */
		pgs_disconnect(s);
		return ERR_IO;
	}
	if (starts(state, "53100"))
		return ERR_FULL;
	if (starts(state, "53"))
		return ERR_BUSY;
	if (starts(state, "22021") || starts(state, "22P05") || starts(state, "54"))
		return ERR_LIMIT; /* text that is no UTF-8; more than PostgreSQL can hold */
	if (starts(state, "XX001") || starts(state, "XX002")) {
		s->base.must_stop = !s->base.reader;
		return ERR_CORRUPT;
	}
	return ERR_IO;
}

enum err pgs_fault(struct pgs *s, const PGresult *r, const char *what)
{
	const char *state = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL) { /* none of the server: the connection is gone */
		say_pq(s, ERR_IO, "The connection to PostgreSQL was lost",
		       s->conn == NULL ? "" : PQerrorMessage(s->conn));
		pgs_disconnect(s);
		return ERR_IO;
	}
	pgs_say(s, ERR_IO, "PostgreSQL says to %s: %.150s (%s)", what, text == NULL ? "" : text, state);
	return fault_of_state(s, state);
}

enum err pgs_wait(struct pgs *s)
{
	int64_t until = os_mono_ns() + (int64_t)WAIT_MS * 1000000;

	while (PQisBusy(s->conn)) {
		int unsent = PQflush(s->conn);
		struct pollfd p = { .fd = PQsocket(s->conn),
			                .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0)) };
		int64_t left = (until - os_mono_ns()) / 1000000;

		if (unsent < 0 || left <= 0 || (poll(&p, 1, (int)left) < 0))
			return pgs_fault(s, NULL, "");
		/* Reads even where only sending was possible: the server that cannot send does not
		 * read. */
		if (PQconsumeInput(s->conn) == 0)
			return pgs_fault(s, NULL, "");
	}
	return OK;
}

enum err pgs_simple(struct pgs *s, const char *sql, PGresult **out)
{
	must(s->queued_count == 0);
	if (!pgs_alive(s) || PQexitPipelineMode(s->conn) == 0 || PQsendQuery(s->conn, sql) == 0)
		return pgs_fault(s, NULL, "");
	PGresult *last = NULL, *next;
	enum err fault = OK;
	for (;;) {
		fault = pgs_wait(s);
		if (fault != OK || (next = PQgetResult(s->conn)) == NULL)
			break;
		if (last == NULL || PQresultStatus(last) != PGRES_FATAL_ERROR) {
			PQclear(last);
			last = next;
		} else {
			PQclear(next);
		}
	}
	if (fault == OK && (last == NULL || PQresultStatus(last) == PGRES_FATAL_ERROR))
		fault = pgs_fault(s, last, "a statement of the driver");
	if (fault == OK && PQenterPipelineMode(s->conn) == 0)
		fault = pgs_fault(s, NULL, "");
	if (fault != OK && s->conn != NULL)
		PQenterPipelineMode(s->conn);
	if (fault == OK && out != NULL)
		*out = last;
	else
		PQclear(last);
	return fault;
}

/* Sessions that nobody uses any more end by themselves before the lease is over, and with
 * them the locks that they hold. */
static enum err configure(struct pgs *s)
{
	char sql[700];

	snprintf(sql, sizeof sql,
	         "set search_path = %s, pg_catalog; set synchronous_commit = %s; "
	         "set lock_timeout = '%ds'; set statement_timeout = '%ds'; "
	         "set idle_in_transaction_session_timeout = '%ds'; set tcp_keepalives_idle = 5; "
	         "set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; "
	         "set default_transaction_isolation = '%s'; set default_transaction_read_only = %s; "
	         "set client_min_messages = warning; set bytea_output = hex",
	         s->schema, s->base.reader ? "off" : "on", POSTGRES_LOCK_S,
	         s->base.reader ? POSTGRES_READ_S : POSTGRES_STATEMENT_S,
	         s->base.reader ? POSTGRES_READ_S : POSTGRES_IDLE_S,
	         s->base.reader ? "repeatable read" : "read committed", s->base.reader ? "on" : "off");
	return pgs_simple(s, sql, NULL);
}

enum err pgs_version_serves(struct pgs *s, int version)
{
	if (version >= OLDEST_SERVER)
		return OK;
	return pgs_say(s, ERR_NEWER, "The server is PostgreSQL %d; ringi needs 14 or newer.",
	               version / 10000);
}

/* What the server must be for the promises of the store. */
static enum err look_at_server(struct pgs *s)
{
	PGresult *r;

	TRY(pgs_version_serves(s, PQserverVersion(s->conn)));
	TRY(pgs_simple(s,
	               "select current_setting('server_encoding'), current_setting('fsync'), "
	               "current_setting('server_version'), pg_postmaster_start_time()::text",
	               &r));
	bool utf8 = strcmp(PQgetvalue(r, 0, 0), "UTF8") == 0;
	bool synced = strcmp(PQgetvalue(r, 0, 1), "on") == 0;
	snprintf(s->server_began, sizeof s->server_began, "%s", PQgetvalue(r, 0, 3));
	snprintf(s->base.about, sizeof s->base.about, "PostgreSQL %.60s, %s", PQgetvalue(r, 0, 2),
	         s->shown + strlen("PostgreSQL "));
	PQclear(r);
	if (!utf8)
		return pgs_say(s, ERR_LIMIT, "The database's encoding is not UTF8; make one that has it.");
	if (!synced && !s->base.reader)
		return pgs_say(s, ERR_LIMIT,
		               "The server runs with fsync=off: what it has committed may be lost. Turn it "
		               "on.");
	return OK;
}

/* A promoted standby begins a new timeline. It may lack what was committed last (where it was
 * not synchronous), and our memory may be ahead of its rows: the next start reads them anew. */
static enum err same_timeline(struct pgs *s)
{
	PGresult *r;

	if (s->base.reader)
		return OK;
	TRY(pgs_simple(s, "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)", &r));
	bool same = s->timeline[0] == '\0' || strcmp(s->timeline, PQgetvalue(r, 0, 0)) == 0;
	if (s->timeline[0] == '\0')
		snprintf(s->timeline, sizeof s->timeline, "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	if (same)
		return OK;
	s->base.must_stop = true;
	return pgs_say(
		s, ERR_IO,
		"A standby of PostgreSQL was promoted meanwhile; ringi begins anew from its rows.");
}

enum err pgs_dial(struct pgs *s)
{
	const char *const names[] = { "dbname",
		                          "fallback_application_name",
		                          "client_encoding",
		                          "connect_timeout",
		                          "keepalives_idle",
		                          "keepalives_interval",
		                          "keepalives_count",
		                          "tcp_user_timeout",
		                          "target_session_attrs",
		                          NULL };
	const char *const values[] = { s->url,
		                           s->base.reader ? "ringi reader" : "ringi engine",
		                           "UTF8",
		                           "5",
		                           "5",
		                           "2",
		                           "3",
		                           "10000",
		                           s->base.reader ? "any" : "read-write",
		                           NULL };

	pgs_disconnect(s);
	s->conn = PQconnectdbParams(names, values, 1);
	if (!pgs_alive(s))
		return say_pq(s, ERR_IO, "No connection to PostgreSQL",
		              s->conn == NULL ? "out of memory" : PQerrorMessage(s->conn));
	if (PQsetnonblocking(s->conn, 1) != 0 || PQenterPipelineMode(s->conn) == 0)
		return pgs_fault(s, NULL, "");
	return OK;
}

enum err pgs_connect(struct pgs *s)
{
	TRY(pgs_dial(s));
	TRY(pgs_session_look(s)); /* before anything is set in it */
	TRY(configure(s));
	TRY(look_at_server(s));
	TRY(same_timeline(s));
	bool ours;
	return s->held ? pgs_lease_mark(s, &ours) : OK;
}

enum err pgs_return(struct pgs *s)
{
	int64_t limit = s->base.reader ? POSTGRES_READER_RETURN_MS : POSTGRES_RETURN_MS;
	int64_t until = os_mono_ns() + limit * 1000000;
	int pause = PAUSE_FIRST_MS;

	if (pgs_alive(s))
		return OK;
	for (;;) {
		enum err fault = pgs_connect(s);
		if (fault == OK)
			return OK;
		pgs_disconnect(s);
		if (os_mono_ns() >= until || s->base.must_stop)
			return fault;
		poll(NULL, 0, pause);
		pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
	}
}
