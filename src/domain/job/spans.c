/* spans.c - attempts and jobs that ended, for traces; S1 and S2: spans.h. */
#include "domain/job/spans.h"

#include "base/limits.h"
#include "store/store.h"
#include "domain/ledger/trace.h"
#include "wire/hash.h"

/* ---- S1 */

void span_id_of_attempt(struct uuid job, int64_t number, uint8_t id[8])
{
	uint8_t n[8], digest[SHA256_SIZE];
	const struct str parts[] = { { (const char *)job.bytes, sizeof job.bytes },
		                         { (const char *)n, sizeof n } };

	must(number >= 1);
	for (int i = 0; i < 8; i++)
		n[i] = (uint8_t)((uint64_t)number >> (8 * i));
	sha256_parts(parts, 2, digest);
	memcpy(id, digest, 8);
	id[7] |= 1; /* none is all zero */
}

/* ---- S2 */

struct came {
	struct arena *arena;
	struct str header;
	struct uuid parent;
	bool found, has_parent;
};

static enum err take_came(void *context, const struct value *columns, int count)
{
	struct came *c = context;

	must(count == 2 && !c->found);
	c->found = true;
	c->header = arena_str(c->arena, columns[0].bytes);
	c->has_parent = columns[1].kind != VALUE_NULL;
	return !c->has_parent || value_read_uuid(columns[1], &c->parent) ? OK : ERR_CORRUPT;
}

/* A job with a parent is of the parent's trace, whatever its own request said. */
enum err job_sampled(struct store *store, struct arena *a, struct uuid id, bool *is)
{
	struct came c = { .has_parent = true, .parent = id };

	*is = true;
	for (int i = 0; i < OTLP_PARENTS_MAX && c.has_parent; i++) {
		struct uuid of = c.parent;
		c = (struct came){ .arena = a };
		TRY(store_run(store, STMT_JOB_CAME, VALUES(value_uuid(&of)), take_came, &c));
	}
	*is = !c.found || trace_sampled(c.header);
	return OK;
}

/* ---- the spans */

struct making {
	struct store *store;
	struct arena *arena;
	struct span_list *to;
	const struct span_ask *ask;
	struct job_row *job;
	bool attempt; /* a row of it was found */
};

static struct span *add(struct making *m)
{
	struct span *s = &m->to->spans[m->to->span_count++];

	must(m->to->span_count <= 2 * m->to->count);
	*s = (struct span){ .job = m->job, .state = m->ask->state, .ended_at = m->ask->at_ms };
	return s;
}

static enum err take_attempt(void *context, const struct value *columns, int count)
{
	struct making *m = context;

	must(count == 5 && !m->attempt);
	struct span *s = add(m);
	s->number = columns[0].number;
	s->outcome = arena_str(m->arena, columns[1].bytes);
	s->worker = arena_str(m->arena, columns[2].bytes);
	s->began_at = columns[3].number;
	s->error = arena_str(m->arena, columns[4].bytes);
	m->attempt = true;
	return s->number >= 1 ? OK : ERR_CORRUPT;
}

/* One that succeeded without a log is in the job's own row only (L5). */
static void add_own_attempt(struct making *m)
{
	const struct job_row *j = m->job;

	if (m->attempt || m->ask->state != JOB_SUCCEEDED || j->state != JOB_SUCCEEDED ||
	    j->finished_at != m->ask->at_ms || j->attempts < 1)
		return;
	struct span *s = add(m);
	s->number = j->attempts;
	s->outcome = attempt_outcome_name(ATTEMPT_SUCCEEDED);
	s->worker = j->worker;
	s->began_at = j->started_at;
}

static void add_job(struct making *m)
{
	if (!job_state_final(m->ask->state))
		return;
	struct span *s = add(m);
	s->began_at = m->job->created_at;
	s->error = m->ask->state == JOB_SUCCEEDED ? S_NONE : m->job->error;
}

static enum err take_job(void *context, const struct value *columns, int count)
{
	struct making *m = context;

	must(m->job == NULL);
	m->job = ARENA_NEW(m->arena, struct job_row);
	return job_row_from_row(m->arena, columns, count, m->job);
}

static enum err look_at(struct making *m)
{
	bool told;

	m->attempt = false;
	m->job = NULL;
	TRY(store_run(m->store, STMT_JOB_FOR_SPAN, VALUES(value_uuid(&m->ask->job)), take_job, m));
	if (m->job == NULL) {
		m->to->gone++;
		return OK;
	}
	TRY(job_sampled(m->store, m->arena, m->ask->job, &told));
	if (!told)
		return OK;
	TRY(store_run(m->store, STMT_JOB_ATTEMPT_ENDED,
	              VALUES(value_uuid(&m->ask->job), value_int(m->ask->at_ms)), take_attempt, m));
	add_own_attempt(m);
	add_job(m);
	return OK;
}

static enum err spans_read(struct store *store, struct cmd *c, struct now now)
{
	struct span_list *p = c->in;
	struct making m = { .store = store, .arena = c->arena, .to = p };

	(void)now;
	must(p->count >= 1 && p->count <= OTLP_LOOK_MAX);
	p->spans = ARENA_ARRAY(c->arena, struct span, 2 * p->count);
	p->span_count = p->gone = 0;
	for (int i = 0; i < p->count; i++) {
		m.ask = &p->asks[i];
		TRY(look_at(&m));
	}
	return OK;
}

const struct op op_job_spans = {
	.name = "job_spans",
	.lane = LANE_READ,
	.read = spans_read,
};
