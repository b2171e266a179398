/* held.c - jobs as the commands of domain/job see them: messages found by receipt or by job,
 * finished, failed, canceled, and put back. */
#include "base/limits.h"
#include "domain/queue/track.h"

bool queue_is_tracked(const struct queue *q)
{
	return q->settings.track;
}

int64_t queue_lease_ms(const struct queue *q)
{
	/* Not zero, with which a message stays where everybody can take it. */
	return q->settings.visibility_s > 0 ? q->settings.visibility_s * SECOND_MS : SECOND_MS;
}

struct refused queue_not_tracked(struct arena *a, struct str name)
{
	return refused_as(
		a, REFUSED_NOT_TRACKED,
		"The queue %.*s keeps no jobs. PUT /v1/queues/%.*s {\"track\": true} makes it "
		"keep one for each message.",
		S_ARG(name), S_ARG(name));
}

struct held queue_held(struct domain *d, const struct receipt *r)
{
	struct queue *q = map_find(&d->queues->by_id, r->queue);
	struct entry *e = q == NULL ? NULL : map_find(&q->entries, r->position);

	if (e == NULL || e->state != ENTRY_IN_FLIGHT || e->receive_count != r->receive)
		return (struct held){ 0 };
	return (struct held){ q, e, message_id_of(q, e->position) };
}

enum err queue_extend(struct batch *b, const struct held *h, const struct job_row *job,
                      int64_t lease_ms, int64_t *lease_until)
{
	must(h->entry->state == ENTRY_IN_FLIGHT && job->body_id == h->body_id);
	queue_touch(b, h->queue);
	TRY(lease_extend(b, h->queue, h->entry, job, lease_ms));
	*lease_until = b->now.wall_ms + (h->entry->order.key - b->now.mono_ms);
	return OK;
}

enum err queue_complete(struct batch *b, const struct held *h, const struct job_row *job,
                        const struct attempt_report *report)
{
	const struct job_end end = {
		.state = JOB_SUCCEEDED,
		.outcome = ATTEMPT_SUCCEEDED,
		.result = report->result,
		.log = report->log,
	};

	must(h->entry->state == ENTRY_IN_FLIGHT && job->state == JOB_RUNNING); /* Q7 */
	must(job->body_id == h->body_id);
	queue_touch(b, h->queue);
	TRY(ledger_end(b, job, &end));
	stats_done(h->queue, b->now.mono_ms, b->now.mono_ms - h->entry->received_mono);
	TRY(queue_drop(b, h->queue, h->entry));
	queue_wake(b, h->queue);
	return OK;
}

enum err queue_complete_page(struct batch *b, const struct held *first, int count)
{
	must(first->entry->state == ENTRY_IN_FLIGHT && count > 0);
	queue_touch(b, first->queue);
	TRY(queue_remove_page(b, first->queue, first->entry->position, count));
	queue_wake(b, first->queue);
	return OK;
}

struct str queue_name_of(const struct queue *q)
{
	return q->name;
}

enum err queue_fail_attempt(struct batch *b, const struct held *h, const struct job_row *job,
                            const struct attempt_report *report, enum job_state *became)
{
	const struct bad_end bad = {
		.outcome = ATTEMPT_FAILED,
		.error = report->error,
		.log = report->log,
		.final = report->final,
		.delay_ms = report->delay_ms,
	};

	must(job->body_id == h->body_id && report->delay_ms <= RETRY_DELAY_MAX_MS);
	queue_touch(b, h->queue);
	if (str_given(report->error))
		TRY(store_run(b->store, STMT_BODY_ERROR,
		              VALUES(value_int(h->body_id), value_text(report->error)), NULL, NULL));
	return lease_failed(b, h->queue, h->entry, job, &bad, became);
}

/* The message of an id, if its queue still has it; NULL: it lies in a range of trash. */
static struct queue *queue_of(struct batch *b, int64_t id)
{
	struct queue *q = map_find(&b->domain->queues->by_id, QUEUE_ID_OF(id));

	return q == NULL || q->dropped || POSITION_OF(id) < q->first_position ? NULL : q;
}

enum err queue_cancel(struct batch *b, const struct job_row *job, struct str error)
{
	struct queue *q = queue_of(b, job->body_id);
	const struct job_end end = { .state = JOB_CANCELED,
		                         .outcome = ATTEMPT_CANCELED,
		                         .error = error };

	TRY(ledger_end(b, job, &end));
	if (q == NULL) /* purged, and the sweeper has not come so far */
		return store_run(b->store, STMT_MESSAGE_DELETE, VALUES(value_int(job->body_id)), NULL,
		                 NULL);
	must(job->state == JOB_PENDING);
	queue_touch(b, q);
	struct entry *e = index_pick(b->domain->queues, q, POSITION_OF(job->body_id),
	                             job->message_group);
	must(e->state != ENTRY_IN_FLIGHT); /* Q7 */
	TRY(queue_drop(b, q, e));
	queue_wake(b, q); /* it may have held its group */
	return OK;
}

/* ---- a failed job is tried again */

struct copy {
	struct arena *arena;
	struct uuid id;
	struct str group;
	bool found;
};

static enum err take_copy(void *context, const struct value *columns, int count)
{
	struct copy *copy = context;

	must(count == 2);
	if (!value_read_uuid(columns[0], &copy->id))
		return ERR_CORRUPT;
	copy->group = arena_str(copy->arena, columns[1].bytes);
	copy->found = true;
	return OK;
}

/* The entry of the job's copy in the dead-letter queue; NULL: it is not there (any more). */
static enum err dead_copy(struct batch *b, const struct job_row *job, struct queue **q,
                          struct entry **e)
{
	struct copy copy = { .arena = b->arena };

	*e = NULL;
	*q = job->dead_id == 0 ? NULL : queue_of(b, job->dead_id);
	if (*q == NULL)
		return OK;
	TRY(store_run(b->store, STMT_MESSAGE_WHO, VALUES(value_int(job->dead_id)), take_copy, &copy));
	if (!copy.found || memcmp(&copy.id, &job->id, sizeof copy.id) != 0)
		return OK;
	queue_touch(b, *q);
	*e = index_pick(b->domain->queues, *q, POSITION_OF(job->dead_id), copy.group);
	return OK;
}

static bool copy_is_held(struct batch *b, const struct job_row *job)
{
	struct queue *q = job->dead_id == 0 ? NULL : queue_of(b, job->dead_id);
	const struct entry *e = q == NULL ? NULL : map_find(&q->entries, POSITION_OF(job->dead_id));

	return e != NULL && e->state == ENTRY_IN_FLIGHT;
}

struct refused queue_reenqueue_check(struct batch *b, const struct job_row *job)
{
	struct queue *q = queue_by_name(b->domain, job->queue);

	must(job->state == JOB_FAILED);
	if (q == NULL)
		return refused_as(b->arena, REFUSED_NO_SUCH_QUEUE,
		                  "The queue %.*s of this job is not there any more.", S_ARG(job->queue));
	if (!q->settings.track)
		return queue_not_tracked(b->arena, job->queue);
	if (q->settings.fifo && !str_given(job->message_group))
		return refused_as(b->arena, REFUSED_CONFLICT,
		                  "The queue %.*s wants a message group, and this job has none.",
		                  S_ARG(job->queue));
	if (copy_is_held(b, job))
		return refused_as(b->arena, REFUSED_CONFLICT,
		                  "Somebody holds the dead letter of this job. Wait for its visibility "
		                  "timeout.");
	return queue_room(b, q);
}

enum err queue_reenqueue(struct batch *b, const struct job_row *job, int64_t execute_at)
{
	struct queue *q = queue_by_name(b->domain, job->queue), *dead;
	struct entry *copy;

	must(q != NULL);
	TRY(dead_copy(b, job, &dead, &copy));
	if (copy != NULL)
		TRY(queue_remove(b, dead, copy, LEAVES_MOVED));
	return queue_put_again(b, q, job, execute_at);
}
