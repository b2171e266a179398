/* hands.c - commands on what is there already: receipts that workers hold, queues as a
 * whole, an operator's hand (steps.c is about what comes and goes). */
#include "base/limits.h"
#include "domain/job/job.h"
#include "sim/sim.h"

/* ---- receipts */

/* The message that the receipt stands for, if it is still where it was; -1. */
static int named(struct sim *s, const struct kept *k)
{
	const struct m_message *x = &s->model.messages[k->message];
	bool there = m_here(&s->model, k->message, k->queue) && x->moves == k->moves && x->receives > 0;

	return there ? k->message : -1;
}

static enum refusal want_for(struct sim *s, const struct step *t, const struct kept *k,
                             bool is_delete)
{
	const struct m_queue *q = &s->model.queues[t->queue];
	int i = named(s, k);

	if (k->queue != t->queue || k->life != q->life)
		return REFUSED_RECEIPT_INVALID;
	if (i < 0)
		return is_delete ? REFUSED_NONE : REFUSED_INVALID_PARAMETER;
	bool held = s->model.messages[i].receives == k->receives;
	if (is_delete && !q->fifo)
		return REFUSED_NONE;
	bool must_fly = q->fifo || (q->tracked && !is_delete);
	return held && (!must_fly || m_flying(&s->model, i)) ? REFUSED_NONE : REFUSED_RECEIPT_EXPIRED;
}

/* A receipt of a tracked queue that was good when the batch began. */
static void one_tracked(struct sim *s, struct step *t, int i, const struct receipt_entry *e)
{
	struct model *m = &s->model;

	if (t->c->op == &op_queue_delete_messages) {
		m_job_ends(m, i, HAS_SUCCEEDED);
		m->messages[i].gone = true;
		m_wake(m, t->queue);
	} else if (!m->messages[i].leased) {
		return; /* the same message twice in one batch */
	} else if (t->c->op == &op_queue_fail) {
		m_attempt_over(m, i, e->dead, t->seconds * SECOND_MS);
	} else if (t->seconds == 0) {
		m_release(m, i);
	} else {
		m_hide(m, i, t->seconds * SECOND_MS);
	}
}

static void one_receipt(struct sim *s, struct step *t, const struct kept *k,
                        const struct receipt_entry *e)
{
	struct model *m = &s->model;
	int i = named(s, k), dead;

	if (i < 0 || m->messages[i].receives != k->receives)
		return;
	sim_say(s, "  %s of %d, %lld s", t->what, i, (long long)t->seconds);
	if (m->queues[t->queue].tracked)
		one_tracked(s, t, i, e);
	else if (t->c->op == &op_queue_delete_messages) {
		m->messages[i].gone = true;
		m_wake(m, t->queue);
	} else if (e->dead && m_dead_for(m, t->queue, &dead) != NULL) {
		m_transfer(m, i, dead, true);
	} else {
		m_hide(m, i, t->seconds * SECOND_MS);
	}
}

static void apply_receipts(struct sim *s, struct step *t)
{
	struct queue_receipts *p = t->in;
	bool is_delete = t->c->op == &op_queue_delete_messages;
	enum refusal want[10];

	if (!s->model.queues[t->queue].exists) {
		sim_check_refusal(s, t, REFUSED_NO_SUCH_QUEUE);
		return;
	}
	for (int n = 0; n < p->count; n++)
		want[n] = want_for(s, t, &t->kept[n], is_delete);
	for (int n = 0; n < p->count; n++) {
		enum refusal got = p->batch ? p->entries[n].refused.why : t->c->refused.why;
		if (got != want[n])
			sim_fail(s, "%s on %s of message %d: %s instead of %s", t->what,
			         s->model.queues[t->queue].name, t->kept[n].message, refusal_name(got),
			         refusal_name(want[n]));
		if (want[n] == REFUSED_NONE)
			one_receipt(s, t, &t->kept[n], &p->entries[n]);
	}
}

/* Nobody can tell whether the sweeper has been there. */
static bool unsure(struct sim *s, const struct kept *k)
{
	return !s->model.messages[k->message].gone && m_expired(&s->model, k->message);
}

bool sim_make_receipts(struct sim *s, struct step *t)
{
	static const struct op *const ops[] = { &op_queue_delete_messages, &op_queue_delete_messages,
		                                    &op_queue_delete_messages, &op_queue_change_visibility,
		                                    &op_queue_fail };
	struct queue_receipts *p = ARENA_NEW(s->world->arena, struct queue_receipts);
	const struct op *op = ops[sim_below(s, 5)];

	if (s->kept_count == 0)
		return false;
	p->batch = sim_chance(s, 40);
	int count = p->batch ? 1 + (int)sim_below(s, 10) : 1;
	p->entries = ARENA_ARRAY(s->world->arena, struct receipt_entry, count);
	t->seconds = sim_chance(s, 30) ? 0 : (int64_t)sim_below(s, 90);
	for (int n = 0; n < count; n++) {
		struct kept *k = &s->kept[sim_below(s, (uint64_t)s->kept_count)];
		if (n == 0 && sim_chance(s, 95))
			t->queue = k->queue;
		if (unsure(s, k))
			continue;
		t->kept[p->count] = *k;
		p->entries[p->count++] = (struct receipt_entry){
			.receipt = k->receipt,
			.visibility_s = t->seconds,
			.dead = op == &op_queue_fail && sim_chance(s, 40),
			.error = op == &op_queue_fail ? S("{\"code\":\"E\"}") : S_NONE,
		};
	}
	if (p->count == 0)
		return false;
	p->queue = str_of(s->model.queues[t->queue].name);
	t->what = op->name;
	t->in = p;
	t->c = world_cmd(s->world, op, p);
	t->apply = apply_receipts;
	return true;
}

/* ---- queues as a whole */

static void apply_named(struct sim *s, struct step *t)
{
	struct m_queue *q = &s->model.queues[t->queue];

	if (!q->exists) {
		sim_check_refusal(s, t, REFUSED_NO_SUCH_QUEUE);
		return;
	}
	sim_check_refusal(s, t, REFUSED_NONE);
	m_clear(&s->model, t->queue);
	if (t->c->op == &op_queue_purge)
		return;
	q->exists = false;
	for (int i = 0; i < q->waiter_count; i++)
		if (!q->waiters[i].answered)
			q->waiters[i].answered = q->waiters[i].refused = true;
}

void sim_make_named(struct sim *s, struct step *t, const struct op *op)
{
	struct queue_named *p = ARENA_NEW(s->world->arena, struct queue_named);

	p->name = str_of(s->model.queues[t->queue].name);
	t->what = op->name;
	t->in = p;
	t->c = world_cmd(s->world, op, p);
	t->apply = apply_named;
}

static void apply_set(struct sim *s, struct step *t)
{
	static const char *const names[] = {
		"VisibilityTimeout", "DelaySeconds", "concurrency", "paused",
		"key_concurrency",   "priority",     "track"
	};
	struct queue_set *p = t->in;
	struct m_queue *q = &s->model.queues[t->queue];
	struct str name = p->attributes[0].name;

	if (!q->exists) {
		sim_check_refusal(s, t, REFUSED_NO_SUCH_QUEUE);
		return;
	}
	if (str_is(name, "track") && q->tracked && !t->value) {
		int counts[3];
		m_counts(&s->model, t->queue, counts);
		if (counts[0] + counts[1] + counts[2] > 0) {
			sim_check_refusal(s, t, REFUSED_CONFLICT);
			return;
		}
	}
	sim_check_refusal(s, t, REFUSED_NONE);
	sim_say(s, "  %.*s of %s is %lld", S_ARG(name), q->name, (long long)t->value);
	if (str_is(name, names[0]))
		q->visibility_s = t->value;
	else if (str_is(name, names[1]))
		q->delay_s = t->value;
	else if (str_is(name, names[2]))
		q->concurrency = (int)t->value;
	else if (str_is(name, names[3]))
		q->paused = t->value;
	else if (str_is(name, names[4]))
		q->key_concurrency = (int)t->value;
	else if (str_is(name, names[6]))
		m_track(&s->model, t->queue, t->value);
	else if (q->lanes != t->value) {
		q->lanes = t->value;
		m_rearrange(&s->model, t->queue);
	}
	m_wake(&s->model, t->queue);
}

void sim_make_set(struct sim *s, struct step *t)
{
	static const char *const names[] = {
		"VisibilityTimeout", "DelaySeconds", "concurrency", "paused",
		"key_concurrency",   "priority",     "track"
	};
	struct queue_set *p = ARENA_NEW(s->world->arena, struct queue_set);
	struct pair *pair = ARENA_NEW(s->world->arena, struct pair);
	static const int below[] = { 40, 15, 6, 2, 4, 2, 2 };
	int which = (int)sim_below(s, s->tracks ? 7 : 6);

	t->queue = (int)sim_below(s, 4);
	if (which == 4)
		t->queue = 1; /* the one with tenants */
	if (which == 5)
		t->queue = (int)sim_below(s, 2); /* not a FIFO queue */
	if (which == 2 && s->model.queues[t->queue].retention_s < 1000)
		which = 0; /* the sweeper frees places when it comes */
	t->value = (int64_t)sim_below(s, (uint64_t)below[which]);
	if (s->model.queues[t->queue].paused) {
		which = 3; /* a queue is not paused for ever */
		t->value = 0;
	}
	pair->name = str_of(names[which]);
	pair->value = which == 3 || which == 6 ? (t->value ? S("true") : S("false"))
	              : which == 5             ? (t->value ? S("on") : S("off"))
	                           : arena_printf(s->world->arena, "%lld", (long long)t->value);
	p->name = str_of(s->model.queues[t->queue].name);
	p->attributes = pair;
	p->count = 1;
	t->what = "set";
	t->in = p;
	t->c = world_cmd(s->world, &op_queue_set, p);
	t->apply = apply_set;
}

/* ---- an operator */

static void apply_operate(struct sim *s, struct step *t)
{
	struct queue_operate *p = t->in;
	struct model *m = &s->model;
	struct m_queue *q = &m->queues[t->queue];
	int i = t->kept[0].message;
	bool there = m_here(m, i, t->queue) && m->messages[i].position == p->position;
	int to = there ? m->messages[i].dead_from : NO_QUEUE;
	bool can_go = to != NO_QUEUE && m->queues[to].exists && to != t->queue &&
	              m->queues[to].fifo == q->fifo;

	sim_check_refusal(s, t,
	                  !q->exists              ? REFUSED_NO_SUCH_QUEUE
	                  : !there                ? REFUSED_NO_SUCH_MESSAGE
	                  : m_flying(m, i)        ? REFUSED_CONFLICT
	                  : !p->remove && !can_go ? REFUSED_INVALID_PARAMETER
	                                          : REFUSED_NONE);
	if (cmd_refused(t->c))
		return;
	if (p->remove) {
		m_job_ends(m, i, IS_CANCELED);
		m->messages[i].gone = true;
	} else
		m_transfer(m, i, to, false);
	m_wake(m, t->queue);
}

bool sim_make_operate(struct sim *s, struct step *t)
{
	struct queue_operate *p = ARENA_NEW(s->world->arena, struct queue_operate);
	int i = s->model.count == 0 ? 0 : (int)sim_below(s, (uint64_t)s->model.count);
	struct m_message *x = &s->model.messages[i];

	if (s->model.count == 0 || x->position == 0 || x->life != s->model.queues[x->queue].life ||
	    (!x->gone && m_expired(&s->model, i)))
		return false;
	t->queue = x->queue;
	t->kept[0].message = i;
	p->queue = str_of(s->model.queues[t->queue].name);
	p->position = x->position;
	p->remove = sim_chance(s, 60);
	t->what = "operate";
	t->in = p;
	t->c = world_cmd(s->world, &op_queue_operate, p);
	t->apply = apply_operate;
	return true;
}

/* ---- jobs, by their ids */

static enum refusal want_again(struct sim *s, int i)
{
	struct model *m = &s->model;
	struct m_message *x = &m->messages[i];
	struct m_queue *home = &m->queues[x->home];
	int counts[3];

	if (x->job == IS_PENDING || x->job == IS_RUNNING)
		return REFUSED_CONFLICT;
	if (x->job != HAS_FAILED)
		return REFUSED_JOB_FINAL;
	if (!home->exists)
		return REFUSED_NO_SUCH_QUEUE;
	if (!home->tracked)
		return REFUSED_NOT_TRACKED;
	if (!x->gone && m_flying(m, i))
		return REFUSED_CONFLICT;
	m_counts(m, x->home, counts);
	if (home->max_messages > 0 && counts[0] + counts[1] + counts[2] >= home->max_messages)
		return REFUSED_QUEUE_FULL;
	return REFUSED_NONE;
}

static void apply_job(struct sim *s, struct step *t)
{
	int i = t->kept[0].message;
	enum m_job job = s->model.messages[i].job;
	bool again = t->c->op == &op_job_retry;

	sim_say(s, "  %s of %d", t->what, i);
	if (again)
		sim_check_refusal(s, t, want_again(s, i));
	else
		sim_check_refusal(s, t,
		                  job == HAS_SUCCEEDED || job == HAS_FAILED ? REFUSED_JOB_FINAL
		                                                            : REFUSED_NONE);
	if (cmd_refused(t->c) || job == IS_CANCELED)
		return;
	if (again)
		m_again(&s->model, i);
	else
		m_cancel(&s->model, i);
}

/* A dead letter that went on from queue to queue is not found by its job, and would be two
 * messages afterwards; in a queue that forgets quickly the sweeper may be first: not those. */
static bool can_be_told(struct sim *s, int i)
{
	const struct m_message *x = &s->model.messages[i];
	bool lost = !x->gone && x->moves != x->dead_moves;

	return !x->anonymous && x->job != NO_JOB && x->job != JOB_CLEARED &&
	       s->model.queues[x->queue].retention_s >= 1000 && !(x->job == HAS_FAILED && lost);
}

bool sim_make_job(struct sim *s, struct step *t)
{
	struct job_named *p = ARENA_NEW(s->world->arena, struct job_named);
	bool again = sim_chance(s, 50), found = false;
	int i = 0;

	for (int tries = 0; tries < 50 && s->model.count > 0 && !found; tries++) {
		i = (int)sim_below(s, (uint64_t)s->model.count);
		/* Mostly what has a chance to be done. */
		found = can_be_told(s, i) &&
		        (tries > 40 || again == (s->model.messages[i].job == HAS_FAILED));
	}
	if (!found)
		return false;
	p->id = s->model.messages[i].id;
	t->queue = s->model.messages[i].queue;
	t->kept[0].message = i;
	t->what = again ? "job_retry" : "job_cancel";
	t->in = p;
	t->c = world_cmd(s->world, again ? &op_job_retry : &op_job_cancel, p);
	t->apply = apply_job;
	return true;
}

static void apply_resume(struct sim *s, struct step *t)
{
	struct queue_resume *p = t->in;
	struct model *m = &s->model;
	int i = m->queues[t->queue].exists ? m_stopped(m, t->queue, t->groups[0]) : -1;

	sim_check_refusal(s, t,
	                  !m->queues[t->queue].exists ? REFUSED_NO_SUCH_QUEUE
	                  : i < 0                     ? REFUSED_CONFLICT
	                                              : REFUSED_NONE);
	if (i < 0)
		return;
	if (p->how == RESUME_RETRY) {
		m->messages[i].forgiven = m->messages[i].receives;
		m->messages[i].visible_wall = 0;
	} else {
		m_job_ends(m, i, IS_CANCELED);
		m->messages[i].gone = true;
	}
	m_wake(m, t->queue);
}

void sim_make_resume(struct sim *s, struct step *t)
{
	struct queue_resume *p = ARENA_NEW(s->world->arena, struct queue_resume);

	t->queue = 3;
	t->groups[0] = (int)sim_below(s, 4);
	p->queue = str_of(s->model.queues[3].name);
	p->group = arena_printf(s->world->arena, "g%d", t->groups[0]);
	p->how = sim_chance(s, 50) ? RESUME_RETRY : RESUME_DELETE;
	t->what = "resume";
	t->in = p;
	t->c = world_cmd(s->world, &op_queue_resume, p);
	t->apply = apply_resume;
}
