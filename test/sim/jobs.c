/* jobs.c - what becomes of the jobs of tracked queues, on the napkin (model.h): each message
 * that is sent to one ends exactly once, or is still open as its message is. */
#include "base/err.h"
#include "sim/model.h"

int m_limit(const struct m_queue *q)
{
	return q->tracked && q->retry_max > 0 ? q->retry_max : q->max_receives;
}

/* Receives that count towards the limit. */
int m_tries(const struct model *m, int i)
{
	return m->messages[i].receives - m->messages[i].forgiven;
}

bool m_job_open(const struct model *m, int i)
{
	return m->messages[i].job == IS_PENDING || m->messages[i].job == IS_RUNNING;
}

static struct m_queue *queue_of(struct model *m, int i)
{
	return &m->queues[m->messages[i].queue];
}

static void at_home(struct model *m, int i)
{
	struct m_message *x = &m->messages[i];

	x->home = x->queue;
	x->home_life = x->life;
}

void m_job_sent(struct model *m, int i)
{
	m->messages[i].job = queue_of(m, i)->tracked ? IS_PENDING : NO_JOB;
	at_home(m, i);
}

void m_job_taken(struct model *m, int i)
{
	struct m_message *x = &m->messages[i];

	x->leased = queue_of(m, i)->tracked;
	if (!x->leased || !m_job_open(m, i))
		return;
	must(x->job == IS_PENDING);
	x->job = IS_RUNNING;
	x->attempts++;
}

void m_job_ends(struct model *m, int i, enum m_job job)
{
	struct m_message *x = &m->messages[i];

	x->leased = x->backs_off = false;
	if (queue_of(m, i)->tracked && m_job_open(m, i))
		x->job = job;
}

void m_job_moves(struct model *m, int i, int to, bool dead)
{
	struct m_message *x = &m->messages[i];

	if (queue_of(m, i)->tracked)
		m_job_ends(m, i, dead ? HAS_FAILED : IS_CANCELED);
	x->leased = x->backs_off = false;
	if (dead && queue_of(m, i)->tracked)
		x->dead_moves = x->moves + 1;
	if (m->queues[to].tracked) {
		must(x->job == NO_JOB || x->job == HAS_FAILED);
		x->job = IS_PENDING;
		x->home = to;
		x->home_life = m->queues[to].life;
	}
	x->stopping = false;
}

static void pending(struct model *m, int i, int64_t delay_ms)
{
	struct m_message *x = &m->messages[i];

	x->leased = false;
	x->backs_off = delay_ms > 0;
	x->hidden_until = delay_ms > 0 ? m->now + delay_ms : 0;
	x->visible_wall = delay_ms > 0 ? m->wall + delay_ms : 0;
	if (m_job_open(m, i))
		x->job = IS_PENDING;
	m_wake(m, x->queue);
}

static void canceled(struct model *m, int i)
{
	m_job_ends(m, i, IS_CANCELED);
	m->messages[i].gone = true;
	m_wake(m, m->messages[i].queue);
}

void m_release(struct model *m, int i)
{
	m->messages[i].changed = true;
	if (m->messages[i].stopping)
		canceled(m, i);
	else
		pending(m, i, 0);
}

static void give_up(struct model *m, int i)
{
	struct m_message *x = &m->messages[i];
	int dead;

	if (m_dead_for(m, x->queue, &dead) != NULL) {
		m_transfer(m, i, dead, true);
	} else if (!m_job_open(m, i)) {
		pending(m, i, 0);
	} else {
		m_job_ends(m, i, HAS_FAILED);
		x->gone = true;
		m_wake(m, x->queue);
	}
}

static int64_t backoff_ms(const struct m_queue *q, int tries)
{
	int64_t ms = q->retry_ms;

	for (int i = 1; i < tries && ms < q->retry_most_ms; i++)
		ms *= 2;
	return ms < q->retry_most_ms ? ms : q->retry_most_ms;
}

void m_attempt_over(struct model *m, int i, bool final, int64_t delay_ms)
{
	struct m_queue *q = queue_of(m, i);
	bool used_up = m_limit(q) > 0 && m_tries(m, i) >= m_limit(q);

	must(m->messages[i].leased);
	if (m->messages[i].stopping)
		canceled(m, i);
	else if (final || (used_up && !(q->fifo && q->stop)))
		give_up(m, i);
	else if (used_up)
		pending(m, i, 0);
	else if (delay_ms >= 0)
		pending(m, i, delay_ms);
	else
		pending(m, i, q->retries ? backoff_ms(q, m_tries(m, i)) : 0);
}

int64_t m_lease_at(const struct model *m, int i)
{
	const struct m_message *x = &m->messages[i];

	if (x->gone || !x->leased)
		return NEVER;
	return x->hidden_until < m->leases_from ? m->leases_from : x->hidden_until;
}

void m_leases_over(struct model *m)
{
	for (;;) {
		int first = -1;
		for (int i = 0; i < m->count; i++) {
			const struct m_message *x = &m->messages[i], *y = &m->messages[first];
			if (m_lease_at(m, i) <= m->now &&
			    (first < 0 || x->hidden_until < y->hidden_until ||
			     (x->hidden_until == y->hidden_until && x->place < y->place)))
				first = i;
		}
		if (first < 0)
			return;
		m_attempt_over(m, first, false, -1);
	}
}

void m_track(struct model *m, int queue, bool on)
{
	if (m->queues[queue].tracked == on)
		return;
	m->queues[queue].tracked = on;
	for (int i = 0; i < m->count; i++)
		if (m_here(m, i, queue)) {
			m->messages[i].leased = on && m_flying(m, i);
			if (on && m_ready(m, i) && m->messages[i].receives > 0)
				m->messages[i].visible_wall = 0;
		}
}

void m_cancel(struct model *m, int i)
{
	struct m_message *x = &m->messages[i];

	if (x->job == IS_RUNNING) {
		x->stopping = true;
		return;
	}
	canceled(m, i);
}

/* Its dead letter, if there still is one, is not left behind. */
void m_again(struct model *m, int i)
{
	struct m_message *x = &m->messages[i];
	struct m_queue *q = &m->queues[x->home];
	int64_t until = m->now + (q->fifo ? q->delay_s * SECOND_MS : 0);

	if (!x->gone)
		m_wake(m, x->queue);
	x->gone = false;
	x->job = NO_JOB;
	m_transfer(m, i, x->home, false);
	if (until > m->now && until > x->hidden_until) {
		x->hidden_until = until;
		x->visible_wall = m->wall + until - m->now;
	}
}
