/* domain.c - all modules of a partition together: made, loaded, told that time
 * passed, that a batch was committed or that it failed. */
#include "domain/domain.h"

#include "base/limits.h"
#include "domain/account/role.h"
#include "domain/account/session.h"
#include "domain/audit/audit.h"
#include "domain/approval/approval.h"
#include "domain/batch.h"
#include "domain/cmd.h"
#include "domain/directory/directory.h"
#include "domain/job/callback.h"
#include "domain/job/group.h"
#include "domain/job/wait.h"
#include "domain/key/key.h"
#include "domain/notify/notify.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/history.h"
#include "domain/queue/memory.h"
#include "domain/queue/track.h"
#include "domain/schedule/schedule.h"
#include "domain/sql/sql.h"
#include "domain/topic/topic.h"

struct domain *domain_new(const struct domain_config *config)
{
	struct domain *d = mem_get(sizeof *d);

	d->config = *config;
	d->queues = queues_new();
	d->jobs = jobs_new();
	d->approvals = approvals_new();
	d->notify_kept = notify_kept_new();
	d->sql = sql_open();
	return d;
}

struct domain *domain_free(struct domain *d)
{
	if (d != NULL) {
		schedules_free(d);
		audits_free(d);
		accounts_free(d);
		keys_free(d);
		topics_free(d);
		queues_free(d->queues);
		jobs_free(d->jobs);
		approvals_free(d->approvals);
		notify_kept_free(d->notify_kept);
		sql_close(d->sql);
		mem_free(d);
	}
	return NULL;
}

enum err domain_load(struct domain *d, struct store *store, struct now now)
{
	TRY(keys_load(d, store));
	TRY(accounts_load(d, store));
	TRY(sessions_load(d, store));
	TRY(queues_load(d, store, now));
	groups_look(d, now.mono_ms);
	approvals_look(d, now.mono_ms);
	TRY(topics_load(d, store, now));
	TRY(callbacks_load(d, store));
	TRY(directory_load(d, store));
	return schedules_load(d, store);
}

static bool is_due(const struct heap *h, struct now now)
{
	struct heap_entry *first = heap_first(h);

	return first != NULL && first->key <= now.mono_ms;
}

/* Delays and visibility timeouts that are over. Not a change of rows: they say
 * until when, and that moment has passed. */
static void messages_due(struct queues *all, struct batch *b)
{
	for (int steps = 0; steps < DUE_STEPS_MAX && is_due(&all->due, b->now); steps++) {
		struct entry *e = CONTAINER(heap_first(&all->due), struct entry, order);
		must(e->state != ENTRY_READY);
		struct group *g = e->group;
		if (e->state == ENTRY_IN_FLIGHT)
			stats_failed(g->queue, b->now.mono_ms, b->now.mono_ms - e->received_mono);
		if (!node_linked(&g->queue->active))
			history_active(all, g->queue, b->now);
		entry_ready(all, e);
		group_settle(g);
		queue_wake(b, g->queue);
	}
}

static void wakes_due(struct queues *all, struct batch *b)
{
	while (is_due(&all->wakes, b->now)) {
		struct queue *q = CONTAINER(heap_first(&all->wakes), struct queue, wake);
		must(map_find(&all->by_id, q->id) == q);
		heap_take(&all->wakes, &q->wake);
		queue_wake(b, q);
	}
}

static void command_of_the_clock(struct list *commands, const struct op *op)
{
	struct cmd *c = cmd_new(op);

	list_add_last(commands, &c->node);
}

void domain_due(struct domain *d, struct batch *b, struct list *commands)
{
	struct queues *all = d->queues;

	all->sweep_busy = !list_empty(commands);
	messages_due(all, b);
	groups_due(all, b);
	wakes_due(all, b);
	/* Behind what came with this turn: a worker that reports in the moment in which its lease
	 * ends is in time. */
	if (is_due(&all->leases, b->now) && all->leases_from_mono <= b->now.mono_ms)
		command_of_the_clock(commands, &op_lease_ends);
	if (all->sweep_at_mono <= b->now.mono_ms)
		command_of_the_clock(commands, &op_queue_sweep);
	if (all->move_at_mono <= b->now.mono_ms)
		command_of_the_clock(commands, &op_move_work);
	if (all->history_at_mono <= b->now.mono_ms)
		command_of_the_clock(commands, &op_history_write);
	if (is_due(&all->flows, b->now) && all->flows_from_mono <= b->now.mono_ms)
		command_of_the_clock(commands, &op_flow_step);
	if (audits_next(d) <= b->now.mono_ms)
		command_of_the_clock(commands, &op_audit_checkpoint);
	schedules_due(d, b->now, commands);
	directory_due(d, b->now, commands);
	if (jobs_next(d) <= b->now.mono_ms)
		command_of_the_clock(commands, &op_group_step);
	approvals_due(d, b->now, commands);
	sql_due(d, b, commands);
}

static int64_t sooner(int64_t a, const struct heap *h)
{
	struct heap_entry *first = heap_first(h);

	return first != NULL && first->key < a ? first->key : a;
}

int64_t domain_next(const struct domain *d)
{
	const struct queues *all = d->queues;
	int64_t next = all->sweep_at_mono < all->move_at_mono ? all->sweep_at_mono : all->move_at_mono;
	int64_t lease = sooner(NEVER, &all->leases), schedules = schedules_next(d);

	if (lease < all->leases_from_mono)
		lease = all->leases_from_mono;
	next = all->history_at_mono < next ? all->history_at_mono : next;
	next = lease < next ? lease : next;
	next = audits_next(d) < next ? audits_next(d) : next;
	next = schedules < next ? schedules : next;
	next = directory_next(d) < next ? directory_next(d) : next;
	next = jobs_next(d) < next ? jobs_next(d) : next;
	next = approvals_next(d) < next ? approvals_next(d) : next;
	next = sql_next(d) < next ? sql_next(d) : next;
	int64_t flow = sooner(NEVER, &all->flows);
	if (flow < all->flows_from_mono)
		flow = all->flows_from_mono;
	next = flow < next ? flow : next;
	return sooner(sooner(sooner(next, &all->due), &all->wakes), &all->turns);
}

int64_t domain_next_wait(const struct domain *d)
{
	return sooner(NEVER, &d->queues->waits);
}

enum err domain_serve(struct batch *b)
{
	struct node *n;

	/* Serving receivers may end jobs, and what follows their end may be messages. */
	do {
		while ((n = list_take_first(&b->woken)) != NULL)
			TRY(queue_serve(b, CONTAINER(n, struct queue, woken)));
		TRY(accounts_people_left(b)); /* before those, which take them off the list */
		TRY(approvals_people_left(b));
		TRY(jobs_serve(b));
	} while (!list_empty(&b->woken));
	return accounts_settle(b);
}

static void forget_touched(struct batch *b)
{
	struct node *n;

	while ((n = list_take_first(&b->touched)) != NULL) {
		struct queue *q = CONTAINER(n, struct queue, touched);
		must(q->visible >= 0 && q->in_flight >= 0 && q->delayed >= 0); /* Q5 */
		if (q->dropped)
			queue_free(b->domain->queues, q);
	}
}

void domain_committed(struct batch *b)
{
	if (b->schedules_touched)
		schedules_committed(b->domain);
	if (b->calendars_changed)
		approvals_calendar_changed(b->domain, b->now.mono_ms);
	history_committed(b);
	sessions_committed(b);
	audits_committed(b);
	approvals_batch_over(b->domain);
	sql_committed(b);
	forget_touched(b);
}

static void wake_later(struct queues *all, struct queue *q, struct now now)
{
	queue_wake_at(all, q, now.mono_ms + WAKE_AGAIN_MS);
}

static enum err load_what_was_touched(struct batch *b)
{
	struct node *n;

	/* Who was woken in vain is woken again. */
	while ((n = list_take_first(&b->woken)) != NULL)
		wake_later(b->domain->queues, CONTAINER(n, struct queue, woken), b->now);
	/* From behind: a queue made under the name of one that was deleted goes first. */
	while (!list_empty(&b->touched)) {
		struct queue *q = CONTAINER(b->touched.head.previous, struct queue, touched);
		node_take(&q->touched);
		wake_later(b->domain->queues, q, b->now); /* for who waits, and for who is called */
		enum err fault = queue_load(b->domain->queues, q, b->store, b->now);
		if (fault != OK) {
			queue_touch(b, q);
			return fault;
		}
	}
	TRY(moves_load(b->domain->queues, b->store));
	if (b->domain->queues->move_at_mono != NEVER)
		b->domain->queues->move_at_mono = b->now.mono_ms + WAKE_AGAIN_MS;
	b->domain->queues->sweep_at_mono = b->now.mono_ms + SECOND_MS;
	b->domain->queues->leases_from_mono = b->now.mono_ms + WAKE_AGAIN_MS;
	b->domain->queues->flows_from_mono = b->now.mono_ms + WAKE_AGAIN_MS;
	groups_look(b->domain, b->now.mono_ms + WAKE_AGAIN_MS);
	approvals_look(b->domain, b->now.mono_ms + WAKE_AGAIN_MS);
	directory_wait(b->domain, b->now);
	if (b->people_changed)
		TRY(directory_load(b->domain, b->store));
	audits_rolled_back(b);
	if (b->keys_changed)
		TRY(keys_load(b->domain, b->store));
	if (b->rights_changed)
		TRY(accounts_load(b->domain, b->store));
	b->domain->callbacks -= b->callbacks_more; /* there may be many rows: not counted anew */
	b->callbacks_more = 0;
	must(b->domain->callbacks >= 0);
	if (b->schedules_touched) {
		schedules_wait(b->domain, b->now);
		TRY(schedules_load(b->domain, b->store));
	}
	return b->topics_touched ? topics_load(b->domain, b->store, b->now) : OK;
}

enum err domain_rolled_back(struct batch *b)
{
	list_init(&b->session_news); /* nothing of it happened */
	approvals_batch_over(b->domain);
	notify_rolled_back(b);
	enum err fault = load_what_was_touched(b);

	/* After a fault the server stops, but its queues outlive the batch's list; and
	 * those that the batch deleted are in no other. */
	forget_touched(b);
	return fault;
}

static void give_up(struct queues *all, struct batch *b, struct cmd *c)
{
	queue_unpark(all, c);
	if (c->op->gave_up != NULL)
		c->op->gave_up(b, c);
	list_add_last(&b->finished, &c->node);
}

void domain_waits_over(struct domain *d, struct batch *b)
{
	struct queues *all = d->queues;
	struct heap_entry *first;

	while ((first = heap_first(&all->waits)) != NULL && first->key <= b->now.patience_ms) {
		struct cmd *c = CONTAINER(first, struct cmd, deadline);
		give_up(all, b, c);
	}
}

void domain_unpark(struct domain *d, struct cmd *c)
{
	queue_unpark(d->queues, c);
}

void domain_repark(struct domain *d, struct cmd *c, struct now now)
{
	must(c->op->repark != NULL && c->reply_to.loop >= 0);
	c->refused = (struct refused){ .why = REFUSED_NONE };
	c->op->repark(d, c, now);
	must(node_linked(&c->waiting) && c->deadline.place != 0); /* W2 */
}

void domain_stop_waiting(struct domain *d, struct batch *b)
{
	struct heap_entry *first;

	while ((first = heap_first(&d->queues->waits)) != NULL)
		give_up(d->queues, b, CONTAINER(first, struct cmd, deadline));
}
