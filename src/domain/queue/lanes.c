/* lanes.c - priorities: which lane is next, and what a group has in each (see lanes.h). */
#include "domain/queue/lanes.h"

#include "base/arena.h"
#include "domain/queue/memory.h"

void lanes_arrange(struct queue *q)
{
	must(q->visible == 0 && q->ready.count == 0); /* Q5 */
	if (q->settings.priority && q->lanes_memory == NULL)
		q->lanes_memory = mem_get(sizeof *q->lanes_memory);
	q->lanes = q->settings.priority ? q->lanes_memory : NULL;
}

void lanes_free(struct queue *q)
{
	mem_free(q->lanes_memory);
	q->lanes_memory = q->lanes = NULL;
}

void lanes_keep(struct lanes *l)
{
	l->kept = l->turns;
}

void lanes_restore(struct lanes *l)
{
	l->turns = l->kept;
}

static uint64_t stride_of(int priority)
{
	return (uint64_t)1 << (MESSAGE_PRIORITY_MAX - priority);
}

static uint64_t turn_of(const struct turns *t, int priority)
{
	bool waited = (t->waited >> priority & 1) != 0;
	uint64_t first = t->now + (waited ? 0 : stride_of(priority));

	return t->turn[priority] > first ? t->turn[priority] : first;
}

void lanes_served(struct lanes *l, int priority)
{
	struct turns *t = &l->turns;
	uint64_t now = turn_of(t, priority);

	must(priority >= 0 && priority <= MESSAGE_PRIORITY_MAX && now >= t->now);
	for (int i = 0; i < PRIORITIES; i++) {
		if (l->visible[i] > 0)
			t->turn[i] = turn_of(t, i);
	}
	t->turn[priority] = now + stride_of(priority);
	t->now = now;
	t->waited = 0;
	for (int i = 0; i < PRIORITIES; i++)
		t->waited |= (unsigned)(l->visible[i] > 0) << i;
}

bool lanes_several(const struct lanes *l)
{
	int waiting = 0;

	for (int i = 0; i < PRIORITIES; i++)
		waiting += l->ready[i].count > 0;
	return waiting > 1;
}

static struct ready *ready_in(struct heap_entry *order)
{
	return CONTAINER(order, struct ready, order);
}

struct ready *lanes_next(const struct lanes *l)
{
	int best = -1;

	must(l->turns.waited < 1u << PRIORITIES);
	for (int i = PRIORITIES - 1; i >= 0; i--)
		if (l->ready[i].count > 0 && (best < 0 || turn_of(&l->turns, i) < turn_of(&l->turns, best)))
			best = i;
	return best < 0 ? NULL : ready_in(heap_first(&l->ready[best]));
}

/* Groups with messages in flight stand behind others on standard queues, whatever their
 * positions: the first one of a heap need not be it. */
static struct ready *up_to(const struct heap *heap, uint64_t last)
{
	for (size_t i = 1; i <= heap->count; i++)
		if (ready_head(ready_in(heap->at[i])) <= last)
			return ready_in(heap->at[i]);
	return NULL;
}

struct ready *ready_up_to(const struct queue *q, uint64_t last)
{
	struct ready *found = NULL;

	if (q->lanes == NULL)
		return up_to(&q->ready, last);
	for (int i = PRIORITIES - 1; i >= 0 && found == NULL; i--)
		found = up_to(&q->lanes->ready[i], last);
	return found;
}

/* ---- of one group */

static struct ready *find(struct group *g, int priority)
{
	struct ready *r = &g->ready;

	while (r != NULL && r->priority != priority)
		r = r->next;
	return r;
}

struct ready *lanes_find(struct group *g, int priority)
{
	struct ready *r = find(g, priority);

	must(r != NULL); /* L1 */
	return r;
}

struct ready *lanes_make(struct group *g, int priority)
{
	must(priority >= 0 && priority <= MESSAGE_PRIORITY_MAX);
	struct ready *r = find(g, priority);
	if (r == NULL)
		r = find(g, -1);
	if (r == NULL) {
		r = mem_get(sizeof *r);
		r->group = g;
		r->next = g->ready.next;
		g->ready.next = r;
	}
	r->priority = priority;
	return r;
}

static void free_one(struct ready *r)
{
	must(r->order.place == 0);
	runs_free(&r->fresh);
	heap_free(&r->again);
	mem_free(r);
}

/* The one in the group itself is only free for another priority. */
static void end_empty(struct group *g)
{
	struct ready **at = &g->ready.next, *r;

	if (ready_head(&g->ready) == 0)
		g->ready.priority = -1;
	while ((r = *at) != NULL) {
		if (ready_head(r) != 0) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		free_one(r);
	}
}

void lanes_settle(struct group *g, bool held)
{
	struct heap *lanes = g->queue->lanes->ready;

	must(g->queue->ready.count == 0 && !g->queue->settings.fifo);
	for (struct ready *r = &g->ready; r != NULL; r = r->next) {
		if (r->priority < 0)
			continue;
		uint64_t head = ready_head(r);
		if (head == 0 || held)
			heap_take(&lanes[r->priority], &r->order);
		else
			heap_put(&lanes[r->priority], &r->order, g->in_flight, head);
	}
	end_empty(g);
}

void ready_end(struct group *g)
{
	for (struct ready *r = g->ready.next, *next; r != NULL; r = next) {
		next = r->next;
		free_one(r);
	}
	runs_free(&g->ready.fresh);
	heap_free(&g->ready.again);
	g->ready.next = NULL;
}
