/* postgres_gather.c - many rows by one statement.
 *
 * A statement marked `-- gathers` in store/sql/ inserts one row of plain values. Inside a
 * transaction its rows are kept here, column by column, in the form of PostgreSQL's arrays, and
 * sent as one statement (`insert ... select from unnest`): a row then costs the server about
 * half, and the connection nearly nothing.
 *
 *   G1  Rows are kept only until anything else is sent, or waited for: what a later statement
 *       reads or changes is there. Rows of different gathering statements do not depend on
 *       each other, so their order does not matter; rows of one keep theirs.
 *   G2  A fault of a kept row comes with a later statement, the commit at the latest (P1).
 *   G3  What is kept is bounded by POSTGRES_GATHER_ROWS and POSTGRES_GATHER_BYTES. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/postgres.h"

/* array_send: dimensions, whether there are nulls, type, then length and first index of the one
 * dimension; each element has its length before it, -1 for null. */
enum { ARRAY_HEAD = 20, LENGTH = 4 };

static void put_i32(char *at, int32_t n)
{
	uint32_t big = htobe32((uint32_t)n);

	memcpy(at, &big, sizeof big);
}

static bool add(struct buf *b, const struct pgs_params *params, int i)
{
	bool null = params->at[i] == NULL;
	size_t len = null ? 0 : (size_t)params->lengths[i];

	if (b->len == 0) {
		if (buf_room(b, ARRAY_HEAD) == NULL)
			return false;
		b->len = ARRAY_HEAD;
	}
	char *at = buf_room(b, LENGTH + len);
	if (at == NULL)
		return false;
	put_i32(at, null ? -1 : params->lengths[i]);
	if (len > 0)
		memcpy(at + LENGTH, params->at[i], len);
	b->len += LENGTH + len;
	return true;
}

static struct pgs_kept *kept_of(struct pgs *s, enum stmt stmt)
{
	for (int i = 0; i < s->kept_count; i++)
		if (s->kept[i].stmt == stmt)
			return &s->kept[i];
	must(s->kept_count < POSTGRES_GATHER_STATEMENTS);
	struct pgs_kept *k = &s->kept[s->kept_count++];
	k->stmt = stmt;
	k->rows = 0;
	for (int i = 0; i < statements[stmt].params; i++) {
		buf_clear(&k->columns[i]);
		k->nulls[i] = false;
	}
	return k;
}

enum err pgs_gather(struct pgs *s, enum stmt stmt, const struct pgs_params *params)
{
	must(s->base.in_transaction && statements[stmt].postgres_many != NULL);
	if (s->kept_rows >= POSTGRES_GATHER_ROWS || s->kept_bytes >= POSTGRES_GATHER_BYTES)
		TRY(pgs_gathered(s)); /* G3 */
	struct pgs_kept *k = kept_of(s, stmt);
	for (int i = 0; i < statements[stmt].params; i++) {
		size_t before = k->columns[i].len;

		if (!add(&k->columns[i], params, i))
			return pgs_say(s, ERR_LIMIT, "There is no memory for the rows of %s.",
			               statements[stmt].name);
		k->nulls[i] |= params->at[i] == NULL;
		s->kept_bytes += k->columns[i].len - before;
	}
	k->rows++;
	s->kept_rows++;
	return OK;
}

void pgs_gather_drop(struct pgs *s)
{
	s->kept_count = s->kept_rows = 0;
	s->kept_bytes = 0;
}

void pgs_gather_free(struct pgs *s)
{
	for (int i = 0; i < POSTGRES_GATHER_STATEMENTS; i++)
		for (int c = 0; c < STORE_PARAMS_MAX; c++)
			buf_free(&s->kept[i].columns[c]);
}

/* The same as a single row would be sent. */
static void one_row(const struct pgs_kept *k, int count, struct pgs_params *to)
{
	for (int i = 0; i < count; i++) {
		const char *at = k->columns[i].at + ARRAY_HEAD;
		bool null = k->nulls[i];

		to->at[i] = null ? NULL : at + LENGTH;
		to->lengths[i] = null ? 0 : (int)(k->columns[i].len - ARRAY_HEAD - LENGTH);
		to->formats[i] = 1;
	}
}

static void all_rows(struct pgs *s, struct pgs_kept *k, int count, struct pgs_params *to)
{
	for (int i = 0; i < count; i++) {
		char *at = k->columns[i].at;

		put_i32(at, 1);
		put_i32(at + 4, k->nulls[i]);
		put_i32(at + 8, (int32_t)s->prepared[k->stmt].types[i]);
		put_i32(at + 12, k->rows);
		put_i32(at + 16, 1);
		to->at[i] = at;
		to->lengths[i] = (int)k->columns[i].len;
		to->formats[i] = 1;
	}
}

static enum err send_kept(struct pgs *s, struct pgs_kept *k)
{
	struct pgs_params params;
	int count = statements[k->stmt].params;

	must(k->rows > 0 && count == s->prepared[k->stmt].params);
	if (k->rows == 1) {
		one_row(k, count, &params);
		return pgs_send(s, k->stmt, false, &params);
	}
	all_rows(s, k, count, &params);
	return pgs_send(s, k->stmt, true, &params);
}

enum err pgs_gathered(struct pgs *s)
{
	enum err fault = OK;
	int count = s->kept_count;

	for (int i = 0; i < count && fault == OK; i++)
		fault = send_kept(s, &s->kept[i]);
	pgs_gather_drop(s);
	return fault;
}
