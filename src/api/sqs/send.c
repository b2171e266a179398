/* send.c - one message to send, alone or as an entry of a batch: read, checked, hashed.
 *
 * The digests are made here, on the HTTP threads, because the engine is the one thread
 * that nothing can be added to. */
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "wire/traceparent.h"

enum { TRACE_MAX = 1024 };

/* What stops the sending of it, but not of its neighbours. */
static struct refused check(struct api_call *call, const struct json *params,
                            const struct send_entry *e)
{
	struct arena *a = call->c->arena;
	struct refused r = validate_body(a, e->body);

	if (r.why == REFUSED_NONE && e->delay_s != -1)
		r = validate_range(a, RANGE_DELAY, e->delay_s);
	if (r.why == REFUSED_NONE && param_given(params, "DelaySeconds") && e->delay_s == -1)
		r = validate_range(a, RANGE_DELAY, -1);
	if (r.why == REFUSED_NONE && str_given(e->group))
		r = validate_token(a, "MessageGroupId", e->group);
	if (r.why == REFUSED_NONE && str_given(e->dedup))
		r = validate_token(a, "MessageDeduplicationId", e->dedup);
	return r;
}

struct str sqs_trace_of(const struct api_call *call)
{
	struct traceparent t;

	if (call->trace.len > 0 && call->trace.len <= TRACE_MAX && str_utf8(call->trace) &&
	    valid_characters(call->trace))
		return call->trace;
	return traceparent_read(call->c->trace_parent, &t) ? call->c->trace_parent : S_NONE;
}

static struct refused read_attributes(struct api_call *call, const struct json *params,
                                      struct send_entry *e, struct sent *sent)
{
	struct attributes_in own = { 0 }, system = { 0 };
	struct refused r = attributes_read(call, param_map(call, params, "MessageAttributes"), false,
	                                   &own);

	if (r.why == REFUSED_NONE)
		r = attributes_read(call, param_map(call, params, "MessageSystemAttributes"), true,
		                    &system);
	e->attributes = own.stored;
	e->size = e->body.len + own.size;
	e->trace_header = str_given(system.trace) ? system.trace : sqs_trace_of(call);
	sent->attributes = own.count > 0;
	sent->system = system.count > 0;
	memcpy(sent->md5, own.md5, MD5_SIZE);
	memcpy(sent->system_md5, system.md5, MD5_SIZE);
	return r;
}

/* Clients of SQS have no parameter for it. */
static struct refused read_priority(struct api_call *call, const struct json *params,
                                    struct send_entry *e)
{
	const struct json *attribute = json_get(param_map(call, params, "MessageAttributes"),
	                                        PRIORITY_ATTRIBUTE);
	struct str value = json_get_text(attribute, "StringValue");
	int64_t n;

	e->priority = -1;
	if (attribute == NULL)
		return (struct refused){ .why = REFUSED_NONE };
	if (!str_starts(json_get_text(attribute, "DataType"), S("Number")) ||
	    !str_i64(value, 0, MESSAGE_PRIORITY_MAX, &n))
		return refused_as(call->c->arena, REFUSED_INVALID_PARAMETER,
		                  "Value %.*s for the message attribute " PRIORITY_ATTRIBUTE
		                  " is invalid. Reason: It "
		                  "must be a Number from 0 to %d, the most urgent.",
		                  S_ARG(value), MESSAGE_PRIORITY_MAX);
	e->priority = (int)n;
	return (struct refused){ .why = REFUSED_NONE };
}

struct refused sqs_read_send(struct api_call *call, const struct json *params, struct str queue,
                             struct send_entry *e, struct sent *sent)
{
	struct refused r;

	e->body = param_text(call, params, "MessageBody");
	e->group = param_text(call, params, "MessageGroupId");
	e->dedup = param_text(call, params, "MessageDeduplicationId");
	e->delay_s = param_int(call, params, "DelaySeconds", -1);
	if (e->body.len == 0)
		return refused_as(call->c->arena, REFUSED_MISSING_PARAMETER,
		                  "The request must contain the parameter MessageBody.");
	r = check(call, params, e);
	if (r.why == REFUSED_NONE)
		r = read_attributes(call, params, e, sent);
	if (r.why == REFUSED_NONE)
		r = read_priority(call, params, e);
	if (r.why == REFUSED_NONE)
		queue_digest_body(call->c->arena, e, str_ends(queue, S(".fifo")));
	call->c->bytes += e->size;
	return r;
}

static void write_digest(struct out *o, struct str key, const uint8_t digest[MD5_SIZE])
{
	char hex[2 * MD5_SIZE + 1];

	hex_text(digest, MD5_SIZE, hex);
	out_text(o, key, (struct str){ hex, 2 * MD5_SIZE });
}

void sqs_sequence(uint64_t position, char text[21])
{
	for (int i = 19; i >= 0; i--, position /= 10)
		text[i] = (char)('0' + position % 10);
	text[20] = 0;
}

void sqs_write_sent(const struct api_call *call, struct out *o, struct str queue,
                    const struct send_entry *e, const struct sent *sent)
{
	char id[37], sequence[21];

	(void)call;
	uuid_text(e->message_id, id);
	write_digest(o, S("MD5OfMessageBody"), (const uint8_t *)e->body_md5.at);
	if (sent->attributes)
		write_digest(o, S("MD5OfMessageAttributes"), sent->md5);
	if (sent->system)
		write_digest(o, S("MD5OfMessageSystemAttributes"), sent->system_md5);
	out_text(o, S("MessageId"), (struct str){ id, 36 });
	if (!str_ends(queue, S(".fifo")))
		return;
	sqs_sequence(e->position, sequence);
	out_text(o, S("SequenceNumber"), (struct str){ sequence, 20 });
}
