/* flow_collect.c - many messages become one: as soon as there are enough, or the oldest has
 * waited long enough. F1 to F5: flow.h. */
#include "base/limits.h"
#include "domain/queue/flow.h"
#include "domain/queue/flow_inside.h"
#include "wire/json.h"

/* What stands around the bodies, at most. */
enum { AROUND = 128 };

struct collected {
	struct buf body;
	struct flow_next next;
	struct received *rows;
	int count; /* of `next`: those that fit */
};

static int64_t ready_count(const struct ready *r)
{
	return r->fresh.total + (int64_t)r->again.count;
}

/* ---- is it time */

/* Mono time at which the first of them has waited long enough. A group remembers it for as
 * long as the same one is first. */
static enum err due_of(struct batch *b, struct queue *q, struct group *g, uint64_t head,
                       int64_t *due)
{
	struct received *row = ARENA_NEW(b->arena, struct received);

	must(head != 0);
	if (g->flow_head != head) {
		TRY(message_read(b, q, head, b->arena, row));
		int64_t waited = b->now.wall_ms - row->sent_at;
		waited = waited < 0 ? 0 : waited; /* the clock was set */
		g->flow_head = head;
		g->flow_since_mono = b->now.mono_ms - waited;
	}
	*due = g->flow_since_mono + q->settings.flow.wait_ms;
	return OK;
}

static void sooner(int64_t *again, int64_t at)
{
	*again = at < *again ? at : *again;
}

/* ---- one message of many */

static void add_body(struct collected *c, struct str body, bool json)
{
	if (c->count > 0)
		buf_add_byte(&c->body, ',');
	if (json)
		buf_add(&c->body, body);
	else
		json_write_text(&c->body, body);
}

/* The next one is in, or it does not fit. */
static bool add(struct batch *b, struct collected *c, size_t most)
{
	const struct received *r = &c->rows[c->count];
	size_t before = c->body.len;
	struct arena *scratch = arena_open();
	struct str why;

	add_body(c, r->body, json_read(scratch, r->body, &why) != NULL);
	arena_close(scratch);
	(void)b;
	if (c->body.len + AROUND > most) {
		c->body.len = before;
		return false;
	}
	c->count++;
	return true;
}

static enum err gather(struct batch *b, struct queue *q, const struct queue *to, struct ready *r,
                       struct collected *c)
{
	bool fits = true;

	flow_peek(b, q, r, (int)q->settings.flow.max, &c->next);
	c->rows = ARENA_ARRAY(b->arena, struct received, c->next.count + 1);
	buf_add(&c->body, S("{\"messages\":["));
	for (int i = 0; i < c->next.count && fits; i++) {
		TRY(message_read(b, q, c->next.positions[i], b->arena, &c->rows[i]));
		flow_pick(b, q, &c->next, i)->sent_at = c->rows[i].sent_at;
		fits = add(b, c, (size_t)to->settings.max_size);
	}
	return OK;
}

static struct str finish(struct batch *b, struct collected *c)
{
	buf_printf(&c->body, "],\"count\":%d,\"first_sent_at\":\"", c->count);
	time_rfc3339(&c->body, c->rows[0].sent_at);
	buf_add(&c->body, S("\"}"));
	arena_adopt(b->arena, c->body.at);
	return buf_str(&c->body);
}

static enum err bury(struct batch *b, struct queue *q, struct collected *c, int count,
                     const char *code, struct str message, bool *stuck)
{
	*stuck = false;
	for (int i = 0; i < count && !*stuck; i++)
		TRY(flow_dead(b, q, flow_pick(b, q, &c->next, i), code, message, stuck));
	return OK;
}

static enum err remove_all(struct batch *b, struct queue *q, const struct collected *c,
                           const struct uuid *into)
{
	char text[37];

	uuid_text(*into, text);
	struct str result = arena_printf(b->arena, "{\"into\":\"%s\"}", text);
	for (int i = 0; i < c->count; i++)
		TRY(flow_done(b, q, flow_pick(b, q, &c->next, i), result));
	return OK;
}

static enum err hand_on(struct batch *b, struct queue *q, struct queue *to, struct collected *c,
                        bool *held_up)
{
	char first[37];

	uuid_text(c->rows[0].message_id, first);
	struct send_entry *e = flow_entry(b, to, finish(b, c), c->next.groups[0],
	                                  arena_str(b->arena, str_of(first)));
	queue_enqueue_check(b, to, e, false, 0);
	*held_up = e->refused.why != REFUSED_NONE && !flow_never(e->refused.why);
	if (*held_up) /* F5 */
		return OK;
	if (e->refused.why != REFUSED_NONE)
		return bury(b, q, c, c->count, refusal_name(e->refused.why), e->refused.text, held_up);
	TRY(queue_enqueue(b, to, e, S("ringi")));
	return remove_all(b, q, c, &e->message_id); /* F1 */
}

/* `r`: of one group; NULL: of all. */
static enum err collect(struct batch *b, struct queue *q, struct ready *r, bool *held_up)
{
	struct queue *to = queue_by_name(b->domain, q->settings.flow.into);
	struct collected *c = ARENA_NEW(b->arena, struct collected);

	*held_up = to == NULL; /* F5 */
	if (to == NULL)
		return OK;
	enum err fault = gather(b, q, to, r, c);
	if (fault == OK && c->count > 0)
		return hand_on(b, q, to, c, held_up);
	buf_free(&c->body);
	TRY(fault);
	must(c->next.count > 0);
	return bury(b, q, c, 1, "TOO_LARGE",
	            S("The message alone is more than the queue that it is collected into takes."),
	            held_up); /* F4 */
}

/* ---- a step */

static bool enough(const struct queue *q, int64_t count)
{
	return count >= q->settings.flow.max;
}

static enum err collect_any(struct batch *b, struct queue *q, int64_t *again)
{
	struct ready *r = ready_next(q);
	int64_t due;
	bool held_up;

	TRY(due_of(b, q, r->group, ready_head(r), &due));
	if (!enough(q, q->visible) && due > b->now.mono_ms) {
		sooner(again, due);
		return OK;
	}
	TRY(collect(b, q, NULL, &held_up));
	if (held_up || q->visible > 0)
		sooner(again, b->now.mono_ms + (held_up ? FLOW_AGAIN_MS : 0));
	return OK;
}

struct due_groups {
	struct str names[FLOW_GROUPS_MAX];
	int count;
};

static enum err look_at(struct batch *b, struct queue *q, struct group *g, struct due_groups *d,
                        int64_t *again)
{
	int64_t due;

	if (g->ready.order.place == 0) /* nothing, or held, or stopped */
		return OK;
	TRY(due_of(b, q, g, ready_head(&g->ready), &due));
	if (!enough(q, ready_count(&g->ready)) && due > b->now.mono_ms)
		sooner(again, due);
	else if (d->count == FLOW_GROUPS_MAX)
		sooner(again, b->now.mono_ms);
	else
		d->names[d->count++] = arena_str(b->arena, g->name);
	return OK;
}

static enum err collect_groups(struct batch *b, struct queue *q, int64_t *again)
{
	struct due_groups *d = ARENA_NEW(b->arena, struct due_groups);
	struct group *g;
	size_t at = 0;

	TRY(look_at(b, q, &q->plain, d, again));
	while ((g = names_next(&q->groups, &at)) != NULL)
		TRY(look_at(b, q, g, d, again));
	for (int i = 0; i < d->count; i++) {
		bool held_up = false;
		g = group_find(q, d->names[i]);
		must(g != NULL);
		TRY(collect(b, q, &g->ready, &held_up));
		g = group_find(q, d->names[i]);
		if (g != NULL && g->ready.order.place != 0)
			sooner(again, b->now.mono_ms + (held_up ? FLOW_AGAIN_MS : 0));
	}
	return OK;
}

enum err flow_collect(struct batch *b, struct queue *q, int64_t *again)
{
	must(q->settings.flow.max >= 1 && q->settings.flow.max <= COLLECT_MAX);
	return q->settings.flow.by_group || q->settings.fifo ? collect_groups(b, q, again)
	                                                     : collect_any(b, q, again);
}
