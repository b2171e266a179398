/* topics.c - topics in the simulator: who is subscribed, and what a publish must put where.
 *
 * Three topics with places for three subscriptions each; every place has its queue. Messages
 * that a publish makes are messages of the model like others, but for their text, which is
 * that of the publish. Filters are of a few kinds that a line of C can answer. */
#include <stdio.h>

#include "domain/topic/topic.h"
#include "sim/sim.h"

/* The queue of each place, and where its deliveries go that fail. */
static const struct {
	const char *name;
	bool fifo, groups;
	struct {
		int queue, dead;
	} places[SUBSCRIPTIONS];
} topics[TOPICS] = {
	{ "news", false, false, { { 0, 4 }, { 7, NO_QUEUE }, { NO_QUEUE, NO_QUEUE } } },
	{ "tenant-news", false, true, { { 1, 6 }, { 6, NO_QUEUE }, { NO_QUEUE, NO_QUEUE } } },
	{ "events.fifo", true, true, { { 2, 5 }, { 3, 5 }, { 1, 5 } } },
};

/* ---- filters: which attributes a message has, and what each policy says of them */

enum { KINDS = 4, NO_NUMBER = -1 }; /* kind 0: the attribute is not there */

struct attributes {
	int kind, number;
};

static const char *const policies[] = {
	"{}",
	"{\"kind\": [\"a\", \"b\"]}",
	"{\"kind\": [{\"anything-but\": [\"a\"]}]}",
	"{\"kind\": [{\"exists\": false}]}",
	"{\"n\": [{\"numeric\": [\">=\", 5]}]}",
	"{\"kind\": [\"a\"], \"n\": [{\"numeric\": [\"<\", 5]}]}",
	"{\"$or\": [{\"kind\": [\"c\"]}, {\"n\": [0, 1, 2]}]}",
};
enum { POLICIES = sizeof policies / sizeof *policies };

static bool passes(int policy, struct attributes a)
{
	switch (policy) {
	case 1:
		return a.kind == 1 || a.kind == 2;
	case 2:
		return a.kind > 1;
	case 3:
		return a.kind == 0;
	case 4:
		return a.number >= 5;
	case 5:
		return a.kind == 1 && a.number != NO_NUMBER && a.number < 5;
	case 6:
		return a.kind == 3 || (a.number >= 0 && a.number <= 2);
	default:
		return true;
	}
}

/* ---- topics and subscriptions */

static struct str arn(struct sim *s, int queue)
{
	return arena_printf(s->world->arena, "arn:aws:sqs:us-east-1:000000000000:%s",
	                    s->model.queues[queue].name);
}

static void check(struct sim *s, const struct step *t, enum refusal want)
{
	if (t->c->refused.why != want)
		sim_fail(s, "%s on %s: %s instead of %s", t->what, topics[t->topic].name,
		         refusal_name(t->c->refused.why), refusal_name(want));
}

static void apply_create(struct sim *s, struct step *t)
{
	const struct topic_create *p = t->in;
	struct m_topic *topic = &s->model.topics[t->topic];

	check(s, t, REFUSED_NONE);
	if (p->existed != topic->exists)
		sim_fail(s, "topic %s existed: %d", topics[t->topic].name, p->existed);
	if (!topic->exists)
		*topic = (struct m_topic){ .exists = true, .life = topic->life + 1 };
}

static void make_create(struct sim *s, struct step *t)
{
	struct topic_create *p = ARENA_NEW(s->world->arena, struct topic_create);
	static const struct pair fifo = { { "FifoTopic", 9 }, { "true", 4 } };

	p->name = str_of(topics[t->topic].name);
	p->attributes = &fifo;
	p->attribute_count = topics[t->topic].fifo;
	t->what = "create topic";
	t->in = p;
	t->c = world_cmd(s->world, &op_topic_create, p);
	t->apply = apply_create;
}

static void apply_delete(struct sim *s, struct step *t)
{
	check(s, t, REFUSED_NONE);
	s->model.topics[t->topic].exists = false;
	memset(s->model.topics[t->topic].subscriptions, 0,
	       sizeof s->model.topics[t->topic].subscriptions);
}

static void make_delete(struct sim *s, struct step *t)
{
	struct topic_named *p = ARENA_NEW(s->world->arena, struct topic_named);

	p->name = str_of(topics[t->topic].name);
	t->what = "delete topic";
	t->in = p;
	t->c = world_cmd(s->world, &op_topic_delete, p);
	t->apply = apply_delete;
}

/* Subscribing again is fine as long as what is given is as it is. */
static bool differs(const struct m_subscription *have, const struct m_subscription *given)
{
	return have->raw != given->raw || (given->filter != 0 && given->filter != have->filter) ||
	       (given->dead != NO_QUEUE && given->dead != have->dead);
}

static void apply_subscribe(struct sim *s, struct step *t)
{
	const struct subscribe *p = t->in;
	struct m_topic *topic = &s->model.topics[t->topic];
	struct m_subscription *have = &topic->subscriptions[t->place];

	if (!topic->exists) {
		check(s, t, REFUSED_NO_SUCH_TOPIC);
		return;
	}
	bool wrong = have->exists && differs(have, &t->subscription);
	check(s, t, wrong ? REFUSED_INVALID_TOPIC_PARAMETER : REFUSED_NONE);
	if (wrong)
		return;
	if (have->exists && !str_is(p->subscription, have->id))
		sim_fail(s, "subscribed again to %s: another id", topics[t->topic].name);
	if (have->exists)
		return;
	*have = t->subscription;
	sim_say(s, "  subscribed %s to %s, filter %d", s->model.queues[have->queue].name,
	        topics[t->topic].name, have->filter);
	have->exists = true;
	have->order = ++s->model.next_subscription;
	snprintf(have->id, sizeof have->id, "%.*s", S_ARG(p->subscription));
}

static void make_subscribe(struct sim *s, struct step *t)
{
	struct subscribe *p = ARENA_NEW(s->world->arena, struct subscribe);
	struct pair *pairs = ARENA_ARRAY(s->world->arena, struct pair, 3);
	struct m_subscription *given = &t->subscription;
	int queue = topics[t->topic].places[t->place].queue;

	*given = (struct m_subscription){ .raw = sim_chance(s, 70),
		                              .queue = queue,
		                              .filter = (int)sim_below(s, POLICIES),
		                              .dead = sim_chance(s, 50)
		                                          ? topics[t->topic].places[t->place].dead
		                                          : NO_QUEUE };
	pairs[p->attribute_count++] = (struct pair){ S("RawMessageDelivery"),
		                                         given->raw ? S("true") : S("false") };
	if (given->filter != 0)
		pairs[p->attribute_count++] = (struct pair){ S("FilterPolicy"),
			                                         str_of(policies[given->filter]) };
	if (given->dead != NO_QUEUE) {
		struct str dead = arn(s, given->dead);
		pairs[p->attribute_count++] = (struct pair){
			S("RedrivePolicy"),
			arena_printf(s->world->arena, "{\"deadLetterTargetArn\":\"%.*s\"}", S_ARG(dead))
		};
	}
	p->topic = str_of(topics[t->topic].name);
	p->protocol = S("sqs");
	p->endpoint = arn(s, queue);
	p->attributes = pairs;
	t->what = "subscribe";
	t->in = p;
	t->c = world_cmd(s->world, &op_subscribe, p);
	t->apply = apply_subscribe;
}

static void apply_unsubscribe(struct sim *s, struct step *t)
{
	check(s, t, REFUSED_NONE);
	struct m_subscription *have = &s->model.topics[t->topic].subscriptions[t->place];
	if (have->exists && strcmp(have->id, t->subscription.id) == 0)
		have->exists = false;
}

static void make_unsubscribe(struct sim *s, struct step *t)
{
	struct subscription_named *p = ARENA_NEW(s->world->arena, struct subscription_named);

	t->subscription = s->model.topics[t->topic].subscriptions[t->place];
	p->topic = str_of(topics[t->topic].name);
	p->subscription = arena_str(s->world->arena, str_of(t->subscription.id));
	t->what = "unsubscribe";
	t->in = p;
	t->c = world_cmd(s->world, &op_unsubscribe, p);
	t->apply = apply_unsubscribe;
}

static void apply_set(struct sim *s, struct step *t)
{
	const struct subscription_set *p = t->in;
	struct m_topic *topic = &s->model.topics[t->topic];
	struct m_subscription *have = &topic->subscriptions[t->place];
	bool there = topic->exists && have->exists && strcmp(have->id, t->subscription.id) == 0;

	check(s, t, there ? REFUSED_NONE : REFUSED_NO_SUCH_SUBSCRIPTION);
	if (!there)
		return;
	sim_say(s, "  %s of %s: filter %d, raw %d", s->model.queues[have->queue].name,
	        topics[t->topic].name, t->subscription.filter, t->subscription.raw);
	/* Only this: another step of the turn may have set the other one. */
	if (str_is(p->attribute.name, "FilterPolicy"))
		have->filter = t->subscription.filter;
	else
		have->raw = t->subscription.raw;
}

/* Either how it is delivered, or what. */
static void make_set(struct sim *s, struct step *t)
{
	struct subscription_set *p = ARENA_NEW(s->world->arena, struct subscription_set);
	struct m_subscription *given = &t->subscription;

	*given = s->model.topics[t->topic].subscriptions[t->place];
	if (sim_chance(s, 40)) {
		given->raw = !given->raw;
		p->attribute = (struct pair){ S("RawMessageDelivery"),
			                          given->raw ? S("true") : S("false") };
	} else {
		given->filter = (int)sim_below(s, POLICIES);
		p->attribute = (struct pair){ S("FilterPolicy"), str_of(policies[given->filter]) };
	}
	p->topic = str_of(topics[t->topic].name);
	p->subscription = arena_str(s->world->arena, str_of(given->id));
	t->what = "set subscription";
	t->in = p;
	t->c = world_cmd(s->world, &op_subscription_set, p);
	t->apply = apply_set;
}

void sim_make_topic_step(struct sim *s, struct step *t)
{
	int what = (int)sim_below(s, 100);

	t->topic = (int)sim_below(s, TOPICS);
	do
		t->place = (int)sim_below(s, SUBSCRIPTIONS);
	while (topics[t->topic].places[t->place].queue == NO_QUEUE);
	bool subscribed = s->model.topics[t->topic].subscriptions[t->place].exists;
	if (!s->model.topics[t->topic].exists || what < 5)
		make_create(s, t);
	else if (what < 10)
		make_delete(s, t);
	else if (!subscribed || what < 25)
		make_subscribe(s, t);
	else if (what < 45)
		make_unsubscribe(s, t);
	else
		make_set(s, t);
}

/* ---- publishing */

/* The original when this id was accepted before; as m_duplicate. */
static int duplicate_of(const struct sim *s, int topic, int id)
{
	const struct model *m = &s->model;

	for (int i = m->topic_note_count - 1; i >= 0; i--) {
		const struct m_note *n = &m->topic_notes[i];
		if (n->queue != topic || n->life != m->topics[topic].life || n->id != id)
			continue;
		if (n->jumped)
			return -2;
		if (m->wall - n->wall < DEDUP_MS)
			return n->message;
	}
	return -1;
}

static void note(struct sim *s, int topic, int id)
{
	struct model *m = &s->model;

	must(m->topic_note_count < NOTES);
	m->topic_notes[m->topic_note_count++] = (struct m_note){
		.queue = topic, .life = m->topics[topic].life, .id = id, .wall = m->wall
	};
}

/* Into one queue; false: it does not take it. */
static bool put(struct sim *s, int queue, const struct step *t, int n, int copy, bool raw)
{
	struct model *m = &s->model;
	struct m_queue *q = &m->queues[queue];
	int counts[3], number = t->bodies[n] + copy;

	if (!q->exists)
		return false;
	m_counts(m, queue, counts);
	if (q->max_messages > 0 && counts[0] + counts[1] + counts[2] >= q->max_messages)
		return false;
	if (q->fifo && m_duplicate(m, queue, t->groups[n], t->ids[n]) != -1)
		return true; /* it has it already */
	int i = m_send_as(m, queue, t->groups[n], -1, -1, number);
	m->messages[i].body = t->bodies[n];
	m->messages[i].enveloped = !raw;
	m->messages[i].anonymous = true;
	sim_say(s, "  published %d to %s as %d, group %d", t->bodies[n], q->name, i, t->groups[n]);
	if (q->fifo)
		m_note(m, queue, t->groups[n], t->ids[n], i);
	return true;
}

static void deliver(struct sim *s, const struct step *t, int n)
{
	const struct m_topic *topic = &s->model.topics[t->topic];
	uint64_t last = 0;

	for (int copy = 0;;) { /* oldest first */
		int place = -1;
		for (int i = 0; i < SUBSCRIPTIONS; i++) {
			const struct m_subscription *x = &topic->subscriptions[i];
			if (x->exists && x->order > last &&
			    (place < 0 || x->order < topic->subscriptions[place].order))
				place = i;
		}
		if (place < 0)
			return;
		const struct m_subscription *x = &topic->subscriptions[place];
		last = x->order;
		sim_say(s, "  kind %d, n %d: filter %d %s", t->kinds[n], t->numbers[n], x->filter,
		        topics[t->topic].name);
		if (!passes(x->filter, (struct attributes){ t->kinds[n], t->numbers[n] }))
			continue;
		if (!put(s, x->queue, t, n, copy, x->raw) && x->dead != NO_QUEUE)
			put(s, x->dead, t, n, copy, x->raw);
		copy++;
	}
}

static void apply_publish(struct sim *s, struct step *t)
{
	const struct topic_publish *p = t->in;

	if (!s->model.topics[t->topic].exists) {
		check(s, t, REFUSED_NO_SUCH_TOPIC);
		return;
	}
	check(s, t, REFUSED_NONE);
	for (int n = 0; n < p->count; n++) {
		const struct publish_entry *e = &p->entries[n];
		int original = topics[t->topic].fifo ? duplicate_of(s, t->topic, t->ids[n]) : -1;
		if (original == -2) /* the clock was set: either answer is right */
			original = e->duplicate ? 0 : -1;
		else if (e->refused.why != REFUSED_NONE || e->duplicate != (original >= 0))
			sim_fail(s, "publish to %s: %s, duplicate %d", topics[t->topic].name,
			         refusal_name(e->refused.why), e->duplicate);
		if (original >= 0)
			continue;
		if (topics[t->topic].fifo)
			note(s, t->topic, t->ids[n]);
		deliver(s, t, n);
	}
}

static void put_attributes(struct sim *s, struct step *t, struct publish_entry *e, int n)
{
	static const char *const kinds[KINDS] = { NULL, "a", "b", "c" };
	struct attribute_value *all = ARENA_ARRAY(s->world->arena, struct attribute_value, 2);

	t->kinds[n] = (int)sim_below(s, KINDS);
	t->numbers[n] = sim_chance(s, 30) ? NO_NUMBER : (int)sim_below(s, 10);
	if (t->kinds[n] > 0)
		all[e->attribute_count++] = (struct attribute_value){ S("kind"), S("String"),
			                                                  str_of(kinds[t->kinds[n]]) };
	if (t->numbers[n] != NO_NUMBER)
		all[e->attribute_count++] = (struct attribute_value){
			S("n"), S("Number"), arena_printf(s->world->arena, "%d", t->numbers[n])
		};
	e->attributes = all;
}

/* Each entry has as many numbers as it may become messages. */
static void fill_entry(struct sim *s, struct step *t, struct publish_entry *e, int n, int *bodies)
{
	struct arena *arena = s->world->arena;
	bool fifo = topics[t->topic].fifo;

	t->bodies[n] = s->model.count + *bodies;
	*bodies += SUBSCRIPTIONS;
	e->message = arena_printf(arena, "%d", t->bodies[n]);
	e->size = e->message.len;
	t->groups[n] = fifo || (topics[t->topic].groups && sim_chance(s, 60)) ? (int)sim_below(s, 4)
	                                                                      : NO_GROUP;
	if (t->groups[n] != NO_GROUP)
		e->group = arena_printf(arena, "g%d", t->groups[n]);
	if (fifo) {
		/* After the clock was set nobody can tell whether the queue behind takes it. */
		t->ids[n] = s->jumps || sim_chance(s, 70) ? 100000 + t->bodies[n] : (int)sim_below(s, 12);
		e->dedup = arena_printf(arena, "%d", t->ids[n]);
	}
	put_attributes(s, t, e, n);
}

void sim_make_publish(struct sim *s, struct step *t, int *bodies)
{
	struct topic_publish *p = ARENA_NEW(s->world->arena, struct topic_publish);

	t->topic = (int)sim_below(s, TOPICS);
	p->topic = str_of(topics[t->topic].name);
	p->batch = sim_chance(s, 40);
	p->count = p->batch ? 1 + (int)sim_below(s, 3) : 1;
	p->origin = S("http://here:9324");
	p->entries = ARENA_ARRAY(s->world->arena, struct publish_entry, p->count);
	for (int n = 0; n < p->count; n++)
		fill_entry(s, t, &p->entries[n], n, bodies);
	t->what = "publish";
	t->in = p;
	t->c = world_cmd(s->world, &op_topic_publish, p);
	t->apply = apply_publish;
}

/* ---- what the server knows of them */

void sim_check_topics(struct sim *s)
{
	for (int i = 0; i < TOPICS; i++) {
		struct topic_get *p = ARENA_NEW(s->world->arena, struct topic_get);
		const struct m_topic *topic = &s->model.topics[i];
		int subscriptions = 0;

		p->name = str_of(topics[i].name);
		struct cmd *c = world_run(s->world, &op_topic_get, p);
		if ((c->refused.why == REFUSED_NONE) != topic->exists)
			sim_fail(s, "topic %s: %s", topics[i].name, refusal_name(c->refused.why));
		for (int k = 0; k < SUBSCRIPTIONS; k++)
			subscriptions += topic->subscriptions[k].exists;
		for (int k = 0; topic->exists && k < p->attribute_count; k++)
			if (str_is(p->attributes[k].name, "SubscriptionsConfirmed") &&
			    !str_eq(p->attributes[k].value, arena_printf(s->world->arena, "%d", subscriptions)))
				sim_fail(s, "topic %s has %.*s subscriptions, expected %d", topics[i].name,
				         S_ARG(p->attributes[k].value), subscriptions);
	}
}
