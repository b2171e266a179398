/* leave.c - people whose period ends: at that moment they have left, like those who were set
 * inactive. Their row says whether that has been told, so it is told once, over restarts and
 * clocks that are set back too.
 *
 * The command tells of PEOPLE_LEAVE_MAX at most; it is given again while more are due. */
#include "base/limits.h"
#include "domain/directory/delegation_inside.h"
#include "domain/domain.h"

enum { LOOK_MS = 60 * 1000 }; /* the wall clock may jump */

static enum err leave_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err leave_write(struct batch *b, struct cmd *c)
{
	struct people due;

	TRY(ask_people(b->store, c->arena, STMT_PEOPLE_LEAVE_DUE,
	               VALUES(value_int(b->now.wall_ms), value_int(PEOPLE_LEAVE_MAX)), PEOPLE_LEAVE_MAX,
	               &due));
	for (int i = 0; i < due.count; i++) {
		TRY(store_run(b->store, STMT_PERSON_DEPARTED, VALUES(value_text(due.ids[i])), NULL, NULL));
		must(store_changes(b->store) == 1);
		people_left_add(b, due.ids[i]);
	}
	return people_leave_look(b);
}

static const struct op op_people_leave = {
	.name = "people_leave",
	.lane = LANE_WRITE,
	.check = leave_check,
	.write = leave_write,
};

/* ---- memory: when the next one leaves (D5), or is told that a delegation ends */

enum err directory_load(struct domain *d, struct store *s)
{
	TRY(ask_number(s, STMT_PEOPLE_LEAVE_NEXT, NO_VALUES, &d->people_leave_at));
	return ask_number(s, STMT_DELEGATION_TELL_NEXT, NO_VALUES, &d->delegations_tell_at);
}

enum err people_leave_look(struct batch *b)
{
	b->people_changed = true;
	return directory_load(b->domain, b->store);
}

static void command(struct list *commands, const struct op *op)
{
	struct cmd *c = cmd_new(op);

	list_add_last(commands, &c->node);
}

void directory_due(struct domain *d, struct now now, struct list *commands)
{
	d->people_seen = now;
	if (d->people_not_before > now.mono_ms)
		return;
	if (d->people_leave_at <= now.wall_ms)
		command(commands, &op_people_leave);
	if (d->delegations_tell_at <= now.wall_ms)
		command(commands, &op_delegations_tell);
}

void directory_wait(struct domain *d, struct now now)
{
	d->people_not_before = now.mono_ms + SECOND_MS;
}

int64_t directory_next(const struct domain *d)
{
	int64_t first = d->people_leave_at < d->delegations_tell_at ? d->people_leave_at
	                                                            : d->delegations_tell_at;

	if (first == NEVER)
		return NEVER;
	int64_t ahead = first - d->people_seen.wall_ms;
	int64_t at = d->people_seen.mono_ms + (ahead < 0 ? 0 : ahead < LOOK_MS ? ahead : LOOK_MS);
	return at > d->people_not_before ? at : d->people_not_before;
}
