/* time.c - dates as text, and ids that carry the time. Pure. */
#include "base/time.h"

#include <string.h>
#include <time.h>

#include "base/limits.h"

void time_rfc3339(struct buf *b, int64_t wall_ms)
{
	int64_t ms = wall_ms % 1000;
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm t;

	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	gmtime_r(&seconds, &t);
	buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
	           t.tm_hour, t.tm_min, t.tm_sec, (int)ms);
}

static bool field(struct str s, size_t at, size_t len, int low, int high, int *out)
{
	int64_t n;

	if (!str_i64((struct str){ s.at + at, len }, low, high, &n))
		return false;
	*out = (int)n;
	return true;
}

bool time_read_amz(struct str s, int64_t *wall_ms)
{
	struct tm t = { 0 };

	if (s.len != 16 || s.at[8] != 'T' || s.at[15] != 'Z')
		return false;
	if (!field(s, 0, 4, 1970, 9999, &t.tm_year) || !field(s, 4, 2, 1, 12, &t.tm_mon) ||
	    !field(s, 6, 2, 1, 31, &t.tm_mday) || !field(s, 9, 2, 0, 23, &t.tm_hour) ||
	    !field(s, 11, 2, 0, 59, &t.tm_min) || !field(s, 13, 2, 0, 60, &t.tm_sec))
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	*wall_ms = (int64_t)timegm(&t) * SECOND_MS;
	return true;
}

struct uuid uuid_new(struct now now, struct rng *rng)
{
	struct uuid id;
	uint64_t ms = (uint64_t)now.wall_ms;

	rng_bytes(rng, id.bytes + 6, 10);
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0F));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
	return id;
}

void uuid_text(struct uuid id, char text[37])
{
	static const char digits[] = "0123456789abcdef";
	char *at = text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[id.bytes[i] >> 4];
		*at++ = digits[id.bytes[i] & 15];
	}
	*at = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool uuid_read(struct str s, struct uuid *id)
{
	size_t at = 0;

	if (s.len != 36)
		return false;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (s.at[at++] != '-')
				return false;
		int high = hex_digit(s.at[at]), low = hex_digit(s.at[at + 1]);
		if (high < 0 || low < 0)
			return false;
		id->bytes[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	return true;
}
