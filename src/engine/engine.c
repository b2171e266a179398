/* engine.c - one turn: batch -> check -> write -> one commit -> answers.
 *
 * E1  No command is in `finished` with success before the commit that holds its
 *     change has returned (invariant 1).
 * E2  A refusal is decided in check, before anything is written, so it never costs a
 *     rollback (invariant 3).
 * E3  After a fault the batch is rolled back, memory is read anew, and its commands
 *     run again one per transaction; the one that still fails is answered with the
 *     fault, the others as if it had not been there. */
#include "engine/engine.h"

#include "base/limits.h"
#include "domain/batch.h"
#include "domain/idempotency/idempotency.h"
#include "domain/queue/memory.h"
#include "domain/secret.h"

struct engine {
	struct store *store;
	struct domain *domain;
	struct rng rng;
	struct arena *batch_arena;
	int64_t epoch;
};

struct engine *engine_open(const struct engine_config *config, struct now now, char detail[256])
{
	struct engine *e = mem_get(sizeof *e);

	e->store = config->store;
	e->batch_arena = arena_open();
	rng_seed(&e->rng, config->seed);
	e->domain = domain_new(&config->domain);
	enum err fault = store_lease(e->store, config->node, &e->epoch);
	if (fault == OK)
		fault = secret_load(e->store, e->epoch, "receipt_key", &e->rng, e->domain->config.receipt_key,
		                    sizeof e->domain->config.receipt_key);
	if (fault == OK)
		fault = domain_load(e->domain, e->store, now);
	if (fault == OK)
		return e;
	const char *why = store_detail(e->store);
	size_t i = 0;
	for (; why[i] != '\0' && i < 255; i++)
		detail[i] = why[i];
	detail[i] = '\0';
	return engine_close(e);
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

static void batch_start(struct engine *e, struct batch *b, struct now now)
{
	arena_reset(e->batch_arena);
	*b = (struct batch){
		.domain = e->domain, .store = e->store, .now = now, .rng = &e->rng, .arena = e->batch_arena,
	};
	list_init(&b->touched);
	list_init(&b->woken);
	list_init(&b->finished);
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
	return c->idempotent == NULL ? OK : idempotency_keep(b, c);
}

static enum err carry_out_all(struct batch *b, struct cmd **commands, int count)
{
	for (int i = 0; i < count; i++)
		TRY(carry_out(b, commands[i]));
	return domain_serve(b);
}

static enum err transaction(struct engine *e, struct batch *b, struct cmd **commands, int count)
{
	TRY(store_begin(e->store, e->epoch));
	enum err fault = carry_out_all(b, commands, count);
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

static void committed(struct batch *b, struct cmd **commands, int count, struct list *finished,
                      struct turn *turn)
{
	/* Served receivers first: they have waited. Some are of this very batch. */
	list_move_all(finished, &b->finished);
	for (int i = 0; i < count; i++) {
		commands[i]->settled = true;
		if (!parked(commands[i]) && !node_linked(&commands[i]->node))
			list_add_last(finished, &commands[i]->node);
	}
	turn->outbox_grew = turn->outbox_grew || b->outbox_grew;
	turn->keys_changed = turn->keys_changed || b->keys_changed;
	domain_committed(b);
}

static void failed(struct cmd *c, enum err fault, struct list *finished)
{
	c->fault = fault;
	if (!node_linked(&c->node))
		list_add_last(finished, &c->node);
}

/* One command, or none (only waiting receivers), in its own transaction. */
static void run_alone(struct engine *e, struct cmd *c, struct now now, struct list *finished, struct turn *turn)
{
	int count = c != NULL;
	struct batch b;

	batch_start(e, &b, now);
	enum err fault = turn->stop ? ERR_IO : transaction(e, &b, &c, count);
	if (fault == OK) {
		committed(&b, &c, count, finished, turn);
		return;
	}
	turn->faults++;
	turn->why = fault;
	enum err again = turn->stop ? OK : undo(e, &b, &c, count, finished);
	if (again != OK || store_must_stop(e->store) || fault == ERR_LOST)
		turn->stop = true;
	if (c != NULL)
		failed(c, fault, finished);
}

/* Receivers that the clock woke or sent away before the batch belong to it: `before`
 * holds what is finished without any transaction (waits that are over). */
static void run_batch(struct engine *e, struct batch *b, struct cmd **commands, int count, struct now now,
                      struct list *finished, struct turn *turn)
{
	turn->batches++;
	turn->commands += count;
	enum err fault = turn->stop ? ERR_IO : transaction(e, b, commands, count);
	if (fault == OK) {
		committed(b, commands, count, finished, turn);
		return;
	}
	turn->faults++;
	turn->why = fault;
	if (!turn->stop && undo(e, b, commands, count, finished) != OK)
		turn->stop = true;
	if (store_must_stop(e->store) || fault == ERR_LOST)
		turn->stop = true;
	for (int i = 0; i < count; i++)
		run_alone(e, commands[i], now, finished, turn);
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
		to[count++] = c;
	}
	return count;
}

struct turn engine_turn(struct engine *e, struct list *commands, struct now now, struct list *finished)
{
	struct turn turn = { .next_mono = NEVER };
	struct cmd *batch_commands[BATCH_COMMANDS_MAX];
	struct batch b;

	batch_start(e, &b, now);
	domain_due(e->domain, &b, commands);
	/* Waits that are over need no commit: their answer is "nothing". */
	list_move_all(finished, &b.finished);
	while (!list_empty(commands) || !list_empty(&b.woken)) {
		int count = fill(commands, batch_commands);
		run_batch(e, &b, batch_commands, count, now, finished, &turn);
		batch_start(e, &b, now);
		if (turn.stop && list_empty(commands))
			break;
	}
	turn.next_mono = domain_next(e->domain);
	turn.next_wait = domain_next_wait(e->domain);
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
