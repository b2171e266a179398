/* out.c - one answer, as JSON or as Amazon's XML.
 *
 * O1  Each out_object, out_list and out_item opens exactly one level, each out_end
 *     closes one; `level[depth - 1]` is the innermost.
 * O2  In XML the element of a level may be absent (a flattened list): then closing
 *     writes nothing. */
#include "wire/out.h"

#include "base/err.h"
#include "wire/json.h"

struct out out_start(enum out_form form, struct buf *to)
{
	return (struct out){ .form = form, .to = to };
}

/* JSON: the comma and the key in front of a value. */
static void json_before(struct out *o, struct str key)
{
	if (o->depth > 0) {
		if (o->level[o->depth - 1].some)
			buf_add_byte(o->to, ',');
		o->level[o->depth - 1].some = true;
	}
	if (str_given(key) && o->depth > 0 && o->level[o->depth - 1].close == '}') {
		json_write_text(o->to, key);
		buf_add_byte(o->to, ':');
	}
}

static void tag(struct buf *b, const char *open, struct str name)
{
	if (!str_given(name))
		return;
	buf_add_text(b, open);
	buf_add(b, name);
	buf_add_byte(b, '>');
}

static void push(struct out *o, struct str key, struct str element, const char *brackets)
{
	must(o->depth < OUT_DEPTH_MAX);
	if (o->form == OUT_JSON) {
		json_before(o, key);
		buf_add_byte(o->to, brackets[0]);
	} else {
		tag(o->to, "<", element);
	}
	o->level[o->depth].element = element;
	o->level[o->depth].some = false;
	o->level[o->depth].close = brackets[1];
	o->depth++;
}

void out_object(struct out *o, struct str key)
{
	push(o, key, key, "{}");
}

void out_list(struct out *o, struct str key, struct str wrapper)
{
	push(o, key, wrapper, "[]");
}

void out_item(struct out *o, struct str element)
{
	push(o, S_NONE, element, "{}");
}

void out_end(struct out *o)
{
	must(o->depth > 0);
	o->depth--;
	if (o->form == OUT_JSON)
		buf_add_byte(o->to, o->level[o->depth].close);
	else
		tag(o->to, "</", o->level[o->depth].element);
}

static void xml_element(struct out *o, struct str name, struct str value)
{
	tag(o->to, "<", name);
	xml_write_text(o->to, value);
	tag(o->to, "</", name);
}

/* A value whose JSON form needs no quotes. */
static void bare(struct out *o, struct str key, struct str value)
{
	if (o->form == OUT_XML) {
		xml_element(o, key, value);
		return;
	}
	json_before(o, key);
	buf_add(o->to, value);
}

void out_text(struct out *o, struct str key, struct str value)
{
	if (o->form == OUT_XML) {
		xml_element(o, key, value);
		return;
	}
	json_before(o, key);
	json_write_text(o->to, value);
}

void out_number(struct out *o, struct str key, int64_t value)
{
	if (o->form == OUT_XML)
		tag(o->to, "<", key);
	else
		json_before(o, key);
	buf_add_i64(o->to, value);
	if (o->form == OUT_XML)
		tag(o->to, "</", key);
}

void out_bool(struct out *o, struct str key, bool value)
{
	bare(o, key, value ? S("true") : S("false"));
}

void out_json(struct out *o, struct str key, struct str json)
{
	must(o->form == OUT_JSON && json.len > 0);
	bare(o, key, json);
}

void out_item_text(struct out *o, struct str element, struct str value)
{
	if (o->form == OUT_XML)
		xml_element(o, element, value);
	else
		out_text(o, S_NONE, value);
}

void out_entry(struct out *o, struct str element, struct str name_tag, struct str value_tag,
               struct str name, struct str value)
{
	if (o->form == OUT_JSON) {
		out_text(o, name, value);
		return;
	}
	tag(o->to, "<", element);
	xml_element(o, name_tag, name);
	xml_element(o, value_tag, value);
	tag(o->to, "</", element);
}

/* What stands for this byte of a text; absent: itself. Control characters have no
 * form in XML 1.0 at all and become U+FFFD. */
static struct str xml_escape(unsigned char c)
{
	switch (c) {
	case '&':
		return S("&amp;");
	case '<':
		return S("&lt;");
	case '>':
		return S("&gt;");
	case '"':
		return S("&quot;");
	case '\r':
		return S("&#xD;");
	case '\t':
	case '\n':
		return S_NONE;
	default:
		return c < 0x20 ? S("\xEF\xBF\xBD") : S_NONE;
	}
}

/* U+FFFE and U+FFFF, the other two that XML cannot carry. */
static bool xml_noncharacter(struct str s)
{
	return s.len >= 3 && memcmp(s.at, "\xEF\xBF", 2) == 0 && (unsigned char)s.at[2] >= 0xBE;
}

void xml_write_text(struct buf *b, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c > '>' && c < 0xEF)
			continue;
		struct str escape = xml_escape(c);
		size_t width = 1;
		if (c == 0xEF && xml_noncharacter(str_from(s, i))) {
			escape = S("\xEF\xBF\xBD");
			width = 3;
		}
		if (!str_given(escape))
			continue;
		buf_add(b, (struct str){ s.at + from, i - from });
		buf_add(b, escape);
		i += width - 1;
		from = i + 1;
	}
	if (from < s.len)
		buf_add(b, (struct str){ s.at + from, s.len - from });
}
