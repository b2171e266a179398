/* bounds.h - the bounds of a server that tests make small.
 *
 * http_open uses those of base/limits.h. A test that wants to see a time-out opens
 * its server with http_open_bounded and milliseconds instead of minutes. */
#ifndef RINGI_HTTP_BOUNDS_H
#define RINGI_HTTP_BOUNDS_H

#include <stdint.h>

#include "http/server.h"

struct http_bounds {
	int64_t conns;  /* open connections, all loops */
	int64_t bodies; /* bytes of request bodies held at once, all loops */
	int64_t body_rate, body_rate_after_ms;
	int64_t stream_queue;
	int64_t head_ms, body_ms, idle_ms, send_ms, linger_ms, drain_ms;
	int socket_buffer; /* bytes asked of the kernel for sending; 0: its own choice */
};

struct http_bounds http_bounds_usual(void);
struct http_server *http_open_bounded(const struct http_config *, const struct http_bounds *,
                                      char why[256]);

#endif
