/* decimal.c - see decimal.h. */
#include "wire/decimal.h"

/* The exponent behind e or E; clamped, so that sums with lengths cannot wrap. */
static int64_t read_exponent(struct str text)
{
	bool negative = text.len > 0 && text.at[0] == '-';
	int64_t n = 0;

	for (size_t i = 0; i < text.len && n < DECIMAL_POINT_MAX; i++)
		if (text.at[i] >= '0' && text.at[i] <= '9')
			n = n * 10 + (text.at[i] - '0');
	if (n > DECIMAL_POINT_MAX)
		n = DECIMAL_POINT_MAX;
	return negative ? -n : n;
}

/* "12" and "50" of 12.50 in one piece. */
static struct str both_sides(struct arena *a, struct str whole, struct str fraction)
{
	char *to;

	if (fraction.len == 0)
		return whole;
	if (whole.len == 0 || str_is(whole, "0"))
		return fraction;
	to = arena_get(a, whole.len + fraction.len);
	memcpy(to, whole.at, whole.len);
	memcpy(to + whole.len, fraction.at, fraction.len);
	return (struct str){ to, whole.len + fraction.len };
}

struct decimal decimal_read(struct arena *a, struct str text)
{
	struct decimal d = { 0 };
	size_t e = 0;

	if (text.len > 0 && text.at[0] == '-') {
		d.negative = true;
		text = str_from(text, 1);
	}
	while (e < text.len && text.at[e] != 'e' && text.at[e] != 'E')
		e++;
	struct str fraction = { text.at, e };
	struct str whole = str_cut(&fraction, '.');
	d.digits = both_sides(a, whole, fraction);
	d.point = (int64_t)(str_is(whole, "0") && fraction.len > 0 ? 0 : whole.len) +
	          read_exponent(str_from(text, e + 1));
	while (d.digits.len > 0 && d.digits.at[0] == '0') {
		d.digits = str_from(d.digits, 1);
		d.point--;
	}
	while (d.digits.len > 0 && d.digits.at[d.digits.len - 1] == '0')
		d.digits.len--;
	return d.digits.len == 0 ? (struct decimal){ 0 } : d;
}

static int cmp_size(struct decimal a, struct decimal b)
{
	if (a.digits.len == 0 || b.digits.len == 0)
		return (a.digits.len > 0) - (b.digits.len > 0);
	if (a.point != b.point)
		return a.point < b.point ? -1 : 1;
	return str_cmp(a.digits, b.digits); /* shorter first: no zeros at the end */
}

int decimal_cmp(struct decimal a, struct decimal b)
{
	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	return a.negative ? cmp_size(b, a) : cmp_size(a, b);
}

bool decimal_whole(struct decimal d)
{
	return d.point >= (int64_t)d.digits.len;
}

bool decimal_count(struct decimal d, int64_t max, int64_t *out)
{
	int64_t n = 0;

	if (d.negative || !decimal_whole(d))
		return false;
	for (int64_t i = 0; i < d.point && n < max; i++) {
		int digit = i < (int64_t)d.digits.len ? d.digits.at[i] - '0' : 0;
		n = n > (max - digit) / 10 ? max : n * 10 + digit;
	}
	*out = n;
	return true;
}

static uint64_t times(uint64_t a, uint64_t b, uint64_t modulus)
{
	return (uint64_t)((unsigned __int128)a * b % modulus);
}

/* 10^power, modulo. */
static uint64_t ten_to(int64_t power, uint64_t modulus)
{
	uint64_t result = 1 % modulus, square = 10 % modulus;

	for (; power > 0; power >>= 1) {
		if (power & 1)
			result = times(result, square, modulus);
		square = times(square, square, modulus);
	}
	return result;
}

static uint64_t remainder_of(struct str digits, uint64_t modulus)
{
	uint64_t r = 0;

	for (size_t i = 0; i < digits.len; i++)
		r = (r * 10 + (uint64_t)(digits.at[i] - '0')) % modulus;
	return r;
}

bool decimal_divides(struct decimal divisor, struct decimal n)
{
	uint64_t by = 0;
	int64_t shift = (n.point - (int64_t)n.digits.len) -
	                (divisor.point - (int64_t)divisor.digits.len);

	must(divisor.digits.len > 0 && divisor.digits.len <= DECIMAL_DIVISOR_MAX);
	if (n.digits.len == 0)
		return true;
	if (shift < 0)
		return false; /* the last digit of n is not 0, so it stands behind any of a multiple */
	for (size_t i = 0; i < divisor.digits.len; i++)
		by = by * 10 + (uint64_t)(divisor.digits.at[i] - '0');
	return times(remainder_of(n.digits, by), ten_to(shift, by), by) == 0;
}
