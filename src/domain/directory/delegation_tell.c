/* delegation_tell.c - both sides of a delegation are told: that it was set, ends soon, has ended;
 * and of absences those who act meanwhile.
 *
 * A row says when it is told of next (tell_at), so that each end is told once, over restarts and
 * clocks that are set back. A period shorter than DELEGATION_SOON_MS is told at its end only; an
 * end of which the server was too late to tell (DELEGATION_TELL_LATE_MS) not at all. */
#include "base/limits.h"
#include "domain/directory/delegation_inside.h"

/* ---- who, and of what */

static struct notification of_delegation(struct batch *b, enum notify_kind kind,
                                         const struct delegation *d, struct str by)
{
	return (struct notification){
		.kind = kind,
		.about = delegation_uuid(b->arena, d->id),
		.subject = d->policies,
		.by = by,
		.comment = kind == NOTIFY_DELEGATION_SET ? d->reason : S_NONE,
		.from_at = d->period.from_at,
		.until_at = d->period.until_at == NEVER ? 0 : d->period.until_at,
	};
}

enum err delegation_tell(struct batch *b, enum notify_kind kind, const struct delegation *d,
                         struct str by)
{
	struct notification to_delegate = of_delegation(b, kind, d, by), to_principal = to_delegate;

	must(!str_eq(d->principal, d->delegate));
	to_delegate.person = d->delegate;
	to_delegate.behalf = d->principal;
	to_principal.person = d->principal;
	to_principal.delegate = d->delegate;
	if (!str_eq(by, d->delegate))
		TRY(notify_put(b, &to_delegate));
	return str_eq(by, d->principal) ? OK : notify_put(b, &to_principal);
}

enum err absence_tell(struct batch *b, enum notify_kind kind, const struct absence *a,
                      struct str by)
{
	struct people delegates;
	struct notification n = { .person = a->person,
		                      .kind = kind,
		                      .about = delegation_uuid(b->arena, a->id),
		                      .by = by,
		                      .comment = a->reason,
		                      .from_at = a->period.from_at,
		                      .until_at = a->period.until_at == NEVER ? 0 : a->period.until_at };

	if (!str_eq(by, a->person))
		TRY(notify_put(b, &n));
	TRY(ask_people(b->store, b->arena, STMT_DELEGATION_ON_ABSENCE,
	               VALUES(value_text(a->person), value_int(a->period.from_at),
	                      value_until(a->period.until_at), value_int(DELEGATIONS_MAX + 1)),
	               DELEGATIONS_MAX, &delegates));
	n.behalf = a->person;
	n.comment = S_NONE; /* why somebody is away is theirs to tell */
	for (int i = 0; i < delegates.count; i++) {
		n.person = delegates.ids[i];
		if (!str_eq(by, n.person))
			TRY(notify_put(b, &n));
	}
	return OK;
}

/* ---- ends */

int64_t delegation_tell_first(const struct delegation *d)
{
	int64_t until = d->period.until_at, soon = until - DELEGATION_SOON_MS;

	if (until == NEVER)
		return NEVER;
	return soon > d->period.from_at && soon > d->created_at ? soon : until;
}

static enum err tell_end(struct batch *b, const struct delegation *d)
{
	int64_t until = d->period.until_at, now = b->now.wall_ms;
	bool over = until <= now;

	must(until != NEVER && d->canceled_at == 0);
	if (until > now - DELEGATION_TELL_LATE_MS)
		TRY(delegation_tell(b, over ? NOTIFY_DELEGATION_ENDED : NOTIFY_DELEGATION_ENDING, d,
		                    S_NONE));
	TRY(store_run(b->store, STMT_DELEGATION_TOLD,
	              VALUES(value_uuid(&d->id), over ? value_null() : value_int(until)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return OK;
}

static enum err tell_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err tell_write(struct batch *b, struct cmd *c)
{
	struct delegations due;

	TRY(delegations_read(b->store, c->arena, STMT_DELEGATION_TELL_DUE,
	                     VALUES(value_int(b->now.wall_ms), value_int(DELEGATION_TELL_MAX)),
	                     DELEGATION_TELL_MAX, &due));
	for (int i = 0; i < due.count; i++)
		TRY(tell_end(b, &due.all[i]));
	return people_leave_look(b);
}

const struct op op_delegations_tell = {
	.name = "delegations_tell",
	.lane = LANE_WRITE,
	.check = tell_check,
	.write = tell_write,
};
