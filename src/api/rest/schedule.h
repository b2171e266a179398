/* schedule.h - reading what schedules and calendars are made of; for schedules.c and
 * calendars.c. What is wrong refuses the call and names the field. */
#ifndef RINGI_API_REST_SCHEDULE_H
#define RINGI_API_REST_SCHEDULE_H

#include "api/rest/rest.h"
#include "base/cron.h"

/* A zone's file is read on the HTTP thread: the domain, which may not, gets the bytes. */
struct rest_zone {
	struct str name;           /* in; absent: UTC */
	struct str bytes, release; /* absent: UTC */
	const struct zone *zone;
};
void rest_zone(struct api_call *, enum refusal, struct rest_zone *);

/* cron, zone and holidays of a body. */
struct rest_times {
	struct str cron_text, calendar; /* calendar absent: none */
	struct cron cron;
	struct rest_zone zone;
};
void rest_schedule_times(struct api_call *, const struct json *body, struct rest_times *);

void rest_schedule_name(struct api_call *, const char *field, struct str name);
/* {"name": "value"} as JSON; absent: none. */
struct str rest_schedule_labels(struct api_call *, const struct json *body);
/* A moment as RFC 3339; absent: now. */
int64_t rest_from(struct api_call *, struct str text);
int64_t rest_wall_clock(const struct api_call *); /* now, also where a test holds the clock */

#endif
