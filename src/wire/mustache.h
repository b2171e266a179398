/* mustache.h - texts with gaps: a small part of Mustache.
 *
 *     {{name}}                   the value, escaped for what the text is
 *     {{#name}} ... {{/name}}    once when the value is there (a text that is not empty, a number,
 *                                true); of a list once for each element
 *     {{^name}} ... {{/name}}    when it is not there
 *
 * There is nothing else: no unescaped values, partials, comments or other braces. A tag of a
 * section that stands alone in its line takes the line's end with it. Values come from a JSON
 * object, inside a list from the element first. Pure. */
#ifndef RINGI_WIRE_MUSTACHE_H
#define RINGI_WIRE_MUSTACHE_H

#include "base/buf.h"
#include "wire/json.h"

enum { MUSTACHE_DEPTH_MAX = 8 }; /* sections in sections */

enum mustache_medium {
	MUSTACHE_TEXT, /* control characters but line ends become blanks */
	MUSTACHE_LINE, /* line ends, too: for subjects */
	MUSTACHE_HTML, /* & < > " ' escaped: also good in quoted attributes */
	MUSTACHE_JSON, /* for inside a quoted JSON string */
};

/* Whether it is such a text and names nothing but `names` (ends with NULL). A sentence in *why, in
 * the arena, when not. */
bool mustache_check(struct arena *, struct str text, const char *const *names, struct str *why);
/* Of a text that was checked; what is wrong in it ends it there. */
void mustache_write(struct buf *, struct str text, const struct json *values, enum mustache_medium);

#endif
