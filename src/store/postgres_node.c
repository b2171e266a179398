/* postgres_node.c - the servers of one schema: table node, and who has which name.
 *
 *   N1  A name belongs to the session that has the advisory lock on it. So it is free as soon
 *       as its owner's process has ended, and taken as long as that one lives.
 *   N2  All ages are told by the database's clock; a node's own is only compared with it.
 *   N3  The table is a hint for people and for who passes requests on. It may be late. */
#include "store/nodes.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "os/os.h"
#include "store/postgres.h"

enum { NAME_LOOK_MS = 50 };

struct node_link {
	struct pgs *pgs;
	struct node_self self;
	int64_t lag_ms; /* of the last beat */
	int64_t epoch;  /* as last seen */
	bool named;     /* this session has the lock on the name */
};

_Static_assert(NODE_GONE_MS == 60 * 1000, "the statement below says it");
_Static_assert(POSTGRES_LEASE_S == 4, "and this one");

static const char *const beat_it =
	"with gone as (delete from node where name <> $1 and "
	"heartbeat < clock_timestamp() - interval '60 s') "
	"insert into node (name, address, version, role, epoch, lag_ms, started, heartbeat) "
	"values ($1, $2, $3, $4, $5::text::bigint, $6::text::bigint, clock_timestamp(), "
	"clock_timestamp()) on conflict (name) do update set address = excluded.address, "
	"version = excluded.version, role = excluded.role, epoch = excluded.epoch, "
	"lag_ms = excluded.lag_ms, heartbeat = excluded.heartbeat";
static const char *const look_at_nodes =
	"select name, address, version, role, epoch, lag_ms, "
	"(extract(epoch from started) * 1000)::bigint, "
	"(extract(epoch from clock_timestamp() - heartbeat) * 1000)::bigint "
	"from node order by name limit 33";
_Static_assert(NODES_MAX == 32, "one more than that");
static const char *const look_at_lease =
	"select node, epoch, holder is not null and expires_at > clock_timestamp(), "
	"coalesce((extract(epoch from expires_at - clock_timestamp()) * 1000)::bigint, 0) "
	"from lease where partition_id = 0";
static const char *const look_at_rest =
	"select (extract(epoch from clock_timestamp()) * 1000)::bigint, "
	"coalesce((select key_print from node_key where id = 0), '')";

static enum err ask(struct pgs *s, const char *sql, int count, const char *const *texts,
                    PGresult **out)
{
	TRY(pgs_queue_text(s, sql, count, texts));
	return pgs_finish(s, out);
}

/* ---- what is asked */

static int64_t cell(const PGresult *r, int row, int column)
{
	int64_t n = 0;

	must(str_i64(str_of(PQgetvalue(r, row, column)), INT64_MIN, INT64_MAX, &n));
	return n;
}

static void copy(char *to, size_t size, const PGresult *r, int row, int column)
{
	snprintf(to, size, "%s", PQgetvalue(r, row, column));
}

static void read_node(struct node_info *n, const PGresult *r, int row)
{
	copy(n->name, sizeof n->name, r, row, 0);
	copy(n->address, sizeof n->address, r, row, 1);
	copy(n->version, sizeof n->version, r, row, 2);
	n->owner = strcmp(PQgetvalue(r, row, 3), "owner") == 0;
	n->epoch = cell(r, row, 4);
	n->lag_ms = cell(r, row, 5);
	n->started_ms = cell(r, row, 6);
	n->heartbeat_age_ms = cell(r, row, 7);
	n->live = n->heartbeat_age_ms <= NODE_LATE_MS;
}

static enum err read_nodes(struct pgs *s, struct nodes *all)
{
	PGresult *r;

	TRY(ask(s, look_at_nodes, 0, NULL, &r));
	all->count = 0;
	for (int row = 0; row < PQntuples(r) && all->count < NODES_MAX; row++)
		read_node(&all->node[all->count++], r, row);
	PQclear(r);
	return OK;
}

static enum err read_lease(struct pgs *s, struct nodes *all)
{
	PGresult *r;

	TRY(ask(s, look_at_lease, 0, NULL, &r));
	all->held = false;
	all->epoch = all->lease_age_ms = all->lease_left_ms = 0;
	all->holder[0] = '\0';
	if (PQntuples(r) == 1) {
		copy(all->holder, sizeof all->holder, r, 0, 0);
		all->epoch = cell(r, 0, 1);
		all->held = PQgetvalue(r, 0, 2)[0] == 't';
		all->lease_left_ms = cell(r, 0, 3);
		all->lease_age_ms = POSTGRES_LEASE_S * 1000 - all->lease_left_ms;
	}
	PQclear(r);
	return OK;
}

static enum err same_key(struct node_link *l, const char *theirs)
{
	if (theirs[0] == '\0' || strcmp(theirs, l->self.key_print) == 0)
		return OK;
	return pgs_say(l->pgs, ERR_LIMIT,
	               "The master key is not the one that the other nodes of the schema %s have. "
	               "Copy theirs, and name it with --master-key-file.",
	               l->pgs->schema);
}

/* Also the clock: the middle of the round trip is when the database looked at its own. */
static enum err read_rest(struct node_link *l, struct nodes *all)
{
	int64_t began = os_mono_ns(), wall = os_wall_ms();
	PGresult *r;

	TRY(ask(l->pgs, look_at_rest, 0, NULL, &r));
	int64_t took = (os_mono_ns() - began) / 1000000, skew = wall + took / 2 - cell(r, 0, 0);
	/* What the round trip may explain is no difference. */
	all->skew_ms = llabs(skew) <= took / 2 ? 0 : skew > 0 ? skew - took / 2 : skew + took / 2;
	enum err fault = same_key(l, PQgetvalue(r, 0, 1));
	PQclear(r);
	return fault;
}

/* ---- the name (N1) */

static enum err try_name(struct node_link *l, bool *ours)
{
	char bound[160];
	const char *texts[] = { bound };
	PGresult *r;

	snprintf(bound, sizeof bound, "ringi node %s %s", l->pgs->schema, l->self.name);
	TRY(ask(l->pgs, "select pg_try_advisory_lock(hashtextextended($1, 0))", 1, texts, &r));
	*ours = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	return OK;
}

/* The session of a process that has just ended ends a moment later. */
static enum err take_name(struct node_link *l, int64_t wait_ms)
{
	int64_t until = os_mono_ns() + wait_ms * 1000000;

	for (l->named = false;;) {
		TRY(try_name(l, &l->named));
		if (l->named)
			return OK;
		if (os_mono_ns() >= until)
			return pgs_say(l->pgs, ERR_BUSY,
			               "A live node of the schema %s has the name %s already. Give each node "
			               "its own: --node NAME.",
			               l->pgs->schema, l->self.name);
		poll(NULL, 0, NAME_LOOK_MS);
	}
}

/* ---- opening */

static enum err connect_it(struct node_link *l, int64_t wait_ms)
{
	char sql[256];

	l->named = false;           /* that was another session */
	l->pgs->timeline[0] = '\0'; /* a node remembers no rows: a promoted standby is as good */
	TRY(pgs_connect(l->pgs));
	snprintf(sql, sizeof sql,
	         "set application_name = 'ringi node'; set synchronous_commit = off; "
	         "set statement_timeout = '%ds'; listen \"ringi node %s\"",
	         POSTGRES_READ_S, l->pgs->schema);
	TRY(pgs_simple(l->pgs, sql, NULL));
	return take_name(l, wait_ms);
}

static enum err beat(struct node_link *l, bool owner, struct nodes *all)
{
	char epoch[24], lag[24];
	const char *texts[] = {
		l->self.name, l->self.address, l->self.version, owner ? "owner" : "standby", epoch, lag,
	};
	int64_t began = os_mono_ns();

	snprintf(epoch, sizeof epoch, "%lld", (long long)l->epoch);
	snprintf(lag, sizeof lag, "%lld", (long long)l->lag_ms);
	TRY(ask(l->pgs, beat_it, 6, texts, NULL));
	l->lag_ms = (os_mono_ns() - began) / 1000000;
	TRY(read_nodes(l->pgs, all));
	TRY(read_lease(l->pgs, all));
	l->epoch = all->epoch;
	return OK;
}

/* Whether we may be one of them, before a row says that we are. */
static enum err admitted(struct node_link *l, struct nodes *all)
{
	TRY(read_rest(l, all));
	if (llabs(all->skew_ms) > NODE_SKEW_MAX_MS)
		return pgs_say(l->pgs, ERR_LIMIT,
		               "The clock of this machine and the database's differ by %lld ms; %d are "
		               "allowed. Set them by NTP.",
		               (long long)llabs(all->skew_ms), NODE_SKEW_MAX_MS);
	TRY(read_nodes(l->pgs, all));
	int others = 0;
	for (int i = 0; i < all->count; i++)
		others += all->node[i].live && strcmp(all->node[i].name, l->self.name) != 0;
	if (others < NODES_MAX)
		return OK;
	return pgs_say(l->pgs, ERR_LIMIT, "The schema %s has %d nodes already, which is the limit.",
	               l->pgs->schema, NODES_MAX);
}

static enum err open_it(struct node_link *l)
{
	const char *texts[] = { l->self.name };
	struct nodes *all = mem_get(sizeof *all);

	enum err fault = pgs_place_read(l->pgs, l->self.place);
	if (fault == OK)
		fault = pgs_connect(l->pgs);
	if (fault == OK)
		fault = pgs_make(l->pgs);
	if (fault == OK)
		fault = connect_it(l, NODE_NAME_WAIT_MS);
	if (fault == OK)
		fault = admitted(l, all);
	if (fault == OK) /* of the process that had the name before us */
		fault = ask(l->pgs, "delete from node where name = $1", 1, texts, NULL);
	if (fault == OK)
		fault = beat(l, false, all);
	if (fault == OK)
		node_link_tell(l);
	mem_free(all);
	return fault;
}

enum err node_link_open(struct node_link **out, const struct node_self *self, char detail[256])
{
	struct node_link *l = mem_get(sizeof *l);

	l->self = *self;
	l->pgs = mem_get(sizeof *l->pgs);
	enum err fault = open_it(l);
	if (fault == OK) {
		*out = l;
		return OK;
	}
	snprintf(detail, 256, "%s", l->pgs->base.detail);
	node_link_close(l);
	return fault;
}

/* ---- living */

enum err node_link_beat(struct node_link *l, bool owner, struct nodes *all)
{
	if (!pgs_alive(l->pgs) || !l->named)
		TRY(connect_it(l, 0));
	TRY(read_rest(l, all));
	return beat(l, owner, all);
}

enum err node_link_put_key(struct node_link *l)
{
	const char *texts[] = { l->self.key_print };

	if (!pgs_alive(l->pgs))
		TRY(connect_it(l, 0));
	return ask(l->pgs,
	           "insert into node_key (id, key_print) values (0, $1) "
	           "on conflict (id) do update set key_print = excluded.key_print",
	           1, texts, NULL);
}

void node_link_tell(struct node_link *l)
{
	char sql[128];

	snprintf(sql, sizeof sql, "notify \"ringi node %s\"", l->pgs->schema);
	if (pgs_alive(l->pgs) && ask(l->pgs, sql, 0, NULL, NULL) != OK)
		return; /* they look by themselves, a second later */
}

static bool told(struct node_link *l)
{
	PGnotify *n;
	bool some = false;

	if (!pgs_alive(l->pgs) || PQconsumeInput(l->pgs->conn) == 0)
		return false;
	while ((n = PQnotifies(l->pgs->conn)) != NULL) {
		some = some || n->be_pid != l->pgs->backend;
		PQfreemem(n);
	}
	return some;
}

void node_link_wait(struct node_link *l, int wake, int64_t ms)
{
	int64_t until = os_mono_ns() + ms * 1000000, left = ms;

	while (left > 0 && !told(l)) {
		bool alive = pgs_alive(l->pgs);
		struct pollfd p[] = { { .fd = wake, .events = POLLIN },
			                  { .fd = alive ? PQsocket(l->pgs->conn) : -1, .events = POLLIN } };
		int n = poll(p, 2, (int)left);
		if (n < 0 || (p[0].revents & POLLIN) != 0 || (p[1].revents & (POLLHUP | POLLERR)) != 0)
			return;
		left = (until - os_mono_ns()) / 1000000;
	}
}

const char *node_link_detail(const struct node_link *l)
{
	return l->pgs->base.detail;
}

struct node_link *node_link_close(struct node_link *l)
{
	const char *texts[] = { l == NULL ? NULL : l->self.name };

	if (l == NULL)
		return NULL;
	if (l->named && pgs_alive(l->pgs) &&
	    ask(l->pgs, "delete from node where name = $1", 1, texts, NULL) == OK)
		node_link_tell(l);
	pgs_disconnect(l->pgs);
	mem_free(l->pgs->queued);
	mem_free(l->pgs->url);
	mem_free(l->pgs);
	return mem_free(l);
}
