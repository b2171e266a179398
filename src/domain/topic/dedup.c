/* dedup.c - deduplication ids of FIFO topics: accepted once in five minutes.
 *
 * The rows outlive memory, so a repeat is seen over restarts. Entries lie in the order
 * of their time; each accept forgets two whose time is over, so that they never pile up. */
#include "base/limits.h"
#include "domain/topic/memory.h"

enum { FORGET_MAX = 2 };

/* Group and id with a zero byte between them, at `to`. */
static struct str key_of(char *to, struct str group, struct str dedup)
{
	if (group.len > 0)
		memcpy(to, group.at, group.len);
	to[group.len] = '\0';
	memcpy(to + group.len + 1, dedup.at, dedup.len);
	return (struct str){ to, group.len + 1 + dedup.len };
}

static void forget(struct topic *t, struct topic_dedup *d)
{
	node_take(&d->node);
	must(names_take(&t->dedup, d->key) == d);
	mem_free(d);
}

static struct topic_dedup *find(const struct topic *t, struct str group, struct str dedup)
{
	char key[MESSAGE_GROUP_MAX + 1 + MESSAGE_DEDUP_MAX];

	must(group.len <= MESSAGE_GROUP_MAX && dedup.len <= MESSAGE_DEDUP_MAX);
	return names_find(&t->dedup, key_of(key, group, dedup));
}

struct topic_dedup *topic_dedup_find(const struct topic *t, struct str group, struct str dedup,
                                     int64_t now_ms)
{
	struct topic_dedup *d = find(t, group, dedup);

	return d != NULL && now_ms - d->sent_at < DEDUP_MS ? d : NULL;
}

void topic_dedup_add(struct topic *t, struct str group, struct str dedup, int64_t sent_at,
                     struct uuid message_id, uint64_t sequence)
{
	struct topic_dedup *old = find(t, group, dedup);
	struct topic_dedup *d = mem_get(sizeof *d + group.len + 1 + dedup.len);

	d->key = key_of((char *)(d + 1), group, dedup);
	d->group = (struct str){ d->key.at, group.len };
	d->dedup = str_from(d->key, group.len + 1);
	d->sent_at = sent_at;
	d->message_id = message_id;
	d->sequence = sequence;
	if (old != NULL)
		forget(t, old);
	must(sequence >= 1);
	names_put(&t->dedup, d->key, d);
	list_add_last(&t->dedup_by_age, &d->node);
}

void topic_dedup_clear(struct topic *t)
{
	while (!list_empty(&t->dedup_by_age))
		forget(t, LIST_FIRST(&t->dedup_by_age, struct topic_dedup, node));
	must(t->dedup.count == 0);
}

static enum err forget_old(struct batch *b, struct topic *t)
{
	for (int i = 0; i < FORGET_MAX; i++) {
		struct topic_dedup *d = LIST_FIRST(&t->dedup_by_age, struct topic_dedup, node);
		if (d == NULL || b->now.wall_ms - d->sent_at < DEDUP_MS)
			break;
		TRY(store_run(b->store, STMT_TOPIC_DEDUP_DELETE,
		              VALUES(value_int(t->id), value_text(d->group), value_text(d->dedup)), NULL,
		              NULL));
		forget(t, d);
	}
	return OK;
}

enum err topic_dedup_accept(struct batch *b, struct topic *t, struct str group, struct str dedup,
                            struct uuid message_id, uint64_t sequence)
{
	must(t->fifo && b->topics_touched && sequence < t->reserved); /* T1, T3 */
	TRY(forget_old(b, t));
	TRY(store_run(b->store, STMT_TOPIC_DEDUP_PUT,
	              VALUES(value_int(t->id), value_text(group), value_text(dedup),
	                     value_int(b->now.wall_ms),
	                     value_blob((struct str){ (const char *)message_id.bytes,
	                                              sizeof message_id.bytes }),
	                     value_int((int64_t)sequence)),
	              NULL, NULL));
	topic_dedup_add(t, group, dedup, b->now.wall_ms, message_id, sequence);
	return OK;
}
