/* totp.h - one-time codes by the clock (RFC 6238: SHA-1, 30 seconds, 6 digits). Pure. */
#ifndef RINGI_WIRE_TOTP_H
#define RINGI_WIRE_TOTP_H

#include "base/arena.h"
#include "base/str.h"

enum { TOTP_SECRET_SIZE = 20, TOTP_STEP_S = 30, TOTP_DIGITS = 6 };

/* The code of one step. */
void totp_code(struct str secret, int64_t step, char code[TOTP_DIGITS + 1]);
/* The step whose code it is: the present one or one to either side, but none up to `after`
 * (those were taken). 0: none. In constant time. */
int64_t totp_step_of(struct str secret, struct str code, int64_t after, int64_t wall_ms);
/* What people type into their device: base32 without padding. */
struct str base32_text(struct arena *, struct str bytes);

#endif
