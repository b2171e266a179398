/* forwarded.h - from where a request comes, when a proxy passes it on.
 *
 *     client --> proxy --> proxy --> here          X-Forwarded-For: client, proxy
 *
 * F1  Only what a trusted proxy (--trusted-proxy) says is believed: of its own peer, and of those
 *     before it as long as they are trusted too. What a client writes into the header itself stands
 *     to the left of that and is never looked at.
 * F2  Without a trusted proxy, or behind a text that is no address, it is who has connected. */
#ifndef RINGI_API_FORWARDED_H
#define RINGI_API_FORWARDED_H

#include "base/limits.h"
#include "domain/outbox/address.h"
#include "http/server.h"

struct forwarded {
	struct address_range nets[TRUSTED_PROXIES_MAX]; /* IPv6; of IPv4 as ::ffff:a.b.c.d */
	int count;
};

/* "10.0.0.7,192.168.0.0/16,fd00::/8"; NULL or empty: none. False: `why` says what is wrong. */
bool forwarded_read(struct forwarded *, const char *list, char why[256]);
/* The address, without a port: "192.0.2.7", "[2001:db8::1]"; absent when it is not known. Lent
 * from the request or in its arena. */
struct str forwarded_address(const struct forwarded *, const struct http_request *);
/* The part of an address that one client can't change at will: of IPv6 the network (/64). In the
 * arena, or the address itself. */
struct str address_of_client(struct arena *, struct str address);

#endif
