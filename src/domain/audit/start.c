/* start.c - which chain this is, and the records of a time when there was none.
 *
 * Those records go into the chain as they are found, oldest first: from then on nobody can
 * change them unseen. What was done to them before, nobody can tell (docs/decisions). */
#include "base/limits.h"
#include "domain/audit/memory.h"
#include "domain/domain.h"
#include "domain/secret.h"
#include "wire/seal.h"

struct carrying {
	struct batch *batch;
	int64_t last_id;
	int count;
};

static enum err carry_one(void *context, const struct value *columns, int count)
{
	struct carrying *c = context;

	must(count == 7 && columns[0].number > c->last_id);
	c->last_id = columns[0].number;
	c->count++;
	struct chain_record r = {
		.at = columns[1].number,
		.principal = audit_clean(c->batch, columns[2].bytes),
		.action = audit_clean(c->batch, columns[3].bytes),
		.resource = audit_clean(c->batch, columns[4].bytes),
		.detail = audit_detail(c->batch, columns[5].bytes),
		.request_id = audit_clean(c->batch, columns[6].bytes),
	};
	return audit_append(c->batch, &r);
}

static enum err carry_page(struct carrying *c)
{
	TRY(store_run(c->batch->store, STMT_AUDIT_BEFORE_PAGE, VALUES(value_int(AUDIT_CARRY_ROWS)),
	              carry_one, c));
	return store_run(c->batch->store, STMT_AUDIT_BEFORE_DELETE, VALUES(value_int(c->last_id)), NULL,
	                 NULL);
}

/* One transaction. `more`: there may be others. */
static enum err carry_some(struct domain *d, struct store *store, int64_t epoch, bool *more)
{
	struct batch b = { .domain = d, .store = store, .arena = arena_open() };
	struct carrying c = { .batch = &b };
	enum err fault = store_begin(store, epoch);

	if (fault == OK) {
		fault = carry_page(&c);
		if (fault == OK)
			fault = store_commit(store);
		if (fault != OK)
			store_rollback(store);
	}
	*more = c.count == AUDIT_CARRY_ROWS;
	arena_close(b.arena);
	return fault;
}

enum err audits_load(struct domain *d, struct store *store, int64_t epoch, struct rng *rng)
{
	bool more = true;

	if (d->audits == NULL)
		d->audits = mem_get(sizeof *d->audits);
	TRY(secret_load(store, epoch, "audit_chain", rng, d->audits->chain, sizeof d->audits->chain));
	while (more)
		TRY(carry_some(d, store, epoch, &more));
	d->audits->checkpoint_at_mono = NEVER;
	return OK;
}

void audits_free(struct domain *d)
{
	if (d->audits != NULL)
		seal_wipe(d->audits->seed, sizeof d->audits->seed);
	d->audits = mem_free(d->audits);
}
