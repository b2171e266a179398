/* job_submit.c - jobs come in: one, or a list that is taken whole or not at all.
 *
 * The payload's JSON text is the body of the message, so that a plain SQS consumer sees just
 * that: {"order": 7}, and "text" with its quotes. */
#include "api/rest/job.h"
#include "api/sqs/sqs.h"
#include "api/sqs/validate.h"
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "wire/hash.h"

#define ENTRY_NAMES \
	"payload priority execute_at delay_ms timeout_ms labels parent group on_done " \
	"reply_to message_group dedup"

/* ---- reading */

static struct str payload_of(struct api_call *call, const struct json *v)
{
	struct buf text = { 0 };

	if (v == NULL)
		return S("null");
	json_write(&text, v);
	arena_adopt(call->c->arena, text.at);
	if (text.failed || text.len > MESSAGE_SIZE_MAX)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "The payload has more than %d bytes as JSON.", MESSAGE_SIZE_MAX);
	return buf_str(&text);
}

static void read_when(struct api_call *call, const struct json *v, struct job_entry *e)
{
	e->execute_at = rest_time_of(call, v, "execute_at");
	e->delay_ms = rest_bounded(call, v, "delay_ms", 0, JOB_AHEAD_MAX_MS, 0);
	if (param_given(v, "execute_at") && param_given(v, "delay_ms"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "execute_at and delay_ms both say when: give one of them.");
}

static struct str token(struct api_call *call, const struct json *v, const char *name)
{
	struct str text = param_text(call, v, name);

	if (str_given(text))
		call_refuse(call, validate_token(call->c->arena, name, text));
	return text;
}

static void read_message(struct api_call *call, const struct json *v, struct str queue,
                         struct send_entry *e)
{
	e->body = payload_of(call, json_get(v, "payload"));
	e->size = e->body.len;
	e->delay_s = -1;
	e->group = token(call, v, "message_group");
	e->dedup = token(call, v, "dedup");
	e->trace_header = sqs_trace_of(call);
	call_refuse(call, validate_body(call->c->arena, e->body));
	if (!cmd_refused(call->c))
		queue_digest_body(call->c->arena, e, str_ends(queue, S(".fifo")));
	call->c->bytes += e->size;
}

static void read_extra(struct api_call *call, const struct json *v, struct job_extra *x)
{
	const struct json *labels = param_map(call, v, "labels");

	x->labels = rest_labels(call, labels, JOB_LABELS_MAX, &x->label_count);
	if (x->label_count > 0)
		x->labels_json = rest_json_of(call, v, "labels", MESSAGE_SIZE_MAX);
	x->timeout_ms = rest_bounded(call, v, "timeout_ms", 1, JOB_TIMEOUT_MAX_MS, 0);
}

void rest_job_entry(struct api_call *call, const struct json *v, struct str queue, bool child,
                    struct job_entry *e)
{
	if (!json_is(v, JSON_OBJECT)) {
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "A job is a JSON object, not a %s.",
		             json_kind_name(v->kind));
		return;
	}
	if (!rest_only(call, v, child ? "queue " ENTRY_NAMES : ENTRY_NAMES))
		return;
	if (child)
		e->queue = queue = param_text_needed(call, v, "queue");
	const struct uuid *parent = rest_id_of(call, v, "parent");
	e->has_parent = parent != NULL;
	if (parent != NULL)
		e->parent = *parent;
	const struct uuid *group = rest_id_of(call, v, "group");
	e->has_group = group != NULL;
	if (group != NULL)
		e->group = *group;
	e->extra.on_done = rest_reply_to(call, v);
	e->send.priority = (int)rest_bounded(call, v, "priority", 0, MESSAGE_PRIORITY_MAX, -1);
	read_when(call, v, e);
	read_message(call, v, queue, &e->send);
	read_extra(call, v, &e->extra);
}

struct job_entry *rest_job_entries(struct api_call *call, const struct json *list, const char *name,
                                   struct str queue, bool child, int *count)
{
	struct job_entry *entries;
	uint32_t n = list == NULL ? 0 : list->count;

	*count = 0;
	if (n == 0 || n > JOB_ENTRIES_MAX) {
		(void)refuse(call->c, n == 0 ? REFUSED_EMPTY_BATCH : REFUSED_TOO_MANY_ENTRIES,
		             "%s must have 1 to %d jobs, not %u.", name, JOB_ENTRIES_MAX, n);
		return NULL;
	}
	entries = CALL_ARRAY(call, struct job_entry, n);
	JSON_EACH (list, v) {
		rest_job_entry(call, v, queue, child, &entries[*count]);
		if (cmd_refused(call->c)) {
			call->c->refused.text = arena_printf(call->c->arena, "%s[%d]: %.*s", name, *count,
			                                     S_ARG(call->c->refused.text));
			return NULL;
		}
		++*count;
	}
	return entries;
}

void rest_job_submit_parse(struct api_call *call, const struct rest_in *rest)
{
	struct job_submit *in = CALL_NEW(call, struct job_submit);

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	in->many = param_given(rest->body, "jobs");
	in->wait_ms = rest_wait_ms(call, rest);
	if (in->many && in->wait_ms > 0)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "wait is for one job. Submit several as members of a group, and have its end "
		             "told (on_done), or ask for each of them.");
	if (in->many) {
		const struct json *list = param_list(call, rest->body, "jobs");
		if (rest_only(call, rest->body, "jobs") && !cmd_refused(call->c))
			in->entries = rest_job_entries(call, list, "jobs", in->queue, false, &in->count);
		return;
	}
	if (str_trim(rest->request->body).len == 0) {
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT,
		             "The body is empty. A job is a JSON object; one without a payload is {}.");
		return;
	}
	in->count = 1;
	in->entries = CALL_NEW(call, struct job_entry);
	rest_job_entry(call, rest->body, in->queue, false, in->entries);
}

/* ---- answering */

/* An id begins with the millisecond in which it was made: with that of the ledger. */
static int64_t made_at(struct uuid id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.bytes[i];
	return ms;
}

static void entry(const struct api_call *call, struct out *o, const struct job_submit *in,
                  const struct job_entry *e)
{
	struct job_row row = {
		.id = e->send.message_id,
		.queue = in->queue,
		.state = JOB_PENDING,
		.created_at = made_at(e->send.message_id),
		.execute_at = e->send.execute_at,
		.trace_id = { (const char *)e->trace_id, sizeof e->trace_id },
		.parent_span_id = e->has_span ? (struct str){ (const char *)e->parent_span_id, 8 } : S_NONE,
		.group = e->has_group ? (struct str){ (const char *)e->group.bytes, 16 } : S_NONE,
		.on_done = e->extra.on_done,
		.parent = e->has_parent ? (struct str){ (const char *)e->parent.bytes, 16 } : S_NONE,
		.priority = e->send.priority,
		.progress = -1,
		.labels = e->extra.labels_json,
		.timeout_ms = e->extra.timeout_ms,
		.message_group = e->send.group,
		.requested_by = call->c->caller.principal,
	};

	rest_job(call, o, &row);
	if (e->send.duplicate)
		out_bool(o, S("duplicate"), true);
}

void rest_job_submit_render(const struct api_call *call, struct out *o)
{
	const struct job_submit *in = call->c->in;

	if (!in->many) {
		entry(call, o, in, in->entries);
		return;
	}
	out_list(o, S("jobs"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		entry(call, o, in, &in->entries[i]);
		out_end(o);
	}
	out_end(o);
}

/* The id and the trace in the bytes of an answer, which may be that of the first request with this
 * Idempotency-Key. */
struct uuid rest_job_answered(struct arena *a, struct str answer, uint8_t trace[16])
{
	struct uuid id;
	struct str why;
	const struct json *job = json_read(a, answer, &why);

	must(uuid_read(json_get_text(job, "id"), &id));
	must(hex_read(json_get_text(job, "trace_id"), trace, 16));
	return id;
}

void rest_job_place(struct arena *a, struct str answer, struct str came_with, struct buf *headers)
{
	uint8_t trace[16];
	char text[37];
	struct uuid id = rest_job_answered(a, answer, trace);

	uuid_text(id, text);
	buf_printf(headers, "Location: /v1/jobs/%s\r\n", text);
	buf_printf(headers, "traceparent: %.*s\r\n",
	           S_ARG(rest_job_traceparent(a, id, trace, came_with)));
}

void rest_job_ask_headers(struct buf *headers)
{
	buf_printf(headers, "Retry-After: %d\r\n", (JOB_ASK_MIN_MS + 999) / 1000);
}

void rest_job_submit_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct job_submit *in = call->c->in;

	if (in->many)
		return;
	rest_job_place(call->c->arena, body, in->entries[0].send.trace_header, headers);
	rest_job_ask_headers(headers);
}
