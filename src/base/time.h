/* time.h - two clocks, read at one moment and then carried along.
 *
 * `wall_ms` is UTC since 1970, is stored and shown, and may jump. `mono_ms` only
 * grows, decides every time-out, and means nothing after a restart. `patience_ms` is
 * `mono_ms` except where tests hold the clock still (--test-clock): how long a client
 * waits for an answer goes on there. The only reader of the machine's clocks is
 * os/clock.c. */
#ifndef RINGI_BASE_TIME_H
#define RINGI_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/str.h"

struct now {
	int64_t wall_ms;
	int64_t mono_ms;
	int64_t patience_ms;
};

#define NEVER INT64_MAX

/* 2026-11-22T15:37:32.123Z */
void time_rfc3339(struct buf *, int64_t wall_ms);
/* The same back, with any zone ("+09:00") and any fraction, of which milliseconds are kept;
 * years 1970 to 9999. False when it is none. */
bool time_read_rfc3339(struct str, int64_t *wall_ms);
/* 2026-11-22T16:37:32+01:00: the same moment on a clock that is ahead by so many seconds;
 * in UTC (Z) where the offset is not of whole minutes. Without milliseconds. */
void time_rfc3339_local(struct buf *, int64_t wall_ms, int32_t offset_s);
/* 20261122T153732Z, the form of x-amz-date; false when it is not one. */
bool time_read_amz(struct str, int64_t *wall_ms);

/* UUID version 7: time and chance. `text` gets 36 characters and a NUL. */
struct uuid {
	uint8_t bytes[16];
};
struct uuid uuid_new(struct now, struct rng *);
void uuid_text(struct uuid, char text[37]);
bool uuid_read(struct str, struct uuid *);

#endif
