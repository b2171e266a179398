/* index.c - which message is next: groups, runs, entries (see memory.h).
 *
 * A queue's `ready` heap (that of each lane, if it has priorities: lanes.h) holds the groups
 * that may give a message now: not those that are stopped or at a limit of theirs (Q6; on
 * FIFO queues key_concurrency is 1, which is Q3). FIFO: by the position of their first
 * message. Standard: by how many they have in flight, then by position, so that a tenant who
 * keeps many workers busy does not make the others wait (fair queues); messages without a
 * group are one such tenant. */
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
	g->ready.group = g;
	g->ready.priority = -1;
	names_put(&q->groups, g->name, g);
	return g;
}

static struct entry *entry_at(struct heap_entry *order)
{
	return CONTAINER(order, struct entry, order);
}

uint64_t group_head(const struct group *g)
{
	uint64_t head = ready_head(&g->ready);

	for (const struct ready *r = g->ready.next; r != NULL && head == 0; r = r->next)
		head = ready_head(r);
	return head;
}

static void group_end(struct group *g)
{
	must(g->ready.next == NULL && g->ready.again.count == 0 && g->ready.order.place == 0);
	must(g->turn.place == 0 && g != &g->queue->plain);
	ready_end(g);
	names_take(&g->queue->groups, g->name);
	mem_free(g);
}

/* on_poison=stop: what stands first was received too often. */
static bool poisoned(const struct group *g, uint64_t head)
{
	const struct settings *s = &g->queue->settings;
	struct heap_entry *again = heap_first(&g->ready.again);

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
	uint64_t head = q->lanes == NULL ? ready_head(&g->ready) : group_head(g);
	bool held = head != 0 && at_limit(g), stopped = poisoned(g, head);

	must(g->in_flight >= 0 && g->delayed >= 0 && g->backing_off >= 0); /* Q5 */
	q->stopped_groups += (int64_t)stopped - (int64_t)g->stopped;
	q->held_groups += (int64_t)held - (int64_t)g->held;
	must(q->stopped_groups >= 0 && q->held_groups >= 0);
	g->stopped = stopped;
	g->held = held;
	if (q->lanes != NULL)
		lanes_settle(g, held);
	else if (head == 0 || held || stopped)
		heap_take(&q->ready, &g->ready.order);
	else
		heap_put(&q->ready, &g->ready.order, q->settings.fifo ? 0 : g->in_flight, head);
	/* One whose bucket is not full stays: it must not come back with a full one. */
	if (head == 0 && g->in_flight + g->delayed + g->backing_off == 0 && g != &q->plain &&
	    g->turn.place == 0)
		group_end(g);
}

/* Q5, and L1 of lanes.h. */
static void count_ready(struct queue *q, int priority, int by)
{
	q->visible += by;
	must(q->visible >= 0);
	if (q->lanes != NULL)
		q->lanes->visible[priority] += by;
}

struct entry *entry_new(struct queues *all, struct group *g, uint64_t position)
{
	struct entry *e = all->spare;

	if (e != NULL)
		all->spare = (struct entry *)(void *)e->group;
	else
		e = mem_get(sizeof *e);
	must(position >= g->queue->first_position && position <= POSITION_MAX); /* Q4 */
	*e = (struct entry){
		.group = g, .position = position, .state = ENTRY_READY, .priority = PRIORITY_DEFAULT
	};
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
			heap_take(&ready_of(g, e->priority)->again, &e->order);
			count_ready(q, e->priority, -1);
		}
		break;
	}
	e->state = ENTRY_READY;
}

/* The delayed message that held the others back longest was removed: until the next one (Q3). */
static void held_back_less(struct group *g)
{
	struct entry *e;
	size_t at = 0;

	g->delayed_until = 0;
	while ((e = map_next(&g->queue->entries, &at)) != NULL)
		if (e->group == g && e->state == ENTRY_DELAYED && e->order.key > g->delayed_until)
			g->delayed_until = e->order.key;
}

void entry_free(struct queues *all, struct entry *e)
{
	struct group *g = e->group;
	bool last = g->queue->settings.fifo && e->state == ENTRY_DELAYED && g->delayed > 1 &&
	            e->order.key == g->delayed_until;

	entry_leave(all, e);
	if (last)
		held_back_less(g);
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
	if (e->state == ENTRY_DELAYED)
		e->received_mono = e->order.key;
	entry_leave(all, e);
	e->state = ENTRY_READY;
	heap_put(&ready_for(e->group, e->priority)->again, &e->order, 0, e->position);
	count_ready(e->group->queue, e->priority, 1);
}

void index_add_fresh(struct group *g, int priority, uint64_t position)
{
	must(position >= 1 && position <= POSITION_MAX);   /* Q4 */
	must(!g->queue->settings.fifo || g->delayed == 0); /* Q3 */
	runs_add(&ready_for(g, priority)->fresh, position);
	count_ready(g->queue, priority, 1);
}

/* The entry of a message that was fresh. */
static struct entry *no_longer_fresh(struct queues *all, struct ready *r, uint64_t position)
{
	struct queue *q = r->group->queue;
	struct entry *e = entry_new(all, r->group, position);

	if (q->lanes != NULL)
		e->priority = (int8_t)r->priority;
	count_ready(q, e->priority, -1);
	return e;
}

struct entry *index_take(struct queues *all, struct ready *r)
{
	uint64_t head = ready_head(r);
	struct heap_entry *again = heap_first(&r->again);

	must(head != 0);
	if (again != NULL && again->tie == head) {
		struct entry *e = entry_at(again);
		entry_leave(all, e);
		return e;
	}
	runs_take_first(&r->fresh);
	return no_longer_fresh(all, r, head);
}

struct entry *index_pick(struct queues *all, struct queue *q, uint64_t position, struct str group)
{
	struct entry *e = map_find(&q->entries, position);

	if (e != NULL)
		return e;
	struct group *g = group_find(q, group);
	must(g != NULL);
	struct ready *r = &g->ready;
	while (r != NULL && !runs_take(&r->fresh, position))
		r = r->next;
	must(r != NULL); /* Q1 */
	return no_longer_fresh(all, r, position);
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
	for (int i = 0; i < PRIORITIES && q->lanes != NULL; i++) {
		heap_free(&q->lanes->ready[i]);
		q->lanes->visible[i] = 0;
	}
	at = 0;
	struct group *g;
	while ((g = names_next(&q->groups, &at)) != NULL) {
		heap_take(&all->turns, &g->turn);
		ready_end(g);
		mem_free(g);
	}
	names_free(&q->groups);
	ready_end(&q->plain);
	q->plain = (struct group){ .queue = q, .ready = { .group = &q->plain, .priority = -1 } };
	q->visible = q->in_flight = q->delayed = q->stopped_groups = q->held_groups = 0;
}
