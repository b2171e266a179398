/* catalogue.c - which queues there are: making, finding, deleting, reading anew. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

struct queues *queues_new(void)
{
	struct queues *all = mem_get(sizeof *all);

	list_init(&all->moves);
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
	heap_free(&all->waits);
	heap_free(&all->wakes);
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

static void enlist(struct queues *all, struct queue *q)
{
	if (all->count == all->cap) {
		all->cap = all->cap == 0 ? 64 : all->cap * 2;
		all->sorted = mem_resize(all->sorted, all->cap * sizeof(struct queue *));
	}
	size_t at = sorted_place(all, q->name);
	memmove(all->sorted + at + 1, all->sorted + at, (all->count - at) * sizeof(struct queue *));
	all->sorted[at] = q;
	all->count++;
	map_put(&all->by_id, q->id, q);
	names_put(&all->by_name, q->name, q);
}

static void delist(struct queues *all, struct queue *q)
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

	memcpy(q + 1, name.at, name.len);
	q->name = (struct str){ (const char *)(q + 1), name.len };
	q->id = id;
	q->plain.queue = q;
	q->settings_arena = arena_open();
	settings_default(&q->settings, str_ends(name, S(".fifo")));
	list_init(&q->waiting);
	list_init(&q->attempts_by_age);
	node_init(&q->touched);
	node_init(&q->woken);
	enlist(all, q);
	if (all->next_id <= id)
		all->next_id = id + 1;
	return q;
}

void queue_free(struct queues *all, struct queue *q)
{
	must(list_empty(&q->waiting));
	index_clear(all, q);
	dedup_clear(&q->dedup);
	attempts_clear(q);
	heap_take(&all->wakes, &q->wake);
	node_take(&q->touched);
	node_take(&q->woken);
	names_free(&q->tags);
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
	if (!node_linked(&q->touched))
		list_add_last(&b->touched, &q->touched);
}

void queue_wake(struct batch *b, struct queue *q)
{
	if (!list_empty(&q->waiting) && !node_linked(&q->woken))
		list_add_last(&b->woken, &q->woken);
}

struct queue *queue_wanted(struct batch *b, struct cmd *c, struct str name)
{
	struct queue *q = queue_by_name(b->domain, name);

	if (q == NULL)
		refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	return q;
}

/* ---- reading from rows */

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
	return store_run(store, STMT_QUEUE_TAGS, VALUES(value_int(q->id)), take_tag, q);
}

static enum err take_queue(void *context, const struct value *columns, int count)
{
	struct reading *r = context;
	struct queue *q = r->queue;

	must(count == 6);
	if (q == NULL)
		q = queue_new(r->all, (uint32_t)columns[0].number, columns[1].bytes);
	q->created_at = columns[2].number;
	q->modified_at = columns[3].number;
	q->next_position = q->reserved = (uint64_t)columns[4].number;
	q->first_position = (uint64_t)columns[5].number;
	r->found = true;
	return OK;
}

static int64_t time_left(int64_t until_wall, struct now now, int64_t longest)
{
	int64_t left = until_wall - now.wall_ms;

	return left < 0 ? 0 : left > longest ? longest : left;
}

static void take_hidden(struct reading *r, struct group *g, struct entry *e, int64_t visible_at)
{
	bool received = e->receive_count > 0;
	int64_t longest = SECOND_MS * (received ? QUEUE_VISIBILITY_MAX_S : QUEUE_DELAY_MAX_S);
	int64_t until = r->now.mono_ms + time_left(visible_at, r->now, longest);

	e->received_mono = r->now.mono_ms;
	if (received) {
		entry_fly(r->all, e, until);
	} else {
		entry_delay(r->all, e, until);
		if (r->queue->settings.fifo && until > g->delayed_until)
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

	must(count == 6);
	struct group *g = group_for(q, columns[5].bytes);
	if (q->oldest_sent_at == 0 || columns[1].number < q->oldest_sent_at)
		q->oldest_sent_at = columns[1].number;
	if (q->next_position <= position)
		return ERR_CORRUPT; /* Q4 */
	if (columns[3].number == 0 && visible_at <= r->now.wall_ms) {
		index_add_fresh(g, position);
	} else {
		struct entry *e = entry_new(r->all, g, position);
		e->sent_at = columns[1].number;
		e->receive_count = (uint32_t)columns[3].number;
		e->first_received_at = columns[4].number;
		if (visible_at > r->now.wall_ms)
			take_hidden(r, g, e, visible_at);
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
	q->oldest_sent_at = 0;
	TRY(store_run(r->store, STMT_MESSAGE_SCAN,
	              VALUES(value_int(message_id_of(q, q->first_position)),
	                     value_int(message_id_of(q, POSITION_MAX))),
	              take_message, r));
	return q->settings.fifo ? dedup_load(q, r->store, r->now) : OK;
}

enum err queue_load(struct queues *all, struct queue *q, struct store *store, struct now now)
{
	struct reading r = { .all = all, .queue = q, .now = now, .store = store };

	TRY(store_run(store, STMT_QUEUE_ONE, VALUES(value_int(q->id)), take_queue, &r));
	attempts_clear(q);
	if (!r.found) {
		/* It was made by the batch that failed; nobody can be waiting. */
		if (!q->dropped)
			delist(all, q);
		queue_free(all, q);
		return OK;
	}
	if (q->dropped) {
		q->dropped = false;
		enlist(all, q);
	}
	TRY(settings_load(q, store));
	return load_messages(&r);
}

enum err queues_load(struct domain *d, struct store *store, struct now now)
{
	struct reading r = { .all = d->queues, .now = now, .store = store };
	size_t at = 0;

	TRY(store_run(store, STMT_QUEUE_ALL, NO_VALUES, take_queue, &r));
	while ((r.queue = map_next(&d->queues->by_id, &at)) != NULL) {
		TRY(settings_load(r.queue, store));
		TRY(load_messages(&r));
	}
	d->queues->sweep_at_mono = now.mono_ms;
	return moves_load(d->queues, store);
}

/* ---- CreateQueue */

static bool name_good(struct str name)
{
	if (name.len < 1 || name.len > QUEUE_NAME_MAX)
		return false;
	struct str stem = str_ends(name, S(".fifo")) ? (struct str){ name.at, name.len - 5 } : name;
	for (size_t i = 0; i < stem.len; i++) {
		char c = stem.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return stem.len > 0;
}

static struct str pair_value(const struct pair *pairs, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (str_is(pairs[i].name, name))
			return pairs[i].value;
	return S_NONE;
}

/* The dead-letter queue must exist, be of the same kind, and admit this source. */
static enum err check_dead_queue(struct batch *b, struct cmd *c, struct str name, bool fifo, struct str policy)
{
	struct settings s = { 0 };

	settings_set(&s, c->arena, S("RedrivePolicy"), policy);
	struct queue *dead = queue_by_name(b->domain, s.dead_queue);
	if (dead == NULL)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Value %.*s for parameter RedrivePolicy is invalid. Reason: Dead letter target does "
		              "not exist.", S_ARG(policy));
	if (dead->settings.fifo != fifo)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Value %.*s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be "
		              "same type of queue as the source.", S_ARG(policy));
	bool allowed = dead->settings.allow == ALLOW_ALL;
	for (int i = 0; i < dead->settings.allowed_count && dead->settings.allow == ALLOW_BY_QUEUE; i++)
		allowed = allowed || str_eq(dead->settings.allowed[i], name);
	if (!allowed)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Value %.*s for parameter RedrivePolicy is invalid. Reason: Queue %.*s is not allowed "
		              "to use this dead-letter queue by its RedriveAllowPolicy.", S_ARG(policy), S_ARG(name));
	return OK;
}

/* What must hold between attributes; `now` are those in force, overlaid by `pairs`. */
static enum err check_together(struct batch *b, struct cmd *c, struct str name, bool fifo,
                               const struct settings *now, const struct pair *pairs, int count,
                               bool limit_by_group_now)
{
	struct str policy = pair_value(pairs, count, "RedrivePolicy");
	struct str scope = pair_value(pairs, count, "DeduplicationScope");
	struct str limit = pair_value(pairs, count, "FifoThroughputLimit");
	bool by_group = str_given(scope) ? str_is(scope, "messageGroup") : now->dedup_by_group;
	bool limit_by_group = str_given(limit) ? str_is(limit, "perMessageGroupId") : limit_by_group_now;

	if (policy.len > 0)
		TRY(check_dead_queue(b, c, name, fifo, policy));
	if (fifo && limit_by_group && !by_group)
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "Invalid value for the parameter FifoThroughputLimit. Reason: The value can only be set "
		              "to perMessageGroupId when DeduplicationScope is messageGroup.");
	return OK;
}

static enum err check_pairs(struct cmd *c, const struct pair *pairs, int count, bool fifo, bool creating)
{
	for (int i = 0; i < count && !cmd_refused(c); i++) {
		struct refused r = attribute_check(c->arena, pairs[i].name, pairs[i].value, fifo, creating);
		if (r.why != REFUSED_NONE)
			return refuse(c, r.why, "%.*s", S_ARG(r.text));
	}
	return OK;
}

struct kept {
	struct arena *arena;
	struct pair pairs[64];
	int count;
};

static enum err keep_pair(void *context, const struct value *columns, int count)
{
	struct kept *k = context;

	must(count == 2);
	if (k->count < 64)
		k->pairs[k->count++] = (struct pair){ arena_str(k->arena, columns[0].bytes),
			                              arena_str(k->arena, columns[1].bytes) };
	return OK;
}

/* CreateQueue again: fine when every given attribute has the value it has. */
static enum err check_same(struct batch *b, struct cmd *c, struct queue *q, struct queue_create *p)
{
	struct kept k = { .arena = c->arena };

	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), keep_pair, &k));
	for (int i = 0; i < p->attribute_count; i++) {
		struct str name = p->attributes[i].name, has = S_NONE;
		const struct attribute *a = attribute_find(name);
		for (int n = 0; n < k.count; n++)
			if (str_eq(k.pairs[n].name, name))
				has = k.pairs[n].value;
		if (!str_given(has))
			has = str_of(attribute_default(a, q->settings.fifo));
		if (!str_eq(has, p->attributes[i].value))
			return refuse(c, REFUSED_QUEUE_EXISTS,
			              "A queue already exists with the same name and a different value for attribute "
			              "%.*s", S_ARG(name));
	}
	return OK;
}

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct queue_create *p = c->in;
	struct str fifo_given = pair_value(p->attributes, p->attribute_count, "FifoQueue");
	bool fifo = str_ends(p->name, S(".fifo"));

	if (!name_good(p->name))
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
	if (fifo && !str_given(fifo_given) && !p->update)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "The name of a FIFO queue can only be used with the attribute FifoQueue=true: %.*s",
		              S_ARG(p->name));
	if (!fifo && str_is(fifo_given, "true"))
		return refuse(c, REFUSED_INVALID_PARAMETER, "The name of a FIFO queue must end with .fifo: %.*s",
		              S_ARG(p->name));
	TRY(check_pairs(c, p->attributes, p->attribute_count, fifo, true));
	if (cmd_refused(c))
		return OK;
	struct queue *q = queue_by_name(b->domain, p->name);
	p->existed = q != NULL;
	if (q != NULL && !p->update)
		return check_same(b, c, q, p);
	if (q == NULL && b->domain->queues->count >= QUEUES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT, "There are %d queues; more are not possible.", QUEUES_MAX);
	if (p->tag_count > QUEUE_TAGS_MAX)
		return refuse(c, REFUSED_INVALID_PARAMETER, "Too many tags: %d given, %d are possible.",
		              p->tag_count, QUEUE_TAGS_MAX);
	struct settings none = { 0 };
	return check_together(b, c, p->name, fifo, q == NULL ? &none : &q->settings, p->attributes,
	                      p->attribute_count, false);
}

static enum err put_attributes(struct batch *b, struct queue *q, const struct pair *pairs, int count)
{
	for (int i = 0; i < count; i++) {
		struct value key[] = { value_int(q->id), value_text(pairs[i].name),
			               value_text(pairs[i].value) };
		if (pairs[i].value.len == 0)
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_DELETE, key, 2, NULL, NULL));
		else
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_PUT, key, 3, NULL, NULL));
		/* A new key replaces Amazon's own encryption; both at once make no sense. */
		if (str_is(pairs[i].name, "KmsMasterKeyId") && pairs[i].value.len > 0)
			TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTE_PUT,
			              VALUES(value_int(q->id), value_text(S("SqsManagedSseEnabled")),
			                     value_text(S("false"))), NULL, NULL));
	}
	return OK;
}

static enum err put_tags(struct batch *b, struct queue *q, const struct pair *tags, int count)
{
	for (int i = 0; i < count; i++)
		TRY(store_run(b->store, STMT_QUEUE_TAG_PUT,
		              VALUES(value_int(q->id), value_text(tags[i].name), value_text(tags[i].value)), NULL,
		              NULL));
	return OK;
}

/* Settings decide which groups may give messages. */
static void settle_groups(struct queue *q)
{
	struct group *g;
	size_t at = 0;

	group_settle(&q->plain);
	/* None ends here: a group without messages does not exist. */
	while ((g = names_next(&q->groups, &at)) != NULL)
		group_settle(g);
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	struct queue_create *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	if (q != NULL && !p->update)
		return OK;
	if (q == NULL) {
		q = queue_new(b->domain->queues, b->domain->queues->next_id, p->name);
		queue_touch(b, q);
		q->created_at = q->modified_at = b->now.wall_ms / 1000 * 1000;
		q->next_position = q->first_position = 1;
		q->reserved = 1;
		TRY(store_run(b->store, STMT_QUEUE_INSERT,
		              VALUES(value_int(q->id), value_text(q->name), value_int(q->created_at),
		                     value_int((int64_t)q->reserved), value_int((int64_t)q->first_position)),
		              NULL, NULL));
	}
	queue_touch(b, q);
	TRY(put_attributes(b, q, p->attributes, p->attribute_count));
	TRY(put_tags(b, q, p->tags, p->tag_count));
	TRY(settings_load(q, b->store));
	settle_groups(q);
	queue_wake(b, q);
	return audit_write(b, c, p->existed ? "queue.set" : "queue.create", p->name, S_NONE);
}

const struct op op_queue_create = {
	.name = "queue_create", .lane = LANE_WRITE, .check = create_check, .write = create_write,
};

/* ---- SetQueueAttributes */

static enum err set_check(struct batch *b, struct cmd *c)
{
	struct queue_set *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);

	if (q == NULL)
		return OK;
	TRY(check_pairs(c, p->attributes, p->count, q->settings.fifo, false));
	if (cmd_refused(c))
		return OK;
	struct kept k = { .arena = c->arena };
	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES, VALUES(value_int(q->id)), keep_pair, &k));
	bool by_group = str_is(pair_value(k.pairs, k.count, "FifoThroughputLimit"), "perMessageGroupId");
	return check_together(b, c, q->name, q->settings.fifo, &q->settings, p->attributes, p->count, by_group);
}

static enum err set_write(struct batch *b, struct cmd *c)
{
	struct queue_set *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	TRY(put_attributes(b, q, p->attributes, p->count));
	q->modified_at = b->now.wall_ms / 1000 * 1000;
	TRY(store_run(b->store, STMT_QUEUE_MODIFIED, VALUES(value_int(q->id), value_int(q->modified_at)), NULL,
	              NULL));
	TRY(settings_load(q, b->store));
	settle_groups(q);
	if (b->domain->queues->sweep_at_mono > b->now.mono_ms)
		b->domain->queues->sweep_at_mono = b->now.mono_ms; /* a shorter retention acts at once */
	queue_wake(b, q);
	return audit_write(b, c, "queue.set", p->name, S_NONE);
}

const struct op op_queue_set = {
	.name = "queue_set", .lane = LANE_WRITE, .check = set_check, .write = set_write,
};

/* ---- DeleteQueue, PurgeQueue */

static enum err named_check(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err to_trash(struct batch *b, struct queue *q, uint64_t below)
{
	if (below <= q->first_position)
		return OK;
	if (b->domain->queues->sweep_at_mono > b->now.mono_ms)
		b->domain->queues->sweep_at_mono = b->now.mono_ms;
	return store_run(b->store, STMT_TRASH_INSERT,
	                 VALUES(value_int(message_id_of(q, q->first_position)),
	                        value_int(message_id_of(q, below - 1))), NULL, NULL);
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	TRY(to_trash(b, q, q->next_position));
	TRY(store_run(b->store, STMT_QUEUE_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_QUEUE_TAGS_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(audit_write(b, c, "queue.delete", p->name, S_NONE));
	queue_finish_waiting(b, q, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	index_clear(b->domain->queues, q);
	node_take(&q->woken);
	delist(b->domain->queues, q);
	q->dropped = true; /* freed after the commit */
	return OK;
}

static enum err purge_check(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);

	if (q != NULL && b->domain->config.sixty_seconds && q->purged_mono != 0 &&
	    b->now.mono_ms - q->purged_mono < MINUTE_MS)
		refuse(c, REFUSED_PURGE_IN_PROGRESS,
		       "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.", S_ARG(p->name));
	return OK;
}

static enum err purge_write(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL);
	queue_touch(b, q);
	TRY(to_trash(b, q, q->next_position));
	q->first_position = q->next_position;
	TRY(store_run(b->store, STMT_QUEUE_PURGE,
	              VALUES(value_int(q->id), value_int((int64_t)q->first_position)), NULL, NULL));
	TRY(audit_write(b, c, "queue.purge", p->name, S_NONE));
	index_clear(b->domain->queues, q);
	dedup_clear(&q->dedup);
	attempts_clear(q);
	q->oldest_sent_at = 0;
	q->purged_mono = b->now.mono_ms;
	return OK;
}

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

const struct op op_queue_delete = {
	.name = "queue_delete", .lane = LANE_WRITE, .drains = true, .check = named_check, .write = delete_write,
};
const struct op op_queue_purge = {
	.name = "queue_purge", .lane = LANE_WRITE, .drains = true, .check = purge_check, .write = purge_write,
};
const struct op op_queue_find = {
	.name = "queue_find", .lane = LANE_WRITE, .check = named_check, .write = nothing,
};

/* ---- lists */

static enum err list_write(struct batch *b, struct cmd *c)
{
	struct queue_list *p = c->in;
	struct queues *all = b->domain->queues;
	struct str from = str_cmp(p->after, p->prefix) > 0 ? p->after : p->prefix;

	must(p->max > 0 && p->max <= LIST_MAX);
	p->names = ARENA_ARRAY(c->arena, struct str, p->max);
	for (size_t i = sorted_place(all, from); i < all->count; i++) {
		struct str name = all->sorted[i]->name;
		if (!str_starts(name, p->prefix))
			break;
		if (str_given(p->after) && str_cmp(name, p->after) <= 0)
			continue;
		if (p->count == p->max) {
			p->more = true;
			break;
		}
		p->names[p->count++] = arena_str(c->arena, name);
	}
	return OK;
}

const struct op op_queue_list = {
	.name = "queue_list", .lane = LANE_WRITE, .check = nothing, .write = list_write,
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
	for (size_t i = 0; i < all->count; i++) {
		struct queue *q = all->sorted[i];
		if (!str_eq(q->settings.dead_queue, p->name) || !str_given(q->settings.dead_queue))
			continue;
		if (str_given(p->after) && str_cmp(q->name, p->after) <= 0)
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
	.name = "queue_sources", .lane = LANE_WRITE, .check = sources_check, .write = sources_write,
};
