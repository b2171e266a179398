/* hold.c - rows, keys and destinations that wait, by name. */
#include "cli/relay/hold.h"

#include "base/buf.h"
#include "base/limits.h"
#include "os/os.h"
#include "wire/json.h"

enum { FIRST_MS = 200, FORGET_MS = 10 * 60 * 1000 };
enum kind { DESTINATION = 'd', KEY = 'k', ROW = 'r' };

struct hold {
	enum kind kind;
	int tries; /* refusals that count, of `row` */
	int waits; /* all */
	int64_t until_ms;
	struct str name, destination, group, row; /* lie behind the struct */
	char texts[];
};

int relay_backoff_ms(int tries)
{
	int64_t ms = FIRST_MS;
	uint8_t chance;

	for (int i = 1; i < tries && ms < RELAY_BACKOFF_MAX_MS; i++)
		ms *= 2;
	ms = ms < RELAY_BACKOFF_MAX_MS ? ms : RELAY_BACKOFF_MAX_MS;
	os_random(&chance, 1);
	return (int)(ms * (384 + chance) / 512); /* 75 % to 125 % */
}

/* ---- names: a hold is found by its kind and what it holds */

static struct str name_of(struct buf *b, enum kind kind, const struct held_row *r)
{
	buf_clear(b);
	buf_add_byte(b, (char)kind);
	if (kind != ROW)
		buf_add(b, r->destination);
	buf_add_byte(b, '\n'); /* in no destination that can be sent to */
	if (kind == KEY)
		buf_add(b, r->group);
	if (kind == ROW)
		buf_add(b, r->id);
	return buf_str(b);
}

static struct hold *find(const struct holds *h, enum kind kind, const struct held_row *r)
{
	struct buf b = { 0 };
	struct hold *hold = names_find(&h->all, name_of(&b, kind, r));

	buf_free(&b);
	return hold;
}

static enum kind kind_of(const struct held_row *r)
{
	return r->group.len > 0 ? KEY : ROW;
}

static struct str copy(char **at, struct str s)
{
	struct str own = { *at, s.len };

	if (s.len > 0)
		memcpy(*at, s.at, s.len);
	*at += s.len;
	return own;
}

static struct hold *add(struct holds *h, enum kind kind, const struct held_row *r)
{
	struct buf b = { 0 };
	struct str name = name_of(&b, kind, r);
	struct hold *hold = mem_get(sizeof *hold + name.len + r->destination.len + r->group.len +
	                            RELAY_ID_MAX);
	char *at = hold->texts;

	must(h->all.count < RELAY_HELD_MAX); /* H2 */
	hold->kind = kind;
	hold->name = copy(&at, name);
	hold->destination = copy(&at, r->destination);
	hold->group = copy(&at, r->group);
	hold->row = (struct str){ at, 0 };
	buf_free(&b);
	names_put(&h->all, hold->name, hold);
	return hold;
}

static void drop(struct holds *h, struct hold *hold)
{
	if (hold != NULL) {
		names_take(&h->all, hold->name);
		mem_free(hold);
	}
}

void holds_free(struct holds *h)
{
	size_t at = 0;

	for (struct hold *hold; (hold = names_next(&h->all, &at)) != NULL;)
		mem_free(hold);
	names_free(&h->all);
}

/* Takes out those that `wanted` says; while walking nothing may be taken, so in rounds. */
static void drop_all(struct holds *h, bool (*wanted)(const struct hold *, const void *),
                     const void *with)
{
	struct hold *found[64];
	int count;

	do {
		size_t at = 0;
		count = 0;
		for (struct hold *hold; count < 64 && (hold = names_next(&h->all, &at)) != NULL;)
			if (wanted(hold, with))
				found[count++] = hold;
		for (int i = 0; i < count; i++)
			drop(h, found[i]);
	} while (count == 64);
}

/* ---- holding */

static void note_row(struct hold *hold, struct str id)
{
	must(id.len <= RELAY_ID_MAX);
	if (str_eq(hold->row, id))
		return;
	hold->tries = 0;                                        /* the one before it is gone */
	memcpy((char *)(uintptr_t)hold->row.at, id.at, id.len); /* our own copy */
	hold->row.len = id.len;
}

int holds_row(struct holds *h, const struct held_row *r, int64_t now_ms)
{
	struct hold *hold = find(h, kind_of(r), r);

	if (hold == NULL && h->all.count >= RELAY_HELD_MAX)
		return 0;
	if (hold == NULL)
		hold = add(h, kind_of(r), r);
	note_row(hold, r->id);
	hold->tries++;
	hold->waits++;
	hold->until_ms = now_ms + relay_backoff_ms(hold->waits);
	return hold->tries;
}

static bool below(const struct hold *hold, const void *destination)
{
	return hold->kind != DESTINATION && str_eq(hold->destination, *(const struct str *)destination);
}

static bool any(const struct hold *hold, const void *nothing)
{
	(void)nothing;
	return hold->kind != DESTINATION;
}

int holds_destination(struct holds *h, struct str destination, int64_t now_ms, bool counts)
{
	struct held_row r = { .destination = destination };
	struct hold *hold = find(h, DESTINATION, &r);

	if (hold == NULL && h->all.count >= RELAY_HELD_MAX)
		drop_all(h, below, &destination); /* H2 */
	if (hold == NULL && h->all.count >= RELAY_HELD_MAX)
		drop_all(h, any, NULL); /* all that is left are other destinations' */
	if (hold == NULL && h->all.count >= RELAY_HELD_MAX)
		return 0;
	if (hold == NULL)
		hold = add(h, DESTINATION, &r);
	hold->tries = counts ? hold->tries + 1 : 0;
	hold->waits++;
	hold->until_ms = now_ms + relay_backoff_ms(hold->waits);
	return hold->tries;
}

void holds_forget(struct holds *h, const struct held_row *r)
{
	drop(h, find(h, kind_of(r), r));
}

void holds_open(struct holds *h, struct str destination)
{
	drop(h, find(h, DESTINATION, &(struct held_row){ .destination = destination }));
}

bool holds_has(const struct holds *h, const struct held_row *r, int64_t now_ms)
{
	const struct hold *own = find(h, kind_of(r), r), *all = find(h, DESTINATION, r);

	return (own != NULL && own->until_ms > now_ms) || (all != NULL && all->until_ms > now_ms);
}

int64_t holds_next(const struct holds *h, int64_t now_ms)
{
	int64_t next = NEVER;
	size_t at = 0;

	for (const struct hold *hold; (hold = names_next(&h->all, &at)) != NULL;)
		if (hold->tries > 0 && hold->until_ms > now_ms && hold->until_ms < next)
			next = hold->until_ms;
	return next;
}

/* ---- what a fetch leaves out */

static bool gone(const struct hold *hold, const void *now_ms)
{
	return hold->until_ms + FORGET_MS < *(const int64_t *)now_ms;
}

static void add_text(struct buf *list, struct str text)
{
	if (list->len > 1)
		buf_add_byte(list, ',');
	json_write_text(list, text);
}

static void add_pair(struct buf *list, struct str a, struct str b)
{
	buf_add_text(list, list->len > 1 ? ",[" : "[");
	json_write_text(list, a);
	buf_add_byte(list, ',');
	json_write_text(list, b);
	buf_add_byte(list, ']');
}

static struct str closed(struct arena *arena, struct buf *list)
{
	buf_add_byte(list, ']');
	struct str text = arena_str(arena, buf_str(list));
	buf_free(list);
	return text;
}

void holds_lists(struct holds *h, struct arena *arena, int64_t now_ms, struct outbox_held *out)
{
	struct buf destinations = { 0 }, keys = { 0 }, ids = { 0 };
	size_t at = 0;

	drop_all(h, gone, &now_ms);
	buf_add_byte(&destinations, '[');
	buf_add_byte(&keys, '[');
	buf_add_byte(&ids, '[');
	for (const struct hold *hold; (hold = names_next(&h->all, &at)) != NULL;) {
		if (hold->until_ms <= now_ms)
			continue;
		if (hold->kind == DESTINATION)
			add_text(&destinations, hold->destination);
		else if (hold->kind == KEY)
			add_pair(&keys, hold->destination, hold->group);
		else
			add_text(&ids, hold->row);
	}
	out->destinations = closed(arena, &destinations);
	out->keys = closed(arena, &keys);
	out->ids = closed(arena, &ids);
}
