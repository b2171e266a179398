/* throttle.c - delays that grow.
 *
 * T1  A try is counted before it is known how it ends, so that many at once are many.
 * T2  Names are remembered for FORGET_MS after their last try; at most THROTTLE_NAMES_MAX of them:
 *     then the oldest is forgotten. */
#include "api/throttle.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"

#define FORGET_MS HOUR_MS

struct entry {
	struct node node; /* by the last try, the oldest first */
	struct str name;
	int failures;
	int64_t tried_ms, next_ms;
	char bytes[];
};

struct throttle {
	pthread_mutex_t mutex;
	struct names names;
	struct list entries;
};

struct throttle *throttle_open(void)
{
	struct throttle *t = mem_get(sizeof *t);

	pthread_mutex_init(&t->mutex, NULL);
	list_init(&t->entries);
	return t;
}

static void forget(struct throttle *t, struct entry *e)
{
	names_take(&t->names, e->name);
	node_take(&e->node);
	mem_free(e);
}

static struct entry *oldest(struct throttle *t)
{
	return list_empty(&t->entries) ? NULL : CONTAINER(t->entries.head.next, struct entry, node);
}

struct throttle *throttle_close(struct throttle *t)
{
	struct entry *e;

	if (t == NULL)
		return NULL;
	while ((e = oldest(t)) != NULL)
		forget(t, e);
	names_free(&t->names);
	pthread_mutex_destroy(&t->mutex);
	return mem_free(t);
}

static struct entry *entry_of(struct throttle *t, struct str name, int64_t now_ms)
{
	struct entry *e = names_find(&t->names, name);

	while (oldest(t) != NULL && oldest(t) != e &&
	       (oldest(t)->tried_ms + FORGET_MS < now_ms || t->names.count >= THROTTLE_NAMES_MAX))
		forget(t, oldest(t));
	if (e == NULL) {
		e = mem_get(sizeof *e + name.len + 1);
		memcpy(e->bytes, name.at, name.len);
		e->name = (struct str){ e->bytes, name.len };
		names_put(&t->names, e->name, e);
		list_add_last(&t->entries, &e->node);
	}
	return e;
}

static int64_t delay(const struct throttle_rule *rule, int failures)
{
	int64_t ms = rule->first_ms;

	if (failures < rule->free)
		return 0;
	for (int i = rule->free; i < failures && ms < rule->max_ms; i++)
		ms *= 2;
	return ms < rule->max_ms ? ms : rule->max_ms;
}

int64_t throttle_try(struct throttle *t, struct str name, const struct throttle_rule *rule,
                     int64_t now_ms)
{
	pthread_mutex_lock(&t->mutex);
	struct entry *e = entry_of(t, name, now_ms);
	int64_t wait = e->next_ms - now_ms;
	if (e->tried_ms + FORGET_MS < now_ms ||
	    wait > rule->max_ms) { /* long ago, or a clock set back */
		e->failures = 0;
		wait = 0;
	}
	if (wait <= 0) {
		e->failures++;
		e->tried_ms = now_ms;
		e->next_ms = now_ms + delay(rule, e->failures);
		node_take(&e->node);
		list_add_last(&t->entries, &e->node);
	}
	pthread_mutex_unlock(&t->mutex);
	return wait > 0 ? wait : 0;
}

void throttle_done(struct throttle *t, struct str name)
{
	pthread_mutex_lock(&t->mutex);
	struct entry *e = names_find(&t->names, name);
	if (e != NULL)
		forget(t, e);
	pthread_mutex_unlock(&t->mutex);
}

void throttle_undo(struct throttle *t, struct str name, const struct throttle_rule *rule)
{
	pthread_mutex_lock(&t->mutex);
	struct entry *e = names_find(&t->names, name);
	if (e != NULL && e->failures > 0) {
		e->failures--;
		e->next_ms = e->tried_ms + delay(rule, e->failures);
	}
	pthread_mutex_unlock(&t->mutex);
}
