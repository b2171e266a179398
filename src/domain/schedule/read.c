/* read.c - looking at schedules, on a snapshot: read lane. */
#include "base/limits.h"
#include "domain/schedule/memory.h"

/* ---- rows */

struct reading {
	struct arena *arena;
	void *to;
	int max, count;
	bool more;
};

static int64_t count_of(const struct value *v)
{
	return v->kind == VALUE_NULL ? 0 : v->number;
}

static void fill_info(struct arena *a, const struct value *v, struct schedule_info *i)
{
	i->name = arena_str(a, v[0].bytes);
	i->queue = arena_str(a, v[1].bytes);
	i->payload = arena_str(a, v[2].bytes);
	i->cron = arena_str(a, v[3].bytes);
	i->zone = arena_str(a, v[4].bytes);
	i->calendar = arena_str(a, v[5].bytes);
	i->priority = v[6].kind == VALUE_NULL ? -1 : (int)v[6].number;
	i->labels = arena_str(a, v[7].bytes);
	i->catch_up = arena_str(a, v[8].bytes);
	i->overlap = arena_str(a, v[9].bytes);
	i->paused = v[10].number != 0;
	i->created_at = v[11].number;
	i->changed_at = v[12].number;
	i->next_at = count_of(&v[13]);
	i->last_due_at = count_of(&v[14]);
	i->last_fired_at = count_of(&v[15]);
	i->has_last_job = v[16].bytes.len == sizeof i->last_job.bytes;
	if (i->has_last_job)
		memcpy(i->last_job.bytes, v[16].bytes.at, sizeof i->last_job.bytes);
	i->last_outcome = arena_str(a, v[17].bytes);
	i->last_detail = arena_str(a, v[18].bytes);
	i->fired = v[19].number;
	i->skipped = v[20].number;
	i->failed = v[21].number;
}

static enum err got_info(void *context, const struct value *v, int count)
{
	struct reading *r = context;
	struct schedule_info *to = r->to;

	must(count == 22);
	r->more = r->count == r->max;
	if (!r->more)
		fill_info(r->arena, v, &to[r->count++]);
	return OK;
}

static enum err got_bytes(void *context, const struct value *v, int count)
{
	struct reading *r = context;

	must(count == 1);
	*(struct str *)r->to = arena_str(r->arena, v[0].bytes);
	return OK;
}

static enum err zone_of_name(struct store *s, struct arena *a, struct str name,
                             const struct zone **zone)
{
	struct str bytes = S_NONE, why;
	struct reading r = { .arena = a, .to = &bytes };

	*zone = zone_utc();
	TRY(store_run(s, STMT_ZONE_GET, VALUES(value_text(name)), got_bytes, &r));
	if (str_given(bytes))
		*zone = zone_read(a, bytes, &why);
	return *zone == NULL || (!str_given(bytes) && !str_is(name, "UTC")) ? ERR_CORRUPT : OK;
}

/* None when there is no name. */
static enum err workdays_of(struct store *s, struct arena *a, struct str name,
                            const struct workdays **w, bool *found)
{
	struct calendar *k = NULL;

	*w = NULL;
	*found = true;
	if (!str_given(name))
		return OK;
	TRY(calendar_read(s, a, name, CALENDAR_IN_FORCE, &k));
	*found = k != NULL;
	*w = k == NULL ? NULL : &k->workdays;
	return OK;
}

/* ---- due times */

static int due_times(struct arena *a, const struct cron *c, const struct zone *z,
                     const struct workdays *w, int64_t from, int max, struct due **out)
{
	int count = 0;

	must(max >= 0 && max <= SCHEDULE_PREVIEW_MAX);
	*out = ARENA_ARRAY(a, struct due, max + 1);
	while (count < max) {
		from = cron_next(c, z, w, from);
		if (from == NEVER)
			break;
		(*out)[count++] = (struct due){ from, zone_at(z, from).offset_s };
	}
	return count;
}

static enum err preview_read(struct store *s, struct cmd *c, struct now now)
{
	struct schedule_preview *p = c->in;
	const struct workdays *w;
	bool found;

	(void)now;
	TRY(workdays_of(s, c->arena, p->calendar, &w, &found));
	if (!found)
		return refuse_field(c, REFUSED_INVALID_SCHEDULE, "holidays",
		                    "There is no calendar named %.*s.", S_ARG(p->calendar));
	p->count = due_times(c->arena, &p->cron, p->zone, w, p->from, p->max, &p->due);
	return OK;
}

const struct op op_schedule_preview = { .name = "schedule_preview",
	                                    .lane = LANE_READ,
	                                    .read = preview_read };

/* ---- one, many */

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct schedule_get *p = c->in;
	struct reading r = { .arena = c->arena, .to = &p->info, .max = 1 };
	const struct zone *zone;
	const struct workdays *w;
	struct cron_wrong wrong;
	struct cron cron;
	bool found;

	TRY(store_run(s, STMT_SCHEDULE_GET, VALUES(value_text(p->name)), got_info, &r));
	if (r.count == 0)
		return refuse(c, REFUSED_NO_SUCH_SCHEDULE, "There is no schedule named %.*s.",
		              S_ARG(p->name));
	TRY(zone_of_name(s, c->arena, p->info.zone, &zone));
	TRY(workdays_of(s, c->arena, p->info.calendar, &w, &found));
	if (!found || !cron_read(c->arena, p->info.cron, &cron, &wrong))
		return ERR_CORRUPT;
	p->count = due_times(c->arena, &cron, zone, w, p->from != 0 ? p->from : now.wall_ms, p->max,
	                     &p->due);
	return OK;
}

const struct op op_schedule_get = { .name = "schedule_get", .lane = LANE_READ, .read = get_read };

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct schedule_list *p = c->in;
	struct reading r = { .arena = c->arena, .max = p->max };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	r.to = p->schedules = ARENA_ARRAY(c->arena, struct schedule_info, p->max);
	TRY(store_run(s, STMT_SCHEDULE_PAGE,
	              VALUES(value_text(str_given(p->after) ? p->after : S("")), value_int(p->max + 1)),
	              got_info, &r));
	p->count = r.count;
	p->more = r.more;
	return OK;
}

const struct op op_schedule_list = { .name = "schedule_list",
	                                 .lane = LANE_READ,
	                                 .read = list_read };
