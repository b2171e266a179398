/* flow_settings.c - the attributes `collect` and `split`.
 *
 *     {"max": 100, "wait_ms": 5000, "into": "picking", "by_group": true}
 *     {"into": "payments", "at": "/users"} */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "wire/json.h"

static const struct refused fine = { .why = REFUSED_NONE };

#define BAD(...) refused_as(a, REFUSED_INVALID_ATTRIBUTE, __VA_ARGS__)

/* ---- one value */

static struct refused check_number(struct arena *a, const struct json *v, int64_t max)
{
	int64_t n;

	if (json_is(v, JSON_NUMBER) && str_i64(v->text, 1, max, &n))
		return fine;
	return BAD("collect.%.*s must be a number from 1 to %lld.", S_ARG(v->key), (long long)max);
}

static struct refused check_collect(struct arena *a, const struct json *v)
{
	if (str_is(v->key, "max"))
		return check_number(a, v, COLLECT_MAX);
	if (str_is(v->key, "wait_ms"))
		return check_number(a, v, COLLECT_WAIT_MAX_MS);
	if (str_is(v->key, "by_group"))
		return json_is(v, JSON_TRUE) || json_is(v, JSON_FALSE)
		           ? fine
		           : BAD("collect.by_group must be true or false.");
	return BAD("collect has no member %.*s; it may have into, max, wait_ms and by_group.",
	           S_ARG(v->key));
}

static struct refused check_split(struct arena *a, const struct json *v)
{
	if (!str_is(v->key, "at"))
		return BAD("split has no member %.*s; it may have into and at.", S_ARG(v->key));
	if (!json_is(v, JSON_STRING) || (v->text.len > 0 && v->text.at[0] != '/'))
		return BAD(
			"split.at must be a JSON pointer such as \"/users\", or \"\" for the whole body.");
	return fine;
}

struct refused flow_check(struct arena *a, struct str name, struct str value)
{
	bool collect = str_is(name, "collect");
	struct str why;
	const struct json *flow = json_read(a, value, &why);

	if (!json_is(flow, JSON_OBJECT))
		return BAD("%.*s must be an object with the queue that it goes into.", S_ARG(name));
	JSON_EACH (flow, v) {
		struct refused r = str_is(v->key, "into") ? fine
		                   : collect              ? check_collect(a, v)
		                                          : check_split(a, v);
		if (r.why != REFUSED_NONE)
			return r;
	}
	if (json_get_text(flow, "into").len == 0)
		return BAD("%.*s.into is missing: the name of a queue.", S_ARG(name));
	if (collect && (json_get(flow, "max") == NULL || json_get(flow, "wait_ms") == NULL))
		return BAD("collect needs max (how many messages at most) and wait_ms (how long the "
		           "oldest waits at most).");
	return fine;
}

static int64_t number_in(const struct json *flow, const char *name)
{
	int64_t n = 0;

	must(str_i64(json_get(flow, name)->text, 1, INT64_MAX, &n)); /* checked before it was stored */
	return n;
}

void flow_set(struct flow *f, struct arena *arena, struct str name, struct str value)
{
	enum flow_kind kind = str_is(name, "collect") ? FLOW_COLLECT : FLOW_SPLIT;
	struct arena *scratch = arena_open();
	struct str why;

	if (value.len == 0) {
		f->kind = f->kind == kind ? FLOW_NONE : f->kind;
		arena_close(scratch);
		return;
	}
	const struct json *flow = json_read(scratch, value, &why);
	*f = (struct flow){ .kind = kind,
		                .into = arena_str(arena, json_get_text(flow, "into")),
		                .at = S("") };
	if (json_get(flow, "at") != NULL)
		f->at = arena_str(arena, json_get_text(flow, "at"));
	f->by_group = json_is(json_get(flow, "by_group"), JSON_TRUE);
	if (kind == FLOW_COLLECT) {
		f->max = number_in(flow, "max");
		f->wait_ms = number_in(flow, "wait_ms");
	}
	must(f->into.len > 0);
	arena_close(scratch);
}

/* ---- all together */

/* F3. What is too deep is as bad as a circle. */
static bool leads_to(struct batch *b, struct str from, struct str to, int depth)
{
	const struct queue *q = queue_by_name(b->domain, from);

	if (str_eq(from, to) || depth > FLOW_DEPTH_MAX)
		return true;
	if (q == NULL || q->settings.flow.kind == FLOW_NONE)
		return false;
	return leads_to(b, q->settings.flow.into, to, depth + 1) ||
	       (q->settings.dead_queue.len > 0 && leads_to(b, q->settings.dead_queue, to, depth + 1));
}

enum err flow_check_all(struct batch *b, struct cmd *c, struct str kept, const struct settings *s)
{
	const struct flow *f = &s->flow;
	const char *name = f->kind == FLOW_COLLECT ? "collect" : "split";
	struct str into = f->into;

	if (f->kind == FLOW_NONE)
		return OK;
	if (queue_by_name(b->domain, into) == NULL && !str_eq(into, kept))
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "%s.into names the queue %.*s, which does not exist.", name, S_ARG(into));
	if (leads_to(b, into, kept, 1) ||
	    (s->dead_queue.len > 0 && leads_to(b, s->dead_queue, kept, 1)))
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "%s.into: from %.*s, or from the dead-letter queue, messages would come back "
		              "to %.*s, or go on through more than %d queues.",
		              name, S_ARG(into), S_ARG(kept), FLOW_DEPTH_MAX);
	if (s->dead_queue.len == 0)
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "A queue with %s needs a dead-letter queue, for what cannot be handed on.",
		              name);
	if (s->priority || s->push.url.len > 0)
		return refuse(c, REFUSED_INVALID_ATTRIBUTE,
		              "A queue with %s has neither priority nor push: nobody receives from it.",
		              name);
	return OK;
}
