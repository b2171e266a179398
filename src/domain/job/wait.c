/* wait.c - clients that wait for a job to end, parked in the engine.
 *
 *     looked at: it has ended -> answered at once
 *     parked --it ends in a batch------> answered with that batch
 *        |  '--patience ends-----------> answered with what it is then
 *        '-----the client goes away----> forgotten
 *
 * They wait on lists by a hash of the id: no memory of its own is needed for a job that
 * somebody waits for. */
#include "domain/job/wait.h"

#include "base/limits.h"
#include "domain/domain.h"
#include "domain/job/done.h"
#include "domain/job/group.h"
#include "domain/job/inside.h"

struct jobs *jobs_new(void)
{
	struct jobs *jobs = mem_get(sizeof *jobs);

	jobs->step_at_mono = NEVER;
	for (int i = 0; i < JOB_LISTS; i++)
		list_init(&jobs->waiting[i]);
	return jobs;
}

int64_t jobs_next(const struct domain *d)
{
	return d->jobs->step_at_mono;
}

void jobs_free(struct jobs *jobs)
{
	for (int i = 0; jobs != NULL && i < JOB_LISTS; i++)
		must(list_empty(&jobs->waiting[i]));
	mem_free(jobs);
}

/* The end of an id is chance. */
static struct list *list_of(struct domain *d, const struct uuid *id)
{
	return &d->jobs->waiting[(id->bytes[14] << 8 | id->bytes[15]) % JOB_LISTS];
}

static void too_much(struct cmd *c)
{
	(void)refuse(c, REFUSED_THROTTLED,
	             "Answers wait for clients to read them, as many as the server holds. Ask again "
	             "soon: the job is kept.");
}

/* The row alone: what may be long is not held while somebody waits. */
static enum err wait_check(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;
	bool found;

	must(p->wait_ms > 0 && p->wait_ms <= JOB_WAIT_MAX_S * SECOND_MS);
	c->answer_bytes = 0; /* it may run again after a rollback */
	p->row = ARENA_NEW(c->arena, struct job_row);
	TRY(ledger_read(b->store, c->arena, p->id, p->row, &found));
	if (!found)
		c->refused = job_no_such(c->arena, p->id);
	else if (job_allowed(c, "GetJob", p->row->queue) && job_state_final(p->row->state) &&
	         answers_full(b->domain))
		too_much(c);
	return OK;
}

static enum err look(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;

	TRY(job_look(b->store, c->arena, p));
	if (p->row != NULL)
		answer_counts(b, c, p->payload.len + p->row->result.len);
	return OK;
}

static enum err wait_write(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;

	if (job_state_final(p->row->state) || !cmd_can_park(b->domain, c))
		return look(b, c);
	cmd_park(b, c, list_of(b->domain, &p->id), p->wait_ms);
	return OK;
}

static void repark(struct domain *d, struct cmd *c, struct now now)
{
	struct job_named *p = c->in;

	(void)now;
	c->refused = (struct refused){ .why = REFUSED_NONE };
	c->answer_bytes = 0;
	cmd_repark(d, c, list_of(d, &p->id));
}

/* It is told what the job is now. That the row is gone (kept for less than it was waited for)
 * is told as it would have been to who asks now. */
static void gave_up(struct batch *b, struct cmd *c)
{
	struct job_named *p = c->in;

	if (answers_full(b->domain)) {
		too_much(c);
		return;
	}
	c->fault = look(b, c);
	if (c->fault == OK && p->row == NULL)
		c->refused = job_no_such(c->arena, p->id);
}

const struct op op_job_wait = {
	.name = "job_wait",
	.lane = LANE_WRITE,
	.check = wait_check,
	.write = wait_write,
	.repark = repark,
	.gave_up = gave_up,
};

/* It may have been opened again since, in this very batch. */
static enum err has_ended(struct batch *b, const struct uuid *id, bool *ended)
{
	struct job_row row;

	TRY(ledger_read(b->store, b->arena, *id, &row, ended));
	*ended = *ended && job_state_final(row.state);
	return OK;
}

/* Those that wait for this job. */
static enum err serve(struct batch *b, const struct job_change *change)
{
	struct list *list = list_of(b->domain, &change->id);
	struct node *next;
	bool ended;

	if (list_empty(list))
		return OK;
	TRY(has_ended(b, &change->id, &ended));
	if (!ended)
		return OK;
	for (struct node *n = list->head.next; n != &list->head; n = next) {
		struct cmd *c = CONTAINER(n, struct cmd, waiting);
		struct job_named *p = c->in;
		next = n->next;
		must(c->op == &op_job_wait);
		if (memcmp(&p->id, &change->id, sizeof p->id) != 0)
			continue;
		if (answers_full(b->domain))
			too_much(c);
		else
			TRY(look(b, c));
		domain_unpark(b->domain, c);
		list_add_last(&b->finished, &c->node);
	}
	return OK;
}

/* Its group counts, and who wanted to be told is told. */
static enum err follow(struct batch *b, const struct job_change *change)
{
	struct job_row job;
	bool found;

	TRY(ledger_read(b->store, b->arena, change->id, &job, &found));
	if (!found)
		return OK;
	if (str_given(job.group))
		TRY(change->reopened ? group_job_reopened(b, &job, JOB_FAILED)
		                     : group_job_ended(b, &job, change->state));
	return change->reopened ? OK : done_job(b, &job, change->state);
}

/* What follows may be changes in turn: the list grows while it is walked. */
enum err jobs_serve(struct batch *b)
{
	struct node *n = b->changes_served == NULL ? &b->changes.head : b->changes_served;

	for (n = n->next; n != &b->changes.head; n = n->next) {
		const struct job_change *change = CONTAINER(n, struct job_change, node);
		b->changes_served = n;
		if (change->grouped && (change->reopened || job_state_final(change->state)))
			TRY(follow(b, change));
		if (!job_state_final(change->state))
			continue;
		TRY(serve(b, change));
	}
	return OK;
}
