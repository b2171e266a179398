/* due.c - when schedules are due, and what to do when a due time has come or was missed. */
#include "base/limits.h"
#include "domain/schedule/memory.h"

enum {
	/* Until a fault is tried again. At once, one that stays would keep the engine busy. */
	RETRY_MS = 1000,
	/* Between two looks at the wall clock, which may jump while the engine sleeps. */
	LOOK_MS = 1000,
};

int64_t schedule_first_after(const struct schedule *s, int64_t ms)
{
	return cron_next(&s->cron, s->zone->zone,
	                 s->calendar == NULL ? NULL : &s->calendar->calendar->workdays, ms);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct plan schedule_plan(const struct schedule *s, int64_t now)
{
	int64_t due = s->next_at;
	/* From here on nothing is late, and nothing that was decided about comes again (S1). */
	int64_t on_time = later(due, now - SCHEDULE_LATE_MS - 1);

	if (due > now)
		return (struct plan){ PLAN_WAIT, due, s->late };
	must(!s->paused && due != NEVER); /* S5 */
	if (now - due <= SCHEDULE_LATE_MS)
		return (struct plan){ PLAN_FIRE, schedule_first_after(s, due), 0 };
	if (s->catch_up == CATCH_UP_ONE)
		return (struct plan){ PLAN_FIRE, schedule_first_after(s, now), 0 };
	if (s->catch_up == CATCH_UP_ALL && s->late < CATCH_UP_MAX)
		return (struct plan){ PLAN_FIRE, schedule_first_after(s, due), s->late + 1 };
	return (struct plan){ PLAN_MISS, schedule_first_after(s, on_time), 0 };
}

/* ---- the clock */

static void command_for(struct list *commands, const struct schedule *s)
{
	struct cmd *c = cmd_new(&op_schedule_fire);
	struct schedule_fire *in = ARENA_NEW(c->arena, struct schedule_fire);

	in->name = arena_str(c->arena, s->name);
	c->in = in;
	list_add_last(commands, &c->node);
}

/* Each gets a command of its own, so that one whose rows are broken hurts no other one. In
 * a heap no entry is due before the one above it. */
static void commands_below(const struct heap *h, size_t at, int64_t now_ms, struct list *commands,
                           int *count)
{
	if (at > h->count || h->at[at]->key > now_ms || *count == SCHEDULE_FIRES_MAX)
		return;
	++*count;
	command_for(commands, CONTAINER(h->at[at], struct schedule, order));
	commands_below(h, 2 * at, now_ms, commands, count);
	commands_below(h, 2 * at + 1, now_ms, commands, count);
}

void schedules_due(struct domain *d, struct now now, struct list *commands)
{
	struct schedules *all = d->schedules;
	int count = 0;

	all->seen = now;
	if (all->not_before <= now.mono_ms)
		commands_below(&all->due, 1, now.wall_ms, commands, &count);
}

int64_t schedules_next(const struct domain *d)
{
	const struct schedules *all = d->schedules;
	const struct heap_entry *first = heap_first(&all->due);

	if (first == NULL)
		return NEVER;
	int64_t ahead = first->key - all->seen.wall_ms;
	int64_t at = all->seen.mono_ms + (ahead < 0 ? 0 : ahead < LOOK_MS ? ahead : LOOK_MS);
	return later(at, all->not_before);
}

void schedules_wait(struct domain *d, struct now now)
{
	d->schedules->not_before = now.mono_ms + RETRY_MS;
}

/* ---- after a change of zones or holidays */

/* What is due already stays so: it was, by what was known then. */
enum err schedules_recompute(struct batch *b,
                             bool (*concerned)(const struct schedule *, const void *),
                             const void *context)
{
	struct schedules *all = b->domain->schedules;
	struct schedule *s;
	size_t at = 0;

	must(b->schedules_touched);
	while ((s = names_next(&all->by_name, &at)) != NULL) {
		if (s->paused || s->next_at <= b->now.wall_ms || !concerned(s, context))
			continue;
		int64_t next = schedule_first_after(s, later(b->now.wall_ms, s->last_due_at));
		if (next == s->next_at)
			continue;
		schedule_wait_until(all, s, next);
		TRY(store_run(b->store, STMT_SCHEDULE_NEXT,
		              VALUES(value_text(s->name), next == NEVER ? value_null() : value_int(next),
		                     value_int(0)),
		              NULL, NULL));
	}
	return OK;
}
