/* send.c - entries to the server: SendMessageBatch for queues, PublishBatch for topics.
 *
 * A refusal can be about one entry, about the queue, about who asks, or about the server's
 * state. Only the first two count against a row. What is unknown (a lost connection) is
 * taken for "not sent": the row goes again. */
#include "cli/relay/relay.h"

#include "base/buf.h"
#include "wire/form.h"

/* ---- what an answer says */

static bool code_is(struct str code, const char *name)
{
	return str_ends(code, str_of(name)); /* "com.amazonaws.sqs#QueueDoesNotExist" */
}

static bool about_server(struct str code)
{
	return code_is(code, "ServiceUnavailable") || code_is(code, "InternalError") ||
	       code_is(code, "InternalFailure");
}

/* A queue that is full says so too. */
static bool about_load(struct str code)
{
	return code_is(code, "Throttled") || code_is(code, "OverLimit");
}

static bool about_queue(struct str code)
{
	return code_is(code, "QueueDoesNotExist") || code_is(code, "NonExistentQueue") ||
	       code_is(code, "QueueDeletedRecently") || code_is(code, "NotFound");
}

/* Of a request that was refused as a whole. */
static enum reply judge(int code, const struct answer *a, struct entry **entries, int count)
{
	if (code != CLI_REFUSED || a->status >= 500 || about_server(a->code))
		return REPLY_DOWN;
	if (a->status == 429 || about_load(a->code))
		return REPLY_LATER;
	if (about_queue(a->code))
		return REPLY_MISSING;
	if (a->status == 401 || a->status == 403)
		return REPLY_DENIED;
	if (count > 1)
		return REPLY_SPLIT;
	entries[0]->fate = FATE_REFUSED;
	entries[0]->problem = a->problem;
	return REPLY_ENTRIES;
}

/* The entry with that Id ("1" is the first); NULL: we sent none. */
static struct entry *by_id(struct str id, struct entry **entries, int count)
{
	uint64_t n;

	return str_u64(id, (uint64_t)count, &n) && n > 0 ? entries[n - 1] : NULL;
}

static void note_sent(struct str id, struct entry **entries, int count)
{
	struct entry *e = by_id(id, entries, count);

	if (e != NULL)
		e->fate = FATE_SENT;
}

/* A queue that is full, a server without room: nothing is wrong with the row. */
static void note_failed(struct str id, struct str code, struct str text, bool receiver,
                        struct entry **entries, int count)
{
	struct entry *e = by_id(id, entries, count);

	if (e == NULL)
		return;
	e->fate = receiver || about_load(code) || about_server(code) ? FATE_LATER : FATE_REFUSED;
	e->problem = str_given(text) ? text : S("The server refused it.");
}

/* ---- queues */

static void put_trace(struct arena *arena, struct json *to, struct str trace)
{
	struct json *one = json_new(arena, JSON_OBJECT), *all = json_new(arena, JSON_OBJECT);

	json_put_text(arena, one, "DataType", S("String"));
	json_put_text(arena, one, "StringValue", trace);
	json_add(all, S("AWSTraceHeader"), one);
	json_add(to, S("MessageSystemAttributes"), all);
}

static void put_entry(struct arena *arena, struct json *list, struct entry *e)
{
	struct json *o = json_add(list, S_NONE, json_new(arena, JSON_OBJECT));

	json_put_text(arena, o, "Id", arena_printf(arena, "%u", list->count));
	json_put_text(arena, o, "MessageBody", e->row->body);
	if (e->held.group.len > 0)
		json_put_text(arena, o, "MessageGroupId", e->held.group);
	if (str_given(e->dedup))
		json_put_text(arena, o, "MessageDeduplicationId", e->dedup);
	if (e->delay_s >= 0)
		json_put_number(arena, o, "DelaySeconds", e->delay_s);
	if (e->row->trace.len > 0)
		put_trace(arena, o, e->row->trace);
	if (e->attributes != NULL) {
		json_add(o, S("MessageAttributes"), e->attributes);
		e->attributes = NULL; /* a tree's node has one parent */
	}
}

static enum reply send_queue(struct relay *r, struct entry **entries, int count)
{
	struct arena *arena = r->batch_arena;
	struct json *p = json_new(arena, JSON_OBJECT), *list = json_new(arena, JSON_ARRAY);
	struct answer a;

	/* The server goes by the last part of the URL. */
	json_put_text(arena, p, "QueueUrl",
	              arena_printf(arena, "%s/000000000000/%.*s", client_server(r->client),
	                           S_ARG(entries[0]->name)));
	for (int i = 0; i < count; i++)
		put_entry(arena, list, entries[i]);
	json_add(p, S("Entries"), list);
	int code = client_sqs(r->client, arena, "SendMessageBatch", json_written(arena, p), &a);
	r->last_problem = a.problem;
	if (code != CLI_DONE)
		return judge(code, &a, entries, count);
	JSON_EACH (json_get(a.json, "Successful"), one)
		note_sent(json_get_text(one, "Id"), entries, count);
	JSON_EACH (json_get(a.json, "Failed"), one)
		note_failed(json_get_text(one, "Id"), json_get_text(one, "Code"),
		            json_get_text(one, "Message"),
		            json_is(json_get(one, "SenderFault"), JSON_FALSE), entries, count);
	return REPLY_ENTRIES;
}

/* ---- topics */

static void put(struct buf *form, struct str prefix, const char *name, struct str value)
{
	buf_printf(form, "&%.*s%s=", S_ARG(prefix), name);
	form_encode(form, value);
}

static void put_attributes(struct arena *arena, struct buf *form, struct str prefix,
                           const struct json *attributes)
{
	int n = 1;

	JSON_EACH (attributes, v) {
		struct str at = arena_printf(arena, "%.*s.MessageAttributes.entry.%d.", S_ARG(prefix), n++);
		put(form, at, "Name", v->key);
		JSON_EACH (v, member)
			put(form, at, arena_printf(arena, "Value.%.*s", S_ARG(member->key)).at, member->text);
	}
}

static void put_publish(struct arena *arena, struct buf *form, const struct entry *e, int n)
{
	struct str at = arena_printf(arena, "PublishBatchRequestEntries.member.%d", n);
	struct str dot = arena_printf(arena, "%.*s.", S_ARG(at));

	put(form, dot, "Id", arena_printf(arena, "%d", n));
	put(form, dot, "Message", e->row->body);
	if (e->held.group.len > 0)
		put(form, dot, "MessageGroupId", e->held.group);
	if (str_given(e->dedup))
		put(form, dot, "MessageDeduplicationId", e->dedup);
	put_attributes(arena, form, at, e->attributes);
}

static void read_published(struct arena *arena, struct str body, struct entry **entries, int count)
{
	struct str rest = body, one;
	struct str failed = xml_text(arena, &rest, "Failed");

	rest = body;
	struct str sent = xml_text(arena, &rest, "Successful");
	while (str_given(one = xml_text(arena, &sent, "member"))) {
		struct str in = one;
		note_sent(xml_text(arena, &in, "Id"), entries, count);
	}
	while (str_given(one = xml_text(arena, &failed, "member"))) {
		struct str id = one, code = one, text = one, fault = one;
		note_failed(xml_text(arena, &id, "Id"), xml_text(arena, &code, "Code"),
		            xml_text(arena, &text, "Message"),
		            str_is(xml_text(arena, &fault, "SenderFault"), "false"), entries, count);
	}
}

static enum reply send_topic(struct relay *r, struct entry **entries, int count)
{
	struct arena *arena = r->batch_arena;
	struct str name = entries[0]->name;
	struct buf form = { 0 };
	struct answer a;

	if (!str_starts(name, S("arn:")))
		name = arena_printf(arena, "%.*s%.*s", S_ARG(r->topic_prefix), S_ARG(name));
	put(&form, S(""), "TopicArn", name);
	for (int i = 0; i < count; i++)
		put_publish(arena, &form, entries[i], i + 1);
	int code = client_sns(r->client, arena, "PublishBatch", buf_str(&form), &a);
	buf_free(&form);
	r->last_problem = a.problem;
	if (code != CLI_DONE)
		return judge(code, &a, entries, count);
	read_published(arena, a.body, entries, count);
	return REPLY_ENTRIES;
}

enum reply relay_send(struct relay *r, struct entry **entries, int count)
{
	must(count >= 1 && count <= BATCH_ENTRIES_MAX);
	return entries[0]->topic ? send_topic(r, entries, count) : send_queue(r, entries, count);
}
