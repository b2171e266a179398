/* moves.c - message move tasks in the simulator: those that do all at once, and those with
 * a rate, which go on while other things happen. */
#include "base/limits.h"
#include "sim/sim.h"

/* ---- the model */

/* Where it goes to; NO_QUEUE: nowhere. */
static int goes_to(const struct model *m, int message, int from, int to)
{
	int where = to == NO_QUEUE ? m->messages[message].dead_from : to;
	bool right = where != NO_QUEUE && where != from && m->queues[where].exists &&
	             m->queues[where].fifo == m->queues[from].fifo;

	return right ? where : NO_QUEUE;
}

int m_move_all(struct model *m, int from, int to, uint64_t last)
{
	int moved = 0;

	for (;;) {
		/* In the order of the queue; groups that are stopped or locked stay. */
		int i = m_next_to_move(m, from, last);
		if (i < 0)
			return moved;
		int where = goes_to(m, i, from, to);
		if (where == NO_QUEUE)
			return -1;
		m_transfer(m, i, where, false);
		moved++;
	}
}

struct m_task *m_moving(struct model *m, int source)
{
	for (int i = 0; i < m->task_count; i++)
		if (m->tasks[i].running && m->tasks[i].source == source)
			return &m->tasks[i];
	return NULL;
}

static bool nothing_comes_back(const struct model *m, int queue)
{
	int counts[3];

	m_counts(m, queue, counts);
	return counts[1] + counts[2] == 0;
}

/* True when it is done. */
static bool one_message(struct model *m, struct m_task *t)
{
	int i = m_next_to_move(m, t->source, t->last);

	if (i < 0)
		return nothing_comes_back(m, t->source) || m_next_to_move(m, t->source, UINT64_MAX) >= 0;
	int where = goes_to(m, i, t->source, t->to);
	if (where == NO_QUEUE) {
		t->failed = true;
		return true;
	}
	m_transfer(m, i, where, false);
	t->moved++;
	t->tokens -= 1000;
	return false;
}

static void task_step(struct model *m, struct m_task *t)
{
	const struct m_queue *q = &m->queues[t->source];
	int64_t full = t->rate * 1000;

	t->tokens += (m->now - t->at) * t->rate;
	t->tokens = t->tokens < full ? t->tokens : full;
	t->at = m->now;
	if (!q->exists || q->life != t->life) {
		t->failed = true;
		t->running = false;
		return;
	}
	bool done = false;
	for (int64_t most = t->tokens / 1000; most > 0 && !done; most--)
		done = one_message(m, t);
	t->running = !done && t->moved < t->total;
}

void m_move_step(struct model *m)
{
	bool running = false;

	for (int i = 0; i < m->task_count; i++) {
		if (m->tasks[i].running)
			task_step(m, &m->tasks[i]);
		running = running || m->tasks[i].running;
	}
	m->move_at = running ? m->now + MOVE_EVERY_MS : NEVER;
}

/* ---- starting one */

static struct cmd *start(struct sim *s, int source, int to, int rate, struct uuid *task)
{
	struct move_start *p = ARENA_NEW(s->world->arena, struct move_start);
	const struct model *m = &s->model;

	p->source = str_of(m->queues[source].name);
	p->destination = to == NO_QUEUE ? S_NONE : str_of(m->queues[to].name);
	p->rate = rate;
	sim_say(s, "move from %s to %s, %d a second", m->queues[source].name,
	        to == NO_QUEUE ? "its origin" : m->queues[to].name, rate);
	struct cmd *c = world_run(s->world, &op_move_start, p);
	*task = p->task;
	return c;
}

/* False when it was refused; then it must be. */
static bool allowed(struct sim *s, const struct cmd *c, int source, int to)
{
	struct model *m = &s->model;
	bool used = false;

	for (int i = 0; i < SLOTS; i++)
		used = used || (m->queues[i].exists && m->queues[i].dead == source);
	bool right = to == NO_QUEUE || (m->queues[to].exists && to != source &&
	                                m->queues[to].fifo == m->queues[source].fifo);
	bool yes = m->queues[source].exists && used && right && m_moving(m, source) == NULL;
	if ((c->refused.why == REFUSED_NONE) != yes)
		sim_fail(s, "move from %s: %s", m->queues[source].name, refusal_name(c->refused.why));
	return yes;
}

static const struct move_info *find_task(struct sim *s, int source, struct uuid task)
{
	struct move_list *p = ARENA_NEW(s->world->arena, struct move_list);

	p->source = str_of(s->model.queues[source].name);
	p->max = 10;
	world_run(s->world, &op_move_list, p);
	for (int i = 0; i < p->count; i++)
		if (memcmp(&p->tasks[i].task, &task, sizeof task) == 0)
			return &p->tasks[i];
	return NULL;
}

enum { DEAD_TENANTS = 6, TENANTS = 1 };

/* To each one's origin, or to any queue; but none that makes jobs fail that stay, and none
 * that would get tenants' groups (see sim_move_slowly). */
static int any_destination(struct sim *s, int source)
{
	int to = sim_chance(s, 60) ? NO_QUEUE : (int)sim_below(s, SLOTS);

	if (to == NO_QUEUE || (source == DEAD_TENANTS && to != TENANTS))
		return NO_QUEUE;
	return s->model.queues[to].tracked && s->model.queues[to].stop ? NO_QUEUE : to;
}

/* ---- all at once */

/* A task that still waits for what is in flight is cancelled: the model knows none of those. */
static void check_task(struct sim *s, int source, struct uuid task, bool failed)
{
	struct move_cancel *cancel = ARENA_NEW(s->world->arena, struct move_cancel);
	const struct move_info *info = find_task(s, source, task);

	must(info != NULL);
	cancel->task = task;
	if (!nothing_comes_back(&s->model, source) && !failed && str_is(info->state, "RUNNING"))
		world_run(s->world, &op_move_cancel, cancel);
	else if (!str_is(info->state, failed ? "FAILED" : "COMPLETED"))
		sim_fail(s, "move from %s is %.*s", s->model.queues[source].name, S_ARG(info->state));
}

/* A task without a rate does all at once here, unless faults hold it up. */
void sim_move_all(struct sim *s)
{
	int source = 4 + (int)sim_below(s, 4), to = any_destination(s, source);
	struct model *m = &s->model;
	struct uuid task;

	if (!allowed(s, start(s, source, to, 0, &task), source, to))
		return;
	uint64_t last = m->next_place; /* what another task brings in this moment is not its work */
	if (sim_chance(s, 20))
		sim_restart(s);
	if (!s->jumped && !s->rates && sim_chance(s, 30)) {
		sim_inject(s, 1);
		sim_forget_attempts(s);
	}
	world_pass_ms(s->world, 0);
	store_fail_at(s->world->store, 0, OK);
	world_pass_ms(s->world, 0);
	sim_leases_put_off(s);
	m_move_step(m); /* others go on in the same moment */
	bool failed = m_move_all(m, source, to, last) < 0;
	m_serve(m);
	sim_check_waiters(s, false);
	check_task(s, source, task, failed);
	world_forget(s->world);
}

/* ---- slowly */

static void cancel(struct sim *s, struct m_task *t)
{
	struct move_cancel *p = ARENA_NEW(s->world->arena, struct move_cancel);

	p->task = t->id;
	sim_say(s, "the move from %s is cancelled", s->model.queues[t->source].name);
	struct cmd *c = world_run(s->world, &op_move_cancel, p);
	if (cmd_refused(c))
		sim_fail(s, "cancel of a move: %s", refusal_name(c->refused.why));
	t->running = false;
	t->cancelled = true;
}

/* Not from the queue of tenants: which of several groups is next there is the server's choice
 * once messages have come that are none of the task's work. */
void sim_move_slowly(struct sim *s)
{
	static const int sources[] = { 4, 5, 7 };
	int source = sources[sim_below(s, 3)], to = any_destination(s, source), counts[3];
	struct model *m = &s->model;
	struct m_task t = { .running = true, .source = source, .to = to, .rate = 1 };

	if (m_moving(m, source) != NULL && sim_chance(s, 30)) {
		cancel(s, m_moving(m, source));
		return;
	}
	t.rate += (int)sim_below(s, sim_chance(s, 50) ? 5 : 500);
	if (m->task_count == TASKS || !allowed(s, start(s, source, to, t.rate, &t.id), source, to))
		return;
	m_counts(m, source, counts);
	t.life = m->queues[source].life;
	t.total = counts[0];
	t.last = m->next_place;
	t.at = m->now;
	m->tasks[m->task_count++] = t;
	world_pass_ms(s->world, 0);
	m_move_step(m);
	m_serve(m);
	sim_check_waiters(s, false);
}

void sim_check_tasks(struct sim *s)
{
	for (int i = 0; i < s->model.task_count; i++) {
		const struct m_task *t = &s->model.tasks[i];
		const struct m_queue *q = &s->model.queues[t->source];
		const struct move_info *info = q->exists ? find_task(s, t->source, t->id) : NULL;
		const char *state = t->running     ? "RUNNING"
		                    : t->failed    ? "FAILED"
		                    : t->cancelled ? "CANCELLED"
		                                   : "COMPLETED";
		if (info == NULL) /* only the last few of a queue are kept */
			continue;
		if (!str_is(info->state, state) || info->moved != t->moved || info->total != t->total)
			sim_fail(s, "the move from %s is %.*s with %lld of %lld, expected %s with %d of %d",
			         q->name, S_ARG(info->state), (long long)info->moved, (long long)info->total,
			         state, t->moved, t->total);
	}
}
