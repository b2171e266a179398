/* postgres_run.c - statements in libpq's pipeline.
 *
 *   P1  A statement that gives no rows and is not counted, inside a transaction, is only
 *       queued. Its fault comes with the next statement that waits, the commit at the latest.
 *   P2  Whoever waits takes all answers up to the mark behind the last statement, also after a
 *       fault: then nothing is under way any more, and a callback may run other statements.
 *   P3  A statement is prepared when it is first used on a connection; its parameters have the
 *       types that the server found.
 *   P4  Rows that are gathered (postgres_gather.c) go before anything that comes after them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/postgres.h"

enum { NAME_ROOM = 64 }; /* PostgreSQL's own bound, with the zero byte */

static const char *name_of(int stmt)
{
	return stmt == PG_OWN ? "a statement of the driver" : statements[stmt].name;
}

static void note(struct pgs *s, int stmt)
{
	if (s->queued_count == s->queued_room) {
		s->queued_room = s->queued_room == 0 ? 256 : s->queued_room * 2;
		s->queued = mem_resize(s->queued, (size_t)s->queued_room * sizeof *s->queued);
	}
	s->queued[s->queued_count++] = stmt;
}

/* The answer of one statement: a result, then an empty one. */
static enum err take_one(struct pgs *s, PGresult **out)
{
	PGresult *end;

	TRY(pgs_wait(s));
	*out = PQgetResult(s->conn);
	if (*out == NULL)
		return pgs_fault(s, NULL, "");
	if (PQresultStatus(*out) == PGRES_PIPELINE_SYNC)
		return OK;
	enum err fault = pgs_wait(s);
	if (fault == OK && (end = PQgetResult(s->conn)) != NULL) {
		PQclear(end);
		fault = pgs_fault(s, NULL, "");
	}
	if (fault != OK) {
		PQclear(*out);
		*out = NULL;
	}
	return fault;
}

static bool good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static enum err cut(struct pgs *s, PGresult *r)
{
	enum err fault = pgs_fault(s, PQresultStatus(r) == PGRES_PIPELINE_SYNC ? NULL : r,
	                           "the connection");

	PQclear(r);
	pgs_disconnect(s);
	return fault == OK ? ERR_IO : fault;
}

enum err pgs_finish(struct pgs *s, PGresult **out)
{
	PGresult *last = NULL, *bad = NULL, *r;
	int bad_stmt = PG_OWN;

	TRY(pgs_gathered(s)); /* P4 */
	int count = s->queued_count;
	if (!pgs_alive(s) || PQpipelineSync(s->conn) == 0)
		return pgs_fault(s, NULL, "");
	for (int i = 0; i <= count; i++) { /* P2 */
		enum err fault = take_one(s, &r);
		if (fault != OK) {
			PQclear(last);
			PQclear(bad);
			return fault;
		}
		if ((i == count) != (PQresultStatus(r) == PGRES_PIPELINE_SYNC)) {
			/* The server's last word, which belongs to no statement. */
			fault = cut(s, r);
			PQclear(last);
			PQclear(bad);
			return fault;
		}
		if (i < count && !good(r) && bad == NULL) {
			bad = r;
			bad_stmt = s->queued[i];
		} else if (i == count - 1) {
			last = r;
		} else {
			PQclear(r);
		}
	}
	s->queued_count = 0;
	enum err fault = bad == NULL ? OK : pgs_fault(s, bad, name_of(bad_stmt));
	PQclear(bad);
	if (fault == OK && out != NULL)
		*out = last;
	else
		PQclear(last);
	return fault;
}

/* P3. What is queued is waited for first: a round trip, once for each statement. */
static enum err prepare(struct pgs *s, enum stmt stmt)
{
	struct pgs_prepared *p = &s->prepared[stmt];
	const struct statement *text = &statements[stmt];
	PGresult *r;

	if (!pgs_alive(s) || PQsendPrepare(s->conn, text->name, text->postgres, 0, NULL) == 0)
		return pgs_fault(s, NULL, "");
	note(s, (int)stmt);
	if (PQsendDescribePrepared(s->conn, text->name) == 0)
		return pgs_fault(s, NULL, "");
	note(s, (int)stmt);
	TRY(pgs_finish(s, &r));
	p->params = PQnparams(r);
	enum err fault = OK;
	for (int i = 0; i < p->params && i < STORE_PARAMS_MAX; i++) {
		p->types[i] = PQparamtype(r, i);
		if (!pgs_type_known(p->types[i]))
			fault = pgs_say(s, ERR_IO, "Parameter %d of %s has a type that it may not have (%u).",
			                i + 1, text->name, p->types[i]);
	}
	PQclear(r);
	must(p->params <= STORE_PARAMS_MAX);
	p->done = fault == OK;
	return fault;
}

/* The text for many rows takes arrays of the types of the text for one. */
static enum err prepare_many(struct pgs *s, enum stmt stmt, const char *name)
{
	struct pgs_prepared *p = &s->prepared[stmt];
	Oid types[STORE_PARAMS_MAX];

	for (int i = 0; i < p->params; i++)
		types[i] = pgs_array_of(p->types[i]);
	if (!pgs_alive(s) ||
	    PQsendPrepare(s->conn, name, statements[stmt].postgres_many, p->params, types) == 0)
		return pgs_fault(s, NULL, "");
	note(s, (int)stmt);
	p->many = true;
	return OK;
}

enum err pgs_send(struct pgs *s, enum stmt stmt, bool many, const struct pgs_params *params)
{
	char name[NAME_ROOM];

	snprintf(name, sizeof name, "%s%s", many ? "many_" : "", statements[stmt].name);
	if (many && !s->prepared[stmt].many)
		TRY(prepare_many(s, stmt, name));
	if (!pgs_alive(s) || PQsendQueryPrepared(s->conn, name, s->prepared[stmt].params, params->at,
	                                         params->lengths, params->formats, 1) == 0)
		return pgs_fault(s, NULL, "");
	note(s, (int)stmt);
	return OK;
}

enum err pgs_queue(struct pgs *s, enum stmt stmt, const struct value *values, int count)
{
	const struct pgs_prepared *p = &s->prepared[stmt];
	bool gathers = statements[stmt].postgres_many != NULL && s->base.in_transaction;
	struct pgs_params params;

	if (!gathers || !p->done)
		TRY(pgs_gathered(s)); /* P4 */
	if (!p->done)
		TRY(prepare(s, stmt));
	must(p->params <= count);
	for (int i = 0; i < p->params; i++) {
		const char *why = pgs_encode(&params, i, &values[i], p->types[i]);
		if (why != NULL)
			return pgs_say(s, ERR_LIMIT, "Parameter %d of %s is %s.", i + 1, statements[stmt].name,
			               why);
	}
	return gathers ? pgs_gather(s, stmt, &params) : pgs_send(s, stmt, false, &params);
}

enum err pgs_queue_text(struct pgs *s, const char *sql, int count, const char *const *texts)
{
	TRY(pgs_gathered(s)); /* P4 */
	if (!pgs_alive(s) || PQsendQueryParams(s->conn, sql, count, NULL, texts, NULL, NULL, 0) == 0)
		return pgs_fault(s, NULL, "");
	note(s, PG_OWN);
	return OK;
}

static enum err give_rows(struct pgs *s, enum stmt stmt, const PGresult *r, row_fn *row,
                          void *context)
{
	struct value columns[STORE_COLUMNS_MAX];
	int count = PQnfields(r), rows = PQntuples(r);

	must(count <= STORE_COLUMNS_MAX);
	for (int i = 0; i < rows; i++) {
		for (int c = 0; c < count; c++)
			if (!pgs_decode(r, i, c, &columns[c]))
				return pgs_say(s, ERR_CORRUPT,
				               "Column %d of %s has a type (%u) or a value that "
				               "it may not have.",
				               c + 1, statements[stmt].name, PQftype(r, c));
		TRY(row(context, columns, count));
	}
	return OK;
}

static int64_t rows_changed(const PGresult *r)
{
	const char *text = PQcmdTuples((PGresult *)(uintptr_t)r);
	int64_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

static enum err ask(struct pgs *s, enum stmt stmt, const struct value *values, int count,
                    PGresult **out)
{
	if (!s->base.in_transaction)
		TRY(pgs_return(s));
	TRY(pgs_queue(s, stmt, values, count));
	return pgs_finish(s, out);
}

enum err pgs_run(struct store *base, enum stmt stmt, const struct value *values, int count,
                 row_fn *row, void *context)
{
	struct pgs *s = pgs_self(base);
	PGresult *r = NULL;

	if (base->in_transaction && row == NULL && !statements[stmt].counted)
		return pgs_queue(s, stmt, values, count); /* P1 */
	enum err fault = ask(s, stmt, values, count, &r);
	/* A connection that was cut while nobody looked; what gives rows may be asked again. */
	if (fault != OK && !pgs_alive(s) && !base->in_transaction && row != NULL)
		fault = ask(s, stmt, values, count, &r);
	TRY(fault);
	s->changes = rows_changed(r);
	if (row != NULL)
		fault = give_rows(s, stmt, r, row, context);
	PQclear(r);
	return fault;
}

enum err pgs_run_many(struct store *base, enum stmt stmt, const struct value *values, int per_row,
                      int rows)
{
	struct pgs *s = pgs_self(base);

	if (!base->in_transaction)
		TRY(pgs_return(s));
	for (int i = 0; i < rows; i++)
		TRY(pgs_queue(s, stmt, values + (size_t)i * (size_t)per_row, per_row));
	return base->in_transaction || rows == 0 ? OK : pgs_finish(s, NULL);
}
