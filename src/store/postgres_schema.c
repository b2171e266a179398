/* postgres_schema.c - the schema: made when it is missing, migrated when it is older, refused
 * when it is newer or somebody else's.
 *
 * All missing migrations are one transaction under an advisory lock, so that two servers that
 * start at once do not make it twice, and a crash leaves it as it was (invariant 10). */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "migrations.h" /* generated */
#include "store/postgres.h"

static enum err number(struct pgs *s, const char *sql, int64_t *out)
{
	PGresult *r;

	TRY(pgs_simple(s, sql, &r));
	*out = PQntuples(r) == 1 ? pgs_number(r, 0) : 0;
	PQclear(r);
	return OK;
}

static enum err execute(struct pgs *s, const char *sql)
{
	return pgs_simple(s, sql, NULL);
}

/* Looked at before anything is made: a schema that may not be used is not current_schema(). */
static enum err look_at_rights(struct pgs *s, bool *there)
{
	char sql[400];
	PGresult *r;

	snprintf(
		sql, sizeof sql,
		"select n.oid is not null, case when n.oid is null "
		"then has_database_privilege(current_database(), 'create') "
		"else has_schema_privilege(n.oid, 'create') and has_schema_privilege(n.oid, 'usage') end, "
		"current_user, current_database() "
		"from (select 1) one left join pg_namespace n on n.nspname = '%s'",
		s->schema);
	TRY(pgs_simple(s, sql, &r));
	*there = *PQgetvalue(r, 0, 0) == 't';
	bool may = *PQgetvalue(r, 0, 1) == 't';
	if (!may && *there)
		pgs_say(s, ERR_LIMIT,
		        "The role %.63s may not make tables in the schema %s. As its owner: grant usage, "
		        "create on schema %s to that role.",
		        PQgetvalue(r, 0, 2), s->schema, s->schema);
	else if (!may)
		pgs_say(s, ERR_LIMIT,
		        "The role %.63s may not make a schema in the database %.63s. As its owner: create "
		        "schema %s authorization that role.",
		        PQgetvalue(r, 0, 2), PQgetvalue(r, 0, 3), s->schema);
	PQclear(r);
	return may ? OK : ERR_LIMIT;
}

static enum err make(struct pgs *s)
{
	char sql[256];
	int64_t tables, known;
	bool there;

	TRY(look_at_rights(s, &there));
	snprintf(sql, sizeof sql, "create schema \"%s\"", s->schema);
	if (!there)
		TRY(execute(s, sql));
	TRY(number(s,
	           "select count(*) from pg_class where relkind in ('r', 'p') and "
	           "relnamespace = (select oid from pg_namespace where nspname = current_schema())",
	           &tables));
	TRY(number(s,
	           "select count(*) from pg_class where relname = 'schema_version' and "
	           "relnamespace = (select oid from pg_namespace where nspname = current_schema())",
	           &known));
	if (tables > 0 && known == 0)
		return pgs_say(s, ERR_CORRUPT,
		               "The schema %s has tables that are not ringi's. Name another one: "
		               "?schema=NAME.",
		               s->schema);
	/* PGS_OWN_TABLES */
	return execute(
		s, "create table if not exists schema_version (version bigint primary key, "
		   "applied_at timestamptz not null default now()); "
		   "create table if not exists lease (partition_id bigint primary key, node text not null, "
		   "epoch bigint not null, holder text, expires_at timestamptz); "
		   "create table if not exists node (name text primary key, address text not null, "
		   "version text not null, role text not null, epoch bigint not null, "
		   "lag_ms bigint not null, started timestamptz not null, "
		   "heartbeat timestamptz not null) with (fillfactor = 50); "
		   "create table if not exists node_key (id bigint primary key, key_print text not null)");
}

static enum err version(struct pgs *s, int64_t *out)
{
	TRY(number(s, "select coalesce(max(version), 0) from schema_version", out));
	if (*out <= migrations_postgres_count)
		return OK;
	return pgs_say(s, ERR_NEWER,
	               "The schema %s was written by a newer ringi (schema %lld; this one knows %d). "
	               "Start that version, or restore a backup.",
	               s->schema, (long long)*out, migrations_postgres_count);
}

static enum err apply(struct pgs *s, int64_t from)
{
	char sql[80];

	for (int64_t v = from; v < migrations_postgres_count; v++) {
		TRY(execute(s, migrations_postgres[v]));
		snprintf(sql, sizeof sql, "insert into schema_version (version) values (%lld)",
		         (long long)v + 1);
		TRY(execute(s, sql));
	}
	return OK;
}

/* One transaction under the lock around `step`. */
static enum err locked(struct pgs *s, enum err (*step)(struct pgs *))
{
	char sql[160];

	snprintf(sql, sizeof sql, "begin; select pg_advisory_xact_lock(hashtext('ringi %s'))",
	         s->schema);
	TRY(execute(s, sql));
	enum err fault = step(s);
	if (fault == OK)
		return execute(s, "commit");
	char detail[256];
	memcpy(detail, s->base.detail, sizeof detail);
	if (pgs_alive(s) && execute(s, "rollback") != OK)
		pgs_disconnect(s);
	memcpy(s->base.detail, detail, sizeof detail);
	return fault;
}

static enum err make_and_look(struct pgs *s)
{
	int64_t v;

	TRY(make(s));
	return version(s, &v);
}

static enum err migrate_rest(struct pgs *s)
{
	int64_t from;

	TRY(version(s, &from));
	return from == migrations_postgres_count ? OK : apply(s, from);
}

enum err pgs_make(struct pgs *s)
{
	return locked(s, make_and_look);
}

/* The lease before the migration: nobody's tables are changed under them. */
enum err pgs_migrate(struct store *base)
{
	struct pgs *s = pgs_self(base);

	TRY(pgs_make(s));
	TRY(pgs_lease_hold(s));
	return locked(s, migrate_rest);
}
