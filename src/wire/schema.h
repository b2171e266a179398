/* schema.h - JSON Schema draft 7: read once, then asked whether values fit.
 *
 * All keywords of the draft but those about content; `format` is checked for the
 * formats of schema_format.c and ignored for others, as are unknown keywords. $ref finds
 * what is in the same document, by JSON Pointer, by $id or by its anchor; anything else
 * is refused, nothing is ever fetched. Numbers are compared exactly.
 *
 * Nothing here can be made to hang or to overflow the stack: a schema has at most
 * SCHEMA_MAX bytes, a reference that leads back to itself without going deeper into the
 * value is refused when it is read, and one check takes at most SCHEMA_STEPS_MAX steps;
 * what would take more does not fit (rule "limit").
 *
 * A compiled schema never changes: any number of threads may check against it. */
#ifndef RINGI_WIRE_SCHEMA_H
#define RINGI_WIRE_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "wire/json.h"

struct schema;

/* Owned by the caller. `text` is JSON. NULL and a sentence in `why` (in the arena) that
 * names the place by JSON Pointer: "/properties/x/type: must be ...". */
struct schema *schema_read(struct arena *, struct str text, struct str *why);
struct schema *schema_free(struct schema *);   /* accepts NULL, returns NULL */
struct str schema_text(const struct schema *); /* as it was read */

/* The schema as a part of another document, in which it stands at `prefix` ("#/components/x"):
 * its references begin with that, and what names it from outside ($id, $schema) is left out. */
void schema_write(struct schema *, struct str prefix, struct buf *);

/* Why a value does not fit: the first rule that failed. */
struct schema_fault {
	struct str path; /* JSON Pointer into the value; "" is the whole */
	struct str rule; /* the keyword: "required", ...; "limit": it took too long to tell */
	struct str text; /* goes on from the path: "must be an integer, not a string" */
};

/* The fault's texts lie in the arena, which is also used to work. */
bool schema_fits(const struct schema *, const struct json *value, struct arena *,
                 struct schema_fault *);

#endif
