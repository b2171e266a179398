/* dedup.c - deduplication ids of FIFO queues: the same id within five minutes is
 * the same message, also after it was deleted, also after a restart.
 *
 * The rows (table dedup) are the truth. In memory only a hash leads to the position,
 * in one map per minute, so that forgetting is dropping a map. A hit is always
 * confirmed by the row; two ids with one hash would let a duplicate through, not
 * lose a message. */
#include "base/limits.h"
#include "domain/queue/memory.h"

_Static_assert((DEDUP_GENERATIONS - 1) * DEDUP_GENERATION_MS >= DEDUP_MS,
               "nothing is forgotten too early");

uint64_t dedup_hash(struct str scope, struct str dedup_id)
{
	return str_hash(scope) * 31 + str_hash(dedup_id);
}

uint64_t dedup_find(const struct dedup *d, uint64_t hash, int generation)
{
	return (uint64_t)(uintptr_t)map_find(&d->generation[generation], hash);
}

static void rotate(struct dedup *d, int64_t mono_ms)
{
	for (int n = 0; n < DEDUP_GENERATIONS && mono_ms - d->began_mono >= DEDUP_GENERATION_MS; n++) {
		map_free(&d->generation[DEDUP_GENERATIONS - 1]);
		for (int i = DEDUP_GENERATIONS - 1; i > 0; i--)
			d->generation[i] = d->generation[i - 1];
		d->generation[0] = (struct map){ 0 };
		d->began_mono += DEDUP_GENERATION_MS;
	}
	if (mono_ms - d->began_mono >= DEDUP_GENERATION_MS)
		d->began_mono = mono_ms;
}

void dedup_note(struct dedup *d, uint64_t hash, uint64_t position, int64_t mono_ms)
{
	must(position >= 1); /* 0 says "not there" */
	rotate(d, mono_ms);
	map_put(&d->generation[0], hash, (void *)(uintptr_t)position);
}

void dedup_clear(struct dedup *d)
{
	for (int i = 0; i < DEDUP_GENERATIONS; i++)
		map_free(&d->generation[i]);
	d->began_mono = 0;
}

struct hit {
	struct str scope, dedup_id;
	int64_t now_wall;
	bool same;
	struct uuid id;
};

static enum err confirm(void *context, const struct value *columns, int count)
{
	struct hit *h = context;

	must(count == 4);
	/* A clock set back must not open the window early: an age below zero counts. */
	h->same = h->now_wall - columns[0].number < DEDUP_MS && str_eq(columns[1].bytes, h->dedup_id) &&
	          str_eq(columns[2].bytes, h->scope);
	return value_read_uuid(columns[3], &h->id) ? OK : ERR_CORRUPT;
}

enum err dedup_lookup(struct batch *b, struct queue *q, struct str scope, struct str dedup_id,
                      uint64_t *position, struct uuid *id)
{
	uint64_t hash = dedup_hash(scope, dedup_id);

	*position = 0;
	/* A clock set back must not hold the window open for hours: the maps end it. */
	rotate(&q->dedup, b->now.mono_ms);
	for (int i = 0; i < DEDUP_GENERATIONS; i++) {
		uint64_t at = dedup_find(&q->dedup, hash, i);
		if (at == 0)
			continue;
		struct hit h = { .scope = scope, .dedup_id = dedup_id, .now_wall = b->now.wall_ms };
		TRY(store_run(b->store, STMT_DEDUP_ONE, VALUES(value_int(message_id_of(q, at))), confirm,
		              &h));
		if (h.same) {
			*position = at;
			*id = h.id;
			return OK;
		}
	}
	return OK;
}

struct scan {
	struct queue *queue;
	struct now now;
};

/* Rows come oldest first; each goes into the map of its minute. */
static enum err note_row(void *context, const struct value *columns, int count)
{
	struct scan *s = context;
	struct dedup *d = &s->queue->dedup;

	must(count == 4);
	int64_t age = s->now.wall_ms - columns[1].number;
	int generation = age <= 0 ? 0 : (int)(age / DEDUP_GENERATION_MS);
	if (generation >= DEDUP_GENERATIONS)
		return OK;
	map_put(&d->generation[generation], dedup_hash(columns[3].bytes, columns[2].bytes),
	        (void *)(uintptr_t)POSITION_OF(columns[0].number));
	return OK;
}

enum err dedup_load(struct queue *q, struct store *store, struct now now)
{
	struct scan s = { q, now };

	dedup_clear(&q->dedup);
	q->dedup.began_mono = now.mono_ms;
	return store_run(store, STMT_DEDUP_SCAN,
	                 VALUES(value_int(message_id_of(q, q->first_position)),
	                        value_int(message_id_of(q, POSITION_MAX)),
	                        value_int(now.wall_ms - DEDUP_MS)),
	                 note_row, &s);
}
