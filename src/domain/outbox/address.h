/* address.h - who may be called from here: a guard against requests that strangers
 * have us make into our own network. Pure.
 *
 * Denied: everything that is not public unicast - loopback, private, link-local,
 * carrier-grade NAT, unique local, multicast, documentation, and every form of IPv6
 * address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64). */
#ifndef RINGI_DOMAIN_OUTBOX_ADDRESS_H
#define RINGI_DOMAIN_OUTBOX_ADDRESS_H

#include "base/str.h"

/* Its first `bits`; network order, of IPv4 in the first four bytes. */
struct address_range {
	uint8_t address[16];
	int bits;
};
bool address_inside(const struct address_range *, const uint8_t *address);

/* `size` is 4 or 16, network order. */
bool address_is_public(const uint8_t *address, int size);
/* What no setting allows is not callable: "any", multicast, broadcast, link-local, and wherever
 * else clouds hand out the machine's own credentials (169.254.169.254, fd00:ec2::254 and their
 * like); nor is an IPv6 address that carries such an IPv4 one. */
bool address_is_callable(const uint8_t *address, int size);

/* The host of an http or https URL, without brackets and port; absent when there is
 * none, or when the URL has a user, a space, a control character or a backslash. */
struct str url_host(struct str url);

/* "tools/ringi" of "https://host:port/tools/ringi"; absent: there is no slash behind the host. */
struct str url_path(struct str url);

/* "127.0.0.1" and its like, without a port; no name, such as 127.0.0.1.example.com. */
bool host_is_loopback_number(struct str host);

/* False when the host is "localhost" or an address, in any of the forms that resolvers
 * take ("127.1", "0x7f.1", "2130706433"), that is not public. Other names: true. */
bool host_may_be_called(struct str host);

#endif
