/* model.c - the napkin (model.h). */
#include "sim/model.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

bool m_here(const struct model *m, int i, int queue)
{
	const struct m_message *x = &m->messages[i];

	return !x->gone && x->queue == queue && x->life == m->queues[queue].life;
}

bool m_ready(const struct model *m, int i)
{
	return !m->messages[i].leased && m->messages[i].hidden_until <= m->now;
}

bool m_flying(const struct model *m, int i)
{
	return !m_ready(m, i) && m->messages[i].receives > 0 && !m->messages[i].backs_off;
}

bool m_expired(const struct model *m, int i)
{
	const struct m_message *x = &m->messages[i];

	return x->sent_wall + m->queues[x->queue].retention_s * SECOND_MS <= m->wall;
}

void m_counts(const struct model *m, int queue, int counts[3])
{
	counts[0] = counts[1] = counts[2] = 0;
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue))
			counts[m_ready(m, i) ? 0 : m_flying(m, i) ? 1 : 2]++;
}

struct m_queue *m_dead_for(struct model *m, int queue, int *slot)
{
	struct m_queue *q = &m->queues[queue];

	*slot = q->dead;
	if (q->dead == NO_QUEUE || !m->queues[q->dead].exists || m->queues[q->dead].fifo != q->fifo)
		return NULL;
	return &m->queues[q->dead];
}

/* ---- sending */

/* FIFO: until when the delayed messages of a group hold back what is sent after them. */
static int64_t delayed_until(const struct model *m, int queue, int group)
{
	int64_t until = 0;

	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue) && m->messages[i].group == group && !m_ready(m, i) &&
		    m->messages[i].receives == 0 && m->messages[i].hidden_until > until)
			until = m->messages[i].hidden_until;
	return until;
}

static void hide_until(struct model *m, struct m_message *x, int64_t until)
{
	x->hidden_until = until > m->now ? until : 0;
	x->visible_wall = until > m->now ? m->wall + until - m->now : 0;
}

int m_send(struct model *m, int queue, int group, int priority, int64_t delay_s)
{
	struct m_queue *q = &m->queues[queue];
	int64_t until = m->now + SECOND_MS * (delay_s < 0 || q->fifo ? q->delay_s : delay_s);
	int64_t others = q->fifo ? delayed_until(m, queue, group) : 0;

	must(m->count < MESSAGES);
	struct m_message *x = &m->messages[m->count];
	*x = (struct m_message){ .queue = queue,
		                     .group = group,
		                     .life = q->life,
		                     .place = ++m->next_place,
		                     .sent_wall = m->wall,
		                     .priority = priority < 0 ? PRIORITY_DEFAULT : priority,
		                     .dead_from = NO_QUEUE };
	hide_until(m, x, until > others ? until : others);
	m_job_sent(m, m->count);
	m_wake(m, queue);
	x->body = m->count;
	return m->count++;
}

/* Numbers are given when commands are made up; what is refused leaves a hole. */
int m_send_as(struct model *m, int queue, int group, int priority, int64_t delay_s, int number)
{
	must(number >= m->count && number < MESSAGES);
	while (m->count < number)
		m->messages[m->count++] = (struct m_message){
			.queue = queue, .life = -1, .gone = true, .job = NO_JOB
		};
	return m_send(m, queue, group, priority, delay_s);
}

int m_duplicate(const struct model *m, int queue, int group, int id)
{
	const struct m_queue *q = &m->queues[queue];

	for (int i = m->note_count - 1; i >= 0; i--) {
		const struct m_note *n = &m->notes[i];
		if (n->queue != queue || n->life != q->life || n->id != id ||
		    (n->group != (q->by_group ? group : NO_GROUP)))
			continue;
		if (n->jumped)
			return -2;
		if (m->now - n->now < DEDUP_MS)
			return n->message;
	}
	return -1;
}

void m_note(struct model *m, int queue, int group, int id, int message)
{
	must(m->note_count < NOTES);
	m->notes[m->note_count++] = (struct m_note){
		.queue = queue,
		.life = m->queues[queue].life,
		.id = id,
		.message = message,
		.group = m->queues[queue].by_group ? group : NO_GROUP,
		.now = m->now,
		.wall = m->wall,
	};
}

/* ---- receiving */

static int in_flight(const struct model *m, int queue, int group, bool any_group)
{
	int n = 0;

	for (int i = 0; i < m->count; i++)
		n += m_here(m, i, queue) && m_flying(m, i) && (any_group || m->messages[i].group == group);
	return n;
}

enum { ANY_LANE = -1 };

static int head_of(const struct model *m, int queue, int group, int lane)
{
	int head = -1;

	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue) && m->messages[i].group == group && m_ready(m, i) &&
		    (lane == ANY_LANE || m->messages[i].priority == lane) &&
		    (head < 0 || m->messages[i].place < m->messages[head].place))
			head = i;
	return head;
}

int m_stopped(const struct model *m, int queue, int group)
{
	const struct m_queue *q = &m->queues[queue];
	int head = head_of(m, queue, group, ANY_LANE);

	return q->stop && q->fifo && m_limit(q) > 0 && head >= 0 && m_tries(m, head) >= m_limit(q)
	           ? head
	           : -1;
}

/* ---- limits of one group */

static int64_t tokens_now(const struct model *m, const struct m_queue *q, int group)
{
	int64_t full = q->key_rate * 1000;
	const struct m_bucket *b = &q->buckets[group];
	int64_t tokens = b->at == 0 ? full : b->tokens + (m->now - b->at) * q->key_rate;

	return tokens < full ? tokens : full;
}

static bool at_limit(const struct model *m, const struct m_queue *q, int group, int load)
{
	return group != NO_GROUP && ((q->key_concurrency > 0 && load >= q->key_concurrency) ||
	                             (q->key_rate > 0 && tokens_now(m, q, group) < 1000));
}

static void use_token(struct model *m, struct m_queue *q, int group)
{
	if (group == NO_GROUP || q->key_rate == 0)
		return;
	int64_t left = tokens_now(m, q, group) - 1000;
	must(left >= 0);
	q->buckets[group] = (struct m_bucket){ left, m->now };
}

/* When the group has a token again; 0: it has one. */
static int64_t token_at(const struct m_queue *q, int group)
{
	const struct m_bucket *b = &q->buckets[group];
	bool limited = q->key_rate > 0 && b->at != 0 && b->tokens < 1000;

	return limited ? b->at + (1000 - b->tokens + q->key_rate - 1) / q->key_rate : 0;
}

/* A FIFO group waits for its message that backs off. */
static bool backs_off(const struct model *m, int queue, int group)
{
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue) && m->messages[i].group == group && m->messages[i].backs_off &&
		    !m_ready(m, i))
			return true;
	return false;
}

/* ---- the limit of the queue */

static int64_t queue_tokens(const struct model *m, const struct m_queue *q)
{
	int64_t full = q->rate * 1000;
	int64_t tokens = q->bucket.at == 0 ? full
	                                   : q->bucket.tokens + (m->now - q->bucket.at) * q->rate;

	return tokens < full ? tokens : full;
}

static void use_tokens(struct model *m, struct m_queue *q, int count)
{
	if (q->rate > 0)
		q->bucket = (struct m_bucket){ queue_tokens(m, q) - (int64_t)count * 1000, m->now };
}

/* When it has a token again; 0: it has one. A waiting receiver is woken a moment later. */
static int64_t queue_token_at(const struct m_queue *q)
{
	const struct m_bucket *b = &q->bucket;
	bool limited = q->rate > 0 && b->at != 0 && b->tokens < 1000;

	return limited ? b->at + (1000 - b->tokens) / q->rate + 1 : 0;
}

/* The message of that lane that is next; -1: none. `own`: the FIFO group that this receive is
 * taking from. */
static int next_in(const struct model *m, int queue, int own, int lane)
{
	const struct m_queue *q = &m->queues[queue];
	int best = -1, best_load = 0;

	for (int group = NO_GROUP; group < GROUPS; group++) {
		int head = head_of(m, queue, group, lane);
		int load = in_flight(m, queue, group, false);
		if (head < 0 || m_stopped(m, queue, group) >= 0 || at_limit(m, q, group, load))
			continue;
		if (q->fifo && group == own)
			return head;
		if (q->fifo && (load > 0 || backs_off(m, queue, group)))
			continue;
		if (q->fifo)
			load = 0;
		if (best < 0 || load < best_load ||
		    (load == best_load && m->messages[head].place < m->messages[best].place)) {
			best = head;
			best_load = load;
		}
	}
	return best;
}

/* ---- lanes */

static int64_t turn_of(const struct m_queue *q, int lane)
{
	int64_t first = q->turn_now + (q->waited[lane] ? 0 : 512 >> lane);

	return q->turn[lane] > first ? q->turn[lane] : first;
}

static int next_of(const struct model *m, int queue, int own)
{
	const struct m_queue *q = &m->queues[queue];
	int best = -1;

	if (!q->lanes)
		return next_in(m, queue, own, ANY_LANE);
	for (int lane = LANES - 1; lane >= 0; lane--) {
		int i = next_in(m, queue, own, lane);
		if (i >= 0 && (best < 0 || turn_of(q, lane) < turn_of(q, m->messages[best].priority)))
			best = i;
	}
	return best;
}

/* A message was given, and is counted as in flight. */
static void served(struct model *m, int queue, int lane)
{
	struct m_queue *q = &m->queues[queue];
	int64_t now = turn_of(q, lane);
	bool waits[LANES] = { false };

	if (!q->lanes)
		return;
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue) && m_ready(m, i))
			waits[m->messages[i].priority] = true;
	for (int i = 0; i < LANES; i++) {
		if (waits[i])
			q->turn[i] = turn_of(q, i);
	}
	q->turn[lane] = now + (512 >> lane);
	q->turn_now = now;
	memcpy(q->waited, waits, sizeof waits);
}

/* The most urgent lane first. */
int m_next_to_move(const struct model *m, int queue, uint64_t last)
{
	int from = m->queues[queue].lanes ? LANES - 1 : ANY_LANE;

	for (int lane = from; lane >= (from == ANY_LANE ? ANY_LANE : 0); lane--) {
		int i = next_in(m, queue, -2, lane);
		if (i >= 0 && m->messages[i].place <= last)
			return i;
	}
	return -1;
}

void m_transfer(struct model *m, int i, int to, bool dead)
{
	struct m_message *x = &m->messages[i];
	struct m_queue *q = &m->queues[to];
	int64_t others = q->fifo ? delayed_until(m, to, x->group) : 0;
	int from = x->queue;

	m_job_moves(m, i, to, dead);
	if (!dead || m_limit(q) > 0 || others > 0)
		x->receives = 0;
	x->forgiven = 0;
	if (!dead || q->fifo)
		x->sent_wall = m->wall;
	x->dead_from = dead ? from : NO_QUEUE;
	x->queue = to;
	x->life = q->life;
	x->moves++;
	x->position = 0;
	x->place = ++m->next_place;
	x->changed = false;
	hide_until(m, x, others);
	m_wake(m, to);
	m_wake(m, from);
}

static bool put_away(struct model *m, int queue, int i)
{
	struct m_queue *q = &m->queues[queue];
	int dead;

	if (m_expired(m, i)) {
		m_job_ends(m, i, HAS_FAILED);
		return m->messages[i].gone = true;
	}
	if (m_limit(q) == 0 || m_tries(m, i) < m_limit(q))
		return false;
	if (m_dead_for(m, queue, &dead) != NULL) {
		m_transfer(m, i, dead, true);
		return true;
	}
	if (!q->tracked || !m_job_open(m, i) || (q->fifo && q->stop))
		return false;
	m_job_ends(m, i, HAS_FAILED);
	return m->messages[i].gone = true;
}

void m_receive(struct model *m, int queue, int max, int64_t hidden_ms, struct m_given *given)
{
	struct m_queue *q = &m->queues[queue];
	int limit = q->concurrency > 0 ? q->concurrency : QUEUE_IN_FLIGHT_MAX, own = -2, i;
	int room = q->paused ? 0 : limit - in_flight(m, queue, 0, true);

	if (q->rate > 0 && queue_tokens(m, q) / 1000 < room)
		room = (int)(queue_tokens(m, q) / 1000);
	*given = (struct m_given){ 0 };
	while (given->count < max && given->count < room && (i = next_of(m, queue, own)) >= 0) {
		own = m->messages[i].group;
		if (put_away(m, queue, i))
			continue;
		use_token(m, q, own);
		m->messages[i].changed = false;
		m->messages[i].receives++;
		given->message[given->count] = i;
		given->as[given->count++] = m->messages[i];
		m->messages[i].backs_off = false;
		hide_until(m, &m->messages[i], m->now + (hidden_ms > 0 ? hidden_ms : 1));
		m_job_taken(m, i);
		served(m, queue, m->messages[i].priority);
	}
	use_tokens(m, q, given->count);
	for (int n = 0; n < given->count && hidden_ms == 0; n++)
		if (q->tracked)
			m_release(m, given->message[n]);
		else
			hide_until(m, &m->messages[given->message[n]], 0);
}

bool m_replay(struct model *m, int queue, int attempt, int max, int64_t hidden_ms,
              struct m_given *given)
{
	struct m_queue *q = &m->queues[queue];
	const struct m_given *a = &q->attempted;

	if (attempt == 0 || q->attempt != attempt || m->now - q->attempt_at >= ATTEMPT_MS ||
	    a->count == 0)
		return false;
	for (int n = 0; n < a->count; n++) {
		int i = a->message[n];
		if (!m_here(m, i, queue) || !m_flying(m, i) ||
		    m->messages[i].receives != a->as[n].receives || m->messages[i].changed)
			return false;
	}
	*given = *a;
	given->count = a->count < max ? a->count : max;
	for (int n = 0; n < given->count; n++)
		hide_until(m, &m->messages[a->message[n]], m->now + hidden_ms);
	return true;
}

void m_hide(struct model *m, int i, int64_t ms)
{
	m->messages[i].changed = true;
	hide_until(m, &m->messages[i], m->now + ms);
	m_wake(m, m->messages[i].queue);
}

/* ---- waiting */

void m_wake(struct model *m, int queue)
{
	m->queues[queue].woken = true;
}

static struct m_waiter *first_waiter(struct m_queue *q)
{
	for (int i = 0; i < q->waiter_count; i++)
		if (!q->waiters[i].answered)
			return &q->waiters[i];
	return NULL;
}

static void serve(struct model *m, int queue)
{
	struct m_waiter *waiter;

	while ((waiter = first_waiter(&m->queues[queue])) != NULL) {
		int64_t seconds = waiter->visibility_s < 0 ? m->queues[queue].visibility_s
		                                           : waiter->visibility_s;
		m_receive(m, queue, waiter->max, seconds * SECOND_MS, &waiter->given);
		if (waiter->given.count == 0)
			return;
		waiter->answered = true;
	}
}

void m_serve(struct model *m)
{
	for (int again = 1; again;) {
		again = 0;
		for (int i = 0; i < SLOTS; i++)
			if (m->queues[i].woken) {
				m->queues[i].woken = false;
				serve(m, i);
				again = 1;
			}
	}
}

static void go_to(struct model *m, int64_t to)
{
	m->wall += to - m->now;
	m->now = to;
}

/* The next moment up to `until` at which something happens by itself; NEVER. */
static int64_t next_moment(const struct model *m, int64_t until)
{
	int64_t next = NEVER;

	for (int i = 0; i < m->count; i++)
		if (!m->messages[i].gone && !m->messages[i].leased &&
		    m->messages[i].hidden_until > m->now && m->messages[i].hidden_until < next)
			next = m->messages[i].hidden_until;
	for (int i = 0; i < m->count; i++)
		if (m_lease_at(m, i) < next)
			next = m_lease_at(m, i) < m->now ? m->now : m_lease_at(m, i);
	for (int i = 0; i < SLOTS; i++)
		for (int n = 0; n < m->queues[i].waiter_count; n++)
			if (!m->queues[i].waiters[n].answered && m->queues[i].waiters[n].deadline < next)
				next = m->queues[i].waiters[n].deadline;
	for (int i = 0; i < SLOTS; i++)
		for (int group = 0; group < GROUPS; group++) {
			int64_t at = token_at(&m->queues[i], group);
			if (at > m->now && at < next)
				next = at;
		}
	for (int i = 0; i < SLOTS; i++) {
		int64_t at = queue_token_at(&m->queues[i]);
		if (at > m->now && at < next)
			next = at;
	}
	if (m->move_at > m->now && m->move_at < next)
		next = m->move_at;
	return next > until ? NEVER : next;
}

void m_pass(struct model *m, int64_t until)
{
	int64_t at;

	while ((at = next_moment(m, until)) != NEVER) {
		go_to(m, at);
		for (int i = 0; i < m->count; i++)
			if (!m->messages[i].gone && !m->messages[i].leased && m->messages[i].hidden_until == at)
				m_wake(m, m->messages[i].queue);
		for (int i = 0; i < SLOTS; i++)
			for (int group = 0; group < GROUPS; group++)
				if (token_at(&m->queues[i], group) == at)
					m_wake(m, i);
		for (int i = 0; i < SLOTS; i++)
			if (queue_token_at(&m->queues[i]) == at)
				m_wake(m, i);
		m_leases_over(m);
		if (m->move_at == at)
			m_move_step(m);
		m_serve(m);
		for (int i = 0; i < SLOTS; i++)
			for (int n = 0; n < m->queues[i].waiter_count; n++)
				if (m->queues[i].waiters[n].deadline <= at)
					m->queues[i].waiters[n].answered = true;
	}
	go_to(m, until);
}

/* ---- big changes */

static void read_anew(struct model *m, struct m_message *x)
{
	int64_t left = x->visible_wall - m->wall;
	int64_t longest = SECOND_MS * (x->receives > 0 ? QUEUE_VISIBILITY_MAX_S : QUEUE_DELAY_MAX_S);

	if (x->backs_off)
		longest = RETRY_DELAY_MAX_MS;
	left = left < 0 ? 0 : left > longest ? longest : left;
	x->hidden_until = left == 0 ? 0 : m->now + left;
	if (x->leased && left == 0)
		x->hidden_until = m->now; /* it is over, and nobody has taken note */
	else
		x->leased = left > 0 && x->receives > 0 && !x->backs_off && m->queues[x->queue].tracked;
}

/* Delayed messages of one FIFO group stay in order although the clock was set. */
static void keep_order(struct model *m, struct m_message *x)
{
	if (!m->queues[x->queue].fifo || x->receives > 0)
		return;
	for (int i = 0; i < m->count; i++) {
		struct m_message *y = &m->messages[i];
		if (!y->gone && y->queue == x->queue && y->life == x->life && y->group == x->group &&
		    y->place < x->place && y->receives == 0 && y->hidden_until > x->hidden_until)
			x->hidden_until = y->hidden_until;
	}
}

/* They are kept in memory only. */
static void fill_buckets(struct m_queue *q)
{
	memset(q->buckets, 0, sizeof q->buckets);
}

void m_restart(struct model *m)
{
	m->leases_from = 0;
	for (int i = 0; i < m->count; i++)
		if (!m->messages[i].gone)
			read_anew(m, &m->messages[i]);
	for (int i = 0; i < m->count; i++)
		if (!m->messages[i].gone)
			keep_order(m, &m->messages[i]);
	for (int i = 0; i < SLOTS; i++) {
		m->queues[i].waiter_count = 0;
		m->queues[i].attempt = 0;
		fill_buckets(&m->queues[i]);
		memset(m->queues[i].turn, 0, sizeof m->queues[i].turn);
		memset(m->queues[i].waited, 0, sizeof m->queues[i].waited);
		m->queues[i].turn_now = 0;
		m->queues[i].bucket = (struct m_bucket){ 0 };
	}
	/* What a task may still move is in memory only, as is when it moves: at once, which is
	 * nothing, and then as ever. */
	for (int i = 0; i < m->task_count; i++)
		m->tasks[i].tokens = 0;
	for (int i = 0; i < m->task_count; i++)
		m->tasks[i].at = m->now;
	m->move_at = m->move_at == NEVER ? NEVER : m->now + MOVE_EVERY_MS;
}

void m_rearrange(struct model *m, int queue)
{
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue))
			read_anew(m, &m->messages[i]);
	fill_buckets(&m->queues[queue]);
}

void m_clear(struct model *m, int queue)
{
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue)) {
			m_job_ends(m, i, JOB_CLEARED);
			m->messages[i].gone = true;
		}
	for (int i = 0; i < m->note_count; i++)
		if (m->notes[i].queue == queue)
			m->notes[i].life = -1;
	m->queues[queue].attempt = 0;
	fill_buckets(&m->queues[queue]);
}
