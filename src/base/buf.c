/* buf.c - bytes that grow at the end. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/limits.h"

static _Thread_local uint64_t failures;

uint64_t buf_failures(void)
{
	return failures;
}

static char *fail(struct buf *b)
{
	failures += !b->failed;
	b->failed = true;
	return NULL;
}

char *buf_room(struct buf *b, size_t size)
{
	if (b->failed || size > BUF_MAX || b->len > BUF_MAX - size)
		return fail(b);
	if (b->at == NULL || b->cap - b->len < size) {
		size_t cap = b->cap < 256 ? 256 : b->cap * 2;
		if (cap < b->len + size)
			cap = b->len + size;
		char *at = mem_try_resize(b->at, cap);
		if (at == NULL)
			return fail(b);
		b->at = at;
		b->cap = cap;
	}
	return b->at + b->len;
}

void buf_add(struct buf *b, struct str s)
{
	if (s.len == 0)
		return;
	char *to = buf_room(b, s.len);
	if (to != NULL) {
		memcpy(to, s.at, s.len);
		b->len += s.len;
	}
}

void buf_add_byte(struct buf *b, char c)
{
	char *to = buf_room(b, 1);

	if (to != NULL) {
		*to = c;
		b->len++;
	}
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, str_of(text));
}

void buf_add_i64(struct buf *b, int64_t n)
{
	char digits[24];
	char *at = digits + sizeof digits;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		*--at = '-';
	buf_add(b, (struct str){ at, (size_t)(digits + sizeof digits - at) });
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	must(n >= 0);
	char *to = buf_room(b, (size_t)n + 1);
	if (to != NULL) {
		vsnprintf(to, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void buf_free(struct buf *b)
{
	mem_free(b->at);
	*b = (struct buf){ 0 };
}
