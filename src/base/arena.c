/* arena.c - chunks of memory with one lifetime. The only callers of malloc are
 * here and in os/. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ARENA_FIRST = 1024,
	ARENA_CHUNK_MAX = 256 * 1024,
	ARENA_ALIGN = 16,
};

struct chunk {
	struct chunk *next;
	size_t size, used; /* of the bytes behind this head */
	alignas(ARENA_ALIGN) char bytes[];
};

/* The arena itself lies in its first chunk, so that a small one is one malloc. */
struct arena {
	struct chunk *first, *last;
	struct adopted *adopted;
	size_t total;
};

/* Memory from outside; the note of it lies in the arena. */
struct adopted {
	struct adopted *next;
	void *memory;
};

static _Thread_local struct {
	int64_t in, times; /* calls until the first is refused, and how many are */
	bool has;
} refuse_next;

void mem_fail_at(int64_t nth, int64_t times)
{
	must(nth >= 0 && times >= 0);
	refuse_next.in = nth;
	refuse_next.times = times;
	refuse_next.has = false;
}

bool mem_has_failed(void)
{
	return refuse_next.has;
}

/* True when it is this call's turn to be refused. */
static bool injected(void)
{
	if (refuse_next.in == 0 || --refuse_next.in > 0)
		return false;
	refuse_next.in = --refuse_next.times > 0; /* the next one too? */
	return refuse_next.has = true;
}

static _Thread_local uint64_t failures;

uint64_t mem_failures(void)
{
	return failures;
}

static void *told(void *memory)
{
	failures += memory == NULL;
	return memory;
}

static struct chunk *chunk_new(size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	struct chunk *c = malloc(sizeof *c + size);
	if (c != NULL)
		*c = (struct chunk){ .size = size };
	return c;
}

static size_t aligned(size_t size)
{
	return (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

static struct arena *open_with(size_t first)
{
	struct chunk *c = chunk_new(first - sizeof *c);

	must(c != NULL);
	struct arena *a = (struct arena *)(void *)c->bytes;
	c->used = aligned(sizeof *a);
	*a = (struct arena){ .first = c, .last = c, .total = first };
	return a;
}

struct arena *arena_open(void)
{
	return open_with(ARENA_FIRST);
}

struct arena *arena_open_sized(size_t room)
{
	size_t heads = sizeof(struct chunk) + aligned(sizeof(struct arena));

	must(room < SIZE_MAX / 4);
	return open_with(room + heads < ARENA_FIRST ? ARENA_FIRST : aligned(room + heads));
}

static void *take(struct arena *a, size_t size)
{
	struct chunk *c = a->last;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = aligned(size == 0 ? 1 : size);
	if (c->size - c->used < size) {
		size_t want = a->total < ARENA_CHUNK_MAX ? a->total * 2 : ARENA_CHUNK_MAX;
		if (want < size)
			want = size;
		struct chunk *more = chunk_new(want);
		if (more == NULL)
			return NULL;
		c->next = more;
		a->last = more;
		a->total += want + sizeof *more;
		c = more;
	}
	void *p = c->bytes + c->used;
	c->used += size;
	return p;
}

static void *take_zeroed(struct arena *a, size_t size)
{
	void *p = take(a, size);

	return p == NULL ? NULL : memset(p, 0, size);
}

void *arena_try(struct arena *a, size_t size)
{
	return told(injected() ? NULL : take_zeroed(a, size));
}

void *arena_raw(struct arena *a, size_t size)
{
	void *p = take(a, size);

	must(p != NULL);
	return p;
}

void *arena_get(struct arena *a, size_t size)
{
	void *p = take_zeroed(a, size);

	must(p != NULL);
	return p;
}

static void free_behind(struct chunk *c)
{
	struct chunk *next;

	for (struct chunk *at = c->next; at != NULL; at = next) {
		next = at->next;
		free(at);
	}
	c->next = NULL;
}

void arena_adopt(struct arena *a, void *memory)
{
	struct adopted *note = ARENA_NEW(a, struct adopted);

	*note = (struct adopted){ a->adopted, memory };
	a->adopted = note;
}

static void free_adopted(struct arena *a)
{
	for (struct adopted *note = a->adopted; note != NULL; note = note->next)
		free(note->memory);
	a->adopted = NULL;
}

void arena_reset(struct arena *a)
{
	struct chunk *c = a->first;
	size_t head = aligned(sizeof *a);

	free_adopted(a);
	free_behind(c);
	c->used = head;
	a->last = c;
	a->total = c->size + sizeof *c;
}

struct arena *arena_close(struct arena *a)
{
	if (a != NULL) {
		struct chunk *c = a->first;
		free_adopted(a);
		free_behind(c);
		free(c);
	}
	return NULL;
}

size_t arena_bytes(const struct arena *a)
{
	return a->total;
}

struct str arena_str(struct arena *a, struct str s)
{
	if (s.at == NULL)
		return s;
	char *copy = arena_raw(a, s.len + 1);
	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	return (struct str){ copy, s.len };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	must(n >= 0);
	char *text = arena_get(a, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return (struct str){ text, (size_t)n };
}

void *mem_get(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	must(p != NULL);
	return p;
}

void *mem_try_resize(void *old, size_t size)
{
	return told(injected() ? NULL : realloc(old, size == 0 ? 1 : size));
}

void *mem_resize(void *old, size_t size)
{
	void *p = realloc(old, size == 0 ? 1 : size);

	must(p != NULL);
	return p;
}

void *mem_free(void *p)
{
	free(p);
	return NULL;
}
