/* postgres_table.c - whole tables of PostgreSQL: what there are, all rows of one, rows added to
 * one by COPY in its binary form (the page "COPY" of PostgreSQL's manual, "Binary Format").
 *
 * Neither COPY nor rows one by one go with a pipeline or a connection that does not wait; so
 * these functions leave both and come back to both before they return to who does. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/postgres.h"

enum { COPY_PIECE = 256 * 1024 };

static enum err waiting(struct pgs *s)
{
	must(s->queued_count == 0 && s->kept_rows == 0);
	if (!pgs_alive(s) || PQexitPipelineMode(s->conn) == 0 || PQsetnonblocking(s->conn, 0) != 0)
		return pgs_fault(s, NULL, "");
	return OK;
}

/* Back to the pipeline; the fault that there was already is the one that counts. */
static enum err pipelined(struct pgs *s, enum err before)
{
	if (!pgs_alive(s))
		return before == OK ? ERR_IO : before;
	if (PQsetnonblocking(s->conn, 1) == 0 && PQenterPipelineMode(s->conn) == 1)
		return before;
	return before == OK ? pgs_fault(s, NULL, "") : before;
}

/* All results of what was sent; the first fault counts. */
static enum err results(struct pgs *s, const char *what)
{
	enum err fault = OK;
	PGresult *r;

	while (pgs_alive(s) && (r = PQgetResult(s->conn)) != NULL) {
		if (fault == OK && PQresultStatus(r) == PGRES_FATAL_ERROR)
			fault = pgs_fault(s, r, what);
		PQclear(r);
	}
	return fault == OK && !pgs_alive(s) ? pgs_fault(s, NULL, what) : fault;
}

static enum err give_row(struct pgs *s, const struct store_table *t, const PGresult *r, row_fn *row,
                         void *context)
{
	struct value values[STORE_COLUMNS_MAX];

	must(PQntuples(r) == 1 && PQnfields(r) == t->columns);
	for (int c = 0; c < t->columns; c++)
		if (!pgs_decode(r, 0, c, &values[c]))
			return pgs_say(s, ERR_CORRUPT, "Table %s, column %s: a type that it may not have.",
			               t->name, t->column[c]);
	return row(context, values, t->columns);
}

static enum err read_rows(struct pgs *s, const struct store_table *t, const char *sql, row_fn *row,
                          void *context)
{
	enum err fault = OK;
	PGresult *r;

	if (PQsendQueryParams(s->conn, sql, 0, NULL, NULL, NULL, NULL, 1) == 0 ||
	    PQsetSingleRowMode(s->conn) == 0)
		return pgs_fault(s, NULL, "");
	while (fault == OK && (r = PQgetResult(s->conn)) != NULL) {
		ExecStatusType status = PQresultStatus(r);

		if (status == PGRES_SINGLE_TUPLE)
			fault = give_row(s, t, r, row, context);
		else if (status != PGRES_TUPLES_OK)
			fault = pgs_fault(s, r, "reading a table");
		PQclear(r);
	}
	if (fault != OK) /* nobody reads the rest of it */
		pgs_disconnect(s);
	return fault;
}

enum err pgs_table_read(struct store *base, const struct store_table *t, row_fn *row, void *context)
{
	struct pgs *s = pgs_self(base);
	struct buf sql = { 0 };

	must(base->in_transaction && s->copied == NULL);
	buf_add_text(&sql, "select ");
	store_table_columns(&sql, t);
	buf_printf(&sql, " from \"%s\"", t->name);
	buf_add_byte(&sql, '\0');
	enum err fault = sql.failed ? ERR_LIMIT : waiting(s);
	if (fault == OK)
		fault = pipelined(s, read_rows(s, t, sql.at, row, context));
	buf_free(&sql);
	return fault;
}

/* ---- what there are */

static enum err kind_of(struct pgs *s, const char *type, enum value_kind *kind)
{
	*kind = strcmp(type, "bigint") == 0  ? VALUE_INT
	        : strcmp(type, "bytea") == 0 ? VALUE_BLOB
	                                     : VALUE_TEXT;
	return *kind != VALUE_TEXT || strcmp(type, "text") == 0
	           ? OK
	           : pgs_say(s, ERR_CORRUPT, "A column has the type %.60s, which none may have.", type);
}

static enum err take_columns(struct pgs *s, const PGresult *r, struct store_table *to, int max,
                             int *count)
{
	*count = 0;
	for (int i = 0; i < PQntuples(r); i++) {
		const char *name = PQgetvalue(r, i, 0);
		struct store_table *t = *count == 0 ? NULL : &to[*count - 1];

		if (t == NULL || strcmp(t->name, name) != 0) {
			must(*count < max);
			t = &to[(*count)++];
			t->columns = 0;
			snprintf(t->name, sizeof t->name, "%s", name);
		}
		must(t->columns < STORE_COLUMNS_MAX);
		snprintf(t->column[t->columns], sizeof t->column[0], "%s", PQgetvalue(r, i, 1));
		TRY(kind_of(s, PQgetvalue(r, i, 2), &t->kinds[t->columns++]));
	}
	return OK;
}

/* A table takes as long as it takes: from here on, in this transaction, nothing is cut short. */
enum err pgs_tables(struct store *base, struct store_table *to, int max, int *count)
{
	struct pgs *s = pgs_self(base);
	PGresult *r;

	must(base->in_transaction);
	TRY(pgs_simple(s,
	               "set local statement_timeout = 0; "
	               "set local idle_in_transaction_session_timeout = 0",
	               NULL));
	TRY(pgs_simple(s,
	               "select relname, attname, format_type(atttypid, atttypmod) from pg_class c "
	               "join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped "
	               "where relkind = 'r' and relname not in (" PGS_OWN_TABLES ") and "
	               "relnamespace = (select oid from pg_namespace where nspname = current_schema()) "
	               "order by relname collate \"C\", attnum",
	               &r));
	enum err fault = take_columns(s, r, to, max, count);
	PQclear(r);
	return fault;
}

/* ---- rows added */

static void add_two(struct buf *b, int n)
{
	uint16_t wire = htobe16((uint16_t)n);

	buf_add(b, (struct str){ (const char *)&wire, sizeof wire });
}

static void add_four(struct buf *b, int32_t n)
{
	uint32_t wire = htobe32((uint32_t)n);

	buf_add(b, (struct str){ (const char *)&wire, sizeof wire });
}

static enum err send_piece(struct pgs *s)
{
	if (s->copy.failed)
		return pgs_say(s, ERR_LIMIT, "There is not enough memory for a row of table %s.",
		               s->copied->name);
	if (!pgs_alive(s) || PQputCopyData(s->conn, s->copy.at, (int)s->copy.len) != 1)
		return pgs_fault(s, NULL, "");
	buf_clear(&s->copy);
	return OK;
}

enum err pgs_table_write(struct store *base, const struct store_table *t)
{
	static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* and the literal's own zero */
	struct pgs *s = pgs_self(base);
	struct buf sql = { 0 };

	_Static_assert(sizeof head == 19, "signature 11, flags 4, extension 4");
	must(base->in_transaction && s->copied == NULL);
	TRY(waiting(s));
	buf_printf(&sql, "copy \"%s\" (", t->name);
	store_table_columns(&sql, t);
	buf_add_text(&sql, ") from stdin (format binary)");
	buf_add_byte(&sql, '\0');
	PGresult *r = sql.failed ? NULL : PQexec(s->conn, sql.at);
	buf_free(&sql);
	enum err fault = PQresultStatus(r) == PGRES_COPY_IN ? OK : pgs_fault(s, r, "a copy");
	PQclear(r);
	if (fault != OK)
		return pipelined(s, fault);
	s->copied = t;
	buf_clear(&s->copy);
	buf_add(&s->copy, (struct str){ head, sizeof head });
	return OK;
}

enum err pgs_table_row(struct store *base, const struct value *values, int count)
{
	struct pgs *s = pgs_self(base);
	struct pgs_params p;

	must(s->copied != NULL && count == s->copied->columns);
	add_two(&s->copy, count);
	for (int i = 0; i < count; i++) {
		const char *why = pgs_encode(&p, i, &values[i], pgs_type_of(s->copied->kinds[i]));
		if (why != NULL)
			return pgs_say(s, ERR_LIMIT, "Table %s, column %s has %s.", s->copied->name,
			               s->copied->column[i], why);
		add_four(&s->copy, p.at[i] == NULL ? -1 : p.lengths[i]);
		if (p.at[i] != NULL)
			buf_add(&s->copy, (struct str){ p.at[i], (size_t)p.lengths[i] });
	}
	return s->copy.len < COPY_PIECE && !s->copy.failed ? OK : send_piece(s);
}

/* Numbers that the database gives out go on behind those that were copied. */
static enum err numbers_go_on(struct pgs *s, const struct store_table *t)
{
	char sql[4 * STORE_NAME_MAX + 200];

	if (t->kinds[0] != VALUE_INT || strcmp(t->column[0], "id") != 0)
		return OK;
	snprintf(sql, sizeof sql,
	         "select setval(s::regclass, (select max(id) from \"%s\")) "
	         "from pg_get_serial_sequence('\"%s\"', 'id') s where s is not null",
	         t->name, t->name);
	return pgs_simple(s, sql, NULL);
}

enum err pgs_table_end(struct store *base)
{
	struct pgs *s = pgs_self(base);
	const struct store_table *t = s->copied;
	char what[100];

	must(t != NULL);
	add_two(&s->copy, -1);
	enum err fault = send_piece(s);
	snprintf(what, sizeof what, "the rows of table %s", t->name);
	s->copied = NULL;
	if (fault == OK && PQputCopyEnd(s->conn, NULL) != 1)
		fault = pgs_fault(s, NULL, "");
	if (fault == OK)
		fault = results(s, what);
	fault = pipelined(s, fault);
	return fault == OK ? numbers_go_on(s, t) : fault;
}
