/* absence.c - when people are away: set, canceled, listed. Delegations with on_absence count
 * meanwhile. An absence counts from when it was entered (V1 in delegation.h). */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/delegation_inside.h"

struct absences {
	struct arena *arena;
	struct absence *all;
	int max, count;
	bool more;
};

static enum err got_absence(void *context, const struct value *v, int count)
{
	struct absences *r = context;

	must(count == 10);
	r->more = r->count == r->max;
	if (r->more)
		return OK;
	struct absence *a = &r->all[r->count++];
	*a = (struct absence){
		.person = arena_str(r->arena, v[1].bytes),
		.period = { v[2].number, until_of(&v[3]) },
		.reason = arena_str(r->arena, v[4].bytes),
		.set_by = arena_str(r->arena, v[5].bytes),
		.created_at = v[6].number,
		.canceled_at = v[7].kind == VALUE_NULL ? 0 : v[7].number,
		.canceled_by = arena_str(r->arena, v[8].bytes),
		.row = v[9].number,
	};
	return value_read_uuid(v[0], &a->id) ? OK : ERR_CORRUPT;
}

static enum err audit(struct batch *b, const struct cmd *c, const char *action,
                      const struct absence *a)
{
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = action,
						 .resource = audit_name(b, "person", a->person),
						 .on_behalf = a->person,
						 .reason = a->reason,
						 .detail = AUDIT_JSON(b, audit_text("id", delegation_uuid(b->arena, a->id)),
	                                          audit_text("from", moment_text(b->arena, zone_utc(),
	                                                                         a->period.from_at)),
	                                          audit_text("until",
	                                                     a->period.until_at == NEVER
	                                                         ? S_NONE
	                                                         : moment_text(b->arena, zone_utc(),
	                                                                       a->period.until_at))),
					 });
}

/* ---- put */

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct absence_put *p = c->in;
	int64_t count;

	delegation_check_caller(c, "PutAbsence", p->person);
	if (cmd_refused(c))
		return OK;
	TRY(delegation_check_person(b, c, p->person, "id", p->known_only));
	delegation_check_reason(c, p->reason);
	if (cmd_refused(c))
		return OK;
	p->made = (struct absence){ .person = p->person,
		                        .reason = p->reason.len > 0 ? p->reason : S_NONE,
		                        .set_by = c->caller.principal,
		                        .created_at = b->now.wall_ms };
	TRY(delegation_check_period(b, c, p->person, p->from, p->until, &p->made.period));
	TRY(ask_number(b->store, STMT_ABSENCE_COUNT,
	               VALUES(value_text(p->person), value_int(b->now.wall_ms)), &count));
	if (count >= ABSENCES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "%.*s has %d absences, now or later, and that is as many as there can be. "
		              "Cancel some.",
		              S_ARG(p->person), ABSENCES_MAX);
	return OK;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct absence_put *p = c->in;
	struct absence *a = &p->made;

	must(a->period.from_at < a->period.until_at); /* V2 */
	a->id = uuid_new(b->now, b->rng);
	TRY(store_run(b->store, STMT_ABSENCE_ADD,
	              VALUES(value_uuid(&a->id), value_text(a->person), value_int(a->period.from_at),
	                     value_until(a->period.until_at), value_text(a->reason),
	                     value_text(a->set_by), value_int(a->created_at)),
	              NULL, NULL));
	TRY(absence_tell(b, NOTIFY_ABSENCE_SET, a, c->caller.principal));
	return audit(b, c, "absence.set", a);
}

const struct op op_absence_put = {
	.name = "absence_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- cancel */

static enum err find(struct batch *b, struct cmd *c, struct absence *a, bool *found)
{
	const struct absence_named *p = c->in;
	struct absences r = { .arena = c->arena, .all = a, .max = 1 };

	TRY(store_run(b->store, STMT_ABSENCE_GET, VALUES(value_uuid(&p->id)), got_absence, &r));
	*found = r.count == 1 && str_eq(a->person, p->person);
	return OK;
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	const struct absence_named *p = c->in;
	struct absence a;
	bool found;

	delegation_check_caller(c, "DeleteAbsence", p->person);
	if (cmd_refused(c))
		return OK;
	TRY(find(b, c, &a, &found));
	if (!found)
		return refuse(c, REFUSED_NOT_FOUND, "%.*s has no absence %.*s.", S_ARG(p->person),
		              S_ARG(delegation_uuid(c->arena, p->id)));
	if (a.canceled_at != 0)
		return refuse(c, REFUSED_CONFLICT, "The absence %.*s was canceled by %.*s already.",
		              S_ARG(delegation_uuid(c->arena, p->id)), S_ARG(a.canceled_by));
	return OK;
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	const struct absence_named *p = c->in;
	struct absence a;
	bool found;

	TRY(find(b, c, &a, &found));
	must(found && a.canceled_at == 0);
	TRY(store_run(b->store, STMT_ABSENCE_CANCEL,
	              VALUES(value_uuid(&p->id), value_int(b->now.wall_ms),
	                     value_text(c->caller.principal)),
	              NULL, NULL));
	must(store_changes(b->store) == 1); /* V1 */
	TRY(absence_tell(b, NOTIFY_ABSENCE_ENDED, &a, c->caller.principal));
	return audit(b, c, "absence.cancel", &a);
}

const struct op op_absence_cancel = {
	.name = "absence_cancel",
	.lane = LANE_WRITE,
	.check = cancel_check,
	.write = cancel_write,
};

/* ---- list */

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct absence_list *p = c->in;
	struct absences r = { .arena = c->arena, .max = p->max };

	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX);
	delegation_check_caller(c, "ListAbsences", p->person);
	if (cmd_refused(c))
		return OK;
	r.all = p->all = ARENA_ARRAY(c->arena, struct absence, p->max);
	TRY(store_run(s, STMT_ABSENCE_PAGE,
	              VALUES(value_text(p->person), p->ended ? value_null() : value_int(now.wall_ms),
	                     p->before == 0 ? value_null() : value_int(p->before),
	                     value_int(p->max + 1)),
	              got_absence, &r));
	p->count = r.count;
	p->more = r.more;
	return OK;
}

const struct op op_absence_list = { .name = "absence_list", .lane = LANE_READ, .read = list_read };
