/* lease.c - how an attempt ends other than well: its worker says so, or says nothing for as
 * long as its lease is.
 *
 *     in flight --failed, lease over--> ready        (at once, or
 *         |                       '---> backing off   after the delay of the queue's policy)
 *         |--no tries left, or told not to try again--> dead letter; without such a queue: gone
 *         '--its job was to be canceled--> gone
 *
 * The end of a lease is a command of the clock (Q7), so that a worker which vanished is
 * noticed, and its job tried again or given up, without anybody asking for messages. */
#include "base/limits.h"
#include "domain/queue/track.h"

/* ---- the message, in rows and memory */

static enum err ready_again(struct batch *b, struct queue *q, struct entry *e)
{
	TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
	              VALUES(value_int(message_id_of(q, e->position)), value_int(0)), NULL, NULL));
	entry_ready(b->domain->queues, e);
	group_settle(e->group);
	return OK;
}

static enum err back_off(struct batch *b, struct queue *q, struct entry *e, int64_t ms)
{
	must(ms > 0 && ms <= RETRY_DELAY_MAX_MS);
	TRY(store_run(b->store, STMT_MESSAGE_BACKOFF,
	              VALUES(value_int(message_id_of(q, e->position)), value_int(b->now.wall_ms + ms)),
	              NULL, NULL));
	entry_back_off(b->domain->queues, e, b->now.mono_ms + ms);
	group_settle(e->group);
	return OK;
}

/* The message goes, its job has ended. */
static enum err gone(struct batch *b, struct queue *q, struct entry *e, const struct job_row *job,
                     const struct job_end *end)
{
	TRY(ledger_end(b, job, end));
	return queue_drop(b, q, e);
}

/* ---- an attempt ended badly */

static struct job_end end_of(const struct bad_end *bad, enum job_state state)
{
	return (struct job_end){
		.state = state, .outcome = bad->outcome, .error = bad->error, .log = bad->log
	};
}

/* No more attempts. Without a job and a dead-letter queue it goes on being ready. */
static enum err give_up(struct batch *b, struct queue *q, struct entry *e,
                        const struct job_row *job, const struct bad_end *bad)
{
	struct queue *dead = queue_dead_for(b, q);
	struct job_end end = end_of(bad, JOB_FAILED);

	if (dead != NULL)
		return queue_dead_letter(b, q, e, dead, &end);
	return job != NULL ? gone(b, q, e, job, &end) : ready_again(b, q, e);
}

static int64_t delay_after(struct batch *b, const struct queue *q, const struct entry *e,
                           const struct bad_end *bad)
{
	const struct retry *retry = &q->settings.retry;

	if (bad->delay_ms >= 0)
		return bad->delay_ms;
	/* As SQS has it, where nothing else was said: a message whose time is over is ready. */
	if (bad->outcome != ATTEMPT_FAILED && !retry->given)
		return 0;
	return retry_after_ms(retry, entry_tries(e), b->rng);
}

static enum err try_again(struct batch *b, struct queue *q, struct entry *e,
                          const struct job_row *job, const struct bad_end *bad, int64_t delay_ms)
{
	if (job != NULL)
		TRY(ledger_again(b, job, bad->outcome, bad->error, bad->log,
		                 delay_ms > 0 ? b->now.wall_ms + delay_ms : 0));
	return delay_ms > 0 ? back_off(b, q, e, delay_ms) : ready_again(b, q, e);
}

enum err lease_failed(struct batch *b, struct queue *q, struct entry *e, const struct job_row *job,
                      const struct bad_end *bad, enum job_state *became)
{
	const struct settings *s = &q->settings;
	bool used_up = s->max_receives > 0 && entry_tries(e) >= s->max_receives;
	bool stops = s->fifo && s->stop_on_poison; /* it blocks its group until somebody looks */
	struct job_end canceled = end_of(bad, JOB_CANCELED);

	must(s->track && e->state == ENTRY_IN_FLIGHT && node_linked(&q->touched)); /* Q1 */
	must(job == NULL || job->state == JOB_RUNNING);                            /* Q7 */
	canceled.outcome = ATTEMPT_CANCELED;
	stats_failed(q, b->now.mono_ms, b->now.mono_ms - e->received_mono);
	queue_wake(b, q);
	*became = JOB_CANCELED;
	if (job != NULL && job->cancel_asked_at != 0)
		return gone(b, q, e, job, &canceled);
	*became = JOB_FAILED;
	if (bad->final || (used_up && !stops))
		return give_up(b, q, e, job, bad);
	*became = JOB_PENDING;
	return try_again(b, q, e, job, bad, used_up ? 0 : delay_after(b, q, e, bad));
}

/* ---- more time, less time */

enum err lease_extend(struct batch *b, struct queue *q, struct entry *e, const struct job_row *job,
                      int64_t ms)
{
	int64_t until = b->now.wall_ms + ms;

	must(ms > 0 && e->state == ENTRY_IN_FLIGHT && node_linked(&q->touched)); /* Q1 */
	if (job != NULL && job->timeout_ms > 0 && until > job->started_at + job->timeout_ms)
		until = job->started_at + job->timeout_ms;
	if (until < b->now.wall_ms)
		until = b->now.wall_ms; /* it ends with this turn */
	TRY(store_run(b->store, STMT_MESSAGE_VISIBILITY,
	              VALUES(value_int(message_id_of(q, e->position)), value_int(until)), NULL, NULL));
	e->changed = true;
	entry_fly(b->domain->queues, e, b->now.mono_ms + (until - b->now.wall_ms));
	group_settle(e->group);
	return job == NULL ? OK : ledger_lease(b, job->id, until);
}

enum err lease_release(struct batch *b, struct queue *q, struct entry *e, const struct job_row *job)
{
	must(e->state == ENTRY_IN_FLIGHT && node_linked(&q->touched)); /* Q1 */
	e->changed = true;
	stats_failed(q, b->now.mono_ms, b->now.mono_ms - e->received_mono);
	queue_wake(b, q);
	if (job != NULL && job->cancel_asked_at != 0)
		return gone(b, q, e, job,
		            &(struct job_end){ .state = JOB_CANCELED, .outcome = ATTEMPT_CANCELED });
	if (job != NULL)
		TRY(ledger_again(b, job, ATTEMPT_RELEASED, S_NONE, S_NONE, 0));
	return ready_again(b, q, e);
}

/* ---- the end of a lease, a command of the clock */

static struct bad_end silence(const struct job_row *job)
{
	bool timed_out = job != NULL && job->timeout_ms > 0 &&
	                 job->lease_until >= job->started_at + job->timeout_ms;

	if (timed_out)
		return (struct bad_end){
			.outcome = ATTEMPT_TIMED_OUT,
			.error = S("{\"code\":\"TIMED_OUT\",\"message\":\"The attempt took longer than the "
			           "job allows.\"}"),
			.delay_ms = -1,
		};
	return (struct bad_end){
		.outcome = ATTEMPT_LOST,
		.error = S("{\"code\":\"LEASE_LOST\",\"message\":\"The worker said nothing until its "
		           "lease was over.\"}"),
		.delay_ms = -1,
	};
}

static enum err lease_ends(struct batch *b, struct entry *e)
{
	struct queue *q = e->group->queue;
	const struct job_row *job;
	enum job_state became;

	must(e->leased);
	queue_touch(b, q);
	TRY(track_job(b, message_id_of(q, e->position), &job));
	if (job != NULL && job->state != JOB_RUNNING)
		return ERR_CORRUPT; /* Q7 */
	struct bad_end bad = silence(job);
	return lease_failed(b, q, e, job, &bad, &became);
}

static enum err ends_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err ends_write(struct batch *b, struct cmd *c)
{
	struct heap *leases = &b->domain->queues->leases;
	struct heap_entry *first;

	(void)c;
	for (int i = 0; i < LEASE_ENDS_MAX; i++) {
		first = heap_first(leases);
		if (first == NULL || first->key > b->now.mono_ms)
			break;
		TRY(lease_ends(b, CONTAINER(first, struct entry, order)));
	}
	return OK;
}

const struct op op_lease_ends = {
	.name = "lease_ends",
	.lane = LANE_WRITE,
	.check = ends_check,
	.write = ends_write,
};
