/* move.c - message move tasks: from a dead-letter queue back to where the messages
 * came from, or to another queue.
 *
 * A task is a row, so that it goes on after a restart; it moves MOVE_STEP messages
 * in one transaction, `rate` a second at most. Its work is what was waiting when it
 * began (last_id): messages that fail again and come back are not moved twice. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/move.h"

static const char *const state_names[MOVE_STATES] = { "RUNNING", "CANCELLED", "COMPLETED",
	                                                  "FAILED" };

static struct move *move_new(struct str source, struct str destination)
{
	struct arena *process_arena = arena_open();
	struct move *m = ARENA_NEW(process_arena, struct move);

	m->arena = process_arena;
	m->source = arena_str(process_arena, source);
	m->destination = arena_str(process_arena, destination);
	return m;
}

static void move_free(struct move *m)
{
	node_take(&m->node);
	arena_close(m->arena);
}

void moves_free(struct queues *all)
{
	struct move *m;

	while ((m = LIST_FIRST(&all->moves, struct move, node)) != NULL)
		move_free(m);
}

bool moves_running(const struct queues *all)
{
	for (const struct node *n = all->moves.head.next; n != &all->moves.head; n = n->next)
		if (move_goes_on(CONTAINER(n, struct move, node)))
			return true;
	return false;
}

static bool read_state(struct str name, enum move_state *state)
{
	for (int i = 0; i < MOVE_STATES; i++)
		if (str_is(name, state_names[i])) {
			*state = (enum move_state)i;
			return true;
		}
	return false;
}

static enum err take_task(void *context, const struct value *columns, int count)
{
	struct queues *all = context;
	struct move *m = move_new(columns[1].bytes, columns[2].bytes);

	must(count == 16);
	list_add_last(&all->moves, &m->node);
	if (!uuid_read(columns[0].bytes, &m->id))
		return ERR_CORRUPT;
	m->rate = columns[3].number;
	if (!read_state(columns[4].bytes, &m->state))
		return ERR_CORRUPT;
	m->moved = columns[5].number;
	m->total = columns[6].number;
	m->queue = QUEUE_ID_OF(columns[7].number);
	m->last = POSITION_OF(columns[7].number);
	m->at_mono = MOVE_AT_UNKNOWN;
	m->started_at = columns[8].number;
	m->failure = arena_str(m->arena, columns[9].bytes);
	m->error = arena_str(m->arena, columns[10].bytes);
	m->recover_max = columns[11].number;
	m->looked = POSITION_OF(columns[12].number);
	m->paused = columns[13].number != 0;
	m->requested_by = arena_str(m->arena, columns[14].bytes);
	m->reason = arena_str(m->arena, columns[15].bytes);
	return OK;
}

enum err moves_load(struct queues *all, struct store *store)
{
	moves_free(all);
	TRY(store_run(store, STMT_MOVE_TASK_ALL, NO_VALUES, take_task, all));
	all->move_at_mono = moves_running(all) ? 0 : NEVER;
	return OK;
}

bool move_running_for(const struct queues *all, struct str source)
{
	LIST_EACH (&all->moves, struct move, node, m)
		if (m->state == MOVE_RUNNING && str_eq(m->source, source))
			return true;
	return false;
}

static struct move *find(struct queues *all, struct uuid id)
{
	LIST_EACH (&all->moves, struct move, node, m)
		if (memcmp(&m->id, &id, sizeof id) == 0)
			return m;
	return NULL;
}

/* ---- StartMessageMoveTask */

static bool is_dead_queue(const struct queues *all, struct str name)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_given(all->sorted[i]->settings.dead_queue) &&
		    str_eq(all->sorted[i]->settings.dead_queue, name))
			return true;
	return false;
}

static enum err start_check(struct batch *b, struct cmd *c)
{
	struct move_start *p = c->in;
	struct queues *all = b->domain->queues;
	struct queue *source = queue_by_name(b->domain, p->source);

	if (source == NULL)
		return refuse(c, REFUSED_NO_SUCH_RESOURCE,
		              "The resource that you specified for the SourceArn parameter doesn't exist.");
	if (str_given(p->destination)) {
		struct queue *to = queue_by_name(b->domain, p->destination);
		if (to == NULL)
			return refuse(
				c, REFUSED_NO_SUCH_RESOURCE,
				"The resource that you specified for the DestinationArn parameter doesn't exist.");
		if (to->settings.fifo != source->settings.fifo || to == source)
			return refuse(
				c, REFUSED_INVALID_PARAMETER,
				"Value %.*s for parameter DestinationArn is invalid. Reason: It must be another "
				"queue of the same type as the source.",
				S_ARG(p->destination_arn));
	}
	if (!is_dead_queue(all, p->source))
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Source queue must be configured as a Dead Letter Queue.");
	if (move_running_for(all, p->source))
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"There is already a task running. Only one active task is allowed for a source queue "
			"arn at a given time.");
	if (p->rate < 0 || p->rate > MOVE_RATE_MAX)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %lld for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be "
			"between 1 and %d.",
			(long long)p->rate, MOVE_RATE_MAX);
	return OK;
}

/* Only the last few finished tasks of a queue are kept, and of all queues together, those
 * that were deleted since included, MOVE_TASKS_MAX. */
static enum err forget_old(struct batch *b, struct str source)
{
	int kept = 0, finished = 0;

	for (struct node *n = b->domain->queues->moves.head.previous, *next;
	     n != &b->domain->queues->moves.head; n = next) {
		struct move *m = CONTAINER(n, struct move, node);
		next = n->previous;
		bool too_many = m->state != MOVE_RUNNING && ++finished >= MOVE_TASKS_MAX;
		bool too_old = m->state != MOVE_RUNNING && str_eq(m->source, source) &&
		               ++kept >= MOVE_TASKS_KEPT;
		if (!too_many && !too_old)
			continue;
		char id[37];
		uuid_text(m->id, id);
		TRY(store_run(b->store, STMT_MOVE_TASK_DELETE, VALUES(value_text(str_of(id))), NULL, NULL));
		move_free(m);
	}
	return OK;
}

static enum err insert(struct batch *b, const struct move *m, const struct queue *source)
{
	char id[37];

	uuid_text(m->id, id);
	return store_run(b->store, STMT_MOVE_TASK_INSERT,
	                 VALUES(value_text(str_of(id)), value_text(m->source),
	                        value_text(m->destination), value_int(m->rate), value_int(m->total),
	                        value_int(message_id_of(source, m->last)), value_int(m->started_at),
	                        value_text(m->error),
	                        m->recover_max > 0 ? value_int(m->recover_max) : value_null(),
	                        value_int(message_id_of(source, m->looked)),
	                        value_text(m->requested_by), value_text(m->reason)),
	                 NULL, NULL);
}

enum err move_begin(struct batch *b, struct queue *source, const struct move_start *p,
                    struct str requested_by, struct uuid *task)
{
	struct queues *all = b->domain->queues;
	struct move *m = move_new(p->source, p->destination);

	must(source != NULL && !move_running_for(all, p->source));
	queue_touch(b, source); /* also reads the tasks anew if the batch fails */
	m->id = *task = uuid_new(b->now, b->rng);
	m->rate = p->rate;
	m->total = source->visible;
	m->queue = source->id;
	m->last = source->next_position - 1;
	m->looked = source->first_position - 1;
	m->started_at = b->now.wall_ms;
	m->at_mono = b->now.mono_ms;
	m->error = str_given(p->error) ? arena_str(m->arena, p->error) : S_NONE;
	m->reason = str_given(p->reason) ? arena_str(m->arena, p->reason) : S_NONE;
	m->recover_max = p->recover_max;
	m->requested_by = arena_str(m->arena, requested_by);
	list_add_last(&all->moves, &m->node);
	all->move_at_mono = b->now.mono_ms;
	TRY(insert(b, m, source));
	return forget_old(b, p->source);
}

static enum err start_write(struct batch *b, struct cmd *c)
{
	struct move_start *p = c->in;
	struct queue *source = queue_by_name(b->domain, p->source);

	TRY(move_begin(b, source, p, c->caller.principal, &p->task));
	return audit_put(b, c,
	                 &(struct audit_record){ .action = "queue.move",
	                                         .resource = audit_name(b, "queue", p->source),
	                                         .detail = AUDIT_JSON(b,
	                                                              audit_text("to", p->destination),
	                                                              audit_text("error", p->error),
	                                                              audit_number("rate", p->rate)),
	                                         .reason = p->reason });
}

const struct op op_move_start = {
	.name = "move_start",
	.lane = LANE_WRITE,
	.check = start_check,
	.write = start_write,
};

/* ---- ListMessageMoveTasks */

static enum err list_check(struct batch *b, struct cmd *c)
{
	struct move_list *p = c->in;

	if (str_given(p->source) && queue_by_name(b->domain, p->source) == NULL)
		refuse(c, REFUSED_NO_SUCH_RESOURCE,
		       "The resource that you specified for the SourceArn parameter doesn't exist.");
	return OK;
}

static enum err list_write(struct batch *b, struct cmd *c)
{
	struct move_list *p = c->in;
	struct list *moves = &b->domain->queues->moves;

	must(p->max >= 1 && p->max <= LIST_MAX);
	p->tasks = ARENA_ARRAY(c->arena, struct move_info, p->max);
	p->count = 0; /* it may run again after a rollback */
	for (struct node *n = moves->head.previous; n != &moves->head && p->count < p->max;
	     n = n->previous) {
		struct move *m = CONTAINER(n, struct move, node);
		if (str_given(p->source) && !str_eq(m->source, p->source))
			continue;
		p->tasks[p->count++] = (struct move_info){
			.task = m->id,
			.source = arena_str(c->arena, m->source),
			.destination = arena_str(c->arena, m->destination),
			.state = str_of(state_names[m->state]),
			.paused = m->paused && m->state == MOVE_RUNNING,
			.error = arena_str(c->arena, m->error),
			.reason = arena_str(c->arena, m->reason),
			.requested_by = arena_str(c->arena, m->requested_by),
			.failure = arena_str(c->arena, m->failure),
			.rate = m->rate,
			.moved = m->moved,
			.total = m->total,
			.started_at = m->started_at,
		};
	}
	return OK;
}

const struct op op_move_list = {
	.name = "move_list",
	.lane = LANE_WRITE,
	.check = list_check,
	.write = list_write,
};

/* ---- CancelMessageMoveTask */

static enum err update(struct batch *b, struct move *m)
{
	char id[37];

	uuid_text(m->id, id);
	const struct queue *q = queue_by_name(b->domain, m->source);
	return store_run(b->store, STMT_MOVE_TASK_UPDATE,
	                 VALUES(value_text(str_of(id)), value_text(str_of(state_names[m->state])),
	                        value_int(m->moved), value_text(m->failure),
	                        value_int(q == NULL ? 0 : message_id_of(q, m->looked)),
	                        value_int(m->paused), value_int(m->total)),
	                 NULL, NULL);
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	struct move_cancel *p = c->in;
	struct move *m = find(b->domain->queues, p->task);

	if (str_given(p->source) && queue_by_name(b->domain, p->source) == NULL)
		return refuse(c, REFUSED_NO_SUCH_RESOURCE,
		              "The resource that you specified for the SourceArn parameter doesn't exist.");
	/* The source is what the caller's right was asked for; a handle can be made up. */
	if (m == NULL || (str_given(p->source) && !str_eq(p->source, m->source)))
		return refuse(c, REFUSED_NO_SUCH_RESOURCE, "Task does not exist.");
	if (m->state != MOVE_RUNNING)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "Only active tasks can be cancelled; this one is %s.", state_names[m->state]);
	return OK;
}

static void touch_source(struct batch *b, struct move *m)
{
	struct queue *q = queue_by_name(b->domain, m->source);

	if (q != NULL)
		queue_touch(b, q);
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	struct move_cancel *p = c->in;
	struct move *m = find(b->domain->queues, p->task);

	must(m != NULL && m->state == MOVE_RUNNING);
	touch_source(b, m);
	m->state = MOVE_CANCELLED;
	p->moved = m->moved;
	TRY(update(b, m));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "move.cancel",
						 .resource = audit_name(b, "queue", m->source),
						 .detail = AUDIT_JSON(b, audit_number("moved", m->moved)),
						 .reason = p->reason });
}

const struct op op_move_cancel = {
	.name = "move_cancel",
	.lane = LANE_WRITE,
	.drains = true,
	.check = cancel_check,
	.write = cancel_write,
};

/* ---- pause and resume */

static enum err pause_check(struct batch *b, struct cmd *c)
{
	struct move_pause *p = c->in;
	struct move *m = find(b->domain->queues, p->task);

	if (m == NULL)
		return refuse(c, REFUSED_NO_SUCH_RESOURCE, "Task does not exist.");
	if (m->state != MOVE_RUNNING)
		return refuse(c, REFUSED_CONFLICT, "The move is %s: it cannot be paused or resumed.",
		              state_names[m->state]);
	return OK;
}

static enum err pause_write(struct batch *b, struct cmd *c)
{
	struct move_pause *p = c->in;
	struct move *m = find(b->domain->queues, p->task);

	must(m != NULL && m->state == MOVE_RUNNING);
	touch_source(b, m);
	if (m->paused == p->paused)
		return OK;
	m->paused = p->paused;
	m->tokens_milli = 0;
	m->at_mono = b->now.mono_ms;
	b->domain->queues->move_at_mono = b->now.mono_ms;
	TRY(update(b, m));
	return audit_put(b, c,
	                 &(struct audit_record){ .action = p->paused ? "move.pause" : "move.resume",
	                                         .resource = audit_name(b, "queue", m->source),
	                                         .reason = p->reason });
}

const struct op op_move_pause = {
	.name = "move_pause",
	.lane = LANE_WRITE,
	.check = pause_check,
	.write = pause_write,
};

/* ---- the work itself, a command of the clock */

struct origin {
	struct arena *arena;
	struct str name;
};

static enum err take_origin(void *context, const struct value *columns, int count)
{
	struct origin *o = context;

	must(count == 1);
	o->name = arena_str(o->arena, columns[0].bytes);
	return OK;
}

void move_lost(struct move *m)
{
	m->state = MOVE_FAILED;
	m->failure = arena_printf(m->arena, "AWS.SimpleQueueService.NonExistentQueue");
}

/* The queue that this message goes to; NULL: it is not there (any more). */
enum err move_destination(struct batch *b, struct move *m, struct queue *source, uint64_t position,
                          struct queue **to)
{
	struct origin o = { b->arena, m->destination };

	if (!str_given(o.name))
		TRY(store_run(b->store, STMT_BODY_ORIGIN,
		              VALUES(value_int(message_id_of(source, position))), take_origin, &o));
	must(position <= m->last);
	*to = str_given(o.name) ? queue_by_name(b->domain, o.name) : NULL;
	if (*to != NULL && (*to == source || (*to)->settings.fifo != source->settings.fifo))
		*to = NULL;
	return OK;
}

int64_t move_allowance(struct move *m, int64_t mono_ms)
{
	if (m->rate == 0)
		return MOVE_STEP;
	if (m->at_mono == MOVE_AT_UNKNOWN)
		m->at_mono = mono_ms; /* else each restart and each fault would give it a second's worth */
	int64_t more = (mono_ms - m->at_mono) * m->rate, full = m->rate * 1000;
	m->tokens_milli = m->tokens_milli + more > full ? full : m->tokens_milli + more;
	m->at_mono = mono_ms;
	return m->tokens_milli / 1000 < MOVE_STEP ? m->tokens_milli / 1000 : MOVE_STEP;
}

/* Moves what it may now; `*done` when nothing of its work is left. */
static enum err step(struct batch *b, struct move *m, struct queue *source, bool *done)
{
	int64_t most = move_allowance(m, b->now.mono_ms);

	must(most <= MOVE_STEP);
	*done = false;
	for (int64_t i = 0; i < most; i++) {
		struct ready *r = ready_up_to(source, m->last);
		if (r == NULL) {
			*done = source->in_flight + source->delayed + source->held_groups == 0 ||
			        ready_next(source) != NULL;
			break;
		}
		struct queue *to;
		TRY(move_destination(b, m, source, ready_head(r), &to));
		if (to == NULL) {
			move_lost(m);
			return OK;
		}
		struct entry *e = index_take(b->domain->queues, r);
		TRY(queue_transfer(b, source, e, to, S_NONE, NULL));
		m->moved++;
		m->tokens_milli -= 1000;
	}
	if (m->moved >= m->total)
		*done = true;
	return OK;
}

static enum err work(struct batch *b, struct move *m)
{
	struct queue *source = queue_by_name(b->domain, m->source);
	bool done = false;

	must(m->state == MOVE_RUNNING);
	if (source == NULL || source->id != m->queue) {
		move_lost(m);
		return update(b, m);
	}
	queue_touch(b, source);
	TRY(move_chooses(m) ? move_chosen(b, m, source, &done) : step(b, m, source, &done));
	if (done && m->state == MOVE_RUNNING)
		m->state = MOVE_COMPLETED;
	return update(b, m);
}

static enum err work_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err work_write(struct batch *b, struct cmd *c)
{
	(void)c;
	LIST_EACH (&b->domain->queues->moves, struct move, node, m)
		if (move_goes_on(m))
			TRY(work(b, m));
	b->domain->queues->move_at_mono = moves_running(b->domain->queues)
	                                      ? b->now.mono_ms + MOVE_EVERY_MS
	                                      : NEVER;
	return OK;
}

const struct op op_move_work = {
	.name = "move_work",
	.lane = LANE_WRITE,
	.check = work_check,
	.write = work_write,
};
