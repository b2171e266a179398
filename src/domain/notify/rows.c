/* rows.c - notifications as rows. */
#include "domain/notify/inside.h"

static bool read_uuid(struct value v, struct uuid *to)
{
	return v.kind != VALUE_NULL && value_read_uuid(v, to);
}

enum err told_of_row(struct arena *a, const struct value *v, int count, struct told *t)
{
	must(count == TOLD_COLUMNS);
	*t = (struct told){
		.id = v[0].number,
		.person = arena_str(a, v[2].bytes),
		.about = arena_str(a, v[4].bytes),
		.round = v[5].number,
		.n = v[6].number,
		.state = arena_str(a, v[7].bytes),
		.facts = arena_str(a, v[8].bytes),
		.slot = v[10].number,
		.created_at = v[11].number,
		.not_before = v[12].number,
		.ended_at = v[13].number,
		.read_at = v[14].number,
		.step = v[16].number,
		.tries = v[17].number,
		.attempts = v[18].number,
		.channel = arena_str(a, v[19].bytes),
		.remote = arena_str(a, v[20].bytes),
		.error = arena_str(a, v[21].bytes),
		.digest = v[22].number,
		.forced = arena_str(a, v[23].bytes),
		.unread = v[24].number != 0,
		.has_approval = read_uuid(v[9], &t->approval),
		.has_message = read_uuid(v[15], &t->message),
	};
	t->has_approval = read_uuid(v[9], &t->approval);
	t->has_message = read_uuid(v[15], &t->message);
	return notify_kind_read(v[3].bytes, &t->kind) && value_read_uuid(v[1], &t->uuid) ? OK
	                                                                                 : ERR_CORRUPT;
}

struct reading {
	struct arena *arena;
	struct told *to;
};

static enum err take_told(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	return told_of_row(r->arena, v, count, r->to);
}

enum err told_read(struct store *store, struct arena *a, const struct uuid *uuid, struct told *to)
{
	struct reading r = { a, to };

	*to = (struct told){ 0 };
	return store_run(store, STMT_NOTIFICATION_READ, VALUES(value_uuid(uuid)), take_told, &r);
}

enum err told_end(struct batch *b, int64_t id, const char *state)
{
	must(id > 0);
	return store_run(b->store, STMT_NOTIFICATION_END,
	                 VALUES(value_int(id), value_text(str_of(state)), value_int(b->now.wall_ms)),
	                 NULL, NULL);
}

static enum err take_some(void *context, const struct value *v, int count)
{
	(void)v;
	must(count == 1);
	*(bool *)context = true;
	return OK;
}

/* What was decided meanwhile is in it no more; an empty one is of no use. */
static enum err digest_stands(struct batch *b, const struct told *t, bool *stands)
{
	*stands = false;
	TRY(store_run(b->store, STMT_NOTIFICATION_DIGEST_OVER,
	              VALUES(value_int(t->id), value_int(b->now.wall_ms)), NULL, NULL));
	return store_run(b->store, STMT_NOTIFICATION_DIGEST_LEFT, VALUES(value_int(t->id)), take_some,
	                 stands);
}

enum err told_stands(struct batch *b, const struct told *t, bool *stands)
{
	if (t->kind == NOTIFY_DIGEST)
		return digest_stands(b, t, stands);
	*stands = !t->has_approval || t->slot == 0;
	if (*stands)
		return OK;
	return store_run(b->store, STMT_NOTIFICATION_STANDS,
	                 VALUES(value_uuid(&t->approval), value_int(t->round), value_int(t->slot)),
	                 take_some, stands);
}
