/* apply_plan.c - file against server: which steps lead from one to the other.
 *
 * Steps stand in an order that can be done: what others name is made before them (calendars,
 * queues with dead-letter queues first, topics, subscriptions, schedules) and removed
 * behind them. */
#include "cli/apply.h"
#include "wire/decimal.h"

const struct json *json_member(const struct json *object, struct str key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	JSON_EACH (object, m)
		if (str_eq(m->key, key))
			return m;
	return NULL;
}

struct str subscription_target(const struct json *s)
{
	struct str queue = json_get_text(s, "queue");

	return str_given(queue) ? queue : json_get_text(s, "endpoint");
}

/* ---- the same? */

static struct str scalar(const struct json *v)
{
	if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
		return v->kind == JSON_TRUE ? S("true") : S("false");
	return v->text; /* absent for null */
}

static bool same(struct arena *a, const struct json *x, const struct json *y);

static bool same_members(struct arena *a, const struct json *x, const struct json *y)
{
	JSON_EACH (x, m) {
		const struct json *other = json_member(y, m->key);
		if (other == NULL || !same(a, m, other))
			return false;
	}
	return x->count == y->count;
}

static bool same_elements(struct arena *a, const struct json *x, const struct json *y)
{
	const struct json *other = y->first;

	if (x->count != y->count)
		return false;
	JSON_EACH (x, element) {
		if (!same(a, element, other))
			return false;
		other = other->next;
	}
	return true;
}

/* Attributes are texts to the server, so 60 is "60". */
static bool same(struct arena *a, const struct json *x, const struct json *y)
{
	bool deep = x->kind == JSON_ARRAY || x->kind == JSON_OBJECT;

	if (deep || y->kind == JSON_ARRAY || y->kind == JSON_OBJECT) {
		if (x->kind != y->kind)
			return false;
		return x->kind == JSON_ARRAY ? same_elements(a, x, y) : same_members(a, x, y);
	}
	if (x->kind == JSON_NUMBER && y->kind == JSON_NUMBER)
		return decimal_cmp(decimal_read(a, x->text), decimal_read(a, y->text)) == 0;
	return str_eq(scalar(x), scalar(y));
}

/* A secret is not told by the server, so it cannot be compared. */
static const struct json *without_secret(struct arena *a, const struct json *push)
{
	struct json *copy = json_new(a, JSON_OBJECT);

	JSON_EACH (push, m)
		if (!str_is(m->key, "secret") && m->kind != JSON_NULL)
			json_add(copy, m->key, json_share(a, m));
	return copy;
}

static bool same_member(struct arena *a, const struct json *wanted, const struct json *there)
{
	if (str_is(wanted->key, "push") && json_is(wanted, JSON_OBJECT))
		return same(a, without_secret(a, wanted), there);
	if (str_is(wanted->key, "priority") && json_is(wanted, JSON_STRING) &&
	    (there->kind == JSON_TRUE || there->kind == JSON_FALSE))
		return str_is(wanted->text, "on") == (there->kind == JSON_TRUE);
	return same(a, wanted, there);
}

/* ---- members */

struct comparing {
	struct apply *apply;
	enum apply_kind kind;
	const struct json *defaults;
	struct json *changes, *drift;
};

static struct json *copy_of(struct arena *a, const struct json *v)
{
	return v == NULL ? json_new(a, JSON_NULL) : json_share(a, v);
}

static void note(struct comparing *c, struct json *list, struct str member, const struct json *from,
                 const struct json *to)
{
	struct arena *a = c->apply->cli->arena;
	struct json *one = json_add(list, S_NONE, json_new(a, JSON_OBJECT));

	json_put_text(a, one, "member", member);
	json_add(one, S("from"), copy_of(a, from));
	json_add(one, S("to"), copy_of(a, to));
}

static bool is_text_of_nothing(const struct json *v)
{
	return v->kind == JSON_NULL || (v->kind == JSON_STRING && v->text.len == 0);
}

/* A plan is printed, and may be kept by whoever runs it. */
static const struct json *shown(struct comparing *c, const struct json *wanted)
{
	return str_is(wanted->key, "push") && json_is(wanted, JSON_OBJECT)
	           ? without_secret(c->apply->cli->arena, wanted)
	           : wanted;
}

static void compare_wanted(struct comparing *c, const struct json *wanted, const struct json *there)
{
	JSON_EACH (wanted, m) {
		const struct json *has = json_member(there, m->key);
		const struct json *is = has == NULL ? json_member(c->defaults, m->key) : has;
		if (str_is(m->key, "tags"))
			continue;
		if (is_text_of_nothing(m) ? has != NULL && !is_text_of_nothing(has)
		                          : is == NULL || !same_member(c->apply->cli->arena, m, is))
			note(c, c->changes, m->key, has, is_text_of_nothing(m) ? NULL : shown(c, m));
	}
}

/* What an operator does to a queue or a schedule by hand is no drift. */
static bool is_of_the_moment(enum apply_kind kind, struct str member)
{
	return str_is(member, "paused") || (kind == OF_SCHEDULE && str_is(member, "overlap"));
}

static void compare_there(struct comparing *c, const struct json *wanted, const struct json *there)
{
	JSON_EACH (there, m) {
		const struct json *by_default = json_member(c->defaults, m->key);
		bool told = str_is(m->key, "tags") || str_is(m->key, "defaults") || str_is(m->key, "id");
		if (told || json_member(wanted, m->key) != NULL || is_of_the_moment(c->kind, m->key) ||
		    (by_default != NULL && same(c->apply->cli->arena, m, by_default)))
			continue;
		/* A schedule is put as a whole, so what the file does not say goes. */
		note(c, c->kind == OF_SCHEDULE ? c->changes : c->drift, m->key, m, NULL);
	}
}

static void compare_tags(struct comparing *c, const struct json *wanted, const struct json *there)
{
	struct arena *a = c->apply->cli->arena;

	JSON_EACH (wanted, tag) {
		const struct json *has = json_member(there, tag->key);
		if (has == NULL || !same(a, tag, has))
			note(c, c->changes, arena_printf(a, "tags.%.*s", S_ARG(tag->key)), has, tag);
	}
	JSON_EACH (there, tag)
		if (json_member(wanted, tag->key) == NULL)
			note(c, c->drift, arena_printf(a, "tags.%.*s", S_ARG(tag->key)), tag, NULL);
}

/* ---- steps */

static struct step *add_step(struct apply *a, enum step_what what, enum apply_kind kind,
                             struct str name)
{
	struct step *s = ARENA_NEW(a->cli->arena, struct step);

	s->what = what;
	s->kind = kind;
	s->name = name;
	*a->last = s;
	a->last = &s->next;
	a->count[what]++;
	return s;
}

static void add_with(struct apply *a, enum step_what what, struct comparing *c, struct str name,
                     const struct json *wanted, const struct json *there,
                     const struct json *changes)
{
	struct step *s = add_step(a, what, c->kind, name);

	s->wanted = wanted;
	s->there = there;
	s->changes = changes;
}

const struct json *apply_defaults(struct apply *a, enum apply_kind kind)
{
	static const char *const texts[APPLY_KINDS] = {
		[OF_TOPIC] = "{\"display_name\":\"\",\"content_based_deduplication\":false,"
					 "\"signature_version\":\"1\",\"fifo_throughput_scope\":\"Topic\"}",
		[OF_SUBSCRIPTION] = "{\"raw_message_delivery\":false,"
							"\"filter_policy_scope\":\"MessageAttributes\"}",
		[OF_SCHEDULE] = "{\"zone\":\"UTC\",\"catch_up\":\"skip\"}",
	};
	struct str why;

	return texts[kind] == NULL ? NULL : json_read(a->cli->arena, str_of(texts[kind]), &why);
}

static void plan_one(struct apply *a, enum apply_kind kind, struct str name,
                     const struct json *wanted, const struct json *there)
{
	struct comparing c = { .apply = a, .kind = kind };

	c.changes = json_new(a->cli->arena, JSON_ARRAY);
	c.drift = json_new(a->cli->arena, JSON_ARRAY);
	c.defaults = kind == OF_QUEUE ? json_get(there, "defaults") : apply_defaults(a, kind);
	compare_wanted(&c, wanted, there);
	compare_there(&c, wanted, there);
	compare_tags(&c, json_get(wanted, "tags"), json_get(there, "tags"));
	if (there == NULL) {
		add_with(a, STEP_CREATE, &c, name, wanted, NULL, c.changes);
		return;
	}
	if (a->prune)
		json_move_all(c.changes, c.drift);
	bool drifts = !a->prune && c.drift->count > 0;
	if (c.changes->count > 0 || !drifts)
		add_with(a, c.changes->count > 0 ? STEP_CHANGE : STEP_UNCHANGED, &c, name, wanted, there,
		         c.changes);
	if (drifts)
		add_with(a, STEP_DRIFT, &c, name, wanted, there, c.drift);
}

/* ---- queues: dead-letter queues before those that name them */

static bool is_planned(const struct apply *a, struct str queue)
{
	for (const struct step *s = a->steps; s != NULL; s = s->next)
		if (s->kind == OF_QUEUE && str_eq(s->name, queue))
			return true;
	return false;
}

/* `depth` ends circles; the server says what it thinks of them. */
static void plan_queue(struct apply *a, const struct json *queue, int depth)
{
	const struct json *all = json_get(a->file, "queues");
	const struct json *dead = json_member(all, json_get_text(queue, "dead_letter_queue"));

	if (is_planned(a, queue->key))
		return;
	if (dead != NULL && depth < 16)
		plan_queue(a, dead, depth + 1);
	if (!is_planned(a, queue->key))
		plan_one(a, OF_QUEUE, queue->key, queue,
		         json_member(json_get(a->server, "queues"), queue->key));
}

/* ---- subscriptions: known by their ends */

static const struct json *same_subscription(const struct json *list, const struct json *s)
{
	JSON_EACH (list, one)
		if (str_eq(json_get_text(one, "topic"), json_get_text(s, "topic")) &&
		    str_eq(json_get_text(one, "protocol"), json_get_text(s, "protocol")) &&
		    str_eq(subscription_target(one), subscription_target(s)))
			return one;
	return NULL;
}

static struct str subscription_name(struct apply *a, const struct json *s)
{
	return arena_printf(a->cli->arena, "%.*s -> %.*s", S_ARG(json_get_text(s, "topic")),
	                    S_ARG(subscription_target(s)));
}

static const struct json *counterpart(struct apply *a, const struct json *all, enum apply_kind kind,
                                      const struct json *one)
{
	const struct json *others = json_get(all, apply_members[kind]);

	(void)a;
	return kind == OF_SUBSCRIPTION ? same_subscription(others, one) : json_member(others, one->key);
}

static struct str name_of(struct apply *a, enum apply_kind kind, const struct json *one)
{
	return kind == OF_SUBSCRIPTION ? subscription_name(a, one) : one->key;
}

void apply_plan(struct apply *a)
{
	a->last = &a->steps;
	for (int kind = 0; kind < APPLY_KINDS; kind++)
		JSON_EACH (json_get(a->file, apply_members[kind]), one)
			if (kind == OF_QUEUE)
				plan_queue(a, one, 0);
			else
				plan_one(a, (enum apply_kind)kind, name_of(a, (enum apply_kind)kind, one), one,
				         counterpart(a, a->server, (enum apply_kind)kind, one));
	for (int kind = APPLY_KINDS - 1; kind >= 0; kind--)
		JSON_EACH (json_get(a->server, apply_members[kind]), one)
			if (counterpart(a, a->file, (enum apply_kind)kind, one) == NULL)
				add_step(a, a->prune ? STEP_REMOVE : STEP_DRIFT, (enum apply_kind)kind,
				         name_of(a, (enum apply_kind)kind, one))
					->there = one;
}
