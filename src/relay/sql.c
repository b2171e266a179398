/* sql.c - puts statements together from quoted names.
 *
 * The texts differ by table, so they cannot lie in .sql files; what a person looking at
 * a slow query finds in the database's log reads like the sketch in docs/manual/relay.md. */
#include "relay/sql.h"

#include "base/buf.h"
#include "base/limits.h"

enum { TEXT_MAX = 2048 }; /* of short columns; what is longer is refused as too long anyway */

struct str sql_quoted(struct arena *arena, struct str name)
{
	struct buf b = { 0 };

	buf_add_byte(&b, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '"')
			buf_add_byte(&b, '"');
		buf_add_byte(&b, name.at[i]);
	}
	buf_add_byte(&b, '"');
	struct str quoted = arena_str(arena, buf_str(&b));
	buf_free(&b);
	return quoted;
}

/* ---- a statement under construction */

struct sql {
	struct buf b;
	struct outbox *o;
	enum sql_dialect dialect;
	struct str table;
};

static struct sql begin(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	return (struct sql){ .o = o, .dialect = dialect, .table = table };
}

static struct str finish(struct sql *s)
{
	struct str text = arena_str(s->o->arena, buf_str(&s->b));

	buf_free(&s->b);
	return text;
}

static void add(struct sql *s, const char *text)
{
	buf_add_text(&s->b, text);
}

/* w."body" */
static void add_column(struct sql *s, const char *alias, enum outbox_column c)
{
	struct str name = sql_quoted(s->o->arena, str_of(outbox_column(s->o, c)));

	must(s->o->has[c]);
	add(s, alias);
	if (*alias != '\0')
		add(s, ".");
	buf_add(&s->b, name);
}

static void add_parameter(struct sql *s, int number)
{
	buf_printf(&s->b, s->dialect == SQL_POSTGRES ? "$%d" : "?%d", number);
}

static void add_table(struct sql *s)
{
	buf_add(&s->b, s->table);
}

/* Neither settled nor set aside; `negate`: set aside. */
static void add_waiting(struct sql *s, const char *alias, bool negate)
{
	if (s->o->has[OUTBOX_SENT]) {
		add_column(s, alias, OUTBOX_SENT);
		add(s, " is null and ");
	}
	add_column(s, alias, OUTBOX_ERROR);
	add(s, negate ? " is not null" : " is null");
}

static void add_text(struct sql *s, const char *alias, enum outbox_column c)
{
	add(s, "cast(");
	add_column(s, alias, c);
	add(s, " as text)");
}

/* As outbox_destination makes it. */
static void add_destination(struct sql *s, const char *alias)
{
	const bool *has = s->o->has;

	if (has[OUTBOX_TOPIC] && has[OUTBOX_QUEUE]) {
		add(s, "case when ");
		add_column(s, alias, OUTBOX_TOPIC);
		add(s, " is not null then 't:' || ");
		add_text(s, alias, OUTBOX_TOPIC);
		add(s, " else 'q:' || coalesce(");
		add_text(s, alias, OUTBOX_QUEUE);
		add(s, ", '') end");
	} else {
		add(s, has[OUTBOX_TOPIC] ? "coalesce('t:' || " : "'q:' || coalesce(");
		add_text(s, alias, has[OUTBOX_TOPIC] ? OUTBOX_TOPIC : OUTBOX_QUEUE);
		add(s, has[OUTBOX_TOPIC] ? ", 'q:')" : ", '')");
	}
}

static void add_group(struct sql *s, const char *alias)
{
	if (!s->o->has[OUTBOX_GROUP]) {
		add(s, "''");
		return;
	}
	add(s, "coalesce(");
	add_text(s, alias, OUTBOX_GROUP);
	add(s, ", '')");
}

/* The key has an earlier row that was set aside. */
static void add_behind(struct sql *s)
{
	add(s, "exists (select 1 from ");
	add_table(s);
	add(s, " p where ");
	add_waiting(s, "p", true);
	add(s, " and ");
	add_column(s, "p", OUTBOX_GROUP);
	add(s, " = ");
	add_column(s, "o", OUTBOX_GROUP);
	add(s, " and ");
	add_text(s, "o", OUTBOX_GROUP);
	add(s, " <> '' and ");
	add_destination(s, "p");
	add(s, " = ");
	add_destination(s, "o");
	add(s, " and ");
	add_column(s, "p", OUTBOX_ID);
	add(s, " < ");
	add_column(s, "o", OUTBOX_ID);
	add(s, ")");
}

/* ---- fetch */

static void add_elements(struct sql *s, int parameter)
{
	add(s, s->dialect == SQL_POSTGRES ? "(select jsonb_array_elements_text("
	                                  : "(select value from json_each(");
	add_parameter(s, parameter);
	add(s, s->dialect == SQL_POSTGRES ? "::jsonb))" : "))");
}

static void add_pairs(struct sql *s, int parameter)
{
	add(s,
	    s->dialect == SQL_POSTGRES
	        ? "(select e ->> 0, e ->> 1 from jsonb_array_elements("
	        : "(select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(");
	add_parameter(s, parameter);
	add(s, s->dialect == SQL_POSTGRES ? "::jsonb) e)" : "))");
}

/* What is held back: few destinations, keys and rows, or none. */
static void add_not_held(struct sql *s)
{
	add(s, " and ");
	add_destination(s, "o");
	add(s, " not in ");
	add_elements(s, 1);
	add(s, " and (");
	add_destination(s, "o");
	add(s, ", ");
	add_group(s, "o");
	add(s, ") not in ");
	add_pairs(s, 2);
	add(s, " and ");
	add_text(s, "o", OUTBOX_ID);
	add(s, " not in ");
	add_elements(s, 3);
	if (!s->o->config->skip && s->o->has[OUTBOX_GROUP]) {
		add(s, " and not ");
		add_behind(s);
	}
}

static void add_bytes(struct sql *s, enum outbox_column c)
{
	if (!s->o->has[c]) {
		add(s, "0");
		return;
	}
	add(s, s->dialect == SQL_POSTGRES ? "coalesce(octet_length(" : "coalesce(length(cast(");
	add_text(s, "o", c);
	add(s, s->dialect == SQL_POSTGRES ? "), 0)" : " as blob)), 0)");
}

static void add_size(struct sql *s)
{
	add(s, "(");
	add_bytes(s, OUTBOX_BODY);
	add(s, " + ");
	add_bytes(s, OUTBOX_ATTRIBUTES);
	add(s, ")");
}

static void add_long(struct sql *s, enum outbox_column c, const char *as)
{
	if (s->o->has[c]) {
		add(s, "case when ");
		add_size(s);
		buf_printf(&s->b, " <= %d then ", MESSAGE_SIZE_MAX);
		add_text(s, "o", c);
		add(s, " end");
	} else {
		add(s, "null");
	}
	buf_printf(&s->b, " as %s, ", as);
}

static void add_short(struct sql *s, enum outbox_column c, const char *as)
{
	if (s->o->has[c]) {
		add(s, "substr(");
		add_text(s, "o", c);
		buf_printf(&s->b, ", 1, %d)", TEXT_MAX);
	} else {
		add(s, "null");
	}
	buf_printf(&s->b, " as %s, ", as);
}

/* The fields in their order, but for the id, which is the database's own value. */
static void add_fields(struct sql *s)
{
	add_column(s, "o", OUTBOX_ID);
	add(s, " as id, ");
	add_short(s, OUTBOX_QUEUE, "queue");
	add_short(s, OUTBOX_TOPIC, "topic");
	add_long(s, OUTBOX_BODY, "body");
	add_short(s, OUTBOX_GROUP, "message_group");
	add_short(s, OUTBOX_DEDUP, "dedup_id");
	add_long(s, OUTBOX_ATTRIBUTES, "attributes");
	add_short(s, OUTBOX_TRACE, "traceparent");
	add_short(s, OUTBOX_DELAY, "delay");
	add_short(s, OUTBOX_CREATED, "created_at");
	add_size(s);
	add(s, " as size");
}

static void add_rows(struct sql *s, bool after)
{
	add(s, "select ");
	add_fields(s);
	add(s, " from ");
	add_table(s);
	add(s, " o where ");
	add_waiting(s, "o", false);
	add_not_held(s);
	if (after) {
		add(s, " and ");
		add_column(s, "o", OUTBOX_ID);
		add(s, " > ");
		add_parameter(s, 4);
	}
	add(s, " order by ");
	add_column(s, "o", OUTBOX_ID);
	buf_printf(&s->b, " limit %d", RELAY_ROWS);
}

/* SQLite gives row by row, so its driver stops at RELAY_BYTES itself. PostgreSQL sends
 * the whole result: there the sum of the sizes ahead of a row decides. */
struct str sql_fetch(struct outbox *o, enum sql_dialect dialect, struct str table, bool after)
{
	struct sql s = begin(o, dialect, table);

	if (dialect == SQL_SQLITE) {
		add_rows(&s, after);
		return finish(&s);
	}
	add(&s,
	    "select cast(x.id as text), x.queue, x.topic, x.body, x.message_group, x.dedup_id, "
	    "x.attributes, x.traceparent, x.delay, x.created_at, x.size, pg_backend_pid() from ("
	    "select w.*, sum(w.size) over (order by w.id rows unbounded preceding) - w.size as ahead "
	    "from (");
	add_rows(&s, after);
	buf_printf(&s.b, ") w) x where x.ahead < %d order by x.id", RELAY_BYTES);
	return finish(&s);
}

/* ---- the others */

static void add_settle(struct sql *s)
{
	const char *now = s->dialect == SQL_POSTGRES ? "clock_timestamp()"
	                                             : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

	add(s, s->o->config->remove ? "delete from " : "update ");
	add_table(s);
	if (!s->o->config->remove) {
		add(s, " set ");
		add_column(s, "", OUTBOX_SENT);
		add(s, " = ");
		add(s, now);
	}
	add(s, " where ");
	add_column(s, "", OUTBOX_ID);
}

struct str sql_settle(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	struct sql s = begin(o, dialect, table);

	add_settle(&s);
	for (int i = 1; i <= BATCH_ENTRIES_MAX; i++) {
		add(&s, i == 1 ? " in (" : ", ");
		add_parameter(&s, i);
	}
	add(&s, ")");
	return finish(&s);
}

struct str sql_try_settle(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	struct sql s = begin(o, dialect, table);

	add_settle(&s);
	add(&s, " is null and 1 = 0");
	return finish(&s);
}

static void add_set_aside(struct sql *s)
{
	add(s, "update ");
	add_table(s);
	add(s, " set ");
	add_column(s, "", OUTBOX_ERROR);
	add(s, " = ");
	add_parameter(s, 1);
	add(s, " where ");
	if (s->o->has[OUTBOX_SENT]) {
		add_column(s, "", OUTBOX_SENT);
		add(s, " is null and ");
	}
	add_column(s, "", OUTBOX_ID);
}

struct str sql_set_aside(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	struct sql s = begin(o, dialect, table);

	add_set_aside(&s);
	add(&s, " = ");
	add_parameter(&s, 2);
	return finish(&s);
}

struct str sql_try_set_aside(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	struct sql s = begin(o, dialect, table);

	add_set_aside(&s);
	add(&s, " is null and 1 = 0");
	return finish(&s);
}

struct str sql_count(struct outbox *o, enum sql_dialect dialect, struct str table)
{
	struct sql s = begin(o, dialect, table);

	add(&s, "select (select count(*) from ");
	add_table(&s);
	add(&s, " o where ");
	add_waiting(&s, "o", true);
	add(&s, "), ");
	if (o->config->skip || !o->has[OUTBOX_GROUP]) {
		add(&s, "0");
		return finish(&s);
	}
	add(&s, "(select count(*) from ");
	add_table(&s);
	add(&s, " o where ");
	add_waiting(&s, "o", false);
	add(&s, " and ");
	add_behind(&s);
	add(&s, ")");
	return finish(&s);
}

/* ---- a fetched value */

void sql_take(struct outbox_row *row, enum sql_field field, struct str value)
{
	uint64_t size = 0;

	switch (field) {
	case FIELD_ID:
		row->id = value;
		break;
	case FIELD_QUEUE:
		row->queue = value;
		break;
	case FIELD_TOPIC:
		row->topic = value;
		break;
	case FIELD_BODY:
		row->body = value;
		break;
	case FIELD_GROUP:
		row->group = value;
		break;
	case FIELD_DEDUP:
		row->dedup = value;
		break;
	case FIELD_ATTRIBUTES:
		row->attributes = value;
		break;
	case FIELD_TRACE:
		row->trace = value;
		break;
	case FIELD_DELAY:
		row->delay = value;
		break;
	case FIELD_CREATED:
		row->created = value;
		break;
	case FIELD_SIZE:
		must(str_u64(value, INT64_MAX, &size));
		row->size = (int64_t)size;
		row->too_long = size > MESSAGE_SIZE_MAX;
		break;
	case FIELD_SESSION:
	case FIELDS:
		break;
	}
}
