/* reckon.c - a calendar has changed: deadlines and reminders that follow it (deadline.recompute)
 * are reckoned anew. What was reckoned with an older version says so in its row: the walk over
 * them, APPROVAL_RECKON_STEP in a turn, may begin anew at any time. */
#include "domain/approval/timer.h"
#include "domain/audit/audit.h"
#include "domain/domain.h"

struct moved {
	int64_t approvals, deadlines, reminders;
};

/* ---- one approval */

/* From the beginning of the round, with each time that it was moved on. */
static int64_t deadline_by(struct batch *b, const struct calendar *k, const struct approval *a,
                           const struct policy *p, const struct timer *t)
{
	int64_t at = a->asked_at;
	struct duration d;
	struct str why;

	if (!str_given(p->deadline.after) || !duration_read(b->arena, p->deadline.after, &d, &why))
		return t->due_at;
	for (int64_t i = 0; i <= t->count && at != NEVER; i++)
		at = business_add(k, at, &d);
	/* What was moved on from a later moment, after downtime, has no other beginning. */
	if (at == NEVER || (t->count > 0 && at <= b->now.wall_ms))
		return t->due_at;
	return at;
}

static enum err deadline_reckon(struct batch *b, struct approval *a, const struct policy *p,
                                const struct calendar *k, struct moved *moved)
{
	struct timer t = { .approval = a->id, .kind = TIMER_DEADLINE };
	struct approval_slot *slots;
	bool found;
	int count;

	TRY(timer_get(b, &t, &found));
	if (!found) /* it has come */
		return OK;
	int64_t at = deadline_by(b, k, a, p, &t);
	bool other = at != t.due_at;
	t.due_at = at;
	t.version = k->version;
	TRY(timer_put(b, &t));
	if (!other)
		return OK;
	moved->deadlines++;
	a->due_at = at;
	a->changed_at = b->now.wall_ms;
	TRY(store_run(b->store, STMT_APPROVAL_DUE_SET,
	              VALUES(value_int(a->id), value_int(at), value_int(a->changed_at)), NULL, NULL));
	TRY(store_run(b->store, STMT_APPROVAL_SLOTS_DUE, VALUES(value_int(a->id), value_int(at)), NULL,
	              NULL));
	TRY(approval_slots(b->store, b->arena, a, &slots, &count));
	slots_news(b, a, slots, count);
	return OK;
}

/* One that comes again and again has no other beginning once it has come. */
static int64_t reminder_by(const struct calendar *k, const struct approval *a,
                           const struct policy_reminder *r, const struct timer *t)
{
	int64_t at = t->count == 0 ? reminder_first(k, a, r) : business_next_open(k, t->due_at);

	return at == NEVER ? t->due_at : at;
}

static enum err reminders_reckon(struct batch *b, const struct approval *a, const struct policy *p,
                                 const struct calendar *k, struct moved *moved)
{
	struct timer t = { .approval = a->id, .kind = TIMER_REMINDER };
	bool found;

	for (t.n = 0; t.n < p->reminder_count; t.n++) {
		TRY(timer_get(b, &t, &found));
		if (!found) /* it has come, or was never to come */
			continue;
		int64_t at = reminder_by(k, a, &p->reminders[t.n], &t);
		moved->reminders += at != t.due_at;
		t.due_at = at;
		t.version = k->version;
		TRY(timer_put(b, &t));
	}
	return OK;
}

static enum err reckon(struct batch *b, struct approval *a, const struct policy *p,
                       const struct calendar *k, struct moved *moved)
{
	int64_t was = a->due_at;

	must(p->deadline.recompute && str_given(p->deadline.calendar));
	must(!approval_state_final(a->state) && a->state != APPROVAL_RETURNED); /* T1 */
	moved->approvals++;
	TRY(deadline_reckon(b, a, p, k, moved));
	TRY(reminders_reckon(b, a, p, k, moved));
	if (a->due_at == was)
		return OK;
	struct log l = log_begin(a);
	log_number(&l, "due_at", a->due_at);
	log_number(&l, "was_due_at", was);
	log_text(&l, "calendar", k->name);
	log_number(&l, "version", k->version);
	return log_end(b, NULL, &l, "approval.recomputed");
}

enum err timers_follow(struct batch *b, struct approval *a, const struct policy *p,
                       const struct timer *t)
{
	struct moved moved = { 0 };
	struct calendar *k;

	if (!p->deadline.recompute || !str_given(t->calendar))
		return OK;
	TRY(calendar_read(b->store, b->arena, t->calendar, CALENDAR_IN_FORCE, &k));
	return k == NULL || k->version <= t->version ? OK : reckon(b, a, p, k, &moved);
}

/* ---- the walk */

static enum err take_calendar(void *context, const struct value *c, int count)
{
	struct reckoning *r = context;

	must(count == 2 && c[0].bytes.len < sizeof r->calendar);
	memcpy(r->calendar, c[0].bytes.at, c[0].bytes.len);
	r->calendar[c[0].bytes.len] = '\0';
	r->within = true;
	r->version = -1;
	r->approval = 0;
	return OK;
}

struct behind {
	int64_t version[APPROVAL_RECKON_STEP], approval[APPROVAL_RECKON_STEP];
	int count;
};

static enum err take_behind(void *context, const struct value *c, int count)
{
	struct behind *behind = context;

	must(count == 2 && behind->count < APPROVAL_RECKON_STEP);
	behind->version[behind->count] = c[0].number;
	behind->approval[behind->count++] = c[1].number;
	return OK;
}

static enum err reckon_row(struct batch *b, int64_t id, const struct calendar *k,
                           struct moved *moved)
{
	const struct policy *p;
	struct approval a;
	bool found;

	TRY(approval_read_row(b->store, b->arena, id, &a, &found));
	if (!found)
		return ERR_CORRUPT;
	TRY(approval_policy_known(b, &a, &p));
	return p->deadline.recompute ? reckon(b, &a, p, k, moved) : OK;
}

static enum err note(struct batch *b, const struct calendar *k, const struct moved *moved)
{
	if (moved->approvals == 0)
		return OK;
	return audit_put(b, NULL,
	                 &(struct audit_record){
						 .action = "calendar.recomputed",
						 .resource = audit_name(b, "calendar", k->name),
						 .detail = AUDIT_JSON(b, audit_number("version", k->version),
	                                          audit_number("approvals", moved->approvals),
	                                          audit_number("deadlines", moved->deadlines),
	                                          audit_number("reminders", moved->reminders)) });
}

/* All timers of an approval are done with the first of them that is met. */
static enum err walk(struct batch *b, struct reckoning *r, const struct calendar *k)
{
	struct behind *behind = ARENA_NEW(b->arena, struct behind);
	struct moved moved = { 0 };

	TRY(store_run(b->store, STMT_APPROVAL_TIMERS_BEHIND,
	              VALUES(value_text(k->name), value_int(k->version), value_int(r->version),
	                     value_int(r->approval), value_int(APPROVAL_RECKON_STEP)),
	              take_behind, behind));
	for (int i = 0; i < behind->count; i++) {
		bool same = behind->version[i] == r->version && behind->approval[i] == r->approval;
		r->version = behind->version[i];
		r->approval = behind->approval[i];
		if (!same)
			TRY(reckon_row(b, r->approval, k, &moved));
	}
	r->within = behind->count == APPROVAL_RECKON_STEP;
	return note(b, k, &moved);
}

static enum err reckon_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err reckon_write(struct batch *b, struct cmd *c)
{
	struct reckoning *r = &b->domain->approvals->reckoning;
	struct calendar *k = NULL;

	(void)c;
	r->at_mono = NEVER;
	if (!r->within)
		TRY(store_run(b->store, STMT_APPROVAL_CALENDAR_BEHIND,
		              VALUES(value_text(str_of(r->calendar))), take_calendar, r));
	if (!r->within)
		return OK;
	TRY(calendar_read(b->store, b->arena, str_of(r->calendar), CALENDAR_IN_FORCE, &k));
	if (k == NULL)
		return ERR_CORRUPT; /* no calendar in use is deleted */
	r->at_mono = b->now.mono_ms;
	return walk(b, r, k);
}

const struct op op_approval_reckon = {
	.name = "approval_reckon",
	.lane = LANE_WRITE,
	.check = reckon_check,
	.write = reckon_write,
};

void approvals_calendar_changed(struct domain *d, int64_t at_mono)
{
	d->approvals->reckoning = (struct reckoning){ .at_mono = at_mono };
}
