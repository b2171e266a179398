/* remind.c - who is asked and silent is reminded (B17). Changes no state.
 *
 * Only who still waits is reminded, in the business hours of the deadline's calendar, and each
 * slot at most once in APPROVAL_REMIND_GAP_MS, whoever asks for it; at most
 * APPROVAL_REMINDERS_MAX times in a round by one reminder of the policy. */
#include "domain/approval/timer.h"

/* ---- when */

int64_t reminder_first(const struct calendar *k, const struct approval *a,
                       const struct policy_reminder *r)
{
	struct arena *scratch = arena_open();
	struct duration d;
	struct str why;
	bool length = duration_read(scratch, r->duration, &d, &why);
	int64_t at;

	arena_close(scratch);
	if (r->kind != REMIND_EVERY && a->due_at == 0)
		return NEVER;
	if (!length) /* none at all, which only these two may have: at the deadline */
		at = r->kind == REMIND_EVERY ? NEVER : a->due_at;
	else if (r->kind == REMIND_BEFORE)
		at = business_before(k, a->due_at, &d);
	else
		at = business_add(k, r->kind == REMIND_AFTER ? a->due_at : a->asked_at, &d);
	return at == NEVER ? NEVER : business_next_open(k, at);
}

/* T2: what was missed does not come again. */
static int64_t next_time(const struct calendar *k, const struct batch *b,
                         const struct policy_reminder *r, int64_t due_at)
{
	struct duration d;
	struct str why;

	if (!duration_read(b->arena, r->duration, &d, &why))
		return NEVER;
	int64_t at = business_add(k, due_at, &d);
	if (at != NEVER && at <= b->now.wall_ms)
		at = business_add(k, b->now.wall_ms, &d);
	return at == NEVER ? NEVER : business_next_open(k, at);
}

/* ---- whom */

struct reminded {
	struct batch *b;
	struct approval_case *on;
	struct buf numbers;
	int64_t *slots; /* their numbers, as in `numbers` */
	int64_t n;
	int count;
};

static enum err take_slot(void *context, const struct value *c, int count)
{
	struct reminded *r = context;

	must(count == 1 && r->count < r->on->count);
	buf_printf(&r->numbers, "%s%lld", r->count > 0 ? "," : "[", (long long)c[0].number);
	r->slots[r->count++] = c[0].number;
	return OK;
}

static enum err tell(struct reminded *r)
{
	struct approval_case *on = r->on;

	for (int i = 0; i < on->count; i++)
		for (int k = 0; k < r->count; k++)
			if (on->slots[i].slot == r->slots[k])
				TRY(tell_waiting(r->b, &on->a, &on->slots[i], NOTIFY_REMINDER, r->n));
	return OK;
}

enum err approval_remind(struct batch *b, struct cmd *c, struct approval_case *on, struct str by,
                         int64_t n, int *count)
{
	struct reminded r = {
		.b = b, .on = on, .n = n, .slots = ARENA_ARRAY(b->arena, int64_t, on->count + 1)
	};
	int64_t now = b->now.wall_ms;

	TRY(store_run(b->store, STMT_APPROVAL_SLOTS_REMIND,
	              VALUES(value_int(on->a.id), value_int(now),
	                     value_int(now - APPROVAL_REMIND_GAP_MS)),
	              take_slot, &r));
	*count = r.count;
	if (r.count == 0)
		return OK;
	TRY(tell(&r));
	buf_add_byte(&r.numbers, ']');
	arena_adopt(b->arena, r.numbers.at);
	struct log l = log_begin(&on->a);
	log_text(&l, "by", by);
	json_write_member_raw(&l.json, "slots", buf_str(&r.numbers));
	return log_end(b, c, &l, "approval.reminded");
}

enum err reminder_come(struct batch *b, struct approval_case *on, struct timer *t, int *slots)
{
	const struct policy_reminder *r = &on->policy->reminders[t->n];
	const struct calendar *k;
	int count;

	must(t->n >= 0 && t->n < on->policy->reminder_count);
	TRY(timer_calendar(b, t, &k));
	int64_t open = business_next_open(k, b->now.wall_ms);
	if (open != b->now.wall_ms) { /* it comes late, while nobody works */
		t->due_at = open;
		return open == NEVER ? OK : timer_put(b, t);
	}
	TRY(approval_remind(b, NULL, on, S("ringi"), t->n * APPROVAL_REMINDERS_MAX + t->count, &count));
	*slots += count;
	t->count++;
	if (r->kind != REMIND_EVERY || t->count >= APPROVAL_REMINDERS_MAX)
		return OK;
	t->due_at = next_time(k, b, r, t->due_at);
	return t->due_at == NEVER ? OK : timer_put(b, t);
}
