/* pattern_translate.c - a regular expression of ECMAScript as PCRE2 spells it.
 *
 * One walk, which knows whether it is inside a class. It need not understand the
 * pattern: PCRE2 judges its structure. It sees to what the two read differently. */
#include "wire/pattern.h"

/* White space and ends of lines of ECMA 262. */
#define SPACES \
	"\\t\\n\\x{b}\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}" \
	"\\x{3000}\\x{feff}"

struct walk {
	struct arena *arena;
	struct str rest; /* not yet read */
	struct buf *to;
	struct str *why;
	bool in_class;
	bool quantified; /* what was just read is a quantifier */
};

static bool refused(struct walk *w, const char *format, int what)
{
	/* It may be half a character, or behind the end. */
	*w->why = arena_printf(w->arena, format, what > ' ' && what < 0x7f ? what : '?');
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `digits` hex digits; false: there are fewer. */
static bool take_hex(struct walk *w, size_t digits, uint32_t *out)
{
	uint32_t n = 0;

	if (w->rest.len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		int d = hex_digit(w->rest.at[i]);
		if (d < 0)
			return false;
		n = n * 16 + (uint32_t)d;
	}
	w->rest = str_from(w->rest, digits);
	*out = n;
	return true;
}

static bool take_braced(struct walk *w, uint32_t *out)
{
	size_t digits = 1;

	while (digits < w->rest.len && digits <= 7 && w->rest.at[digits] != '}')
		digits++;
	struct str rest = w->rest;
	w->rest = str_from(w->rest, 1);
	if (digits > 7 || digits < 2 || digits == rest.len || !take_hex(w, digits - 1, out))
		return false;
	w->rest = str_from(w->rest, 1);
	return *out <= 0x10ffff;
}

/* The second half of a surrogate pair, when there is one. */
static void join_surrogate(struct walk *w, uint32_t *n)
{
	struct str before = w->rest;
	uint32_t low;

	if (!str_starts(w->rest, S("\\u")))
		return;
	w->rest = str_from(w->rest, 2);
	if (take_hex(w, 4, &low) && low >= 0xdc00 && low <= 0xdfff)
		*n = 0x10000 + ((*n - 0xd800) << 10) + (low - 0xdc00);
	else
		w->rest = before;
}

/* Behind \u or \x. */
static bool code_point(struct walk *w, char letter)
{
	uint32_t n;
	bool braced = letter == 'u' && w->rest.len > 0 && w->rest.at[0] == '{';

	if (braced ? !take_braced(w, &n) : !take_hex(w, letter == 'u' ? 4 : 2, &n))
		return refused(w, "has a broken escape \\%c", letter);
	if (n >= 0xd800 && n <= 0xdbff)
		join_surrogate(w, &n);
	if (n >= 0xd800 && n <= 0xdfff)
		return refused(w, "has half a surrogate pair as escape \\%c", letter);
	buf_printf(w->to, "\\x{%x}", n);
	return true;
}

/* \1 and on; \0 is NUL. */
static bool number_escape(struct walk *w, char first)
{
	struct str rest = w->rest;
	int n = first - '0';

	if (first == '0' && (rest.len == 0 || !is_digit(rest.at[0]))) {
		buf_add(w->to, S("\\x{0}"));
		return true;
	}
	while (rest.len > 0 && is_digit(rest.at[0]) && n < 1000) {
		n = n * 10 + (rest.at[0] - '0');
		rest = str_from(rest, 1);
	}
	if (first == '0' || w->in_class)
		return refused(w, "has the escape \\%c in a place where it means nothing", first);
	w->rest = rest;
	buf_printf(w->to, "\\g{%d}", n);
	return true;
}

/* Behind \k, \p and \P: the name as it is. */
static bool named_escape(struct walk *w, char letter)
{
	char close = letter == 'k' ? '>' : '}';
	size_t len = 1;

	if (w->rest.len == 0 || w->rest.at[0] != (letter == 'k' ? '<' : '{'))
		return refused(w, "has a broken escape \\%c", letter);
	while (len < w->rest.len && w->rest.at[len] != close)
		len++;
	if (len == w->rest.len || (letter == 'k' && w->in_class))
		return refused(w, "has a broken escape \\%c", letter);
	buf_printf(w->to, "\\%c%.*s", letter, (int)len + 1, w->rest.at);
	w->rest = str_from(w->rest, len + 1);
	return true;
}

static bool space_escape(struct walk *w, char letter)
{
	if (letter == 's')
		buf_add(w->to, w->in_class ? S(SPACES) : S("[" SPACES "]"));
	else
		buf_add(w->to, w->in_class ? S("\\S") : S("[^" SPACES "]"));
	return true;
}

static bool letter_escape(struct walk *w, char letter)
{
	switch (letter) {
	case 'B':
		if (w->in_class)
			break;
		/* fallthrough */
	case 'b':
	case 'd':
	case 'D':
	case 'w':
	case 'W':
	case 't':
	case 'n':
	case 'f':
	case 'r':
		buf_printf(w->to, "\\%c", letter);
		return true;
	case 's':
	case 'S':
		return space_escape(w, letter);
	case 'v':
		buf_add(w->to, S("\\x{b}"));
		return true;
	case 'u':
	case 'x':
		return code_point(w, letter);
	case 'k':
	case 'p':
	case 'P':
		return named_escape(w, letter);
	case 'c':
		if (w->rest.len == 0 || !is_letter(w->rest.at[0]))
			break;
		buf_printf(w->to, "\\x{%x}", w->rest.at[0] & 0x1f);
		w->rest = str_from(w->rest, 1);
		return true;
	default:
		break;
	}
	return refused(w, "has the escape \\%c, which ECMAScript does not know here", letter);
}

static bool escape(struct walk *w)
{
	if (w->rest.len == 0)
		return refused(w, "ends with %c", '\\');
	char c = w->rest.at[0];
	w->rest = str_from(w->rest, 1);
	if (is_digit(c))
		return number_escape(w, c);
	if (is_letter(c))
		return letter_escape(w, c);
	if ((unsigned char)c < 0x80)
		buf_add_byte(w->to, '\\');
	buf_add_byte(w->to, c);
	return true;
}

/* Behind an opening bracket: what PCRE2 knows beyond (?: (?= (?! (?<= (?<! (?<name>. */
static bool group(struct walk *w)
{
	char next = w->rest.len > 0 ? w->rest.at[0] : '\0';
	char kind = w->rest.len > 1 ? w->rest.at[1] : '\0';
	char behind = w->rest.len > 2 ? w->rest.at[2] : '\0';

	if (next == '*')
		return refused(w, "has (%c, which ECMAScript does not know", next);
	if (next != '?')
		return true;
	bool named = kind == '<' && (is_letter(behind) || behind == '_');
	bool look = kind == '<' && (behind == '=' || behind == '!');
	if (kind != ':' && kind != '=' && kind != '!' && !named && !look)
		return refused(w, "has a group (?%c, which ECMAScript does not know", kind);
	/* Not a quantifier: it may be followed by anything. */
	buf_add_byte(w->to, '?');
	w->rest = str_from(w->rest, 1);
	return true;
}

static bool in_class(struct walk *w, char c)
{
	if (c == '\\')
		return escape(w);
	if (c == '[')
		buf_add_byte(w->to, '\\'); /* or PCRE2 could see [:alpha:] */
	buf_add_byte(w->to, c);
	w->in_class = c != ']';
	return true;
}

static bool outside(struct walk *w, char c)
{
	bool quantified = w->quantified;

	w->quantified = c == '*' || c == '+' || c == '?' || c == '}';
	switch (c) {
	case '\\':
		return escape(w);
	case '.':
		buf_add(w->to, S("[^\\n\\r\\x{2028}\\x{2029}]"));
		return true;
	case '(':
		buf_add_byte(w->to, c);
		return group(w);
	case '[':
		w->in_class = true;
		buf_add_byte(w->to, c);
		if (w->rest.len > 0 && w->rest.at[0] == '^') {
			buf_add_byte(w->to, '^');
			w->rest = str_from(w->rest, 1);
		}
		return true;
	case '+':
	case '*':
		if (quantified)
			return refused(w, "has %c behind a quantifier", c);
		break;
	default:
		break;
	}
	buf_add_byte(w->to, c);
	return true;
}

bool pattern_translate(struct arena *a, struct str text, struct buf *to, struct str *why)
{
	struct walk w = { .arena = a, .rest = text, .to = to, .why = why };

	while (w.rest.len > 0) {
		char c = w.rest.at[0];
		w.rest = str_from(w.rest, 1);
		if (!(w.in_class ? in_class(&w, c) : outside(&w, c)))
			return false;
	}
	must(!to->failed); /* PATTERN_MAX, and a few dozen bytes for each of them */
	return true;
}
