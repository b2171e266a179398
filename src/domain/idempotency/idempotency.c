/* idempotency.c - a request that may come twice is carried out once. I1 to I3: the header. */
#include "domain/idempotency/idempotency.h"

#include "base/limits.h"

static enum err found(void *context, const struct value *columns, int count)
{
	struct cmd *c = context;
	struct idempotent *i = c->idempotent;

	must(count == 3);
	if (columns[0].bytes.len != IDEMPOTENCY_HASH_SIZE)
		return ERR_CORRUPT;
	if (memcmp(columns[0].bytes.at, i->hash, IDEMPOTENCY_HASH_SIZE) != 0)
		return refuse(c, REFUSED_ID_REUSED,
		              "The Idempotency-Key %.*s was used for another request in the last %d hours, "
		              "or for jobs that are still kept. Take a new key for a new request.",
		              S_ARG(i->key), (int)(IDEMPOTENCY_MS / HOUR_MS));
	i->status = (int)columns[1].number;
	i->answer = columns[2].kind == VALUE_NULL ? S_NONE : arena_str(c->arena, columns[2].bytes);
	i->repeated = true;
	return OK;
}

enum err idempotency_check(struct batch *b, struct cmd *c)
{
	struct idempotent *i = c->idempotent;

	must(i->key.len > 0 && i->key.len <= IDEMPOTENCY_KEY_MAX);
	i->repeated = i->made_jobs = false; /* it may run again after a rollback */
	return store_run(b->store, STMT_IDEMPOTENCY_ONE,
	                 VALUES(value_text(c->caller.principal), value_text(i->key),
	                        value_int(b->now.wall_ms)),
	                 found, c);
}

void idempotency_made(struct cmd *c, const struct uuid *job)
{
	struct idempotent *i = c->idempotent;

	if (i == NULL)
		return;
	if (!i->made_jobs || memcmp(job, &i->first_job, sizeof *job) < 0)
		i->first_job = *job;
	if (!i->made_jobs || memcmp(job, &i->last_job, sizeof *job) > 0)
		i->last_job = *job;
	i->made_jobs = true;
}

static struct value job_id(const struct idempotent *i, const struct uuid *id)
{
	return value_uuid(i->made_jobs ? id : NULL);
}

enum err idempotency_keep(struct batch *b, struct cmd *c)
{
	struct idempotent *i = c->idempotent;

	/* A receive that waits has no answer yet; operations with a key never wait. */
	must(!i->repeated && !cmd_refused(c) && !node_linked(&c->waiting));
	i->answer_of(c, b->now, &i->status, &i->answer);
	must(i->status >= 200 && i->status < 300); /* I2 */
	return store_run(b->store, STMT_IDEMPOTENCY_PUT,
	                 VALUES(value_text(c->caller.principal), value_text(i->key),
	                        value_blob((struct str){ (const char *)i->hash, sizeof i->hash }),
	                        value_int(i->status), value_blob(i->answer),
	                        value_int(b->now.wall_ms + IDEMPOTENCY_MS), job_id(i, &i->first_job),
	                        job_id(i, &i->last_job)),
	                 NULL, NULL);
}

enum err idempotency_sweep(struct batch *b, bool *more)
{
	TRY(store_run(b->store, STMT_IDEMPOTENCY_RENEW,
	              VALUES(value_int(b->now.wall_ms), value_int(SWEEP_ROWS),
	                     value_int(b->now.wall_ms + IDEMPOTENCY_MS)),
	              NULL, NULL));
	*more = *more || store_changes(b->store) == SWEEP_ROWS;
	TRY(store_run(b->store, STMT_IDEMPOTENCY_SWEEP,
	              VALUES(value_int(b->now.wall_ms), value_int(SWEEP_ROWS)), NULL, NULL));
	*more = *more || store_changes(b->store) == SWEEP_ROWS;
	return OK;
}
