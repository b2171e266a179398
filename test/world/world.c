/* world.c - the whole server without sockets, with a clock you push. */
#include "world/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "domain/batch.h"
#include "domain/queue/memory.h"
#include "domain/schedule/memory.h"
#include "store/check.h"
#include "wire/hash.h"

#define START_WALL_MS ((int64_t)1795000000000) /* in November 2026 */

enum { SWEEP_STEP_MS = 30 * 1000, SWEEP_LESS_MS = 10 * 60 * 1000 };

static void engine_start(struct world *w)
{
	char detail[256];
	w->feed = feed_open();
	struct engine_config config = {
		.store = w->store,
		.feed = w->feed,
		.domain = { .account = S("000000000000"), .region = S("us-east-1") },
		.node = "world",
	};

	w->fault_mono = 0; /* an engine of its own has put off nothing */
	memcpy(config.seed, &w->seed, sizeof w->seed);
	if (engine_open(&w->engine, &config, w->now, detail) != OK) {
		fprintf(stderr, "world: %s\n", detail);
		abort();
	}
}

static void store_start(struct world *w)
{
	char detail[256];

	if (store_open(&w->store, w->place.at, detail) != OK) {
		fprintf(stderr, "world: %s\n", detail);
		abort();
	}
}

struct world *world_open(uint64_t seed)
{
	struct world *w = mem_get(sizeof *w);

	w->seed = seed;
	w->now = (struct now){ START_WALL_MS, 1000, 1000 };
	w->arena = arena_open();
	list_init(&w->answered);
	place_make(&w->place);
	place_fill(&w->place);
	store_start(w);
	engine_start(w);
	return w;
}

static void keep(struct world *w, struct cmd *c)
{
	w->faults += c->fault != OK;
	list_add_last(&w->answered, &c->node);
}

void world_forget(struct world *w)
{
	struct cmd *c;

	while ((c = LIST_TAKE(&w->answered, struct cmd, node)) != NULL)
		cmd_free(c);
}

static void engine_end(struct world *w)
{
	struct list finished;
	struct cmd *c;

	list_init(&finished);
	engine_stop_waiting(w->engine, w->now, &finished);
	while ((c = LIST_TAKE(&finished, struct cmd, node)) != NULL)
		cmd_free(c);
	w->engine = engine_close(w->engine);
	w->feed = feed_close(w->feed);
}

struct world *world_close(struct world *w)
{
	world_forget(w);
	engine_end(w);
	store_close(w->store);
	place_remove(&w->place);
	arena_close(w->arena);
	return mem_free(w);
}

static void start_again(struct world *w)
{
	w->seed++;
	w->last_turn.stop = false;
	w->fault_mono = 0;
	store_start(w);
	engine_start(w);
}

void world_restart(struct world *w)
{
	engine_end(w);
	w->store = store_close(w->store);
	start_again(w);
}

static void tell_problem(void *context, const char *sentence)
{
	(void)context;
	fprintf(stderr, "rows: %s\n", sentence);
}

void world_check_rows(struct world *w)
{
	struct store_check found = { 0 };

	engine_end(w);
	w->store = store_close(w->store);
	must(store_check(w->place.at, tell_problem, NULL, &found) == OK && found.problems == 0);
	start_again(w);
}

/* One turn; what finishes goes to w->answered. Returns whether `wanted` is among it. */
static bool turn(struct world *w, struct list *commands, const struct cmd *wanted)
{
	struct list finished;
	struct cmd *c;
	bool found = false;

	list_init(&finished);
	w->last_turn = engine_turn(w->engine, commands, w->now, &finished);
	if (w->last_turn.faults > 0)
		w->fault_mono = w->now.mono_ms;
	while ((c = LIST_TAKE(&finished, struct cmd, node)) != NULL) {
		found = found || c == wanted;
		if (c->reply_to.loop < 0)
			cmd_free(c);
		else
			keep(w, c);
	}
	return found;
}

/* Housekeeping looks at the rows each second. Where hours pass, a look each half minute, and
 * one at the end, finds the same; nothing else is moved. */
static void sweep_less(struct world *w, int64_t end)
{
	struct queues *all = engine_domain(w->engine)->queues;
	int64_t at = w->now.mono_ms + SWEEP_STEP_MS < end ? w->now.mono_ms + SWEEP_STEP_MS : end;

	if (all->sweep_at_mono >= w->now.mono_ms + SECOND_MS && all->sweep_at_mono < at)
		all->sweep_at_mono = at;
}

void world_pass_ms(struct world *w, int64_t ms)
{
	int64_t end = w->now.mono_ms + ms;
	struct list none;

	list_init(&none);
	for (;;) {
		if (ms >= SWEEP_LESS_MS)
			sweep_less(w, end);
		int64_t next = domain_next(engine_domain(w->engine));
		int64_t wait = domain_next_wait(engine_domain(w->engine));
		if (wait < next)
			next = wait;
		int64_t step = (next < end ? next : end) - w->now.mono_ms;
		if (step > 0) {
			w->now.mono_ms += step;
			w->now.patience_ms += step;
			w->now.wall_ms += step;
		}
		if (next > end)
			return;
		turn(w, &none, NULL);
		if (w->last_turn.stop)
			return; /* the process has ended; world_restart */
	}
}

void world_jump_ms(struct world *w, int64_t ms)
{
	w->now.wall_ms += ms;
	w->jumped = true;
}

struct cmd *world_cmd(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = cmd_new(op);

	c->in = in;
	c->reply_to = (struct reply_to){ 0, w->next_slot++ % 100000, w->next_slot };
	c->caller.principal = S("anonymous");
	return c;
}

struct cmd *world_run(struct world *w, const struct op *op, void *in)
{
	struct cmd *c = world_cmd(w, op, in);
	struct list commands;

	list_init(&commands);
	list_add_last(&commands, &c->node);
	return turn(w, &commands, c) ? c : NULL;
}

void world_run_batch(struct world *w, struct cmd **commands, int count)
{
	struct list list;

	list_init(&list);
	for (int i = 0; i < count; i++)
		list_add_last(&list, &commands[i]->node);
	turn(w, &list, NULL);
}

bool world_has_answered(struct world *w, const struct cmd *wanted)
{
	for (struct node *n = w->answered.head.next; n != &w->answered.head; n = n->next)
		if (CONTAINER(n, struct cmd, node) == wanted)
			return true;
	return false;
}

struct cmd *world_answered(struct world *w)
{
	return LIST_FIRST(&w->answered, struct cmd, node);
}

static const char *outcome(const struct cmd *c)
{
	if (c == NULL)
		return "PARKED";
	if (c->fault != OK)
		return err_name(c->fault);
	return refusal_name(c->refused.why);
}

/* ---- queues */

static struct pair *pairs_of(struct world *w, va_list args, int *count)
{
	struct pair *pairs = ARENA_ARRAY(w->arena, struct pair, 32);
	const char *name;

	*count = 0;
	while ((name = va_arg(args, const char *)) != NULL)
		pairs[(*count)++] = (struct pair){ str_of(name), str_of(va_arg(args, const char *)) };
	return pairs;
}

const char *world_queue(struct world *w, const char *name, ...)
{
	struct queue_create *p = ARENA_NEW(w->arena, struct queue_create);
	va_list args;

	va_start(args, name);
	struct pair *pairs = pairs_of(w, args, &p->attribute_count);
	va_end(args);
	p->name = str_of(name);
	if (str_ends(p->name, S(".fifo")))
		pairs[p->attribute_count++] = (struct pair){ S("FifoQueue"), S("true") };
	p->attributes = pairs;
	return outcome(world_run(w, &op_queue_create, p));
}

const char *world_set(struct world *w, const char *name, ...)
{
	struct queue_set *p = ARENA_NEW(w->arena, struct queue_set);
	va_list args;

	va_start(args, name);
	p->attributes = pairs_of(w, args, &p->count);
	va_end(args);
	p->name = str_of(name);
	return outcome(world_run(w, &op_queue_set, p));
}

static const char *named(struct world *w, const struct op *op, const char *name)
{
	struct queue_named *p = ARENA_NEW(w->arena, struct queue_named);

	p->name = str_of(name);
	return outcome(world_run(w, op, p));
}

const char *world_delete_queue(struct world *w, const char *name)
{
	return named(w, &op_queue_delete, name);
}

const char *world_purge(struct world *w, const char *name)
{
	return named(w, &op_queue_purge, name);
}

const char *world_redrive(struct world *w, const char *dead_queue, int max_receives)
{
	return arena_printf(w->arena,
	                    "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:%s\","
	                    "\"maxReceiveCount\":%d}",
	                    dead_queue, max_receives)
	    .at;
}

/* ---- messages */

struct send_entry *world_send_as(struct world *w, const char *queue, const char *body,
                                 struct sending how)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);
	struct send_entry *e = ARENA_NEW(w->arena, struct send_entry);

	e->body = arena_str(w->arena, str_of(body));
	uint8_t *digest = arena_get(w->arena, MD5_SIZE);
	md5(e->body, digest);
	e->body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	e->group = arena_str(w->arena, str_of(how.group));
	e->dedup = arena_str(w->arena, str_of(how.dedup));
	e->delay_s = how.delay_s == 0 ? -1 : how.delay_s < 0 ? 0 : how.delay_s;
	e->priority = how.priority == 0 ? -1 : how.priority < 0 ? 0 : how.priority;
	e->size = strlen(body);
	e->content_sha = e->body;
	p->queue = str_of(queue);
	p->entries = e;
	p->count = 1;
	struct cmd *c = world_run(w, &op_queue_send, p);
	must(c != NULL);
	if (c->fault != OK)
		e->refused.why = REFUSED_UNAVAILABLE;
	else if (cmd_refused(c))
		e->refused = c->refused;
	return e;
}

const char *world_send(struct world *w, const char *queue, const char *body)
{
	bool fifo = str_ends(str_of(queue), S(".fifo"));
	struct sending how = { .group = fifo ? "g" : NULL,
		                   .dedup = fifo ? arena_printf(w->arena, "d%u", w->next_slot).at : NULL };

	return refusal_name(world_send_as(w, queue, body, how)->refused.why);
}

struct queue_receive *world_receive_as(struct world *w, const char *queue, struct queue_receive how)
{
	struct queue_receive *p = ARENA_NEW(w->arena, struct queue_receive);

	*p = how;
	p->queue = str_of(queue);
	world_run(w, &op_queue_receive, p);
	return p;
}

const char *world_receive_many(struct world *w, const char *queue, int max)
{
	struct queue_receive *p = world_receive_as(w, queue,
	                                           (struct queue_receive){
												   .max = max, .visibility_s = -1, .wait_s = 0 });
	struct buf text = { 0 };

	for (int i = 0; i < p->count; i++) {
		buf_add_text(&text, i == 0 ? "" : " ");
		buf_add(&text, p->messages[i].body);
	}
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at;
}

const char *world_receive(struct world *w, const char *queue)
{
	const char *text = world_receive_many(w, queue, 1);

	return text[0] == '\0' ? NULL : text;
}

struct receipt world_receipt(struct world *w)
{
	for (struct node *n = w->answered.head.previous; n != &w->answered.head; n = n->previous) {
		struct cmd *c = CONTAINER(n, struct cmd, node);
		struct queue_receive *p = c->in;
		if (c->op == &op_queue_receive && p->count > 0)
			return p->messages[p->count - 1].receipt;
	}
	must(!"nothing was received yet");
	return (struct receipt){ 0 };
}

static const char *with_receipt(struct world *w, const struct op *op, const char *queue,
                                struct receipt_entry e)
{
	struct queue_receipts *p = ARENA_NEW(w->arena, struct queue_receipts);

	p->entries = ARENA_NEW(w->arena, struct receipt_entry);
	p->entries[0] = e;
	p->count = 1;
	p->queue = str_of(queue);
	return outcome(world_run(w, op, p));
}

const char *world_delete(struct world *w, const char *queue, struct receipt r)
{
	return with_receipt(w, &op_queue_delete_messages, queue,
	                    (struct receipt_entry){ .receipt = r });
}

const char *world_change(struct world *w, const char *queue, struct receipt r, int64_t seconds)
{
	return with_receipt(w, &op_queue_change_visibility, queue,
	                    (struct receipt_entry){ .receipt = r, .visibility_s = seconds });
}

const char *world_fail(struct world *w, const char *queue, struct receipt r, const char *error,
                       bool dead, int64_t seconds)
{
	return with_receipt(w, &op_queue_fail, queue,
	                    (struct receipt_entry){ .receipt = r,
	                                            .visibility_s = seconds,
	                                            .error = str_of(error),
	                                            .dead = dead });
}

const char *world_counts(struct world *w, const char *queue)
{
	struct queue_get *p = ARENA_NEW(w->arena, struct queue_get);

	p->name = str_of(queue);
	struct cmd *c = world_run(w, &op_queue_get, p);
	if (c == NULL || c->fault != OK || cmd_refused(c))
		return outcome(c);
	return arena_printf(w->arena, "%lld/%lld/%lld", (long long)p->visible, (long long)p->in_flight,
	                    (long long)p->delayed)
	    .at;
}

/* ---- memory against rows */

static int by_position(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;

	return x->position < y->position ? -1 : x->position > y->position;
}

/* Everything about the queue that must be the same after a rebuild. Ready messages
 * that were never received may be in a run or have an entry: both are told alike. */
static void describe(struct buf *to, struct queue *q, struct now now, bool jumped)
{
	struct entry **entries = mem_get((q->entries.count + 1) * sizeof *entries), *e;
	size_t at = 0, n = 0;

	buf_printf(to, "%.*s id=%u messages=%lld first=%llu", S_ARG(q->name), q->id,
	           (long long)(q->visible + q->in_flight + q->delayed),
	           (unsigned long long)q->first_position);
	if (!jumped)
		buf_printf(to, " %lld/%lld/%lld stopped=%lld", (long long)q->visible,
		           (long long)q->in_flight, (long long)q->delayed, (long long)q->stopped_groups);
	for (int i = 0; i < PRIORITIES && q->lanes != NULL && !jumped; i++)
		buf_printf(to, " lane%d=%lld", i, (long long)q->lanes->visible[i]);
	if (!jumped && q->settings.key_rate == 0) /* buckets are full after a rebuild */
		buf_printf(to, " held=%lld", (long long)q->held_groups);
	while ((e = map_next(&q->entries, &at)) != NULL)
		entries[n++] = e;
	qsort(entries, n, sizeof(struct entry *), by_position);
	for (size_t i = 0; i < n; i++) {
		e = entries[i];
		if (e->receive_count == 0 && (e->state == ENTRY_READY || jumped))
			continue;
		buf_printf(to, " %llu:%u", (unsigned long long)e->position, e->receive_count);
		if (!jumped)
			buf_printf(to, ":%d", e->state);
		if (!jumped && e->state != ENTRY_READY)
			buf_printf(to, "@%lld", (long long)(e->order.key - now.mono_ms));
	}
	mem_free(entries);
}

/* L1 of lanes.h, and that what is ready stands where it is looked for. */
static void check_lanes(const struct queue *q)
{
	int64_t sum = 0;

	for (int i = 0; i < PRIORITIES && q->lanes != NULL; i++) {
		int64_t ready = 0;
		must(q->lanes->visible[i] >= 0);
		sum += q->lanes->visible[i];
		for (size_t at = 1; at <= q->lanes->ready[i].count; at++) {
			struct ready *l = CONTAINER(q->lanes->ready[i].at[at], struct ready, order);
			must(l->priority == i && l->group->queue == q && ready_head(l) != 0);
			ready += l->fresh.total + (int64_t)l->again.count;
		}
		must(ready <= q->lanes->visible[i]);
		must(ready == q->lanes->visible[i] || q->held_groups > 0);
	}
	must(q->lanes == NULL || (sum == q->visible && q->ready.count == 0));
}

static int by_name(const void *a, const void *b)
{
	return str_cmp((*(struct schedule *const *)a)->name, (*(struct schedule *const *)b)->name);
}

static void describe_schedule(struct buf *to, const struct schedule *s)
{
	char job[37] = "-";

	if (s->has_last_job)
		uuid_text(s->last_job, job);
	buf_printf(to, "%.*s %.*s \"%.*s\" %.*s(%d) %.*s(%d) %s %s%s next=%lld last=%lld %s late=%d\n",
	           S_ARG(s->name), S_ARG(s->queue), S_ARG(s->cron_text), S_ARG(s->zone->name),
	           s->zone->users, S_ARG(s->calendar == NULL ? S("-") : s->calendar->name),
	           s->calendar == NULL ? 0 : s->calendar->users, catch_up_name(s->catch_up),
	           overlap_name(s->overlap), s->paused ? " paused" : "", (long long)s->next_at,
	           (long long)s->last_due_at, job, s->late);
}

static void describe_schedules(struct buf *to, const struct schedules *all)
{
	struct schedule **sorted = mem_get((all->by_name.count + 1) * sizeof *sorted), *s;
	struct calendar_of *k;
	size_t at = 0, n = 0;

	while ((s = names_next(&all->by_name, &at)) != NULL)
		sorted[n++] = s;
	qsort(sorted, n, sizeof(struct schedule *), by_name);
	for (size_t i = 0; i < n; i++)
		describe_schedule(to, sorted[i]);
	mem_free(sorted);
	int64_t days = 0;
	for (at = 0; (k = names_next(&all->calendars, &at)) != NULL;)
		for (size_t i = 0; i < k->calendar->workdays.off.count; i++)
			days += k->calendar->workdays.off.at[i];
	buf_printf(to, "%zu due, %zu zones, %zu calendars of days %lld, %lld paused\n", all->due.count,
	           all->zones.count, all->calendars.count, (long long)days,
	           (long long)all->figures.paused);
}

static struct str describe_all(struct world *w, struct domain *d)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < d->queues->count; i++) {
		describe(&text, d->queues->sorted[i], w->now, w->jumped);
		check_lanes(d->queues->sorted[i]);
		buf_add_byte(&text, '\n');
	}
	describe_schedules(&text, d->schedules);
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy;
}

enum err queues_load(struct domain *, struct store *, struct now);

static enum err take_count(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

/* What rows of messages and jobs promise each other (store/check.h). */
static void check_promises(struct world *w)
{
	static const enum stmt stmts[] = {
		STMT_CHECK_NO_BODY,     STMT_CHECK_NO_MESSAGE,   STMT_CHECK_TWICE,
		STMT_CHECK_JOB_VALUES,  STMT_CHECK_JOB_MESSAGE,  STMT_CHECK_JOB_RUNNING,
		STMT_CHECK_JOB_PAYLOAD, STMT_CHECK_JOB_ATTEMPTS, STMT_CHECK_JOB_NO_JOB,
	};

	for (size_t i = 0; i < sizeof stmts / sizeof *stmts; i++) {
		int64_t wrong = -1;
		must(store_run(w->store, stmts[i], NO_VALUES, take_count, &wrong) == OK);
		if (wrong != 0)
			fprintf(stderr, "rows: promise %zu is broken %lld times\n", i, (long long)wrong);
		must(wrong == 0);
	}
}

void world_check(struct world *w)
{
	struct domain *d = engine_domain(w->engine), *anew = domain_new(&d->config);
	struct list none;

	list_init(&none);
	turn(w, &none, NULL); /* what is due now, happens */
	must(queues_load(anew, w->store, w->now) == OK);
	must(schedules_load(anew, w->store) == OK);
	struct str is = describe_all(w, d), should = describe_all(w, anew);
	if (!str_eq(is, should)) {
		fprintf(stderr, "memory:\n%.*s\nrows:\n%.*s\n", S_ARG(is), S_ARG(should));
		must(!"memory is a copy of the rows");
	}
	domain_free(anew);
	check_promises(w);
}
