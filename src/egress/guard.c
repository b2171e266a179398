/* guard.c - whether a socket address may be connected to. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "domain/outbox/address.h"
#include "egress/call.h"

bool address_allowed(const struct sockaddr *sa, bool private_too)
{
	const uint8_t *bytes;
	int size;

	if (sa->sa_family == AF_INET) {
		bytes = (const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
		size = 4;
	} else if (sa->sa_family == AF_INET6) {
		bytes = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr.s6_addr;
		size = 16;
	} else {
		return false;
	}
	return private_too ? address_is_callable(bytes, size) : address_is_public(bytes, size);
}
