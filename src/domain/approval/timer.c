/* timer.c - timers of approvals: set with a round, found when they come. T1 to T5: timer.h. */
#include "domain/approval/timer.h"

#include "domain/domain.h"

/* ---- rows */

enum err timer_put(struct batch *b, const struct timer *t)
{
	struct approvals *all = b->domain->approvals;

	must(t->due_at > 0 && t->due_at != NEVER);
	if (t->due_at < all->timer_at)
		all->timer_at = t->due_at;
	return store_run(b->store, STMT_APPROVAL_TIMER_PUT,
	                 VALUES(value_int(t->approval), value_int(t->kind), value_int(t->n),
	                        value_int(t->due_at), value_int(t->count), value_text(t->calendar),
	                        value_int(t->version)),
	                 NULL, NULL);
}

enum err timer_calendar(struct batch *b, const struct timer *t, const struct calendar **k)
{
	struct calendar *read = NULL;

	if (str_given(t->calendar)) {
		TRY(calendar_read(b->store, b->arena, t->calendar, t->version, &read));
		if (read == NULL)
			return ERR_CORRUPT; /* versions in use are kept, and no calendar in use is deleted */
	}
	*k = read != NULL ? read : calendar_built_in(b->arena, S("always"));
	return OK;
}

/* ---- the deadline of a round */

static enum err no_deadline(struct cmd *c, const char *why)
{
	return refuse_field(c, REFUSED_IMPOSSIBLE_POLICY, "deadline", "deadline: %s", why);
}

static enum err due_after(struct batch *b, struct cmd *c, const struct policy_deadline *d,
                          int64_t asked_at, int64_t *due_at)
{
	struct duration duration;
	struct calendar *k = NULL;
	struct str why;

	if (!duration_read(b->arena, d->after, &duration, &why))
		return no_deadline(c, why.at);
	if (!str_given(d->calendar))
		k = calendar_built_in(b->arena, S("always"));
	else
		TRY(calendar_read(b->store, b->arena, d->calendar, CALENDAR_IN_FORCE, &k));
	if (k == NULL)
		return refuse_field(c, REFUSED_IMPOSSIBLE_POLICY, "deadline",
		                    "deadline: there is no calendar named %.*s. Put /v1/calendars/%.*s "
		                    "first.",
		                    S_ARG(d->calendar), S_ARG(d->calendar));
	*due_at = business_add(k, asked_at, &duration);
	if (*due_at == NEVER)
		return no_deadline(c, "its calendar has no such moment: is it ever open?");
	return OK;
}

enum err approval_due(struct batch *b, struct cmd *c, const struct policy *policy, int64_t asked_at,
                      int64_t *due_at)
{
	const struct policy_deadline *d = &policy->deadline;

	*due_at = 0;
	if (!str_given(d->at) && !str_given(d->after))
		return OK;
	if (str_given(d->after))
		TRY(due_after(b, c, d, asked_at, due_at));
	else if (!time_read_rfc3339(d->at, due_at))
		return ERR_CORRUPT;
	if (!cmd_refused(c) && *due_at < asked_at + APPROVAL_DEADLINE_MIN_MS)
		return no_deadline(c, "it must be at least a minute ahead.");
	return OK;
}

/* ---- set and dropped */

static enum err deadline_set(struct batch *b, const struct approval *a, struct timer *t)
{
	if (a->due_at == 0)
		return OK;
	t->kind = TIMER_DEADLINE;
	t->due_at = a->due_at;
	return timer_put(b, t);
}

static enum err reminders_set(struct batch *b, const struct approval *a, const struct policy *p,
                              struct timer *t, const struct calendar *k)
{
	t->kind = TIMER_REMINDER;
	for (t->n = 0; t->n < p->reminder_count; t->n++) {
		t->due_at = reminder_first(k, a, &p->reminders[t->n]);
		if (t->due_at != NEVER && t->due_at > b->now.wall_ms)
			TRY(timer_put(b, t));
	}
	return OK;
}

enum err approval_timers_set(struct batch *b, const struct approval *a, const struct policy *p)
{
	struct timer t = { .approval = a->id, .calendar = p->deadline.calendar };
	struct calendar *k = NULL;

	if (a->due_at == 0 && p->reminder_count == 0)
		return OK;
	if (str_given(t.calendar))
		TRY(calendar_read(b->store, b->arena, t.calendar, CALENDAR_IN_FORCE, &k));
	/* With `at` nobody has asked for the calendar yet; without it any hour will do. */
	if (k == NULL) {
		t.calendar = S_NONE;
		k = calendar_built_in(b->arena, S("always"));
	}
	t.version = k->version;
	TRY(deadline_set(b, a, &t));
	return reminders_set(b, a, p, &t, k);
}

enum err approval_timers_drop(struct batch *b, const struct approval *a, const struct policy *p)
{
	if (a->due_at == 0 && p->reminder_count == 0)
		return OK;
	return store_run(b->store, STMT_APPROVAL_TIMERS_DROP, VALUES(value_int(a->id)), NULL, NULL);
}

/* ---- they come */

struct due {
	struct timer timers[APPROVAL_TIMERS_STEP];
	int count;
};

static enum err take_due(void *context, const struct value *c, int count)
{
	struct due *due = context;

	must(count == 3 && due->count < APPROVAL_TIMERS_STEP);
	due->timers[due->count++] = (struct timer){ .approval = c[0].number,
		                                        .kind = (enum timer_kind)c[1].number,
		                                        .n = (int)c[2].number };
	return OK;
}

struct getting {
	struct arena *arena;
	struct timer *timer;
	bool found;
};

static enum err take_one(void *context, const struct value *c, int count)
{
	struct getting *g = context;

	must(count == 4);
	g->found = true;
	g->timer->due_at = c[0].number;
	g->timer->count = c[1].number;
	g->timer->calendar = arena_str(g->arena, c[2].bytes);
	g->timer->version = c[3].number;
	return OK;
}

enum err timer_get(struct batch *b, struct timer *t, bool *found)
{
	struct getting g = { b->arena, t, false };

	TRY(store_run(b->store, STMT_APPROVAL_TIMER_GET,
	              VALUES(value_int(t->approval), value_int(t->kind), value_int(t->n)), take_one,
	              &g));
	*found = g.found;
	return OK;
}

/* One that came before it may have ended the round, or moved this one. */
static enum err come(struct batch *b, struct timer *t, int *slots)
{
	struct approval_case *on;
	bool found;

	TRY(timer_get(b, t, &found));
	if (!found || t->due_at > b->now.wall_ms)
		return OK;
	TRY(case_read_row(b, t->approval, &on));
	if (on == NULL || approval_state_final(on->a.state) || on->a.state == APPROVAL_RETURNED)
		return ERR_CORRUPT; /* T1 */
	TRY(timers_follow(b, &on->a, on->policy, t));
	TRY(timer_get(b, t, &found));
	if (!found || t->due_at > b->now.wall_ms)
		return OK; /* by its calendar as it is now it comes later */
	TRY(store_run(b->store, STMT_APPROVAL_TIMER_DROP,
	              VALUES(value_int(t->approval), value_int(t->kind), value_int(t->n)), NULL, NULL));
	*slots += on->count;
	return t->kind == TIMER_DEADLINE ? deadline_come(b, on, t) : reminder_come(b, on, t, slots);
}

static enum err come_all(struct batch *b, struct due *due)
{
	int slots = 0;

	for (int i = 0; i < due->count && slots < APPROVAL_TIMERS_SLOTS; i++)
		TRY(come(b, &due->timers[i], &slots));
	return OK;
}

enum err approval_overdue(struct batch *b, const struct approval *a, bool *overdue)
{
	struct timer t = { .approval = a->id, .kind = TIMER_DEADLINE };

	*overdue = false;
	if (a->due_at == 0 || b->now.wall_ms < a->due_at || a->closed_at != 0)
		return OK;
	TRY(timer_get(b, &t, overdue));
	*overdue = *overdue && t.due_at <= b->now.wall_ms;
	return OK;
}

enum err approval_catch_up(struct batch *b, const struct approval *a)
{
	struct due *due = ARENA_NEW(b->arena, struct due);

	TRY(store_run(b->store, STMT_APPROVAL_TIMERS_DUE_OF,
	              VALUES(value_int(a->id), value_int(b->now.wall_ms),
	                     value_int(APPROVAL_TIMERS_STEP)),
	              take_due, due));
	int slots = 0;
	for (int i = 0; i < due->count; i++)
		TRY(come(b, &due->timers[i], &slots));
	return OK;
}

/* ---- a command of the clock */

static enum err take_next(void *context, const struct value *c, int count)
{
	must(count == 1);
	*(int64_t *)context = c[0].kind == VALUE_NULL ? NEVER : c[0].number;
	return OK;
}

static enum err timers_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err timers_write(struct batch *b, struct cmd *c)
{
	struct approvals *all = b->domain->approvals;
	struct due *due = ARENA_NEW(b->arena, struct due);
	int64_t next = NEVER;

	(void)c;
	TRY(store_run(b->store, STMT_APPROVAL_TIMERS_DUE,
	              VALUES(value_int(b->now.wall_ms), value_int(APPROVAL_TIMERS_STEP)), take_due,
	              due));
	TRY(come_all(b, due));
	TRY(store_run(b->store, STMT_APPROVAL_TIMER_NEXT, NO_VALUES, take_next, &next));
	all->timer_at = next;
	return OK;
}

const struct op op_approval_timers = {
	.name = "approval_timers",
	.lane = LANE_WRITE,
	.check = timers_check,
	.write = timers_write,
};
