/* json_read.cc - JSON bytes to a tree: simdjson finds the tokens, we judge them.
 *
 * simdjson's first stage checks UTF-8 and control characters, pairs the quotes and
 * lists where each token begins, at gigabytes a second. Its second stages (DOM and
 * On-Demand) are not used: the DOM turns numbers into doubles, and neither refuses
 * duplicate keys. The walk over the list is ours, and strict.
 *
 * J1  A token runs from its place in the list to the next one; what follows it
 *     there is white space or part of it, never another token.
 * J2  The texts of one document lie in one piece of the arena, no longer than the
 *     document: each loses its two quotes and gains one NUL.
 * J3  Nothing here throws, and the stack is bounded by JSON_DEPTH_MAX.
 *
 * The only C++ file of wire/. `stage1` is the part of simdjson's interface that its
 * own parsers stand on; it does not read past `len`. */
#include <algorithm>
#include <cstring>
#include <memory>

#include <simdjson.h>

extern "C" {
#include "base/limits.h"
#include "wire/json.h"
#include "wire/json_text.h"
}

namespace
{

/* A document up to this size reuses the thread's scanner; a larger one gets its
 * own, because a scanner keeps four bytes for each byte it ever saw. */
constexpr size_t SCANNER_KEPT_MAX = 256 * 1024;
constexpr size_t SCANNER_FIRST = 8 * 1024;
constexpr uint32_t PAIRWISE_MAX = 16; /* members compared with each other; more are sorted */
constexpr uint32_t NODES_FIRST = 8, NODES_MORE_MAX = 1024;

using scanner = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

struct reader {
	struct arena *arena;
	const char *at; /* the document */
	size_t len;
	const uint32_t *token;
	uint32_t token_count, next; /* the next token to look at */
	char *texts;                /* J2: room not yet used */
	struct json *nodes;         /* allotted, not yet used */
	uint32_t nodes_left, nodes_got;
	int depth;
	const char *why; /* set: give up */
	size_t why_at;
};

bool refuse(reader &r, const char *why, size_t at)
{
	r.why = why;
	r.why_at = at;
	return false;
}

size_t token_at(const reader &r)
{
	return r.next < r.token_count ? r.token[r.next] : r.len;
}

char token_char(const reader &r)
{
	return r.next < r.token_count ? r.at[r.token[r.next]] : '\0';
}

/* Takes the token: its text without the white space behind it (J1). */
struct str token_take(reader &r)
{
	size_t from = r.token[r.next++], to = token_at(r);

	while (to > from && strchr(" \t\n\r", r.at[to - 1]) != nullptr && r.at[to - 1] != '\0')
		to--;
	return { r.at + from, to - from };
}

struct json *node_new(reader &r)
{
	if (r.nodes_left == 0) {
		uint32_t more = std::clamp(r.nodes_got, NODES_FIRST, NODES_MORE_MAX);
		if (r.nodes_got >= JSON_NODES_MAX) {
			refuse(r, "it has too many values", token_at(r));
			return nullptr;
		}
		more = std::min(more, JSON_NODES_MAX - r.nodes_got);
		r.nodes = static_cast<struct json *>(arena_try(r.arena, more * sizeof *r.nodes));
		if (r.nodes == nullptr) {
			refuse(r, "there is no memory for it", token_at(r));
			return nullptr;
		}
		r.nodes_left = more;
		r.nodes_got += more;
	}
	r.nodes_left--;
	return r.nodes++;
}

/* Takes a token that begins with a quote. */
bool read_text(reader &r, struct str &out)
{
	size_t at = token_at(r);
	struct str raw = token_take(r);

	if (raw.len < 2 || raw.at[raw.len - 1] != '"')
		return refuse(r, "a string does not end", at);
	char *to = json_unescape({ raw.at + 1, raw.len - 2 }, r.texts);
	if (to == nullptr)
		return refuse(r, "a string has a broken escape", at);
	out = { r.texts, size_t(to - r.texts) };
	r.texts = to + 1; /* the arena is zeroed: the NUL is there */
	return true;
}

bool read_scalar(reader &r, struct json *v)
{
	size_t at = token_at(r);
	struct str raw = token_take(r);

	if (json_is_number(raw)) {
		memcpy(r.texts, raw.at, raw.len);
		v->kind = JSON_NUMBER;
		v->text = { r.texts, raw.len };
		r.texts += raw.len; /* no NUL: a number has no quotes to pay for it */
		return true;
	}
	if (str_is(raw, "true"))
		v->kind = JSON_TRUE;
	else if (str_is(raw, "false"))
		v->kind = JSON_FALSE;
	else if (str_is(raw, "null"))
		v->kind = JSON_NULL;
	else
		return refuse(r, "a value was expected", at);
	return true;
}

bool same_key(const struct json *a, const struct json *b)
{
	return str_eq(a->key, b->key);
}

/* Sorted, so that no choice of keys makes it slower than n log n; a hash table
 * without a secret could be. */
bool duplicates_among_many(reader &r, const struct json *object, bool &found)
{
	size_t n = 0;
	auto keys = static_cast<const struct json **>(
		arena_try(r.arena, object->count * sizeof(struct json *)));

	if (keys == nullptr)
		return refuse(r, "there is no memory for it", token_at(r));
	for (const struct json *m = object->first; m != nullptr; m = m->next)
		keys[n++] = m;
	std::sort(keys, keys + n, [](const struct json *a, const struct json *b) {
		return a->key.len != b->key.len ? a->key.len < b->key.len
		                                : memcmp(a->key.at, b->key.at, a->key.len) < 0;
	});
	found = std::adjacent_find(keys, keys + n, same_key) != keys + n;
	return true;
}

bool check_duplicates(reader &r, const struct json *object)
{
	bool found = false;

	if (object->count > PAIRWISE_MAX) {
		if (!duplicates_among_many(r, object, found))
			return false;
	} else {
		for (const struct json *a = object->first; a != nullptr && !found; a = a->next)
			for (const struct json *b = a->next; b != nullptr && !found; b = b->next)
				found = same_key(a, b);
	}
	return !found || refuse(r, "an object has the same key twice", token_at(r));
}

bool read_value(reader &r, struct json *v);

bool read_key(reader &r, struct str &key)
{
	if (token_char(r) != '"')
		return refuse(r, "a key was expected", token_at(r));
	if (!read_text(r, key))
		return false;
	if (token_char(r) != ':')
		return refuse(r, "a colon was expected", token_at(r));
	r.next++;
	return true;
}

/* The opening bracket has been taken. */
bool read_children(reader &r, struct json *parent, char close)
{
	if (token_char(r) == close) {
		r.next++;
		return true;
	}
	for (;;) {
		struct str key = S_NONE;
		if (close == '}' && !read_key(r, key))
			return false;
		struct json *child = node_new(r);
		if (child == nullptr || !read_value(r, child))
			return false;
		json_add(parent, key, child);
		char c = token_char(r);
		if (c != ',' && c != close)
			return refuse(r, "a comma or a closing bracket was expected", token_at(r));
		r.next++;
		if (c == close)
			return true;
	}
}

bool read_container(reader &r, struct json *v, char close)
{
	if (r.depth == JSON_DEPTH_MAX)
		return refuse(r, "it is nested too deeply", token_at(r));
	r.depth++;
	r.next++;
	v->kind = close == '}' ? JSON_OBJECT : JSON_ARRAY;
	if (!read_children(r, v, close))
		return false;
	r.depth--;
	return close != '}' || check_duplicates(r, v);
}

bool read_value(reader &r, struct json *v)
{
	if (r.next == r.token_count)
		return refuse(r, "a value was expected", r.len);
	switch (token_char(r)) {
	case '{':
		return read_container(r, v, '}');
	case '[':
		return read_container(r, v, ']');
	case '"':
		v->kind = JSON_STRING;
		return read_text(r, v->text);
	default:
		return read_scalar(r, v);
	}
}

struct json *read_document(reader &r)
{
	/* Strings pay for their NUL with a quote, numbers need none (J2). */
	r.texts = static_cast<char *>(arena_try(r.arena, r.len + 1));
	if (r.texts == nullptr) {
		refuse(r, "there is no memory for it", 0);
		return nullptr;
	}
	struct json *root = node_new(r);
	if (root == nullptr || !read_value(r, root))
		return nullptr;
	if (r.next < r.token_count) {
		refuse(r, "there is something behind its end", token_at(r));
		return nullptr;
	}
	return root;
}

bool scanner_grow(scanner &s, size_t size)
{
	if (s == nullptr)
		return simdjson::get_active_implementation()
		           ->create_dom_parser_implementation(size, JSON_DEPTH_MAX, s) == simdjson::SUCCESS;
	return s->capacity() >= size || s->set_capacity(size) == simdjson::SUCCESS;
}

size_t scanner_size(size_t len)
{
	size_t size = SCANNER_FIRST;

	while (size < len)
		size *= 2;
	return len > SCANNER_KEPT_MAX ? len : size;
}

const char *stage1_sentence(simdjson::error_code e)
{
	switch (e) {
	case simdjson::EMPTY:
		return "it is empty";
	case simdjson::UTF8_ERROR:
		return "it is not UTF-8";
	case simdjson::UNCLOSED_STRING:
		return "a string does not end";
	case simdjson::UNESCAPED_CHARS:
		return "a string has a control character";
	default:
		return "its tokens cannot be told apart";
	}
}

struct json *scan_and_read(reader &r, scanner &s)
{
	if (!scanner_grow(s, scanner_size(r.len))) {
		refuse(r, "there is no memory for it", 0);
		return nullptr;
	}
	auto bytes = reinterpret_cast<const uint8_t *>(r.at);
	auto error = s->stage1(bytes, r.len, simdjson::stage1_mode::regular);
	if (error != simdjson::SUCCESS) {
		refuse(r, stage1_sentence(error), SIZE_MAX);
		return nullptr;
	}
	r.token = s->structural_indexes.get();
	r.token_count = s->n_structural_indexes;
	return read_document(r);
}

struct str sentence(const reader &r)
{
	if (r.why_at == SIZE_MAX)
		return arena_printf(r.arena, "The text is not valid JSON: %s.", r.why);
	return arena_printf(r.arena, "The text is not valid JSON: %s (at byte %zu).", r.why, r.why_at);
}

thread_local scanner kept;

} /* namespace */

extern "C" struct json *json_read(struct arena *arena, struct str bytes, struct str *why)
{
	reader r = {};
	scanner own;
	struct json *root = nullptr;

	r.arena = arena;
	r.at = bytes.at;
	r.len = bytes.len;
	if (bytes.len == 0)
		refuse(r, "it is empty", SIZE_MAX);
	else if (bytes.len > BUF_MAX)
		refuse(r, "it is too long", SIZE_MAX);
	else
		root = scan_and_read(r, bytes.len > SCANNER_KEPT_MAX ? own : kept);
	if (root == nullptr)
		*why = sentence(r);
	return root;
}
