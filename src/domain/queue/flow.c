/* flow.c - when queues that hand on by themselves are looked at, and what both kinds share.
 *
 * Nobody asks again and again: a queue has a place in queues.flows, with the time of its next
 * step, as long as it has something ready. */
#include "domain/queue/flow.h"

#include "base/limits.h"
#include "domain/queue/flow_inside.h"
#include "domain/queue/track.h"
#include "domain/queue/errors.h"

/* ---- when */

static bool flows(const struct queue *q)
{
	return q->settings.flow.kind != FLOW_NONE && !q->dropped && !q->settings.paused;
}

static bool by_group(const struct queue *q)
{
	return q->settings.flow.kind == FLOW_COLLECT && (q->settings.flow.by_group || q->settings.fifo);
}

/* To look at each group costs time: not with each message where there are many. */
static int64_t pause_ms(const struct queue *q)
{
	enum { GROUPS_A_MS = 100 };

	return by_group(q) ? (int64_t)q->groups.count / GROUPS_A_MS : 0;
}

void flow_offer(struct batch *b, struct queue *q)
{
	struct queues *all = b->domain->queues;
	int64_t at = b->now.mono_ms + pause_ms(q);
	bool waits = q->flow.place != 0;

	if (!flows(q) || ready_next(q) == NULL) {
		heap_take(&all->flows, &q->flow);
		return;
	}
	/* The time of the oldest one is known, and they are not enough yet. */
	if (waits && q->settings.flow.kind == FLOW_COLLECT && !by_group(q) &&
	    q->visible < q->settings.flow.max)
		return;
	if (!waits || at < q->flow.key)
		heap_put(&all->flows, &q->flow, at, q->id);
}

static enum err step_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err step_queue(struct batch *b, struct queue *q)
{
	struct queues *all = b->domain->queues;
	int64_t again = NEVER;

	queue_touch(b, q);
	heap_take(&all->flows, &q->flow);
	if (!flows(q) || ready_next(q) == NULL)
		return OK;
	if (q->settings.flow.kind == FLOW_COLLECT)
		TRY(flow_collect(b, q, &again));
	else
		TRY(flow_split(b, q, &again));
	if (again != NEVER)
		heap_put(&all->flows, &q->flow, again, q->id);
	return OK;
}

static enum err step_write(struct batch *b, struct cmd *c)
{
	struct queues *all = b->domain->queues;
	struct heap_entry *first;

	(void)c;
	for (int i = 0; i < FLOW_QUEUES_MAX; i++) {
		first = heap_first(&all->flows);
		if (first == NULL || first->key > b->now.mono_ms)
			break;
		TRY(step_queue(b, CONTAINER(first, struct queue, flow)));
	}
	return OK;
}

const struct op op_flow_step = {
	.name = "flow_step",
	.lane = LANE_WRITE,
	.check = step_check,
	.write = step_write,
};

/* ---- which */

/* They are taken, noted, and put back: from then on each has an entry. A group that has given
 * all it has would end in between, so nothing is settled before all are back. */
void flow_peek(struct batch *b, struct queue *q, struct ready *only, int max, struct flow_next *n)
{
	struct queues *all = b->domain->queues;
	struct entry **taken = ARENA_ARRAY(b->arena, struct entry *, max);

	must(max >= 1 && max <= COLLECT_MAX && node_linked(&q->touched) && q->lanes == NULL);
	for (n->count = 0; n->count < max;) {
		struct ready *r = only != NULL ? only : ready_next(q);
		if (r == NULL || ready_head(r) == 0)
			break;
		struct entry *e = index_take(all, r);
		n->positions[n->count] = e->position;
		n->groups[n->count] = arena_str(b->arena, e->group->name);
		taken[n->count++] = e;
		if (only == NULL && ready_head(r) == 0)
			heap_take(&q->ready, &r->order);
		else if (only == NULL) /* F2 */
			heap_put(&q->ready, &r->order, r->group->in_flight, ready_head(r));
	}
	for (int i = 0; i < n->count; i++)
		entry_ready(all, taken[i]);
	for (int i = 0; i < n->count; i++)
		group_settle(taken[i]->group);
}

struct entry *flow_pick(struct batch *b, struct queue *q, const struct flow_next *n, int i)
{
	must(i >= 0 && i < n->count);
	return index_pick(b->domain->queues, q, n->positions[i], n->groups[i]);
}

/* ---- what becomes of them */

struct send_entry *flow_entry(struct batch *b, const struct queue *to, struct str body,
                              struct str group, struct str dedup)
{
	struct send_entry *e = ARENA_NEW(b->arena, struct send_entry);

	*e = (struct send_entry){
		.body = body, .size = body.len, .delay_s = -1, .priority = -1, .group = group
	};
	queue_digest_body(b->arena, e, false);
	if (to->settings.fifo) {
		e->group = group.len > 0 ? group : S("ringi");
		e->dedup = dedup;
	}
	return e;
}

bool flow_never(enum refusal why)
{
	return why != REFUSED_NONE && !refusal_is_fullness(why);
}

enum err flow_done(struct batch *b, struct queue *q, struct entry *e, struct str result)
{
	const struct job_end end = { .state = JOB_SUCCEEDED,
		                         .outcome = ATTEMPT_SUCCEEDED,
		                         .result = result };
	int64_t id = message_id_of(q, e->position);
	const struct job_row *job = NULL;

	if (q->settings.track)
		TRY(track_job(b, id, &job));
	if (job != NULL)
		TRY(ledger_end(b, job, &end));
	else
		TRY(store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(id)), NULL, NULL));
	return queue_drop(b, q, e);
}

enum err flow_dead(struct batch *b, struct queue *q, struct entry *e, const char *code,
                   struct str message, bool *stuck)
{
	struct queue *dead = queue_dead_for(b, q);
	const struct job_end end = { .state = JOB_FAILED,
		                         .outcome = ATTEMPT_FAILED,
		                         .error = error_json(b->arena, str_of(code), message) };

	*stuck = dead == NULL;
	if (dead == NULL)
		return OK;
	TRY(store_run(b->store, STMT_BODY_ERROR,
	              VALUES(value_int(message_id_of(q, e->position)), value_text(end.error)), NULL,
	              NULL));
	return queue_dead_letter(b, q, e, dead, &end);
}
