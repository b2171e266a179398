/* schedule.h - schedules: messages that are sent at times of the calendar, and the calendars.
 *
 *                        .--- resume ---.
 *                        v              |
 *     put --> waits until next_at --> paused
 *               |        ^
 *               '- due --'   fired, skipped, missed or failed; next_at moves on
 *
 * S1  A firing is one transaction: the message (on a tracked queue: the job) and next_at,
 *     which only moves forward. So each due time is decided about once, over restarts too.
 * S2  A due time is wall time. A clock that is set back fires nothing twice: the schedule
 *     waits until next_at comes again.
 * S3  What is due depends on rows only: expression, zone data, calendar. The zone data are
 *     those that the server had when the schedule was put, for all schedules of that zone.
 *
 * A due time that is at most SCHEDULE_LATE_MS old is fired as if it were now. An older one
 * was missed, while the server was stopped or its clock wrong:
 *
 *     catch_up  skip  it is dropped, as are all others that were missed
 *               one   one firing for all that were missed, with the oldest as its due time
 *               all   each is fired, the oldest first, CATCH_UP_MAX at most; then as skip
 *
 * When the job of the firing before has not ended (tracked queues only):
 *
 *     overlap   allow            it is fired all the same
 *               skip             it is not
 *               cancel_previous  that job is canceled, or asked to cancel, and it is fired */
#ifndef RINGI_DOMAIN_SCHEDULE_SCHEDULE_H
#define RINGI_DOMAIN_SCHEDULE_SCHEDULE_H

#include "base/cron.h"
#include "domain/batch.h"
#include "domain/calendar/calendar.h"
#include "domain/cmd.h"

struct domain;

enum catch_up { CATCH_UP_SKIP, CATCH_UP_ONE, CATCH_UP_ALL };
enum overlap { OVERLAP_ALLOW, OVERLAP_SKIP, OVERLAP_CANCEL_PREVIOUS };
enum { CATCH_UPS = 3, OVERLAPS = 3 };
const char *catch_up_name(enum catch_up);
const char *overlap_name(enum overlap);
bool catch_up_read(struct str, enum catch_up *);
bool overlap_read(struct str, enum overlap *);
/* Letters, digits and - _ . ; at most SCHEDULE_NAME_MAX. Of calendars, too. */
bool schedule_name_valid(struct str);

/* ---- commands */

/* Made, or given this definition. The front door has read the expression and the zone. */
struct schedule_put {
	struct str name, queue, payload, labels; /* labels: JSON; absent: none */
	struct str cron, zone, calendar;         /* calendar: absent: none */
	struct str zone_bytes, zone_release;     /* bytes absent: UTC, when the server has no file */
	int priority;                            /* -1: none */
	enum catch_up catch_up;
	enum overlap overlap;
	bool overlap_given;        /* else: skip on a tracked queue, allow on another */
	bool paused, paused_given; /* not given: as it was, a new one is not */
	/* out */
	bool existed;
	int64_t next_at; /* NEVER: it is paused */
};
extern const struct op op_schedule_put;

/* Delete, pause; resume goes on with the first due time after now. */
struct schedule_named {
	struct str name;
};
extern const struct op op_schedule_delete, op_schedule_pause, op_schedule_resume;

/* Fires it now, whatever is due. */
struct schedule_run {
	struct str name;
	struct uuid message_id; /* out: and of the job */
	struct str queue;       /* out */
};
extern const struct op op_schedule_run;

/* A moment, and what the clocks of the zone are ahead of UTC then. */
struct due {
	int64_t at;
	int32_t offset_s;
};

struct schedule_info {
	struct str name, queue, payload, labels, cron, zone, calendar, catch_up, overlap;
	struct str last_outcome, last_detail; /* absent: none */
	int priority;                         /* -1: none */
	bool paused, has_last_job;
	struct uuid last_job;
	int64_t created_at, changed_at, next_at, last_due_at, last_fired_at; /* 0: none */
	int64_t fired, skipped, failed;
};
/* One, with the due times after `from` (or after now, where it is 0). Read lane. */
struct schedule_get {
	struct str name;
	int64_t from;
	int max;                   /* SCHEDULE_PREVIEW_MAX at most */
	struct schedule_info info; /* out */
	struct due *due;
	int count;
};
extern const struct op op_schedule_get;

/* Names above `after`, without payloads. Read lane. */
struct schedule_list {
	struct str after;
	int max;
	struct schedule_info *schedules; /* out */
	int count;
	bool more;
};
extern const struct op op_schedule_list;

/* The due times of an expression that no schedule has. Read lane. */
struct schedule_preview {
	struct cron cron;
	const struct zone *zone;
	struct str calendar; /* absent: none */
	int64_t from;
	int max;
	struct due *due; /* out */
	int count;
};
extern const struct op op_schedule_preview;

/* ---- calendars (domain/calendar/calendar.h), which schedules follow at once */

/* Made, or a new version; the same again changes nothing. The front door has read the body and
 * the zone's data. */
struct calendar_put {
	struct str name, body;               /* body: calendar_canonical */
	struct str zone_bytes, zone_release; /* bytes absent: UTC */
	int days;                            /* holidays named in the body */
	bool existed, changed;               /* out */
	int64_t version;
};
extern const struct op op_calendar_put;

struct calendar_info {
	struct str name;
	int64_t version;                     /* 0: built in */
	int64_t changed_at, schedules, days; /* 0: built in; counts */
};
struct calendar_get { /* read lane */
	struct str name;
	int64_t version;           /* CALENDAR_IN_FORCE */
	struct calendar_info info; /* out */
	struct str body, zone_release;
};
extern const struct op op_calendar_get;

struct calendar_list { /* read lane; those that are built in, too */
	struct str after;
	int max;
	struct calendar_info *calendars; /* out */
	int count;
	bool more;
};
extern const struct op op_calendar_list;

/* When does it end? Read lane; refused when it never does. */
struct calendar_deadline {
	struct str name;
	int64_t from;
	struct duration duration;
	/* out */
	int64_t version, at, open_ms;    /* opening time in between */
	int32_t from_offset_s, offset_s; /* of its clocks to UTC */
	struct str zone;
	bool open; /* at `from` */
};
extern const struct op op_calendar_deadline;

struct calendar_named {
	struct str name;
};
extern const struct op op_calendar_delete;

/* ---- for domain.c and metrics */

enum err schedules_load(struct domain *, struct store *) MUST_USE; /* anew if there are some */
void schedules_free(struct domain *);
/* Commands for what is due now. */
void schedules_due(struct domain *, struct now, struct list *commands);
/* Mono time at which to look again; NEVER. */
int64_t schedules_next(const struct domain *);
void schedules_committed(struct domain *); /* a batch that touched them is */
/* Nothing is fired for a moment: after a fault, or without room on the disk. */
void schedules_wait(struct domain *, struct now);

struct schedule_figures {
	int64_t schedules, calendars, paused;
	int64_t fired, skipped, missed, failed; /* since start */
};
struct schedule_figures schedules_figures(const struct domain *);

#endif
