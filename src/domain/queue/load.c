/* load.c - memory from rows: at start, and for what a failed batch had touched (Q1). */
#include "base/limits.h"
#include "domain/queue/memory.h"

struct reading {
	struct queues *all;
	struct queue *queue;
	struct now now;
	bool found;
	struct store *store;
};

static enum err take_attribute(void *context, const struct value *columns, int count)
{
	struct queue *q = context;

	must(count == 2);
	if (attribute_find(columns[0].bytes) == NULL)
		return ERR_NEWER;
	settings_set(&q->settings, q->settings_arena, columns[0].bytes, columns[1].bytes);
	return OK;
}

static enum err take_tag(void *context, const struct value *columns, int count)
{
	struct queue *q = context;
	struct pair *tag = ARENA_NEW(q->settings_arena, struct pair);

	must(count == 2);
	tag->name = arena_str(q->settings_arena, columns[0].bytes);
	tag->value = arena_str(q->settings_arena, columns[1].bytes);
	names_put(&q->tags, tag->name, tag);
	return OK;
}

enum err settings_load(struct queue *q, struct store *store)
{
	names_free(&q->tags);
	arena_reset(q->settings_arena);
	settings_default(&q->settings, str_ends(q->name, S(".fifo")));
	TRY(store_run(store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), take_attribute, q));
	settings_settle(&q->settings);
	TRY(queue_schema_load(q, store));
	return store_run(store, STMT_QUEUE_TAGS, VALUES(value_int(q->id)), take_tag, q);
}

static enum err take_queue(void *context, const struct value *columns, int count)
{
	struct reading *r = context;
	struct queue *q = r->queue;

	must(count == 7);
	if (columns[0].number < 1 || columns[0].number > QUEUE_ID_MAX ||
	    columns[1].bytes.len > QUEUE_NAME_MAX || columns[5].number < 1 ||
	    columns[4].number < columns[5].number)
		return ERR_CORRUPT; /* Q4 */
	if (q == NULL)
		q = queue_new(r->all, (uint32_t)columns[0].number, columns[1].bytes);
	q->created_at = columns[2].number;
	q->modified_at = columns[3].number;
	q->next_position = q->reserved = (uint64_t)columns[4].number;
	q->first_position = (uint64_t)columns[5].number;
	q->purged_at = columns[6].number;
	r->found = true;
	return OK;
}

static int64_t time_left(int64_t until_wall, struct now now, int64_t longest)
{
	int64_t left = until_wall - now.wall_ms;

	return left < 0 ? 0 : left > longest ? longest : left;
}

/* Clocks are set: nothing stays hidden for longer than it could have been meant to. One that
 * has a time of its own counts as sent at it (send.c). */
static int64_t longest_hidden(const struct entry *e, int64_t visible_at, bool backs_off)
{
	if (backs_off)
		return RETRY_DELAY_MAX_MS;
	if (e->receive_count > 0)
		return QUEUE_VISIBILITY_MAX_S * SECOND_MS;
	return visible_at <= e->sent_at ? JOB_AHEAD_MAX_MS : QUEUE_DELAY_MAX_S * SECOND_MS;
}

static void take_hidden(struct reading *r, struct group *g, struct entry *e, int64_t visible_at,
                        bool backs_off)
{
	bool received = e->receive_count > 0;
	int64_t longest = longest_hidden(e, visible_at, backs_off);
	int64_t until = r->now.mono_ms + time_left(visible_at, r->now, longest);

	must(until >= r->now.mono_ms);
	if (backs_off) {
		entry_back_off(r->all, e, until);
	} else if (received) {
		entry_fly(r->all, e, until);
	} else {
		if (r->queue->settings.fifo && g->delayed > 0 && until < g->delayed_until)
			until = g->delayed_until;
		entry_delay(r->all, e, until);
		g->delayed_until = until;
	}
}

/* One row of `message` finds its place in the index; see memory.h. */
static enum err take_message(void *context, const struct value *columns, int count)
{
	struct reading *r = context;
	struct queue *q = r->queue;
	uint64_t position = POSITION_OF(columns[0].number);
	int64_t visible_at = columns[2].number;

	must(count == 9);
	int64_t priority = columns[8].kind == VALUE_NULL ? PRIORITY_DEFAULT : columns[8].number;
	if (columns[5].bytes.len > MESSAGE_GROUP_MAX || columns[3].number < 0 ||
	    columns[3].number > UINT32_MAX || columns[6].number < 0 ||
	    columns[6].number > columns[3].number || priority < 0 || priority > MESSAGE_PRIORITY_MAX)
		return ERR_CORRUPT;
	struct group *g = group_for(q, columns[5].bytes);
	if (q->oldest_sent_at == 0 || columns[1].number < q->oldest_sent_at)
		q->oldest_sent_at = columns[1].number;
	if (q->next_position <= position)
		return ERR_CORRUPT; /* Q4 */
	bool received = columns[3].number > 0, hidden = visible_at > r->now.wall_ms;
	if (q->settings.fifo && g->delayed > 0 && !received)
		hidden = true; /* Q3 also when the clock was set */
	if (!received && !hidden) {
		index_add_fresh(g, (int)priority, position);
	} else {
		struct entry *e = entry_new(r->all, g, position);
		e->priority = (int8_t)priority;
		e->sent_at = columns[1].number;
		e->received_mono = r->now.mono_ms;
		e->receive_count = (uint32_t)columns[3].number;
		e->forgiven = (uint32_t)columns[6].number;
		e->first_received_at = columns[4].number;
		bool backs_off = received && columns[7].number == columns[3].number;
		/* Its lease is over, and nobody has taken note yet (Q7). */
		bool held = q->settings.track && received && visible_at != 0 && !backs_off;
		if (hidden || held)
			take_hidden(r, g, e, visible_at, backs_off);
		else
			entry_ready(r->all, e);
	}
	group_settle(g);
	return OK;
}

static enum err load_messages(struct reading *r)
{
	struct queue *q = r->queue;

	index_clear(r->all, q);
	lanes_arrange(q);
	must(q->visible + q->in_flight + q->delayed == 0 && q->ready.count == 0); /* Q5 */
	q->oldest_sent_at = 0;
	TRY(store_run(r->store, STMT_MESSAGE_SCAN,
	              VALUES(value_int(message_id_of(q, q->first_position)),
	                     value_int(message_id_of(q, POSITION_MAX))),
	              take_message, r));
	return q->settings.fifo ? dedup_load(q, r->store, r->now) : OK;
}

enum err queue_rearrange(struct queues *all, struct queue *q, struct store *store, struct now now)
{
	struct reading r = { .all = all, .queue = q, .now = now, .store = store };

	must((q->lanes != NULL) != q->settings.priority);
	return load_messages(&r);
}

enum err queue_load(struct queues *all, struct queue *q, struct store *store, struct now now)
{
	struct reading r = { .all = all, .queue = q, .now = now, .store = store };

	TRY(store_run(store, STMT_QUEUE_ONE, VALUES(value_int(q->id)), take_queue, &r));
	attempts_clear(q);
	if (!r.found) {
		/* It was made by the batch that failed; nobody can be waiting. */
		if (!q->dropped)
			queue_delist(all, q);
		queue_free(all, q);
		return OK;
	}
	if (q->dropped) {
		q->dropped = false;
		queue_enlist(all, q);
	}
	q->counters = q->kept;
	if (q->lanes_memory != NULL)
		lanes_restore(q->lanes_memory);
	TRY(settings_load(q, store));
	TRY(push_load(q, store, now));
	return load_messages(&r);
}

static enum err take_next_id(void *context, const struct value *columns, int count)
{
	struct queues *all = context;
	int64_t next;

	must(count == 1);
	if (!str_i64(columns[0].bytes, 1, QUEUE_ID_MAX + 1, &next))
		return ERR_CORRUPT;
	if (all->next_id < (uint32_t)next)
		all->next_id = (uint32_t)next;
	return OK;
}

enum err queues_load(struct domain *d, struct store *store, struct now now)
{
	struct reading r = { .all = d->queues, .now = now, .store = store };
	size_t at = 0;

	must(d->queues->count == 0);
	TRY(store_run(store, STMT_QUEUE_ALL, NO_VALUES, take_queue, &r));
	TRY(store_run(store, STMT_META_GET, VALUES(value_text(S(QUEUE_NEXT_ID))), take_next_id,
	              d->queues));
	while ((r.queue = map_next(&d->queues->by_id, &at)) != NULL) {
		TRY(settings_load(r.queue, store));
		TRY(push_load(r.queue, store, now));
		TRY(load_messages(&r));
		if (push_on(r.queue) || r.queue->settings.flow.kind != FLOW_NONE)
			queue_wake_at(d->queues, r.queue, now.mono_ms);
	}
	must(d->queues->count == d->queues->by_id.count &&
	     d->queues->count == d->queues->by_name.count);
	d->queues->sweep_at_mono = now.mono_ms;
	return moves_load(d->queues, store);
}
