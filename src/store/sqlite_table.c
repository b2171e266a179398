/* sqlite_table.c - whole tables of SQLite: what there are, all rows of one, rows added to one. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "store/sqlite.h"

static enum err text_too_long(struct sqlite_store *s)
{
	snprintf(s->base.detail, sizeof s->base.detail, "There is not enough memory for a statement.");
	return ERR_LIMIT;
}

static enum err ready(struct sqlite_store *s, const struct buf *sql, sqlite3_stmt **out)
{
	if (sql->failed)
		return text_too_long(s);
	return sqlite_fault(s, sqlite3_prepare_v2(s->db, sql->at, (int)sql->len, out, NULL));
}

static void name_to(char to[STORE_NAME_MAX + 1], struct str name)
{
	must(name.len > 0 && name.len <= STORE_NAME_MAX); /* migrations name nothing longer */
	memcpy(to, name.at, name.len);
	to[name.len] = '\0';
}

struct listing {
	struct store_table *to;
	int max, count;
};

/* One column: table, column, declared type. Those of a table follow each other. */
static enum err take_column(void *context, const struct value *columns, int count)
{
	struct listing *l = context;
	struct store_table *t = l->count == 0 ? NULL : &l->to[l->count - 1];

	must(count == 3);
	if (t == NULL || !str_eq(str_of(t->name), columns[0].bytes)) {
		must(l->count < l->max);
		t = &l->to[l->count++];
		t->columns = 0;
		name_to(t->name, columns[0].bytes);
	}
	must(t->columns < STORE_COLUMNS_MAX);
	name_to(t->column[t->columns], columns[1].bytes);
	t->kinds[t->columns++] = str_is(columns[2].bytes, "INTEGER") ? VALUE_INT
	                         : str_is(columns[2].bytes, "BLOB")  ? VALUE_BLOB
	                                                             : VALUE_TEXT;
	return OK;
}

static enum err each_row(struct sqlite_store *s, sqlite3_stmt *stmt, row_fn *row, void *context)
{
	enum err fault = OK;
	int rc = SQLITE_OK;

	while (fault == OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		fault = sqlite_give_row(stmt, row, context);
	if (fault == OK)
		fault = sqlite_fault(s, rc);
	sqlite3_finalize(stmt);
	return fault;
}

enum err sqlite_tables(struct store *base, struct store_table *to, int max, int *count)
{
	static const char sql[] =
		"select t.name, c.name, upper(c.type) from sqlite_schema t, pragma_table_info(t.name) c "
		"where t.type = 'table' and t.name not like 'sqlite%' and t.name <> 'lease' "
		"order by t.name, c.cid";
	struct sqlite_store *s = sqlite_self(base);
	struct listing l = { .to = to, .max = max };
	sqlite3_stmt *stmt;

	TRY(sqlite_fault(s, sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL)));
	TRY(each_row(s, stmt, take_column, &l));
	*count = l.count;
	return OK;
}

enum err sqlite_table_read(struct store *base, const struct store_table *t, row_fn *row,
                           void *context)
{
	struct sqlite_store *s = sqlite_self(base);
	struct buf sql = { 0 };
	sqlite3_stmt *stmt;

	buf_add_text(&sql, "select ");
	store_table_columns(&sql, t);
	buf_printf(&sql, " from \"%s\"", t->name);
	enum err fault = ready(s, &sql, &stmt);
	buf_free(&sql);
	return fault == OK ? each_row(s, stmt, row, context) : fault;
}

enum err sqlite_table_write(struct store *base, const struct store_table *t)
{
	struct sqlite_store *s = sqlite_self(base);
	struct buf sql = { 0 };

	must(s->adding == NULL && base->in_transaction);
	buf_printf(&sql, "insert into \"%s\" (", t->name);
	store_table_columns(&sql, t);
	buf_add_text(&sql, ") values (");
	for (int i = 0; i < t->columns; i++)
		buf_add_text(&sql, i == 0 ? "?" : ", ?");
	buf_add_byte(&sql, ')');
	enum err fault = ready(s, &sql, &s->adding);
	buf_free(&sql);
	return fault;
}

enum err sqlite_table_row(struct store *base, const struct value *values, int count)
{
	struct sqlite_store *s = sqlite_self(base);
	int rc = SQLITE_OK;

	must(s->adding != NULL && sqlite3_bind_parameter_count(s->adding) == count);
	for (int i = 0; i < count && rc == SQLITE_OK; i++)
		rc = sqlite_bind(s->adding, i + 1, &values[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s->adding);
	enum err fault = sqlite_fault(s, rc);
	sqlite3_reset(s->adding);
	return fault;
}

enum err sqlite_table_end(struct store *base)
{
	struct sqlite_store *s = sqlite_self(base);

	sqlite3_finalize(s->adding);
	s->adding = NULL;
	return OK;
}
