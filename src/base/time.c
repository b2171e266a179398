/* time.c - dates as text, and ids that carry the time. Pure. */
#include "base/time.h"

#include <string.h>
#include <time.h>

#include "base/limits.h"

/* The last `count` decimal digits of n, which is not negative. */
static void put_digits(char *to, int count, int n)
{
	while (count-- > 0) {
		to[count] = (char)('0' + n % 10);
		n /= 10;
	}
}

/* Every answer and every record has times in it, hence no printf. */
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
	if (t.tm_year < -1900 || t.tm_year > 9999 - 1900) {
		buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1,
		           t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)ms);
		return;
	}
	char text[] = "0000-00-00T00:00:00.000Z";
	put_digits(text, 4, t.tm_year + 1900);
	put_digits(text + 5, 2, t.tm_mon + 1);
	put_digits(text + 8, 2, t.tm_mday);
	put_digits(text + 11, 2, t.tm_hour);
	put_digits(text + 14, 2, t.tm_min);
	put_digits(text + 17, 2, t.tm_sec);
	put_digits(text + 20, 3, (int)ms);
	buf_add(b, (struct str){ text, sizeof text - 1 });
}

void time_rfc3339_local(struct buf *b, int64_t wall_ms, int32_t offset_s)
{
	int32_t minutes = offset_s % 60 == 0 ? offset_s / 60 : 0;
	int32_t ahead = minutes < 0 ? -minutes : minutes;
	size_t from = b->len;

	time_rfc3339(b, wall_ms + minutes * MINUTE_MS);
	if (b->failed)
		return;
	b->len = from + strlen("2026-11-22T15:37:32");
	if (minutes == 0)
		buf_add_byte(b, 'Z');
	else
		buf_printf(b, "%c%02d:%02d", minutes < 0 ? '-' : '+', (int)ahead / 60, (int)ahead % 60);
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

/* ".5", ".123456": milliseconds; cuts it off. */
static bool fraction(struct str *rest, int64_t *ms)
{
	int64_t unit = 100;
	size_t i = 1;

	*ms = 0;
	if (rest->len == 0 || rest->at[0] != '.')
		return true;
	for (; i < rest->len && rest->at[i] >= '0' && rest->at[i] <= '9'; i++) {
		*ms += (rest->at[i] - '0') * unit;
		unit /= 10;
	}
	*rest = str_from(*rest, i);
	return i > 1 && i <= 10;
}

/* "Z", "+09:00": minutes ahead of UTC. */
static bool zone(struct str s, int64_t *minutes)
{
	int h, m;

	*minutes = 0;
	if (str_is(s, "Z") || str_is(s, "z"))
		return true;
	if (s.len != 6 || (s.at[0] != '+' && s.at[0] != '-') || s.at[3] != ':' ||
	    !field(s, 1, 2, 0, 23, &h) || !field(s, 4, 2, 0, 59, &m))
		return false;
	*minutes = (s.at[0] == '-' ? -1 : 1) * (h * 60 + m);
	return true;
}

/* 2026-11-22T15:37:32, the first 19 characters. */
static bool date_and_time(struct str s, struct tm *t)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; i < sizeof shape - 1; i++) {
		bool digit = i < s.len && s.at[i] >= '0' && s.at[i] <= '9';
		if (i >= s.len || (shape[i] == 'd' ? !digit : (s.at[i] & ~0x20) != (shape[i] & ~0x20)))
			return false;
	}
	return field(s, 0, 4, 1970, 9999, &t->tm_year) && field(s, 5, 2, 1, 12, &t->tm_mon) &&
	       field(s, 8, 2, 1, 31, &t->tm_mday) && field(s, 11, 2, 0, 23, &t->tm_hour) &&
	       field(s, 14, 2, 0, 59, &t->tm_min) && field(s, 17, 2, 0, 60, &t->tm_sec);
}

bool time_read_rfc3339(struct str s, int64_t *wall_ms)
{
	struct str rest = str_from(s, 19);
	int64_t ms, minutes;
	struct tm t = { 0 };

	if (!date_and_time(s, &t) || !fraction(&rest, &ms) || !zone(rest, &minutes))
		return false;
	int day = t.tm_mday;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	/* timegm makes the 31st of April the first of May, and says so here. */
	int second = t.tm_sec;
	t.tm_sec = 0;
	int64_t at = (int64_t)timegm(&t) + second;
	*wall_ms = (at - minutes * 60) * SECOND_MS + ms;
	return t.tm_mday == day && *wall_ms >= 0;
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
