/* spans.h - what is told of jobs to a collector of traces: a span for each attempt that ended and
 * one for each job that ended, as the rows say. Read lane: nothing is changed.
 *
 *     job       its own span id, the second half of its id; child of what it came from
 *     attempt   child of the job
 *
 * S1  Ids of spans follow from ids of jobs: told twice they are the same.
 * S2  A trace that came unsampled (trace_sampled of domain/ledger/trace.h) stays so, and so do
 *     the children of its jobs. */
#ifndef RINGI_DOMAIN_JOB_SPANS_H
#define RINGI_DOMAIN_JOB_SPANS_H

#include "domain/cmd.h"
#include "domain/ledger/ledger.h"

/* A job came into this state at that time (wall): it is final, or PENDING behind an attempt. */
struct span_ask {
	struct uuid job;
	enum job_state state;
	int64_t at_ms;
};

struct span {
	const struct job_row *job;
	/* of an attempt; number 0: it is of the job */
	int64_t number;
	struct str outcome, worker;
	/* of both */
	struct str error;           /* JSON; absent: none */
	int64_t began_at, ended_at; /* wall */
	enum job_state state;       /* of the job behind it */
};

struct span_list {
	const struct span_ask *asks;
	int count; /* 1..OTLP_LOOK_MAX */
	/* out */
	struct span *spans;
	int span_count;
	int gone; /* of these jobs there is no row any more */
};
extern const struct op op_job_spans;

/* S2: whether the trace of a job wants to be told. For any lane. */
enum err job_sampled(struct store *, struct arena *, struct uuid id, bool *) MUST_USE;

/* The parent of an attempt is its job. */
void span_id_of_attempt(struct uuid job, int64_t number, uint8_t id[8]);

#endif
