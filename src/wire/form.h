/* form.h - application/x-www-form-urlencoded and query strings: bytes to fields.
 *
 * Percent escapes and '+' are decoded into the arena; a broken escape or text that
 * is not UTF-8 after decoding is refused; more than FORM_FIELDS_MAX fields too.
 * Order is kept, names may repeat. */
#ifndef RINGI_WIRE_FORM_H
#define RINGI_WIRE_FORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct form_field {
	struct str name, value;
};

struct form {
	struct form_field *fields;
	int count;
};

/* False and a sentence in `why` when it is not a form. */
bool form_read(struct arena *, struct str bytes, struct form *, struct str *why);
struct str form_get(const struct form *, const char *name); /* the first; absent if none */
/* Decodes one name or value of a form; absent when broken. '+' is a space. */
struct str form_decode(struct arena *, struct str);
/* Decodes one percent-encoded path segment; absent when broken. '+' stays. */
struct str form_decode_path(struct arena *, struct str);
void form_encode(struct buf *, struct str); /* RFC 3986: all but A-Za-z0-9-._~ as %XX */

#endif
