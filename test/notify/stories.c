/* stories.c - somebody is told: for the stories. */
#include "notify/stories.h"

#include "domain/directory/directory.h"

/* ---- told */

static enum err told_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err told_write(struct batch *b, struct cmd *c)
{
	return notify_put(b, c->in);
}

static const struct op op_told = { .name = "told",
	                               .lane = LANE_WRITE,
	                               .check = told_check,
	                               .write = told_write };

enum err told(struct world *w, struct notification n)
{
	struct notification *in = ARENA_NEW(w->arena, struct notification);

	*in = n;
	if (!str_given(in->person))
		in->person = S("yuki");
	return world_run(w, &op_told, in)->fault;
}

/* ---- rows */

struct told_rows {
	struct world *w;
	struct buf text;
};

static enum err add_row(void *context, const struct value *v, int count)
{
	struct told_rows *t = context;

	assert_int_equal(count, 3);
	buf_printf(&t->text, "%s%.*s %.*s %lld", t->text.len > 0 ? ", " : "", S_ARG(v[0].bytes),
	           S_ARG(v[1].bytes), (long long)((v[2].number - t->w->now.wall_ms) / MINUTE_MS));
	return OK;
}

const char *told_of(struct world *w, const char *person)
{
	struct told_rows t = { .w = w };

	assert_int_equal(store_run(w->store, STMT_NOTIFICATION_STATES,
	                           VALUES(value_text(str_of(person))), add_row, &t),
	                 OK);
	arena_adopt(w->arena, t.text.at);
	return t.text.len == 0 ? "" : arena_str(w->arena, buf_str(&t.text)).at;
}

struct row {
	enum stmt stmt;
	const struct value *values;
	int count;
};

static enum err row_write(struct batch *b, struct cmd *c)
{
	const struct row *r = c->in;

	return store_run(b->store, r->stmt, r->values, r->count, NULL, NULL);
}

static const struct op op_row = { .name = "row",
	                              .lane = LANE_WRITE,
	                              .check = told_check,
	                              .write = row_write };

static void put_row(struct world *w, enum stmt stmt, const struct value *values, int count)
{
	struct row r = { stmt, values, count };

	assert_int_equal(world_run(w, &op_row, &r)->fault, OK);
}

void row_channel(struct world *w, const char *name, const char *type, int position,
                 const char *settings)
{
	put_row(w, STMT_NOTIFY_CHANNEL_PUT,
	        VALUES(value_text(str_of(name)), value_text(str_of(type)), value_int(position),
	               value_int(1), value_text(str_of(settings)), value_text(S("{}")),
	               value_int(w->now.wall_ms)));
}

void row_wants(struct world *w, const char *person, const char *wants)
{
	put_row(w, STMT_NOTIFY_WANTS_PUT,
	        VALUES(value_text(str_of(person)), value_text(str_of(wants)),
	               value_int(w->now.wall_ms)));
}

void row_person(struct world *w, const char *id, const char *email, const char *locale)
{
	struct person_put p = { .id = str_of(id),
		                    .name = str_of("A Name"),
		                    .email = str_of(email),
		                    .locale = str_of(locale),
		                    .active = -1 };
	struct cmd *c = world_run(w, &op_person_put, &p);

	is(refusal_name(c->refused.why), "NONE");
}
