/* tell.c - who is told what of an approval: those who are asked, who asked for it, and those in
 * whose place something was said. notify_put tells each of them once, however often it is said. */
#include "domain/approval/inside.h"
#include "domain/directory/directory.h"
#include "domain/notify/notify.h"

static struct notification about(struct batch *b, const struct approval *a, enum notify_kind kind,
                                 struct str person)
{
	char amount[32];

	return (struct notification){
		.person = person,
		.kind = kind,
		.approval = &a->uuid,
		.round = a->round,
		.subject = a->subject,
		.applicant = a->applicant,
		.amount = arena_str(b->arena, approval_amount_text(a->amount, amount)),
		.due_at = a->due_at,
	};
}

/* Each person who may fill the slot, as far as TOLD_MAX of a group. */
enum { TOLD_MAX = 100 };
static enum err tell_slot(struct batch *b, const struct approval *a, const struct approval_slot *s,
                          struct notification n)
{
	struct people members;

	n.slot = s->state == SLOT_WAITING ? s->slot : 0;
	if (!slot_is_group(s)) {
		n.person = slot_name(s);
		return str_starts(s->holder, S("user:")) ? notify_put(b, &n) : OK;
	}
	TRY(directory_group_members(b->store, b->arena, slot_name(s), b->now.wall_ms, S_NONE, TOLD_MAX,
	                            &members));
	for (int i = 0; i < members.count; i++) {
		n.person = members.ids[i];
		if (!approval_asked_for(a, n.person))
			TRY(notify_put(b, &n));
	}
	return OK;
}

enum err tell_asked(struct batch *b, const struct approval_case *on)
{
	for (int i = 0; i < on->count; i++)
		if (on->slots[i].state == SLOT_WAITING)
			TRY(tell_slot(b, &on->a, &on->slots[i], about(b, &on->a, NOTIFY_ASKED, S_NONE)));
	return OK;
}

enum err tell_waiting(struct batch *b, const struct approval *a, const struct approval_slot *s,
                      enum notify_kind kind, int64_t nth)
{
	struct notification n = about(b, a, kind, S_NONE);

	must(s->slot >= 1 && s->state == SLOT_WAITING && nth >= 0);
	n.n = nth;
	return tell_slot(b, a, s, n);
}

static enum notify_kind kind_of(enum approval_state state)
{
	switch (state) {
	case APPROVAL_RETURNED:
		return NOTIFY_RETURNED;
	case APPROVAL_WITHDRAWN:
		return NOTIFY_WITHDRAWN;
	case APPROVAL_CANCELED:
		return NOTIFY_CANCELED;
	default:
		return NOTIFY_DECIDED;
	}
}

/* A03: who was still asked is told that nobody asks any more; who asked for it, how it ended. */
enum err tell_closed(struct batch *b, const struct approval_case *on, struct str by,
                     struct str reason)
{
	const struct approval *a = &on->a;
	struct notification n = about(b, a, kind_of(a->state), a->applicant);

	n.by = by;
	n.comment = reason;
	n.outcome = approval_state_name(a->state);
	n.due_at = 0;
	if (a->state != APPROVAL_WITHDRAWN)
		TRY(notify_put(b, &n));
	for (int i = 0; i < on->count; i++)
		if (on->slots[i].state == SLOT_CLOSED)
			TRY(tell_slot(b, a, &on->slots[i], n));
	return OK;
}

enum err tell_incident(struct batch *b, const struct approval *a)
{
	struct notification n = about(b, a, NOTIFY_INCIDENT, a->applicant);

	n.comment = a->incident;
	return notify_put(b, &n);
}

enum err tell_delegated(struct batch *b, const struct approval *a, const struct approval_slot *s)
{
	struct notification n = about(b, a, NOTIFY_DELEGATED, s->behalf);

	must(str_given(s->behalf));
	n.by = s->by;
	n.outcome = decision_name(s->decision);
	n.comment = s->comment;
	n.n = s->slot;
	return notify_put(b, &n);
}
