/* json.c - the tree of values: asked, built by hand, written. Reading is json_read.cc. */
#include "wire/json.h"

#include "base/limits.h"

const struct json *json_get(const struct json *object, const char *key)
{
	struct str name = str_of(key);

	if (!json_is(object, JSON_OBJECT))
		return NULL;
	JSON_EACH (object, member)
		if (str_eq(member->key, name))
			return member;
	return NULL;
}

bool json_is(const struct json *v, enum json_kind kind)
{
	return v != NULL && v->kind == kind;
}

struct str json_text(const struct json *v)
{
	return json_is(v, JSON_STRING) ? v->text : S_NONE;
}

struct str json_get_text(const struct json *object, const char *key)
{
	return json_text(json_get(object, key));
}

const char *json_kind_name(enum json_kind kind)
{
	switch (kind) {
	case JSON_NULL:
		return "null";
	case JSON_FALSE:
	case JSON_TRUE:
		return "boolean";
	case JSON_NUMBER:
		return "number";
	case JSON_STRING:
		return "string";
	case JSON_ARRAY:
		return "array";
	case JSON_OBJECT:
		return "object";
	}
	return "unknown";
}

struct json *json_new(struct arena *a, enum json_kind kind)
{
	struct json *v = ARENA_NEW(a, struct json);

	v->kind = kind;
	return v;
}

struct json *json_new_text(struct arena *a, enum json_kind kind, struct str text)
{
	struct json *v = json_new(a, kind);

	v->text = text;
	return v;
}

struct json *json_add(struct json *parent, struct str key, struct json *child)
{
	child->key = key;
	if (parent->last == NULL)
		parent->first = child;
	else
		parent->last->next = child;
	parent->last = child;
	parent->count++;
	return child;
}

struct json *json_share(struct arena *a, const struct json *v)
{
	struct json *same = ARENA_NEW(a, struct json);

	*same = *v;
	same->next = NULL;
	return same;
}

void json_put_text(struct arena *arena, struct json *object, const char *key, struct str text)
{
	json_add(object, str_of(key),
	         str_given(text) ? json_new_text(arena, JSON_STRING, text)
	                         : json_new(arena, JSON_NULL));
}

void json_put_number(struct arena *arena, struct json *object, const char *key, int64_t n)
{
	json_add(object, str_of(key),
	         json_new_text(arena, JSON_NUMBER, arena_printf(arena, "%lld", (long long)n)));
}

/* 16 bytes at once, by the compiler's vectors: one comparison per kind of byte that
 * needs an escape. Message bodies are nearly all clean text. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

/* How many bytes from the front need no escape. */
static size_t clean_run(const char *p, size_t len)
{
	size_t i = 0;

	for (; len - i >= sizeof(bytes16); i += sizeof(bytes16)) {
		bytes16 v;
		memcpy(&v, p + i, sizeof v);
		words2 hit = (words2)((v < 0x20) | (v == '"') | (v == '\\'));
		if ((hit[0] | hit[1]) != 0)
			break;
	}
	while (i < len && !needs_escape((unsigned char)p[i]))
		i++;
	return i;
}

static void write_escape(struct buf *b, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char shorts[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	char escape[6] = { '\\', (char)c };
	size_t len = 2;

	if (c < 0x20 && shorts[c] != 0) {
		escape[1] = shorts[c];
	} else if (c < 0x20) {
		memcpy(escape + 1, "u00", 3);
		escape[4] = digits[c >> 4];
		escape[5] = digits[c & 15];
		len = 6;
	}
	buf_add(b, (struct str){ escape, len });
}

void json_write_text(struct buf *b, struct str s)
{
	buf_add_byte(b, '"');
	while (s.len > 0) {
		size_t run = clean_run(s.at, s.len);
		buf_add(b, (struct str){ s.at, run });
		if (run == s.len)
			break;
		write_escape(b, (unsigned char)s.at[run]);
		s = str_from(s, run + 1);
	}
	buf_add_byte(b, '"');
}

static void write_value(struct buf *b, const struct json *v, int depth);

static void write_children(struct buf *b, const struct json *parent, int depth)
{
	must(depth < JSON_DEPTH_MAX);
	buf_add_byte(b, parent->kind == JSON_OBJECT ? '{' : '[');
	JSON_EACH (parent, child) {
		if (child != parent->first)
			buf_add_byte(b, ',');
		if (parent->kind == JSON_OBJECT) {
			json_write_text(b, child->key);
			buf_add_byte(b, ':');
		}
		write_value(b, child, depth + 1);
	}
	buf_add_byte(b, parent->kind == JSON_OBJECT ? '}' : ']');
}

static void write_value(struct buf *b, const struct json *v, int depth)
{
	switch (v->kind) {
	case JSON_NULL:
		buf_add(b, S("null"));
		break;
	case JSON_FALSE:
		buf_add(b, S("false"));
		break;
	case JSON_TRUE:
		buf_add(b, S("true"));
		break;
	case JSON_NUMBER:
		buf_add(b, v->text);
		break;
	case JSON_STRING:
		json_write_text(b, v->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		write_children(b, v, depth);
		break;
	}
}

void json_write(struct buf *b, const struct json *v)
{
	write_value(b, v, 0);
}

struct str json_written(struct arena *a, const struct json *v)
{
	struct buf b = { 0 };

	json_write(&b, v);
	must(!b.failed);
	arena_adopt(a, b.at);
	return buf_str(&b);
}

void json_write_name(struct buf *b, const char *name)
{
	if (b->len > 0 && b->at[b->len - 1] != '{')
		buf_add_byte(b, ',');
	json_write_text(b, str_of(name));
	buf_add_byte(b, ':');
}

void json_write_member(struct buf *b, const char *name, struct str text)
{
	if (!str_given(text))
		return;
	json_write_name(b, name);
	json_write_text(b, text);
}

void json_write_member_raw(struct buf *b, const char *name, struct str json)
{
	if (!str_given(json))
		return;
	json_write_name(b, name);
	buf_add(b, json);
}

void json_write_member_number(struct buf *b, const char *name, int64_t n)
{
	json_write_name(b, name);
	buf_add_i64(b, n);
}
