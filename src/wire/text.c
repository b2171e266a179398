/* text.c - bytes as text: hexadecimal and base64 (hash.h). Pure. */
#include "wire/hash.h"

void hex_text(const uint8_t *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

void hex_write(struct buf *b, const uint8_t *bytes, size_t size)
{
	char *to = buf_room(b, size * 2 + 1);

	if (to != NULL) {
		hex_text(bytes, size, to);
		b->len += size * 2;
	}
}

bool hex_read(struct str s, uint8_t *bytes, size_t size)
{
	if (s.len != size * 2)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(s.at[2 * i]), low = hex_digit(s.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes as four characters. */
static void base64_group(const uint8_t *p, size_t size, char *to)
{
	uint32_t n = (uint32_t)p[0] << 16;

	if (size > 1)
		n |= (uint32_t)p[1] << 8;
	if (size > 2)
		n |= p[2];
	to[0] = base64_digits[n >> 18];
	to[1] = base64_digits[n >> 12 & 63];
	to[2] = size > 1 ? base64_digits[n >> 6 & 63] : '=';
	to[3] = size > 2 ? base64_digits[n & 63] : '=';
}

void base64_write(struct buf *b, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.at;
	char *to = s.len > SIZE_MAX / 2 ? NULL : buf_room(b, (s.len + 2) / 3 * 4);

	if (to == NULL) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < s.len; i += 3, to += 4)
		base64_group(p + i, s.len - i < 3 ? s.len - i : 3, to);
	b->len += (s.len + 2) / 3 * 4;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* `size` (1..3) bytes from four characters. False when a character is foreign, or
 * when bits that belong to no byte are set: one value has one text. */
static bool base64_ungroup(const char *p, size_t size, char *to)
{
	uint32_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i <= size ? base64_value(p[i]) : p[i] == '=' ? 0 : -1;
		if (v < 0)
			return false;
		n = n << 6 | (uint32_t)v;
	}
	for (size_t i = 0; i < size; i++)
		to[i] = (char)(n >> (16 - 8 * i) & 0xFF);
	return (n & (0xFFFFFFu >> (8 * size))) == 0;
}

struct str base64_read(struct arena *a, struct str text)
{
	size_t padding = 0;

	if (text.len % 4 != 0 || text.at == NULL)
		return S_NONE;
	while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
		padding++;
	size_t size = text.len / 4 * 3 - padding;
	char *bytes = arena_try(a, size + 1);
	if (bytes == NULL)
		return S_NONE;
	for (size_t i = 0, done = 0; i < text.len; i += 4, done += 3)
		if (!base64_ungroup(text.at + i, size - done < 3 ? size - done : 3, bytes + done))
			return S_NONE;
	return (struct str){ bytes, size };
}

/* ---- the alphabet for URLs */

void base64url_write(struct buf *out, struct str bytes)
{
	size_t from = out->len;

	base64_write(out, bytes);
	if (out->failed)
		return;
	while (out->len > from && out->at[out->len - 1] == '=')
		out->len--;
	for (size_t i = from; i < out->len; i++)
		out->at[i] = (char)(out->at[i] == '+' ? '-' : out->at[i] == '/' ? '_' : out->at[i]);
}

struct str base64url_text(struct arena *a, struct str bytes)
{
	struct buf b = { 0 };

	base64url_write(&b, bytes);
	struct str text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

struct str base64url_read(struct arena *a, struct str text)
{
	size_t padding = (4 - text.len % 4) % 4;
	char *plain = text.at == NULL ? NULL : arena_try(a, text.len + 4);

	if (plain == NULL)
		return S_NONE;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '+' || text.at[i] == '/' || text.at[i] == '=')
			return S_NONE;
		plain[i] = (char)(text.at[i] == '-' ? '+' : text.at[i] == '_' ? '/' : text.at[i]);
	}
	memset(plain + text.len, '=', padding);
	return padding == 3 ? S_NONE : base64_read(a, (struct str){ plain, text.len + padding });
}
