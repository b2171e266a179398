/* attribute.c - the table of queue attributes, and what their values mean.
 *
 * To add an attribute: a row in `attributes`, and a line in settings_set if the
 * engine acts on it. Ranges are Amazon's (botocore's service model, developer
 * guide "Amazon SQS message quotas"). */
#include "domain/queue/attribute.h"

#include <assert.h>

#include "base/limits.h"
#include "wire/json.h"
#include "wire/schema.h"

enum kind {
	NUMBER,
	BOOLEAN,
	CHOICE,
	TEXT,
	REDRIVE,
	REDRIVE_ALLOW,
	RETRY,
	SCHEMA,
	PUSH,
	PUSH_SECRET,
	FLOW,
};

struct attribute {
	const char *name;
	enum kind kind;
	int64_t min, max;               /* of numbers; longest of texts     */
	const char *standard, *of_fifo; /* defaults; NULL: absent      */
	bool fifo_only, create_only;
	const char *choices; /* "a|b" */
};

static const struct attribute attributes[] = {
	{ "VisibilityTimeout", NUMBER, 0, QUEUE_VISIBILITY_MAX_S, "30", "30", false, false, NULL },
	{ "DelaySeconds", NUMBER, 0, QUEUE_DELAY_MAX_S, "0", "0", false, false, NULL },
	{ "MaximumMessageSize", NUMBER, MESSAGE_SIZE_MIN_MAX, MESSAGE_SIZE_MAX, "1048576", "1048576",
	  false, false, NULL },
	{ "MessageRetentionPeriod", NUMBER, QUEUE_RETENTION_MIN_S, QUEUE_RETENTION_MAX_S, "345600",
	  "345600", false, false, NULL },
	{ "ReceiveMessageWaitTimeSeconds", NUMBER, 0, QUEUE_WAIT_MAX_S, "0", "0", false, false, NULL },
	{ "RedrivePolicy", REDRIVE, 0, QUEUE_POLICY_MAX, NULL, NULL, false, false, NULL },
	{ "RedriveAllowPolicy", REDRIVE_ALLOW, 0, QUEUE_POLICY_MAX, NULL, NULL, false, false, NULL },
	{ "Policy", TEXT, 0, QUEUE_POLICY_MAX, NULL, NULL, false, false, NULL },
	{ "KmsMasterKeyId", TEXT, 0, 2048, NULL, NULL, false, false, NULL },
	{ "KmsDataKeyReusePeriodSeconds", NUMBER, 60, 86400, NULL, NULL, false, false, NULL },
	{ "SqsManagedSseEnabled", BOOLEAN, 0, 0, "true", "true", false, false, NULL },
	{ "FifoQueue", CHOICE, 0, 0, NULL, "true", true, true, "true" },
	{ "ContentBasedDeduplication", BOOLEAN, 0, 0, NULL, "false", true, false, NULL },
	{ "DeduplicationScope", CHOICE, 0, 0, NULL, "queue", true, false, "queue|messageGroup" },
	{ "FifoThroughputLimit", CHOICE, 0, 0, NULL, "perQueue", true, false,
	  "perQueue|perMessageGroupId" },
	/* ringi's own */
	{ "paused", BOOLEAN, 0, 0, "false", "false", false, false, NULL },
	{ "concurrency", NUMBER, 0, QUEUE_IN_FLIGHT_MAX, "0", "0", false, false, NULL },
	{ "rate", NUMBER, 0, 1000 * 1000, "0", "0", false, false, NULL },
	{ "max_messages", NUMBER, 0, 1000 * 1000 * 1000, "0", "0", false, false, NULL },
	{ "key_concurrency", NUMBER, 0, QUEUE_IN_FLIGHT_MAX, "0", "1", false, false, NULL },
	{ "key_rate", NUMBER, 0, 1000 * 1000, "0", "0", false, false, NULL },
	{ "slo_wait_ms", NUMBER, 0, QUEUE_SLO_MAX_MS, "0", "0", false, false, NULL },
	{ "priority", CHOICE, 0, 0, "off", "off", false, false, "on|off" },
	{ "on_poison", CHOICE, 0, 0, "dlq", "dlq", false, false, "dlq|stop" },
	{ "max_receives", NUMBER, 0, QUEUE_MAX_RECEIVES_MAX, "0", "0", false, false, NULL },
	{ "track", BOOLEAN, 0, 0, "false", "false", false, false, NULL },
	{ "retry", RETRY, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "retention", NUMBER, JOB_RETENTION_MIN_S, JOB_RETENTION_MAX_S, "604800", "604800", false,
	  false, NULL },
	{ "recover_every_s", NUMBER, 0, QUEUE_RETENTION_MAX_S, "0", "0", false, false, NULL },
	{ "recover_times", NUMBER, 1, 1000, "3", "3", false, false, NULL },
	{ "recover_error", TEXT, 0, 128, NULL, NULL, false, false, NULL },
	{ "purpose", TEXT, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "owner", TEXT, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "runbook", TEXT, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "schema", SCHEMA, 0, SCHEMA_MAX, NULL, NULL, false, false, NULL },
	{ "push", PUSH, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "push_secret", PUSH_SECRET, 0, 0, NULL, NULL, false, false, NULL },
	{ "collect", FLOW, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ "split", FLOW, 0, QUEUE_TEXT_MAX, NULL, NULL, false, false, NULL },
	{ NULL, TEXT, 0, 0, NULL, NULL, false, false, NULL },
};

static_assert(sizeof attributes / sizeof *attributes <= QUEUE_ATTRIBUTES_MAX, "all of them fit");

const struct attribute *attribute_find(struct str name)
{
	for (const struct attribute *a = attributes; a->name != NULL; a++)
		if (str_is(name, a->name))
			return a;
	return NULL;
}

bool attribute_is_own(const struct attribute *a)
{
	return a->name[0] >= 'a' && a->name[0] <= 'z';
}

const char *attribute_name(const struct attribute *a)
{
	return a->name;
}

const char *attribute_default(const struct attribute *a, bool fifo)
{
	return fifo ? a->of_fifo : a->standard;
}

const struct attribute *attribute_at(int i)
{
	return attributes[i].name == NULL ? NULL : &attributes[i];
}

struct str name_in(struct str arn_or_url)
{
	for (size_t i = arn_or_url.len; i > 0; i--)
		if (arn_or_url.at[i - 1] == ':' || arn_or_url.at[i - 1] == '/')
			return str_from(arn_or_url, i);
	return arn_or_url;
}

static bool is_choice(const char *choices, struct str value)
{
	struct str rest = str_of(choices);

	while (rest.at != NULL)
		if (str_eq(str_cut(&rest, '|'), value))
			return true;
	return false;
}

static struct refused bad_value(struct arena *arena, struct str name, const char *why)
{
	return refused_as(arena, REFUSED_INVALID_ATTRIBUTE, "Invalid value for the parameter %.*s.%s%s",
	                  S_ARG(name), why == NULL ? "" : " Reason: ", why == NULL ? "" : why);
}

static struct refused good(void)
{
	return (struct refused){ .why = REFUSED_NONE };
}

/* A number in JSON may be sent as a text there too. */
static bool json_count(const struct json *j, int64_t min, int64_t max, int64_t *out)
{
	if (!json_is(j, JSON_NUMBER) && !json_is(j, JSON_STRING))
		return false;
	return str_i64(j->text, min, max, out);
}

static struct refused check_redrive(struct arena *arena, struct str name, struct str value)
{
	struct str why;
	const struct json *j = json_read(arena, value, &why);
	int64_t count;

	if (!json_is(j, JSON_OBJECT))
		return bad_value(arena, name, "Redrive policy is not a valid JSON map.");
	struct str target = json_get_text(j, "deadLetterTargetArn");
	if (!str_given(target) || target.len == 0)
		return refused_as(
			arena, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Redrive policy does "
			"not contain mandatory attribute: deadLetterTargetArn.",
			S_ARG(value));
	if (json_get(j, "maxReceiveCount") == NULL)
		return refused_as(
			arena, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Redrive policy does "
			"not contain mandatory attribute: maxReceiveCount.",
			S_ARG(value));
	if (!json_count(json_get(j, "maxReceiveCount"), 1, QUEUE_MAX_RECEIVES_MAX, &count))
		return refused_as(
			arena, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Invalid value for "
			"maxReceiveCount: %.*s, valid values are from 1 to %d both inclusive.",
			S_ARG(value), S_ARG(json_get(j, "maxReceiveCount")->text), QUEUE_MAX_RECEIVES_MAX);
	if (!str_starts(target, S("arn:")))
		return refused_as(
			arena, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter RedrivePolicy is invalid. Reason: Invalid value for "
			"deadLetterTargetArn.",
			S_ARG(value));
	return good();
}

static struct refused check_retry(struct arena *arena, struct str name, struct str value)
{
	struct retry retry;
	struct str why;

	return retry_read(arena, value, &retry, &why) ? good() : bad_value(arena, name, why.at);
}

static struct refused check_redrive_allow(struct arena *arena, struct str name, struct str value)
{
	struct str why;
	const struct json *j = json_read(arena, value, &why);

	if (!json_is(j, JSON_OBJECT))
		return bad_value(arena, name, "Redrive allow policy is not a valid JSON map.");
	struct str permission = json_get_text(j, "redrivePermission");
	const struct json *sources = json_get(j, "sourceQueueArns");
	if (!is_choice("allowAll|denyAll|byQueue", permission))
		return bad_value(arena, name, "redrivePermission must be allowAll, denyAll or byQueue.");
	bool by_queue = str_is(permission, "byQueue");
	if (by_queue != (sources != NULL))
		return bad_value(arena, name,
		                 "sourceQueueArns goes with redrivePermission byQueue, and only with it.");
	if (!by_queue)
		return good();
	if (!json_is(sources, JSON_ARRAY) || sources->count < 1 || sources->count > QUEUE_SOURCES_MAX)
		return bad_value(arena, name, "sourceQueueArns must be a list of 1 to 10 ARNs.");
	JSON_EACH (sources, s)
		if (!json_is(s, JSON_STRING) || !str_starts(s->text, S("arn:")))
			return bad_value(arena, name, "sourceQueueArns must be a list of 1 to 10 ARNs.");
	return good();
}

static struct refused check_policy_json(struct arena *arena, struct str name, struct str value)
{
	struct str why;

	if (str_is(name, "Policy") && !json_is(json_read(arena, value, &why), JSON_OBJECT))
		return bad_value(arena, name, NULL);
	return good();
}

static struct refused check_schema(struct arena *arena, struct str name, struct str value)
{
	struct str why = S_NONE;
	struct schema *s = schema_read(arena, value, &why);

	schema_free(s);
	if (s == NULL)
		return bad_value(arena, name,
		                 arena_printf(arena, "%.*s%s", S_ARG(why), str_ends(why, S(".")) ? "" : ".")
		                     .at);
	if (str_is(value, "true") || str_is(value, "false"))
		return bad_value(arena, name, "A queue's schema is an object.");
	return good();
}

static struct refused check_by_kind(struct arena *arena, const struct attribute *a,
                                    struct str value)
{
	struct str name = str_of(a->name);
	int64_t n;

	if (a->kind != NUMBER && value.len > (size_t)a->max && a->max > 0)
		return bad_value(arena, name, "It is too long.");
	switch (a->kind) {
	case NUMBER:
		return str_i64(value, a->min, a->max, &n) ? good() : bad_value(arena, name, NULL);
	case BOOLEAN:
		return is_choice("true|false", value) ? good() : bad_value(arena, name, NULL);
	case CHOICE:
		return is_choice(a->choices, value) ? good() : bad_value(arena, name, NULL);
	case REDRIVE:
		return check_redrive(arena, name, value);
	case REDRIVE_ALLOW:
		return check_redrive_allow(arena, name, value);
	case RETRY:
		return check_retry(arena, name, value);
	case SCHEMA:
		return check_schema(arena, name, value);
	case PUSH:
		return push_check(arena, value);
	case FLOW:
		return flow_check(arena, name, value);
	case PUSH_SECRET: /* attribute_check has refused it */
	case TEXT:
		break;
	}
	return check_policy_json(arena, name, value);
}

bool attribute_empties(struct str name)
{
	const struct attribute *a = attribute_find(name);

	return a != NULL &&
	       (a->kind == REDRIVE || a->kind == REDRIVE_ALLOW || a->kind == RETRY || a->kind == TEXT ||
	        a->kind == SCHEMA || a->kind == PUSH || a->kind == FLOW);
}

struct str attribute_shown(struct arena *arena, const struct attribute *a, struct str value)
{
	return a->kind == PUSH_SECRET ? push_secrets_shown(arena, value) : arena_str(arena, value);
}

struct refused attribute_check(struct arena *arena, struct str name, struct str value, bool fifo,
                               bool creating)
{
	const struct attribute *a = attribute_find(name);

	if (a != NULL && a->fifo_only && a->kind == CHOICE && !a->create_only && !fifo)
		return refused_as(arena, REFUSED_UNKNOWN_ATTRIBUTE,
		                  "You can specify the %s only when FifoQueue is set to true.", a->name);
	if (a == NULL || a->kind == PUSH_SECRET || (a->fifo_only && !fifo))
		return refused_as(arena, REFUSED_UNKNOWN_ATTRIBUTE, "Unknown Attribute %.*s.", S_ARG(name));
	if (a->create_only && !creating) {
		/* Amazon says so word for word, also for the value it already has. */
		if (str_is(value, "true"))
			return good();
		return bad_value(arena, name, "Modifying queue type is not supported.");
	}
	if (!str_utf8(value))
		return bad_value(arena, name, "It is not UTF-8.");
	if (fifo && str_is(name, "key_concurrency") && !str_is(value, "1"))
		return bad_value(arena, name,
		                 "A FIFO queue hands each message group to one receiver at a time.");
	if (fifo && str_is(name, "priority") && str_is(value, "on"))
		return bad_value(arena, name, "A FIFO queue keeps the order in which messages were sent.");
	if (value.len == 0 && attribute_empties(name))
		return good();
	return check_by_kind(arena, a, value);
}

static int64_t number_in(struct str value)
{
	int64_t n = 0;

	must(str_i64(value, INT64_MIN + 1, INT64_MAX, &n)); /* checked before it was stored */
	return n;
}

static void set_redrive(struct settings *s, struct arena *arena, struct str value)
{
	struct arena *scratch = arena_open();
	struct str why;
	const struct json *j = json_read(scratch, value, &why);

	s->dead_queue = S_NONE;
	s->max_receives = 0;
	if (json_is(j, JSON_OBJECT)) {
		s->dead_queue = arena_str(arena, name_in(json_get_text(j, "deadLetterTargetArn")));
		json_count(json_get(j, "maxReceiveCount"), 1, QUEUE_MAX_RECEIVES_MAX, &s->max_receives);
	}
	arena_close(scratch);
}

static void set_redrive_allow(struct settings *s, struct arena *arena, struct str value)
{
	struct arena *scratch = arena_open();
	struct str why;
	const struct json *j = json_read(scratch, value, &why);
	struct str permission = json_get_text(j, "redrivePermission");

	s->allow = str_is(permission, "denyAll")   ? ALLOW_NONE
	           : str_is(permission, "byQueue") ? ALLOW_BY_QUEUE
	                                           : ALLOW_ALL;
	s->allowed_count = 0;
	JSON_EACH (json_get(j, "sourceQueueArns"), source)
		if (s->allowed_count < QUEUE_SOURCES_MAX)
			s->allowed[s->allowed_count++] = arena_str(arena, name_in(source->text));
	arena_close(scratch);
}

static void set_retry(struct settings *s, struct str value)
{
	struct arena *scratch = arena_open();
	struct str why;

	if (value.len == 0 || !retry_read(scratch, value, &s->retry, &why))
		s->retry = retry_default(); /* it was removed: what is stored was checked */
	arena_close(scratch);
}

static void set_number(struct settings *s, struct str name, int64_t n)
{
	const struct {
		const char *name;
		int64_t *to;
	} numbers[] = {
		{ "VisibilityTimeout", &s->visibility_s },
		{ "DelaySeconds", &s->delay_s },
		{ "MaximumMessageSize", &s->max_size },
		{ "MessageRetentionPeriod", &s->retention_s },
		{ "ReceiveMessageWaitTimeSeconds", &s->wait_s },
		{ "concurrency", &s->concurrency },
		{ "rate", &s->rate },
		{ "max_messages", &s->max_messages },
		{ "key_concurrency", &s->key_concurrency },
		{ "key_rate", &s->key_rate },
		{ "slo_wait_ms", &s->slo_wait_ms },
		{ "retention", &s->job_retention_s },
		{ "recover_every_s", &s->recover_every_s },
		{ "recover_times", &s->recover_times },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (str_is(name, numbers[i].name))
			*numbers[i].to = n;
	/* The policy of a dead-letter queue has its own number, which goes first. */
	if (str_is(name, "max_receives") && s->dead_queue.len == 0)
		s->max_receives = n;
}

void settings_set(struct settings *s, struct arena *arena, struct str name, struct str value)
{
	const struct attribute *a = attribute_find(name);

	must(a != NULL);
	switch (a->kind) {
	case NUMBER:
		set_number(s, name, number_in(value));
		break;
	case BOOLEAN:
		if (str_is(name, "paused"))
			s->paused = str_is(value, "true");
		else if (str_is(name, "track"))
			s->track = str_is(value, "true");
		else if (str_is(name, "ContentBasedDeduplication"))
			s->content_dedup = str_is(value, "true");
		break;
	case CHOICE:
		if (str_is(name, "on_poison"))
			s->stop_on_poison = str_is(value, "stop");
		else if (str_is(name, "priority"))
			s->priority = str_is(value, "on");
		else if (str_is(name, "DeduplicationScope"))
			s->dedup_by_group = str_is(value, "messageGroup");
		else if (str_is(name, "FifoThroughputLimit"))
			s->limit_by_group = str_is(value, "perMessageGroupId");
		break;
	case REDRIVE:
		set_redrive(s, arena, value);
		break;
	case REDRIVE_ALLOW:
		set_redrive_allow(s, arena, value);
		break;
	case RETRY:
		set_retry(s, value);
		break;
	case SCHEMA:
		s->schema = arena_str(arena, value);
		break;
	case PUSH:
		push_set(&s->push, arena, value);
		break;
	case PUSH_SECRET:
		push_set_secrets(&s->push, arena, value);
		break;
	case FLOW:
		flow_set(&s->flow, arena, name, value);
		break;
	case TEXT:
		if (str_is(name, "recover_error"))
			s->recover_error = arena_str(arena, value);
		break; /* others are only kept */
	}
}

void settings_default(struct settings *s, bool fifo)
{
	*s = (struct settings){ .fifo = fifo, .retry = retry_default() };
	for (const struct attribute *a = attributes; a->name != NULL; a++)
		if (a->kind == NUMBER && a->standard != NULL)
			set_number(s, str_of(a->name), number_in(str_of(attribute_default(a, fifo))));
}

void settings_settle(struct settings *s)
{
	if ((s->track || s->push.url.len > 0) && s->retry.max_attempts > 0)
		s->max_receives = s->retry.max_attempts;
}
