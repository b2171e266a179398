/* apply_file.c - the file of `ringi apply`: what is wrong is told with its JSON Pointer, and
 * what can be written in several ways is written in one. */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/near.h"
#include "cli/apply.h"
#include "cli/client.h"
#include "cli/document.h"

enum { NAMES_MAX = 96 };

struct checking {
	struct apply *apply;
	const char *queue_members[NAMES_MAX]; /* as the server knows them */
	int queue_member_count;
	int code;
};

/* The first one is told. */
static void wrong(struct checking *c, const char *pointer, struct str member, const char *format,
                  ...) PRINTF_LIKE(4, 5);

static void wrong(struct checking *c, const char *pointer, struct str member, const char *format,
                  ...)
{
	struct buf b = { 0 };
	char sentence[512];
	va_list args;

	if (c->code != CLI_DONE)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	buf_printf(&b, "%s:%s%s", c->apply->path, *pointer == '\0' ? "" : " ", pointer);
	if (str_given(member)) {
		buf_add(&b, *pointer == '\0' ? S(" /") : S("/"));
		for (size_t i = 0; i < member.len; i++)
			if (member.at[i] == '~' || member.at[i] == '/')
				buf_add(&b, member.at[i] == '~' ? S("~0") : S("~1"));
			else
				buf_add_byte(&b, member.at[i]);
	}
	c->code = cli_fail(CLI_WRONG, "%.*s%s %s", S_ARG(buf_str(&b)),
	                   str_ends(buf_str(&b), S(":")) ? "" : ":", sentence);
	buf_free(&b);
}

static const char *pointer_to(struct checking *c, const char *before, struct str name)
{
	return arena_printf(c->apply->cli->arena, "%s/%.*s", before, S_ARG(name)).at;
}

static bool is_object(struct checking *c, const char *pointer, const struct json *v)
{
	if (json_is(v, JSON_OBJECT))
		return true;
	wrong(c, pointer, S_NONE, "must be an object, not %s.", json_kind_name(v->kind));
	return false;
}

static bool is_one_of(struct str name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

static void check_names(struct checking *c, const char *pointer, const struct json *object,
                        const char *const *names, int count, const char *what)
{
	JSON_EACH (object, m) {
		if (is_one_of(m->key, names, count))
			continue;
		const char *near = nearest_name(m->key.at, names, count);
		wrong(c, pointer, m->key, "%s has no such member%s%s%s", what,
		      near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
		      near == NULL ? "." : "?");
	}
}

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* ---- one spelling */

/* "VisibilityTimeout" -> "visibility_timeout" */
static void spell_members(struct apply *a, struct json *object)
{
	for (struct json *m = object->first; m != NULL; m = m->next) {
		struct buf b = { 0 };
		if (m->key.len == 0 || m->key.at[0] < 'A' || m->key.at[0] > 'Z')
			continue;
		for (size_t i = 0; i < m->key.len; i++) {
			char ch = m->key.at[i];
			bool upper = ch >= 'A' && ch <= 'Z';
			if (upper && i > 0)
				buf_add_byte(&b, '_');
			buf_add_byte(&b, upper ? (char)(ch + 32) : ch);
		}
		m->key = arena_str(a->cli->arena, buf_str(&b));
		buf_free(&b);
	}
}

/* ---- the kinds */

static void check_tags(struct checking *c, const char *pointer, const struct json *object)
{
	const struct json *tags = json_get(object, "tags");

	if (tags == NULL || !is_object(c, pointer_to(c, pointer, S("tags")), tags))
		return;
	JSON_EACH (tags, tag)
		if (tag->kind != JSON_STRING)
			wrong(c, pointer_to(c, pointer, S("tags")), tag->key, "must be a string, not %s.",
			      json_kind_name(tag->kind));
}

static void check_queue(struct checking *c, const char *pointer, struct json *q)
{
	struct arena *a = c->apply->cli->arena;

	if (json_get(q, "redrive_policy") != NULL)
		wrong(c, pointer, S("redrive_policy"), "use dead_letter_queue and max_receives.");
	check_names(c, pointer, q, c->queue_members, c->queue_member_count, "a queue");
	check_tags(c, pointer, q);
	json_drop(q, "fifo_queue"); /* its name says it */
	json_drop(q, "defaults");
	if (json_is(json_get(q, "dead_letter_queue"), JSON_STRING) &&
	    json_get(q, "max_receives") == NULL)
		json_put_number(a, q, "max_receives", 10); /* what the server makes of it */
}

static void check_topic(struct checking *c, const char *pointer, struct json *t)
{
	static const char *const names[] = {
		"display_name",          "policy",         "delivery_policy",
		"kms_master_key_id",     "tracing_config", "data_protection_policy",
		"signature_version",     "archive_policy", "content_based_deduplication",
		"fifo_throughput_scope", "fifo_topic",     "tags",
	};

	check_names(c, pointer, t, names, COUNT(names), "a topic");
	check_tags(c, pointer, t);
	json_drop(t, "fifo_topic");
}

static void check_subscription(struct checking *c, const char *pointer, struct json *s)
{
	static const char *const names[] = {
		"topic",
		"protocol",
		"queue",
		"endpoint",
		"raw_message_delivery",
		"filter_policy",
		"filter_policy_scope",
		"delivery_policy",
		"dead_letter_queue",
		"id",
	};
	struct str queue = json_get_text(s, "queue"), url = json_get_text(s, "endpoint");
	struct str protocol = str_given(queue)                 ? S("sqs")
	                      : str_starts(url, S("https://")) ? S("https")
	                                                       : S("http");

	check_names(c, pointer, s, names, COUNT(names), "a subscription");
	json_drop(s, "id");
	if (json_get_text(s, "topic").len == 0)
		wrong(c, pointer, S("topic"), "must name a topic.");
	else if (str_given(queue) == str_given(url))
		wrong(c, pointer, S_NONE, "must have either queue (a name) or endpoint (a URL).");
	else if (str_given(url) && !str_starts(url, S("https://")) && !str_starts(url, S("http://")))
		wrong(c, pointer, S("endpoint"), "must be a URL with http:// or https://.");
	else if (json_get(s, "protocol") != NULL && !str_eq(json_get_text(s, "protocol"), protocol))
		wrong(c, pointer, S("protocol"), "is %.*s for this endpoint.", S_ARG(protocol));
	json_drop(s, "protocol");
	json_put_text(c->apply->cli->arena, s, "protocol", protocol);
}

static void check_schedule(struct checking *c, const char *pointer, struct json *s)
{
	static const char *const names[] = { "queue",    "payload", "cron",     "zone",    "holidays",
		                                 "priority", "labels",  "catch_up", "overlap", "paused" };

	check_names(c, pointer, s, names, COUNT(names), "a schedule");
	for (int i = 0; i < 3; i++)
		if (json_get(s, names[i]) == NULL)
			wrong(c, pointer, str_of(names[i]), "is missing.");
}

/* In order and once, as the server tells them. */
static void sort_days(struct json *list)
{
	struct json *sorted = NULL;

	for (struct json *day = list->first, *next; day != NULL; day = next) {
		struct json **at = &sorted;
		next = day->next;
		while (*at != NULL && str_cmp((*at)->text, day->text) < 0)
			at = &(*at)->next;
		if (*at != NULL && str_eq((*at)->text, day->text)) {
			list->count--;
			continue;
		}
		day->next = *at;
		*at = day;
	}
	list->first = list->last = sorted;
	while (list->last != NULL && list->last->next != NULL)
		list->last = list->last->next;
}

static void check_days(struct checking *c, const char *pointer, struct json *calendar,
                       struct str member)
{
	struct json *days = (struct json *)(uintptr_t)json_get(calendar, member.at); /* our tree */

	if (days == NULL)
		return;
	if (!json_is(days, JSON_ARRAY) || days->count > HOLIDAYS_MAX) {
		wrong(c, pointer, member, "must be a list of at most %d days.", HOLIDAYS_MAX);
		return;
	}
	JSON_EACH (days, day)
		if (day->kind != JSON_STRING)
			wrong(c, pointer, member, "must be days as texts, as in [\"2026-01-01\"].");
	if (c->code == CLI_DONE)
		sort_days(days);
}

static void check_calendar(struct checking *c, const char *pointer, struct json *calendar)
{
	static const char *const names[] = { "zone",     "hours",       "cut_off", "national_holidays",
		                                 "holidays", "working_days" };

	check_names(c, pointer, calendar, names, COUNT(names), "a calendar");
	/* The server tells them always. */
	if (json_get(calendar, "holidays") == NULL)
		json_add(calendar, S("holidays"), json_new(c->apply->cli->arena, JSON_ARRAY));
	check_days(c, pointer, calendar, S("holidays"));
	check_days(c, pointer, calendar, S("working_days"));
}

typedef void check_fn(struct checking *, const char *pointer, struct json *);
static check_fn *const checks[APPLY_KINDS] = { check_calendar, check_queue, check_topic,
	                                           check_subscription, check_schedule };

static void check_kind(struct checking *c, enum apply_kind kind, struct json *all)
{
	const char *before = arena_printf(c->apply->cli->arena, "/%s", apply_members[kind]).at;
	bool list = kind == OF_SUBSCRIPTION;
	int index = 0;

	if (!json_is(all, list ? JSON_ARRAY : JSON_OBJECT)) {
		wrong(c, before, S_NONE, "must be %s, not %s.", list ? "a list" : "an object",
		      json_kind_name(all->kind));
		return;
	}
	for (struct json *one = all->first; one != NULL; one = one->next) {
		struct str name = list ? arena_printf(c->apply->cli->arena, "%d", index++) : one->key;
		const char *pointer = pointer_to(c, before, name);
		if (!is_object(c, pointer, one))
			return;
		spell_members(c->apply, one);
		checks[kind](c, pointer, one);
	}
}

/* ---- what a queue can have is the server's word */

static int ask_queue_members(struct checking *c)
{
	struct answer a;
	int code = cli_rest(c->apply->cli, "GET", S("/openapi.json"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	const struct json *at = json_get(a.json, "components");
	at = json_get(json_get(json_get(at, "schemas"), "QueueSettings"), "properties");
	JSON_EACH (at, m)
		if (c->queue_member_count < NAMES_MAX - 1)
			c->queue_members[c->queue_member_count++] = m->key.at;
	c->queue_members[c->queue_member_count++] = "defaults";
	return CLI_DONE;
}

static enum apply_kind kind_of(struct str member)
{
	int kind = 0;

	while (kind < APPLY_KINDS && !str_is(member, apply_members[kind]))
		kind++;
	return (enum apply_kind)kind;
}

int apply_file_check(struct apply *a)
{
	struct checking c = { .apply = a };
	int code = ask_queue_members(&c);

	if (code != CLI_DONE)
		return code;
	if (!is_object(&c, "", a->file))
		return c.code;
	json_drop(a->file, "server"); /* of another server, perhaps */
	json_drop(a->file, "$schema");
	for (struct json *m = a->file->first; m != NULL; m = m->next) {
		enum apply_kind kind = kind_of(m->key);
		if (kind < APPLY_KINDS)
			check_kind(&c, kind, m);
		else
			check_names(&c, "", a->file, apply_members, APPLY_KINDS, "the file");
	}
	return c.code;
}
