/* drop.c - DeleteQueue and PurgeQueue: messages become a range of trash in one
 * write, whatever their number; the sweeper empties it (sweep.c). */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

static enum err named_check(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;

	queue_wanted(b, c, p->name);
	return OK;
}

static enum err put_record(struct batch *b, const struct cmd *c, const char *action)
{
	const struct queue_named *p = c->in;

	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = audit_name(b, "queue", p->name),
	                                         .reason = p->reason });
}

static enum err to_trash(struct batch *b, struct queue *q, uint64_t below)
{
	if (below <= q->first_position)
		return OK;
	if (b->domain->queues->sweep_at_mono > b->now.mono_ms)
		b->domain->queues->sweep_at_mono = b->now.mono_ms;
	return store_run(b->store, STMT_TRASH_INSERT,
	                 VALUES(value_int(message_id_of(q, q->first_position)),
	                        value_int(message_id_of(q, below - 1)),
	                        q->settings.track ? value_text(q->name) : value_null()),
	                 NULL, NULL);
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL && q->first_position <= q->next_position); /* Q4 */
	queue_touch(b, q);
	TRY(to_trash(b, q, q->next_position));
	TRY(store_run(b->store, STMT_QUEUE_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_QUEUE_ATTRIBUTES_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_QUEUE_TAGS_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(history_delete(b, q));
	TRY(store_run(b->store, STMT_QUEUE_SCHEMAS_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_SPLIT_DONE,
	              VALUES(value_int(message_id_of(q, 0)), value_int(message_id_of(q, POSITION_MAX))),
	              NULL, NULL));
	TRY(store_run(b->store, STMT_PUSH_BREAKER_DELETE, VALUES(value_int(q->id)), NULL, NULL));
	TRY(put_record(b, c, "queue.delete"));
	queue_finish_waiting(b, q, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	index_clear(b->domain->queues, q);
	node_take(&q->woken);
	node_take(&q->offered);
	queue_delist(b->domain->queues, q);
	q->dropped = true; /* freed after the commit */
	return OK;
}

static enum err purge_check(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_wanted(b, c, p->name);

	if (q != NULL && b->domain->config.sixty_seconds && q->purged_at != 0 &&
	    b->now.wall_ms - q->purged_at < MINUTE_MS)
		refuse(c, REFUSED_PURGE_IN_PROGRESS,
		       "Only one PurgeQueue operation on %.*s is allowed every 60 seconds.",
		       S_ARG(p->name));
	return OK;
}

static enum err purge_write(struct batch *b, struct cmd *c)
{
	struct queue_named *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->name);

	must(q != NULL && q->first_position <= q->next_position); /* Q4 */
	queue_touch(b, q);
	TRY(to_trash(b, q, q->next_position));
	q->first_position = q->next_position;
	TRY(store_run(b->store, STMT_QUEUE_PURGE,
	              VALUES(value_int(q->id), value_int((int64_t)q->first_position),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	TRY(put_record(b, c, "queue.purge"));
	index_clear(b->domain->queues, q);
	dedup_clear(&q->dedup);
	attempts_clear(q);
	q->oldest_sent_at = 0;
	q->purged_at = b->now.wall_ms;
	return OK;
}

const struct op op_queue_delete = {
	.name = "queue_delete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = named_check,
	.write = delete_write,
};
const struct op op_queue_purge = {
	.name = "queue_purge",
	.lane = LANE_WRITE,
	.drains = true,
	.check = purge_check,
	.write = purge_write,
};
