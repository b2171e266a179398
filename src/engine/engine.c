/* engine.c - one turn: batch -> check -> write -> one commit -> answers.
 *
 * E1  No command is in `finished` with success before the commit that holds its
 *     change has returned (invariant 1).
 * E2  A refusal is decided in check, before anything is written, so it never costs a
 *     rollback (invariant 3).
 * E3  After a fault the batch is rolled back, memory is read anew, and its commands
 *     run again one per transaction; the one that still fails is answered with the
 *     fault, the others as if it had not been there. A buffer for which there was no
 *     memory is such a fault: no cut text is ever committed.
 * E4  The feed is told of a batch behind its commit, in the order of commits. */
#include "engine/engine.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/batch.h"
#include "domain/idempotency/idempotency.h"
#include "domain/queue/memory.h"
#include "domain/secret.h"
#include "engine/feed.h"
#include "store/move.h"

struct engine {
	struct store *store;
	struct domain *domain;
	struct feed *feed; /* may be NULL */
	struct rng rng;
	struct arena *batch_arena;
	int64_t epoch;
	int64_t last_mono; /* of the turn before: that clock never goes back */
};

/* A fault of the store comes with its own sentence, one of a row that we cannot read not. */
static void tell(enum err fault, struct store *store, char detail[256])
{
	if (fault == ERR_NEWER)
		snprintf(detail, 256, "Its rows were written by a newer ringi.");
	else if (fault == ERR_CORRUPT && store_detail(store)[0] == '\0')
		snprintf(detail, 256,
		         "A row is not what it must be. Look with `ringi check`, or restore a backup.");
	else
		snprintf(detail, 256, "%s", store_detail(store));
}

enum err engine_open(struct engine **out, const struct engine_config *config, struct now now,
                     char detail[256])
{
	struct engine *e = mem_get(sizeof *e);

	e->store = config->store;
	e->feed = config->feed;
	e->last_mono = now.mono_ms;
	e->batch_arena = arena_open();
	rng_seed(&e->rng, config->seed);
	e->domain = domain_new(&config->domain);
	detail[0] = '\0';
	enum err fault = store_not_moved(e->store, detail);
	if (fault == OK)
		fault = store_lease(e->store, config->node, &e->epoch);
	if (fault == OK)
		fault = secret_load(e->store, e->epoch, "receipt_key", &e->rng,
		                    e->domain->config.receipt_key, sizeof e->domain->config.receipt_key);
	if (fault == OK)
		fault = audits_load(e->domain, e->store, e->epoch, &e->rng);
	if (fault == OK)
		fault = domain_load(e->domain, e->store, now);
	if (fault == OK && e->feed != NULL) /* chance, because a backup has an older epoch */
		feed_begin(e->feed, (uint32_t)(rng_u64(&e->rng) + (uint64_t)e->epoch));
	*out = e;
	if (fault == OK)
		return OK;
	if (detail[0] == '\0')
		tell(fault, e->store, detail);
	*out = engine_close(e);
	return fault;
}

struct engine *engine_close(struct engine *e)
{
	if (e != NULL) {
		domain_free(e->domain);
		arena_close(e->batch_arena);
		mem_free(e);
	}
	return NULL;
}

struct domain *engine_domain(struct engine *e)
{
	return e->domain;
}

void engine_disk_full(struct engine *e, bool full)
{
	e->domain->queues->disk_full = full;
}

void engine_answers(struct engine *e, int64_t bytes)
{
	must(bytes >= 0);
	e->domain->queues->answer_bytes = bytes;
}

static void batch_start(struct engine *e, struct batch *b, struct now now)
{
	arena_reset(e->batch_arena);
	*b = (struct batch){
		.domain = e->domain,
		.store = e->store,
		.now = now,
		.rng = &e->rng,
		.arena = e->batch_arena,
		.tell_groups = e->feed != NULL && feed_groups_wanted(e->feed, now.patience_ms),
	};
	list_init(&b->touched);
	list_init(&b->woken);
	list_init(&b->finished);
	list_init(&b->changes);
	list_init(&b->news);
	list_init(&b->session_news);
	list_init(&b->people_left);
}

static bool parked(const struct cmd *c)
{
	return node_linked(&c->waiting);
}

/* Check, then write. */
static enum err carry_out(struct batch *b, struct cmd *c)
{
	if (c->idempotent != NULL)
		TRY(idempotency_check(b, c));
	if (cmd_refused(c) || (c->idempotent != NULL && c->idempotent->repeated))
		return OK;
	TRY(c->op->check(b, c));
	if (cmd_refused(c))
		return OK;
	TRY(c->op->write(b, c));
	must(!cmd_refused(c)); /* E2 */
	return c->idempotent == NULL ? OK : idempotency_keep(b, c);
}

static enum err carry_out_all(struct batch *b, struct cmd **commands, int count)
{
	for (int i = 0; i < count; i++)
		b->takers += commands[i]->op->takes;
	for (int i = 0; i < count; i++) {
		const struct op *op = commands[i]->op;

		b->takers -= op->takes;
		if (!op->takes && !op->appends)
			b->ahead = NULL; /* it may change what was read */
		TRY(carry_out(b, commands[i]));
	}
	must(b->takers == 0);
	b->ahead = NULL;
	TRY(domain_serve(b));
	return b->tell_groups ? ledger_tell_groups(b) : OK;
}

static enum err transaction(struct engine *e, struct batch *b, struct cmd **commands, int count)
{
	must(count >= 0 && count <= BATCH_COMMANDS_MAX && list_empty(&b->touched));
	uint64_t cut = buf_failures();
	TRY(store_begin(e->store, e->epoch));
	enum err fault = carry_out_all(b, commands, count);
	if (fault == OK && buf_failures() != cut)
		fault = ERR_LIMIT;
	if (fault == OK)
		fault = store_commit(e->store);
	if (fault != OK)
		store_rollback(e->store);
	return fault;
}

/* Everything the batch decided is void: commands are as they came, receivers that
 * were served wait again, memory is what the rows say. Receivers whose client went
 * away are finished all the same: nobody waits for them. */
static enum err undo(struct engine *e, struct batch *b, struct cmd **commands, int count,
                     struct list *finished)
{
	struct list served;

	list_init(&served);
	list_move_all(&served, &b->finished);
	for (int i = 0; i < count; i++) {
		if (parked(commands[i]))
			domain_unpark(e->domain, commands[i]);
		node_take(&commands[i]->node); /* it may be among the served */
		commands[i]->refused = (struct refused){ .why = REFUSED_NONE };
	}
	enum err fault = domain_rolled_back(b);
	while (!list_empty(&served)) {
		/* From behind: each goes to the front of its queue. */
		struct cmd *c = CONTAINER(served.head.previous, struct cmd, node);
		node_take(&c->node);
		c->fault = fault;
		if (c->reply_to.loop < 0 || fault != OK)
			list_add_last(finished, &c->node);
		else
			domain_repark(e->domain, c, b->now);
	}
	return fault;
}

static void committed(struct engine *e, struct batch *b, struct cmd **commands, int count,
                      struct list *finished, struct turn *turn)
{
	/* Served receivers first: they have waited. Some are of this very batch. */
	list_move_all(finished, &b->finished);
	for (int i = 0; i < count; i++) {
		must(commands[i]->fault == OK && commands[i]->magic == CMD_MAGIC); /* E1 */
		commands[i]->settled = true;
		if (!parked(commands[i]) && !node_linked(&commands[i]->node))
			list_add_last(finished, &commands[i]->node);
	}
	turn->outbox_grew = turn->outbox_grew || b->outbox_grew;
	turn->push_grew = turn->push_grew || b->push_grew;
	turn->notify_grew = turn->notify_grew || b->notify_grew;
	turn->archive_grew = turn->archive_grew || b->archive_grew;
	turn->keys_changed = turn->keys_changed || b->keys_changed || b->rights_changed;
	if (e->feed != NULL && (!list_empty(&b->changes) || !list_empty(&b->news))) {
		feed_append(e->feed, &b->changes, &b->news, b->now.wall_ms); /* E4 */
		turn->feed_grew = true;
	}
	domain_committed(b);
	must(list_empty(&b->touched) && list_empty(&b->woken) && list_empty(&b->finished));
}

static void failed(struct cmd *c, enum err fault, struct list *finished)
{
	must(fault != OK && !parked(c)); /* E3 */
	c->fault = fault;
	if (!node_linked(&c->node))
		list_add_last(finished, &c->node);
}

/* One transaction; after a fault everything is as it was before. Once the process has to
 * end, nothing is tried any more. */
static enum err attempt(struct engine *e, struct batch *b, struct cmd **commands, int count,
                        struct list *finished, struct turn *turn)
{
	enum err fault = turn->stop ? ERR_IO : transaction(e, b, commands, count);

	if (fault == OK) {
		committed(e, b, commands, count, finished, turn);
		return OK;
	}
	uint64_t cut = buf_failures();
	turn->faults++;
	if (!turn->stop) /* the first one is told, not what followed from it */
		turn->why = fault;
	if (!turn->stop && (undo(e, b, commands, count, finished) != OK || buf_failures() != cut))
		turn->stop = true;
	if (store_must_stop(e->store) || fault == ERR_LOST)
		turn->stop = true;
	return fault;
}

/* Receivers that the clock woke before the batch are served in it (b->woken). With count 0
 * there is nothing else; if that fails, they are woken again (domain_rolled_back). */
static void run_batch(struct engine *e, struct batch *b, struct cmd **commands, int count,
                      struct now now, struct list *finished, struct turn *turn)
{
	turn->batches++;
	turn->commands += count;
	if (attempt(e, b, commands, count, finished, turn) == OK)
		return;
	for (int i = 0; i < count; i++) {
		struct batch alone;
		batch_start(e, &alone, now);
		enum err fault = attempt(e, &alone, &commands[i], 1, finished, turn);
		if (fault != OK)
			failed(commands[i], fault, finished);
	}
}

/* The next commands that fit into one transaction. */
static int fill(struct list *from, struct cmd **to)
{
	size_t bytes = 0;
	int count = 0;

	while (count < BATCH_COMMANDS_MAX && !list_empty(from)) {
		struct cmd *c = LIST_FIRST(from, struct cmd, node);
		if (count > 0 && bytes + c->bytes > BATCH_BYTES_MAX)
			break;
		bytes += c->bytes;
		node_take(&c->node);
		must(c->magic == CMD_MAGIC && c->op->lane == LANE_WRITE);
		must(!parked(c) && c->fault == OK);
		to[count++] = c;
	}
	return count;
}

struct turn engine_turn(struct engine *e, struct list *commands, struct now now,
                        struct list *finished)
{
	struct turn turn = { .next_mono = NEVER };
	struct cmd *batch_commands[BATCH_COMMANDS_MAX];
	struct batch b;

	must(now.mono_ms >= e->last_mono);
	e->last_mono = now.mono_ms;
	batch_start(e, &b, now);
	domain_due(e->domain, &b, commands);
	while (!list_empty(commands) || !list_empty(&b.woken)) {
		int count = fill(commands, batch_commands);
		run_batch(e, &b, batch_commands, count, now, finished, &turn);
		batch_start(e, &b, now);
		if (turn.stop && list_empty(commands))
			break;
	}
	must(list_empty(commands)); /* invariant 7: each is answered, parked, or given back */
	/* Who could be served in its last moment was. "Nothing" as an answer needs no commit. */
	domain_waits_over(e->domain, &b);
	list_move_all(finished, &b.finished);
	turn.next_mono = domain_next(e->domain);
	turn.next_wait = domain_next_wait(e->domain);
	must(turn.next_wait > now.patience_ms); /* W3 */
	return turn;
}

void engine_stop_waiting(struct engine *e, struct now now, struct list *finished)
{
	struct batch b;

	batch_start(e, &b, now);
	domain_stop_waiting(e->domain, &b);
	list_move_all(finished, &b.finished);
}

enum err engine_idle(struct engine *e, bool busy)
{
	return store_idle(e->store, busy);
}
