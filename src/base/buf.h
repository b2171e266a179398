/* buf.h - bytes that grow at the end.
 *
 * A zeroed struct is an empty buffer. The owner frees it with buf_free. Growing
 * past BUF_MAX or past memory sets `failed` instead of dying, and later adds do
 * nothing: check once, at the end, where a client chose the size. Who cannot look at each
 * (a batch, a read) asks buf_failures before and behind, and undoes what was done between.
 *
 *     struct buf b = { 0 };
 *     buf_add(&b, S("id="));
 *     buf_printf(&b, "%d", 7);
 *     use(buf_str(&b));
 *     buf_free(&b); */
#ifndef RINGI_BASE_BUF_H
#define RINGI_BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

struct buf {
	char *at;
	size_t len, cap;
	bool failed;
};

void buf_add(struct buf *, struct str);
void buf_add_byte(struct buf *, char);
void buf_add_text(struct buf *, const char *); /* ends at NUL */
void buf_add_i64(struct buf *, int64_t);
void buf_printf(struct buf *, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for `size` more bytes to be written at b->at + b->len; the caller then
 * adds to b->len. NULL (and `failed`) when there is none. */
char *buf_room(struct buf *, size_t size) MUST_USE;

/* How many buffers of this thread have failed, since it began. */
uint64_t buf_failures(void) MUST_USE;

void buf_clear(struct buf *); /* keeps the memory */
void buf_free(struct buf *);  /* leaves it empty and usable */

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->at == NULL ? "" : b->at, b->len };
}

#endif
