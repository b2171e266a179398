/* address.c - who may be called from here. */
#include "domain/outbox/address.h"

#include <arpa/inet.h>

/* The registries of special-purpose addresses, IPv4. */
static const struct address_range special4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 4 },
	{ { 240 }, 4 },
};

/* Inside 2000::/3, the only public unicast space of IPv6. */
static const struct address_range special6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4 */
	{ { 0x3f, 0xff, 0x00 }, 20 },       /* documentation */
};
static const struct address_range global6 = { { 0x20 }, 3 };

bool address_inside(const struct address_range *r, const uint8_t *address)
{
	int whole = r->bits / 8, rest = r->bits % 8;

	return memcmp(r->address, address, (size_t)whole) == 0 &&
	       (rest == 0 || (r->address[whole] ^ address[whole]) >> (8 - rest) == 0);
}

static bool inside_one(const struct address_range *ranges, size_t count, const uint8_t *address)
{
	for (size_t i = 0; i < count; i++)
		if (address_inside(&ranges[i], address))
			return true;
	return false;
}

/* Where clouds hand out a machine's own credentials beside 169.254.169.254: ordinary addresses
 * by their ranges, private or even public. */
static const struct address_range clouds4[] = {
	{ { 100, 100, 100, 200 }, 32 },
	{ { 168, 63, 129, 16 }, 32 },
};
static const struct address_range clouds6[] = {
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 }, 128 },
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 }, 128 },
};

/* Forms of IPv6 address that end at an IPv4 one, and the byte at which that stands. */
static const struct {
	struct address_range range;
	int at;
} carriers[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12 }, /* mapped */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 },   /* NAT64 */
	{ { { 0x20, 0x02 }, 16 }, 2 },                /* 6to4 */
};

/* These may: ::1 does not, nor does a site that cuts its NAT64 at another place. */
static const struct address_range maybe_carriers[] = {
	{ { 0 }, 96 },                                  /* "compatible", long out of use */
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48 }, /* NAT64 of a site's own */
};

/* NULL: it carries none. */
static const uint8_t *carried(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++)
		if (address_inside(&carriers[i].range, address))
			return address + carriers[i].at;
	if (address[12] != 0 &&
	    inside_one(maybe_carriers, sizeof maybe_carriers / sizeof maybe_carriers[0], address))
		return address + 12;
	return NULL;
}

static bool callable4(const uint8_t *address)
{
	return address[0] != 0 && address[0] < 224 && !(address[0] == 169 && address[1] == 254) &&
	       !inside_one(clouds4, sizeof clouds4 / sizeof clouds4[0], address);
}

bool address_is_callable(const uint8_t *address, int size)
{
	static const uint8_t any[16];

	if (size == 4)
		return callable4(address);
	if (size != 16 || memcmp(address, any, 16) == 0 || address[0] == 0xff ||
	    (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) ||
	    inside_one(clouds6, sizeof clouds6 / sizeof clouds6[0], address))
		return false;
	return carried(address) == NULL || callable4(carried(address));
}

bool address_is_public(const uint8_t *address, int size)
{
	if (!address_is_callable(address, size))
		return false;
	if (size == 4)
		return !inside_one(special4, sizeof special4 / sizeof special4[0], address);
	return address_inside(&global6, address) &&
	       !inside_one(special6, sizeof special6 / sizeof special6[0], address);
}

static bool has_strange_byte(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f || s.at[i] == '\\')
			return true;
	return false;
}

static size_t find_one_of(struct str s, const char *set)
{
	size_t i = 0;

	while (i < s.len && strchr(set, s.at[i]) == NULL)
		i++;
	return i;
}

/* What stands behind the host must be nothing or ":port". */
static bool good_port(struct str s)
{
	uint64_t port;

	return s.len == 0 || (s.at[0] == ':' && str_u64(str_from(s, 1), 65535, &port) && port > 0);
}

struct str url_host(struct str url)
{
	const char *scheme = url.len > 8 && (url.at[4] == 's' || url.at[4] == 'S') ? "https://"
	                                                                           : "http://";
	size_t skip = strlen(scheme);

	if (url.len <= skip || !str_eq_nocase((struct str){ url.at, skip }, str_of(scheme)) ||
	    has_strange_byte(url))
		return S_NONE;
	struct str rest = str_from(url, skip);
	struct str authority = { rest.at, find_one_of(rest, "/?#") };
	if (find_one_of(authority, "@") < authority.len)
		return S_NONE;
	struct str host = { authority.at, find_one_of(authority, ":") };
	struct str behind = str_from(authority, host.len);
	if (authority.len > 0 && authority.at[0] == '[') {
		host = (struct str){ authority.at + 1, find_one_of(str_from(authority, 1), "]") };
		behind = str_from(authority, host.len + 2);
		if (authority.len < host.len + 2)
			return S_NONE;
	}
	return host.len > 0 && host.len < 256 && good_port(behind) ? host : S_NONE;
}

struct str url_path(struct str url)
{
	for (int i = 0; i < 3 && str_given(url); i++)
		(void)str_cut(&url, '/');
	return url;
}

bool host_is_loopback_number(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9'))
			return false;
	return str_starts(host, S("127."));
}

bool host_may_be_called(struct str host)
{
	char name[256];
	struct in_addr v4;
	uint8_t v6[16];

	if (host.len == 0 || host.len >= sizeof name)
		return false;
	memcpy(name, host.at, host.len);
	name[host.len] = '\0';
	if (name[host.len - 1] == '.')
		name[--host.len] = '\0';
	struct str text = { name, host.len };
	if (str_eq_nocase(text, S("localhost")) ||
	    (text.len > 10 && str_eq_nocase(str_from(text, text.len - 10), S(".localhost"))))
		return false;
	if (inet_aton(name, &v4) != 0)
		return address_is_public((const uint8_t *)&v4, 4);
	if (inet_pton(AF_INET6, name, v6) == 1)
		return address_is_public(v6, 16);
	return strchr(name, ':') == NULL && strchr(name, '%') == NULL;
}
