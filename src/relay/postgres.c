/* postgres.c - an outbox table in PostgreSQL.
 *
 * The lock is an advisory lock of the session, keyed by the table's name: it needs no
 * rights and no rows, and the database itself lets go of it when the session ends. That
 * is also why a pooler that hands out a session for each transaction will not do; it is
 * noticed by the session's number changing. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "relay/pg_link.h"
#include "relay/sql.h"
#include "wire/hash.h"

struct postgres {
	struct outbox base;
	struct pg_link link;
	struct str table;  /* quoted, with its schema */
	char lock_key[24]; /* of the advisory lock */
	char session[16];  /* its process number */
};

static struct postgres *self(struct outbox *o)
{
	return (struct postgres *)(void *)o;
}

static struct outbox *postgres_open(const struct outbox_config *config)
{
	struct postgres *p = mem_get(sizeof *p);

	(void)config;
	p->link.o = &p->base;
	return &p->base;
}

static void postgres_close(struct outbox *o)
{
	must(self(o)->link.db == NULL);
}

static void postgres_disconnect(struct outbox *o)
{
	pg_disconnect(&self(o)->link);
}

/* ---- what table it is */

/* "app.outbox" -> "app"."outbox"; a name without a dot is looked for in the search path. */
static struct str given_table(struct outbox *o)
{
	struct str second = str_of(o->config->table);
	struct str first = str_cut(&second, '.');
	struct str quoted = sql_quoted(o->arena, first);

	if (!str_given(second))
		return quoted;
	struct str behind = sql_quoted(o->arena, second);
	return arena_printf(o->arena, "%.*s.%.*s", S_ARG(quoted), S_ARG(behind));
}

static void make_lock_key(struct postgres *p)
{
	struct str text = arena_printf(p->base.arena, "ringi relay %.*s", S_ARG(p->table));
	uint8_t digest[SHA256_SIZE];
	int64_t key;

	sha256(text, digest);
	memcpy(&key, digest, sizeof key);
	snprintf(p->lock_key, sizeof p->lock_key, "%lld", (long long)key);
}

static void name_it(struct postgres *p)
{
	const char *host = PQhost(p->link.db), *database = PQdb(p->link.db);

	snprintf(p->base.name, sizeof p->base.name, "%s in %s on %s", p->base.config->table,
	         database == NULL ? "?" : database, host == NULL || *host == '\0' ? "localhost" : host);
}

static enum err find_table(struct postgres *p)
{
	struct outbox *o = &p->base;
	const char *values[] = { given_table(o).at };
	PGresult *r;

	TRY(pg_run(&p->link, NULL,
	           "select n.nspname, c.relname, pg_backend_pid() from pg_catalog.pg_class c "
	           "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
	           "where c.oid = pg_catalog.to_regclass($1)",
	           1, values, &r));
	if (PQntuples(r) == 0) {
		PQclear(r);
		return outbox_fault(o, ERR_CORRUPT, "There is no table %s in the database %s.",
		                    o->config->table, PQdb(p->link.db));
	}
	struct str schema = sql_quoted(o->arena, str_of(PQgetvalue(r, 0, 0)));
	struct str table = sql_quoted(o->arena, str_of(PQgetvalue(r, 0, 1)));
	snprintf(p->session, sizeof p->session, "%s", PQgetvalue(r, 0, 2));
	PQclear(r);
	p->table = arena_printf(o->arena, "%.*s.%.*s", S_ARG(schema), S_ARG(table));
	make_lock_key(p);
	return OK;
}

static enum err note_column(struct outbox *o, const char *name, const char *type)
{
	for (int c = 0; c < OUTBOX_COLUMNS; c++) {
		if (strcmp(outbox_column(o, c), name) != 0)
			continue;
		if (strcmp(type, "bytea") == 0)
			return outbox_fault(o, ERR_CORRUPT, "The column %s of %s is bytea; messages are text.",
			                    name, o->config->table);
		o->has[c] = true;
	}
	return OK;
}

static enum err find_columns(struct postgres *p)
{
	const char *values[] = { p->table.at };
	enum err e = OK;
	PGresult *r;

	TRY(pg_run(&p->link, NULL,
	           "select a.attname, pg_catalog.format_type(a.atttypid, null) "
	           "from pg_catalog.pg_attribute a where a.attrelid = pg_catalog.to_regclass($1) "
	           "and a.attnum > 0 and not a.attisdropped",
	           1, values, &r));
	for (int i = 0; i < PQntuples(r) && e == OK; i++)
		e = note_column(&p->base, PQgetvalue(r, i, 0), PQgetvalue(r, i, 1));
	PQclear(r);
	return e == OK ? outbox_check_columns(&p->base) : e;
}

/* ---- connecting */

static enum err prepare_all(struct postgres *p)
{
	struct outbox *o = &p->base;
	struct pg_link *l = &p->link;

	TRY(pg_prepare(l, "fetch", sql_fetch(o, SQL_POSTGRES, p->table, false).at));
	TRY(pg_prepare(l, "fetch_after", sql_fetch(o, SQL_POSTGRES, p->table, true).at));
	TRY(pg_prepare(l, "count", sql_count(o, SQL_POSTGRES, p->table).at));
	if (o->config->look)
		return OK;
	TRY(pg_prepare(l, "settle", sql_settle(o, SQL_POSTGRES, p->table).at));
	TRY(pg_prepare(l, "set_aside", sql_set_aside(o, SQL_POSTGRES, p->table).at));
	/* Better now than after the messages have been sent. */
	TRY(pg_run(l, NULL, sql_try_settle(o, SQL_POSTGRES, p->table).at, 0, NULL, NULL));
	const char *none[] = { NULL };
	return pg_run(l, NULL, sql_try_set_aside(o, SQL_POSTGRES, p->table).at, 1, none, NULL);
}

static enum err postgres_connect(struct outbox *o)
{
	struct postgres *p = self(o);

	TRY(pg_connect(&p->link, o->config->postgres));
	name_it(p);
	TRY(find_table(p));
	TRY(pg_limit(&p->link));
	TRY(find_columns(p));
	return prepare_all(p);
}

/* Only who reads listens: what nobody takes would pile up. */
static enum err listen_to(struct postgres *p)
{
	struct outbox *o = &p->base;

	if (o->config->channel == NULL)
		return OK;
	struct str channel = sql_quoted(o->arena, str_of(o->config->channel));
	return pg_execute(&p->link, arena_printf(o->arena, "listen %.*s", S_ARG(channel)).at);
}

static enum err postgres_lock(struct outbox *o)
{
	struct postgres *p = self(o);
	const char *values[] = { p->lock_key };
	PGresult *r;

	TRY(pg_run(&p->link, NULL, "select pg_try_advisory_lock($1::bigint)", 1, values, &r));
	bool got = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	if (got)
		return listen_to(p);
	return outbox_fault(o, ERR_BUSY, "Another relay works on the table %s.", o->config->table);
}

/* ---- rows */

static void take_row(struct arena *arena, const PGresult *r, int at, struct outbox_row *row)
{
	for (int f = 0; f < FIELDS; f++) {
		struct str value = { PQgetvalue(r, at, f), (size_t)PQgetlength(r, at, f) };
		if (!PQgetisnull(r, at, f))
			sql_take(row, f, arena_str(arena, value));
	}
}

static enum err check_session(struct postgres *p, const PGresult *r)
{
	if (PQntuples(r) == 0 || strcmp(PQgetvalue(r, 0, FIELD_SESSION), p->session) == 0)
		return OK;
	return outbox_fault(&p->base, ERR_CORRUPT,
	                    "The session changed under way: between here and the database there is a "
	                    "pooler. A relay needs a session of its own; give it the database's own "
	                    "address.");
}

static enum err postgres_fetch(struct outbox *o, struct arena *arena,
                               const struct outbox_held *held, const struct outbox_row *after,
                               struct outbox_row **rows, int *count)
{
	struct postgres *p = self(o);
	const char *values[] = { held->destinations.at, held->keys.at, held->ids.at,
		                     after == NULL ? NULL : after->id.at };
	PGresult *r;

	pg_forget_notifications(&p->link); /* they are from before this look */
	TRY(pg_run(&p->link, after == NULL ? "fetch" : "fetch_after", NULL, after == NULL ? 3 : 4,
	           values, &r));
	enum err e = check_session(p, r);
	*count = e == OK ? PQntuples(r) : 0;
	must(*count <= RELAY_ROWS);
	for (int i = 0; i < *count; i++)
		take_row(arena, r, i, &(*rows)[i]);
	PQclear(r);
	return e;
}

static enum err postgres_settle(struct outbox *o, const struct outbox_row *const *rows, int count)
{
	const char *values[BATCH_ENTRIES_MAX] = { NULL };

	for (int i = 0; i < count; i++)
		values[i] = rows[i]->id.at;
	return pg_run(&self(o)->link, "settle", NULL, BATCH_ENTRIES_MAX, values, NULL);
}

static enum err postgres_set_aside(struct outbox *o, const struct outbox_row *row, struct str error)
{
	const char *values[] = { error.at, row->id.at };

	return pg_run(&self(o)->link, "set_aside", NULL, 2, values, NULL);
}

static enum err postgres_count(struct outbox *o, int64_t *aside, int64_t *behind)
{
	PGresult *r;

	TRY(pg_run(&self(o)->link, "count", NULL, 0, NULL, &r));
	bool good = str_i64(str_of(PQgetvalue(r, 0, 0)), 0, INT64_MAX, aside) &&
	            str_i64(str_of(PQgetvalue(r, 0, 1)), 0, INT64_MAX, behind);
	must(good);
	PQclear(r);
	return OK;
}

static enum err postgres_wait(struct outbox *o, int ms)
{
	return pg_wait(&self(o)->link, ms);
}

const struct outbox_driver outbox_postgres = {
	.open = postgres_open,
	.close = postgres_close,
	.connect = postgres_connect,
	.disconnect = postgres_disconnect,
	.lock = postgres_lock,
	.fetch = postgres_fetch,
	.settle = postgres_settle,
	.set_aside = postgres_set_aside,
	.count = postgres_count,
	.wait = postgres_wait,
};
