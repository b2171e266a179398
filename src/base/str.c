/* str.c - views of bytes: comparing, cutting, reading numbers. Pure. */
#include "base/str.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

int hex_digit(char c)
{
	static const int8_t digits[256] = {
		['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
		['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
		['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
	};
	return digits[(unsigned char)c] - 1;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq((struct str){ s.at, prefix.len }, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

struct str str_from(struct str s, size_t from)
{
	if (from > s.len)
		from = s.len;
	return (struct str){ s.at == NULL ? NULL : s.at + from, s.len - from };
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = str_from(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

struct str str_cut(struct str *rest, char at)
{
	struct str all = *rest;
	const char *hit = all.len == 0 ? NULL : memchr(all.at, at, all.len);

	if (hit == NULL) {
		*rest = S_NONE;
		return all;
	}
	size_t before = (size_t)(hit - all.at);
	*rest = str_from(all, before + 1);
	return (struct str){ all.at, before };
}

bool str_u64(struct str s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > 20)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		unsigned digit = (unsigned)(s.at[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > max)
		return false;
	*out = n;
	return true;
}

bool str_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.len > 0 && s.at[0] == '-';
	uint64_t n;

	if (!str_u64(negative ? str_from(s, 1) : s, INT64_MAX, &n))
		return false;
	int64_t value = negative ? -(int64_t)n : (int64_t)n;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* On a mismatch only the last star gives way, which is enough for '*': at worst as many
 * steps as both lengths multiplied, never more. */
bool str_glob(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.len && pattern.at[p] == text.at[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

bool str_eq_secret(struct str a, struct str b)
{
	unsigned char difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.at[i] ^ b.at[i]);
	return difference == 0;
}

/* Length of the well-formed sequence at `p`, 0 when there is none (Unicode table 3-7). */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t more;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF) {
		more = 1;
	} else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
		more = 2;
		low = p[0] == 0xE0 ? 0xA0 : low;
		high = p[0] == 0xED ? 0x9F : high;
	} else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		more = 3;
		low = p[0] == 0xF0 ? 0x90 : low;
		high = p[0] == 0xF4 ? 0x8F : high;
	} else {
		return 0;
	}
	if (left < more + 1 || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i <= more; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return more + 1;
}

bool str_alphanumeric(struct str s, const char *others)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!good && (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return true;
}

bool str_has_nul(struct str s)
{
	return s.len > 0 && memchr(s.at, 0, s.len) != NULL;
}

bool str_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.at;

	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_sequence(p + i, s.len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

uint64_t str_hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.at[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ (h >> 32);
}
