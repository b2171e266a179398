/* map.h - pointers found by a 64-bit key or by a name.
 *
 * `struct map`   64-bit key -> pointer. Key 0 is allowed; a value is never NULL.
 * `struct names` bytes -> pointer; the bytes are lent by the value (they must
 *                live as long as the entry).
 * A zeroed struct is an empty map. Walking gives no particular order; nothing
 * may be added or taken while walking. The maps own only their tables. */
#ifndef RINGI_BASE_MAP_H
#define RINGI_BASE_MAP_H

#include "base/str.h"

struct map_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

struct map {
	struct map_slot *slots;
	size_t count, cap; /* cap is 0 or a power of two */
};

void *map_find(const struct map *, uint64_t key);
void map_put(struct map *, uint64_t key, void *value); /* replaces */
void *map_take(struct map *, uint64_t key);            /* NULL: was not there */
void map_free(struct map *);
/* Starts with *at = 0; NULL at the end. */
void *map_next(const struct map *, size_t *at);

struct names_slot {
	struct str name;
	uint64_t hash;
	void *value;
};

struct names {
	struct names_slot *slots;
	size_t count, cap;
};

void *names_find(const struct names *, struct str name);
void names_put(struct names *, struct str name, void *value); /* replaces */
void *names_take(struct names *, struct str name);
void names_free(struct names *);
void *names_next(const struct names *, size_t *at);

#endif
