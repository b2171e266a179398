/* receive.c - messages are handed out: hidden for a while, not gone.
 *
 * What is handed out is in the rows before anybody hears of it: visibility and
 * receive count survive a crash, so that nothing a live consumer holds is given to
 * another, and no poisoned message starts counting anew. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "domain/queue/page.h"
#include "domain/queue/track.h"

enum { OVERDUE_MAX = 200 }; /* expired or poisoned messages put away by one receive */

/* ---- taking messages */

int64_t queue_allowance(struct batch *b, struct queue *q)
{
	int64_t limit = QUEUE_IN_FLIGHT_MAX;

	if (q->settings.paused || b->domain->queues->answer_bytes >= ANSWERS_MAX)
		return 0;
	if (q->settings.concurrency > 0 && q->settings.concurrency < limit)
		limit = q->settings.concurrency;
	limit -= q->in_flight;
	if (q->settings.rate > 0) {
		int64_t full = q->settings.rate * 1000, passed = b->now.mono_ms - q->rate_at_mono;
		int64_t more = passed > 1000 ? full : q->settings.rate * passed;
		q->rate_tokens_milli = q->rate_tokens_milli + more > full ? full
		                                                          : q->rate_tokens_milli + more;
		q->rate_at_mono = b->now.mono_ms;
		if (q->rate_tokens_milli / 1000 < limit)
			limit = q->rate_tokens_milli / 1000;
	}
	return limit < 0 ? 0 : limit;
}

static void use_rate(struct queue *q, int count)
{
	if (q->settings.rate > 0)
		q->rate_tokens_milli -= (int64_t)count * 1000;
}

/* There is no dead-letter queue: its job says that it failed. */
static enum err put_tracked_away(struct batch *b, struct queue *q, struct entry *e, bool *away)
{
	const struct job_row *job;

	TRY(track_job(b, message_id_of(q, e->position), &job));
	*away = job != NULL;
	return job == NULL ? OK : queue_remove(b, q, e, LEAVES_TRIED);
}

/* True when the message was put away instead: expired, or received too often. A dead letter
 * that an archive wants is there until it is archived. */
static enum err put_away(struct batch *b, struct queue *q, struct entry *e,
                         const struct received *r, bool *away)
{
	struct queue *dead;

	*away = true;
	if (e->sent_at + q->settings.retention_s * SECOND_MS <= b->now.wall_ms &&
	    !(b->domain->config.archives && str_given(r->dead_from)))
		return queue_remove(b, q, e, LEAVES_EXPIRED);
	if (q->settings.max_receives > 0 && entry_tries(e) >= q->settings.max_receives) {
		dead = queue_dead_for(b, q);
		if (dead != NULL)
			return queue_dead_letter(b, q, e, dead, NULL);
		/* Without a job nobody would know: it goes on. */
		if (q->settings.track && !(q->settings.fifo && q->settings.stop_on_poison))
			return put_tracked_away(b, q, e, away);
	}
	*away = false;
	return OK;
}

/* Its row. */
static enum err write_receive(struct batch *b, struct queue *q, const struct entry *e,
                              int64_t hidden_ms)
{
	return store_run(b->store, STMT_MESSAGE_RECEIVE,
	                 VALUES(value_int(message_id_of(q, e->position)),
	                        value_int(b->now.wall_ms + hidden_ms), value_int(e->receive_count),
	                        value_int(e->first_received_at)),
	                 NULL, NULL);
}

static struct str worker_of(const struct cmd *c, const struct queue_receive *p)
{
	return str_given(p->worker) ? p->worker : c->caller.principal;
}

/* A worker is told what its job is. */
static enum err read_job(struct batch *b, struct cmd *c, const struct queue *q, struct received *r)
{
	struct job_row *job = ARENA_NEW(c->arena, struct job_row);
	bool found;

	TRY(ledger_of_body(b->store, c->arena, message_id_of(q, r->position), job, &found));
	r->job = found ? job : NULL;
	return OK;
}

/* From when it was sent, or due. */
static void note_wait(struct batch *b, struct queue *q, const struct received *r)
{
	int64_t since = r->visible_at > r->sent_at ? r->visible_at : r->sent_at;

	stats_wait(q, b->now.mono_ms, b->now.wall_ms - since);
}

/* `written`: its row and that of its job say so already. */
static enum err hand_out(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                         struct entry *e, int64_t hidden_ms, bool written)
{
	struct received *r = &p->messages[p->count];

	if (r->timeout_ms > 0 && r->timeout_ms < hidden_ms)
		hidden_ms = r->timeout_ms;
	must(e->order.place == 0 && p->count < p->max); /* taken, not counted, and there is room */
	e->receive_count++;
	if (e->first_received_at == 0)
		e->first_received_at = b->now.wall_ms;
	e->received_mono = b->now.mono_ms;
	e->changed = false;
	if (e->receive_count == 1 && !str_given(r->dead_from))
		note_wait(b, q, r);
	must(!written || e->receive_count == 1);
	if (!written)
		TRY(write_receive(b, q, e, hidden_ms));
	if (!written && q->settings.track)
		TRY(track_start(b, q, r, 1, worker_of(c, p), b->now.wall_ms + hidden_ms));
	e->job = r->message_id;
	e->job_known = true;
	e->job_grouped = r->grouped;
	if (p->claim)
		TRY(read_job(b, c, q, r));
	r->receive_count = e->receive_count;
	r->first_received_at = e->first_received_at;
	r->receipt = (struct receipt){ q->id, e->position, e->receive_count };
	entry_fly(b->domain->queues, e, b->now.mono_ms + hidden_ms);
	if (q->settings.key_rate > 0)
		group_used(b->domain->queues, e->group, b->now);
	if (q->lanes != NULL)
		lanes_served(q->lanes, e->priority);
	group_settle(e->group);
	q->counters.received++;
	p->count++;
	c->answer_bytes += r->body.len + r->attributes.len;
	b->domain->queues->answer_bytes += (int64_t)(r->body.len + r->attributes.len);
	return OK;
}

/* Whether this answer may take one more message. */
static bool has_room(const struct cmd *c, const struct queue_receive *p, int most)
{
	return p->count < most && c->answer_bytes < RECEIVE_BYTES_MAX;
}

/* One message, if it is not put away. */
static enum err take_one(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                         struct ready *r, int64_t hidden_ms, int *overdue)
{
	must(r->group->queue == q && node_linked(&q->touched)); /* Q1 */
	struct entry *e = index_take(b->domain->queues, r);
	bool away;

	TRY(message_read(b, q, e->position, c->arena, &p->messages[p->count]));
	e->sent_at = p->messages[p->count].sent_at;
	/* Not in a heap, not counted, until one of the following has placed it. */
	TRY(put_away(b, q, e, &p->messages[p->count], &away));
	if (away) {
		++*overdue;
		return OK;
	}
	return hand_out(b, c, p, q, e, hidden_ms, false);
}

/* ---- neighbours: rows that lie side by side are read by one statement and hidden by
 * another, whatever their number */

/* Messages of the group that are next, stand side by side and were never received. Where
 * several groups or lanes take turns, each gives one. */
static int neighbours(const struct queue *q, const struct queue_receive *p, const struct ready *r,
                      int most)
{
	struct heap_entry *again = heap_first(&r->again);
	int64_t n = runs_side_by_side(&r->fresh), room = most - p->count;

	if (p->one_a_group || (!q->settings.fifo && (r->group != &q->plain || q->groups.count > 0)))
		return 1;
	if (q->lanes != NULL && lanes_several(q->lanes))
		return 1;
	if (q->settings.key_rate > 0) /* each needs a token */
		return 1;
	if (again != NULL && again->tie < runs_first(&r->fresh) + (uint64_t)n)
		return 1;
	return (int)(n < room ? n : room);
}

/* Hides all of them, where that is the same for each. */
static enum err write_page(struct batch *b, const struct cmd *c, const struct queue_receive *p,
                           struct queue *q, const struct page *page, int64_t hidden_ms)
{
	int64_t first = message_id_of(q, page->rows[0].position);

	TRY(store_run(b->store, STMT_MESSAGE_RECEIVE_PAGE,
	              VALUES(value_int(first), value_int(first + page->count - 1),
	                     value_int(b->now.wall_ms + hidden_ms), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return !q->settings.track ? OK
	                          : track_start(b, q, page->rows, page->count, worker_of(c, p),
	                                        b->now.wall_ms + hidden_ms);
}

/* Whether they can be: no attempt begins of what has expired, and none has less time. */
static bool alike(struct batch *b, const struct queue *q, const struct page *page)
{
	for (int i = 0; i < page->count; i++)
		if (page->rows[i].timeout_ms > 0 ||
		    page->rows[i].sent_at + q->settings.retention_s * SECOND_MS <= b->now.wall_ms)
			return false;
	return true;
}

/* All of them are hidden, and then handed out or put away. */
static enum err take_page(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                          struct ready *r, int64_t hidden_ms, int n, int *overdue)
{
	uint64_t first = runs_first(&r->fresh);
	struct page page = { .arena = c->arena,
		                 .rows = ARENA_ARRAY(b->arena, struct received, n),
		                 .bytes = c->answer_bytes };
	bool away;

	must(r->group->queue == q && node_linked(&q->touched)); /* Q1 */
	TRY(page_read(b, q, first, n, runs_side_by_side(&r->fresh), &page));
	bool written = alike(b, q, &page);
	if (written)
		TRY(write_page(b, c, p, q, &page, hidden_ms));
	for (int i = 0; i < page.count; i++) {
		/* It is there as long as it has a message that is fresh. */
		struct entry *e = index_take(b->domain->queues, r);
		must(e->position == first + (uint64_t)i && page.rows[i].receive_count == 0);
		e->sent_at = page.rows[i].sent_at;
		p->messages[p->count] = page.rows[i];
		TRY(put_away(b, q, e, &page.rows[i], &away));
		if (away)
			++*overdue;
		else
			TRY(hand_out(b, c, p, q, e, hidden_ms, written));
	}
	return OK;
}

static enum err take_some(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                          struct ready *r, int64_t hidden_ms, int most, int *overdue)
{
	int n = neighbours(q, p, r, most);

	return n > 1 ? take_page(b, c, p, q, r, hidden_ms, n, overdue)
	             : take_one(b, c, p, q, r, hidden_ms, overdue);
}

/* Fills the answer from what is ready. FIFO: as many as possible of one group, then
 * of the next; what this receive takes does not lock the group against itself, unless the
 * receiver wants one of a group at a time. */
static enum err take_all(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                         int64_t room, int64_t hidden_ms)
{
	int most = room < p->max ? (int)room : p->max, overdue = 0;
	struct ready *r;
	struct group *g;

	must(p->count == 0 && room > 0 && hidden_ms > 0);
	while (has_room(c, p, most) && overdue < OVERDUE_MAX && (r = ready_next(q)) != NULL) {
		/* The group may end with its last message, and its name with it. */
		struct str name = arena_str(b->arena, r->group->name);
		TRY(take_some(b, c, p, q, r, hidden_ms, most, &overdue));
		while (q->settings.fifo && !p->one_a_group && has_room(c, p, most) &&
		       overdue < OVERDUE_MAX && (g = group_find(q, name)) != NULL && group_head(g) != 0 &&
		       !g->stopped && !g->limited)
			TRY(take_some(b, c, p, q, &g->ready, hidden_ms, most, &overdue));
	}
	return OK;
}

static int64_t hidden_for(const struct queue *q, const struct queue_receive *p)
{
	if (p->claim && p->lease_ms > 0)
		return p->lease_ms;
	return SECOND_MS * (p->visibility_s < 0 ? q->settings.visibility_s : p->visibility_s);
}

/* Hidden for zero seconds: received and ready again; each message once per call. */
static enum err take_unhidden(struct batch *b, struct cmd *c, struct queue *q, int64_t room)
{
	struct queue_receive *p = c->in;
	int most = room < p->max ? (int)room : p->max;

	TRY(take_all(b, c, p, q, room < most ? room : most, 1));
	/* One millisecond was only a mark: make them ready within the same batch. */
	for (int i = 0; i < p->count; i++) {
		struct entry *e = map_find(&q->entries, p->messages[i].position);
		must(e != NULL);
		TRY(queue_hide(b, q, e, 0));
	}
	return OK;
}

/* ---- the same attempt again */

static bool still_held(const struct queue *q, const struct receipt *r)
{
	const struct entry *e = map_find(&q->entries, r->position);

	return e != NULL && e->state == ENTRY_IN_FLIGHT && e->receive_count == r->receive &&
	       !e->changed;
}

static enum err replay(struct batch *b, struct cmd *c, struct queue *q,
                       const struct receipt *receipts, int count)
{
	struct queue_receive *p = c->in;
	int64_t hidden_ms = hidden_for(q, p);

	queue_touch(b, q);
	for (int i = 0; i < count && i < p->max; i++) {
		struct entry *e = map_find(&q->entries, receipts[i].position);
		struct received *r = &p->messages[p->count++];
		must(e != NULL && e->receive_count == receipts[i].receive); /* Q2 */
		TRY(message_read(b, q, e->position, c->arena, r));
		r->receipt = receipts[i];
		TRY(queue_hide(b, q, e, hidden_ms));
		e->changed = false; /* it may be asked for once more */
	}
	return OK;
}

static enum err try_replay(struct batch *b, struct cmd *c, struct queue *q)
{
	struct queue_receive *p = c->in;
	const struct receipt *receipts;
	struct attempt *a = attempt_find(q, p->attempt, b->now);

	if (a == NULL)
		return OK;
	int count = attempt_receipts(a, &receipts);
	for (int i = 0; i < count; i++)
		if (!still_held(q, &receipts[i]))
			return OK;
	return replay(b, c, q, receipts, count);
}

/* ---- ReceiveMessage */

static enum err receive_check(struct batch *b, struct cmd *c)
{
	struct queue_receive *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);

	must(p->max >= 1 && p->max <= (p->claim ? JOB_CLAIM_MAX : BATCH_ENTRIES_MAX));
	must(p->lease_ms >= 0 && p->lease_ms <= QUEUE_VISIBILITY_MAX_S * SECOND_MS);
	if (q == NULL)
		return OK;
	if (p->claim && !q->settings.track)
		c->refused = queue_not_tracked(c->arena, q->name);
	if (str_given(p->attempt) && !q->settings.fifo)
		return refuse(
			c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter ReceiveRequestAttemptId is invalid. Reason: The request "
			"includes a parameter that is not valid for this queue type.",
			S_ARG(p->attempt));
	if (!q->settings.fifo && q->in_flight >= QUEUE_IN_FLIGHT_MAX)
		return refuse(
			c, REFUSED_OVER_LIMIT,
			"Too many messages in flight: %d. Delete some, or wait for their visibility timeouts.",
			QUEUE_IN_FLIGHT_MAX);
	if (b->domain->queues->answer_bytes >= ANSWERS_MAX)
		return refuse(c, REFUSED_THROTTLED,
		              "Answers of %lld bytes wait for clients to read them. Try again soon.",
		              (long long)b->domain->queues->answer_bytes);
	return OK;
}

enum err queue_hand_out(struct batch *b, struct cmd *c, struct queue_receive *p, struct queue *q,
                        int64_t hidden_ms)
{
	int64_t room = queue_allowance(b, q);

	must(hidden_ms > 0 && p->max > 0);
	p->count = 0;
	p->fifo = q->settings.fifo;
	if (room == 0 || q->visible == 0)
		return OK;
	queue_touch(b, q);
	TRY(take_all(b, c, p, q, room, hidden_ms));
	use_rate(q, p->count);
	return OK;
}

enum err queue_try_receive(struct batch *b, struct cmd *c, struct queue *q)
{
	struct queue_receive *p = c->in;
	int64_t hidden_ms = hidden_for(q, p);

	p->count = 0;
	c->answer_bytes = 0;
	p->fifo = q->settings.fifo;
	if (str_given(p->attempt))
		TRY(try_replay(b, c, q));
	int64_t room = queue_allowance(b, q);
	if (p->count == 0 && room > 0 && q->visible > 0) {
		queue_touch(b, q);
		TRY(hidden_ms > 0 ? take_all(b, c, p, q, room, hidden_ms) : take_unhidden(b, c, q, room));
		use_rate(q, p->count);
		if (str_given(p->attempt) && p->count > 0)
			attempt_note(q, p->attempt, p->messages, p->count, b->now);
	}
	return OK;
}

/* A worker by its name, others by their connection. */
static uint64_t receiver_of(const struct cmd *c, const struct queue_receive *p)
{
	uint64_t connection = (uint64_t)(uint32_t)c->reply_to.loop << 56 ^
	                      (uint64_t)c->reply_to.slot << 32 ^ c->reply_to.generation;

	return str_given(p->worker) ? str_hash(p->worker) : connection;
}

static enum err receive_write(struct batch *b, struct cmd *c)
{
	struct queue_receive *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);
	must(q != NULL);
	int64_t wait_s = p->wait_s < 0 ? q->settings.wait_s : p->wait_s;

	stats_seen(q, b->now.mono_ms, receiver_of(c, p));
	p->count = 0; /* it may run again after a rollback */
	if (p->messages == NULL)
		p->messages = ARENA_ARRAY(c->arena, struct received, p->max);
	/* Who came first is served first. */
	if (list_empty(&q->waiting))
		TRY(queue_try_receive(b, c, q));
	if (p->count == 0 && wait_s > 0 && cmd_can_park(b->domain, c))
		queue_park(b, c, q, wait_s);
	return OK;
}

/* The batch that served it failed: it waits on, in front of those that came later (W1). */
static void receive_repark(struct domain *d, struct cmd *c, struct now now)
{
	struct queue_receive *p = c->in;
	struct queue *q = queue_by_name(d, p->queue);

	must(q != NULL && !q->dropped);
	p->count = 0;
	cmd_repark(d, c, &q->waiting);
	heap_put(&d->queues->wakes, &q->wake, now.mono_ms + WAKE_AGAIN_MS, q->id);
}

const struct op op_queue_receive = {
	.name = "queue_receive",
	.lane = LANE_WRITE,
	.takes = true,
	.check = receive_check,
	.write = receive_write,
	.repark = receive_repark,
};
