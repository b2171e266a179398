/* memory.h - schedules as the engine keeps them in memory; for domain/schedule only.
 *
 * S4  All of this is a copy of rows: schedules_load builds it anew at any moment. Payloads
 *     and labels stay in their rows.
 * S5  A schedule is in the heap `due` exactly when it has a next_at; a paused one has none. */
#ifndef RINGI_DOMAIN_SCHEDULE_MEMORY_H
#define RINGI_DOMAIN_SCHEDULE_MEMORY_H

#include "base/heap.h"
#include "base/map.h"
#include "domain/domain.h"
#include "domain/schedule/schedule.h"

/* Zones and calendars keep their place when their content changes. */
struct zone_of {
	struct str name;
	struct arena *arena; /* lifetime: this entry; it and its name lie in it */
	struct str bytes;    /* absent: UTC, which needs none */
	const struct zone *zone;
	struct arena *content; /* lifetime: until it changes; bytes and zone */
	int users;
};

struct calendar_of {
	struct str name;
	struct arena *arena; /* lifetime: this entry; it and its name lie in it */
	const struct calendar *calendar;
	struct arena *content; /* lifetime: until it changes; the calendar */
	int users;
};

struct schedule {
	struct heap_entry order; /* in schedules.due, by next_at (wall) */
	struct arena *arena;     /* lifetime: this definition; it lies in it */
	struct str name, queue, cron_text;
	struct cron cron;
	struct zone_of *zone;
	struct calendar_of *calendar; /* NULL: no holidays */
	enum catch_up catch_up;
	enum overlap overlap;
	bool paused, has_last_job;
	int64_t next_at;     /* NEVER: none */
	int64_t last_due_at; /* 0: none */
	int late;
	struct uuid last_job;
};

struct schedules {
	struct names by_name, zones;
	struct names calendars; /* those that are built in, too, unless a row has the name */
	int calendars_built_in;
	struct heap due;
	struct now seen;    /* at the last look: what turns wall time into mono time */
	int64_t not_before; /* mono: after a fault, or while there is no room on the disk */
	struct schedule_figures figures, committed; /* the latter: before this batch */
};

/* memory.c */
struct schedule *schedule_find(const struct domain *, struct str name); /* NULL: none */
struct calendar_of *calendar_find(const struct domain *, struct str name);
/* NULL after a refusal. */
struct schedule *schedule_wanted(struct batch *, struct cmd *, struct str name);
/* What it has as texts is copied; zone and calendar must be there. */
struct schedule *schedule_add(struct schedules *, const struct schedule *from);
void schedule_remove(struct schedules *, struct schedule *);
void schedule_wait_until(struct schedules *, struct schedule *, int64_t next_at);
/* Without content. */
struct zone_of *zone_add(struct schedules *, struct str name);
bool zone_fill(struct zone_of *, struct str bytes) MUST_USE; /* false: they are no zone */
void zone_remove(struct schedules *, struct zone_of *);
struct calendar_of *calendar_add(struct schedules *, struct str name); /* without content */
/* false: it is no calendar. Version 0: the built-in one of its name. */
bool calendar_fill(struct calendar_of *, int64_t version, struct str body) MUST_USE;
void calendar_remove(struct schedules *, struct calendar_of *);
void calendars_built_in(struct schedules *); /* after rows: what has no row of its own */
void schedules_touch(struct batch *);        /* they are about to be changed */

/* due.c: what to do about a due time; pure */
struct plan {
	enum { PLAN_WAIT, PLAN_FIRE, PLAN_MISS } what;
	int64_t next_at; /* then */
	int late;
};
struct plan schedule_plan(const struct schedule *, int64_t now_ms);
int64_t schedule_first_after(const struct schedule *, int64_t ms); /* NEVER: none */
/* The due times of what was just defined, or goes on. */
enum err schedules_recompute(struct batch *,
                             bool (*concerned)(const struct schedule *, const void *), const void *)
	MUST_USE;

/* job.c: what schedules know of messages and jobs */
struct previous {
	bool open;       /* the job of the firing before has not ended */
	struct str text; /* "Job ... is RUNNING" */
	struct job_row *row;
};
enum err schedule_previous(struct batch *, const struct schedule *, struct previous *) MUST_USE;
enum err schedule_cancel_previous(struct batch *, const struct schedule *, const struct previous *)
	MUST_USE;
struct send_entry;
struct queue;
/* The message of a firing; due_at 0: by hand. */
enum err schedule_message(struct batch *, const struct schedule *, struct queue *, int64_t due_at,
                          struct send_entry **) MUST_USE;

extern const struct op op_schedule_fire; /* fire.c: a command of the clock */
struct schedule_fire {
	struct str name;
};

#endif
