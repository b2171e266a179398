/* str.h - a view of bytes somebody else owns.
 *
 * Not terminated by NUL, may contain NUL, never NULL for a length above 0.
 * `{NULL, 0}` means "absent" where that differs from "empty": see str_given. */
#ifndef RINGI_BASE_STR_H
#define RINGI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *at;
	size_t len;
};

#define S(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define S_NONE ((struct str){ NULL, 0 })
#define S_ARG(s) (int)(s).len, ((s).at ? (s).at : "") /* for "%.*s" */

static inline struct str str_of(const char *text)
{
	return text == NULL ? S_NONE : (struct str){ text, strlen(text) };
}

static inline bool str_given(struct str s)
{
	return s.at != NULL;
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

/* What a hexadecimal digit of either case stands for; -1: it is none. */
int hex_digit(char c);

bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_cmp(struct str a, struct str b);        /* by bytes, shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_from(struct str s, size_t from); /* the rest; empty when past the end */
struct str str_trim(struct str s);              /* without spaces and tabs at both ends */

/* Cuts at the first `at`: returns what is before it and leaves what is behind
 * it in `rest`; without `at` returns all and leaves `rest` absent. */
struct str str_cut(struct str *rest, char at);

/* Decimal without sign, spaces or leading '+'; false when not a number or above `max`. */
bool str_u64(struct str s, uint64_t max, uint64_t *out);
/* Decimal with an optional '-'; false when not a number or out of [min, max]. */
bool str_i64(struct str s, int64_t min, int64_t max, int64_t *out);

/* Whether `text` matches `pattern`, in which '*' stands for any bytes, none included. */
bool str_glob(struct str pattern, struct str text);

/* Equal without telling by time where the first difference is (secrets). */
bool str_eq_secret(struct str a, struct str b);

/* Only ASCII letters, digits and what stands in `others`; the empty text is. */
bool str_alphanumeric(struct str s, const char *others);

/* Well-formed UTF-8 (no surrogates, no overlong forms). */
bool str_utf8(struct str s);
bool str_has_nul(struct str); /* a byte that C texts and PostgreSQL's cannot have */

/* FNV-1a widened by a final mix: for hash tables in memory, never stored. */
uint64_t str_hash(struct str s);

#endif
