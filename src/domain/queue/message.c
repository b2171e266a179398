/* message.c - one message between rows and memory: read, removed, put into another queue. */
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

enum err message_from_row(struct arena *arena, const struct value *columns, int count,
                          struct received *r)
{
	must(count == 15);
	if (columns[0].bytes.len != sizeof r->message_id)
		return ERR_CORRUPT;
	memcpy(&r->message_id, columns[0].bytes.at, sizeof r->message_id);
	r->body = arena_str(arena, columns[1].bytes);
	r->body_md5 = arena_str(arena, columns[2].bytes);
	r->attributes = arena_str(arena, columns[3].bytes);
	r->trace_header = arena_str(arena, columns[4].bytes);
	r->sender = arena_str(arena, columns[5].bytes);
	r->dedup = arena_str(arena, columns[6].bytes);
	r->dead_from = arena_str(arena, columns[7].bytes);
	r->error = arena_str(arena, columns[8].bytes);
	r->sent_at = columns[9].number;
	r->receive_count = columns[10].number;
	r->first_received_at = columns[11].number;
	r->group = arena_str(arena, columns[12].bytes);
	r->visible_at = columns[13].number;
	r->position = POSITION_OF(columns[14].number);
	return OK;
}

struct one {
	struct arena *arena;
	struct received *to;
	bool found;
};

static enum err take_message(void *context, const struct value *columns, int count)
{
	struct one *one = context;

	must(!one->found);
	one->found = true;
	return message_from_row(one->arena, columns, count, one->to);
}

enum err message_read(struct store *store, struct arena *arena, int64_t id, struct received *to)
{
	struct one one = { arena, to, false };

	must(POSITION_OF(id) >= 1);
	*to = (struct received){ 0 };
	TRY(store_run(store, STMT_MESSAGE_READ, VALUES(value_int(id)), take_message, &one));
	return one.found ? OK : ERR_CORRUPT;
}

enum err queue_remove(struct batch *b, struct queue *q, struct entry *e)
{
	struct group *g = e->group;
	int64_t id = message_id_of(q, e->position);

	must(g->queue == q && node_linked(&q->touched)); /* Q1: a failed batch reads it anew */
	TRY(store_run(b->store, STMT_MESSAGE_DELETE, VALUES(value_int(id)), NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(id)), NULL, NULL));
	entry_free(b->domain->queues, e);
	group_settle(g);
	return OK;
}

enum err queue_remove_page(struct batch *b, struct queue *q, uint64_t first, int n)
{
	int64_t id = message_id_of(q, first), last = id + n - 1;

	must(n > 0 && node_linked(&q->touched)); /* Q1 */
	TRY(store_run(b->store, STMT_MESSAGE_DELETE_PAGE, VALUES(value_int(id), value_int(last)), NULL,
	              NULL));
	TRY(store_run(b->store, STMT_BODY_DELETE_PAGE, VALUES(value_int(id), value_int(last)), NULL,
	              NULL));
	for (int i = 0; i < n; i++) {
		struct entry *e = map_find(&q->entries, first + (uint64_t)i);
		must(e != NULL); /* else a row went of which nobody spoke */
		struct group *g = e->group;
		entry_free(b->domain->queues, e);
		group_settle(g);
	}
	return OK;
}

struct queue *queue_dead_for(struct batch *b, const struct queue *q)
{
	struct queue *dead = q->settings.dead_queue.len == 0
	                         ? NULL
	                         : queue_by_name(b->domain, q->settings.dead_queue);

	return dead == NULL || dead->settings.fifo != q->settings.fifo ? NULL : dead;
}

/* The same message in the other queue, in this transaction. `from`: the queue it was
 * dead-lettered from, absent when it is moved back. */
enum err queue_transfer(struct batch *b, struct queue *q, struct entry *e, struct queue *to,
                        struct str from)
{
	/* Coming back, or into a queue that counts for itself, it begins anew. */
	struct group *g = group_for(to, e->group->name);
	bool behind_delayed = to->settings.fifo && g->delayed > 0; /* Q3 */
	bool keep_count = str_given(from) && to->settings.max_receives == 0 && !behind_delayed;
	int64_t sent_at = str_given(from) && !to->settings.fifo ? e->sent_at : b->now.wall_ms;
	int64_t old = message_id_of(q, e->position);
	uint64_t position;

	must(e->group->queue == q && to->settings.fifo == q->settings.fifo);
	queue_touch(b, q);
	queue_touch(b, to);
	TRY(queue_next_position(b, to, &position));
	int64_t id = message_id_of(to, position);
	TRY(store_run(b->store, STMT_MESSAGE_MOVE,
	              VALUES(value_int(old), value_int(id), value_int(sent_at),
	                     value_int(keep_count ? e->receive_count : 0)),
	              NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_MOVE, VALUES(value_int(old), value_int(id), value_text(from)),
	              NULL, NULL));
	if (behind_delayed) {
		TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
		              VALUES(value_int(id),
		                     value_int(b->now.wall_ms + g->delayed_until - b->now.mono_ms)),
		              NULL, NULL));
		struct entry *moved = entry_new(b->domain->queues, g, position);
		moved->sent_at = sent_at;
		entry_delay(b->domain->queues, moved, g->delayed_until);
	} else if (keep_count && e->receive_count > 0) {
		struct entry *moved = entry_new(b->domain->queues, g, position);
		moved->receive_count = e->receive_count;
		moved->first_received_at = e->first_received_at;
		moved->sent_at = sent_at;
		entry_ready(b->domain->queues, moved);
	} else {
		index_add_fresh(g, position);
	}
	group_settle(g);
	if (to->oldest_sent_at == 0 || sent_at < to->oldest_sent_at)
		to->oldest_sent_at = sent_at;
	TRY(queue_remove(b, q, e));
	queue_wake(b, to);
	queue_wake(b, q);
	return OK;
}

enum err queue_dead_letter(struct batch *b, struct queue *q, struct entry *e, struct queue *dead)
{
	TRY(queue_transfer(b, q, e, dead, q->name));
	q->counters.dead_lettered++;
	return OK;
}
