/* forwarded.c - see forwarded.h. */
#include "api/forwarded.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { ADDRESS_BITS = 128, V4_BITS = 32, ADDRESS_TEXT = INET6_ADDRSTRLEN + 2 };

/* ---- addresses */

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* "192.0.2.7", "2001:db8::1"; as IPv6. */
static bool address_read(struct str text, uint8_t to[16])
{
	char z[ADDRESS_TEXT];

	if (text.len == 0 || text.len >= sizeof z)
		return false;
	memcpy(z, text.at, text.len);
	z[text.len] = '\0';
	memcpy(to, v4_prefix, sizeof v4_prefix);
	return inet_pton(AF_INET, z, to + 12) == 1 || inet_pton(AF_INET6, z, to) == 1;
}

static bool is_v4(const uint8_t address[16])
{
	return memcmp(address, v4_prefix, sizeof v4_prefix) == 0;
}

static struct str address_text(struct arena *a, const uint8_t address[16])
{
	char z[INET6_ADDRSTRLEN];
	bool v4 = is_v4(address);

	must(inet_ntop(v4 ? AF_INET : AF_INET6, address + (v4 ? 12 : 0), z, sizeof z) != NULL);
	return v4 ? arena_str(a, str_of(z)) : arena_printf(a, "[%s]", z);
}

/* With a port or without: "192.0.2.7:51234", "[2001:db8::1]:443", "2001:db8::1". */
static struct str without_port(struct str text)
{
	size_t colon = text.len;
	int colons = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == ':') {
			colons++;
			colon = i;
		}
	if (text.len > 0 && text.at[0] == '[') {
		while (text.len > 1 && text.at[text.len - 1] != ']')
			text.len--;
		return text.len > 1 ? (struct str){ text.at + 1, text.len - 2 } : S_NONE;
	}
	if (colons == 1)
		text.len = colon;
	return text;
}

/* ---- who is trusted */

static bool net_read(struct str text, struct address_range *net)
{
	struct str bits = text, address = str_cut(&bits, '/');
	int64_t most, n;

	if (!address_read(address, net->address))
		return false;
	most = is_v4(net->address) ? V4_BITS : ADDRESS_BITS;
	n = most;
	if (str_given(bits) && !str_i64(bits, 0, most, &n))
		return false;
	net->bits = (int)(n + ADDRESS_BITS - most);
	return true;
}

bool forwarded_read(struct forwarded *f, const char *list, char why[256])
{
	struct str rest = list == NULL || list[0] == '\0' ? S_NONE : str_of(list);

	f->count = 0;
	while (str_given(rest)) {
		struct str one = str_trim(str_cut(&rest, ','));
		if (f->count == TRUSTED_PROXIES_MAX) {
			snprintf(why, 256, "At most %d proxies or networks of them can be trusted.",
			         TRUSTED_PROXIES_MAX);
			return false;
		}
		if (!net_read(one, &f->nets[f->count++])) {
			snprintf(why, 256,
			         "%.*s is no address and no network: 10.0.0.7, 192.168.0.0/16 or fd00::/8, "
			         "separated by commas.",
			         (int)(one.len > 100 ? 100 : one.len), one.at);
			return false;
		}
	}
	return true;
}

static bool trusted(const struct forwarded *f, const uint8_t address[16])
{
	for (int i = 0; i < f->count; i++)
		if (address_inside(&f->nets[i], address))
			return true;
	return false;
}

/* ---- who asks */

/* Takes the last of a list separated by commas. */
static struct str take_last(struct str *list)
{
	size_t at = list->len;

	while (at > 0 && list->at[at - 1] != ',')
		at--;
	struct str one = { list->at + at, list->len - at };
	list->len = at > 0 ? at - 1 : 0;
	return str_trim(one);
}

/* From the nearest on; *address: who has connected, then who was said to. False: no further. */
static bool walk(const struct forwarded *f, struct str list, uint8_t address[16])
{
	uint8_t before[16];

	while (list.len > 0) {
		if (!address_read(without_port(take_last(&list)), before))
			return false;
		memcpy(address, before, sizeof before);
		if (!trusted(f, address))
			return false;
	}
	return true;
}

struct str forwarded_address(const struct forwarded *f, const struct http_request *r)
{
	uint8_t address[16];
	struct str peer = r->peer;
	bool on;

	while (peer.len > 0 && peer.at[peer.len - 1] != ':')
		peer.len--;
	if (peer.len > 0)
		peer.len--;
	if (peer.len == 0)
		return S_NONE;
	on = f->count > 0 && address_read(without_port(peer), address) && trusted(f, address);
	if (!on)
		return peer;
	/* Repeated headers are one list. */
	for (int i = r->header_count - 1; i >= 0 && on; i--)
		if (str_eq_nocase(r->headers[i].name, S("X-Forwarded-For")))
			on = walk(f, r->headers[i].value, address);
	return address_text(r->arena, address);
}

struct str address_of_client(struct arena *a, struct str address)
{
	uint8_t bytes[16];

	if (!address_read(without_port(address), bytes) || is_v4(bytes))
		return address;
	memset(bytes + 8, 0, 8);
	return address_text(a, bytes);
}
