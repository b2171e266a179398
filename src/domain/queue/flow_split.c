/* flow_split.c - one message becomes many: each element of an array in it one of them. F1 to
 * F5: flow.h. */
#include "base/limits.h"
#include "domain/queue/flow.h"
#include "domain/queue/flow_inside.h"
#include "wire/json.h"

struct splitting {
	struct queue *q, *to;
	struct flow_next next; /* one */
	struct received row;
	const struct json *array;
	int64_t sent; /* elements, before this step and in it */
	struct job_row *job;
};

/* ---- the array */

/* "~1" is '/', "~0" is '~'. */
static bool token_is(struct str token, struct str key)
{
	size_t k = 0;

	for (size_t i = 0; i < token.len; i++, k++) {
		char c = token.at[i];
		if (c == '~' && i + 1 < token.len)
			c = token.at[++i] == '1' ? '/' : '~';
		if (k >= key.len || key.at[k] != c)
			return false;
	}
	return k == key.len;
}

static const struct json *child(const struct json *v, struct str token)
{
	int64_t index = -1, i = 0;

	if (json_is(v, JSON_ARRAY) && !str_i64(token, 0, INT32_MAX, &index))
		return NULL;
	if (!json_is(v, JSON_ARRAY) && !json_is(v, JSON_OBJECT))
		return NULL;
	JSON_EACH (v, c)
		if (json_is(v, JSON_ARRAY) ? i++ == index : token_is(token, c->key))
			return c;
	return NULL;
}

static const struct json *at_pointer(const struct json *v, struct str pointer)
{
	struct str rest = pointer;

	if (rest.len == 0)
		return v;
	(void)str_cut(&rest, '/'); /* what is before the first one: nothing */
	while (v != NULL && str_given(rest))
		v = child(v, str_cut(&rest, '/'));
	return v;
}

/* ---- elements */

static struct send_entry *entry_of(struct batch *b, const struct splitting *s, struct str body,
                                   int64_t index)
{
	char id[37];

	uuid_text(s->row.message_id, id);
	struct send_entry *e = flow_entry(b, s->to, body, s->next.groups[0],
	                                  arena_printf(b->arena, "%s/%lld", id, (long long)index));
	e->trace_header = s->row.trace_header;
	if (s->job != NULL && s->to->settings.track) { /* a child of the job that is split */
		struct job_extra *extra = ARENA_NEW(b->arena, struct job_extra);
		extra->parent = &s->job->id;
		extra->trace_id = str_given(s->job->trace_id) ? (const uint8_t *)s->job->trace_id.at
		                                              : s->job->id.bytes;
		extra->parent_span_id = s->job->id.bytes + 8;
		e->extra = extra;
	}
	return e;
}

/* F4: before the first one is sent, all are looked at. */
static struct refused check_all(struct batch *b, const struct splitting *s, int64_t *index)
{
	*index = 0;
	JSON_EACH (s->array, v) {
		struct send_entry *e = entry_of(b, s, json_written(b->arena, v), *index);
		queue_enqueue_check(b, s->to, e, false, 0);
		if (flow_never(e->refused.why))
			return e->refused;
		++*index;
	}
	return (struct refused){ .why = REFUSED_NONE };
}

/* As many as one transaction takes. *why: of the one that was not taken. */
static enum err send_some(struct batch *b, struct splitting *s, struct refused *why)
{
	int64_t index = 0, from = s->sent;

	*why = (struct refused){ .why = REFUSED_NONE };
	JSON_EACH (s->array, v) {
		if (index++ < from)
			continue;
		if (s->sent == from + SPLIT_STEP)
			return OK;
		struct send_entry *e = entry_of(b, s, json_written(b->arena, v), s->sent);
		queue_enqueue_check(b, s->to, e, false, 0);
		*why = e->refused;
		if (why->why != REFUSED_NONE)
			return OK;
		TRY(queue_enqueue(b, s->to, e, S("ringi")));
		s->sent++;
	}
	return OK;
}

/* ---- a step */

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static int64_t id_of(const struct splitting *s)
{
	return message_id_of(s->q, s->next.positions[0]);
}

/* Cursors of messages that went otherwise go with it: ids only grow. */
static enum err forget_cursor(struct batch *b, const struct splitting *s)
{
	return store_run(b->store, STMT_SPLIT_DONE,
	                 VALUES(value_int(message_id_of(s->q, 0)), value_int(id_of(s))), NULL, NULL);
}

static enum err dead(struct batch *b, struct splitting *s, const char *code, struct str message,
                     bool *stuck)
{
	TRY(flow_dead(b, s->q, flow_pick(b, s->q, &s->next, 0), code, message, stuck));
	return *stuck ? OK : forget_cursor(b, s);
}

static enum err refused(struct batch *b, struct splitting *s, int64_t index, struct refused why,
                        bool *stuck)
{
	return dead(b, s, refusal_name(why.why),
	            arena_printf(b->arena, "Element %lld: %.*s Elements before it: %s.",
	                         (long long)index, S_ARG(why.text), s->sent > 0 ? "sent" : "not sent"),
	            stuck);
}

static enum err done(struct batch *b, struct splitting *s)
{
	struct str result = arena_printf(b->arena, "{\"into\":\"%.*s\",\"count\":%lld}",
	                                 S_ARG(s->to->name), (long long)s->sent);

	must(s->sent == (int64_t)s->array->count);
	TRY(flow_done(b, s->q, flow_pick(b, s->q, &s->next, 0), result));
	return forget_cursor(b, s);
}

static enum err read_message(struct batch *b, struct splitting *s)
{
	struct str why;
	bool found = false;

	flow_peek(b, s->q, NULL, 1, &s->next);
	must(s->next.count == 1);
	TRY(message_read(b, s->q, s->next.positions[0], b->arena, &s->row));
	flow_pick(b, s->q, &s->next, 0)->sent_at = s->row.sent_at;
	TRY(store_run(b->store, STMT_SPLIT_READ, VALUES(value_int(id_of(s))), take_number, &s->sent));
	if (s->q->settings.track) {
		s->job = ARENA_NEW(b->arena, struct job_row);
		TRY(ledger_of_body(b->store, b->arena, id_of(s), s->job, &found));
	}
	s->job = found ? s->job : NULL;
	s->array = at_pointer(json_read(b->arena, s->row.body, &why), s->q->settings.flow.at);
	return OK;
}

static enum err split(struct batch *b, struct splitting *s, bool *held_up)
{
	struct refused why = { .why = REFUSED_NONE };
	int64_t index = 0, before;

	*held_up = false;
	TRY(read_message(b, s));
	if (!json_is(s->array, JSON_ARRAY))
		return dead(b, s, "NOT_AN_ARRAY",
		            arena_printf(b->arena, "There is no JSON array at \"%.*s\".",
		                         S_ARG(s->q->settings.flow.at)),
		            held_up);
	if (s->sent == 0)
		why = check_all(b, s, &index);
	if (why.why != REFUSED_NONE)
		return refused(b, s, index, why, held_up);
	before = s->sent;
	TRY(send_some(b, s, &why));
	if (flow_never(why.why))
		return refused(b, s, s->sent, why, held_up);
	if (s->sent == (int64_t)s->array->count)
		return done(b, s);
	*held_up = why.why != REFUSED_NONE; /* F5 */
	if (s->sent == before)
		return OK;
	return store_run(b->store, STMT_SPLIT_PUT, VALUES(value_int(id_of(s)), value_int(s->sent)),
	                 NULL, NULL);
}

enum err flow_split(struct batch *b, struct queue *q, int64_t *again)
{
	struct splitting *s = ARENA_NEW(b->arena, struct splitting);
	bool held_up = true;

	s->q = q;
	s->to = queue_by_name(b->domain, q->settings.flow.into);
	if (s->to != NULL)
		TRY(split(b, s, &held_up));
	if (held_up || ready_next(q) != NULL)
		*again = b->now.mono_ms + (held_up ? FLOW_AGAIN_MS : 0);
	return OK;
}
