/* delegation.c - delegations are made, canceled, listed. V1 to V5: delegation.h. */
#include "domain/directory/delegation.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/delegation_inside.h"
#include "domain/key/rule.h"
#include "domain/news.h"

/* ---- rows */

static enum err got_delegation(void *context, const struct value *v, int count)
{
	struct delegations *r = context;

	must(count == 16);
	r->more = r->count == r->max;
	if (r->more)
		return OK;
	struct delegation *d = &r->all[r->count++];
	*d = (struct delegation){
		.principal = arena_str(r->arena, v[1].bytes),
		.delegate = arena_str(r->arena, v[2].bytes),
		.rank = v[3].number,
		.period = { v[4].number, until_of(&v[5]) },
		.policies = arena_str(r->arena, v[6].bytes),
		.amount_path = arena_str(r->arena, v[7].bytes),
		.amount_max = arena_str(r->arena, v[8].bytes),
		.on_absence = v[9].number != 0,
		.reason = arena_str(r->arena, v[10].bytes),
		.set_by = arena_str(r->arena, v[11].bytes),
		.created_at = v[12].number,
		.canceled_at = v[13].kind == VALUE_NULL ? 0 : v[13].number,
		.canceled_by = arena_str(r->arena, v[14].bytes),
		.row = v[15].number,
	};
	return value_read_uuid(v[0], &d->id) ? OK : ERR_CORRUPT;
}

enum err delegations_read(struct store *s, struct arena *a, enum stmt stmt,
                          const struct value *values, int value_count, int max,
                          struct delegations *r)
{
	*r = (struct delegations){ .arena = a, .max = max };
	r->all = ARENA_ARRAY(a, struct delegation, max);
	return store_run(s, stmt, values, value_count, got_delegation, r);
}

static enum err find(struct store *s, struct arena *a, const struct uuid *id, struct delegation *d,
                     bool *found)
{
	struct delegations r;

	TRY(delegations_read(s, a, STMT_DELEGATION_GET, VALUES(value_uuid(id)), 1, &r));
	*found = r.count == 1;
	*d = r.all[0];
	return OK;
}

/* ---- put: what it may be */

bool amount_valid(struct str text)
{
	struct str fraction = text, whole = str_cut(&fraction, '.');

	for (size_t i = 0; i < whole.len; i++)
		if (whole.at[i] < '0' || whole.at[i] > '9')
			return false;
	for (size_t i = 0; i < fraction.len; i++)
		if (fraction.at[i] < '0' || fraction.at[i] > '9')
			return false;
	return whole.len > 0 && text.len <= DELEGATION_AMOUNT_MAX &&
	       (!str_given(fraction) || fraction.len > 0);
}

static void check_scope(struct cmd *c, const struct delegation_put *p)
{
	if (p->policies.len > DELEGATION_PATTERN_MAX || !text_plain(p->policies, SIZE_MAX))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "policies",
		                   "policies must be a pattern of at most %d bytes, as in expense-*.",
		                   DELEGATION_PATTERN_MAX);
	if ((p->amount_path.len > 0) != (p->amount_max.len > 0))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "amount",
		                   "An amount needs both: path, where in the data it stands, and max.");
	if (p->amount_path.len > DELEGATION_PATH_MAX || !text_plain(p->amount_path, SIZE_MAX))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "amount",
		                   "The path of an amount is at most %d bytes, as in total.amount.",
		                   DELEGATION_PATH_MAX);
	if (p->amount_max.len > 0 && !amount_valid(p->amount_max))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "amount",
		                   "The largest amount must be a number without sign, of at most %d "
		                   "characters, as in 100000 or 99.50.",
		                   DELEGATION_AMOUNT_MAX);
	if (p->rank < 0 || p->rank > DELEGATION_RANK_MAX)
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "order",
		                   "order must be from 1, who is asked first, to %d.", DELEGATION_RANK_MAX);
}

void delegation_check_reason(struct cmd *c, struct str reason)
{
	if (reason.len > DELEGATION_REASON_MAX || !str_utf8(reason))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "reason",
		                   "reason is a text of at most %d bytes.", DELEGATION_REASON_MAX);
}

/* Somebody whom the directory has and who takes part, or a name that it does not have, where
 * that is allowed. */
enum err delegation_check_person(struct batch *b, struct cmd *c, struct str id, const char *field,
                                 bool known_only)
{
	struct person p;

	if (!person_id_valid(id))
		return refuse_field(c, REFUSED_INVALID_PARAMETER, field, "'%.*s' is no id of a person.",
		                    (int)(id.len > PERSON_ID_MAX ? PERSON_ID_MAX : id.len),
		                    id.at == NULL ? "" : id.at);
	TRY(directory_person(b->store, c->arena, id, &p));
	if (!str_given(p.id) && known_only)
		return refuse_field(c, REFUSED_UNKNOWN_PERSON, field,
		                    "The directory has no person %.*s. Put /v1/people/%.*s first, or "
		                    "correct the id.",
		                    S_ARG(id), S_ARG(id));
	if (str_given(p.id) && !p.active)
		return refuse_field(c, REFUSED_CONFLICT, field,
		                    "%.*s is not active and takes part in nothing. Name somebody who does.",
		                    S_ARG(id));
	return OK;
}

enum err delegation_check_period(struct batch *b, struct cmd *c, struct str whose, struct str from,
                                 struct str until, struct period *period)
{
	const struct zone *zone;
	struct str bad;

	TRY(directory_zone(b->store, c->arena, whose, &zone));
	if (!period_read(zone, from, until, period, &bad))
		return refuse_field(c, REFUSED_INVALID_PARAMETER,
		                    str_eq(bad, from) && bad.at == from.at ? "from" : "until",
		                    "'%.*s' is no day and no time; write 2026-12-28 or "
		                    "2026-12-28T09:00:00+09:00.",
		                    S_ARG(bad));
	if (!str_given(from) || from.len == 0)
		period->from_at = b->now.wall_ms;
	if (period->until_at <= period->from_at || period->until_at <= b->now.wall_ms)
		return refuse_field(
			c, REFUSED_INVALID_PARAMETER, "until",
			"The period would end at %.*s, before it begins or before now. until is "
			"the first moment that does not belong to it.",
			S_ARG(until));
	return OK;
}

void delegation_check_caller(struct cmd *c, const char *action, struct str person)
{
	bool own = str_eq(c->caller.principal, person);

	if (!cmd_may_about(c, str_of(action), person, own ? FACT_OWN : 0))
		(void)refuse(c, REFUSED_NOT_ALLOWED,
		             "%.*s may not do this for %.*s: everybody sets their own, those of others an "
		             "administrator (right ringi:%s:%.*s).",
		             S_ARG(c->caller.principal), S_ARG(person), action, S_ARG(person));
}

static enum err check_circle(struct batch *b, struct cmd *c, const struct delegation *d)
{
	struct str with;
	enum err fault = circle_ahead(b->store, c->arena, b->now, d, &with);

	if (fault == ERR_LIMIT)
		return refuse_field(c, REFUSED_OVER_LIMIT, "delegate",
		                    "From %.*s delegations lead on to more than %d people. Cancel some.",
		                    S_ARG(d->delegate), DELEGATION_PEOPLE_MAX);
	TRY(fault);
	if (str_given(with))
		return refuse_field(
			c, REFUSED_CONFLICT, "delegate",
			"%.*s has handed on to %.*s, from whom it leads back to %.*s: a circle, "
			"in which nobody could act. Take another delegate, another period, or "
			"let it hold only while %.*s is absent.",
			S_ARG(d->delegate), S_ARG(with), S_ARG(d->principal), S_ARG(d->principal));
	return OK;
}

static void take(struct delegation_put *p, struct cmd *c, struct batch *b)
{
	p->made = (struct delegation){
		.principal = p->principal,
		.delegate = p->delegate,
		.rank = p->rank == 0 ? 1 : p->rank,
		.policies = p->policies.len > 0 ? p->policies : S_NONE,
		.amount_path = p->amount_path.len > 0 ? p->amount_path : S_NONE,
		.amount_max = p->amount_max.len > 0 ? p->amount_max : S_NONE,
		.on_absence = p->on_absence,
		.reason = p->reason.len > 0 ? p->reason : S_NONE,
		.set_by = c->caller.principal,
		.created_at = b->now.wall_ms,
	};
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct delegation_put *p = c->in;
	int64_t count;

	if (!str_given(p->principal))
		p->principal = c->caller.principal;
	delegation_check_caller(c, "PutDelegation", p->principal);
	if (cmd_refused(c))
		return OK; /* who there is, is told to nobody who may not do this */
	if (c->caller.person && !str_eq(p->principal, c->caller.principal) &&
	    str_eq(p->delegate, c->caller.principal))
		return refuse_field(
			c, REFUSED_NOT_ALLOWED, "delegate",
			"Nobody makes themselves the deputy of somebody else. %.*s does that, or "
			"another who may.",
			S_ARG(p->principal));
	TRY(delegation_check_person(b, c, p->principal, "principal", p->known_only));
	TRY(delegation_check_person(b, c, p->delegate, "delegate", p->known_only));
	check_scope(c, p);
	delegation_check_reason(c, p->reason);
	if (!cmd_refused(c) && str_eq(p->principal, p->delegate))
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "delegate",
		                    "%.*s needs no delegation to act for themselves. Name somebody else.",
		                    S_ARG(p->delegate));
	if (cmd_refused(c))
		return OK;
	take(p, c, b);
	TRY(delegation_check_period(b, c, p->principal, p->from, p->until, &p->made.period));
	TRY(ask_number(b->store, STMT_DELEGATION_COUNT,
	               VALUES(value_text(p->principal), value_int(b->now.wall_ms)), &count));
	if (count >= DELEGATIONS_MAX)
		return refuse(
			c, REFUSED_OVER_LIMIT,
			"%.*s has %d delegations that hold now or later, and that is as many as there "
			"can be. Cancel some.",
			S_ARG(p->principal), DELEGATIONS_MAX);
	return cmd_refused(c) ? OK : check_circle(b, c, &p->made);
}

static enum err audit(struct batch *b, const struct cmd *c, const char *action,
                      const struct delegation *d)
{
	char id[37];

	uuid_text(d->id, id);
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = action,
						 .resource = audit_name(b, "delegation", str_of(id)),
						 .on_behalf = d->principal,
						 .reason = d->reason,
						 .detail = AUDIT_JSON(b, audit_text("principal", d->principal),
	                                          audit_text("delegate", d->delegate),
	                                          audit_number("order", d->rank),
	                                          audit_text("from", moment_text(b->arena, zone_utc(),
	                                                                         d->period.from_at)),
	                                          audit_text("until",
	                                                     d->period.until_at == NEVER
	                                                         ? S_NONE
	                                                         : moment_text(b->arena, zone_utc(),
	                                                                       d->period.until_at)),
	                                          audit_text("policies", d->policies),
	                                          audit_text("amount_path", d->amount_path),
	                                          audit_text("amount_max", d->amount_max),
	                                          audit_text("on_absence",
	                                                     d->on_absence ? S("true") : S_NONE)),
					 });
}

/* Whose inbox has more in it now, or less. */
static void tell_inboxes(struct batch *b, const struct delegation *d)
{
	news_of_person(b, d->principal);
	news_of_person(b, d->delegate);
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct delegation_put *p = c->in;
	struct delegation *d = &p->made;

	must(d->period.from_at < d->period.until_at && !str_eq(d->principal, d->delegate)); /* V2 */
	d->id = uuid_new(b->now, b->rng);
	TRY(store_run(b->store, STMT_DELEGATION_ADD,
	              VALUES(value_uuid(&d->id), value_text(d->principal), value_text(d->delegate),
	                     value_int(d->rank), value_int(d->period.from_at),
	                     value_until(d->period.until_at), value_text(d->policies),
	                     value_text(d->amount_path), value_text(d->amount_max),
	                     value_int(d->on_absence), value_text(d->reason), value_text(d->set_by),
	                     value_int(d->created_at), value_until(delegation_tell_first(d))),
	              NULL, NULL));
	tell_inboxes(b, d);
	TRY(delegation_tell(b, NOTIFY_DELEGATION_SET, d, c->caller.principal));
	TRY(people_leave_look(b));
	return audit(b, c, "delegation.set", d);
}

const struct op op_delegation_put = {
	.name = "delegation_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- cancel */

struct str delegation_uuid(struct arena *a, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	return arena_str(a, str_of(text));
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	struct delegation_named *p = c->in;
	bool found;

	TRY(find(b->store, c->arena, &p->id, &p->was, &found));
	if (!found)
		return refuse(c, REFUSED_NOT_FOUND, "There is no delegation %.*s.",
		              S_ARG(delegation_uuid(c->arena, p->id)));
	delegation_check_caller(c, "DeleteDelegation", p->was.principal);
	if (!cmd_refused(c) && p->was.canceled_at != 0)
		return refuse(c, REFUSED_CONFLICT, "The delegation %.*s was canceled by %.*s already.",
		              S_ARG(delegation_uuid(c->arena, p->id)), S_ARG(p->was.canceled_by));
	return OK;
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	struct delegation_named *p = c->in;

	TRY(store_run(b->store, STMT_DELEGATION_CANCEL,
	              VALUES(value_uuid(&p->id), value_int(b->now.wall_ms),
	                     value_text(c->caller.principal)),
	              NULL, NULL));
	must(store_changes(b->store) == 1); /* V1 */
	tell_inboxes(b, &p->was);
	TRY(delegation_tell(b, NOTIFY_DELEGATION_ENDED, &p->was, c->caller.principal));
	TRY(people_leave_look(b));
	return audit(b, c, "delegation.cancel", &p->was);
}

const struct op op_delegation_cancel = {
	.name = "delegation_cancel",
	.lane = LANE_WRITE,
	.check = cancel_check,
	.write = cancel_write,
};

/* ---- list */

static enum err page(struct store *s, struct cmd *c, struct now now, bool all,
                     struct delegations *r)
{
	const struct delegation_list *p = c->in;

	return delegations_read(s, c->arena, STMT_DELEGATION_PAGE,
	                        VALUES(str_given(p->principal) ? value_text(p->principal)
	                                                       : value_null(),
	                               str_given(p->delegate) ? value_text(p->delegate) : value_null(),
	                               p->ended ? value_null() : value_int(now.wall_ms),
	                               p->before == 0 ? value_null() : value_int(p->before),
	                               all ? value_null() : value_text(c->caller.principal),
	                               value_int(p->max + 1)),
	                        p->max, r);
}

/* Own ones are those that one gave, and those that one was given. */
static enum err one(struct store *s, struct cmd *c, struct delegations *r)
{
	const struct delegation_list *p = c->in;
	struct str who = c->caller.principal;

	TRY(delegations_read(s, c->arena, STMT_DELEGATION_GET, VALUES(value_uuid(p->one)), 1, r));
	if (r->count == 1) {
		const struct delegation *d = &r->all[0];
		bool own = str_eq(d->principal, who) || str_eq(d->delegate, who);
		if (!cmd_may_about(c, S("GetDelegation"), d->principal, own ? FACT_OWN : 0))
			r->count = 0;
	}
	if (r->count == 0)
		return refuse(c, REFUSED_NOT_FOUND, "There is no delegation %.*s that you may see.",
		              S_ARG(delegation_uuid(c->arena, *p->one)));
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct delegation_list *p = c->in;
	unsigned facts = cmd_facts(c, S("ListDelegations"), S("*"));
	struct delegations r = { 0 };

	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX);
	if (p->one != NULL)
		TRY(one(s, c, &r));
	else if ((facts & (FACTS_NONE_NEEDED | FACT_OWN)) != 0)
		TRY(page(s, c, now, (facts & FACTS_NONE_NEEDED) != 0, &r));
	p->all = r.all;
	p->count = r.count;
	p->more = r.more;
	return OK;
}

const struct op op_delegation_list = { .name = "delegation_list",
	                                   .lane = LANE_READ,
	                                   .read = list_read };
