/* index.c - which message is next: groups, runs, entries (see memory.h).
 *
 * A queue's `ready` heap holds the groups that may give a message now: not those that
 * are stopped or at a limit of theirs (Q6; on FIFO queues key_concurrency is 1, which is
 * Q3). FIFO: by the position of their first message. Standard: by how many they have in
 * flight, then by position, so that a tenant who keeps many workers busy does not make
 * the others wait (fair queues); messages without a group are one such tenant. */
#include "base/arena.h"
#include "base/limits.h"
#include "domain/queue/memory.h"

struct group *group_find(struct queue *q, struct str name)
{
	return name.len == 0 ? &q->plain : names_find(&q->groups, name);
}

struct group *group_for(struct queue *q, struct str name)
{
	struct group *g = group_find(q, name);

	if (g != NULL)
		return g;
	/* The name lies behind the group: one allocation for both. */
	must(name.len <= MESSAGE_GROUP_MAX);
	g = mem_get(sizeof *g + name.len);
	memcpy(g + 1, name.at, name.len);
	g->name = (struct str){ (const char *)(g + 1), name.len };
	g->queue = q;
	names_put(&q->groups, g->name, g);
	return g;
}

static struct entry *entry_at(struct heap_entry *order)
{
	return CONTAINER(order, struct entry, order);
}

uint64_t group_head(const struct group *g)
{
	uint64_t fresh = runs_first(&g->fresh);
	struct heap_entry *again = heap_first(&g->again);

	if (again == NULL)
		return fresh;
	return fresh == 0 || again->tie < fresh ? again->tie : fresh;
}

int64_t group_ready(const struct group *g)
{
	return g->fresh.total + (int64_t)g->again.count;
}

static void group_end(struct group *g)
{
	must(g->again.count == 0 && g->order.place == 0 && g->turn.place == 0);
	runs_free(&g->fresh);
	heap_free(&g->again);
	if (g == &g->queue->plain)
		return;
	names_take(&g->queue->groups, g->name);
	mem_free(g);
}

/* on_poison=stop: what stands first was received too often. */
static bool poisoned(const struct group *g, uint64_t head)
{
	const struct settings *s = &g->queue->settings;
	struct heap_entry *again = heap_first(&g->again);

	return s->stop_on_poison && s->fifo && s->max_receives > 0 && again != NULL &&
	       again->tie == head && entry_tries(entry_at(again)) >= s->max_receives;
}

/* Q6, and Q3 on FIFO queues. */
static bool at_limit(const struct group *g)
{
	int64_t most = g->queue->settings.key_concurrency;
	bool waits = g->queue->settings.fifo &&
	             g->backing_off > 0; /* what is next in order, backs off */

	return g->limited || waits || (most > 0 && g->in_flight >= most && g != &g->queue->plain);
}

void group_settle(struct group *g)
{
	struct queue *q = g->queue;
	uint64_t head = group_head(g);
	bool held = head != 0 && at_limit(g), stopped = poisoned(g, head);

	must(g->in_flight >= 0 && g->delayed >= 0 && g->backing_off >= 0); /* Q5 */
	q->stopped_groups += (int64_t)stopped - (int64_t)g->stopped;
	q->held_groups += (int64_t)held - (int64_t)g->held;
	must(q->stopped_groups >= 0 && q->held_groups >= 0);
	g->stopped = stopped;
	g->held = held;
	if (head == 0 || held || stopped)
		heap_take(&q->ready, &g->order);
	else
		heap_put(&q->ready, &g->order, q->settings.fifo ? 0 : g->in_flight, head);
	/* One whose bucket is not full stays: it must not come back with a full one. */
	if (head == 0 && g->in_flight + g->delayed + g->backing_off == 0 && g != &q->plain &&
	    g->turn.place == 0)
		group_end(g);
}

struct entry *entry_new(struct queues *all, struct group *g, uint64_t position)
{
	struct entry *e = all->spare;

	if (e != NULL)
		all->spare = (struct entry *)(void *)e->group;
	else
		e = mem_get(sizeof *e);
	must(position >= g->queue->first_position && position <= POSITION_MAX); /* Q4 */
	*e = (struct entry){ .group = g, .position = position, .state = ENTRY_READY };
	map_put(&g->queue->entries, position, e);
	return e;
}

/* Takes the entry out of the heap it is in and out of the counts. */
static void entry_leave(struct queues *all, struct entry *e)
{
	struct group *g = e->group;
	struct queue *q = g->queue;

	switch (e->state) {
	case ENTRY_DELAYED:
		must(e->order.place != 0 && g->delayed > 0 && q->delayed > 0); /* Q5 */
		heap_take(&all->due, &e->order);
		g->delayed--;
		q->delayed--;
		break;
	case ENTRY_IN_FLIGHT:
		must(e->order.place != 0 && g->in_flight > 0 && q->in_flight > 0); /* Q5 */
		heap_take(e->leased ? &all->leases : &all->due, &e->order);
		g->in_flight--;
		q->in_flight--;
		break;
	case ENTRY_BACKOFF:
		must(e->order.place != 0 && g->backing_off > 0 && q->delayed > 0); /* Q5 */
		heap_take(&all->due, &e->order);
		g->backing_off--;
		q->delayed--;
		break;
	case ENTRY_READY:
		if (e->order.place != 0) {
			must(q->visible > 0); /* Q5 */
			heap_take(&g->again, &e->order);
			q->visible--;
		}
		break;
	}
	e->state = ENTRY_READY;
}

void entry_free(struct queues *all, struct entry *e)
{
	entry_leave(all, e);
	const struct entry *was = map_take(&e->group->queue->entries, e->position);
	must(was == e);
	e->group = (struct group *)(void *)all->spare;
	all->spare = e;
}

void entry_delay(struct queues *all, struct entry *e, int64_t until_mono)
{
	must(e->receive_count == 0); /* what was received once is not delayed, but in flight */
	entry_leave(all, e);
	e->state = ENTRY_DELAYED;
	e->group->delayed++;
	e->group->queue->delayed++;
	heap_put(&all->due, &e->order, until_mono, e->position);
}

void entry_fly(struct queues *all, struct entry *e, int64_t until_mono)
{
	must(e->receive_count > 0); /* Q2 */
	entry_leave(all, e);
	e->state = ENTRY_IN_FLIGHT;
	e->leased = e->group->queue->settings.track; /* Q7 */
	e->group->in_flight++;
	e->group->queue->in_flight++;
	heap_put(e->leased ? &all->leases : &all->due, &e->order, until_mono, e->position);
}

void entry_back_off(struct queues *all, struct entry *e, int64_t until_mono)
{
	must(e->receive_count > 0 && e->group->queue->settings.track);
	entry_leave(all, e);
	e->state = ENTRY_BACKOFF;
	e->group->backing_off++;
	e->group->queue->delayed++;
	heap_put(&all->due, &e->order, until_mono, e->position);
}

void entry_ready(struct queues *all, struct entry *e)
{
	entry_leave(all, e);
	e->state = ENTRY_READY;
	heap_put(&e->group->again, &e->order, 0, e->position);
	e->group->queue->visible++;
}

void index_add_fresh(struct group *g, uint64_t position)
{
	must(position >= 1 && position <= POSITION_MAX);   /* Q4 */
	must(!g->queue->settings.fifo || g->delayed == 0); /* Q3 */
	runs_add(&g->fresh, position);
	g->queue->visible++;
}

struct entry *index_take(struct queues *all, struct group *g)
{
	uint64_t head = group_head(g);
	struct heap_entry *again = heap_first(&g->again);

	must(head != 0 && g->queue->visible > 0);
	if (again != NULL && again->tie == head) {
		struct entry *e = entry_at(again);
		entry_leave(all, e);
		return e;
	}
	runs_take_first(&g->fresh);
	g->queue->visible--;
	return entry_new(all, g, head);
}

struct entry *index_pick(struct queues *all, struct queue *q, uint64_t position, struct str group)
{
	struct entry *e = map_find(&q->entries, position);

	if (e != NULL)
		return e;
	struct group *g = group_find(q, group);
	must(g != NULL);
	bool was_there = runs_take(&g->fresh, position);
	must(was_there && q->visible > 0); /* Q1, Q5 */
	q->visible--;
	return entry_new(all, g, position);
}

void index_clear(struct queues *all, struct queue *q)
{
	size_t at = 0;
	struct entry *e;

	/* Entries first: they point at groups. The map itself is freed whole. */
	while ((e = map_next(&q->entries, &at)) != NULL) {
		entry_leave(all, e);
		e->group = (struct group *)(void *)all->spare;
		all->spare = e;
	}
	map_free(&q->entries);
	heap_free(&q->ready);
	at = 0;
	struct group *g;
	while ((g = names_next(&q->groups, &at)) != NULL) {
		heap_take(&all->turns, &g->turn);
		runs_free(&g->fresh);
		heap_free(&g->again);
		mem_free(g);
	}
	names_free(&q->groups);
	runs_free(&q->plain.fresh);
	heap_free(&q->plain.again);
	q->plain = (struct group){ .queue = q };
	q->visible = q->in_flight = q->delayed = q->stopped_groups = q->held_groups = 0;
}
