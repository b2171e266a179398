/* move.c - see move.h for what is promised. */
#include "store/move.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "store/driver.h"

enum { DIGEST_SIZE = 32, WORDS = DIGEST_SIZE / 8 };

/* What a table holds, in whatever order its rows come: how many, and the sum of their digests. */
struct totals {
	int64_t rows;
	uint64_t sum[WORDS];
};

struct place {
	struct store *store;
	int tables;
	struct store_table *table; /* STORE_TABLES_MAX of them */
};

struct moving {
	struct place from, to;
	struct totals *totals; /* of each table of `from` */
	EVP_MD_CTX *digest;
	struct store_move *result;
};

/* One table on its way, or only looked at (to == NULL). */
struct passing {
	struct moving *moving;
	const struct store_table *table;
	struct store *to;
	struct totals totals;
};

static enum err say(struct store_move *result, enum err fault, const char *sentence)
{
	snprintf(result->detail, sizeof result->detail, "%s", sentence);
	return fault;
}

/* ---- one row */

/* The values as their columns are declared: SQLite keeps bytes in a column of texts, if that is
 * what it was given; a number among texts would be a fault of ours. */
static enum err as_declared(const struct passing *p, struct value *values, int count)
{
	must(count == p->table->columns);
	for (int i = 0; i < count; i++) {
		enum value_kind kind = p->table->kinds[i];

		if (values[i].kind == VALUE_NULL || values[i].kind == kind)
			continue;
		if (values[i].kind == VALUE_INT || kind == VALUE_INT) {
			snprintf(p->moving->result->detail, sizeof p->moving->result->detail,
			         "Table %s, column %s: a value is not of the column's type. Look with `ringi "
			         "check`.",
			         p->table->name, p->table->column[i]);
			return ERR_CORRUPT;
		}
		values[i].kind = kind;
	}
	return OK;
}

static void add_to_digest(EVP_MD_CTX *digest, const void *at, size_t size)
{
	must(EVP_DigestUpdate(digest, at, size) == 1);
}

static void add_row(struct passing *p, const struct value *values, int count)
{
	EVP_MD_CTX *digest = p->moving->digest;
	uint64_t words[WORDS];

	must(EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1);
	for (int i = 0; i < count; i++) {
		uint64_t head[2] = { values[i].kind, values[i].bytes.len };
		bool number = values[i].kind == VALUE_INT;

		if (number)
			head[1] = (uint64_t)values[i].number;
		add_to_digest(digest, head, sizeof head);
		if (!number && values[i].bytes.len > 0)
			add_to_digest(digest, values[i].bytes.at, values[i].bytes.len);
	}
	must(EVP_DigestFinal_ex(digest, (unsigned char *)words, NULL) == 1);
	for (int i = 0; i < WORDS; i++)
		p->totals.sum[i] += words[i];
	p->totals.rows++;
}

static enum err pass(void *context, const struct value *columns, int count)
{
	struct passing *p = context;
	struct value values[STORE_COLUMNS_MAX];

	memcpy(values, columns, (size_t)count * sizeof *values);
	TRY(as_declared(p, values, count));
	add_row(p, values, count);
	return p->to == NULL ? OK : p->to->driver->table_row(p->to, values, count);
}

/* ---- one table */

static enum err look(struct moving *m, struct place *place, const struct store_table *t,
                     struct totals *out)
{
	struct passing p = { m, t, NULL, { 0 } };
	enum err fault = place->store->driver->table_read(place->store, t, pass, &p);

	*out = p.totals;
	return fault;
}

static enum err copy(struct moving *m, const struct store_table *t, struct totals *out)
{
	struct store *from = m->from.store, *to = m->to.store;
	struct passing p = { m, t, to, { 0 } };

	TRY(to->driver->table_write(to, t));
	TRY(from->driver->table_read(from, t, pass, &p));
	TRY(to->driver->table_end(to));
	*out = p.totals;
	return OK;
}

static enum err some_row(void *context, const struct value *columns, int count)
{
	(void)columns;
	(void)count;
	*(bool *)context = true;
	return ERR_BUSY; /* one is enough */
}

/* V2 */
static enum err must_be_empty(struct moving *m)
{
	char sentence[256];
	bool some = false;

	for (int i = 0; i < m->to.tables && !some; i++) {
		struct store *to = m->to.store;
		enum err fault = to->driver->table_read(to, &m->to.table[i], some_row, &some);

		snprintf(sentence, sizeof sentence,
		         "There are rows already in the place to move to (table %s); only an empty one is "
		         "filled.",
		         m->to.table[i].name);
		if (fault != OK && !some)
			return fault;
	}
	return some ? say(m->result, ERR_LIMIT, sentence) : OK;
}

/* Both were opened by this program, so their schemas are of one version. */
static const struct store_table *same_table(const struct place *to, const struct store_table *t)
{
	for (int i = 0; i < to->tables; i++) {
		const struct store_table *other = &to->table[i];
		bool same = strcmp(other->name, t->name) == 0 && other->columns == t->columns;

		for (int c = 0; same && c < t->columns; c++)
			same = strcmp(other->column[c], t->column[c]) == 0 && other->kinds[c] == t->kinds[c];
		if (same)
			return other;
	}
	return NULL;
}

static enum err must_be_alike(struct moving *m)
{
	bool alike = m->from.tables == m->to.tables;

	for (int i = 0; i < m->from.tables && alike; i++)
		alike = same_table(&m->to, &m->from.table[i]) != NULL;
	return alike ? OK
	             : say(m->result, ERR_CORRUPT,
	                   "The two places do not have the same tables. Look with "
	                   "`ringi check`.");
}

/* ---- all tables */

static enum err copy_all(struct moving *m, void (*told)(void *, const char *, int64_t),
                         void *context)
{
	for (int i = 0; i < m->from.tables; i++) {
		const struct store_table *t = &m->from.table[i];

		TRY(copy(m, t, &m->totals[i]));
		m->result->tables++;
		m->result->rows += m->totals[i].rows;
		told(context, t->name, m->totals[i].rows);
	}
	return OK;
}

/* V1 */
static enum err compare_all(struct moving *m)
{
	for (int i = 0; i < m->from.tables; i++) {
		const struct store_table *t = &m->from.table[i];
		struct totals there;

		TRY(look(m, &m->to, same_table(&m->to, t), &there));
		if (memcmp(&there, &m->totals[i], sizeof there) == 0)
			continue;
		snprintf(
			m->result->detail, sizeof m->result->detail,
			"Table %s: %lld rows were read and %lld written, or they are not the same. Nothing "
			"was moved.",
			t->name, (long long)m->totals[i].rows, (long long)there.rows);
		return ERR_CORRUPT;
	}
	return OK;
}

static enum err tables_of(struct place *p)
{
	return p->store->driver->tables(p->store, p->table, STORE_TABLES_MAX, &p->tables);
}

static enum err fill(struct moving *m, void (*told)(void *, const char *, int64_t), void *context)
{
	TRY(tables_of(&m->from));
	TRY(tables_of(&m->to));
	TRY(must_be_alike(m));
	TRY(must_be_empty(m));
	TRY(copy_all(m, told, context));
	TRY(compare_all(m));
	return store_commit(m->to.store);
}

/* ---- the mark (V3) */

static const char mark[] = "moved_to";

static enum err take_text(void *context, const struct value *columns, int count)
{
	must(count == 1);
	snprintf(context, 200, "%.*s", (int)columns[0].bytes.len, columns[0].bytes.at);
	return OK;
}

enum err store_not_moved(struct store *s, char detail[256])
{
	char to[200] = "";

	TRY(store_run(s, STMT_META_GET, VALUES(value_text(str_of(mark))), take_text, to));
	if (to[0] == '\0')
		return OK;
	snprintf(detail, 256,
	         "These data were moved to %.150s. Serve that; to serve this older state again: `ringi "
	         "migrate --reopen PLACE`.",
	         to);
	return ERR_LOST;
}

static enum err leave(struct moving *m, const char *to)
{
	struct store *from = m->from.store;

	TRY(store_run(from, STMT_META_PUT, VALUES(value_text(str_of(mark)), value_text(str_of(to))),
	              NULL, NULL));
	return store_commit(from);
}

/* All rows are there, so it is done; but now two places could serve them. */
static void left_unmarked(struct moving *m)
{
	snprintf(
		m->result->detail, sizeof m->result->detail,
		"All rows are in the new place; but the old one could not be marked as left (%.120s). Do "
		"not serve it.",
		store_detail(m->from.store));
}

/* ---- */

static enum err enter(struct place *p, const char *place, char detail[256])
{
	int64_t epoch;

	p->table = mem_get(STORE_TABLES_MAX * sizeof *p->table);
	TRY(store_open(&p->store, place, detail));
	enum err fault = store_lease(p->store, "ringi migrate", &epoch);
	if (fault == OK)
		fault = store_begin(p->store, epoch);
	if (fault != OK)
		snprintf(detail, 256, "%s", store_detail(p->store));
	return fault;
}

/* Whatever was not committed is as it was. */
static void let_go(struct place *p)
{
	if (p->store != NULL && p->store->in_transaction)
		store_rollback(p->store);
	store_close(p->store);
	mem_free(p->table);
}

static enum err enter_both(struct moving *m, const char *from, const char *to)
{
	TRY(enter(&m->from, from, m->result->detail));
	TRY(store_not_moved(m->from.store, m->result->detail));
	return enter(&m->to, to, m->result->detail);
}

/* The sentence of the place that failed, unless we have said one ourselves. */
static void explain(struct moving *m)
{
	const struct place *places[] = { &m->to, &m->from };

	for (int i = 0; i < 2 && m->result->detail[0] == '\0'; i++)
		if (places[i]->store != NULL)
			snprintf(m->result->detail, sizeof m->result->detail, "%s",
			         store_detail(places[i]->store));
}

enum err store_move(const char *from, const char *to, void (*told)(void *, const char *, int64_t),
                    void *context, struct store_move *result)
{
	struct moving m = { .result = result };

	memset(result, 0, sizeof *result);
	m.totals = mem_get(STORE_TABLES_MAX * sizeof *m.totals);
	m.digest = EVP_MD_CTX_new();
	must(m.digest != NULL);
	enum err fault = enter_both(&m, from, to);
	if (fault == OK)
		fault = fill(&m, told, context);
	bool filled = fault == OK;
	if (filled)
		fault = leave(&m, store_on_postgres(to) ? store_about(m.to.store) : to);
	if (fault != OK && filled)
		left_unmarked(&m);
	else if (fault != OK)
		explain(&m);
	let_go(&m.to);
	let_go(&m.from);
	EVP_MD_CTX_free(m.digest);
	mem_free(m.totals);
	return fault;
}

enum err store_reopen(const char *place, bool *marked, char detail[256])
{
	struct place p = { 0 };

	*marked = false;
	enum err fault = enter(&p, place, detail);
	if (fault == OK && store_not_moved(p.store, detail) == ERR_LOST) {
		*marked = true;
		fault = store_run(p.store, STMT_META_REMOVE, VALUES(value_text(str_of(mark))), NULL, NULL);
		if (fault == OK)
			fault = store_commit(p.store);
		if (fault != OK)
			snprintf(detail, 256, "%s", store_detail(p.store));
	}
	let_go(&p);
	return fault;
}
