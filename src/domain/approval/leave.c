/* leave.c - somebody who was asked takes part no more (A20): what they said stays, what they
 * were still asked goes, and the step is judged again at once.
 *
 * LEAVE_STEP slots go in the transaction in which the person leaves; of more a row keeps that
 * there is something left, and commands of the clock do the rest. */
#include "domain/approval/inside.h"
#include "domain/directory/directory.h"
#include "domain/domain.h"

struct held {
	int64_t approval[APPROVAL_LEAVE_STEP], slot[APPROVAL_LEAVE_STEP];
	int count;
};

static enum err take_held(void *context, const struct value *c, int count)
{
	struct held *h = context;

	must(count == 2 && h->count < APPROVAL_LEAVE_STEP);
	h->approval[h->count] = c[0].number;
	h->slot[h->count++] = c[1].number;
	return OK;
}

struct succession {
	struct batch *b;
	const struct approval_case *on;
};

/* Who takes part, did not ask for it, and is not asked already. */
static enum err may_succeed(void *context, struct str person, bool *may)
{
	const struct succession *x = context;
	bool asked = approval_asked_for(&x->on->a, person);

	for (int i = 0; i < x->on->count; i++) {
		const struct approval_slot *s = &x->on->slots[i];
		asked = asked || (!slot_is_group(s) && str_eq(slot_name(s), person));
	}
	TRY(who_active(x->b, person, may));
	*may = *may && !asked;
	return OK;
}

static enum err gone(struct batch *b, struct approval_case *on, struct approval_slot *s)
{
	struct str instead = S_NONE, left = slot_name(s);
	struct succession x = { b, on };

	if (on->policy->leaver_superior)
		TRY(who_above(b, left, may_succeed, &x, &instead));
	if (!str_given(instead)) {
		s->state = SLOT_GONE;
		s->reason = S("LEFT");
		return case_slot(b, on, s);
	}
	slots_news(b, &on->a, s, 1);
	s->reason = arena_printf(b->arena, "LEFT: instead of %.*s", S_ARG(left));
	s->holder = arena_printf(b->arena, "user:%.*s", S_ARG(instead));
	TRY(slot_replace(b, &on->a, s));
	on->judge = case_judge(b->arena, on->policy, on->slots, on->count);
	return OK;
}

static enum err leave_slot(struct batch *b, int64_t approval, int64_t number)
{
	struct approval_case *on;

	TRY(case_read_row(b, approval, &on));
	if (on == NULL || number > on->count)
		return ERR_CORRUPT;
	struct approval_slot *s = case_slot_number(on, number);
	if (s->state != SLOT_WAITING)
		return OK; /* the slot before ended the round */
	TRY(gone(b, on, s));
	struct log l = log_begin(&on->a);
	log_slot(&l, "slot", s);
	TRY(log_end(b, NULL, &l, "approval.slot"));
	TRY(case_settle(b, NULL, on, S("ringi")));
	return tell_asked(b, on); /* whoever is asked instead; the others know */
}

/* Each of them goes, so the oldest are always others. */
static enum err leave_some(struct batch *b, struct str person, bool *more)
{
	struct held *h = ARENA_NEW(b->arena, struct held);
	struct str holder = arena_printf(b->arena, "user:%.*s", S_ARG(person));

	TRY(store_run(b->store, STMT_APPROVAL_HELD,
	              VALUES(value_text(holder), value_int(APPROVAL_LEAVE_STEP)), take_held, h));
	for (int i = 0; i < h->count; i++)
		TRY(leave_slot(b, h->approval[i], h->slot[i]));
	*more = h->count == APPROVAL_LEAVE_STEP;
	return OK;
}

enum err approvals_people_left(struct batch *b)
{
	struct node *n;
	bool more;

	while ((n = list_take_first(&b->people_left)) != NULL) {
		struct str person = CONTAINER(n, struct person_left, node)->id;
		TRY(leave_some(b, person, &more));
		if (!more)
			continue;
		TRY(store_run(b->store, STMT_APPROVAL_LEAVER_PUT, VALUES(value_text(person)), NULL, NULL));
		b->domain->approvals->leave_at_mono = b->now.mono_ms;
	}
	return OK;
}

/* ---- a command of the clock: the rest */

struct leaver {
	struct arena *arena;
	struct str person;
};

static enum err take_leaver(void *context, const struct value *c, int count)
{
	struct leaver *l = context;

	must(count == 1);
	l->person = arena_str(l->arena, c[0].bytes);
	return OK;
}

static enum err leave_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err leave_write(struct batch *b, struct cmd *c)
{
	struct leaver l = { b->arena, S_NONE };
	bool more = false, active;

	(void)c;
	b->domain->approvals->leave_at_mono = NEVER;
	TRY(store_run(b->store, STMT_APPROVAL_LEAVER, NO_VALUES, take_leaver, &l));
	if (!str_given(l.person))
		return OK;
	b->domain->approvals->leave_at_mono = b->now.mono_ms;
	TRY(who_active(b, l.person, &active));
	if (!active) /* else they have come back meanwhile */
		TRY(leave_some(b, l.person, &more));
	return more ? OK
	            : store_run(b->store, STMT_APPROVAL_LEAVER_DROP, VALUES(value_text(l.person)), NULL,
	                        NULL);
}

const struct op op_approval_leave = {
	.name = "approval_leave",
	.lane = LANE_WRITE,
	.check = leave_check,
	.write = leave_write,
};

/* ---- when the clock has something to do */

/* Between two looks at the wall clock, which may jump while the engine sleeps. */
enum { LOOK_MS = 1000 };

static int64_t timers_next(const struct approvals *all)
{
	int64_t ahead = all->timer_at - all->seen.wall_ms;

	if (all->timer_at == NEVER)
		return NEVER;
	int64_t at = all->seen.mono_ms + (ahead < 0 ? 0 : ahead < LOOK_MS ? ahead : LOOK_MS);
	return at > all->timer_from_mono ? at : all->timer_from_mono;
}

int64_t approvals_next(const struct domain *d)
{
	int64_t timers = timers_next(d->approvals), leave = d->approvals->leave_at_mono;

	int64_t first = timers < leave ? timers : leave, reckon = d->approvals->reckoning.at_mono;

	return first < reckon ? first : reckon;
}

void approvals_due(struct domain *d, struct now now, struct list *commands)
{
	struct approvals *all = d->approvals;

	all->seen = now;
	if (all->leave_at_mono <= now.mono_ms)
		list_add_last(commands, &cmd_new(&op_approval_leave)->node);
	if (all->reckoning.at_mono <= now.mono_ms)
		list_add_last(commands, &cmd_new(&op_approval_reckon)->node);
	if (all->timer_at <= now.wall_ms && all->timer_from_mono <= now.mono_ms)
		list_add_last(commands, &cmd_new(&op_approval_timers)->node);
}

void approvals_look(struct domain *d, int64_t at_mono)
{
	d->approvals->leave_at_mono = d->approvals->timer_from_mono = at_mono;
	d->approvals->timer_at = 0;
	approvals_calendar_changed(d, at_mono);
}
