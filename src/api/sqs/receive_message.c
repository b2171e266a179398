/* receive_message.c - ReceiveMessage: up to ten messages, now or within the waiting time.
 *
 * The hottest answer of all, so its JSON is written straight into the buffer; the XML
 * goes through wire/out. Both print the same members in the same order. */
#include "api/sqs/sqs.h"
#include "base/limits.h"
#include "domain/queue/receipt.h"

/* System attributes, as bits of what is wanted. */
enum {
	SENDER_ID,
	SENT_AT,
	COUNT,
	FIRST_AT,
	TRACE,
	GROUP,
	DEDUP,
	SEQUENCE,
	DEAD_FROM,
	SYSTEM_NAMES
};

static const char *const system_names[SYSTEM_NAMES] = {
	[SENDER_ID] = "SenderId",
	[SENT_AT] = "SentTimestamp",
	[COUNT] = "ApproximateReceiveCount",
	[FIRST_AT] = "ApproximateFirstReceiveTimestamp",
	[TRACE] = "AWSTraceHeader",
	[GROUP] = "MessageGroupId",
	[DEDUP] = "MessageDeduplicationId",
	[SEQUENCE] = "SequenceNumber",
	[DEAD_FROM] = "DeadLetterQueueSourceArn",
};

struct wanted {
	unsigned system;
	struct attributes_wanted attributes;
};

static void want_system(struct api_call *call, struct wanted *w, const struct json *params,
                        const char *list)
{
	int count;
	const struct str *names = param_texts(call, params, list, &count);

	for (int i = 0; i < count; i++) {
		unsigned bits = str_is(names[i], "All") ? (1u << SYSTEM_NAMES) - 1 : 0;
		for (int n = 0; bits == 0 && n < SYSTEM_NAMES; n++)
			if (str_is(names[i], system_names[n]))
				bits = 1u << n;
		if (bits == 0)
			(void)refuse(call->c, REFUSED_UNKNOWN_ATTRIBUTE, "Unknown Attribute %.*s.",
			             S_ARG(names[i]));
		w->system |= bits;
	}
}

/* -1 stands for "the queue's", so a -1 from outside must be caught before. */
static int64_t ranged(struct api_call *call, const struct json *params, const char *name,
                      enum range range, int64_t otherwise)
{
	int64_t n = param_int(call, params, name, otherwise);

	if (param_given(params, name))
		call_refuse(call, validate_range(call->c->arena, range, n));
	return n;
}

static void parse(struct api_call *call, const struct json *params)
{
	struct queue_receive *in = CALL_NEW(call, struct queue_receive);
	struct wanted *w = CALL_NEW(call, struct wanted);
	int count;

	call->c->in = in;
	call->extra = w;
	in->queue = sqs_queue(call, params);
	in->max = (int)ranged(call, params, "MaxNumberOfMessages", RANGE_MAX_MESSAGES, 1);
	in->visibility_s = ranged(call, params, "VisibilityTimeout", RANGE_RECEIVE_VISIBILITY, -1);
	in->wait_s = ranged(call, params, "WaitTimeSeconds", RANGE_WAIT, -1);
	in->attempt = param_text(call, params, "ReceiveRequestAttemptId");
	if (in->attempt.len > 0)
		call_refuse(call, validate_token(call->c->arena, "ReceiveRequestAttemptId", in->attempt));
	want_system(call, w, params, "AttributeNames");
	want_system(call, w, params, "MessageSystemAttributeNames");
	const struct str *names = param_texts(call, params, "MessageAttributeNames", &count);
	w->attributes = attributes_wanted(names, count);
}

/* ---- system attributes, for both forms */

struct system_out {
	int name;
	struct str value;
	char room[24];
};

static void put_number(struct system_out *s, int name, int64_t n)
{
	char *end = s->room + sizeof s->room, *at = end;
	uint64_t rest = n < 0 ? 0 : (uint64_t)n;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	s->name = name;
	s->value = (struct str){ at, (size_t)(end - at) };
}

static void put_text(struct system_out *s, int name, struct str value)
{
	s->name = name;
	s->value = value;
}

/* Those of this message that are wanted and that it has. */
static int system_of(const struct api_call *call, const struct received *m, bool fifo,
                     unsigned bits, struct system_out out[SYSTEM_NAMES])
{
	struct system_out *s = out;

	if (bits == 0)
		return 0;
	if (bits & 1u << SENDER_ID && m->sender.len > 0)
		put_text(s++, SENDER_ID, m->sender);
	if (bits & 1u << SENT_AT)
		put_number(s++, SENT_AT, m->sent_at);
	if (bits & 1u << COUNT)
		put_number(s++, COUNT, m->receive_count);
	if (bits & 1u << FIRST_AT)
		put_number(s++, FIRST_AT, m->first_received_at);
	if (bits & 1u << TRACE && str_given(m->trace_header))
		put_text(s++, TRACE, m->trace_header);
	if (bits & 1u << GROUP && str_given(m->group))
		put_text(s++, GROUP, m->group);
	if (bits & 1u << DEDUP && str_given(m->dedup))
		put_text(s++, DEDUP, m->dedup);
	if (bits & 1u << SEQUENCE && fifo) {
		sqs_sequence(m->position, s->room);
		put_text(s, SEQUENCE, (struct str){ s->room, 20 });
		s++;
	}
	if (bits & 1u << DEAD_FROM && str_given(m->dead_from))
		put_text(s++, DEAD_FROM, sqs_arn(call, m->dead_from));
	return (int)(s - out);
}

/* ---- JSON */

/* A text that needs no escape. */
static void json_plain(struct buf *b, struct str before, struct str text)
{
	buf_add(b, before);
	buf_add(b, text);
}

static void json_attributes(struct buf *b, const struct attribute_out *all, int count,
                            const uint8_t digest[MD5_SIZE])
{
	buf_add(b, S(",\"MD5OfMessageAttributes\":\""));
	hex_write(b, digest, MD5_SIZE);
	buf_add(b, S("\",\"MessageAttributes\":{"));
	for (int i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		json_write_text(b, all[i].name);
		buf_add(b, all[i].binary ? S(":{\"BinaryValue\":") : S(":{\"StringValue\":"));
		json_write_text(b, all[i].value);
		buf_add(b, S(",\"DataType\":"));
		json_write_text(b, all[i].type);
		buf_add_byte(b, '}');
	}
	buf_add_byte(b, '}');
}

static void json_system(struct buf *b, const struct system_out *all, int count)
{
	for (int i = 0; i < count; i++) {
		buf_add(b, i == 0 ? S(",\"Attributes\":{\"") : S(",\""));
		buf_add_text(b, system_names[all[i].name]);
		buf_add(b, S("\":"));
		json_write_text(b, all[i].value);
	}
	if (count > 0)
		buf_add_byte(b, '}');
}

static void json_message(const struct api_call *call, struct buf *b, const struct received *m,
                         bool fifo)
{
	const struct wanted *w = call->extra;
	struct system_out system[SYSTEM_NAMES];
	struct attribute_out *attributes = NULL;
	char id[37], handle[RECEIPT_TEXT], md5_hex[2 * MD5_SIZE + 1];
	uint8_t digest[MD5_SIZE];

	uuid_text(m->message_id, id);
	receipt_write(sqs_receipt_key(call), m->receipt, handle);
	hex_text((const uint8_t *)m->body_md5.at, MD5_SIZE, md5_hex);
	json_plain(b, S("{\"MessageId\":\""), (struct str){ id, 36 });
	json_plain(b, S("\",\"ReceiptHandle\":\""), (struct str){ handle, RECEIPT_TEXT });
	json_plain(b, S("\",\"MD5OfBody\":\""), (struct str){ md5_hex, 2 * MD5_SIZE });
	buf_add(b, S("\",\"Body\":"));
	json_write_text(b, m->body);
	json_system(b, system, system_of(call, m, fifo, w->system, system));
	int count = attributes_pick(call->c->arena, m->attributes, &w->attributes, &attributes, digest);
	if (count > 0)
		json_attributes(b, attributes, count, digest);
	buf_add_byte(b, '}');
}

static void render_json(const struct api_call *call, struct buf *b)
{
	const struct queue_receive *in = call->c->in;

	buf_add(b, S("\"Messages\":["));
	for (int i = 0; i < in->count; i++) {
		if (i > 0)
			buf_add_byte(b, ',');
		json_message(call, b, &in->messages[i], in->fifo);
	}
	buf_add_byte(b, ']');
}

/* ---- XML */

static void xml_digest(struct out *o, struct str key, const uint8_t digest[MD5_SIZE])
{
	char hex[2 * MD5_SIZE + 1];

	hex_text(digest, MD5_SIZE, hex);
	out_text(o, key, (struct str){ hex, 2 * MD5_SIZE });
}

static void xml_attributes(const struct api_call *call, struct out *o, const struct received *m)
{
	const struct wanted *w = call->extra;
	struct attribute_out *all = NULL;
	uint8_t digest[MD5_SIZE];
	int count = attributes_pick(call->c->arena, m->attributes, &w->attributes, &all, digest);

	if (count == 0)
		return;
	xml_digest(o, S("MD5OfMessageAttributes"), digest);
	for (int i = 0; i < count; i++) {
		out_object(o, S("MessageAttribute"));
		out_text(o, S("Name"), all[i].name);
		out_object(o, S("Value"));
		out_text(o, all[i].binary ? S("BinaryValue") : S("StringValue"), all[i].value);
		out_text(o, S("DataType"), all[i].type);
		out_end(o);
		out_end(o);
	}
}

static void xml_message(const struct api_call *call, struct out *o, const struct received *m,
                        bool fifo)
{
	const struct wanted *w = call->extra;
	struct system_out system[SYSTEM_NAMES];
	char id[37], handle[RECEIPT_TEXT];

	uuid_text(m->message_id, id);
	receipt_write(sqs_receipt_key(call), m->receipt, handle);
	out_item(o, S("Message"));
	out_text(o, S("MessageId"), (struct str){ id, 36 });
	out_text(o, S("ReceiptHandle"), (struct str){ handle, RECEIPT_TEXT });
	xml_digest(o, S("MD5OfBody"), (const uint8_t *)m->body_md5.at);
	out_text(o, S("Body"), m->body);
	int count = system_of(call, m, fifo, w->system, system);
	for (int i = 0; i < count; i++)
		out_entry(o, S("Attribute"), S("Name"), S("Value"), str_of(system_names[system[i].name]),
		          system[i].value);
	xml_attributes(call, o, m);
	out_end(o);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct queue_receive *in = call->c->in;

	if (in->count == 0)
		return;
	if (o->form == OUT_JSON) {
		render_json(call, o->to);
		return;
	}
	for (int i = 0; i < in->count; i++)
		xml_message(call, o, &in->messages[i], in->fifo);
}

const struct api_op op_sqs_receive_message = {
	.name = "ReceiveMessage",
	.op = &op_queue_receive,
	.parse = parse,
	.render = render,
};
