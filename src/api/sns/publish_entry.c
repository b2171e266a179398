/* publish_entry.c - one message to publish, alone or as an entry of a batch. */
#include "api/sns/sns.h"
#include "api/sqs/validate.h"
#include "base/limits.h"

#define INVALID(...) refused_as(call->c->arena, REFUSED_INVALID_TOPIC_PARAMETER, __VA_ARGS__)
static const struct refused fine = { .why = REFUSED_NONE };

/* 1 to 100 characters, none of them a control character. */
static bool is_subject(struct str s)
{
	int characters = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c < ' ' || c == 0x7f)
			return false;
		characters += (c & 0xc0) != 0x80;
	}
	return characters >= 1 && characters <= TOPIC_SUBJECT_MAX && valid_characters(s);
}

/* MessageStructure "json": a text for each protocol, and one for the others. */
static struct refused read_structure(struct api_call *call, struct publish_entry *e)
{
	static const char *const protocols[] = { "sqs", "http", "https" };
	struct str why;
	const struct json *tree = json_read(call->c->arena, e->message, &why);

	if (!json_is(tree, JSON_OBJECT))
		return INVALID("Message Structure - JSON message body failed to parse");
	e->message = json_get_text(tree, "default");
	if (!str_given(e->message))
		return INVALID("Message Structure - No default entry in JSON message body");
	for (int i = 0; i < 3; i++)
		e->for_protocol[i] = json_get_text(tree, protocols[i]);
	return fine;
}

static struct refused check_token(struct api_call *call, const char *name, struct str value)
{
	struct refused r = str_given(value) ? validate_token(call->c->arena, name, value) : fine;

	if (r.why != REFUSED_NONE)
		return INVALID("%s Reason: It has 1 to 128 alphanumeric and punctuation characters.", name);
	return fine;
}

static struct refused read_texts(struct api_call *call, const struct json *params,
                                 struct publish_entry *e)
{
	struct str structure = param_text(call, params, "MessageStructure");

	if (str_given(e->subject) && !is_subject(e->subject))
		return INVALID("Subject");
	if (e->message.len == 0)
		return INVALID("Empty message");
	if (!valid_characters(e->message))
		return INVALID("Message Reason: It contains characters that are not allowed");
	if (structure.len == 0)
		return fine;
	return str_is(structure, "json") ? read_structure(call, e) : INVALID("MessageStructure");
}

void sns_read_publish(struct api_call *call, const struct json *params, struct publish_entry *e)
{
	e->message = param_text(call, params, "Message");
	e->subject = param_text(call, params, "Subject");
	e->group = param_text(call, params, "MessageGroupId");
	e->dedup = param_text(call, params, "MessageDeduplicationId");
	e->size = e->message.len;
	e->refused = read_texts(call, params, e);
	if (e->refused.why == REFUSED_NONE)
		e->refused = check_token(call, "MessageGroupId", e->group);
	if (e->refused.why == REFUSED_NONE)
		e->refused = check_token(call, "MessageDeduplicationId", e->dedup);
	if (e->refused.why == REFUSED_NONE)
		e->refused = sns_read_attributes(call, param_map(call, params, "MessageAttributes"), e);
	call->c->bytes += e->size;
}

void sns_write_published(const struct api_call *call, struct out *o, const struct publish_entry *e)
{
	char id[37];

	uuid_text(e->message_id, id);
	out_text(o, S("MessageId"), (struct str){ id, 36 });
	if (e->sequence != 0)
		out_text(o, S("SequenceNumber"),
		         arena_printf(call->c->arena, "%020llu", (unsigned long long)e->sequence));
}
