/* job_show.c - a job as JSON. */
#include <stdio.h>

#include "api/rest/job.h"
#include "base/limits.h"
#include "domain/ledger/trace.h"
#include "wire/hash.h"
#include "wire/traceparent.h"

void rest_stored(struct out *o, const char *name, struct str json)
{
	if (json.len > 0)
		out_json(o, str_of(name), json);
}

void rest_given(struct out *o, const char *name, struct str text)
{
	if (str_given(text))
		out_text(o, str_of(name), text);
}

static void hex(struct out *o, const char *name, const void *bytes, size_t size)
{
	char text[2 * TRACE_ID_SIZE + 1];

	must(size <= TRACE_ID_SIZE);
	hex_text(bytes, size, text);
	out_text(o, str_of(name), (struct str){ text, 2 * size });
}

static void uuid(struct out *o, const char *name, struct str bytes)
{
	struct uuid id;

	if (bytes.len != sizeof id.bytes)
		return;
	memcpy(id.bytes, bytes.at, sizeof id.bytes);
	rest_uuid(o, str_of(name), id);
}

struct str rest_job_traceparent(struct arena *a, struct uuid id, const uint8_t trace_id[16],
                                struct str came_with)
{
	struct traceparent t = { .flags = trace_sampled(came_with) };
	char text[TRACEPARENT_TEXT + 1];

	memcpy(t.trace_id, trace_id, sizeof t.trace_id);
	memcpy(t.span_id, id.bytes + 8, sizeof t.span_id);
	traceparent_write(&t, text);
	return arena_str(a, (struct str){ text, TRACEPARENT_TEXT });
}

static void trace(struct out *o, const struct job_row *j)
{
	hex(o, "trace_id", str_given(j->trace_id) ? j->trace_id.at : (const char *)j->id.bytes,
	    TRACE_ID_SIZE);
	hex(o, "span_id", j->id.bytes + 8, SPAN_ID_SIZE);
	if (j->parent_span_id.len == SPAN_ID_SIZE)
		hex(o, "parent_span_id", j->parent_span_id.at, SPAN_ID_SIZE);
}

/* ---- advice */

static int64_t bounded(int64_t ms)
{
	return ms < JOB_ASK_MIN_MS ? JOB_ASK_MIN_MS : ms > JOB_ASK_MAX_MS ? JOB_ASK_MAX_MS : ms;
}

/* One that is not due: then. One that says how far it is: when it will be done at that
 * pace. Else the longer it has taken, the longer it may still take: a quarter of its age. */
int64_t rest_ask_again(const struct job_row *j, int64_t now_ms)
{
	if (job_state_final(j->state))
		return 0;
	if (j->state == JOB_PENDING && j->execute_at > now_ms)
		return bounded(j->execute_at - now_ms);
	int64_t since = j->state == JOB_RUNNING ? j->started_at : j->created_at;
	int64_t age = now_ms > since ? now_ms - since : 0;
	if (j->state == JOB_RUNNING && j->progress > 0)
		return bounded(age * (1000 - j->progress) / j->progress);
	return bounded(age / 4);
}

/* ---- the job */

static void times(struct out *o, const struct job_row *j)
{
	rest_time(o, S("created_at"), j->created_at);
	rest_time(o, S("execute_at"), j->execute_at);
	rest_time(o, S("started_at"), j->started_at);
	if (j->state == JOB_RUNNING)
		rest_time(o, S("lease_until"), j->lease_until);
	rest_time(o, S("finished_at"), j->finished_at);
	rest_time(o, S("cancel_requested_at"), j->cancel_asked_at);
}

static void progress(struct out *o, const struct job_row *j)
{
	char text[16];

	if (j->progress >= 0) {
		int n = snprintf(text, sizeof text, "%d.%03d", j->progress / 1000, j->progress % 1000);
		out_json(o, S("progress"), (struct str){ text, (size_t)n });
	}
	rest_given(o, "message", j->progress_text);
}

void rest_job(const struct api_call *call, struct out *o, const struct job_row *j)
{
	int64_t ask = rest_ask_again(j, call->now_ms);

	rest_uuid(o, S("id"), j->id);
	out_text(o, S("queue"), j->queue);
	out_text(o, S("state"), job_state_name(j->state));
	trace(o, j);
	out_number(o, S("attempts"), j->attempts);
	progress(o, j);
	rest_stored(o, "error", j->error);
	rest_stored(o, "labels", j->labels);
	if (j->priority >= 0)
		out_number(o, S("priority"), j->priority);
	uuid(o, "parent", j->parent);
	uuid(o, "group", j->group);
	rest_given(o, "message_group", j->message_group);
	out_text(o, S("requested_by"), j->requested_by);
	rest_given(o, "worker", j->worker);
	times(o, j);
	if (j->timeout_ms > 0)
		out_number(o, S("timeout_ms"), j->timeout_ms);
	rest_on_done_write(o, j->on_done);
	if (ask > 0)
		out_number(o, S("retry_after_ms"), ask);
}

/* In memory of its own, since the tree is many times its text and nobody wants it. */
static bool is_json(struct str text)
{
	struct arena *scratch = arena_open();
	struct str why;
	bool is = json_read(scratch, text, &why) != NULL;

	arena_close(scratch);
	return is;
}

void rest_payload(const struct api_call *call, struct out *o, struct str body)
{
	(void)call;
	if (!str_given(body))
		return;
	if (body.len > 0 && is_json(body))
		out_json(o, S("payload"), body);
	else
		out_text(o, S("payload"), body);
}
