/* json_text.c - the letters of JSON: escapes and the shape of numbers. Pure. */
#include "wire/json_text.h"

static bool digits(const char **p, const char *end)
{
	const char *from = *p;

	while (*p < end && **p >= '0' && **p <= '9')
		++*p;
	return *p > from;
}

static bool take(const char **p, const char *end, char either, char or)
{
	bool there = *p < end && (**p == either || **p == or);

	*p += there;
	return there;
}

bool json_is_number(struct str s)
{
	const char *p = s.at, *end = s.at + s.len;

	take(&p, end, '-', '-');
	if (!take(&p, end, '0', '0') && !digits(&p, end))
		return false;
	if (take(&p, end, '.', '.') && !digits(&p, end))
		return false;
	if (take(&p, end, 'e', 'E')) {
		take(&p, end, '+', '-');
		if (!digits(&p, end))
			return false;
	}
	return p == end;
}

/* Four hexadecimal digits, which are taken; -1 when they are not there. */
static int hex4(const char **p, const char *end)
{
	int n = 0;

	if (end - *p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*(*p)++);
		if (digit < 0)
			return -1;
		n = n << 4 | digit;
	}
	return n;
}

/* Takes what follows "\\u", both halves of a pair; -1 when there is no character. */
static int escaped_code(const char **p, const char *end)
{
	int c = hex4(p, end);

	if (c < 0xD800 || c > 0xDFFF)
		return c;
	if (c > 0xDBFF || !take(p, end, '\\', '\\') || !take(p, end, 'u', 'u'))
		return -1;
	int low = hex4(p, end);
	return low < 0xDC00 || low > 0xDFFF ? -1 : 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_utf8(char *to, int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xE0 | c >> 12);
		} else {
			*to++ = (char)(0xF0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*to++ = (char)(0x80 | (c & 0x3F));
	return to;
}

/* Takes what follows a backslash and writes what it stands for; NULL: nothing. */
static char *put_escaped(char *to, const char **p, const char *end)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char kind = *p < end ? *(*p)++ : '\0';

	if (kind == 'u') {
		int c = escaped_code(p, end);
		return c < 0 ? NULL : put_utf8(to, c);
	}
	const char *hit = kind == '\0' ? NULL : strchr(names, kind);
	if (hit == NULL)
		return NULL;
	*to++ = values[hit - names];
	return to;
}

/* Text without backslash, which is nearly all text, is one memchr and one memcpy. */
char *json_unescape(struct str s, char *to)
{
	const char *p = s.at, *end = s.at + s.len;

	while (p < end) {
		const char *hit = memchr(p, '\\', (size_t)(end - p));
		size_t run = (size_t)((hit == NULL ? end : hit) - p);
		memcpy(to, p, run);
		to += run;
		if (hit == NULL)
			break;
		p = hit + 1;
		to = put_escaped(to, &p, end);
		if (to == NULL)
			return NULL;
	}
	return to;
}
