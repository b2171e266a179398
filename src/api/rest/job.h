/* job.h - what the files about jobs (src/api/rest/job_*.c) share. */
#ifndef RINGI_API_REST_JOB_H
#define RINGI_API_REST_JOB_H

#include "api/rest/routes.h"
#include "domain/job/job.h"

/* ---- reading */

/* Milliseconds or seconds within [min, max]; `otherwise` when absent. */
int64_t rest_bounded(struct api_call *, const struct json *object, const char *name, int64_t min,
                     int64_t max, int64_t otherwise);
/* A text of at most `max` bytes; absent when absent. */
/* ?wait=, as milliseconds; with one the command is `waits`. */
int64_t rest_wait(struct api_call *, const struct rest_in *, const struct op *waits);
/* The same, and the command stays what it is. */
int64_t rest_wait_ms(struct api_call *, const struct rest_in *);
struct str rest_short(struct api_call *, const struct json *object, const char *name, size_t max);
/* The same, without control characters. */
struct str rest_line(struct api_call *, const struct json *object, const char *name, size_t max);
/* The code of the errors that are looked for; absent: any. */
struct str rest_error_code(struct api_call *, const struct json *object);
/* A time as RFC 3339; 0 when absent. */
int64_t rest_time_of(struct api_call *, const struct json *object, const char *name);
/* A UUID; NULL when absent. */
const struct uuid *rest_id_of(struct api_call *, const struct json *object, const char *name);
/* A member as JSON text of at most `max` bytes; absent when absent. */
struct str rest_json_of(struct api_call *, const struct json *object, const char *name, size_t max);
/* The id in the path; refuses NO_SUCH_JOB for what is no UUID. */
struct uuid rest_job_id(struct api_call *, struct str text);

/* {"name": "value"}, at most `max` of them. */
struct label *rest_labels(struct api_call *, const struct json *map, int max, int *count);
/* Who is told when it ends, as JSON (domain/job/done.h); absent when absent. */
/* `reply_to` is its short form for a reply queue; refuses when both are given. */
struct str rest_reply_to(struct api_call *, const struct json *object);
/* callback.c: `object` with its on_done.webhook as it is kept, the secrets sealed; and how it is
 * shown, without them. */
const struct json *rest_callback_sealed(struct api_call *, const struct json *object);
void rest_on_done_write(struct out *, struct str stored);
void rest_on_decided_write(struct out *, struct str stored);
/* One job to submit; `child`: it names its queue, and may not name a parent. */
void rest_job_entry(struct api_call *, const struct json *, struct str queue, bool child,
                    struct job_entry *);
/* All of a list, refused as "jobs[3]: ...". */
struct job_entry *rest_job_entries(struct api_call *, const struct json *list, const char *name,
                                   struct str queue, bool child, int *count);

/* A group of these entries, without any when there are none. */
struct group_create;
struct group_create *rest_group_of(struct api_call *, const struct json *, struct job_entry *,
                                   int count);

/* The saga in the body of a new group, and one as it is. */
struct saga;
struct saga_create *rest_saga_of(struct api_call *, const struct json *body);
void rest_saga(struct out *, const struct saga *);

/* What is looked for; a queue that it names is also what is authorised. */
void rest_job_filter(struct api_call *, const struct json *query, struct job_filter *);

/* NULL when it is absent. */
const struct job_place *rest_job_cursor(struct api_call *, struct str text);
void rest_job_cursor_out(struct out *, const struct job_place *);

/* ---- writing */

/* The members of a job, without payload, result and attempts. `now_ms` is for the advice on
 * when to ask again. */
void rest_job(const struct api_call *, struct out *, const struct job_row *);
/* The payload: as JSON when it is, else as a text. */
void rest_payload(const struct api_call *, struct out *, struct str body);
/* How many milliseconds until asking again makes sense; 0: it has ended. */
int64_t rest_ask_again(const struct job_row *, int64_t now_ms);
/* Stored JSON, or nothing. */
void rest_stored(struct out *, const char *name, struct str json);
void rest_given(struct out *, const char *name, struct str text);
/* The id in the bytes of the answer to a submit, and its trace. */
struct uuid rest_job_answered(struct arena *, struct str answer, uint8_t trace[16]);
/* Where the job of that answer can be asked for, and the trace that it is part of. */
void rest_job_place(struct arena *, struct str answer, struct str came_with, struct buf *headers);
void rest_job_ask_headers(struct buf *headers); /* when to ask for one that was just submitted */
/* "00-TRACE-SPAN-01" of a job; 00 at its end where the trace it came with is not sampled. */
struct str rest_job_traceparent(struct arena *, struct uuid id, const uint8_t trace_id[16],
                                struct str came_with);

#endif
