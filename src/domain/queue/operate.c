/* operate.c - an operator's hand: look without touching, mend and resend one message,
 * remove it, let a stopped group go on. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"
#include "wire/json.h"

/* ---- peek (read lane: rows only) */

struct page {
	struct arena *arena;
	struct queue_peek *to;
};

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count >= 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err take_message(void *context, const struct value *columns, int count)
{
	struct page *page = context;
	struct received *r = &page->to->messages[page->to->count++];

	must(page->to->count <= page->to->max);
	return message_from_row(page->arena, columns, count, r);
}

static enum err peek_read(struct store *store, struct cmd *c, struct now now)
{
	struct queue_peek *p = c->in;
	struct page page = { c->arena, p };
	int64_t id = 0;

	(void)now;
	TRY(store_run(store, STMT_QUEUE_BY_NAME, VALUES(value_text(p->queue)), take_number, &id));
	if (id == 0)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	must(p->max >= 1 && p->max <= PEEK_MAX);
	p->messages = ARENA_ARRAY(c->arena, struct received, p->max);
	return store_run(store, STMT_MESSAGE_LOOK,
	                 VALUES(value_int(id << 40 | (int64_t)(p->from & POSITION_MAX)),
	                        value_int(id << 40 | (int64_t)POSITION_MAX), value_int(p->max)),
	                 take_message, &page);
}

const struct op op_queue_peek = { .name = "queue_peek", .lane = LANE_READ, .read = peek_read };

/* ---- one message */

/* What its row says, as far as it matters here. */
struct row {
	struct arena *arena;
	struct str group;
	bool found;
};

static enum err take_row(void *context, const struct value *columns, int count)
{
	struct row *row = context;

	must(count == 3);
	row->group = arena_str(row->arena, columns[2].bytes);
	row->found = true;
	return OK;
}

static enum err find_row(struct batch *b, const struct queue *q, uint64_t position, struct row *row)
{
	const struct value id = value_int(message_id_of(q, position));

	*row = (struct row){ .arena = b->arena };
	if (position < q->first_position || position >= q->next_position)
		return OK; /* purged, or never given out */
	return store_run(b->store, STMT_MESSAGE_SENT, VALUES(id, id, value_int(1)), take_row, row);
}

static enum err operate_check(struct batch *b, struct cmd *c)
{
	struct queue_operate *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);
	struct row row;

	if (q == NULL)
		return OK;
	TRY(find_row(b, q, p->position, &row));
	if (!row.found)
		return refuse(c, REFUSED_NO_SUCH_MESSAGE,
		              "The queue %.*s has no message at position %llu (any more).", S_ARG(p->queue),
		              (unsigned long long)p->position);
	struct entry *e = map_find(&q->entries, p->position);
	if (e != NULL && e->state == ENTRY_IN_FLIGHT)
		return refuse(
			c, REFUSED_CONFLICT,
			"The message is in flight: a worker holds it. Wait for its visibility timeout.");
	if (!p->remove && p->body.len > (size_t)MESSAGE_SIZE_MAX)
		return refuse(c, REFUSED_INVALID_PARAMETER, "The body is longer than %d bytes.",
		              MESSAGE_SIZE_MAX);
	return OK;
}

static enum err target(struct batch *b, struct cmd *c, struct queue *q, struct queue **to)
{
	struct queue_operate *p = c->in;
	struct received r;

	if (str_given(p->to)) {
		*to = queue_by_name(b->domain, p->to);
		return OK;
	}
	TRY(message_read(b, q, p->position, c->arena, &r));
	*to = str_given(r.dead_from) ? queue_by_name(b->domain, r.dead_from) : NULL;
	return OK;
}

/* A person sends it, so it has to fit what is asked of bodies now. */
static enum err check_body(struct batch *b, struct cmd *c, const struct queue *q,
                           const struct queue *to)
{
	struct queue_operate *p = c->in;
	struct received row = { .body = p->body };

	if (to->schema == NULL)
		return OK;
	if (!str_given(p->body))
		TRY(message_read(b, q, p->position, c->arena, &row));
	struct refused r = queue_schema_refusal(c->arena, to, row.body);
	return r.why == REFUSED_NONE ? OK : refuse(c, r.why, "%.*s", S_ARG(r.text));
}

static enum err operate_check_all(struct batch *b, struct cmd *c)
{
	struct queue_operate *p = c->in;
	struct queue *q, *to;

	TRY(operate_check(b, c));
	if (cmd_refused(c) || p->remove)
		return OK;
	q = queue_by_name(b->domain, p->queue);
	TRY(target(b, c, q, &to));
	if (to == NULL || to == q || to->settings.fifo != q->settings.fifo)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "There is no queue to send this message to: name another queue of the same "
		              "type in \"to\".");
	return check_body(b, c, q, to);
}

/* What the body was before it was mended, as the record keeps it; absent: it was not. */
static struct str original(struct batch *b, const struct cmd *c, struct str body)
{
	const struct queue_operate *p = c->in;
	struct buf json = { 0 };

	if (p->remove || !str_given(p->body))
		return S_NONE;
	buf_add(&json, S("{\"body\":"));
	json_write_text(&json, body);
	buf_add(&json, S("}"));
	arena_adopt(b->arena, json.at);
	return buf_str(&json);
}

/* `before`: the message as it was found. */
static enum err operate_record(struct batch *b, const struct cmd *c, const struct received *before,
                               const struct queue *to)
{
	const struct queue_operate *p = c->in;
	char id[37];

	uuid_text(before->message_id, id);
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = p->remove            ? "message.delete"
	                               : str_given(p->body) ? "message.edit"
	                                                    : "message.resend",
						 .resource = audit_name(b, "queue", p->queue),
						 .reason = p->reason,
						 .personal = original(b, c, before->body),
						 .detail = AUDIT_JSON(b, audit_number("position", (int64_t)p->position),
	                                          audit_text("message_id", str_of(id)),
	                                          audit_text("to", to == NULL ? S_NONE : to->name)) });
}

static enum err operate_write(struct batch *b, struct cmd *c)
{
	struct queue_operate *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue), *to = NULL;
	struct received before;
	struct row row;

	must(q != NULL);
	queue_touch(b, q);
	if (!p->remove)
		TRY(target(b, c, q, &to));
	TRY(find_row(b, q, p->position, &row));
	TRY(message_read(b, q, p->position, c->arena, &before));
	must(row.found && (p->remove || to != NULL)); /* the check has seen both */
	struct entry *e = index_pick(b->domain->queues, q, p->position, row.group);
	must(e->state != ENTRY_IN_FLIGHT);
	if (p->remove) {
		TRY(queue_remove(b, q, e, LEAVES_REMOVED));
		queue_wake(b, q); /* it may have held its group */
		return operate_record(b, c, &before, NULL);
	}
	if (str_given(p->body))
		TRY(store_run(b->store, STMT_BODY_REPLACE,
		              VALUES(value_int(message_id_of(q, p->position)), value_text(p->body),
		                     value_blob(p->body_md5)),
		              NULL, NULL));
	TRY(queue_transfer(b, q, e, to, S_NONE, NULL));
	return operate_record(b, c, &before, to);
}

const struct op op_queue_operate = {
	.name = "queue_operate",
	.lane = LANE_WRITE,
	.check = operate_check_all,
	.write = operate_write,
};

/* ---- a stopped group */

static enum err resume_check(struct batch *b, struct cmd *c)
{
	struct queue_resume *p = c->in;
	struct queue *q = queue_wanted(b, c, p->queue);

	if (q == NULL)
		return OK;
	struct group *g = group_find(q, p->group);
	if (g == NULL || !g->stopped)
		return refuse(c, REFUSED_CONFLICT, "The message group %.*s of queue %.*s is not stopped.",
		              S_ARG(p->group), S_ARG(p->queue));
	if (p->how == RESUME_DEAD_LETTER && queue_dead_for(b, q) == NULL)
		return refuse(c, REFUSED_CONFLICT, "The queue %.*s has no dead-letter queue.",
		              S_ARG(p->queue));
	return OK;
}

static enum err retry(struct batch *b, struct queue *q, struct entry *e)
{
	e->forgiven = e->receive_count;
	TRY(store_run(b->store, STMT_MESSAGE_RETRY, VALUES(value_int(message_id_of(q, e->position))),
	              NULL, NULL));
	entry_ready(b->domain->queues, e);
	group_settle(e->group);
	return OK;
}

static enum err resume_write(struct batch *b, struct cmd *c)
{
	static const char *const hows[] = { "retry", "dead_letter", "delete" };
	struct queue_resume *p = c->in;
	struct queue *q = queue_by_name(b->domain, p->queue);
	struct group *g = group_find(q, p->group);

	must(q != NULL && g != NULL && g->stopped);
	queue_touch(b, q);
	struct entry *e = index_take(b->domain->queues, &g->ready);
	TRY(audit_put(b, c,
	              &(struct audit_record){
					  .action = "queue.resume",
					  .resource = audit_name(b, "queue", q->name),
					  .reason = p->reason,
					  .detail = AUDIT_JSON(b, audit_text("group", p->group),
	                                       audit_text("how", str_of(hows[p->how]))) }));
	switch (p->how) {
	case RESUME_RETRY:
		TRY(retry(b, q, e));
		break;
	case RESUME_DEAD_LETTER:
		TRY(queue_dead_letter(b, q, e, queue_dead_for(b, q), NULL));
		break;
	case RESUME_DELETE:
		TRY(queue_remove(b, q, e, LEAVES_REMOVED));
		break;
	}
	queue_wake(b, q);
	return OK;
}

const struct op op_queue_resume = {
	.name = "queue_resume",
	.lane = LANE_WRITE,
	.drains = true,
	.check = resume_check,
	.write = resume_write,
};
