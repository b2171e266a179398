/* calendar.c - calendars are put and deleted; schedules with B in their expression follow. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/schedule/memory.h"

/* ---- put */

static enum err put_check(struct batch *b, struct cmd *c)
{
	const struct calendar_put *p = c->in;
	const struct schedules *all = b->domain->schedules;
	const struct calendar_of *k = calendar_find(b->domain, p->name);
	int count = (int)all->calendars.count - all->calendars_built_in;

	must(calendar_name_valid(p->name) && p->days >= 0 && p->days <= HOLIDAYS_MAX);
	must(str_given(p->body));
	if ((k == NULL || k->calendar->version == 0) && count >= CALENDARS_MAX)
		refuse(c, REFUSED_OVER_LIMIT,
		       "There are %d calendars, and that is as many as there can be.", CALENDARS_MAX);
	return OK;
}

struct last {
	const struct calendar_put *put;
	int64_t version; /* 0: none */
	bool same;
};

static enum err got_last(void *context, const struct value *v, int count)
{
	struct last *last = context;

	must(count == 3 && last->version == 0);
	last->version = v[0].number;
	last->same = str_eq(v[1].bytes, last->put->body) && str_eq(v[2].bytes, last->put->zone_bytes);
	return OK;
}

static enum err rows_put(struct batch *b, const struct calendar_put *p)
{
	TRY(store_run(b->store, STMT_CALENDAR_VERSION_PUT,
	              VALUES(value_text(p->name), value_int(p->version), value_text(p->body),
	                     value_blob(p->zone_bytes), value_text(p->zone_release),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	TRY(store_run(b->store, STMT_CALENDAR_PUT,
	              VALUES(value_text(p->name), value_int(p->version), value_int(p->days),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	return store_run(b->store, STMT_CALENDAR_FORGET,
	                 VALUES(value_text(p->name), value_int(p->version - CALENDAR_VERSIONS_MAX)),
	                 NULL, NULL);
}

static bool uses_calendar(const struct schedule *s, const void *calendar)
{
	return s->calendar == calendar;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct calendar_put *p = c->in;
	struct schedules *all = b->domain->schedules;
	struct calendar_of *k = calendar_find(b->domain, p->name);
	struct last last = { .put = p };

	p->existed = k != NULL && k->calendar->version > 0;
	TRY(store_run(b->store, STMT_CALENDAR_LAST, VALUES(value_text(p->name)), got_last, &last));
	p->changed = !p->existed || !last.same;
	p->version = last.version + p->changed;
	if (!p->changed)
		return OK;
	schedules_touch(b);
	all->calendars_built_in -= k != NULL && !p->existed;
	if (k == NULL)
		k = calendar_add(all, p->name);
	bool ok = calendar_fill(k, p->version, p->body);
	must(ok); /* the front door has read it */
	TRY(rows_put(b, p));
	TRY(schedules_recompute(b, uses_calendar, k));
	b->calendars_changed = true;
	return audit_write(b, c, "calendar.put", audit_name(b, "calendar", p->name),
	                   AUDIT_JSON(b, audit_number("version", p->version),
	                              audit_number("days", p->days)));
}

const struct op op_calendar_put = {
	.name = "calendar_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete */

static enum err got_count(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err delete_check(struct batch *b, struct cmd *c)
{
	const struct calendar_named *p = c->in;
	const struct calendar_of *k = calendar_find(b->domain, p->name);
	int64_t awaited = 0;

	if (k == NULL)
		return refuse(c, REFUSED_NOT_FOUND, "There is no calendar named %.*s.", S_ARG(p->name));
	if (k->calendar->version == 0)
		return refuse(c, REFUSED_CONFLICT,
		              "The calendar %.*s is built in. It can be put anew, but not deleted.",
		              S_ARG(p->name));
	if (k->users > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "The calendar %.*s is used by %d schedules. Put them without it first.",
		              S_ARG(p->name), k->users);
	TRY(store_run(b->store, STMT_CALENDAR_AWAITED, VALUES(value_text(p->name)), got_count,
	              &awaited));
	if (awaited > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "Deadlines of open approvals are reckoned with the calendar %.*s. It can be "
		              "deleted when they are closed.",
		              S_ARG(p->name));
	return OK;
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct calendar_named *p = c->in;
	struct calendar_of *k = calendar_find(b->domain, p->name);

	must(k != NULL && k->users == 0 && k->calendar->version > 0);
	int64_t version = k->calendar->version;
	schedules_touch(b);
	calendar_remove(b->domain->schedules, k);
	calendars_built_in(b->domain->schedules);
	/* The last one stays, so that its number does not come again. */
	TRY(store_run(b->store, STMT_CALENDAR_FORGET,
	              VALUES(value_text(p->name), value_int(version - 1)), NULL, NULL));
	TRY(store_run(b->store, STMT_CALENDAR_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	return audit_write(b, c, "calendar.delete", audit_name(b, "calendar", p->name), S_NONE);
}

const struct op op_calendar_delete = {
	.name = "calendar_delete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = delete_check,
	.write = delete_write,
};
