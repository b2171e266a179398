/* json.h - JSON in: bytes to a tree of values in an arena.
 *
 * Strict RFC 8259: UTF-8 checked, lone surrogate escapes, duplicate keys, more
 * than JSON_DEPTH_MAX levels and more than JSON_NODES_MAX values refused. Numbers
 * are kept as their text, so nothing is rounded. Strings are unescaped copies in
 * the arena (they may contain NUL). Reading a member that is absent or of another
 * kind is not an error here: json_get gives NULL, json_text an absent view. */
#ifndef RINGI_WIRE_JSON_H
#define RINGI_WIRE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	enum json_kind kind;
	uint32_t count;  /* of members or elements                      */
	struct str key;  /* inside an object                            */
	struct str text; /* of a string (unescaped) or number (as sent) */
	struct json *first, *last, *next;
};

/* NULL and a sentence in `why` (in the arena) when it is not JSON. The tree lends
 * nothing from `bytes`. Any thread; each keeps a scanner of its own. */
struct json *json_read(struct arena *, struct str bytes, struct str *why);

/* All accept NULL for "absent". */
const struct json *json_get(const struct json *object, const char *key);
bool json_is(const struct json *, enum json_kind);
struct str json_text(const struct json *); /* of a string, else absent */
struct str json_get_text(const struct json *object, const char *key);
const char *json_kind_name(enum json_kind); /* "string", "number", ... for sentences */

#define JSON_EACH(parent, var) \
	for (const struct json *var = (parent) == NULL ? NULL : (parent)->first; var != NULL; \
	     var = var->next)

/* Build trees by hand (forms are turned into the same shape). */
struct json *json_new(struct arena *, enum json_kind);
struct json *json_new_text(struct arena *, enum json_kind, struct str);
/* Appends and returns the child; `key` absent in arrays. Does not look for duplicates. */
struct json *json_add(struct json *parent, struct str key, struct json *child);
/* The same value once more, to be added elsewhere; what is below it is shared. */
struct json *json_share(struct arena *, const struct json *);
/* Adds a member. Absent text: null. The text is lent for as long as the tree lives. */
void json_put_text(struct arena *, struct json *object, const char *key, struct str);
void json_put_number(struct arena *, struct json *object, const char *key, int64_t);

/* JSON out. The texts must be UTF-8. */
void json_write_text(struct buf *, struct str);               /* a quoted, escaped string */
void json_write(struct buf *, const struct json *);           /* a tree, compact          */
struct str json_written(struct arena *, const struct json *); /* the same, in the arena */
/* A member of an object that is being written by hand: the comma, unless it is the first one
 * behind its brace, and the name. The value follows. Absent values: nothing is written. */
void json_write_name(struct buf *, const char *name);
void json_write_member(struct buf *, const char *name, struct str text);
void json_write_member_raw(struct buf *, const char *name, struct str json);
void json_write_member_number(struct buf *, const char *name, int64_t);

#ifdef __cplusplus
}
#endif

#endif
