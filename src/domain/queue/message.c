/* message.c - one message between rows and memory: read, removed, put into another queue. */
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/track.h"

enum err message_from_row(struct arena *arena, const struct value *columns, int count,
                          struct received *r)
{
	must(count == 15 || count == 17 || count == 19); /* plain, of a tracked queue, for people */
	if (!value_read_uuid(columns[0], &r->message_id))
		return ERR_CORRUPT;
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
	r->priority = -1;
	if (count >= 17) {
		r->timeout_ms = columns[15].number;
		r->grouped = columns[16].number != 0;
	}
	if (count == 19) {
		r->priority = columns[17].kind == VALUE_NULL ? -1 : (int)columns[17].number;
		r->backs_off = r->receive_count > 0 && columns[18].number == r->receive_count;
	}
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

enum err message_read(struct batch *b, const struct queue *q, uint64_t position,
                      struct arena *arena, struct received *to)
{
	struct one one = { arena, to, false };

	must(position >= 1);
	*to = (struct received){ 0 };
	TRY(store_run(b->store, q->settings.track ? STMT_MESSAGE_READ_TRACKED : STMT_MESSAGE_READ,
	              VALUES(value_int(message_id_of(q, position))), take_message, &one));
	return one.found ? OK : ERR_CORRUPT;
}

enum err queue_drop(struct batch *b, struct queue *q, struct entry *e)
{
	struct group *g = e->group;

	must(g->queue == q && node_linked(&q->touched)); /* Q1: a failed batch reads it anew */
	TRY(store_run(b->store, STMT_MESSAGE_DELETE, VALUES(value_int(message_id_of(q, e->position))),
	              NULL, NULL));
	entry_free(b->domain->queues, e);
	group_settle(g);
	return OK;
}

static enum err body_delete(struct batch *b, int64_t id)
{
	return store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(id)), NULL, NULL);
}

enum err queue_remove(struct batch *b, struct queue *q, struct entry *e, enum leaving leaving)
{
	int64_t id = message_id_of(q, e->position);

	if (q->settings.track && leaving == LEAVES_DONE)
		TRY(track_done(b, q, e->position, 1));
	else if (q->settings.track)
		TRY(track_leave(b, id, leaving));
	else
		TRY(body_delete(b, id));
	return queue_drop(b, q, e);
}

enum err queue_remove_page(struct batch *b, struct queue *q, uint64_t first, int n)
{
	int64_t id = message_id_of(q, first), last = id + n - 1;

	must(n > 0 && node_linked(&q->touched)); /* Q1 */
	TRY(store_run(b->store, STMT_MESSAGE_DELETE_PAGE, VALUES(value_int(id), value_int(last)), NULL,
	              NULL));
	if (q->settings.track)
		TRY(track_done(b, q, first, n));
	else
		TRY(store_run(b->store, STMT_BODY_DELETE_PAGE, VALUES(value_int(id), value_int(last)), NULL,
		              NULL));
	for (int i = 0; i < n; i++) {
		struct entry *e = map_find(&q->entries, first + (uint64_t)i);
		must(e != NULL); /* else a row went of which nobody spoke */
		struct group *g = e->group;
		stats_done(q, b->now.mono_ms, b->now.mono_ms - e->received_mono);
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

/* What a message is when it comes into another queue. */
struct arrival {
	uint64_t position;
	int64_t sent_at;
	int64_t receive_count, first_received_at; /* 0: it begins anew */
	bool behind_delayed;                      /* Q3 */
	int priority;
};

/* Coming back, or into a queue that counts for itself, it begins anew. */
static struct arrival arrival_of(struct batch *b, const struct entry *e, const struct queue *to,
                                 const struct group *g, bool dead)
{
	struct arrival a = { .behind_delayed = to->settings.fifo && g->delayed > 0 };

	if (dead && to->settings.max_receives == 0 && !a.behind_delayed) {
		a.receive_count = e->receive_count;
		a.first_received_at = e->first_received_at;
	}
	a.sent_at = dead && !to->settings.fifo ? e->sent_at : b->now.wall_ms;
	return a;
}

static enum err move_rows(struct batch *b, int64_t old, int64_t id, const struct arrival *a,
                          struct str from)
{
	TRY(store_run(b->store, STMT_MESSAGE_MOVE,
	              VALUES(value_int(old), value_int(id), value_int(a->sent_at),
	                     value_int(a->receive_count)),
	              NULL, NULL));
	return store_run(b->store, STMT_BODY_MOVE,
	                 VALUES(value_int(old), value_int(id), value_text(from)), NULL, NULL);
}

/* Its place in the memory of the other queue. */
static enum err place(struct batch *b, struct queue *to, struct group *g, const struct arrival *a)
{
	struct queues *all = b->domain->queues;

	if (a->behind_delayed) {
		TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
		              VALUES(value_int(message_id_of(to, a->position)),
		                     value_int(b->now.wall_ms + g->delayed_until - b->now.mono_ms)),
		              NULL, NULL));
		struct entry *moved = entry_new(all, g, a->position);
		moved->sent_at = a->sent_at;
		entry_delay(all, moved, g->delayed_until);
	} else if (a->receive_count > 0) {
		struct entry *moved = entry_new(all, g, a->position);
		moved->receive_count = (uint32_t)a->receive_count;
		moved->first_received_at = a->first_received_at;
		moved->sent_at = a->sent_at;
		moved->priority = (int8_t)a->priority;
		entry_ready(all, moved);
	} else {
		index_add_fresh(g, a->priority, a->position);
	}
	to->counters.moved_in++;
	group_settle(g);
	if (to->oldest_sent_at == 0 || a->sent_at < to->oldest_sent_at)
		to->oldest_sent_at = a->sent_at;
	queue_wake(b, to);
	return OK;
}

static enum err take_priority(void *context, const struct value *columns, int count)
{
	must(count == 1);
	if (columns[0].kind != VALUE_NULL)
		*(int *)context = (int)columns[0].number;
	return OK;
}

/* In which lane of the other queue it will stand. Without lanes nobody knows but its row. */
static enum err priority_in(struct batch *b, const struct queue *q, const struct entry *e,
                            const struct queue *to, int *priority)
{
	*priority = e->priority;
	if (to->lanes == NULL || q->lanes != NULL)
		return OK;
	*priority = PRIORITY_DEFAULT;
	return store_run(b->store, STMT_MESSAGE_PRIORITY,
	                 VALUES(value_int(message_id_of(q, e->position))), take_priority, priority);
}

/* The same message in the other queue, in this transaction. `from`: the queue it was
 * dead-lettered from, absent when it is moved back. */
enum err queue_transfer(struct batch *b, struct queue *q, struct entry *e, struct queue *to,
                        struct str from, const struct job_end *dead)
{
	struct group *g = group_for(to, e->group->name);
	struct arrival a = arrival_of(b, e, to, g, str_given(from));
	int64_t old = message_id_of(q, e->position);
	bool stays = false;

	must(e->group->queue == q && to->settings.fifo == q->settings.fifo);
	queue_touch(b, q);
	queue_touch(b, to);
	TRY(priority_in(b, q, e, to, &a.priority));
	TRY(queue_next_position(b, to, &a.position));
	TRY(move_rows(b, old, message_id_of(to, a.position), &a, from));
	TRY(place(b, to, g, &a));
	if (q->settings.track || to->settings.track)
		TRY(track_move(b, q, old, to, message_id_of(to, a.position), g->name, dead, &stays));
	TRY(queue_drop(b, q, e));
	queue_wake(b, q);
	return stays ? OK : body_delete(b, old);
}

enum err queue_dead_letter(struct batch *b, struct queue *q, struct entry *e, struct queue *dead,
                           const struct job_end *end)
{
	const struct job_end tried = leaving_end(LEAVES_TRIED);

	TRY(queue_transfer(b, q, e, dead, q->name, end == NULL ? &tried : end));
	q->counters.dead_lettered++;
	return OK;
}
