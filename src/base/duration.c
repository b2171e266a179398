/* duration.c - lengths of time as ISO 8601 writes them. */
#include "base/duration.h"

#include "base/limits.h"

/* The letters in their order. A part of the time stands behind T. */
enum part { YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES, SECONDS, PARTS };
static const char letters[PARTS] = "YMWDHMS";

struct reading {
	struct arena *arena;
	struct str text, rest, why;
	int64_t n[PARTS];
	int parts; /* found so far */
};

/* The first reason stands. */
static bool wrong(struct reading *r, const char *reason)
{
	if (!str_given(r->why))
		r->why = arena_printf(r->arena, "'%.*s' is no length of time here: %s",
		                      (int)(r->text.len > DURATION_TEXT_MAX ? DURATION_TEXT_MAX
		                                                            : r->text.len),
		                      r->text.at == NULL ? "" : r->text.at, reason);
	return false;
}

static bool eat(struct reading *r, char c)
{
	if (r->rest.len == 0 || r->rest.at[0] != c)
		return false;
	r->rest = str_from(r->rest, 1);
	return true;
}

static int part_of(char letter, enum part from, enum part end)
{
	for (enum part p = from; p < end; p++)
		if (letters[p] == letter)
			return (int)p;
	return -1;
}

/* A number and its letter, which is one of from .. end - 1. */
static bool read_part(struct reading *r, enum part *from, enum part end)
{
	size_t digits = 0;
	uint64_t n;

	while (digits < r->rest.len && r->rest.at[digits] >= '0' && r->rest.at[digits] <= '9')
		digits++;
	char letter = digits < r->rest.len ? r->rest.at[digits] : '\0';
	if (letter == '.' || letter == ',')
		return wrong(r, "fractions are not taken; write a smaller unit, as in PT90M.");
	if (digits == 0 && letter == '-')
		return wrong(r, "it must be positive.");
	int part = part_of(letter, *from, end);
	if (digits == 0 || part < 0)
		return wrong(r, "numbers with Y M W D, then T and numbers with H M S are, in this order, "
		                "as in P3D, PT4H or P1DT2H.");
	if (!str_u64((struct str){ r->rest.at, digits }, DURATION_DAYS_MAX * UINT64_C(86400), &n))
		return wrong(r, "it is more than ten years.");
	r->n[part] = (int64_t)n;
	r->parts++;
	*from = (enum part)(part + 1);
	r->rest = str_from(r->rest, digits + 1);
	return true;
}

static bool read_parts(struct reading *r)
{
	enum part from = YEARS;

	if (eat(r, '-'))
		return wrong(r, "it must be positive.");
	if (!eat(r, 'P'))
		return wrong(r, "it begins with P, as in P3D (days) or PT4H (hours), in capitals.");
	while (r->rest.len > 0 && r->rest.at[0] != 'T')
		if (!read_part(r, &from, HOURS))
			return false;
	if (eat(r, 'T')) {
		int before = r->parts;
		from = HOURS;
		while (r->rest.len > 0)
			if (!read_part(r, &from, PARTS))
				return false;
		if (r->parts == before)
			return wrong(r, "behind T hours, minutes or seconds follow.");
	}
	return r->parts > 0 || wrong(r, "it says nothing; write how long, as in P3D.");
}

/* No part is so long that the sum would not fit. */
static bool fits(struct reading *r)
{
	const int64_t *n = r->n;
	int64_t seconds = n[HOURS] * 3600 + n[MINUTES] * 60 + n[SECONDS];
	int64_t days = n[YEARS] * 366 + n[MONTHS] * 31 + n[WEEKS] * 7 + n[DAYS];

	if (n[WEEKS] > 0 && r->parts > 1)
		return wrong(r, "weeks stand alone; write days beside other parts.");
	if (n[MONTHS] > 12)
		return wrong(r, "M before T are months, 12 at most (write years beside them); minutes "
		                "stand behind T, as in PT30M.");
	if (seconds == 0 && days == 0)
		return wrong(r, "it must be longer than nothing.");
	if (days > DURATION_DAYS_MAX || days * 86400 + seconds > DURATION_DAYS_MAX * INT64_C(86400))
		return wrong(r, "it is more than ten years.");
	return true;
}

bool duration_read(struct arena *a, struct str text, struct duration *d, struct str *why)
{
	struct reading r = { .arena = a, .text = text, .rest = text };
	bool ok = text.len <= DURATION_TEXT_MAX ? read_parts(&r) && fits(&r) : wrong(&r, "too long.");

	*d = (struct duration){ 0 };
	*why = r.why;
	if (!ok)
		return false;
	d->years = (int)r.n[YEARS];
	d->months = (int)r.n[MONTHS];
	d->weeks = (int)r.n[WEEKS];
	d->days = (int)r.n[DAYS];
	d->ms = (r.n[HOURS] * 3600 + r.n[MINUTES] * 60 + r.n[SECONDS]) * SECOND_MS;
	return true;
}

static void part_text(struct buf *b, int64_t n, char letter)
{
	if (n == 0)
		return;
	buf_add_i64(b, n);
	buf_add_byte(b, letter);
}

void duration_text(struct buf *b, const struct duration *d)
{
	must(d->ms >= 0 && d->ms % SECOND_MS == 0);
	buf_add_byte(b, 'P');
	part_text(b, d->years, 'Y');
	part_text(b, d->months, 'M');
	part_text(b, d->weeks, 'W');
	part_text(b, d->days, 'D');
	if (d->ms == 0)
		return;
	buf_add_byte(b, 'T');
	part_text(b, d->ms / HOUR_MS, 'H');
	part_text(b, d->ms / MINUTE_MS % 60, 'M');
	part_text(b, d->ms / SECOND_MS % 60, 'S');
}
