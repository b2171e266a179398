/* postgres.c - the store contract on PostgreSQL 14 or newer, by libpq.
 *
 *   Q1  What a commit says is true: when its answer is lost with the connection, the server
 *       is asked what became of the transaction. Only where it cannot tell must the
 *       process end and start anew from the rows (store_must_stop).
 *   Q2  A transaction never goes on over another connection: its fault is ERR_IO, and the
 *       rollback, or the next begin or read, comes back first.
 *   Q3  A commit is on the disk: synchronous_commit is on in the session, fsync on the server. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "os/os.h"
#include "store/postgres.h"

enum { OUTCOME_LOOKS = 50, OUTCOME_PAUSE_MS = 100 };

static enum err postgres_open(struct store **out, const char *place, bool reader)
{
	struct pgs *s = mem_get(sizeof *s);

	*out = &s->base;
	s->base.reader = reader;
	TRY(pgs_place_read(s, place));
	return pgs_connect(s);
}

static void postgres_close(struct store *base)
{
	struct pgs *s = pgs_self(base);

	if (base->in_transaction && pgs_alive(s))
		pgs_disconnect(s); /* the server rolls back */
	pgs_lease_release(s);
	pgs_disconnect(s);
	pgs_gather_free(s);
	buf_free(&s->copy);
	mem_free(s->queued);
	mem_free(s->url);
	mem_free(s);
}

static void postgres_rollback(struct store *base)
{
	struct pgs *s = pgs_self(base);

	pgs_gather_drop(s);
	/* What is queued may fail, and would take the rollback with it: it is waited for first. */
	if (pgs_alive(s) && s->queued_count > 0 && pgs_finish(s, NULL) != OK && !pgs_alive(s))
		return;
	if (pgs_alive(s) && (pgs_queue_text(s, "rollback", 0, NULL) != OK || pgs_finish(s, NULL) != OK))
		pgs_disconnect(s);
}

static enum err begin_once(struct pgs *s, int64_t epoch)
{
	TRY(pgs_return(s));
	if (!s->base.reader)
		return pgs_lease_prove(s, epoch);
	TRY(pgs_queue_text(s, "begin", 0, NULL));
	return pgs_finish(s, NULL);
}

static enum err postgres_begin(struct store *base, int64_t epoch)
{
	struct pgs *s = pgs_self(base);
	char detail[256];

	must(s->queued_count == 0 && s->kept_rows == 0);
	enum err fault = begin_once(s, epoch);
	if (fault != OK && !pgs_alive(s)) /* it was cut while nobody looked: nothing was begun */
		fault = begin_once(s, epoch);
	if (fault == OK)
		return OK;
	memcpy(detail, base->detail, sizeof detail);
	postgres_rollback(base);
	memcpy(base->detail, detail, sizeof detail);
	return fault;
}

/* One look at what became of the transaction: 'c'ommitted, 'a'borted, 'i'n progress, or '?'. */
static char outcome(struct pgs *s, const char *began)
{
	char id[24];
	const char *const texts[] = { id };
	PGresult *r;

	snprintf(id, sizeof id, "%lld", (long long)s->transaction);
	if (pgs_return(s) != OK)
		return '?';
	/* After a crash an id of which nothing reached the disk is given out again: "committed"
	 * may then be somebody else's. */
	bool anew = strcmp(began, s->server_began) != 0;
	if (pgs_queue_text(s, "select pg_xact_status($1::text::xid8)", 1, texts) != OK ||
	    pgs_finish(s, &r) != OK)
		return pgs_alive(s) ? 'a' : 'i'; /* of the future: the server has lost it */
	char said = PQntuples(r) == 1 && !PQgetisnull(r, 0, 0) ? PQgetvalue(r, 0, 0)[0] : '?';
	PQclear(r);
	return said == 'c' && anew ? '?' : said;
}

/* Q1 */
static enum err resolve(struct pgs *s)
{
	char began[sizeof s->server_began], old[16], said = 'i';
	const char *const texts[] = { old };

	memcpy(began, s->server_began, sizeof began);
	snprintf(old, sizeof old, "%d", s->backend);
	for (int i = 0; i < OUTCOME_LOOKS && said == 'i'; i++) {
		if (i > 0)
			poll(NULL, 0, OUTCOME_PAUSE_MS);
		said = outcome(s, began);
		if (said == 'i' && pgs_alive(s) && /* nobody listens to that session any more */
		    (pgs_queue_text(s, "select pg_terminate_backend($1::text::int)", 1, texts) != OK ||
		     pgs_finish(s, NULL) != OK))
			continue;
	}
	if (said == 'c')
		return OK;
	if (said == 'a')
		return pgs_say(s, ERR_IO, "The connection was lost before the commit; nothing was stored.");
	s->base.must_stop = true;
	return pgs_say(s, ERR_IO,
	               "The connection was lost in a commit, and what became of it cannot "
	               "be told.");
}

static enum err postgres_commit(struct store *base)
{
	struct pgs *s = pgs_self(base);
	int64_t began = os_mono_ns();
	PGresult *r = NULL;

	enum err fault = pgs_queue_text(s, "commit", 0, NULL);
	if (fault == OK)
		fault = pgs_finish(s, &r);
	/* The server answers a commit of what has failed with a rollback. */
	must(fault != OK || base->reader || strcmp(PQcmdStatus(r), "COMMIT") == 0);
	PQclear(r);
	if (fault != OK && !pgs_alive(s) && !base->reader)
		fault = resolve(s);
	s->stats.commits++;
	s->stats.commit_ns += os_mono_ns() - began;
	if (fault == OK && s->beat_now)
		s->beat_ns = began;
	return fault;
}

static int64_t postgres_changes(struct store *base)
{
	return pgs_self(base)->changes;
}

/* A server that is away for a moment is no reason to end: the next begin waits for it. */
static enum err postgres_idle(struct store *base, bool busy)
{
	struct pgs *s = pgs_self(base);

	(void)busy;
	if (!s->held)
		return OK;
	enum err fault = pgs_lease_beat(s);
	return fault == ERR_LOST ? fault : OK;
}

static enum err postgres_backup(struct store *base, const char *to_file)
{
	struct pgs *s = pgs_self(base);

	(void)to_file;
	return pgs_say(s, ERR_LIMIT,
	               "A database of PostgreSQL is backed up by its own tools: pg_dump --schema=%s "
	               "--format=custom --file=ringi.dump DATABASE",
	               s->schema);
}

static struct store_stats postgres_stats(struct store *base)
{
	return pgs_self(base)->stats;
}

const struct store_driver store_postgres = {
	.name = "postgres",
	.open = postgres_open,
	.close = postgres_close,
	.migrate = pgs_migrate,
	.begin = postgres_begin,
	.run = pgs_run,
	.run_many = pgs_run_many,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.lease = pgs_lease_take,
	.backup = postgres_backup,
	.idle = postgres_idle,
	.idle_every_ms = POSTGRES_BEAT_MS,
	.changes = postgres_changes,
	.stats = postgres_stats,
	.tables = pgs_tables,
	.table_read = pgs_table_read,
	.table_write = pgs_table_write,
	.table_row = pgs_table_row,
	.table_end = pgs_table_end,
};
