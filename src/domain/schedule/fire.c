/* fire.c - a due time has come: the message is sent and the next due time is set, in one
 * transaction (S1). Or somebody wants it now.
 *
 * A due time after which there was no message is written down with the reason: SKIPPED
 * (the job before has not ended), MISSED, FAILED (the queue is gone or takes nothing). */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/schedule/memory.h"

enum outcome { FIRED, SKIPPED, MISSED, FAILED };
static const char *const outcomes[] = { "FIRED", "SKIPPED", "MISSED", "FAILED" };

struct firing {
	enum outcome outcome;
	struct str detail;      /* absent: none */
	const struct uuid *job; /* FIRED */
	bool not_now;           /* no room on the disk: it stays due */
};

static struct str sender_of(struct batch *b, const struct schedule *s)
{
	return arena_printf(b->arena, "schedule:%.*s", S_ARG(s->name));
}

/* Whether the queue takes it; else the reason is the outcome, and nothing has changed. `leaves`:
 * the message of the firing before will be canceled first. */
static enum err prepare(struct batch *b, const struct schedule *s, int64_t due_at, bool leaves,
                        struct queue **q, struct send_entry **e, struct firing *f)
{
	*q = queue_by_name(b->domain, s->queue);
	if (*q == NULL) {
		f->outcome = FAILED;
		f->detail = arena_printf(b->arena, "There is no queue named %.*s.", S_ARG(s->queue));
		return OK;
	}
	TRY(schedule_message(b, s, *q, due_at, e));
	queue_enqueue_check(b, *q, *e, false, leaves ? -1 : 0);
	if ((*e)->refused.why == REFUSED_NONE)
		return OK;
	f->not_now = (*e)->refused.why == REFUSED_DISK_FULL;
	f->outcome = FAILED;
	f->detail = (*e)->refused.text;
	return OK;
}

/* Of a running one the message stays until its worker has stopped. */
static bool leaves_now(const struct schedule *s, const struct previous *before)
{
	return before->open && before->row->state == JOB_PENDING &&
	       str_eq(before->row->queue, s->queue);
}

static enum err fire(struct batch *b, const struct schedule *s, int64_t due_at, struct firing *f)
{
	struct previous before;
	struct send_entry *e;
	struct queue *q;

	TRY(schedule_previous(b, s, &before));
	if (before.open && s->overlap == OVERLAP_SKIP) {
		f->outcome = SKIPPED;
		f->detail = before.text;
		return OK;
	}
	TRY(prepare(b, s, due_at, leaves_now(s, &before), &q, &e, f));
	if (f->outcome == FAILED)
		return OK;
	if (before.open)
		TRY(schedule_cancel_previous(b, s, &before));
	TRY(queue_enqueue(b, q, e, sender_of(b, s)));
	f->job = &e->message_id;
	return OK;
}

static void count(struct schedule_figures *f, enum outcome o)
{
	f->fired += o == FIRED;
	f->skipped += o == SKIPPED;
	f->missed += o == MISSED;
	f->failed += o == FAILED;
}

static struct value time_value(int64_t at)
{
	return at == NEVER ? value_null() : value_int(at);
}

static void note_job(struct schedule *s, const struct uuid *job)
{
	s->has_last_job = s->has_last_job || job != NULL;
	if (job != NULL)
		s->last_job = *job;
}

static enum err decided(struct batch *b, struct schedule *s, const struct plan *p,
                        const struct firing *f)
{
	struct schedules *all = b->domain->schedules;
	int64_t due = s->next_at;

	must(p->next_at > due && due > s->last_due_at); /* S1 */
	must((f->job != NULL) == (f->outcome == FIRED));
	s->last_due_at = due;
	s->late = p->late;
	note_job(s, f->job);
	schedule_wait_until(all, s, p->next_at);
	count(&all->figures, f->outcome);
	return store_run(b->store, STMT_SCHEDULE_DECIDED,
	                 VALUES(value_text(s->name), time_value(p->next_at), value_int(p->late),
	                        value_int(due), value_text(str_of(outcomes[f->outcome])),
	                        value_text(f->detail),
	                        f->job == NULL ? value_null() : value_int(b->now.wall_ms),
	                        value_uuid(f->job), value_int(f->outcome == FIRED),
	                        value_int(f->outcome == SKIPPED), value_int(f->outcome == FAILED)),
	                 NULL, NULL);
}

/* ---- a command of the clock */

static enum err fire_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err fire_write(struct batch *b, struct cmd *c)
{
	const struct schedule_fire *in = c->in;
	struct schedule *s = schedule_find(b->domain, in->name);
	struct firing f = { .outcome = FIRED };

	/* A command before this one in the same turn may have changed it. */
	if (s == NULL || s->next_at > b->now.wall_ms)
		return OK;
	struct plan p = schedule_plan(s, b->now.wall_ms);
	must(p.what != PLAN_WAIT);
	schedules_touch(b);
	if (p.what == PLAN_MISS) {
		f.outcome = MISSED;
		f.detail = S(
			"Nobody was there to fire it: the server was stopped, or its clock was wrong.");
	} else {
		TRY(fire(b, s, s->next_at, &f));
	}
	if (f.not_now) {
		schedules_wait(b->domain, b->now);
		return OK;
	}
	return decided(b, s, &p, &f);
}

const struct op op_schedule_fire = {
	.name = "schedule_fire",
	.lane = LANE_WRITE,
	.check = fire_check,
	.write = fire_write,
};

/* ---- by hand */

static enum err run_check(struct batch *b, struct cmd *c)
{
	const struct schedule_run *in = c->in;
	const struct schedule *s = schedule_wanted(b, c, in->name);
	struct previous before;
	struct send_entry *e;

	if (s == NULL)
		return OK;
	struct queue *q = queue_by_name(b->domain, s->queue);
	if (q == NULL)
		return refuse(c, REFUSED_CONFLICT, "The queue %.*s of the schedule does not exist.",
		              S_ARG(s->queue));
	TRY(schedule_previous(b, s, &before));
	if (before.open && s->overlap == OVERLAP_SKIP)
		return refuse(c, REFUSED_CONFLICT,
		              "%.*s Cancel it, or put the schedule with overlap allow.",
		              S_ARG(before.text));
	TRY(schedule_message(b, s, q, 0, &e));
	queue_enqueue_check(b, q, e, false, leaves_now(s, &before) ? -1 : 0);
	if (e->refused.why != REFUSED_NONE)
		refuse(c, e->refused.why, "%.*s", S_ARG(e->refused.text));
	return OK;
}

static enum err run_write(struct batch *b, struct cmd *c)
{
	struct schedule_run *in = c->in;
	struct schedule *s = schedule_find(b->domain, in->name);
	struct firing f = { .outcome = FIRED };

	must(s != NULL);
	schedules_touch(b);
	TRY(fire(b, s, 0, &f));
	must(f.outcome == FIRED && f.job != NULL); /* nothing has changed since the check */
	in->message_id = *f.job;
	in->queue = arena_str(c->arena, s->queue);
	note_job(s, f.job);
	count(&b->domain->schedules->figures, FIRED);
	TRY(store_run(b->store, STMT_SCHEDULE_RAN,
	              VALUES(value_text(s->name), value_int(b->now.wall_ms), value_uuid(f.job)), NULL,
	              NULL));
	return audit_write(b, c, "schedule.run", audit_name(b, "schedule", s->name), S_NONE);
}

const struct op op_schedule_run = {
	.name = "schedule_run",
	.lane = LANE_WRITE,
	.check = run_check,
	.write = run_write,
};
