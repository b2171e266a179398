/* json_text.h - the letters of JSON: escapes and the shape of numbers. For json_read.cc. */
#ifndef RINGI_WIRE_JSON_TEXT_H
#define RINGI_WIRE_JSON_TEXT_H

#include "base/str.h"

/* RFC 8259 section 6. */
bool json_is_number(struct str);

/* What the text between two quotes stands for; at most as many bytes go to `to`.
 * Returns the end of them; NULL for a broken escape or half a surrogate pair. */
char *json_unescape(struct str, char *to);

#endif
