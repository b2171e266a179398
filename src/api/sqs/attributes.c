/* attributes.c - message attributes and their MD5.
 *
 * The MD5 is over the attributes in order of their names; for each: length and name,
 * length and type, a byte for the kind (1 text, 2 binary), length and value. */
#include "api/sqs/attributes.h"

#include "api/sqs/validate.h"
#include "base/limits.h"

static const struct refused fine = { .why = REFUSED_NONE };

static void add_length(struct buf *b, size_t n)
{
	const char bytes[4] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };

	buf_add(b, (struct str){ bytes, 4 });
}

static void add_part(struct buf *b, struct str s)
{
	add_length(b, s.len);
	buf_add(b, s);
}

/* `value`: binary ones decoded. */
static void md5_add(struct buf *b, struct str name, struct str type, bool binary, struct str value)
{
	add_part(b, name);
	add_part(b, type);
	buf_add_byte(b, binary ? 2 : 1);
	add_part(b, value);
}

/* ---- in */

struct attribute {
	struct str name, type, text, bytes; /* bytes: as counted and hashed */
	bool binary;
};

#define BAD(...) refused_as(a, REFUSED_INVALID_PARAMETER, __VA_ARGS__)

static bool starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_nocase((struct str){ s.at, prefix.len }, prefix);
}

static struct refused check_name(struct arena *a, struct str name)
{
	if (name.len == 0)
		return BAD("Message (user) attribute names can't be empty.");
	if (name.len > MESSAGE_ATTRIBUTE_NAME_MAX)
		return BAD("Length of message attribute name must be less than 256 bytes.");
	if (!str_alphanumeric(name, "-_."))
		return BAD(
			"Message (user) attribute name '%.*s' contains invalid characters. It can contain the "
			"characters A-Z, a-z, 0-9, hyphen, underscore and period.",
			S_ARG(name));
	if (starts_nocase(name, S("AWS.")) || starts_nocase(name, S("Amazon.")))
		return BAD(
			"You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These "
			"strings are reserved for internal use.");
	if (name.at[0] == '.' || name.at[name.len - 1] == '.')
		return BAD(
			"You can't use message attribute names beginning or ending with the '.' character.");
	for (size_t i = 1; i < name.len; i++)
		if (name.at[i] == '.' && name.at[i - 1] == '.')
			return BAD("Message attribute name can not have successive '.' character.");
	return fine;
}

static bool type_is(struct str type, struct str base)
{
	return str_eq(type, base) ||
	       (str_starts(type, base) && type.at[base.len] == '.' && type.len > base.len + 1);
}

static struct refused check_value(struct arena *a, const struct attribute *at)
{
	bool number = type_is(at->type, S("Number"));
	struct str base = at->binary ? S("Binary") : number ? S("Number") : S("String");

	if (at->type.len == 0)
		return BAD("Message (user) attribute '%.*s' must contain a non-empty attribute type.",
		           S_ARG(at->name));
	if (!at->binary && !number && !type_is(at->type, S("String")))
		return BAD("The type of message (user) attribute '%.*s' is invalid. You must use only the "
		           "following supported type prefixes: Binary, Number, String.",
		           S_ARG(at->name));
	if (at->type.len > MESSAGE_ATTRIBUTE_NAME_MAX || !valid_characters(at->type))
		return BAD("The type of message (user) attribute '%.*s' is invalid.", S_ARG(at->name));
	if (at->text.len == 0)
		return BAD("Message (user) attribute '%.*s' must contain a non-empty value of type '%.*s'.",
		           S_ARG(at->name), S_ARG(base));
	if (number && !valid_number(at->text))
		return BAD("Can't cast the value of message (user) attribute '%.*s' to a number.",
		           S_ARG(at->name));
	if (!at->binary && !valid_characters(at->text))
		return BAD(
			"Invalid characters found in the value of message (user) attribute '%.*s'. Valid "
			"unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
			"#x10000 to #x10FFFF",
			S_ARG(at->name));
	return fine;
}

static struct refused check_system(struct arena *a, const struct attribute *at)
{
	if (!str_is(at->name, "AWSTraceHeader"))
		return BAD(
			"Message system attribute name '%.*s' is invalid. Only AWSTraceHeader can be set.",
			S_ARG(at->name));
	if (!str_is(at->type, "String"))
		return BAD("The type of message system attribute 'AWSTraceHeader' must be String.");
	return fine;
}

/* False when a value is of the wrong kind: the call is refused. */
static bool read_one(struct api_call *call, const struct json *v, struct attribute *at)
{
	if (v->kind != JSON_OBJECT) {
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "A message attribute must be an object.");
		return false;
	}
	at->name = v->key;
	at->type = param_text(call, v, "DataType");
	at->binary = type_is(at->type, S("Binary"));
	struct str string = param_text(call, v, "StringValue"),
			   binary = param_text(call, v, "BinaryValue");
	at->text = at->binary ? binary : string;
	at->bytes = at->binary ? base64_read(call->c->arena, binary) : string;
	if (at->binary && str_given(binary) && !str_given(at->bytes) && !cmd_refused(call->c))
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "A binary value is not base64.");
	return !cmd_refused(call->c);
}

static void sort_in(struct attribute *all, int count)
{
	struct attribute last = all[count - 1];
	int i = count - 1;

	for (; i > 0 && str_cmp(all[i - 1].name, last.name) > 0; i--)
		all[i] = all[i - 1];
	all[i] = last;
}

static void store_one(struct buf *b, const struct attribute *at)
{
	buf_add_byte(b, b->len == 0 ? '{' : ',');
	json_write_text(b, at->name);
	buf_add(b, S(":{\"type\":"));
	json_write_text(b, at->type);
	buf_add(b, S(",\"value\":"));
	json_write_text(b, at->text);
	buf_add_byte(b, '}');
}

static void store(struct arena *a, const struct attribute *all, struct attributes_in *in)
{
	struct buf hashed = { 0 }, stored = { 0 };

	for (int i = 0; i < in->count; i++) {
		md5_add(&hashed, all[i].name, all[i].type, all[i].binary, all[i].bytes);
		store_one(&stored, &all[i]);
		in->size += all[i].name.len + all[i].type.len + all[i].bytes.len;
	}
	buf_add_byte(&stored, '}');
	md5(buf_str(&hashed), in->md5);
	buf_free(&hashed);
	in->stored = buf_str(&stored);
	arena_adopt(a, stored.at);
}

struct refused attributes_read(struct api_call *call, const struct json *map, bool system,
                               struct attributes_in *in)
{
	struct attribute all[MESSAGE_ATTRIBUTES_MAX];
	struct arena *a = call->c->arena;

	if (map == NULL || map->count == 0)
		return fine;
	if (map->count > MESSAGE_ATTRIBUTES_MAX)
		return BAD("Number of message attributes [%u] exceeds the allowed maximum [%d].",
		           (unsigned)map->count, MESSAGE_ATTRIBUTES_MAX);
	JSON_EACH (map, v) {
		struct attribute *at = &all[in->count];
		if (!read_one(call, v, at))
			return fine;
		struct refused r = system ? check_system(a, at) : check_name(a, at->name);
		if (r.why == REFUSED_NONE)
			r = check_value(a, at);
		if (r.why != REFUSED_NONE)
			return r;
		if (system)
			in->trace = at->text;
		sort_in(all, ++in->count);
	}
	store(a, all, in);
	return fine;
}

/* ---- out */

struct attributes_wanted attributes_wanted(const struct str *names, int count)
{
	struct attributes_wanted w = { .names = names, .count = count };

	for (int i = 0; i < count; i++)
		if (str_is(names[i], "All") || str_is(names[i], ".*"))
			w.all = true;
	return w;
}

static bool wanted(const struct attributes_wanted *w, struct str name)
{
	if (w->all)
		return true;
	for (int i = 0; i < w->count; i++) {
		struct str n = w->names[i];
		if (str_eq(n, name))
			return true;
		if (str_ends(n, S(".*")) && str_starts(name, (struct str){ n.at, n.len - 1 }))
			return true;
	}
	return false;
}

static void hash_out(struct arena *a, const struct attribute_out *all, int count,
                     uint8_t digest[MD5_SIZE])
{
	struct buf hashed = { 0 };

	for (int i = 0; i < count; i++)
		md5_add(&hashed, all[i].name, all[i].type, all[i].binary,
		        all[i].binary ? base64_read(a, all[i].value) : all[i].value);
	md5(buf_str(&hashed), digest);
	buf_free(&hashed);
}

int attributes_pick(struct arena *a, struct str stored, const struct attributes_wanted *w,
                    struct attribute_out **out, uint8_t digest[MD5_SIZE])
{
	struct str why;
	int count = 0;

	if (!str_given(stored) || (!w->all && w->count == 0))
		return 0;
	struct json *map = json_read(a, stored, &why);
	if (map == NULL || map->count == 0)
		return 0;
	*out = ARENA_ARRAY(a, struct attribute_out, map->count);
	JSON_EACH (map, v) {
		if (!wanted(w, v->key))
			continue;
		struct str type = json_get_text(v, "type");
		(*out)[count++] = (struct attribute_out){ v->key, type, json_get_text(v, "value"),
			                                      type_is(type, S("Binary")) };
	}
	if (count > 0)
		hash_out(a, *out, count, digest);
	return count;
}
