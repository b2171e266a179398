/* deadline.c - a deadline has come: what the policy says happens then, and nothing else. */
#include "domain/approval/timer.h"

static struct str server(void)
{
	return S("ringi");
}

static enum err close_as(struct batch *b, struct approval_case *on, enum approval_state to)
{
	return approval_close(b, NULL, on, to, server(), S("DEADLINE"));
}

/* For whom nobody can speak, nothing is approved (A19). */
static enum err approve(struct batch *b, struct approval_case *on)
{
	return on->a.state == APPROVAL_INCIDENT ? OK : close_as(b, on, APPROVAL_APPROVED);
}

/* What is an incident already stays the one it is. */
static enum err nothing_to_count(struct batch *b, struct approval_case *on)
{
	if (on->a.state == APPROVAL_INCIDENT)
		return OK;
	on->a.state = APPROVAL_INCIDENT;
	on->a.changed_at = b->now.wall_ms;
	on->a.incident = S("The deadline has passed, and the votes that were cast decide nothing.");
	TRY(approval_store(b, &on->a));
	slots_news(b, &on->a, on->slots, on->count);
	struct log l = log_begin(&on->a);
	log_text(&l, "incident", on->a.incident);
	TRY(log_end(b, NULL, &l, "approval.incident"));
	return tell_incident(b, &on->a);
}

static enum err count_cast(struct batch *b, struct approval_case *on)
{
	enum judge_state said = judge_count(b->arena, on->judge);

	must(said != JUDGE_OPEN);
	if (said == JUDGE_STUCK)
		return nothing_to_count(b, on);
	return close_as(b, on, said == JUDGE_WON ? APPROVAL_APPROVED : APPROVAL_REJECTED);
}

/* ---- extended */

/* By as much again; of a fixed time by as long as the round had. What was missed while nobody
 * was there does not count: the new deadline lies ahead. */
static int64_t moved_on(const struct batch *b, const struct approval_case *on,
                        const struct calendar *k, const struct timer *t)
{
	int64_t from = t->due_at, length = on->a.due_at - on->a.asked_at;
	struct duration d;
	struct str why;

	if (!str_given(on->policy->deadline.after))
		return b->now.wall_ms + length;
	if (!duration_read(b->arena, on->policy->deadline.after, &d, &why))
		return NEVER;
	int64_t at = business_add(k, from, &d);
	return at > b->now.wall_ms ? at : business_add(k, b->now.wall_ms, &d);
}

/* Reminders that hang on the deadline move with it. */
static enum err reminders_move(struct batch *b, const struct approval_case *on,
                               const struct calendar *k, const struct timer *deadline)
{
	struct timer t = *deadline;

	t.kind = TIMER_REMINDER;
	t.count = 0;
	for (t.n = 0; t.n < on->policy->reminder_count; t.n++) {
		const struct policy_reminder *r = &on->policy->reminders[t.n];
		t.due_at = r->kind == REMIND_EVERY ? NEVER : reminder_first(k, &on->a, r);
		if (t.due_at != NEVER && t.due_at > b->now.wall_ms)
			TRY(timer_put(b, &t));
	}
	return OK;
}

static enum err extend(struct batch *b, struct approval_case *on, struct timer *t)
{
	const struct calendar *k;

	TRY(timer_calendar(b, t, &k));
	int64_t at = moved_on(b, on, k, t);
	if (at == NEVER || t->count >= APPROVAL_EXTENSIONS_MAX)
		return approval_escalate(b, on);
	on->a.due_at = t->due_at = at;
	on->a.changed_at = b->now.wall_ms;
	t->count++;
	TRY(timer_put(b, t));
	TRY(store_run(b->store, STMT_APPROVAL_DUE_SET,
	              VALUES(value_int(on->a.id), value_int(at), value_int(on->a.changed_at)), NULL,
	              NULL));
	TRY(store_run(b->store, STMT_APPROVAL_SLOTS_DUE, VALUES(value_int(on->a.id), value_int(at)),
	              NULL, NULL));
	TRY(reminders_move(b, on, k, t));
	slots_news(b, &on->a, on->slots, on->count);
	struct log l = log_begin(&on->a);
	log_number(&l, "due_at", at);
	return log_end(b, NULL, &l, "approval.extended");
}

enum err deadline_come(struct batch *b, struct approval_case *on, struct timer *t)
{
	must(t->kind == TIMER_DEADLINE && t->due_at <= b->now.wall_ms); /* T3 */
	switch (on->policy->deadline.then) {
	case THEN_APPROVE:
		return approve(b, on);
	case THEN_REJECT:
		return close_as(b, on, APPROVAL_REJECTED);
	case THEN_COUNT:
		return count_cast(b, on);
	case THEN_EXTEND:
		return extend(b, on, t);
	default:
		must(on->policy->deadline.then == THEN_ESCALATE);
		return approval_escalate(b, on);
	}
}
