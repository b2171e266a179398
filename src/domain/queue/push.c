/* push.c - messages of push queues: offered, taken, reported on. P1 to P4: push.h.
 *
 *     queue_serve -> offered, egress is woken -> op_push_take -> (call) -> op_push_done
 *
 * Nobody asks again and again. Egress is woken when a queue has something to give, unless
 * it was told so and has no room (push_full): then it comes when a call has ended. What
 * waits for time (rate, breaker) is woken by the clock. */
#include "domain/queue/push.h"

#include "base/limits.h"
#include "domain/outbox/address.h"
#include "domain/ledger/trace.h"
#include "domain/queue/memory.h"
#include "wire/json.h"
#include "wire/traceparent.h"

enum { AGAIN_MS = 20 }; /* so many answers are on their way that nothing is handed out */

bool push_on(const struct queue *q)
{
	return q->settings.push.url.len > 0;
}

struct push_figures push_figures(const struct queue *q, struct now now)
{
	return (struct push_figures){
		.on = push_on(q),
		.state = breaker_state(&q->breaker, now),
		.failures = q->breaker.failures,
		.open_until = q->breaker.until_wall,
	};
}

/* ---- the breaker's row */

static enum err take_breaker(void *context, const struct value *columns, int count)
{
	struct breaker *br = context;

	must(count == 3);
	br->failures = columns[0].number;
	br->pause_ms = columns[1].number;
	br->until_wall = columns[2].number;
	return br->failures >= 1 && br->pause_ms >= 0 && br->until_wall >= 0 ? OK : ERR_CORRUPT;
}

enum err push_load(struct queue *q, struct store *store, struct now now)
{
	struct breaker *br = &q->breaker;

	*br = (struct breaker){ 0 };
	q->push_full = false;
	if (!push_on(q))
		return OK;
	TRY(store_run(store, STMT_PUSH_BREAKER_ONE, VALUES(value_int(q->id)), take_breaker, br));
	int64_t left = br->until_wall - now.wall_ms;
	if (br->until_wall > 0) /* also when the clock was set */
		br->until_mono = now.mono_ms + (left < 0                         ? 0
		                                : left > PUSH_RETRY_AFTER_MAX_MS ? PUSH_RETRY_AFTER_MAX_MS
		                                                                 : left);
	return OK;
}

enum err push_changed(struct batch *b, struct queue *q, bool removed)
{
	must(node_linked(&q->touched)); /* Q1 */
	q->breaker = (struct breaker){ 0 };
	TRY(store_run(b->store, STMT_PUSH_BREAKER_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	return removed ? store_run(b->store, STMT_QUEUE_ATTRIBUTE_DELETE,
	                           VALUES(value_int(q->id), value_text(S("push_secret"))), NULL, NULL)
	               : OK;
}

static enum err note_breaker(struct batch *b, struct queue *q, struct push_done *p)
{
	struct breaker *br = &q->breaker;
	bool was_closed = br->until_mono == 0;

	if (p->result == PUSH_DONE) {
		p->closed = !was_closed;
		return breaker_succeeded(br) ? store_run(b->store, STMT_PUSH_BREAKER_DELETE,
		                                         VALUES(value_int(q->id)), NULL, NULL)
		                             : OK;
	}
	if (!breaker_failed(br, b->now, p->hold ? p->retry_after_ms : -1))
		return OK;
	p->opened = was_closed && br->until_mono != 0;
	p->failures = br->failures;
	p->pause_ms = br->until_mono - b->now.mono_ms;
	return store_run(b->store, STMT_PUSH_BREAKER_PUT,
	                 VALUES(value_int(q->id), value_int(br->failures), value_int(br->pause_ms),
	                        value_int(br->until_wall)),
	                 NULL, NULL);
}

/* ---- offering */

void push_wait_for_allowance(struct batch *b, struct queue *q)
{
	struct queues *all = b->domain->queues;

	if (all->answer_bytes >= ANSWERS_MAX)
		queue_wake_at(all, q, b->now.mono_ms + AGAIN_MS);
	else if (q->settings.rate > 0 && q->rate_tokens_milli < 1000)
		queue_wake_at(all, q,
		              b->now.mono_ms + (1000 - q->rate_tokens_milli) / q->settings.rate + 1);
}

/* Whether a message could be called for at this moment, room aside. */
static bool may_push(struct batch *b, struct queue *q)
{
	if (!push_on(q) || q->dropped || q->settings.paused || ready_next(q) == NULL)
		return false;
	if (breaker_state(&q->breaker, b->now) == BREAKER_OPEN) { /* P3 */
		queue_wake_at(b->domain->queues, q, q->breaker.until_mono);
		return false;
	}
	if (queue_allowance(b, q) > 0)
		return true;
	push_wait_for_allowance(b, q);
	return false;
}

void push_offer(struct batch *b, struct queue *q)
{
	if (!may_push(b, q))
		return;
	if (!node_linked(&q->offered))
		list_add_last(&b->domain->queues->offered, &q->offered);
	if (!q->push_full)
		b->push_grew = true;
}

/* ---- taking */

static int calls_of(const struct push_take *p, const struct queue *q)
{
	for (int i = 0; i < p->busy_count; i++)
		if (p->busy[i].queue == q->id)
			return p->busy[i].calls;
	return 0;
}

/* How many calls the queue may have more. No queue gets more than it leaves free, so that
 * some that answer slowly do not stop all others. */
static int room_for(struct batch *b, const struct push_take *p, const struct queue *q)
{
	int calls = calls_of(p, q), unused = p->max - p->count;
	int64_t room = q->settings.push.concurrency - calls;

	if (breaker_state(&q->breaker, b->now) == BREAKER_HALF_OPEN) /* one call on trial */
		return calls == 0 && unused > 0;
	if (room > (unused - calls + 1) / 2)
		room = (unused - calls + 1) / 2;
	return room < 0 ? 0 : (int)room;
}

/* Its attribute content-type, if it has one that fits into a header. */
static struct str content_type(struct arena *a, struct str attributes)
{
	struct str why;

	if (!str_given(attributes))
		return S_NONE;
	JSON_EACH (json_read(a, attributes, &why), v) {
		struct str type = json_get_text(v, "value");
		bool plain = type.len > 0 && type.len <= PUSH_TYPE_MAX &&
		             str_starts(json_get_text(v, "type"), S("String"));
		for (size_t i = 0; i < type.len && plain; i++)
			plain = type.at[i] >= ' ' && type.at[i] < 0x7f;
		if (plain && str_eq_nocase(v->key, S("content-type")))
			return type;
	}
	return S_NONE;
}

/* Of a job: its own span, in its trace. Else what the message came with. Absent: none. */
static struct str trace_of(struct arena *a, const struct received *r)
{
	const struct job_row *job = r->job;
	struct traceparent t = { .flags = trace_sampled(r->trace_header) };
	struct trace came;
	char text[TRACEPARENT_TEXT + 1];

	if (job != NULL) {
		bool own = job->trace_id.len != TRACE_ID_SIZE;
		memcpy(t.trace_id, own ? (const char *)job->id.bytes : job->trace_id.at, TRACE_ID_SIZE);
		memcpy(t.span_id, job->id.bytes + 8, SPAN_ID_SIZE);
	} else if (!traceparent_read(r->trace_header, &t)) {
		if (!trace_read(r->trace_header, &came) || !came.has_span) /* X-Ray's form */
			return S_NONE;
		memcpy(t.trace_id, came.trace_id, TRACE_ID_SIZE);
		memcpy(t.span_id, came.span_id, SPAN_ID_SIZE);
	}
	traceparent_write(&t, text);
	return arena_str(a, (struct str){ text, TRACEPARENT_TEXT });
}

static void add_call(struct batch *b, struct cmd *c, const struct queue *q,
                     const struct received *r)
{
	struct push_take *p = c->in;
	struct push_call *call = &p->calls[p->count++];
	const struct push_settings *push = &q->settings.push;

	must(p->count <= p->max && r->receipt.queue == q->id); /* P1 */
	*call = (struct push_call){
		.receipt = r->receipt,
		.queue = arena_str(c->arena, q->name),
		.url = arena_str(c->arena, push->url),
		.timeout_ms = r->timeout_ms > 0 && r->timeout_ms < push->timeout_ms ? r->timeout_ms
		                                                                    : push->timeout_ms,
		.now_ms = b->now.wall_ms,
		.sealed_count = push->sealed_count,
		.message_id = r->message_id,
		.body = r->body,
		.content_type = content_type(c->arena, r->attributes),
		.traceparent = trace_of(c->arena, r),
		.attempt = r->receive_count,
	};
	for (int i = 0; i < push->sealed_count; i++)
		call->sealed[i] = arena_str(c->arena, push->sealed[i]);
}

static enum err take_from(struct batch *b, struct cmd *c, struct queue *q)
{
	struct push_take *p = c->in;
	int room = room_for(b, p, q);
	struct queue_receive r = { .max = room,
		                       .one_a_group = q->settings.fifo,
		                       .claim = q->settings.track,
		                       .worker = arena_printf(c->arena, "push:%.*s",
		                                              S_ARG(url_host(q->settings.push.url))) };

	must(push_on(q) && room <= p->max - p->count);
	if (room > 0) {
		r.messages = ARENA_ARRAY(c->arena, struct received, room);
		TRY(queue_hand_out(b, c, &r, q, q->settings.push.timeout_ms + PUSH_MARGIN_MS));
		for (int i = 0; i < r.count; i++)
			add_call(b, c, q, &r.messages[i]);
	}
	q->push_full = r.count == room;
	push_offer(b, q);
	q->push_full = q->push_full && node_linked(&q->offered); /* else there is nothing to come for */
	p->more = p->more || q->push_full;
	return OK;
}

static enum err nothing(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

/* Each queue once; those that are offered again stand behind the last. */
static enum err take_write(struct batch *b, struct cmd *c)
{
	struct push_take *p = c->in;
	struct queues *all = b->domain->queues;
	const struct node *last = all->offered.head.previous;
	bool seen_last = list_empty(&all->offered);

	must(p->max >= 0 && p->max <= PUSH_CALLS_MAX && p->busy_count <= PUSH_CALLS_MAX);
	p->calls = ARENA_ARRAY(c->arena, struct push_call, p->max + 1);
	p->count = 0; /* it may run again after a rollback */
	p->more = false;
	c->answer_bytes = 0;
	while (!seen_last && p->count < p->max && c->answer_bytes < RECEIVE_BYTES_MAX) {
		struct queue *q = LIST_TAKE(&all->offered, struct queue, offered);
		seen_last = &q->offered == last;
		q->push_full = false;
		if (may_push(b, q))
			TRY(take_from(b, c, q));
	}
	if (!seen_last && p->count < p->max)
		b->push_grew = true; /* so many bytes at once */
	p->more = p->more || !seen_last;
	return OK;
}

const struct op op_push_take = {
	.name = "push_take",
	.lane = LANE_WRITE,
	.check = nothing,
	.write = take_write,
};

/* ---- reporting */

static int64_t wait_ms(struct batch *b, const struct queue *q, const struct push_done *p,
                       int64_t tries)
{
	int64_t ms = p->retry_after_ms, longest = QUEUE_VISIBILITY_MAX_S * SECOND_MS;

	if (ms < 0)
		ms = retry_after_ms(&q->settings.retry, tries, b->rng);
	else if (ms < PUSH_RETRY_MIN_MS)
		ms = PUSH_RETRY_MIN_MS;
	return ms > longest ? longest : ms;
}

/* Nobody else has received it since. After the lease only a success still says something
 * new: a failed message is back already. */
static bool still_ours(const struct entry *e, const struct push_done *p)
{
	return e != NULL && e->receive_count == p->receipt.receive &&
	       (e->state == ENTRY_IN_FLIGHT || p->result == PUSH_DONE);
}

/* On a FIFO queue that must not skip anything (on_poison=stop) the group stops instead. */
static enum err failed(struct batch *b, struct queue *q, struct entry *e, const struct push_done *p)
{
	int64_t tries = entry_tries(e);
	bool last = q->settings.max_receives > 0 && tries >= q->settings.max_receives;
	bool stops = q->settings.fifo && q->settings.stop_on_poison;
	bool dead = !stops && (last || p->result == PUSH_REFUSED);

	must(tries >= 1 && str_given(p->error)); /* P1 */
	return queue_failed(b, q, e, p->error, dead, last && stops ? 0 : wait_ms(b, q, p, tries));
}

static enum err done_write(struct batch *b, struct cmd *c)
{
	struct push_done *p = c->in;
	struct queue *q = map_find(&b->domain->queues->by_id, p->receipt.queue);

	must(p->retry_after_ms <= PUSH_RETRY_AFTER_MAX_MS);
	p->queue = S_NONE;
	p->opened = p->closed = false;
	if (q == NULL)
		return OK;
	queue_touch(b, q);
	p->queue = arena_str(c->arena, q->name);
	if (push_on(q))
		TRY(note_breaker(b, q, p));
	struct entry *e = map_find(&q->entries, p->receipt.position);
	if (still_ours(e, p)) /* P2 */
		TRY(p->result == PUSH_DONE ? queue_done(b, q, e) : failed(b, q, e, p));
	queue_wake(b, q);
	return OK;
}

const struct op op_push_done = {
	.name = "push_done",
	.lane = LANE_WRITE,
	.drains = true,
	.check = nothing,
	.write = done_write,
};
