/* put.c - a schedule is made or defined anew, deleted, paused, resumed.
 *
 * The same definition again changes nothing about when it is due: a file that is applied
 * every night may not move what is due at that moment. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/schedule/memory.h"
#include "wire/hash.h"

/* ---- put */

static const struct zone *zone_for(struct arena *a, const struct schedule_put *p)
{
	struct str why;
	const struct zone *z = str_given(p->zone_bytes) ? zone_read(a, p->zone_bytes, &why)
	                                                : zone_utc();

	must(z != NULL); /* the front door has read it */
	return z;
}

/* The front door has read it. */
static struct cron cron_for(struct arena *a, struct str text)
{
	struct cron_wrong wrong;
	struct cron c;
	bool ok = cron_read(a, text, &c, &wrong);

	must(ok);
	return c;
}

static enum overlap overlap_for(const struct schedule_put *p, const struct queue *q)
{
	if (p->overlap_given)
		return p->overlap;
	return queue_is_tracked(q) ? OVERLAP_SKIP : OVERLAP_ALLOW;
}

/* Only for now: that may be otherwise when it is due. */
static bool passes(enum refusal why)
{
	return why == REFUSED_NONE || refusal_is_fullness(why) || why == REFUSED_OVER_LIMIT;
}

/* What the queue says of the message, as far as it says that for good. */
static void check_message(struct batch *b, struct cmd *c, struct queue *q,
                          const struct schedule_put *p)
{
	bool fifo = queue_is_fifo(q);
	struct send_entry e = { .body = p->payload, .delay_s = fifo ? -1 : 0, .priority = -1 };

	if (fifo && p->priority >= 0) {
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "priority",
		             "The FIFO queue %.*s keeps the order of messages, so it knows no priorities.",
		             S_ARG(p->queue));
		return;
	}
	/* With the attributes that a firing adds, however long. */
	e.size = p->payload.len + p->name.len + 64;
	if (fifo)
		e.group = e.dedup = p->name;
	queue_enqueue_check(b, q, &e, false, 0);
	if (!passes(e.refused.why))
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "payload", "%.*s", S_ARG(e.refused.text));
}

static void check_parts(struct batch *b, struct cmd *c, const struct schedule_put *p)
{
	struct queue *q = queue_by_name(b->domain, p->queue);
	const struct calendar_of *k = str_given(p->calendar) ? calendar_find(b->domain, p->calendar)
	                                                     : NULL;

	if (q == NULL) {
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "queue", "There is no queue named %.*s.",
		             S_ARG(p->queue));
		return;
	}
	if (str_given(p->calendar) && k == NULL) {
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "holidays",
		             "There is no calendar named %.*s. Put /v1/calendars/%.*s first.",
		             S_ARG(p->calendar), S_ARG(p->calendar));
		return;
	}
	if (overlap_for(p, q) != OVERLAP_ALLOW && !queue_is_tracked(q))
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "overlap",
		             "The queue %.*s keeps no jobs, so nobody knows whether the one before has "
		             "ended. Set `track` on the queue, or take overlap allow.",
		             S_ARG(p->queue));
	struct cron cron = cron_for(b->arena, p->cron);
	if (cron_next(&cron, zone_for(b->arena, p), k == NULL ? NULL : &k->calendar->workdays,
	              b->now.wall_ms) == NEVER)
		refuse_field(c, REFUSED_INVALID_SCHEDULE, "cron",
		             "'%.*s' names no time in the next %d days: is there such a day?",
		             S_ARG(p->cron), CRON_DAYS_AHEAD);
	check_message(b, c, q, p);
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	const struct schedule_put *p = c->in;
	const struct schedules *all = b->domain->schedules;

	must(schedule_name_valid(p->name));
	if (schedule_find(b->domain, p->name) == NULL && all->by_name.count >= SCHEDULES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "There are %d schedules, and that is as many as there can be.",
		              SCHEDULES_MAX);
	check_parts(b, c, p);
	return OK;
}

static bool uses_zone(const struct schedule *s, const void *zone)
{
	return s->zone == zone;
}

static enum err zone_store(struct batch *b, const struct schedule_put *p)
{
	return store_run(b->store, STMT_ZONE_PUT,
	                 VALUES(value_text(p->zone), value_blob(p->zone_bytes),
	                        value_text(p->zone_release), value_int(b->now.wall_ms)),
	                 NULL, NULL);
}

static enum err zone_given(struct batch *b, const struct schedule_put *p, struct zone_of **out)
{
	struct schedules *all = b->domain->schedules;
	struct zone_of *z = *out = names_find(&all->zones, p->zone);

	if (z == NULL)
		z = *out = zone_add(all, p->zone);
	if (!str_given(p->zone_bytes) || str_eq(z->bytes, p->zone_bytes))
		return OK;
	bool ok = zone_fill(z, p->zone_bytes);
	must(ok); /* the front door has read it */
	TRY(zone_store(b, p));
	return schedules_recompute(b, uses_zone, z); /* S3 */
}

/* Nobody uses it any more. */
static enum err zone_left(struct batch *b, struct zone_of *z)
{
	if (z->users > 0)
		return OK;
	TRY(store_run(b->store, STMT_ZONE_DELETE, VALUES(value_text(z->name)), NULL, NULL));
	zone_remove(b->domain->schedules, z);
	return OK;
}

/* Due at the same times as before, though it may be paused now, or was. */
static bool same_times(const struct schedule *old, const struct schedule *s)
{
	return old != NULL && old->zone == s->zone && old->calendar == s->calendar &&
	       str_eq(old->cron_text, s->cron_text);
}

static enum err row_put(struct batch *b, const struct schedule *s, const struct schedule_put *p)
{
	uint8_t digest[MD5_SIZE];

	md5(p->payload, digest);
	return store_run(b->store, STMT_SCHEDULE_PUT,
	                 VALUES(value_text(s->name), value_text(s->queue), value_text(p->payload),
	                        value_blob((struct str){ (const char *)digest, sizeof digest }),
	                        value_text(s->cron_text), value_text(s->zone->name),
	                        value_text(s->calendar == NULL ? S_NONE : s->calendar->name),
	                        p->priority < 0 ? value_null() : value_int(p->priority),
	                        value_text(p->labels), value_text(str_of(catch_up_name(s->catch_up))),
	                        value_text(str_of(overlap_name(s->overlap))), value_int(s->paused),
	                        value_int(b->now.wall_ms),
	                        s->next_at == NEVER ? value_null() : value_int(s->next_at),
	                        s->last_due_at == 0 ? value_null() : value_int(s->last_due_at)),
	                 NULL, NULL);
}

/* What was decided about does not come again, though the clock was set back (S2). */
static int64_t now_or(const struct batch *b, int64_t last_due_at)
{
	return last_due_at > b->now.wall_ms ? last_due_at : b->now.wall_ms;
}

static struct schedule definition(struct batch *b, const struct schedule_put *p,
                                  const struct schedule *old, struct zone_of *z)
{
	struct schedule s = { 0 };

	if (old != NULL)
		s = *old; /* what it did so far */
	s.name = p->name;
	s.queue = p->queue;
	s.cron_text = p->cron;
	s.cron = cron_for(b->arena, p->cron);
	s.zone = z;
	s.calendar = str_given(p->calendar) ? calendar_find(b->domain, p->calendar) : NULL;
	s.catch_up = p->catch_up;
	s.overlap = overlap_for(p, queue_by_name(b->domain, p->queue));
	s.paused = p->paused_given ? p->paused : old != NULL && old->paused;
	s.late = 0;
	bool same = same_times(old, &s);
	if (!same)
		s.last_due_at = 0;
	if (same && old->paused == s.paused)
		return s;
	s.next_at = s.paused ? NEVER : schedule_first_after(&s, now_or(b, s.last_due_at));
	return s;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct schedule_put *p = c->in;
	struct schedules *all = b->domain->schedules;
	struct schedule *old = schedule_find(b->domain, p->name);
	struct zone_of *z, *left = old == NULL ? NULL : old->zone;

	schedules_touch(b);
	if (left != NULL && str_eq(left->name, p->zone))
		left = NULL; /* it stays in use, perhaps with new data */
	TRY(zone_given(b, p, &z));
	struct schedule s = definition(b, p, old, z);
	p->existed = old != NULL;
	p->next_at = s.next_at;
	TRY(row_put(b, &s, p));
	if (old != NULL)
		schedule_remove(all, old);
	schedule_add(all, &s);
	if (left != NULL)
		TRY(zone_left(b, left));
	return audit_write(b, c, "schedule.put", audit_name(b, "schedule", p->name),
	                   AUDIT_JSON(b, audit_text("cron", p->cron), audit_text("zone", p->zone),
	                              audit_text("queue", p->queue)));
}

const struct op op_schedule_put = {
	.name = "schedule_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete, pause, resume */

static enum err named_check(struct batch *b, struct cmd *c)
{
	const struct schedule_named *p = c->in;

	(void)schedule_wanted(b, c, p->name);
	return OK;
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct schedule_named *p = c->in;
	struct schedule *s = schedule_find(b->domain, p->name);

	must(s != NULL);
	struct zone_of *z = s->zone;
	schedules_touch(b);
	TRY(store_run(b->store, STMT_SCHEDULE_DELETE, VALUES(value_text(s->name)), NULL, NULL));
	schedule_remove(b->domain->schedules, s);
	TRY(zone_left(b, z));
	return audit_write(b, c, "schedule.delete", audit_name(b, "schedule", p->name), S_NONE);
}

const struct op op_schedule_delete = {
	.name = "schedule_delete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = named_check,
	.write = delete_write,
};

static enum err set_paused(struct batch *b, struct schedule *s, bool paused, int64_t next_at)
{
	struct schedules *all = b->domain->schedules;

	schedules_touch(b);
	all->figures.paused += (int)paused - (int)s->paused;
	s->paused = paused;
	s->late = 0;
	schedule_wait_until(all, s, next_at);
	return store_run(b->store, STMT_SCHEDULE_NEXT,
	                 VALUES(value_text(s->name),
	                        next_at == NEVER ? value_null() : value_int(next_at),
	                        value_int(paused)),
	                 NULL, NULL);
}

static enum err pause_write(struct batch *b, struct cmd *c)
{
	const struct schedule_named *p = c->in;
	struct schedule *s = schedule_find(b->domain, p->name);

	must(s != NULL);
	if (s->paused)
		return OK;
	TRY(set_paused(b, s, true, NEVER));
	return audit_write(b, c, "schedule.pause", audit_name(b, "schedule", p->name), S_NONE);
}

const struct op op_schedule_pause = {
	.name = "schedule_pause",
	.lane = LANE_WRITE,
	.check = named_check,
	.write = pause_write,
};

/* What was due meanwhile is not caught up: somebody did not want it. */
static enum err resume_write(struct batch *b, struct cmd *c)
{
	const struct schedule_named *p = c->in;
	struct schedule *s = schedule_find(b->domain, p->name);

	must(s != NULL);
	if (!s->paused)
		return OK;
	TRY(set_paused(b, s, false, schedule_first_after(s, now_or(b, s->last_due_at))));
	return audit_write(b, c, "schedule.resume", audit_name(b, "schedule", p->name), S_NONE);
}

const struct op op_schedule_resume = {
	.name = "schedule_resume",
	.lane = LANE_WRITE,
	.check = named_check,
	.write = resume_write,
};
