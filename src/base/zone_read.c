/* zone_read.c - the bytes of a TZif file become a zone (RFC 9636).
 *
 *     header, block with times of 4 bytes                      version 1 ends here
 *     header, block with times of 8 bytes, "\n" rule "\n"      versions 2, 3, 4
 *
 * The first block of a newer file is for old readers and is skipped. Whatever breaks a
 * rule of the format is refused: a zone that is half understood would fire schedules at
 * wrong times without anybody noticing. */
#include "base/limits.h"
#include "base/zone_parts.h"

enum { HEADER = 44, COUNTS = 20 };

struct counts {
	uint32_t utc, standard, leaps, times, kinds, chars;
};

/* What is left to read; `why` is set with the first thing that is wrong. */
struct input {
	struct arena *arena;
	struct str left;
	struct str why;
};

static bool wrong(struct input *in, struct str why)
{
	in->why = why;
	return false;
}

static const uint8_t *take(struct input *in, uint64_t size)
{
	const uint8_t *at = (const uint8_t *)in->left.at;

	if (size > in->left.len) {
		in->why = S("The time zone data is cut off.");
		return NULL;
	}
	in->left = str_from(in->left, (size_t)size);
	return at;
}

static int64_t number_at(const uint8_t *at, int bytes)
{
	uint64_t n = 0;

	for (int i = 0; i < bytes; i++)
		n = n << 8 | at[i];
	return bytes == 4 ? (int32_t)n : (int64_t)n;
}

static bool read_header(struct input *in, char *version, struct counts *c)
{
	const uint8_t *h = take(in, HEADER);

	if (h == NULL)
		return false;
	if (memcmp(h, "TZif", 4) != 0)
		return wrong(in, S("This is not time zone data: it does not begin with TZif."));
	*version = (char)h[4];
	uint32_t *const to[] = { &c->utc, &c->standard, &c->leaps, &c->times, &c->kinds, &c->chars };
	for (size_t i = 0; i < sizeof to / sizeof *to; i++)
		*to[i] = (uint32_t)number_at(h + COUNTS + 4 * i, 4);
	return true;
}

static uint64_t block_size(const struct counts *c, int time_size)
{
	return (uint64_t)c->times * (uint64_t)(time_size + 1) + (uint64_t)c->kinds * 6 + c->chars +
	       (uint64_t)c->leaps * (uint64_t)(time_size + 4) + c->standard + c->utc;
}

static bool counts_fit(struct input *in, const struct counts *c)
{
	if (c->leaps != 0)
		return wrong(in, S("This time zone counts leap seconds, which UTC here does not."));
	if (c->times > ZONE_CHANGES_MAX)
		return wrong(in, S("This time zone has too many changes."));
	if (c->kinds == 0 || c->kinds > 256 || c->chars == 0 || (c->utc != 0 && c->utc != c->kinds) ||
	    (c->standard != 0 && c->standard != c->kinds))
		return wrong(in, S("The numbers in the head of the time zone data do not fit together."));
	return true;
}

static bool read_times(struct input *in, struct zone *z, const struct counts *c, int time_size)
{
	const uint8_t *at = take(in, (uint64_t)c->times * (uint64_t)time_size);
	const uint8_t *kinds = at == NULL ? NULL : take(in, c->times);

	if (kinds == NULL)
		return false;
	z->count = c->times;
	z->at = ARENA_ARRAY(in->arena, int64_t, c->times + 1);
	z->kind_of = arena_get(in->arena, c->times + 1);
	for (size_t i = 0; i < z->count; i++) {
		z->at[i] = number_at(at + i * (size_t)time_size, time_size);
		z->kind_of[i] = kinds[i];
		if (kinds[i] >= c->kinds || (i > 0 && z->at[i] <= z->at[i - 1]))
			return wrong(in, S("The changes of the time zone are not in order."));
	}
	return true;
}

/* Changes so long ago or far away that nobody asks may be kept where milliseconds do not
 * overflow; those at one end fall together, which zone_at can bear. */
static void clamp_times(struct zone *z)
{
	const int64_t most = 2 * (ZONE_MS_MAX / SECOND_MS);

	for (size_t i = 0; i < z->count; i++)
		z->at[i] = z->at[i] < -most ? -most : z->at[i] > most ? most : z->at[i];
}

static bool abbreviation_fits(struct str s)
{
	if (s.len > ZONE_ABBREVIATION_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return false;
	return true;
}

static bool read_kind(struct input *in, const uint8_t *at, struct str names, struct zone_kind *k)
{
	struct str name = str_from(names, at[5]);
	const char *end = at[5] < names.len ? memchr(name.at, '\0', name.len) : NULL;
	int64_t offset = number_at(at, 4);

	if (offset < -ZONE_OFFSET_MAX_S || offset > ZONE_OFFSET_MAX_S || at[4] > 1)
		return wrong(in, S("A clock of the time zone is more than a day off."));
	if (end == NULL)
		return wrong(in, S("A name in the time zone data does not end."));
	name.len = (size_t)(end - name.at);
	if (!abbreviation_fits(name))
		return wrong(in, S("A name in the time zone data is too long or not ASCII."));
	*k = (struct zone_kind){ (int32_t)offset, at[4] == 1, arena_str(in->arena, name) };
	return true;
}

/* Z3; that 0 is always between the two does no harm. */
static void widen(struct zone *z, int32_t offset_s)
{
	if (offset_s < z->offset_min)
		z->offset_min = offset_s;
	if (offset_s > z->offset_max)
		z->offset_max = offset_s;
}

static bool read_kinds(struct input *in, struct zone *z, const struct counts *c)
{
	const uint8_t *at = take(in, (uint64_t)c->kinds * 6);
	const uint8_t *chars = at == NULL ? NULL : take(in, c->chars);

	if (chars == NULL)
		return false;
	struct str names = { (const char *)chars, c->chars };
	z->kinds = ARENA_ARRAY(in->arena, struct zone_kind, c->kinds);
	for (size_t i = 0; i < c->kinds; i++) {
		if (!read_kind(in, at + 6 * i, names, &z->kinds[i]))
			return false;
		widen(z, z->kinds[i].offset_s);
	}
	return true;
}

/* Whether times were meant as standard or UTC matters to nobody but the compiler of rules. */
static bool skip_indicators(struct input *in, const struct counts *c)
{
	return take(in, (uint64_t)c->standard + c->utc) != NULL;
}

static bool read_block(struct input *in, struct zone *z, const struct counts *c, int time_size)
{
	if (!counts_fit(in, c) || !read_times(in, z, c, time_size) || !read_kinds(in, z, c) ||
	    !skip_indicators(in, c))
		return false;
	clamp_times(z);
	return true;
}

static bool read_footer(struct input *in, struct zone *z)
{
	struct str rule = in->left;

	if (rule.len < 2 || rule.at[0] != '\n' || rule.at[rule.len - 1] != '\n')
		return wrong(in, S("The time zone data does not end with its rule between line ends."));
	rule = (struct str){ rule.at + 1, rule.len - 2 };
	if (rule.len == 0)
		return true; /* nobody knows how it goes on: it stays as it is */
	if (!zone_rule_read(in->arena, rule, &z->rule))
		return wrong(in, S("The rule at the end of the time zone data cannot be read."));
	widen(z, z->rule.standard.offset_s);
	widen(z, z->rule.summer.offset_s);
	return true;
}

static bool read_file(struct input *in, struct zone *z)
{
	struct counts c;
	char version;

	if (!read_header(in, &version, &c))
		return false;
	if (version == '\0') {
		if (!read_block(in, z, &c, 4))
			return false;
		return in->left.len == 0 || wrong(in, S("There is more than a time zone in the data."));
	}
	if (version < '2' || version > '4')
		return wrong(in, S("The time zone data is of a version that is not known here."));
	return take(in, block_size(&c, 4)) != NULL && read_header(in, &version, &c) &&
	       read_block(in, z, &c, 8) && read_footer(in, z);
}

struct zone *zone_read(struct arena *a, struct str bytes, struct str *why)
{
	struct input in = { .arena = a, .left = bytes };
	struct zone *z = ARENA_NEW(a, struct zone);

	*why = S_NONE;
	if (bytes.len > ZONE_BYTES_MAX)
		wrong(&in, S("The time zone data is too large."));
	bool ok = !str_given(in.why) && read_file(&in, z);
	must(ok == !str_given(in.why));
	*why = in.why;
	return ok ? z : NULL;
}
