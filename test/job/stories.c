/* stories.c - see stories.h. */
#include "job/stories.h"

#include "domain/batch.h"

struct uuid job_sent_as(struct world *w, const char *queue, const char *body, const char *group,
                        int64_t execute_at, const struct job_extra *extra)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
	struct send_entry *e = ARENA_NEW(w->arena, struct send_entry);

	*e = (struct send_entry){
		.body = arena_str(w->arena, str_of(body)),
		.body_md5 = S("0123456789abcdef"),
		.group = arena_str(w->arena, str_of(group)),
		.delay_s = -1,
		.priority = -1,
		.execute_at = execute_at,
		.extra = extra,
		.size = strlen(body),
	};
	if (str_ends(str_of(queue), S(".fifo")))
		e->dedup = arena_printf(w->arena, "d%u", w->next_slot);
	p->queue = str_of(queue);
	p->entries = e;
	p->count = 1;
	struct cmd *c = world_run(w, &op_queue_send, p);
	must(c != NULL && c->fault == OK && !cmd_refused(c));
	return e->message_id;
}

struct uuid job_sent(struct world *w, const char *queue, const char *body)
{
	return job_sent_as(w, queue, body, str_ends(str_of(queue), S(".fifo")) ? "g" : NULL, 0, NULL);
}

const struct job_row *job_of(struct world *w, struct uuid id)
{
	struct job_row *job = ARENA_NEW(w->arena, struct job_row);
	bool found = false;

	must(ledger_read(w->store, w->arena, id, job, &found) == OK);
	return found ? job : NULL;
}

const char *job_says(struct world *w, struct uuid id)
{
	const struct job_row *job = job_of(w, id);

	if (job == NULL)
		return "";
	return arena_printf(w->arena, "%.*s %lld", S_ARG(job_state_name(job->state)),
	                    (long long)job->attempts)
	    .at;
}

static enum err take_outcome(void *context, const struct value *columns, int count)
{
	struct buf *text = context;

	must(count == 5);
	buf_add_text(text, text->len == 0 ? "" : " ");
	buf_add(text, columns[1].bytes);
	return OK;
}

const char *job_attempts(struct world *w, struct uuid id)
{
	struct buf text = { 0 };
	struct value bytes = value_blob((struct str){ (const char *)id.bytes, sizeof id.bytes });

	must(store_run(w->store, STMT_JOB_ATTEMPTS_OF, &bytes, 1, take_outcome, &text) == OK);
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at == NULL ? "" : copy.at;
}

static enum err count_row(void *context, const struct value *columns, int count)
{
	must(count == 5 && columns[0].number > 0);
	++*(int64_t *)context;
	return OK;
}

int64_t jobs_kept(struct world *w)
{
	int64_t n = 0;

	must(store_run(w->store, STMT_JOB_AFTER, VALUES(value_int(0), value_int(100000)), count_row,
	               &n) == OK);
	return n;
}

struct receipt job_taken(struct world *w, const char *queue, const char *body)
{
	struct queue_receive *p = world_receive_as(w, queue,
	                                           (struct queue_receive){
												   .max = 1, .visibility_s = -1, .wait_s = 0 });

	must(p->count == 1 && str_is(p->messages[0].body, body));
	return p->messages[0].receipt;
}

/* ---- the queue's functions for jobs, as commands */

static enum err nothing_to_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err with_lease(struct batch *b, struct deed *d)
{
	struct held h = queue_held(b->domain, &d->receipt);
	struct job_row job;
	bool found;
	int64_t until;

	d->done = h.entry != NULL;
	if (!d->done)
		return OK;
	TRY(ledger_of_body(b->store, b->arena, h.body_id, &job, &found));
	must(found);
	switch (d->what) {
	case DO_COMPLETE:
		d->became = JOB_SUCCEEDED;
		return queue_complete(b, &h, &job, &d->report);
	case DO_FAIL:
		return queue_fail_attempt(b, &h, &job, &d->report, &d->became);
	default:
		return queue_extend(b, &h, &job, d->ms, &until);
	}
}

static enum err by_id(struct batch *b, struct deed *d)
{
	struct job_row job;
	bool found;

	TRY(ledger_read(b->store, b->arena, d->id, &job, &found));
	must(found);
	switch (d->what) {
	case DO_CANCEL:
		d->done = job.state == JOB_PENDING;
		return d->done ? queue_cancel(b, &job, S("{\"code\":\"CANCELED\"}")) : OK;
	case DO_ASK:
		d->done = job.state == JOB_RUNNING;
		return d->done ? ledger_ask_cancel(b, &job) : OK;
	default:
		d->done = job.state == JOB_FAILED;
		if (d->done)
			d->refused = queue_reenqueue_check(b, &job);
		if (d->refused.why != REFUSED_NONE)
			d->done = false;
		return d->done ? queue_reenqueue(b, &job, d->ms > 0 ? b->now.wall_ms + d->ms : 0) : OK;
	}
}

static enum err deed_write(struct batch *b, struct cmd *c)
{
	struct deed *d = c->in;

	return d->what <= DO_EXTEND ? with_lease(b, d) : by_id(b, d);
}

static const struct op op_deed = {
	.name = "deed",
	.lane = LANE_WRITE,
	.check = nothing_to_check,
	.write = deed_write,
};

struct cmd *job_cmd(struct world *w, struct deed *d)
{
	return world_cmd(w, &op_deed, d);
}

struct deed *job_do(struct world *w, struct deed how)
{
	struct deed *d = ARENA_NEW(w->arena, struct deed);

	*d = how;
	must(world_run(w, &op_deed, d) != NULL);
	return d;
}

static const char *became(const struct deed *d)
{
	return d->done ? job_state_name(d->became).at : "LEASE_LOST";
}

const char *job_complete(struct world *w, struct receipt r, const char *result)
{
	return became(job_do(w, (struct deed){ .what = DO_COMPLETE,
	                                       .receipt = r,
	                                       .report.result = str_of(result) }));
}

const char *job_fail(struct world *w, struct receipt r, const char *error, bool final,
                     int64_t delay_ms)
{
	return became(job_do(w, (struct deed){ .what = DO_FAIL,
	                                       .receipt = r,
	                                       .report = { .error = str_of(error),
	                                                   .final = final,
	                                                   .delay_ms = delay_ms } }));
}
