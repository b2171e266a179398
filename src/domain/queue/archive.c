/* archive.c - dead letters for files. D1, D2: archive.h. */
#include "domain/queue/archive.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/memory.h"

/* ---- which */

static enum err take_given(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(bool *)context = columns[0].bytes.len > 0;
	return OK;
}

enum err archive_wants(struct batch *b, int64_t message_id, bool *wanted)
{
	*wanted = false;
	if (!b->domain->config.archives)
		return OK;
	return store_run(b->store, STMT_MESSAGE_DEAD_FROM, VALUES(value_int(message_id)), take_given,
	                 wanted);
}

static int64_t over_before(const struct batch *b, const struct queue *q)
{
	return b->now.wall_ms - q->settings.retention_s * SECOND_MS;
}

/* The oldest page of a queue, as sweep.c looks at it. */
struct page {
	struct arena *arena;
	int64_t before; /* sent_at */
	uint64_t positions[SWEEP_ROWS];
	struct str groups[SWEEP_ROWS];
	int count;
};

static enum err take_old(void *context, const struct value *columns, int count)
{
	struct page *page = context;

	must(count == 3 && page->count < SWEEP_ROWS);
	if (columns[1].number > page->before)
		return OK;
	page->groups[page->count] = arena_str(page->arena, columns[2].bytes);
	page->positions[page->count++] = POSITION_OF(columns[0].number);
	return OK;
}

/* Of rows from one position to another: those whose time is over. */
static enum err read_old(struct batch *b, const struct queue *q, uint64_t first, uint64_t last,
                         struct page *page)
{
	*page = (struct page){ .arena = b->arena, .before = over_before(b, q) };
	return store_run(b->store, STMT_MESSAGE_SENT,
	                 VALUES(value_int(message_id_of(q, first)), value_int(message_id_of(q, last)),
	                        value_int(SWEEP_ROWS)),
	                 take_old, page);
}

static bool held(const struct queue *q, uint64_t position)
{
	const struct entry *e = map_find(&q->entries, position);

	return e != NULL && e->state == ENTRY_IN_FLIGHT;
}

/* ---- take: changes nothing */

static enum err archive_check(struct batch *b, struct cmd *c)
{
	(void)c;
	must(b->domain->config.archives);
	return OK;
}

static enum err take_one(struct batch *b, struct cmd *c, const struct queue *q, uint64_t position)
{
	struct archive_take *p = c->in;
	bool wanted;

	TRY(archive_wants(b, message_id_of(q, position), &wanted));
	if (!wanted || held(q, position))
		return OK;
	struct received *r = &p->messages[p->count];
	TRY(message_read(b, q, position, c->arena, r));
	must(str_given(r->dead_from) && r->position == position);
	c->answer_bytes += r->body.len + r->attributes.len;
	p->count++;
	return OK;
}

static enum err take_some(struct batch *b, struct cmd *c, const struct queue *q)
{
	struct archive_take *p = c->in;
	struct page *page;

	if (q->oldest_sent_at == 0 || q->oldest_sent_at > over_before(b, q))
		return OK;
	page = ARENA_NEW(b->arena, struct page);
	TRY(read_old(b, q, q->first_position, POSITION_MAX, page));
	for (int i = 0; i < page->count && p->count < ARCHIVE_TAKE_MAX; i++)
		if (c->answer_bytes < ARCHIVE_TAKE_BYTES)
			TRY(take_one(b, c, q, page->positions[i]));
	if (p->count > 0) {
		p->queue = arena_str(c->arena, q->name);
		p->queue_id = q->id;
	}
	return OK;
}

static enum err take_write(struct batch *b, struct cmd *c)
{
	struct archive_take *p = c->in;
	struct queues *all = b->domain->queues;

	p->now_ms = b->now.wall_ms;
	p->messages = ARENA_ARRAY(c->arena, struct received, ARCHIVE_TAKE_MAX);
	p->count = 0;
	for (size_t i = 0; i < all->count && p->count == 0; i++)
		TRY(take_some(b, c, all->sorted[all->archive_queue++ % all->count]));
	return OK;
}

const struct op op_archive_take = {
	.name = "archive_take",
	.lane = LANE_WRITE,
	.check = archive_check,
	.write = take_write,
};

/* ---- done */

/* D2: the row is read again. */
static enum err remove_one(struct batch *b, struct queue *q, uint64_t position, int *removed)
{
	struct page *page = ARENA_NEW(b->arena, struct page);

	if (position < q->first_position || held(q, position))
		return OK;
	TRY(read_old(b, q, position, position, page));
	if (page->count == 0)
		return OK;
	must(page->count == 1 && page->positions[0] == position);
	++*removed;
	return queue_remove(b, q, index_pick(b->domain->queues, q, position, page->groups[0]),
	                    LEAVES_EXPIRED);
}

static enum err done_write(struct batch *b, struct cmd *c)
{
	struct archive_done *p = c->in;
	struct queue *q = map_find(&b->domain->queues->by_id, p->queue_id);

	must(p->count >= 1 && p->count <= ARCHIVE_TAKE_MAX && str_given(p->file));
	p->removed = 0;
	if (q == NULL || q->dropped)
		return OK;
	queue_touch(b, q);
	for (int i = 0; i < p->count; i++)
		TRY(remove_one(b, q, p->positions[i], &p->removed));
	if (p->removed == 0)
		return OK;
	queue_wake(b, q); /* they may have held their group */
	return audit_write(b, NULL, "message.archive", audit_name(b, "queue", q->name),
	                   AUDIT_JSON(b, audit_text("file", p->file),
	                              audit_number("messages", p->removed),
	                              audit_number("first", (int64_t)p->positions[0]),
	                              audit_number("last", (int64_t)p->positions[p->count - 1])));
}

const struct op op_archive_done = {
	.name = "archive_done",
	.lane = LANE_WRITE,
	.drains = true,
	.check = archive_check,
	.write = done_write,
};
