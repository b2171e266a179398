/* map.c - open addressing with linear probing; a taken entry closes its gap by
 * moving followers back, so there are no tombstones and no rebuilds. */
#include "base/map.h"

#include "base/arena.h"
#include "base/err.h"

static uint64_t mix(uint64_t key)
{
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93u;
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93u;
	return key ^ (key >> 32);
}

static size_t map_place(const struct map *m, uint64_t key)
{
	size_t i = mix(key) & (m->cap - 1);

	while (m->slots[i].value != NULL && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *map_find(const struct map *m, uint64_t key)
{
	return m->cap == 0 ? NULL : m->slots[map_place(m, key)].value;
}

static void map_grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap == 0 ? 16 : old.cap * 2;
	m->slots = mem_get(m->cap * sizeof *m->slots);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value != NULL)
			m->slots[map_place(m, old.slots[i].key)] = old.slots[i];
	mem_free(old.slots);
}

void map_put(struct map *m, uint64_t key, void *value)
{
	must(value != NULL);
	if ((m->count + 1) * 4 > m->cap * 3)
		map_grow(m);
	struct map_slot *slot = &m->slots[map_place(m, key)];
	m->count += slot->value == NULL;
	*slot = (struct map_slot){ key, value };
}

void *map_take(struct map *m, uint64_t key)
{
	if (m->cap == 0)
		return NULL;
	size_t hole = map_place(m, key), mask = m->cap - 1;
	void *value = m->slots[hole].value;
	if (value == NULL)
		return NULL;
	for (size_t i = (hole + 1) & mask; m->slots[i].value != NULL; i = (i + 1) & mask) {
		size_t home = mix(m->slots[i].key) & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].value = NULL;
	m->count--;
	return value;
}

void map_free(struct map *m)
{
	mem_free(m->slots);
	*m = (struct map){ 0 };
}

void *map_next(const struct map *m, size_t *at)
{
	while (*at < m->cap) {
		void *value = m->slots[(*at)++].value;
		if (value != NULL)
			return value;
	}
	return NULL;
}

static size_t names_place(const struct names *m, struct str name, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].value != NULL &&
	       (m->slots[i].hash != hash || !str_eq(m->slots[i].name, name)))
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *names_find(const struct names *m, struct str name)
{
	return m->cap == 0 ? NULL : m->slots[names_place(m, name, str_hash(name))].value;
}

static void names_grow(struct names *m)
{
	struct names old = *m;

	m->cap = old.cap == 0 ? 16 : old.cap * 2;
	m->slots = mem_get(m->cap * sizeof *m->slots);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value != NULL)
			m->slots[names_place(m, old.slots[i].name, old.slots[i].hash)] = old.slots[i];
	mem_free(old.slots);
}

void names_put(struct names *m, struct str name, void *value)
{
	uint64_t hash = str_hash(name);

	must(value != NULL);
	if ((m->count + 1) * 4 > m->cap * 3)
		names_grow(m);
	struct names_slot *slot = &m->slots[names_place(m, name, hash)];
	m->count += slot->value == NULL;
	*slot = (struct names_slot){ name, hash, value };
}

void *names_take(struct names *m, struct str name)
{
	if (m->cap == 0)
		return NULL;
	size_t hole = names_place(m, name, str_hash(name)), mask = m->cap - 1;
	void *value = m->slots[hole].value;
	if (value == NULL)
		return NULL;
	for (size_t i = (hole + 1) & mask; m->slots[i].value != NULL; i = (i + 1) & mask) {
		size_t home = m->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct names_slot){ S_NONE, 0, NULL };
	m->count--;
	return value;
}

void names_free(struct names *m)
{
	mem_free(m->slots);
	*m = (struct names){ 0 };
}

void *names_next(const struct names *m, size_t *at)
{
	while (*at < m->cap) {
		void *value = m->slots[(*at)++].value;
		if (value != NULL)
			return value;
	}
	return NULL;
}
