/* change.c - somebody other than its worker changes a job: cancel and retry.
 *
 *     cancel   PENDING: CANCELED at once | RUNNING: its worker is told | CANCELED: nothing
 *     retry    FAILED: PENDING again
 *
 * Everything else is refused. Both leave an audit record: who, why. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/job/inside.h"
#include "domain/queue/errors.h"

/* The row as it is now. NULL after a refusal. */
static enum err wanted(struct batch *b, struct cmd *c, const char *action, struct job_row **row)
{
	struct job_named *p = c->in;
	bool found;

	*row = p->row = ARENA_NEW(c->arena, struct job_row);
	TRY(ledger_read(b->store, c->arena, p->id, p->row, &found));
	if (!found)
		c->refused = job_no_such(c->arena, p->id);
	if (!found || !job_allowed(c, action, p->row->queue))
		*row = NULL;
	return OK;
}

/* What the answer tells. */
static enum err read_again(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;
	bool found;

	TRY(ledger_read(b->store, c->arena, p->id, p->row, &found));
	must(found);
	return OK;
}

static enum err record(struct batch *b, struct cmd *c, const char *action)
{
	struct job_named *p = c->in;
	char text[37];

	uuid_text(p->id, text);
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = action,
						 .resource = audit_name(b, "job", str_of(text)),
						 .detail = AUDIT_JSON(b, audit_text("queue", p->row->queue)),
						 .reason = p->reason });
}

/* Many jobs: those of a queue, or of all. */
static struct str jobs_named(struct batch *b, const struct job_list *list)
{
	struct str queue = list->filter.queue;

	return audit_name(b, "queue", str_given(queue) ? queue : S("*"));
}

/* ---- cancel */

enum err job_cancel_one(struct batch *b, const struct job_row *j, struct str reason)
{
	must(!job_state_final(j->state));
	if (j->state == JOB_PENDING)
		return queue_cancel(b, j,
		                    error_json(b->arena, S("CANCELED"),
		                               reason.len > 0 ? reason : S("Somebody canceled it.")));
	return j->cancel_asked_at == 0 ? ledger_ask_cancel(b, j) : OK;
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	struct job_row *j;

	TRY(wanted(b, c, "CancelJob", &j));
	if (j != NULL && job_state_final(j->state) && j->state != JOB_CANCELED)
		c->refused = job_is_final(c->arena, j, ": there is nothing to cancel");
	return OK;
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;

	if (p->row->state == JOB_CANCELED || p->row->cancel_asked_at != 0)
		return OK; /* asked for twice is done once */
	TRY(job_cancel_one(b, p->row, p->reason));
	TRY(record(b, c, "job.cancel"));
	return read_again(b, c);
}

const struct op op_job_cancel = {
	.name = "job_cancel",
	.lane = LANE_WRITE,
	.drains = true,
	.check = cancel_check,
	.write = cancel_write,
};

/* ---- retry */

static enum err retry_check(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;
	struct job_row *j;

	TRY(wanted(b, c, "RetryJob", &j));
	if (j == NULL)
		return OK;
	if (job_state_final(j->state) && j->state != JOB_FAILED)
		c->refused = job_is_final(c->arena, j,
		                          ": only a FAILED one can be retried. Submit it anew");
	else if (j->state != JOB_FAILED)
		return refuse(c, REFUSED_CONFLICT, "The job is %.*s: only a FAILED one can be retried.",
		              S_ARG(job_state_name(j->state)));
	else if (p->execute_at > b->now.wall_ms + JOB_AHEAD_MAX_MS)
		return refuse(c, REFUSED_INVALID_PARAMETER, "execute_at is more than %d days ahead.",
		              (int)(JOB_AHEAD_MAX_MS / DAY_MS));
	else
		c->refused = queue_reenqueue_check(b, j);
	c->refused.text = arena_str(c->arena, c->refused.text);
	return OK;
}

static enum err retry_write(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;
	int64_t at = p->execute_at > b->now.wall_ms ? p->execute_at : 0;

	must(p->row->state == JOB_FAILED);
	TRY(queue_reenqueue(b, p->row, at));
	TRY(record(b, c, "job.retry"));
	return read_again(b, c);
}

const struct op op_job_retry = {
	.name = "job_retry",
	.lane = LANE_WRITE,
	.check = retry_check,
	.write = retry_write,
};

/* ---- cancel what a filter finds */

static enum err many_check(struct batch *b, struct cmd *c)
{
	struct job_cancel_many *p = c->in;

	must(p->list.filter.states != 0 && p->list.max >= 1 && p->list.max <= JOB_CANCEL_MAX);
	must((p->list.filter.states & ~(1u << JOB_PENDING | 1u << JOB_RUNNING)) == 0);
	return job_scan_check(b->store, c, &p->list);
}

static enum err many_write(struct batch *b, struct cmd *c)
{
	struct job_cancel_many *p = c->in;

	p->canceled = p->asked = 0; /* it may run again after a rollback */
	TRY(job_scan(b->store, c, &p->list, "CancelJob", job_scan_turn(&p->list)));
	for (int i = 0; i < p->list.count; i++) {
		const struct job_row *j = &p->list.jobs[i];
		p->canceled += j->state == JOB_PENDING;
		p->asked += j->state == JOB_RUNNING && j->cancel_asked_at == 0;
		TRY(job_cancel_one(b, j, p->reason));
	}
	if (p->canceled + p->asked == 0)
		return OK;
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "job.cancel",
						 .resource = jobs_named(b, &p->list),
						 .detail = AUDIT_JSON(b, audit_text("query", p->query),
	                                          audit_number("canceled", p->canceled),
	                                          audit_number("asked", p->asked)),
						 .reason = p->reason });
}

const struct op op_job_cancel_many = {
	.name = "job_cancel_many",
	.lane = LANE_WRITE,
	.check = many_check,
	.write = many_write,
};

/* ---- retry what a filter finds */

static enum err retry_many_check(struct batch *b, struct cmd *c)
{
	struct job_retry_many *p = c->in;

	must(p->list.filter.states == 1u << JOB_FAILED && p->rate >= 0 && p->before >= 0);
	must(p->list.max >= 1 && p->list.max <= JOB_CANCEL_MAX);
	return job_scan_check(b->store, c, &p->list);
}

static enum err retry_found(struct batch *b, struct job_retry_many *p, const struct job_row *j)
{
	struct str code = error_code(b->arena, j->error, NULL);
	int64_t at = 0;

	if (str_given(p->error) && !str_eq(code, p->error))
		return OK;
	p->matched++;
	if (p->dry_run)
		return OK;
	if (p->rate > 0)
		at = b->now.wall_ms + p->delayed * SECOND_MS / p->rate;
	if (at > b->now.wall_ms + JOB_AHEAD_MAX_MS || queue_reenqueue_check(b, j).why != REFUSED_NONE) {
		p->refused++;
		return OK;
	}
	p->delayed++;
	p->retried++;
	return queue_reenqueue(b, j, at > b->now.wall_ms ? at : 0);
}

static enum err retry_many_write(struct batch *b, struct cmd *c)
{
	struct job_retry_many *p = c->in;

	p->matched = p->retried = p->refused = 0; /* it may run again after a rollback */
	p->delayed = p->before;
	TRY(job_scan(b->store, c, &p->list, "RetryJob", job_scan_turn(&p->list)));
	for (int i = 0; i < p->list.count; i++)
		TRY(retry_found(b, p, &p->list.jobs[i]));
	must(p->delayed == p->before + p->retried);
	if (p->retried == 0)
		return OK;
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "job.redrive",
						 .resource = jobs_named(b, &p->list),
						 .detail = AUDIT_JSON(b, audit_text("query", p->query),
	                                          audit_number("retried", p->retried),
	                                          audit_number("rate", p->rate)),
						 .reason = p->reason });
}

const struct op op_job_retry_many = {
	.name = "job_retry_many",
	.lane = LANE_WRITE,
	.check = retry_many_check,
	.write = retry_many_write,
};
