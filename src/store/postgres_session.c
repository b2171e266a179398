/* postgres_session.c - whether a connection is a session of the server, and stays one.
 *
 *   H1  Settings, prepared statements, LISTEN and the advisory lock of the lease belong to a
 *       session. A pooler that gives each transaction or statement any session would leave them
 *       with strangers, and work half: it is refused before the first of them is set.
 *   H2  A server names its process when it is connected to. A pooler says a number of its own;
 *       only behind one is it tried out, by a second connection.
 *   H3  A pooler that was busy may look right at the start: each transaction of the engine asks
 *       once more (postgres_lease.c). */
#include <stdio.h>

#include "base/arena.h"
#include "store/postgres.h"

enum err pgs_session_shared(struct pgs *s)
{
	s->base.must_stop = !s->base.reader;
	return pgs_say(s, ERR_LIMIT,
	               "A connection pooler gives ringi no session of its own (it pools transactions "
	               "or statements). Let it pool sessions, in pgbouncer pool_mode = session, or "
	               "name the server itself.");
}

static enum err backend_of(struct pgs *s, int *backend)
{
	PGresult *r;

	TRY(pgs_simple(s, "select pg_backend_pid()", &r));
	*backend = (int)pgs_number(r, 0);
	PQclear(r);
	return OK;
}

/* Both ask in turns, one of them twice on end: an idle session is given to whoever asks, be it
 * the last or the first one of the pool. */
static enum err try_both(struct pgs *s, struct pgs *other)
{
	struct pgs *const turns[] = { other, s, s, other, s };
	int mine = s->backend, others = 0, now;

	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		bool first = i == 0;
		enum err fault = backend_of(turns[i], &now);
		if (fault != OK && turns[i] == other)
			return pgs_say(s, fault, "%s", other->base.detail);
		TRY(fault);
		if (first)
			others = now;
		if (mine == others || now != (turns[i] == s ? mine : others))
			return pgs_session_shared(s);
	}
	return OK;
}

enum err pgs_session_look(struct pgs *s)
{
	TRY(backend_of(s, &s->backend));
	if (s->backend == PQbackendPID(s->conn)) /* H2 */
		return OK;
	struct pgs *other = mem_get(sizeof *other);
	other->base.reader = s->base.reader;
	other->url = s->url;
	enum err fault = pgs_dial(other);
	if (fault != OK)
		pgs_say(s, fault, "%s", other->base.detail);
	else
		fault = try_both(s, other);
	pgs_disconnect(other);
	mem_free(other);
	return fault;
}
