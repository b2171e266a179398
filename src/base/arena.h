/* arena.h - memory that is freed together.
 *
 * An arena belongs to one thread at a time and to one lifetime, and its
 * variable name says which: conn_arena, cmd_arena, batch_arena, process_arena.
 * Nothing inside is freed alone. Memory comes zeroed and aligned to 16.
 *
 *   arena_get   for sizes we choose; never NULL, dies when memory is out
 *   arena_try   for sizes a client chooses; may be NULL, and must be checked
 *   arena_raw   as arena_get, but not zeroed: for what is written at once
 *
 * A new arena costs one allocation of ARENA_FIRST bytes; it grows by doubling
 * chunks up to ARENA_CHUNK_MAX. arena_reset keeps the first chunk. */
#ifndef RINGI_BASE_ARENA_H
#define RINGI_BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct arena *arena_open(void);
struct arena *arena_open_sized(size_t room); /* `room` bytes fit before it must grow */
void *arena_get(struct arena *, size_t size);
void *arena_try(struct arena *, size_t size) MUST_USE;
void *arena_raw(struct arena *, size_t size);
void arena_reset(struct arena *);
struct arena *arena_close(struct arena *); /* accepts NULL, returns NULL */
size_t arena_bytes(const struct arena *);  /* memory held, for metrics and bounds */

/* Takes memory of mem_get, mem_resize or a `struct buf`: freed with the rest. For what
 * has grown outside and must live as long as the arena, without copying it. */
void arena_adopt(struct arena *, void *memory);

/* Copies. The copy is followed by a NUL that does not count. Absent stays absent. */
struct str arena_str(struct arena *, struct str);
struct str arena_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(arena, type) ((type *)arena_get((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_get((arena), sizeof(type) * (size_t)(n)))

/* What `arena_get` is for memory that lives alone: dies when memory is out. */
void *mem_get(size_t size); /* zeroed */
void *mem_resize(void *, size_t size);
void *mem_try_resize(void *, size_t size) MUST_USE; /* NULL: the old memory still stands */
void *mem_free(void *);                             /* accepts NULL, returns NULL */

/* How often this thread was refused what it asked arena_try and mem_try_resize for, since it began:
 * who puts together what must be whole asks before and behind. */
uint64_t mem_failures(void) MUST_USE;

/* For tests: of what this thread asks arena_try and mem_try_resize (and so every `struct
 * buf`) for from now on, the n-th and the `times - 1` behind it are refused. 0: none. */
void mem_fail_at(int64_t nth, int64_t times);
bool mem_has_failed(void) MUST_USE; /* since then */

#endif
