/* definitions.c - see definitions.h. Rows come sorted, so each belongs to the thing that was
 * taken last, or to one further down the list. */
#include "domain/definitions/definitions.h"

#include <stdlib.h>

#include "base/limits.h"
#include "store/store.h"

/* Kinds of rows, as in sql/definitions.sql. */
enum {
	QUEUE = 1,
	QUEUE_ATTRIBUTE,
	QUEUE_TAG,
	TOPIC,
	TOPIC_ATTRIBUTE,
	TOPIC_TAG,
	SUBSCRIPTION,
	SUBSCRIPTION_ATTRIBUTE,
	SCHEDULE,
	CALENDAR
};

struct taking {
	struct arena *arena;
	struct definitions *to;
	int64_t kind;          /* of the row before */
	struct definition *at; /* whose it was */
	struct setting **last; /* of its settings of this kind */
	int64_t count, bytes;
};

static struct definition_list *list_of(struct definitions *d, int64_t kind)
{
	if (kind <= QUEUE_TAG)
		return &d->queues;
	if (kind <= TOPIC_TAG)
		return &d->topics;
	if (kind <= SUBSCRIPTION_ATTRIBUTE)
		return &d->subscriptions;
	return kind == SCHEDULE ? &d->schedules : &d->calendars;
}

/* These have no row for themselves: they are new when their name is. */
static bool opens(const struct definition_list *list, int64_t kind, struct str whose)
{
	if (kind == QUEUE || kind == TOPIC)
		return true;
	return (kind == SUBSCRIPTION || kind == SCHEDULE || kind == CALENDAR) &&
	       (list->last == NULL || !str_eq(list->last->name, whose));
}

static void add(struct taking *t, struct definition_list *list, struct str name)
{
	struct definition *d = ARENA_NEW(t->arena, struct definition);

	must((list->first == NULL) == (list->count == 0) && name.len > 0);
	d->name = arena_str(t->arena, name);
	if (list->first == NULL)
		list->first = d;
	else
		list->last->next = d;
	list->last = d;
	list->count++;
	t->count++;
}

static void add_setting(struct taking *t, int64_t kind, struct str name, struct str value)
{
	bool tag = kind == QUEUE_TAG || kind == TOPIC_TAG;
	struct setting *s = ARENA_NEW(t->arena, struct setting);

	must(t->at != NULL && name.at != NULL);
	s->name = arena_str(t->arena, name);
	s->value = arena_str(t->arena, value);
	if (t->last == NULL)
		t->last = tag ? &t->at->tags : &t->at->attributes;
	*t->last = s;
	t->last = &s->next;
}

static void add_subscribed(struct definition *d, struct arena *a, struct str name, struct str value)
{
	struct str *to = str_is(name, "topic")      ? &d->topic
	                 : str_is(name, "protocol") ? &d->protocol
	                                            : &d->endpoint;

	*to = arena_str(a, value);
}

/* Whose the row is; it was told before, in the same order. */
static enum err find(struct taking *t, int64_t kind, struct str whose)
{
	if (kind != t->kind) {
		t->at = list_of(t->to, kind)->first;
		t->last = NULL;
	}
	t->kind = kind;
	while (t->at != NULL && !str_eq(t->at->name, whose)) {
		t->at = t->at->next;
		t->last = NULL;
	}
	return t->at == NULL ? ERR_CORRUPT : OK;
}

static enum err take(void *context, const struct value *columns, int count)
{
	struct taking *t = context;
	int64_t kind = columns[0].number;
	struct str whose = columns[1].bytes, name = columns[2].bytes, value = columns[3].bytes;

	must(count == 4 && kind >= QUEUE && kind <= CALENDAR && kind >= t->kind);
	t->bytes += (int64_t)(whose.len + name.len + value.len);
	if (t->bytes > DEFINITIONS_BYTES_MAX || t->count > DEFINITIONS_MAX)
		return OK; /* it will be refused */
	struct definition_list *list = list_of(t->to, kind);
	if (opens(list, kind, whose))
		add(t, list, whose);
	if (kind == QUEUE || kind == TOPIC || !str_given(name) ||
	    (kind == SCHEDULE && !str_given(value)))
		return OK;
	if (kind == SUBSCRIPTION) {
		add_subscribed(list->last, t->arena, name, value);
		return OK;
	}
	TRY(find(t, kind, whose));
	add_setting(t, kind, name, value);
	return OK;
}

static int by_topic(const void *a, const void *b)
{
	const struct definition *x = *(struct definition *const *)a,
							*y = *(struct definition *const *)b;
	int order = str_cmp(x->topic, y->topic);

	if (order == 0)
		order = str_cmp(x->protocol, y->protocol);
	if (order == 0)
		order = str_cmp(x->endpoint, y->endpoint);
	return order;
}

/* Their ids say nothing to people, and are others on another server. */
static void sort_subscriptions(struct arena *a, struct definition_list *list)
{
	struct definition **all = ARENA_ARRAY(a, struct definition *, list->count), **to = &list->first;
	int n = 0;

	for (struct definition *d = list->first; d != NULL; d = d->next)
		all[n++] = d;
	must(n == list->count);
	if (n == 0)
		return;
	qsort(all, (size_t)n, sizeof(struct definition *), by_topic);
	for (int i = 0; i < n; i++) {
		*to = all[i];
		to = &all[i]->next;
	}
	*to = NULL;
	list->last = all[n - 1];
}

static enum err definitions_read(struct store *store, struct cmd *c, struct now now)
{
	struct definitions *p = c->in;
	struct taking t = { .arena = c->arena, .to = p };

	(void)now;
	must(p->queues.count + p->topics.count + p->subscriptions.count == 0);
	TRY(store_run(store, STMT_DEFINITIONS, VALUES(value_text(p->prefix)), take, &t));
	if (t.count > DEFINITIONS_MAX || t.bytes > DEFINITIONS_BYTES_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "More than %d queues, topics, subscriptions, schedules and calendars, or "
		              "more than %d MiB of what was set on them, are not told at once. Name the "
		              "beginning of their names with ?prefix=.",
		              DEFINITIONS_MAX, (int)(DEFINITIONS_BYTES_MAX / MIB));
	sort_subscriptions(c->arena, &p->subscriptions);
	return OK;
}

const struct op op_definitions = { .name = "definitions",
	                               .lane = LANE_READ,
	                               .read = definitions_read };

struct str setting_find(const struct setting *s, const char *name)
{
	for (; s != NULL; s = s->next)
		if (str_is(s->name, name))
			return s->value;
	return S_NONE;
}
