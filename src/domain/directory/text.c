/* text.c - texts of the directory: ids, codes, moments. Pure.
 *
 * An id stands in URLs, policies and audit records for years and is compared byte by byte, so
 * what looks like something else is no id: full-width forms (ａｂｃ), joiners, bidirectional
 * marks, variation selectors, private use, signs and emoji. Without a table of all scripts the
 * blocks in which those lie are told; what is left are letters and marks. */
#include "base/date.h"
#include "base/limits.h"
#include "domain/directory/inside.h"

/* Blocks that hold no letters for ids, ascending. */
static const struct {
	uint32_t first, last;
} not_letters[] = {
	{ 0x80, 0xbf }, /* C1 controls, Latin-1 signs */
	{ 0xd7, 0xd7 },
	{ 0xf7, 0xf7 },
	{ 0x034f, 0x034f }, /* grapheme joiner */
	{ 0x061c, 0x061c },
	{ 0x1680, 0x1680 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x2bff }, /* punctuation, marks of direction, arrows, signs, boxes, dingbats */
	{ 0x2e00, 0x2e7f },
	{ 0x2ff0, 0x3004 },
	{ 0x3008, 0x3020 }, /* Japanese brackets */
	{ 0x3030, 0x3030 },
	{ 0x3036, 0x3037 },
	{ 0x303d, 0x303f },
	{ 0x3190, 0x319f },
	{ 0x3200, 0x33ff },
	{ 0xe000, 0xf8ff }, /* private use */
	{ 0xfe00, 0xfe6f },
	{ 0xfeff, 0xfeff },
	{ 0xff00, 0xffff },   /* full-width and half-width forms, specials */
	{ 0x1d000, 0x1f9ff }, /* signs of music and mathematics, emoji */
	{ 0x1fa00, 0x1ffff },
	{ 0xe0000, 0x10ffff },
};

static bool letter(uint32_t c)
{
	for (size_t i = 0; i < sizeof not_letters / sizeof *not_letters; i++)
		if (c >= not_letters[i].first && c <= not_letters[i].last)
			return false;
	return true;
}

/* The next character of well-formed UTF-8. */
static uint32_t take(struct str *s)
{
	const unsigned char *p = (const unsigned char *)s->at;
	int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? *p : *p & (0x3fU >> more);

	must(s->len > (size_t)more);
	for (int i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3fU);
	*s = str_from(*s, (size_t)more + 1);
	return c;
}

static bool valid(struct str id, size_t max, const char *others)
{
	if (id.len == 0 || id.len > max || !str_utf8(id))
		return false;
	while (id.len > 0) {
		struct str one = { id.at, 1 };
		uint32_t c = take(&id);
		if (c < 0x80 ? !str_alphanumeric(one, others) : !letter(c))
			return false;
	}
	return true;
}

bool person_id_valid(struct str id)
{
	return valid(id, PERSON_ID_MAX, "._@-") && !str_is(id, "ringi") && !str_is(id, "anonymous") &&
	       !str_is(id, ".") && !str_is(id, "..");
}

bool directory_code_valid(struct str code)
{
	return valid(code, DIRECTORY_CODE_MAX, "._-") && !str_is(code, ".") && !str_is(code, "..");
}

bool text_plain(struct str s, size_t max)
{
	if (s.len > max || !str_utf8(s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
			return false;
	return true;
}

/* ---- moments */

static bool digits(struct str s, size_t at, int64_t max, int64_t *n)
{
	return s.len >= at + 2 && str_i64((struct str){ s.at + at, 2 }, 0, max, n) && s.at[at] != '-';
}

/* "T09:00" or "T09:00:30", behind a day. */
static bool read_clock(struct str s, int64_t *ms)
{
	int64_t hour, minute, second = 0;

	if ((s.len != 6 && s.len != 9) || s.at[0] != 'T' || s.at[3] != ':')
		return false;
	if (!digits(s, 1, 23, &hour) || !digits(s, 4, 59, &minute))
		return false;
	if (s.len == 9 && (s.at[6] != ':' || !digits(s, 7, 59, &second)))
		return false;
	*ms = (hour * 60 + minute) * MINUTE_MS + second * SECOND_MS;
	return true;
}

bool moment_read(const struct zone *zone, struct str text, int64_t *at)
{
	struct str day_text = text.len > 10 ? (struct str){ text.at, 10 } : text;
	int64_t clock = 0;
	int32_t day;

	if (time_read_rfc3339(text, at))
		return true;
	if (!date_read(day_text, &day))
		return false;
	if (text.len > 10 && !read_clock(str_from(text, 10), &clock))
		return false;
	*at = zone_first(zone, day * DAY_MS + clock);
	return *at >= 0;
}

struct str moment_text(struct arena *a, const struct zone *zone, int64_t at)
{
	struct buf text = { 0 };
	int64_t local = zone_to_local(zone, at);

	if (floor_div(local, DAY_MS) * DAY_MS == local && zone_first(zone, local) == at)
		date_text(&text, date_day_of_ms(local));
	else if (at % SECOND_MS != 0)
		time_rfc3339(&text, at);
	else
		time_rfc3339_local(&text, at, zone_at(zone, at).offset_s);
	arena_adopt(a, text.at);
	return buf_str(&text);
}

bool period_read(const struct zone *zone, struct str from, struct str until, struct period *p,
                 struct str *bad)
{
	*p = (struct period){ 0, NEVER };
	*bad = from;
	if (from.len > 0 && !moment_read(zone, from, &p->from_at))
		return false;
	*bad = until;
	if (until.len > 0 && !moment_read(zone, until, &p->until_at))
		return false;
	*bad = S_NONE;
	return true;
}
