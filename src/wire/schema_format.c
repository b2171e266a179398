/* schema_format.c - the formats that are checked: those that everybody means alike.
 *
 * Dates and times of RFC 3339 (all parts, real calendar days, a leap second where one
 * can be), addresses of the internet, UUIDs. email and uri are looked at for their shape
 * only. Other formats say something to people. */
#include <arpa/inet.h>

#include "base/time.h"
#include "wire/schema_node.h"

/* `digits` decimal digits at the beginning, which are taken away. */
static bool take(struct str *s, size_t digits, int *out)
{
	int n = 0;

	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		n = n * 10 + (s->at[i] - '0');
	}
	*s = str_from(*s, digits);
	*out = n;
	return true;
}

static bool take_byte(struct str *s, const char *any)
{
	if (s->len == 0 || s->at[0] == '\0' || strchr(any, s->at[0]) == NULL)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool take_date(struct str *s)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (!take(s, 4, &year) || !take_byte(s, "-") || !take(s, 2, &month) || !take_byte(s, "-") ||
	    !take(s, 2, &day) || month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month != 2 || day < 29 || leap;
}

/* Z or +hh:mm; minutes east of Greenwich. */
static bool take_zone(struct str *s, int *minutes)
{
	int hour, minute;
	bool west = s->len > 0 && s->at[0] == '-';

	*minutes = 0;
	if (take_byte(s, "Zz"))
		return true;
	if (!take_byte(s, "+-") || !take(s, 2, &hour) || !take_byte(s, ":") || !take(s, 2, &minute) ||
	    hour > 23 || minute > 59)
		return false;
	*minutes = (hour * 60 + minute) * (west ? -1 : 1);
	return true;
}

static bool take_time(struct str *s)
{
	int hour, minute, second, east;

	if (!take(s, 2, &hour) || !take_byte(s, ":") || !take(s, 2, &minute) || !take_byte(s, ":") ||
	    !take(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	if (take_byte(s, ".")) {
		int digit;
		if (!take(s, 1, &digit))
			return false;
		while (take(s, 1, &digit))
			;
	}
	if (!take_zone(s, &east))
		return false;
	int utc = (hour * 60 + minute - east + 2 * 24 * 60) % (24 * 60);
	return second < 60 || utc == 23 * 60 + 59;
}

static bool is_date(struct str s)
{
	return take_date(&s) && s.len == 0;
}

static bool is_time(struct str s)
{
	return take_time(&s) && s.len == 0;
}

static bool is_date_time(struct str s)
{
	return take_date(&s) && take_byte(&s, "Tt") && take_time(&s) && s.len == 0;
}

static bool is_uuid(struct str s)
{
	struct uuid id;

	return uuid_read(s, &id);
}

/* inet_pton wants a NUL; addresses are short. */
static bool is_address(int family, struct str s)
{
	char text[INET6_ADDRSTRLEN] = { 0 };
	unsigned char address[sizeof(struct in6_addr)];

	if (s.len == 0 || s.len >= sizeof text || memchr(s.at, '\0', s.len) != NULL)
		return false;
	memcpy(text, s.at, s.len);
	return inet_pton(family, text, address) == 1;
}

static bool is_ipv4(struct str s)
{
	return is_address(AF_INET, s);
}

static bool is_ipv6(struct str s)
{
	return is_address(AF_INET6, s);
}

static bool is_email(struct str s)
{
	struct str domain = s, local = str_cut(&domain, '@');

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f)
			return false;
	return local.len > 0 && local.at[0] != '.' && !str_ends(local, S(".")) && domain.len > 0 &&
	       memchr(domain.at, '@', domain.len) == NULL && domain.at[0] != '.' &&
	       !str_ends(domain, S("."));
}

static bool is_uri(struct str s)
{
	struct str rest = s, scheme = str_cut(&rest, ':');

	if (scheme.len == 0 || !str_given(rest))
		return false;
	for (size_t i = 0; i < scheme.len; i++) {
		char c = scheme.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && (i == 0 || (!(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.')))
			return false;
	}
	for (size_t i = 0; i < rest.len; i++) {
		unsigned char c = (unsigned char)rest.at[i];
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			return false;
	}
	return true;
}

format_fn *schema_format(struct str name)
{
	static const struct {
		const char *name;
		format_fn *is;
	} formats[] = {
		{ "date", is_date },   { "time", is_time }, { "date-time", is_date_time },
		{ "uuid", is_uuid },   { "ipv4", is_ipv4 }, { "ipv6", is_ipv6 },
		{ "email", is_email }, { "uri", is_uri },
	};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (str_is(name, formats[i].name))
			return formats[i].is;
	return NULL;
}
