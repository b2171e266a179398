/* reminders.c - see reminders.h. */
#include "sim/reminders.h"

#include "base/limits.h"
#include "domain/notify/manage.h"

static void note(const struct play *p, struct reminders *r, const struct told_view *t)
{
	if (!str_is(t->kind, notify_kind_name(NOTIFY_REMINDER)))
		return;
	if (r->count == REMINDERS)
		wrong(p, "there are more than %d reminders", REMINDERS);
	r->all[r->count++] = (struct reminder){ .approval = t->approval,
		                                    .person = t->person,
		                                    .round = t->round,
		                                    .n = t->n,
		                                    .slot = t->slot,
		                                    .at = t->created_at };
}

void reminders_read(struct play *p, struct reminders *r)
{
	struct told_list *in = ARENA_NEW(p->world->arena, struct told_list);

	r->count = 0;
	in->max = NOTIFY_LIST_MAX;
	do {
		(void)look(p, "anonymous", &op_told_list, in);
		for (int i = 0; i < in->count; i++)
			note(p, r, &in->all[i]);
		in->before = in->next;
	} while (in->more);
}

static bool is_of(const struct reminder *r, const struct approval_view *v, int64_t slot)
{
	return memcmp(&r->approval, &v->a.uuid, sizeof r->approval) == 0 && r->round == v->a.round &&
	       r->slot == slot;
}

static bool same(const struct reminder *a, const struct reminder *b)
{
	return memcmp(&a->approval, &b->approval, sizeof a->approval) == 0 && a->round == b->round &&
	       a->n == b->n && a->slot == b->slot && str_eq(a->person, b->person);
}

void reminders_check(const struct play *p, const struct reminders *all, int i,
                     const struct approval_view *v)
{
	const struct reminder *r = &all->all[i];

	for (int k = 0; k < v->slot_count; k++) {
		const struct approval_slot *s = &v->slots[k];
		if (is_of(r, v, s->slot) && s->state == SLOT_DECIDED && r->at > s->decided_at)
			wrong(p, "%.*s was reminded of what was decided", S_ARG(r->person));
	}
	if (approval_state_final(v->a.state) && r->round == v->a.round && r->at > v->a.closed_at)
		wrong(p, "%.*s was reminded of what had ended", S_ARG(r->person));
	for (int k = 0; k < i; k++)
		if (same(r, &all->all[k]))
			wrong(p, "%.*s was reminded twice", S_ARG(r->person));
}

void reminders_check_silent(const struct play *p, const struct reminders *all,
                            const struct approval_view *v, const struct tree *t)
{
	bool reminded = t->remind == REMIND_AT_TIMES && v->a.state == APPROVAL_PENDING;

	for (int i = 0; i < v->slot_count && reminded; i++) {
		int n = 0;
		for (int k = 0; k < all->count; k++)
			n += is_of(&all->all[k], v, v->slots[i].slot);
		if (v->slots[i].state == SLOT_WAITING && n == 0)
			wrong(p, "nobody reminded %.*s", S_ARG(slot_name(&v->slots[i])));
	}
}
