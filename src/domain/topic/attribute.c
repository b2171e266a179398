/* attribute.c - what may be set on a topic: one table. */
#include "base/limits.h"
#include "domain/topic/memory.h"
#include "domain/topic/retry.h"
#include "wire/json.h"

enum rule {
	ANY_TEXT,
	DISPLAY_NAME,
	TRUE_FALSE,
	JSON_OR_NOTHING,
	SIGNATURE_VERSION,
	SCOPE,
	DELIVERY
};

static const struct topic_attribute {
	const char *name;
	enum rule rule;
	bool fifo_only;
	const char *otherwise; /* what it is when it was not set; NULL: absent */
} table[] = {
	{ "DisplayName", DISPLAY_NAME, false, "" },
	{ "Policy", JSON_OR_NOTHING, false, NULL },
	{ "DeliveryPolicy", DELIVERY, false, NULL },
	{ "KmsMasterKeyId", ANY_TEXT, false, NULL },
	{ "SignatureVersion", SIGNATURE_VERSION, false, NULL },
	{ "TracingConfig", ANY_TEXT, false, NULL },
	{ "DataProtectionPolicy", JSON_OR_NOTHING, false, NULL },
	{ "FifoTopic", TRUE_FALSE, true, "true" },
	{ "ContentBasedDeduplication", TRUE_FALSE, true, "false" },
	{ "FifoThroughputScope", SCOPE, true, "Topic" },
	{ "ArchivePolicy", JSON_OR_NOTHING, true, NULL },
};

static const struct topic_attribute *row_of(struct str name)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (str_is(name, table[i].name))
			return &table[i];
	return NULL;
}

/* Feedback of deliveries to a log service: kept and read back. */
static bool is_feedback(struct str name)
{
	return str_ends(name, S("FeedbackRoleArn")) || str_ends(name, S("FeedbackSampleRate"));
}

struct str topic_attribute_default(struct str name, bool fifo)
{
	const struct topic_attribute *row = row_of(name);

	return row == NULL || (row->fifo_only && !fifo) ? S_NONE : str_of(row->otherwise);
}

static bool is_json_object(struct arena *a, struct str text)
{
	struct str why;

	return json_is(json_read(a, text, &why), JSON_OBJECT);
}

static bool fits(struct arena *a, enum rule rule, struct str v)
{
	switch (rule) {
	case ANY_TEXT:
		return true;
	case DISPLAY_NAME:
		return v.len <= TOPIC_DISPLAY_MAX;
	case TRUE_FALSE:
		return str_is(v, "true") || str_is(v, "false");
	case JSON_OR_NOTHING:
		return v.len == 0 || is_json_object(a, v);
	case SIGNATURE_VERSION:
		return str_is(v, "1") || str_is(v, "2");
	case SCOPE:
		return str_is(v, "Topic") || str_is(v, "MessageGroup");
	case DELIVERY:
		return true;
	}
	return false;
}

#define INVALID(arena, ...) refused_as((arena), REFUSED_INVALID_TOPIC_PARAMETER, __VA_ARGS__)

struct refused topic_attribute_check(struct arena *a, struct str name, struct str value, bool fifo)
{
	const struct topic_attribute *row = row_of(name);
	struct str why = S_NONE;

	if (value.len > TOPIC_ATTRIBUTE_MAX)
		return INVALID(a, "%.*s Reason: The value is longer than %d bytes", S_ARG(name),
		               TOPIC_ATTRIBUTE_MAX);
	if (row == NULL)
		return is_feedback(name) ? (struct refused){ 0 } : INVALID(a, "AttributeName");
	if (row->fifo_only && !fifo)
		return INVALID(a, "%.*s Reason: Only FIFO topics have it", S_ARG(name));
	if (row->rule == DELIVERY && value.len > 0 && !retry_policy_check(a, value, true, &why))
		return INVALID(a, "DeliveryPolicy: %.*s", S_ARG(why));
	if (!fits(a, row->rule, value))
		return INVALID(a, "%.*s Reason: Invalid value [%.*s].", S_ARG(name), S_ARG(value));
	return (struct refused){ 0 };
}

void topic_apply(struct topic *t)
{
	t->fifo = str_is(props_get(&t->attributes, S("FifoTopic")), "true");
	t->content_dedup = str_is(props_get(&t->attributes, S("ContentBasedDeduplication")), "true");
	t->dedup_by_group = str_is(props_get(&t->attributes, S("FifoThroughputScope")), "MessageGroup");
	t->signature_version = str_is(props_get(&t->attributes, S("SignatureVersion")), "2") ? 2 : 1;
}
