/* stories.h - what the stories about schedules share: times as texts, putting, what came. */
#ifndef RINGI_TEST_SCHEDULE_STORIES_H
#define RINGI_TEST_SCHEDULE_STORIES_H

#include <stdio.h>

#include "base/date.h"
#include "domain/schedule/schedule.h"
#include "os/zone.h"
#include "queue/stories.h"

/* "2026-11-22 15:30" or "2026-11-22 15:30:10" in UTC. */
static inline int64_t when(const char *text)
{
	int year, month, day, hour, minute, second = 0;

	must(sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second) >= 5);
	return date_to_day((struct date){ year, month, day }) * DAY_MS + hour * HOUR_MS +
	       minute * MINUTE_MS + second * SECOND_MS;
}

/* Time passes until then; everything that becomes due in between happens at its moment. */
static inline void until(struct world *w, const char *text)
{
	must(when(text) >= w->now.wall_ms);
	world_pass_ms(w, when(text) - w->now.wall_ms);
}

/* The server is stopped, and started again then. */
static inline void stopped_until(struct world *w, const char *text)
{
	int64_t ms = when(text) - w->now.wall_ms;

	w->now.wall_ms += ms;
	w->now.mono_ms += ms;
	w->now.patience_ms += ms;
	world_restart(w);
}

static inline struct world *world_at(const char *text)
{
	struct world *w = world_open(7);

	w->now.wall_ms = when(text);
	world_restart(w);
	return w;
}

struct putting {
	const char *cron, *zone, *holidays, *payload, *queue, *labels;
	enum catch_up catch_up;
	int overlap;  /* 1 + enum overlap; 0: not given */
	int paused;   /* 1: yes, -1: no, 0: not given */
	int priority; /* 0: not given */
};

static inline void put_zone(struct world *w, struct schedule_put *p, const char *name)
{
	struct str why;

	p->zone = str_of(name);
	if (str_is(p->zone, "UTC"))
		return;
	must(os_zone_read(w->arena, OS_ZONE_FOLDER, p->zone, &p->zone_bytes, &why) == OK);
	must(str_given(p->zone_bytes));
	p->zone_release = S("2026a");
}

static inline struct schedule_put *put_params(struct world *w, const char *name, struct putting how)
{
	struct schedule_put *p = ARENA_NEW(w->arena, struct schedule_put);

	p->name = str_of(name);
	p->queue = str_of(how.queue == NULL ? "work" : how.queue);
	p->payload = str_of(how.payload == NULL ? "go" : how.payload);
	p->labels = str_of(how.labels);
	p->cron = str_of(how.cron == NULL ? "0 * * * *" : how.cron);
	p->calendar = str_of(how.holidays);
	p->priority = how.priority == 0 ? -1 : how.priority;
	p->catch_up = how.catch_up;
	p->overlap_given = how.overlap > 0;
	p->overlap = p->overlap_given ? (enum overlap)(how.overlap - 1) : OVERLAP_SKIP;
	p->paused_given = how.paused != 0;
	p->paused = how.paused > 0;
	put_zone(w, p, how.zone == NULL ? "UTC" : how.zone);
	return p;
}

static inline const char *answer(const struct cmd *c)
{
	return c->fault != OK ? err_name(c->fault) : refusal_name(c->refused.why);
}

/* The name of the refusal, or NONE. */
static inline const char *put(struct world *w, const char *name, struct putting how)
{
	return answer(world_run(w, &op_schedule_put, put_params(w, name, how)));
}

static inline const char *named(struct world *w, const struct op *op, const char *name)
{
	struct schedule_named *p = ARENA_NEW(w->arena, struct schedule_named);

	p->name = str_of(name);
	return answer(world_run(w, op, p));
}

static inline const char *run_now(struct world *w, const char *name)
{
	struct schedule_run *p = ARENA_NEW(w->arena, struct schedule_run);

	p->name = str_of(name);
	return answer(world_run(w, &op_schedule_run, p));
}

static inline const char *calendar(struct world *w, const char *name, const char *a, const char *b)
{
	struct calendar_put *p = ARENA_NEW(w->arena, struct calendar_put);

	p->name = str_of(name);
	p->body = a == NULL   ? S("{\"holidays\":[]}")
	          : b == NULL ? arena_printf(w->arena, "{\"holidays\":[\"%s\"]}", a)
	                      : arena_printf(w->arena, "{\"holidays\":[\"%s\",\"%s\"]}", a, b);
	p->days = (a != NULL) + (b != NULL);
	return answer(world_run(w, &op_calendar_put, p));
}

/* One from the rows, as a reader sees it. */
static inline struct schedule_info info(struct world *w, const char *name)
{
	struct schedule_get *p = ARENA_NEW(w->arena, struct schedule_get);
	struct cmd *c = cmd_new(&op_schedule_get);

	p->name = str_of(name);
	c->in = p;
	must(op_schedule_get.read(w->store, c, w->now) == OK && !cmd_refused(c));
	struct schedule_info i = p->info;
	i.last_outcome = arena_str(w->arena, i.last_outcome);
	i.last_detail = arena_str(w->arena, i.last_detail);
	i.overlap = arena_str(w->arena, i.overlap);
	cmd_free(c);
	return i;
}

static inline const char *time_text(struct world *w, int64_t ms)
{
	struct date d = date_of_day(date_day_of_ms(ms));

	return ms == 0 ? "never"
	               : arena_printf(w->arena, "%02d-%02d %02d:%02d", d.month, d.day,
	                              (int)(ms / HOUR_MS % 24), (int)(ms / MINUTE_MS % 60))
	                     .at;
}

static inline const char *next_at(struct world *w, const char *name)
{
	return time_text(w, info(w, name).next_at);
}

/* The due times of the messages that came into the queue since the last look, joined by
 * ", ": from their attribute due_at; "now" for those fired by hand. */
static inline const char *came_into(struct world *w, const char *queue)
{
	struct buf all = { 0 };

	for (;;) {
		struct queue_receive *p = ask(w, queue, 10, 3600, 0);
		if (p->count == 0)
			break;
		for (int i = 0; i < p->count; i++) {
			const char *at = strstr(p->messages[i].attributes.at, "\"due_at\"");
			const char *date = at == NULL ? NULL : strstr(at, "\"value\":\"");
			buf_printf(&all, "%s%.5s%s%.5s", all.len > 0 ? ", " : "",
			           date == NULL ? "now" : date + 14, date == NULL ? "" : " ",
			           date == NULL ? "" : date + 20);
			world_delete(w, queue, p->messages[i].receipt);
		}
	}
	struct str text = arena_str(w->arena, buf_str(&all));
	buf_free(&all);
	return text.at;
}

static inline const char *came(struct world *w)
{
	return came_into(w, "work");
}

#endif
