/* memory.c - topics and subscriptions in memory: found, added, removed. */
#include "domain/topic/memory.h"

#include "base/limits.h"

static const char *const protocols[PROTOCOLS] = { "sqs", "http", "https" };

const char *protocol_name(enum protocol p)
{
	must((unsigned)p < PROTOCOLS);
	return protocols[p];
}

bool protocol_read(struct str text, enum protocol *out)
{
	for (int i = 0; i < PROTOCOLS; i++)
		if (str_is(text, protocols[i])) {
			*out = (enum protocol)i;
			return true;
		}
	return false;
}

struct str text_copy(struct str s)
{
	if (!str_given(s))
		return S_NONE;
	char *copy = mem_get(s.len + 1);
	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	return (struct str){ copy, s.len };
}

static void text_free(struct str s)
{
	mem_free((void *)s.at);
}

void topics_touch(struct batch *b)
{
	b->topics_touched = true;
}

struct topic *topic_find(const struct domain *d, struct str name)
{
	return names_find(&d->topics->by_name, name);
}

struct topic *topic_wanted(struct batch *b, struct cmd *c, struct str name)
{
	struct topic *t = topic_find(b->domain, name);

	if (t == NULL)
		(void)refuse(c, REFUSED_NO_SUCH_TOPIC, "Topic does not exist");
	return t;
}

struct topic *topic_add(struct topics *all, int64_t id, struct str name)
{
	struct topic *t = mem_get(sizeof *t);

	must(id > 0 && names_find(&all->by_name, name) == NULL);
	t->id = id;
	t->name = text_copy(name);
	t->next_sequence = t->reserved = 1;
	t->signature_version = 1;
	props_init(&t->attributes);
	props_init(&t->tags);
	list_init(&t->subscriptions);
	list_init(&t->dedup_by_age);
	names_put(&all->by_name, t->name, t);
	map_put(&all->by_id, (uint64_t)id, t);
	if (id > all->last_id)
		all->last_id = id;
	return t;
}

/* With its subscriptions; its places in the maps of topics are the caller's. */
static void topic_free(struct topics *all, struct topic *t)
{
	while (!list_empty(&t->subscriptions))
		subscription_remove(all, LIST_FIRST(&t->subscriptions, struct subscription, in_topic));
	must(t->subscription_count == 0 && t->confirmed_count == 0);
	topic_dedup_clear(t);
	names_free(&t->dedup);
	props_clear(&t->attributes);
	props_clear(&t->tags);
	text_free(t->name);
	mem_free(t);
}

void topic_remove(struct topics *all, struct topic *t)
{
	must(names_find(&all->by_name, t->name) == t); /* T1 */
	names_take(&all->by_name, t->name);
	map_take(&all->by_id, (uint64_t)t->id);
	topic_free(all, t);
}

struct subscription *subscription_find(const struct domain *d, struct str id)
{
	return names_find(&d->topics->subscriptions, id);
}

struct subscription *subscription_wanted(struct batch *b, struct cmd *c, struct str topic,
                                         struct str id)
{
	struct subscription *s = subscription_find(b->domain, id);

	if (s != NULL && str_eq(s->topic->name, topic))
		return s;
	(void)refuse(c, REFUSED_NO_SUCH_SUBSCRIPTION, "Subscription does not exist");
	return NULL;
}

struct subscription *subscription_add(struct topics *all, struct topic *t, struct str id,
                                      enum protocol p, struct str endpoint, struct str owner)
{
	struct subscription *s = mem_get(sizeof *s);

	must(names_find(&all->subscriptions, id) == NULL && (unsigned)p < PROTOCOLS);
	must(t->subscription_count >= 0 && t->subscription_count < TOPIC_SUBSCRIPTIONS_MAX);
	s->topic = t;
	s->id = text_copy(id);
	s->endpoint = text_copy(endpoint);
	s->owner = text_copy(owner);
	s->protocol = p;
	s->token = S_NONE;
	props_init(&s->attributes);
	list_add_last(&t->subscriptions, &s->in_topic);
	t->subscription_count++;
	names_put(&all->subscriptions, s->id, s);
	return s;
}

void subscription_remove(struct topics *all, struct subscription *s)
{
	node_take(&s->in_topic);
	s->topic->subscription_count--;
	s->topic->confirmed_count -= s->confirmed;
	must(s->topic->confirmed_count >= 0 &&
	     s->topic->subscription_count >= s->topic->confirmed_count);
	names_take(&all->subscriptions, s->id);
	props_clear(&s->attributes);
	arena_close(s->arena);
	text_free(s->id);
	text_free(s->endpoint);
	text_free(s->owner);
	text_free(s->token);
	mem_free(s);
}

void subscription_confirmed(struct subscription *s)
{
	s->topic->confirmed_count += !s->confirmed;
	s->confirmed = true;
	must(s->topic->confirmed_count <= s->topic->subscription_count);
}

void subscription_token(struct subscription *s, struct str token, int64_t at)
{
	text_free(s->token);
	s->token = text_copy(token);
	s->token_at = at;
}

void topics_clear(struct topics *all)
{
	size_t at = 0;
	struct topic *t;

	/* The maps go as a whole: taking out one after the other would look for the next
	 * from the front each time. */
	while ((t = names_next(&all->by_name, &at)) != NULL)
		topic_free(all, t);
	must(all->subscriptions.count == 0);
	names_free(&all->by_name);
	map_free(&all->by_id);
	names_free(&all->subscriptions);
	all->last_id = 0;
}

void topics_free(struct domain *d)
{
	if (d->topics != NULL) {
		topics_clear(d->topics);
		d->topics = mem_free(d->topics);
	}
}

struct topic_figures topics_figures(const struct domain *d)
{
	struct topic_figures f = d->topics->figures;
	const struct subscription *s;

	f.topics = (int64_t)d->topics->by_name.count;
	f.subscriptions = (int64_t)d->topics->subscriptions.count;
	for (size_t at = 0; (s = names_next(&d->topics->subscriptions, &at)) != NULL;) {
		if (s->topic->subscription_count > f.most_subscriptions)
			f.most_subscriptions = s->topic->subscription_count;
		if (s->waiting > f.most_waiting)
			f.most_waiting = s->waiting;
	}
	return f;
}
