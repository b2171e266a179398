/* store.c - the contract's front: checks how it is used, counts calls, and lets
 * tests make the n-th one fail. Drivers stand behind it.
 *
 * S1  After a fault inside a transaction nothing but a rollback is possible.
 * S2  After a failed sync nothing at all is possible: store_must_stop.
 * S3  Only a statement marked `-- counts` is asked how many rows it changed: for the others a
 *     driver need not know when they return. */
#include "store/store.h"

#include <stdio.h>

#include "base/arena.h"
#include "store/driver.h"

enum err store_open_as(struct store **out, const struct store_driver *driver, const char *place,
                       bool reader, char detail[256])
{
	struct store *s = NULL;
	enum err fault = driver->open(&s, place, reader);

	must(s != NULL);
	must(s->reader == reader);
	s->driver = driver;
	if (fault == OK && !reader)
		fault = driver->migrate(s);
	if (fault != OK) {
		snprintf(detail, 256, "%s", s->detail);
		driver->close(s);
		return fault;
	}
	*out = s;
	return OK;
}

bool store_on_postgres(const char *place)
{
	return str_starts(str_of(place), S("postgres://")) ||
	       str_starts(str_of(place), S("postgresql://"));
}

static const struct store_driver *driver_for(const char *place)
{
	return store_on_postgres(place) ? &store_postgres : &store_sqlite;
}

enum err store_open(struct store **out, const char *place, char detail[256])
{
	return store_open_as(out, driver_for(place), place, false, detail);
}

enum err store_open_reader(struct store **out, const char *place, char detail[256])
{
	return store_open_as(out, driver_for(place), place, true, detail);
}

struct store *store_close(struct store *s)
{
	if (s != NULL)
		s->driver->close(s);
	return NULL;
}

/* True when it is this call's turn to fail. */
static bool injected(struct store *s)
{
	if (s->fail_in == 0 || --s->fail_in > 0)
		return false;
	s->fail_in = --s->fail_times > 0; /* the next one too? */
	s->failed = true;
	snprintf(s->detail, sizeof s->detail, "injected fault");
	return true;
}

/* Remembers a fault inside a transaction (S1). */
static enum err finished(struct store *s, enum err fault)
{
	if (fault != OK)
		s->broken = s->in_transaction;
	return fault;
}

enum err store_begin(struct store *s, int64_t epoch)
{
	must(!s->in_transaction);
	if (s->must_stop)
		return ERR_IO;
	if (injected(s))
		return s->fail_with;
	TRY(s->driver->begin(s, epoch));
	s->in_transaction = true;
	s->broken = false;
	return OK;
}

enum err store_run(struct store *s, enum stmt stmt, const struct value *values, int count,
                   row_fn *row, void *context)
{
	must(!s->broken); /* S1 */
	must((unsigned)stmt < STMT_COUNT && count == statements[stmt].params);
	if (s->must_stop)
		return finished(s, ERR_IO); /* S2 */
	if (injected(s))
		return finished(s, s->fail_with);
	s->counted = statements[stmt].counted;
	return finished(s, s->driver->run(s, stmt, values, count, row, context));
}

enum err store_run_many(struct store *s, enum stmt stmt, const struct value *values, int per_row,
                        int rows)
{
	must(!s->broken && rows >= 0); /* S1 */
	must((unsigned)stmt < STMT_COUNT && per_row == statements[stmt].params);
	if (s->must_stop)
		return finished(s, ERR_IO); /* S2 */
	if (injected(s))
		return finished(s, s->fail_with);
	s->counted = false;
	return finished(s, s->driver->run_many(s, stmt, values, per_row, rows));
}

enum err store_commit(struct store *s)
{
	must(s->in_transaction && !s->broken); /* S1 */
	must(!s->must_stop);                   /* S2: what made it so was a fault of this transaction */
	if (injected(s))
		return finished(s, s->fail_with);
	TRY(finished(s, s->driver->commit(s)));
	s->in_transaction = false;
	return OK;
}

void store_rollback(struct store *s)
{
	must(s->in_transaction);
	s->driver->rollback(s);
	s->in_transaction = false;
	s->broken = false;
}

int64_t store_changes(struct store *s)
{
	must(s->counted && !s->broken); /* S3 */
	return s->driver->changes(s);
}

enum err store_lease(struct store *s, const char *node, int64_t *epoch)
{
	must(!s->reader && !s->in_transaction);
	return s->driver->lease(s, node, epoch);
}

enum err store_idle(struct store *s, bool busy)
{
	must(!s->reader && !s->in_transaction);
	return s->must_stop ? ERR_IO : s->driver->idle(s, busy);
}

int64_t store_idle_every_ms(const struct store *s)
{
	return s->driver->idle_every_ms;
}

enum err store_backup(struct store *s, const char *to_file)
{
	must(!s->in_transaction);
	return s->driver->backup(s, to_file);
}

struct store_stats store_stats(struct store *s)
{
	return s->driver->stats(s);
}

const char *store_detail(struct store *s)
{
	return s->detail;
}

const char *store_about(const struct store *s)
{
	return s->about;
}

bool store_must_stop(struct store *s)
{
	return s->must_stop;
}

void store_fail_at(struct store *s, int64_t nth, enum err fault)
{
	store_fail_from(s, nth, 1, fault);
}

void store_fail_from(struct store *s, int64_t nth, int64_t times, enum err fault)
{
	must(nth >= 0 && times >= 0 && (nth == 0 || fault != OK));
	s->fail_in = nth;
	s->fail_times = times;
	s->fail_with = fault;
	s->failed = false;
}

bool store_failed(struct store *s)
{
	return s->failed;
}

void store_table_columns(struct buf *sql, const struct store_table *t)
{
	for (int i = 0; i < t->columns; i++)
		buf_printf(sql, "%s\"%s\"", i == 0 ? "" : ", ", t->column[i]);
}
