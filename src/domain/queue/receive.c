/* receive.c - messages are handed out: hidden for a while, not gone.
 *
 * What is handed out is in the rows before anybody hears of it: visibility and
 * receive count survive a crash, so that nothing a live consumer holds is given to
 * another, and no poisoned message starts counting anew. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

enum { OVERDUE_MAX = 200 }; /* expired or poisoned messages put away by one receive */

enum err message_from_row(struct arena *arena, const struct value *columns, int count, struct received *r)
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

	one->found = true;
	return message_from_row(one->arena, columns, count, one->to);
}

enum err message_read(struct store *store, struct arena *arena, int64_t id, struct received *to)
{
	struct one one = { arena, to, false };

	*to = (struct received){ 0 };
	TRY(store_run(store, STMT_MESSAGE_READ, VALUES(value_int(id)), take_message, &one));
	return one.found ? OK : ERR_CORRUPT;
}

enum err queue_remove(struct batch *b, struct queue *q, struct entry *e)
{
	struct group *g = e->group;
	int64_t id = message_id_of(q, e->position);

	TRY(store_run(b->store, STMT_MESSAGE_DELETE, VALUES(value_int(id)), NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(id)), NULL, NULL));
	entry_free(b->domain->queues, e);
	group_settle(g);
	return OK;
}

struct queue *queue_dead_for(struct batch *b, const struct queue *q)
{
	struct queue *dead = q->settings.dead_queue.len == 0 ? NULL :
	                     queue_by_name(b->domain, q->settings.dead_queue);

	return dead == NULL || dead->settings.fifo != q->settings.fifo ? NULL : dead;
}

/* The same message in the other queue, in this transaction. `from`: the queue it was
 * dead-lettered from, absent when it is moved back. */
enum err queue_transfer(struct batch *b, struct queue *q, struct entry *e, struct queue *to, struct str from)
{
	/* Coming back, or into a queue that counts for itself, it begins anew. */
	struct group *g = group_for(to, e->group->name);
	bool behind_delayed = to->settings.fifo && g->delayed > 0; /* Q3 */
	bool keep_count = str_given(from) && to->settings.max_receives == 0 && !behind_delayed;
	int64_t sent_at = str_given(from) && !to->settings.fifo ? e->sent_at : b->now.wall_ms;
	int64_t old = message_id_of(q, e->position);
	uint64_t position;

	queue_touch(b, q);
	queue_touch(b, to);
	TRY(queue_next_position(b, to, &position));
	int64_t id = message_id_of(to, position);
	TRY(store_run(b->store, STMT_MESSAGE_MOVE,
	              VALUES(value_int(old), value_int(id), value_int(sent_at),
	                     value_int(keep_count ? e->receive_count : 0)), NULL, NULL));
	TRY(store_run(b->store, STMT_BODY_MOVE, VALUES(value_int(old), value_int(id), value_text(from)), NULL,
	              NULL));
	if (behind_delayed) {
		TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
		              VALUES(value_int(id),
		                     value_int(b->now.wall_ms + g->delayed_until - b->now.mono_ms)), NULL, NULL));
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

/* ---- taking messages */

/* How many more may be in flight or pass by rate now. */
static int64_t allowance(struct batch *b, struct queue *q)
{
	int64_t limit = QUEUE_IN_FLIGHT_MAX;

	if (q->settings.paused)
		return 0;
	if (q->settings.concurrency > 0 && q->settings.concurrency < limit)
		limit = q->settings.concurrency;
	limit -= q->in_flight;
	if (q->settings.rate > 0) {
		int64_t full = q->settings.rate * 1000, passed = b->now.mono_ms - q->rate_at_mono;
		int64_t more = passed > 1000 ? full : q->settings.rate * passed;
		q->rate_tokens_milli = q->rate_tokens_milli + more > full ? full : q->rate_tokens_milli + more;
		q->rate_at_mono = b->now.mono_ms;
		if (q->rate_tokens_milli / 1000 < limit)
			limit = q->rate_tokens_milli / 1000;
	}
	return limit < 0 ? 0 : limit;
}

static void use_rate(struct queue *q, int count)
{
	if (q->settings.rate > 0)
		q->rate_tokens_milli -= (int64_t)count * 1000;
}

/* True when the message was put away instead: expired, or received too often. */
static enum err put_away(struct batch *b, struct queue *q, struct entry *e, bool *away)
{
	struct queue *dead;

	*away = true;
	if (e->sent_at + q->settings.retention_s * SECOND_MS <= b->now.wall_ms)
		return queue_remove(b, q, e);
	if (q->settings.max_receives > 0 && e->receive_count >= q->settings.max_receives) {
		dead = queue_dead_for(b, q);
		if (dead != NULL)
			return queue_dead_letter(b, q, e, dead);
	}
	*away = false;
	return OK;
}

static enum err hand_out(struct batch *b, struct cmd *c, struct queue *q, struct entry *e, int64_t hidden_ms)
{
	struct queue_receive *p = c->in;
	struct received *r = &p->messages[p->count];

	e->receive_count++;
	if (e->first_received_at == 0)
		e->first_received_at = b->now.wall_ms;
	e->received_mono = b->now.mono_ms;
	e->changed = false;
	TRY(store_run(b->store, STMT_MESSAGE_RECEIVE,
	              VALUES(value_int(message_id_of(q, e->position)), value_int(b->now.wall_ms + hidden_ms),
	                     value_int(e->receive_count), value_int(e->first_received_at)), NULL, NULL));
	r->receive_count = e->receive_count;
	r->first_received_at = e->first_received_at;
	r->receipt = (struct receipt){ q->id, e->position, e->receive_count };
	entry_fly(b->domain->queues, e, b->now.mono_ms + hidden_ms);
	group_settle(e->group);
	q->counters.received++;
	p->count++;
	return OK;
}

/* One message of the group, if it is not put away. */
static enum err take_one(struct batch *b, struct cmd *c, struct queue *q, struct group *g, int64_t hidden_ms,
                         int *overdue)
{
	struct queue_receive *p = c->in;
	struct entry *e = index_take(b->domain->queues, g);
	bool away;

	TRY(message_read(b->store, c->arena, message_id_of(q, e->position), &p->messages[p->count]));
	e->sent_at = p->messages[p->count].sent_at;
	/* Not in a heap, not counted, until one of the following has placed it. */
	TRY(put_away(b, q, e, &away));
	if (away) {
		++*overdue;
		return OK;
	}
	return hand_out(b, c, q, e, hidden_ms);
}

static struct group *ready_group(const struct queue *q)
{
	struct heap_entry *first = heap_first(&q->ready);

	return first == NULL ? NULL : CONTAINER(first, struct group, order);
}

/* Fills the answer from what is ready. FIFO: as many as possible of one group, then
 * of the next; what this receive takes does not lock the group against itself. */
static enum err take_all(struct batch *b, struct cmd *c, struct queue *q, int64_t room, int64_t hidden_ms)
{
	struct queue_receive *p = c->in;
	int most = room < p->max ? (int)room : p->max, overdue = 0;
	struct group *g;

	while (p->count < most && overdue < OVERDUE_MAX && (g = ready_group(q)) != NULL) {
		/* The group may end with its last message, and its name with it. */
		struct str name = arena_str(b->arena, g->name);
		TRY(take_one(b, c, q, g, hidden_ms, &overdue));
		while (q->settings.fifo && p->count < most && overdue < OVERDUE_MAX &&
		       (g = group_find(q, name)) != NULL && group_head(g) != 0 && !g->stopped)
			TRY(take_one(b, c, q, g, hidden_ms, &overdue));
	}
	return OK;
}

static int64_t hidden_for(const struct queue *q, const struct queue_receive *p)
{
	return SECOND_MS * (p->visibility_s < 0 ? q->settings.visibility_s : p->visibility_s);
}

/* Hidden for zero seconds: received and ready again; each message once per call. */
static enum err take_unhidden(struct batch *b, struct cmd *c, struct queue *q, int64_t room)
{
	struct queue_receive *p = c->in;
	int most = room < p->max ? (int)room : p->max;

	TRY(take_all(b, c, q, room < most ? room : most, 1));
	/* One millisecond was only a mark: make them ready within the same batch. */
	for (int i = 0; i < p->count; i++) {
		struct entry *e = map_find(&q->entries, p->messages[i].position);
		must(e != NULL);
		TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
		              VALUES(value_int(message_id_of(q, e->position)), value_int(0)), NULL, NULL));
		entry_ready(b->domain->queues, e);
		group_settle(e->group);
	}
	return OK;
}

/* ---- the same attempt again */

static bool still_held(const struct queue *q, const struct receipt *r)
{
	const struct entry *e = map_find(&q->entries, r->position);

	return e != NULL && e->state == ENTRY_IN_FLIGHT && e->receive_count == r->receive && !e->changed;
}

static enum err replay(struct batch *b, struct cmd *c, struct queue *q, const struct receipt *receipts, int count)
{
	struct queue_receive *p = c->in;
	int64_t hidden_ms = hidden_for(q, p);

	queue_touch(b, q);
	for (int i = 0; i < count && i < p->max; i++) {
		struct entry *e = map_find(&q->entries, receipts[i].position);
		struct received *r = &p->messages[p->count++];
		TRY(message_read(b->store, c->arena, message_id_of(q, e->position), r));
		r->receipt = receipts[i];
		TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
		              VALUES(value_int(message_id_of(q, e->position)),
		                     value_int(b->now.wall_ms + hidden_ms)), NULL, NULL));
		entry_fly(b->domain->queues, e, b->now.mono_ms + hidden_ms);
	}
	return OK;
}

static enum err try_replay(struct batch *b, struct cmd *c, struct queue *q)
{
	struct queue_receive *p = c->in;
	const struct receipt *receipts;
	struct attempt *a = attempt_find(q, p->attempt, b->now);

	if (a == NULL)
		return OK;
	int count = attempt_receipts(a, &receipts);
	for (int i = 0; i < count; i++)
		if (!still_held(q, &receipts[i]))
			return OK;
	return replay(b, c, q, receipts, count);
}

/* ---- ReceiveMessage */

static enum err receive_check(struct batch *b, struct cmd *c)
{
	struct queue_receive *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);

	must(p->max >= 1 && p->max <= BATCH_ENTRIES_MAX);
	if (q == NULL)
		return OK;
	if (str_given(p->attempt) && !q->settings.fifo)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Value %.*s for parameter ReceiveRequestAttemptId is invalid. Reason: The request "
		              "includes a parameter that is not valid for this queue type.", S_ARG(p->attempt));
	if (!q->settings.fifo && q->in_flight >= QUEUE_IN_FLIGHT_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "Too many messages in flight: %d. Delete some, or wait for their visibility timeouts.",
		              QUEUE_IN_FLIGHT_MAX);
	return OK;
}

static uint64_t reply_key(struct reply_to to)
{
	return (uint64_t)(uint32_t)to.loop << 56 ^ (uint64_t)to.slot << 32 ^ to.generation;
}

/* `c->deadline.key` is set. */
void queue_repark(struct queues *all, struct queue *q, struct cmd *c)
{
	list_add_last(&q->waiting, &c->waiting);
	heap_put(&all->waits, &c->deadline, c->deadline.key, 0);
	map_put(&all->parked, reply_key(c->reply_to), c);
	all->parked_count++;
}

static void park(struct batch *b, struct cmd *c, struct queue *q, int64_t wait_s)
{
	struct queues *all = b->domain->queues;

	c->deadline.key = b->now.patience_ms + wait_s * SECOND_MS;
	queue_repark(all, q, c);
}

void queue_unpark(struct queues *all, struct cmd *c)
{
	node_take(&c->waiting);
	heap_take(&all->waits, &c->deadline);
	if (map_find(&all->parked, reply_key(c->reply_to)) == c)
		map_take(&all->parked, reply_key(c->reply_to));
	all->parked_count--;
}

/* The earliest moment at which a limited rate lets the next one through. */
static void wake_by_rate(struct batch *b, struct queue *q)
{
	if (q->settings.rate > 0 && q->visible > 0 && !list_empty(&q->waiting) && !q->settings.paused) {
		int64_t missing = 1000 - q->rate_tokens_milli;
		int64_t in_ms = missing <= 0 ? 1 : missing / q->settings.rate + 1;
		heap_put(&b->domain->queues->wakes, &q->wake, b->now.mono_ms + in_ms, q->id);
	}
}

static enum err try_receive(struct batch *b, struct cmd *c, struct queue *q)
{
	struct queue_receive *p = c->in;
	int64_t hidden_ms = hidden_for(q, p);

	p->count = 0;
	p->fifo = q->settings.fifo;
	if (str_given(p->attempt))
		TRY(try_replay(b, c, q));
	int64_t room = allowance(b, q);
	if (p->count == 0 && room > 0 && q->visible > 0) {
		queue_touch(b, q);
		TRY(hidden_ms > 0 ? take_all(b, c, q, room, hidden_ms) : take_unhidden(b, c, q, room));
		use_rate(q, p->count);
		if (str_given(p->attempt) && p->count > 0)
			attempt_note(q, p->attempt, p->messages, p->count, b->now);
	}
	return OK;
}

static enum err receive_write(struct batch *b, struct cmd *c)
{
	struct queue_receive *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);
	int64_t wait_s = p->wait_s < 0 ? q->settings.wait_s : p->wait_s;

	p->count = 0; /* it may run again after a rollback */
	if (p->messages == NULL)
		p->messages = ARENA_ARRAY(c->arena, struct received, p->max);
	/* Who came first is served first. */
	if (list_empty(&q->waiting))
		TRY(try_receive(b, c, q));
	if (p->count == 0 && wait_s > 0 && c->reply_to.loop >= 0 &&
	    b->domain->queues->parked_count < WAITING_RECEIVES_MAX) {
		park(b, c, q, wait_s);
		wake_by_rate(b, q);
		queue_wake(b, q);
	}
	return OK;
}

const struct op op_queue_receive = {
	.name = "queue_receive", .lane = LANE_WRITE, .check = receive_check, .write = receive_write,
};

enum err queue_serve(struct batch *b, struct queue *q)
{
	struct cmd *c;

	while (q->visible > 0 && (c = LIST_FIRST(&q->waiting, struct cmd, waiting)) != NULL) {
		struct queue_receive *p = c->in;
		TRY(try_receive(b, c, q));
		if (p->count == 0) {
			/* Locked or limited: nothing for the next one either. Or so many were
			 * put away that the rest is for another turn. */
			if (ready_group(q) != NULL && allowance(b, q) > 0)
				heap_put(&b->domain->queues->wakes, &q->wake, b->now.mono_ms, q->id);
			break;
		}
		queue_unpark(b->domain->queues, c);
		list_add_last(&b->finished, &c->node);
	}
	wake_by_rate(b, q);
	return OK;
}

void queue_finish_waiting(struct batch *b, struct queue *q, enum refusal why, const char *text)
{
	struct cmd *c;

	while ((c = LIST_FIRST(&q->waiting, struct cmd, waiting)) != NULL) {
		if (why != REFUSED_NONE)
			refuse(c, why, "%s", text);
		queue_unpark(b->domain->queues, c);
		list_add_last(&b->finished, &c->node);
	}
}

/* A client went away: nobody waits for this answer any more. */
static enum err gone_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err gone_write(struct batch *b, struct cmd *c)
{
	struct reply_to *gone = c->in;
	struct cmd *parked = map_find(&b->domain->queues->parked, reply_key(*gone));

	if (parked == NULL || parked->reply_to.loop != gone->loop || parked->reply_to.slot != gone->slot ||
	    parked->reply_to.generation != gone->generation)
		return OK;
	queue_unpark(b->domain->queues, parked);
	parked->reply_to.loop = -1;
	list_add_last(&b->finished, &parked->node);
	return OK;
}

const struct op op_queue_gone = {
	.name = "queue_gone", .lane = LANE_WRITE, .drains = true, .check = gone_check, .write = gone_write,
};
