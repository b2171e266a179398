/* entry.c - what kind of message a row is, and what is wrong with it.
 *
 * Looked at here is what would spoil a whole request, and what no retry can mend. The
 * rest (sizes of this queue, a schema, ...) is the server's to judge.
 *
 * The deduplication id for FIFO queues begins with the row's id. That alone would not
 * do: two applications may relay into one queue, and both have a row 1; the second
 * message would be swallowed. So a digest of what the row says stands behind it. */
#include "cli/relay/relay.h"

#include "base/buf.h"

enum { DIGEST_LEN = 8 };

#define WRONG(...) wrong(e, arena_printf(arena, __VA_ARGS__))

static bool wrong(struct entry *e, struct str sentence)
{
	e->fate = FATE_REFUSED;
	e->problem = sentence;
	return false;
}

/* ---- where to */

static bool read_destination(struct arena *arena, struct entry *e)
{
	const struct outbox_row *row = e->row;

	e->topic = str_given(row->topic);
	e->name = e->topic ? row->topic : row->queue;
	e->fifo = str_ends(e->name, S(".fifo"));
	if (str_given(row->topic) && str_given(row->queue))
		return WRONG("The row names both a queue and a topic.");
	if (!str_given(e->name))
		return WRONG("The row names no queue.");
	size_t most = e->topic ? TOPIC_ENDPOINT_MAX : QUEUE_NAME_MAX;
	if (e->name.len < 1 || e->name.len > most ||
	    !str_alphanumeric(e->name, e->topic ? "-_.:" : "-_."))
		return WRONG("The row's %s is not a name that one can have.", e->topic ? "topic" : "queue");
	return true;
}

/* ---- group and deduplication */

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= 0x20 || s.at[i] >= 0x7F)
			return false;
	return s.len >= 1 && s.len <= MESSAGE_GROUP_MAX;
}

static void add_part(struct buf *b, struct str s)
{
	buf_printf(b, "%zu:", s.len);
	buf_add(b, s);
}

void entry_digest(const struct outbox_row *row, uint8_t digest[SHA256_SIZE])
{
	struct buf b = { 0 };

	add_part(&b, row->id);
	add_part(&b, row->created);
	add_part(&b, row->attributes);
	add_part(&b, row->body);
	sha256(buf_str(&b), digest);
	buf_free(&b);
}

static struct str made_dedup(struct arena *arena, const struct outbox_row *row)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_SIZE * 2 + 1];

	entry_digest(row, digest);
	hex_text(digest, SHA256_SIZE, hex);
	return is_token(row->id) ? arena_printf(arena, "%.*s-%.*s", S_ARG(row->id), DIGEST_LEN * 2, hex)
	                         : arena_printf(arena, "%s", hex);
}

static bool read_group(struct arena *arena, struct entry *e)
{
	const struct outbox_row *row = e->row;

	if (row->group.len > 0 && !is_token(row->group))
		return WRONG("The message group must have 1 to %d letters, digits and punctuation "
		             "characters.",
		             MESSAGE_GROUP_MAX);
	if (str_given(row->dedup) && !is_token(row->dedup))
		return WRONG("The deduplication id must have 1 to %d letters, digits and punctuation "
		             "characters.",
		             MESSAGE_DEDUP_MAX);
	if (e->fifo)
		e->dedup = str_given(row->dedup) ? row->dedup : made_dedup(arena, row);
	return true;
}

/* ---- attributes */

static void put_attribute(struct arena *arena, struct entry *e, struct str name, struct str type,
                          struct str value)
{
	struct json *one = json_new(arena, JSON_OBJECT);

	if (e->attributes == NULL)
		e->attributes = json_new(arena, JSON_OBJECT);
	json_put_text(arena, one, "DataType", type);
	json_put_text(arena, one, str_starts(type, S("Binary")) ? "BinaryValue" : "StringValue", value);
	json_add(e->attributes, name, one);
}

/* "text", 7, or {"DataType": ..., "StringValue" | "BinaryValue": ...} */
static bool read_attribute(struct arena *arena, struct entry *e, const struct json *v)
{
	struct str type = json_get_text(v, "DataType");
	struct str value = json_get_text(v, "StringValue");

	if (v->kind == JSON_STRING || v->kind == JSON_NUMBER) {
		put_attribute(arena, e, v->key, v->kind == JSON_STRING ? S("String") : S("Number"),
		              v->text);
		return true;
	}
	if (!str_given(value))
		value = json_get_text(v, "BinaryValue");
	if (v->kind != JSON_OBJECT || !str_given(type) || !str_given(value))
		return WRONG("The attribute %.*s is neither a text nor a number, nor an object with "
		             "DataType and StringValue or BinaryValue.",
		             S_ARG(v->key));
	put_attribute(arena, e, v->key, type, value);
	return true;
}

static bool read_attributes(struct relay *r, struct arena *arena, struct entry *e)
{
	struct str why;

	if (str_given(e->row->attributes)) {
		const struct json *all = json_read(arena, e->row->attributes, &why);
		if (!json_is(all, JSON_OBJECT))
			return WRONG("The attributes are not a JSON object.");
		JSON_EACH (all, v)
			if (!read_attribute(arena, e, v))
				return false;
	}
	if (str_given(r->id_attribute) && json_get(e->attributes, r->id_attribute.at) == NULL)
		put_attribute(arena, e, r->id_attribute, S("String"), e->row->id);
	return true;
}

/* ---- the rest */

static bool read_body(struct arena *arena, struct entry *e)
{
	const struct outbox_row *row = e->row;

	if (row->too_long)
		return WRONG("Body and attributes have %lld bytes; a message may have %d.",
		             (long long)row->size, MESSAGE_SIZE_MAX);
	if (row->body.len == 0)
		return WRONG("The row has no body.");
	if (!str_utf8(row->body) || !str_utf8(row->attributes) || !str_utf8(row->trace))
		return WRONG("The row has bytes that are not UTF-8.");
	return true;
}

static bool read_delay(struct arena *arena, struct entry *e)
{
	e->delay_s = -1;
	if (!str_given(e->row->delay))
		return true;
	if (!str_i64(e->row->delay, 0, QUEUE_DELAY_MAX_S, &e->delay_s))
		return WRONG("The delay must be 0 to %d seconds.", QUEUE_DELAY_MAX_S);
	return e->topic && e->delay_s > 0 ? WRONG("Topics know no delay.") : true;
}

void entry_make(struct relay *r, struct arena *arena, const struct outbox_row *row, struct entry *e)
{
	*e = (struct entry){ .row = row, .fate = FATE_WAITS };
	e->held.id = row->id;
	e->held.group = row->group;
	e->held.destination = outbox_destination(arena, row);
	(void)(read_destination(arena, e) && read_group(arena, e) && read_body(arena, e) &&
	       read_delay(arena, e) && read_attributes(r, arena, e));
}

struct json *entry_shown(struct arena *arena, const struct entry *e)
{
	struct json *o = json_new(arena, JSON_OBJECT);

	json_put_text(arena, o, "id", e->row->id);
	json_put_text(arena, o, e->topic ? "topic" : "queue", e->name);
	if (e->held.group.len > 0)
		json_put_text(arena, o, "group", e->held.group);
	if (str_given(e->dedup))
		json_put_text(arena, o, "dedup", e->dedup);
	if (e->delay_s > 0)
		json_put_number(arena, o, "delay", e->delay_s);
	if (str_given(e->row->body) && str_utf8(e->row->body))
		json_put_text(arena, o, "body", e->row->body);
	if (e->attributes != NULL)
		json_add(o, S("attributes"), e->attributes);
	if (str_given(e->problem))
		json_put_text(arena, o, "problem", e->problem);
	return o;
}
