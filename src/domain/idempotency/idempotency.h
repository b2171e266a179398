/* idempotency.h - a request that may come twice is carried out once.
 *
 *     check    no row: go on | a row, same content: its answer | other content: ID_REUSED
 *     ...      the operation's own check and write
 *     keep     the answer becomes a row, in the same transaction
 *
 * I1  The row and the change it answers are one transaction; the engine carries out one
 *     command after the other, so of two equal requests at once the second finds the row.
 * I2  A refusal leaves no row (invariant 3): the key is free to be tried again.
 * I3  Rows are only read by their key and live IDEMPOTENCY_MS, and for as long as one of the
 *     jobs that the request made is kept; nothing is kept in memory. */
#ifndef RINGI_DOMAIN_IDEMPOTENCY_IDEMPOTENCY_H
#define RINGI_DOMAIN_IDEMPOTENCY_IDEMPOTENCY_H

#include "domain/batch.h"
#include "domain/cmd.h"

enum { IDEMPOTENCY_HASH_SIZE = 32 };

/* Of a command with a key (cmd.idempotent); in the command's arena. */
struct idempotent {
	struct str key;
	uint8_t hash[IDEMPOTENCY_HASH_SIZE]; /* of the request's content */
	/* The front door's: the answer as it is kept, once the command is written. Engine's
	 * thread; uses nothing but the command's own memory. */
	void (*answer_of)(struct cmd *, struct now, int *status, struct str *answer);
	/* The operation's, from its write: the lowest and the highest id of the jobs it made. */
	bool made_jobs;
	struct uuid first_job, last_job;
	/* out */
	int status;
	struct str answer; /* absent: it has no body */
	bool repeated;     /* the answer is that of an earlier request; nothing was done */
};

/* Before the operation's check: refuses, or finds the answer (`repeated`), or neither. */
enum err idempotency_check(struct batch *, struct cmd *) MUST_USE;
/* The operation made a job. */
void idempotency_made(struct cmd *, const struct uuid *job);
/* After its write. */
enum err idempotency_keep(struct batch *, struct cmd *) MUST_USE;
/* Forgets a few whose time is over; *more when there may be others. */
enum err idempotency_sweep(struct batch *, bool *more) MUST_USE;

#endif
