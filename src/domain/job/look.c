/* look.c - reading jobs: one with its attempts, and pages of them. Read lane: rows only. */
#include "base/limits.h"
#include "domain/job/inside.h"

struct refused job_not_allowed(struct cmd *c, const char *action)
{
	return refused_as(c->arena, REFUSED_NOT_ALLOWED,
	                  "User: %.*s is not authorized to perform: ringi:%s on the queue of this job "
	                  "because no rule allows it",
	                  S_ARG(c->caller.principal), action);
}

bool job_allowed(struct cmd *c, const char *action, struct str queue)
{
	bool may = cmd_may(c, str_of(action), queue);

	if (!may)
		c->refused = job_not_allowed(c, action);
	return may;
}

struct refused job_no_such(struct arena *a, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	return refused_as(a, REFUSED_NO_SUCH_JOB,
	                  "There is no job %s. It may have ended longer ago than its queue keeps jobs, "
	                  "or its queue keeps none.",
	                  text);
}

struct refused job_is_final(struct arena *a, const struct job_row *j, const char *remedy)
{
	char text[37];

	uuid_text(j->id, text);
	return refused_as(a, REFUSED_JOB_FINAL, "The job %s is %.*s already%s.", text,
	                  S_ARG(job_state_name(j->state)), remedy);
}

/* ---- one job */

struct looking {
	struct arena *arena;
	struct job_named *to;
};

static enum err take_payload(void *context, const struct value *columns, int count)
{
	struct looking *l = context;

	must(count == 1);
	l->to->payload = arena_str(l->arena, columns[0].bytes);
	return OK;
}

/* The latest first; turned round behind it. */
static enum err take_attempt(void *context, const struct value *columns, int count)
{
	struct looking *l = context;
	struct job_attempt *a = &l->to->attempts[l->to->attempt_count++];

	must(count == 7 && l->to->attempt_count <= JOB_ATTEMPTS_SHOWN);
	a->number = columns[0].number;
	a->outcome = arena_str(l->arena, columns[1].bytes);
	a->worker = arena_str(l->arena, columns[2].bytes);
	a->started_at = columns[3].number;
	a->ended_at = columns[4].number;
	a->error = arena_str(l->arena, columns[5].bytes);
	a->log = arena_str(l->arena, columns[6].bytes);
	return OK;
}

/* The one that runs, or that succeeded, is in the job's own row (L5). */
static void add_own(struct job_named *p)
{
	const struct job_row *j = p->row;
	bool running = j->state == JOB_RUNNING;

	if (!running && j->state != JOB_SUCCEEDED)
		return;
	if (j->started_at == 0 || (p->attempt_count > 0 && p->attempts[0].number >= j->attempts))
		return;
	if (p->attempt_count == JOB_ATTEMPTS_SHOWN)
		p->attempt_count--;
	memmove(p->attempts + 1, p->attempts, sizeof *p->attempts * (size_t)p->attempt_count);
	p->attempt_count++;
	p->attempts[0] = (struct job_attempt){
		.number = j->attempts,
		.started_at = j->started_at,
		.ended_at = running ? 0 : j->finished_at,
		.outcome = running ? S_NONE : job_state_name(j->state),
		.worker = j->worker,
	};
}

static void turn_round(struct job_named *p)
{
	for (int i = 0, k = p->attempt_count - 1; i < k; i++, k--) {
		struct job_attempt x = p->attempts[i];
		p->attempts[i] = p->attempts[k];
		p->attempts[k] = x;
	}
}

enum err job_look(struct store *store, struct arena *a, struct job_named *p)
{
	struct looking l = { a, p };
	bool found;

	p->row = ARENA_NEW(a, struct job_row);
	p->attempt_count = 0;
	TRY(ledger_read(store, a, p->id, p->row, &found));
	if (!found) {
		p->row = NULL;
		return OK;
	}
	p->attempts = ARENA_ARRAY(a, struct job_attempt, JOB_ATTEMPTS_SHOWN);
	TRY(store_run(store, STMT_JOB_PAYLOAD, VALUES(value_int(p->row->body_id)), take_payload, &l));
	TRY(store_run(store, STMT_JOB_ATTEMPTS,
	              VALUES(value_uuid(&p->id), value_int(JOB_ATTEMPTS_SHOWN)), take_attempt, &l));
	add_own(p);
	turn_round(p);
	must(p->attempt_count <= JOB_ATTEMPTS_SHOWN);
	return OK;
}

static enum err get_read(struct store *store, struct cmd *c, struct now now)
{
	struct job_named *p = c->in;

	(void)now;
	TRY(job_look(store, c->arena, p));
	if (p->row == NULL)
		c->refused = job_no_such(c->arena, p->id);
	else if (job_allowed(c, "GetJob", p->row->queue))
		c->answer_bytes = p->payload.len + p->row->result.len;
	return OK;
}

const struct op op_job_get = { .name = "job_get", .lane = LANE_READ, .read = get_read };

/* ---- many */

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	(void)now;
	return job_scan(store, c, c->in, "ListJobs", JOB_SCAN_MAX);
}

const struct op op_job_list = { .name = "job_list", .lane = LANE_READ, .read = list_read };
