/* choose.c - dead letters are sent back by what their error was: at an operator's word, or by
 * the policy of their queue (recover_every_s, recover_times, recover_error).
 *
 * The policy: every so often a move task for the messages of that error that were sent back
 * less than recover_times; one that dies as often stays for people. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/errors.h"
#include "domain/queue/move.h"

struct candidate {
	uint64_t position;
	struct str group;
	bool fits;
};

struct candidates {
	struct arena *arena;
	const struct move *move;
	struct candidate list[MOVE_LOOK];
	int count;
};

static bool has_error(struct str stored, struct str wanted)
{
	struct arena *scratch = arena_open();
	bool yes = str_eq(error_code(scratch, stored, NULL), wanted);

	arena_close(scratch);
	return yes;
}

static enum err take_candidate(void *context, const struct value *columns, int count)
{
	struct candidates *all = context;
	struct candidate *x = &all->list[all->count++];
	const struct move *m = all->move;

	must(count == 4 && all->count <= MOVE_LOOK);
	x->position = POSITION_OF(columns[0].number);
	x->group = arena_str(all->arena, columns[1].bytes);
	x->fits = (!str_given(m->error) || has_error(columns[2].bytes, m->error)) &&
	          (m->recover_max == 0 || columns[3].number < m->recover_max);
	return OK;
}

/* Held by somebody who looks at it, or not due yet: left alone. */
static bool is_ready(const struct queue *q, uint64_t position)
{
	const struct entry *e = map_find(&q->entries, position);

	return e == NULL || e->state == ENTRY_READY;
}

static enum err send_back(struct batch *b, struct move *m, struct queue *source,
                          const struct candidate *x)
{
	struct queue *to;

	TRY(move_destination(b, m, source, x->position, &to));
	if (to == NULL) {
		move_lost(m);
		return OK;
	}
	if (m->recover_max > 0)
		TRY(store_run(b->store, STMT_BODY_RECOVERED,
		              VALUES(value_int(message_id_of(source, x->position))), NULL, NULL));
	struct entry *e = index_pick(b->domain->queues, source, x->position, x->group);
	TRY(queue_transfer(b, source, e, to, S_NONE, NULL));
	m->moved++;
	m->tokens_milli -= 1000;
	return OK;
}

enum err move_chosen(struct batch *b, struct move *m, struct queue *source, bool *done)
{
	struct candidates *all = ARENA_NEW(b->arena, struct candidates);
	int64_t most = move_allowance(m, b->now.mono_ms), sent = 0;

	must(m->state == MOVE_RUNNING && !m->paused && most <= MOVE_STEP);
	all->arena = b->arena;
	all->move = m;
	if (m->looked < source->first_position - 1) /* purged meanwhile */
		m->looked = source->first_position - 1;
	if (m->looked < m->last)
		TRY(store_run(b->store, STMT_MOVE_CANDIDATES,
		              VALUES(value_int(message_id_of(source, m->looked + 1)),
		                     value_int(message_id_of(source, m->last)), value_int(MOVE_LOOK)),
		              take_candidate, all));
	for (int i = 0; i < all->count && m->state == MOVE_RUNNING; i++) {
		const struct candidate *x = &all->list[i];
		bool wanted = x->fits && is_ready(source, x->position);
		if (wanted && sent == most)
			return OK;
		if (wanted)
			TRY(send_back(b, m, source, x));
		sent += wanted;
		m->looked = x->position;
	}
	*done = all->count < MOVE_LOOK;
	return OK;
}

/* ---- what a move would find */

static enum err take_count(void *context, const struct value *columns, int count)
{
	struct move_count *p = context;

	must(count == 3);
	if (p->looked_at == ERROR_ROWS_MAX) {
		p->more = true;
		return OK;
	}
	p->looked_at++;
	p->count += !str_given(p->error) || has_error(columns[2].bytes, p->error);
	return OK;
}

static enum err count_read(struct store *store, struct cmd *c, struct now now)
{
	struct move_count *p = c->in;

	(void)now;
	return errors_each(store, c, p->source, take_count, p);
}

const struct op op_move_count = { .name = "move_count", .lane = LANE_READ, .read = count_read };

/* ---- the policy */

enum err queue_recover(struct batch *b, struct queue *q)
{
	const struct settings *s = &q->settings;
	struct uuid task;

	if (s->recover_every_s == 0)
		return OK;
	if (q->recover_at_mono == 0) /* the first look since the start, or since it was set */
		q->recover_at_mono = b->now.mono_ms + s->recover_every_s * SECOND_MS;
	if (b->now.mono_ms < q->recover_at_mono)
		return OK;
	q->recover_at_mono = b->now.mono_ms + s->recover_every_s * SECOND_MS;
	if (q->visible == 0 || move_running_for(b->domain->queues, q->name))
		return OK;
	return move_begin(b, q,
	                  &(struct move_start){ .source = q->name,
	                                        .error = s->recover_error.len > 0 ? s->recover_error
	                                                                          : S_NONE,
	                                        .reason = S("recover_every_s"),
	                                        .recover_max = s->recover_times },
	                  S("ringi"), &task);
}
