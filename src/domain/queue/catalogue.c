/* catalogue.c - which queues there are: in memory, by number, by name, in order. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "wire/schema.h"

struct queues *queues_new(void)
{
	struct queues *all = mem_get(sizeof *all);

	list_init(&all->moves);
	list_init(&all->active);
	all->history_at_mono = NEVER;
	list_init(&all->offered);
	all->next_id = 1;
	all->sweep_at_mono = all->move_at_mono = NEVER;
	return all;
}

void queues_free(struct queues *all)
{
	size_t at = 0;
	struct queue *q;

	while ((q = map_next(&all->by_id, &at)) != NULL)
		queue_free(all, q);
	moves_free(all);
	while (all->spare != NULL) {
		struct entry *e = all->spare;
		all->spare = (struct entry *)(void *)e->group;
		mem_free(e);
	}
	map_free(&all->by_id);
	names_free(&all->by_name);
	mem_free(all->sorted);
	heap_free(&all->due);
	heap_free(&all->leases);
	heap_free(&all->waits);
	heap_free(&all->flows);
	heap_free(&all->wakes);
	heap_free(&all->turns);
	map_free(&all->parked);
	mem_free(all);
}

/* Index of the first queue whose name is not below `name`. */
static size_t sorted_place(const struct queues *all, struct str name)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_cmp(all->sorted[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t queues_from(const struct queues *all, struct str prefix, struct str after)
{
	size_t at = sorted_place(all, str_cmp(after, prefix) > 0 ? after : prefix);

	/* The place of `after` may be its own. */
	return at < all->count && str_given(after) && str_eq(all->sorted[at]->name, after) ? at + 1
	                                                                                   : at;
}

void queue_enlist(struct queues *all, struct queue *q)
{
	if (all->count == all->cap) {
		all->cap = all->cap == 0 ? 64 : all->cap * 2;
		all->sorted = mem_resize(all->sorted, all->cap * sizeof(struct queue *));
	}
	size_t at = sorted_place(all, q->name);
	must(at == all->count || !str_eq(all->sorted[at]->name, q->name));
	must(map_find(&all->by_id, q->id) == NULL);
	memmove(all->sorted + at + 1, all->sorted + at, (all->count - at) * sizeof(struct queue *));
	all->sorted[at] = q;
	all->count++;
	map_put(&all->by_id, q->id, q);
	names_put(&all->by_name, q->name, q);
}

void queue_delist(struct queues *all, struct queue *q)
{
	size_t at = sorted_place(all, q->name);

	must(at < all->count && all->sorted[at] == q);
	all->count--;
	memmove(all->sorted + at, all->sorted + at + 1, (all->count - at) * sizeof(struct queue *));
	map_take(&all->by_id, q->id);
	names_take(&all->by_name, q->name);
}

struct queue *queue_new(struct queues *all, uint32_t id, struct str name)
{
	struct queue *q = mem_get(sizeof *q + name.len);

	must(id >= 1 && id <= QUEUE_ID_MAX && name.len <= QUEUE_NAME_MAX);
	memcpy(q + 1, name.at, name.len);
	q->name = (struct str){ (const char *)(q + 1), name.len };
	q->id = id;
	q->own = str_is(name, QUEUE_NOTIFICATIONS);
	q->plain = (struct group){ .queue = q, .ready = { .group = &q->plain, .priority = -1 } };
	q->settings_arena = arena_open();
	settings_default(&q->settings, str_ends(name, S(".fifo")));
	list_init(&q->waiting);
	list_init(&q->attempts_by_age);
	node_init(&q->active);
	node_init(&q->touched);
	node_init(&q->woken);
	node_init(&q->offered);
	queue_enlist(all, q);
	if (all->next_id <= id)
		all->next_id = id + 1;
	return q;
}

void queue_free(struct queues *all, struct queue *q)
{
	must(list_empty(&q->waiting));
	index_clear(all, q);
	lanes_free(q);
	mem_free(q->stats);
	dedup_clear(&q->dedup);
	attempts_clear(q);
	heap_take(&all->flows, &q->flow);
	heap_take(&all->wakes, &q->wake);
	node_take(&q->active);
	node_take(&q->touched);
	node_take(&q->woken);
	node_take(&q->offered);
	names_free(&q->tags);
	schema_free(q->schema);
	arena_close(q->settings_arena);
	mem_free(q);
}

struct queue *queue_by_name(struct domain *d, struct str name)
{
	return names_find(&d->queues->by_name, name);
}

bool queue_is_fifo(const struct queue *q)
{
	return q->settings.fifo;
}

void queue_touch(struct batch *b, struct queue *q)
{
	if (node_linked(&q->touched))
		return;
	list_add_last(&b->touched, &q->touched);
	q->kept = q->counters;
	if (q->lanes_memory != NULL)
		lanes_keep(q->lanes_memory);
	if (!node_linked(&q->active))
		history_active(b->domain->queues, q, b->now);
	if (b->now.mono_ms >= q->step_at_mono)
		stats_step(q, b->now.mono_ms);
}

void queue_wake(struct batch *b, struct queue *q)
{
	bool wanted = !list_empty(&q->waiting) || push_on(q) || q->own ||
	              q->settings.flow.kind != FLOW_NONE;

	must(!q->dropped);
	if (wanted && !node_linked(&q->woken))
		list_add_last(&b->woken, &q->woken);
}

struct queue *queue_wanted(struct batch *b, struct cmd *c, struct str name)
{
	struct queue *q = queue_by_name(b->domain, name);

	if (q == NULL)
		refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	return q;
}

/* ---- GetQueueUrl, ListQueues, ListDeadLetterSourceQueues */

static enum err named_check(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

const struct op op_queue_find = {
	.name = "queue_find",
	.lane = LANE_WRITE,
	.check = named_check,
	.write = nothing,
};

static enum err list_write(struct batch *b, struct cmd *c)
{
	struct queue_list *p = c->in;
	struct queues *all = b->domain->queues;

	must(p->max > 0 && p->max <= LIST_MAX);
	p->names = ARENA_ARRAY(c->arena, struct str, p->max);
	p->count = 0; /* it may run again after a rollback */
	p->more = false;
	for (size_t i = queues_from(all, p->prefix, p->after); i < all->count; i++) {
		struct str name = all->sorted[i]->name;
		if (!str_starts(name, p->prefix))
			break;
		if (p->count == p->max) {
			p->more = true;
			break;
		}
		p->names[p->count++] = arena_str(c->arena, name);
	}
	return OK;
}

const struct op op_queue_list = {
	.name = "queue_list",
	.lane = LANE_WRITE,
	.check = nothing,
	.write = list_write,
};

static enum err sources_check(struct batch *b, struct cmd *c)
{
	struct queue_sources *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err sources_write(struct batch *b, struct cmd *c)
{
	struct queue_sources *p = c->in;
	struct queues *all = b->domain->queues;

	must(p->max > 0 && p->max <= LIST_MAX);
	p->names = ARENA_ARRAY(c->arena, struct str, p->max);
	p->count = 0; /* it may run again after a rollback */
	p->more = false;
	for (size_t i = queues_from(all, S_NONE, p->after); i < all->count; i++) {
		struct queue *q = all->sorted[i];
		if (!str_eq(q->settings.dead_queue, p->name) || !str_given(q->settings.dead_queue))
			continue;
		if (p->count == p->max) {
			p->more = true;
			break;
		}
		p->names[p->count++] = arena_str(c->arena, q->name);
	}
	return OK;
}

const struct op op_queue_sources = {
	.name = "queue_sources",
	.lane = LANE_WRITE,
	.check = sources_check,
	.write = sources_write,
};
