/* postgres_lease.c - one server at a time: the row of table lease.
 *
 *   Z1  Who opens the store for writing holds the lease: no other does, until it is given
 *       back, or was not renewed for POSTGRES_LEASE_S by the database's clock. Who comes
 *       while the holder's session lives is refused at once; else waits for that.
 *   Z2  Each hold and each store_lease is a greater epoch.
 *   Z3  Each transaction proves its epoch by a lock on the row, in the round trip of its
 *       begin: while it goes on nobody can take the lease, and after somebody did it
 *       cannot begin. A server that is frozen inside a transaction loses its session
 *       (idle_in_transaction_session_timeout) before its lease is over. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "os/os.h"
#include "store/postgres.h"

enum { LOOK_MS = 50, STRANGE = -2 };

#define UNTIL "clock_timestamp() + interval '4 s'"
_Static_assert(POSTGRES_LEASE_S == 4, "UNTIL says it");

static const char *const take_it =
	"insert into lease (partition_id, node, epoch, holder, expires_at) "
	"values (0, '', 1, $1, " UNTIL ") on conflict (partition_id) do update "
	"set epoch = lease.epoch + 1, holder = excluded.holder, expires_at = excluded.expires_at "
	"where lease.holder is null or lease.expires_at < clock_timestamp() returning epoch";
static const char *const look_at_it =
	"select node, coalesce(expires_at::text, '') from lease where partition_id = 0";
static const char *const give_it_back =
	"update lease set holder = null, expires_at = null where partition_id = 0 and holder = $1";
static const char *const raise_it =
	"update lease set epoch = epoch + 1, node = $2, expires_at = " UNTIL
	" where partition_id = 0 and holder = $1 returning epoch";
static const char *const renew_it = "update lease set expires_at = " UNTIL
									" where partition_id = 0 and holder = $1 returning epoch, 0";
static const char *const renew_and_prove =
	"update lease set expires_at = " UNTIL
	" where partition_id = 0 and holder = $1 returning epoch, pg_current_xact_id(), "
	"pg_backend_pid()";
static const char *const prove = "select epoch, pg_current_xact_id(), pg_backend_pid() from lease "
								 "where partition_id = 0 and holder = $1 for share";

static bool due(const struct pgs *s)
{
	return os_mono_ns() - s->beat_ns >= POSTGRES_BEAT_MS * 1000000ll;
}

/* One of the texts above; whether it gave a row, and its first column. */
static enum err ask(struct pgs *s, const char *sql, const char *node, int64_t *number)
{
	const char *texts[] = { s->holder, node };
	PGresult *r;

	TRY(pgs_return(s));
	TRY(pgs_queue_text(s, sql, node == NULL ? 1 : 2, texts));
	TRY(pgs_finish(s, &r));
	*number = PQntuples(r) == 1 ? pgs_number(r, 0) : -1;
	PQclear(r);
	return OK;
}

static enum err lost(struct pgs *s)
{
	s->held = false;
	return pgs_say(s, ERR_LOST, "Another server has taken over the schema %s.", s->schema);
}

/* Who holds it, and when that would be over: it changes while somebody renews it. */
static enum err look(struct pgs *s, char node[80], char until[80])
{
	PGresult *r;

	TRY(pgs_queue_text(s, look_at_it, 0, NULL));
	TRY(pgs_finish(s, &r));
	snprintf(node, 80, "%.70s", PQntuples(r) == 1 ? PQgetvalue(r, 0, 0) : "");
	snprintf(until, 80, "%.70s", PQntuples(r) == 1 ? PQgetvalue(r, 0, 1) : "");
	PQclear(r);
	return OK;
}

/* A session of the one who holds it lives as long as that one's connection does. */
enum err pgs_lease_mark(struct pgs *s, bool *ours)
{
	char sql[160];
	PGresult *r;

	snprintf(sql, sizeof sql, "select pg_try_advisory_lock(hashtextextended('ringi lease %s', 0))",
	         s->schema);
	TRY(pgs_simple(s, sql, &r));
	*ours = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	return OK;
}

static void name_holder(struct pgs *s)
{
	uint8_t chance[16];

	os_random(chance, sizeof chance);
	for (size_t i = 0; i < sizeof chance; i++)
		snprintf(s->holder + 2 * i, 3, "%02x", chance[i]);
}

enum err pgs_lease_hold(struct pgs *s)
{
	int64_t give_up = os_mono_ns() + (POSTGRES_LEASE_S + 2) * 1000000000ll, epoch;
	char node[80], first[80] = "", until[80];

	bool ours;

	name_holder(s);
	TRY(pgs_lease_mark(s, &ours));
	for (;;) {
		TRY(ask(s, take_it, NULL, &epoch));
		if (epoch > 0)
			break;
		TRY(look(s, node, until));
		if (first[0] == '\0')
			memcpy(first, until, sizeof first);
		if (!ours || strcmp(first, until) != 0 || os_mono_ns() > give_up)
			return pgs_say(s, ERR_BUSY, "Another ringi (node \"%s\") is using the schema %s of %s.",
			               node, s->schema, s->shown);
		poll(NULL, 0, LOOK_MS);
	}
	s->held = true;
	s->beat_ns = os_mono_ns();
	return OK;
}

void pgs_lease_release(struct pgs *s)
{
	const char *texts[] = { s->holder };
	char tell[128];

	if (!s->held || !pgs_alive(s) || pgs_queue_text(s, give_it_back, 1, texts) != OK ||
	    pgs_finish(s, NULL) != OK)
		return; /* then it runs out */
	s->held = false;
	snprintf(tell, sizeof tell, "notify \"ringi node %s\"", s->schema);
	if (pgs_queue_text(s, tell, 0, NULL) != OK || pgs_finish(s, NULL) != OK)
		return; /* who waits looks by itself */
}

enum err pgs_lease_take(struct store *base, const char *node, int64_t *epoch)
{
	struct pgs *s = pgs_self(base);

	TRY(ask(s, raise_it, node, epoch));
	if (*epoch <= 0)
		return lost(s);
	s->beat_ns = os_mono_ns();
	return OK;
}

/* The statement's answer: the epoch in force while we hold the lease, the id of this transaction,
 * and the server's process that answers, which stays the same in a session that is ours. */
static enum err proof(struct pgs *s, int64_t epoch)
{
	const char *texts[] = { s->holder };
	PGresult *r;
	int64_t in_force = -1;

	s->beat_now = due(s);
	TRY(pgs_queue_text(s, "begin", 0, NULL));
	TRY(pgs_queue_text(s, s->beat_now ? renew_and_prove : prove, 1, texts));
	enum err fault = pgs_finish(s, &r);
	/* A strange session does not even know our schema. */
	if (fault == ERR_IO && pgs_alive(s) && s->backend != PQbackendPID(s->conn))
		return pgs_session_shared(s);
	TRY(fault);
	if (PQntuples(r) == 1) {
		in_force = pgs_number(r, 0);
		s->transaction = pgs_number(r, 1);
		if (pgs_number(r, 2) != s->backend)
			in_force = STRANGE;
	}
	PQclear(r);
	if (in_force == STRANGE)
		return pgs_session_shared(s); /* H3 */
	return in_force == epoch ? OK : lost(s);
}

enum err pgs_lease_prove(struct pgs *s, int64_t epoch)
{
	bool held = s->held;
	enum err fault = proof(s, epoch);

	if (fault == ERR_LOST)
		s->held = held; /* it may be ours still, with a greater epoch */
	return fault;
}

enum err pgs_lease_beat(struct pgs *s)
{
	int64_t epoch;

	if (!due(s))
		return OK;
	TRY(ask(s, renew_it, NULL, &epoch));
	if (epoch <= 0)
		return lost(s);
	s->beat_ns = os_mono_ns();
	return OK;
}
