/* charset.h - text of other character sets to UTF-8 and back. Pure: the C library's iconv. */
#ifndef RINGI_WIRE_CHARSET_H
#define RINGI_WIRE_CHARSET_H

#include "base/buf.h"

/* Adds the text to `to`. False: `bad_at` is the byte that cannot be read, or that the other
 * set does not have (𠮷 is not in CP932); or there is no such set (bad_at 0 of no text). */
bool charset_convert(const char *from, const char *into, struct str text, struct buf *to,
                     size_t *bad_at);

#endif
