/* sql.c - takes the rows that applications wrote (C1 to C3: sql.h). */
#include "domain/sql/sql.h"

#include "base/arena.h"
#include "base/limits.h"
#include "domain/domain.h"
#include "domain/refusal.h"

/* When the table is looked at, and who must wait (C2). */
struct sql_intake {
	bool anew;       /* what was put off before the start is not any more */
	bool begun;      /* the last take did not come to its commit, or is under way */
	int64_t suspect; /* the row that was alone when that happened (C4), so often: */
	int suspect_tries;
	int64_t look_at; /* mono */
	int64_t last_at; /* mono: there was something */
	struct {
		struct str target; /* in memory of its own */
		int64_t until;     /* mono */
	} held[SQL_HELD_MAX];
	int64_t refused; /* since the start */
};

struct taking {
	struct arena *arena;
	struct sql_row rows[SQL_TAKE_MAX];
	int count;
};

/* ---- when */

/* Soon after there was something; then less and less often. */
static int64_t pause_after(const struct sql_intake *s, int64_t now)
{
	int64_t quiet = now - s->last_at;

	return quiet < SECOND_MS   ? SQL_LOOK_BUSY_MS
	       : quiet < MINUTE_MS ? SQL_LOOK_MS
	                           : SQL_LOOK_IDLE_MS;
}

static enum err take_one(void *context, const struct value *columns, int count)
{
	(void)columns;
	(void)count;
	*(bool *)context = true;
	return OK;
}

/* Outside a transaction: in vain it costs no commit. A fault is found by who takes. */
void sql_due(struct domain *d, struct batch *b, struct list *commands)
{
	struct sql_intake *s = d->sql;
	bool some = false;

	if (!d->config.sql_commands || s->look_at > b->now.mono_ms)
		return;
	s->look_at = b->now.mono_ms + (s->begun ? SQL_AGAIN_MS : pause_after(s, b->now.mono_ms));
	enum err fault = store_run(b->store, STMT_SQL_WAITING, VALUES(value_int(b->now.wall_ms)),
	                           take_one, &some);
	if (fault != OK || !(some || s->anew))
		return;
	s->last_at = b->now.mono_ms;
	if (!s->begun)
		s->look_at = b->now.mono_ms + SQL_LOOK_BUSY_MS;
	struct cmd *c = cmd_new(&op_sql_take);
	list_add_last(commands, &c->node);
}

int64_t sql_next(const struct domain *d)
{
	return d->config.sql_commands ? d->sql->look_at : NEVER;
}

/* ---- who must wait (C2) */

/* 0: it is not. */
static int64_t held_until(const struct sql_intake *s, struct str target, int64_t now)
{
	for (int i = 0; i < SQL_HELD_MAX; i++)
		if (s->held[i].until > now && str_eq(s->held[i].target, target))
			return s->held[i].until;
	return 0;
}

/* When all places are taken its rows wait as well (not_before); only those that come meanwhile may
 * overtake them. */
static void hold(struct sql_intake *s, struct str target, int64_t until, int64_t now)
{
	for (int i = 0; i < SQL_HELD_MAX; i++) {
		if (s->held[i].until > now)
			continue;
		mem_free((void *)(uintptr_t)s->held[i].target.at);
		char *copy = mem_get(target.len + 1);
		memcpy(copy, target.at, target.len);
		s->held[i].target = (struct str){ copy, target.len };
		s->held[i].until = until;
		return;
	}
}

static enum err put_off(struct batch *b, struct str target)
{
	struct sql_intake *s = b->domain->sql;
	int64_t until = held_until(s, target, b->now.mono_ms);

	if (until == 0) {
		until = b->now.mono_ms + SQL_AGAIN_MS;
		hold(s, target, until, b->now.mono_ms);
	}
	return store_run(b->store, STMT_SQL_PUT_OFF,
	                 VALUES(value_text(target), value_int(b->now.wall_ms + until - b->now.mono_ms)),
	                 NULL, NULL);
}

/* ---- one row */

static enum err done(struct batch *b, const struct sql_row *row)
{
	return store_run(b->store, STMT_SQL_DONE, VALUES(value_int(row->id)), NULL, NULL);
}

/* C3 */
static enum err refused_for_good(struct batch *b, const struct sql_row *row, const char *code,
                                 struct str why)
{
	b->domain->sql->refused++;
	TRY(store_run(b->store, STMT_SQL_REFUSE,
	              VALUES(value_int(row->id), value_int(b->now.wall_ms), value_text(str_of(code)),
	                     value_text(why)),
	              NULL, NULL));
	return done(b, row);
}

static enum err carry_out(struct batch *b, struct cmd *c, const struct sql_row *row)
{
	struct cmd inner = { .magic = CMD_MAGIC, .arena = c->arena, .reply_to = { .loop = -1 } };
	char id[37];
	struct str why;

	uuid_text(row->uuid, id);
	inner.request_id = arena_str(c->arena, str_of(id));
	if (!sql_read(&inner, row, &why))
		return refused_for_good(b, row, "INVALID_ROW", why);
	TRY(inner.op->check(b, &inner));
	if (cmd_refused(&inner) && refusal_is_fullness(inner.refused.why))
		return put_off(b, row->target);
	if (cmd_refused(&inner))
		return refused_for_good(b, row, refusal_name(inner.refused.why), inner.refused.text);
	TRY(inner.op->write(b, &inner));
	must(!cmd_refused(&inner) && !node_linked(&inner.waiting));
	return done(b, row);
}

/* ---- the command */

static enum err take_row(void *context, const struct value *columns, int count)
{
	struct taking *t = context;
	struct sql_row *row = &t->rows[t->count++];

	must(count == 7 && t->count <= SQL_TAKE_MAX);
	row->id = columns[0].number;
	row->kind = arena_str(t->arena, columns[1].bytes);
	row->target = arena_str(t->arena, columns[2].bytes);
	row->body = arena_str(t->arena, columns[4].bytes);
	row->options = arena_str(t->arena, columns[5].bytes);
	row->role = arena_str(t->arena, columns[6].bytes);
	row->has_uuid = value_read_uuid(columns[3], &row->uuid);
	return OK;
}

/* What each row says is asked right before it is done, because the one before it may matter. */
static enum err nothing_to_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

/* Of its target, among those that were read. */
static bool is_first(const struct taking *t, int at)
{
	for (int i = 0; i < at; i++)
		if (str_eq(t->rows[i].target, t->rows[at].target))
			return false;
	return true;
}

/* C4 */
static bool is_hopeless(struct sql_intake *s, const struct sql_row *row)
{
	s->suspect_tries = s->suspect == row->id ? s->suspect_tries + 1 : 1;
	s->suspect = row->id;
	return s->suspect_tries > SQL_TRIES_MAX;
}

static enum err take_write(struct batch *b, struct cmd *c)
{
	struct sql_intake *s = b->domain->sql;
	struct taking *t = ARENA_NEW(c->arena, struct taking);

	t->arena = c->arena;
	bool alone = s->begun;
	s->begun = b->sql_taken = true;
	if (s->anew)
		TRY(store_run(b->store, STMT_SQL_AGAIN, NO_VALUES, NULL, NULL));
	s->anew = false;
	TRY(store_run(b->store, STMT_SQL_TAKE,
	              VALUES(value_int(b->now.wall_ms), value_int(alone ? 1 : SQL_TAKE_MAX),
	                     value_int(SQL_TAKE_BYTES)),
	              take_row, t));
	if (alone && t->count == 1 && is_hopeless(s, &t->rows[0]))
		return refused_for_good(b, &t->rows[0], "FAULT",
		                        S("The server could not carry it out; its log says why."));
	for (int i = 0; i < t->count; i++) {
		if (held_until(s, t->rows[i].target, b->now.mono_ms) == 0)
			TRY(carry_out(b, c, &t->rows[i]));
		else if (t->count == SQL_TAKE_MAX && is_first(t, i)) /* out of the way of others */
			TRY(put_off(b, t->rows[i].target));
	}
	if (t->count == SQL_TAKE_MAX)
		s->look_at = b->now.mono_ms; /* there may be more */
	return OK;
}

const struct op op_sql_take = {
	.name = "sql_take",
	.lane = LANE_WRITE,
	.check = nothing_to_check,
	.write = take_write,
};

/* ---- start and end */

void sql_committed(struct batch *b)
{
	if (b->sql_taken)
		b->domain->sql->begun = false;
}

struct sql_intake *sql_open(void)
{
	struct sql_intake *s = mem_get(sizeof *s);

	s->anew = true;
	return s;
}

struct sql_intake *sql_close(struct sql_intake *s)
{
	for (int i = 0; s != NULL && i < SQL_HELD_MAX; i++)
		mem_free((void *)(uintptr_t)s->held[i].target.at);
	return mem_free(s);
}

int64_t sql_refused(const struct domain *d)
{
	return d->sql->refused;
}
