/* mustache.c - texts with gaps; what there is of Mustache is in the header.
 *
 * One recursive walk does both, checking and writing: a walk that writes nothing (out NULL) only
 * looks at the tags. */
#include "wire/mustache.h"

struct walk {
	struct buf *out; /* NULL: nothing is written */
	enum mustache_medium medium;
	const struct json *values[MUSTACHE_DEPTH_MAX + 1]; /* the innermost last */
	int depth;
	struct str text; /* all of it */
	size_t at;
	/* checking */
	const char *const *names; /* NULL: not checked */
	struct arena *arena;
	struct str why;
};

/* ---- values */

static const struct json *value_of(const struct walk *w, struct str name)
{
	for (int i = w->depth; i >= 0; i--)
		JSON_EACH (w->values[i], v)
			if (str_eq(v->key, name))
				return v;
	return NULL;
}

static bool is_there(const struct json *v)
{
	if (v == NULL || v->kind == JSON_NULL || v->kind == JSON_FALSE)
		return false;
	if (v->kind == JSON_ARRAY)
		return v->first != NULL;
	return v->kind != JSON_STRING || v->text.len > 0;
}

/* Invisible characters that change the order of what is read, or hide it: U+202A..202E,
 * U+2066..2069. */
static bool turns_text(struct str s, size_t i)
{
	if (i + 2 >= s.len || (unsigned char)s.at[i] != 0xe2)
		return false;
	unsigned char a = (unsigned char)s.at[i + 1], b = (unsigned char)s.at[i + 2];
	return (a == 0x80 && b >= 0xaa && b <= 0xae) || (a == 0x81 && b >= 0xa6 && b <= 0xa9);
}

static void add_html(struct buf *out, char c)
{
	switch (c) {
	case '&':
		buf_add(out, S("&amp;"));
		break;
	case '<':
		buf_add(out, S("&lt;"));
		break;
	case '>':
		buf_add(out, S("&gt;"));
		break;
	case '"':
		buf_add(out, S("&quot;"));
		break;
	case '\'':
		buf_add(out, S("&#39;"));
		break;
	default:
		buf_add_byte(out, c);
	}
}

static void add_json(struct buf *out, struct str s)
{
	struct buf quoted = { 0 };

	json_write_text(&quoted, s);
	buf_add(out, (struct str){ quoted.at + 1, quoted.len - 2 });
	buf_free(&quoted);
}

static void add_escaped(struct buf *out, struct str s, enum mustache_medium medium)
{
	if (medium == MUSTACHE_JSON) {
		add_json(out, s);
		return;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		bool kept = c >= ' ' && c != 0x7f;
		if (turns_text(s, i))
			i += 2;
		else if (!kept && !(c == '\n' && medium != MUSTACHE_LINE))
			buf_add_byte(out, ' ');
		else if (medium == MUSTACHE_HTML)
			add_html(out, (char)c);
		else
			buf_add_byte(out, (char)c);
	}
}

static void add_value(struct walk *w, struct str name)
{
	const struct json *v = value_of(w, name);

	if (w->out != NULL && v != NULL && (v->kind == JSON_STRING || v->kind == JSON_NUMBER))
		add_escaped(w->out, v->text, w->medium);
}

/* ---- tags */

static bool wrong(struct walk *w, const char *what, struct str name)
{
	if (w->arena != NULL && !str_given(w->why))
		w->why = arena_printf(w->arena, "%s: {{%.*s}}.", what, S_ARG(name));
	return false;
}

static bool known(const struct walk *w, struct str name)
{
	if (w->names == NULL)
		return true;
	for (int i = 0; w->names[i] != NULL; i++)
		if (str_is(name, w->names[i]))
			return true;
	return false;
}

struct tag {
	char kind; /* '#', '^', '/', or 0: a value */
	struct str name;
	size_t begin, end; /* of all of it */
};

/* The next tag behind w->at; false: there is none. */
static bool next_tag(const struct walk *w, struct tag *t)
{
	for (size_t i = w->at; i + 1 < w->text.len; i++) {
		if (w->text.at[i] != '{' || w->text.at[i + 1] != '{')
			continue;
		size_t end = i + 2;
		while (end + 1 < w->text.len && !(w->text.at[end] == '}' && w->text.at[end + 1] == '}'))
			end++;
		struct str inside = { w->text.at + i + 2, end - i - 2 };
		bool closed = end + 1 < w->text.len;
		t->begin = i;
		t->end = closed ? end + 2 : w->text.len;
		t->kind = inside.len > 0 && strchr("#^/", inside.at[0]) != NULL ? inside.at[0] : 0;
		t->name = closed ? str_trim(str_from(inside, t->kind != 0)) : S("");
		return true;
	}
	return false;
}

/* Alone in its line: the end of the line belongs to it. */
static size_t behind(const struct walk *w, const struct tag *t)
{
	bool first = t->begin == 0 || w->text.at[t->begin - 1] == '\n';
	bool last = t->end < w->text.len && w->text.at[t->end] == '\n';

	return t->kind != 0 && first && last ? t->end + 1 : t->end;
}

static void add_plain(struct walk *w, size_t to)
{
	if (w->out != NULL)
		buf_add(w->out, (struct str){ w->text.at + w->at, to - w->at });
	w->at = to;
}

static bool walk_section(struct walk *w, const struct tag *opening);

/* Up to the tag that closes `inside` (absent: up to the end). */
static bool walk_text(struct walk *w, struct str inside)
{
	struct tag t;

	while (next_tag(w, &t)) {
		add_plain(w, t.begin);
		w->at = behind(w, &t);
		if (!str_alphanumeric(t.name, "_") || t.name.len == 0)
			return wrong(w, "Only names, # ^ and / may stand in double braces", t.name);
		if (t.kind == '/')
			return (str_given(inside) && str_eq(inside, t.name)) ||
			       wrong(w, "Nothing of that name is open here", t.name);
		if (!known(w, t.name))
			return wrong(w, "There is no such field", t.name);
		if (t.kind == 0)
			add_value(w, t.name);
		else if (!walk_section(w, &t))
			return false;
	}
	add_plain(w, w->text.len);
	return !str_given(inside) || wrong(w, "It is never closed", inside);
}

static bool walk_once(struct walk *w, const struct json *values, struct str name)
{
	if (w->depth == MUSTACHE_DEPTH_MAX)
		return wrong(w, "Too many sections lie in each other", name);
	w->values[++w->depth] = values;
	bool good = walk_text(w, name);
	w->depth--;
	return good;
}

static bool walk_section(struct walk *w, const struct tag *opening)
{
	const struct json *v = value_of(w, opening->name);
	bool there = is_there(v) == (opening->kind == '#');
	struct buf *out = w->out;
	size_t begin = w->at;

	if (!there || v == NULL || v->kind != JSON_ARRAY) {
		w->out = there ? out : NULL;
		bool good = walk_once(w, NULL, opening->name);
		w->out = out;
		return good;
	}
	JSON_EACH (v, element) {
		w->at = begin;
		if (!walk_once(w, element, opening->name))
			return false;
	}
	return true;
}

bool mustache_check(struct arena *arena, struct str text, const char *const *names, struct str *why)
{
	struct walk w = { .text = text, .names = names, .arena = arena };
	bool good = walk_text(&w, S_NONE);

	*why = w.why;
	return good;
}

void mustache_write(struct buf *out, struct str text, const struct json *values,
                    enum mustache_medium medium)
{
	struct walk w = { .out = out, .medium = medium, .text = text, .values = { values } };

	(void)walk_text(&w, S_NONE);
}
