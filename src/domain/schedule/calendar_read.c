/* calendar_read.c - looking at calendars, and reckoning with them, on a snapshot: read lane. */
#include "base/limits.h"
#include "domain/schedule/memory.h"

static void fill(struct arena *a, const struct value *v, struct calendar_info *i)
{
	*i = (struct calendar_info){ .name = arena_str(a, v[0].bytes),
		                         .changed_at = v[1].number,
		                         .schedules = v[2].number,
		                         .days = v[3].number,
		                         .version = v[4].number };
}

/* ---- one */

struct getting {
	struct cmd *cmd;
	bool found;
};

static enum err got_one(void *context, const struct value *v, int count)
{
	struct getting *g = context;
	struct calendar_get *p = g->cmd->in;

	must(count == 7 && !g->found);
	g->found = true;
	fill(g->cmd->arena, v, &p->info);
	p->body = arena_str(g->cmd->arena, v[5].bytes);
	p->zone_release = arena_str(g->cmd->arena, v[6].bytes);
	return OK;
}

static enum err got_count(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err built_in(struct store *s, struct calendar_get *p)
{
	p->body = calendar_built_in_body(p->name);
	p->info = (struct calendar_info){ .name = p->name };
	return store_run(s, STMT_CALENDAR_USERS, VALUES(value_text(p->name)), got_count,
	                 &p->info.schedules);
}

static enum err refuse_unknown(struct cmd *c, struct str name, int64_t version)
{
	if (version == CALENDAR_IN_FORCE)
		return refuse(c, REFUSED_NOT_FOUND, "There is no calendar named %.*s.", S_ARG(name));
	return refuse(c, REFUSED_NOT_FOUND,
	              "There is no version %lld of a calendar named %.*s; the last %d are kept.",
	              (long long)version, S_ARG(name), CALENDAR_VERSIONS_MAX);
}

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct calendar_get *p = c->in;
	struct getting g = { .cmd = c };

	(void)now;
	TRY(store_run(s, STMT_CALENDAR_GET, VALUES(value_text(p->name), value_int(p->version)), got_one,
	              &g));
	if (g.found)
		return OK;
	if (p->version <= 0 && str_given(calendar_built_in_body(p->name)))
		return built_in(s, p);
	return refuse_unknown(c, p->name, p->version);
}

const struct op op_calendar_get = { .name = "calendar_get", .lane = LANE_READ, .read = get_read };

/* ---- many */

static enum err got_info(void *context, const struct value *v, int count)
{
	struct cmd *c = context;
	struct calendar_list *p = c->in;

	must(count == 5);
	p->more = p->count == p->max;
	if (!p->more)
		fill(c->arena, v, &p->calendars[p->count++]);
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct calendar_list *p = c->in;

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->calendars = ARENA_ARRAY(c->arena, struct calendar_info, p->max);
	return store_run(s, STMT_CALENDAR_PAGE,
	                 VALUES(value_text(str_given(p->after) ? p->after : S("")),
	                        value_int(p->max + 1)),
	                 got_info, c);
}

const struct op op_calendar_list = { .name = "calendar_list",
	                                 .lane = LANE_READ,
	                                 .read = list_read };

/* ---- reckoning */

static enum err deadline_read(struct store *s, struct cmd *c, struct now now)
{
	struct calendar_deadline *p = c->in;
	struct calendar *k;

	(void)now;
	TRY(calendar_read(s, c->arena, p->name, CALENDAR_IN_FORCE, &k));
	if (k == NULL)
		return refuse_unknown(c, p->name, CALENDAR_IN_FORCE);
	p->at = business_add(k, p->from, &p->duration);
	if (p->at == NEVER)
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "after",
		                    "The calendar %.*s has no such moment within %d years, or not before "
		                    "the end of %d: is it ever open?",
		                    S_ARG(p->name), CALENDAR_DAYS_AHEAD / 366, CALENDAR_YEAR_MAX);
	p->version = k->version;
	p->zone = k->zone_name;
	p->open = business_open(k, p->from);
	p->open_ms = business_between(k, p->from, p->at);
	p->from_offset_s = zone_at(k->zone, p->from).offset_s;
	p->offset_s = zone_at(k->zone, p->at).offset_s;
	return OK;
}

const struct op op_calendar_deadline = { .name = "calendar_deadline",
	                                     .lane = LANE_READ,
	                                     .read = deadline_read };
