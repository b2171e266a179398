/* calendar.c - days without business, by name; schedules with B in their expression ask. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/schedule/memory.h"

/* ---- put */

static enum err put_check(struct batch *b, struct cmd *c)
{
	const struct calendar_put *p = c->in;
	const struct schedules *all = b->domain->schedules;

	must(schedule_name_valid(p->name) && p->count >= 0 && p->count <= HOLIDAYS_MAX);
	if (calendar_find(b->domain, p->name) == NULL && all->calendars.count >= CALENDARS_MAX)
		refuse(c, REFUSED_OVER_LIMIT,
		       "There are %d calendars, and that is as many as there can be.", CALENDARS_MAX);
	return OK;
}

static enum err rows_put(struct batch *b, const struct calendar_put *p)
{
	TRY(store_run(b->store, STMT_CALENDAR_PUT,
	              VALUES(value_text(p->name), value_int(b->now.wall_ms)), NULL, NULL));
	TRY(store_run(b->store, STMT_CALENDAR_CLEAR, VALUES(value_text(p->name)), NULL, NULL));
	for (int i = 0; i < p->count; i++) {
		must(i == 0 || p->days[i] > p->days[i - 1]);
		TRY(store_run(b->store, STMT_CALENDAR_DAY,
		              VALUES(value_text(p->name), value_int(p->days[i])), NULL, NULL));
	}
	return OK;
}

static bool uses_calendar(const struct schedule *s, const void *calendar)
{
	return s->calendar == calendar;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct calendar_put *p = c->in;
	struct calendar *k = calendar_find(b->domain, p->name);

	schedules_touch(b);
	p->existed = k != NULL;
	if (k == NULL)
		k = calendar_add(b->domain->schedules, p->name);
	calendar_fill(k, p->days, (size_t)p->count);
	TRY(rows_put(b, p));
	TRY(schedules_recompute(b, uses_calendar, k));
	return audit_write(b, c, "calendar.put", audit_name(b, "calendar", p->name),
	                   AUDIT_JSON(b, audit_number("days", p->count)));
}

const struct op op_calendar_put = {
	.name = "calendar_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete */

static enum err delete_check(struct batch *b, struct cmd *c)
{
	const struct calendar_named *p = c->in;
	const struct calendar *k = calendar_find(b->domain, p->name);

	if (k == NULL)
		return refuse(c, REFUSED_NOT_FOUND, "There is no calendar named %.*s.", S_ARG(p->name));
	if (k->users > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "The calendar %.*s is used by %d schedules. Put them without it first.",
		              S_ARG(p->name), k->users);
	return OK;
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct calendar_named *p = c->in;
	struct calendar *k = calendar_find(b->domain, p->name);

	must(k != NULL && k->users == 0);
	schedules_touch(b);
	calendar_remove(b->domain->schedules, k);
	TRY(store_run(b->store, STMT_CALENDAR_CLEAR, VALUES(value_text(p->name)), NULL, NULL));
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
