/* load.c - memory of topics from their rows (T1). */
#include "domain/topic/memory.h"

static enum err got_topic(void *context, const struct value *v, int count)
{
	must(count == 4);
	struct topic *t = topic_add(context, v[0].number, v[1].bytes);

	if (v[3].number < 1)
		return ERR_CORRUPT; /* T3 */
	t->created_at = v[2].number;
	t->next_sequence = t->reserved = (uint64_t)v[3].number;
	return OK;
}

static enum err got_attribute(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct topic *t = map_find(&all->by_id, (uint64_t)v[0].number);

	must(count == 3);
	if (t == NULL)
		return ERR_CORRUPT;
	props_put(&t->attributes, v[1].bytes, v[2].bytes);
	return OK;
}

static enum err got_tag(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct topic *t = map_find(&all->by_id, (uint64_t)v[0].number);

	must(count == 3);
	if (t == NULL)
		return ERR_CORRUPT;
	props_put(&t->tags, v[1].bytes, v[2].bytes);
	return OK;
}

static enum err got_dedup(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct topic *t = map_find(&all->by_id, (uint64_t)v[0].number);
	struct uuid id;

	must(count == 6);
	if (t == NULL || !value_read_uuid(v[4], &id))
		return ERR_CORRUPT;
	topic_dedup_add(t, v[1].bytes, v[2].bytes, v[3].number, id, (uint64_t)v[5].number);
	return OK;
}

static enum err got_subscription(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct topic *t = map_find(&all->by_id, (uint64_t)v[1].number);
	enum protocol p;

	must(count == 9);
	if (t == NULL || !protocol_read(v[2].bytes, &p))
		return ERR_CORRUPT;
	struct subscription *s = subscription_add(all, t, v[0].bytes, p, v[3].bytes, v[4].bytes);
	if (v[6].kind != VALUE_NULL)
		subscription_token(s, v[6].bytes, v[7].number);
	if (v[5].number != 0)
		subscription_confirmed(s);
	return OK;
}

static enum err got_subscription_attribute(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct subscription *s = names_find(&all->subscriptions, v[0].bytes);

	must(count == 3);
	if (s == NULL)
		return ERR_CORRUPT;
	props_put(&s->attributes, v[1].bytes, v[2].bytes);
	return OK;
}

/* Rows of subscriptions that are gone are dropped when they are due. */
static enum err got_waiting(void *context, const struct value *v, int count)
{
	struct topics *all = context;
	struct subscription *s = names_find(&all->subscriptions, v[0].bytes);

	must(count == 2 && v[1].number > 0);
	if (s != NULL) {
		s->waiting = v[1].number;
		all->figures.waiting += v[1].number;
	}
	return OK;
}

static enum err apply_all(struct topics *all)
{
	size_t at = 0;
	struct topic *t;

	while ((t = names_next(&all->by_name, &at)) != NULL) {
		topic_apply(t);
		LIST_EACH (&t->subscriptions, struct subscription, in_topic, s)
			if (!subscription_apply(s))
				return ERR_CORRUPT;
	}
	return OK;
}

enum err topics_load(struct domain *d, struct store *s, struct now now)
{
	(void)now;
	if (d->topics == NULL)
		d->topics = mem_get(sizeof *d->topics);
	struct topics *all = d->topics;
	topics_clear(all);
	must(all->by_name.count == 0 && all->subscriptions.count == 0);
	all->figures.waiting = 0;
	TRY(store_run(s, STMT_TOPIC_ALL, NO_VALUES, got_topic, all));
	TRY(store_run(s, STMT_TOPIC_ATTRIBUTES_ALL, NO_VALUES, got_attribute, all));
	TRY(store_run(s, STMT_TOPIC_TAGS_ALL, NO_VALUES, got_tag, all));
	TRY(store_run(s, STMT_TOPIC_DEDUP_ALL, NO_VALUES, got_dedup, all));
	TRY(store_run(s, STMT_SUBSCRIPTION_ALL, NO_VALUES, got_subscription, all));
	TRY(store_run(s, STMT_SUBSCRIPTION_ATTRIBUTES_ALL, NO_VALUES, got_subscription_attribute, all));
	TRY(store_run(s, STMT_OUTBOX_WAITING, NO_VALUES, got_waiting, all));
	return apply_all(all);
}
