/* pattern.h - regular expressions of JSON Schema: ECMAScript's syntax, PCRE2's engine, a
 * bound on the work.
 *
 * The syntax is that of ECMA 262 with the flag `u`: what PCRE2 knows beyond it ((*VERBS),
 * (?R), possessive quantifiers, \Z, \Q, ...) is refused, and what both spell alike but
 * mean differently (., \s, \v, $) is translated. Inside a class \S leaves out the white
 * space of ASCII only. A pattern is found anywhere in the text unless it says ^ or $.
 *
 * Every step of the matcher is counted against the caller's budget, so that neither the
 * pattern nor the text can hold up a thread. */
#ifndef RINGI_WIRE_PATTERN_H
#define RINGI_WIRE_PATTERN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct pattern;
struct pattern_work;

/* Owned by the caller; any thread may match. NULL and a sentence in `why` (in the arena)
 * that goes on from "the pattern ": "is longer than ...", "has a lookbehind ...". */
struct pattern *pattern_new(struct arena *, struct str text, struct str *why);
struct pattern *pattern_free(struct pattern *); /* accepts NULL, returns NULL */
struct str pattern_text(const struct pattern *);

/* The matcher's own memory, for one thread at a time. */
struct pattern_work *pattern_work_new(void);
struct pattern_work *pattern_work_free(struct pattern_work *); /* accepts NULL, returns NULL */

enum pattern_result { PATTERN_FOUND, PATTERN_NOT_FOUND, PATTERN_GAVE_UP };
/* `text` is UTF-8. Takes from *steps what it cost; gives up when there are none left. */
enum pattern_result pattern_find(const struct pattern *, struct pattern_work *, struct str text,
                                 int64_t *steps);

/* ECMAScript to PCRE2, for pattern.c. False and a sentence in `why`. */
bool pattern_translate(struct arena *, struct str text, struct buf *to, struct str *why);

#endif
