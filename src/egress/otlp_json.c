/* otlp_json.c - spans as OTLP wants them in JSON: the mapping of opentelemetry-proto 1.x, where ids
 * are hex, enums numbers, and times nanoseconds in text. */
#include <stdio.h>

#include "egress/otlp.h"
#include "wire/hash.h"
#include "wire/json.h"
#include "wire/out.h"

enum { KIND_PRODUCER = 4, KIND_CONSUMER = 5, STATUS_ERROR = 2, TRACE_SIZE = 16, SPAN_SIZE = 8 };

static void attribute(struct out *o, const char *key, struct str text)
{
	if (!str_given(text))
		return;
	out_item(o, S_NONE);
	out_text(o, S("key"), str_of(key));
	out_object(o, S("value"));
	out_text(o, S("stringValue"), text);
	out_end(o);
	out_end(o);
}

/* 64 bits are text in JSON. */
static void number(struct out *o, const char *key, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%lld", (long long)n);

	out_item(o, S_NONE);
	out_text(o, S("key"), str_of(key));
	out_object(o, S("value"));
	out_text(o, S("intValue"), (struct str){ text, (size_t)len });
	out_end(o);
	out_end(o);
}

static void hex(struct out *o, const char *key, const void *bytes, size_t size)
{
	char text[2 * TRACE_SIZE + 1];

	must(size <= TRACE_SIZE);
	hex_text(bytes, size, text);
	out_text(o, str_of(key), (struct str){ text, 2 * size });
}

static void nanos(struct out *o, const char *key, int64_t ms)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%lld000000", (long long)(ms > 0 ? ms : 0));

	out_text(o, str_of(key), (struct str){ text, (size_t)len });
}

/* Where it stands, and whose child it is. */
static void ids(struct out *o, const struct span *s)
{
	const struct job_row *j = s->job;
	uint8_t own[SPAN_SIZE];

	hex(o, "traceId", str_given(j->trace_id) ? j->trace_id.at : (const char *)j->id.bytes,
	    TRACE_SIZE);
	if (s->number == 0) {
		hex(o, "spanId", j->id.bytes + 8, SPAN_SIZE);
		if (str_given(j->parent_span_id))
			hex(o, "parentSpanId", j->parent_span_id.at, SPAN_SIZE);
		return;
	}
	span_id_of_attempt(j->id, s->number, own);
	hex(o, "spanId", own, SPAN_SIZE);
	hex(o, "parentSpanId", j->id.bytes + 8, SPAN_SIZE);
}

static struct str cut(struct str text)
{
	size_t len = text.len < OTLP_TEXT_MAX ? text.len : OTLP_TEXT_MAX;

	while (len < text.len && len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--; /* not inside a character */
	return (struct str){ text.at, len };
}

/* {"code": ..., "message": ...} as a worker gave it; else as it stands. */
static void read_error(struct arena *a, struct str error, struct str *code, struct str *message)
{
	struct str why;
	const struct json *v = str_given(error) ? json_read(a, error, &why) : NULL;

	*code = json_get_text(v, "code");
	*message = json_get_text(v, "message");
	if (!str_given(*message))
		*message = str_given(*code) ? *code : error;
}

static void attributes(struct out *o, const struct span *s, struct str code)
{
	const struct job_row *j = s->job;
	char id[37];

	uuid_text(j->id, id);
	out_list(o, S("attributes"), S_NONE);
	attribute(o, "messaging.system", S("ringi"));
	attribute(o, "messaging.operation.type", s->number == 0 ? S("send") : S("process"));
	attribute(o, "messaging.destination.name", j->queue);
	attribute(o, "messaging.message.id", str_of(id));
	attribute(o, "ringi.job.state", job_state_name(s->state));
	if (s->number > 0) {
		number(o, "ringi.attempt.number", s->number);
		attribute(o, "ringi.attempt.outcome", s->outcome);
		attribute(o, "ringi.worker", s->worker);
	} else {
		number(o, "ringi.job.attempts", j->attempts);
	}
	attribute(o, "error.type", code);
	out_end(o);
}

static bool went_wrong(const struct span *s)
{
	return s->number > 0 ? !str_is(s->outcome, "SUCCEEDED") && !str_is(s->outcome, "RELEASED") &&
	                           !str_is(s->outcome, "CANCELED")
	                     : s->state == JOB_FAILED;
}

static void span(struct out *o, struct arena *a, const struct span *s)
{
	struct str code = S_NONE, message = S_NONE;
	bool wrong = went_wrong(s);

	if (wrong)
		read_error(a, s->error, &code, &message);
	out_item(o, S_NONE);
	ids(o, s);
	out_text(o, S("name"),
	         arena_printf(a, "%s %.*s", s->number == 0 ? "job" : "process", S_ARG(s->job->queue)));
	out_number(o, S("kind"), s->number == 0 ? KIND_PRODUCER : KIND_CONSUMER);
	nanos(o, "startTimeUnixNano", s->began_at < s->ended_at ? s->began_at : s->ended_at);
	nanos(o, "endTimeUnixNano", s->ended_at);
	attributes(o, s, cut(code));
	out_object(o, S("status"));
	if (wrong) {
		out_number(o, S("code"), STATUS_ERROR);
		out_text(o, S("message"), str_given(message) ? cut(message) : s->outcome);
	}
	out_end(o);
	out_end(o);
}

void otlp_write(struct buf *to, const struct egress_traces *t, const struct span *spans, int count)
{
	struct out o = out_start(OUT_JSON, to);
	struct arena *scratch = arena_open();

	out_object(&o, S_NONE);
	out_list(&o, S("resourceSpans"), S_NONE);
	out_item(&o, S_NONE);
	out_object(&o, S("resource"));
	out_list(&o, S("attributes"), S_NONE);
	attribute(&o, "service.name", str_of(t->service));
	attribute(&o, "service.version", S(RINGI_VERSION));
	attribute(&o, "service.instance.id", str_of(t->instance));
	out_end(&o);
	out_end(&o);
	out_list(&o, S("scopeSpans"), S_NONE);
	out_item(&o, S_NONE);
	out_object(&o, S("scope"));
	out_text(&o, S("name"), S("ringi"));
	out_text(&o, S("version"), S(RINGI_VERSION));
	out_end(&o);
	out_list(&o, S("spans"), S_NONE);
	for (int i = 0; i < count; i++)
		span(&o, scratch, &spans[i]);
	while (o.depth > 0)
		out_end(&o);
	arena_close(scratch);
}
