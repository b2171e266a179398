/* report.c - what a worker says of a job that it holds: I am at it, it is done, it failed.
 *
 *     by id and lease   no such job -> NO_SUCH_JOB    it has ended -> JOB_FINAL
 *                       not the lease of the running attempt -> LEASE_LOST (J2)
 *
 * Several in one command are several jobs: each row is looked at once, in check, and is
 * still what write finds. */
#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/inside.h"

/* ---- check: the same for all three */

static void refuse_report(struct job_report *r, struct refused why)
{
	r->refused = why;
	r->decided = why.why != REFUSED_NONE;
}

static struct refused lease_lost(struct arena *a, const struct job_row *j)
{
	char text[37];

	uuid_text(j->id, text);
	return refused_as(a, REFUSED_LEASE_LOST,
	                  "This is not, or no longer, the lease of the running attempt of job %s: it "
	                  "ended, or the job was given to another worker. Stop working on it; what "
	                  "you did may be done again.",
	                  text);
}

/* By its place, which the lease names and which is the shorter way; where that is another job's,
 * by its id, to say what is wrong. */
static enum err read_row(struct batch *b, struct job_report *r, bool *found, bool *holds)
{
	struct held held = queue_held(b->domain, &r->lease);

	*holds = false;
	r->row = ARENA_NEW(b->arena, struct job_row);
	if (held.queue != NULL) {
		TRY(ledger_of_body(b->store, b->arena, held.body_id, r->row, found));
		*holds = *found && memcmp(&r->row->id, &r->id, sizeof r->id) == 0 &&
		         r->row->state == JOB_RUNNING;
	}
	return *holds ? OK : ledger_read(b->store, b->arena, r->id, r->row, found);
}

static enum err look_at(struct batch *b, struct cmd *c, struct job_report *r)
{
	bool found, holds;

	TRY(read_row(b, r, &found, &holds));
	if (!found)
		refuse_report(r, job_no_such(c->arena, r->id));
	else if (!cmd_may(c, S("ReportJob"), r->row->queue))
		refuse_report(r, job_not_allowed(c, "ReportJob"));
	else if (job_state_final(r->row->state))
		refuse_report(r, job_is_final(c->arena, r->row, ""));
	else if (!holds)
		refuse_report(r, lease_lost(c->arena, r->row));
	return OK;
}

/* ---- complete: many that were claimed together are looked at, and end, together */

static bool nothing_more(const struct job_report *r)
{
	return r->refused.why == REFUSED_NONE && !str_given(r->said.result) &&
	       !str_given(r->said.log) && r->child_count == 0 && r->group == NULL;
}

/* How many from `at` on are held, lie side by side, and say nothing but that they are done. */
static int plain_run(struct batch *b, const struct job_reports *p, int at)
{
	const struct job_report *first = &p->reports[at];
	int n = 0;

	while (at + n < p->count && nothing_more(&first[n]) &&
	       first[n].lease.queue == first->lease.queue &&
	       first[n].lease.position == first->lease.position + (uint64_t)n &&
	       queue_held(b->domain, &first[n].lease).queue != NULL)
		n++;
	return n;
}

/* Those of the run that are what they say are marked `plain`; the others are asked one by one. */
static enum err look_at_run(struct batch *b, struct cmd *c, struct job_report *r, int n)
{
	struct held held = queue_held(b->domain, &r->lease);
	struct job_row *rows = ARENA_ARRAY(b->arena, struct job_row, n);

	if (!cmd_may(c, S("ReportJob"), queue_name_of(held.queue)))
		return OK;
	TRY(ledger_running(b->store, held.body_id, n, rows));
	for (int i = 0; i < n; i++) {
		r[i].row = &rows[i];
		r[i].plain = rows[i].body_id != 0 && memcmp(&rows[i].id, &r[i].id, sizeof r[i].id) == 0;
	}
	return OK;
}

static enum err look_for_runs(struct batch *b, struct cmd *c, struct job_reports *p)
{
	for (int i = 0; i < p->count; i++)
		p->reports[i].plain = false;
	for (int i = 0, n; i<p->count; i += n> 0 ? n : 1) {
		n = plain_run(b, p, i);
		if (n > 1)
			TRY(look_at_run(b, c, &p->reports[i], n));
	}
	return OK;
}

static bool named_before(const struct job_reports *p, int at)
{
	for (int i = 0; i < at; i++)
		if (memcmp(&p->reports[i].id, &p->reports[at].id, sizeof(struct uuid)) == 0)
			return true;
	return false;
}

/* Those of all reports of one command are bounded as those of one submit are. */
static struct refused check_count(struct cmd *c, const struct job_brought *brought, int count)
{
	int all = count;

	for (int i = 0; i < brought->before_count; i++)
		if (brought->before[i].refused.why == REFUSED_NONE)
			all += brought->before[i].child_count;
	if (all <= JOB_ENTRIES_MAX)
		return (struct refused){ .why = REFUSED_NONE };
	return refused_as(
		c->arena, REFUSED_TOO_MANY_ENTRIES,
		"The children of one request are %d at most, of all its completions together, "
		"and with these they are %d. Complete this job in a request of its own.",
		JOB_ENTRIES_MAX, all);
}

/* They are its own: one that names another job as its parent is a mistake. */
static struct refused adopt(struct cmd *c, struct job_report *r)
{
	for (int i = 0; i < r->child_count; i++) {
		struct job_entry *child = &r->children[i];
		if (child->has_parent && memcmp(&child->parent, &r->id, sizeof r->id) != 0)
			return refused_as(c->arena, REFUSED_INVALID_PARAMETER,
			                  "children[%d]: its parent is the job that is completed, not another "
			                  "one. Leave parent out.",
			                  i);
		child->parent = r->id;
		child->has_parent = true;
	}
	return (struct refused){ .why = REFUSED_NONE };
}

static enum err check_children(struct batch *b, struct cmd *c, struct job_report *r)
{
	const struct job_reports *p = c->in;
	const struct job_brought brought = { r->row, p->reports, (int)(r - p->reports) };
	struct refused why = check_count(c, &brought, r->child_count);

	if (why.why == REFUSED_NONE)
		why = adopt(c, r);
	if (why.why != REFUSED_NONE) {
		refuse_report(r, why);
		return OK;
	}
	TRY(job_entries_check(b, c, r->children, r->child_count, "children", &brought, &why));
	if (why.why == REFUSED_NONE && r->group != NULL)
		TRY(group_create_check(b, c, r->group, r->row, &why));
	refuse_report(r, why);
	return OK;
}

static enum err report_check(struct batch *b, struct cmd *c)
{
	struct job_reports *p = c->in;

	must(p->count >= 1 && p->count <= JOB_REPORTS_MAX && (p->batch || p->count == 1));
	for (int i = 0; i < p->count; i++)
		if (p->reports[i].decided) /* in a batch that failed; now it is asked anew */
			refuse_report(&p->reports[i], (struct refused){ .why = REFUSED_NONE });
	if (c->op == &op_job_complete)
		TRY(look_for_runs(b, c, p));
	for (int i = 0; i < p->count; i++) {
		struct job_report *r = &p->reports[i];
		if (r->refused.why != REFUSED_NONE)
			continue;
		if (named_before(p, i))
			refuse_report(r, refused_as(c->arena, REFUSED_CONFLICT,
			                            "This job is in the request already."));
		else if (!r->plain)
			TRY(look_at(b, c, r));
		if (r->refused.why == REFUSED_NONE && r->child_count > 0)
			TRY(check_children(b, c, r));
	}
	if (!p->batch)
		c->refused = p->reports[0].refused;
	return OK;
}

/* ---- write: each report that was not refused */

typedef enum err write_one(struct batch *, struct cmd *, struct job_report *, const struct held *);

static enum err write_report(struct batch *b, struct cmd *c, struct job_report *r, write_one *write)
{
	struct held held;

	if (r->refused.why != REFUSED_NONE)
		return OK;
	held = queue_held(b->domain, &r->lease);
	must(held.queue != NULL && held.body_id == r->row->body_id); /* J2: check has seen it */
	r->canceled = r->row->cancel_asked_at != 0;
	return write(b, c, r, &held);
}

static enum err write_all(struct batch *b, struct cmd *c, write_one *write)
{
	struct job_reports *p = c->in;

	for (int i = 0; i < p->count; i++)
		TRY(write_report(b, c, &p->reports[i], write));
	return OK;
}

/* Without lease_ms it is extended as usual, but never made shorter than it is. */
static enum err heartbeat(struct batch *b, struct cmd *c, struct job_report *r,
                          const struct held *held)
{
	int64_t lease_ms = r->lease_ms, left = r->row->lease_until - b->now.wall_ms;

	(void)c;
	if (lease_ms == 0)
		lease_ms = queue_lease_ms(held->queue);
	if (r->lease_ms == 0 && left > lease_ms)
		lease_ms = left;
	r->state = JOB_RUNNING;
	TRY(queue_extend(b, held, r->row, lease_ms, &r->lease_until));
	return ledger_progress(b, r->row, r->progress, r->progress_text);
}

static enum err heartbeat_write(struct batch *b, struct cmd *c)
{
	return write_all(b, c, heartbeat);
}

static enum err complete(struct batch *b, struct cmd *c, struct job_report *r,
                         const struct held *held)
{
	r->state = JOB_SUCCEEDED;
	TRY(queue_complete(b, held, r->row, &r->said));
	if (r->group != NULL)
		return group_create_write(b, c, r->group);
	return job_entries_write(b, c, r->children, r->child_count);
}

/* How many from `at` on can end together. */
static int ending_run(const struct job_reports *p, int at)
{
	const struct job_report *first = &p->reports[at];
	int n = 0;

	while (at + n < p->count && first[n].plain && first[n].refused.why == REFUSED_NONE &&
	       first[n].row->body_id == first->row->body_id + n)
		n++;
	return n;
}

static enum err complete_run(struct batch *b, struct job_report *r, int n)
{
	struct held held = queue_held(b->domain, &r->lease);

	must(held.queue != NULL && held.body_id == r->row->body_id); /* J2: check has seen it */
	for (int i = 0; i < n; i++) {
		r[i].state = JOB_SUCCEEDED;
		r[i].canceled = r[i].row->cancel_asked_at != 0;
	}
	return queue_complete_page(b, &held, n);
}

static enum err complete_write(struct batch *b, struct cmd *c)
{
	struct job_reports *p = c->in;

	for (int i = 0, n; i<p->count; i += n> 0 ? n : 1) {
		n = ending_run(p, i);
		if (n > 0)
			TRY(complete_run(b, &p->reports[i], n));
		else
			TRY(write_report(b, c, &p->reports[i], complete));
	}
	return OK;
}

static enum err fail(struct batch *b, struct cmd *c, struct job_report *r, const struct held *held)
{
	(void)c;
	return queue_fail_attempt(b, held, r->row, &r->said, &r->state);
}

static enum err fail_write(struct batch *b, struct cmd *c)
{
	return write_all(b, c, fail);
}

const struct op op_job_heartbeat = {
	.name = "job_heartbeat",
	.lane = LANE_WRITE,
	.drains = true,
	.check = report_check,
	.write = heartbeat_write,
};

/* It does not drain where it brings children, but to see that would cost more than it saves. */
const struct op op_job_complete = {
	.name = "job_complete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = report_check,
	.write = complete_write,
};

const struct op op_job_fail = {
	.name = "job_fail",
	.lane = LANE_WRITE,
	.drains = true,
	.check = report_check,
	.write = fail_write,
};
