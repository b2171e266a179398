/* stories.h - what the stories about the audit log share. */
#ifndef RINGI_TEST_AUDIT_STORIES_H
#define RINGI_TEST_AUDIT_STORIES_H

#include "check.h"
#include "domain/audit/memory.h"
#include "world/world.h"

#define STORY(name) static void name(void **state)

/* An operation of the tests' own: leaves the records that `in` asks for. */
struct leaving {
	struct audit_record record;
	int times; /* 0: once */
};

static enum err leave_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err leave_write(struct batch *b, struct cmd *c)
{
	struct leaving *p = c->in;

	for (int i = 0; i < (p->times == 0 ? 1 : p->times); i++)
		TRY(audit_put(b, c, &p->record));
	return OK;
}

static const struct op op_leave = { .name = "leave",
	                                .lane = LANE_WRITE,
	                                .check = leave_check,
	                                .write = leave_write };

static inline struct cmd *leave(struct world *w, struct leaving leaving)
{
	struct leaving *in = ARENA_NEW(w->arena, struct leaving);

	*in = leaving;
	return world_run(w, &op_leave, in);
}

struct keeping {
	struct world *world;
	struct str personal;
};

static inline enum err take_kept(void *context, const struct value *columns, int count)
{
	struct keeping *k = context;

	assert_int_equal(count, 1);
	k->personal = arena_str(k->world->arena, columns[0].bytes);
	return OK;
}

/* What is kept whole beside a record; absent: nothing is. */
static inline struct str kept_beside(struct world *w, int64_t seq)
{
	struct keeping k = { .world = w };

	assert_int_equal(store_run(w->store, STMT_AUDIT_WHOLE, VALUES(value_int(seq)), take_kept, &k),
	                 OK);
	return k.personal;
}

/* A JSON object of so many bytes. */
static inline struct str object_of(struct world *w, size_t size)
{
	char *text = arena_get(w->arena, size);

	memset(text, ' ', size);
	text[0] = '{';
	text[size - 1] = '}';
	return (struct str){ text, size };
}

struct looking {
	const struct world *world;
	uint8_t before[CHAIN_HASH_SIZE];
	int64_t seq;
	struct chain_record *last; /* texts in the world's arena */
};

static inline enum err look_at(void *context, const struct value *columns, int count)
{
	struct looking *l = context;
	struct chain_record r;
	uint8_t hash[CHAIN_HASH_SIZE];
	struct arena *a = l->world->arena;

	assert_true(audit_row_read(columns, count, &r));
	assert_int_equal(r.seq, l->seq + 1);
	chain_hash(engine_domain(l->world->engine)->audits->chain, l->before, &r, hash);
	assert_memory_equal(hash, r.hash, sizeof hash);
	l->seq = r.seq;
	memcpy(l->before, hash, sizeof hash);
	struct str *texts[] = { &r.principal,
		                    &r.on_behalf,
		                    &r.action,
		                    &r.resource,
		                    &r.from,
		                    &r.to,
		                    &r.request_id,
		                    &r.trace_id,
		                    &r.detail,
		                    &r.origin.texts[0],
		                    &r.origin.texts[1],
		                    &r.words.texts[0],
		                    &r.words.texts[1],
		                    &r.origin.salt,
		                    &r.words.salt,
		                    &r.origin.digest,
		                    &r.words.digest };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_str(a, *texts[i]);
	l->last = ARENA_NEW(a, struct chain_record);
	*l->last = r;
	return OK;
}

/* Walks the whole chain, which must hold from its beginning; gives the last record, NULL: none. */
static inline struct chain_record *chain_holds(struct world *w)
{
	struct looking l = { .world = w };

	assert_int_equal(store_run(w->store, STMT_AUDIT_AFTER,
	                           VALUES(value_int(0), value_int(INT64_MAX)), look_at, &l),
	                 OK);
	return l.last;
}

#endif
